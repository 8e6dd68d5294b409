"""A hub alone, in one process and without a line: how fast it takes in what is verified and durable, and whether that
lasts as its log grows. And what a record costs on the wire."""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from central.enrolment import Admit
from shared_models import cases
from shared_models.cases import Writer
from shared_models.records import Clock, Position, Record, seal_record
from shared_models.roster import FAMILIES, STATION, Member
from shared_models.signing import KeyPair, hash_chain, name_of_key, text_of
from sync_protocol.core.frames import LEVEL_OF_SLOW_LINES, FrameReader, pack
from sync_protocol.core.messages import Idle, Mark, Pull, Push, ReceiptGiven, WireRecord
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import receipts, streams
from tests.bench.materials import SmallCity, applications, small_city
from tests.bench.report import figure, tell

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LETTERS = str.maketrans("0123456789", "abcdefghij")
STATIONS = 30
SLICES = 10
SLICE_RECORDS_MAX = 500_000
MADE_AHEAD = 30_000
"""Records whose frames are made before the clock runs, so that memory does not grow with a slice."""
BATCHES = (64, 1000)
WIRE_BATCH = 64
PROOF_BYTES = 100
START_MS = 1_795_000_000_000


class Author:
    """A station that keeps nothing: it signs case after case, and its journal is its one chain."""

    def __init__(self, keys: KeyPair, member: Member, seed: int) -> None:
        self.member = member
        self.keys = keys
        self._incarnation = f"{seed:0>16}".translate(_LETTERS)
        self._random = random.Random(seed)
        self._applications = applications(10**7, member.area, self._incarnation, seed)
        self._clock = Clock(START_MS, 0)
        self._mark: Mark = (0, text_of(bytes(32)))
        self._seq, self._head, self._running = 0, "", bytes(32)

    @classmethod
    def of(cls, hub: str, number: int) -> Author:
        """One of many below a hub, always the same for one number."""
        keys = KeyPair.from_seed(random.Random(1000 + number).randbytes(32))
        area = f"511602001{number + 100:03d}"
        member = Member(name_of_key(keys.public), text_of(keys.public), STATION, area, f"站{number}", hub,
                        FAMILIES[STATION])  # fmt: skip
        return cls(keys, member, number)

    def records(self, count: int) -> Iterator[Record]:
        writer = Writer(STATION, self.member.area, "clerk-1")
        for application in islice(self._applications, count):
            (draft,) = cases.decide(None, cases.Accept(application), writer)
            self._seq += 1
            self._clock = self._clock.tick(self._clock.ms + 1000)
            position = Position(self.member.node, self._incarnation, self._seq)
            salt = self._random.randbytes(16)
            record = seal_record(self.keys, draft, position, self._head, self._clock, 1, salt)
            self._head = record.id
            yield record

    def push(self, count: int) -> bytes:
        """The frame of the next records."""
        records = list(self.records(count))
        base = self._mark
        self._running = hash_chain(self._running, [each.id for each in records])[-1]
        self._mark = (self._seq, text_of(self._running))
        return pack(Push(base, _wired(records)))


def _wired(records: list[Record]) -> list[WireRecord]:
    wire, before = [], ""
    for each in records:
        wire.append(WireRecord.shortened(each.header_bytes, each.signature, each.body, before))
        before = each.id
    return wire


def authors_of(city: SmallCity, count: int) -> list[Author]:
    made = []
    for number in range(count):
        made.append(Author.of(city.hub.name, number))
        city.hub.write(Admit(made[-1].member))
    return made


def intake(total: int) -> None:
    """Records a second, slice after slice, from an empty log to `total` records."""
    for batch in BATCHES:
        with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
            _intake(Path(name), total, batch)


