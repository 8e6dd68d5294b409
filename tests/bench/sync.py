"""Delivery from a station to a hub over HTTP, durable on both sides; and a sync that finds nothing new."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2

from shared_models.signing import KeyPair, name_of_key
from sync_protocol.child_side import ChildSide
from sync_protocol.wire.agent import drive
from sync_protocol.wire.client import Line, new_client
from tests.bench.materials import SmallCity, entropy, fill, small_city
from tests.bench.report import figure, tell
from tests.free_port import free_port

SEED = 7
PEERS = Path(__file__).resolve().parents[3] / "shared" / "peers"


def push(count: int, runs: int) -> None:
    """Records a second of a first delivery, beside the plain baseline in the same run."""
    rates, folded, sizes = [], [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
            rate, seconds_folded, size = asyncio.run(_push(Path(name), count))
        rates.append(rate)
        folded.append(count / seconds_folded)
        sizes.append(size)
    ours = figure(f"push {count} case records, HTTP, durable both sides", "records/s", rates)
    figure(f"push {count}: until folded into case files at the hub as well", "records/s", folded)
    figure(f"push {count}: payload", "B/record", sizes)
    _beside_the_baseline(ours, count, runs)


def peers(large: int, count: int, runs: int) -> None:
    """Records a second of a first delivery, beside the plain baseline and the nearest peers in the same run: `large`
    records beside the baseline, with and without signatures, and `count` beside the peers, which need longer."""
    _beside_the_baseline(_rates(large, runs), large, runs)
    ours = _rates(count, runs)
    for script, called, target in (("c_pouchdb.py", "PouchDB", 10), ("b_morango.py", "Morango", 100)):
        printed = peer(script, count, runs, f"{called} push")
        compare(ours, called, target, printed, r"FIGURE \w*push_\d+_rec_per_s=(\d+)")


BASELINES = (
    ("", "the plain baseline, one signature a record", 3),
    (r" \(hash chain, one signature a batch\)", "the plain baseline, one signature a batch", 1),
    (r" \(no signatures at all\)", "the plain baseline without any signature", 1),
)


def _beside_the_baseline(ours: float, count: int, runs: int) -> None:
    printed = peer("e_baseline.py", count, runs, "baseline push")
    for label, called, target in BASELINES:
        compare(ours, called, target, printed, rf"baseline push {count}{label}\s+([\d,]+) rec/s")


def _rates(count: int, runs: int) -> float:
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        rates = [asyncio.run(_push(Path(name) / str(run), count))[0] for run in range(runs)]
    return figure(f"push {count} case records, HTTP, durable both sides", "records/s", rates)


def no_change(counts: tuple[int, ...]) -> None:
    """Round trips, payload and time of a sync that finds nothing new, at several sizes."""
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
            asyncio.run(_no_change(Path(name), count))


async def _push(folder: Path, count: int) -> tuple[float, float, float]:
    city = small_city(folder, SEED)
    fill(city.station, count)
    async with Hub(city, folder) as hub:
        side = ChildSide(city.station, city.hub.name, city.hub_pair.public, None)
        line = hub.line()
        began = time.perf_counter()
        await drive(side.deliver(), line)
        seconds = time.perf_counter() - began
        await hub.folded()
        return count / seconds, time.perf_counter() - began, line.bytes_up / count


async def _no_change(folder: Path, count: int) -> None:
    city = small_city(folder, SEED)
    fill(city.station, count)
    async with Hub(city, folder) as hub:
        side = ChildSide(city.station, city.hub.name, city.hub_pair.public, None)
        line = hub.line()
        await drive(side.deliver(), line)
        await hub.folded()
        for _ in range(3):
            await drive(side.follow(), line)
        times, up, down, trips = [], line.bytes_up, line.bytes_down, line.round_trips
        for _ in range(50):
            began = time.perf_counter()
            await drive(side.follow(), line)
            times.append((time.perf_counter() - began) * 1000)
        figure(
            f"no-change sync at {count} cases", "ms", times, round_trips=(line.round_trips - trips) / 50,
            payload_up_bytes=(line.bytes_up - up) / 50, payload_down_bytes=(line.bytes_down - down) / 50,
            target_bytes=256,
        )  # fmt: skip


class Hub:
    """The hub of a small city as a process of its own."""

    def __init__(self, city: SmallCity, folder: Path) -> None:
        self._city = city
        self._folder = folder
        self._port = free_port()
        self.client = new_client(f"http://127.0.0.1:{self._port}")

    async def __aenter__(self) -> Hub:
        self._city.hub.database.close()
        command = [
            sys.executable,
            "-m",
            "tests.bench.hub_process",
            str(self._folder / "hub"),
            str(self._port),
            str(SEED),
        ]
        self._process = start(command)
        for _ in range(500):
            try:
                await self.client.get("/lag")
                return self
            except httpx2.HTTPError:
                await asyncio.sleep(0.02)
        raise RuntimeError("the hub does not answer")

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        self._process.terminate()
        self._process.wait()
        self._city.station.database.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    async def folded(self) -> None:
        """Waits until the hub has folded all that it holds."""
        while (await self.places())[1]:
            pass

    async def places(self) -> tuple[int, int]:
        """How many records the hub holds, and how many of them wait to be folded."""
        found = (await self.client.get("/lag")).json()
        return found["kept"], found["lag"]

    def line(self, keys: KeyPair | None = None) -> Line:
        """For the station of the city, or for whoever has these keys."""
        own, hub = keys or self._city.station_pair, self._city.hub
        return Line(self.client, own, name_of_key(own.public), hub.name, self._city.hub_pair.public, entropy)


def start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command)


def peer(script: str, count: int, runs: int, lines: str) -> str:
    """What a peer's own script prints about the same work, in the same run; "" where it cannot run here. Its lines that
    begin with `lines` are told."""
    path = PEERS / script
    if not path.exists():
        tell(f"peer {script}", skipped="the peers' scripts are not beside this checkout")
        return ""
    env = {"PEERS_QUIET_LIMIT": "5", **os.environ, "SIZES": str(count), "RUNS": str(runs)}
    done = subprocess.run([sys.executable, str(path)], env=env, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith(lines):
            tell(f"peer {script}", line=" ".join(line.split()))
    if done.returncode:
        tell(f"peer {script}", failed=(done.stderr or done.stdout)[-300:])
        return ""
    return done.stdout


def compare(ours: float, called: str, target: float, printed: str, figure_of: str) -> None:
    """Tells by how much we are ahead of the figure that the pattern finds in what a peer printed."""
    found = re.search(figure_of, printed)
    if found is not None:
        theirs = float(found[1].replace(",", ""))
        tell(f"push: ratio to {called}", ratio=round(ours / theirs, 2), target=target, peer=theirs)
