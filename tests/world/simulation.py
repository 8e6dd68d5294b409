"""One seed, one run: people work while everything fails that can fail; then faults end, and all must agree.

Every choice, clock and random byte comes from one generator, so that a seed gives the same run again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

from sync_protocol.core.frames import RemoteProtocolError
from sync_protocol.core.messages import Entries, Fault, Idle, Message, Pull, Push, ReceiptGiven, Refused, Reset, Rewind
from sync_protocol.store import receipts, streams
from tests.world import checks, network, people
from tests.world.checks import Family
from tests.world.hostile import ATTACKS
from tests.world.ledger import Broken, Ledger
from tests.world.network import Conversation, carried
from tests.world.places import Copy, Parts, Place, PowerCut, Template, Time, copy_database, open_places

STEPS = (30, 70)
MOODS = (0, 1, 1, 4)
STORMY, RESTORED_OFTEN = 4, 14
"""Every fourth seed is long, and its places are restored again and again."""
ROUNDS_MAX = 12
EXCHANGES_MAX = 200
COPIES_MAX = 3
YEAR_MS = 365 * 24 * 3600 * 1000
CLOCKS_MS = (-56 * YEAR_MS, 73 * YEAR_MS, -YEAR_MS, -5000, 30_000, 0)
"""1970, 2099, a year back, a little behind, a little ahead, right."""


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
        self.random = Random(seed)
        self.time = Time()
        self.folder = folder
        self.ledger = Ledger()
        self.coverage: Counter[str] = Counter()
        self.story: list[str] = []
        self._tell = tell
        self.places = open_places(made, folder, self.random, self.time, parts or Parts())
        self.conversations: dict[tuple[str, str], Conversation] = {}
        self.late: list[tuple[Place, str, list[Message]]] = []
        self.pushes: list[tuple[Place, str, Message]] = []
        self.cut: set[str] = set()
        self.faulty = True
        # Each run has a mood: some faults never come, others come often, so that rare ones meet each other.
        self.acts = {
            act: weight * self.random.choice(MOODS) if act in FAULTS else weight for act, weight in ACTS.items()
        }
        self.steps = self.random.randint(*STEPS)
        if seed % STORMY == STORMY - 1:
            self.acts[World.backs_up] = self.acts[World.is_restored] = RESTORED_OFTEN
            self.acts[World.attacks] = 0
            self.steps *= 2

    def tell(self, text: str) -> None:
        self.story.append(text)
        if self._tell is not None:
            self._tell(text)

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
                place.database.writes_left = 0
            self.is_safe()
            self.heal()
            self.is_safe()
            checks.converged(self.ledger, self.places, self.random)
            checks.rebuilding_changes_nothing(self.random.choice(self.places))
        finally:
            for place in self.places:
                place.stop()
        ids = "".join(self.ledger.records) + "".join(self.story)
        return Report(tuple(self.story), self.coverage, hashlib.sha256(ids.encode()).hexdigest())

    # ------------------------------------------------------------ steps

    def step(self) -> None:
        act = self.random.choices(list(self.acts), list(self.acts.values()))[0]
        try:
            act(self)
        except PowerCut as cut:
            self.power_fails(next(place for place in self.places if place.node.database.path == cut.path))
        for place in self.places:
            self.ledger.look(place)

    def works(self) -> None:
        """Somebody does something with a case, or takes one in."""
        place = self.random.choice(self.places)
        numbers = people.numbers(place)
        if not place.hub and (not numbers or self.random.random() < 0.45):
            done = people.accept(place, self.random)
        elif numbers:
            done = people.act(place, self.random.choice(numbers[-6:]), self.random)
        else:
            done = ""
        if done:
            self.tell(f"{place.name} {done}")

    def publishes(self) -> None:
        city = self.places[0]
        if self.random.random() < 0.5:
            city.node.write(people.Publish(self.random.randrange(1000)))
            self.tell("city publishes a catalogue version")
            return
        hub = self.random.choice([place for place in self.places if place.hub])
        areas = sorted({place.site.area for place in self.places if place.site.area.startswith(hub.site.area)})
        which = self.random.randrange(4)
        identity, area = f"a{which}-{hub.name}", areas[which % len(areas)]
        revoked = self.random.random() < 0.3
        hub.node.write(people.Attest(identity, area, revoked))
        self.tell(f"{hub.name} {'revokes' if revoked else 'issues'} attestation {identity} for {area}")

    def contradicts(self) -> None:
        """A hard case: the station withdraws while the home tier decides, neither knowing of the other."""
        place = self.random.choice([place for place in self.places if not place.hub])
        for number in people.numbers(place)[::-1]:
            case = people.case_of(place, number)
            for home in checks.upward(place.parent):
                known = people.case_of(home, number)
                if case and known and case.status == known.status == "accepted" and case.home == home.site.tier:
                    if people.contradict(place, home, number):
                        self.hit("withdrawn while decided")
                        self.tell(f"{place.name} withdraws {number} while {home.name} decides it")
                    return

    def folds(self) -> None:
        place = self.random.choice(self.places)
        if count := place.node.fold(self.random.randint(1, 5)):
            self.tell(f"{place.name} folds {count}")

    # ------------------------------------------------------------ the line

    def talks(self) -> None:
        """A child begins or goes on with a conversation."""
        child = self.random.choice([place for place in self.places if place.parent is not None])
        kind = self.random.choice(("deliver", "follow"))
        for _ in range(self.random.randint(1, 5)):
            if not self.advance(child, kind):
                return

    def advance(self, child: Place, kind: str) -> bool:
        """One half of an exchange; whether the conversation goes on."""
        key = (child.name, kind)
        talk = self.conversations.get(key) or Conversation.begin(child, kind)
        self.conversations[key] = talk
        if talk.answers is None:
            self.ask(talk)
        else:
            self.hears(talk)
        if talk.answers is None and talk.request is None:
            self.conversations.pop(key, None)
        return key in self.conversations

    def ask(self, talk: Conversation) -> None:
        child, hub = talk.child, talk.child.parent
        fate = self.random.choices(network.FATES, network.WEIGHTS)[0] if self.faulty else network.ARRIVES
        if child.name in self.cut:
            fate = network.REQUEST_LOST
        if fate != network.ARRIVES:
            self.hit(fate)
        sent = talk.frames(self.random)
        if hub is None or not sent:
            talk.request = None
            return
        if fate == network.REQUEST_LOST:
            self.hang_up(talk, f"{child.name} asks {hub.name} ({talk.kind}): {fate}")
            return
        came = carried(sent, self.random, cut=fate == network.CUT)
        if fate == network.LATE:
            self.late.append((hub, child.node.name, came))
            self.hang_up(talk, f"{child.name} asks {hub.name} ({talk.kind}): it will come late")
            return
        answers = self.answered(hub, child.node.name, came)
        if fate == network.TWICE:
            answers = self.answered(hub, child.node.name, came)
        told = ", ".join(_brief(each) for each in answers)
        if fate in (network.CUT, network.ANSWER_LOST):
            self.hang_up(talk, f"{child.name} asks {hub.name} ({talk.kind}): {fate}, unheard: {told}")
            return
        self.tell(f"{child.name} asks {hub.name} ({talk.kind}) {', '.join(map(_brief, came))}: {told}")
        talk.answers = carried(answers, self.random)

    def answered(self, hub: Place, child: str, messages: Sequence[Message], *, honest: bool = True) -> list[Message]:
        """What the hub answers; every receipt is checked as it is given, and no honest child may be accused."""
        answers: list[Message] = []
        for message in messages:
            if honest and isinstance(message, Push):
                self.pushes.append((hub, child, message))
            given = hub.answer(child, message) or [Idle()]
            self.ledger.look(hub)
            for answer in given:
                self.hit(type(answer).__name__.lower())
                if isinstance(answer, ReceiptGiven):
                    promise = self.ledger.receipt(hub, answer)
                    checks.receipt_holds(self.ledger, hub, promise)
                    checks.speaks_for_the_city(self.ledger, promise, self.places[0])
                elif isinstance(answer, Refused) and answer.code == "sync.gap":
                    self.hit("gap")
                elif isinstance(answer, Refused | Fault) and honest:
                    raise Broken("honest accused", f"{hub.name} says {answer.code} to {child}")
            answers += given
        return answers

    def hears(self, talk: Conversation) -> None:
        try:
            talk.hear()
        except RemoteProtocolError as error:
            raise Broken("honest accused", f"{talk.child.name} says {error.code} of its hub") from error
        self.ledger.look(talk.child)

    def hang_up(self, talk: Conversation, text: str) -> None:
        talk.flow.close()
        talk.request = talk.answers = None
        self.tell(text)

    def arrives_late(self) -> None:
        if self.late:
            hub, child, messages = self.late.pop(self.random.randrange(len(self.late)))
            answers = self.answered(hub, child, messages)
            self.tell(f"late at {hub.name}: {', '.join(map(_brief, messages))}: {', '.join(map(_brief, answers))}")

    def comes_again(self) -> None:
        """An old push comes again, long after it was answered."""
        if self.pushes:
            hub, child, message = self.random.choice(self.pushes)
            self.hit("old push again")
            answers = self.answered(hub, child, [message])
            self.tell(f"again at {hub.name}: {_brief(message)}: {', '.join(map(_brief, answers))}")

    def line_breaks(self) -> None:
        if self.cut and self.random.random() < 0.7:
            name = self.random.choice(sorted(self.cut))
            self.cut.discard(name)
            self.tell(f"the line of {name} is back")
            return
        child = self.random.choice([place for place in self.places if place.parent is not None])
        self.cut.add(child.name)
        self.hit("partition")
        self.tell(f"the line of {child.name} is down")

    def attacks(self) -> None:
        station = self.random.choice([place for place in self.places if not place.hub])
        other = self.random.choice([place for place in self.places if place.site != station.site])
        name = self.random.choice(list(ATTACKS))
        hub = station.parent
        if hub is not None and (messages := ATTACKS[name](self.ledger, hub, station, other, self.random)):
            self.hit(name)
            answers = self.answered(hub, station.node.name, messages, honest=False)
            self.tell(f"hostile hands at {hub.name}: {name}: {', '.join(map(_brief, answers))}")

    # ------------------------------------------------------------ machines

    def power_fails(self, place: Place) -> None:
        self.hit("power cut")
        self.tell(f"the power of {place.name} fails")
        self.forget(place)
        place.restart()
        self.ledger.look(place)

    def forget(self, place: Place) -> None:
        """A process is gone, and with it the conversations that it led, and those with it that wait for an answer."""
        for key, talk in list(self.conversations.items()):
            if talk.child is place:
                talk.flow.close()
                del self.conversations[key]

    def crashes(self) -> None:
        place = self.random.choice(self.places)
        if self.random.random() < 0.4:
            self.power_fails(place)
            return
        writes, after = self.random.randint(1, 6), self.random.random() < 0.5
        place.database.arm(writes, after_the_write=after)
        self.tell(f"the power of {place.name} will fail {'after' if after else 'before'} its write no. {writes}")

    def backs_up(self) -> None:
        place = self.random.choice(self.places)
        path = self.folder / f"{place.name}-copy-{self.random.randrange(10**9)}" / "tongban.db"
        copy_database(place.node.database.path, path)
        place.copies = [*place.copies[-COPIES_MAX + 1 :], Copy(path, frozenset(self.ledger.look(place).ids))]
        self.tell(f"{place.name} is copied")

    def is_restored(self) -> None:
        place = self.random.choice([*self.places, *(place for place in self.places if place.hub)])
        good = [copy for copy in place.copies if self.may_go_back(place, copy)]
        if not good:
            return
        copy = self.random.choice(good)
        lost = len(self.ledger.look(place).ids - copy.ids)
        self.hit(f"{place.site.tier} restored")
        self.tell(f"{place.name} is restored from a copy and loses {lost} records")
        self.forget(place)
        self.ledger.restored(place, copy.ids)
        place.restart(copy.path)
        self.ledger.look(place)

    def may_go_back(self, place: Place, copy: Copy) -> bool:
        """Whether nothing would be gone for good that was promised to stay: what a receipt covers, or a hub wrote, is
        held by its author or by a hub above it, or will come up again from below."""
        promised = set().union(*self.ledger.promised.values())
        family = Family(self.places)
        for identity in self.ledger.look(place).ids - copy.ids:
            seen = self.ledger.records[identity]
            written_by_hub = family.by_node[seen.node].hub and seen.kind != "node.opened"
            if identity not in promised and not written_by_hub:
                continue
            above = [other for other in checks.upward(family.by_node[seen.node]) if other is not place]
            if not any(identity in self.ledger.look(other).ids for other in above):
                return False
        return True

    def is_cloned(self) -> None:
        """An older copy of a station runs on beside it."""
        stations = [place for place in self.places if not place.hub and place.copies and place.name == place.site.name]
        if not stations or any(place.name != place.site.name for place in self.places):
            return
        place = self.random.choice(stations)
        copy = self.random.choice(place.copies)
        clone = Place(f"{place.name}'", place.site, place.root, place.folder, self.random, self.time, place.parts,
                      place.clock_ms, place.parent, counter=place.counter + 1000)  # fmt: skip
        clone.start(copy.path)
        self.places.append(clone)
        self.hit("cloned")
        self.tell(f"{clone.name} runs beside {place.name} from a copy")

    def clock_jumps(self) -> None:
        place = self.random.choice(self.places)
        place.clock_ms = self.random.choice(CLOCKS_MS)
        self.hit("clock jump")
        self.tell(f"the clock of {place.name} is off by {place.clock_ms} ms")

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

    def heal(self) -> None:
        """No more faults: clones are switched off, clocks are right, and all sync until nothing moves."""
        self.tell("faults end")
        self.faulty = False
        self.cut.clear()
        self.late.clear()
        for place in list(self.places):
            place.clock_ms = 0
            self.forget(place)
            if place.name != place.site.name:
                place.stop()
                self.places.remove(place)
                self.power_fails(next(each for each in self.places if each.name == place.site.name))
        for _ in range(ROUNDS_MAX):
            before = [self._standing(place) for place in self.places]
            for place in self.places[::-1]:
                self.syncs(place)
            if before == [self._standing(place) for place in self.places]:
                return
        raise Broken("not quiet", f"something still moves after {ROUNDS_MAX} rounds")

    def syncs(self, child: Place) -> None:
        if child.parent is None:
            return
        for kind in ("deliver", "follow"):
            exchanges = 0
            while self.advance(child, kind):
                exchanges += 1
                if exchanges > EXCHANGES_MAX:
                    raise Broken("not quiet", f"{child.name} never ends to {kind}")
            child.settle()
            child.parent.settle()

    def _standing(self, place: Place) -> tuple[object, ...]:
        with place.node.read() as db:
            said = receipts.standing(db)
            return place.node.log.last_position(db), said.journal, said.upstream, streams.cursors(db)


def _brief(message: Message) -> str:
    match message:
        case Push(base, records):
            return f"push {base[0]}+{len(records)}"
        case Pull():
            return "pull"
        case ReceiptGiven(payload):
            said = payload
            return f"receipt {_field(bytes(said), b'journal')}/{_field(bytes(said), b'upstream')}"
        case Refused(journal, _, code):
            return f"refused {journal} {code}"
        case Rewind(journal):
            return f"rewind {journal[0]}"
        case Entries(stream, entries):
            return f"{len(entries)} of {stream}"
        case Reset(stream):
            return f"reset {stream}"
    return type(message).__name__.lower()


def _field(payload: bytes, name: bytes) -> str:
    _, _, rest = payload.partition(b'"' + name + b'":')
    with suppress(ValueError):
        return rest.split(b",")[0].decode()
    return "?"


ACTS: dict[Callable[[World], None], int] = {
    World.works: 30, World.talks: 42, World.publishes: 3, World.contradicts: 8, World.folds: 6,
    World.crashes: 4, World.backs_up: 5, World.is_restored: 4, World.is_cloned: 1, World.clock_jumps: 3,
    World.line_breaks: 3, World.arrives_late: 3, World.comes_again: 2, World.attacks: 4,
}  # fmt: skip

FAULTS = tuple(act for act in ACTS if act not in (World.works, World.talks))
