"""Who works here: the administrator makes accounts and stops them. None is ever removed, since records name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.people import ADMIN, add_account
from edge_node.web.context import Worded, station_of
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors, FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.people import PersonKey, keys_of
from sync_protocol.host.web import account_at, redirect, render
from sync_protocol.store import accounts
from sync_protocol.store.accounts import Account
from sync_protocol.store.database import Connection

SMALL = FormLimits(fields_max=12, fields_bytes_max=8 * 1024)
FIELDS = {
    "accounts.login_malformed": "login",
    "accounts.taken": "login",
    "accounts.name_missing": "name",
    "accounts.password_is_login": "password",
    "accounts.password_length": "password",
    "station.role_unknown": "role",
}
"""Which field of the form a refusal belongs to."""


@dataclass(frozen=True)
class AccountsPage(Worded):
    """All accounts, and the form for a new one. `me` is the login of the one who looks."""

    template: ClassVar[str] = "accounts.html"
    accounts: tuple[Account, ...]
    keys: dict[str, PersonKey]
    me: str
    form: Form
    errors: FormErrors


@require(ADMIN, limits=SMALL)
def listing(request: Request) -> Response:
    """GET lists, POST `login`, `name`, `role` (one or both), `password` makes an account."""
    station, form, errors = station_of(request), form_of(request), FormErrors()
    if request.method == "POST":
        try:
            add_account(
                station.runtime.database, form.text("login"), form.text("name"), form.texts("role"),
                form.secret("password"), now_ms=station.now(), entropy=station.entropy,
            )  # fmt: skip
            return redirect(request, "/accounts", "station.account_added")
        except Refusal as refusal:
            errors.add(FIELDS.get(refusal.code, ""), refusal)
    with station.node.read() as db:
        known = tuple(accounts.all_accounts(db))
        keys = keys_of(db, known)
    page = AccountsPage(known, keys, account_at(request).login, form, errors)
    return render(request, page, 422 if errors else 200)


@require(ADMIN, limits=SMALL)
def change(request: Request) -> Response:
    """POST `do` = disable or enable. Nobody locks out themselves."""
    login, disable = request.path_params["login"], form_of(request).text("do") == "disable"
    if login == account_at(request).login:
        raise Refusal("station.own_account")

    def act(db: Connection) -> None:
        accounts.set_disabled(db, login, disable)

    station_of(request).runtime.database.write(act)
    station_of(request).runtime.end_keys()
    return redirect(request, "/accounts", "station.account_disabled" if disable else "station.account_enabled")


ROUTES = [
    Route("/accounts", listing, methods=["GET", "POST"]),
    Route("/accounts/{login}", change, methods=["POST"]),
]
