"""An older copy of a station runs on beside it."""

from __future__ import annotations

from shared_models.trust import REKEYED
from tests.world.faults import Fault
from tests.world.places import Place


class Clone(Fault):
    weight = 1

    def act(self) -> None:
        world = self.world
        stations = [place for place in world.stations if place.copies and not place.is_clone]
        if not stations or any(place.is_clone for place in world.places):
            return
        place = world.random.choice(stations)
        copy = world.random.choice(place.copies)
        rekeyed = {
            each.id for each in world.ledger.records.values() if (each.kind, each.node) == (REKEYED, place.node.name)
        }
        if not rekeyed <= copy.ids:  # it would sign with a key of which nobody may have heard
            return
        clone = Place(f"{place.name}'", place.site, place.root, place.folder, world.random, world.time, place.parts,
                      place.clock_ms, place.parent, counter=place.counter + 1000, later=place.later)  # fmt: skip
        clone.start(copy.path)
        world.places.append(clone)
        world.hit("cloned")
        world.tell(f"{clone.name} runs beside {place.name} from a copy")

    def heal(self) -> None:
        """The clone is switched off, and its original starts anew."""
        world = self.world
        for clone in [place for place in world.places if place.is_clone]:
            world.line.forget(clone)
            clone.stop()
            world.places.remove(clone)
            world.power_fails(next(each for each in world.places if each.name == clone.site.name))
