"""A node folds some of what it keeps; until it has folded all, its screens lie behind its log."""

from __future__ import annotations

from tests.world.faults import Fault


class Folding(Fault):
    weight = 6

    def act(self) -> None:
        place = self.world.random.choice(self.world.places)
        if count := place.node.fold(self.world.random.randint(1, 5)):
            self.world.tell(f"{place.name} folds {count}")
