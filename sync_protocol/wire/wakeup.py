"""Lets tasks of one event loop wait for what happens in threads: something was kept, folded, received."""

from __future__ import annotations

import asyncio


class Wakeup:
    """`ring` may be called from any thread; every task that waits is woken once. Made inside the running loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self.count = 0

    def ring(self) -> None:
        """Never blocks; a ring after the loop has ended is lost, as nobody waits any more."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        self.count += 1
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float, since: int | None = None) -> bool:
        """Whether it rang within `seconds`; True at once where it has rung since `since` (an earlier `count`)."""
        if since is not None and since != self.count:
            return True
        try:
            await asyncio.wait_for(self._event.wait(), max(seconds, 0))
        except TimeoutError:
            return False
        return True
