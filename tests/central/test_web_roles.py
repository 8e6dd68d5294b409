"""Who may do what: every route against every role, forms without a token, and pages against their templates."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import is_dataclass

import pytest

import central.web
from central.web.base import NAVIGATION
from sync_protocol.host.pages import check_page
from sync_protocol.host.web import SESSION
from sync_protocol.store import accounts
from tests.central.places import PASSWORD, Places

ROLES = {"shenpi": "officer", "jiandu": "supervisor", "admin": "admin", "minzheng": "issuer"}
READ = {
    "/": {"officer", "supervisor", "admin", "issuer"},
    "/worklist": {"officer", "supervisor"},
    "/worklist.csv": {"officer", "supervisor"},
    "/cases/{case}": {"officer", "supervisor"},
    "/erasures": {"supervisor", "admin"},
    "/nodes": {"supervisor", "admin"},
    "/nodes/versions": {"supervisor", "admin"},
    "/catalogue": {"admin"},
    "/catalogue/review": {"admin", "supervisor"},
    "/catalogue/halts": {"admin"},
    "/catalogue/import": {"admin"},
    "/catalogue/items": {"admin"},
    "/catalogue/template.xlsx": {"admin"},
    "/accounts": {"admin"},
    "/attestations": {"issuer"},
}
WRITE = {
    "/cases/{case}/decide": {"officer"},
    "/cases/{case}/settle": {"officer", "supervisor"},
    "/find": {"officer", "supervisor"},
    "/erasures/propose": {"supervisor", "admin"},
    "/nodes/invite": {"admin"},
    "/nodes/x/revoke": {"admin"},
    "/held/clones/x": {"supervisor", "admin"},
    "/catalogue/import": {"admin"},
    "/catalogue/publish": {"admin"},
    "/catalogue/items/new": {"admin"},
    "/catalogue/items/x/edit": {"admin"},
    "/catalogue/review": {"admin", "supervisor"},
    "/catalogue/bulk": {"admin"},
    "/catalogue/bulk/done": {"admin"},
    "/catalogue/halts": {"admin"},
    "/accounts/add": {"admin"},
    "/accounts/x/switch": {"admin"},
    "/attestations/issue": {"issuer"},
    "/attestations/find": {"issuer"},
    "/attestations/x/revoke": {"issuer"},
}


def test_a_page_opens_for_its_roles_and_for_nobody_else(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    for login, role in ROLES.items():
        browser = places.district.browser(login)
        for path, roles in READ.items():
            status = browser.get(path.format(case=number)).status_code
            assert status == (200 if role in roles else 403), f"{role} at {path}: {status}"


def test_a_form_is_taken_from_its_roles_and_from_nobody_else(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    for login, role in ROLES.items():
        browser = places.city.browser(login)
        token = browser.token_at("/")
        for path, roles in WRITE.items():
            status = browser.post(path.format(case=number), data={"_form": token}).status_code
            assert (status != 403) == (role in roles), f"{role} at {path}: {status}"


def test_every_form_needs_its_token(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    for login in ROLES:
        browser = places.district.browser(login)
        for path in WRITE:
            for token in ("", "wrong"):
                answer = browser.post(path.format(case=number), data={"_form": token, "outcome": "granted"})
                assert answer.status_code == 403, path
    assert places.district.case(number).status == "accepted"


def test_a_visitor_without_a_login_is_sent_to_it_and_sees_the_public_page(places: Places) -> None:
    browser = places.district.browser()
    for path in READ:
        answer = browser.get(path.format(case="x"))
        assert (answer.status_code, answer.headers["location"][:7]) == (303, "/login?"), path
    assert browser.get("/progress").status_code == 200


def test_what_was_typed_before_the_session_ended_comes_back_after_logging_in(places: Places) -> None:
    number = places.station.accept()
    places.sync()
    browser = places.district.browser("shenpi")
    path = f"/cases/{number}"
    token = browser.token_at(path)
    past_ms = places.district.runtime.node.now() - 3_600_000
    session = browser.cookies[f"{SESSION}_{places.district.runtime.settings.area}"]
    places.district.runtime.database.write(lambda db: accounts.touch_session(db, session, past_ms, past_ms + 1))
    late = {"_form": token, "_from": path, "outcome": "refused", "reasons": "写了很久的理由", "result": "x"}
    answer = browser.post(f"{path}/decide", data=late)
    assert answer.status_code == 303
    again = browser.log_in("shenpi", PASSWORD, answer.headers["location"])
    assert again.headers["location"] == path
    text = browser.get(path).text
    assert "写了很久的理由</textarea>" in text
    assert 'value="refused" checked' in text
    assert places.district.case(number).status == "accepted"


def test_the_head_links_to_what_the_account_may_open(places: Places) -> None:
    for login, role in ROLES.items():
        text = places.district.browser(login).get("/").text
        for link in NAVIGATION:
            assert (f'href="{link.path}"' in text.split("<main")[0]) == (not link.roles or role in link.roles) or (
                link.path == "/"
            )


def test_accounts_are_added_and_switched_off(places: Places) -> None:
    browser = places.district.browser("admin")
    fields = {
        "_form": browser.token_at("/accounts"), "_from": "/accounts", "login": "xiaoli", "name": "李新人",
        "password": PASSWORD, "role": "officer",
    }  # fmt: skip
    for changes, field in (
        ({"login": "X"}, "login"),
        ({"login": "shenpi"}, "login"),
        ({"name": " "}, "name"),
        ({"password": "short"}, "password"),
        ({"role": "king"}, "role"),
        ({"role": ""}, "role"),
        ({"role": "issuer"}, "department"),
    ):
        answer = browser.post("/accounts/add", data={**fields, **changes})
        assert answer.status_code == 422, changes
        assert f'href="#f-{field}"' in answer.text, changes
        assert PASSWORD not in answer.text
    assert browser.post("/accounts/add", data=fields).status_code == 303
    assert places.district.browser("xiaoli").get("/worklist").status_code == 200
    off = browser.post("/accounts/xiaoli/switch", data={"_form": fields["_form"], "disabled": "1"})
    assert off.status_code == 303
    assert places.district.browser("xiaoli").get("/worklist").status_code == 303
    own = browser.post("/accounts/admin/switch", data={"_form": fields["_form"], "disabled": "1"})
    assert own.status_code == 422
    with places.district.runtime.node.read() as db:
        assert accounts.account_of(db, "admin") is not None


def page_classes() -> list[type]:
    """Every class of the web pages that names a template."""
    modules = [
        importlib.import_module(f"central.web.{each.name}") for each in pkgutil.iter_modules(central.web.__path__)
    ]
    return [
        value
        for module in modules
        for _, value in inspect.getmembers(module, inspect.isclass)
        if value.__module__ == module.__name__ and is_dataclass(value) and hasattr(value, "template")
    ]


@pytest.mark.parametrize("page", page_classes(), ids=lambda page: page.__name__)
def test_a_page_and_its_template_fit_each_other(page: type) -> None:
    assert check_page(page) == []


def test_there_is_a_page_class_for_every_template() -> None:
    assert len(page_classes()) == 30
