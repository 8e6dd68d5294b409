"""The hub's routes for its children: sessions over HTTP, frames in, frames out.

`POST /sync/v1/session` without a session header takes a Hello and answers with a Challenge and the name of the new
session; with the header it takes a Proof (`greeting`) or, once the session is open, any request. A Pull that finds
nothing new is held open until something comes or its time is up. Bounded: bytes a request, waiting time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from shared_models.refusals import Refusal
from sync_protocol.core.frames import RemoteProtocolError, pack
from sync_protocol.core.messages import Fault, Hello, Idle, Message, Proof, Pull
from sync_protocol.core.opening import VERSIONS, Versions
from sync_protocol.core.session import State
from sync_protocol.node import Node
from sync_protocol.parent_side import ParentSide
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.vault import Entropy
from sync_protocol.wire.greeting import Greeting, Open, Sessions
from sync_protocol.wire.wakeup import Wakeup

PATH = "/sync/v1/session"
SESSION_HEADER = "tongban-session"
MEDIA_TYPE = "application/vnd.tongban.frames"
REQUEST_BYTES_MAX = 16 * 1024 * 1024
SILENCE_SECONDS = 60.0
"""How long a child may pause within a request: a line that is half open never ends by itself."""
WAIT_MS_MAX = 25_000

log = logging.getLogger("tongban.sync")


class SyncServer:
    """Answers children of one hub. `now` in milliseconds; `silence` = seconds for which a request may stand still;
    `versions` of the protocol = those that this hub speaks."""

    def __init__(
        self, node: Node, attachments: Attachments | None, entropy: Entropy, now: Callable[[], int], wakeup: Wakeup,
        *, silence: float = SILENCE_SECONDS, versions: Versions = VERSIONS,
    ) -> None:  # fmt: skip
        self._silence = silence
        self._node = node
        self._wakeup = wakeup
        self._sessions = Sessions(entropy, now)
        self._greeting = Greeting(node, attachments, entropy, self._sessions, versions)

    def routes(self) -> list[Route]:
        return [Route(PATH, self._request, methods=["POST"], max_body_size=REQUEST_BYTES_MAX)]

    async def _request(self, request: Request) -> Response:
        name = request.headers.get(SESSION_HEADER, "")
        opened = self._sessions.get(name) if name else None
        if name and opened is None:
            return _frames([pack(Fault("sync.session_unknown"))])
        if opened is None:
            name, opened = self._sessions.new()
        async with opened.lock:
            self._sessions.use(name, opened)
            return await self._exchange(name, opened, request.stream())

    async def _exchange(self, name: str, opened: Open, body: AsyncIterable[bytes]) -> Response:
        """Answers each message as soon as it is whole: while one is kept, the next may already be on its way."""
        answers: list[bytes] = []
        try:
            async for part in _flowing(body, self._silence):
                opened.session.receive(part)
                while (message := opened.session.next_message()) is not None:
                    given = await self._answer(name, opened, message)
                    answers += [opened.session.send(answer) for answer in given]
            opened.session.end()
        except ClientDisconnect:  # nobody is left to answer; what was whole is kept, and the rest comes again
            self._sessions.drop(name)
            return _frames(answers, name, last=True)
        except RemoteProtocolError as error:
            log.warning("sync.protocol_error", extra={"child": opened.child, "code": error.code})
            answers.append(pack(Fault(error.code)))
            self._sessions.drop(name)
            return _frames(answers, name, last=True)
        if opened.session.state is State.CLOSED:
            self._sessions.drop(name)
        return _frames(answers, name)

    async def _answer(self, name: str, opened: Open, message: Message) -> list[Message]:
        if isinstance(message, Hello):
            return [self._greeting.hello(opened, message)]
        if isinstance(message, Proof):
            welcome = self._greeting.proof(name, opened, message)
            await self._write_alarms()
            return [welcome]
        if opened.side is None:
            return [Fault("sync.out_of_order")]
        if isinstance(message, Pull):
            return await self._pull(opened.side, message)
        return await asyncio.to_thread(opened.side.answer, message)

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

    async def _pull(self, side: ParentSide, message: Pull) -> list[Message]:
        loop = asyncio.get_running_loop()
        until = loop.time() + min(message.wait_ms, WAIT_MS_MAX) / 1000
        while True:
            rung = self._wakeup.count
            answers = await asyncio.to_thread(side.answer, message)
            if answers or self._wakeup.stopping:
                return answers or [Idle()]
            if loop.time() >= until or not await self._wakeup.wait(until - loop.time(), rung):
                return [Idle()]


async def _flowing(body: AsyncIterable[bytes], silence: float) -> AsyncIterator[bytes]:
    """The body as long as it keeps coming. Raises ClientDisconnect."""
    parts = aiter(body)
    while True:
        try:
            async with asyncio.timeout(silence):
                part = await anext(parts)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise ClientDisconnect from None
        yield part


def _frames(parts: list[bytes], session: str = "", *, last: bool = False) -> Response:
    """`last` = the connection ends with this: whatever else is on its way is not read."""
    headers = {"cache-control": "no-store"}
    if session:
        headers[SESSION_HEADER] = session
    if last:
        headers["connection"] = "close"
    return Response(b"".join(parts), media_type=MEDIA_TYPE, headers=headers)
