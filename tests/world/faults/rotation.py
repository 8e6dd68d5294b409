"""Nodes take other keys, whatever else is going on: in a partition, before a power cut, with older copies about. What
an old key signs afterwards is kept, and has no effect."""

from __future__ import annotations

from shared_models.records import Position
from shared_models.refusals import Refusal
from tests.world import checks, people
from tests.world.faults import Fault
from tests.world.faults.key_used_twice import held_at, same_verdicts
from tests.world.hostile import made_up, push
from tests.world.ledger import Broken
from tests.world.places import Place


class Rotation(Fault):
    weight = 3

    def act(self) -> None:
        world = self.world
        twice = {place.site.name for place in world.places if place.is_clone}
        place = world.random.choice(world.places)
        if place.site.name in twice:  # of two copies that both take another key, one has none that counts
            return
        if self._lacks_its_own(place):
            world.hit("rotation put off: its own tail is not back")
            return
        self._rotate(place)

    def _lacks_its_own(self, place: Place) -> bool:
        """Whether somebody holds what this place wrote and lost: it can say nothing of that when it takes another key,
        and what it does not name would be held where it comes later. An operator waits until all of it is back."""
        shelves, records = self.world.ledger.shelves, self.world.ledger.records
        anywhere = {each for shelf in shelves.values() for each in shelf.ids if records[each].node == place.node.name}
        return not anywhere <= self.world.ledger.look(place).ids

    def _rotate(self, place: Place) -> bool:
        world = self.world
        try:
            place.rotate()
        except Refusal as refusal:
            if refusal.code != "roster.not_up_to_date":
                raise
            world.hit("rotation refused: it does not know its last key")
            return False
        world.ledger.look(place)
        world.hit(f"{place.site.tier} took another key")
        world.tell(f"{place.name} takes key no. {len(place.later) + 1}")
        return True

    def check(self) -> None:
        """Everybody knows the key that each node has now, and nothing of anybody is held because of it."""
        world = self.world
        for place in world.places:
            for other in checks.upward(place):
                member = other.node.roster.member(place.node.name)
                if member is None or member.public != place.node.keys.public:
                    raise Broken("key", f"{other.name} does not know the key of {place.name}")
            if wrongly := {each for each, held in held_at(place).items() if held} - world.ledger.twins:
                raise Broken("honest accused", f"{place.name} holds back {world.ledger.told(wrongly)}")

    def afterwards(self) -> None:
        """Whoever finds an old key writes nothing that counts."""
        world, random = self.world, self.world.random
        station = random.choice(world.stations)
        hub, old = station.parent, station.node.keys
        if hub is None:
            return
        world.accepts(station)
        number = people.numbers_of_own(station)[-1]
        if not self._rotate(station):
            raise Broken("key", f"{station.name} does not know its own key, though all have synced")
        if random.random() < 0.5:
            world.accepts(station)
        world.quiet()
        place = Position(station.node.name, f"thief{random.randrange(10**9)}", 1)
        stolen = made_up(world.ledger, old, place, "", station.site.area, "case.withdrawn", random, f"case/{number}")
        world.ledger.false.discard(stolen.id)
        world.ledger.twins.add(stolen.id)
        sent = [push(world.ledger, hub, station, [stolen])]
        world.line.unheard("an old key", hub, station.node.name, sent, honest=False)
        world.quiet()
        world.accepts(station)
        world.quiet()
        fresh = people.numbers_of_own(station)[-1]
        for above in checks.upward(hub):
            held = held_at(above)
            if not held.get(stolen.id):
                raise Broken("old key", f"{above.name} lets a record count that an old key of {station.name} signed")
            if people.case_of(above, fresh) is None:
                raise Broken("old key", f"{above.name} lacks {fresh}, which {station.name} wrote under its new key")
        same_verdicts(checks.upward(hub), station.node.name)
        world.hit("old key found by a thief")
