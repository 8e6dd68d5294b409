"""The line itself: as slow, as far and as unreliable as it says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx2
import pytest

from shared_models.signing import KeyPair
from sync_protocol.core.frames import LineDown
from sync_protocol.core.messages import Pull
from sync_protocol.wire.client import Line
from tests.free_port import free_port
from tests.line.shaping import ShapedLine, State, Weather

CALM = Weather(rate=1_000_000, round_trip=0.0, jitter=0.0, cut_every=0.0)
PATIENCE = 0.3


@contextlib.asynccontextmanager
async def echo(weather: Weather) -> AsyncIterator[tuple[ShapedLine, int]]:
    """A line to somebody who sends back what comes; and the port of its near end."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.transport.abort()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = free_port()
    line = ShapedLine(port, server.sockets[0].getsockname()[1], weather)
    task = asyncio.create_task(line.run())
    await asyncio.sleep(0.05)
    try:
        yield line, port
    finally:
        task.cancel()
        server.close()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0.05)


async def there_and_back(port: int, size: int) -> float:
    """Seconds until so many bytes have come back whole."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = asyncio.get_running_loop().time()
    try:
        writer.write(bytes(size))
        assert await reader.readexactly(size) == bytes(size)
        return asyncio.get_running_loop().time() - began
    finally:
        writer.transport.abort()


def test_it_carries_no_more_than_its_rate_whoever_shares_it() -> None:
    async def story() -> None:
        async with echo(Weather(rate=20_000, round_trip=0.0, jitter=0.0, cut_every=0.0)) as (line, port):
            await asyncio.gather(there_and_back(port, 5_000), there_and_back(port, 5_000))
            assert line.up.carried == line.down.carried == 10_000
            assert await there_and_back(port, 5_000) >= 0.25

    asyncio.run(story())


def test_it_is_as_far_as_it_says() -> None:
    async def story() -> None:
        async with echo(Weather(rate=1_000_000, round_trip=0.3, jitter=0.05, cut_every=0.0)) as (_, port):
            assert await there_and_back(port, 10) >= 0.3

    asyncio.run(story())


def test_a_cut_breaks_what_is_under_way_and_the_next_connection_works() -> None:
    async def story() -> None:
        async with echo(Weather(rate=10_000, round_trip=0.0, jitter=0.0, cut_every=0.3)) as (line, port):
            with pytest.raises((asyncio.IncompleteReadError, OSError)):
                await there_and_back(port, 50_000)
            assert line.cuts >= 1
            await there_and_back(port, 10)

    asyncio.run(story())


@pytest.mark.parametrize("how", ["half open", "dark"])
def test_half_open_or_in_the_dark_nobody_is_told_and_only_patience_ends(how: str) -> None:
    async def story() -> None:
        async with echo(CALM) as (line, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"x")
            assert await reader.readexactly(1) == b"x"
            if how == "dark":
                line.become(State.DARK)
            else:
                line.freeze()
            writer.write(b"y")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.readexactly(1), PATIENCE)
            line.cut()  # what is half open stays so
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.readexactly(1), PATIENCE)
            writer.transport.abort()
            line.become(State.OPEN)
            await there_and_back(port, 10)

    asyncio.run(story())


def test_unplugged_it_says_so_at_once() -> None:
    async def story() -> None:
        async with echo(CALM) as (line, port):
            line.become(State.UNPLUGGED)
            with pytest.raises((asyncio.IncompleteReadError, OSError)):
                await there_and_back(port, 10)

    asyncio.run(story())


def test_a_child_gives_up_a_line_on_which_nothing_comes_back() -> None:
    async def story() -> None:
        async with echo(CALM) as (line, port):
            line.become(State.DARK)
            keys = KeyPair.from_seed(bytes(32))
            client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False)
            async with client:
                with pytest.raises(LineDown):
                    await asyncio.wait_for(Line(client, keys, "me", "you", keys.public, bytes).ask(Pull({})), 5)

    asyncio.run(story())
