"""Hostile hands hold the key and the session of a station."""

from __future__ import annotations

from tests.world import people
from tests.world.faults import Fault
from tests.world.hostile import ATTACKS, OTHER_FILE, journal_of, push
from tests.world.places import Place


class Attack(Fault):
    weight, stormy = 7, 0

    def act(self) -> None:
        world = self.world
        station = world.random.choice(world.stations)
        other = world.random.choice([place for place in world.places if place.site != station.site])
        name = world.random.choice(sorted(ATTACKS))
        hub = station.parent
        if hub is not None and name == OTHER_FILE:
            self._photo_is_awaited(hub, station)
        messages = None if hub is None else ATTACKS[name](world.ledger, hub, station, other, world.random)
        if hub is not None and messages is not None:
            world.hit(name)
            world.line.unheard(f"hostile hands: {name}", hub, station.node.name, messages, honest=False)

    def _photo_is_awaited(self, hub: Place, station: Place) -> None:
        """The records of an application with a photo are delivered and folded, and the photo is not."""
        world = self.world
        people.accept(station, world.random, world.random.randbytes(5000))
        records = journal_of(hub, station)
        if records:
            world.line.unheard(
                "a photo is awaited", hub, station.node.name, [push(world.ledger, hub, station, records)]
            )
        while hub.node.fold():
            pass
