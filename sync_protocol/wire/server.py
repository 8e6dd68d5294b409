"""The hub's routes for its children: sessions over HTTP, frames in, frames out.

`POST /sync/v1/session` without a session header takes a Hello and answers with a Challenge and the name of the new
session; with the header it takes a Proof or, once the session is open, any request. A Pull that finds nothing new is
held open until something comes or its time is up. Bounded: bytes a request, sessions in all and a child, waiting time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from shared_models.roster import Member
from shared_models.signing import text_of
from sync_protocol.core import messages
from sync_protocol.core.frames import RemoteProtocolError, pack
from sync_protocol.core.messages import PROTOCOL_VERSION, Fault, Hello, Idle, Message, Proof, Pull, Welcome
from sync_protocol.core.session import NONCE_BYTES, Session, State, prove, proven, transcript
from sync_protocol.node import Node
from sync_protocol.parent_side import ParentSide
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.vault import Entropy
from sync_protocol.wire.wakeup import Wakeup

PATH = "/sync/v1/session"
SESSION_HEADER = "tongban-session"
MEDIA_TYPE = "application/vnd.tongban.frames"
REQUEST_BYTES_MAX = 16 * 1024 * 1024
SESSIONS_MAX = 8192
SESSIONS_PER_CHILD_MAX = 8
SESSION_IDLE_MS = 15 * 60 * 1000
SILENCE_SECONDS = 60.0
"""How long a child may pause within a request: a line that is half open never ends by itself."""
WAIT_MS_MAX = 25_000

log = logging.getLogger("tongban.sync")


@dataclass
class _Open:
    """One session and the child that it proved to be."""

    session: Session
    used_ms: int
    child: str = ""
    nonces: tuple[str, str] = ("", "")
    side: ParentSide | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class SyncServer:
    """Answers children of one hub. `now` in milliseconds; `silence` = seconds for which a request may stand still."""

    def __init__(
        self, node: Node, attachments: Attachments | None, entropy: Entropy, now: Callable[[], int], wakeup: Wakeup,
        *, silence: float = SILENCE_SECONDS,
    ) -> None:  # fmt: skip
        self._silence = silence
        self._node = node
        self._attachments = attachments
        self._entropy = entropy
        self._now = now
        self._wakeup = wakeup
        self._sessions: OrderedDict[str, _Open] = OrderedDict()

    def routes(self) -> list[Route]:
        return [Route(PATH, self._request, methods=["POST"], max_body_size=REQUEST_BYTES_MAX)]

    async def _request(self, request: Request) -> Response:
        name = request.headers.get(SESSION_HEADER, "")
        opened = self._sessions.get(name) if name else None
        if name and opened is None:
            return _frames([pack(Fault("sync.session_unknown"))])
        if opened is None:
            name, opened = self._new()
        async with opened.lock:
            if name in self._sessions:  # it may have been dropped while this request waited for the one before
                self._sessions.move_to_end(name)
            opened.used_ms = self._now()
            return await self._exchange(name, opened, request.stream())

    async def _exchange(self, name: str, opened: _Open, body: AsyncIterable[bytes]) -> Response:
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
            self._sessions.pop(name, None)
            return _frames(answers, name, last=True)
        except RemoteProtocolError as error:
            log.warning("sync.protocol_error", extra={"child": opened.child, "code": error.code})
            answers.append(pack(Fault(error.code)))
            self._sessions.pop(name, None)
            return _frames(answers, name, last=True)
        if opened.session.state is State.CLOSED:
            self._sessions.pop(name, None)
        return _frames(answers, name)

    async def _answer(self, name: str, opened: _Open, message: Message) -> list[Message]:
        if isinstance(message, Hello):
            return [self._hello(opened, message)]
        if isinstance(message, Proof):
            return [self._proof(name, opened, message)]
        if opened.side is None:
            return [Fault("sync.out_of_order")]
        if isinstance(message, Pull):
            return await self._pull(opened.side, message)
        return await asyncio.to_thread(opened.side.answer, message)

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

    # ------------------------------------------------------------ opening

    def _new(self) -> tuple[str, _Open]:
        now = self._now()
        while self._sessions:
            name, oldest = next(iter(self._sessions.items()))
            if len(self._sessions) < SESSIONS_MAX and now - oldest.used_ms < SESSION_IDLE_MS:
                break
            del self._sessions[name]
        name = text_of(self._entropy(16))
        opened = self._sessions[name] = _Open(Session(), now)
        return name, opened

    def _child(self, node: str) -> Member | None:
        """The member of that name whose parent is this hub; a revoked one still delivers, so that nothing is lost."""
        member = self._node.roster.member(node)
        return member if member is not None and member.parent == self._node.name else None

    def _hello(self, opened: _Open, message: Hello) -> Message:
        low, high = message.versions
        if not low <= PROTOCOL_VERSION <= high:
            return Fault("sync.version")
        if self._child(message.node) is None:
            return Fault("sync.not_a_child")
        nonce = text_of(self._entropy(NONCE_BYTES))
        opened.child = message.node
        opened.nonces = (message.nonce, nonce)
        text = transcript(message.node, self._node.name, message.nonce, nonce, "parent")
        return messages.Challenge(self._node.name, nonce, prove(self._node.keys, text))

    def _proof(self, name: str, opened: _Open, message: Proof) -> Message:
        child = self._child(opened.child)
        text = transcript(opened.child, self._node.name, *opened.nonces, "child")
        if child is None or not proven(child.public, text, message.signature):
            return Fault("sync.not_proven")
        mine = [other for other, each in self._sessions.items() if each.side and each.child == child.node]
        for other in mine[: max(0, len(mine) + 1 - SESSIONS_PER_CHILD_MAX)]:
            del self._sessions[other]
        opened.side = ParentSide(self._node, child, self._attachments)
        return Welcome(name)


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
