"""A village day: one item and situation, many residents, a line each.

A line holds, in this order or as a first line names them: id number, name, phone, address, and the item's own fields;
parted by tabs, as a spreadsheet copies them, or by commas. What a line leaves out is taken from what was entered for
all. Everything wrong is told line by line before anything is taken in; a line that is good is taken in by itself, so
that one wrong number never keeps a whole village waiting. Sent twice, each resident's case is still one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from edge_node.desk import Checked, Desk, Intake
from edge_node.entry import Entry, Fault
from shared_models import cases
from shared_models.catalogue import FormField
from shared_models.catalogue.forms import plain
from shared_models.refusals import Refusal

LINES_MAX = 200
LINE_CHARACTERS_MAX = 2000
WHO = {"身份证号": "id_number", "姓名": "name", "联系电话": "phone", "现住址": "address"}
"""Heading of a column -> what it holds."""
_FIELD = "field."


@dataclass(frozen=True)
class Line:
    """A line with its number as an editor shows it, and what it says: name of a form field -> text."""

    number: int
    values: Mapping[str, str]


@dataclass(frozen=True)
class Judged:
    """A line after the check: `faults` are all there are; `checked` is what may be taken in, None where something is
    wrong with the line itself."""

    line: Line
    checked: Checked | None
    faults: tuple[Fault, ...]

    @property
    def good(self) -> bool:
        return self.checked is not None and not self.faults


def columns_of(fields: Sequence[FormField]) -> dict[str, str]:
    """Heading -> name of a form field, in the order in which a line without headings has them."""
    return {**WHO, **{plain(field.label): f"{_FIELD}{field.code}" for field in fields}}


def lines_of(text: str, fields: Sequence[FormField]) -> list[Line]:
    """The lines that say anything. Raises Refusal batch.empty, batch.too_many_lines, batch.line_too_long,
    batch.unknown_column, batch.quotes."""
    columns = columns_of(fields)
    names = list(columns.values())
    lines: list[Line] = []
    for number, cells in _rows(text):
        if not lines and cells[0] in columns:
            unknown = [cell for cell in cells if cell not in columns]
            if unknown:
                raise Refusal("batch.unknown_column", column=unknown[0][:40], known="、".join(columns))
            names = [columns[cell] for cell in cells]
            continue
        if len(lines) >= LINES_MAX:
            raise Refusal("batch.too_many_lines", most=LINES_MAX)
        lines.append(Line(number, {**dict(zip(names, cells, strict=False)), "": "".join(cells[len(names) :])}))
    if not lines:
        raise Refusal("batch.empty")
    return lines


def _rows(text: str) -> Iterable[tuple[int, list[str]]]:
    """Number and cells of every line that is not blank."""
    tabs = "\t" in text
    source = text if tabs else text.replace("，", ",")
    reader = csv.reader(io.StringIO(source, newline=""), delimiter="\t" if tabs else ",", strict=True)
    try:
        for row in reader:
            cells = [plain(cell) for cell in row]
            if sum(map(len, cells)) > LINE_CHARACTERS_MAX:
                raise Refusal("batch.line_too_long", line=reader.line_num, most=LINE_CHARACTERS_MAX)
            if any(cells):
                yield reader.line_num, cells
    except csv.Error:
        raise Refusal("batch.quotes", line=reader.line_num) from None


def judge(desk: Desk, intake: Intake, lines: Sequence[Line], common: Mapping[str, str], batch_id: str) -> list[Judged]:
    """Each line checked as a form of its own would be; `common` = name of a form field -> what holds for all. The
    materials that are required and that nothing waives count as received: the clerk says so once for all."""
    first: dict[str, int] = {}
    return [_judged(desk, intake, line, common, batch_id, first) for line in lines]


def _judged(
    desk: Desk, intake: Intake, line: Line, common: Mapping[str, str], batch_id: str, first: dict[str, int]
) -> Judged:
    if line.values.get(""):
        return Judged(line, None, (("", Refusal("batch.too_many_cells")),))
    said = {**common, **{name: text for name, text in line.values.items() if text}}
    number = said.get("id_number", "")
    entry = Entry(
        said.get("name", ""), number, said.get("phone", ""), said.get("address", ""),
        {name.removeprefix(_FIELD): text for name, text in said.items() if name.startswith(_FIELD)},
        {each.code: cases.RECEIVED for each in intake.materials if each.required},
    )  # fmt: skip
    checked = desk.check(intake.item.code, intake.situation.code, entry, f"{batch_id}.{number}")
    faults = tuple(checked.faults)
    if checked.resident is not None:
        before = first.setdefault(checked.resident.number, line.number)
        if before != line.number:
            faults = (*faults, ("id_number", Refusal("batch.twice", line=before)))
    return Judged(line, checked, faults)
