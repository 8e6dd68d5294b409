"""Three real tiers: the city witnesses the district's log of receipts, and the stations audit it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_models.signing import name_of_key
from sync_protocol.audit import seen
from sync_protocol.core.contradictions import OTHER_LEAF, OWN_WORDS, TWO_RECEIPTS, TWO_TREES, stands, two_trees
from sync_protocol.core.messages import (
    Audit,
    CosignedGiven,
    Inconsistent,
    Message,
    Present,
    Proven,
    ShownLeaf,
    Statement,
)
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import audited, contradictions, receipt_log, witnessing
from sync_protocol.store.database import Connection
from sync_protocol.witness import Contradict
from tests.sync_protocol import dishonest
from tests.sync_protocol.world import Place, World, run
from tests.world.disk import copy_database


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def witness(place: Place) -> None:
    """One turn of what an agent does after records and files."""
    assert place.parent is not None
    run(place.child_side().witnessed(), place.parent_side().answer)


def everybody(world: World) -> None:
    for place in (world.district, world.station, world.hall):
        witness(place)


def states(place: Place) -> dict[str, int]:
    assert place.parent is not None
    with place.node.read() as db:
        return {state: each.receipts for state, each in audited.counts(db, place.parent.node.name).items()}


def accused(world: World) -> list[str]:
    found = []
    for place in world.places:
        place.settle()
        with place.node.read() as db:
            found += [each.proof.kind for each in contradictions.all_of(db)]
    return found


def losses(world: World) -> int:
    with world.city.node.read() as db:
        return len(witnessing.losses(db, world.district.node.name))


def test_receipts_are_witnessed_once_the_city_has_cosigned_the_log(world: World) -> None:
    world.station.accept()
    world.station.sync()
    witness(world.station)
    assert set(states(world.station)) == {"waiting"}
    world.sync_all()
    everybody(world)
    assert set(states(world.station)) == set(states(world.hall)) == {"witnessed"}
    with world.station.node.read() as db, world.district.node.read() as above:
        newest = seen(db)
        assert newest is not None
        assert newest.size == receipt_log.now(above).size
    assert not accused(world)


def restored(place: Place, copy: Path) -> None:
    place.stop()
    copy_database(copy, place.path)
    place.start()
    place.node.open()


def test_a_district_that_comes_back_from_a_copy_says_so_and_makes_its_receipts_true_again(world: World) -> None:
    world.sync_all()
    everybody(world)
    copy = copy_database(world.district.path, world.folder / "old" / "copy.db")
    numbers = [world.station.accept() for _ in range(3)]
    world.sync_all()
    everybody(world)
    restored(world.district, copy)
    world.station.sync()
    for _ in range(2):
        world.sync_all()
        everybody(world)
    assert losses(world) == 1
    assert set(states(world.station)) <= {"witnessed", "settled"}
    assert not accused(world)
    assert all(world.district.case(number) is not None for number in numbers)


# ---------------------------------------------------------------- dishonest districts


def side_of(place: Place, parent: Place, kind: type[ParentSide] = ParentSide) -> ParentSide:
    """How `parent` answers a child that takes it for its own."""
    member = parent.node.roster.member(place.node.name)
    assert member is not None
    return kind(parent.node, member, parent.attachments)


def deliver(place: Place, parent: Place, kind: type[ParentSide] = ParentSide) -> None:
    """Everything up, and one question for what is new."""
    answer = side_of(place, parent, kind).answer
    for flow in (place.child_side().deliver(), place.child_side().follow()):
        run(flow, answer)


def audit(place: Place, answer: dishonest.Answer) -> None:
    run(place.child_side().auditor.audit(), answer)


def proofs_at(place: Place) -> list[str]:
    """The kinds of the proofs that a place holds; each is good under the district's key alone."""
    place.settle()
    with place.node.read() as db:
        held = [each.proof for each in contradictions.all_of(db)]
    key = place.world.district.keys.public
    assert all(stands(proof, [key]) and proof.hub == name_of_key(key) for proof in held)
    return [proof.kind for proof in held]


@pytest.fixture
def begun(world: World) -> World:
    """A district whose log is cosigned and whose stations have seen it."""
    world.station.accept()
    world.hall.accept()
    world.sync_all()
    everybody(world)
    assert not accused(world)
    return world


