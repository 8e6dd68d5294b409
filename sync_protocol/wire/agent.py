"""The agent: keeps a node in step with its parent, and folds what was taken in, for as long as the process lives.

Three loops in one event loop: *deliver* sends the journal as soon as something is written, and attachments while
nothing is; *follow* holds a long poll open; *fold* folds. A line that fails is tried again with back-off and jitter;
waiting is cut short by new work. Nothing here decides anything: the flows of `child_side` do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared_models.refusals import Refusal
from shared_models.signing import Damaged
from sync_protocol.child_side import ChildSide
from sync_protocol.core.frames import Flow, LineDown, LocalProtocolError, ParentBusy, RemoteProtocolError, Request
from sync_protocol.core.messages import Message
from sync_protocol.core.opening import LOWERED, TOO_NEW, TOO_OLD
from sync_protocol.node import Node
from sync_protocol.store import upward
from sync_protocol.store.log import DamagedRecord
from sync_protocol.store.projector import SLICE, SLICE_LATE
from sync_protocol.wire.client import Line, ParentFailed
from sync_protocol.wire.wakeup import Wakeup

BACKOFF_SECONDS_MIN = 0.2
LINE_DOWN = "sync.line_down"
"""The code of a line on which nobody answers; every other one says that somebody does."""
BUSY = "sync.busy"
"""The code of a parent that has no time now and said when to come back: nothing is wrong."""
CALM = ("", LINE_DOWN, BUSY)
"""Codes with which nothing stands still but the line."""
LINE_DOWN_SECONDS_MAX = 3.0
BACKOFF_SECONDS_MAX = 30.0
OPENING_ROUND_TRIPS = 3
"""Two to prove who is who, and one to learn where to go on."""
IDLE_SECONDS = 30.0
ASK_AGAIN_SECONDS = 0.3
POLL_MS = 25_000
FOLD_QUIET_SECONDS = 0.1
FOLD_PATIENCE = 50
FOLD_TURNS = 5
FOLD_LATE = 65_536
"""Records that may wait to be folded while others come in."""

FOR_A_PERSON = frozenset({
    TOO_OLD, TOO_NEW, LOWERED, "sync.version", "sync.moved", "sync.not_a_child", "sync.not_the_parent",
    "sync.not_proven",
})  # fmt: skip
"""What no trying again mends: kept in the database, where the doctor finds it."""

Sleep = Callable[[float], Awaitable[None]]
"""Waits for so many seconds; asyncio.sleep in the product."""

log = logging.getLogger("tongban.sync")


@dataclass
class Status:
    """What screens say of the line: since when it is up, the last contact (ms), what is wrong, as a code, and when a
    busy parent will be asked again (ms, 0 = it is not busy)."""

    online: bool = False
    contact_ms: int = 0
    code: str = ""
    detail: str = ""
    again_ms: int = 0


class Agent:
    """`entropy` gives jitter; `now` is the wall clock in milliseconds; `sleep` waits out the back-off."""

    def __init__(
        self,
        node: Node,
        side: ChildSide,
        lines: tuple[Line, Line],
        wakeup: Wakeup,
        now: Callable[[], int],
        entropy: Callable[[int], bytes],
        sleep: Sleep,
    ) -> None:
        self._node = node
        self._side = side
        self._up, self._down = lines
        self._wakeup = wakeup
        self._now = now
        self._entropy = entropy
        self._sleep = sleep
        self.status = Status()
        self._pause = asyncio.Lock()
        """Held by whoever waits until the parent said to come back; records are the first to go then."""
        self._refused = False
        """Whether the last delivery was answered with an error: then no answer to a poll makes that good."""
        self._kept: str | None = None

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep(self._deliver, self._up))
            tasks.create_task(self._keep(self._follow, self._down))

    async def _deliver(self) -> None:
        rung = self._wakeup.count
        await drive(self._side.deliver(), self._up)
        await drive(self._side.exchange_files(), self._up)
        await drive(self._side.witnessed(), self._up)
        self._refused = False
        stuck = self._side.stuck
        if stuck is not None:
            self._wrong(stuck.code, f"{stuck.journal} {stuck.id}")
        else:
            self._well()
        await self._keep_standstill()
        await self._wakeup.wait(self._rest_seconds, rung)

    @property
    def _rest_seconds(self) -> float:
        """How long there is nothing to do, unless something is written."""
        if self._side.files.asked_early:
            return ASK_AGAIN_SECONDS
        return min(IDLE_SECONDS, max(ASK_AGAIN_SECONDS, self._side.fetcher.rest_seconds))

    async def _follow(self) -> None:
        async with self._pause:
            pass
        await drive(self._side.follow(POLL_MS if self.status.online or self._refused else 0), self._down)
        if self._side.stuck is None and not self._refused:
            self._well()

    async def _keep(self, work: Callable[[], Awaitable[None]], line: Line) -> None:
        failures = 0
        while True:
            before = line.round_trips
            try:
                await self._keep_standstill()
                await work()
                failures = 0
            except ParentBusy as busy:
                failures = 0
                await self._come_back(busy, line)
            except (
                LineDown,
                RemoteProtocolError,
                LocalProtocolError,
                Refusal,
                DamagedRecord,
                Damaged,
                OSError,
            ) as error:
                self._failed(error)
                dead = isinstance(error, LineDown) and not isinstance(error, ParentFailed)
                # A line that carries something before it breaks is no worse than the last time.
                failures = 1 if dead and line.round_trips > before + OPENING_ROUND_TRIPS else failures + 1
                self._refused = self._refused or (work == self._deliver and not dead)
                # A dead line costs a hub nothing to be tried; what a hub answers with an error is asked less often.
                most = LINE_DOWN_SECONDS_MAX if dead else BACKOFF_SECONDS_MAX
                pause = min(most, BACKOFF_SECONDS_MIN * 2 ** min(failures - 1, 10))
                await self._sleep(pause * (0.5 + self._share() / 2))

    def _share(self) -> float:
        """A number from 0 to 1, so that no two nodes come in step."""
        return int.from_bytes(self._entropy(2)) / 65536

    async def _come_back(self, busy: ParentBusy, line: Line) -> None:
        """Waits as long as the parent asked, and up to a tenth longer. While delivery waits, following waits too."""
        seconds = busy.after_ms / 1000 * (1 + self._share() / 10)
        if line is not self._up:
            await self._sleep(seconds)
            return
        async with self._pause:
            self.status.contact_ms = self._now()
            self.status.again_ms = self.status.contact_ms + int(seconds * 1000)
            self.status.online, self.status.code, self.status.detail = True, BUSY, ""
            log.info("sync.busy", extra={"after_ms": busy.after_ms})
            await self._sleep(seconds)

    async def _keep_standstill(self) -> None:
        """Keeps what the parent says against us, or that it no longer does; one that is busy, or a line that is down,
        says nothing of it."""
        code = self.status.code if self.status.code in FOR_A_PERSON else ""
        if self.status.code == BUSY or code == self._kept or not (code or self.status.online):
            return
        now = self._now()
        await asyncio.to_thread(self._node.database.write, lambda db: upward.note(db, code, now))
        self._kept = code

    def _failed(self, error: Exception) -> None:
        self.status.online = False
        if isinstance(error, ParentFailed):
            self._wrong(error.code, str(error))
        elif isinstance(error, LineDown):
            self._wrong(LINE_DOWN, str(error))
        elif isinstance(error, DamagedRecord):
            self._wrong("sync.damaged_record", f"{error.position} {error.id} {error.what}")
        else:
            self._wrong(getattr(error, "code", "sync.failed"), type(error).__name__)

    def _wrong(self, code: str, detail: str) -> None:
        if (code, detail) != (self.status.code, self.status.detail):
            log.warning("sync.standing_still", extra={"code": code, "detail": detail})
        self.status.code, self.status.detail, self.status.again_ms = code, detail, 0

    def _well(self) -> None:
        status = self.status
        status.online, status.contact_ms, status.code, status.detail, status.again_ms = True, self._now(), "", "", 0


async def drive(flow: Flow, line: Line) -> None:
    """Runs a flow over a line; the flow's own work is done in a thread."""
    request = await asyncio.to_thread(_step, flow, None)
    while request is not None:
        request = await asyncio.to_thread(_step, flow, await line.ask(request))


