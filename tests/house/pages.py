"""The pages under docs/ as tests read them: sections by their headings, rows of tables, blocks of code."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.house.source import ROOT

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Section(NamedTuple):
    """What stands below a heading, up to the next one of any level. `title` is without the marks of code."""

    title: str
    text: str

    def rows(self) -> list[list[str]]:
        """The rows of its tables, heads and rules left out, as cells."""
        lines = re.findall(r"^\| (.*) \|$", self.text, re.MULTILINE)
        rules = [place for place, line in enumerate(lines) if set(line) <= set("-| ")]
        left_out = {place for rule in rules for place in (rule - 1, rule)}
        return [re.split(r" \| ", line) for place, line in enumerate(lines) if place not in left_out]

    def named(self) -> list[str]:
        """What stands as code in the first column of its tables."""
        return [name for row in self.rows() for name in re.findall(r"`([^`]+)`", row[0])]

    def blocks(self, language: str) -> list[str]:
        """Its blocks of code in a language, without the indent of a list."""
        return [
            re.sub(rf"^{indent}", "", code, flags=re.MULTILINE)
            for indent, marked, code in _FENCE.findall(self.text)
            if marked == language
        ]


def page(name: str) -> str:
    """The text of a page under docs/."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def sections(name: str) -> list[Section]:
    """The sections of a page, in order. A line of code that begins with # is no heading."""
    text = page(name)
    fenced = [found.span() for found in _FENCE.finditer(text)]
    heads = [
        found
        for found in re.finditer(r"^#+ (.+)$", text, re.MULTILINE)
        if not any(start <= found.start() < end for start, end in fenced)
    ]
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return [Section(head[1].replace("`", ""), text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]


def section(name: str, title: str) -> Section:
    """The section of a page with this title."""
    return next(each for each in sections(name) if each.title == title)
