"""A line is down for a while."""

from __future__ import annotations

from tests.world.faults import Fault


class Partition(Fault):
    weight = 3

    def act(self) -> None:
        world, cut = self.world, self.world.line.cut
        if cut and world.random.random() < 0.7:
            name = world.random.choice(sorted(cut))
            cut.discard(name)
            world.tell(f"the line of {name} is back")
            return
        child = world.random.choice(world.children)
        cut.add(child.name)
        world.hit("partition")
        world.tell(f"the line of {child.name} is down")

    def heal(self) -> None:
        self.world.line.cut.clear()
