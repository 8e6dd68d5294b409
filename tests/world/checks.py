"""The checkers: each names the promise that it holds the product to. They stand apart from the product.

*Safety* holds at any moment, whatever the faults: `receipt_holds`, `within_grant`, `cases_are_true`. *Convergence*
holds once faults have ended and everybody has synced: `converged`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import combinations
from random import Random
from typing import Any

import msgspec

from shared_models import canonical
from shared_models.cases import EXCLUSIVE, SETTLED, CaseFile, Fact, apply
from shared_models.projections.case_file import ordered
from shared_models.signing import text_of
from sync_protocol.store import case_files, streams
from sync_protocol.store.case_files import Card
from sync_protocol.store.log import ABOVE
from tests.world.ledger import Broken, Ledger, Promise, Seen
from tests.world.places import Place

DISTRICT_DIGITS = 6
EVERYBODYS = ("roster", "calendar", "catalogue")


class Family:
    """Who stands below whom, by node name."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = places
        self.by_node = {place.node.name: place for place in places if not place.is_clone}

    def below(self, place: Place) -> set[str]:
        """The names of this node and of all nodes below it."""
        return {
            name
            for name, other in self.by_node.items()
            if place.site.name in [each.site.name for each in upward(other)]
        }

    @property
    def city(self) -> Place:
        return next(place for place in self.places if place.parent is None)


def upward(place: Place | None) -> list[Place]:
    """The place itself, its parent, and so on."""
    return [] if place is None else [place, *upward(place.parent)]


# ---------------------------------------------------------------- safety


def receipt_holds(ledger: Ledger, hub: Place, promise: Promise) -> None:
    """A hub has what it signs for, and no chain has a hole below it."""
    ids = ledger.look(hub).ids
    covered = set(ledger.covered(promise))
    ledger.promised.setdefault(hub.site.name, set()).update(covered)
    if missing := covered - ids:
        raise Broken("acknowledged lost", f"{hub.name} signed for {ledger.told(missing)}, which it does not hold")
    for node, incarnation, seq in {ledger.records[each][1:4] for each in covered}:
        for below in range(1, seq):
            hole = ledger.positions.get((node, incarnation, below)) not in ids
            if hole and not _left_behind(ledger, node, incarnation, below):
                raise Broken("hole below a receipt", f"{hub.name} lacks {node[:4]} {incarnation[:4]}:{below}")


def _left_behind(ledger: Ledger, node: str, incarnation: str, seq: int) -> bool:
    """Whether this is what a hub wrote before it was restored: of that nobody may have more than a part."""
    opened = {
        seen.incarnation: seen for seen in ledger.records.values() if seen.node == node and _opening(ledger, seen.id)
    }
    if any(len(str(seen.header["area"])) > DISTRICT_DIGITS for seen in opened.values()):
        return False
    lines = {name: _line(ledger, seen) for name, seen in opened.items()}
    before = lines.get(incarnation, {})
    return any(
        line.get(incarnation, 0) < seq for name, line in lines.items() if name != incarnation and name not in before
    )


def _line(ledger: Ledger, opening: Seen) -> dict[str, int]:
    """Incarnation -> how much of it an incarnation goes on from, read off the chain of what each opening names."""
    line: dict[str, int] = {}
    last = ledger.records.get(str(opening.header["prev"]))
    while last is not None:
        line[last.incarnation] = last.seq
        first = ledger.records[ledger.positions[last.node, last.incarnation, 1]]
        last = ledger.records.get(str(first.header["prev"]))
    return line


def speaks_for_the_city(ledger: Ledger, promise: Promise, city: Place) -> None:
    """A district says of the city what the city has signed for."""
    if promise.hub != city.site.name:
        said = set(ledger.covered(promise)[: promise.upstream])
        if unknown := said - ledger.promised.get(city.site.name, set()):
            raise Broken("speaks for the city", f"{promise.hub} says that the city has {ledger.told(unknown)}")


def within_grant(ledger: Ledger, place: Place, family: Family) -> None:
    """What came down to a place concerns everybody, its area, a case of its own, or was written below it."""
    shelf = ledger.shelves[place.name]
    own = family.below(place)
    above = {each.node.name for each in upward(place.parent)}
    subjects = {seen.subject for seen in ledger.records.values() if seen.node in own}
    for identity, source in shelf.sources.items():
        seen = ledger.records[identity]
        if source != ABOVE or seen.kind.split(".")[0] in EVERYBODYS or seen.node in own or seen.subject in subjects:
            continue
        if _opening(ledger, identity) and seen.node in above:
            continue
        area, here = str(seen.header["area"]), place.site.area
        if not (seen.kind.startswith("attestation.") and (area.startswith(here) or here.startswith(area))):
            raise Broken("beyond its grant", f"{place.name} was given {ledger.told({identity})}")


