"""Passwords on pages: everybody changes their own, and an administrator gives somebody else a new one.

Either way every session of that person ends; whoever changed their own goes on with a new one. The pages that list
accounts link to `/accounts/<login>/password`, and the head of every page to `/password`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared_models import signing
from shared_models.refusals import Refusal
from sync_protocol.host.clerk_keys import for_session, sealed_for, unlocked
from sync_protocol.host.forms import Form, FormErrors, FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import SESSION, Visit, account_at, redirect, render, status_of, visit_of
from sync_protocol.store import accounts, clerk_keys
from sync_protocol.store.accounts import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, Account
from sync_protocol.store.database import Connection

ADMIN = "admin"
"""The role, at a station and at a hub, of whoever manages accounts."""
ACCOUNTS = "/accounts"
SMALL = FormLimits(fields_max=10, fields_bytes_max=8 * 1024)


@dataclass(frozen=True)
class PasswordPage:
    """A new password for `account`, twice, with the rules before it; and the old one where it is the visitor's own."""

    template: ClassVar[str] = "password.html"
    form: Form
    errors: FormErrors
    account: Account
    own: bool
    length_min: int = PASSWORD_LENGTH_MIN
    length_max: int = PASSWORD_LENGTH_MAX


@require(limits=SMALL)
def change_own(request: Request) -> Response:
    """For whoever is logged in. GET shows the form, POST `old_password`, `new_password`, `again_password` changes."""
    visit, form, errors, account = visit_of(request), form_of(request), FormErrors(), account_at(request)
    if request.method == "POST":
        old, new = form.secret("old_password"), _new_password(form, errors, account.login)
        with errors.at("new_password"):
            if new and new == old:
                raise Refusal("accounts.password_same")
        if not errors:
            with errors.at("old_password"):
                _change(visit, account.login, old, new)
                return redirect(request, visit.web.home, "accounts.password_changed")
    return _page(request, PasswordPage(form, errors, account, own=True))


@require(ADMIN, limits=SMALL)
def reset(request: Request) -> Response:
    """For an administrator. GET shows the form, POST `new_password`, `again_password` gives somebody a new password."""
    visit, form, errors, login = visit_of(request), form_of(request), FormErrors(), request.path_params["login"]
    if login == account_at(request).login:
        return redirect(request, "/password")
    with visit.web.database.read() as connection:
        account = accounts.account_of(connection, login)
    if account is None:
        raise Refusal("accounts.unknown", login=login[:40])
    if request.method == "POST":
        new = _new_password(form, errors, login)
        if not errors:
            hashed = _hashed(visit, new)
            visit.web.database.write(lambda connection: accounts.set_password(connection, login, hashed))
            visit.web.end_keys()
            return redirect(request, ACCOUNTS, "accounts.password_reset")
    return _page(request, PasswordPage(form, errors, account, own=False))


def _page(request: Request, page: PasswordPage) -> Response:
    web = visit_of(request).web
    return render(request, page, next((status_of(web, refusal.code) for _, refusal in page.errors), 200))


def _new_password(form: Form, errors: FormErrors, login: str) -> str:
    """The new password as it was typed, twice; what is wrong with it goes into `errors`."""
    new = form.secret("new_password")
    with errors.at("new_password"):
        accounts.check_new_password(login, new)
    with errors.at("again_password"):
        if new != form.secret("again_password"):
            raise Refusal("accounts.passwords_differ")
    return new


def _hashed(visit: Visit, password: str) -> str:
    return signing.hash_password(password, visit.web.entropy(signing.SALT_SIZE))


def _change(visit: Visit, login: str, old: str, new: str) -> None:
    """Every session ends, and this one begins anew; the signing key stays. A wrong old password counts as one at the
    login does."""
    web, now_ms = visit.web, visit.web.now_ms()
    try:
        accounts.check_login(web.database, login, old, now_ms)
    except Refusal as refusal:
        if refusal.code != "accounts.wrong":
            raise
        raise Refusal("accounts.old_password_wrong") from None
    hashed, token, form_key = _hashed(visit, new), web.token(), web.token()
    pair = unlocked(web, login, old)
    sealed, public = sealed_for(web, pair, new), signing.text_of(pair.public)

    def change(connection: Connection) -> None:
        accounts.set_password(connection, login, hashed)
        clerk_keys.put(connection, login, public, sealed)
        accounts.open_session(
            connection, login, token, form_key, now_ms, web.idle_ms, for_session(web, pair, token)
        )  # fmt: skip

    web.database.write(change)
    visit.set_own_cookie(SESSION, token)


def password_routes() -> list[Route]:
    """`/password`, `/accounts/<login>/password`."""
    return [
        Route("/password", change_own, methods=["GET", "POST"]),
        Route(ACCOUNTS + "/{login}/password", reset, methods=["GET", "POST"]),
    ]
