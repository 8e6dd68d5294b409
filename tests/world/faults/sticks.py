"""Bundles on sticks: written at one time and read at another, lost, cut off, read twice, late, in parts, by the wrong
node."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from shared_models.refusals import Refusal
from shared_models.signing import text_of
from sync_protocol.core.messages import ReceiptGiven
from sync_protocol.host import sticks
from sync_protocol.host.bundle_files import PART_BYTES
from sync_protocol.host.commands import Home
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.keyring import Keyring
from sync_protocol.host.runtime import Runtime
from sync_protocol.host.settings import NodeSettings, Parent
from sync_protocol.host.sticks import Reached, Received
from sync_protocol.store import receipts
from sync_protocol.wire import stick
from tests.sync_protocol.world import CITY_AREA
from tests.world.faults import Fault
from tests.world.ledger import Broken
from tests.world.places import Place

if TYPE_CHECKING:
    from tests.world.simulation import World

STICKS_MAX = 6
SMALL_PART = 3000
HARMLESS = {"", "sync.gap"}
CUT_SHORT = {"bundle.cut", "bundle.unfinished", "bundle.part_missing", "bundle.not_a_bundle"}


class Stick(NamedTuple):
    """The parts of one bundle, the name of the place that it is for, and whether something of it is gone."""

    parts: tuple[Path, ...]
    to: str
    sender: Place
    whole: bool = True


class Sticks(Fault):
    weight = 8

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.lying: list[Stick] = []
        self._count = 0

    def act(self) -> None:
        random = self.world.random
        if not self.lying or random.random() < 0.35:
            self._write()
        else:
            what = random.choices((self._read, self._cut, self._lose, self._misread), (10, 2, 1, 1))[0]
            what(random.choice(self.lying))
        for old in self.lying[:-STICKS_MAX]:
            self._lose(old)

    # ------------------------------------------------------------ what happens to a stick

    def _write(self) -> None:
        """A child writes what it would ask."""
        world = self.world
        child = world.random.choice(world.children)
        here = reach(child)
        outline = stick.outline(child.node, child.attachments)
        parts = world.random.choice((SMALL_PART, PART_BYTES))
        done = sticks.export(here, outline, self._folder(), parts)
        self._lie([Path(path) for path in done.files], child, child.parent)
        world.hit("bundle written" if len(done.files) == 1 else "bundle in parts")
        world.tell(f"{child.name} writes a stick: {done.records} records, {done.attachments} files")

    def _read(self, lying: Stick) -> None:
        """The receiver reads it; now and then it lies there still, to be read again."""
        world = self.world
        place = next(each for each in world.places if each.name == lying.to)
        here = reach(place)
        bundles, faults = sticks.look(here, list(lying.parts))
        for bundle in bundles:
            done = sticks.import_bundle(here, bundle, self._folder(), faults)
            world.ledger.look(place)
            if isinstance(done, Received):
                self._received(place, done)
            elif done.refused not in HARMLESS:
                raise Broken("honest accused", f"{place.name} reads that its parent says {done.refused}")
            world.tell(f"{place.name} reads a stick: {type(done).__name__.lower()}")
        self._faults_are_true(lying, faults)
        world.hit("bundle read" if lying.whole else "bundle with a gap read")
        if world.random.random() < 0.6:
            self._lose(lying)

    def _received(self, hub: Place, done: Received) -> None:
        """Every receipt that went into the answer is one more promise; the answer goes back."""
        with hub.node.read() as db:
            given = receipts.given(db, done.node)
        if given is not None:
            self.world.line.receipt(hub, ReceiptGiven(msgspec.Raw(given.payload), text_of(given.signature)))
        child = next(each for each in self.world.places if each.node.name == done.node)
        self._lie([Path(path) for path in done.files], hub, child)

    def _faults_are_true(self, lying: Stick, faults: list[Refusal]) -> None:
        codes = {fault.code for fault in faults}
        another_key = bool(lying.sender.later) or lying.to in self.world.went_back
        if "bundle.forged" in codes and another_key:  # its receiver knows only a later key, or an earlier one
            self.world.hit("stick of another key")
            codes.discard("bundle.forged")
        if not codes <= CUT_SHORT or (codes and lying.whole):
            how = "whole" if lying.whole else "damaged"
            raise Broken("bundle", f"{lying.to} says {sorted(codes)} of a stick that is {how}")

    def _cut(self, lying: Stick) -> None:
        """A part is cut off, or gone."""
        random = self.world.random
        part = random.choice(lying.parts)
        if len(lying.parts) > 1 and random.random() < 0.5:
            part.unlink()
        else:
            part.write_bytes(part.read_bytes()[: random.randrange(part.stat().st_size)])
        left = tuple(each for each in lying.parts if each.exists())
        self.lying[self.lying.index(lying)] = lying._replace(parts=left, whole=False)
        self.world.tell(f"a stick for {lying.to} is damaged")

    def _lose(self, lying: Stick) -> None:
        self.lying.remove(lying)
        shutil.rmtree(lying.parts[0].parent)
        self.world.hit("stick lost")

    def _misread(self, lying: Stick) -> None:
        """Somebody else finds it: it opens nothing, and changes nothing."""
        world = self.world
        other = world.random.choice([place for place in world.places if place.site.name != lying.to.rstrip("'")])
        before = world.ledger.look(other).ids.copy()
        bundles, faults = sticks.look(reach(other), list(lying.parts))
        if bundles or not faults:
            raise Broken("bundle", f"{other.name} opens a stick for {lying.to}")
        if world.ledger.look(other).ids != before:
            raise Broken("bundle", f"{other.name} took something from a stick for {lying.to}")
        world.hit("stick found by another")

    def heal(self) -> None:
        for lying in list(self.lying):
            self._lose(lying)

    def _folder(self) -> Path:
        self._count += 1
        folder = self.world.folder / f"stick-{self._count}"
        folder.mkdir()
        return folder

    def _lie(self, parts: list[Path], sender: Place, to: Place | None) -> None:
        if parts and to is not None:
            self.lying.append(Stick(tuple(parts), to.name, sender))


def reach(place: Place) -> Reached:
    """A place as a command reaches it."""
    parent = None
    if place.parent is not None:
        parent = Parent("http://127.0.0.1:1", place.parent.node.name, text_of(place.parent.node.first.public))
    site, node, folder = place.site, place.node, place.disk.path.parent
    settings = NodeSettings(tier=site.tier, area=site.area, name=site.name, city=CITY_AREA, parent=parent)
    keyring = Keyring(folder, bytes(range(32)))
    opened = Runtime(
        DataFolder(folder), keyring, settings, node.database, node.vault, node, place.attachments, bytes(32)
    )
    return Reached(Home(folder), opened, running=False)
