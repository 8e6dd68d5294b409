"""A disk is full for a while: SQLite says so in the middle of whatever it is doing."""

from __future__ import annotations

from tests.world.faults import Fault


class FullDisk(Fault):
    weight = 2

    def act(self) -> None:
        world = self.world
        full = [place for place in world.places if place.disk.is_full]
        if full and world.random.random() < 0.6:
            place = world.random.choice(full)
            place.disk.make_room()
            world.tell(f"there is room again on the disk of {place.name}")
            return
        place = world.random.choice(world.places)
        place.disk.fill()
        world.hit("disk full")
        world.tell(f"the disk of {place.name} is full")
