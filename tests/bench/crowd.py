"""After an outage: many stations return to one hub in the same moment, each with records that wait for delivery.

The hub is a process with real sockets. The stations are real nodes, each on a database file and with keys of its own,
half of them in each of two processes (`crowd_process`). They were there before the outage: they hold the roster as far
as it concerns them, and stand at the end of `control`. The hub was restarted and has forgotten every session.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

import httpx2

from central.enrolment import found_city
from shared_models.records import PUBLIC, Draft, Record
from shared_models.roster import ADMITTED, FAMILIES, STATION, Member, admission
from shared_models.signing import KeyPair, name_of_key, text_of
from sync_protocol.commands import View
from sync_protocol.node import Node
from sync_protocol.store import streams
from sync_protocol.store.log import ABOVE
from tests.bench.materials import AcceptMany, Keys, applications, entropy, open_node
from tests.bench.report import cpu_seconds, peak_mib, percentile, resident_mib, tell
from tests.free_port import free_port

SEED = 7
LOADERS = 2
MEMORY_MIB_MAX = 512


def returning(stations: int, records: int = 20) -> None:
    """The row of the table: time to the last receipt, errors, and the hub's memory."""
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        prepare(Path(name), stations, records)
        with hub_of(Path(name)) as hub:
            found = crowd(Path(name), hub, stations)
    served = [each for each in found.seconds if each]
    tell(
        f"{stations} stations with {records} records each return at once", unit="s",
        last_receipt=round(max(served), 2), half=round(percentile(served, 0.5), 2),
        p99=round(percentile(served, 0.99), 2), first=round(min(served), 2), unserved=found.unserved,
        errors=dict(found.errors), told_to_come_back=found.load["turned_away"],
        longest_wait_for_a_turn_ms=found.load["longest_wait_ms"], hub_cpu_s=round(found.hub_seconds, 1),
        hub_peak_mib=round(found.peak_mib), hub_idle_mib=round(found.idle_mib), target_mib=MEMORY_MIB_MAX,
    )  # fmt: skip


# ---------------------------------------------------------------- who is there


def root_pair() -> KeyPair:
    return Keys.of(SEED).root


def hub_pair() -> KeyPair:
    return KeyPair.from_seed(random.Random(SEED + 1).randbytes(32))


HUB = name_of_key(hub_pair().public)


def station_pair(index: int) -> KeyPair:
    return KeyPair.from_seed(random.Random(f"station {index}").randbytes(32))


def station_folder(folder: Path, index: int) -> Path:
    return folder / "stations" / f"{index:05d}"


def area_of(index: int) -> str:
    """12 digits, another area for each."""
    return f"511602{index + 1:06d}"


@dataclass(frozen=True)
class AdmitMany:
    """One command that admits many nodes."""

    members: Sequence[Member]

    def decide(self, view: View) -> list[Draft]:
        return [Draft(ADMITTED, f"roster/{each.node}", admission(each), PUBLIC, each.area) for each in self.members]


def prepare(folder: Path, stations: int, records: int) -> None:
    """A hub that has admitted the stations, and the stations, each with so many records."""
    hub = open_node(folder / "hub", hub_pair(), root_pair().public, hub=True)
    found_city(hub, root_pair(), "5116", "广安市", entropy)
    hub.open()
    _template(folder, _admissions(hub))
    members = [_member(index) for index in range(stations)]
    for start in range(0, stations, 200):
        hub.write(AdmitMany(members[start : start + 200]))
    admissions = _admissions(hub)[1:]
    with hub.read() as db:
        head = streams.head(db, "control")
    hub.database.close()
    with ProcessPoolExecutor(LOADERS) as pool:
        work = partial(_station, folder, records, head)
        list(pool.map(work, range(stations), admissions, chunksize=20))


def _member(index: int) -> Member:
    public = station_pair(index).public
    return Member(name_of_key(public), text_of(public), STATION, area_of(index), "站", HUB, FAMILIES[STATION])


