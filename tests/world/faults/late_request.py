"""A request that nobody waits for any more arrives after all."""

from __future__ import annotations

from tests.world.faults import Fault


class LateRequest(Fault):
    weight = 3

    def act(self) -> None:
        late = self.world.line.late
        if late:
            self.world.line.unheard("late", *late.pop(self.world.random.randrange(len(late))))

    def heal(self) -> None:
        self.world.line.late.clear()
