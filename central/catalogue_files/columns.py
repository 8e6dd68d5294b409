"""The sheets of a catalogue file, each column once: for reading, for writing and for the template."""

from __future__ import annotations

from dataclasses import dataclass

from central.catalogue_files.cells import (
    ANSWERS,
    ENTRIES,
    FACT,
    GIVEN,
    ITEM_TYPE,
    LONG_CODE,
    PART_CODES,
    TEXT,
    Kind,
    chosen,
    chosen_number,
    chosen_numbers,
    flag,
    labels,
    number,
)
from shared_models.catalogue import codes


@dataclass(frozen=True)
class Column:
    """`path` is where the value goes in a row's JSON value, such as `department/code`; `note` explains the column. An
    empty cell of an `optional` one leaves no trace in the value."""

    heading: str
    path: str
    kind: Kind
    note: str
    width: int = 14
    optional: bool = False


@dataclass(frozen=True)
class Sheet:
    """`part` is the list of an item that the rows go to, "" for items; headings in `required` must be there."""

    name: str
    part: str
    columns: tuple[Column, ...]
    required: tuple[str, str]

    def heading_of(self, path: str) -> str:
        """The heading over the value at `path`, or "" where there is none."""
        return next((column.heading for column in self.columns if column.path == path), "")

    def heading_over(self, path: str) -> str:
        """The same, and over its list for an entry of one, or for what stands in an entry."""
        while path and not (heading := self.heading_of(path)):
            path = path.rpartition("/")[0]
        return heading if path else ""


CODE = "实施编码"
OWNER = "item"
"""Where a row of a part keeps the code of its item."""
_ITEM = Column(CODE, OWNER, LONG_CODE, "所属事项的 31 位实施编码，与“事项”表一致。", 34)


def _several(table: codes.Table) -> str:
    return f"可多选，用顿号分开：{'、'.join(labels(table))}。"


def _given(note: str) -> Column:
    return Column("所需回答", "given", GIVEN, f"{note}。写法：Q1=yes/no+Q2=a，另一组写在下一行。", 26)


