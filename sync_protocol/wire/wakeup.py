"""Lets tasks of one event loop wait for what happens in threads: something was kept, folded, received."""

from __future__ import annotations

import asyncio


class Wakeup:
    """`ring` may be called from any thread and wakes every task that waits. `attach` names the loop of the tasks."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event = asyncio.Event()
        self.count = 0
        self.stopping = False

    def stop(self) -> None:
        """The process is about to end: whoever waits is woken, and should not wait again."""
        self.stopping = True
        self.ring()

    def attach(self) -> None:
        """Serves the running event loop from now on."""
        self._loop = asyncio.get_running_loop()

    def ring(self) -> None:
        """Never blocks; a ring while nobody can wait is only counted."""
        self.count += 1
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

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
