"""People at counters and in offices."""

from __future__ import annotations

from tests.world import people
from tests.world.faults import Fault


class Work(Fault):
    """Somebody does something with a case, or takes one in."""

    weight, moody = 30, False

    def act(self) -> None:
        world = self.world
        place = world.random.choice(world.places)
        numbers = people.numbers(place)
        if not place.hub and (not numbers or world.random.random() < 0.45):
            done = people.accept(place, world.random)
        elif numbers:
            done = people.act(place, world.random.choice(numbers[-6:]), world.random)
        else:
            done = ""
        if done:
            world.tell(f"{place.name} {done}")
