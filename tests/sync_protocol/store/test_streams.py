from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils.utils import sqlite3

from sync_protocol.store import landmarks, streams
from sync_protocol.store.streams import MARK_LENGTH, START, Cursor, Fanout


def written(db: sqlite3.Connection, stream: str, *identities: str) -> list[Cursor]:
    """Adds records and gives the head after each."""
    heads = []
    for place, identity in enumerate(identities, 1):
        fanout = Fanout(db)
        fanout.add(stream, place, identity, "case")
        assert fanout.head(stream).position == streams.head(db, stream).position + 1
        fanout.save()
        heads.append(streams.head(db, stream))
    return heads


def test_entries_stand_without_a_hole_in_the_order_in_which_they_were_added(db: sqlite3.Connection) -> None:
    heads = written(db, "control", "a", "b", "c")
    assert [head.position for head in heads] == [1, 2, 3]
    found = streams.entries(db, "control", 1, 10)
    assert [(entry.position, entry.record, entry.reason, entry.mark) for entry in found] == [
        (2, 2, "case", heads[1].mark),
        (3, 3, "case", heads[2].mark),
    ]
    assert len(streams.entries(db, "control", 0, 2)) == 2
    assert streams.entries(db, "control", 3, 10) == []


def test_streams_do_not_disturb_each_other(db: sqlite3.Connection) -> None:
    written(db, "node/a", "x", "y")
    assert streams.head(db, "node/b") == START
    assert written(db, "node/b", "x") == [streams.head(db, "node/b")]
    assert streams.head(db, "node/a").position == 2


def test_a_cursor_matches_the_history_that_it_was_taken_from_and_no_other(db: sqlite3.Connection) -> None:
    first, second = written(db, "one", "a", "b")
    written(db, "other", "a", "c", "b")
    for cursor in (START, first, second):
        assert streams.matches(db, "one", cursor)
    assert streams.matches(db, "other", first)
    assert not streams.matches(db, "other", second)
    assert not streams.matches(db, "one", Cursor(3, second.mark))
    assert not streams.matches(db, "one", Cursor(1, ""))
    assert not streams.matches(db, "nowhere", first)


@given(
    st.lists(st.text("abc", min_size=1, max_size=3), max_size=6),
    st.lists(st.text("abc", min_size=1, max_size=3), max_size=6),
)
def test_two_histories_have_the_same_mark_only_where_they_are_the_same(one: list[str], other: list[str]) -> None:
    marks = []
    for history in (one, other):
        mark = ""
        for identity in history:
            mark = streams.next_mark(mark, identity.ljust(43, "-"))
            assert len(mark) == MARK_LENGTH
        marks.append(mark)
    assert (marks[0] == marks[1]) == (one == other)


def test_a_reader_keeps_one_cursor_for_each_class(db: sqlite3.Connection) -> None:
    assert streams.cursors(db) == {}
    streams.move_cursor(db, "control", Cursor(3, "mark"))
    streams.move_cursor(db, "control", Cursor(5, "later"))
    streams.move_cursor(db, "area", Cursor(1, "first"))
    assert streams.cursors(db) == {"control": Cursor(5, "later"), "area": Cursor(1, "first")}


def test_entries_of_one_slice_follow_each_other_as_those_of_many_slices_do(db: sqlite3.Connection) -> None:
    fanout = Fanout(db)
    for place, identity in enumerate("abc", 1):
        fanout.add("one", place, identity, "case")
        fanout.add("two", place, identity, "case")
    fanout.save()
    assert streams.entries(db, "one", 0, 10) == streams.entries(db, "two", 0, 10)
    written(db, "three", "a", "b", "c")
    assert streams.head(db, "three") == streams.head(db, "one") == Cursor(3, streams.entries(db, "two", 2, 1)[0].mark)


def test_an_interest_is_noted_once(db: sqlite3.Connection) -> None:
    fanout = Fanout(db)
    fanout.know(["case/1", "case/2"])
    assert fanout.add_interest("case/1", "b", "accepted")
    assert fanout.add_interest("case/1", "a", "accepted")
    assert not fanout.add_interest("case/1", "b", "accepted")
    assert fanout.interested("case/1") == [("a", "accepted"), ("b", "accepted")]
    fanout.save()
    later = Fanout(db)
    later.know(["case/1", "case/2"])
    assert not later.add_interest("case/1", "a", "accepted")
    assert later.interested("case/1") == [("a", "accepted"), ("b", "accepted")]
    assert later.interested("case/2") == []


def test_a_subject_concerns_a_child_until_its_last_reason_goes(db: sqlite3.Connection) -> None:
    fanout = Fanout(db)
    fanout.know(["case/1"])
    assert fanout.add_interest("case/1", "a", "pulled")
    assert not fanout.add_interest("case/1", "a", "author")
    assert fanout.interested("case/1") == [("a", "author")]
    fanout.save()
    later = Fanout(db)
    later.know(["case/1"])
    assert not later.end_interest("case/1", "a", "pulled")
    assert not later.end_interest("case/1", "a", "pulled")
    assert later.end_interest("case/1", "a", "author")
    assert later.interested("case/1") == []
    assert later.add_interest("case/1", "a", "pulled")
    later.save()
    assert streams.interests(db, "case/1") == [("a", "pulled")]


def test_who_accepted_a_case_is_not_its_author_besides(db: sqlite3.Connection) -> None:
    fanout = Fanout(db)
    fanout.know(["case/1"])
    fanout.add_interest("case/1", "a", "accepted")
    fanout.add_interest("case/1", "a", "author")
    fanout.save()
    assert streams.interests(db, "case/1") == [("a", "accepted")]


def test_an_answer_that_is_older_than_what_was_read_meanwhile_moves_no_cursor_back(db: sqlite3.Connection) -> None:
    later, earlier = Cursor(6, "later"), Cursor(4, "earlier")
    for place in (later, earlier):
        landmarks.advance(db, "control", place)
    assert streams.cursors(db) == {"control": later}
    landmarks.go_back(db, "control", earlier)
    assert streams.cursors(db) == {"control": earlier}
