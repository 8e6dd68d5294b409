"""Many stations in one process, for the load bench: `python -m tests.bench.crowd_process FOLDER FIRST LAST PORT`.

Each is a real node on a database file of its own, with the product's `Agent`, `ChildSide`, `Line` and HTTP client: two
connections and two sessions, records up and a long poll down. Says `ready`, waits for a line on its standard input,
lets all of them begin in the same moment, and prints one JSON object when the hub has signed for all their records.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

import httpx2

from sync_protocol.child_side import ChildSide
from sync_protocol.host.runtime import now_ms
from sync_protocol.store import receipts
from sync_protocol.wire.agent import Agent
from sync_protocol.wire.client import Line, new_client
from sync_protocol.wire.wakeup import Wakeup
from tests.bench.crowd import HUB, hub_pair, root_pair, station_folder, station_pair
from tests.bench.materials import open_node

PATIENCE_SECONDS = 900.0


class Child:
    """One station. `seconds` = when its last record was receipted, 0 before that."""

    def __init__(self, folder: Path, index: int, on_served: Callable[[], object]) -> None:
        self._on_served = on_served
        self.node = open_node(station_folder(folder, index), station_pair(index), root_pair().public, hub=False)
        self.began = self.seconds = 0.0
        with self.node.read() as db:
            self._end = self.node.log.journal_end(db).position
        self.node.subscribe(self._look)

    def _look(self, _: Collection[str] | None) -> None:
        if self.seconds == 0:
            with self.node.read() as db:
                if receipts.standing(db).journal >= self._end:
                    self.seconds = time.perf_counter() - self.began
                    self._on_served()

    async def agent(self, address: str, clients: AsyncExitStack) -> Agent:
        """What keeps it in step, as in the product."""
        wakeup, key = Wakeup(), hub_pair().public
        wakeup.attach()
        self.node.subscribe(wakeup.ring)
        up, down = [
            Line(
                await clients.enter_async_context(new_client(address, httpx2.AsyncHTTPTransport(verify=False))),
                self.node.keys, self.node.name, HUB, key, os.urandom, lambda: self.node.incarnation,
            )
            for _ in range(2)
        ]  # fmt: skip
        side = ChildSide(self.node, HUB, key, clock=time.monotonic)
        return Agent(self.node, side, (up, down), wakeup, now_ms, os.urandom, asyncio.sleep)


class Heard(logging.Handler):
    """Counts what the agents log: codes, with `sync.busy` for each that was told to come back with its records."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        self.codes[getattr(record, "code", record.getMessage())] += 1


async def crowd(folder: Path, first: int, last: int, address: str, heard: Heard) -> None:
    """Tells when each was served, and what they heard meanwhile."""
    loop, served = asyncio.get_running_loop(), asyncio.Queue[int]()
    children = [
        Child(folder, index, partial(loop.call_soon_threadsafe, served.put_nowait, index))
        for index in range(first, last)
    ]
    async with AsyncExitStack() as clients:
        agents = [await each.agent(address, clients) for each in children]
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        began = time.perf_counter()
        for child in children:
            child.began = began
        tasks = [asyncio.create_task(agent.run()) for agent in agents]
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                missing = set(range(first, last))
                while missing:  # two threads of a child may both find that it is served
                    missing.discard(await served.get())
        print(json.dumps({"seconds": [child.seconds for child in children], "heard": heard.codes}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)  # the others may not be done: these stay on their long polls
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for child in children:
        child.node.database.close()


if __name__ == "__main__":
    listening = Heard()
    logging.getLogger("tongban.sync").addHandler(listening)
    logging.getLogger("tongban.sync").setLevel(logging.INFO)
    asyncio.run(crowd(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], listening))