def test_two_stories_to_two_stations_are_proven_by_the_one_whose_story_the_city_does_not_know(begun: World) -> None:
    twin = dishonest.second_story(begun.district, begun.folder / "twin")
    begun.station.accept()
    begun.hall.accept()
    deliver(begun.station, begun.district)
    deliver(begun.hall, twin)
    witness(begun.district)
    audit(begun.station, side_of(begun.station, begun.district).answer)
    audit(begun.hall, side_of(begun.hall, begun.district).answer)
    assert proofs_at(begun.station) == []
    assert set(proofs_at(begun.hall)) == {OTHER_LEAF}
    deliver(begun.hall, begun.district)
    begun.district.sync()
    assert set(proofs_at(begun.city)) == {OTHER_LEAF}
    twin.stop()


def test_two_stories_to_one_station_are_proven_by_two_receipts(begun: World) -> None:
    twin = dishonest.second_story(begun.district, begun.folder / "twin")
    begun.station.accept()
    deliver(begun.station, begun.district)
    deliver(begun.station, twin)
    assert TWO_RECEIPTS in proofs_at(begun.station)
    twin.stop()


def test_two_trees_of_one_epoch_and_size_are_proven_by_the_city(begun: World) -> None:
    twin = dishonest.second_story(begun.district, begun.folder / "twin")
    begun.station.accept()
    begun.hall.accept()
    deliver(begun.station, begun.district)
    deliver(begun.hall, twin)
    with begun.district.node.read() as one, twin.node.read() as other:
        assert receipt_log.now(one).size == receipt_log.now(other).size
    witness(begun.district)
    witness(twin)
    assert proofs_at(begun.city) == [TWO_TREES]
    with begun.city.node.read() as db:
        refused = witnessing.refused(db, begun.district.node.name)
    assert refused is not None
    assert refused.code == "witness.contradiction"
    twin.stop()


def test_who_tells_a_second_story_gets_no_cosignature_by_saying_that_it_came_back_from_a_copy(begun: World) -> None:
    """The log of the other story held more of the epoch than the city had cosigned of it by then."""
    twin = dishonest.second_story(begun.district, begun.folder / "twin")
    begun.station.accept()
    deliver(begun.station, begun.district)
    for _ in range(3):
        begun.hall.accept()
        deliver(begun.hall, twin)
    witness(begun.district)
    witness(twin)
    assert losses(begun) == 0
    with begun.city.node.read() as db:
        refused = witnessing.refused(db, begun.district.node.name)
    assert refused is not None
    assert refused.code == "witness.bad_checkpoint"
    twin.stop()


def test_a_receipt_that_was_left_out_of_the_log_is_proven_by_its_station(begun: World) -> None:
    begun.station.accept()
    deliver(begun.station, begun.district, dishonest.Dropping)
    witness(begun.district)
    witness(begun.station)
    assert set(proofs_at(begun.station)) == {OTHER_LEAF}
    assert states(begun.station)["owed"] >= 1


def test_a_district_with_another_key_shows_its_log_before_the_city_has_heard_of_the_key(begun: World) -> None:
    begun.station.accept()
    begun.station.sync()
    begun.district.rotate()
    witness(begun.district)
    with begun.city.node.read() as db:
        assert witnessing.refused(db, begun.district.node.name) is None
    witness(begun.station)
    assert set(states(begun.station)) == {"witnessed"}
    begun.sync_all()
    everybody(begun)
    assert set(states(begun.station)) == {"witnessed"}


def test_a_receipt_that_was_left_out_is_proven_once_however_the_log_grows(begun: World) -> None:
    begun.station.accept()
    deliver(begun.station, begun.district, dishonest.Dropping)
    counts = []
    for _ in range(3):
        begun.hall.accept()
        begun.hall.sync()
        witness(begun.district)
        witness(begun.station)
        counts.append(proofs_at(begun.station).count(OTHER_LEAF))
    assert counts == counts[:1] * 3
    assert counts[0] > 0


def present_carelessly(world: World) -> None:
    district, city = world.district, world.city
    presenter = dishonest.Careless(district.node, city.node.name, city.keys.public, lambda: 0.0)
    run(presenter.present(), district.parent_side().answer)


