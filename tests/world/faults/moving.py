"""A station moves to the city, because its district is gone or slow; some of what it wrote is still with the district.
Nobody loses anything, no late word takes it back, and what is decided afterwards reaches it on its new way."""

from __future__ import annotations

from central import enrolment
from sync_protocol.core.joining import request_to_join
from sync_protocol.wire.joining import change_parent
from tests.world import people
from tests.world.faults import Fault
from tests.world.ledger import Broken
from tests.world.places import Place

RESIDENT_KEY = bytes(32)


class Moving(Fault):
    moody = False
    closes = 7

    def afterwards(self) -> None:
        world, random = self.world, self.world.random
        city = world.places[0]
        station = random.choice([place for place in world.stations if place.parent is not city])
        district = station.parent
        if district is None:
            return
        for place in random.choices((station, district), k=random.randrange(4)):
            world.accepts(station)
            world.line.syncs(place)
        self._move(station, city)
        late_first = random.random() < 0.5
        for place in (district, station) if late_first else (station, district):
            if random.random() < 0.7:
                world.accepts(station)
            world.line.syncs(place)
        world.quiet()
        self._agree(station, district, city)
        self._acts(station, city)
        self._agree(station, district, city)
        world.hit("station moved to the city")

    def _move(self, station: Place, city: Place) -> None:
        world, site, node = self.world, station.site, station.node
        world.line.forget(station)
        name = node.member.name
        invitation = enrolment.invite(
            city.node, site.area, site.tier, name, "http://127.0.0.1:1", station.root, world.random.randbytes
        )
        request = request_to_join(site.keys, invitation, node.member.moves + 1)
        answer = enrolment.accept(city.node, request, RESIDENT_KEY, world.random.randbytes)
        change_parent(node, station.attachments, answer, city.node.name)
        station.parent = city
        station.side = station.child()
        world.ledger.look(city)
        world.ledger.look(station)
        world.tell(f"{station.name} moves to {city.name}")

    def _agree(self, station: Place, district: Place, city: Place) -> None:
        """Everybody knows where the station is, and it has all that there is of what it had a reason to hold."""
        for place in (station, district, city):
            member = place.node.roster.member(station.node.name)
            if member is None or member.parent != city.node.name:
                raise Broken("moved", f"{place.name} takes {station.name} for a child of {member and member.parent}")
        for number in people.numbers(station):
            mine, theirs = people.case_of(station, number), people.case_of(city, number)
            if mine is not None and mine.application is not None and mine != theirs:
                raise Broken("moved", f"{number} is another case at {station.name} than at the city")

    def _acts(self, station: Place, city: Place) -> None:
        """What is done above with the cases that the station holds comes down."""
        world = self.world
        for number in people.numbers(station):
            case = people.case_of(station, number)
            if case is not None and case.application is not None and people.act(city, number, world.random):
                mine = case.area == station.site.area
                world.hit(f"acted on after the move: a case that the station {'took in' if mine else 'pulled'}")
        world.ledger.look(city)
        world.quiet()
