"""The only file that imports the HTTP client. A line to one parent: requests out, bounded answers in.

Every answer is read with a bound and never unpacked by the client library: a server cannot make a small answer large.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import suppress

import httpx2
import msgspec

from shared_models.refusals import Refusal
from shared_models.signing import KeyPair, text_of
from shared_models.trust import key_mark
from sync_protocol.core.frames import FrameReader, LineDown, ParentBusy, Prepared, RemoteProtocolError, Request, Run
from sync_protocol.core.messages import Challenge, Fault, Hello, Message, Proof, Welcome
from sync_protocol.core.opening import LOWERED, VERSIONS, WITH_INCARNATION, Opening, Versions, faraway
from sync_protocol.core.session import NONCE_BYTES, Session, State, prove, proven
from sync_protocol.store.vault import Entropy
from sync_protocol.wire.key_life import KeyLife, fixed
from sync_protocol.wire.server import MEDIA_TYPE, PATH, SESSION_HEADER, WAIT_MS_MAX

ANSWER_BYTES_MAX = 8 * 1024 * 1024
RUN_SECONDS = 1.0
"""How long a request goes on being filled: between two of them the parent has nothing to do for a round trip."""
RUN_BYTES_MAX = 8 * 1024 * 1024
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = WAIT_MS_MAX / 1000 + 20.0
"""How long a line may be silent, a long poll included, until it counts as dead."""
EXCHANGE_SECONDS = 120.0
"""How long a request with its answer may take in all. Over a slow line the next one is made smaller."""


class ParentFailed(LineDown):
    """The parent answered, and not as a parent that works: `code` names the sentence."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.code = _FAILURES.get(status, "sync.parent_failed" if status >= 500 else "sync.parent_answer")


AFTER_MS_MAX = 10 * 60 * 1000
"""No parent is obeyed that would keep a child away for longer."""


_FAILURES = {
    502: "sync.parent_behind_proxy",
    503: "sync.parent_busy",
    504: "sync.parent_behind_proxy",
    507: "sync.parent_full",
}
"""RFC 9110, 15.6; 507 is how a hub answers whose disk is full (RFC 4918, 11.5)."""


class SessionLost(LineDown):
    """The parent does not know the session any more: open a new one."""


async def _bounded(
    client: httpx2.AsyncClient, path: str, content: bytes | AsyncIterable[bytes], headers: dict[str, str]
) -> tuple[int, bytes, httpx2.Headers]:
    """(status, body, headers) of a POST. Raises LineDown; RemoteProtocolError for an answer over the bound."""
    headers = {**headers, "accept-encoding": "identity"}
    try:
        async with (
            asyncio.timeout(EXCHANGE_SECONDS),
            client.stream("POST", path, content=content, headers=headers) as answer,
        ):
            parts = bytearray()
            async for part in answer.aiter_raw():
                parts += part
                if len(parts) > ANSWER_BYTES_MAX:
                    raise RemoteProtocolError("sync.answer_size")
            return answer.status_code, bytes(parts), answer.headers
    except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
        raise LineDown(type(error).__name__) from None


def new_client(
    address: str, transport: httpx2.AsyncBaseTransport | None = None, *, proxy: str = ""
) -> httpx2.AsyncClient:
    """A client for one address, through an HTTP proxy if one is named. No setting of the environment is used."""
    timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    return httpx2.AsyncClient(
        base_url=address, timeout=timeout, trust_env=False, transport=transport, proxy=proxy or None
    )


