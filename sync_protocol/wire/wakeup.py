"""Lets tasks of one event loop wait for what happens in threads: something was kept, folded, received.

A hub has thousands of tasks that wait, each for a few things: whoever rings names what is new, and only those who
listen to that are woken. Whoever listens to nothing in particular waits for any ring.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager


class Ear:
    """One that listens: `clear` before looking, `wait` where there was nothing to see."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def clear(self) -> None:
        self._event.clear()

    def wake(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Whether what it listens to has rung since `clear`, or does so within `seconds`."""
        if seconds <= 0:
            return self._event.is_set()
        try:
            async with asyncio.timeout(seconds):
                return await self._event.wait()
        except TimeoutError:
            return False


class Wakeup:
    """`ring` may be called from any thread and wakes every task that waits for it. `attach` names the loop of the
    tasks."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event = asyncio.Event()
        self._ears: dict[str, set[Ear]] = {}
        self.count = 0
        self.stopping = False

    def stop(self) -> None:
        """The process is about to end: whoever waits is woken, and should not wait again."""
        self.stopping = True
        self.ring()

    def attach(self) -> None:
        """Serves the running event loop from now on."""
        self._loop = asyncio.get_running_loop()

    def ring(self, news: Collection[str] | None = None) -> None:
        """`news` names what is new for those who listen; None is everything. Never blocks; a ring while nobody can wait
        is only counted."""
        self.count += 1
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake, news)

    def _wake(self, news: Collection[str] | None) -> None:
        self._event.set()
        self._event = asyncio.Event()
        for name in list(self._ears) if news is None else news:
            for ear in self._ears.get(name, ()):
                ear.wake()

    async def wait(self, seconds: float, since: int) -> bool:
        """Whether it rang within `seconds`, or has rung since `count` was `since`."""
        if since != self.count:
            return True
        try:
            # Not wait_for: up to Python 3.11 it loses a cancellation that comes together with what it waits for, and
            # a ring at the end of the process is just that.
            async with asyncio.timeout(max(seconds, 0)):
                await self._event.wait()
        except TimeoutError:
            return False
        return True

    @contextmanager
    def listening(self, names: Collection[str]) -> Iterator[Ear]:
        """One that is woken by news of one of `names`, as long as the block lasts."""
        ear = Ear()
        for name in names:
            self._ears.setdefault(name, set()).add(ear)
        try:
            yield ear
        finally:
            for name in names:
                self._ears[name].discard(ear)
                if not self._ears[name]:
                    del self._ears[name]
