"""A hard case: the station withdraws while the home tier decides, neither knowing of the other."""

from __future__ import annotations

from tests.world import checks, people
from tests.world.faults import Fault


class Contradiction(Fault):
    weight = 8

    def act(self) -> None:
        world = self.world
        place = world.random.choice(world.stations)
        for number in people.numbers(place)[::-1]:
            case = people.case_of(place, number)
            for home in checks.upward(place.parent):
                known = people.case_of(home, number)
                if case and known and case.status == known.status == "accepted" and case.home == home.site.tier:
                    if people.contradict(place, home, number):
                        world.hit("withdrawn while decided")
                        world.tell(f"{place.name} withdraws {number} while {home.name} decides it")
                    return