def _admissions(hub: Node) -> list[Record]:
    with hub.read() as db:
        rows = hub.log.rows(db, 0, hub.log.last_position(db))
    return [row.record for row in rows if row.record.header.kind == ADMITTED]


def _template(folder: Path, records: list[Record]) -> None:
    """A station's database before it is anybody's: it knows the way from the root to the hub."""
    node = open_node(folder / "template", station_pair(0), root_pair().public, hub=False)
    _take(node, records)
    node.database.close()


def _take(node: Node, records: list[Record]) -> None:
    node.take_in(records, ABOVE)
    while node.fold():
        pass


def _station(folder: Path, records: int, head: streams.Cursor, index: int, admitted: Record) -> None:
    shutil.copytree(folder / "template", station_folder(folder, index))
    node = open_node(station_folder(folder, index), station_pair(index), root_pair().public, hub=False)
    _take(node, [admitted])
    node.database.write(lambda db: streams.move_cursor(db, "control", head))
    node.open()
    node.write(AcceptMany(list(applications(records - 1, area_of(index), node.incarnation, index))))
    node.database.close()


# ---------------------------------------------------------------- what happens


@dataclass(frozen=True)
class HubProcess:
    """A hub that runs. `load` = what it says of itself."""

    pid: int
    address: str

    def load(self) -> dict[str, int]:
        found: dict[str, int] = httpx2.get(f"{self.address}/lag", trust_env=False).json()
        return found


@dataclass
class Found:
    """`seconds` until each station was served, 0 for one that was not; `errors` by their code; the hub's own `load`,
    its memory before and at most (MiB), and the time that it computed."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    load: dict[str, int] = field(default_factory=dict)
    idle_mib: float = 0.0
    peak_mib: float = 0.0
    hub_seconds: float = 0.0

    @property
    def unserved(self) -> int:
        return sum(each == 0 for each in self.seconds)


@contextmanager
def hub_of(folder: Path, waiting_max: int | None = None) -> Iterator[HubProcess]:
    """The hub of a prepared folder as a process of its own; `waiting_max` = requests that wait for their turn."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.hub_process", str(folder / "hub"), str(port), str(SEED)]
    process = subprocess.Popen([*command, *([] if waiting_max is None else [str(waiting_max)])])
    hub = HubProcess(process.pid, f"http://127.0.0.1:{port}")
    try:
        while process.poll() is None:
            try:
                hub.load()
                break
            except httpx2.HTTPError:
                time.sleep(0.05)
        yield hub
    finally:
        process.terminate()
        process.wait()


def crowd(folder: Path, hub: HubProcess, stations: int) -> Found:
    """All stations begin in the same moment; what came of it."""
    found = Found(idle_mib=resident_mib(hub.pid), hub_seconds=-cpu_seconds(hub.pid))
    step = -(-stations // LOADERS)
    loaders = [_loader(folder, hub, first, min(first + step, stations)) for first in range(0, stations, step)]
    try:
        for process in loaders:
            _out(process).readline()
        for process in loaders:
            _say(process)
        for process in loaders:
            told = json.loads(_out(process).readline())
            found.seconds += told["seconds"]
            found.errors.update({code: count for code, count in told["heard"].items() if code != "sync.busy"})
        found.load = hub.load()
        found.peak_mib, found.hub_seconds = peak_mib(hub.pid), found.hub_seconds + cpu_seconds(hub.pid)
    finally:
        for process in loaders:
            process.communicate("go\n")
    return found


def _loader(folder: Path, hub: HubProcess, first: int, last: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bench.crowd_process", str(folder), str(first), str(last), hub.address]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _out(process: subprocess.Popen[str]) -> IO[str]:
    if process.stdout is None:
        raise RuntimeError("its output was not asked for")
    return process.stdout


def _say(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None and process.poll() is None:
        process.stdin.write("go\n")
        process.stdin.flush()
