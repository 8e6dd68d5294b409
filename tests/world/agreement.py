"""The checkers of a world that is quiet again: everything that must hold once faults have ended and all have synced."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from shared_models.cases import RELEASED
from sync_protocol.store import case_files, knowledge, streams
from sync_protocol.store.log import ABOVE
from tests.world.checks import Family, cases_are_true, is_of_a_case, is_opening, upward
from tests.world.grants import Grants
from tests.world.ledger import Broken, Ledger, Promise
from tests.world.places import Place


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
    if missing := {each for each in anywhere - ledger.shelves[place.name].ids if not is_opening(ledger, each)}:
        raise Broken("own tail", f"{place.name} did not get back {ledger.told(missing)}")


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
                "SELECT stream_entry.position, record.id, record.body IS NULL FROM stream_entry JOIN record"
                " ON record.position = stream_entry.record WHERE stream = ? ORDER BY stream_entry.position", (stream,)
            ).fetchall()  # fmt: skip
            if (cursors[name].position if name in cursors else 0) != len(entries):
                raise Broken("not quiet", f"{place.name} has not read the stream {name} to its end")
            if missing := [identity for _, identity, bare in entries if identity not in held and not bare]:
                raise Broken("stream entry lost", f"{place.name} lacks {missing[0]} of {name} of {parent.name}")


def _same_cases(ledger: Ledger, family: Family, random: Random) -> None:
    """A case stands, with the same records and state, at everybody who wrote on it or pulled it and has not given it
    back, and at every hub above them. Nobody else has any content of it."""
    cards = {place.name: cases_are_true(ledger, place, random) for place in family.places}
    grants = Grants(ledger, family.by_node, ledger.shelves[family.city.name].ids)
    parts: dict[str, set[str]] = {}
    for identity in ledger.shelves[family.city.name].ids:
        if is_of_a_case(ledger.records[identity]):
            parts.setdefault(ledger.records[identity].subject, set()).add(identity)
    holders: dict[str, set[str]] = {subject: set() for subject in parts}
    may_hold: dict[str, set[str]] = {subject: {family.city.name} for subject in parts}
    for subject, writers in grants.writers.items():
        for writer in writers:
            holders[subject].update(each.name for each in upward(family.by_node[writer]))
    for pull in grants.owed:
        holders[pull.subject].update(each.name for each in upward(family.by_node[pull.node]))
    for pull in grants.standing:
        may_hold[pull.subject].update(each.name for each in upward(family.by_node[pull.node]))
    for subject, names in sorted(holders.items()):
        number = subject.partition("/")[2]
        for name in sorted(names):
            if missing := parts[subject] - ledger.shelves[name].ids:
                raise Broken("case differs", f"{name} lacks {ledger.told(missing)}")
            if cards[name][number].case != cards[family.city.name][number].case:
                raise Broken("case differs", f"{number} at {name} and at the city")
        for place in family.places:
            given_back = place.name not in names | may_hold[subject]
            if given_back and (left := bodies_from_above(ledger, place, subject) - _below(ledger, family, place)):
                raise Broken("kept after release", f"{place.name} keeps {ledger.told(left)}")


def _below(ledger: Ledger, family: Family, place: Place) -> set[str]:
    """The ids that this place holds of records that it, or a node below it, wrote."""
    own = family.below(place)
    return {each for each in ledger.shelves[place.name].ids if ledger.records[each].node in own}


def bodies_from_above(ledger: Ledger, place: Place, subject: str) -> set[str]:
    """The ids of the records of a case whose content came down to a place, and is there; releases left out."""
    with place.node.read() as db:
        rows = db.execute("SELECT id FROM record WHERE source = ? AND body IS NOT NULL", (ABOVE,)).fetchall()
    found = {row[0] for row in rows}
    seen = [ledger.records[each] for each in found]
    return {each.id for each in seen if each.subject == subject and is_of_a_case(each) and each.kind != RELEASED}


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
        versions = [knowledge.version(db, number) for number in range(1, knowledge.latest_number(db) + 1)]
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
