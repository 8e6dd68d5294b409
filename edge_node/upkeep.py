"""Upkeep at the start: begun applications that nobody touched for long go away, and files of forms never sent.

A file is written before the record that names it, so that a record never names a file that is not there. The price is
that a file without a record can be left over. It rests sealed like any other, and is removed once it is old enough
that no open form can still mean it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from sync_protocol.node import Node
from sync_protocol.store import intakes
from sync_protocol.store.attachments import Attachments

LOOK_SECONDS = 600.0
"""In so long a hub that was heard has told a restored node what it has of it."""


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


async def upkeep(
    node: Node,
    attachments: Attachments,
    folder: Path,
    *,
    unnamed_files_ms: int,
    heard: Callable[[], bool],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Lets go of begun applications that nobody touched for long, at once. The files that nothing names go later: a
    node that came back from an older copy does not know yet which of them its lost records name, and may hold the only
    ones. So its hub must have been `heard` by this process, and have had time to give back what it has."""
    now_ms = node.now()
    await asyncio.to_thread(node.database.write, lambda db: intakes.sweep(db, now_ms))
    before = False
    while not before:
        before = heard()
        await sleep(LOOK_SECONDS)
    await asyncio.to_thread(drop_unnamed_files, node, attachments, folder, node.now() - unnamed_files_ms)
