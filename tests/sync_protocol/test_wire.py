"""Three tiers over HTTP: in one process through ASGI, and once over real sockets on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message as HttpMessage
from starlette.types import Receive, Scope, Send

from central.enrolment import Revoke
from shared_models import cases, texts
from shared_models.roster import CITY
from shared_models.signing import KeyPair, text_of
from sync_protocol.commands import CaseCommand
from sync_protocol.core import messages
from sync_protocol.core.frames import FrameReader, LineDown, RemoteProtocolError, Run, pack
from sync_protocol.core.messages import Fault, Hello, Idle, Message, Pull
from sync_protocol.core.opening import VERSIONS, Versions
from sync_protocol.core.session import prove, transcript
from sync_protocol.store import receipts
from sync_protocol.wire.agent import Agent, drive, keep_folding
from sync_protocol.wire.client import ANSWER_SECONDS, EXCHANGE_SECONDS, Line, ParentFailed, new_client
from sync_protocol.wire.server import (
    MEDIA_TYPE,
    PATH,
    REQUEST_BYTES_MAX,
    SESSION_HEADER,
    SILENCE_SECONDS,
    WAIT_MS_MAX,
    SyncServer,
)
from sync_protocol.wire.turns import WAITING_MAX
from sync_protocol.wire.wakeup import Wakeup
from tests.sync_protocol.world import Place, World

ADDRESS = "http://hub"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


@dataclass
class Recorder(httpx2.AsyncBaseTransport):
    """A transport that keeps what passes through it, as somebody on the line could."""

    inner: httpx2.AsyncBaseTransport
    passed: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.passed.append((dict(request.headers), await request.aread()))
        return await self.inner.handle_async_request(request)


class Hub:
    """A hub as its children see it. `restart` forgets all sessions, as a new process would."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.wakeup = Wakeup()
        self.wakeup.attach()
        place.node.subscribe(self.wakeup.ring)
        self.app = Starlette()
        self.restart()
        self.recorder = Recorder(httpx2.ASGITransport(app=self.app))

    def restart(
        self, *, silence: float = SILENCE_SECONDS, versions: Versions = VERSIONS, waiting_max: int = WAITING_MAX
    ) -> None:
        world = self.place.world
        self.server = SyncServer(
            self.place.node, self.place.attachments, world.entropy, world.now, self.wakeup, silence=silence,
            versions=versions, waiting_max=waiting_max,
        )  # fmt: skip
        self.app.router.routes[:] = self.server.routes()

    def client(self) -> httpx2.AsyncClient:
        return new_client(ADDRESS, self.recorder)

    def line(
        self, child: Place, keys: KeyPair | None = None, key: bytes | None = None, versions: Versions = VERSIONS
    ) -> Line:
        parent = self.place
        return Line(
            self.client(), keys or child.keys, child.node.name, parent.node.name, key or parent.keys.public,
            child.world.entropy, lambda: child.node.incarnation, versions=versions,
        )  # fmt: skip

    async def post(self, content: bytes, session: str = "") -> tuple[int, list[Message], str]:
        """A request made by hand: status, messages of the answer, and the session that it names."""
        async with self.client() as client:
            headers = {"content-type": MEDIA_TYPE} | ({SESSION_HEADER: session} if session else {})
            answer = await client.post(PATH, content=content, headers=headers)
        reader = FrameReader()
        found: list[Message] = []
        reader.feed(answer.content)
        while answer.status_code == 200 and (message := reader.next()) is not None:
            found.append(message)
        return answer.status_code, found, answer.headers.get(SESSION_HEADER, "")

    async def opened_by_hand(self, child: Place) -> str:
        """The name of a session that a child has opened."""
        _, (challenge,), session = await self.post(pack(Hello(child.node.name, "nonce")))
        assert isinstance(challenge, messages.Challenge)
        text = transcript(child.node.name, self.place.node.name, "nonce", challenge.nonce, "child")
        _, (welcome,), _ = await self.post(pack(messages.Proof(prove(child.keys, text))), session)
        assert isinstance(welcome, messages.Welcome)
        return session


async def sync(child: Place, line: Line) -> None:
    side = child.child_side()
    await drive(side.deliver(), line)
    assert child.parent is not None
    child.parent.settle()
    for flow in (side.follow(), side.exchange_files()):
        await drive(flow, line)
    child.settle()


