"""The report names every node that holds or held what was erased, and believes what each has said only as far as that
still stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from central.erasure_report import OrderReport, reader_of, reports
from shared_models.erasure import Done
from shared_models.records import Record
from sync_protocol.host.erasing import SayErased
from sync_protocol.store import erasures
from tests.erasure.orders import order
from tests.erasure.test_orders import Issued
from tests.sync_protocol.world import DISTRICT_AREA, Place, World
from tests.world.disk import copy_database


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def report(place: Place) -> OrderReport:
    with place.node.read() as db:
        (found,) = reports(reader_of(place.node), db)
    return found


def states(place: Place) -> dict[str, str]:
    return {each.name: each.state for each in report(place).nodes}


def say(place: Place, given: Record, replica: str = "gone") -> None:
    place.node.write(SayErased((Done(given.id, 1, 0, replica),)))


NAMES = ("广安市", "district", "station")


def test_it_names_the_writers_of_a_case_and_everybody_above_them_and_nobody_else(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    given = order(world.district, f"case/{number}")
    world.sync_all()
    assert states(world.district) == dict.fromkeys(NAMES, "open")
    assert states(world.city) == dict.fromkeys(NAMES, "open")
    for place in (world.station, world.district, world.city):
        say(place, given)
    world.sync_all()
    assert states(world.city) == dict.fromkeys(NAMES, "done")
    assert states(world.district) == dict.fromkeys(NAMES, "done"), "the city's word comes down to the hub that ordered"
    assert report(world.district).open == 0


def test_an_attestation_is_expected_at_every_node_of_its_area(world: World) -> None:
    subject = "attestation/urn:uuid:00000000-0000-4000-8000-000000000001"
    world.city.node.write(Issued(subject, DISTRICT_AREA, "王小明"))
    world.sync_all()
    order(world.city, subject)
    assert states(world.city) == dict.fromkeys((*NAMES, "hall"), "open")


def test_what_a_node_said_later_counts(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    given = order(world.city, f"case/{number}")
    world.sync_all()
    for replica in ("kept", "gone"):
        say(world.station, given, replica)
        world.sync_all()
        (told,) = [each for each in report(world.city).nodes if each.name == "station"]
        assert told.replica == replica


def test_a_node_that_came_back_from_before_it_erased_has_to_say_so_again(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    copy = world.folder / "before.db"
    world.station.stop()
    copy_database(world.station.path, copy)
    world.station.start()
    world.station.node.open()
    given = order(world.district, f"case/{number}")
    world.sync_all()
    say(world.station, given)
    world.station.restart()
    world.sync_all()
    assert states(world.district)["station"] == "done", "a restart is no restore"
    world.station.stop()
    copy_database(copy, world.station.path)
    world.station.start()
    world.station.node.open()
    world.sync_all()
    assert states(world.district)["station"] == "restored"
    with world.station.node.read() as db:
        assert [work.id for work in erasures.pending(db)] == [given.id], "it has to be done again"
    say(world.station, given)
    world.sync_all()
    assert states(world.district)["station"] == "done"


def test_a_node_that_is_offline_is_named_with_the_time_it_was_last_heard(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    order(world.district, f"case/{number}")
    (told,) = [each for each in report(world.district).nodes if each.name == "station"]
    assert told.state == "open"
    assert 0 < told.heard_ms <= world.ms


def test_a_confirmation_that_nobody_can_read_changes_nothing(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    given = order(world.district, f"case/{number}")
    world.sync_all()
    world.station.node.write(SayErased((Done(given.id, 1, 0, "gone"), Done("x" * 500, 1, 0, "gone"))))
    world.sync_all()
    assert states(world.district)["station"] == "done"
