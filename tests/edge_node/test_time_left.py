"""What a station says of its own time: how long it may be offline and use its key, and what it is when that is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from central import holding
from central.holding import RatifyAll
from edge_node.station import Kept
from shared_models.trust import SILENT
from sync_protocol import lapsing
from sync_protocol.host import key_report
from sync_protocol.host.key_report import OwnTime
from sync_protocol.lapsing import DAY_MS, Lapse
from sync_protocol.wire.agent import Status
from tests.edge_node.station import City, Counter
from tests.edge_node.test_desk import FULL, accept
from tests.edge_node.test_station import kept, with_line

GOOD = OwnTime(False, 0, 180, 180, 10, 365, 355)


def test_what_a_lapsed_station_takes_in_is_pending_until_it_is_ratified(city: City) -> None:
    counter, district, name = Counter(city), city.world.district, city.place.node.name
    early = accept(city.desk())
    city.world.sync_all()
    district.node.write(Lapse(name, SILENT))
    late = accept(city.desk(), replace(FULL, phone="13900000000"))
    city.world.sync_all()
    state = kept(counter, late)
    assert state.reason is not None
    assert (state.state, state.reason.code) == ("pending", "sync.held")
    assert kept(counter, early) == Kept("city")
    page = counter.browser().get("/status").text
    assert "已超期暂停" in page
    assert "请上级中心核实后执行续期" in page
    lapsing.renew(district.node, name, "已核实", "boss")
    last = accept(city.desk(), replace(FULL, phone="13700000000"))
    city.world.sync_all()
    assert kept(counter, late).state == "pending", "a renewal rules on nothing"
    assert kept(counter, last) == Kept("city")
    assert "已超期暂停" not in counter.browser().get("/status").text
    holding.ratify_all(district.node, RatifyAll(name, 1, "已电话核实", "boss"))
    city.world.sync_all()
    assert kept(counter, late) == Kept("city")


def test_what_it_writes_before_it_hears_that_it_was_renewed_counts_as_soon_as_it_arrives(city: City) -> None:
    counter, district, name = Counter(city), city.world.district, city.place.node.name
    city.world.sync_all()
    district.node.write(Lapse(name, SILENT))
    number = accept(city.desk())
    lapsing.renew(district.node, name, "已核实", "boss")
    city.world.sync_all()
    assert kept(counter, number) == Kept("city")


def test_the_page_says_how_many_days_are_left_and_warns_in_the_last_week(city: City) -> None:
    counter = Counter(city)
    city.world.sync_all()
    assert "还可离线 180 天" in counter.browser().get("/status").text
    city.world.ms += 174 * DAY_MS
    page = counter.browser().get("/status").text
    assert "已 174 天没有与上级中心联系，再过 6 天将超期暂停。请联网，或用U盘送交" in page
    assert "密钥已用 174 天，还可用 191 天" in page
    city.world.ms += 10 * DAY_MS
    assert "已 184 天没有与上级中心联系，超过允许的 180 天" in counter.browser().get("/status").text
    with_line(counter, Status(True, city.world.ms))
    assert "还可离线 180 天" in counter.browser().get("/status").text


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, ["keys.own_heard", "keys.key_good"]),
        ({"lapsed": True}, ["keys.own_lapsed", "keys.key_good"]),
        ({"silent_days": 180, "offline_days_left": 0}, ["keys.own_over", "keys.key_good"]),
        ({"silent_days": 173, "offline_days_left": 7}, ["keys.own_soon", "keys.key_good"]),
        ({"silent_days": 172, "offline_days_left": 8}, ["keys.own_heard", "keys.key_good"]),
        ({"key_days_used": 365, "key_days_left": 0}, ["keys.own_heard", "keys.key_over"]),
        ({"key_days_used": 358, "key_days_left": 7}, ["keys.own_heard", "keys.key_soon"]),
        ({"offline_days": 0, "offline_days_left": 0}, ["keys.key_good"]),
        ({"offline_days": 2, "offline_days_left": 2}, ["keys.own_heard", "keys.key_good"]),
        ({"offline_days": 2, "offline_days_left": 1}, ["keys.own_soon", "keys.key_good"]),
    ],
    ids=str,
)
def test_each_state_has_its_sentence(changed: dict[str, int], codes: list[str]) -> None:
    time = OwnTime(**{**{name: getattr(GOOD, name) for name in OwnTime.__struct_fields__}, **changed})
    assert [each.code for each in key_report.findings_of("站", time)] == codes


def test_a_clock_behind_its_hub_does_not_hide_that_a_station_ran_alone_for_months(city: City) -> None:
    place, district = city.place, city.world.district
    city.world.sync_all()
    listener = lapsing.Listener(place.node, district.node.name)
    for _ in range(49):
        listener.tick(lapsing.HOUR_MS)
    city.world.ms -= 400 * DAY_MS
    with place.node.read() as db:
        time = key_report.own_time(place.node.log, db, place.node.member, city.world.now())
    assert (time.silent_days, time.key_days_used) == (2, 2)
