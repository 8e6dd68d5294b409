"""The signing keys of the people who work here, as the accounts keep them: sealed, and never open in the database.

Functions take a connection and are part of the caller's transaction. An account that lost its sealed key (another
password from an administrator, or it was stopped) keeps the public one until the log says that it ended; so nothing
between the two is forgotten, whatever is killed.
"""

from __future__ import annotations

from typing import NamedTuple

from sync_protocol.store import state
from sync_protocol.store.database import Connection


class KeyRow(NamedTuple):
    """`public` = text of the key, "" for none; `sealed` None where nobody can use it any more; `earlier` = the account
    is older than clerk keys."""

    public: str
    sealed: bytes | None
    earlier: bool


class Ended(NamedTuple):
    """A key that can be used no more, and of which the log does not say so yet."""

    login: str
    actor: str
    public: str


NO_KEY = KeyRow("", None, False)


def key_of(connection: Connection, login: str) -> KeyRow:
    row = connection.execute("SELECT public, sealed, earlier FROM clerk_keys WHERE login = ?", (login,)).fetchone()
    return NO_KEY if row is None else KeyRow(row[0], None if row[1] is None else bytes(row[1]), bool(row[2]))


def put(connection: Connection, login: str, public: str, sealed: bytes) -> None:
    """Keeps the key of an account."""
    connection.execute(
        "INSERT INTO clerk_keys (login, public, sealed, earlier) VALUES (?, ?, ?, 0)"
        " ON CONFLICT (login) DO UPDATE SET public = excluded.public, sealed = excluded.sealed",
        (login, public, sealed),
    )


def ended(connection: Connection) -> list[Ended]:
    found = connection.execute(
        "SELECT k.login, a.actor, k.public FROM clerk_keys k JOIN accounts a ON a.login = k.login"
        " WHERE k.sealed IS NULL AND k.public <> '' ORDER BY k.login"
    )
    return [Ended(*row) for row in found]


def forget(connection: Connection, gone: Ended) -> None:
    """The log says that it ended."""
    connection.execute(
        "UPDATE clerk_keys SET public = '' WHERE login = ? AND public = ? AND sealed IS NULL", (gone.login, gone.public)
    )


def revoked(connection: Connection) -> frozenset[str]:
    """The opaque ids of everybody whom a hub has revoked, here or elsewhere, as far as this node has heard."""
    roster = state.get(connection, "roster", {"members": {}})
    return frozenset(actor for member in roster["members"].values() for actor in member.get("clerks", ()))
