"""The names of GB/T 39046-2020 for what our columns hold: read where they stand for ours, and written on demand.

The standard (6.1, table 4; 办件类型 in table 5) names its data items in Chinese and has no other field names. Several
of them come in pairs, words and code. Only what is one to one with a column of ours stands here; all others keep our
headings, so that an export in these names comes back as it went out. What is doubtful is marked so, and said in
docs/catalogue.md.
"""

from __future__ import annotations

from typing import NamedTuple


class Name(NamedTuple):
    """`words` is the standard's name of a column, `code` that of the column with its code, "" where there is none;
    `sure` = the standard means just what our column means."""

    words: str
    code: str = ""
    sure: bool = True


NAMES: dict[tuple[str, str], Name] = {
    ("事项", "事项类型"): Name("事项类型", "事项类型代码"),
    ("事项", "行使层级"): Name("行使层级", "行使层级代码"),
    ("事项", "实施部门代码"): Name("实施主体代码"),
    ("事项", "实施部门"): Name("实施主体"),
    ("事项", "服务对象"): Name("服务对象", "服务对象代码"),
    ("事项", "办件类型"): Name("办件类型", "办件类型代码"),
    ("事项", "法律依据"): Name("设定依据"),
    ("事项", "办理形式"): Name("办理形式", "办理形式代码"),
    ("事项", "法定时限"): Name("法定办结时限"),
    ("事项", "法定时限单位"): Name("法定办结时限单位"),
    ("事项", "承诺时限"): Name("承诺办结时限"),
    ("事项", "承诺时限单位"): Name("承诺办结时限单位"),
    ("材料", "必要"): Name("是否必备材料"),
    ("材料", "来源"): Name("出具机构"),
    ("材料", "填写提示"): Name("材料使用说明", sure=False),
    ("材料", "获取途径"): Name("材料办理说明", sure=False),
    ("基本目录", "事项类型"): Name("事项类型", "事项类型代码"),
    ("基本目录", "法律依据"): Name("设定依据"),
    ("基本目录", "服务对象"): Name("服务对象", "服务对象代码"),
}
"""(sheet, our heading) -> the standard's. 实施编码, 事项名称, 结果名称, 材料名称 and 基本编码 are the same in both."""


def aliases(sheet: str) -> dict[str, str]:
    """Headings of the standard in one of our sheets -> ours."""
    found: dict[str, str] = {}
    for (name, heading), each in NAMES.items():
        if name == sheet:
            found |= {other: heading for other in (each.words, each.code) if other not in ("", heading)}
    return found


def is_code(heading: str) -> bool:
    """Whether a heading is that of a code beside its words: it says the same more surely."""
    return any(heading == each.code for each in NAMES.values())
