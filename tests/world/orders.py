"""Which bodies an order of erasure takes away, worked out from the records that the world has seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from shared_models.erasure import ORDERED
from tests.world.ledger import Ledger, Seen

UNTOUCHED = ("roster", "node")


class Orders:
    """The orders among the records in `ids`. All orders of the world are given by hubs that may give them."""

    def __init__(self, ledger: Ledger, ids: Iterable[str]) -> None:
        self._ledger = ledger
        self._areas: dict[str, list[str]] = {}
        for seen in (ledger.records[each] for each in ids):
            if seen.kind == ORDERED:
                self._areas.setdefault(seen.subject, []).append(str(seen.header["area"]))

    @property
    def subjects(self) -> Collection[str]:
        return self._areas

    def cover(self, seen: Seen) -> bool:
        """A case lies where its number says, one whose number says nothing in the city; else a record's area counts."""
        if seen.kind.partition(".")[0] in UNTOUCHED:
            return False
        return any(lies_in(area, seen.subject, str(seen.header["area"])) for area in self._areas.get(seen.subject, ()))


def lies_in(area: str, subject: str, record_area: str) -> bool:
    scope, _, name = subject.partition("/")
    if scope != "case":
        return record_area.startswith(area)
    return name.startswith(area) if name[:4].isdigit() else len(area) == 4
