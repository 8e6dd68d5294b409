"""Litestream and the application live and die together, one replica folder a history, and replicas that restore.

Real Litestream, a real application below it (`counting_app`), and SIGKILL.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from shared_models.refusals import Refusal
from sync_protocol.host import litestream, replica
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.parent_death import PARENT_VARIABLE
from sync_protocol.store.database import Connection, Database, looking_into, problems_of
from tests.host import counting_app

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Litestream runs below a parent-death signal on Linux")

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


class Running:
    """The counting application below its Litestream. `pid` is Litestream's, `app` the application's."""

    def __init__(self, folder: Path, replicas: Path) -> None:
        self.command = [sys.executable, "-m", "tests.host.counting_app", str(folder), str(replicas)]
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.pid = self.process.pid
        self.acknowledged: list[int] = []
        self.app = int(self._line().removeprefix("pid "))
        self.copied_first = self._line() == "copied"

    def _line(self) -> str:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise AssertionError(f"the application ended: {self.process.communicate(timeout=PATIENCE_SECONDS)[1]}")
        return line.strip()

    def rows(self, count: int) -> Running:
        """Waits until so many more rows were acknowledged."""
        for _ in range(count):
            self.acknowledged.append(int(self._line().removeprefix("row ")))
        return self

    def end(self) -> int:
        """Reads whatever was still acknowledged; returns Litestream's exit code, negative for a signal."""
        rest, self.errors = self.process.communicate(timeout=PATIENCE_SECONDS)
        lines = rest.split("\n")[:-1]  # a line that was cut off by a kill acknowledged nothing
        self.acknowledged += [int(line.removeprefix("row ")) for line in lines if line.startswith("row ")]
        self.last_words = lines[-2:]
        return self.process.returncode

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.end()


class Place:
    """A data folder and a folder of replicas, with paths as people write them."""

    def __init__(self, path: Path) -> None:
        self.folder = path / "数据 folder"
        self.replicas = path / "it's 副本"
        self.database = self.folder / "tongban.db"
        self.started: list[Running] = []

    def run(self) -> Running:
        self.started.append(Running(self.folder, self.replicas))
        return self.started[-1]

    def generations(self) -> list[str]:
        return replica.generations(self.replicas)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    yield (made := Place(tmp_path))
    for running in made.started:  # nothing may go on running, whatever a test found
        if running.process.poll() is None:
            running.process.kill()
            running.end()


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but Litestream's own."""
    with looking_into(path) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name: connection.execute(f'SELECT * FROM "{name}"').fetchall()
            for name in names
            if not name.startswith("_litestream")
        }


def numbers(path: Path) -> list[int]:
    with looking_into(path) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM entry ORDER BY number")]


