"""What an import found and what was decided about it, as it is kept for whoever mends the file."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import msgspec

from central.catalogue_files.hints import hint
from shared_models import texts

COMMON_MIN = 20

WAIT, ALL, SOUND, EVERY, DROP = "wait", "all", "sound", "every", "drop"
"""What is decided about an import: nothing yet · all of it, where it has no error · the items without an error · every
item that has a code, those with errors as drafts to be mended · nothing of it."""
DECISIONS = (ALL, SOUND, EVERY, DROP)

Kind = tuple[str, str]
"""(code of the sentence, column): faults that are mended in the same way."""


class RowFault(msgspec.Struct, frozen=True):
    """A `Fault` as it is kept: `row` counts from 1, the header is 1; `column` "" = the whole row."""

    sheet: str
    row: int
    column: str
    code: str
    severity: str
    values: dict[str, str | int]
    item: str

    @property
    def kind(self) -> Kind:
        return self.code, self.column

    def sentence(self, language: str) -> str:
        return texts.sentence(self.code, language, **self.values)

    def hint(self, language: str) -> str:
        """What to type instead."""
        return hint(self.code, self.values, self.item, self.column, language)


class ChangedItem(msgspec.Struct, frozen=True):
    """What an import would do with an item: `outcome` is new, changed, same, kept or edited (see `store.drafts`),
    `sound` says that the file has no error there, `fields` are the headings of the cells that become other."""

    code: str
    name: str
    outcome: str
    sound: bool
    fields: tuple[str, ...]


class KeptReport(msgspec.Struct, frozen=True):
    """What the last import found. `rows` of items were read; `complete` of its items may be published, `sound` of them
    have no error in any row; `added`, `changed`, `unchanged` and `kept` (a better draft was there) count drafts;
    `left_off` faults are not listed; `base` entries of a base list were in the files, and left alone.

    `decided` is WAIT until somebody decides, and says then what: until then, and after DROP, the counts of drafts say
    what would have been. `number` names the import; `base_number` is the base list that its items were checked with.
    `changes` is filled for who asked, and not kept."""

    at_ms: int
    files: tuple[str, ...]
    rows: int
    complete: int
    incomplete: int
    added: int
    changed: int
    unchanged: int
    kept: int
    errors: int
    warnings: int
    left_off: int
    faults: tuple[RowFault, ...]
    base: int = 0
    number: int = 0
    base_number: int = 0
    sound: int = 0
    decided: str = EVERY
    changes: tuple[ChangedItem, ...] = ()

    @property
    def waits(self) -> bool:
        return self.decided == WAIT

    def kinds(self) -> list[tuple[RowFault, int]]:
        """(first fault of its kind, how often), the most frequent first: what to mend once for all rows."""
        first: dict[Kind, RowFault] = {}
        for fault in self.faults:
            first.setdefault(fault.kind, fault)
        return [(first[kind], number) for kind, number in self._tally().most_common()]

    def common(self) -> frozenset[Kind]:
        """The kinds of fault that most rows have, such as a column that a whole file lacks."""
        return frozenset(kind for kind, number in self._tally().items() if number > max(COMMON_MIN, self.rows // 2))

    def rows_with(self, kind: Kind | None = None) -> list[FaultyRow]:
        """The rows that have a fault of this kind; without one, those that have a fault which most rows do not have.
        In the order of the file; what most rows have is left out of each."""
        common = self.common()
        found = []
        for (sheet, row), group in groupby(self.faults, key=lambda fault: (fault.sheet, fault.row)):
            faults = tuple(group)
            own = tuple(fault for fault in faults if fault.kind == kind or fault.kind not in common)
            if own and (kind is None or any(fault.kind == kind for fault in own)):
                found.append(FaultyRow(sheet, row, next((fault.item for fault in faults if fault.item), ""), own))
        return found

    def _tally(self) -> Counter[Kind]:
        return Counter(fault.kind for fault in self.faults)


class FaultyRow(msgspec.Struct, frozen=True):
    """A row of a file with what is wrong in it."""

    sheet: str
    row: int
    item: str
    faults: tuple[RowFault, ...]
