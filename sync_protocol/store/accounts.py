"""The people who work at a node: accounts, sessions, saved forms, who looked at whom, and brakes on guessing.

Rules
- A function takes a connection and is part of the caller's transaction; only `check_login` opens its own, because a
  password takes tens of milliseconds to check and the single writer must not wait for it.
- Nothing here can be used by a thief: passwords are Argon2id, session tokens and form tickets are kept as SHA-256,
  what a clerk was typing is sealed by the caller, and a name that was typed into the login field but belongs to
  nobody (it is often a password) is never stored.
- An attempt to log in is counted before the password is looked at and forgiven afterwards, so that many attempts at
  once are no way around the lock. An unknown login takes as long and locks in the same manner as a known one.
- Every table is bounded or swept. A time that lies further ahead than it could is a clock that was set back: it never
  locks anybody out and never keeps a session alive.

Times are milliseconds since 1970 (`_ms`). Staff names and roles are plain, residents' data never comes here.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations

from shared_models import signing
from shared_models.refusals import Refusal
from sync_protocol.store.database import Connection, Database

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS

PASSWORD_LENGTH_MIN = 8
PASSWORD_LENGTH_MAX = 128
LOCK_AFTER_FAILURES = 5
LOCK_MS = 5 * MINUTE_MS
LOCK_MS_MAX = 240 * MINUTE_MS
SESSIONS_MAX = 10
SESSION_KEPT_MS = 7 * DAY_MS
FORMS_MAX = 300

migrations = Migrations("accounts")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_NOBODY = f"argon2id${signing.SUITE}${signing.text_of(bytes(16))}${signing.text_of(bytes(32))}"
STRETCHING = threading.BoundedSemaphore(2)
"""Argon2id takes 32 MiB a time: a flood of logins may make logins slow, never the machine."""


@migrations()
def first_tables(tables: Tables) -> None:
    """accounts, login_attempts, sessions, saved_forms, access_log, throttles."""
    for statement in (
        "CREATE TABLE accounts (login TEXT PRIMARY KEY, actor TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL,"
        " password TEXT NOT NULL, roles TEXT NOT NULL, department TEXT NOT NULL, language TEXT NOT NULL,"
        " disabled INTEGER NOT NULL, created_ms BIGINT NOT NULL)",
        "CREATE TABLE login_attempts (name TEXT PRIMARY KEY, failures INTEGER NOT NULL, failed_ms BIGINT NOT NULL,"
        " locked_until_ms BIGINT NOT NULL)",
        "CREATE TABLE sessions (token_hash TEXT PRIMARY KEY, login TEXT NOT NULL REFERENCES accounts (login),"
        " created_ms BIGINT NOT NULL, seen_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL, form_key TEXT NOT NULL)",
        "CREATE INDEX sessions_by_login ON sessions (login, seen_ms)",
        "CREATE TABLE saved_forms (ticket_hash TEXT PRIMARY KEY, login TEXT, sealed BLOB NOT NULL,"
        " created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL)",
        "CREATE TABLE access_log (at_ms BIGINT NOT NULL, actor TEXT NOT NULL, purpose TEXT NOT NULL,"
        " subject TEXT NOT NULL)",
        "CREATE INDEX access_log_by_subject ON access_log (subject, at_ms)",
        "CREATE TABLE throttles (name TEXT PRIMARY KEY, full_ms BIGINT NOT NULL)",
        "CREATE INDEX throttles_by_time ON throttles (full_ms)",
    ):
        tables.execute(statement)


@migrations()
def clerk_keys(tables: Tables) -> None:
    """The signing keys of accounts, which `store.clerk_keys` reads, and of sessions."""
    for statement in (
        "CREATE TABLE clerk_keys (login TEXT PRIMARY KEY REFERENCES accounts (login), public TEXT NOT NULL,"
        " sealed BLOB, earlier INTEGER NOT NULL)",
        "INSERT INTO clerk_keys SELECT login, '', NULL, 1 FROM accounts",
        "ALTER TABLE sessions ADD COLUMN sealed_key BLOB",
    ):
        tables.execute(statement)


# Accounts


@dataclass(frozen=True)
class Account:
    """A member of staff. `actor` is the opaque id that records carry; `language` is "zh" or "en"; an empty
    `department` means that the account belongs to the whole place."""

    login: str
    actor: str
    display_name: str
    roles: tuple[str, ...] = ()
    department: str = ""
    language: str = "zh"
    disabled: bool = False


_ACCOUNT = "a.login, a.actor, a.display_name, a.roles, a.department, a.language, a.disabled"


def _account(row: Any) -> Account:
    login, actor, display_name, roles, department, language, disabled = row
    return Account(login, actor, display_name, tuple(json.loads(roles)), department, language, bool(disabled))


def check_new_password(login: str, password: str) -> None:
    """Raises Refusal accounts.password_length or accounts.password_is_login. The caller then hashes it."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise Refusal("accounts.password_length", min=PASSWORD_LENGTH_MIN, max=PASSWORD_LENGTH_MAX)
    if password.casefold() == login.casefold():
        raise Refusal("accounts.password_is_login")


