"""A place of the simulated world: a real node on real files, on a disk whose power may fail.

Losing power is a copy: the files as they lie on the disk at that moment go to a new folder, and a new process starts
from them. So do backups, restores and clones. Nothing is closed politely before its files are taken.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

from shared_models.roster import CITY, STATION
from shared_models.signing import KeyPair, derive
from shared_models.trust import key_mark
from sync_protocol.child_side import ChildSide
from sync_protocol.core.frames import Flow
from sync_protocol.core.messages import Message
from sync_protocol.host.erasing import carry_out
from sync_protocol.host.runtime import Runtime
from sync_protocol.node import Node
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import accounts
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.vault import Vault
from tests.sync_protocol import world as three_tiers
from tests.world.disk import Disk, copy_machine

T = TypeVar("T")

PUSH_RECORDS, ENTRIES = 3, 4
"""Small batches, so that runs have several frames and streams several answers."""
PULLS_A_DAY = 4
"""Few, so that there is one too many in the middle of a run."""


@dataclass(frozen=True)
class Parts:
    """The whole parts of which a place is made; a mutation hands in one that is broken."""

    node: type[Node] = Node
    disk: type[Disk] = Disk
    child_side: type[ChildSide] = ChildSide
    parent_side: type[ParentSide] = ParentSide
    attachments: type[Attachments] = Attachments
    erase: Callable[[Runtime], None] = carry_out
    """What carries orders of erasure out."""


@dataclass
class Time:
    """The true time of a world, in milliseconds; it moves by a little whenever somebody looks at it."""

    ms: int = three_tiers.START_MS

    def read(self) -> int:
        self.ms += 7
        return self.ms

    def seconds(self) -> float:
        """For pauses and paces: time flies, so that the longest pause comes to an end within a run."""
        return (self.ms - three_tiers.START_MS) / 10

    def passes(self) -> None:
        """Long enough for every pause."""
        self.ms += 10_000


class Copy(NamedTuple):
    """A copy of a place's database, and which records were in it."""

    path: Path
    ids: frozenset[str]


class Site(NamedTuple):
    """What never changes of a place: who it is, where, and who its parent is."""

    name: str
    area: str
    tier: str
    keys: KeyPair
    parent: str
    file: Path


class Template(NamedTuple):
    """A city, a district, two stations of the district and one of the city, all admitted and at rest."""

    root: bytes
    sites: tuple[Site, ...]


def template(folder: Path) -> Template:
    """The same in every run: each run starts from copies of its files."""
    world = three_tiers.World(folder, 0)
    world.join("lone", "511623001001", STATION, world.city)
    world.sync_all()
    for each in world.places:
        each.node.database.apply(accounts.migrations)  # who carries out an erasure looks there, too
    world.close()
    sites = tuple(
        Site(each.name, each.area, each.tier, each.keys, each.parent.name if each.parent else "", each.path)
        for each in world.places
    )
    return Template(world.root.public, sites)


