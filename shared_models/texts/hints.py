"""Hints: what to type into a cell of a catalogue file instead of what an import found there."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "hints.code": (
        "填 31 位：部门的信用代码 18 位、行使层级 1 位、基本编码 12 位，如 11511602DEM000014R4510590000000；"
        "先把单元格设为文本。",
        "Type 31 characters: the department's credit code (18), the level (1), the basic code (12), such as"
        " 11511602DEM000014R4510590000000. Format the cell as text first.",
    ),
    "hints.code_from_basic": (
        "在“{value}”前面加上部门的信用代码（18 位）和行使层级（1 位）。",
        "Put the department's credit code (18 characters) and the level (1) before “{value}”.",
    ),
    "hints.credit": (
        "若前 17 位没有抄错，校验位应使它成为“{right}”；这一格填“{whole}”。",
        "If the first 17 characters are right, the check digit makes it “{right}”: type “{whole}”.",
    ),
    "hints.credit_ask": (
        "照部门的统一社会信用代码证逐位填写 18 位，其中没有字母 I、O、S、V、Z。",
        "Copy the 18 characters from the department's certificate; the letters I, O, S, V and Z do not occur.",
    ),
    "hints.department": (
        "填“{right}”：实施编码的前 18 位就是它。",
        "Type “{right}”: the item's code begins with it.",
    ),
    "hints.take_inside": (
        "不是委托办理的，填“{inside}”；是委托的，不用改。",
        "Type “{inside}” unless the handling is delegated; then leave it.",
    ),
    "hints.level": (
        "在“行使层级”填 {inside}；若是编码错了，把编码第 19 位改成 {value}。",
        "Type {inside} as the level; if the code is wrong, make its character 19 a {value}.",
    ),
    "hints.basic": (
        "填 12 位数字或大写字母，就是各级实施编码的最后 12 位。",
        "Type 12 digits or capitals: the last 12 of the codes at all levels.",
    ),
    "hints.base": (
        "核对编码最后 12 位；编码没错的，先用 tongban-hub catalogue base 把这一条列入基本目录。",
        "Check the last 12 characters of the code; if they are right, add the entry with tongban-hub catalogue base.",
    ),
    "hints.same_name": (
        "填“{other}”，或留空由基本目录带出。",
        "Type “{other}”, or leave it empty: the base list fills it in.",
    ),
    "hints.same_type": (
        "选“{other}”，或留空由基本目录带出。",
        "Choose “{other}”, or leave it empty: the base list fills it in.",
    ),
    "hints.same_basis": (
        "留空由基本目录带出；没有基本目录的，照抄{where}的法律依据。",
        "Leave it empty: the base list fills it in. Where there is none, copy the legal basis of {where}.",
    ),
    "hints.one_code": (
        "是同一事项的，把编码最后 12 位改成“{basic}”；不是的，给这一项另起名称。",
        "If it is the same item, end its code with “{basic}”; if not, give it another name.",
    ),
    "hints.fill": ("在“{column}”填写：{note}。", "Fill in “{column}”: {note}."),
    "hints.fill_plainly": ("在“{column}”填写内容。", "Fill in “{column}”."),
    "hints.choose": (
        "从列表中选一项填入“{column}”：{known}。",
        "Choose one for “{column}”: {known}.",
    ),
    "hints.basis": (
        "每行一条，写成《文件全称》加条款，如《社会救助暂行办法》第九条。",
        "One a line: the full title in 《》 and the article, such as 《社会救助暂行办法》第九条.",
    ),
    "hints.number": (
        "在“{column}”只填数字，如 20；没有小数、单位和汉字。",
        "Type digits alone into “{column}”, such as 20: no point, no unit, no words.",
    ),
    "hints.number_within": (
        "在“{column}”填一个不超过 {most} 的整数。",
        "Type a whole number of at most {most} into “{column}”.",
    ),
    "hints.promised": (
        "承诺时限填 {statutory} 或更小的数；若是法定时限写错了，改法定时限。",
        "Make the promised limit {statutory} or less; if the statutory limit is wrong, correct that.",
    ),
    "hints.immediate": (
        "当场办结的，承诺时限填 0 或 1；不是的，办件类型选“2 承诺件”。",
        "Promise 0 or 1 days if it is done on the spot; otherwise choose “2 承诺件” as the case type.",
    ),
    "hints.part": (
        "在“{column}”工作表里加一行，第一列填这个事项的实施编码。",
        "Add a row to the sheet “{column}”, with the code of this item in its first column.",
    ),
    "hints.fact": (
        "填“部门.事实”，部门用小写字母，如 mz.low-income-household；没有的留空。",
        "Type department.fact in small letters, such as mz.low-income-household; leave it empty where there is none.",
    ),
    "hints.waive": (
        "在“免交依据”填{holder}出具的核验信息，如 mz.low-income-household；确实要交的，不用改。",
        "Name the attestation that {holder} gives, such as mz.low-income-household, as what waives it; leave it if the"
        " paper is needed after all.",
    ),
    "hints.waive_by": (
        "在“免交依据”填“{fact}”；这里确实要交的，不用改。",
        "Type “{fact}” as what waives it; leave it if the paper is needed here after all.",
    ),
    "hints.use_material": (
        "把它的材料编码加进“情形”表的“所需材料编码”，或删去这一行。",
        "Add its code to 所需材料编码 of a situation, or delete the row.",
    ),
    "hints.use_known_material": (
        "填“材料”表里有的编码；确需“{material}”的，先在“材料”表加这一行。",
        "Name a code of the sheet 材料; if “{material}” is needed, add its row there first.",
    ),
    "hints.materials": (
        "在“{column}”填材料编码，用顿号分开，如 M1、M2；确实不需要的，不用改。",
        "Type codes of materials into “{column}”, such as M1、M2; leave it if none is needed.",
    ),
    "hints.minor": (
        "给可以后补的材料，“主要”填“否”、“必要”填“是”；没有可后补的，“容缺受理”填“否”。",
        "Say 否 to main and 是 to required for what may come later, or 否 to tolerant acceptance.",
    ),
    "hints.question": (
        "写一句只有这种情形才答“是”的提问，与别的情形不同，如“申请人是否第一次申请？”。",
        "Write a question that only this situation answers with yes, such as “申请人是否第一次申请？”.",
    ),
    "hints.before": (
        "“前置环节”只填本事项中前面环节的编码，用顿号分开；按顺序办的，留空。",
        "Name only codes of earlier steps of this item; leave it empty where steps follow one another.",
    ),
    "hints.dead_end": (
        "把“{step}”的编码加进办结环节“{last}”或它之前某一环节的“前置环节”。",
        "Add the code of “{step}” to what the concluding step “{last}”, or one before it, waits for.",
    ),
    "hints.last_step": (
        "最后一个环节的“办理层级”选有权办结的一级（{home}）。",
        "Choose the tier that concludes the item ({home}) for the last step.",
    ),
    "hints.steps": (
        "缩短环节时限，使合计不超过 {promised}；并联的环节，在“前置环节”写同一个编码。",
        "Shorten the steps to {promised} days in all; give steps that run in parallel the same 前置环节.",
    ),
    "hints.counter": (
        "在“办理形式”加上“1 窗口办理”。",
        "Add “1 窗口办理” to 办理形式.",
    ),
    "hints.field_before": (
        "“由哪个字段决定”填表单中前面某个字段的编码；总是要问的，连同“条件取值”一起留空。",
        "Name the code of an earlier field; where it is always asked for, leave both this and 条件取值 empty.",
    ),
    "hints.answer": (
        "从“{asked}”的选项里照抄一个。",
        "Copy one of the choices of “{asked}”.",
    ),
    "hints.bound": (
        "填数字，或 2026-01-31、today、today-18y、today+6m 这样的日期。",
        "Type a number, or a date such as 2026-01-31, today, today-18y, today+6m.",
    ),
    "hints.clear": ("把“{column}”这一格清空。", "Clear the cell “{column}”."),
    "hints.swap": ("把下限和上限对调。", "Exchange the two bounds."),
    "hints.part_code": (
        "填本事项内不重复的编码，只用字母、数字、横线或下划线，如 M1。",
        "Type a code that this item has only once, of letters, digits, hyphens or underscores, such as M1.",
    ),
    "hints.entries": ("每行写一条（单元格内换行），条内不用分号。", "Write one entry a line, without semicolons."),
    "hints.shorten": ("删到 {most} 个字以内。", "Cut it to {most} characters."),
    "hints.retype": (
        "删去这一格，用键盘重新输入，不要从网页或文档粘贴。",
        "Clear the cell and type it by hand instead of pasting it.",
    ),
    "hints.fewer": ("留下最多 {most} 条。", "Keep at most {most}."),
    "hints.split": ("把长的说明写短，或把事项分成两个。", "Shorten the long texts, or make two items of it."),
    "hints.twice": (
        "留下一行，另一行删去；是两个事项的，改其中一个编码。",
        "Keep one row and delete the other; if there are two items, change one of the codes.",
    ),
    "hints.owner": (
        "从“事项”表复制这个事项的实施编码，或把事项补进“事项”表。",
        "Copy the code from the sheet 事项, or add the item there.",
    ),
    "hints.quotes": (
        "含逗号的内容用英文双引号括起来，或改用 XLSX。",
        "Put what holds a comma into double quotes, or use XLSX.",
    ),
    "hints.paste": ("复制这一格，“选择性粘贴”为数值。", "Copy the cell and paste it as a value."),
    "hints.as_text": (
        "把这一列的格式设为“文本”，再从原件重新填写。",
        "Format the column as text, and type it again from the original.",
    ),
    "hints.flag": ("填“是”或“否”。", "Type 是 or 否."),
    "hints.zero": (
        "填“{taken}”，并把这一列设为文本；不改也会按“{taken}”处理。",
        "Type “{taken}” with the column formatted as text; it is taken as “{taken}” anyway.",
    ),
    "hints.heading": (
        "需要这一列的，把列名改成模板里的列名；不需要的，不用改。",
        "Rename the column as in the template if it is needed; otherwise leave it.",
    ),
    "hints.sheet": (
        "需要这张表的，把内容粘贴到模板的工作表中；不需要的，不用改。",
        "Paste it into a sheet of the template if it is needed; otherwise leave it.",
    ),
    "hints.answers": (
        "在“答案”每行写一个：编码、空格、文字，如“yes 是”，至少两行。",
        "Write one answer a line, code and words, such as “yes 是”; at least two.",
    ),
    "hints.given": (
        "写成 Q1=yes/no+Q2=a 的样子，只用前面问题的编码和它自己的答案编码；总是需要的，留空。",
        "Write it like Q1=yes/no+Q2=a, with codes of earlier questions and of their own answers; leave it empty where"
        " it is always needed.",
    ),
    "hints.ways": (
        "在“情形”表的“所需回答”里，让每组回答只符合一种情形，如一种写 Q1=yes，另一种写 Q1=no。",
        "In the sheet 情形, let each set of answers meet one situation: Q1=yes for one, Q1=no for the other.",
    ),
    "hints.fewer_questions": (
        "减少问题或答案，或用“所需回答”让后面的问题只在需要时才问。",
        "Ask fewer questions, or let later ones depend on earlier answers.",
    ),
    "hints.compare": (
        "以实施编码为准的，填“{inside}”。",
        "Type “{inside}” if the code is right.",
    ),
}