class Line:
    """A session with a parent over HTTP. `ask` opens it when needed; one request is one round trip afterwards.
    `incarnation` tells in which one the node runs now; without it the line speaks version 1 of the protocol. `life`
    tells the keys of both ends, where they may change."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        keys: KeyPair,
        me: str,
        parent: str,
        parent_key: bytes,
        entropy: Entropy,
        incarnation: Callable[[], str] | None = None,
        *,
        versions: Versions = VERSIONS,
        life: KeyLife | None = None,
    ) -> None:
        self._life = life or fixed(keys, parent_key)
        self._incarnation = incarnation or (lambda: "")
        self._versions = versions if incarnation else (versions[0], min(versions[1], WITH_INCARNATION - 1))
        self._client = client
        self._me = me
        self._parent = parent
        self._entropy = entropy
        self._session = Session()
        self._name = ""
        self.round_trips = 0
        self.bytes_up = 0
        self.bytes_down = 0

    async def ask(self, request: Request) -> list[Message]:
        """The answers to one request, or to as much of a run as goes out in a second. Ends within two minutes,
        whatever the line does; one that is silent is given up within one. Raises LineDown, ParentFailed
        where the parent is there and does not serve, RemoteProtocolError, and what making a request of a run raises."""
        if not self._name:
            await self._open()
        try:
            return await self._exchange(request)
        except SessionLost:
            await self._open()
            return await self._exchange(request)

    async def _open(self) -> None:
        self._session, self._name = Session(), ""
        nonce, parent = text_of(self._entropy(NONCE_BYTES)), self._life.parents()
        knows = key_mark(parent, self._parent)
        challenge = (await self._exchange(Hello(self._me, nonce, self._versions, knows)))[0]
        opening, knows = self._agreed(nonce, challenge, parent)
        incarnation = self._incarnation() if opening.version >= WITH_INCARNATION else ""
        proof = Proof(prove(self._life.own(knows), opening.said("child", incarnation)), incarnation)
        welcome = (await self._exchange(proof))[0]
        if not isinstance(welcome, Welcome):
            raise self._failed(welcome, "sync.not_proven")

    def _agreed(self, nonce: str, challenge: Message, key: bytes) -> tuple[Opening, str]:
        """What the parent proved by `key` to have agreed to, and the mark of our key that it knows. Raises
        RemoteProtocolError."""
        if not isinstance(challenge, Challenge) or challenge.node != self._parent:
            raise self._failed(challenge, "sync.not_the_parent")
        opening = Opening(self._me, self._parent, nonce, challenge.nonce, self._versions, challenge.version)
        if not self._versions[0] <= challenge.version <= self._versions[1]:
            raise self._failed(challenge, "sync.version")
        if not proven(key, opening.said("parent"), challenge.signature):
            raise self._failed(challenge, "sync.not_the_parent")
        if opening.lowered:
            raise self._failed(challenge, LOWERED)
        return opening, challenge.knows

    def _failed(self, answer: Message, code: str) -> RemoteProtocolError:
        self._name = ""
        if isinstance(answer, Fault):
            code = answer.code
            if code == "sync.version" and answer.versions != (0, 0):
                code = faraway(self._versions, answer.versions)
        return RemoteProtocolError(code)

    async def _exchange(self, request: Request) -> list[Message]:
        headers = {"content-type": MEDIA_TYPE}
        if self._name:
            headers[SESSION_HEADER] = self._name
        content = self._running(request) if isinstance(request, Run) else self._packed(request)
        try:
            status, body, answered = await _bounded(self._client, PATH, content, headers)
        except BaseException:
            self._name = ""
            raise
        self.round_trips += 1
        self.bytes_down += len(body)
        if status == 503:  # turned away at the door, or by a proxy before it
            if self._session.state is not State.OPEN:
                self._name = ""  # half opened, it is begun anew
            _turned_away(body, answered)
        if status != 200:
            self._name = ""
            raise ParentFailed(status)
        return self._read(body, answered.get(SESSION_HEADER, ""))

    def _packed(self, request: Message | Prepared) -> bytes:
        data = self._session.send(request)
        self.bytes_up += len(data)
        return data

    async def _running(self, run: Run) -> AsyncIterator[bytes]:
        """The requests of a run, the next one made while the parent works on the last."""
        parts, clock = run.begin(), asyncio.get_running_loop().time
        until, room = clock() + RUN_SECONDS, RUN_BYTES_MAX
        part = await asyncio.to_thread(next, parts, None)
        while part is not None and room >= 0:
            data = self._packed(part)
            yield data
            room -= len(data)
            part = await asyncio.to_thread(next, parts, None) if clock() < until else None

    def _read(self, body: bytes, name: str) -> list[Message]:
        had = self._name
        self._name = name
        answers: list[Message] = []
        try:
            self._session.receive(body)
            while (answer := self._session.next_message()) is not None:
                answers.append(answer)
            self._session.end()
        except RemoteProtocolError:
            self._name = ""
            raise
        faults = [answer for answer in answers if isinstance(answer, Fault)]
        if faults:
            self._name = ""
            if had and "sync.session_unknown" in [fault.code for fault in faults]:
                raise SessionLost
            _come_back(faults)
        if not answers:
            self._name = ""
            raise RemoteProtocolError("sync.frame_truncated", "an answer without a message")
        return answers


def _come_back(faults: Sequence[Fault]) -> None:
    """Raises ParentBusy where a fault says when to come back."""
    after = max((fault.after_ms for fault in faults), default=0)
    if after > 0:
        raise ParentBusy(min(after, AFTER_MS_MAX))


def _turned_away(body: bytes, headers: httpx2.Headers) -> None:
    """Raises ParentBusy where an answer of 503 says when to come back: in a frame, or else in its head."""
    reader = FrameReader()
    reader.feed(body)
    with suppress(RemoteProtocolError):  # a page of some proxy
        fault = reader.next()
        _come_back([fault] if isinstance(fault, Fault) else [])
    seconds = headers.get("retry-after", "")
    if seconds.isascii() and seconds.isdigit() and int(seconds[:6]) > 0:
        raise ParentBusy(min(int(seconds[:6]) * 1000, AFTER_MS_MAX))


async def post_bytes(address: str, path: str, content: bytes, headers: dict[str, str], *, proxy: str = "") -> bytes:
    """One JSON request outside a session: joining, operator's commands. Raises LineDown, ParentFailed, or the Refusal
    answered."""
    async with new_client(address, proxy=proxy) as client:
        status, body, _ = await _bounded(client, path, content, {"content-type": "application/json", **headers})
    if status < 400:
        return body
    try:
        answer = msgspec.json.decode(body, type=_Refused)
    except msgspec.MsgspecError:
        raise ParentFailed(status) from None
    raise Refusal(answer.code, **answer.values)


class _Refused(msgspec.Struct):
    """How a hub answers with a refusal outside a session: `{"code": …, "values": {…}}`."""

    code: str
    values: dict[str, str | int] = {}
