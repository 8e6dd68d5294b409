"""Logging in and out, and how the pages look: the routes that every node has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared_models import texts
from shared_models.refusals import Refusal
from sync_protocol.host.clerk_keys import for_session, unlocked
from sync_protocol.host.forms import Form, FormErrors, FormLimits
from sync_protocol.host.guards import form_of, public
from sync_protocol.host.passwords import password_routes
from sync_protocol.host.web import (
    BIG,
    LANGUAGE,
    SESSION,
    Visit,
    local_path,
    redirect,
    render,
    status_of,
    visit_of,
)
from sync_protocol.store import accounts
from sync_protocol.store.database import Connection

YEAR_S = 365 * 24 * 3600
BURST, REFILL_MS = 30, 2000
"""Attempts to log in from one address: 30 at once, then one every two seconds. Accounts have locks of their own."""
REASONS = ("host.login_needed", "host.session_expired", "host.session_expired_kept", "accounts.revoked")
SMALL = FormLimits(fields_max=10, fields_bytes_max=8 * 1024)


@dataclass(frozen=True)
class LoginPage:
    """The way in. `why` is a sentence that says why one stands before it; `next` is where one wanted to go."""

    template: ClassVar[str] = "login.html"
    form: Form
    errors: FormErrors
    why: str
    next: str


@public(SMALL)
def login(request: Request) -> Response:
    """GET shows the form, POST opens a session and goes on to `next`."""
    visit, form, errors = visit_of(request), form_of(request), FormErrors()
    why = request.query_params.get("why", "")
    wanted = form.text("next") or request.query_params.get("next", "")
    goal = local_path(wanted) or visit.web.home
    if request.method == "POST":
        with errors.at("login"):
            _enter(visit, form, request.client.host if request.client else "")
            return redirect(request, goal)
    status = next((status_of(visit.web, refusal.code) for _, refusal in errors), 200)
    shown = why if why in REASONS and not errors else ""
    return render(request, LoginPage(form, errors, shown, goal), status)


def _enter(visit: Visit, form: Form, address: str) -> None:
    web, now_ms, old = visit.web, visit.web.now_ms(), visit.own_cookie(SESSION)
    wait_ms = web.database.write(lambda db: accounts.throttle(db, f"login/{address}", now_ms, BURST, REFILL_MS))
    if wait_ms:
        raise Refusal("accounts.too_many", seconds=-(-wait_ms // 1000))
    account = accounts.check_login(web.database, form.text("login"), form.secret("password"), now_ms)
    if web.barred(account.actor):
        raise Refusal("accounts.revoked")
    token, form_key = web.token(), web.token()
    sealed = for_session(web, unlocked(web, account.login, form.secret("password")), token)

    def open_(connection: Connection) -> None:
        accounts.close_session(connection, old)
        accounts.open_session(connection, account.login, token, form_key, now_ms, web.idle_ms, sealed)
        accounts.sweep(connection, now_ms)

    web.database.write(open_)
    visit.set_own_cookie(SESSION, token)


@public(SMALL)
def logout(request: Request) -> Response:
    """POST ends the session; a GET of the address only goes to the login page."""
    visit = visit_of(request)
    if request.method == "POST":
        token = visit.own_cookie(SESSION)
        visit.web.database.write(lambda connection: accounts.close_session(connection, token))
        visit.set_own_cookie(SESSION, "", 0)
        return redirect(request, "/login", "host.logged_out")
    return redirect(request, "/login")


@public()
def look(request: Request) -> Response:
    """Sets language (`lang`) or size of text (`big`) for this browser and goes `back`."""
    visit, wanted = visit_of(request), request.query_params
    if wanted.get("lang") in texts.LANGUAGES:
        visit.set_cookie(LANGUAGE, wanted["lang"], YEAR_S)
    if wanted.get("big") in ("0", "1"):
        visit.set_cookie(BIG, wanted["big"], YEAR_S)
    return redirect(request, local_path(wanted.get("back", "")) or visit.web.home)


def login_routes() -> list[Route]:
    """`/login`, `/logout`, `/look`, and those of `passwords`."""
    return [
        *password_routes(),
        Route("/login", login, methods=["GET", "POST"], name="login"),
        Route("/logout", logout, methods=["GET", "POST"], name="logout"),
        Route("/look", look, methods=["GET"], name="look"),
    ]
