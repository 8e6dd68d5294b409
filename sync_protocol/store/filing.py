"""Which cases name a file, who may have it, and whom a hub asks for one that it lacks.

`case_attachment` follows from the cases as they are folded. `lacking` lists, for each child of a hub, the files of its
cases that are not whole here: the child is told when it asks, and sends those that it holds, though it sent them
before. A file that the hub above may hold is marked in its own row, and fetched. Functions take the connection of the
running transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlite_utils.utils import sqlite3

from shared_models.cases import CaseFile, subject_of
from shared_models.roster import CITY, STATION, Roster
from sync_protocol.store import attachments, state
from sync_protocol.store.case_files import Card, every_card
from sync_protocol.store.vault import Vault

SORTED = "files_sorted"
"""State: whether `case_attachment` tells of every case: in a database of an earlier program it does not."""
LACKING_MAX = 256
"""How many files a hub names in one answer."""


def files_of(case: CaseFile) -> list[attachments.AttachmentRow]:
    """The files that a case names, as rows of which nothing is held."""
    materials = case.application.materials if case.application else ()
    return [
        attachments.AttachmentRow(each.hash, each.size, each.media_type, 0, 0)
        for material in materials
        for each in material.attachments
    ]


def keep(
    db: sqlite3.Connection,
    roster: Roster,
    me: str,
    card: Card,
    files: Sequence[attachments.AttachmentRow],
    children: Collection[str],
    *,
    above: bool,
) -> None:
    """Notes which files a case names, and accepts those that belong here. `children` = those that the case concerns;
    `above` = what is told of it came from the hub above, which may hold what is not here."""
    _name(db, card.case.number, [each.hash for each in files])
    if _belongs(roster, me, card, children):
        for each in files:
            attachments.want(db, each.hash, each.size, each.media_type, above=above)
            ask(db, each.hash, children)


def _belongs(roster: Roster, me: str, card: Card, children: Collection[str]) -> bool:
    """A station keeps the files of the cases that it holds, a district those of all its cases; a city those of the
    cases that it concludes, of a station that has no district above it, and of cases that concern several of its
    children: on their way from one to another they come by here."""
    member, origin = roster.member(me), roster.member(card.origin)
    if member is None:
        return False
    if member.tier != CITY or card.case.home == CITY or len(children) > 1:
        return True
    return origin is not None and origin.tier == STATION


def ask(db: sqlite3.Connection, name: str, children: Iterable[str]) -> None:
    """These children are asked for a file, for as long as it is not whole here."""
    db.executemany(
        "INSERT OR IGNORE INTO lacking SELECT ?, hash FROM attachment WHERE hash = ? AND held < size",
        [(child, name) for child in children],
    )


def lacked(db: sqlite3.Connection, child: str, after: str) -> list[str]:
    """The files of a child's cases that are not whole here, in the order of their names, behind the name `after`."""
    found = db.execute(
        "SELECT hash FROM lacking WHERE node = ? AND hash > ? ORDER BY hash LIMIT ?", (child, after, LACKING_MAX)
    )
    return [str(row[0]) for row in found]


def may_have(db: sqlite3.Connection, child: str, name: str) -> bool:
    """Whether a case that names this file concerns that child."""
    found = db.execute(
        "SELECT 1 FROM case_attachment JOIN interest ON interest.subject = 'case/' || case_attachment.number"
        " WHERE case_attachment.hash = ? AND interest.node = ? LIMIT 1",
        (name, child),
    )
    return found.fetchone() is not None


def lost(db: sqlite3.Connection, name: str) -> None:
    """A file that was whole is not on the disk any more: everybody who may hold it is asked."""
    attachments.begin_again(db, name)
    numbers = db.execute("SELECT number FROM case_attachment WHERE hash = ?", (name,)).fetchall()
    for (number,) in numbers:
        children = db.execute("SELECT DISTINCT node FROM interest WHERE subject = ?", (subject_of(number),))
        ask(db, name, [str(row[0]) for row in children.fetchall()])


def note_lost(db: sqlite3.Connection, store: attachments.Attachments) -> int:
    """Looks for the files that should be whole here; gives how many are not on the disk."""
    names = store.gone(db)
    for name in names:
        lost(db, name)
    return len(names)


def forget_case(db: sqlite3.Connection, number: str) -> None:
    """The case is not held here any more, or was erased: it names nothing, and nobody is asked for its files."""
    names = db.execute("SELECT hash FROM case_attachment WHERE number = ?", (number,)).fetchall()
    db.execute("DELETE FROM case_attachment WHERE number = ?", (number,))
    for (name,) in names:
        if not is_named(db, name):
            db.execute("UPDATE attachment SET above = 0 WHERE hash = ?", (name,))
            db.execute("DELETE FROM lacking WHERE hash = ?", (name,))


def is_named(db: sqlite3.Connection, name: str) -> bool:
    return db.execute("SELECT 1 FROM case_attachment WHERE hash = ? LIMIT 1", (name,)).fetchone() is not None


def let_go(db: sqlite3.Connection, names: Iterable[str]) -> None:
    """Files of a case that was dropped: they go from the disk, unless another case names them."""
    db.executemany("INSERT OR IGNORE INTO let_go VALUES (?)", [(name,) for name in sorted(names)])


def going(db: sqlite3.Connection) -> list[str]:
    """What was let go, and was not looked at yet."""
    return [str(row[0]) for row in db.execute("SELECT hash FROM let_go ORDER BY hash")]


def gone(db: sqlite3.Connection, name: str) -> None:
    db.execute("DELETE FROM let_go WHERE hash = ?", (name,))


def sort_all(db: sqlite3.Connection, vault: Vault) -> None:
    """Once in the life of a database: names the files of the cases that an earlier program folded."""
    if state.get(db, SORTED):
        return
    for card in every_card(db, vault):
        _name(db, card.case.number, [each.hash for each in files_of(card.case)])
    state.put(db, SORTED, True)


def _name(db: sqlite3.Connection, number: str, names: Iterable[str]) -> None:
    db.executemany("INSERT OR IGNORE INTO case_attachment VALUES (?,?)", [(name, number) for name in names])