def _intake(folder: Path, total: int, batch: int) -> None:
    city = small_city(folder)
    authors = authors_of(city, STATIONS)
    sides = [ParentSide(city.hub, author.member) for author in authors]
    rates, processor, kept = [], [], 0
    size = min(total // SLICES, SLICE_RECORDS_MAX)
    for _ in range(total // size):
        count, seconds, worked = _slice(authors, sides, size, batch)
        kept += count
        rates.append(count / seconds)
        processor.append(count / worked)
        tell(
            f"intake in batches of {batch}, up to {kept} records", unit="records/s", median=round(rates[-1]),
            of_processor_time=round(processor[-1]), processor_us_a_record=round(worked / count * 1e6, 1),
        )  # fmt: skip
    figure(
        f"intake of {total} records in process, batches of {batch}", "records/s", rates, target=50_000,
        first_slice=round(rates[0]), last_slice=round(rates[-1]),
        of_processor_time=round(statistics.median(processor)),
    )  # fmt: skip
    _nothing_new(city, authors[0], sides[0], total)
    city.hub.database.close()
    city.station.database.close()


def _slice(authors: list[Author], sides: list[ParentSide], size: int, batch: int) -> tuple[int, float, float]:
    """Takes in about `size` records, station after station; (how many, seconds, seconds of processor time) of the hub's
    work alone."""
    count, seconds, worked = 0, 0.0, 0.0
    while count + batch <= size:
        turns = range(min(MADE_AHEAD, size - count) // batch)
        frames = [(number % STATIONS, authors[number % STATIONS].push(batch)) for number in turns]
        seconds -= time.perf_counter()
        worked -= time.process_time()
        for number, frame in frames:
            taken(sides[number], frame)
        seconds += time.perf_counter()
        worked += time.process_time()
        count += len(frames) * batch
    return count, seconds, worked


def taken(side: ParentSide, frame: bytes) -> None:
    reader = FrameReader()
    reader.feed(frame)
    message = reader.next()
    answers = side.answer(message) if message is not None else []
    if not answers or not all(isinstance(answer, ReceiptGiven) for answer in answers):
        raise RuntimeError(f"the hub did not take everything in: {answers}")


def _nothing_new(city: SmallCity, author: Author, side: ParentSide, total: int) -> None:
    """A question to which the answer is "nothing new", over a log of that size, unfolded."""
    with city.hub.read() as db:
        point = receipts.last_point(db, author.member.node)
        head = streams.head(db, "control")
    mark = text_of(point.hash)[: streams.MARK_LENGTH]
    question = Pull({"control": (head.position, head.mark)}, (point.position, mark))
    if side.answer(question):
        raise RuntimeError("there is something new")
    times = []
    for _ in range(200):
        began = time.perf_counter()
        side.answer(question)
        times.append((time.perf_counter() - began) * 1000)
    figure(f"the hub's work for a sync with nothing new at {total} records", "ms", times,
           payload_up_bytes=len(pack(question)), payload_down_bytes=len(pack(Idle())), target_bytes=256)  # fmt: skip


def wire(count: int = 1920) -> None:
    """Bytes of a record in batches of 64, beside the same content as packed JSON without any proof."""
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        city = small_city(Path(name))
        author = authors_of(city, 1)[0]
        fast, slow, plain = [], [], []
        for _ in range(count // WIRE_BATCH):
            records = list(author.records(WIRE_BATCH))
            push = Push((1, text_of(bytes(32))), _wired(records))
            fast.append(len(pack(push)) / WIRE_BATCH)
            slow.append(len(pack(push, LEVEL_OF_SLOW_LINES)) / WIRE_BATCH)
            values = [{key: value for key, value in each.value().items() if key != "salt"} for each in records]
            plain.append(len(zstd.compress(msgspec.json.encode(values), 3)) / WIRE_BATCH)
        content = figure("plain JSON of the content, zstd 3, batches of 64", "B/record", plain)
        target = round(content * 0.6 + PROOF_BYTES)
        figure("a case record on the wire, batches of 64, on a fast line", "B/record", fast, target=target)
        figure("the same on a slow line, and at the beginning on any", "B/record", slow, target=target)
        tell("of that cannot be packed: signature 64 B, salt 16 B", unit="B/record", value=80)
        city.hub.database.close()
        city.station.database.close()
