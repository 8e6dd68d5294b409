"""The alarm that a node runs twice, on screen: what is shown of the two, closing it, and who may."""

from __future__ import annotations

import pytest

from sync_protocol.store import clones
from sync_protocol.wire.alarm import RaiseAlarm
from tests.central.places import Places
from tests.central.test_doctor import examined


@pytest.fixture
def alarm(places: Places) -> clones.Alarm:
    """The community station runs twice; one of the two has delivered something."""
    places.station.accept()
    places.station.sync()
    node = places.district.runtime.node
    node.write(RaiseAlarm(places.station.name, places.station.runtime.node.incarnation, "thecloneofit2345"))
    (found,) = alarms(places)
    return found


def alarms(places: Places) -> list[clones.Alarm]:
    with places.district.runtime.node.read() as db:
        return clones.open_alarms(db)


def closed(places: Places, alarm: clones.Alarm, goes_on: str, reason: str, login: str = "jiandu") -> tuple[int, str]:
    browser = places.district.browser(login)
    data = {"_form": browser.token_at("/held"), "_from": "/held", "goes_on": goes_on, "reason": reason}
    answer = browser.post(f"/held/clones/{alarm.id}", data=data)
    return answer.status_code, answer.text


def test_a_node_that_runs_once_is_not_on_the_page(places: Places) -> None:
    assert "有两份同时在运行" not in places.district.browser("jiandu").get("/held").text


def test_the_page_shows_the_place_and_what_is_known_of_either_copy(places: Places, alarm: clones.Alarm) -> None:
    text = places.district.browser("jiandu").get("/held").text
    settings = places.station.runtime.settings
    for part in (
        settings.name,
        settings.area,
        alarm.node,
        alarm.one,
        alarm.other,
        "还没有收到它写的记录",
        "已收到 2 条",
    ):
        assert part in text, part


def test_a_closed_alarm_leaves_the_page_and_is_a_record_with_officer_and_reason(
    places: Places, alarm: clones.Alarm
) -> None:
    assert closed(places, alarm, alarm.one, "旧电脑已停用")[0] == 303
    assert alarms(places) == []
    node = places.district.runtime.node
    with node.read() as db:
        record = node.log.rows(db, node.log.last_position(db) - 1, 1)[0].record
    assert (record.header.kind, record.header.actor) == (clones.CLOSED, "actor-supervisor")
    assert record.value() == {"alarm": alarm.id, "goes_on": alarm.one, "reason": "旧电脑已停用"}
    places.sync(2)
    for place in (places.city, places.station):
        with place.runtime.node.read() as db:
            assert clones.open_alarms(db) == []


def test_that_neither_goes_on_is_an_answer_too(places: Places, alarm: clones.Alarm) -> None:
    assert closed(places, alarm, "neither", "已吊销")[0] == 303
    assert alarms(places) == []


@pytest.mark.parametrize(("goes_on", "reason"), [("", "旧电脑已停用"), ("another", "旧电脑已停用"), ("one", " ")])
def test_without_choice_or_reason_it_stays_open_and_what_was_typed_stays(
    places: Places, alarm: clones.Alarm, goes_on: str, reason: str
) -> None:
    status, text = closed(places, alarm, alarm.one if goes_on == "one" else goes_on, reason)
    assert status == 422
    assert 'class="error-summary"' in text
    target = text.split('href="#f-')[1].split('"')[0]
    assert f'id="f-{target}"' in text
    assert reason.strip() in text
    assert alarms(places) == [alarm]


def test_an_officer_closes_nothing(places: Places, alarm: clones.Alarm) -> None:
    browser = places.district.browser("shenpi")
    data = {"_form": browser.token_at("/worklist"), "goes_on": "neither", "reason": "好的"}
    assert browser.post(f"/held/clones/{alarm.id}", data=data).status_code == 403
    assert alarms(places) == [alarm]


def test_what_is_closed_already_is_unknown(places: Places, alarm: clones.Alarm) -> None:
    assert closed(places, alarm, "neither", "已吊销")[0] == 303
    assert closed(places, alarm, "neither", "已吊销")[0] == 404


def test_the_doctor_names_the_place_until_somebody_has_closed_it(places: Places, alarm: clones.Alarm) -> None:
    (found,) = examined(places.district)["clones"]
    assert (found.state, found.code, found.values["node"]) == ("wrong", "clones.running_twice", alarm.node)
    closed(places, alarm, "neither", "已吊销")
    assert [each.code for each in examined(places.district)["clones"]] == ["clones.none"]
