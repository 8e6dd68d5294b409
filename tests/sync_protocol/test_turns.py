"""The gate of a hub: who works, who waits, who is told to come back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_protocol.wire import turns as rules
from sync_protocol.wire.turns import PATIENCE, Turns, Work

SETTLE = 12
"""Turns of the event loop after which everybody who was called has begun."""


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 60))


@dataclass
class Visit:
    """One request: whose, of which class, in which step it comes, and in which it gives up."""

    child: str
    work: Work
    comes: int
    leaves: int | None = None
    ahead: int = 0
    begun: int | None = None
    called: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Gate:
    """Visits at a gate; a turn ends when the story says so, the one that began first before the others."""

    def __init__(self, at_once: int) -> None:
        self.now = 0.0
        self.turns = Turns(lambda: self.now, lambda count: b"\x80" * count, at_once=at_once)
        self.at_once = at_once
        self.working: list[Visit] = []
        self.waiting: list[Visit] = []
        self.begun = 0
        self.tasks: dict[int, asyncio.Task[None]] = {}

    async def _visit(self, visit: Visit) -> None:
        try:
            async with self.turns.turn(visit.child, visit.work):
                self.waiting.remove(visit)
                self.working.append(visit)
                self.begun += 1
                visit.begun = self.begun
                assert len(self.working) <= self.at_once
                assert len({each.child for each in self.working}) == len(self.working)
                await visit.done.wait()
                self.working.remove(visit)
        except asyncio.CancelledError:
            if visit in self.waiting:
                self.waiting.remove(visit)
            elif visit in self.working:
                self.working.remove(visit)

    async def come(self, visit: Visit) -> None:
        same = [each for each in self.waiting if each.work is visit.work]
        visit.ahead = -1 if any(each.child == visit.child for each in same) else len({each.child for each in same})
        visit.called = self.begun
        self.waiting.append(visit)
        self.tasks[id(visit)] = asyncio.create_task(self._visit(visit))
        await settle()

    async def leave(self, visit: Visit) -> None:
        self.tasks[id(visit)].cancel()
        await settle()

    async def end_one(self) -> None:
        self.working[0].done.set()
        await settle()


async def settle() -> None:
    for _ in range(SETTLE):
        await asyncio.sleep(0)


VISITS = st.lists(
    st.builds(
        Visit,
        st.sampled_from(["a", "b", "c", "d", "e"]),
        st.sampled_from(Work),
        st.integers(0, 12),
        st.none() | st.integers(0, 14),
    ),
    max_size=40,
)


@given(VISITS, st.integers(1, 4))
def test_everybody_who_stays_is_served_in_a_bounded_number_of_turns(visits: list[Visit], at_once: int) -> None:
    async def story() -> None:
        gate = Gate(at_once)
        for step in range(16):
            for visit in visits:
                if visit.comes == step:
                    await gate.come(visit)
                elif visit.leaves == step and visit.comes < step:
                    await gate.leave(visit)
            assert not gate.waiting or gate.working  # nobody waits for nothing
            if gate.working:
                await gate.end_one()
        while gate.working:
            await gate.end_one()
        assert not gate.waiting
        assert gate.turns.waiting == 0
        assert gate.turns.load(0).working == 0
        for visit in visits:
            left = visit.leaves is not None and visit.leaves > visit.comes
            assert left or visit.begun is not None
            if visit.begun is not None and visit.ahead >= 0:
                bound = (visit.ahead + 1) * (PATIENCE + len(Work)) + 2 * at_once
                assert visit.begun - visit.called <= bound

    run(story())


def test_the_lower_class_goes_first_and_the_higher_one_does_not_starve() -> None:
    async def story() -> None:
        gate = Gate(1)
        await gate.come(Visit("first", Work.SHORT, 0))
        photo = Visit("photo", Work.FILES, 0)
        record = Visit("record", Work.RECORDS, 0)
        await gate.come(photo)
        await gate.come(record)
        short = [Visit(f"short {i}", Work.SHORT, 0) for i in range(60)]
        for each in short:
            await gate.come(each)
        while gate.working:
            await gate.end_one()
        assert short[0].begun == 2
        assert record.begun is not None
        assert photo.begun is not None
        assert record.begun <= PATIENCE + 3
        assert photo.begun <= PATIENCE + 3

    run(story())


def test_children_take_turns_however_much_one_of_them_asks() -> None:
    async def story() -> None:
        gate = Gate(1)
        greedy = [Visit("greedy", Work.RECORDS, 0) for _ in range(30)]
        for each in greedy:
            await gate.come(each)
        modest = [Visit(name, Work.RECORDS, 0) for name in ("b", "c")]
        for each in modest:
            await gate.come(each)
        while gate.working:
            await gate.end_one()
        assert [each.begun for each in modest] == [3, 4]
        assert sorted(each.begun or 0 for each in greedy)[:3] == [1, 2, 5]

    run(story())


def test_a_child_has_one_turn_at_a_time_and_keeps_nobody_else_waiting() -> None:
    async def story() -> None:
        gate = Gate(2)
        for visit in (Visit("a", Work.RECORDS, 0), Visit("a", Work.SHORT, 0), Visit("b", Work.FILES, 0)):
            await gate.come(visit)
        assert [(each.child, each.work) for each in gate.working] == [("a", Work.RECORDS), ("b", Work.FILES)]

    run(story())


@pytest.mark.parametrize("first", ["cancelled before it is called", "called before it is cancelled"])
def test_a_turn_is_not_lost_with_one_who_is_cancelled_in_the_moment_of_being_called(first: str) -> None:
    async def story() -> None:
        gate = Gate(1)
        a, b, c = (Visit(name, Work.RECORDS, 0) for name in "abc")
        for visit in (a, b, c):
            await gate.come(visit)
        task = gate.tasks[id(b)]
        if first.startswith("cancelled"):
            task.cancel()
            a.done.set()
        else:
            a.done.set()
            for _ in range(2):  # a leaves, and calls b, who has not heard of it yet
                await asyncio.sleep(0)
            task.cancel()
        await settle()
        assert gate.working == [c]

    run(story())


async def crowded(gate: Gate, waiting: int) -> None:
    """One works and so many wait."""
    for place in range(waiting + 1):
        await gate.come(Visit(f"child {place}", Work.SHORT, 0))


def test_who_finds_the_room_full_gets_a_time_of_his_own_further_on_for_each() -> None:
    async def story() -> None:
        gate = Gate(1)
        room = int(gate.turns.rate * rules.WAITING_SECONDS_MAX)
        await crowded(gate, room // 2 - 1)
        assert gate.turns.later(begins=True) == 0
        await crowded(gate, 0)
        told = [gate.turns.later(begins=True) for _ in range(200)]
        assert told == sorted(set(told))
        each = rules.TURNS_OF_A_VISIT / gate.turns.rate * 1000
        assert told[-1] - told[0] == pytest.approx(199 * each, rel=0.01)
        assert gate.turns.later(begins=False) == 0  # what has begun is finished first
        gate.now += 3600
        assert gate.turns.later(begins=True) <= told[0]  # nobody waits for a time that has passed

    run(story())


def test_nobody_is_sent_away_for_longer_than_a_minute_and_a_quarter() -> None:
    async def story() -> None:
        gate = Gate(1)
        await crowded(gate, rules.WAITING_MAX // 2)
        told = [gate.turns.later(begins=True) for _ in range(20_000)]
        assert max(told) <= rules.AFTER_SECONDS_MAX * 1000 * 1.25

    run(story())


@given(st.lists(st.floats(0.0001, 5), min_size=40, max_size=60))
def test_the_room_is_as_large_as_what_is_served_in_five_seconds_within_its_bounds(seconds: list[float]) -> None:
    async def story() -> None:
        gate = Gate(1)
        for each in seconds:
            async with gate.turns.turn("child", Work.SHORT):
                gate.now += each
        assert min(seconds) * 0.9 <= 1 / gate.turns.rate <= max(*seconds, rules.TURN_SECONDS) * 1.1
        gate.turns.waiting = rules.WAITING_MIN - 1
        assert gate.turns.later(begins=False) == 0
        gate.turns.waiting = rules.WAITING_MAX
        assert gate.turns.later(begins=False) > 0

    run(story())
