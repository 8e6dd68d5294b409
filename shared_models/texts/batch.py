"""What may be wrong with the lines of a village day."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "batch.empty": (
        "还没有填写任何居民。每行一位：身份证号、姓名、联系电话、现住址，用逗号或制表符分开。",
        "No resident is entered yet. Write one a line: id number, name, phone, address, parted by commas or tabs.",
    ),
    "batch.too_many_lines": (
        "一次最多 {most} 位居民，请分几次办理。",
        "At most {most} residents at a time. Do it in several goes.",
    ),
    "batch.line_too_long": (
        "第 {line} 行太长，最多 {most} 个字。请检查是否漏了换行。",
        "Line {line} is too long; it has at most {most} characters. See whether a line break is missing.",
    ),
    "batch.unknown_column": (
        "首行有不认识的列名“{column}”。可用的列名：{known}。",
        "The first line names a column “{column}” that is not known. Known are: {known}.",
    ),
    "batch.quotes": (
        "第 {line} 行的引号没有成对，后面的内容读不出来。请补上或删去引号。",
        "The quotes of line {line} are not closed, and what follows cannot be read. Close them or take them away.",
    ),
    "batch.too_many_cells": (
        "这一行的内容比列多。住址里有逗号的，请用引号括起来。",
        "This line has more cells than columns. Put an address that holds commas in quotes.",
    ),
    "batch.twice": (
        "同一位居民已经在第 {line} 行，请删去一行。",
        "The same resident stands in line {line} already. Take one of them away.",
    ),
    "batch.materials_unsaid": (
        "请确认每位居民的必交材料都已当面收齐，再受理。材料不齐的居民请单独办理。",
        "Confirm that every resident's required materials were received, then accept. Take in one by one those who lack"
        " some.",
    ),
    "batch.nothing_good": (
        "没有一行可以受理，请先改正下面列出的问题。",
        "No line can be accepted. Correct what is listed below first.",
    ),
    "batch.not_utf8": (
        "文件的文字编码读不出来。请用 UTF-8 或 GB 18030 编码另存后再选。",
        "The text of the file cannot be read. Save it as UTF-8 or GB 18030 and choose it again.",
    ),
}
