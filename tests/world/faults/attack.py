"""Hostile hands hold the key and the session of a station."""

from __future__ import annotations

from tests.world.faults import Fault
from tests.world.hostile import ATTACKS


class Attack(Fault):
    weight, stormy = 7, 0

    def act(self) -> None:
        world = self.world
        station = world.random.choice(world.stations)
        other = world.random.choice([place for place in world.places if place.site != station.site])
        name = world.random.choice(sorted(ATTACKS))
        hub = station.parent
        messages = None if hub is None else ATTACKS[name](world.ledger, hub, station, other, world.random)
        if hub is not None and messages is not None:
            world.hit(name)
            world.line.unheard(f"hostile hands: {name}", hub, station.node.name, messages, honest=False)
