"""Where a child stands in the streams of its parent, and how far it goes back where the parent has another history.

A parent that does not know a cursor answers `reset`. The child then asks again and tells which earlier places it has
passed; the parent names the last one that both have, and the child goes on from there. A mark stands for everything
before it: so a child never goes on from a place whose entries it has not read.

It goes back by itself to a record that it could not judge, as soon as the roster says more of whoever wrote it.
"""

from __future__ import annotations

import msgspec

from shared_models.roster import Roster
from shared_models.signing import digest, text_of
from sync_protocol.core.messages import Mark, Reset
from sync_protocol.core.verdicts import Verdict
from sync_protocol.node import Node
from sync_protocol.store import landmarks, streams, unjudged
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

    def passes_over(self, db: Connection, name: str, verdict: Verdict) -> None:
        """A record of the answer that is being taken in, refused: set aside, and read again when more is known of its
        author."""
        before = streams.cursors(db).get(name, streams.START)
        known = _known_as(self._node.roster_in(db), verdict.record.header.node)
        unjudged.note(db, verdict.record, verdict.code, known, name, before)

    def look_again(self) -> None:
        """Goes back to what was passed over, where the roster says something else of its author by now."""
        with self._node.read() as db:
            noted = unjudged.authors(db)
            roster = self._node.roster_in(db) if noted else None
        if roster is None:
            return
        due = {author for author, known in noted if _known_as(roster, author) != known}
        if due:
            self._node.database.write(lambda db: unjudged.look_again(db, due))

    def moved(self, db: Connection, name: str, end: Mark) -> None:
        """Entries up to this place are kept, in the same transaction."""
        landmarks.advance(db, name, Cursor(*end))
        self._lost.discard(name)


def _known_as(roster: Roster, author: str) -> str:
    """Stands for everything that a roster says of a node; "" where it says nothing."""
    member = roster.member(author)
    return "" if member is None else text_of(digest(msgspec.json.encode(member, order="sorted")))


def _mark(cursor: Cursor) -> Mark:
    return cursor.position, cursor.mark