def create_account(connection: Connection, account: Account, password_hash: str, now_ms: int) -> None:
    """Keeps a new account; `password_hash` comes from `signing.hash_password`.

    Raises Refusal accounts.login_malformed (2 to 32 of a-z 0-9 . _ -), accounts.name_missing, accounts.taken."""
    if not _LOGIN.fullmatch(account.login):
        raise Refusal("accounts.login_malformed", login=account.login[:40])
    if not account.display_name.strip():
        raise Refusal("accounts.name_missing")
    taken = connection.execute(
        "SELECT 1 FROM accounts WHERE login = ? OR actor = ?", (account.login, account.actor)
    ).fetchone()
    if taken:
        raise Refusal("accounts.taken", login=account.login)
    connection.execute(
        "INSERT INTO accounts (login, actor, display_name, password, roles, department, language, disabled, created_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (account.login, account.actor, account.display_name, password_hash, json.dumps(account.roles),
         account.department, account.language, int(account.disabled), now_ms),
    )  # fmt: skip


def account_of(connection: Connection, login: str) -> Account | None:
    """The account with this login."""
    row = connection.execute(f"SELECT {_ACCOUNT} FROM accounts a WHERE a.login = ?", (login,)).fetchone()
    return _account(row) if row else None


def account_of_actor(connection: Connection, actor: str) -> Account | None:
    """The account that writes records under this opaque id: how a page shows a name where a record holds none."""
    row = connection.execute(f"SELECT {_ACCOUNT} FROM accounts a WHERE a.actor = ?", (actor,)).fetchone()
    return _account(row) if row else None


def all_accounts(connection: Connection) -> list[Account]:
    """Every account of this node, by login."""
    return [_account(row) for row in connection.execute(f"SELECT {_ACCOUNT} FROM accounts a ORDER BY a.login")]


def set_password(connection: Connection, login: str, password_hash: str) -> None:
    """A new password ends every session, every lock and the signing key of the account: whoever knows the old one may
    seal the key anew in the same transaction. Raises Refusal accounts.unknown."""
    _change(connection, login, "password", password_hash)
    _drop_key(connection, login)
    connection.execute("DELETE FROM login_attempts WHERE name = ?", (login,))


def set_disabled(connection: Connection, login: str, disabled: bool) -> None:
    """A disabled account keeps its name in the records and cannot log in, and its signing key ends. Raises Refusal
    accounts.unknown."""
    _change(connection, login, "disabled", int(disabled))
    _drop_key(connection, login)


def _drop_key(connection: Connection, login: str) -> None:
    connection.execute("UPDATE clerk_keys SET sealed = NULL WHERE login = ?", (login,))


def set_roles(connection: Connection, login: str, roles: tuple[str, ...], department: str | None = None) -> None:
    """New roles, and a new department unless None, hold from the next login on. Raises Refusal accounts.unknown."""
    _change(connection, login, "roles", json.dumps(roles))
    if department is not None:
        _change(connection, login, "department", department)


def _change(connection: Connection, login: str, column: str, value: str | int) -> None:
    changed = connection.execute(f"UPDATE accounts SET {column} = ? WHERE login = ?", (value, login)).rowcount
    if not changed:
        raise Refusal("accounts.unknown", login=login[:40])
    connection.execute("DELETE FROM sessions WHERE login = ?", (login,))


# Logging in


def check_login(database: Database, login: str, password: str, now_ms: int) -> Account:
    """The account, if the password is the right one and the account is neither locked nor disabled.

    Raises Refusal accounts.wrong (login or password, never which), accounts.locked (minutes), accounts.disabled."""
    name = login.strip().lower()
    with database.read() as connection:
        row = connection.execute("SELECT password FROM accounts WHERE login = ?", (name,)).fetchone()
    bucket = name if row else _bucket_of_unknown(name)
    database.write(lambda connection: _count_attempt(connection, bucket, now_ms))
    with STRETCHING:
        good = signing.check_password(password[: PASSWORD_LENGTH_MAX + 1], row[0] if row else _NOBODY)
    if not good or row is None:
        raise Refusal("accounts.wrong")
    return database.write(lambda connection: _admit(connection, name))


