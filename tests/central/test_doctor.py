"""What the doctor says of a hub: the nodes below, what is held or contradicts itself, the calendar, the catalogue."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from central import operations, publishing
from central.doctor import CALENDAR_DAYS_MIN, CHECKS_OF_HUB, SILENT_DAYS_MAX
from central.operations import Revoke
from deploy import catalogue
from shared_models import cases
from shared_models.roster import STATION
from sync_protocol.core.opening import TOO_OLD
from sync_protocol.host import doctor
from sync_protocol.host.doctor import DAY_MS, Finding, Patient
from sync_protocol.store import upward
from tests.central.places import CALENDAR, Places, Site, put_drafts


def examined(site: Site, now_ms: int | None = None) -> dict[str, list[Finding]]:
    """Check -> what it found."""
    me = site.runtime
    now_ms = me.node.now() if now_ms is None else now_ms
    patient = Patient(me.folder, me.keyring, me.settings, me.folder.path / "replica", os.urandom, now_ms)
    found: dict[str, list[Finding]] = {}
    for each in doctor.examine(patient, CHECKS_OF_HUB):
        found.setdefault(each.check, []).append(each)
    return found


def codes(found: list[Finding]) -> list[str]:
    return [each.code for each in found]


def on(day: str) -> int:
    """Noon of a day, UTC+8, in milliseconds."""
    return int(datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC).timestamp() * 1000)


def test_a_district_in_order_is_said_to_be_in_order(places: Places) -> None:
    put_drafts(places.city, catalogue.load()[:3])
    publishing.publish(places.city.runtime.node, "operator")
    places.station.accept(photo=b"\xff\xd8\xff" + bytes(200))
    places.sync(3)
    found = examined(places.district)
    wrong = {check: codes(each) for check, each in found.items() if each[0].state != doctor.OK}
    assert set(wrong) <= {"replica", "calendar"}
    assert {"children", "versions", "held", "conflicts", "calendar", "log", "chain", "receipts"} <= set(found)
    assert found["children"][0].values == {"children": 2}


def test_the_city_has_no_receipts_to_look_at_and_needs_a_catalogue(places: Places) -> None:
    found = examined(places.city)
    assert "receipts" not in found
    assert codes(found["catalogue"]) == ["doctor.no_catalogue"]
    assert "versions" not in found


def test_who_never_synced_and_who_has_long_been_silent_is_named(places: Places) -> None:
    places.sync()
    late = places.join(places.district, "late", STATION, "511602103", "花园街道")
    never = examined(places.district)["children"]
    assert [(each.code, each.values["area"]) for each in never] == [("doctor.child_never", "511602103")]
    now_ms = places.district.runtime.node.now()
    soon = examined(places.district, now_ms + SILENT_DAYS_MAX * DAY_MS - 60_000)["children"]
    assert codes(soon) == ["doctor.child_never"]
    silent = examined(places.district, now_ms + (SILENT_DAYS_MAX + 1) * DAY_MS)["children"]
    assert codes(silent).count("doctor.child_silent") == 2
    assert {each.values.get("days") for each in silent} == {None, SILENT_DAYS_MAX + 1}
    for site in (late, places.station, places.hall):
        operations.revoke(places.district.hub, Revoke(site.name))
    assert codes(examined(places.district)["children"]) == ["doctor.children_ok"]
    late.runtime.close()


def test_who_runs_an_older_catalogue_is_named(places: Places) -> None:
    places.sync()
    put_drafts(places.city, catalogue.load()[:2])
    publishing.publish(places.city.runtime.node, "operator")
    places.district.sync()
    behind = examined(places.district)["versions"]
    assert {each.code for each in behind} == {"doctor.child_catalogue"}
    assert {(each.values["version"], each.values["latest"]) for each in behind} == {(0, 1)}
    places.sync(3)
    assert codes(examined(places.district)["versions"]) == ["doctor.versions_ok"]


def test_records_of_a_revoked_node_and_contradictions_are_counted(places: Places) -> None:
    number = places.station.accept()
    places.sync(3)
    places.district.write(number, cases.Decide("granted", "符合条件", "批准书"), "actor-officer")
    places.station.write(number, cases.Withdraw("申请人要求撤回"))
    places.sync(3)
    assert examined(places.district)["conflicts"][0].values == {"cases": 1}
    operations.revoke(places.district.hub, Revoke(places.station.name))
    assert codes(examined(places.district)["held"]) == ["doctor.held_none"]
    places.station.accept()
    places.station.sync()
    (held,) = examined(places.district)["held"]
    assert (held.code, held.state) == ("doctor.held", doctor.WARNING)
    assert int(held.values["records"]) >= 1


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-06-01", "doctor.calendar_ok"),
        ("2026-12-20", "doctor.calendar_short"),
        ("2026-12-31", "doctor.calendar_short"),
        ("2027-01-01", "doctor.calendar_over"),
    ],
)
def test_the_end_of_the_calendar_is_told_in_time(places: Places, day: str, code: str) -> None:
    assert CALENDAR["known_until"] == "2026-12-31"
    assert 11 < CALENDAR_DAYS_MIN < 200
    assert codes(examined(places.district, on(day))["calendar"]) == [code]


def test_a_missing_calendar_is_told(tmp_path: Path) -> None:
    places = Places(tmp_path)
    try:
        late = places.join(places.city, "other", "district", "511603", "前锋区政务服务中心")
        assert codes(examined(late)["calendar"]) == ["doctor.no_calendar"]
        late.runtime.close()
    finally:
        places.close()


def test_a_hub_that_its_parent_turns_away_is_told_who_must_be_updated(places: Places) -> None:
    district = places.district.runtime
    for code in (TOO_OLD, ""):
        district.node.database.write(partial(upward.note, code=code, now_ms=1))
        found = examined(places.district).get("parent", [])
        assert [(each.state, each.code) for each in found] == ([(doctor.WRONG, code)] if code else [])
