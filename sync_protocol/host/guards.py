"""Who may call a handler, and with which form.

`require("clerk", "officer")` lets in accounts with one of these roles, `require()` everybody who is logged in,
`public()` everybody. Both read the form of a POST within limits and hold it to its token before the handler runs;
`form_of(request)` gives it. Nothing a clerk has typed is lost:

- The session ended meanwhile, or the token is not this session's: what was typed, except passwords and files, is
  sealed and kept for half an hour under a ticket in a cookie. After logging in the same person comes back to the page
  that the form stood on, and `form_of` gives there, on the GET, what had been typed (`visit.restored` is then true).
- Of somebody whom this node has never known nothing is kept, and what he sends is not even read.
- A request that another site made is refused before any of this.

The seal opens only with the browser's ticket and the node's storage key together.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial, update_wrapper
from urllib.parse import urlencode, urlsplit

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared_models import signing
from shared_models.refusals import Refusal
from sync_protocol.host.clerk_keys import seated
from sync_protocol.host.forms import Form, FormLimits, TextOnly, read_form
from sync_protocol.host.web import (
    KEPT,
    MINUTE_MS,
    SESSION,
    Visit,
    Web,
    local_path,
    refuse,
    visit_of,
    wants_json,
)
from sync_protocol.store import accounts
from sync_protocol.store.database import Connection

TOKEN_FIELD = "_form"
FROM_FIELD = "_from"
"""Hidden fields that the macro `form` writes: the token, and the page that the form stands on."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
KEPT_MS = 30 * MINUTE_MS
KEPT_BURST, KEPT_REFILL_MS = 20, MINUTE_MS
KEPT_BYTES_MAX = 256 * 1024

