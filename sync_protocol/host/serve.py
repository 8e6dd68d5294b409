"""Serving an application on a socket, and stopping it: uvicorn with uvloop and httptools, and with limits.

- The head of a request has a size and a time: uvicorn's httptools protocol by itself gives neither.
- SIGTERM and SIGINT stop the server; a second one changes nothing (under Litestream, Ctrl-C comes twice: from the
  terminal and from Litestream), and none is raised again afterwards, so that the caller can close its database and
  exit with 0. Litestream makes its last copy only then.
- Stopping takes a few seconds at most: `on_stopping` lets long polls answer; what still runs afterwards is cancelled.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]  # a module or nothing

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


SWITCH_SECONDS = 0.001
"""How long one thread may keep the interpreter while another waits for it: a page passes through four threads, and
beside a fold or a check of the log each change would cost Python's usual 5 ms."""

YOUNG_OBJECTS_MAX = 20_000
"""Objects that come to be before Python looks for circles among them. Records, rows and cases come by the thousand and
form none; to look after every 700, as is usual, takes a tenth of a fold."""


def collect_rarely() -> None:
    """From here on Python looks seldom for circles of objects, and never among those that are here by now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX, *gc.get_threshold()[1:])


@dataclass(frozen=True)
class Limits:
    """What a server puts up with: connections at once, size and time of a request's head, seconds that a connection
    may be silent between requests, and seconds until it stops for good."""

    connections: int = 1000
    head_bytes: int = 64 * 1024
    head_seconds: float = 20.0
    keep_alive_seconds: int = 75
    stop_seconds: int = 3


HUB = Limits(connections=8192)
"""Two connections for each of some thousand children: records go up by one, a question is held open on the other."""
FILES_BESIDES = 512
"""Files and sockets of a process that are no connections to it."""


def _allow_files(connections: int) -> None:
    """Each connection is an open file, and what a process may open by itself (1,024 on many systems) is less than what
    it may ask for."""
    if resource is not None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = connections + FILES_BESIDES
        if soft != resource.RLIM_INFINITY and soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def serve(
    app: ASGIApp,
    listening: socket.socket,
    *,
    on_started: Callable[[], None],
    on_stopping: Callable[[], None] | None = None,
    proxies: Sequence[str] = (),
    limits: Limits = Limits(),
) -> None:
    """Serves `app` on a socket that listens (and closes it), until SIGTERM or SIGINT. Call it in the main thread.

    `on_started` is called when requests are answered, `on_stopping` when no more are taken; both in the event loop.
    `proxies` are the addresses whose word counts on whom they pass on. Raises SystemExit where the application's
    lifespan fails to start."""
    sys.setswitchinterval(SWITCH_SECONDS)
    collect_rarely()
    _allow_files(limits.connections)
    protocol = type("Protocol", (LimitedProtocol,), {"limits": limits})
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        limit_concurrency=limits.connections,
        timeout_keep_alive=limits.keep_alive_seconds,
        timeout_graceful_shutdown=limits.stop_seconds,
    )
    _Server(config, on_started, on_stopping).run(sockets=[listening])


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, on_started: Callable[[], None], on_stopping: Callable[[], None] | None
    ) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._on_stopping = on_stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._on_stopping:
            self._on_stopping()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True


class LimitedProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose heads have a size and a time: 431 for one that grows too large, 408 for one that is not whole in
    time. A connection on which nothing comes at first is closed without a word."""

    limits = Limits()
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn itself
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self.limits.head_bytes:
                self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        self._begin_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._end_head()
        super().on_headers_complete()

    def _begin_head(self) -> None:
        self._end_head()
        self._in_head, self._head_bytes = True, 0
        self._head_timer = self.loop.call_later(self.limits.head_seconds, self._refuse, _TOO_SLOW)

    def _end_head(self) -> None:
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, answer: bytes) -> None:
        if self.transport.is_closing():
            return
        answering = self.cycle is not None and not self.cycle.response_complete
        if self._head_bytes and not answering:
            self.transport.write(answer)
        self.transport.close()
