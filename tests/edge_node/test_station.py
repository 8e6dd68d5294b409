"""What a station says of itself and of every case: saved here, received, kept, needs attention; damage; the line."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest
from msgspec.structs import replace as with_

from central import holding
from central.enrolment import Revoke
from edge_node.station import Kept
from shared_models import cases
from shared_models.roster import CITY
from sync_protocol.commands import CaseCommand
from sync_protocol.host.runtime import tail_damage
from sync_protocol.host.settings import Parent
from sync_protocol.store import case_files
from sync_protocol.store.drill import COLUMNS, flip_byte, last_positions
from sync_protocol.store.holding import RATIFIED
from sync_protocol.wire.agent import Status
from sync_protocol.wire.alarm import RaiseAlarm
from tests.edge_node.station import HOUSING_FUND, Browser, City, Counter
from tests.edge_node.test_desk import FULL, accept
from tests.sync_protocol.test_critical_kinds import SEALED, Says
from tests.sync_protocol.test_moving import move


class FixedLine:
    """An agent of which only the status counts."""

    def __init__(self, status: Status) -> None:
        self.status = status


def kept(counter: Counter, number: str) -> Kept:
    station = counter.station
    with station.node.read() as db:
        return station.kept(station.reach(db), station.desk.case(number))


def with_line(counter: Counter, status: Status) -> None:
    counter.runtime.agent = FixedLine(status)  # type: ignore[assignment]  # of an agent only its status is looked at


# ---------------------------------------------------------------- where a case is kept


def test_a_case_is_saved_here_then_received_then_kept_by_the_city(city: City) -> None:
    counter, world = Counter(city), city.world
    number = accept(city.desk())
    assert kept(counter, number) == Kept("station")
    world.station.sync()
    assert kept(counter, number) == Kept("district")
    world.district.sync()
    world.station.sync()
    assert kept(counter, number) == Kept("city")


def test_after_a_move_nothing_is_received_until_the_new_hub_has_signed(city: City) -> None:
    world = city.world
    counter, number = Counter(city), accept(city.desk())
    world.sync_all()
    assert kept(counter, number) == Kept("city")
    move(world.station, world.city)
    new = Parent("http://127.0.0.1:1", world.city.node.name, "")
    counter.runtime.settings = with_(counter.runtime.settings, parent=new)
    assert kept(counter, number) == Kept("station")
    world.station.sync()
    assert kept(counter, number) == Kept("city")


def test_what_is_written_later_starts_at_saved_here_again(city: City) -> None:
    counter = Counter(city)
    number = accept(city.desk())
    city.world.sync_all()
    city.desk().withdraw(number, "不办了", "clerk-1")
    assert kept(counter, number) == Kept("station")


def test_a_record_that_the_hub_refuses_is_named_at_its_case(city: City) -> None:
    counter = Counter(city)
    number, other = accept(city.desk()), accept(city.desk(), replace(FULL, phone="13900000000"))
    record = counter.station.desk.case(number).case.events[0].id
    with_line(counter, Status(True, 1, "sync.outside_grant", f"12 {record}"))
    state = kept(counter, number)
    assert state.state == "pending"
    assert state.reason is not None
    assert state.reason.code == "sync.outside_grant"
    assert kept(counter, other) == Kept("station")


def test_what_a_revoked_station_takes_in_is_pending_until_the_hub_has_ratified_it(city: City) -> None:
    counter, district = Counter(city), city.world.district
    early = accept(city.desk())
    city.world.sync_all()
    with district.node.read() as db:
        chain = district.node.log.incarnations(db, city.place.node.name)[-1]
    district.node.write(Revoke(city.place.node.name, chain.name, chain.head.seq, "supervisor-1"))
    late = accept(city.desk(), replace(FULL, phone="13900000000"))
    city.world.sync_all()
    state = kept(counter, late)
    assert state.reason is not None
    assert (state.state, state.reason.code) == ("pending", "sync.held")
    assert kept(counter, early).state == "city"
    with district.node.read() as db:
        (held,) = holding.held_records(district.node, db)
    holding.rule(district.node, holding.Rule(held.record.id, RATIFIED, "已电话核实", "supervisor-1"))
    city.world.sync_all()
    assert kept(counter, late).state == "city"


def test_a_record_that_cannot_be_folded_is_told_at_its_case(city: City) -> None:
    counter = Counter(city)
    number = accept(city.desk())
    position = 10**6
    city.place.node.database.write(
        lambda db: case_files.set_aside(db, position, cases.subject_of(number), "ValueError")
    )  # fmt: skip
    state = kept(counter, number)
    assert state.reason is not None
    assert (state.state, state.reason.code) == ("pending", "desk.record_set_aside")
    assert "单独存放" in counter.browser().get("/status").text


def test_a_case_that_came_back_after_a_restore_is_never_called_kept_too_early(city: City) -> None:
    place, world = city.place, city.world
    place.stop()
    shutil.copy(place.path, place.folder / "copy.db")
    place.start()
    place.node.open()
    number = accept(city.desk())
    world.sync_all()
    place.stop()
    shutil.copy(place.folder / "copy.db", place.path)
    place.start()
    place.node.open()
    counter = Counter(city)
    place.sync()
    assert kept(counter, number).state in ("district", "city")
    world.sync_all()
    assert kept(counter, number) == Kept("city")


# ---------------------------------------------------------------- the line and the head of every page


def test_the_head_says_how_the_line_is_and_what_waits(city: City) -> None:
    counter = Counter(city)
    city.world.sync_all()
    assert counter.station.light().zh == "离线 · 无待上报"
    accept(city.desk())
    assert counter.station.light().zh == "离线 · 待上报 1 条"
    with_line(counter, Status(True, city.world.ms))
    assert (counter.station.light().kind, counter.station.light().zh) == ("info", "联网 · 待上报 1 条")
    city.world.sync_all()
    assert (counter.station.light().kind, counter.station.light().zh) == ("ok", "联网")
    with_line(counter, Status(True, city.world.ms, "sync.outside_grant", "1 x"))
    assert (counter.station.light().kind, counter.station.light().zh) == ("warn", "上报受阻")
    assert "记录超出了作者的区划" in counter.browser().get("/status").text


def test_programs_on_this_machine_read_the_standing_and_nobody_else_does(city: City) -> None:
    counter = Counter(city)
    answer = Browser(counter.app).get("/api/status").json()
    assert set(answer) == {
        "node", "area", "name", "incarnation", "catalogue_version", "line", "journal", "acknowledged", "upstream",
        "damage", "waiting", "life", "erased",
    }  # fmt: skip
    assert set(answer["line"]) == {"online", "contact_ms", "code", "again_ms"}
    assert (answer["area"], answer["catalogue_version"], answer["damage"]) == (city.place.area, 1, [])
    assert answer["waiting"] == answer["journal"] - answer["acknowledged"]
    elsewhere = Browser(counter.app).get("/api/status", headers={"x-forwarded-for": "10.0.0.9"})
    assert elsewhere.status_code == 403
    assert elsewhere.json()["code"] == "station.loopback_only"


@pytest.mark.parametrize("column", COLUMNS)
def test_damage_is_named_in_red_on_every_page_and_in_the_standing(city: City, column: str) -> None:
    number = accept(city.desk())
    place = city.place
    place.stop()
    (position,) = last_positions(place.path, "case.", 1)
    flip_byte(place.path, position, column)
    place.start()
    counter = Counter(city)
    counter.runtime.damage += tail_damage(counter.runtime)
    status = Browser(counter.app).get("/api/status").json()
    assert [(each["position"], each["what"]) for each in status["damage"]] == [(position, column)]
    clerk = counter.browser()
    for path in ("/", "/cases", f"/cases/{number}", "/status", "/login"):
        head = clerk.get(path).text.split("</header>")[0]
        assert "chip-bad" in head
        assert f"第 {position} 号记录" in head
    page = clerk.get("/status").text
    assert status["damage"][0]["id"] in page
    assert "notice-bad" in page


# ---------------------------------------------------------------- the state that refreshes itself


def test_programs_and_pages_ask_for_the_state_of_a_case(city: City) -> None:
    counter = Counter(city)
    clerk, number = counter.browser(), accept(city.desk())
    assert clerk.get(f"/cases/{number}/state").json() == {"status": "accepted", "kept": "station", "reason": ""}
    html = clerk.get(f"/cases/{number}/state", headers={"accept": "text/html"}).text
    assert "已存本机" in html
    assert f'data-refresh-next="/cases/{number}/state?known=accepted.station.&amp;opened=' in html


def test_a_page_that_waits_is_answered_as_soon_as_the_decision_is_here(city: City) -> None:
    counter = Counter(city)
    number = accept(city.desk())
    city.world.sync_all()
    clerk = counter.browser()
    counter.place.node.subscribe(counter.runtime.wakeup.ring)
    counter.app.router.lifespan_context = _attached(counter)
    seen: list[float] = []

    def decide() -> None:
        time.sleep(0.5)
        city.world.district.node.write(CaseCommand(number, cases.Decide("granted", "", ""), "officer-1"))
        city.world.sync_all()
        seen.append(time.monotonic())

    with clerk:
        thread = threading.Thread(target=decide)
        thread.start()
        answer = clerk.get(f"/cases/{number}/state?known=accepted.city.")
        answered = time.monotonic()
        thread.join()
    assert answer.json()["status"] == "decided"
    assert answered - seen[0] < 1.0


def test_a_page_that_waits_is_let_go_when_the_station_stops(city: City) -> None:
    counter = Counter(city)
    number = accept(city.desk())
    clerk = counter.browser()
    counter.runtime.wakeup.stopping = True
    assert clerk.get(f"/cases/{number}/state?known=accepted.station.").status_code == 204


def _attached(counter: Counter) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """A lifespan for the test client alone: bells ring, and no agent runs."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        counter.runtime.wakeup.attach()
        yield

    return lifespan