def _bucket_of_unknown(name: str) -> str:
    """One of 65,536 names no account can have: bounded, and it does not tell what was typed."""
    return "?" + signing.digest(name.encode())[:2].hex()


def locked_until(connection: Connection, login: str, now_ms: int) -> int:
    """Until when (ms) the login is locked after wrong passwords; 0 where it is not."""
    row = connection.execute("SELECT locked_until_ms FROM login_attempts WHERE name = ?", (login,)).fetchone()
    return int(row[0]) if row and now_ms < row[0] <= now_ms + LOCK_MS_MAX else 0


def _count_attempt(connection: Connection, name: str, now_ms: int) -> None:
    row = connection.execute(
        "SELECT failures, failed_ms, locked_until_ms FROM login_attempts WHERE name = ?", (name,)
    ).fetchone()
    failures, failed_ms, locked_until_ms = row or (0, now_ms, 0)
    if now_ms < locked_until_ms <= now_ms + LOCK_MS_MAX:
        raise Refusal("accounts.locked", minutes=-(-(locked_until_ms - now_ms) // MINUTE_MS))
    failures = 1 if abs(now_ms - failed_ms) > DAY_MS else failures + 1
    over = failures - LOCK_AFTER_FAILURES
    lock_ms = min(LOCK_MS << min(over, 10), LOCK_MS_MAX) if over >= 0 else 0
    connection.execute(
        "INSERT INTO login_attempts (name, failures, failed_ms, locked_until_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET failures = excluded.failures, failed_ms = excluded.failed_ms,"
        " locked_until_ms = excluded.locked_until_ms",
        (name, failures, now_ms, now_ms + lock_ms if lock_ms else 0),
    )


def _admit(connection: Connection, login: str) -> Account:
    connection.execute("DELETE FROM login_attempts WHERE name = ?", (login,))
    account = account_of(connection, login)
    if account is None:
        raise Refusal("accounts.wrong")
    if account.disabled:
        raise Refusal("accounts.disabled")
    return account


# Sessions


@dataclass(frozen=True)
class Session:
    """Somebody at work. `form_key` is what every form of this session must carry; `sealed_key` the person's signing
    key as the session keeps it, None in one that began before there were such keys; `earlier` = so did the account."""

    account: Account
    created_ms: int
    seen_ms: int
    expires_ms: int
    form_key: str
    sealed_key: bytes | None = None
    earlier: bool = False


def _hash(token: str) -> str:
    return signing.digest(token.encode()).hex()


def open_session(
    connection: Connection,
    login: str,
    token: str,
    form_key: str,
    now_ms: int,
    idle_ms: int,
    sealed_key: bytes | None = None,
) -> None:
    """Starts a session. `token` and `form_key` are fresh random texts; only the hash of `token` is kept.
    An account has at most 10 sessions: the least used one makes room."""
    connection.execute(
        "INSERT INTO sessions (token_hash, login, created_ms, seen_ms, expires_ms, form_key, sealed_key)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (_hash(token), login, now_ms, now_ms, now_ms + idle_ms, form_key, sealed_key),
    )
    connection.execute(
        "DELETE FROM sessions WHERE login = ? AND token_hash NOT IN"
        " (SELECT token_hash FROM sessions WHERE login = ? ORDER BY seen_ms DESC, token_hash LIMIT ?)",
        (login, login, SESSIONS_MAX),
    )


def session_of(connection: Connection, token: str, now_ms: int) -> Session | None:
    """The live session of `token`; None if there is none, it ran out, or its account is disabled."""
    row = connection.execute(
        f"SELECT {_ACCOUNT}, s.created_ms, s.seen_ms, s.expires_ms, s.form_key, s.sealed_key, coalesce(k.earlier, 0)"
        " FROM sessions s JOIN accounts a ON a.login = s.login LEFT JOIN clerk_keys k ON k.login = s.login"
        " WHERE s.token_hash = ? AND a.disabled = 0",
        (_hash(token),),
    ).fetchone()
    if row is None:
        return None
    created_ms, seen_ms, expires_ms, form_key, sealed_key, earlier = row[7:]
    session = Session(_account(row[:7]), created_ms, seen_ms, expires_ms, form_key, sealed_key, bool(earlier))
    return session if session.seen_ms - DAY_MS < now_ms < session.expires_ms else None


def owner_of(connection: Connection, token: str) -> str | None:
    """The login of a session, live or run out: whose form it is that came too late."""
    row = connection.execute("SELECT login FROM sessions WHERE token_hash = ?", (_hash(token),)).fetchone()
    return str(row[0]) if row else None


def touch_session(connection: Connection, token: str, now_ms: int, expires_ms: int) -> None:
    """Notes that the session is in use, and until when it now lasts."""
    connection.execute(
        "UPDATE sessions SET seen_ms = ?, expires_ms = ? WHERE token_hash = ?", (now_ms, expires_ms, _hash(token))
    )


def close_session(connection: Connection, token: str) -> None:
    """Ends a session at once; unknown tokens are no error."""
    connection.execute("DELETE FROM sessions WHERE token_hash = ?", (_hash(token),))


# What was typed into a form that came too late


def keep_form(
    connection: Connection, ticket: str, login: str | None, sealed: bytes, now_ms: int, expires_ms: int
) -> None:
    """Keeps a form under a random ticket, for `login` only where it is known. The newest 300 are kept."""
    connection.execute(
        "INSERT INTO saved_forms (ticket_hash, login, sealed, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?)",
        (_hash(ticket), login, sealed, now_ms, expires_ms),
    )
    connection.execute(
        "DELETE FROM saved_forms WHERE ticket_hash NOT IN"
        " (SELECT ticket_hash FROM saved_forms ORDER BY created_ms DESC, ticket_hash LIMIT ?)",
        (FORMS_MAX,),
    )


def forget_forms(connection: Connection) -> None:
    """Forgets every kept form: nobody can tell what stands in one."""
    connection.execute("DELETE FROM saved_forms")


def kept_form(connection: Connection, ticket: str, login: str, now_ms: int) -> bytes | None:
    """What `keep_form` kept under this ticket for this login, while it has not run out."""
    row = connection.execute(
        "SELECT sealed FROM saved_forms WHERE ticket_hash = ? AND (login IS NULL OR login = ?) AND expires_ms > ?",
        (_hash(ticket), login, now_ms),
    ).fetchone()
    return bytes(row[0]) if row else None


def drop_form(connection: Connection, ticket: str) -> None:
    """Forgets a kept form; unknown tickets are no error."""
    connection.execute("DELETE FROM saved_forms WHERE ticket_hash = ?", (_hash(ticket),))


# Who looked at whose data


@dataclass(frozen=True)
class Access:
    """`actor` looked at `subject` (a case or record id, never a name or number of a person) for `purpose`, a code."""

    at_ms: int
    actor: str
    purpose: str
    subject: str


def note_access(connection: Connection, access: Access) -> None:
    """Kept for as long as the node exists."""
    connection.execute(
        "INSERT INTO access_log (at_ms, actor, purpose, subject) VALUES (?, ?, ?, ?)",
        (access.at_ms, access.actor, access.purpose, access.subject),
    )


def accesses_to(connection: Connection, subject: str, limit: int = 200) -> list[Access]:
    """Who looked at this subject, the latest first."""
    rows = connection.execute(
        "SELECT at_ms, actor, purpose, subject FROM access_log WHERE subject = ? ORDER BY at_ms DESC LIMIT ?",
        (subject, limit),
    )
    return [Access(*row) for row in rows]


# Brakes


def throttle(connection: Connection, name: str, now_ms: int, burst: int, refill_ms: int) -> int:
    """Takes one token from the bucket `name`: 0 = go on, else the milliseconds to wait before asking again.

    A bucket holds `burst` tokens and gains one every `refill_ms`. It is kept as the moment at which it will be full
    again (the generic cell rate algorithm), under a hash of its name, and is gone once that moment has passed."""
    key = signing.digest(name.encode()).hex()
    connection.execute("DELETE FROM throttles WHERE full_ms <= ?", (now_ms,))
    row = connection.execute("SELECT full_ms FROM throttles WHERE name = ?", (key,)).fetchone()
    full_ms = min(row[0], now_ms + burst * refill_ms) if row else now_ms
    wait_ms: int = full_ms + refill_ms - now_ms - burst * refill_ms
    if wait_ms > 0:
        return wait_ms
    connection.execute(
        "INSERT INTO throttles (name, full_ms) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET full_ms = excluded.full_ms",
        (key, full_ms + refill_ms),
    )
    return 0


def sweep(connection: Connection, now_ms: int) -> None:
    """Removes what ran out: sessions a week after their end, kept forms, forgotten failures. Cheap; call it hourly."""
    connection.execute("DELETE FROM sessions WHERE expires_ms < ?", (now_ms - SESSION_KEPT_MS,))
    connection.execute("DELETE FROM saved_forms WHERE expires_ms <= ?", (now_ms,))
    connection.execute(
        "DELETE FROM login_attempts WHERE failed_ms < ? AND locked_until_ms <= ?", (now_ms - DAY_MS, now_ms)
    )
