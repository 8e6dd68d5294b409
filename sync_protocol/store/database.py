"""One SQLite file: one writer connection on its own thread, short readers beside it.

Rules
- `synchronous=FULL` in WAL mode: what `write` returned for has survived a power cut.
- One transaction a `write`, or a part of one: it is in the file whole, or not at all, and the next one works.
- SQLite below 3.51.3 is refused: two processes on one WAL, as with Litestream, can corrupt the file.
- While Litestream owns checkpoints no connection makes any (`wal_autocheckpoint=0`, and readers are opened `mode=ro`,
  so that the last one to close makes none either); without it the database checkpoints by itself.
- No memory map: mapped pages count as resident, and a full disk under a map kills the process instead of refusing.
- What SQLite says about disk, file and locks becomes a Refusal `database.…`; mistakes in SQL stay what they are.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.refusals import Refusal

Connection: TypeAlias = sqlite3.Connection
"""For rooms that are handed a connection and may not name sqlite3 themselves."""

Damage: TypeAlias = sqlite3.Error
"""What SQLite raises at a file that it cannot work with, for rooms that look at files which may be damaged."""

SQLITE_VERSION_MIN = (3, 51, 3)
BUSY_MS = 5000
WRITER_CACHE_KIB = 12 * 1024
READER_CACHE_KIB = 2 * 1024
READERS_IDLE_MAX = 4
WRITES_WAITING_MAX = 1000
TOGETHER_MAX = 32
WAL_KEPT_BYTES_MAX = 64 * 1024 * 1024
PROBLEMS_MAX = 20
PAGE_BYTES = 8192  # a record takes 1.4 KB: in pages of 4096 a third of the file, and of every write, is padding
ROWS_A_STATEMENT = 50
VALUES_A_STATEMENT = 500

T = TypeVar("T")

_IOERR_SHMSIZE = 10 | 19 << 8
_IN_WORDS = {
    3: "database.not_writable",  # PERM
    5: "database.locked",  # BUSY
    6: "database.locked",  # LOCKED
    8: "database.not_writable",  # READONLY
    10: "database.disk_failed",  # IOERR
    11: "database.corrupt",  # CORRUPT
    13: "database.full",  # FULL
    14: "database.cannot_open",  # CANTOPEN
    26: "database.corrupt",  # NOTADB
    _IOERR_SHMSIZE: "database.full",  # no room for the index of the WAL
}
"""SQLite's result codes (https://sqlite.org/rescode.html) that tell of the machine rather than of the program."""


def check_version(version: tuple[int, ...]) -> None:
    """Raises Refusal database.sqlite_version for an SQLite that can corrupt a WAL which two processes share."""
    if version < SQLITE_VERSION_MIN:
        raise Refusal("database.sqlite_version", version=".".join(map(str, version)))


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """What SQLite says about the machine, as a Refusal."""
    try:
        yield
    except sqlite3.Error as error:
        extended = getattr(error, "sqlite_errorcode", 0)
        code = _IN_WORDS.get(extended) or _IN_WORDS.get(extended & 0xFF)
        if code is None:
            raise
        raise Refusal(code, path=str(path)) from error


def open_database(path: Path, *, writable: bool, litestream: bool) -> Connection:
    """A connection in autocommit mode: transactions are begun by hand. It may be used from any one thread at a time.

    `writable` makes the file (0600) where there is none; otherwise the connection can change nothing, not even by a
    checkpoint. `litestream` says that Litestream owns the checkpoints. Raises Refusal `database.…`."""
    check_version(sqlite3.sqlite_version_info)
    with _in_words(path):
        if writable:
            _make(path)
        mode = "rw" if writable else "ro"
        address = f"file:{quote(str(path))}?mode={mode}"
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000
        )
        try:
            _prepare(connection, writable, litestream)
        except BaseException:
            connection.close()
            raise
    return connection


def _make(path: Path) -> None:
    """An empty file that only its owner may read; SQLite gives the same rights to the WAL beside it."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise Refusal("database.cannot_open", path=str(path)) from error


def _prepare(connection: Connection, writable: bool, litestream: bool) -> None:
    if writable:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # of a new file; one that is there keeps its own
        connection.execute("PRAGMA journal_mode = WAL")
    settings: dict[str, str | int] = {
        "synchronous": "FULL",
        "foreign_keys": "ON",
        "secure_delete": "ON",
        "trusted_schema": "OFF",
        "temp_store": "MEMORY",
        "mmap_size": 0,
        "cache_size": -(WRITER_CACHE_KIB if writable else READER_CACHE_KIB),
        "wal_autocheckpoint": 0 if litestream else 1000,
        "journal_size_limit": -1 if litestream else WAL_KEPT_BYTES_MAX,
        "query_only": "OFF" if writable else "ON",
    }
    for name, value in settings.items():
        connection.execute(f"PRAGMA {name} = {value}")
    connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()


@contextmanager
def looking_into(path: Path) -> Iterator[Connection]:
    """A read-only connection to a database that this process does not otherwise hold: for tools, and before a start.
    It leaves the WAL as it is, so it may be used beside a running node and beside Litestream."""
    with closing(open_database(path, writable=False, litestream=True)) as connection, _in_words(path):
        yield connection


def problems_of(path: Path) -> tuple[str, ...]:
    """What SQLite's integrity and foreign key checks find in the file, at most 20 lines; nothing when it is whole."""
    try:
        with looking_into(path) as connection:
            return _problems(connection)
    except Refusal as refusal:
        return (str(refusal),)


