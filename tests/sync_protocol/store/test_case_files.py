"""Case files at rest: a resident leads to all their cases, and a card that is kept again replaces the one before."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.cases import Application, CaseFile
from sync_protocol.store import case_files
from sync_protocol.store.case_files import BODY_MISSING, RUN, Aside, Card, Filter
from sync_protocol.store.database import Database, open_database
from sync_protocol.store.vault import Vault
from tests.shared_models.case_histories import RESIDENT, application


def card(number: str, *positions: int, taken: Application | None) -> Card:
    return Card(CaseFile(number, "accepted", "511602001001", taken, dag={"x": ()}), list(positions), [], 7, "child")


def keep(db: sqlite3.Connection, vault: Vault, number: str, *positions: int) -> None:
    case_files.save(db, vault, {number: card(number, *positions, taken=application(number=number))})


def of_resident(db: sqlite3.Connection, vault: Vault) -> list[str]:
    return [row.number for row in case_files.rows_of_resident(db, vault, RESIDENT.id_number)]


def test_a_resident_leads_to_all_cases_newest_first_however_far_apart_they_lie(
    db: sqlite3.Connection, vault: Vault
) -> None:
    assert of_resident(db, vault) == []
    for number, place in {"a": 1, "b": 5, "c": RUN - 1, "d": RUN, "e": 7 * RUN + 3}.items():
        keep(db, vault, number, place)
    assert of_resident(db, vault) == ["e", "d", "c", "b", "a"]
    case_files.forget_resident(db, "d")
    assert of_resident(db, vault) == ["e", "c", "b", "a"]


def test_a_card_that_is_kept_again_takes_the_place_of_the_one_before(db: sqlite3.Connection, vault: Vault) -> None:
    case_files.save(db, vault, {"a": card("a", 4, taken=None)})
    keep(db, vault, "a", 4, 9)
    (row,) = case_files.rows(db, vault, Filter())
    assert (row.number, row.department, row.due, row.journal, row.origin) == ("a", "mz", "2026-12-21", 7, "child")
    assert case_files.load(db, vault, "a") == card("a", 4, 9, taken=application(number="a"))
    assert db.execute("SELECT first, last FROM case_file").fetchall() == [(4, 9)]
    assert of_resident(db, vault) == ["a"]


def test_a_database_of_the_version_before_keeps_its_residents(tmp_path: Path, vault: Vault) -> None:
    before = Migrations("case_files")
    before()(case_files.tables)
    path = tmp_path / "before.db"
    with Database(path, litestream=False, migrations=[before]), closing(_writable(path)) as db:
        for number, place in {"a": 3, "b": 2 * RUN + 1}.items():
            sealed = vault.seal_card(case_files.encode(card(number, place, taken=application(number=number))))
            values = (number, "accepted", *[""] * 7, 0, 0, 0, place, place, sealed)
            db.execute(f"INSERT INTO case_file VALUES ({','.join('?' * 15)})", values)
            db.execute("INSERT INTO case_resident VALUES (?,?)", (vault.lookup("resident", RESIDENT.id_number), number))
    with Database(path, litestream=False, migrations=[case_files.migrations]), closing(_writable(path)) as db:
        assert of_resident(db, vault) == ["b", "a"]
        keep(db, vault, "c", 5)
        assert of_resident(db, vault) == ["b", "c", "a"]


def _writable(path: Path) -> sqlite3.Connection:
    return open_database(path, writable=True, litestream=False)


def test_what_is_set_aside_after_the_look_is_seen(db: sqlite3.Connection) -> None:
    case_files.set_aside(db, 3, "case/a", BODY_MISSING)
    aside = Aside(db)
    aside.know(["case/a", "case/b"])
    assert (aside.bare("case/a"), aside.bare("case/b"), aside.bare("case/unknown")) == ([3], [], [])
    aside.add(5, "case/b", BODY_MISSING)
    aside.add(6, "case/b", "ValueError")
    assert aside.bare("case/b") == [5]
