"""Where a child stands in the streams of its parent, and how far it goes back where the parent has another history.

A parent that does not know a cursor answers `reset`. The child then asks again and tells which earlier places it has
passed; the parent names the last one that both have, and the child goes on from there. A mark stands for everything
before it: so a child never goes on from a place whose entries it has not read.
"""

from __future__ import annotations

from sync_protocol.core.messages import Mark, Reset
from sync_protocol.node import Node
from sync_protocol.store import landmarks, streams
from sync_protocol.store.database import Connection
from sync_protocol.store.streams import Cursor

CLASSES = ("control", "node", "area", "catalogue")


class Following:
    """The cursors of one child, by class of stream."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lost: set[str] = set()
        """Classes whose cursor the parent does not know."""
        self._offered: dict[str, list[Mark]] = {}

    @property
    def lost(self) -> bool:
        """Whether some places are to be offered."""
        return bool(self._lost)

    def cursors(self) -> dict[str, Mark]:
        with self._node.read() as db:
            kept = streams.cursors(db)
        return {name: _mark(kept.get(name, streams.START)) for name in CLASSES}

    def earlier(self) -> dict[str, list[Mark]]:
        """The places to be offered: of the classes that are lost, the latest first."""
        with self._node.read() as db:
            kept = streams.cursors(db)
            self._offered = {
                name: [_mark(place) for place in landmarks.behind(db, name, kept[name].position)]
                for name in CLASSES
                if name in self._lost and name in kept
            }
        return {name: places for name, places in self._offered.items() if places}

    def offer_all(self) -> None:
        """Offers the places of every class at once: an answer that takes days shall not be a mere `reset`."""
        self._lost = set(CLASSES)

    def reset(self, message: Reset) -> None:
        """Goes back to the place that the parent chose. Where none was offered yet, the next question does that."""
        name = message.stream
        if name not in CLASSES:
            return
        offered = self._offered.get(name)
        if offered is None and name not in self._lost:
            self._lost.add(name)
            return
        place = streams.START
        if message.cursor in (offered or []):
            place = Cursor(*message.cursor)
        self._node.database.write(lambda db: landmarks.go_back(db, name, place))
        self._lost.discard(name)

    def moved(self, db: Connection, name: str, end: Mark) -> None:
        """Entries up to this place are kept, in the same transaction."""
        landmarks.advance(db, name, Cursor(*end))
        self._lost.discard(name)


def _mark(cursor: Cursor) -> Mark:
    return cursor.position, cursor.mark