def cases_are_true(ledger: Ledger, place: Place, random: Random) -> dict[str, Card]:
    """Every case of a place, all its records folded, is what folding them from nothing gives; gives the cards."""
    facts = facts_of(ledger, place)
    cards = {}
    with place.node.read() as db:
        for number in sorted(facts):
            card = case_files.load(db, place.node.vault, number)
            if card is None:
                raise Broken("fold", f"{place.name} holds records of {number} and no case")
            cards[number] = card
    for number, card in cards.items():
        mine = facts[number]
        order = sorted(mine)
        random.shuffle(order)
        _refolded(ledger, place, card, [mine[each] for each in order])
        _after_parents(place, card.case, mine)
        _contradictions_are_open(place, card.case, mine)
        _clocks_change_no_outcome(place, card.case, mine, random)
    return cards


def facts_of(ledger: Ledger, place: Place) -> dict[str, dict[str, Fact]]:
    """Case number -> id -> fact, from the records of a place."""
    roster = place.node.roster
    found: dict[str, dict[str, Fact]] = {}
    with place.node.read() as db:
        rows = db.execute("SELECT id, body FROM record WHERE held = 0").fetchall()
    for identity, sealed in rows:
        seen = ledger.records[identity]
        if seen.kind.startswith("case."):
            body_bytes = place.node.vault.open_body(bytes(sealed)) or b""
            if text_of(hashlib.sha256(body_bytes).digest()) != seen.header["body"]["hash"]:
                raise Broken("body", f"{place.name} keeps another body of {identity}")
            body = canonical.decode(body_bytes)
            head, member = seen.header, roster.member(seen.node)
            tier = member.tier if member else ""
            fact = Fact(identity, seen.kind, seen.node, tier, head["actor"], tuple(head["hlc"]),
                        tuple(head["parents"]), body)  # fmt: skip
            found.setdefault(seen.subject.partition("/")[2], {})[identity] = fact
    return found


def folded(ledger: Ledger, number: str, facts: Sequence[Fact]) -> tuple[CaseFile, set[str]]:
    """The case from nothing, and the ids of the facts that wait for a parent."""
    line, waiting = ordered(facts)
    case = CaseFile(number)
    for fact in line:
        case = apply(case, fact, str(ledger.records[fact.id].header["area"]))
    return case, {fact.id for fact in waiting}


def _refolded(ledger: Ledger, place: Place, card: Card, facts: Sequence[Fact]) -> None:
    case, waiting = folded(ledger, card.case.number, facts)
    if case != card.case:
        raise Broken("fold", f"{place.name} shows {_brief(card.case)} where its records give {_brief(case)}")
    if len(waiting) != len(card.waiting):
        raise Broken("fold", f"at {place.name} {len(card.waiting)} records of a case wait, and {len(waiting)} should")


def _after_parents(place: Place, case: CaseFile, facts: dict[str, Fact]) -> None:
    applied: set[str] = set()
    for event in case.events:
        if not set(facts[event.id].parents) <= applied:
            raise Broken("before its parents", f"{place.name} applied {event.kind} of {case.number} too early")
        applied.add(event.id)


def _contradictions_are_open(place: Place, case: CaseFile, facts: dict[str, Fact]) -> None:
    """Of two facts that move a case and did not know of each other, one is named in a conflict, and that stays open
    until the home tier rules on it."""
    named = {conflict.contradicting for conflict in case.conflicts}
    odd = {event.id for event in case.events if event.effect == "irregular"}
    moving = [facts[each.id] for each in case.events if each.kind in EXCLUSIVE - {SETTLED} and each.id not in odd]
    known = {fact.id: _ancestors(fact, facts) for fact in moving}
    for one, other in combinations(moving, 2):
        strangers = one.id not in known[other.id] and other.id not in known[one.id]
        if strangers and not {one.id, other.id} & named:
            raise Broken("conflict dropped", f"{place.name}: {one.kind} and {other.kind} of {case.number}")
    for conflict in case.conflicts:
        if conflict.settled:
            ruling = facts.get(conflict.settled)
            if ruling is None or (ruling.kind, ruling.tier, ruling.body.get("contradicting")) != (
                SETTLED, case.home, conflict.contradicting,
            ):  # fmt: skip
                raise Broken("conflict dropped", f"{place.name}: {case.number} was settled by nobody")
        if conflict.contradicting not in case.pending:
            raise Broken("value dropped", f"{place.name}: what contradicts in {case.number} is gone")


