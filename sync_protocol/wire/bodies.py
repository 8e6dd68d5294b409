"""What requests and answers take in memory, of all children together: a bound, and what follows from it.

- A message that is larger than `FREE_BYTES` is read on only when there is space for all of it: until then its bytes
  wait with the child. It must be whole in time, so that nobody holds space by dripping.
- Answers from above get shorter while the space is taken, and never wait: a line that reads slowly keeps nobody back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sync_protocol.core.session import Session
from sync_protocol.parent_side import ENTRIES_BYTES_MAX

SPACE_BYTES = 64 * 1024 * 1024
FREE_BYTES = 16 * 1024
FRAME_SECONDS = 30.0
"""How long a message for which there is space may take to come in."""
SHARE = 8
"""An answer may have this part of the space that is left."""
CHUNK_BYTES = 64 * 1024


class Space:
    """Bytes that are in use, of so many. Whoever must wait for some gets them in the order of asking."""

    def __init__(self, size: int = SPACE_BYTES) -> None:
        self._size = size
        self._used = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def used(self) -> int:
        return self._used

    @property
    def room(self) -> int:
        """Bytes of records that an answer may have now; a few always."""
        return max(FREE_BYTES, min(ENTRIES_BYTES_MAX, (self._size - self._used) // SHARE))

    async def take(self, count: int) -> None:
        """Waits until `count` bytes are free and takes them; more than there are at all count as all of them."""
        if not self._waiting and self._fits(count):
            self._used += count
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = (count, mine)
        self._waiting.append(place)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.give(count)  # they were given in the same moment
            elif place in self._waiting:
                self._waiting.remove(place)
                self._hand_on()
            raise

    def give(self, count: int) -> None:
        """Gives back what was taken."""
        self._used -= count
        self._hand_on()

    @contextmanager
    def noted(self, count: int) -> Iterator[None]:
        """Counts bytes that are there already, as long as the block lasts."""
        self._used += count
        try:
            yield
        finally:
            self.give(count)

    def _fits(self, count: int) -> bool:
        return self._used == 0 or self._used + count <= self._size

    def _hand_on(self) -> None:
        while self._waiting and (self._waiting[0][1].cancelled() or self._fits(self._waiting[0][0])):
            count, waiter = self._waiting.popleft()
            if not waiter.cancelled():
                self._used += count
                waiter.set_result(None)


async def flowing(
    body: AsyncIterable[bytes], session: Session, space: Space, silence: float, whole: float = FRAME_SECONDS
) -> AsyncIterator[bytes]:
    """The parts of a body as long as they keep coming, for a session that receives each before it asks for the next.
    Raises ClientDisconnect for a body that stands still for `silence` seconds, or where a message that has space is not
    there `whole` seconds later."""
    parts, loop = aiter(body), asyncio.get_running_loop()
    held, until = (0, 0), 0.0
    try:
        while True:
            coming = session.coming
            if coming != held:
                space.give(held[1])
                held = (0, 0)
                if coming[1] > FREE_BYTES:
                    await space.take(coming[1])
                    held = coming
                until = loop.time() + whole
            pause = min(silence, until - loop.time()) if held[1] else silence
            try:
                async with asyncio.timeout(pause):
                    part = await anext(parts)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise ClientDisconnect from None
            yield part
    finally:
        space.give(held[1])


class Noted(Response):
    """An answer that counts as space until it has left for the network."""

    def __init__(self, content: bytes, space: Space, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(content, media_type=media_type, headers=headers)
        self._space = space

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._space.noted(len(self.body)):
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            for start in range(0, len(self.body), CHUNK_BYTES):
                part = self.body[start : start + CHUNK_BYTES]
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
