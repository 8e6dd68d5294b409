"""What the drafts promise: items as they were put, nothing lost to an import, part of the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from msgspec.structs import replace
from sqlite_utils import Database as Tables
from sqlite_utils.utils import sqlite3

from shared_models.catalogue import Item, complete
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Counts, Drafts, Stored, migrations
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


@given(catalogues)
def test_any_items_are_kept_whole(items: list[Item]) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.apply(Tables(connection))
    drafts = Drafts(connection)
    drafts.put_many(items, "test", 1)
    assert drafts.all() == sorted(items, key=lambda item: item.code)
    assert drafts.counts() == Counts(len(items), sum(map(complete, items)))
    connection.close()


def kept(db: Connection) -> list[tuple[int, str]]:
    return list(db.execute("SELECT updated_ms, source FROM item_drafts"))