def status(place: Place, number: str) -> str:
    case = place.case(number)
    return case.status if case else "unknown"


def standing(place: Place) -> receipts.Standing:
    with place.node.read() as db:
        return receipts.standing(db)


def journal_end(place: Place) -> int:
    with place.node.read() as db:
        return place.node.log.journal_end(db).position


def counted(place: Place, table: str) -> int:
    with place.node.read() as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


async def eventually(true: Callable[[], bool], seconds: float = 10.0) -> float:
    """Waits until something is true; gives after how many seconds."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    while not true():
        assert loop.time() - started < seconds, "it never came true"
        await asyncio.sleep(0.01)
    return loop.time() - started


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 50))


# ---------------------------------------------------------------- up and down


def test_a_case_goes_up_through_three_tiers_and_its_decision_comes_back(world: World) -> None:
    async def story() -> None:
        district, city = Hub(world.district), Hub(world.city)
        up, top = district.line(world.station), city.line(world.district)
        mine, theirs = world.station.accept(), world.station.accept(home=CITY)
        for _ in range(2):
            await sync(world.station, up)
            await sync(world.district, top)
        for number in (mine, theirs):
            assert status(world.district, number) == status(world.city, number) == "accepted"
        world.district.node.write(CaseCommand(mine, cases.Decide("granted", ""), "officer-1"))
        world.city.node.write(CaseCommand(theirs, cases.Decide("refused", "不符合条件"), "officer-2"))
        await sync(world.district, top)
        await sync(world.station, up)
        assert status(world.station, mine) == status(world.station, theirs) == "decided"
        assert standing(world.station).upstream == standing(world.station).journal == journal_end(world.station)

    run(story())


def test_an_attachment_follows_its_case(world: World) -> None:
    content = b"\xff\xd8" + bytes(range(256)) * 2500

    async def story() -> None:
        district = Hub(world.district)
        number = world.station.accept(missing=True)
        kept = world.station.attachments.put(content, "image/jpeg")
        attachment = cases.Attachment(kept.hash, kept.size, kept.media_type, "收入证明.jpg")
        material = cases.Material("income", "收入证明", True, True, cases.RECEIVED, "B", attachments=(attachment,))
        command = cases.Supplement((material,), "2026-11-24", cases.Deadline("2026-12-22"))
        world.station.node.write(
            CaseCommand(number, command, "clerk-1"), lambda db: world.station.attachments.note(db, [kept])
        )
        await sync(world.station, district.line(world.station))
        with world.district.node.read() as db:
            row = world.district.attachments.row(db, kept.hash)
        assert row is not None
        assert row.whole
        assert b"".join(world.district.attachments.read(row)) == content

    run(story())


def test_no_change_is_one_round_trip_of_at_most_256_bytes_each_way_however_much_is_there(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        line = district.line(world.station)
        costs = []
        for count in (3, 60):
            for _ in range(count):
                world.station.accept()
            await sync(world.station, line)
            await sync(world.station, line)
            before = (line.round_trips, line.bytes_up, line.bytes_down)
            await drive(world.station.child_side().follow(), line)
            costs.append((line.round_trips - before[0], line.bytes_up - before[1], line.bytes_down - before[2]))
        for trips, up, down in costs:
            assert trips == 1
            assert up <= 256
            assert down <= 256
        assert costs[0][2] == costs[1][2]

    run(story())


def test_a_long_poll_shows_a_decision_within_a_second(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        line = district.line(world.station)
        number = world.station.accept()
        await sync(world.station, line)
        await drive(world.station.child_side().follow(), line)
        trips = line.round_trips
        poll = asyncio.create_task(drive(world.station.child_side().follow(20_000), line))
        await eventually(lambda: len(district.recorder.passed) > 0 and not poll.done())
        await asyncio.sleep(0.1)
        assert not poll.done()
        decision = CaseCommand(number, cases.Decide("granted", ""), "officer-1")
        await asyncio.to_thread(world.district.node.write, decision)
        assert await eventually(poll.done) < 1
        await poll
        world.station.settle()
        assert status(world.station, number) == "decided"
        assert line.round_trips == trips + 1

    run(story())


def test_a_long_poll_ends_with_its_time_where_nothing_is_new(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        session = await district.opened_by_hand(world.station)
        line = district.line(world.station)
        await sync(world.station, line)
        await drive(world.station.child_side().follow(), line)
        reader = FrameReader()
        reader.feed(district.recorder.passed[-1][1])
        asked = reader.next()
        assert isinstance(asked, Pull)
        patient = Pull(asked.cursors, asked.journal, asked.upstream, 150, asked.catalogue)
        started = asyncio.get_running_loop().time()
        assert (await district.post(pack(patient), session))[1] == [Idle()]
        assert 0.1 < asyncio.get_running_loop().time() - started < 5

    run(story())


# ---------------------------------------------------------------- who may talk


async def code_of(asked: Awaitable[object]) -> str:
    with pytest.raises(RemoteProtocolError) as caught:
        await asked
    return caught.value.code


def test_a_child_believes_only_the_parent_of_its_invitation(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        line = district.line(world.station, key=world.city.keys.public)
        assert await code_of(line.ask(Pull({}))) == "sync.not_the_parent"
        posing = Line(
            district.client(), world.station.keys, world.station.node.name, world.city.node.name,
            world.district.keys.public, world.entropy,
        )  # fmt: skip
        assert await code_of(posing.ask(Pull({}))) == "sync.not_the_parent"

    run(story())


def test_a_parent_believes_only_who_holds_the_key_of_the_child(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        assert await code_of(district.line(world.station, keys=world.hall.keys).ask(Pull({}))) == "sync.not_proven"

    run(story())


def test_a_node_that_is_not_a_child_is_turned_away(world: World) -> None:
    """The city knows the station, but the station belongs to the district; a stranger belongs to nobody."""

    async def story() -> None:
        city = Hub(world.city)
        assert await code_of(city.line(world.station).ask(Pull({}))) == "sync.not_a_child"
        assert await code_of(city.line(world.city).ask(Pull({}))) == "sync.not_a_child"
        assert (await city.post(pack(Hello("stranger", "n"))))[1] == [Fault("sync.not_a_child")]

    run(story())


def test_a_session_that_the_parent_has_forgotten_is_opened_again_without_a_word(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        line = district.line(world.station)
        await sync(world.station, line)
        number = world.station.accept()
        district.restart()
        await sync(world.station, line)
        assert status(world.district, number) == "accepted"

    run(story())


def test_a_session_that_never_was_is_unknown(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        for session in ("x", "A" * 22, "../.."):
            assert (await district.post(pack(Pull({})), session))[1] == [Fault("sync.session_unknown")]

    run(story())


def test_nothing_is_said_before_both_sides_are_proven(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        _, answers, session = await district.post(pack(Hello(world.station.node.name, "n")))
        assert isinstance(answers[0], messages.Challenge)
        for message in (Pull({}), messages.Push((0, ""), [])):
            assert (await district.post(pack(message), session))[1] == [Fault("sync.out_of_order")]
            assert (await district.post(pack(message), session))[1] == [Fault("sync.session_unknown")]
            _, _, session = await district.post(pack(Hello(world.station.node.name, "n")))

    run(story())


def test_a_proof_that_was_overheard_opens_no_second_session(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        await sync(world.station, district.line(world.station))
        hello, proof = (content for _, content in district.recorder.passed[:2])
        _, _, session = await district.post(hello)
        assert (await district.post(proof, session))[1] == [Fault("sync.not_proven")]

    run(story())


# ---------------------------------------------------------------- bad input


def test_every_fault_of_a_frame_is_answered_with_its_code_and_ends_the_session(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        before = counted(world.district, "record")
        for content, code in (
            (pack(Pull({}))[:-1], "sync.frame_truncated"),
            (b"\0\0\0\0\0", "sync.frame_size"),
            (b"\xff" * 100, "sync.frame_size"),
            (b"\0\0\0\x03\x07{}", "sync.frame_form"),
            (b"\0\0\0\x03\0{}", "sync.frame_message"),
            (b'\0\0\0\x08\0"\xff\xff\xff\xff"x', "sync.frame_message"),
            (b"\0\0\0\x05\x01abcd", "sync.frame_damaged"),
            (pack(Hello(world.station.node.name, "n")), "sync.out_of_order"),
            (pack(messages.Welcome("s")), "sync.out_of_order"),
            (pack(Idle()), "sync.out_of_order"),
        ):
            session = await district.opened_by_hand(world.station)
            assert (await district.post(content, session))[1] == [Fault(code)]
            assert (await district.post(pack(Pull({})), session))[1] == [Fault("sync.session_unknown")]
        assert counted(world.district, "record") == before

    run(story())


def test_a_body_over_the_limit_is_refused_before_it_is_read(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        status_code, _, _ = await district.post(bytes(REQUEST_BYTES_MAX + 1))
        assert status_code == 413

    run(story())


def test_an_answer_that_never_ends_is_cut_off_by_the_child(world: World) -> None:
    async def story() -> None:
        async def flood(scope: object, receive: object, send: Callable[[dict[str, object]], Awaitable[None]]) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(20):
                await send({"type": "http.response.body", "body": bytes(1024 * 1024), "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        station = world.station
        client = new_client(ADDRESS, httpx2.ASGITransport(app=flood))
        line = Line(client, station.keys, station.node.name, "x", bytes(32), world.entropy)
        assert await code_of(line.ask(Pull({}))) == "sync.answer_size"

    run(story())


def test_a_parent_that_cannot_be_reached_or_fails_is_a_line_that_is_down(world: World) -> None:
    async def story() -> None:
        station = world.station
        async with AsyncExitStack() as stack:
            nobody = await stack.enter_async_context(new_client(f"http://127.0.0.1:{free_port()}"))
            nothing = await stack.enter_async_context(new_client(ADDRESS, httpx2.ASGITransport(app=Starlette())))
            for client in (nobody, nothing):
                line = Line(client, station.keys, station.node.name, "x", bytes(32), world.entropy)
                with pytest.raises(LineDown):
                    await line.ask(Pull({}))

    run(story())


@pytest.mark.parametrize(
    ("answered", "code"),
    [
        (507, "sync.parent_full"),
        (503, "sync.parent_busy"),
        (502, "sync.parent_behind_proxy"),
        (504, "sync.parent_behind_proxy"),
        (500, "sync.parent_failed"),
        (404, "sync.parent_answer"),
        (413, "sync.parent_answer"),
    ],
)
def test_a_parent_that_answers_with_an_error_is_told_from_a_line_that_is_down(
    world: World, answered: int, code: str
) -> None:
    async def story() -> None:
        async def failing(scope: Scope, receive: Receive, send: Send) -> None:
            await Response(status_code=answered)(scope, receive, send)

        station = world.station
        async with new_client(ADDRESS, httpx2.ASGITransport(app=failing)) as client:
            line = Line(client, station.keys, station.node.name, "x", bytes(32), world.entropy)
            with pytest.raises(ParentFailed) as caught:
                await line.ask(Pull({}))
            assert caught.value.code == code
            assert code in texts.sentences()

    run(story())


class Full:
    """A hub in front of which somebody takes away every delivery, as a full disk does, while polls are answered."""

    def __init__(self, hub: Hub) -> None:
        self._app = hub.app
        self.full = True
        self.polls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()

        async def again() -> HttpMessage:
            return {"type": "http.request", "body": body, "more_body": False}

        kinds = _kinds_in(body)
        self.polls += "pull" in kinds
        if self.full and "push" in kinds:
            await Response(status_code=507)(scope, again, send)
        else:
            await self._app(scope, again, send)


def _kinds_in(body: bytes) -> set[str]:
    reader = FrameReader()
    reader.feed(body)
    found = set()
    while (message := reader.next()) is not None:
        found.add(str(type(message).__struct_config__.tag))
    return found


def test_a_parent_whose_disk_is_full_stays_told_while_its_polls_are_answered_and_is_not_asked_without_pause(
    world: World,
) -> None:
    async def story() -> None:
        district, port = Hub(world.district), free_port()
        front = Full(district)
        config = uvicorn.Config(front, host="127.0.0.1", port=port, log_level="warning", lifespan="off")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(Served(config).listening())
            await stack.enter_async_context(folding(district))
            station = await stack.enter_async_context(agent(world.station, port))
            await eventually(lambda: station.status.online)
            number = await asyncio.to_thread(world.station.accept)
            await eventually(lambda: station.status.code == "sync.parent_full")
            before = front.polls
            for _ in range(20):
                await asyncio.sleep(0.02)
                assert (station.status.online, station.status.code) == (False, "sync.parent_full")
            assert front.polls - before <= 3
            front.full = False
            await eventually(lambda: station.status.online and not station.status.code)
            await eventually(lambda: status(world.district, number) == "accepted")

    run(story())


def test_a_child_that_falls_silent_within_a_request_is_forgotten_and_what_was_whole_is_kept(world: World) -> None:
    async def story() -> None:
        district, port = Hub(world.district), free_port()
        district.restart(silence=0.2)
        session = await district.opened_by_hand(world.station)
        number = world.station.accept()
        flow = world.station.child_side().deliver()
        next(flow)
        asked = flow.send([])
        assert isinstance(asked, Run)
        content = b"".join(prepared.frame for prepared in asked.begin())
        head = (
            f"POST {PATH} HTTP/1.1\r\nhost: hub\r\ncontent-type: {MEDIA_TYPE}\r\n{SESSION_HEADER}: {session}\r\n"
            f"content-length: {2 * len(content)}\r\n\r\n"
        )
        async with served(district, port).listening():
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + content + content[:-1])
            assert b" 200 " in await asyncio.wait_for(reader.readline(), 10)
            writer.transport.abort()
        assert (await district.post(pack(Pull({})), session))[1] == [Fault("sync.session_unknown")]
        world.district.settle()
        assert status(world.district, number) == "accepted"

    run(story())


def test_a_silent_line_counts_as_dead_within_a_minute() -> None:
    assert WAIT_MS_MAX / 1000 < ANSWER_SECONDS < 60
    assert ANSWER_SECONDS < EXCHANGE_SECONDS


def test_too_many_records_in_one_message_are_refused(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        session = await district.opened_by_hand(world.station)
        record = messages.WireRecord(messages.NULL, "")
        push = messages.Push((0, ""), [record] * (messages.RECORDS_MAX + 1))
        assert (await district.post(pack(push), session))[1] == [Fault("sync.too_many_records")]

    run(story())


def test_a_cursor_or_a_place_that_cannot_be_is_a_reset_or_a_rewind_and_no_accident(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        session = await district.opened_by_hand(world.station)
        await sync(world.station, district.line(world.station))
        far = (messages.PLACE_MAX, "x" * 11)
        answers = (await district.post(pack(Pull({"control": far, "elsewhere": far}, far)), session))[1]
        assert messages.Reset("control") in answers
        (rewind,) = (await district.post(pack(messages.Push((messages.PLACE_MAX, "A" * 43), [])), session))[1]
        assert isinstance(rewind, messages.Rewind)
        assert rewind.journal[0] == journal_end(world.station)

    run(story())


# ---------------------------------------------------------------- again, and after the end


def test_frames_that_are_played_again_change_nothing(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        line = district.line(world.station)
        numbers = [world.station.accept() for _ in range(5)]
        await sync(world.station, line)
        before = [counted(world.district, table) for table in ("record", "journal", "stream_entry", "case_file")]
        pushes = [(headers, content) for headers, content in district.recorder.passed if len(content) > 300]
        assert pushes
        for headers, content in pushes:
            (receipt,) = (await district.post(content, headers[SESSION_HEADER]))[1]
            assert isinstance(receipt, messages.ReceiptGiven)
            other = await district.opened_by_hand(world.station)
            assert isinstance((await district.post(content, other))[1][0], messages.ReceiptGiven)
        world.district.settle()
        assert [
            counted(world.district, table) for table in ("record", "journal", "stream_entry", "case_file")
        ] == before
        late = world.station.accept()
        await sync(world.station, line)
        for number in (*numbers, late):
            assert status(world.district, number) == "accepted"
        assert standing(world.station).journal == journal_end(world.station)

    run(story())


def test_what_a_revoked_child_wrote_later_is_held_receipted_and_without_effect(world: World) -> None:
    async def story() -> None:
        district, city = Hub(world.district), Hub(world.city)
        line = district.line(world.station)
        early = world.station.accept()
        await sync(world.station, line)
        incarnation = world.station.node.incarnation
        with world.district.node.read() as db:
            head = world.district.node.log.known(db).head_of((world.station.node.name, incarnation))
        world.district.node.write(Revoke(world.station.node.name, incarnation, head.seq))
        late = world.station.accept()
        await sync(world.station, line)
        await sync(world.district, city.line(world.district))
        world.city.settle()
        for hub in (world.district, world.city):
            assert status(hub, early) == "accepted"
            assert status(hub, late) == "unknown"
            with hub.node.read() as db:
                held = [row.record for row in hub.node.log.rows(db, 0, 10_000) if row.held]
            assert [record.header.subject for record in held] == [f"case/{late}"]
        assert standing(world.station).journal == journal_end(world.station)

    run(story())


# ---------------------------------------------------------------- real sockets


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served(uvicorn.Server):
    """A server inside this process. At its end its connections break, as they do when a process dies."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.serve())
        await eventually(lambda: self.started)
        try:
            yield
        finally:
            self.should_exit = self.force_exit = True
            await task
            for connection in list(self.server_state.connections):
                connection.transport.abort()