def _step(flow: Flow, answers: list[Message] | None) -> Request | None:
    try:
        return next(flow) if answers is None else flow.send(answers)
    except StopIteration:
        return None


async def keep_folding(node: Node, wakeup: Wakeup, sleep: Sleep, *, late: int = FOLD_LATE) -> None:
    """Folds what was taken in, until cancelled: a few records at once, many when no more are coming in. What is durable
    is acknowledged, and the fold of a thousand would only stand in the way of the next thousand; but it waits five
    seconds at most, and then takes its turn whatever comes. Where `late` records wait it does not wait at all, and
    shares the writer with what comes in: a hub that is never left alone must not fall behind for ever."""
    while True:
        rung = wakeup.count
        waiting = await asyncio.to_thread(node.waiting_to_fold)
        if SLICE < waiting < late:
            await _calm(node, sleep)
        at_once = SLICE_LATE if waiting > SLICE_LATE else SLICE
        seen, turns = node.intakes, 0
        while (count := await asyncio.to_thread(node.fold, at_once)) and (node.intakes == seen or turns < FOLD_TURNS):
            turns += 1
        if not count:
            await wakeup.wait(IDLE_SECONDS, rung)


async def _calm(node: Node, sleep: Sleep) -> None:
    for _ in range(FOLD_PATIENCE):
        before = node.intakes
        await sleep(FOLD_QUIET_SECONDS)
        if node.intakes == before:
            return
