"""Cases in a list, with the state that is shown for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edge_node.station import Kept, Station
from sync_protocol.store.case_files import CaseRow, Filter

READY = Filter(statuses=("decided",), settled=True)
"""Concluded cases that can be handed over: where records contradict each other, a ruling comes first."""


@dataclass(frozen=True)
class Listed:
    """A case in a list, with the state that is shown for it."""

    row: CaseRow
    kept: Kept


def listed(station: Station, rows: Iterable[CaseRow]) -> tuple[Listed, ...]:
    """These cases as they stand now."""
    with station.node.read() as db:
        reach = station.reach(db)
    return tuple(Listed(row, station.kept(reach, row)) for row in rows)
