"""Files that nobody needs any more, and files that should be here and are not: looked after while a node runs.

- what a case brought that was dropped goes, from the disk and from the mirror, unless another case names it
- parts of a transfer that nobody went on with, and copies that were broken off, go after a while: what is asked for
  again begins at the last whole piece
- a file that was whole and is gone from the disk is asked for, above and below
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from sync_protocol.host import mirror
from sync_protocol.store import filing
from sync_protocol.store.database import Connection

if TYPE_CHECKING:
    from sync_protocol.host.runtime import Runtime

SWEEP_SECONDS = 3600.0
LEFT_DAYS = 14
"""How long the parts of a transfer lie before they go, if nothing is added to them."""

log = logging.getLogger("tongban.sweeping")


async def keep_sweeping(runtime: Runtime) -> None:
    """Sweeps once an hour, until cancelled."""
    while True:
        try:
            await asyncio.to_thread(sweep, runtime, time.time())
        except OSError as error:
            log.warning("sweeping.unfinished", extra={"code": type(error).__name__})
        await asyncio.sleep(SWEEP_SECONDS)


def sweep(runtime: Runtime, now: float) -> None:
    """`now` in seconds since 1970, as the disk counts. Raises OSError where something cannot be deleted now."""
    with runtime.node.read() as db:
        names = filing.going(db)
    for name in names:
        runtime.node.database.write(partial(_let_go, runtime=runtime, name=name))
    runtime.attachments.sweep(now - LEFT_DAYS * 86_400)


def _let_go(db: Connection, runtime: Runtime, name: str) -> None:
    """Deletes a file unless a case names it; no write comes in between."""
    if not filing.is_named(db, name):
        runtime.attachments.remove(db, name)
        if runtime.mirror is not None:
            runtime.mirror.drop(name)
        else:
            mirror.drop(runtime.replicas / mirror.FOLDER, name)
    filing.gone(db, name)


def note_lost(runtime: Runtime) -> None:
    """Looks for the files that should be whole here."""
    count = runtime.node.database.write(partial(filing.note_lost, store=runtime.attachments))
    if count:
        log.warning("sweeping.files_lost", extra={"count": count})
