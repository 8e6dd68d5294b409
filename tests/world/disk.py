"""The disk of a simulated machine: the product's database on real files, and what a power cut leaves of them.

Everything up to the last commit that SQLite has synced stays as it is. What was being written when the power failed may
be there whole, in parts, or not at all, sector by sector:

- a commit appends to the write-ahead log, or overwrites it from its beginning after a checkpoint, whose header SQLite
  syncs by itself. Of the sectors that the commit changed, each may be the old one, the new one, or garbage
- a checkpoint copies pages of a log that is synced into the database: each may be the old one or the new one

A commit is synced where the connection says `synchronous = FULL`; otherwise the last one that counts is the one that a
checkpoint made durable. So a product that does not sync loses here what it would lose on a real machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from enum import Enum
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, ParamSpec, TypeVar

from sync_protocol.store.database import Connection, Database
from tests.world.crowd import Crowd, Turn

T = TypeVar("T")
P = ParamSpec("P")

SECTOR = 512
WAL_HEADER = 32
CHECKPOINT_PAGES = 60
"""Small logs, so that checkpoints come, and a log begins again, in the middle of a run."""
FULL = 2
PAGES_MAX = 2**32 - 2


class PowerCut(Exception):
    """The power of the machine with this database fails here: what was going on is gone, the files stay as they are."""

    def __init__(self, path: Path, cut: Cut) -> None:
        super().__init__(str(path))
        self.path = path
        self.cut = cut


class Cut(Enum):
    """When, at a write, the power fails."""

    BEFORE = "before"
    DURING = "in the middle of"
    CHECKPOINT = "in a checkpoint after"
    AFTER = "after"


class Files(NamedTuple):
    """The bytes of a database and of its write-ahead log."""

    database: bytes
    log: bytes

    @classmethod
    def of(cls, path: Path) -> Files:
        log = log_of(path)
        return cls(path.read_bytes(), log.read_bytes() if log.exists() else b"")

    def put(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.database)
        log_of(path).write_bytes(self.log)
        return path


def log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def torn(before: Files, after: Files, random: Random) -> Files:
    """What a power cut may leave of a commit that took the files from one state to the other."""
    if after.database != before.database:  # the commit was synced, and a checkpoint followed
        return Files(_mixed(before.database, after.database, random, garbage=False), after.log)
    log = _mixed(before.log, after.log, random, garbage=True)
    if after.log[:WAL_HEADER] != before.log[:WAL_HEADER] and random.random() < 0.8:
        log = after.log[:WAL_HEADER] + log[WAL_HEADER:]
    elif after.log[:WAL_HEADER] != before.log[:WAL_HEADER]:
        log = before.log
    return Files(before.database, log)


def _mixed(old: bytes, new: bytes, random: Random, *, garbage: bool) -> bytes:
    """`new`, in which sectors that changed may still be old ones, or garbage; it may end early where it grew. Bytes
    that were not written stay as they are: SQLite counts on that ("powersafe overwrite")."""
    kept = random.choice((0.0, 0.5, 0.9, 1.0))
    mixed = bytearray(new)
    for start in range(0, len(new), SECTOR):
        end = min(start + SECTOR, len(new))
        if old[start:end] == new[start:end] or random.random() < kept:
            continue
        was, now = old[start:end].ljust(end - start, b"\0"), new[start:end]
        if garbage and random.random() < 0.2:
            drawn = random.randbytes(end - start)
            was = bytes(x if x == y else z for x, y, z in zip(was, now, drawn, strict=True))
        mixed[start:end] = was
    if len(new) > len(old) and random.random() < 0.5:
        del mixed[random.randint(len(old), len(new)) :]
    return bytes(mixed)


class _Here(Executor):
    """Does everything at once, where it is asked for: no thread, so that a run is the same every time, and fast."""

    def submit(self, act: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(act(*arguments, **named))
        except BaseException as error:  # noqa: BLE001 - it is the future's to raise it
            future.set_exception(error)
        return future


class Disk(Database):
    """The product's database on a machine whose power fails at an armed write, and whose disk may be full."""

    def __init__(self, path: Path) -> None:
        self.writes = 0
        """How many transactions were tried: nothing changed where this has not."""
        self.is_full = False
        self._writes_left = 0
        self._cut = Cut.BEFORE
        self._random = Random(0)
        self._inside = False
        self._crowd: Crowd | None = None
        self._synced: Files | None = None
        """The state that a power cut leaves, where it is another one than that of the files."""
        super().__init__(path, litestream=False, thread=_Here())
        if not self._syncs():
            self._synced = Files.of(path)

    # ------------------------------------------------------------ faults

    def arm(self, writes: int, cut: Cut, random: Random) -> None:
        """The power fails at the `writes`-th write from now on."""
        self._writes_left, self._cut, self._random = writes, cut, random

    @property
    def is_armed(self) -> bool:
        return self._writes_left > 0

    def disarm(self) -> None:
        """Neither the power fails any more, nor is the disk full."""
        self._writes_left = 0
        self.make_room()

    def fill(self) -> None:
        """Not one more page fits on the disk: SQLite itself says so, wherever in a transaction it needs one."""
        self.is_full = True
        pages = self._writable().execute("PRAGMA page_count").fetchone()[0]
        self._writable().execute(f"PRAGMA max_page_count = {pages}")

    def make_room(self) -> None:
        self.is_full = False
        self._writable().execute(f"PRAGMA max_page_count = {PAGES_MAX}")

    def survives(self, random: Random) -> Path:
        """The files as a power cut leaves them now."""
        if self._synced is None:
            return self.path
        left = copy_machine(self.path, self.path.with_name("survived") / "tongban.db")
        return torn(self._synced, Files.of(self.path), random).put(left)

    def kill(self) -> None:
        """The process is gone. A reader is the last to close, so that no checkpoint is made on the way."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        self.close()

    # ------------------------------------------------------------ the product's database

    def write(self, act: Callable[[Connection], T], *, together: bool = False) -> T:
        if self._inside:
            raise RuntimeError("a write inside a write would wait for itself: use the connection at hand")
        if not together:
            return self._transact(act)
        turn: tuple[Callable[[Connection], T], Future[T]] = (act, Future())
        self._together.append(turn)
        if self._crowd is None:
            self._share()
        else:
            self._crowd.wait()
        return turn[1].result()

    def at_once(self, acts: Sequence[Callable[[], T]]) -> tuple[list[Turn[T]], BaseException | None]:
        """Acts that come to this disk at the same moment: the first shared write of each is in one transaction. Gives
        how each ended, and what happened to the transaction beside that."""
        crowd = self._crowd = Crowd(self._share)
        try:
            return crowd.run(acts), crowd.error
        finally:
            self._crowd = None

    def _transact(self, act: Callable[[Connection], T]) -> T:
        self.writes += 1
        self._inside = True
        try:
            if self._writes_left:
                self._writes_left -= 1
                if not self._writes_left:
                    self._fails(act)
            result = super()._transact(act)
        finally:
            self._inside = False
        if self._synced is not None and self._synced.database != self.path.read_bytes():
            self._synced = Files.of(self.path)
        return result

    def _fails(self, act: Callable[[Connection], Any]) -> None:
        """The power fails at this write. Nobody hears that it was done, even where it was."""
        if self._cut is not Cut.BEFORE:
            before = Files.of(self.path)
            super()._transact(act)
            if self._cut is Cut.CHECKPOINT:
                before = Files.of(self.path)
                self._writable().execute("PRAGMA wal_checkpoint(PASSIVE)")
            if self._cut is not Cut.AFTER and self._synced is None:
                self._synced = before
        raise PowerCut(self.path, self._cut)

    def _writable(self) -> Connection:
        fresh = self._writer is None
        connection = super()._writable()
        if fresh:
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        return connection

    def _syncs(self) -> bool:
        return int(self._writable().execute("PRAGMA synchronous").fetchone()[0]) >= FULL


def copy_database(source: Path, target: Path) -> Path:
    """The file and its write-ahead log, as a killed process leaves them."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for old, new in ((source, target), (log_of(source), log_of(target))):
        if old.exists():
            shutil.copyfile(old, new)
        else:
            new.unlink(missing_ok=True)
    target.with_name(target.name + "-shm").unlink(missing_ok=True)
    return target


def copy_machine(source: Path, target: Path) -> Path:
    """The database, and the attachments beside it."""
    files = target.with_name("attachments")
    shutil.rmtree(files, ignore_errors=True)
    if source.with_name("attachments").exists():
        shutil.copytree(source.with_name("attachments"), files)
    return copy_database(source, target)