@dataclass
class Place:
    """A node and its machine. `name` tells a clone from its original; both have the same `site`."""

    name: str
    site: Site
    root: bytes
    folder: Path
    random: Random
    time: Time
    parts: Parts
    clock_ms: int = 0
    """How far the clock of this machine is off."""
    parent: Place | None = None
    copies: list[Copy] = field(default_factory=list)
    counter: int = 0
    generation: int = 0
    later: tuple[KeyPair, ...] = ()
    """The keys after the first one, as they are kept beside the database: no restore takes them away."""
    node: Node = field(init=False)
    attachments: Attachments = field(init=False)
    side: ChildSide | None = field(init=False, default=None)
    settled: tuple[int, int] = (0, 0)
    """The stamp at which nothing was left to fold."""

    @property
    def stamp(self) -> tuple[int, int]:
        """Nothing changed at this place for as long as this has not: the process, and how many writes it has tried."""
        return self.generation, self.disk.writes

    @property
    def hub(self) -> bool:
        return self.site.tier != STATION

    @property
    def is_clone(self) -> bool:
        return self.name != self.site.name

    @property
    def disk(self) -> Disk:
        disk = self.node.database
        if not isinstance(disk, Disk):
            raise TypeError("the world's places stand on a Disk")
        return disk

    def now(self) -> int:
        return max(0, self.time.read() + self.clock_ms)

    def start(self, source: Path) -> None:
        """A process starts on a copy of the files at `source`, and opens its incarnation. Nothing is migrated: what a
        template has is what this product has."""
        self.generation += 1
        path = copy_machine(source, self.folder / f"{self.name}-{self.generation}" / "tongban.db")
        database = self.parts.disk(path)
        entropy = self.random.randbytes
        vault = Vault(derive(self.site.keys.seed, "storage"), entropy)
        self.node = self.parts.node(
            database, vault, self.site.keys, self.root, three_tiers.CITY_AREA, hub=self.hub, now=self.now,
            entropy=entropy, pulls_a_day=PULLS_A_DAY, later=self.later,
        )  # fmt: skip
        self.later = self.node.pairs[1:]
        self.attachments = self.parts.attachments(path.with_name("attachments"), vault)
        self.node.open()
        self.side = self.child()

    def child(self) -> ChildSide | None:
        """What asks the parent that this place has now."""
        if self.parent is None:
            return None
        node = self.parent.node
        return self.parts.child_side(
            node=self.node, parent=node.name, parent_key=node.first.public, attachments=self.attachments,
            clock=self.time.seconds, push_records=PUSH_RECORDS,
        )  # fmt: skip

    def stop(self) -> None:
        """The process is gone. Its files are not used again, unless somebody took a copy before."""
        self.disk.kill()
        shutil.rmtree(self.disk.path.parent)

    def restart(self, source: Path | None = None) -> None:
        """The power is cut, and a new process starts: from what is on the disk, or from a copy taken earlier."""
        old = self.disk
        self.start(source or old.survives(self.random))
        old.kill()
        shutil.rmtree(old.path.parent)

    def flow(self, kind: str) -> Flow:
        if self.side is None:
            raise ValueError(f"{self.name} has no parent")
        flows = {"deliver": self.side.deliver, "follow": self.side.follow, "files": self.side.exchange_files,
                 "witnessed": self.side.witnessed}  # fmt: skip
        return flows[kind]()

    def rotate(self) -> None:
        """Takes another key, as its operator would have it do."""
        self.node.rotate(KeyPair.from_seed(self.random.randbytes(32)))
        self.later = self.node.pairs[1:]

    def answer(self, child: str, message: Message, asker: Place | None = None) -> list[Message]:
        """What this hub answers to a message of the node named `child`, with the key that `asker` knows of it."""
        node, keys = self.node, None
        member = node.roster.member(child)
        if member is None:
            raise ValueError(f"{self.name} does not know {child}")
        if asker is not None and (me := asker.node.roster.member(node.name)) is not None:
            keys = node.pair_known_as(key_mark(me.public, node.name))
        return self.parts.parent_side(node, member, self.attachments, entries_max=ENTRIES, keys=keys).answer(message)

    def settle(self) -> None:
        """Folds what waits; asks nothing of a node that was left with nothing to fold and has written nothing since."""
        if self.settled == self.stamp:
            return
        while self.node.fold():
            pass
        self.settled = self.stamp


def open_places(made: Template, folder: Path, random: Random, time: Time, parts: Parts) -> list[Place]:
    """The places of a template, each in a process of its own kind, the city first."""
    places: dict[str, Place] = {}
    for site in sorted(made.sites, key=lambda site: (site.tier != CITY, bool(site.tier == STATION), site.name)):
        place = Place(site.name, site, made.root, folder, random, time, parts, parent=places.get(site.parent))
        place.start(site.file)
        places[site.name] = place
    return list(places.values())
