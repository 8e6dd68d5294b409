"""The city witnesses what a district signs. A district that rewrites its log, leaves a receipt out of it, or tells two
stories is proven to have lied; nobody else ever is, whatever crashed and was restored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared_models.roster import DISTRICT
from sync_protocol.core.checkpoints import checkpoint_of
from sync_protocol.core.contradictions import CONTRADICTION
from sync_protocol.core.messages import Message
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import audited, receipt_log, witnessing
from tests.sync_protocol import dishonest
from tests.sync_protocol.world import run
from tests.world.disk import copy_machine
from tests.world.faults import Fault
from tests.world.ledger import Broken
from tests.world.places import Place


@dataclass
class SecondStory(Place):
    """The district once more, on a copy of its data, in the very epoch in which the true one goes on."""

    epoch: str = ""

    def tells(self, district: Place) -> None:
        path = copy_machine(district.disk.path, self.folder / "second-story" / "tongban.db")
        self.start(path)
        self.node.epoch = district.node.epoch


class Witnessing(Fault):
    def safe(self) -> None:
        """Nobody is accused who did not lie."""
        accused = {
            each.subject.partition("/")[2] for each in self.world.ledger.records.values() if each.kind == CONTRADICTION
        }
        if wrongly := accused - self.world.liars:
            raise Broken("honest accused", f"{sorted(wrongly)} is said to have contradicted itself")

    def check(self) -> None:
        """Everything that was signed is cosigned, and everybody below has seen it."""
        self.safe()
        for hub in self.world.places:
            if hub.parent is None or not hub.hub:
                continue
            with hub.node.read() as db, hub.parent.node.read() as above:
                size, last = receipt_log.now(db).size, witnessing.latest(above, hub.node.name)
            if size and (last is None or last.tree.size != size):
                raise Broken("witness", f"of {hub.name}'s log of {size} the city has cosigned {last and last.tree}")
            self._is_seen_by_children(hub)

    def _is_seen_by_children(self, hub: Place) -> None:
        for child in self.world.children:
            with child.node.read() as db:
                counts = audited.counts(db, hub.node.name)
            if child.parent is hub and (left := {state: counts[state] for state in audited.OPEN if state in counts}):
                raise Broken("witness", f"{child.name} was not shown all receipts of {hub.name}: {left}")
            if counts:
                self.world.hit("receipts witnessed")
            if audited.SETTLED in counts:
                self.world.hit("lost receipt settled")

    # ------------------------------------------------------------ a district lies

    def afterwards(self) -> None:
        world, random = self.world, self.world.random
        district = next(place for place in world.places if place.site.tier == DISTRICT)
        if district.node.name in world.guilty:
            return
        lies: list[Callable[[Place], bool]] = [self._rewrites, self._leaves_out, self._tells_two_stories]
        lie = random.choice(lies)
        for station in (each for each in world.stations if each.parent is district):
            world.accepts(station)
        world.quiet()
        world.liars.add(district.node.name)
        if not lie(district):
            return
        world.quiet()
        world.hit(f"a district {lie.__name__.strip('_').replace('_', ' ')}")
        city = world.places[0]
        known = {world.ledger.records[each].subject for each in world.ledger.look(city).ids
                 if world.ledger.records[each].kind == CONTRADICTION}  # fmt: skip
        if f"node/{district.node.name}" not in known:
            raise Broken("witness", f"{district.name} {lie.__name__.strip('_')}, and nobody has noticed")

    def _rewrites(self, district: Place) -> bool:
        """Another receipt stands in an old place, and the tree was made anew over it."""
        with district.node.read() as db:
            given = receipt_log.cosigned(db)
        if given is None:
            return False
        keys = district.node.keys_of(district.node.name)
        size = checkpoint_of(given.checkpoint, district.node.name, keys).tree.size
        index = self.world.random.randrange(size)
        district.node.database.write(lambda db: dishonest.rewritten(db, index))
        self._works(district, district)
        self._shows_carelessly(district)
        return True

    def _leaves_out(self, district: Place) -> bool:
        """It signs a receipt, and puts something else into its log."""
        self._works(district, district, dishonest.Dropping)
        return True

    def _tells_two_stories(self, district: Place) -> bool:
        """Two stations are told of two different logs."""
        world = self.world
        twin = SecondStory("second story", district.site, district.root, world.folder, world.random, world.time,
                           district.parts, parent=district.parent)  # fmt: skip
        twin.tells(district)
        try:
            self._works(district, district)
            self._works(district, twin, last=True)
            self._shows(district, district)
            self._shows(district, twin)
        finally:
            twin.stop()
        return True

    def _works(self, district: Place, at: Place, kind: type[ParentSide] = ParentSide, *, last: bool = False) -> None:
        """A station takes something in and delivers it to the district, as that answers."""
        stations = [each for each in self.world.stations if each.parent is district]
        station = stations[-1] if last else stations[0]
        self.world.accepts(station)
        if station.side is not None:
            run(station.side.deliver(), answering(at, station, kind))
        self.world.ledger.look(at if at is district else station)

    def _shows(self, district: Place, story: Place) -> None:
        """The city is shown the log of a story."""
        self.world.time.passes()
        if story.side is not None and district.parent is not None:
            run(story.side.witnessed(), answering(district.parent, district, district.parts.parent_side))

    def _shows_carelessly(self, district: Place) -> None:
        if district.parent is None:
            return
        city = district.parent
        presenter = dishonest.Careless(district.node, city.node.name, city.node.first.public, lambda: 0.0)
        run(presenter.present(), answering(city, district, district.parts.parent_side))
        self.world.ledger.look(city)


def answering(hub: Place, child: Place, kind: type[ParentSide]) -> Callable[[Message], list[Message]]:
    member = hub.node.roster.member(child.node.name)
    if member is None:
        raise ValueError(f"{hub.name} does not know {child.name}")
    return kind(hub.node, member, hub.attachments).answer
