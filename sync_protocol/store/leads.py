"""What leads to a case at the counter beside its number and its applicant: the query code on its receipt, and who acted
for the applicant. Both are kept as keyed hashes.

Only for the cases that a node did not get from a child: a hub of millions of cases finds its own another way. What a
lead finds is to be looked at before it is believed: a ruling may have put another application in the place of the
first. Functions take the connection of the running transaction.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.cases import Agent
from sync_protocol.store import case_files, state
from sync_protocol.store.case_files import Card, CaseRow
from sync_protocol.store.vault import Vault

migrations = Migrations("leads")

QUERY, AGENT = "query code", "agent"
"""Spaces of the keyed hash."""
SORTED = "leads_sorted"
"""State: whether `case_lead` tells of every case: in a database of an earlier program it does not."""


@migrations()
def tables(db: Tables) -> None:
    db.execute(
        "CREATE TABLE case_lead (lead TEXT NOT NULL, number TEXT NOT NULL, PRIMARY KEY (lead, number)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX lead_of_case ON case_lead (number)")


def keep(db: sqlite3.Connection, vault: Vault, cards: Mapping[str, Card]) -> None:
    """Notes what leads to these cases."""
    found = [lead for card in cards.values() if not card.origin for lead in _leads(vault, card)]
    if found:
        db.executemany("INSERT OR IGNORE INTO case_lead VALUES (?,?)", sorted(found))


def _leads(vault: Vault, card: Card) -> list[tuple[str, str]]:
    application = card.case.application
    if application is None:
        return []
    leads = [vault.lookup(QUERY, application.query_code)]
    if isinstance(application.agent, Agent):
        leads.append(vault.lookup(AGENT, application.agent.id_number))
    return [(lead, application.number) for lead in leads]


def with_query_code(db: sqlite3.Connection, vault: Vault, code: str, limit: int) -> list[CaseRow]:
    """The cases with a query code (its normal form). There are 29**8 of them: it is one or none."""
    rows = _rows(db, vault, vault.lookup(QUERY, code), limit)
    return [row for row in rows if row.case.application and row.case.application.query_code == code]


def acted_for(db: sqlite3.Connection, vault: Vault, id_number: str, limit: int) -> list[CaseRow]:
    """The cases in which this person acted for somebody else, newest first."""
    rows = _rows(db, vault, vault.lookup(AGENT, id_number), limit)
    return [
        row
        for row in rows
        if row.case.application
        and isinstance(row.case.application.agent, Agent)
        and row.case.application.agent.id_number == id_number
    ]


def _rows(db: sqlite3.Connection, vault: Vault, lead: str, limit: int) -> list[CaseRow]:
    numbers = db.execute(
        "SELECT number FROM case_lead JOIN case_file USING (number) WHERE lead = ? ORDER BY first DESC LIMIT ?",
        (lead, limit),
    ).fetchall()
    rows = (case_files.row(db, vault, str(number)) for (number,) in numbers)
    return [row for row in rows if row is not None]


def forget(db: sqlite3.Connection, number: str) -> None:
    """Nothing leads to this case any more."""
    db.execute("DELETE FROM case_lead WHERE number = ?", (number,))


def sort_all(db: sqlite3.Connection, vault: Vault) -> None:
    """Once in the life of a database: notes what leads to the cases that an earlier program folded."""
    if state.get(db, SORTED):
        return
    numbers = [str(row[0]) for row in db.execute("SELECT number FROM case_file WHERE origin = '' ORDER BY number")]
    for start in range(0, len(numbers), case_files.PAGE_MAX):
        keep(db, vault, case_files.load_all(db, vault, numbers[start : start + case_files.PAGE_MAX]))
    state.put(db, SORTED, True)
