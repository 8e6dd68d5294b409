"""The review of drafts: the moves that the table allows, the rule of two people, and what takes an approval away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlite_utils import Database as Tables
from sqlite_utils.utils import sqlite3

from shared_models.catalogue import content_hash, to_value
from shared_models.catalogue.life import DRAFT_STATES, EDIT, MOVES, Review
from shared_models.refusals import Refusal
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts, migrations, ready
from sync_protocol.store.reviewing import Reviews, Wanted
from tests.shared_models.catalogue_items import complete_item

GOOD = complete_item()
POOR = replace(GOOD, code=GOOD.code[:-1] + "2", materials=(), situations=())
OTHER = replace(GOOD, code=GOOD.code[:-1] + "1", name="另一事项")
WRITER, SECOND = "actor-writer", "actor-second"


def opened(path: str | Path = ":memory:") -> Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.apply(Tables(connection))
    return connection


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    connection = opened(tmp_path / "hub.db")
    yield connection
    connection.close()


def move(db: Connection, verb: str, by: str, code: str = GOOD.code, now_ms: int = 5, seen_ms: int | None = None) -> str:
    """The code of the refusal, "" where there is none."""
    try:
        Reviews(db).move(
            code, verb, by, now_ms, word="可以", named=lambda item: content_hash(to_value(item)), seen_ms=seen_ms
        )
    except Refusal as refusal:
        return refusal.code
    return ""


def state(db: Connection, code: str = GOOD.code) -> str:
    row = Reviews(db).row(code)
    assert row is not None
    return row.state


def approved(db: Connection) -> None:
    Drafts(db).save(GOOD, WRITER, 1)
    assert (move(db, "submit", WRITER), move(db, "approve", SECOND)) == ("", "")


def test_a_draft_is_approved_by_somebody_who_did_not_write_it(db: Connection) -> None:
    Drafts(db).save(GOOD, WRITER, 1)
    assert move(db, "approve", SECOND) == "review.not_now"
    assert move(db, "submit", WRITER) == ""
    assert move(db, "approve", WRITER) == "review.own"
    assert move(db, "approve", SECOND) == ""
    (row,) = Reviews(db).approved(lambda code, named: True)
    assert (row.review, row.hash) == (Review(WRITER, SECOND, 5, "可以"), content_hash(to_value(GOOD)))
    assert list(Reviews(db).approved(lambda code, named: named != row.hash)) == []


def test_a_draft_that_has_errors_is_not_handed_in(db: Connection) -> None:
    Drafts(db).save(POOR, WRITER, 1)
    assert move(db, "submit", WRITER, POOR.code) == "review.incomplete"
    assert move(db, "submit", WRITER, "unknown") == "review.unknown"


def test_an_edit_makes_it_the_editors_draft_and_takes_the_approval_away(db: Connection) -> None:
    approved(db)
    assert Drafts(db).save(replace(GOOD, fee="10 元"), SECOND, 7)
    assert state(db) == "drafted"
    assert move(db, "submit", SECOND, now_ms=8) == ""
    assert move(db, "approve", SECOND) == "review.own"
    assert move(db, "approve", WRITER) == ""


def test_writing_the_same_again_leaves_author_and_approval(db: Connection) -> None:
    approved(db)
    assert not Drafts(db).save(GOOD, SECOND, 7)
    Drafts(db).put_many([GOOD], "目录.xlsx", 8, SECOND)
    row = Reviews(db).row(GOOD.code)
    assert row is not None
    assert (row.state, row.author, row.source) == ("approved", WRITER, "editor")


def test_an_import_takes_the_approval_away_once_it_shows(db: Connection) -> None:
    approved(db)
    number = Drafts(db).begin()
    Drafts(db).stage(number, [ready(replace(GOOD, name="文件里的")), ready(OTHER)], "目录.xlsx", 9, WRITER)
    assert state(db) == "approved"
    Drafts(db).finish(number)
    assert (state(db), state(db, OTHER.code)) == ("drafted", "drafted")
    assert Reviews(db).tally("目录.xlsx") == {"drafted": 2}
    assert Reviews(db).codes(Wanted("drafted", "目录.xlsx"), GOOD.code, 5) == [OTHER.code]


def test_what_changed_after_somebody_looked_is_not_approved_by_him(db: Connection) -> None:
    Drafts(db).save(GOOD, WRITER, 10)
    move(db, "submit", WRITER, now_ms=11)
    assert move(db, "approve", SECOND, seen_ms=10) == "review.changed"
    assert move(db, "approve", SECOND, seen_ms=11) == ""


def test_what_was_approved_with_another_base_list_is_a_draft_again(db: Connection) -> None:
    approved(db)
    for named, expected in ((content_hash(to_value(GOOD)), "approved"), ("another", "drafted")):
        Drafts(db).recheck("", 9, lambda item: True, lambda item, named=named: named)  # type: ignore[misc]  # bound
        assert state(db) == expected


@given(st.lists(st.tuples(st.sampled_from(["submit", "approve", "return", EDIT]), st.booleans()), max_size=12))
def test_no_way_leads_past_the_table_or_to_an_approval_by_the_author(steps: list[tuple[str, bool]]) -> None:
    db = opened()
    author, edits = WRITER, 0
    Drafts(db).save(GOOD, author, 1)
    for verb, second in steps:
        before, by = state(db), SECOND if second else WRITER
        if verb == EDIT:
            author, edits = by, edits + 1
            Drafts(db).save(replace(GOOD, fee=f"{edits} 元"), by, edits + 1)
            why = ""
        else:
            why = move(db, verb, by)
        assert state(db) == (MOVES[before, verb] if not why else before)
        assert why in (("",) if (before, verb) in MOVES else ("review.not_now",)) or (
            (verb, by, why) == ("approve", author, "review.own")
        )
        assert why or verb != "approve" or by != author
        assert state(db) in DRAFT_STATES
    db.close()
