"""Going back to a moment, with real Litestream: what was copied by then, and clear words where there is nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.refusals import Refusal
from sync_protocol.host import litestream, replica
from sync_protocol.store.database import Database, looking_into
from tests.host import counting_app
from tests.host.test_replica import name_of, replicate

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))


class History:
    """A database whose replica was made in three steps, of 3 rows each, into two generations."""

    def __init__(self, path: Path) -> None:
        self.replicas, self.target = path / "replicas", path / "back.db"
        self.database = path / "source.db"
        self.before = datetime.now(UTC) - timedelta(seconds=1)
        self.moments = [self._step(name) for name in (name_of(1), name_of(1), name_of(2))]

    def _step(self, generation: str) -> datetime:
        """Three more rows and their copy; gives a moment at which nothing else was copied yet."""
        with Database(self.database, litestream=True, migrations=[counting_app.migrations]) as db:
            for _ in range(3):
                db.write(lambda connection: counting_app.add(connection, "one"))
        replicate(self.database, self.replicas, generation)
        time.sleep(1.1)
        moment = datetime.now(UTC)
        time.sleep(1.1)  # Litestream names whole seconds
        return moment

    def rows_at(self, at: datetime | None) -> tuple[int, replica.RestoreReport]:
        report = replica.restore(self.replicas, self.target, replace=True, at=at)
        with looking_into(self.target) as db:
            return int(db.execute("SELECT count(*) FROM entry").fetchone()[0]), report


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return History(tmp_path_factory.mktemp("history"))


def refusal_of(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value


def test_each_moment_gives_what_was_copied_by_then_out_of_the_generation_of_that_time(history: History) -> None:
    for number, moment in enumerate(history.moments):
        rows, report = history.rows_at(moment)
        assert rows == 3 * (number + 1)
        assert report.generation == name_of(1 if number < 2 else 2)
        assert report.failed == ()
        assert report.copied is not None
        assert timedelta(0) <= moment - report.copied < timedelta(seconds=4)


def test_without_a_moment_the_newest_state_comes_back(history: History) -> None:
    rows, report = history.rows_at(None)
    assert rows == 9
    assert report.copied == max(copy.until for copy in litestream.copies(history.replicas / name_of(2)))


def test_a_moment_before_the_first_copy_is_refused_and_the_first_one_is_named(history: History) -> None:
    refusal = refusal_of(lambda: history.rows_at(history.before - timedelta(hours=1)))
    assert refusal.code == "replica.time_too_early"
    named = datetime.fromisoformat(str(refusal.values["first"])).replace(tzinfo=CHINA)
    assert history.rows_at(named)[0] == 3


def test_a_newer_generation_that_is_damaged_is_named_and_the_older_one_serves(tmp_path: Path) -> None:
    history = History(tmp_path)
    for file in (history.replicas / name_of(2)).rglob("*.ltx"):
        times = file.stat()
        file.write_bytes(file.read_bytes()[:-50])
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    rows, report = history.rows_at(history.moments[2])
    assert (rows, report.generation) == (6, name_of(1))
    assert [name for name, _ in report.failed] == [name_of(2)]


def test_what_was_set_aside_before_is_never_lost(history: History) -> None:
    aside = sorted(path.name for path in history.target.parent.glob("back.db.replaced*"))
    history.target.write_bytes(b"evidence")
    history.rows_at(None)
    history.rows_at(None)
    assert len(list(history.target.parent.glob("back.db.replaced*"))) >= len(aside) + 2
    assert b"evidence" in [path.read_bytes() for path in history.target.parent.glob("back.db.replaced*")]


def test_a_folder_that_is_no_replica_holds_no_copies(tmp_path: Path) -> None:
    assert litestream.copies(tmp_path / "nowhere") == []
    (tmp_path / "empty").mkdir()
    assert litestream.copies(tmp_path / "empty") == []


# ---------------------------------------------------------------- what is typed


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-05T16:00", "2026-03-05T08:00:00+00:00"),
        ("2026-03-05 16:00:30", "2026-03-05T08:00:30+00:00"),
        ("2026-03-05T08:00Z", "2026-03-05T08:00:00+00:00"),
        ("2026-03-05T08:00:00+00:00", "2026-03-05T08:00:00+00:00"),
        (" 2026-03-05T09:00+01:00 ", "2026-03-05T08:00:00+00:00"),
    ],
)
def test_a_moment_is_read_in_the_time_of_the_screens_unless_it_names_its_zone(text: str, moment: str) -> None:
    assert replica.moment_of(text, NOW) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-03-05", "16:00", "2026-13-05T16:00", "1026-03-05T16:00", "2026-03-05T25:00", "", "2026"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    assert refusal_of(lambda: replica.moment_of(text, NOW)) == Refusal("replica.time_malformed", text=text)


@pytest.mark.parametrize("text", ["2026-03-05T20:01", "2026-03-05T12:01Z", "9999-12-31T23:59-12:00"])
def test_the_future_is_refused(text: str) -> None:
    refusal = refusal_of(lambda: replica.moment_of(text, NOW))
    assert refusal == Refusal("replica.time_future", at=text, now="2026-03-05 20:00:00")


@given(st.text(max_size=60))
def test_whatever_is_typed_gives_a_moment_or_a_refusal(text: str) -> None:
    try:
        found = replica.moment_of(text, NOW)
    except Refusal as refusal:
        code = refusal.code
    else:
        code = "" if found <= NOW else "a moment in the future"
    assert code in ("", "replica.time_malformed", "replica.time_future")


@given(st.integers(1_000_000_000, int(NOW.timestamp())))
def test_a_moment_as_it_is_told_can_be_typed(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert replica.moment_of(replica.in_words(moment), NOW) == moment