def test_a_log_that_was_rewritten_refutes_itself_before_the_city(begun: World) -> None:
    begun.district.node.database.write(lambda db: dishonest.rewritten(db, 1))
    begun.station.accept()
    deliver(begun.station, begun.district)
    present_carelessly(begun)
    assert proofs_at(begun.city) == [OWN_WORDS]


def test_an_honest_district_does_not_sign_over_what_a_disk_has_damaged(begun: World) -> None:
    def damage(db: Connection) -> None:
        db.execute("UPDATE receipt_leaf SET hash = ? WHERE number = 1", (bytes(32),))

    begun.district.node.database.write(damage)
    begun.station.accept()
    begun.sync_all()
    everybody(begun)
    assert not accused(begun)
    with begun.district.node.read() as db:
        assert receipt_log.standstill(db).code == "witness.log_damaged"


def test_a_district_that_shows_the_city_another_tree_owes_its_stations_their_receipts(begun: World) -> None:
    twin = dishonest.second_story(begun.district, begun.folder / "twin")
    begun.station.accept()
    deliver(begun.station, begun.district)
    for _ in range(3):
        begun.hall.accept()
        deliver(begun.hall, twin)
    witness(twin)
    shown_to_the_city = side_of(begun.station, twin).answer
    audit(begun.station, dishonest.silent(shown_to_the_city))
    assert states(begun.station)["owed"] >= 1
    assert proofs_at(begun.station) == []
    audit(begun.station, shown_to_the_city)
    assert set(proofs_at(begun.station)) == {OTHER_LEAF}
    twin.stop()


def test_an_answer_that_is_withheld_accuses_nobody_and_is_owed_until_it_comes(begun: World) -> None:
    begun.station.accept()
    begun.station.sync()
    witness(begun.district)
    honest = side_of(begun.station, begun.district).answer
    audit(begun.station, dishonest.silent(honest))
    assert states(begun.station)["owed"] >= 1
    assert not accused(begun)
    audit(begun.station, honest)
    assert "owed" not in states(begun.station)


def test_an_old_checkpoint_shown_again_witnesses_nothing_new(begun: World) -> None:
    honest = side_of(begun.station, begun.district).answer
    (old,) = honest(Audit([]))
    assert isinstance(old, Proven)
    begun.station.accept()
    begun.station.sync()
    witness(begun.district)
    before = states(begun.station)
    assert before["waiting"] >= 1
    audit(begun.station, dishonest.stale(honest, old))
    assert states(begun.station) == before
    audit(begun.station, honest)
    assert "waiting" not in states(begun.station)


def test_whoever_changes_an_answer_on_its_way_accuses_nobody(begun: World) -> None:
    begun.station.accept()
    begun.station.sync()
    witness(begun.district)
    honest = side_of(begun.station, begun.district).answer
    zero = "A" * 43

    def worse(proven: Proven) -> Proven:
        leaves = [ShownLeaf(each.log, zero, each.path) for each in proven.leaves]
        return Proven(proven.given, leaves)

    audit(begun.station, dishonest.changed(honest, worse))
    assert not accused(begun)
    audit(begun.station, honest)
    assert set(states(begun.station)) == {"witnessed"}


def test_nobody_accuses_a_hub_with_a_proof_that_does_not_hold(begun: World) -> None:
    with begun.district.node.read() as db:
        given = receipt_log.cosigned(db)
    assert given is not None
    proof = two_trees(begun.district.node.name, given.checkpoint, given.checkpoint)
    begun.station.node.write(Contradict(proof))
    begun.sync_all()
    assert not accused(begun)


def test_a_checkpoint_that_is_no_district_s_is_not_cosigned(begun: World) -> None:
    """Neither one that another signed, nor one that goes on from what the city never cosigned."""
    begun.station.accept()
    begun.station.sync()
    asked: list[Message] = []

    def listening(message: Message) -> list[Message]:
        asked.append(message)
        return begun.district.parent_side().answer(message)

    run(begun.district.child_side().witnessed(), listening)
    present = asked[0]
    assert isinstance(present, Present)
    again = begun.district.parent_side().answer(present)
    assert [type(each) for each in again] == [CosignedGiven]
    signature = present.checkpoint.signature
    other = Statement(present.checkpoint.payload, signature[::-1])
    assert begun.district.parent_side().answer(Present(other)) == [Inconsistent("witness.bad_checkpoint")]
    assert not accused(begun)
