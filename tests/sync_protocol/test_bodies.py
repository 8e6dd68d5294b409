"""What requests and answers of all children take in memory: bounded, and nobody holds it by dripping."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from sync_protocol.core.session import Session
from sync_protocol.parent_side import ENTRIES_BYTES_MAX
from sync_protocol.wire.bodies import FREE_BYTES, SHARE, Space, flowing

LARGE = 100_000


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 60))


def frame(size: int) -> bytes:
    """A frame of so many bytes, of which nobody reads more than the length."""
    return size.to_bytes(4) + bytes(size)


class Body:
    """A request's body: behind each part it waits to be told to go on."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts
        self._steps = asyncio.Semaphore(0)
        self.read = 0

    async def stream(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            self.read += 1
            yield part
            await self._steps.acquire()

    def go(self) -> None:
        self._steps.release()


async def reading(body: Body, space: Space, silence: float = 50, whole: float = 50) -> int:
    """Reads a body into a session; gives how many bytes came."""
    session, count = Session(), 0
    async for part in flowing(body.stream(), session, space, silence, whole):
        session.receive(part)
        count += len(part)
    return count


async def settle() -> None:
    """Until everybody who can go on has done so."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_the_third_waits_with_its_child_while_two_hold_all_the_space() -> None:
    async def story() -> None:
        space, whole = Space(2 * LARGE), frame(LARGE)
        bodies = [Body(whole[:10], whole[10:20], whole[20:]) for _ in range(3)]
        tasks = [asyncio.create_task(reading(body, space)) for body in bodies]
        await settle()
        for body in bodies:
            body.go()
            await settle()
        assert [body.read for body in bodies] == [2, 2, 1]
        assert space.used == 2 * LARGE
        bodies[0].go()
        bodies[0].go()
        assert await tasks[0] == LARGE + 4
        await settle()
        assert [body.read for body in bodies] == [3, 2, 2]
        tasks[1].cancel()
        await settle()
        assert space.used == LARGE
        bodies[2].go()
        bodies[2].go()
        assert await tasks[2] == LARGE + 4
        assert space.used == 0

    run(story())


def test_small_messages_need_no_space_at_all() -> None:
    async def story() -> None:
        space = Space(LARGE)
        await space.take(LARGE)
        body = Body(frame(FREE_BYTES)[:10], frame(FREE_BYTES)[10:])
        body.go()
        body.go()
        assert await reading(body, space) == FREE_BYTES + 4

    run(story())


@pytest.mark.parametrize(("silence", "whole"), [(0.02, 50), (50, 0.02)])
def test_who_drips_loses_the_line_and_the_space(silence: float, whole: float) -> None:
    async def story() -> None:
        space = Space(LARGE)
        with pytest.raises(ClientDisconnect):
            await reading(Body(frame(LARGE)[:10]), space, silence, whole)
        assert space.used == 0
        body = Body(frame(LARGE))
        body.go()
        assert await reading(body, space) == LARGE + 4

    run(story())


@given(st.lists(st.tuples(st.integers(1, 150), st.booleans()), max_size=30))
def test_space_is_never_given_twice_and_comes_back_whole(asked: list[tuple[int, bool]]) -> None:
    async def story() -> None:
        space, held = Space(100), []

        async def one(count: int) -> None:
            await space.take(count)
            held.append(count)

        tasks = [asyncio.create_task(one(count)) for count, _ in asked]
        await settle()
        for task, (_, gives_up) in zip(tasks, asked, strict=True):
            if gives_up and not task.done():
                task.cancel()
        await settle()
        while held:
            assert sum(held) <= 100 or len(held) == 1  # what is larger than all there is gets all there is
            assert space.used == sum(held)
            space.give(held.pop(0))
            await settle()
        assert space.used == 0
        assert all(task.done() for task in tasks)

    run(story())


def test_answers_get_shorter_while_the_space_is_taken_and_never_wait() -> None:
    space = Space(16 * 1024 * 1024)
    assert space.room == ENTRIES_BYTES_MAX
    with space.noted(16 * 1024 * 1024 - SHARE * 100_000):
        assert space.room == 100_000
        with space.noted(16 * 1024 * 1024):
            assert space.room == FREE_BYTES
    assert space.room == ENTRIES_BYTES_MAX
