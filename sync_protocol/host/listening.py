"""Beside its work a node counts how long it listened, lets nodes below lapse that are due, and renews its own key.

`listened`, a file in the data folder, repeats the counter of the database. A database in which it stands for less came
back from a copy: then nobody below counts as silent because of what the copy does not know.
"""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from shared_models.refusals import Refusal
from shared_models.signing import Damaged
from sync_protocol import own_key
from sync_protocol.host import key_life
from sync_protocol.host.files import read_small, write_durably
from sync_protocol.lapsing import Listener
from sync_protocol.store import listening
from sync_protocol.store.log import DamagedRecord

if TYPE_CHECKING:
    from sync_protocol.host.runtime import Runtime

FILE = "listened"
BYTES_MAX = 32
FIRST_SECONDS = 5.0
TICK_SECONDS = 600.0

log = logging.getLogger("tongban.keys")


async def keep_listening(runtime: Runtime) -> None:
    """Ticks until cancelled; what cannot be done now (a full disk) is told in the log and tried at the next tick."""
    parent = runtime.settings.parent
    listener = Listener(runtime.node, parent.name if parent else "")
    last, pause, begun = time.monotonic(), FIRST_SECONDS, False
    while True:
        await asyncio.sleep(pause)
        now = time.monotonic()
        ms, last, pause = int((now - last) * 1000), now, TICK_SECONDS
        try:
            if not begun:
                await asyncio.to_thread(begin, runtime)
                begun = True
            await asyncio.to_thread(tick, runtime, listener, ms)
        except (Refusal, OSError, ValueError, Damaged, DamagedRecord) as error:
            log.warning("keys.tick_failed", extra={"code": getattr(error, "code", type(error).__name__)})


def begin(runtime: Runtime) -> None:
    """Looks whether the database is an older one than the process before this one had."""
    with runtime.node.read() as db:
        listened = listening.listened(db)
    kept = read_small(_beside(runtime), BYTES_MAX)
    if listened and (kept is None or not kept.strip().isdigit() or int(kept) > listened):
        log.warning("keys.database_came_back")
        runtime.node.database.write(listening.restart_all)


def tick(runtime: Runtime, listener: Listener, ms: int) -> None:
    """`ms` went by. Raises Refusal, OSError."""
    line = runtime.line
    for node in listener.tick(ms, line.contact_ms if line else 0):
        log.warning("keys.node_lapsed", extra={"child": node})
    with runtime.node.read() as db:
        listened = str(listening.listened(db)).encode()
    if read_small(_beside(runtime), BYTES_MAX) != listened:
        write_durably(_beside(runtime), listened)
    if listener.settled and own_key.is_due(runtime.node, parent=runtime.settings.parent is not None):
        done = key_life.rotate(runtime, key_life.Rotate(), "")
        log.info("keys.changed", extra={"key": done.key})


def _beside(runtime: Runtime) -> Path:
    return runtime.folder.path / FILE