Handler = Callable[[Request], Response | Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Guard:
    """What stands before a handler. `roles` None = public, () = anybody who is logged in."""

    handler: Handler
    roles: tuple[str, ...] | None
    limits: FormLimits


def require(*roles: str, limits: FormLimits | None = None) -> Callable[[Handler], Endpoint]:
    """For accounts with one of `roles` (none named: any account). `limits` are those of the form that is posted."""
    return partial(_endpoint, roles, limits or FormLimits())


def public(limits: FormLimits | None = None) -> Callable[[Handler], Endpoint]:
    """For everybody; a posted form still needs its token."""
    return partial(_endpoint, None, limits or FormLimits())


def _endpoint(roles: tuple[str, ...] | None, limits: FormLimits, handler: Handler) -> Endpoint:
    return update_wrapper(partial(_guarded, Guard(handler, roles, limits)), handler)


def guard_of(endpoint: object) -> Guard | None:
    """The guard before an endpoint, None if it has none."""
    first = endpoint.args[0] if isinstance(endpoint, partial) and endpoint.args else None
    return first if isinstance(first, Guard) else None


def form_of(request: Request) -> Form:
    """The posted form; on a GET what was typed before the session ended; else an empty form."""
    return visit_of(request).form


async def _guarded(guard: Guard, request: Request) -> Response:
    visit = visit_of(request)
    visit.files_bytes_max = guard.limits.files_bytes_max
    posted = request.method not in SAFE_METHODS
    if posted and _from_other_site(request):
        raise Refusal("host.other_site")
    if guard.roles is not None and visit.session is None:
        return await _ask_login(guard, request, posted)
    if guard.roles and visit.account and not set(guard.roles) & set(visit.account.roles):
        raise Refusal("host.forbidden")
    if posted:
        visit.form = await read_form(request, guard.limits)
        if not _token_fits(guard, visit):
            return await _refuse_token(request)
    elif visit.session and visit.own_cookie(KEPT):
        await run_in_threadpool(_restore, visit)
    with seated(visit) if posted else nullcontext():
        response = await _call(guard.handler, request)
    if posted and visit.session and visit.own_cookie(KEPT) and response.status_code in (302, 303):
        await run_in_threadpool(_forget, visit)
    return response


async def _call(handler: Handler, request: Request) -> Response:
    answer: Response | Awaitable[Response]
    if inspect.iscoroutinefunction(handler):
        answer = handler(request)
    else:
        answer = await run_in_threadpool(partial(handler, request))
    return answer if isinstance(answer, Response) else await answer


def _from_other_site(request: Request) -> bool:
    """By Sec-Fetch-Site where the browser sends it, else by Origin. `Origin: null` says nothing: browsers write it
    on every form of a page whose referrer policy is no-referrer."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    return origin != "null" and urlsplit(origin).netloc != request.headers.get("host", "")


def _token_fits(guard: Guard, visit: Visit) -> bool:
    given = visit.form.text(TOKEN_FIELD).encode()
    good = [visit.session.form_key] if visit.session else []
    if guard.roles is None:
        good.append(visit.guest_token())
    return any(signing.equal(given, token.encode()) for token in good if token)


# What was typed


async def _ask_login(guard: Guard, request: Request, posted: bool) -> Response:
    visit = visit_of(request)
    if wants_json(request):
        raise Refusal("host.login_needed")
    why = "host.session_expired" if visit.own_cookie(SESSION) else "host.login_needed"
    why = "accounts.revoked" if visit.barred else why
    back = visit.here if _shows(request) else visit.web.home
    if posted and await run_in_threadpool(_was_here, visit):
        visit.form = await read_form(request, _text_of(guard.limits))
        back = _page_of_form(visit)
        if await run_in_threadpool(_keep, visit, _address(request)) and not visit.barred:
            why = "host.session_expired_kept"
    login = "/login?" + urlencode({"why": why, "next": back})
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": login})
    return RedirectResponse(login, 303)


def _shows(request: Request) -> bool:
    """Whether this address shows a page to whoever comes back to it."""
    return "GET" in (request.scope["route"].methods or ("GET",))


def _was_here(visit: Visit) -> bool:
    """Whether this browser brings a session that this node once opened."""
    token = visit.own_cookie(SESSION)
    if not token:
        return False
    with visit.web.database.read() as connection:
        return accounts.owner_of(connection, token) is not None


def _text_of(limits: FormLimits) -> FormLimits:
    text_bytes = min(limits.fields_bytes_max, KEPT_BYTES_MAX)
    return TextOnly(limits.fields_max, text_bytes, read_bytes=limits.read_bytes_max)


async def _refuse_token(request: Request) -> Response:
    visit = visit_of(request)
    back = _page_of_form(visit)
    kept = await run_in_threadpool(_keep, visit, _address(request)) if visit.session else False
    if kept:
        return refuse(request, Refusal("host.token_missing_kept"), back=back, back_to_form=True)
    return refuse(request, Refusal("host.token_missing"), back=back)


def _page_of_form(visit: Visit) -> str:
    return local_path(visit.form.text(FROM_FIELD)) or visit.path


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _seal_key(web: Web, ticket: str) -> bytes:
    return signing.keyed_hash(signing.derive(web.key, "kept forms"), ticket.encode())


class _KeptForm(msgspec.Struct):
    """A form on the shelf: the page that it stood on, where it was sent, what was typed."""

    page: str
    action: str
    values: list[tuple[str, str]]


def _keep(visit: Visit, address: str) -> bool:
    """Keeps what was typed, where there is something; False if nothing was kept."""
    typed = [(key, value) for key, value in visit.form.values if key[:1] != "_" and "password" not in key.lower()]
    if not any(value for _, value in typed):
        return False
    web, ticket = visit.web, visit.web.token()
    plain = msgspec.json.encode(_KeptForm(_page_of_form(visit), visit.form.action, typed))
    sealed = signing.seal(_seal_key(web, ticket), web.entropy(signing.NONCE_SIZE), plain)
    now_ms, token, account = web.now_ms(), visit.own_cookie(SESSION), visit.account

    def act(connection: Connection) -> bool:
        if accounts.throttle(connection, f"kept forms/{address}", now_ms, KEPT_BURST, KEPT_REFILL_MS):
            return False
        login = account.login if account else accounts.owner_of(connection, token)
        accounts.keep_form(connection, ticket, login, sealed, now_ms, now_ms + KEPT_MS)
        return True

    kept = web.database.write(act)
    if kept:
        visit.set_own_cookie(KEPT, ticket, KEPT_MS // 1000)
    return kept


def _kept(visit: Visit) -> _KeptForm | None:
    """What this browser's ticket stands for, if it is this account's; else the ticket goes."""
    ticket, account = visit.own_cookie(KEPT), visit.account
    with visit.web.database.read() as connection:
        sealed = accounts.kept_form(connection, ticket, account.login if account else "", visit.web.now_ms())
    try:
        plain = signing.unseal(_seal_key(visit.web, ticket), sealed) if sealed else b""
    except signing.Damaged:  # sealed under another storage key: nobody can read it any more
        plain = b""
    if not plain:
        visit.set_own_cookie(KEPT, "", 0)
    return msgspec.json.decode(plain, type=_KeptForm) if plain else None


def _restore(visit: Visit) -> None:
    kept = _kept(visit)
    if kept and urlsplit(kept.page).path == visit.path:
        visit.form = Form(tuple(kept.values), action=kept.action)
        visit.restored = True


def _forget(visit: Visit) -> None:
    """The form was sent after all: what was kept of it goes."""
    ticket, kept = visit.own_cookie(KEPT), _kept(visit)
    if kept and kept.action == visit.path:
        visit.web.database.write(lambda connection: accounts.drop_form(connection, ticket))
        visit.set_own_cookie(KEPT, "", 0)
