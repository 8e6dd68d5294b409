"""What the parent last said against us, kept so that a command beside the running process can tell it too."""

from __future__ import annotations

from typing import NamedTuple

from sqlite_utils.utils import sqlite3

from sync_protocol.store import state

NAME = "upward"


class Standstill(NamedTuple):
    """`code` names the sentence, "" while nothing is wrong; `since_ms` = when it was said first."""

    code: str = ""
    since_ms: int = 0


def standstill(db: sqlite3.Connection) -> Standstill:
    kept = state.get(db, NAME)
    return Standstill() if kept is None else Standstill(str(kept["code"]), int(kept["since_ms"]))


def note(db: sqlite3.Connection, code: str, now_ms: int) -> None:
    """Keeps what is said now, "" for nothing; said again it stays as old as it is."""
    if standstill(db).code != code:
        state.put(db, NAME, {"code": code, "since_ms": now_ms})
