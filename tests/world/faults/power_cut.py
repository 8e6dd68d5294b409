"""The power of a machine fails: at once, or before or after one of its next writes."""

from __future__ import annotations

from tests.world.faults import Fault


class PowerFailure(Fault):
    weight = 4

    def act(self) -> None:
        world = self.world
        place = world.random.choice(world.places)
        if world.random.random() < 0.4:
            world.power_fails(place)
            return
        writes, after = world.random.randint(1, 6), world.random.random() < 0.5
        place.database.arm(writes, after_the_write=after)
        world.tell(f"the power of {place.name} will fail {'after' if after else 'before'} its write no. {writes}")

    def heal(self) -> None:
        for place in self.world.places:
            place.database.disarm()
