"""What an import found: items to keep as drafts, and everything wrong, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from shared_models import texts
from shared_models.catalogue import ERROR, Item

FAULTS_MAX = 50_000


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a file. `sheet` is the sheet's or the CSV file's name; `row` counts from 1, the header is 1.

    `column` is the heading, or "" for a whole row; `item` the code of the item concerned, or "".
    """

    sheet: str
    row: int
    column: str
    code: str
    severity: str
    values: dict[str, str | int] = field(default_factory=dict)
    item: str = ""

    def sentence(self, language: str = "zh") -> str:
        return texts.sentence(self.code, language, **self.values)


@dataclass(frozen=True)
class ImportReport:
    """Items as read, in the order of the file, whether complete or not; faults in the order of sheets and rows.

    `rows` counts the rows of items that were read; `left_off` the faults beyond FAULTS_MAX, which are not listed;
    `incomplete` are the codes of items that have an error, whether it is listed or not.
    """

    items: tuple[Item, ...]
    faults: tuple[Fault, ...]
    rows: int
    left_off: int
    incomplete: frozenset[str]

    @cached_property
    def complete(self) -> tuple[Item, ...]:
        """Those that could be published as they are."""
        return tuple(item for item in self.items if item.code not in self.incomplete)

    @property
    def errors(self) -> int:
        return sum(fault.severity == ERROR for fault in self.faults)

    @property
    def warnings(self) -> int:
        return len(self.faults) - self.errors


class Faults:
    """Collects faults up to FAULTS_MAX and counts the rest. `cells` are those already reported at a cell itself."""

    def __init__(self) -> None:
        self._found: list[Fault] = []
        self._cells: set[tuple[str, int, str]] = set()
        self.left_off = 0

    def add(self, fault: Fault) -> None:
        if len(self._found) >= FAULTS_MAX:
            self.left_off += 1
            return
        self._found.append(fault)
        if fault.severity == ERROR and fault.column:
            self._cells.add((fault.sheet, fault.row, fault.column))

    def has_cell(self, sheet: str, row: int, column: str) -> bool:
        """Whether this very cell was reported as wrong: what follows from its being empty need not be said again."""
        return (sheet, row, column) in self._cells

    def ordered(self, sheets: list[str]) -> tuple[Fault, ...]:
        """By sheet, in the given order, and row."""
        places = {sheet: number for number, sheet in enumerate(sheets)}
        return tuple(sorted(self._found, key=lambda fault: (places.get(fault.sheet, len(places)), fault.row)))
