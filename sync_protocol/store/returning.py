"""What becomes of an opening that does not continue from the end of its node's history: the node was restored.

A hub *hands back* to a node below it what it keeps of the lost end, by that child's stream. A node *gives back* to one
above it what it keeps of that, by its own journal. Both look only at what stands before the opening in the log: a fold
that lags, or begins anew, must not see what came later. Functions take the connection of the running transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils.utils import sqlite3

from shared_models.records import Header
from sync_protocol.core.incarnations import Origin, behind
from sync_protocol.store import regained, state
from sync_protocol.store.log import Incarnation, Log, Row
from sync_protocol.store.streams import Fanout


def covered(known: Iterable[Incarnation], name: str) -> dict[str, int]:
    """incarnation -> last number that an incarnation of the same node has behind it, along what it continues from."""
    return behind({each.name: Origin(each.from_incarnation, each.from_seq) for each in known}, name)


def hand_back(db: sqlite3.Connection, log: Log, fanout: Fanout, opening: Row) -> None:
    """Into the stream of the child that the opening came from. What stands there already is not written again: the
    child has read it, or will."""
    header, stream = opening.record.header, f"node/{opening.source}"
    known = log.incarnations(db, header.node)
    held = covered(known, header.incarnation)
    tails = [
        ((header.node, each.name), start)
        for each in known
        if each.name != header.incarnation and each.head.seq > (start := held.get(each.name, 0))
    ]
    written = fanout.records(stream) if tails else set()
    for chain, start in tails:
        for position, identity in log.chain_places(db, chain, start, before=opening.position):
            if position not in written:
                fanout.add(stream, position, identity, "returned")


def give_back(db: sqlite3.Connection, log: Log, opening: Header, position: int) -> None:
    """Into our own journal, the opening first: whoever stands between us and its author can tell from it why there are
    holes. `position` is that of the opening in the log."""
    known = log.incarnations(db, opening.node)
    held = covered(known, opening.incarnation)
    late: list[tuple[int, str]] = []
    for each in known:
        if each.name != opening.incarnation and opening.incarnation not in covered(known, each.name):
            late += regained.left_over(db, (opening.node, each.name), held.get(each.name, 0), position)
    if late:
        first = regained.left_over(db, (opening.node, opening.incarnation), 0, position + 1)[:1]
        regained.add(db, log, [*first, *late])


FOLDED_PLACE = "folded_place"
"""State: a place in the log up to which is folded, and the place in the journal that goes with it."""


class Places:
    """The places in the journal of rows that are folded: those of their own order, regained ones passed over."""

    def __init__(self, log: Log, db: sqlite3.Connection, after: int) -> None:
        folded, place = state.get(db, FOLDED_PLACE, (0, 0))
        self.place = place if folded == after else log.journal_place(db, after)
        self._regained = regained.places_after(db, self.place)

    def step(self) -> None:
        self.place += 1
        while self.place in self._regained:
            self.place += 1

    def keep(self, db: sqlite3.Connection, after: int) -> None:
        """Remembers the place, which is a long way to look for behind all that waits to be folded."""
        state.put(db, FOLDED_PLACE, (after, self.place))
