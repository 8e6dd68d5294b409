"""What a node writes in the name of its people: under a mandate that the person's key has signed, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from central.clerks import EndClerk
from central.holding import Rule
from shared_models import cases
from shared_models.mandates import CLERK_MANDATE, mandate_of, subject_of_clerk
from shared_models.records import PUBLIC, Clock, Draft, Position, Record, seal_record
from shared_models.refusals import Refusal
from shared_models.signing import KeyPair, text_of
from sync_protocol.commands import CaseCommand, View
from sync_protocol.seating import EndKey, Sitting
from sync_protocol.store import clerks, doubting, holding
from sync_protocol.store.holding import RATIFIED
from tests.shared_models.writers import pair
from tests.sync_protocol.restoring import copied, restore
from tests.sync_protocol.world import Place, World

KEYS, OTHER = pair("a clerk's key"), pair("a clerk's next key")
CLERK, OFFICER = "clerk-1", "officer-1"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


class Say:
    """Something that a dishonest node writes past its own rules: nobody sits for it."""

    def __init__(self, *drafts: Draft) -> None:
        self.drafts = drafts

    def decide(self, view: View) -> list[Draft]:
        return [draft._replace(area=view.me.area) for draft in self.drafts]


@contextmanager
def sitting(place: Place, keys: KeyPair = KEYS, actor: str = CLERK, *, earlier: bool = False) -> Iterator[None]:
    with place.node.seats.taken(actor, Sitting(keys, ("clerk",), earlier)):
        yield


def written(by: Place, at: Place) -> list[Record]:
    """What one place wrote, as another one keeps it."""
    with at.node.read() as db:
        rows = at.node.log.rows(db, 0, 1000)
    return [row.record for row in rows if row.record.header.node == by.node.name]


def own(place: Place) -> list[Record]:
    return written(place, place)


def kinds(place: Place) -> list[str]:
    return [record.header.kind for record in own(place)]


def held(world: World) -> dict[str, int]:
    counts = {}
    for place in world.places:
        with place.node.read() as db:
            counts[place.name] = holding.waiting(db)
    return {name: count for name, count in counts.items() if count}


def code_of(place: Place) -> str:
    with pytest.raises(Refusal) as caught:
        place.accept()
    return caught.value.code


def test_the_first_record_in_a_chain_brings_the_mandate_and_the_next_ones_need_none(world: World) -> None:
    with sitting(world.station):
        world.station.accept(name="甲")
        world.station.accept(name="乙")
        world.station.restart()
    with sitting(world.station):
        world.station.accept(name="丙")
    world.sync_all()
    sat = ["node.clerk_mandate", "case.accepted"]
    assert kinds(world.station) == [
        "node.opened", "node.clerk_admitted", *sat, "case.accepted", "node.opened", *sat,
    ]  # fmt: skip
    assert held(world) == {}


def test_in_the_name_of_somebody_who_does_not_sit_here_nothing_is_written(world: World) -> None:
    with sitting(world.station):
        world.station.accept()
    world.station.accept()  # under the mandate of this chain
    world.station.restart()
    before = kinds(world.station)
    assert code_of(world.station) == "mandates.not_seated"
    assert kinds(world.station) == before


def test_a_person_whose_key_was_never_named_acts_as_ever(world: World) -> None:
    world.station.accept()
    world.sync_all()
    assert kinds(world.station) == ["node.opened", "case.accepted"]
    assert held(world) == {}


def test_what_an_earlier_account_did_before_it_had_a_key_stays_good_wherever_it_arrives(world: World) -> None:
    early = [world.station.accept(name=name) for name in "甲乙"]
    world.station.restart()
    late = world.station.accept(name="丙")
    with sitting(world.station, earlier=True):
        number = world.station.accept(name="丁")
    world.sync_all()
    assert held(world) == {}
    assert all(world.district.case(each) is not None for each in (*early, late, number))


def test_another_key_of_the_node_or_a_fork_left_behind_brings_another_mandate(world: World) -> None:
    with sitting(world.station):
        world.station.accept(name="甲")
        world.station.rotate()
        world.station.accept(name="乙")
    world.sync_all()
    assert kinds(world.station).count(CLERK_MANDATE) == 2
    assert held(world) == {}


def test_an_ended_key_is_ended_once_and_the_next_one_goes_on(world: World) -> None:
    with sitting(world.station):
        world.station.accept(name="甲")
    for _ in range(2):
        world.station.node.write(EndKey(CLERK, text_of(KEYS.public)))
    assert kinds(world.station).count("node.clerk_ended") == 1
    assert code_of(world.station) == "mandates.not_seated"
    with sitting(world.station, OTHER):
        world.station.accept(name="乙")
    world.sync_all()
    assert held(world) == {}
    with world.city.node.read() as db:
        keyed = clerks.keyed_of(db, (world.station.node.name, CLERK))
    assert keyed is not None
    assert (keyed.key, len(keyed.keys)) == (text_of(OTHER.public), 2)


def test_nothing_of_a_restored_station_is_held_though_it_forgot_whose_key_is_whose(world: World) -> None:
    with sitting(world.station):
        world.station.accept(name="甲")
    copy = copied(world.station)
    world.station.node.write(EndKey(CLERK, text_of(KEYS.public)))
    with sitting(world.station, OTHER):
        world.station.accept(name="乙")
    world.sync_all()
    restore(world.station, copy)
    with sitting(world.station):
        world.station.accept(name="丙")
    world.sync_all()
    with sitting(world.station):
        world.station.accept(name="丁")
    world.sync_all()
    assert held(world) == {}
    assert {record.id for record in own(world.station)} == {record.id for record in written(world.station, world.city)}


def test_a_decision_of_a_restored_hub_that_only_its_station_still_holds_is_not_held(world: World) -> None:
    """The mandate was lost with the hub's chain: what a hub has left behind counts without one."""
    first, number = world.station.accept(name="甲"), world.station.accept(name="乙")
    world.sync_all()
    with sitting(world.district, actor=OFFICER):
        world.district.node.write(CaseCommand(first, cases.Decide("granted", "", "低保证"), OFFICER))
    copy = copied(world.district)
    world.district.restart()
    with sitting(world.district, actor=OFFICER):
        world.district.node.write(CaseCommand(number, cases.Decide("granted", "", "低保证"), OFFICER))
    world.station.sync()
    restore(world.district, copy)
    world.sync_all()
    assert held(world) == {}
    for place in (world.station, world.district, world.city):
        assert place.case(number).status == "decided", place.name  # type: ignore[union-attr]  # fails all the same


