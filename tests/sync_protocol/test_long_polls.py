"""Children that wait for news: whom a write wakes, and what a hub that stops says to them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from shared_models import cases
from shared_models.roster import STATION
from sync_protocol.commands import CaseCommand
from sync_protocol.core.frames import ParentBusy
from sync_protocol.core.messages import Pull
from sync_protocol.parent_side import ParentSide
from sync_protocol.wire.agent import drive
from sync_protocol.wire.server import RESTART_MS
from sync_protocol.wire.wakeup import Wakeup
from tests.sync_protocol.test_wire import Hub, eventually, run, sync
from tests.sync_protocol.world import Place, World

CHILDREN = 5


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


def listens_to(parent: Place, child: Place) -> set[str]:
    member = parent.node.roster.member(child.node.name)
    assert member is not None
    return set(ParentSide(parent.node, member).listens_to)


def test_a_decision_is_news_for_the_station_of_the_case_and_for_no_other(world: World) -> None:
    other = world.join("others", "511602001003", STATION, world.district)
    number = world.station.accept()
    world.sync_all()
    news: list[Collection[str] | None] = []
    world.district.node.subscribe(news.append)
    world.district.node.write(CaseCommand(number, cases.Decide("granted", ""), "officer-1"))
    assert None not in news  # that would be news for everybody
    told = {name for each in news for name in each or ()}
    assert told & listens_to(world.district, world.station)
    assert not told & listens_to(world.district, other)


def test_a_ring_wakes_those_who_listen_to_what_it_names_and_nobody_else() -> None:
    async def story() -> None:
        wakeup = Wakeup()
        wakeup.attach()
        with wakeup.listening(("control", "node/one")) as one, wakeup.listening(("control", "node/two")) as two:
            await asyncio.to_thread(wakeup.ring, {"node/one"})
            assert await one.wait(60)
            assert not await two.wait(0)
            one.clear()
            await asyncio.to_thread(wakeup.ring, ())
            wakeup.ring({"control"})
            assert await two.wait(60)
            assert await one.wait(60)

    asyncio.run(story())


def test_a_hub_that_stops_tells_all_who_wait_when_to_come_back_and_is_gone_at_once(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        lines = [district.line(world.station) for _ in range(CHILDREN)]
        for line in lines:
            await sync(world.station, line)
        flows = [world.station.child_side().follow(20_000) for _ in lines]
        polls = [asyncio.create_task(drive(flow, line)) for flow, line in zip(flows, lines, strict=True)]
        asked = len(district.recorder.passed) + CHILDREN
        await eventually(lambda: len(district.recorder.passed) == asked)
        district.wakeup.stop()
        async with asyncio.timeout(15):
            said = await asyncio.gather(*polls, return_exceptions=True)
        assert [type(each) for each in said] == [ParentBusy] * CHILDREN
        assert all(each.after_ms > RESTART_MS for each in said if isinstance(each, ParentBusy))
        with pytest.raises(ParentBusy):
            await lines[0].ask(Pull({}, wait_ms=20_000))

    run(story())