def served(hub: Hub, port: int) -> Served:
    return Served(uvicorn.Config(hub.app, "127.0.0.1", port, log_level="critical", lifespan="off"))


@asynccontextmanager
async def agent(child: Place, port: int) -> AsyncIterator[Agent]:
    """What keeps a node in step, over sockets, with its folding."""
    assert child.parent is not None
    wakeup = Wakeup()
    wakeup.attach()
    child.node.subscribe(wakeup.ring)
    async with new_client(f"http://127.0.0.1:{port}") as client:
        parent = child.parent
        up, down = (
            Line(
                client,
                child.keys,
                child.node.name,
                parent.node.name,
                parent.keys.public,
                child.world.entropy,
                lambda: child.node.incarnation,
            )
            for _ in range(2)
        )
        made = Agent(child.node, child.child_side(), (up, down), wakeup, child.world.now, child.world.entropy,
                     asyncio.sleep)  # fmt: skip
        tasks = [
            asyncio.create_task(made.run()),
            asyncio.create_task(keep_folding(child.node, wakeup, asyncio.sleep)),
        ]
        try:
            yield made
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def folding(hub: Hub) -> AsyncIterator[None]:
    task = asyncio.create_task(keep_folding(hub.place.node, hub.wakeup, asyncio.sleep))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_over_real_sockets_agents_deliver_follow_and_outlive_the_hub(world: World) -> None:
    async def story() -> None:
        district, city = Hub(world.district), Hub(world.city)
        ports = free_port(), free_port()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(served(city, ports[0]).listening())
            await stack.enter_async_context(folding(city))
            await stack.enter_async_context(folding(district))
            await stack.enter_async_context(agent(world.district, ports[0]))
            async with served(district, ports[1]).listening():
                station = await stack.enter_async_context(agent(world.station, ports[1]))
                first = await asyncio.to_thread(world.station.accept)
                await eventually(lambda: status(world.city, first) == "accepted")
                await eventually(lambda: station.status.online)
                await asyncio.to_thread(
                    world.district.node.write, CaseCommand(first, cases.Decide("granted", ""), "officer-1")
                )
                assert await eventually(lambda: status(world.station, first) == "decided") < 1
            await eventually(lambda: not station.status.online)
            assert station.status.code == "sync.line_down"
            second = await asyncio.to_thread(world.station.accept)
            async with served(district, ports[1]).listening():
                await eventually(lambda: status(world.city, second) == "accepted", 20)
                await eventually(lambda: standing(world.station).upstream == journal_end(world.station))
                await eventually(lambda: station.status.online)

    run(story())


def test_an_unopened_session_tells_a_stranger_nothing_but_names(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        _, (challenge,), session = await district.post(pack(Hello(world.station.node.name, "n")))
        assert isinstance(challenge, messages.Challenge)
        text = transcript(world.station.node.name, world.district.node.name, "n", challenge.nonce, "parent")
        assert challenge.signature == prove(world.district.keys, text)
        forged = text_of(bytes(64))
        assert (await district.post(pack(messages.Proof(forged)), session))[1] == [Fault("sync.not_proven")]

    run(story())
