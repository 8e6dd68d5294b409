"""What an import found: items to keep as drafts, and everything wrong, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from functools import cached_property

from shared_models import texts
from shared_models.catalogue import ERROR, SEVERITY, BaseItem, Item

FAULTS_MAX = 50_000


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a file. `sheet` is the sheet's or the CSV file's name; `row` counts from 1, the header is 1.

    `column` is the heading, or "" for a whole row; `item` the code of the item concerned, or ""; `field` the path in
    the item's value, or "" where the fault is the row's own.
    """

    sheet: str
    row: int
    column: str
    code: str
    values: dict[str, str | int] = made_by(default_factory=dict)
    item: str = ""
    field: str = ""

    @property
    def severity(self) -> str:
        """ERROR or WARNING."""
        return SEVERITY[self.code]

    def sentence(self, language: str = "zh") -> str:
        return texts.sentence(self.code, language, **self.values)


@dataclass(frozen=True)
class ImportReport:
    """Items as read, in the order of the file, whether complete or not; faults in the order of sheets and rows.

    `rows` counts the rows of items that were read; `counts`: code of a fault -> how often it was found, listed or not;
    `incomplete` are the codes of items that may not be published, `faulty` those of items with any error in their rows,
    whether it is listed or not; `base` is the base list in it.
    """

    items: Sequence[Item]
    faults: tuple[Fault, ...]
    rows: int
    counts: Counter[str]
    incomplete: frozenset[str]
    base: tuple[BaseItem, ...] = ()
    faulty: frozenset[str] = frozenset()

    @cached_property
    def complete(self) -> tuple[Item, ...]:
        """Those that could be published as they are."""
        return tuple(item for item in self.items if item.code not in self.incomplete)

    @property
    def errors(self) -> int:
        return sum(number for code, number in self.counts.items() if SEVERITY[code] == ERROR)

    @property
    def warnings(self) -> int:
        return self.counts.total() - self.errors

    @property
    def left_off(self) -> int:
        """The faults beyond the most that are listed."""
        return self.counts.total() - len(self.faults)


class Faults:
    """Collects faults, at most so many, and counts all of them."""

    def __init__(self, listed_max: int = FAULTS_MAX) -> None:
        self._found: list[Fault] = []
        self._cells: set[tuple[str, int, str]] = set()
        self._listed_max = listed_max
        self.counts: Counter[str] = Counter()
        self.items: set[str] = set()
        """The codes of items that have an error."""

    def add(self, fault: Fault) -> None:
        self.counts[fault.code] += 1
        if fault.item and fault.severity == ERROR:
            self.items.add(fault.item)
        if len(self._found) >= self._listed_max:
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