def restored(place: Place, name: str = "restored.db") -> Path:
    target = place.folder.parent / name
    replica.restore(place.replicas, target)
    return target


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended but was not collected yet does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_until_dead(pid: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while is_alive(pid):
        if time.monotonic() > until:
            raise AssertionError(f"process {pid} goes on running")
        time.sleep(0.005)


def test_either_killed_takes_the_other_along_and_no_acknowledged_row_is_lost(place: Place) -> None:
    acknowledged: list[int] = []
    for cycle in range(8):
        running = place.run().rows(10 + 25 * (cycle % 4))
        victim, other = (running.pid, running.app) if cycle % 2 else (running.app, running.pid)
        os.kill(victim, signal.SIGKILL)
        code = running.end()
        wait_until_dead(other)
        assert code == (-signal.SIGKILL if victim == running.pid else 1)
        acknowledged += running.acknowledged
        kept = numbers(place.database)
        assert kept == list(range(1, len(kept) + 1))
        assert set(acknowledged) <= set(kept)
        assert len(kept) <= len(acknowledged) + cycle + 1  # at most the row that was being acknowledged
    last = place.run().rows(20)
    assert last.stop() == 0
    assert content(restored(place)) == content(place.database)
    assert numbers(place.database)[-1] == last.acknowledged[-1]
    assert len(place.generations()) == 1


def test_sigterm_stops_both_with_exit_code_0_and_loses_nothing(place: Place) -> None:
    for _ in range(2):
        running = place.run().rows(40)
        assert running.stop() == 0
        assert not is_alive(running.app)
        assert running.copied_first
        assert running.last_words == ["copied", "stopped"]
        assert numbers(place.database)[-1] == running.acknowledged[-1]
    assert content(restored(place)) == content(place.database)
    assert problems_of(place.database) == ()


def test_replica_files_are_for_their_owner_only(place: Place) -> None:
    place.run().rows(5).stop()
    found = [place.replicas, *place.replicas.rglob("*"), *place.folder.rglob("*")]
    assert not [path for path in found if path.stat().st_mode & 0o077]


def test_the_lock_is_held_as_long_as_either_of_the_two_runs(place: Place) -> None:
    running = place.run().rows(5)
    second = subprocess.run(running.command, cwd=ROOT, capture_output=True, text=True)
    assert second.returncode != 0
    sentence = Refusal("folder.in_use", path=str(place.folder), pid=str(running.pid), address="http://127.0.0.1:1")
    assert str(sentence) in second.stderr
    assert running.rows(5).stop() == 0


def test_a_database_that_was_put_back_or_swapped_gets_a_replica_folder_of_its_own(place: Place) -> None:
    place.run().rows(30).stop()
    early = place.folder.parent / "early.db"
    shutil.copyfile(place.database, early)
    place.run().rows(30).stop()
    (first,) = place.generations()
    for side in ("-wal", "-shm"):
        Path(f"{place.database}{side}").unlink(missing_ok=True)
    shutil.copyfile(early, place.database)
    assert place.run().rows(30).stop() == 0
    assert len(place.generations()) == 2
    assert place.generations()[1] == first
    assert content(restored(place)) == content(place.database)


def test_even_a_copy_that_nothing_gives_away_replicates_rightly(place: Place) -> None:
    """Taken while the last process ran, and written over the same file: the note cannot tell, Litestream must."""
    running = place.run().rows(30)
    early = place.folder.parent / "early.db"
    with looking_into(place.database) as connection, contextlib.closing(sqlite3.connect(early)) as copy:
        connection.backup(copy)
    running.rows(60).stop()
    for side in ("-wal", "-shm"):
        Path(f"{place.database}{side}").unlink(missing_ok=True)
    shutil.copyfile(early, place.database)
    assert place.run().rows(30).stop() == 0
    assert content(restored(place)) == content(place.database)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    """A data folder, seen by a process that Litestream started."""
    os.environ[PARENT_VARIABLE] = str(os.getppid())
    yield DataFolder(tmp_path / "data")
    os.environ.pop(PARENT_VARIABLE, None)


def begun(folder: DataFolder, replicas: Path, incarnation: str | None, then: str) -> str:
    """One start: a generation is begun, the application opens its database and notes its incarnation."""
    name = replica.begin_generation(folder, replicas, incarnation).name
    Database(folder.database, litestream=True, migrations=[counting_app.migrations]).close()
    replica.note_incarnation(folder, then)
    return name


def test_a_generation_goes_on_as_long_as_the_database_is_the_noted_one(folder: DataFolder, tmp_path: Path) -> None:
    replicas = tmp_path / "replicas"
    names = [
        begun(folder, replicas, None, "one"),
        begun(folder, replicas, "one", "two"),
        begun(folder, replicas, "two", "three"),
    ]
    assert names == [names[0]] * 3


def test_what_happens_while_litestream_is_switched_off_is_another_history(folder: DataFolder, tmp_path: Path) -> None:
    first = begun(folder, tmp_path / "replicas", None, "one")
    del os.environ[PARENT_VARIABLE]
    replica.note_incarnation(folder, "two")
    assert begun(folder, tmp_path / "replicas", "two", "three") != first


def test_every_sign_of_another_history_begins_a_new_generation(folder: DataFolder, tmp_path: Path) -> None:
    replicas = tmp_path / "replicas"
    names = [begun(folder, replicas, None, "one")]

    names.append(begun(folder, replicas, "another", "one"))  # another incarnation is in the database

    folder.database.rename(tmp_path / "moved.db")
    shutil.copyfile(tmp_path / "moved.db", folder.database)
    names.append(begun(folder, replicas, "one", "one"))  # the same content in another file

    (replicas / names[-1] / replica.WORD).write_text("left by somebody else")
    names.append(begun(folder, replicas, "one", "one"))  # a clone has started from the same image meanwhile

    shutil.rmtree(replicas / names[-1])
    names.append(begun(folder, replicas, "one", "one"))  # the replica was wiped

    (folder.path / "generation.json").write_text('{"name": "../../etc", "incarnation": null, "inode": 0, "word": ""}')
    names.append(begun(folder, replicas, "one", "one"))  # the note does not read

    (folder.path / "generation.json").unlink()
    names.append(begun(folder, replicas, "one", "one"))  # the note is lost

    assert len(set(names)) == len(names)
    assert replica.generations(replicas) == [names[6], names[5], names[4], names[2], names[1], names[0]]
    assert [name.split("-")[0] for name in sorted(names)] == [f"{n:06d}" for n in (1, 2, 3, 4, 4, 5, 6)]


def test_a_folder_that_was_cloned_goes_its_own_way_from_the_first_start(folder: DataFolder, tmp_path: Path) -> None:
    replicas = tmp_path / "replicas"
    begun(folder, replicas, None, "one")
    clone = DataFolder(Path(shutil.copytree(folder.path, tmp_path / "clone")))
    replica.note_incarnation(clone, "one")  # as on a cloned disk, where the numbers of files are the same
    original, cloned = begun(folder, replicas, "one", "two"), begun(clone, replicas, "one", "three")
    assert original != cloned


def test_litestreams_own_notes_about_another_history_are_thrown_away(folder: DataFolder, tmp_path: Path) -> None:
    begun(folder, tmp_path / "replicas", None, "one")
    (folder.path / "litestream" / "000001-old").mkdir(parents=True)
    begun(folder, tmp_path / "replicas", "one", "two")
    assert (folder.path / "litestream").exists()
    begun(folder, tmp_path / "replicas", "another", "three")
    assert not (folder.path / "litestream").exists()


def replicate(database: Path, replicas: Path, name: str) -> None:
    """One run of Litestream over a database that stands still."""
    config = replicas.parent / "once.yml"
    notes = replicas.parent / f"notes {name}"
    (replicas / name).mkdir(parents=True, exist_ok=True)
    litestream.write_config(litestream.Setup(database, replicas / name, notes), config)
    answer = litestream.ask("replicate", "-config", str(config), "-no-expand-env", "-once")
    assert answer.returncode == 0, answer.stderr


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "source.db"
    with Database(path, litestream=True, migrations=[counting_app.migrations]) as db:
        for _ in range(20):
            db.write(lambda connection: counting_app.add(connection, "one"))
    return path


def name_of(number: int) -> str:
    return f"{number:06d}-{number:016x}"


def test_old_generations_go_only_when_the_present_one_restores(database: Path, tmp_path: Path) -> None:
    replicas = tmp_path / "replicas"
    for number in range(1, 6):
        (replicas / name_of(number)).mkdir(parents=True)
    assert replica.drop_old_generations(replicas, name_of(5)) == []
    assert len(replica.generations(replicas)) == 5
    replicate(database, replicas, name_of(5))
    assert replica.drop_old_generations(replicas, name_of(5)) == [name_of(2), name_of(1)]
    assert replica.generations(replicas) == [name_of(5), name_of(4), name_of(3)]


def test_a_restore_takes_the_newest_generation_that_is_whole_and_says_what_failed(
    database: Path, tmp_path: Path
) -> None:
    replicas, target = tmp_path / "replicas", tmp_path / "back" / "tongban.db"
    target.parent.mkdir()
    replicate(database, replicas, name_of(1))
    replicate(database, replicas, name_of(2))
    (replicas / name_of(3)).mkdir()
    for file in (replicas / name_of(2)).rglob("*.ltx"):
        file.write_bytes(file.read_bytes()[:-50])
    report = replica.restore(replicas, target)
    assert report.generation == name_of(1)
    assert [name for name, _ in report.failed] == [name_of(3), name_of(2)]
    assert all(why for _, why in report.failed)
    assert report.bytes == target.stat().st_size
    assert content(target) == content(database)
    assert target.stat().st_mode & 0o777 == 0o600
    assert {file.name for file in target.parent.iterdir()} <= {"tongban.db", "tongban.db-wal", "tongban.db-shm"}


def test_a_restore_replaces_nothing_unasked_and_sets_aside_what_it_replaces(database: Path, tmp_path: Path) -> None:
    replicas, target = tmp_path / "replicas", tmp_path / "tongban.db"
    replicate(database, replicas, name_of(1))
    target.write_bytes(b"something else")
    Path(f"{target}-wal").write_bytes(b"and its WAL")
    with pytest.raises(Refusal) as refused:
        replica.restore(replicas, target)
    assert refused.value == Refusal("replica.database_exists", path=str(target))
    assert target.read_bytes() == b"something else"
    replica.restore(replicas, target, replace=True)
    assert Path(f"{target}.replaced").read_bytes() == b"something else"
    assert Path(f"{target}.replaced-wal").read_bytes() == b"and its WAL"
    assert not Path(f"{target}-wal").exists()
    assert content(target) == content(database)


def test_nothing_to_restore_and_nothing_that_restores_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        replica.restore(tmp_path / "absent", tmp_path / "x.db")
    assert refused.value == Refusal("replica.nothing_to_restore", path=str(tmp_path / "absent"))
    (tmp_path / "replicas" / name_of(1)).mkdir(parents=True)
    with pytest.raises(Refusal) as refused:
        replica.restore(tmp_path / "replicas", tmp_path / "x.db")
    assert refused.value.code == "replica.none_restores"
    assert not (tmp_path / "x.db").exists()


def rows_behind(known: int) -> Callable[[Connection], int]:
    def count(connection: Connection) -> int:
        return known - int(connection.execute("SELECT number FROM last").fetchone()[0])

    return count


def test_a_check_restores_and_counts_how_far_the_replica_is_behind(database: Path, tmp_path: Path) -> None:
    replicas = tmp_path / "replicas"
    replicate(database, replicas, name_of(1))
    report = replica.check_replica(replicas, name_of(1), rows_behind(23), tmp_path)
    assert report == replica.ReplicaReport(name_of(1), None, 3)
    assert report.sound


def test_a_replica_whose_last_file_vanished_restores_and_shows_as_behind(database: Path, tmp_path: Path) -> None:
    """Litestream says 0 to it: only the comparison with what is known elsewhere tells."""
    replicas = tmp_path / "replicas"
    replicate(database, replicas, name_of(1))
    with Database(database, litestream=True) as db:
        for _ in range(5):
            db.write(lambda connection: counting_app.add(connection, "two"))
    replicate(database, replicas, name_of(1))
    assert replica.check_replica(replicas, name_of(1), rows_behind(25)).records_behind == 0
    max((replicas / name_of(1) / "ltx" / "0").iterdir()).unlink()
    assert replica.check_replica(replicas, name_of(1), rows_behind(25)).records_behind == 5


@pytest.mark.parametrize("harm", ["wiped", "cut", "flipped"])
def test_a_check_finds_a_replica_that_does_not_restore(database: Path, tmp_path: Path, harm: str) -> None:
    replicas = tmp_path / "replicas"
    replicate(database, replicas, name_of(1))
    for file in (replicas / name_of(1)).rglob("*.ltx"):
        data = file.read_bytes()
        if harm == "wiped":
            file.unlink()
        else:
            file.write_bytes(data[:-50] if harm == "cut" else data[:300] + bytes([data[300] ^ 1]) + data[301:])
    report = replica.check_replica(replicas, name_of(1), rows_behind(20))
    assert not report.sound
    assert report.problem
    assert report.records_behind is None


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%41b", "a\nb"])
def test_a_path_that_litestream_cannot_use_is_refused(tmp_path: Path, name: str) -> None:
    setup = litestream.Setup(tmp_path / name / "x.db", tmp_path / "replica", tmp_path / "notes")
    with pytest.raises(Refusal) as refused:
        litestream.write_config(setup, tmp_path / "x.yml")
    assert refused.value == Refusal("replica.path_unusable", path=str(tmp_path / name / "x.db"))


@pytest.mark.parametrize("name", ["plain", "with space", "数据", "it's", 'say "x"', "$HOME", "~x", "a: b", "{c}", "😀"])
def test_litestream_reads_every_other_path_as_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir()
    with Database(path / "x.db", litestream=True, migrations=[counting_app.migrations]) as db:
        db.write(lambda connection: counting_app.add(connection, name))
    replicate(path / "x.db", path / "replicas", name_of(1))
    replica.restore(path / "replicas", path / "back.db")
    assert content(path / "back.db") == content(path / "x.db")


def test_an_application_whose_litestream_is_gone_before_it_begins_does_not_begin() -> None:
    script = "from sync_protocol.host.parent_death import die_with_parent; die_with_parent(); print('began')"
    for parent, code, said in ((os.getpid(), 0, "began\n"), (1, -signal.SIGKILL, "")):
        environment = {**os.environ, PARENT_VARIABLE: str(parent)}
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (code, said)


def test_without_the_program_the_start_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """A Python without our environment, and a search path without Litestream."""
    script = (
        "import sys; sys.executable = sys.argv[1]; from sync_protocol.host import litestream\n"
        "try: litestream.program()\nexcept Exception as error: print(error.code)"
    )
    environment = {**os.environ, "PATH": str(tmp_path)}
    command = [sys.executable, "-c", script, str(tmp_path / "python")]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout == "replica.no_litestream\n"


def test_a_folder_of_replicas_that_cannot_be_written_is_told(folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Refusal) as refused:
        replica.begin_generation(folder, tmp_path / "file" / "replicas", None)
    assert refused.value == Refusal("replica.not_writable", path=str(tmp_path / "file" / "replicas"))


def test_the_socket_lies_in_the_folder_or_where_its_path_is_short_enough(tmp_path: Path) -> None:
    assert litestream.socket_path(Path("/srv/data")) == Path("/srv/data/litestream.sock")
    long, longer = tmp_path / ("长" * 40), tmp_path / ("长" * 41)
    short, other = litestream.socket_path(long), litestream.socket_path(longer)
    assert short is not None
    assert len(os.fsencode(short)) <= litestream.SOCKET_PATH_BYTES_MAX
    assert short.parent.stat().st_mode & 0o777 == 0o700
    assert short != other


# What is said


SAYING = """
import sys
from pathlib import Path
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.replica import run_under_litestream

folder = DataFolder(Path(sys.argv[1]))
folder.lock()
run_under_litestream(folder, ["/bin/sh", "-c", sys.argv[3]], Path(sys.argv[2]), None)
"""


def said(place: Place, application: str) -> tuple[int, list[str]]:
    """Exit code, and the lines on stderr, of a Litestream whose application is this shell script."""
    DataFolder(place.folder, create=True)
    command = [sys.executable, "-c", SAYING, str(place.folder), str(place.replicas), application]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    return done.returncode, done.stderr.splitlines()


def test_why_an_application_did_not_start_is_the_last_word(place: Place) -> None:
    assert said(place, "echo Port 8516 is taken. >&2; exit 1") == (1, ["Port 8516 is taken."])


def test_what_else_litestream_or_the_application_says_is_passed_on(place: Place) -> None:
    code, lines = said(place, "echo 'Error: exit status 1 of what?' >&2; kill -KILL $$")
    assert (code, lines) == (1, ["Error: exit status 1 of what?", "Error: signal: killed"])


def test_an_end_without_an_error_says_nothing(place: Place) -> None:
    assert said(place, "exit 0") == (0, [])


def test_what_is_said_while_a_node_stops_is_passed_on(place: Place) -> None:
    DataFolder(place.folder, create=True)
    script = "trap 'sleep 0.3; echo last words >&2; exit 0' TERM; echo up; while :; do sleep 0.05; done"
    command = [sys.executable, "-c", SAYING, str(place.folder), str(place.replicas), script]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    os.killpg(process.pid, signal.SIGTERM)  # everybody in the group is told, as by a service manager
    assert "last words" in process.communicate(timeout=PATIENCE_SECONDS)[1]
