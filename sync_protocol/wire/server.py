"""The hub's routes for its children: sessions over HTTP, frames in, frames out.

`POST /sync/v1/session` without a session header takes a Hello and answers with a Challenge and the name of the new
session; with the header it takes a Proof (`greeting`) or, once the session is open, any request. A Pull that finds
nothing new is held open until something comes or its time is up, or this hub stops. Bounded: bytes a request, waiting
time; messages that are worked on at once, requests that wait for that (`turns`), and what all of them take in memory
(`bodies`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from shared_models.refusals import Refusal
from sync_protocol.core.frames import RemoteProtocolError, pack
from sync_protocol.core.messages import AnyMessage, Fault, Hello, Idle, Message, Proof, Pull
from sync_protocol.core.opening import VERSIONS, Versions
from sync_protocol.core.session import State
from sync_protocol.node import Node
from sync_protocol.parent_side import ParentSide
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.vault import Entropy
from sync_protocol.wire.bodies import FREE_BYTES, Noted, Space, flowing
from sync_protocol.wire.greeting import Greeting, Open, Sessions
from sync_protocol.wire.turns import WAITING_MAX, Load, Turns, Work
from sync_protocol.wire.wakeup import Wakeup

PATH = "/sync/v1/session"
SESSION_HEADER = "tongban-session"
MEDIA_TYPE = "application/vnd.tongban.frames"
REQUEST_BYTES_MAX = 16 * 1024 * 1024
SILENCE_SECONDS = 60.0
"""How long a child may pause within a request: a line that is half open never ends by itself."""
WAIT_MS_MAX = 25_000
REQUESTS_OF_A_SESSION_MAX = 4
"""More of them wait for each other only where a child does not wait for its answers."""
LATER_MS = 1000
RESTART_MS = 1000
"""How long a hub that stops is away at least; the children that it lets go come back one after the other."""
BUSY = "sync.busy"
"""The code of a hub that says when to come back."""
_WORK = {"push": Work.RECORDS, "piece": Work.FILES}
"""What a message of a type is work of; of the others each is short, and a pull may ask for more later."""

log = logging.getLogger("tongban.sync")


class SyncServer:
    """Answers children of one hub. `now` in milliseconds; `silence` = seconds for which a request may stand still;
    `versions` of the protocol = those that this hub speaks; `waiting_max` = requests that wait for their turn."""

    def __init__(
        self, node: Node, attachments: Attachments | None, entropy: Entropy, now: Callable[[], int], wakeup: Wakeup,
        *, silence: float = SILENCE_SECONDS, versions: Versions = VERSIONS,
        waiting_max: int = WAITING_MAX,
    ) -> None:  # fmt: skip
        self._silence = silence
        self._node = node
        self._wakeup = wakeup
        self.turns = Turns(lambda: asyncio.get_running_loop().time(), entropy, waiting_max=waiting_max)
        self.space = Space()
        self._sessions = Sessions(entropy, now)
        self._greeting = Greeting(node, attachments, entropy, self._sessions, versions)

    def load(self) -> Load:
        """How busy this hub is with its children."""
        return self.turns.load(self.space.used)

    def _away(self) -> int:
        """In how many milliseconds to come back to a hub that stops."""
        return RESTART_MS + self.turns.another_time()

    def routes(self) -> list[Route]:
        return [Route(PATH, self._request, methods=["POST"], max_body_size=REQUEST_BYTES_MAX)]

    async def _request(self, request: Request) -> Response:
        name = request.headers.get(SESSION_HEADER, "")
        opened = self._sessions.get(name) if name else None
        if name and opened is None:
            return self._frames([pack(Fault("sync.session_unknown"))])
        after = self._away() if self._wakeup.stopping else self.turns.later(begins=opened is None)
        if after or (opened is not None and opened.requests >= REQUESTS_OF_A_SESSION_MAX):
            return _later(after or LATER_MS)
        if opened is None:
            name, opened = self._sessions.new()
        opened.requests += 1
        try:
            async with opened.lock:
                self._sessions.use(name, opened)
                return await self._exchange(name, opened, request.stream())
        finally:
            opened.requests -= 1

    async def _exchange(self, name: str, opened: Open, body: AsyncIterable[bytes]) -> Response:
        """Answers each message as soon as it is whole: while one is kept, the next may already be on its way."""
        answers: list[bytes] = []
        try:
            async for part in flowing(body, opened.session, self.space, self._silence):
                opened.session.receive(part)
                while (kind := opened.session.waiting()) is not None:
                    given = await self._next(name, opened, kind)
                    answers += [opened.session.send(answer) for answer in given]
                if opened.side is None and opened.session.coming[1] > FREE_BYTES:
                    raise RemoteProtocolError("sync.frame_size", "before the session is open")
            opened.session.end()
        except ClientDisconnect:  # nobody is left to answer; what was whole is kept, and the rest comes again
            self._sessions.drop(name)
            return self._frames(answers, name, last=True)
        except _Stopping:
            return _later(self._away())
        except RemoteProtocolError as error:
            log.warning("sync.protocol_error", extra={"child": opened.child, "code": error.code})
            answers.append(pack(Fault(error.code)))
            self._sessions.drop(name)
            return self._frames(answers, name, last=True)
        if opened.session.state is State.CLOSED:
            self._sessions.drop(name)
        return self._frames(answers, name)

    async def _next(self, name: str, opened: Open, kind: str) -> list[Message]:
        """Reads the next message, and answers it, when it is its child's turn."""
        side = opened.side
        if side is None:
            async with self.turns.turn(name, Work.SHORT):
                return [await self._open(name, opened, _read(opened, kind))]
        if self._greeting.outdated(opened):
            _read(opened, kind)
            return [Fault("sync.session_unknown")]
        if kind == "pull" and isinstance(message := _read(opened, kind), Pull):
            return await self._pull(opened.child, side, message)
        async with self.turns.turn(opened.child, _WORK.get(kind, Work.SHORT)):
            return await asyncio.to_thread(lambda: side.answer(_read(opened, kind)))

    async def _open(self, name: str, opened: Open, message: Message) -> Message:
        if isinstance(message, Hello):
            return self._greeting.hello(opened, message)
        if isinstance(message, Proof):
            welcome = self._greeting.proof(name, opened, message)
            await self._write_alarms()
            return welcome
        return Fault("sync.out_of_order")

    async def _write_alarms(self) -> None:
        """Writes down what was noticed. What cannot be written now (a full disk) is told in the log, and noticed again
        at the next session."""
        alarms, self._greeting.alarms = self._greeting.alarms, []
        for alarm in alarms:
            log.warning("sync.node_cloned", extra={"child": alarm.node, "one": alarm.one, "other": alarm.other})
            try:
                await asyncio.to_thread(self._node.write, alarm)
            except Refusal as refusal:
                log.warning("sync.alarm_not_written", extra={"child": alarm.node, "code": refusal.code})

    async def _pull(self, child: str, side: ParentSide, message: Pull) -> list[Message]:
        loop = asyncio.get_running_loop()
        until = loop.time() + min(message.wait_ms, WAIT_MS_MAX) / 1000
        with self._wakeup.listening(side.listens_to) as ear:
            while True:
                ear.clear()
                if answers := await self._look(child, side, message):
                    return answers
                if self._wakeup.stopping:
                    raise _Stopping
                if not await ear.wait(until - loop.time()):
                    return [Idle()]

    async def _look(self, child: str, side: ParentSide, message: Pull) -> list[Message]:
        """What is new for a child by now: what is urgent first, and the rest when nothing urgent waits."""
        async with self.turns.turn(child, Work.SHORT):
            answer = await asyncio.to_thread(side.urgent, message, self.space.room)
        if answer.more:
            async with self.turns.turn(child, Work.STREAMS):
                await asyncio.to_thread(side.later, message, answer)
        return answer.messages

    def _frames(self, parts: list[bytes], session: str = "", *, last: bool = False) -> Response:
        """`last` = the connection ends with this: whatever else is on its way is not read."""
        headers = {"cache-control": "no-store"}
        if session:
            headers[SESSION_HEADER] = session
        if last:
            headers["connection"] = "close"
        return Noted(b"".join(parts), self.space, MEDIA_TYPE, headers)


def _read(opened: Open, kind: str) -> AnyMessage:
    """The message that waits. Raises RemoteProtocolError, also where it is not what a glance took it for."""
    message = opened.session.next_message()
    if message is None or type(message).__struct_config__.tag != kind:
        raise RemoteProtocolError("sync.frame_message", "its type does not stand first")
    return message


class _Stopping(Exception):
    """The process is about to end, and nothing is new for a child that waits."""


def _later(after_ms: int) -> Response:
    """Turned away, mostly before its body is read: the session stays as it is, and what was kept is told again."""
    headers = {"cache-control": "no-store", "retry-after": str(-(-after_ms // 1000))}
    return Response(pack(Fault(BUSY, after_ms)), 503, media_type=MEDIA_TYPE, headers=headers)
