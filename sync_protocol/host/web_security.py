"""The outermost layer of every request: who is asking, what every response carries, and what becomes of a crash.

1. Recognises the session by its cookie and prolongs it, except for requests that a page makes by itself.
2. Puts the security headers on every response. Scripts, styles, images, forms and connections are this node's own,
   nothing may frame it, nothing is loaded from elsewhere, and pages are never kept in a cache.
3. Turns Starlette's bare 413 into a page with a sentence.
4. Closes the connection behind a refusal that was given before the request's body was read to its end, so that nobody
   can have us read what we have refused.
5. Turns an unknown exception into a page with an incident id. The log gets the id, the type and the places in the
   code, never the message or the values, since those may be a resident's data.
"""

from __future__ import annotations

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared_models.refusals import Refusal
from sync_protocol.host.logs import names_of, places_of
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
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
BACKGROUND = "tongban-background"
"""The header of a request that a page makes by itself: it does not count as somebody at work."""

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
        body = _Body(request, receive)
        answer = _Answer(request, visit, body, send)
        try:
            if (token := visit.own_cookie(SESSION)) and not visit.path.startswith(PREFIX):
                visit.session = await run_in_threadpool(self._session, visit, token, BACKGROUND in request.headers)
            await self._app(scope, body, answer)
        except ClientDisconnect:
            return
        except Refusal as refusal:  # the database would not tell who is asking; handlers' refusals are answered within
            visit.broken = True
            await refuse(request, refusal)(scope, body, answer)
        except Exception as error:  # noqa: BLE001  # logged below, and answered
            await self._incident(request, answer, error)

    def _session(self, visit: Visit, token: str, background: bool) -> Session | None:
        now_ms = self._web.now_ms()
        with self._web.database.read() as connection:
            session = accounts.session_of(connection, token, now_ms)
        if session is None or now_ms >= session.created_ms + self._web.session_ms:
            return None
        if self._web.barred(session.account.actor):
            visit.barred = True
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
        log.error("incident", incident=incident, error=names_of(error), where=places_of(error))
        if answer.started:
            raise Broken(f"a response broke off, incident {incident}") from None
        visit_of(request).broken = True
        response = refuse(request, Refusal("host.incident", incident=incident))
        await response(request.scope, answer.body, answer)


class _Body:
    """The way in: knows whether the request's body has come to its end."""

    def __init__(self, request: HTTPConnection, receive: Receive) -> None:
        length = request.headers.get("content-length", "0")
        self.whole = length == "0" and "transfer-encoding" not in request.headers
        self._receive = receive

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self.whole = True
        return message


class _Answer:
    """The way out: adds headers and cookies, and replaces Starlette's bare 413."""

    def __init__(self, request: HTTPConnection, visit: Visit, body: _Body, send: Send) -> None:
        self.started = False
        self.body = body
        self._request = request
        self._visit = visit
        self._send = send
        self._replaced = False

    async def __call__(self, message: Message) -> None:
        if message["type"] != "http.response.start":
            if not self._replaced:
                await self._send(message)
            return
        if message["status"] == 413 and _content_type(message).startswith("text/plain"):
            self._replaced = True
            response = refuse(self._request, Refusal("host.body_too_large_here"), status=413)
            await response(self._request.scope, self.body, self._pass_on)
            return
        await self._pass_on(message)

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if message["status"] >= 300 and not self.body.whole:
                headers["Connection"] = "close"
            for cookie in self._visit.cookies_out:
                headers.append("Set-Cookie", cookie)
        await self._send(message)


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
