"""What the drafts promise: items as they were put, nothing lost to an import, part of the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlite_utils import Database as Tables
from sqlite_utils.utils import sqlite3

from shared_models import canonical
from shared_models.catalogue import Item, complete, to_value
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Counts, Drafts, Overtaken, Stored, migrations, ready
from tests.shared_models.catalogue_items import catalogues, complete_item

GOOD = complete_item()
POOR = replace(GOOD, materials=(), situations=())
OTHER = replace(GOOD, code=GOOD.code[:-1] + "1", name="另一事项", legal_basis=())


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    connection = sqlite3.connect(tmp_path / "hub.db", isolation_level=None)
    migrations.apply(Tables(connection))
    yield connection
    connection.close()


def test_drafts_come_back_as_they_were_put(db: Connection) -> None:
    drafts = Drafts(db)
    assert drafts.put_many([OTHER, GOOD], "目录.xlsx", 1000) == Stored(2, 0, 0, 0)
    assert drafts.all() == [GOOD, OTHER]
    assert drafts.all(complete_only=True) == [GOOD]
    assert drafts.get(GOOD.code) == GOOD
    assert drafts.get("unknown") is None
    assert drafts.counts() == Counts(2, 1)


def test_an_empty_table_counts_nothing(db: Connection) -> None:
    assert Drafts(db).counts() == Counts(0, 0)
    assert Drafts(db).all() == []


def test_what_is_put_again_unchanged_keeps_its_time_and_source(db: Connection) -> None:
    drafts = Drafts(db)
    drafts.put_many([GOOD], "first", 1000)
    assert drafts.put_many([GOOD], "second", 2000) == Stored(0, 0, 1, 0)
    assert kept(db) == [(1000, "first")]
    assert drafts.put_many([replace(GOOD, name="新名称")], "third", 3000) == Stored(0, 1, 0, 0)
    assert kept(db) == [(3000, "third")]


def test_an_import_that_knows_less_does_not_replace_a_complete_draft(db: Connection) -> None:
    drafts = Drafts(db)
    drafts.put_many([GOOD], "目录.xlsx", 1000)
    assert drafts.put_many([POOR], "事项.csv", 2000) == Stored(0, 0, 0, 1)
    assert drafts.get(GOOD.code) == GOOD
    assert drafts.put_many([POOR], "editor", 3000, replace=True) == Stored(0, 1, 0, 0)
    assert drafts.get(GOOD.code) == POOR
    assert drafts.put_many([replace(POOR, fee="")], "事项.csv", 4000) == Stored(0, 1, 0, 0)


def test_a_removed_draft_is_gone(db: Connection) -> None:
    drafts = Drafts(db)
    drafts.put_many([GOOD], "目录.xlsx", 1000)
    assert drafts.remove(GOOD.code)
    assert not drafts.remove(GOOD.code)
    assert drafts.counts() == Counts(0, 0)


def test_the_transaction_is_the_callers(db: Connection) -> None:
    db.execute("BEGIN")
    Drafts(db).put_many([GOOD], "目录.xlsx", 1000)
    db.execute("ROLLBACK")
    assert Drafts(db).counts() == Counts(0, 0)


# An import, slice by slice


def test_nobody_sees_an_import_before_it_is_finished_and_then_all_of_it(db: Connection) -> None:
    drafts = Drafts(db)
    drafts.put_many([replace(GOOD, name="旧名称")], "editor", 500)
    number = drafts.begin()
    assert drafts.stage(number, [ready(GOOD)], "目录.xlsx", 1000) == Stored(0, 1, 0, 0)
    assert drafts.stage(number, [ready(OTHER)], "目录.xlsx", 1001) == Stored(1, 0, 0, 0)
    assert [item.name for item in drafts.all()] == ["旧名称"]
    assert drafts.get(OTHER.code) is None
    assert drafts.counts() == Counts(1, 1)
    drafts.finish(number)
    assert drafts.all() == [GOOD, OTHER]
    assert drafts.counts() == Counts(2, 1)


def test_an_import_that_breaks_off_shows_nothing_and_is_swept_away_by_the_next(db: Connection) -> None:
    drafts = Drafts(db)
    drafts.put_many([GOOD], "editor", 500)
    broken = drafts.begin()
    drafts.stage(broken, [ready(OTHER), ready(replace(GOOD, name="半途"))], "broken.csv", 1000)
    number = drafts.begin()
    swept(drafts)
    drafts.stage(number, [ready(replace(GOOD, name="新名称"))], "目录.xlsx", 2000)
    drafts.finish(number)
    assert [item.name for item in drafts.all()] == ["新名称"]
    swept(drafts)
    assert kept(db) == [(2000, "目录.xlsx")]


def test_an_import_that_was_overtaken_writes_and_shows_nothing_more(db: Connection) -> None:
    drafts = Drafts(db)
    first = drafts.begin()
    drafts.stage(first, [ready(GOOD)], "first", 1000)
    second = drafts.begin()
    for act in (lambda: drafts.stage(first, [ready(OTHER)], "first", 1001), lambda: drafts.finish(first)):
        with pytest.raises(Overtaken):
            act()
    drafts.finish(second)
    with pytest.raises(Overtaken):
        drafts.finish(second)


def test_what_is_edited_or_removed_during_an_import_stands(db: Connection) -> None:
    drafts = Drafts(db)
    drafts.put_many([GOOD], "editor", 500)
    number = drafts.begin()
    drafts.stage(number, [ready(replace(GOOD, name="文件里的")), ready(OTHER)], "目录.xlsx", 1000)
    drafts.put_many([replace(GOOD, name="编辑过的")], "editor", 1500)
    assert not drafts.remove(OTHER.code)
    drafts.finish(number)
    assert [item.name for item in drafts.all()] == ["编辑过的"]


def test_an_import_in_slices_keeps_the_better_draft_too(db: Connection) -> None:
    drafts = Drafts(db)
    drafts.put_many([GOOD], "目录.xlsx", 500)
    number = drafts.begin()
    assert drafts.stage(number, [ready(POOR)], "事项.csv", 1000) == Stored(0, 0, 0, 1)
    drafts.finish(number)
    assert drafts.all() == [GOOD]


def test_drafts_are_read_in_pieces(db: Connection) -> None:
    drafts = Drafts(db)
    drafts.put_many([OTHER, GOOD], "目录.xlsx", 1000)
    assert (drafts.some(0, 1), drafts.some(1, 5), drafts.some(2, 5)) == ([GOOD], [OTHER], [])
    assert (drafts.some(0, 5, True), drafts.some(0, 5, False)) == ([GOOD], [OTHER])


def test_drafts_of_a_database_from_before_imports_had_generations_are_there(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "old.db", isolation_level=None)
    tables = Tables(connection)
    migrations.apply(tables, stop_before="generations")
    value = canonical.encode(to_value(GOOD)).decode()
    connection.execute("INSERT INTO item_drafts VALUES (?, ?, 1, 1000, '目录.xlsx')", (GOOD.code, value))
    migrations.apply(tables)
    assert Drafts(connection).all() == [GOOD]
    assert kept(connection) == [(1000, "目录.xlsx")]
    connection.close()


@given(st.lists(st.tuples(st.booleans(), catalogues), max_size=4))
def test_imports_in_slices_leave_what_imports_at_once_leave(imports: list[tuple[bool, list[Item]]]) -> None:
    """Those that break off (False) leave nothing."""
    sliced, whole = (sqlite3.connect(":memory:", isolation_level=None) for _ in range(2))
    for connection in (sliced, whole):
        migrations.apply(Tables(connection))
    for at_ms, (finished, items) in enumerate(imports):
        unique = list({item.code: item for item in items}.values())
        number = Drafts(sliced).begin()
        swept(Drafts(sliced))
        stored = [Drafts(sliced).stage(number, [ready(item)], "file", at_ms) for item in unique]
        if finished:
            Drafts(sliced).finish(number)
            put = Drafts(whole).put_many(unique, "file", at_ms)
            assert Stored(*map(sum, zip(Stored(0, 0, 0, 0), *stored, strict=True))) == put
        assert Drafts(sliced).all() == Drafts(whole).all()
        assert Drafts(sliced).counts() == Drafts(whole).counts()
    Drafts(sliced).begin()
    swept(Drafts(sliced))
    assert sorted(kept(sliced)) == sorted(kept(whole))
    for connection in (sliced, whole):
        connection.close()


@given(catalogues)
def test_any_items_are_kept_whole(items: list[Item]) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.apply(Tables(connection))
    drafts = Drafts(connection)
    drafts.put_many(items, "test", 1)
    assert drafts.all() == sorted(items, key=lambda item: item.code)
    assert drafts.counts() == Counts(len(items), sum(map(complete, items)))
    connection.close()


def swept(drafts: Drafts) -> None:
    after: str | None = ""
    while after is not None:
        after = drafts.sweep(after, 2)


def kept(db: Connection) -> list[tuple[int, str]]:
    return list(db.execute("SELECT updated_ms, source FROM item_drafts"))
