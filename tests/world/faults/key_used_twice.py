"""A station's key is stolen, and a second record stands at a place of its chain. The fork is kept and shown, the chain
is frozen, and the station goes on in a fresh incarnation."""

from __future__ import annotations

from shared_models.records import Position
from sync_protocol.core.messages import Refused
from tests.world import checks
from tests.world.faults import Fault
from tests.world.hostile import made_up, own_rows, push
from tests.world.ledger import Broken
from tests.world.places import Place


class KeyUsedTwice(Fault):
    def afterwards(self) -> None:
        world, random = self.world, self.world.random
        station = random.choice(world.stations)
        hub = station.parent
        mine = [each for each in own_rows(station) if each.header.kind.startswith("case.")]
        if hub is None or not mine:
            return
        true = random.choice(mine[-4:])
        header, before = true.header, station.node.incarnation
        place = Position(header.node, header.incarnation, header.seq)
        twin = made_up(world.ledger, station.node.keys, place, header.prev, header.area, "case.withdrawn", random,
                       header.subject)  # fmt: skip
        world.ledger.false.discard(twin.id)
        world.ledger.twins.add(twin.id)
        world.guilty.add(station.node.name)
        world.hit("key used twice")
        sent = [push(world.ledger, hub, station, [twin])]
        answers = world.line.unheard("a stolen key", hub, station.node.name, sent, honest=False)
        if not any(isinstance(each, Refused) and each.code == "sync.fork" for each in answers):
            raise Broken("fork", f"{hub.name} does not say that the key of {station.name} was used twice")
        if random.random() < 0.5:
            world.accepts(station)
        world.quiet()
        world.accepts(station)
        world.quiet()
        if header.incarnation == before == station.node.incarnation:
            raise Broken("fork", f"{station.name} goes on in a chain that is frozen")
        fresh = own_rows(station)[-1]
        for above in checks.upward(hub):
            held = held_at(above)
            if not {true.id, twin.id} <= held.keys():
                raise Broken("fork", f"{above.name} does not keep both branches")
            if not held[twin.id] or held[fresh.id]:
                raise Broken("fork", f"{above.name} lets the wrong one count")
        same_verdicts(checks.upward(hub), station.node.name)


def held_at(place: Place) -> dict[str, bool]:
    """Id -> whether it is without effect there, of all records."""
    with place.node.read() as db:
        return {row[0]: bool(row[1]) for row in db.execute("SELECT id, held FROM record")}


def same_verdicts(places: list[Place], node: str) -> None:
    """The same was said of every record of a node at each of these places."""
    said = []
    for place in places:
        with place.node.read() as db:
            rows = db.execute("SELECT id, held FROM record JOIN chain ON chain.number = record.chain"
                              " WHERE node = ?", (node,)).fetchall()  # fmt: skip
        said.append({row[0]: bool(row[1]) for row in rows})
    for place, other in zip(places[1:], said[1:], strict=True):
        if differing := [each for each in said[0].keys() & other.keys() if said[0][each] != other[each]]:
            raise Broken("another verdict", f"{place.name} and {places[0].name} differ on {differing[0]}")
