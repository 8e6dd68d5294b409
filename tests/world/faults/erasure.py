"""Hubs order that cases and attestations are erased, and nodes carry it out when they come to it: after crashes, after
they were restored from copies that have it all again. In the end not one file of anybody holds a byte of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from central.erasures import OrderErasure
from shared_models.erasure import DONE, ORDERED
from shared_models.roster import CITY
from sync_protocol.host.runtime import Runtime
from sync_protocol.store import erasures
from tests.world import people
from tests.world.faults import Fault
from tests.world.faults.sticks import reach
from tests.world.ledger import Broken
from tests.world.orders import Orders, lies_in
from tests.world.places import Place

if TYPE_CHECKING:
    from tests.world.simulation import World

BASIS = "个人信息保护法第四十七条"
ROUNDS_MAX = 4
NEEDLE_BYTES = 32
FILE_NAME = re.compile(rb'"hash":"([A-Za-z0-9_-]{43})"')


class Erasure(Fault):
    weight = 3

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._ordered: set[str] = set()
        self._needles: dict[tuple[str, str], set[bytes]] = {}
        """Name of a place and a subject -> pieces of what the disk once held of it, sealed as it was."""
        self._files: dict[str, set[str]] = {}
        """Subject -> the files that were named in it."""
        self._looked: dict[str, tuple[int, int]] = {}

    def act(self) -> None:
        if self._ordered and self.world.random.random() < 0.6:
            self._carry_out(self.world.random.choice(self.world.places))
        else:
            self._order()

    def _order(self) -> None:
        world, random = self.world, self.world.random
        hub = random.choice([place for place in world.places if place.hub])
        known = {
            each.subject for each in (world.ledger.records[one] for one in world.ledger.look(hub).ids)
            if each.kind.split(".")[0] in ("case", "attestation")
            and lies_in(hub.site.area, each.subject, str(each.header["area"]))
        }  # fmt: skip
        left = sorted(known - self._ordered)
        if not left:
            return
        subject = random.choice(left)
        self._ordered.add(subject)
        self.seen()
        hub.node.write(OrderErasure(subject, "request", BASIS, "supervisor-1", "supervisor-2"))
        world.ledger.look(hub)
        world.hit(f"erasure of {'a case' if subject.startswith('case/') else 'an attestation'} ordered")
        world.tell(f"{hub.name} orders that {subject} is erased")

    def _carry_out(self, place: Place) -> None:
        place.settle()
        with place.node.read() as db:
            pending = len(erasures.pending(db))
        if pending:
            place.parts.erase(runtime_of(place))
            self.world.ledger.look(place)
            self.world.hit("erasure carried out")
            self.world.tell(f"{place.name} carries out {pending} orders")

    # ------------------------------------------------------------ what was there

    def seen(self) -> None:
        """Notes what places hold of what is to be erased, as it lies on their disks."""
        if not self._ordered:
            return
        for place in self.world.places:
            if self._looked.get(place.name) != place.stamp:
                self._looked[place.name] = place.stamp
                for subject, sealed in self._held(place):
                    found = self._needles.setdefault((place.site.name, subject), set())
                    found |= {sealed[:NEEDLE_BYTES], sealed[-NEEDLE_BYTES:]}

    def _held(self, place: Place) -> Iterator[tuple[str, bytes]]:
        ledger = self.world.ledger
        ids = [each for each in ledger.look(place).ids if ledger.records[each].subject in self._ordered]
        numbers = sorted(each.partition("/")[2] for each in self._ordered if each.startswith("case/"))
        with place.node.read() as db:
            for identity in sorted(ids):
                if ledger.records[identity].kind.split(".")[0] in ("roster", "node"):
                    continue
                (sealed,) = db.execute("SELECT body FROM record WHERE id = ?", (identity,)).fetchone()
                if sealed is not None:
                    subject = ledger.records[identity].subject
                    names = FILE_NAME.findall(opened(place, sealed))
                    self._files.setdefault(subject, set()).update(name.decode() for name in names)
                    yield subject, bytes(sealed)
            for number in numbers:
                row = db.execute("SELECT status, card FROM case_file WHERE number = ?", (number,)).fetchone()
                if row is not None and row[0] != "erased":
                    yield f"case/{number}", bytes(row[1])

    # ------------------------------------------------------------ what must not be there

    def check(self) -> None:
        if not self._ordered:
            return
        for _ in range(ROUNDS_MAX):
            for place in self.world.places:
                self._carry_out(place)
            self.world.quiet()
        for place in self.world.places:
            self._is_gone(place)
        self.world.hit("erased everywhere")

    def _is_gone(self, place: Place) -> None:
        ledger, shelf = self.world.ledger, self.world.ledger.look(place)
        with place.node.read() as db:
            if left := erasures.pending(db):
                raise Broken("erased", f"{place.name} has still to carry out {left}")
            bodies = {row[0]: row[1] for row in db.execute("SELECT id, body FROM record WHERE body IS NOT NULL")}
        orders = Orders(ledger, shelf.ids)
        if bare := {each for each in bodies if orders.cover(ledger.records[each])}:
            raise Broken("erased", f"{place.name} still has the bodies of {ledger.told(bare)}")
        files = {path.name: path.read_bytes() for path in place.disk.path.parent.rglob("*") if path.is_file()}
        ours = [self._needles.get((place.site.name, subject), set()) for subject in orders.subjects]
        for needle in sorted(set().union(*ours)):
            if where := [name for name, content in files.items() if needle in content]:
                raise Broken("erased", f"{place.name} still has bytes of what was erased in {where}")
        named = {name.decode() for each in bodies.values() for name in FILE_NAME.findall(opened(place, each))}
        gone = set().union(*(self._files.get(subject, set()) for subject in orders.subjects))
        if kept := gone & {name.partition(".")[0] for name in files} - named:
            raise Broken("erased", f"{place.name} still has the files {sorted(kept)}")
        self._is_said(place, orders)

    def _is_said(self, place: Place, orders: Orders) -> None:
        """Who held anything of it has said that it is gone, and the city has heard so."""
        ledger = self.world.ledger
        held = [ledger.records[each] for each in ledger.look(place).ids]
        if not any(orders.cover(each) for each in held):
            return
        city = self.world.places[0]
        said = {ledger.records[each].node for each in ledger.look(city).ids if ledger.records[each].kind == DONE}
        if city.site.tier == CITY and place.node.name not in said:
            raise Broken("erased", f"{place.name} has never said that it erased anything")

    def afterwards(self) -> None:
        """One more, in a quiet world: everybody has it, and in the end nobody."""
        world = self.world
        station = world.random.choice(world.stations)
        world.accepts(station)
        number = people.numbers_of_own(station)[-1]
        world.quiet()
        hub = world.random.choice([place for place in world.places if place.hub and
                                   lies_in(place.site.area, f"case/{number}", "")])  # fmt: skip
        self._ordered.add(f"case/{number}")
        self.seen()
        hub.node.write(OrderErasure(f"case/{number}", "request", BASIS, "supervisor-1", "supervisor-2"))
        world.ledger.look(hub)
        world.quiet()
        self.check()
        if not any(each.kind == ORDERED for each in world.ledger.records.values()):
            raise Broken("erased", "the order is nowhere")


def runtime_of(place: Place) -> Runtime:
    opened_here = reach(place).opened
    return dataclasses.replace(opened_here, replicas=Path(opened_here.folder.path) / "replicas")


def opened(place: Place, sealed: bytes) -> bytes:
    return place.node.vault.open_body(bytes(sealed)) or b""
