"""When a hub folds: after a pause in what comes in, and at once where too much waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_protocol.parent_side import ParentSide
from sync_protocol.wire.agent import FOLD_PATIENCE, keep_folding
from sync_protocol.wire.wakeup import Wakeup
from tests.bench.intake import authors_of, taken
from tests.bench.materials import SmallCity, small_city

WAITING = 600


class Stream:
    """A child that never pauses: whenever the hub sleeps, one more record comes in."""

    def __init__(self, city: SmallCity) -> None:
        (self._author,) = authors_of(city, 1)
        self._side = ParentSide(city.hub, self._author.member)
        self.slept = 0
        taken(self._side, self._author.push(WAITING))

    async def sleep(self, _: float) -> None:
        self.slept += 1
        await asyncio.to_thread(taken, self._side, self._author.push(1))


@pytest.fixture
def city(tmp_path: Path) -> Iterator[SmallCity]:
    made = small_city(tmp_path)
    yield made
    made.hub.database.close()
    made.station.database.close()


async def folded(city: SmallCity, stream: Stream, late: int) -> None:
    """Runs the folding until nothing waits."""
    wakeup = Wakeup()
    wakeup.attach()
    city.hub.subscribe(wakeup.ring)
    task = asyncio.create_task(keep_folding(city.hub, wakeup, stream.sleep, late=late))
    async with asyncio.timeout(60):
        seen = wakeup.count
        while await asyncio.to_thread(city.hub.waiting_to_fold):
            await wakeup.wait(60, seen)
            seen = wakeup.count
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(("late", "slept"), [(WAITING * 10, FOLD_PATIENCE), (WAITING // 2, 0)])
def test_folding_waits_for_a_pause_for_a_while_and_not_at_all_where_too_much_waits(
    city: SmallCity, late: int, slept: int
) -> None:
    stream = Stream(city)
    asyncio.run(folded(city, stream, late))
    assert stream.slept == slept