# ---------------------------------------------------------------- a person is revoked


def test_what_a_revoked_person_did_behind_the_trusted_place_is_held_until_it_is_ratified(world: World) -> None:
    with sitting(world.station):
        before = world.station.accept(name="甲")
        world.station.sync()
        world.district.node.write(EndClerk(world.station.node.name, CLERK, "离职", "admin-1"))
        behind = world.station.accept(name="乙")
    world.sync_all()
    assert held(world) == {"district": 1, "city": 1}
    assert world.district.case(before) is not None
    assert world.district.case(behind) is None
    assert doubted(world.station) == {f"case/{behind}"}
    with sitting(world.station):
        assert code_of(world.station) == "mandates.revoked"
    accepted = next(record for record in own(world.station) if record.header.subject == f"case/{behind}")
    world.district.node.write(Rule(accepted.id, RATIFIED, "已核实", "supervisor-1"))
    world.sync_all()
    assert world.district.case(behind) is not None
    assert doubted(world.station) == frozenset()
    world.station.node.rebuild()
    assert doubted(world.station) == frozenset()


def doubted(place: Place) -> frozenset[str]:
    with place.node.read() as db:
        return doubting.subjects(db)


def test_others_at_the_same_station_go_on(world: World) -> None:
    world.district.node.write(EndClerk(world.station.node.name, "somebody-else", "离职"))
    world.sync_all()
    world.station.accept()
    world.sync_all()
    assert held(world) == {}


def test_a_hub_ends_its_own_people_and_nobody_elses(world: World) -> None:
    world.city.node.write(EndClerk(world.city.node.name, OFFICER, "离职"))
    with pytest.raises(Refusal) as caught:
        world.district.node.write(EndClerk(world.city.node.name, OFFICER, "离职"))
    assert caught.value.code == "roster.outside_grant"
    world.sync_all()
    assert OFFICER in world.station.node.roster.members[world.city.node.name].clerks


# ---------------------------------------------------------------- tampering


def test_what_a_node_writes_in_the_name_of_a_person_without_a_mandate_is_held(world: World) -> None:
    with sitting(world.station):
        world.station.accept(name="甲")
    world.sync_all()
    world.station.restart()
    drop_own_rule(world.station)
    world.station.accept(name="乙")
    world.sync_all()
    assert held(world) == {"district": 1, "city": 1}


def drop_own_rule(place: Place) -> None:
    """The node forgets that its person has a key, as a program that was tampered with would."""
    place.node.database.write(lambda db: db.execute("DELETE FROM clerk"))


@pytest.mark.parametrize("forgery", ["another key", "another chain", "another number", "another person"])
def test_a_forged_mandate_is_refused_and_stays_at_the_node_that_forged_it(world: World, forgery: str) -> None:
    with sitting(world.station):
        world.station.accept(name="甲")
    world.sync_all()
    node = world.station.node
    last = own(world.station)[-1].header
    place = Position(node.name, node.incarnation, last.seq + 1)
    body = {
        "another key": {**mandate_of(OTHER, CLERK, place), "key": text_of(KEYS.public)},
        "another chain": mandate_of(KEYS, CLERK, place._replace(incarnation="elsewhere")),
        "another number": mandate_of(KEYS, CLERK, place._replace(seq=place.seq - 1)),
        "another person": mandate_of(KEYS, OFFICER, place) | {"actor": CLERK},
    }[forgery]
    with pytest.raises(Refusal) as caught:
        node.write(Say(Draft(CLERK_MANDATE, subject_of_clerk(CLERK), body, PUBLIC, "")))
    assert caught.value.code == "mandates.not_proven"
    draft = Draft(CLERK_MANDATE, subject_of_clerk(CLERK), body, PUBLIC, world.station.area)
    prev = own(world.station)[-1].id
    record = seal_record(world.station.keys, draft, place, prev, Clock(world.now(), 0), 0, bytes(16))
    intake = world.district.node.take_in([record], node.name)
    assert intake.refused is not None
    assert intake.refused.code == "mandates.not_proven"
