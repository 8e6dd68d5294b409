"""What is known beside cases: versions of the catalogue, each kept as what it changed."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database as Tables
from sqlite_utils.utils import sqlite3

from shared_models.catalogue import Version, apply_difference, difference, to_value
from sync_protocol.store import case_files, knowledge

MAPS = st.lists(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("123"), max_size=5), min_size=1, max_size=6)


def history(maps: list[dict[str, str]]) -> list[Version]:
    made = [Version()]
    for number, items in enumerate(maps, start=1):
        made.append(Version(number, number * 1000, items))
    return made


@given(MAPS)
def test_every_version_is_what_its_differences_make_of_it(maps: list[dict[str, str]]) -> None:
    tables = Tables(memory=True)
    knowledge.migrations.apply(tables)
    case_files.migrations.apply(tables)
    db, versions = tables.conn, history(maps)
    for before, after in pairwise(versions):
        change = difference(before, after)
        assert apply_difference(before, change) == after
        knowledge.keep_version(db, to_value(change), after.number)
    for wanted in versions[1:]:
        found = knowledge.version(db, wanted.number)
        assert found is not None
        assert Version(*found) == wanted
    assert knowledge.version(db, len(maps) + 1) is None
    assert knowledge.latest_version(db) == knowledge.version(db, len(maps))


@given(MAPS)
def test_versions_that_were_kept_whole_are_kept_as_what_they_changed(maps: list[dict[str, str]]) -> None:
    tables = Tables(memory=True)
    knowledge.migrations.apply(tables, stop_before="changes")
    db, versions = tables.conn, history(maps)
    for each in versions[1:]:
        whole = msgspec.json.encode(each.items)
        db.execute("INSERT INTO catalogue_version VALUES (?,?,?,?)", (each.number, each.effective_ms, 7, whole))
    knowledge.migrations.apply(tables)
    for wanted in versions[1:]:
        found = knowledge.version(db, wanted.number)
        assert found is not None
        assert Version(*found) == wanted


def test_the_version_in_force_is_the_newest_whose_time_has_come() -> None:
    tables = Tables(memory=True)
    knowledge.migrations.apply(tables)
    db: sqlite3.Connection = tables.conn
    assert knowledge.in_force(db, 10) == (0, 0)
    for number, effective in ((1, 100), (2, 100), (3, 300), (4, 400)):
        db.execute("INSERT INTO catalogue_version VALUES (?,?,1)", (number, effective))
    assert [knowledge.in_force(db, now) for now in (50, 100, 299, 300, 999)] == [
        (0, 100), (2, 300), (2, 300), (3, 400), (4, 0),
    ]  # fmt: skip
