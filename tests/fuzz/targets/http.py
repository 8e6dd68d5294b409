"""The route for children: any body, from somebody who has proven nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from shared_models.signing import text_of
from sync_protocol.core.frames import FrameReader, RemoteProtocolError, pack
from sync_protocol.core.messages import Fault, Hello, Proof, Pull
from sync_protocol.wire.server import PATH, SyncServer
from sync_protocol.wire.wakeup import Wakeup
from tests.fuzz.targets import Target, Try
from tests.fuzz.town import Town


def session(folder: Path) -> Try:
    town = Town(folder)

    def work(data: bytes) -> str:
        random = town.next()
        node = town.district.node
        server = SyncServer(node, None, random.randbytes, node.now, Wakeup())
        answer = asyncio.run(ask(Starlette(routes=server.routes()), data, random.randint(1, 400)))
        return said(answer)

    return work


async def ask(app: Starlette, body: bytes, size: int) -> tuple[int, bytes]:
    """Status and body of the answer to a POST whose body comes in pieces. Raises what the application raises."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    coming = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    coming[-1]["more_body"] = False
    sent: list[Any] = []

    async def receive() -> Any:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
             "path": PATH, "raw_path": PATH.encode(), "query_string": b"", "headers": [], "client": ("127.0.0.1", 1),
             "server": ("hub", 80), "root_path": ""}  # fmt: skip
    await app(scope, receive, send)
    content = b"".join(message.get("body", b"") for message in sent)
    return int(sent[0]["status"]), content


def said(answer: tuple[int, bytes]) -> str:
    status, body = answer
    if status != 200:
        raise ValueError(f"status {status}")
    reader = FrameReader()
    reader.feed(body)
    kinds = []
    try:
        while (message := reader.next()) is not None:
            kinds.append(message.code if isinstance(message, Fault) else type(message).__name__)
    except RemoteProtocolError as error:
        raise ValueError("the hub answers with no frame") from error
    return ",".join(kinds)


def _seeds() -> list[bytes]:
    hello = pack(Hello("vkedlytbu6j6ezaf", text_of(bytes(16))))
    return [hello, hello + pack(Proof("A" * 86)), pack(Pull({})), hello + hello, b"GET / HTTP/1.1\r\n\r\n"]


TARGETS = (Target("session", session, _seeds),)
