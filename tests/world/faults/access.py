"""A station goes on with a case that it never had: it pulls it by its number. It gives it back, or a hub does so."""

from __future__ import annotations

from shared_models import cases
from tests.world import checks, people
from tests.world.agreement import bodies_from_above
from tests.world.checks import Family
from tests.world.faults import Fault
from tests.world.grants import Grants
from tests.world.ledger import Broken
from tests.world.places import Place

UNKNOWN = "nobody-has-this"


class Access(Fault):
    weight = 9

    def act(self) -> None:
        random = self.world.random
        station = random.choice(self.world.stations)
        if random.random() < 0.6:
            self._pull(station)
        else:
            self._release(station)

    def _pull(self, station: Place) -> None:
        world = self.world
        known = {each.subject.partition("/")[2] for each in world.ledger.records.values() if checks.is_of_a_case(each)}
        lacking = [number for number in sorted(known) if not holds(station, number)]
        number = f"{UNKNOWN}-{world.random.randrange(4)}"
        if lacking and world.random.random() < 0.9:
            number = world.random.choice(lacking[-6:])
        if self._does(station, number, cases.Pull(number, "moved")):
            world.hit("case pulled" if number in known else "unknown case pulled")
            world.tell(f"{station.name} pulls {number}")

    def _release(self, station: Place) -> None:
        world = self.world
        pulled = [number for number in people.numbers(station) if pulls(station, number)]
        if not pulled:
            return
        number = world.random.choice(pulled)
        by = world.random.choice([station, station, *checks.upward(station.parent)])
        if self._does(by, number, cases.Release(station.node.name, "办完了")):
            world.hit("pull ended by a hub" if by.hub else "pull ended")
            world.tell(f"{by.name} ends the pull of {number} by {station.name}")

    def _does(self, place: Place, number: str, command: cases.Command) -> bool:
        done = people.does(place, number, command)
        self.world.ledger.look(place)
        return done

    def afterwards(self) -> None:
        """Pulled, it comes in whole; given back, its content goes, and nothing more of it comes."""
        world, random = self.world, self.world.random
        station = random.choice(world.stations)
        owner = random.choice([place for place in world.stations if place.site != station.site])
        world.accepts(owner)
        number = people.numbers_of_own(owner)[-1]
        world.quiet()
        if holds(station, number):
            raise Broken("beyond its grant", f"{station.name} holds {number}, and never asked for it")
        if not self._does(station, number, cases.Pull(number, "moved")):
            raise Broken("pull", f"{station.name} may not pull {number}")
        world.quiet()
        city = world.places[0]
        owed = Grants(world.ledger, Family(world.places).by_node, world.ledger.look(city).ids).owed
        if (station.node.name, f"case/{number}") not in {(pull.node, pull.subject) for pull in owed}:
            world.hit("pull that may be one too many")
            return
        self._is_whole(station, number)
        by = random.choice([station, *checks.upward(station.parent)])
        if not self._does(by, number, cases.Release(station.node.name, "办完了")):
            raise Broken("pull", f"{by.name} may not end the pull of {number}")
        world.quiet()
        if left := bodies_from_above(world.ledger, station, f"case/{number}"):
            raise Broken("kept after release", f"{station.name} keeps {world.ledger.told(left)}")
        before = set(world.ledger.look(station).ids)
        if not self._does(owner, number, cases.Withdraw("不办了")):
            raise Broken("pull", f"{owner.name} may not withdraw {number}")
        world.quiet()
        fresh = {each for each in world.ledger.look(station).ids - before if world.ledger.records[each].subject ==
                 f"case/{number}"}  # fmt: skip
        if fresh:
            raise Broken("beyond its grant", f"{station.name} was given {world.ledger.told(fresh)} after its release")
        world.hit("case pulled and given back")

    def _is_whole(self, station: Place, number: str) -> None:
        here, there = people.case_of(station, number), people.case_of(self.world.places[0], number)
        if here is None or here != there:
            raise Broken("case differs", f"{number} was pulled, and is not whole at {station.name}")


def holds(place: Place, number: str) -> bool:
    """Whether it has the case, not merely asked for it."""
    case = people.case_of(place, number)
    return case is not None and case.application is not None


def pulls(place: Place, number: str) -> bool:
    case = people.case_of(place, number)
    return case is not None and bool(case.pulls_of(place.node.name))
