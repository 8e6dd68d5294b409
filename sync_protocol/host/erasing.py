"""Carrying out an order of erasure outside the tables: what a running node does once it has folded one.

The fold takes the bodies out of the tables; old pages still hold them, and so do files. In this order, each step
harmless to repeat, and all of them done again from the first where the process was killed in between:

1. the whole log is looked through for bodies that the orders cover; files that no other case names are deleted, and so
   are their parts and their copies in the mirror; forms that were kept for somebody who has to log in again
2. databases that a restore set aside are cleaned
3. every page of the database is written anew, and the WAL is emptied into it; where Litestream runs, it lets go of the
   database meanwhile and goes on in a new generation of the replica
4. once the new generation was seen to restore, all older ones go
5. the node says `node.erased`; where step 4 has to wait, it says so before it, and once more behind it
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from shared_models.erasure import DONE, Done, Order
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from sync_protocol.commands import View
from sync_protocol.host import mirror, replica
from sync_protocol.host.parent_death import under_litestream
from sync_protocol.store import accounts, bodies, erasures, overwriting
from sync_protocol.store.database import Connection, Damage
from sync_protocol.store.erasures import ALL, REPLICA, Work
from sync_protocol.store.overwriting import SCAN

if TYPE_CHECKING:
    from sync_protocol.host.runtime import Runtime

LOOK_SECONDS = 1.0
AGAIN_SECONDS = 30.0
REBUILT_BYTES_MAX = 2 * 1024**3
"""A larger database is not rebuilt while it serves: at some hundred megabytes a second, writes would wait too long."""
CUT_TRIES = 6
NONE, GONE, KEPT = "none", "gone", "kept"

log = logging.getLogger("tongban.erasing")


async def keep_erasing(runtime: Runtime) -> None:
    """Carries out what orders ask for, until cancelled."""
    while True:
        rung, pause = runtime.wakeup.count, AGAIN_SECONDS
        try:
            await asyncio.to_thread(carry_out, runtime)
        except (Refusal, OSError) as error:
            log.warning("erasing.unfinished", extra={"code": getattr(error, "code", type(error).__name__)})
            await asyncio.sleep(pause)
        await asyncio.sleep(LOOK_SECONDS)
        await runtime.wakeup.wait(pause, rung)


def carry_out(runtime: Runtime) -> None:
    """Does what is pending. Raises Refusal and OSError where a step cannot be done now; then it is done again."""
    node = runtime.node
    with node.read() as db:
        works, orders = erasures.pending(db), erasures.orders(db)
    if not works:
        return
    copies = 0
    if any(work.pending == ALL for work in works):
        _rest_of_the_log(runtime, orders)
        _files(runtime)
        node.database.write(accounts.forget_forms)
        copies = _copies_aside(runtime.folder.path, runtime.folder.database, orders)
        replicas = bool(replica.generations(runtime.replicas))
        _pages(runtime)
        if not replicas:
            _say(runtime, ALL, 0, NONE, copies)
        elif replica.drop_others(runtime.folder, runtime.replicas):
            _say(runtime, ALL, 0, GONE, copies)
        else:
            _say(runtime, ALL, REPLICA, KEPT, copies)
    elif replica.drop_others(runtime.folder, runtime.replicas):
        _say(runtime, REPLICA, 0, GONE, copies)


# ---------------------------------------------------------------- 1: what the tables still lead to


def _rest_of_the_log(runtime: Runtime, orders: Sequence[Order]) -> None:
    """The fold knows where the records of a case stand; this finds what stands where nobody would look for it."""
    after = 0
    while True:
        with runtime.node.read() as db:
            found, reached = overwriting.covered_in(db, orders, after)
        if found:
            runtime.node.database.write(partial(_forget, found=found))
        if reached == after:
            return
        after = reached


def _forget(db: Connection, found: Sequence[tuple[int, Order]]) -> None:
    for position, order in found:
        erasures.forget(db, order, [position])


def _files(runtime: Runtime) -> None:
    """Deletes the files that erased cases named, unless another body names them as well."""
    node, after, used = runtime.node, 0, set[str]()
    with node.read() as db:
        names = erasures.files_named(db)
    while names:
        with node.read() as db:
            found, reached = bodies.naming(db, node.vault, names, after, SCAN)
        used |= found
        if reached == after:
            break
        after = reached
    for name in names:
        node.database.write(partial(_settle_file, runtime=runtime, name=name, used=name in used, after=after))


def _settle_file(db: Connection, runtime: Runtime, name: str, used: bool, after: int) -> None:
    """Looks at what was kept meanwhile, then deletes; no write comes in between."""
    used = used or bool(bodies.naming(db, runtime.vault, [name], after, SCAN * SCAN)[0])
    was_here = not used and runtime.attachments.remove(db, name)
    if not used and runtime.mirror is not None:
        runtime.mirror.drop(name)
    elif not used:
        mirror.drop(runtime.replicas / mirror.FOLDER, name)
    erasures.file_settled(db, name, gone=was_here)


# ---------------------------------------------------------------- 2: what a restore set aside


def _copies_aside(folder: Path, database: Path, orders: Sequence[Order]) -> int:
    """Cleans every database that lies beside the node's own; gives how many could not be. What a restore left that was
    broken off goes."""
    for left in folder.glob(".tongban-restore-*"):
        shutil.rmtree(left, ignore_errors=True)
    bad = 0
    for path in sorted(folder.glob(f"{database.name}.replaced*")):
        if path.name.endswith(replica.SIDE_FILES):
            continue
        try:
            overwriting.clean_copy(path, orders)
        except (Refusal, ValueError, Damage) as error:
            bad += 1
            log.warning("erasing.copy_kept", extra={"code": getattr(error, "code", type(error).__name__)})
    return bad


# ---------------------------------------------------------------- 3: pages, WAL, replica


def _pages(runtime: Runtime) -> None:
    """Raises Refusal erasure.wal_in_use, and those of `replica.in_a_new_generation`."""
    rebuild = runtime.folder.database.stat().st_size <= REBUILT_BYTES_MAX

    def act(db: Connection) -> None:
        for _ in range(CUT_TRIES):
            if overwriting.overwrite(db, rebuild=rebuild):
                return
        raise Refusal("erasure.wal_in_use")

    def cut(db: Connection) -> None:
        if under_litestream():
            replica.in_a_new_generation(runtime.folder, runtime.replicas, lambda: act(db))
        else:
            act(db)

    runtime.node.database.alone(cut)


# ---------------------------------------------------------------- 5: the node says so


class SayErased(NamedTuple):
    """What this node tells of some orders."""

    said: tuple[Done, ...]

    def decide(self, view: View) -> Sequence[Draft]:
        subject, area = f"node/{view.me.node}", view.me.area
        return [Draft(DONE, subject, msgspec.to_builtins(each), PUBLIC, area) for each in self.said]


def _say(runtime: Runtime, before: int, after: int, state: str, copies: int) -> None:
    """Tells of every order that stood at `before`, and notes that it stands at `after`. Of one that has come to more
    meanwhile nothing is told: all of it is done again."""
    node = runtime.node
    with node.read() as db:
        works = [work for work in erasures.pending(db) if work.pending == before]
    for work in works:
        done = Done(work.id, work.bodies, work.files, state, copies)

        def note(db: Connection, work: Work = work) -> None:
            if not erasures.came_to(db, work, after):
                raise Refusal("erasure.more_to_do")

        node.write(SayErased((done,)), note)
