"""One seed, one run: people work while everything fails that can fail; then faults end, and all must agree.

Every choice, clock and random byte comes from one generator, so that a seed gives the same run again. What may happen
lies in `faults`, a file each; what must hold, in `checks` and beside the fault that it is about.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from shared_models.refusals import Refusal
from sync_protocol.store import audited, receipt_log, receipts, streams
from tests.world import agreement, checks, faults, people
from tests.world.checks import Family
from tests.world.cursors import Cursors
from tests.world.disk import PowerCut
from tests.world.faults import Fault
from tests.world.ledger import Broken, Ledger
from tests.world.line import FULL, Line
from tests.world.places import Parts, Place, Template, Time, open_places

STEPS = (30, 70)
MOODS = (0, 1, 1, 4)
STORMY = 4
"""Every fourth seed is long, and its places are restored again and again."""
ROUNDS_MAX = 12


class Report(NamedTuple):
    """What a run was like: its story, how often each fault and hard case came, and a digest of all that it wrote."""

    story: tuple[str, ...]
    coverage: Counter[str]
    digest: str


class World:
    """One run. `tell` is handed each line of its story."""

    def __init__(
        self, made: Template, folder: Path, seed: int, parts: Parts | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        self.seed = seed
        self.random = Random(seed)
        self.time = Time()
        self.folder = folder
        self.ledger = Ledger()
        self.cursors = Cursors()
        self.coverage: Counter[str] = Counter()
        self.story: list[str] = []
        self._tell = tell
        self.places = open_places(made, folder, self.random, self.time, parts or Parts())
        self.line = Line(self)
        self.faulty = True
        self.guilty: set[str] = set()
        """Names of the nodes of which a fork was proven, because somebody stole their key."""
        self.liars: set[str] = set()
        """Names of the nodes that said two things of which no honest hub says both."""
        self.went_back: set[str] = set()
        """Names of the places that were restored from an older copy."""
        self.faults = [kind(self) for kind in faults.kinds()]
        stormy = seed % STORMY == STORMY - 1
        self.weights = [self._weight(fault, stormy=stormy) for fault in self.faults]
        self.steps = self.random.randint(*STEPS) * (2 if stormy else 1)

    def _weight(self, fault: Fault, *, stormy: bool) -> int:
        """Each run has a mood: some faults never come, others come often, so that rare ones meet each other."""
        mood = self.random.choice(MOODS) if fault.moody else 1
        return fault.stormy if stormy and fault.stormy is not None else fault.weight * mood

    @property
    def stations(self) -> list[Place]:
        return [place for place in self.places if not place.hub]

    @property
    def children(self) -> list[Place]:
        return [place for place in self.places if place.parent is not None]

    def tell(self, text: str) -> None:
        self.story.append(text)
        if self._tell is not None:
            self._tell(text)

    def accepts(self, station: Place) -> None:
        """A station takes in an application, and the ledger sees it."""
        self.tell(f"{station.name} {people.accept(station, self.random)}")
        self.ledger.look(station)

    def hit(self, what: str) -> None:
        self.coverage[what] += 1

    def run(self) -> Report:
        try:
            for place in self.places:
                self.ledger.look(place)
            self.ledger.promised[self.places[0].name] = set(self.ledger.look(self.places[0]).ids)
            for _ in range(self.steps):
                self.step()
            for place in self.places:
                place.disk.disarm()
            self.is_safe()
            self.heal()
            self.is_safe()
            agreement.converged(self.ledger, self.places, self.random)
            for fault in self.faults:
                fault.check()
            agreement.rebuilding_changes_nothing(self.random.choice(self.places))
            self._last_act().afterwards()
        finally:
            for place in self.places:
                place.stop()
        ids = "".join(self.ledger.records) + "".join(self.story)
        return Report(tuple(self.story), self.coverage, hashlib.sha256(ids.encode()).hexdigest())

    def _last_act(self) -> Fault:
        last = [fault for fault in self.faults if type(fault).afterwards is not Fault.afterwards]
        for fault in last:
            if fault.closes and self.seed % fault.closes == fault.closes - 1:
                return fault
        return self.random.choice([fault for fault in last if not fault.closes])

    def step(self) -> None:
        fault = self.random.choices(self.faults, self.weights)[0]
        try:
            fault.act()
        except Refusal as refusal:
            if refusal.code != FULL:
                raise
            self.hit("refused by a full disk")
            self.tell("what was to be done is refused: a disk is full")
        except PowerCut as cut:
            self.hit(f"power cut {cut.cut.value} a write")
            self.power_fails(next(place for place in self.places if place.node.database.path == cut.path))
        for place in self.places:
            self.ledger.look(place)
            self.cursors.look(place, self.went_back)
        self.look_around()

    def look_around(self) -> None:
        for fault in self.faults:
            fault.seen()

    def power_fails(self, place: Place) -> None:
        self.hit("power cut")
        self.tell(f"the power of {place.name} fails")
        self.line.forget(place)
        place.restart()
        self.ledger.look(place)

    # ------------------------------------------------------------ the end

    def is_safe(self) -> None:
        family = Family(self.places)
        for place in self.places:
            place.settle()
            self.ledger.look(place)
            checks.within_grant(self.ledger, place, family)
            cards = checks.cases_are_true(self.ledger, place, self.random)
            for card in cards.values():
                if card.case.conflicts:
                    self.hit("conflict open" if card.case.open_conflicts else "conflict settled")
                if card.waiting:
                    self.hit("fact waits for a parent")
        for fault in self.faults:
            fault.safe()

    def heal(self) -> None:
        """No more faults."""
        self.tell("faults end")
        self.faulty = False
        for place in self.places:
            self.line.forget(place)
        for fault in self.faults:
            fault.heal()
        self.quiet()

    def quiet(self) -> None:
        """All sync until nothing moves."""
        said: dict[str, tuple[object, ...]] = {}
        for _ in range(ROUNDS_MAX):
            before = [self._standing(place) for place in self.places]
            self.time.passes()
            for place in self.places[::-1]:
                if place.parent is not None and said.get(place.name) != (talk := (place.stamp, place.parent.stamp)):
                    self.line.syncs(place)
                    self.look_around()
                    said[place.name] = talk  # nothing more to say until one of the two has written something
            if before == [self._standing(place) for place in self.places]:
                return
        raise Broken("not quiet", f"something still moves after {ROUNDS_MAX} rounds")

    def _standing(self, place: Place) -> tuple[object, ...]:
        with place.node.read() as db:
            said = receipts.standing(db)
            files = db.execute("SELECT count(*), total(held), total(sent) FROM attachment").fetchone()
            shown = receipt_log.now(db).size, receipt_log.cosigned(db), audited.counts(db, place.site.parent)
            return (
                place.node.log.last_position(db),
                said.journal,
                said.upstream,
                streams.cursors(db),
                tuple(files),
                shown,
            )
