"""The checkers: each names the promise that it holds the product to. They stand apart from the product.

*Safety* is here, and holds at any moment, whatever the faults: `receipt_holds`, `within_grant`, `cases_are_true`. What
holds once faults have ended and everybody has synced lies in `agreement`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import combinations
from random import Random
from typing import NamedTuple

import msgspec

from shared_models import canonical
from shared_models.cases import EXCLUSIVE, RELEASED, SETTLED, CaseFile, Fact, apply, erased
from shared_models.erasure import DONE
from shared_models.projections.case_file import ordered
from shared_models.signing import text_of
from shared_models.trust import REKEYED
from sync_protocol.store import case_files
from sync_protocol.store.case_files import Card
from sync_protocol.store.log import ABOVE
from tests.world.ledger import Broken, Ledger, Promise, Seen
from tests.world.orders import Orders
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
        seen.incarnation: seen for seen in ledger.records.values() if seen.node == node and is_opening(ledger, seen.id)
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


def is_opening(ledger: Ledger, identity: str) -> bool:
    return ledger.records[identity].kind == "node.opened"


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
        if (is_opening(ledger, identity) and seen.node in above) or seen.kind in (REKEYED, DONE):
            continue
        area, here = str(seen.header["area"]), place.site.area
        if not (seen.kind.startswith("attestation.") and (area.startswith(here) or here.startswith(area))):
            raise Broken("beyond its grant", f"{place.name} was given {ledger.told({identity})}")


class Kept(NamedTuple):
    """What a place keeps of a case: the facts by their ids, and the ids of the records that are here without body."""

    facts: dict[str, Fact]
    bare: set[str]


def cases_are_true(ledger: Ledger, place: Place, random: Random) -> dict[str, Card]:
    """Every case of a place, all its records folded, is what folding them from nothing gives; gives the cards."""
    kept = cases_of(ledger, place)
    here, anywhere = Orders(ledger, ledger.shelves[place.name].ids), Orders(ledger, ledger.records)
    cards = {}
    with place.node.read() as db:
        for number, case in sorted(kept.items()):
            card = case_files.load(db, place.node.vault, number)
            if card is None and case.facts:
                raise Broken("fold", f"{place.name} holds records of {number} and no case")
            if card is not None:
                cards[number] = card
    for number, card in cards.items():
        mine, bare = kept[number]
        if any(here.cover(ledger.records[each]) for each in {*mine, *bare}):
            _is_tombstone(place, card.case, mine)
            continue
        ordered = {each for each in bare if anywhere.cover(ledger.records[each])}
        gone_with_reason(ledger, place, bare - ordered)
        order = sorted(mine)
        random.shuffle(order)
        _refolded(ledger, place, card, [mine[each] for each in order], len(bare - ordered), len(ordered))
        _after_parents(place, card.case, mine)
        _contradictions_are_open(place, card.case, mine)
        _clocks_change_no_outcome(place, card.case, mine, random)
    return cards


def _is_tombstone(place: Place, case: CaseFile, facts: dict[str, Fact]) -> None:
    """Of a case of which an order is here nothing stays but its number."""
    if facts or case != erased(case.number):
        raise Broken("erased", f"{place.name} still shows {_brief(case)}, with {len(facts)} bodies")


def gone_with_reason(ledger: Ledger, place: Place, bare: set[str]) -> None:
    """A body goes only with its case: it had come from above, and a release of the case is here."""
    shelf = ledger.shelves[place.name]
    given_back = {ledger.records[each].subject for each in shelf.ids if ledger.records[each].kind == RELEASED}
    for identity in sorted(bare):
        if ledger.records[identity].subject not in given_back or shelf.sources[identity] != ABOVE:
            raise Broken("body gone", f"{place.name} has lost the body of {ledger.told({identity})}")


def cases_of(ledger: Ledger, place: Place) -> dict[str, Kept]:
    """Case number -> what is kept of it, from the records of a place that have effect there."""
    roster = place.node.roster
    found: dict[str, Kept] = {}
    with place.node.read() as db:
        rows = db.execute("SELECT id, body FROM record WHERE held = 0").fetchall()
    for identity, sealed in rows:
        seen = ledger.records[identity]
        if not is_of_a_case(seen):
            continue
        kept = found.setdefault(seen.subject.partition("/")[2], Kept({}, set()))
        if sealed is None:
            kept.bare.add(identity)
            continue
        body_bytes = place.node.vault.open_body(bytes(sealed)) or b""
        if text_of(hashlib.sha256(body_bytes).digest()) != seen.header["body"]["hash"]:
            raise Broken("body", f"{place.name} keeps another body of {identity}")
        head, member = seen.header, roster.member(seen.node)
        kept.facts[identity] = Fact(
            identity, seen.kind, seen.node, member.tier if member else "", head["actor"], tuple(head["hlc"]),
            tuple(head["parents"]), canonical.decode(body_bytes),
        )  # fmt: skip
    return found


def is_of_a_case(seen: Seen) -> bool:
    return seen.kind.startswith("case.")


def folded(ledger: Ledger, number: str, facts: Sequence[Fact]) -> tuple[CaseFile, set[str]]:
    """The case from nothing, and the ids of the facts that wait for a parent."""
    line, waiting = ordered(facts)
    case = CaseFile(number)
    for fact in line:
        case = apply(case, fact, str(ledger.records[fact.id].header["area"]))
    return case, {fact.id for fact in waiting}


def _refolded(ledger: Ledger, place: Place, card: Card, facts: Sequence[Fact], bare: int, ordered: int) -> None:
    """`bare` records wait for their bodies; `ordered` ones for an order that has not come yet, or for their bodies."""
    case, waiting = folded(ledger, card.case.number, facts)
    if case != card.case:
        raise Broken("fold", f"{place.name} shows {_brief(card.case)} where its records give {_brief(case)}")
    should = len(waiting) + bare
    if not should <= len(card.waiting) <= should + ordered:
        raise Broken("fold", f"at {place.name} {len(card.waiting)} records of a case wait, and {should} should")


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