def _ancestors(fact: Fact, facts: dict[str, Fact]) -> set[str]:
    found: set[str] = set()
    waiting = list(fact.parents)
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += facts[current].parents
    return found


def _clocks_change_no_outcome(place: Place, case: CaseFile, facts: dict[str, Fact], random: Random) -> None:
    """Where nothing contradicts, other clocks give the same outcome."""
    if case.conflicts:
        return
    dated = [
        msgspec.structs.replace(fact, hlc=(random.randrange(1_000_000), 0))
        for _, fact in sorted(facts.items()) if fact.id in case.dag
    ]  # fmt: skip
    other = CaseFile(case.number)
    for fact in ordered(dated)[0]:
        other = apply(other, fact, case.area)
    if _outcome(other) != _outcome(case):
        raise Broken("clock decides", f"{place.name}: {case.number} would be {_brief(other)}, not {_brief(case)}")


def _outcome(case: CaseFile) -> tuple[object, ...]:
    return case.status, case.course, case.decision, case.rating, case.receiver, case.withdrawn, case.conflicts


def _brief(case: CaseFile) -> str:
    open_, all_ = len(case.open_conflicts), len(case.conflicts)
    return f"{case.number} {case.status} with {len(case.events)} facts, {open_} of {all_} conflicts open"


# ---------------------------------------------------------------- convergence


def converged(ledger: Ledger, places: Sequence[Place], random: Random) -> None:
    """Everything that must hold when faults have ended and all have synced until nothing moved."""
    family = Family(places)
    for place in places:
        ledger.look(place)
        _nothing_aside(place)
    for place in places:
        if place.parent is not None:
            _acknowledged(ledger, place, place.parent)
            _followed(place, place.parent)
        _own_tail(ledger, place, places)
    for promise in ledger.promises:
        _true_again(ledger, promise, family)
    _same_cases(ledger, family, random)
    _same_knowledge(family)


def _nothing_aside(place: Place) -> None:
    with place.node.read() as db:
        aside = case_files.aside(db)
    if aside:
        raise Broken("set aside", f"{place.name} could not fold {aside[0]}")


def _acknowledged(ledger: Ledger, place: Place, parent: Place) -> None:
    """The whole journal is received by the parent, by the city, and by the receipt that is held."""
    with place.node.read() as db:
        standing = db.execute("SELECT journal, upstream FROM standing").fetchone() or (0, 0)
        (end,) = db.execute("SELECT coalesce(max(position), 0) FROM journal").fetchone()
        ids = {row[0] for row in db.execute("SELECT id FROM record JOIN journal ON journal.record = record.position")}
    if standing[0] != end or (parent.parent is not None and standing[1] != end):
        raise Broken("not quiet", f"{place.name} has {end} places, its receipt says {tuple(standing)}")
    for above in upward(parent):
        if missing := ids - ledger.shelves[above.name].ids:
            raise Broken("not carried", f"{above.name} lacks {ledger.told(missing)} of {place.name}")


def _own_tail(ledger: Ledger, place: Place, places: Sequence[Place]) -> None:
    """A node holds again everything of its own that anybody holds."""
    anywhere = {
        identity for other in places for identity in ledger.shelves[other.name].ids
        if ledger.records[identity].node == place.node.name
    }  # fmt: skip
    if missing := {each for each in anywhere - ledger.shelves[place.name].ids if not _opening(ledger, each)}:
        raise Broken("own tail", f"{place.name} did not get back {ledger.told(missing)}")


def _opening(ledger: Ledger, identity: str) -> bool:
    return ledger.records[identity].kind == "node.opened"


def _true_again(ledger: Ledger, promise: Promise, family: Family) -> None:
    hub = next(place for place in family.places if place.name == promise.hub)
    covered = ledger.covered(promise)
    held = ledger.shelves[hub.name].ids
    if missing := set(covered) - held:
        raise Broken("acknowledged lost", f"{hub.name} once signed for {ledger.told(missing)}")
    if missing := set(covered[: promise.upstream]) - ledger.shelves[family.city.name].ids:
        raise Broken("acknowledged lost", f"{hub.name} once said that the city has {ledger.told(missing)}")


