"""The simulated disk: what it does to a database that syncs is what SQLite says that it bears, and no more."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from shared_models.refusals import Refusal
from sync_protocol.store.database import Connection, problems_of
from tests.world.disk import Cut, Disk, PowerCut, copy_database, log_of
from tests.world.mutants.keeping import DoesNotSync


def grow(disk: Disk, random: Random) -> int:
    """Adds one row; gives its number."""

    def work(db: Connection) -> int:
        db.execute("CREATE TABLE IF NOT EXISTS t (number INTEGER PRIMARY KEY, text TEXT)")
        size = random.choice((10, 3000, 60_000))
        return int(db.execute("INSERT INTO t (text) VALUES (?)", ("x" * size,)).lastrowid or 0)

    return disk.write(work)


def rows(disk: Disk) -> list[int]:
    with disk.read() as db:
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 't'").fetchone():
            return []
        return [row[0] for row in db.execute("SELECT number FROM t ORDER BY number")]


def grow_until_the_cut(disk: Disk, random: Random, done: list[int]) -> None:
    with suppress(PowerCut):
        while True:
            done.append(grow(disk, random))


def cut_once(folder: Path, seed: int, kind: type[Disk], cut: Cut) -> tuple[list[int], list[int]]:
    """The rows that were acknowledged before a power cut at some write, and those that are there after it."""
    random = Random(seed)
    disk = kind(folder / "before" / "tongban.db")
    done = [grow(disk, random)]
    disk.arm(random.randint(1, 25), cut, random)
    grow_until_the_cut(disk, random, done)
    left = copy_database(disk.survives(random), folder / "after" / "tongban.db")
    disk.kill()
    after = Disk(left)
    found = rows(after)
    grow(after, random)
    after.kill()
    assert problems_of(left) == ()
    return done, found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.mark.parametrize("cut", Cut)
@pytest.mark.parametrize("seed", range(12))
def test_what_was_acknowledged_survives_a_power_cut_anywhere(folder: Path, cut: Cut, seed: int) -> None:
    done, found = cut_once(folder, seed, Disk, cut)
    assert found[: len(done)] == done
    assert len(found) <= len(done) + 1  # the write that nobody heard of may be there


def test_a_torn_commit_is_sometimes_there_and_sometimes_not(tmp_path: Path) -> None:
    more = set()
    for seed in range(30):
        folder = tmp_path / str(seed)
        (folder / "before").mkdir(parents=True)
        done, found = cut_once(folder, seed, Disk, Cut.DURING)
        more.add(len(found) - len(done))
    assert more == {0, 1}


def test_a_database_that_does_not_sync_loses_what_it_acknowledged(tmp_path: Path) -> None:
    lost = 0
    for seed in range(20):
        folder = tmp_path / str(seed)
        (folder / "before").mkdir(parents=True)
        done, found = cut_once(folder, seed, DoesNotSync, Cut.AFTER)
        lost += len(found) < len(done)
    assert lost > 5


def test_a_full_disk_refuses_a_write_whole_and_takes_it_once_there_is_room(folder: Path) -> None:
    random = Random(1)
    disk = Disk(folder / "before" / "tongban.db")
    grow(disk, random)
    disk.fill()

    def replace(db: Connection) -> None:
        db.execute("DELETE FROM t")
        db.execute("INSERT INTO t VALUES (9, ?)", ("x" * 900_000,))

    with pytest.raises(Refusal) as refused:
        disk.write(replace)
    assert refused.value.code == "database.full"
    assert rows(disk) == [1]
    disk.make_room()
    assert grow(disk, random) == 2
    disk.kill()


def test_a_killed_process_makes_no_checkpoint(folder: Path) -> None:
    disk = Disk(folder / "before" / "tongban.db")
    number = grow(disk, Random(1))
    assert rows(disk) == [number]
    before = disk.path.read_bytes(), log_of(disk.path).read_bytes()
    disk.kill()
    assert (disk.path.read_bytes(), log_of(disk.path).read_bytes()) == before
