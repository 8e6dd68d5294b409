"""A station is revoked. What it wrote beyond the last trusted place and a hub had not received by then is held there,
by whatever way it comes; nothing of it is thrown away, and an officer may ratify it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared_models.records import PUBLIC, Draft
from shared_models.roster import REVOKED
from sync_protocol.commands import View
from sync_protocol.store.holding import RATIFIED
from tests.world import checks, people
from tests.world.faults import Fault
from tests.world.hostile import own_rows
from tests.world.ledger import Broken
from tests.world.places import Place


class Revoke(NamedTuple):
    """Everything of `node` up to a place is trusted."""

    node: str
    incarnation: str
    seq: int

    def decide(self, view: View) -> Sequence[Draft]:
        body = {"node": self.node, "incarnation": self.incarnation, "seq": self.seq}
        return [Draft(REVOKED, f"roster/{self.node}", body, PUBLIC, view.me.area)]


class Ratify(NamedTuple):
    id: str

    def decide(self, view: View) -> Sequence[Draft]:
        return [Draft(RATIFIED, f"held/{self.id}", {"id": self.id, "reason": "核实"}, PUBLIC, view.me.area)]


class Revocation(Fault):
    def afterwards(self) -> None:
        world, random = self.world, self.world.random
        station = random.choice(world.stations)
        hub = station.parent
        if hub is None:
            return
        if random.random() < 0.5:
            world.accepts(station)
            world.line.syncs(station)
        trusted = random.choice(own_rows(station)[-3:])
        by = random.choice(checks.upward(hub))
        header = trusted.header
        by.node.write(Revoke(station.node.name, header.incarnation, header.seq))
        world.ledger.look(by)
        world.tell(f"{by.name} revokes {station.name}, trusting it up to {header.seq}")
        world.hit("node revoked")
        for _ in range(random.randint(1, 3)):  # it learns of it, or its hub does, before it writes or after
            world.accepts(station)
            if random.random() < 0.5:
                world.line.syncs(random.choice(world.children))
        world.quiet()
        for place in checks.upward(hub):
            self._held_is_held(place, station, header.incarnation, header.seq)
        self._counts_once_ratified(station, hub)

    def _held_is_held(self, place: Place, station: Place, incarnation: str, seq: int) -> None:
        """At each hub the verdict follows from the record, the revocation, and which of them it received first."""
        held = self.world.ledger.look(place).ids
        if missing := {each.id for each in own_rows(station)} - held:
            raise Broken("not carried", f"{place.name} lacks {self.world.ledger.told(missing)} of a revoked node")
        with place.node.read() as db:
            rows = db.execute(_ROWS, (station.node.name,)).fetchall()
            since = max(
                row[0] for row in db.execute("SELECT position, id FROM record").fetchall()
                if self.world.ledger.records[row[1]].kind == REVOKED
            )  # fmt: skip
        for position, without_effect, of, number, identity in rows:
            beyond = of != incarnation or number > seq
            if bool(without_effect) != (beyond and position > since):
                raise Broken("another verdict", f"{place.name}: {identity}, {number} after {seq}, {without_effect}")

    def _counts_once_ratified(self, station: Place, hub: Place) -> None:
        """An officer at the district says that one of them counts, and it does, there and in the city."""
        world = self.world
        fresh = own_rows(station)[-1]
        number = fresh.header.subject.partition("/")[2]
        hub.node.write(Ratify(fresh.id))
        world.ledger.look(hub)
        world.tell(f"{hub.name} ratifies {number}")
        world.quiet()
        for place in checks.upward(hub):
            case = people.case_of(place, number)
            if case is None or fresh.id not in {event.id for event in case.events}:
                raise Broken("ratified", f"{place.name} does not count {number}")
        world.hit("held record ratified")


_ROWS = (
    "SELECT record.position, record.held, chain.incarnation, record.seq, record.id FROM record"
    " JOIN chain ON chain.number = record.chain WHERE node = ?"
)
