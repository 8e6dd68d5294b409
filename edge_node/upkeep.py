"""Upkeep at the start: begun applications that nobody touched for long go away, and files of forms never sent.

A file is written before the record that names it, so that a record never names a file that is not there. The price is
that a file without a record can be left over. It rests sealed like any other, and is removed once it is old enough
that no open form can still mean it.
"""

from __future__ import annotations

from pathlib import Path

from sync_protocol.node import Node
from sync_protocol.store import intakes
from sync_protocol.store.attachments import Attachments


def drop_unnamed_files(node: Node, attachments: Attachments, folder: Path, older_than_ms: int) -> int:
    """Removes the files in `folder` that no row of the database knows, that no begun application names, and that were
    last written before `older_than_ms` (since 1970); gives how many. A clock that runs behind removes nothing."""
    old = [path for path in folder.iterdir() if path.is_file() and path.stat().st_mtime_ns // 1_000_000 < older_than_ms]
    with node.read() as db:
        unnamed = [
            path for path in old if attachments.row(db, path.name) is None and not intakes.names_file(db, path.name)
        ]
    for path in unnamed:
        path.unlink()
    return len(unnamed)


def upkeep(node: Node, attachments: Attachments, folder: Path, now_ms: int, unnamed_files_ms: int) -> None:
    """Lets go of begun applications that nobody touched for long, and then of the files that nothing names."""
    node.database.write(lambda db: intakes.sweep(db, now_ms))
    drop_unnamed_files(node, attachments, folder, now_ms - unnamed_files_ms)
