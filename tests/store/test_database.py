"""What the database promises: whole transactions, one writer, readers apart, and a sentence when the machine fails."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.refusals import Refusal
from sync_protocol.store import database
from sync_protocol.store.database import Connection, Database, check_version, looking_into, open_database, problems_of


def notes() -> Migrations:
    steps = Migrations("notes")

    @steps()
    def tables(db: Tables) -> None:
        db.execute("CREATE TABLE note (number INTEGER PRIMARY KEY, text TEXT NOT NULL)")

    return steps


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tongban.db"


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    with Database(path, litestream=False, migrations=[notes()]) as opened:
        yield opened


def add(text: str) -> Callable[[Connection], None]:
    def act(connection: Connection) -> None:
        connection.execute("INSERT INTO note (text) VALUES (?)", (text,))

    return act


def texts(db: Database) -> list[str]:
    with db.read() as connection:
        return [row[0] for row in connection.execute("SELECT text FROM note ORDER BY number")]


def setting(connection: Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


@given(st.tuples(st.integers(3, 4), st.integers(0, 60), st.integers(0, 9)))
def test_exactly_the_versions_below_3_51_3_are_refused(version: tuple[int, int, int]) -> None:
    if version >= (3, 51, 3):
        check_version(version)
    else:
        with pytest.raises(Refusal) as refused:
            check_version(version)
        assert refused.value == Refusal("database.sqlite_version", version=".".join(map(str, version)))


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 45, 1), (3, 51, 2)])
def test_the_edges_of_the_refused_versions(version: tuple[int, int, int]) -> None:
    with pytest.raises(Refusal):
        check_version(version)


def test_the_sqlite_in_use_is_one_that_is_taken() -> None:
    check_version(sqlite3.sqlite_version_info)


@pytest.mark.parametrize(("litestream", "autocheckpoint"), [(True, 0), (False, 1000)])
@pytest.mark.parametrize("writable", [True, False])
def test_every_connection_is_durable_bounded_and_leaves_checkpoints_to_their_owner(
    path: Path, litestream: bool, autocheckpoint: int, writable: bool
) -> None:
    Database(path, litestream=litestream).close()
    connection = open_database(path, writable=writable, litestream=litestream)
    asked = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout", "mmap_size", "query_only")
    found = {name: setting(connection, name) for name in (*asked, "wal_autocheckpoint", "temp_store")}
    connection.close()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 5000,
        "mmap_size": 0,
        "query_only": int(not writable),
        "wal_autocheckpoint": autocheckpoint,
        "temp_store": 2,
    }


def test_the_file_and_its_wal_are_for_their_owner_only(db: Database, path: Path) -> None:
    db.write(add("one"))
    assert [file.stat().st_mode & 0o777 for file in (path, path.with_name("tongban.db-wal"))] == [0o600, 0o600]


def test_what_write_returned_for_is_seen_by_readers_and_by_the_next_process(db: Database, path: Path) -> None:
    assert db.write(lambda connection: connection.execute("INSERT INTO note VALUES (7, 'seven')").rowcount) == 1
    assert texts(db) == ["seven"]
    script = (
        "import sys; from sqlite_utils.utils import sqlite3;"
        " print(sqlite3.connect(sys.argv[1]).execute('SELECT text FROM note').fetchall())"
    )
    seen = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[('seven',)]"


def test_a_transaction_that_raises_leaves_nothing_and_the_next_one_works(db: Database) -> None:
    def half(connection: Connection) -> None:
        add("half")(connection)
        raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        db.write(half)
    db.write(add("whole"))
    assert texts(db) == ["whole"]


def test_a_mistake_in_sql_stays_what_it_is(db: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        db.write(lambda connection: connection.execute("INSERT INTO absent VALUES (1)"))
    with pytest.raises(sqlite3.IntegrityError):
        db.write(lambda connection: connection.execute("INSERT INTO note VALUES (1, NULL)"))


def test_a_write_that_ends_its_own_transaction_is_told_so(db: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no transaction"):
        db.write(lambda connection: connection.execute("COMMIT"))
    db.write(add("after"))
    assert texts(db) == ["after"]


def test_a_write_inside_a_write_is_refused_instead_of_waiting_for_ever(db: Database) -> None:
    with pytest.raises(RuntimeError, match="inside a write"):
        db.write(lambda _: db.write(add("inner")))
    assert texts(db) == []


def test_writes_from_many_threads_happen_one_after_the_other_in_the_order_they_were_asked_for(db: Database) -> None:
    def count(connection: Connection) -> None:
        (last,) = connection.execute("SELECT COUNT(*) FROM note").fetchone()
        add(str(last))(connection)

    threads = [threading.Thread(target=lambda: [db.write(count) for _ in range(20)]) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts(db) == [str(number) for number in range(100)]
    futures = [db.write_soon(add(f"soon {number}")) for number in range(50)]
    assert [future.result(timeout=30) for future in futures] == [None] * 50
    assert texts(db)[100:] == [f"soon {number}" for number in range(50)]


def test_too_many_waiting_writes_are_refused_rather_than_piled_up(db: Database) -> None:
    gate = threading.Event()
    db.write_soon(lambda _: gate.wait(30))
    waiting = [db.write_soon(add("x")) for _ in range(database.WRITES_WAITING_MAX - 1)]
    with pytest.raises(Refusal) as refused:
        db.write(add("too many"))
    gate.set()
    assert refused.value == Refusal("database.busy")
    for future in waiting:
        future.result(timeout=30)
    assert len(texts(db)) == database.WRITES_WAITING_MAX - 1


def waiting_together(db: Database, acts: list[Callable[[Connection], Any]]) -> tuple[list[Future[Any]], list[str]]:
    """The acts, asked for while another write goes on, and the ends of transactions that SQLite saw meanwhile."""
    gate, seen = threading.Event(), list[str]()

    def watch(connection: Connection) -> None:
        connection.set_trace_callback(lambda text: seen.append(text) if text in ("COMMIT", "ROLLBACK") else None)
        gate.wait(30)

    first = db.write_soon(watch)
    futures = [db.write_soon(act, together=True) for act in acts]
    gate.set()
    first.result(timeout=30)
    for future in futures:
        future.exception(timeout=30)
    return futures, seen[1:]


def test_writes_that_share_a_transaction_are_all_kept_and_wait_for_the_disk_once(db: Database) -> None:
    futures, ends = waiting_together(db, [add(f"{number}") for number in range(20)])
    assert [future.result() for future in futures] == [None] * 20
    assert texts(db) == [f"{number}" for number in range(20)]
    assert ends == ["COMMIT"]


def test_more_than_a_few_dozen_do_not_share_one_transaction(db: Database) -> None:
    _, ends = waiting_together(db, [add("x")] * (3 * database.TOGETHER_MAX))
    assert ends == ["COMMIT"] * 3


def test_of_writes_that_share_a_transaction_one_that_raises_leaves_nothing_and_the_others_stay(db: Database) -> None:
    def fails(connection: Connection) -> None:
        add("never")(connection)
        raise ValueError("no")

    def mistaken(connection: Connection) -> None:
        add("never")(connection)
        connection.execute("SELECT nothing FROM nowhere")

    futures, ends = waiting_together(db, [add("a"), fails, add("b"), mistaken, add("c")])
    assert [type(future.exception()) for future in futures] == [
        type(None), ValueError, type(None), sqlite3.OperationalError, type(None)
    ]  # fmt: skip
    assert texts(db) == ["a", "b", "c"]
    assert ends == ["COMMIT"]


def test_where_one_ends_the_shared_transaction_nobody_is_told_that_his_is_kept(db: Database) -> None:
    futures, _ = waiting_together(db, [add("a"), lambda connection: connection.execute("ROLLBACK"), add("b")])
    assert all(future.exception() is not None for future in futures)
    assert texts(db) == []
    db.write(add("the next one works"), together=True)
    assert texts(db) == ["the next one works"]


def test_on_a_full_disk_writes_that_share_a_transaction_are_all_told_and_none_is_kept(small_disk: Path) -> None:
    path = small_disk / "tongban.db"
    (small_disk / "reserve").write_bytes(bytes(900_000))
    with Database(path, litestream=True, migrations=[notes()]) as db:
        futures, _ = waiting_together(db, [add("x" * 200_000) for _ in range(20)])
        assert {str(future.exception()) for future in futures} == {str(Refusal("database.full", path=str(path)))}
        assert texts(db) == []
        (small_disk / "reserve").unlink()
        db.write(add("there is room again"), together=True)
        assert texts(db) == ["there is room again"]


def test_a_reader_cannot_write_and_sees_one_state_while_it_lasts(db: Database) -> None:
    db.write(add("before"))
    with db.read() as connection:
        assert connection.execute("SELECT COUNT(*) FROM note").fetchone() == (1,)
        db.write(add("meanwhile"))
        assert connection.execute("SELECT COUNT(*) FROM note").fetchone() == (1,)
        with pytest.raises(sqlite3.OperationalError):
            connection.execute("INSERT INTO note (text) VALUES ('sneaked in')")
    assert texts(db) == ["before", "meanwhile"]


def test_a_cursor_kept_by_an_exception_does_not_show_an_old_state_to_the_next_reader(db: Database) -> None:
    for text in ("one", "two"):
        db.write(add(text))
    kept: list[Exception] = []

    def breaks_off() -> None:
        with db.read() as connection:
            found = connection.execute("SELECT text FROM note")
            raise ValueError(found.fetchone()[0])

    try:
        breaks_off()
    except ValueError as error:
        kept.append(error)
    db.write(add("three"))
    assert texts(db) == ["one", "two", "three"]
    assert kept[0].args == ("one",)


def test_readers_are_kept_for_the_next_one_and_never_more_than_a_few(db: Database) -> None:
    with db.read() as first, db.read() as second:
        assert first is not second
    with db.read() as again:
        assert again in (first, second)
    together = threading.Barrier(8)

    def look() -> None:
        with db.read():
            together.wait(30)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(db._idle) == database.READERS_IDLE_MAX


def test_a_closed_database_says_so(path: Path) -> None:
    db = Database(path, litestream=False)
    db.close()
    db.close()
    for act in (lambda: db.write(add("late")), lambda: texts(db)):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value == Refusal("database.closed")


def test_without_litestream_closing_moves_the_wal_into_the_file(path: Path) -> None:
    with Database(path, litestream=False, migrations=[notes()]) as db:
        db.write(add("one"))
    assert [file.name for file in path.parent.iterdir()] == ["tongban.db"]


def test_looking_into_a_database_never_moves_the_wal(path: Path) -> None:
    """Litestream reads the WAL after a restart: a tool that checkpoints meanwhile would take it away."""
    script = (
        "import os, sys; from pathlib import Path; from sync_protocol.store.database import Database;"
        " db = Database(Path(sys.argv[1]), litestream=True);"
        " db.write(lambda c: c.execute('CREATE TABLE note AS SELECT 1 number, 2 text')); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, cwd=Path(__file__).parents[2])
    wal = path.with_name("tongban.db-wal")
    before = wal.read_bytes()
    with looking_into(path) as connection:
        assert connection.execute("SELECT * FROM note").fetchall() == [(1, 2)]
    assert problems_of(path) == ()
    assert wal.read_bytes() == before


def test_migrations_run_once_and_an_older_program_keeps_its_hands_off(path: Path) -> None:
    newer = notes()

    @newer()
    def colour(db: Tables) -> None:
        db.execute("ALTER TABLE note ADD COLUMN colour TEXT")

    Database(path, litestream=False, migrations=[notes()]).close()
    for _ in range(2):
        Database(path, litestream=False, migrations=[newer]).close()
    with pytest.raises(Refusal) as refused:
        Database(path, litestream=False, migrations=[notes()])
    assert refused.value == Refusal("database.newer", path=str(path))


def test_a_migration_that_fails_leaves_the_tables_as_they_were(path: Path) -> None:
    broken = notes()

    @broken()
    def half(db: Tables) -> None:
        db.execute("CREATE TABLE half (number INTEGER)")
        raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        Database(path, litestream=False, migrations=[broken])
    with looking_into(path) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert names == {"_sqlite_migrations", "note"}


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to look like one" * 100)
    before = path.read_bytes()
    with pytest.raises(Refusal) as refused:
        Database(path, litestream=False)
    assert refused.value == Refusal("database.corrupt", path=str(path))
    assert path.read_bytes() == before
    assert problems_of(path) == (str(Refusal("database.corrupt", path=str(path))),)


def test_a_damaged_page_is_found_by_the_integrity_check(path: Path) -> None:
    with Database(path, litestream=False, migrations=[notes()]) as db:
        db.write(lambda c: c.executemany("INSERT INTO note (text) VALUES (?)", [("x" * 200,)] * 500))
        assert db.integrity() == ()
    damaged = bytearray(path.read_bytes())
    damaged[8 * 4096 : 8 * 4096 + 200] = bytes(200)
    path.write_bytes(bytes(damaged))
    with Database(path, litestream=False) as db:
        assert db.integrity()


def test_a_row_that_points_nowhere_is_found_by_the_integrity_check(path: Path) -> None:
    with Database(path, litestream=False, migrations=[notes()]) as db:
        db.write(lambda c: c.execute("CREATE TABLE tag (note INTEGER REFERENCES note (number))"))
        with pytest.raises(sqlite3.IntegrityError):
            db.write(lambda c: c.execute("INSERT INTO tag VALUES (99)"))
    loose = sqlite3.connect(path)
    loose.execute("INSERT INTO tag VALUES (99)")
    loose.commit()
    loose.close()
    with Database(path, litestream=False) as db:
        assert db.integrity() == ("row 1 of tag points to no row of note",)


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "tongban.db"
    with pytest.raises(Refusal) as refused:
        Database(missing, litestream=False)
    assert refused.value == Refusal("database.cannot_open", path=str(missing))


def test_another_program_that_holds_the_file_is_told_after_the_busy_time(db: Database, path: Path) -> None:
    db.write(lambda connection: connection.execute("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Refusal) as refused:
        db.write(add("blocked"))
    other.execute("ROLLBACK")
    other.close()
    assert refused.value == Refusal("database.locked", path=str(path))
    db.write(add("free"))
    assert texts(db) == ["free"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB of its own."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here: that takes root on Linux")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("litestream", [True, False])
def test_a_full_disk_refuses_keeps_what_was_committed_and_goes_on_when_there_is_room(
    small_disk: Path, litestream: bool
) -> None:
    path = small_disk / "tongban.db"
    reserve = small_disk / "reserve"
    reserve.write_bytes(bytes(700_000))
    with Database(path, litestream=litestream, migrations=[notes()]) as db:
        kept: list[int] = []

        def fill() -> None:
            for number in range(10_000):
                db.write(add(f"{number} {'x' * 3000}"))
                kept.append(number)

        with pytest.raises(Refusal) as refused:
            fill()
        assert refused.value == Refusal("database.full", path=str(path))
        assert [int(text.split()[0]) for text in texts(db)] == kept
        assert db.integrity() == ()
        reserve.unlink()
        db.write(add("-1 goes on"))
        assert [int(text.split()[0]) for text in texts(db)] == [*kept, -1]
    assert problems_of(path) == ()


def test_a_disk_that_is_full_from_the_start_is_told(small_disk: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        (small_disk / "everything").write_bytes(bytes(4_000_000))
    path = small_disk / "tongban.db"
    with pytest.raises(Refusal) as refused:
        Database(path, litestream=False, migrations=[notes()])
    assert refused.value == Refusal("database.full", path=str(path))


def test_ten_thousand_rows_are_one_transaction_and_one_hop(db: Database) -> None:
    rows = [(f"note {number}",) for number in range(10_000)]
    db.write(lambda connection: connection.executemany("INSERT INTO note (text) VALUES (?)", rows))
    assert len(texts(db)) == 10_000
