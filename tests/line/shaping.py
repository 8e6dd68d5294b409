"""A TCP line that is slow, far and unreliable, between two ports of loopback. No kernel feature is needed.

Bandwidth is shared by all connections of a direction; every segment travels for half the round trip and some jitter,
in order. `cut` breaks all connections at once, wherever a frame happens to be; what was under way is lost. `freeze`
leaves them half open: nothing passes and nobody is told. In the dark new connections are frozen from their start;
unplugged, they are closed at once.

    with shaped(listen, to, Weather()) as line: ...          # in a thread of its own
    python -m tests.line.shaping 9001 8517 --rate 8000       # as a process of its own, until it is stopped
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

SEGMENT_BYTES = 1400
UNDER_WAY_MAX = 64
"""Segments of a connection that the line holds; beyond that its sender waits."""


@dataclass(frozen=True)
class Weather:
    """Bytes a second each way; seconds there and back; jitter, seconds at most; seconds between cuts (0 = none)."""

    rate: float = 8000.0
    round_trip: float = 0.6
    jitter: float = 0.1
    cut_every: float = 20.0


class State(Enum):
    OPEN = "open"
    DARK = "dark"
    UNPLUGGED = "unplugged"


class Way:
    """One direction: a bucket that drips. `carried` counts the bytes that entered the line."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_at = 0.0
        self.carried = 0

    async def carry(self, size: int) -> None:
        """Returns when so many bytes have gone out."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now) + size / self._rate
        self.carried += size
        await asyncio.sleep(self._free_at - now)


class _Connection:
    """Two pumps between two sockets. Frozen, it holds what it has for ever."""

    def __init__(self, near: asyncio.StreamWriter) -> None:
        self.writers = [near]
        self.task: asyncio.Task[None] | None = None
        self.frozen = False

    def close(self) -> None:
        for writer in self.writers:
            writer.transport.abort()

    def abort(self) -> None:
        """Breaks it off, wherever its pumps are."""
        self.close()
        if self.task is not None:
            self.task.cancel()


class ShapedLine:
    """Listens on one port of loopback and passes on to another. Its methods are called in its event loop."""

    def __init__(self, listen: int, to: int, weather: Weather, seed: int = 1) -> None:
        self._listen, self._to, self._weather = listen, to, weather
        self._random = random.Random(seed)
        self._open: set[_Connection] = set()
        self.up, self.down = Way(weather.rate), Way(weather.rate)
        self.state = State.OPEN
        self.cuts = 0
        self.connections = 0

    async def run(self, started: threading.Event | None = None) -> None:
        """Until cancelled."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", self._listen, limit=4 * SEGMENT_BYTES)
        if started is not None:
            started.set()
        try:
            while True:
                await asyncio.sleep(self._weather.cut_every or 3600)
                if self._weather.cut_every:
                    self.cut()
        finally:
            server.close()
            for connection in list(self._open):
                connection.abort()

    def cut(self) -> None:
        """Breaks every connection, except those that are half open: about them nobody is told."""
        if self.state is State.OPEN:
            self.cuts += 1
        for connection in [each for each in self._open if not each.frozen]:
            connection.abort()

    def freeze(self) -> None:
        for connection in self._open:
            connection.frozen = True

    def become(self, state: State) -> None:
        """Open, dark or unplugged from now on."""
        if state is State.DARK:
            self.freeze()
        elif state is State.UNPLUGGED:
            self.cut()
        self.state = state

    # ------------------------------------------------------------ one connection

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(writer)
        if self.state is State.UNPLUGGED:
            connection.abort()
            return
        connection.frozen = self.state is State.DARK
        connection.task = asyncio.current_task()
        self._open.add(connection)
        self.connections += 1
        try:
            await self._serve(connection, reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # one end is gone, or we were cut: so is the other end
        finally:
            connection.close()
            self._open.discard(connection)

    async def _serve(self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if connection.frozen:
            await _for_ever()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to, limit=4 * SEGMENT_BYTES)
        connection.writers.append(far_writer)
        pumps = [
            asyncio.ensure_future(self._pump(connection, reader, far_writer, self.up)),
            asyncio.ensure_future(self._pump(connection, far_reader, writer, self.down)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way
    ) -> None:
        """Ends when its sender has, and everything has arrived."""
        travelling: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(UNDER_WAY_MAX)
        arriving = asyncio.ensure_future(self._arrive(connection, travelling, writer))
        try:
            due, loop = 0.0, asyncio.get_running_loop()
            data = b"first"
            while data:
                data = await reader.read(SEGMENT_BYTES)
                await way.carry(len(data))
                delay = self._weather.round_trip / 2 + self._random.random() * self._weather.jitter
                due = max(due, loop.time() + delay)
                await travelling.put((due, data))
            await arriving
        finally:
            arriving.cancel()

    async def _arrive(
        self, connection: _Connection, travelling: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await travelling.get()
            await asyncio.sleep(due - loop.time())
            if connection.frozen:
                await _for_ever()
            if not data:
                return
            writer.write(data)
            await writer.drain()


async def _for_ever() -> None:
    await asyncio.Event().wait()


class Remote:
    """A line that runs in another thread: what is asked of it is done in its own loop."""

    def __init__(self, line: ShapedLine, loop: asyncio.AbstractEventLoop) -> None:
        self._line, self._loop = line, loop

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._line.cut)

    def freeze(self) -> None:
        self._loop.call_soon_threadsafe(self._line.freeze)

    def become(self, state: State) -> None:
        self._loop.call_soon_threadsafe(self._line.become, state)

    @property
    def figures(self) -> dict[str, int]:
        line = self._line
        return {
            "bytes_up": line.up.carried, "bytes_down": line.down.carried, "cuts": line.cuts,
            "connections": line.connections,
        }  # fmt: skip


@contextlib.contextmanager
def shaped(listen: int, to: int, weather: Weather) -> Iterator[Remote]:
    """A line in a thread of its own, for as long as the block lasts."""
    line, loop, started = ShapedLine(listen, to, weather), asyncio.new_event_loop(), threading.Event()
    task = loop.create_task(line.run(started))

    def work() -> None:
        asyncio.set_event_loop(loop)
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        left = asyncio.all_tasks(loop)
        for each in left:
            each.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=work, name="line")
    thread.start()
    try:
        if not started.wait(10):
            raise RuntimeError(f"the line does not listen on port {listen}")
        yield Remote(line, loop)
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


def main() -> int:
    parser = argparse.ArgumentParser(description="a slow and unreliable line between two ports of loopback")
    parser.add_argument("listen", type=int)
    parser.add_argument("to", type=int)
    parser.add_argument("--rate", type=float, default=Weather.rate, help="bytes a second each way")
    parser.add_argument("--round-trip", type=float, default=Weather.round_trip, help="seconds")
    parser.add_argument("--jitter", type=float, default=Weather.jitter, help="seconds, at most")
    parser.add_argument("--cut-every", type=float, default=Weather.cut_every, help="seconds; 0 = never")
    options = parser.parse_args()
    weather = Weather(options.rate, options.round_trip, options.jitter, options.cut_every)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(ShapedLine(options.listen, options.to, weather).run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
