"""How figures are taken and told: medians of several runs, one JSON object a line, facts of the machine first."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence

from shared_models.signing import KeyPair, verify
from sync_protocol.store.database import sqlite_version


def machine() -> None:
    """Prints what the figures were taken on."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    tell(
        "machine", cores=os.cpu_count(), processor=models[0] if models else platform.machine(),
        memory_mib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20, python=platform.python_version(),
        sqlite=sqlite_version(), kernel=platform.release(), load=round(os.getloadavg()[0], 2),
        ed25519_verifications_a_second=round(_verifications()),
    )  # fmt: skip


def _verifications(count: int = 2000) -> float:
    """Ed25519 signatures that one core verifies in a second: by this, figures of different machines compare."""
    pair = KeyPair.from_seed(bytes(32))
    signature = pair.sign(b"record")
    worked = time.process_time()
    for _ in range(count):
        verify(pair.public, b"record", signature)
    return count / (time.process_time() - worked)


def tell(what: str, **values: object) -> None:
    """One line of the report."""
    print(json.dumps({"what": what, **values}, ensure_ascii=False), flush=True)


def figure(what: str, unit: str, values: Sequence[float], **more: object) -> float:
    """Tells median, lowest and highest of some runs; gives the median."""
    median = statistics.median(values)
    tell(
        what,
        unit=unit,
        median=_short(median),
        low=_short(min(values)),
        high=_short(max(values)),
        runs=len(values),
        **more,
    )
    return median


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of all lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def resident_mib(pid: int) -> float:
    """Resident memory of one process, MiB."""
    return _memory_mib(pid, "VmRSS")


def peak_mib(pid: int) -> float:
    """The most resident memory that one process ever had, MiB."""
    return _memory_mib(pid, "VmHWM")


def _memory_mib(pid: int, name: str) -> float:
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    return 0.0


def cpu_seconds(pid: int) -> float:
    """How long one process has computed, in all its threads."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """The direct children of a process."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(name))
    return found


def _short(value: float) -> float:
    return round(value, 1) if abs(value) >= 100 else round(value, 4)
