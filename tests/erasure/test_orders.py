"""An order takes the bodies of a case away wherever they are, and whenever they come; everything else stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from central.enrolment import Revoke
from shared_models import cases, erasure
from shared_models.records import PUBLIC, Clock, Draft, Position, Record, body_is_true, seal_record, signature_is_good
from shared_models.refusals import Refusal
from shared_models.signing import KeyPair
from sync_protocol.commands import CaseCommand, View
from sync_protocol.export import export_records
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import case_files, erasures, knowledge, overwriting
from sync_protocol.store.case_files import Filter
from sync_protocol.store.log import ABOVE
from tests.erasure.orders import BASIS, bodies, folded, order, tombstone
from tests.sync_protocol.world import DISTRICT_AREA, Place, World, run
from tests.world.disk import copy_database


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def holders(world: World) -> list[Place]:
    return [world.station, world.district, world.city]


def gone_everywhere(world: World, number: str) -> None:
    """Every place that holds the case holds it without bodies, and shows the same tombstone of it."""
    first, *others = [tombstone(place, number) for place in holders(world)]
    assert first[0] == cases.erased(number)
    assert first[1:4] == (("erased", "", "", "", "", "", "", 0), 0, [])
    assert others == [first] * len(others)
    for place in holders(world):
        assert set(bodies(place, f"case/{number}")) == {None}


def rebuilt_alike(places: list[Place]) -> None:
    for place in places:
        before = folded(place)
        place.node.rebuild()
        assert folded(place) == before


def test_an_order_takes_the_bodies_of_a_case_away_on_every_tier_and_leaves_the_others(world: World) -> None:
    number, other = world.station.accept(), world.station.accept(name="李雷")
    world.sync_all()
    world.district.node.write(CaseCommand(number, cases.Decide("granted", "", "低保证"), "officer-1"))
    world.sync_all()
    order(world.district, f"case/{number}")
    world.sync_all()
    gone_everywhere(world, number)
    for place in holders(world):
        case = place.case(other)
        assert case is not None
        assert case.application is not None
        assert case.application.resident.name == "李雷"
    assert tombstone(world.hall, number)[:2] == (None, ())
    rebuilt_alike([*holders(world), world.hall])


def test_headers_signatures_chains_and_receipts_stay_and_everything_that_is_proven_by_them(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    before = {line["payload"]: line for line in export_records(world.city.node, f"case/{number}")}
    order(world.city, f"case/{number}")
    world.sync_all()
    after = {line["payload"]: line for line in export_records(world.city.node, f"case/{number}")}
    for payload, line in before.items():
        assert after[payload] == {**line, "body": None}
    with world.district.node.read() as db:
        damaged, _ = world.district.node.log.damage(db, world.district.node.roster.keys_of, 0, 10_000)
    assert damaged == []


def test_what_an_offline_station_wrote_meanwhile_is_kept_above_without_its_bodies(world: World) -> None:
    number = world.station.accept(missing=True)
    world.sync_all()
    world.station.node.write(CaseCommand(number, cases.Withdraw("不办了，王小明"), "clerk-1"))
    order(world.city, f"case/{number}")
    world.district.sync()
    deliver_only(world)  # records go up before the order comes down
    assert bodies(world.district, f"case/{number}") == [None, None]
    assert None not in bodies(world.station, f"case/{number}")
    world.sync_all()
    gone_everywhere(world, number)
    rebuilt_alike(holders(world))


def deliver_only(world: World) -> None:
    member = world.district.node.roster.member(world.station.node.name)
    assert member is not None
    parent = ParentSide(world.district.node, member, world.district.attachments)
    run(world.station.child_side().deliver(), parent.answer)
    world.district.settle()


def test_a_late_record_is_never_written_with_its_body_where_the_order_is_known(world: World) -> None:
    number = world.station.accept(missing=True)
    world.sync_all()
    world.station.node.write(CaseCommand(number, cases.Withdraw("不办了"), "clerk-1"))
    order(world.district, f"case/{number}")
    sizes: list[int | None] = []
    world.district.node.subscribe(lambda _: sizes.append(_last_body(world.district)))
    deliver_only(world)
    assert sizes
    assert set(sizes) == {None}


def _last_body(place: Place) -> int | None:
    with place.node.read() as db:
        found = db.execute("SELECT length(body) FROM record ORDER BY position DESC LIMIT 1").fetchone()[0]
    return None if found is None else int(found)


def test_nothing_can_be_done_with_an_erased_case_and_no_list_shows_it(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    order(world.district, f"case/{number}")
    world.sync_all()
    for place in holders(world):
        with pytest.raises(Refusal) as refused:
            place.node.write(CaseCommand(number, cases.Withdraw("x"), "clerk-1"))
        assert refused.value == Refusal("cases.erased", number=number)
        with place.node.read() as db:
            assert case_files.rows(db, place.node.vault, Filter()) == []
            assert case_files.count(db, Filter()) == 0
            assert case_files.rows_of_resident(db, place.node.vault, "511602199001011237") == []


def test_a_node_restored_from_before_the_order_erases_again(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    copy = world.folder / "before.db"
    world.station.stop()
    copy_database(world.station.path, copy)
    world.station.start()
    world.station.node.open()
    order(world.district, f"case/{number}")
    world.sync_all()
    world.station.stop()
    copy_database(copy, world.station.path)
    world.station.start()
    world.station.node.open()
    assert None not in bodies(world.station, f"case/{number}")
    world.sync_all()
    gone_everywhere(world, number)
    rebuilt_alike(holders(world))


def test_records_without_bodies_that_come_before_their_order_wait_aside_until_it_comes(world: World) -> None:
    """A hub that was restored may be told of records before it is told of the order again."""
    number = world.station.accept(missing=True)
    world.station.node.write(CaseCommand(number, cases.Withdraw("不办了"), "clerk-1"))
    with world.station.node.read() as db:
        records = [row.record for row in world.station.node.log.rows(db, 0, 1000)]
    opening, *rest = [each for each in records if each.header.node == world.station.node.name]
    bare = [Record(each.header_bytes, each.signature, None, each.header, each.id) for each in rest]
    world.district.node.take_in([opening, *bare], ABOVE)
    world.district.settle()
    with world.district.node.read() as db:
        assert [reason for _, _, reason in case_files.aside(db)] == ["cases.body_missing"] * 2
    order(world.district, f"case/{number}")
    assert tombstone(world.district, number)[1:4] == (("erased", "", "", "", "", "", "", 0), 0, [])
    rebuilt_alike([world.district])


def test_an_order_that_comes_down_first_meets_every_later_record(world: World) -> None:
    number = world.hall.accept()
    order(world.city, f"case/{number}")
    world.district.sync()
    world.sync_all()
    for place in (world.hall, world.district, world.city):
        assert set(bodies(place, f"case/{number}")) == {None}
        assert tombstone(place, number)[0] == cases.erased(number)
    rebuilt_alike([world.hall, world.district, world.city])


def test_an_attestation_is_erased_wherever_it_stands_for(world: World) -> None:
    identity = "urn:uuid:00000000-0000-4000-8000-000000000001"
    subject = f"attestation/{identity}"
    world.city.node.write(Issued(subject, DISTRICT_AREA, "王小明"))
    world.sync_all()
    assert None not in bodies(world.hall, subject)
    order(world.city, subject)
    world.sync_all()
    for place in (*holders(world), world.hall):
        assert bodies(place, subject) == [None]
        with place.node.read() as db:
            assert [row[:2] for row in db.execute("SELECT resident, fact FROM attestation")] == [("", "")]
            assert knowledge.recent_attestations(db, 10) == []
    late = world.join("late", "511602001002", "station", world.district)
    late.sync()
    rebuilt_alike([*holders(world), world.hall, late])


class Issued:
    """An attestation of whatever content."""

    def __init__(self, subject: str, area: str, name: str) -> None:
        credential = {"credentialSubject": {"id": name, "fact": "mz.low-income"}}
        self.draft = Draft("attestation.issued", subject, {"credential": credential}, "personal", area, actor="a")

    def decide(self, view: View) -> list[Draft]:
        return [self.draft]


class Forged:
    """An order written by whoever, as a node's own code would never write it."""

    def __init__(self, subject: str, area: str, **body: str) -> None:
        content = {"reason": "request", "basis": BASIS, "proposed_by": "supervisor-1"} | body
        self.draft = Draft(erasure.ORDERED, subject, content, PUBLIC, area, actor="supervisor-2")

    def decide(self, view: View) -> list[Draft]:
        return [self.draft]


