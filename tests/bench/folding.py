"""A hub under a steady stream of records over HTTP: how fast it takes them in and folds them, and whether that lasts.

The hub is a process of its own. What the stations send was signed and packed before the clock starts and lies in files,
so that the sender takes next to nothing of the machine. A record counts when it is folded into its case file, the
worklist and the streams; the rate is told for each tenth, and of the whole. Whatever waits at the end is waited for.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from shared_models.signing import KeyPair, verify
from sync_protocol.core.frames import ParentBusy, Prepared
from sync_protocol.core.messages import Message, Push, ReceiptGiven
from sync_protocol.wire.client import Line
from tests.bench.intake import STATIONS, Author, authors_of
from tests.bench.materials import small_city
from tests.bench.report import cpu_seconds, peak_mib, tell, timed
from tests.bench.sync import SEED, Hub

BATCH = 1000
AT_ONCE = 4
PARTS = 10
LOOK_SECONDS = 0.1
LENGTH_BYTES = 4
TARGET = 15_000
TARGET_VERIFY = 22_800
"""The target is meant for a machine that checks so many signatures a second."""


def folding(total: int) -> None:
    """Records a second from an empty log to `total` records, taken in over HTTP and folded."""
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        asyncio.run(_folding(Path(name), total))


async def _folding(folder: Path, total: int) -> None:
    city = small_city(folder, SEED)
    authors = authors_of(city, STATIONS)
    batches = max(1, round(total / STATIONS / BATCH))
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(partial(_pack, folder, city.hub.name, batches), range(STATIONS)))
    total, checked = batches * BATCH * STATIONS, [_verify_per_second()]
    async with Hub(city, folder) as hub:
        worked = cpu_seconds(hub.pid)
        progress = _Progress((await hub.places())[0], total)
        sending = asyncio.create_task(_send_all(hub, folder, authors))
        while progress.folded < total:
            progress.note(*await hub.places())
            await asyncio.sleep(LOOK_SECONDS)
            if sending.done():
                sending.result()
        seconds, checked = progress.seconds(), [*checked, _verify_per_second()]
        here = round(TARGET * statistics.mean(checked) / TARGET_VERIFY)
        tell(
            f"{total} records taken in and folded, over HTTP", unit="records/s", value=round(total / seconds),
            target=TARGET, target_of_this_machine=here, all_taken_in_after_s=round(progress.all_kept, 1),
            most_waiting=progress.most_waiting, hub_peak_mib=round(peak_mib(hub.pid)),
            hub_cpu_us_a_record=round((cpu_seconds(hub.pid) - worked) / total * 1e6),
        )  # fmt: skip


def _verify_per_second(count: int = 4000) -> float:
    """Signatures that one core of this machine checks in a second."""
    pair, message = KeyPair.from_seed(bytes(32)), bytes(700)
    signature = pair.sign(message)
    return count / timed(lambda: [verify(pair.public, message, signature) for _ in range(count)])


# ---------------------------------------------------------------- what is sent


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:03d}.frames"


def _pack(folder: Path, hub: str, batches: int, number: int) -> None:
    """The frames of one station, each behind its length."""
    author = Author.of(hub, number)
    with _file(folder, number).open("wb") as file:
        for _ in range(batches):
            frame = author.push(BATCH)
            file.write(len(frame).to_bytes(LENGTH_BYTES) + frame)


def _frames(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while length := file.read(LENGTH_BYTES):
            yield file.read(int.from_bytes(length))


async def _send_all(hub: Hub, folder: Path, authors: list[Author]) -> None:
    """The stations take turns, a few of them at a time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def send(line: Line, frames: Iterator[bytes]) -> None:
        for frame in frames:
            async with room:
                await _deliver(line, frame)

    async with asyncio.TaskGroup() as group:
        for number, author in enumerate(authors):
            group.create_task(send(hub.line(author.keys), _frames(_file(folder, number))))


async def _deliver(line: Line, frame: bytes) -> None:
    answers: list[Message] = []
    while not answers:
        try:
            answers = await line.ask(Prepared(Push((0, ""), []), frame))
        except ParentBusy as busy:
            await asyncio.sleep(busy.after_ms / 1000)
    if not all(isinstance(answer, ReceiptGiven) for answer in answers):
        raise RuntimeError(f"the hub did not take everything in: {answers}")


# ---------------------------------------------------------------- what is told


class _Progress:
    """How far the hub is, of `total` records behind the `start` ones; tells the rate of each tenth."""

    def __init__(self, start: int, total: int) -> None:
        self._start, self._total = start, total
        self._began = self._last = time.perf_counter()
        self._told = self.folded = self.most_waiting = 0
        self.all_kept = 0.0

    def seconds(self) -> float:
        """Until the last record was folded."""
        return self._last - self._began

    def note(self, kept: int, waiting: int) -> None:
        now = time.perf_counter()
        self.folded, self.most_waiting = kept - waiting - self._start, max(self.most_waiting, waiting)
        if not self.all_kept and kept - self._start >= self._total:
            self.all_kept = now - self._began
        if self.folded >= min(self._told + self._total // PARTS, self._total):
            tell(
                f"folded records {self._told} to {self.folded}", unit="records/s",
                value=round((self.folded - self._told) / (now - self._last)), waiting=waiting,
            )  # fmt: skip
            self._told, self._last = self.folded, now
