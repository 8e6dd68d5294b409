"""Changing one's own password, in a browser without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from shared_models import texts
from sync_protocol.store import accounts
from sync_protocol.store.accounts import LOCK_AFTER_FAILURES, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, Account
from tests.host.small_app import PASSWORD, PASSWORD_HASH, START_MS, Browser, Small

NEW = "another long one"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    small = Small(tmp_path)
    yield small
    small.database.close()


@pytest.fixture
def browser(small: Small) -> Browser:
    browser = small.browser()
    browser.log_in()
    return browser


def change(browser: Browser, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> httpx2.Response:
    form = {"_form": browser.token_at("/password"), "_from": "/password", "old_password": old, "new_password": new}
    return browser.post("/password", data={**form, "again_password": new if again is None else again})


def sentence(code: str, **values: str | int) -> str:
    return texts.sentence(code, "zh", **values)


def test_the_page_is_linked_from_every_page_and_says_the_rules_before_anything_is_typed(browser: Browser) -> None:
    assert 'href="/password"' in browser.get("/register").text
    page = browser.get("/password").text
    assert f"{PASSWORD_LENGTH_MIN} 至 {PASSWORD_LENGTH_MAX} 个字符" in page
    assert page.index("个字符") < page.index("f-old_password")
    assert page.count('type="password"') == 3
    assert 'autocomplete="current-password"' in page
    assert page.count('autocomplete="new-password"') == 2


def test_whoever_is_not_logged_in_is_sent_to_the_login_page(small: Small) -> None:
    assert small.browser().get("/password").headers["location"].startswith("/login?why=host.login_needed")
    assert 'href="/password"' not in small.browser().get("/login").text


def test_a_change_ends_every_other_session_and_goes_on_with_this_one(small: Small, browser: Browser) -> None:
    other = small.browser()
    other.log_in()
    token = browser.cookies["tb_session_511602001001"]
    answer = change(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.cookies["tb_session_511602001001"] != token
    assert sentence("accounts.password_changed") in browser.get("/register").text
    assert other.get("/register").status_code == 303
    assert small.browser().log_in(password=PASSWORD).status_code == 422
    assert small.browser().log_in(password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "field", "code", "values"),
    [
        ("a wrong one", NEW, None, "old_password", "accounts.old_password_wrong", {}),
        (PASSWORD, "short", None, "new_password", "accounts.password_length", {"min": 8, "max": 128}),
        (PASSWORD, "", None, "new_password", "accounts.password_length", {"min": 8, "max": 128}),
        (PASSWORD, PASSWORD, None, "new_password", "accounts.password_same", {}),
        (PASSWORD, NEW, "typed otherwise", "again_password", "accounts.passwords_differ", {}),
    ],
)
def test_a_fault_is_named_at_its_field_and_changes_nothing(
    small: Small, browser: Browser, old: str, new: str, again: str | None, field: str, code: str, values: dict[str, int]
) -> None:
    answer = change(browser, old, new, again)
    assert answer.status_code == 422
    assert sentence(code, **values) in answer.text
    assert f'href="#f-{field}"' in answer.text
    for typed in filter(None, (old, new, again)):
        assert f'value="{typed}"' not in answer.text
    assert browser.get("/register").status_code == 200
    assert small.browser().log_in(password=PASSWORD).status_code == 303


def test_guessing_the_old_password_locks_the_login(browser: Browser) -> None:
    for _ in range(LOCK_AFTER_FAILURES):
        assert change(browser, old="a guess").status_code == 422
    answer = change(browser)
    assert answer.status_code == 429
    assert sentence("accounts.locked", minutes=5) in answer.text


def test_a_password_that_came_too_late_is_not_kept(small: Small, browser: Browser) -> None:
    form = {"_form": browser.token_at("/password"), "_from": "/password", "old_password": PASSWORD}
    small.clock.wait(minutes=61)
    answer = browser.post("/password", data={**form, "new_password": NEW, "again_password": NEW})
    assert answer.headers["location"].startswith("/login?why=host.session_expired&")


# ---------------------------------------------------------------- an administrator gives somebody else a new one


@pytest.fixture
def boss(small: Small) -> Browser:
    """The browser of an administrator."""
    boss = Account("boss", "actor-9", "管理员", ("admin",))
    small.database.write(lambda db: accounts.create_account(db, boss, PASSWORD_HASH, START_MS))
    browser = small.browser()
    browser.log_in("boss")
    return browser


def give(boss: Browser, login: str, new: str = NEW, again: str = NEW) -> httpx2.Response:
    path = f"/accounts/{login}/password"
    form = {"_form": boss.token_at(path), "_from": path, "new_password": new, "again_password": again}
    return boss.post(path, data=form)


def test_an_administrator_gives_a_new_password_which_lets_a_locked_login_in_again(
    small: Small, browser: Browser, boss: Browser
) -> None:
    for _ in range(LOCK_AFTER_FAILURES):
        small.browser().log_in(password="a guess")
    page = boss.get("/accounts/zhang/password").text
    assert "张晓红 · zhang" in page
    assert page.count('type="password"') == 2
    answer = give(boss, "zhang")
    assert (answer.status_code, answer.headers["location"]) == (303, "/accounts")
    assert browser.get("/register").status_code == 303
    assert small.browser().log_in(password=NEW).status_code == 303
    assert boss.get("/").status_code == 200


def test_a_faulty_reset_changes_nothing(small: Small, boss: Browser) -> None:
    assert sentence("accounts.passwords_differ") in give(boss, "zhang", again="typed otherwise").text
    assert give(boss, "zhang", "short", "short").status_code == 422
    assert boss.get("/accounts/nobody/password").status_code == 404
    assert small.browser().log_in(password=PASSWORD).status_code == 303


def test_nobody_gets_round_the_old_password_of_their_own(boss: Browser) -> None:
    assert boss.get("/accounts/boss/password").headers["location"] == "/password"


def test_only_an_administrator_resets_passwords(browser: Browser) -> None:
    assert browser.get("/accounts/li/password").status_code == 403
    answer = browser.post("/accounts/li/password", data={"_form": "x", "new_password": NEW, "again_password": NEW})
    assert answer.status_code == 403


def test_the_page_speaks_english_too(browser: Browser) -> None:
    browser.get("/look?lang=en")
    page = browser.get("/password").text
    assert "Change your password" in page
    assert "8 to 128 characters" in page
