from __future__ import annotations

import asyncio

import pytest

from sync_protocol.wire.wakeup import Wakeup


def test_a_ring_that_comes_together_with_the_end_does_not_keep_a_task_alive() -> None:
    """A node that stops rings for everybody who waits, and ends its tasks at once afterwards."""

    async def story() -> None:
        wakeup = Wakeup()
        wakeup.attach()
        task = asyncio.create_task(wakeup.wait(60, wakeup.count))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        wakeup.stop()
        asyncio.get_running_loop().call_soon(task.cancel)  # runs right behind the ring
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())


def test_whoever_waits_is_woken_by_a_ring_and_else_by_the_time() -> None:
    async def story() -> None:
        wakeup = Wakeup()
        wakeup.attach()
        assert not await wakeup.wait(0.01, wakeup.count)
        seen = wakeup.count
        asyncio.get_running_loop().call_soon(wakeup.ring)
        assert await wakeup.wait(60, seen)
        assert await wakeup.wait(60, seen)

    asyncio.run(story())