def test_a_station_cannot_order(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    world.station.node.write(Forged(f"case/{number}", world.station.area))
    deliver_only(world)
    assert None not in bodies(world.district, f"case/{number}")
    assert None not in bodies(world.station, f"case/{number}")
    assert tombstone(world.station, number)[4] == []


def test_an_order_outside_the_area_of_its_hub_has_no_effect(world: World) -> None:
    other = world.join("district-2", "511603", "district", world.city)
    number = world.station.accept()
    world.sync_all()
    other.node.write(Forged(f"case/{number}", "511603"))
    other.sync()
    world.sync_all()
    for place in (*holders(world), other):
        assert None not in bodies(place, f"case/{number}")
        assert tombstone(place, number)[4] == []


@pytest.mark.parametrize("proposed_by", ["supervisor-2", ""])
def test_an_order_of_one_person_has_no_effect(world: World, proposed_by: str) -> None:
    number = world.station.accept()
    world.sync_all()
    world.district.node.write(Forged(f"case/{number}", DISTRICT_AREA, proposed_by=proposed_by))
    world.sync_all()
    assert None not in bodies(world.district, f"case/{number}")
    with pytest.raises(Refusal) as refused:
        order(world.district, f"case/{number}", proposed_by="supervisor-2")
    assert refused.value.code == "erasure.two_people"


def test_a_held_record_of_the_case_loses_its_body_too(world: World) -> None:
    number = world.station.accept(missing=True)
    world.sync_all()
    with world.district.node.read() as db:
        last = world.district.node.log.incarnations(db, world.station.node.name)[-1]
    world.district.node.write(Revoke(world.station.node.name, last.name, last.head.seq, "admin"))
    world.station.node.write(CaseCommand(number, cases.Withdraw("不办了"), "clerk-1"))
    deliver_only(world)
    order(world.district, f"case/{number}")
    world.sync_all()
    assert set(bodies(world.district, f"case/{number}")) == {None}
    rebuilt_alike([world.district, world.city])


def test_each_holder_has_work_left_outside_the_tables_and_nobody_else(world: World) -> None:
    number = world.station.accept(photo=b"a photo" * 100)
    world.sync_all()
    given = order(world.district, f"case/{number}")
    world.sync_all()
    for place in holders(world):
        with place.node.read() as db:
            assert [(work.id, work.bodies) for work in erasures.pending(db)] == [(given.id, 1)]
            assert len(erasures.files_named(db)) == 1
    with world.hall.node.read() as db:
        assert erasures.pending(db) == []
        assert [each.id for each in erasures.orders(db)] == [given.id]


def test_a_record_signed_by_itself_is_true_without_its_body(world: World) -> None:
    key = KeyPair.from_seed(bytes(32))
    draft = Draft("case.noted", "case/1", {"note": "王小明"}, "personal", DISTRICT_AREA)
    whole = seal_record(key, draft, Position("n", "i", 1), "", Clock(1, 0), 0, bytes(16))
    bare = Record(whole.header_bytes, whole.signature, None, whole.header, whole.id)
    assert body_is_true(bare)
    assert signature_is_good(bare, key.public)


class Revocation:
    """The revocation of an attestation that this place does not hold."""

    def decide(self, view: View) -> list[Draft]:
        return [Draft("attestation.revoked", "attestation/elsewhere", {"reason": "更正"}, PUBLIC, DISTRICT_AREA)]


def test_where_only_the_revocation_of_an_attestation_is_held_the_log_is_looked_through_for_it(world: World) -> None:
    world.district.node.write(Revocation())
    world.sync_all()
    done = order(world.district, "attestation/elsewhere")
    world.sync_all()
    for place in (world.district, world.city):
        with place.node.read() as db:
            assert [each.id for each in erasures.pending(db)] == [done.id], place.name
            found, _ = overwriting.covered_in(db, erasures.orders(db), 0)
        assert len(found) == 1, place.name
