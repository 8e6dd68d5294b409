"""Nodes of different versions speak with each other, or say who has to be updated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
import msgspec
import pytest

from shared_models import texts
from sync_protocol.core import messages
from sync_protocol.core.frames import FrameReader, pack
from sync_protocol.core.messages import Fault, Hello, Pull
from sync_protocol.core.opening import LOWERED, TOO_NEW, TOO_OLD, VERSIONS, Versions
from sync_protocol.store import upward
from sync_protocol.wire.client import Line, new_client
from tests.sync_protocol.test_wire import (
    ADDRESS,
    Hub,
    Recorder,
    agent,
    code_of,
    eventually,
    free_port,
    run,
    served,
    status,
    sync,
)
from tests.sync_protocol.world import Place, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


def spoken(recorder: Recorder) -> list[messages.Message]:
    """The opening messages that children sent, in order."""
    found: list[messages.Message] = []
    for _, content in recorder.passed:
        reader = FrameReader()
        reader.feed(content)
        message = reader.next()
        if isinstance(message, Hello | messages.Proof):
            found.append(message)
    return found


def line_of(
    hub: Hub, child: Place, versions: Versions, transport: httpx2.AsyncBaseTransport, incarnation: str = "aaaa"
) -> Line:
    parent = hub.place
    return Line(
        new_client(ADDRESS, transport), child.keys, child.node.name, parent.node.name, parent.keys.public,
        child.world.entropy, lambda: incarnation, versions=versions,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("child", "hub", "version"), [((1, 1), (1, 2), 1), ((1, 2), (1, 1), 1), ((1, 2), (1, 2), 2), ((2, 5), (1, 2), 2)]
)
def test_a_node_one_version_older_or_newer_syncs(world: World, child: Versions, hub: Versions, version: int) -> None:
    async def story() -> None:
        district = Hub(world.district)
        district.restart(versions=hub)
        line = district.line(world.station, versions=child)
        number = world.station.accept()
        await sync(world.station, line)
        assert status(world.district, number) == "accepted"
        hello, proof = spoken(district.recorder)
        assert isinstance(hello, Hello)
        assert isinstance(proof, messages.Proof)
        assert hello.versions == child
        assert proof.incarnation == (world.station.node.incarnation if version == 2 else "")

    run(story())


@pytest.mark.parametrize(("child", "hub", "code"), [((1, 1), (2, 3), TOO_OLD), ((3, 4), (1, 2), TOO_NEW)])
def test_a_node_too_far_away_learns_who_has_to_be_updated(
    world: World, child: Versions, hub: Versions, code: str
) -> None:
    async def story() -> None:
        district = Hub(world.district)
        district.restart(versions=hub)
        line = district.line(world.station, versions=child)
        if child == (1, 1):
            answer = await district.post(pack(Hello(world.station.node.name, "n", child)))
            assert answer[1] == [Fault("sync.version", versions=hub)]
        assert await code_of(line.ask(Pull({}))) == code
        assert texts.sentence(code).endswith("。")
        district.restart()
        await sync(world.station, district.line(world.station))

    run(story())


def test_a_parent_that_takes_a_version_nobody_offered_is_not_believed(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        line = line_of(district, world.station, (2, 2), Changing(district.recorder, (1, 1)))
        assert await code_of(line.ask(Pull({}))) == "sync.version"

    run(story())


@dataclass
class Changing(httpx2.AsyncBaseTransport):
    """Somebody on the way who changes the offer of every hello."""

    inner: httpx2.AsyncBaseTransport
    hello: Versions

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        content = await request.aread()
        reader = FrameReader()
        reader.feed(content)
        message = reader.next()
        if isinstance(message, Hello):
            content = pack(msgspec.structs.replace(message, versions=self.hello))
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        return await self.inner.handle_async_request(
            httpx2.Request(request.method, request.url, headers=headers, content=content)
        )


@pytest.mark.parametrize(("offer", "code"), [((1, 1), LOWERED), ((1, 3), "sync.not_the_parent")])
def test_whoever_lowers_the_version_on_the_way_is_noticed_by_the_child(
    world: World, offer: Versions, code: str
) -> None:
    async def story() -> None:
        district = Hub(world.district)
        line = line_of(district, world.station, VERSIONS, Changing(district.recorder, offer))
        assert await code_of(line.ask(Pull({}))) == code

    run(story())


def test_a_proof_without_a_good_incarnation_opens_nothing(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        for name in ("", "a~b", "x" * 200):
            line = line_of(district, world.station, VERSIONS, district.recorder, name)
            assert await code_of(line.ask(Pull({}))) == "sync.not_proven"

    run(story())


def test_what_the_parent_says_against_us_stays_as_old_as_it_is_until_it_says_nothing(world: World) -> None:
    node = world.station.node
    for code, ms, kept in ((TOO_OLD, 5, 5), (TOO_OLD, 9, 5), ("", 10, 10), (TOO_NEW, 11, 11)):
        node.database.write(partial(upward.note, code=code, now_ms=ms))
        with node.read() as db:
            assert upward.standstill(db) == upward.Standstill(code, kept)


def test_a_station_that_must_be_updated_keeps_saying_so_until_it_was(world: World) -> None:
    """What the agent hears rests in the database, where the doctor finds it, and goes when delivery works again."""

    def said() -> str:
        with world.station.node.read() as db:
            return upward.standstill(db).code

    async def story() -> None:
        district, port = Hub(world.district), free_port()
        district.restart(versions=(3, 4))
        async with served(district, port).listening(), agent(world.station, port) as station:
            await eventually(lambda: station.status.code == TOO_OLD)
            await eventually(lambda: said() == TOO_OLD)
            district.restart()
            await eventually(lambda: said() == "")

    run(story())
