"""Turns: who may work at a hub now, who waits, and who is told to come back.

A hub has one writer and few cores. However many children ask at once, a few of their messages are worked on at a time;
the others wait, and nobody waits for ever:

- Four classes of work, the lower first. A class that was passed over `PATIENCE` times while somebody waited in it gets
  the next turn, so that none starves.
- Within a class the children take turns one after the other, and a child has one turn at a time, however much it asks.
- A turn is for one message. A body that drips, and a long poll that waits, hold none.
- The room in which requests wait is bounded. Whoever finds it full is told when to come back: at a time of its own,
  further on for each that is told, as fast as the hub works.

Nothing here reads a clock or draws a number: both are handed in.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum

import msgspec

from sync_protocol.store.vault import Entropy

AT_ONCE = 4
PATIENCE = 8
WAITING_MAX = 1024
"""Requests that wait for their turn, in all; half as many before no new session is begun."""
WAITING_SECONDS_MAX = 5.0
"""How long a request should wait at most: as long as the hub serves faster than that, nobody is turned away."""
WAITING_MIN = 32
TURN_SECONDS = 0.005
"""What a turn is thought to take before one was measured."""
TURNS_OF_A_VISIT = 4
"""What a child that comes back will ask for: two to prove who it is, one to learn where to go on, one push."""
AFTER_SECONDS_MAX = 60.0
"""The latest time at which a child is told to come back."""


class Work(IntEnum):
    """The classes, in their order: opening a session, receipts, control and cases; records that go up; what comes
    down from the catalogue and for an area; attachments."""

    SHORT = 0
    RECORDS = 1
    STREAMS = 2
    FILES = 3


class Load(msgspec.Struct, frozen=True):
    """How busy a hub is with its children. Now: requests that `wait` for their turn and messages that are worked on,
    `turns_a_second` as last measured, `bytes` of requests and answers in memory. Since its start: how often a child was
    told to come back, and the longest that one waited for its turn, in milliseconds."""

    waiting: int
    working: int
    turns_a_second: int
    bytes: int
    turned_away: int
    longest_wait_ms: int


Clock = Callable[[], float]
_Ring = OrderedDict[str, deque[asyncio.Future[None]]]


class Turns:
    """The turns of one hub, for tasks of one event loop. `clock` gives seconds that never go back; `at_once` = messages
    that are worked on at a time, `waiting_max` = requests that wait for that."""

    def __init__(
        self, clock: Clock, entropy: Entropy, *, at_once: int = AT_ONCE, waiting_max: int = WAITING_MAX
    ) -> None:
        self._waiting_max = waiting_max
        self._clock = clock
        self._entropy = entropy
        self._at_once = at_once
        self._rings: dict[Work, _Ring] = {work: OrderedDict() for work in Work}
        self._passed = dict.fromkeys(Work, 0)
        self._busy: set[str] = set()
        self._seconds = TURN_SECONDS
        self._booked = 0.0
        self.waiting = 0
        self.turned_away = 0
        self.longest_wait = 0.0

    def load(self, used: int) -> Load:
        """How busy the hub is; `used` = bytes in memory."""
        longest_ms = int(self.longest_wait * 1000)
        return Load(self.waiting, len(self._busy), int(self.rate), used, self.turned_away, longest_ms)

    # ------------------------------------------------------------ the room

    @property
    def rate(self) -> float:
        """Turns a second, as measured while the last ones were taken."""
        return self._at_once / self._seconds

    def later(self, *, begins: bool) -> int:
        """In how many milliseconds to come back, 0 for "come in". `begins` = the request would begin a session: what
        has begun is finished first."""
        room = min(self._waiting_max, max(WAITING_MIN, int(self.rate * WAITING_SECONDS_MAX)))
        return 0 if self.waiting < (room // 2 if begins else room) else self.another_time()

    def another_time(self) -> int:
        """In how many milliseconds somebody who is turned away should come back: each at a time of its own."""
        self.turned_away += 1
        now = self._clock()
        after = max(self._booked - now, self.waiting / self.rate) + TURNS_OF_A_VISIT / self.rate
        after = min(after, AFTER_SECONDS_MAX)
        self._booked = now + after
        share = int.from_bytes(self._entropy(2)) / 65536
        return max(1, int(after * 1000 * (0.75 + share / 2)))

    # ------------------------------------------------------------ the turns

    @asynccontextmanager
    async def turn(self, child: str, work: Work) -> AsyncIterator[None]:
        """Work of one child, as soon as it is its turn. Whoever is cancelled while waiting leaves no trace."""
        came = self._clock()
        await self._wait(child, work)
        began = self._clock()
        self.longest_wait = max(self.longest_wait, began - came)
        try:
            yield
        finally:
            self._seconds += (max(self._clock() - began, 1e-6) - self._seconds) / 32
            self._leave(child)

    async def _wait(self, child: str, work: Work) -> None:
        if not self.waiting and len(self._busy) < self._at_once and child not in self._busy:
            self._busy.add(child)
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rings[work].setdefault(child, deque()).append(mine)
        self.waiting += 1
        self._call()  # whoever waits may wait for a child of his own alone
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._leave(child)  # it was called in the same moment
            else:
                self._forget(child, work, mine)
            raise

    def _leave(self, child: str) -> None:
        self._busy.discard(child)
        self._call()

    def _forget(self, child: str, work: Work, mine: asyncio.Future[None]) -> None:
        ring = self._rings[work]
        if mine in ring.get(child, ()):  # unless it was called after it was cancelled, and passed over
            ring[child].remove(mine)
            self.waiting -= 1
            if not ring[child]:
                del ring[child]

    def _call(self) -> None:
        """Calls as many of those who wait as may work now."""
        while len(self._busy) < self._at_once and (found := self._next()) is not None:
            work, child = found
            ring = self._rings[work]
            mine = ring[child].popleft()
            if ring[child]:
                ring.move_to_end(child)
            else:
                del ring[child]
            self.waiting -= 1
            if not mine.cancelled():
                self._busy.add(child)
                mine.set_result(None)

    def _next(self) -> tuple[Work, str] | None:
        """The class and the child whose turn it is. A child that works already is passed over."""
        first = [(work, child) for work in Work if (child := self._first(work)) is not None]
        if not first:
            return None
        chosen = next((each for each in first if self._passed[each[0]] >= PATIENCE), first[0])
        for work, _ in first:
            self._passed[work] += 1
        self._passed[chosen[0]] = 0
        return chosen

    def _first(self, work: Work) -> str | None:
        return next((child for child in self._rings[work] if child not in self._busy), None)
