"""A child begins a conversation with its parent, or goes on with one."""

from __future__ import annotations

from tests.world.faults import Fault
from tests.world.network import KINDS


class Talking(Fault):
    weight, moody = 42, False

    def act(self) -> None:
        world = self.world
        child = world.random.choice(world.children)
        kind = world.random.choice(KINDS)
        for _ in range(world.random.randint(1, 5)):
            if not world.line.advance(child, kind):
                return
