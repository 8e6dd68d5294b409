"""An old push comes again, long after it was answered."""

from __future__ import annotations

from tests.world.faults import Fault


class OldPush(Fault):
    weight = 2

    def act(self) -> None:
        world = self.world
        if world.line.pushes:
            hub, child, message = world.random.choice(world.line.pushes)
            world.hit("old push again")
            world.line.unheard("again", hub, child, [message])