# ---------------------------------------------------------------- a station right below the city


def test_below_the_city_received_means_kept_by_the_city(city: City) -> None:
    counter = Counter(city)
    assert not counter.station.parent_is_city
    settings = counter.runtime.settings
    assert settings.parent is not None
    counter.runtime.settings = with_(settings, parent=with_(settings.parent, name=city.world.city.node.name))
    member = city.place.node.roster.member(city.world.city.node.name)
    assert member is not None
    assert member.tier == CITY
    number = accept(city.desk(), item=HOUSING_FUND.code, entry=replace(FULL, fields={}))
    city.world.station.sync()
    assert kept(counter, number) == Kept("city")


def test_a_station_that_runs_twice_is_told_so_on_its_page(city: City) -> None:
    counter, world = Counter(city), city.world
    assert "有两份同时在运行" not in counter.browser().get("/status").text
    world.district.node.write(RaiseAlarm(world.station.node.name, "one", "other"))
    world.station.sync()
    assert "有两份同时在运行" in counter.browser().get("/status").text


def test_a_case_with_an_important_record_of_an_unknown_kind_can_be_looked_at_only(city: City) -> None:
    counter, world = Counter(city), city.world
    number = accept(city.desk())
    world.sync_all()
    clerk = counter.browser()
    assert f"/cases/{number}/withdraw" in clerk.get(f"/cases/{number}").text
    world.district.node.write(Says(number, SEALED))
    world.sync_all()
    text = clerk.get(f"/cases/{number}").text
    assert "只能查看" in text
    assert f"/cases/{number}/withdraw" not in text
    assert number in clerk.get("/cases").text
