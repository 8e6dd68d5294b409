"""The clock of a machine is wrong."""

from __future__ import annotations

from tests.world.faults import Fault

YEAR_MS = 365 * 24 * 3600 * 1000
CLOCKS_MS = (-56 * YEAR_MS, 73 * YEAR_MS, -YEAR_MS, -5000, 30_000, 0)
"""1970, 2099, a year back, a little behind, a little ahead, right."""


class ClockJump(Fault):
    weight = 3

    def act(self) -> None:
        world = self.world
        place = world.random.choice(world.places)
        place.clock_ms = world.random.choice(CLOCKS_MS)
        world.hit("clock jump")
        world.tell(f"the clock of {place.name} is off by {place.clock_ms} ms")

    def heal(self) -> None:
        for place in self.world.places:
            place.clock_ms = 0