def _followed(place: Place, parent: Place) -> None:
    """A child's cursors stand at the heads of its streams, and it holds every entry."""
    with place.node.read() as db:
        cursors = streams.cursors(db)
        held = {row[0] for row in db.execute("SELECT id FROM record")}
    wanted = (("control", "control"), ("node", f"node/{place.node.name}"), ("area", f"area/{place.site.area}"),
              ("catalogue", "catalogue"))  # fmt: skip
    with parent.node.read() as db:
        for name, stream in wanted:
            entries = db.execute(
                "SELECT stream_entry.position, record.id FROM stream_entry JOIN record"
                " ON record.position = stream_entry.record WHERE stream = ? ORDER BY stream_entry.position", (stream,)
            ).fetchall()  # fmt: skip
            if (cursors[name].position if name in cursors else 0) != len(entries):
                raise Broken("not quiet", f"{place.name} has not read the stream {name} to its end")
            if missing := [identity for _, identity in entries if identity not in held]:
                raise Broken("stream entry lost", f"{place.name} lacks {missing[0]} of {name} of {parent.name}")


def _same_cases(ledger: Ledger, family: Family, random: Random) -> None:
    """A case stands at the stations that wrote on it and at every hub above them, with the same records and state."""
    cards = {place.name: cases_are_true(ledger, place, random) for place in family.places}
    holders: dict[str, set[str]] = {}
    parts: dict[str, set[str]] = {}
    for place in family.places:
        for identity in ledger.shelves[place.name].ids:
            seen = ledger.records[identity]
            if seen.kind.startswith("case."):
                writer = family.by_node[seen.node]
                holders.setdefault(seen.subject, set()).update(each.name for each in upward(writer))
                parts.setdefault(seen.subject, set()).add(identity)
    for subject, names in sorted(holders.items()):
        number = subject.partition("/")[2]
        for name in sorted(names):
            if missing := parts[subject] - ledger.shelves[name].ids:
                raise Broken("case differs", f"{name} lacks {ledger.told(missing)}")
            if cards[name][number].case != cards[family.city.name][number].case:
                raise Broken("case differs", f"{number} at {name} and at the city")


def _same_knowledge(family: Family) -> None:
    """Catalogue and attestations are those of the city, as far as the area goes."""
    versions, attested, _ = _knowledge(family.city)
    for place in family.places:
        here = _knowledge(place)
        area = place.site.area
        wanted = {each for each in attested if each[1].startswith(area) or area.startswith(each[1])}
        if here[0] != versions or {each[:2] for each in here[1]} < {each[:2] for each in wanted}:
            raise Broken("knowledge differs", f"{place.name} has {here[:2]}, the city {versions, wanted}")
        if {each for each in wanted if each[2]} - here[1]:
            raise Broken("knowledge differs", f"{place.name} takes what is revoked for good")


def _knowledge(place: Place) -> tuple[list[Any], set[tuple[str, str, int]], str]:
    with place.node.read() as db:
        versions = [tuple(row) for row in db.execute("SELECT number, items FROM catalogue_version ORDER BY number")]
        attested = {tuple(row) for row in db.execute("SELECT id, area, revoked_ms > 0 FROM attestation")}
    return versions, attested, place.name


def rebuilding_changes_nothing(place: Place) -> None:
    """What was folded record by record is what folding the whole log gives, streams included."""
    before = _projected(place)
    place.node.rebuild()
    after = _projected(place)
    for what, old, new in zip(("cases", "streams", "knowledge"), before, after, strict=True):
        if old != new:
            raise Broken("rebuild", f"{what} of {place.name} are others after a rebuild")


def _projected(place: Place) -> tuple[object, ...]:
    with place.node.read() as db:
        numbers = [row[0] for row in db.execute("SELECT number FROM case_file ORDER BY number")]
        cards = [case_files.load(db, place.node.vault, number) for number in numbers]
        entries = db.execute("SELECT stream, position, record, reason, mark FROM stream_entry"
                             " ORDER BY stream, position").fetchall()  # fmt: skip
    cases = [(card.case, card.origin, card.journal, sorted(card.waiting)) for card in cards if card is not None]
    return cases, [tuple(row) for row in entries], _knowledge(place)
