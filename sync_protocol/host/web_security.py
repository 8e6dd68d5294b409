"""The outermost layer of every request: who is asking, what every response carries, and what becomes of a crash.

1. Recognises the session by its cookie and prolongs it, except for requests that a page makes by itself.
2. Puts the security headers on every response. Scripts, styles, images, forms and connections are this node's own,
   nothing may frame it, nothing is loaded from elsewhere, and pages are never kept in a cache.
3. Turns Starlette's bare 413 into a page with a sentence. What is still coming is read and dropped first, within
   limits, because a browser that is cut off while it sends never shows the answer.
4. Turns an unknown exception into a page with an incident id. The log gets the id, the type and the places in the
   code, never the message or the values, since those may be a resident's data.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import PurePath

import anyio
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared_models.refusals import Refusal
from sync_protocol.host.statics import PREFIX
from sync_protocol.host.web import MINUTE_MS, SESSION, VISIT, Visit, Web, refuse, visit_of
from sync_protocol.store import accounts
from sync_protocol.store.accounts import Session

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
BACKGROUND = "tongban-background"
"""The header of a request that a page makes by itself: it does not count as somebody at work."""
DRAIN_BYTES_MAX = 128 * 1024 * 1024
DRAIN_SECONDS_MAX = 10
FRAMES_MAX = 12

log = structlog.get_logger("tongban.web")


class Broken(RuntimeError):
    """A response broke off after it had begun; the incident is in the log. Closes the connection."""


class Visits:
    """ASGI middleware: see the module."""

    def __init__(self, app: ASGIApp, web: Web) -> None:
        self._app = app
        self._web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        scope[VISIT] = visit = Visit(self._web, request)
        answer = _Answer(request, visit, receive, send)
        try:
            if (token := visit.own_cookie(SESSION)) and not visit.path.startswith(PREFIX):
                visit.session = await run_in_threadpool(self._session, token, BACKGROUND in request.headers)
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            return
        except Refusal as refusal:  # the database would not tell who is asking; handlers' refusals are answered within
            visit.broken = True
            await refuse(request, refusal)(scope, receive, answer)
        except Exception as error:  # noqa: BLE001  # logged below, and answered
            await self._incident(request, answer, error)

    def _session(self, token: str, background: bool) -> Session | None:
        now_ms = self._web.now_ms()
        with self._web.database.read() as connection:
            session = accounts.session_of(connection, token, now_ms)
        if session is None or now_ms >= session.created_ms + self._web.session_ms:
            return None
        if not background and abs(now_ms - session.seen_ms) >= MINUTE_MS:
            self._prolong(token, session, now_ms)
        return session

    def _prolong(self, token: str, session: Session, now_ms: int) -> None:
        expires_ms = min(now_ms + self._web.idle_ms, session.created_ms + self._web.session_ms)
        try:
            self._web.database.write(lambda db: accounts.touch_session(db, token, now_ms, expires_ms))
        except Refusal as refusal:
            # A full disk must not keep anybody from reading what is there.
            log.warning("session not prolonged", code=refusal.code)

    async def _incident(self, request: HTTPConnection, answer: _Answer, error: Exception) -> None:
        incident = self._web.entropy(5).hex()
        log.error("incident", incident=incident, error=_names(error), where=list(_places(error)))
        if answer.started:
            raise Broken(f"a response broke off, incident {incident}") from None
        visit_of(request).broken = True
        response = refuse(request, Refusal("host.incident", incident=incident))
        await response(request.scope, answer.receive, answer)


def _names(error: BaseException | None) -> list[str]:
    """The types of an exception and of those that caused it."""
    names: list[str] = []
    while error is not None and len(names) < 5:
        names.append(type(error).__name__)
        error = error.__cause__ or error.__context__
    return names


def _places(error: Exception) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]:
        yield f"{'/'.join(PurePath(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}"


class _Answer:
    """The way out: adds headers and cookies, and replaces Starlette's bare 413."""

    def __init__(self, request: HTTPConnection, visit: Visit, receive: Receive, send: Send) -> None:
        self.started = False
        self.receive = receive
        self._request = request
        self._visit = visit
        self._send = send
        self._replaced = False

    async def __call__(self, message: Message) -> None:
        if message["type"] != "http.response.start":
            if not self._replaced:
                await self._send(message)
            return
        if message["status"] == 413:
            await self._drain()
            if _content_type(message).startswith("text/plain"):
                self._replaced = True
                response = refuse(self._request, Refusal("host.body_too_large_here"), status=413)
                await response(self._request.scope, self.receive, self._pass_on)
                return
        await self._pass_on(message)

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            for cookie in self._visit.cookies_out:
                headers.append("Set-Cookie", cookie)
        await self._send(message)

    async def _drain(self) -> None:
        total = 0
        with anyio.move_on_after(DRAIN_SECONDS_MAX):
            while total < DRAIN_BYTES_MAX:
                message = await self.receive()
                total += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return


def _content_type(message: Message) -> str:
    found = (value for name, value in message.get("headers", ()) if name == b"content-type")
    return next(found, b"").decode("latin-1")


# What handlers raise


async def show_refusal(request: Request, error: Exception) -> Response:
    """Starlette's handler for a Refusal."""
    if not isinstance(error, Refusal):
        raise error
    response = refuse(request, error)
    if response.status_code >= 500:  # nobody's request was wrong: a disk is full, a file is broken
        log.error("refused", code=error.code)
    return response


async def show_http_error(request: Request, error: Exception) -> Response:
    """Starlette's handler for its own exceptions: 404, 405, 413 and the rest, in whole sentences."""
    if not isinstance(error, HTTPException):
        raise error
    code = f"host.status_{error.status_code}"
    known = code if code in _SENTENCED else "host.status_other"
    refusal = Refusal("host.body_too_large_here" if error.status_code == 413 else known)
    return refuse(request, refusal, status=error.status_code, headers=error.headers)


_SENTENCED = {"host.status_400", "host.status_404", "host.status_405", "host.status_415"}
