"""Cursors go forward. One goes back only where its stream is of another history: a hub or the child was restored."""

from __future__ import annotations

from sync_protocol.store import streams
from tests.world.ledger import Broken
from tests.world.places import Place


class Cursors:
    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int, dict[str, int]]] = {}
        """Name of a place -> its generation, how many writes it had tried, and its cursors then."""

    def look(self, place: Place, went_back: set[str]) -> None:
        """Raises Broken where a cursor of this place went back, though nobody was restored."""
        generation, writes, before = self._seen.get(place.name, (0, 0, {}))
        if (generation, writes) == (place.generation, place.disk.writes):
            return
        with place.node.read() as db:
            now = {name: cursor.position for name, cursor in streams.cursors(db).items()}
        parent = place.parent.name if place.parent else ""
        same = generation == place.generation and not {place.name, parent} & went_back
        if same and any(now.get(name, 0) < position for name, position in before.items()):
            raise Broken("cursor", f"a cursor of {place.name} went back from {before} to {now}")
        self._seen[place.name] = (place.generation, place.disk.writes, now)
