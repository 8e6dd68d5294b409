"""A small real application below a real Litestream: it commits rows without pause and acknowledges each on stdout.

    python -m tests.host.counting_app FOLDER REPLICAS

The first process becomes Litestream, the second is the application. Lines on stdout: `pid N`, `copied` once the
replica has all there was, `row N` after the commit of row N, `copied` and `stopped` at the end.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import time
from pathlib import Path

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations

from sync_protocol.host.folder import DataFolder
from sync_protocol.host.parent_death import die_with_parent, under_litestream
from sync_protocol.host.replica import copy_now, note_incarnation, run_under_litestream
from sync_protocol.store.database import Connection, Database, looking_into

migrations = Migrations("counting")


@migrations()
def tables(db: Tables) -> None:
    db.execute("CREATE TABLE entry (number INTEGER PRIMARY KEY, incarnation TEXT NOT NULL, filler BLOB NOT NULL)")
    db.execute("CREATE TABLE last (number INTEGER NOT NULL, incarnation TEXT NOT NULL)")
    db.execute("INSERT INTO last VALUES (0, '')")


def last_incarnation(folder: DataFolder) -> str | None:
    if not folder.database.exists():
        return None
    with looking_into(folder.database) as connection:
        return str(connection.execute("SELECT incarnation FROM last").fetchone()[0])


def add(connection: Connection, incarnation: str) -> int:
    (number,) = connection.execute("UPDATE last SET number = number + 1 RETURNING number").fetchone()
    connection.execute("INSERT INTO entry VALUES (?,?,?)", (number, incarnation, secrets.token_bytes(number % 5000)))
    return int(number)


def work(folder: DataFolder) -> None:
    # No threading.Event: a handler that sets it waits for ever where it interrupts the very wait for it.
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    incarnation = secrets.token_hex(8)
    with Database(folder.database, litestream=True, migrations=[migrations]) as db:
        db.write(lambda connection: connection.execute("UPDATE last SET incarnation = ?", (incarnation,)))
        note_incarnation(folder, incarnation)
        print("copied" if copy_now(folder) else "not copied", flush=True)
        while not stopping:
            print("row", db.write(lambda connection: add(connection, incarnation)), flush=True)
            time.sleep(0.003)
        print("copied" if copy_now(folder) else "not copied", flush=True)
    print("stopped", flush=True)


def main(path: str, replicas: str) -> None:
    folder = DataFolder(Path(path))
    if under_litestream():
        die_with_parent()
        folder.lock("http://127.0.0.1:1")
        print("pid", os.getpid(), flush=True)
        work(folder)
    else:
        folder.lock()
        command = [sys.executable, "-m", "tests.host.counting_app", path, replicas]
        run_under_litestream(folder, command, Path(replicas), last_incarnation(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
