"""The accounts of a hub: who works here, in which role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import operations
from central.operations import AddAccount
from central.web.base import ADMIN, SMALL_FORM, hub_of, status_for
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.people import PersonKey, keys_of
from sync_protocol.host.web import account_at, redirect, render
from sync_protocol.store import accounts as store
from sync_protocol.store.accounts import Account

FIELDS = {
    "accounts.name_missing": "name",
    "accounts.password_is_login": "password",
    "accounts.password_length": "password",
    "central.department_needed": "department",
    "central.role_unknown": "role",
}
"""Which field a refusal is about, where it is not the login."""


@dataclass(frozen=True)
class AccountsPage:
    """Everybody who may log in here, and the form for somebody new."""

    template: ClassVar[str] = "accounts.html"
    accounts: list[Account]
    keys: dict[str, PersonKey]
    me: str
    form: Form
    errors: FormErrors


@require(ADMIN)
def accounts(request: Request) -> Response:
    return _page(request, FormErrors())


@require(ADMIN, limits=SMALL_FORM)
def add(request: Request) -> Response:
    """POST `login`, `name`, `role` (several), `department`, `password`."""
    form, errors = form_of(request), FormErrors()
    asked = AddAccount(
        form.text("login"), form.text("name"), form.texts("role"), form.secret("password"), form.text("department")
    )
    try:
        operations.add_account(hub_of(request), asked)
    except Refusal as refusal:
        errors.add(FIELDS.get(refusal.code, "login"), refusal)
        return _page(request, errors)
    return redirect(request, "/accounts", "central.account_added")


@require(ADMIN, limits=SMALL_FORM)
def switch(request: Request) -> Response:
    """POST `disabled` (1, 0): locks an account out at once, or lets it in again."""
    login, disabled = request.path_params["login"], form_of(request).text("disabled") == "1"
    if login == account_at(request).login:
        raise Refusal("central.own_account")
    hub_of(request).node.database.write(lambda db: store.set_disabled(db, login, disabled))
    hub_of(request).runtime.end_keys()
    return redirect(request, "/accounts", "central.account_disabled" if disabled else "central.account_enabled")


def _page(request: Request, errors: FormErrors) -> Response:
    with hub_of(request).node.read() as db:
        everybody = store.all_accounts(db)
        keys = keys_of(db, everybody)
    page = AccountsPage(everybody, keys, account_at(request).login, form_of(request), errors)
    return render(request, page, status_for(request, errors))


def routes() -> list[Route]:
    """`/accounts` and what is below it."""
    return [
        Route("/accounts", accounts),
        Route("/accounts/add", add, methods=["POST"]),
        Route("/accounts/{login}/switch", switch, methods=["POST"]),
    ]