def _problems(connection: Connection) -> tuple[str, ...]:
    found = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({PROBLEMS_MAX})")]
    if found == ["ok"]:
        rows = connection.execute("PRAGMA foreign_key_check").fetchmany(PROBLEMS_MAX)
        found = [f"row {row[1]} of {row[0]} points to no row of {row[2]}" for row in rows]
    return tuple(found)


def insert(connection: Connection, table: str, rows: Sequence[tuple[Any, ...]], *, anew: str = "ABORT") -> None:
    """Adds whole rows; `anew` = what becomes of one that is there already, in the words of SQL. Many in one statement:
    each statement lets another thread take the interpreter, and waiting to get it back costs more than the row."""
    _insert(connection, f"INSERT OR {anew} INTO {table}", rows)


def upsert(
    connection: Connection, table: str, key: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Adds whole rows; of one whose `key` is there already the other `columns` are written over."""
    changes = ",".join(f"{column} = excluded.{column}" for column in columns if column != key)
    _insert(connection, f"INSERT INTO {table}", rows, f" ON CONFLICT ({key}) DO UPDATE SET {changes}")


def _insert(connection: Connection, into: str, rows: Sequence[tuple[Any, ...]], otherwise: str = "") -> None:
    for start in range(0, len(rows), ROWS_A_STATEMENT):
        part = rows[start : start + ROWS_A_STATEMENT]
        places = f"({','.join('?' * len(part[0]))})"
        values = list(chain.from_iterable(part))
        connection.execute(f"{into} VALUES {','.join([places] * len(part))}{otherwise}", values)


def having(connection: Connection, query: str, values: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of `query` ("SELECT … WHERE column") whose column is one of `values`, a few hundred at a time."""
    for start in range(0, len(values), VALUES_A_STATEMENT):
        part = values[start : start + VALUES_A_STATEMENT]
        yield from connection.execute(f"{query} IN ({','.join('?' * len(part))})", part).fetchall()


class Database:
    """A database of this process. Open it once; use it from any thread; close it at the end.

    `migrations` are applied in the given order before anything else. `thread` is where everything is written, one of
    its own where none is given."""

    def __init__(
        self, path: Path, *, litestream: bool, migrations: Sequence[Migrations] = (), thread: Executor | None = None
    ) -> None:
        self.path = path
        self._litestream = litestream
        self._writer: Connection | None = None
        self._writer_thread = 0
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        self._waiting = threading.BoundedSemaphore(WRITES_WAITING_MAX)
        self._together: deque[tuple[Callable[[Connection], Any], Future[Any]]] = deque()
        self._thread = thread or ThreadPoolExecutor(1, thread_name_prefix="database-writer")
        try:
            self._thread.submit(self._writable).result()
            self.apply(*migrations)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, act: Callable[[Connection], T], *, together: bool = False) -> T:
        """`act(connection)` in one transaction; returns its result once that is durable. Where `act` raises, nothing
        of it stays and its exception comes back. `together` lets it share its transaction, and the wait for the disk,
        with others of that kind that wait too. Raises Refusal `database.…`; RuntimeError inside another write."""
        if threading.get_ident() == self._writer_thread:
            raise RuntimeError("a write inside a write would wait for itself: use the connection at hand")
        return self.write_soon(act, together=together).result()

    def alone(self, act: Callable[[Connection], T]) -> T:
        """`act(connection)` between two writes and outside of any transaction: for what SQLite does not do within one,
        and for what must not meet a write. Raises Refusal `database.…`."""

        def work() -> T:
            with _in_words(self.path):
                return act(self._writable())

        try:
            return self._thread.submit(work).result()
        except RuntimeError as error:
            raise Refusal("database.closed") from error

    def write_soon(self, act: Callable[[Connection], T], *, together: bool = False) -> Future[T]:
        """`write` without waiting. Writes happen in the order in which they were asked for; those that share a
        transaction may come before others that were asked for meanwhile.
        Raises Refusal database.busy while 1,000 wait already, and database.closed after `close`."""
        if not self._waiting.acquire(blocking=False):
            raise Refusal("database.busy")
        try:
            future = self._sharing(act) if together else self._thread.submit(self._transact, act)
        except RuntimeError as error:
            self._waiting.release()
            raise Refusal("database.closed") from error
        future.add_done_callback(lambda _: self._waiting.release())
        return future

    def _sharing(self, act: Callable[[Connection], T]) -> Future[T]:
        turn: tuple[Callable[[Connection], T], Future[T]] = (act, Future())
        self._together.append(turn)
        try:
            self._thread.submit(self._share)
        except RuntimeError:
            self._together.remove(turn)
            raise
        return turn[1]

    def _share(self) -> None:
        """One transaction for those that wait to share one; each fails by itself, unless the machine fails."""
        turns = [self._together.popleft() for _ in range(min(len(self._together), TOGETHER_MAX))]
        if not turns:  # the turn before took this one along
            return
        acting = self._within if len(turns) > 1 else _by_itself
        try:
            ends = self._transact(lambda connection: [acting(connection, act) for act, _ in turns])
        except BaseException as failure:  # noqa: BLE001 - it is for those who wait, as with any future
            ends = [(None, failure)] * len(turns)
        for (_, future), (result, error) in zip(turns, ends, strict=True):
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    def _within(self, connection: Connection, act: Callable[[Connection], Any]) -> tuple[Any, BaseException | None]:
        """The result of an act within a larger transaction, or its exception, of which nothing stays but that."""
        connection.execute("SAVEPOINT act")
        try:
            with _in_words(self.path):
                result = act(connection)
        except Exception as error:
            if not connection.in_transaction:  # a full disk ended all of it, and nobody has anything
                raise
            connection.execute("ROLLBACK TO act")
            connection.execute("RELEASE act")
            return None, error
        connection.execute("RELEASE act")
        return result, None

    def _transact(self, act: Callable[[Connection], T]) -> T:
        with _in_words(self.path):
            connection = self._writable()
            try:
                connection.execute("BEGIN IMMEDIATE")
                result = act(connection)
                connection.execute("COMMIT")
            except BaseException:
                self._undo(connection)
                raise
        return result

    def _writable(self) -> Connection:
        """The writer connection, on the writer thread; a new one where the last could not be rolled back."""
        if self._writer is None:
            self._writer = open_database(self.path, writable=True, litestream=self._litestream)
            self._writer_thread = threading.get_ident()
        return self._writer

    def _undo(self, connection: Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:  # the exception that led here is the one to tell; closing rolls back as well
            self._writer = None
            connection.close()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that cannot write and sees one state of the database as long as the block lasts: keep it short,
        since the WAL grows meanwhile. It lends itself to any thread. Raises Refusal `database.…`."""
        connection = self._borrow()
        try:
            with _in_words(self.path):
                connection.execute("BEGIN")
                yield connection
        except BaseException:
            # The exception may hold a cursor in the middle of its rows, and with it the state of the database that it
            # sees: this connection would show that state for ever, and keep the WAL from being cut.
            connection.close()
            raise
        self._give_back(connection)

    def _borrow(self) -> Connection:
        with self._lock:
            if self._closed:
                raise Refusal("database.closed")
            if self._idle:
                return self._idle.pop()
        return open_database(self.path, writable=False, litestream=self._litestream)

    def _give_back(self, connection: Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:  # a reader has nothing to lose: let it go
            connection.close()
            return
        with self._lock:
            if not self._closed and len(self._idle) < READERS_IDLE_MAX:
                self._idle.append(connection)
                return
        connection.close()

    def apply(self, *sets: Migrations) -> None:
        """Brings the tables up to date, each step in its own transaction.
        Raises Refusal database.newer where a newer program has already taken a step that this one does not know."""

        with closing(sqlite3.connect(":memory:")) as nothing:
            known = {each.name: {step.name for step in each.pending(_tables(nothing))} for each in sets}

        def act() -> None:
            with _in_words(self.path):
                tables = _tables(self._writable())
                for each in sets:
                    if any(step.name not in known[each.name] for step in each.applied(tables)):
                        raise Refusal("database.newer", path=str(self.path))
                    each.apply(tables)

        self._thread.submit(act).result()

    def integrity(self) -> tuple[str, ...]:
        """What SQLite's integrity and foreign key checks find, at most 20 lines; nothing when the file is whole.
        Reads every page: seconds on a large database."""
        try:
            with self.read() as connection:
                return _problems(connection)
        except Refusal as refusal:
            return (str(refusal),)

    def close(self) -> None:
        """Waits for the writes that were asked for, then closes. Without Litestream the WAL goes into the file."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        try:
            self._thread.submit(self._close_writer).result()
        except RuntimeError:  # closed before
            return
        self._thread.shutdown()

    def _close_writer(self) -> None:
        connection, self._writer = self._writer, None
        if connection is None:
            return
        if not self._litestream:
            with suppress(sqlite3.Error):  # on a full disk the WAL stays as it is, and nothing is lost
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def _by_itself(connection: Connection, act: Callable[[Connection], Any]) -> tuple[Any, BaseException | None]:
    """The result of an act that has its transaction to itself, and fails with it."""
    return act(connection), None


def _tables(connection: Connection) -> Tables:
    """sqlite-utils around a connection, changing nothing about how the connection behaves."""
    return Tables(connection, recursive_triggers=False, execute_plugins=False)


def sqlite_version() -> str:
    """The version of the SQLite that is used."""
    return str(sqlite3.sqlite_version)
