"""A station comes back after half a year: what it wrote goes up, what waits comes down, from hubs small and large.

What it costs shall follow from the difference, and not from what else the hub holds.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from shared_models.records import PUBLIC, Draft
from sync_protocol.child_side import ChildSide
from sync_protocol.commands import View
from sync_protocol.node import Node
from sync_protocol.store import receipts, streams
from sync_protocol.wire.agent import drive
from tests.bench.materials import fill, small_city
from tests.bench.report import tell
from tests.bench.sync import SEED, Hub

BATCH = 1000


@dataclass(frozen=True)
class WriteMany:
    """Writes many records of one kind, with half a kilobyte of text each, from number `first` on."""

    kind: str
    area: str
    first: int
    count: int

    def decide(self, view: View) -> list[Draft]:
        numbers = range(self.first, self.first + self.count)
        return [Draft(self.kind, f"item/{n}", {"text": f"{n:04d}事项说明" * 25}, PUBLIC, self.area) for n in numbers]


def absence(own: int, waiting: int, others: tuple[int, ...]) -> None:
    """Time, bytes and requests until a station and its hub are even; once for each number of records that the hub holds
    beside them, which concern nobody here."""
    for count in others:
        with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
            asyncio.run(_return(Path(name), own, waiting, count))


def _write(node: Node, kind: str, area: str, count: int) -> None:
    for first in range(0, count, BATCH):
        node.write(WriteMany(kind, area, first, min(BATCH, count - first)))


async def _return(folder: Path, own: int, waiting: int, others: int) -> None:
    city = small_city(folder, SEED)
    fill(city.station, own)
    _write(city.hub, "attestation.remark", "511699", others)
    _write(city.hub, "catalogue.remark", "5116", waiting)
    with city.hub.read() as db:
        heads = {name: streams.head(db, name) for name in ("control", "catalogue")}
    station = city.station
    async with Hub(city, folder) as hub:
        side = ChildSide(station, city.hub.name, city.hub_pair.public, clock=time.monotonic)
        line = hub.line()
        began = time.perf_counter()
        await drive(side.deliver(), line)
        up_seconds, up_trips = time.perf_counter() - began, line.round_trips
        while not _follows(station, heads):
            await drive(side.follow(), line)
        seconds = time.perf_counter() - began
        with station.read() as db:
            held = receipts.standing(db).journal == station.log.journal_end(db).position
        tell(
            f"station returns with {own} records, {waiting} wait for it, its hub holds {others} others", unit="s",
            seconds=round(seconds, 2), up_s=round(up_seconds, 2), down_s=round(seconds - up_seconds, 2),
            bytes_up=line.bytes_up, bytes_down=line.bytes_down, requests_up=up_trips,
            requests_down=line.round_trips - up_trips, all_receipted=held,
        )  # fmt: skip


def _follows(station: Node, heads: dict[str, streams.Cursor]) -> bool:
    with station.read() as db:
        kept = streams.cursors(db)
    return all(kept.get(name, streams.START).position >= head.position for name, head in heads.items())
