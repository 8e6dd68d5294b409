"""Two records at one place: both are kept, nobody's work is lost, and a person rules on what has effect."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from central.enrolment import Revoke
from central.holding import FORKED, REVOKED, Rule, held_records, proven_forks, rule
from shared_models import cases
from shared_models.refusals import Refusal
from sync_protocol.commands import CaseCommand
from sync_protocol.core.frames import Run
from sync_protocol.core.messages import Pull
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import holding, receipts, streams
from sync_protocol.store.holding import RATIFIED, REJECTED
from tests.sync_protocol.world import Place, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def twin_of(place: Place) -> Place:
    """A machine that was copied while it ran: the same keys, the same file, and the same incarnation in memory."""
    folder = place.folder.with_name(f"{place.name}-twin")
    incarnation = place.node.incarnation
    place.node.database.write(lambda db: None)
    shutil.copytree(place.folder, folder)
    twin = Place(place.name, place.area, place.tier, folder, place.world, place.keys)
    twin.parent = place.parent
    twin.node.incarnation = incarnation
    twin.counter = place.counter + 50
    place.world.places.append(twin)
    return twin


def status(place: Place, number: str) -> str:
    case = place.case(number)
    return case.status if case else "unknown"


def held(place: Place) -> list[str]:
    with place.node.read() as db:
        return [each.record.id for each in held_records(place.node, db)]


def in_step(place: Place) -> bool:
    with place.node.read() as db:
        return receipts.standing(db).journal == place.node.log.journal_end(db).position


def say(place: Place, identity: str, verdict: str, reason: str = "已电话核实") -> None:
    rule(place.node, Rule(identity, verdict, reason, "supervisor-1"))
    place.settle()


def code_of(act: Callable[[], None]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def forked(world: World) -> tuple[Place, str, str]:
    """The twin, the case of the station that was first, and that of the twin on the other branch."""
    world.station.accept()
    world.station.sync()
    twin = twin_of(world.station)
    first, second = world.station.accept(), twin.accept(name="李秀英")
    world.station.sync()
    twin.sync()
    return twin, first, second


def test_both_branches_are_kept_and_the_second_has_no_effect(world: World) -> None:
    twin, first, second = forked(world)
    assert status(world.district, first) == "accepted"
    assert status(world.district, second) == "unknown"
    with world.district.node.read() as db:
        (only,) = held_records(world.district.node, db)
        ((name, fork),) = proven_forks(world.district.node, db)
    assert (only.why, only.number, only.applicant) == (FORKED, second, "李秀英")
    assert (name, fork.id, fork.length) == ("station", only.record.id, 1)
    assert in_step(twin)


def test_the_node_goes_on_in_a_fresh_incarnation_and_its_next_case_counts(world: World) -> None:
    twin, _, _ = forked(world)
    assert twin.node.incarnation != world.station.node.incarnation
    later = twin.accept()
    twin.sync()
    assert status(world.district, later) == "accepted"
    assert in_step(twin)


def test_a_node_that_never_heard_of_the_fork_is_told_again_with_its_next_record(world: World) -> None:
    world.station.accept()
    world.station.sync()
    twin = twin_of(world.station)
    world.station.accept()
    twin.accept()
    world.station.sync()
    lost = twin.child_side().deliver()
    request = next(lost)
    assert isinstance(request, Pull)
    assert twin.parent is not None
    member = twin.parent.node.roster.member(twin.node.name)
    assert member is not None
    parent = ParentSide(twin.parent.node, member)
    run = lost.send(parent.answer(request))
    assert isinstance(run, Run)
    before = twin.node.incarnation
    for prepared in run.begin():
        parent.answer(prepared.message)  # kept there; the answer is lost, and the process with it
    twin.accept()
    assert twin.node.incarnation == before
    twin.sync()
    after = twin.node.incarnation
    assert after != before
    twin.accept()
    twin.sync()
    assert twin.node.incarnation == after
    assert in_step(twin)


def test_behind_the_fork_the_chain_is_frozen_on_either_side(world: World) -> None:
    twin = twin_of(world.station)
    ours, theirs = [world.station.accept() for _ in range(2)], [twin.accept() for _ in range(2)]
    world.station.sync()
    twin.sync()
    more = world.station.accept()
    world.station.sync()
    assert [status(world.district, number) for number in ours] == ["accepted", "accepted"]
    assert [status(world.district, number) for number in (*theirs, more)] == ["unknown"] * 3
    with world.district.node.read() as db:
        assert holding.waiting(db) == 3
        (fork,) = holding.forks(db)
    assert fork.length == 2
    world.station.sync()  # what it was handed back goes up once more
    assert in_step(world.station)


def test_the_proof_goes_up_and_the_same_is_held_at_the_city(world: World) -> None:
    forked(world)
    world.district.sync()
    assert held(world.city) == held(world.district) != []
    with world.city.node.read() as db:
        assert len(holding.forks(db)) == 1


def test_the_same_push_again_proves_nothing_new(world: World) -> None:
    twin, _, _ = forked(world)
    before = held(world.district)
    twin.node.database.write(lambda db: db.execute("DELETE FROM standing"))
    twin.sync()
    assert held(world.district) == before
    with world.district.node.read() as db:
        assert [fork.length for fork in holding.forks(db)] == [1]


def test_a_ratified_record_has_effect_everywhere_and_stays_so(world: World) -> None:
    twin, _, second = forked(world)
    world.district.sync()
    (identity,) = held(world.district)
    say(world.district, identity, RATIFIED)
    assert status(world.district, second) == "accepted"
    world.district.node.write(CaseCommand(second, cases.Decide("granted", "", "低保证"), "officer-1"))
    world.district.sync()
    world.city.settle()
    twin.sync()
    assert status(world.city, second) == status(twin, second) == "decided"
    for verdict in (RATIFIED, REJECTED):
        assert code_of(partial(say, world.district, identity, verdict)) == "central.held_ruled"
    assert held(world.district) == held(world.city) == []


def test_a_rejected_record_stays_kept_and_may_be_ratified_later(world: World) -> None:
    _, _, second = forked(world)
    (identity,) = held(world.district)
    say(world.district, identity, REJECTED)
    assert held(world.district) == []
    assert status(world.district, second) == "unknown"
    assert code_of(lambda: say(world.district, identity, REJECTED)) == "central.held_ruled"
    say(world.district, identity, RATIFIED)
    assert status(world.district, second) == "accepted"


def test_what_a_revoked_station_writes_is_held_until_it_is_ratified(world: World) -> None:
    known = world.station.accept()
    world.station.sync()
    with world.district.node.read() as db:
        chain = world.district.node.log.incarnations(db, world.station.node.name)[-1]
    world.district.node.write(Revoke(world.station.node.name, chain.name, chain.head.seq, "supervisor-1"))
    late = world.station.accept(name="赵大爷")
    world.station.sync()
    assert (status(world.district, known), status(world.district, late)) == ("accepted", "unknown")
    with world.district.node.read() as db:
        (only,) = held_records(world.district.node, db)
    assert (only.why, only.number, only.applicant) == (REVOKED, late, "赵大爷")
    say(world.district, only.record.id, RATIFIED)
    assert status(world.district, late) == "accepted"


@pytest.mark.parametrize(("verdict", "reason"), [(RATIFIED, " "), (RATIFIED, "长" * 501), ("roster.revoked", "x")])
def test_a_ruling_without_reason_or_verdict_is_refused(world: World, verdict: str, reason: str) -> None:
    forked(world)
    (identity,) = held(world.district)
    with pytest.raises(Refusal):
        say(world.district, identity, verdict, reason)
    assert code_of(lambda: say(world.district, "A" * 43, RATIFIED)) == "central.held_unknown"
    assert held(world.district) == [identity]


def test_a_hub_rules_only_inside_its_own_area(world: World) -> None:
    lone = world.join("lone", "511623001001", "station", world.city)
    twin = twin_of(lone)
    lone.accept()
    other = twin.accept()
    lone.sync()
    twin.sync()
    (identity,) = held(world.city)
    world.district.sync()
    forged = Rule(identity, RATIFIED, "不在本区", "supervisor-1")
    world.district.node.write(forged)
    world.district.sync()
    world.city.settle()
    assert held(world.city) == [identity]
    assert status(world.city, other) == "unknown"


def test_folding_anew_gives_the_same_cases_and_the_same_streams(world: World) -> None:
    _, first, second = forked(world)
    (identity,) = held(world.district)
    say(world.district, identity, RATIFIED)
    district = world.district

    def seen() -> list[object]:
        with district.node.read() as db:
            heads = [streams.head(db, f"node/{name}") for name in (world.station.node.name, world.hall.node.name)]
        return [district.case(first), district.case(second), heads]

    before = seen()
    district.node.rebuild()
    assert seen() == before