ITEMS = Sheet(
    "事项",
    "",
    (
        Column(CODE, "code", LONG_CODE, "31 位：信用代码 18 位、行使层级 1 位、基本编码 12 位。请设为文本。", 34),
        Column("事项名称", "name", TEXT, "全称，不含换行。留空 = 按基本目录。", 36),
        Column("事项类型", "item_type", ITEM_TYPE, "GB/T 39046 事项类型。留空 = 按基本目录。", 16),
        Column("行使层级", "level", chosen_number(codes.LEVELS), "须与实施编码第 19 位一致，它决定由哪一级办结。"),
        Column("实施部门代码", "department/code", LONG_CODE, "18 位统一社会信用代码。", 22),
        Column("实施部门", "department/name", TEXT, "部门全称。", 24),
        Column("服务对象", "served", chosen_numbers(codes.SERVED), f"留空 = 按基本目录。{_several(codes.SERVED)}", 18),
        Column("办件类型", "case_type", chosen_number(codes.CASE_TYPES), "即办件当场办结，承诺件在承诺时限内办结。"),
        Column("法律依据", "legal_basis", ENTRIES, "每行一条，写明文件名称和条款。留空 = 按基本目录。", 44),
        Column(
            "办理形式",
            "channels",
            chosen_numbers(codes.CHANNELS, (codes.AT_COUNTER,)),
            f"留空 = 窗口办理。{_several(codes.CHANNELS)}",
            18,
        ),
        Column("法定时限", "statutory_days", number(), "天数，单位写在后一列。"),
        Column("法定时限单位", "statutory_unit", chosen(codes.LIMIT_UNITS), "时限按工作日计算；其他单位请先换算。"),
        Column("承诺时限", "promised_days", number(), "天数，不长于法定时限；单位写在后一列。"),
        Column("承诺时限单位", "promised_unit", chosen(codes.LIMIT_UNITS), "时限按工作日计算；其他单位请先换算。"),
        Column("收费说明", "fee", TEXT, "不收费请写“不收费”。", 20),
        Column("收费金额（分）", "fee_cents", number(0), "固定收费的金额，单位为分；没有则为 0。"),
        Column("结果名称", "result/name", TEXT, "群众领取的证照、文书或待遇。", 24),
        Column("结果类型", "result/kind", chosen(codes.RESULT_KINDS), "结果的种类。"),
        Column("关键词", "keywords", ENTRIES, "群众常用的叫法，每行一个，用于查找。", 24),
        Column("容缺受理", "tolerant", flag(False), "是否允许主要材料齐全时先受理。"),
    ),
    (CODE, "事项名称"),
)
SITUATIONS = Sheet(
    "情形",
    "situations",
    (
        _ITEM,
        Column("情形编码", "code", TEXT, "在本事项内不重复，如 S1。"),
        Column("情形名称", "name", TEXT, "如“首次申领”。", 30),
        Column("提问", "question", TEXT, "窗口向群众询问什么来判断属于这一情形。", 44),
        Column("所需材料编码", "materials", PART_CODES, "材料编码，用顿号分开。", 30),
        _given("哪些回答到这一情形；同一组回答只能到一种情形"),
    ),
    (CODE, "情形编码"),
)
MATERIALS = Sheet(
    "材料",
    "materials",
    (
        _ITEM,
        Column("材料编码", "code", TEXT, "在本事项内不重复，如 M1。"),
        Column("材料名称", "name", TEXT, "材料全称。", 34),
        Column("主要材料", "main", flag(False), "主要材料不得容缺后补。"),
        Column("必要", "required", flag(True), "否 = 可交可不交。"),
        Column("形式", "form", chosen(codes.FORMS, "original"), "原件、复印件或电子件。"),
        Column("份数", "copies", number(1), "0 = 只核验不留存。"),
        Column("证据等级", "grade", chosen(codes.GRADES), "A 系统核验、B 原件核对、C 上传待核、D 承诺申报。"),
        Column("来源", "source", TEXT, "由谁出具。", 24),
        Column("免交依据", "waived_by", FACT, "持有哪项核验信息可以免交，如 mz.low-income-household。", 26),
        Column("填写提示", "template", TEXT, "样表或填写说明。", 34),
        Column("获取途径", "where", TEXT, "群众到哪里、怎样取得这份材料，如“户籍派出所窗口”。可不填。", 34),
        Column("有效天数", "valid_days", number(), "收过一次后多少天内可以再用；留空 = 每次都要交。", 12),
        _given("哪些回答之后才要这份材料；留空 = 情形要就要"),
        Column("样图", "sample", TEXT, "样图的编号，由 tongban-hub catalogue sample 发布时给出。可不填。", 20),
    ),
    (CODE, "材料编码"),
)
STEPS = Sheet(
    "环节",
    "steps",
    (
        _ITEM,
        Column("环节编码", "code", TEXT, "在本事项内不重复，如 1。"),
        Column("环节名称", "name", TEXT, "如受理、审核、决定。", 20),
        Column("办理层级", "tier", chosen(codes.TIERS), "在哪一级办理。最后一个环节须在有权办结的一级。"),
        Column("办理部门代码", "department/code", LONG_CODE, "留空 = 本事项的实施部门。", 22),
        Column("办理部门", "department/name", TEXT, "留空 = 本事项的实施部门。", 24),
        Column("环节时限", "limit_days", number(), "工作日数。"),
        Column("前置环节", "after", PART_CODES, "办完哪些环节才能开始，用顿号分开；留空 = 上一行的环节。", 18),
    ),
    (CODE, "环节编码"),
)
FIELDS = Sheet(
    "表单",
    "fields",
    (
        _ITEM,
        Column("字段编码", "code", TEXT, "在本事项内不重复，如 account。"),
        Column("字段名称", "label", TEXT, "表单上显示的名称。", 24),
        Column("字段类型", "type", chosen(codes.FIELD_TYPES, "text"), "文本、日期、数字、选择、电话或身份证号。"),
        Column("必填", "required", flag(False), "是否必填。"),
        Column("选项", "choices", ENTRIES, "选择类字段的选项，每行一个。", 30),
        Column("最大长度", "max_length", number(200), "字符数。"),
        Column(
            "由哪个字段决定",
            "rule/when",
            TEXT,
            "前面某个字段的编码，填了才问这一项。留空 = 总是要问。",
            16,
            True,
        ),
        Column("条件取值", "rule/among", ENTRIES, "那个字段填了其中之一才问，每行一个。留空 = 填了就问。", 20, True),
        Column("下限", "rule/least", TEXT, "数字，或日期：2026-01-31、today-18y（当天往前 18 年）。", 14, True),
        Column("上限", "rule/most", TEXT, "同上：today（当天）、today+6m（6 个月后）。", 14, True),
        Column("格式", "rule/format", chosen(codes.FORMATS), "文本须符合的格式，可不填。", 16, True),
        _given("哪些回答之后表单上才有这一项；留空 = 总有"),
    ),
    (CODE, "字段编码"),
)
QUESTIONS = Sheet(
    "提问",
    "questions",
    (
        _ITEM,
        Column("问题编码", "code", TEXT, "在本事项内不重复，如 Q1。按行的顺序提问，每页最多三个。"),
        Column("问题", "text", TEXT, "窗口问居民的话，一句。", 40),
        Column("提问理由", "reason", TEXT, "为什么要问，说给居民听。", 40),
        Column("答案", "answers", ANSWERS, "至少两个，每行一个：编码、空格、文字，如“yes 是”。", 30),
        _given("前面哪些回答之后才问；留空 = 总要问"),
    ),
    (CODE, "问题编码"),
)
BASIC = "基本编码"
BASE = Sheet(
    "基本目录",
    "",
    (
        Column(BASIC, "code", LONG_CODE, "12 位，即实施编码的最后 12 位；同一事项在各级相同。", 18),
        Column("事项名称", "name", TEXT, "各级一致的全称。", 36),
        Column("事项类型", "item_type", ITEM_TYPE, "GB/T 39046 事项类型。", 16),
        Column("法律依据", "legal_basis", ENTRIES, "每行一条，各级一致。", 44),
        Column("服务对象", "served", chosen_numbers(codes.SERVED), _several(codes.SERVED), 18),
    ),
    (BASIC, "事项名称"),
)
"""The base list: what is the same at every level. It hangs on no item, so it stands apart from the others."""
SHEETS = (ITEMS, SITUATIONS, MATERIALS, STEPS, FIELDS, QUESTIONS)
