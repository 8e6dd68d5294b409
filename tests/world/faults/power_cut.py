"""The power of a machine fails: at once, or at one of its next writes: before, after or in the middle of it."""

from __future__ import annotations

from tests.world.disk import Cut
from tests.world.faults import Fault

CUTS = (Cut.BEFORE, Cut.AFTER, Cut.DURING, Cut.DURING, Cut.CHECKPOINT)


class PowerFailure(Fault):
    weight = 4

    def act(self) -> None:
        world = self.world
        place = world.random.choice(world.places)
        if world.random.random() < 0.4:
            world.power_fails(place)
            return
        writes, cut = world.random.randint(1, 6), world.random.choice(CUTS)
        place.disk.arm(writes, cut, world.random)
        world.tell(f"the power of {place.name} will fail {cut.value} its write no. {writes}")
