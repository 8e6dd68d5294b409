"""A hub that has more to do than time: what its children see of it, and that none of them can keep the others away."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx2
import pytest
from starlette.responses import Response
from starlette.types import Message as HttpMessage

from central.enrolment import Admit
from shared_models import cases
from shared_models.records import PUBLIC, Draft
from shared_models.roster import CITY, DISTRICT, STATION, Member
from shared_models.signing import KeyPair, name_of_key, text_of
from sync_protocol.commands import CaseCommand, View
from sync_protocol.core import messages
from sync_protocol.core.frames import FrameReader, ParentBusy, pack
from sync_protocol.core.messages import Entries, Fault, Mark, Pull
from sync_protocol.following import CLASSES
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import receipts, streams
from sync_protocol.wire.agent import drive
from sync_protocol.wire.client import AFTER_MS_MAX, Line, new_client
from sync_protocol.wire.server import MEDIA_TYPE, PATH, REQUESTS_OF_A_SESSION_MAX, SESSION_HEADER
from sync_protocol.wire.turns import AT_ONCE, WAITING_MIN, Turns, Work
from tests.sync_protocol.test_wire import ADDRESS, Hub, agent, eventually, folding, free_port, run, served, sync
from tests.sync_protocol.world import Place, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


@asynccontextmanager
async def jammed(turns: Turns, waiting: int = 0) -> AsyncIterator[None]:
    """Every turn is taken, and so many others wait, until the block ends."""
    over = asyncio.Event()

    async def one(name: str) -> None:
        async with turns.turn(name, Work.SHORT):
            await over.wait()

    tasks = [asyncio.create_task(one(f"somebody {place}")) for place in range(AT_ONCE + waiting)]
    await eventually(lambda: turns.waiting >= waiting)
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*tasks)


def delivered(place: Place) -> bool:
    with place.node.read() as db:
        return receipts.standing(db).journal == place.node.log.journal_end(db).position


def head_of(session: str, size: int) -> bytes:
    """The head of a request in a session, as it travels."""
    lines = (f"POST {PATH} HTTP/1.1", "host: x", f"content-length: {size}", f"{SESSION_HEADER}: {session}", "", "")
    return "\r\n".join(lines).encode()


def test_who_is_turned_away_is_told_when_to_come_back_and_his_request_is_not_read(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        district.restart(waiting_max=WAITING_MIN)
        sent: list[HttpMessage] = []

        async def receive() -> NoReturn:
            raise AssertionError("the body was read")

        async def send(message: HttpMessage) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": PATH, "headers": [(b"content-length", b"10000000")],
            "query_string": b"",
        }  # fmt: skip
        async with jammed(district.server.turns, WAITING_MIN):
            await district.app(scope, receive, send)
        assert sent[0]["status"] == 503
        reader = FrameReader()
        reader.feed(sent[1]["body"])
        fault = reader.next()
        assert isinstance(fault, Fault)
        assert fault.code == "sync.busy"
        assert 0 < fault.after_ms < 2000
        assert dict(sent[0]["headers"])[b"retry-after"] == str(-(-fault.after_ms // 1000)).encode()
        assert district.server.load().turned_away == 1

    run(story())


def test_a_session_outlives_being_turned_away(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        district.restart(waiting_max=WAITING_MIN)
        line = district.line(world.station)
        world.station.accept()
        await sync(world.station, line)
        before = line.round_trips
        async with jammed(district.server.turns, WAITING_MIN):
            with pytest.raises(ParentBusy) as busy:
                await drive(world.station.child_side().follow(), line)
        assert busy.value.after_ms > 0
        await drive(world.station.child_side().follow(), line)
        assert line.round_trips == before + 2

    run(story())


@dataclass
class ShutFor(httpx2.AsyncBaseTransport):
    """A door that is shut for one request: the one of this number, counted from 1."""

    inner: httpx2.AsyncBaseTransport
    number: int
    asked: int = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        if self.asked == self.number:
            return await httpx2.ASGITransport(Response(pack(Fault("sync.busy", 1)), 503)).handle_async_request(request)
        return await self.inner.handle_async_request(request)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_whichever_request_is_turned_away_the_same_line_goes_on_afterwards(world: World, number: int) -> None:
    async def story() -> None:
        district, station = Hub(world.district), world.station
        async with new_client(ADDRESS, ShutFor(district.recorder, number)) as client:
            line = Line(
                client, station.keys, station.node.name, district.place.node.name, district.place.keys.public,
                world.entropy, lambda: station.node.incarnation,
            )  # fmt: skip
            station.accept()
            with pytest.raises(ParentBusy):
                await sync(station, line)
            await sync(station, line)
        assert delivered(station)

    run(story())


def test_a_child_waits_as_it_was_told_and_nothing_is_wrong_meanwhile(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        district, port = Hub(world.district), free_port()
        district.restart(waiting_max=WAITING_MIN)
        world.station.accept()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(served(district, port).listening())
            await stack.enter_async_context(folding(district))
            async with jammed(district.server.turns, WAITING_MIN):
                station = await stack.enter_async_context(agent(world.station, port))
                await eventually(lambda: station.status.code == "sync.busy")
                assert station.status.online
                assert station.status.again_ms >= station.status.contact_ms > 0
                assert not delivered(world.station)
            await eventually(lambda: delivered(world.station))
            await eventually(lambda: (station.status.code, station.status.again_ms) == ("", 0))
        assert not [each for each in caplog.records if each.levelname in ("WARNING", "ERROR")]

    run(story())


@pytest.mark.parametrize(
    ("body", "headers", "after_ms"),
    [
        (pack(Fault("sync.busy", 1234)), {}, 1234),
        (pack(Fault("sync.busy", 2**40)), {}, AFTER_MS_MAX),
        (b"<h1>Service Unavailable</h1>", {"retry-after": "7"}, 7000),
        (b"", {"retry-after": "9" * 30}, AFTER_MS_MAX),
    ],
)
def test_a_child_obeys_the_hub_and_a_proxy_before_it_within_ten_minutes(
    world: World, body: bytes, headers: dict[str, str], after_ms: int
) -> None:
    async def story() -> None:
        transport = httpx2.ASGITransport(app=Response(body, 503, headers))
        async with new_client("http://hub", transport) as client:
            station, parent = world.station, world.district
            line = Line(client, station.keys, station.node.name, parent.node.name, parent.keys.public, world.entropy)
            with pytest.raises(ParentBusy) as busy:
                await line.ask(Pull({}))
            assert busy.value.after_ms == after_ms

    run(story())


def test_children_that_drip_keep_nobody_away(world: World) -> None:
    async def story() -> None:
        district, port = Hub(world.district), free_port()
        other = world.join("others", "511602001003", STATION, world.district)
        async with served(district, port).listening(), AsyncExitStack() as stack:
            for _ in range(2 * AT_ONCE):
                session = await district.opened_by_hand(other)
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                stack.push_async_callback(writer.wait_closed)
                stack.callback(writer.close)
                writer.write(head_of(session, 900004) + (900000).to_bytes(4) + b"\0")
                await writer.drain()
            await eventually(lambda: district.server.load().bytes >= AT_ONCE * 900000)
            world.station.accept()
            await sync(world.station, district.line(world.station))
            assert delivered(world.station)
            assert district.server.load().waiting == 0

    run(story())


def test_whoever_hangs_up_while_waiting_leaves_no_trace(world: World) -> None:
    async def story() -> None:
        district, port = Hub(world.district), free_port()
        turns = district.server.turns
        async with served(district, port).listening():
            session = await district.opened_by_hand(world.station)
            async with jammed(turns):
                request = pack(Pull({}))
                for _ in range(REQUESTS_OF_A_SESSION_MAX):
                    with socket.create_connection(("127.0.0.1", port)) as gone:
                        gone.sendall(head_of(session, len(request)) + request)
                await eventually(lambda: turns.waiting == 1)  # the others wait for this one
            await eventually(lambda: (turns.waiting, district.server.load().working) == (0, 0))
            await drive(world.station.child_side().follow(), district.line(world.station))

    run(story())


def test_a_hub_that_stops_lets_go_of_all_who_wait(world: World) -> None:
    async def story() -> None:
        district, port = Hub(world.district), free_port()
        turns = district.server.turns
        async with jammed(turns):
            async with served(district, port).listening():
                children = [asyncio.create_task(district.post(pack(messages.Hello("nobody", "n")))) for _ in range(3)]
                await eventually(lambda: turns.waiting == 3)
                for child in children:
                    child.cancel()
                await asyncio.gather(*children, return_exceptions=True)
            assert turns.waiting == 0
        assert district.server.load().working == 0

    run(story())


def test_a_session_has_few_requests_under_way(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        session = await district.opened_by_hand(world.station)
        async with jammed(district.server.turns):
            first = [asyncio.create_task(district.post(pack(Pull({})), session)) for _ in range(4)]
            await eventually(lambda: district.server.turns.waiting == 1)
            await asyncio.sleep(0)
            async with district.client() as client:
                answer = await client.post(
                    PATH, content=pack(Pull({})), headers={"content-type": MEDIA_TYPE, SESSION_HEADER: session}
                )
            assert answer.status_code == 503
        assert [status for status, _, _ in await asyncio.gather(*first)] == [200] * 4

    run(story())


def test_nobody_takes_much_memory_before_he_has_said_who_he_is(world: World) -> None:
    async def story() -> None:
        status, answers, _ = await Hub(world.district).post((500_000).to_bytes(4) + bytes(100_000))
        assert (status, answers) == (200, [Fault("sync.frame_size")])

    run(story())


# ---------------------------------------------------------------- what goes first


@dataclass(frozen=True)
class LargeCatalogue:
    """Publishes much that every child will read."""

    entries: int

    def decide(self, view: View) -> list[Draft]:
        body = {"text": "事项" * 500}
        return [Draft("catalogue.remark", f"item/{i}", body, PUBLIC, view.me.area) for i in range(self.entries)]


def test_control_and_cases_go_before_a_catalogue_that_fills_many_answers(world: World) -> None:
    city, district = world.city, world.district
    number = world.station.accept(home=CITY)
    world.sync_all()
    city.node.write(LargeCatalogue(600))
    city.node.write(CaseCommand(number, cases.Decide("granted", ""), "officer"))
    key = KeyPair.from_seed(b"s" * 32).public
    city.node.write(Admit(Member(name_of_key(key), text_of(key), DISTRICT, "511699", "区", city.node.name, ("case",))))
    with district.node.read() as db:
        places = [(name, streams.cursors(db).get(name, streams.START)) for name in CLASSES]
    cursors: dict[str, Mark] = {name: (place.position, place.mark) for name, place in places}
    member = city.node.roster.member(district.node.name)
    assert member is not None
    side, told = ParentSide(city.node, member), []
    while entries := [each for each in side.answer(Pull(cursors)) if isinstance(each, Entries)]:
        told.append([(each.stream, len(each.entries)) for each in entries])
        cursors |= {each.stream: each.end for each in entries}
    assert told[0][:2] == [("control", 1), ("node", 1)]
    assert [each[0] for answer in told for each in answer][2:] == ["catalogue"] * len(told)
    assert sum(count for answer in told for _, count in answer) == 602
    assert len(told) > 2


def test_what_is_urgent_is_looked_for_before_the_rest_and_alone(world: World) -> None:
    city = world.city
    member = city.node.roster.member(world.district.node.name)
    assert member is not None
    city.node.write(LargeCatalogue(3))
    side, asked = ParentSide(city.node, member), Pull(dict.fromkeys(("catalogue", "node", "control"), (0, "")))
    answer = side.urgent(asked)
    assert {each.stream for each in answer.messages if isinstance(each, Entries)} == {"control"}
    assert answer.more
    side.later(asked, answer)
    assert answer.messages[-1].stream == "catalogue"  # type: ignore[attr-defined]  # the last of them is entries
    small = side.urgent(asked, most=1)
    assert sum(len(each.entries) for each in small.messages if isinstance(each, Entries)) == 1
    assert not small.more
