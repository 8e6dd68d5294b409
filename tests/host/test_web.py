"""Sessions, form tokens, kept input, headers and error pages of the web base, through a tiny real application."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx2
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from structlog.testing import capture_logs

from shared_models import texts
from sync_protocol.host.forms import MIB
from sync_protocol.host.guards import require
from sync_protocol.host.web import local_path
from sync_protocol.host.web_app import build_app
from sync_protocol.store import accounts
from sync_protocol.store.accounts import Account
from tests.host.small_app import PASSWORD, PASSWORD_HASH, ROUTES, Browser, Small, hidden, served

JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
COOKIE = "tb_session_511602001001"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    small = Small(tmp_path)
    yield small
    small.database.close()


@pytest.fixture
def browser(small: Small) -> Browser:
    return small.browser()


def sentence(code: str, **values: str | int) -> str:
    return texts.sentence(code, "zh", **values)


def everything_in(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.iterdir())


def fill(browser: Browser, **fields: str) -> httpx2.Response:
    """Fills in the form at /register and sends it."""
    return browser.post("/register", data={"_form": browser.token_at("/register"), "_from": "/register", **fields})


# Logging in and out


def test_who_is_not_logged_in_is_sent_to_the_login_page_and_comes_back(browser: Browser) -> None:
    answer = browser.get("/register?a=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?why=host.login_needed&next=%2Fregister%3Fa%3D1"
    page = browser.get(answer.headers["location"])
    assert sentence("host.login_needed") in page.text
    answer = browser.log_in(path=answer.headers["location"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/register?a=1")
    assert "张晓红" in browser.get("/register").text


def test_the_session_cookie_is_out_of_reach(small: Small, browser: Browser) -> None:
    cookie = next(c for c in browser.log_in().headers.get_list("set-cookie") if c.startswith(COOKIE))
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    secure = small.browser(https=True).log_in().headers.get_list("set-cookie")
    assert all("Secure" in cookie for cookie in secure)


def test_a_wrong_password_gives_the_form_again_with_what_was_typed_but_the_password(browser: Browser) -> None:
    answer = browser.log_in(password="wrong password")
    assert answer.status_code == 422
    assert sentence("accounts.wrong") in answer.text
    assert 'href="#f-login"' in answer.text
    assert 'value="zhang"' in answer.text
    assert "wrong password" not in answer.text


def test_a_locked_account_is_told_for_how_long(browser: Browser) -> None:
    for _ in range(5):
        browser.log_in(password="wrong")
    answer = browser.log_in()
    assert answer.status_code == 429
    assert sentence("accounts.locked", minutes=5) in answer.text


def test_one_address_cannot_try_many_logins_quickly(browser: Browser) -> None:
    data = {"_form": browser.token_at("/login"), "password": "x"}
    statuses = [browser.post("/login", data={**data, "login": f"who{number}"}).status_code for number in range(31)]
    assert statuses == [422] * 30 + [429]


def test_logging_in_gives_a_new_token_and_ends_the_old_session(small: Small, browser: Browser) -> None:
    browser.log_in()
    old = browser.cookies[COOKIE]
    browser.log_in("li")
    assert browser.cookies[COOKIE] != old
    other = small.browser()
    other.cookies.set(COOKIE, old)
    assert other.get("/").status_code == 303


def test_logging_out_ends_the_session_and_says_so_once(small: Small, browser: Browser) -> None:
    browser.log_in()
    old = browser.cookies[COOKIE]
    answer = browser.post("/logout", data={"_form": browser.token_at("/register")})
    assert answer.headers["location"] == "/login"
    assert sentence("host.logged_out") in browser.get("/login").text
    assert sentence("host.logged_out") not in browser.get("/login").text
    browser.cookies.set(COOKIE, old)
    assert browser.get("/").status_code == 303


@pytest.mark.parametrize("goal", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", ""])
def test_a_login_never_leads_to_another_site(browser: Browser, goal: str) -> None:
    data = {"_form": browser.token_at("/login"), "login": "zhang", "password": "a long enough one", "next": goal}
    assert browser.post("/login", data=data).headers["location"] == "/"


@given(st.text(st.sampled_from("/\\:.?a\t\n @"), max_size=8))
def test_a_local_path_is_local_for_every_browser(text: str) -> None:
    """A browser drops tabs and newlines, and takes a backslash for a slash."""
    if local_path(text) is not None:
        heard = re.sub(r"[\t\r\n]", "", text).replace("\\", "/")
        assert heard.startswith("/")
        assert not heard.startswith("//")


# Sessions run out


def test_a_session_ends_after_an_hour_without_a_request(small: Small, browser: Browser) -> None:
    browser.log_in()
    for _ in range(3):
        small.clock.wait(minutes=50)
        assert browser.get("/").status_code == 200
    small.clock.wait(minutes=61)
    answer = browser.get("/")
    assert "why=host.session_expired&" in answer.headers["location"]
    assert sentence("host.session_expired") in browser.get(answer.headers["location"]).text


def test_a_session_ends_after_twelve_hours_in_any_case(small: Small, browser: Browser) -> None:
    browser.log_in()
    for _ in range(14):
        small.clock.wait(minutes=50)
        assert browser.get("/").status_code == 200
    small.clock.wait(minutes=21)
    assert browser.get("/").status_code == 303


def test_what_a_page_asks_by_itself_does_not_keep_a_session_alive(small: Small, browser: Browser) -> None:
    browser.log_in()
    for _ in range(3):
        small.clock.wait(minutes=19)
        assert browser.get("/", headers={"Tongban-Background": "1"}).status_code == 200
    small.clock.wait(minutes=19)
    assert browser.get("/").status_code == 303


def test_a_program_and_a_part_of_a_page_are_told_in_their_own_way(browser: Browser) -> None:
    answer = browser.get("/", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json() == {"code": "host.login_needed", "sentence": sentence("host.login_needed")}
    answer = browser.get("/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/login?")


# What was typed is never lost


def test_a_form_that_comes_after_the_session_survives_the_login(small: Small, browser: Browser) -> None:
    browser.log_in()
    token = browser.token_at("/register?step=2")
    small.clock.wait(minutes=61)
    data = {"_form": token, "_from": "/register?step=2", "resident_name": "王德顺", "note": "第一行\n第二行"}
    answer = browser.post("/register", data={**data, "situation": "again", "new_password": "s3cret"})
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"])
    assert sentence("host.session_expired_kept") in page.text
    answer = browser.log_in(path=answer.headers["location"])
    assert answer.headers["location"] == "/register?step=2"
    page = browser.get("/register?step=2")
    assert sentence("host.form_restored") in page.text
    assert 'value="王德顺"' in page.text
    assert "第一行\n第二行</textarea>" in page.text
    assert re.search(r'value="again" checked', page.text)
    assert "s3cret" not in page.text
    answer = browser.post("/register", data={**data, "_form": hidden(page.text, "_form")})
    assert answer.status_code == 303
    assert [name for name, _, _ in small.registered] == ["王德顺"]
    assert sentence("host.form_restored") not in browser.get("/register").text


def test_what_is_kept_is_sealed(small: Small, browser: Browser, tmp_path: Path) -> None:
    browser.log_in()
    token = browser.token_at("/register")
    small.clock.wait(minutes=61)
    browser.post("/register", data={"_form": token, "resident_name": "王德顺", "note": "511602194603121234"})
    stored = everything_in(tmp_path)
    assert "王德顺".encode() not in stored
    assert b"511602194603121234" not in stored
    ticket = browser.cookies["tb_kept_511602001001"]
    assert ticket.encode() not in stored


def test_what_one_clerk_typed_is_not_shown_to_another(small: Small, browser: Browser) -> None:
    browser.log_in("zhang")
    token = browser.token_at("/register")
    small.clock.wait(minutes=61)
    browser.post("/register", data={"_form": token, "resident_name": "王德顺"})
    browser.log_in("li")
    assert "王德顺" not in browser.get("/register").text


def test_what_is_kept_runs_out_after_half_an_hour(small: Small, browser: Browser) -> None:
    browser.log_in()
    token = browser.token_at("/register")
    small.clock.wait(minutes=61)
    browser.post("/register", data={"_form": token, "resident_name": "王德顺"})
    small.clock.wait(minutes=31)
    browser.log_in()
    assert "王德顺" not in browser.get("/register").text


def test_another_form_that_is_sent_meanwhile_does_not_drop_what_is_kept(small: Small, browser: Browser) -> None:
    browser.log_in()
    token = browser.token_at("/register")
    small.clock.wait(minutes=61)
    browser.post("/register", data={"_form": token, "resident_name": "王德顺"})
    browser.log_in()
    browser.post("/ask", data={"_form": browser.token_at("/ask"), "number": "1"})
    assert "王德顺" in browser.get("/register").text


def test_keeping_forms_is_limited_for_one_address(small: Small, browser: Browser) -> None:
    browser.log_in()
    small.clock.wait(minutes=61)
    ways = [browser.post("/register", data={"resident_name": "王"}).headers["location"] for _ in range(21)]
    assert ["session_expired_kept" in way for way in ways] == [True] * 20 + [False]


@pytest.mark.parametrize("session", ["", "never given out"])
def test_of_somebody_whom_nobody_knows_nothing_is_kept_and_what_he_sends_is_not_read(
    small: Small, tmp_path: Path, session: str
) -> None:
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += MIB
            yield b"resident_name=x&" + bytes(MIB)

    with served(small.app) as address, httpx2.Client(base_url=address, cookies={COOKIE: session}) as client:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = client.post("/register", content=pieces(), headers=headers)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("&next=%2Fregister")
    assert "kept" not in answer.headers["location"]
    assert answer.headers["connection"] == "close"
    assert sent < 20 * MIB  # what fits into the buffers of two sockets


def test_of_a_form_that_came_too_late_the_text_is_kept_and_the_files_are_let_pass_by(
    small: Small, browser: Browser
) -> None:
    browser.log_in()
    token = browser.token_at("/register")
    small.clock.wait(minutes=61)
    data = {"_form": token, "_from": "/register", "resident_name": "王德顺"}
    answer = browser.post("/register", data=data, files={"photo": ("a.jpg", JPEG + bytes(4 * MIB))})
    assert "why=host.session_expired_kept" in answer.headers["location"]
    assert "文件需要重新选择" in browser.get(answer.headers["location"]).text
    browser.log_in()
    assert 'value="王德顺"' in browser.get("/register").text


def test_of_a_form_that_came_too_late_no_more_text_is_kept_than_a_form_needs(small: Small, browser: Browser) -> None:
    browser.log_in()
    small.clock.wait(minutes=61)
    assert browser.post("/decide", data={"case": "x" * 300_000}).status_code == 413


# Form tokens


@pytest.mark.parametrize("token", [None, "", "wrong", "王"])
def test_a_form_without_its_token_does_nothing_and_what_was_typed_is_kept(
    small: Small, browser: Browser, token: str | None
) -> None:
    browser.log_in()
    data = {"_from": "/register", "resident_name": "王德顺"} | ({} if token is None else {"_form": token})
    answer = browser.post("/register", data=data)
    assert answer.status_code == 403
    assert small.registered == []
    assert sentence("host.token_missing_kept") in answer.text
    assert 'href="/register"' in answer.text
    assert 'value="王德顺"' in browser.get("/register").text


def test_the_token_of_another_session_is_not_taken(small: Small, browser: Browser) -> None:
    other = small.browser()
    other.log_in("li")
    stolen = other.token_at("/register")
    browser.log_in()
    assert browser.post("/register", data={"_form": stolen, "resident_name": "x"}).status_code == 403


def test_a_guest_token_is_not_enough_for_a_form_behind_the_login(browser: Browser) -> None:
    guest = browser.token_at("/ask")
    browser.log_in()
    assert browser.post("/register", data={"_form": guest, "resident_name": "x"}).status_code == 403


def test_a_public_form_needs_a_token_of_this_browser(small: Small, browser: Browser) -> None:
    token = browser.token_at("/ask")
    assert browser.post("/ask", data={"_form": token, "number": "7"}).status_code == 404
    assert browser.post("/ask", data={"number": "7"}).status_code == 403
    assert small.browser().post("/ask", data={"_form": token, "number": "7"}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "http://station.test"}, 303),
        ({"Origin": "null"}, 303),
    ],
)
def test_a_request_that_another_site_made_does_nothing(
    small: Small, browser: Browser, headers: dict[str, str], status: int
) -> None:
    browser.log_in()
    data = {"_form": browser.token_at("/register"), "resident_name": "王德顺"}
    assert browser.post("/register", data=data, headers=headers).status_code == status
    assert len(small.registered) == (status == 303)


def test_another_site_cannot_have_input_kept(browser: Browser) -> None:
    browser.post("/register", data={"resident_name": "planted"}, headers={"Sec-Fetch-Site": "cross-site"})
    browser.log_in()
    assert "planted" not in browser.get("/register").text


@pytest.mark.parametrize("prefix", ["", "/part"])
def test_a_form_whose_token_nobody_checks_cannot_be_built(small: Small, prefix: str) -> None:
    async def bare(request: Request) -> Response:
        return PlainTextResponse("unchecked")

    route = Route("/bare", bare, methods=["POST"])
    with pytest.raises(ValueError, match=rf"{prefix}/bare takes POST without require or public"):
        build_app(small.web, [Mount(prefix, routes=[route])] if prefix else [route])


# Roles


def test_a_page_for_another_role_is_refused(browser: Browser) -> None:
    browser.log_in("zhang")
    answer = browser.get("/decide")
    assert answer.status_code == 403
    assert sentence("host.forbidden") in answer.text


def test_a_page_for_this_role_is_served_and_links_are_those_of_the_role(browser: Browser) -> None:
    browser.log_in("wang")
    assert browser.get("/decide").text == "decided "
    assert browser.post("/decide", data={"_form": browser.token_at("/ask"), "case": "9"}).text == "decided 9"
    text = browser.get("/ask").text
    assert 'href="/decide"' in text
    assert 'href="/register"' not in text


def test_whoever_loses_an_account_loses_the_session(small: Small, browser: Browser) -> None:
    browser.log_in()
    small.database.write(lambda db: accounts.set_disabled(db, "zhang", True))
    assert browser.get("/").status_code == 303


# Forms with mistakes


def test_a_mistake_gives_422_a_summary_with_links_and_the_input(browser: Browser) -> None:
    browser.log_in()
    answer = fill(browser, note="一个备注", situation="first")
    assert answer.status_code == 422
    assert '<a href="#f-resident_name">' in answer.text
    assert 'id="f-resident_name"' in answer.text
    assert sentence("accounts.name_missing") in answer.text
    assert "一个备注</textarea>" in answer.text
    assert re.search(r'value="first" checked', answer.text)
    assert "<title>有误：" in answer.text


def test_a_file_that_may_not_be_taken_is_told_beside_its_field(small: Small, browser: Browser) -> None:
    browser.log_in()
    data = {"_form": browser.token_at("/register"), "resident_name": "王德顺"}
    for content, code in (
        (b"MZ not a photo", "host.file_type"),
        (JPEG + bytes(MIB), "host.file_too_large"),
        (b"", "host.file_empty"),
    ):
        answer = browser.post("/register", data=data, files={"photo": ("../../x", content)})
        assert answer.status_code == 422
        said = sentence(code, name="x", types="JPEG, PNG, WEBP, PDF", megabytes=1)
        assert answer.text.count(said) == 2
        assert 'value="王德顺"' in answer.text
    assert small.registered == []
    assert browser.post("/register", data=data, files={"photo": ("../../x", JPEG)}).status_code == 303


# Headers and static files


@pytest.mark.parametrize("path", ["/login", "/", "/nowhere", "/crash", "/download", "/static/nothing.css"])
def test_every_response_carries_the_security_headers(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_pages_may_load_their_own_files_only(browser: Browser) -> None:
    policy = browser.get("/login").headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_a_file_that_is_looked_at_can_run_nothing(browser: Browser) -> None:
    headers = browser.get("/download").headers
    assert headers["content-security-policy"].endswith("sandbox")
    assert headers["content-disposition"] == "inline; filename*=UTF-8''%E7%8E%8B%20%E5%BE%B7%E9%A1%BA.html"


def test_static_files_are_kept_for_ever_and_nothing_else_is_reached(browser: Browser) -> None:
    urls = re.findall(r'(?:href|src)="(/static/[^"]+)"', browser.get("/login").text)
    assert len(urls) >= 3
    for url in urls:
        answer = browser.get(url)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("/static/../web.py", "/static/%2e%2e%2fweb.py", "/static/tongban.css", "/static/"):
        assert browser.get(path).status_code == 404


def test_a_static_file_costs_no_look_at_the_database(small: Small, browser: Browser) -> None:
    browser.log_in()
    url = re.findall(r'href="(/static/[^"]+css)"', browser.get("/login").text)[0]
    small.database.close()
    assert browser.get(url).status_code == 200


# Language and size of text


def test_language_and_size_of_text_are_kept_for_the_browser(browser: Browser) -> None:
    page = browser.get("/login?next=/register").text
    assert '<html lang="zh-CN" class="">' in page
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/look[^"]+)"', page)]
    for link in links:
        answer = browser.get(link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/register")
    page = browser.get("/login").text
    assert '<html lang="en" class="big">' in page
    assert "Log in" in page
    assert "浓洄社区服务站" not in page


def test_an_account_has_a_language_until_the_browser_is_switched(small: Small, browser: Browser) -> None:
    smith = Account("smith", "actor-9", "J. Smith", ("clerk",), language="en")
    small.database.write(
        partial(accounts.create_account, account=smith, password_hash=PASSWORD_HASH, now_ms=small.clock.ms)
    )
    browser.log_in("smith")
    assert '<html lang="en"' in browser.get("/register").text
    browser.get("/look?lang=zh")
    assert '<html lang="zh-CN"' in browser.get("/register").text


def test_the_switch_leads_nowhere_else_and_takes_nothing_else(browser: Browser) -> None:
    answer = browser.get("/look?lang=fr&big=7&back=//evil.test")
    assert answer.headers["location"] == "/"
    assert "set-cookie" not in answer.headers


# Refusals and crashes


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "host.status_404"), ("DELETE", "/register", 405, "host.status_405")],
)
def test_what_is_not_there_is_told_in_a_sentence(
    browser: Browser, method: str, path: str, status: int, code: str
) -> None:
    answer = browser.request(method, path)
    assert answer.status_code == status
    assert sentence(code) in answer.text
    assert "通办" in answer.text
    answer = browser.request(method, path, headers={"Accept": "application/json"})
    assert answer.json() == {"code": code, "sentence": sentence(code)}


def test_a_refusal_is_a_page_for_people_and_json_for_programs(browser: Browser) -> None:
    data = {"_form": browser.token_at("/ask"), "number": "<7>"}
    answer = browser.post("/ask", data=data)
    assert answer.status_code == 404
    assert "&lt;7&gt;" in answer.text
    answer = browser.post("/sync/push", content=b"x")
    assert answer.status_code == 429
    assert answer.json() == {"code": "accounts.too_many", "sentence": sentence("accounts.too_many", seconds=3)}


def test_a_form_of_another_kind_is_refused_in_a_sentence(browser: Browser) -> None:
    answer = browser.post("/ask", content=b"<xml/>", headers={"Content-Type": "text/xml"})
    assert answer.status_code == 415
    assert sentence("host.status_415") in answer.text


def test_a_crash_gives_a_number_and_the_log_gets_no_personal_data(browser: Browser) -> None:
    structlog.reset_defaults()
    with capture_logs() as logs:
        answer = browser.get("/crash")
    assert answer.status_code == 500
    (entry,) = logs
    assert sentence("host.incident", incident=entry["incident"]) in answer.text
    assert entry["error"] == ["KeyError"]
    assert any("small_app.py" in place and place.endswith(" crash") for place in entry["where"])
    assert "王德顺" not in repr(logs) + answer.text
    assert "511602194603121234" not in repr(logs) + answer.text


def test_a_database_that_does_not_answer_is_a_page_too(small: Small, browser: Browser) -> None:
    browser.log_in()
    small.database.close()
    answer = browser.get("/register")
    assert answer.status_code == 503
    assert sentence("database.closed") in answer.text


# Too large


def test_a_file_beyond_the_whole_limit_costs_nothing_that_was_typed(small: Small, browser: Browser) -> None:
    browser.log_in()
    data = {"_form": browser.token_at("/register"), "resident_name": "王德顺", "note": "一个备注"}
    answer = browser.post("/register", data=data, files={"photo": ("a.jpg", JPEG + bytes(4 * MIB))})
    assert answer.status_code == 422
    assert '<a href="#f-photo">' in answer.text
    assert sentence("host.file_too_large", name="a.jpg", megabytes=1) in answer.text
    assert 'value="王德顺"' in answer.text
    assert "一个备注</textarea>" in answer.text
    assert small.registered == []


def test_a_page_with_files_tells_its_script_what_they_may_weigh_together(browser: Browser) -> None:
    browser.log_in()
    assert f'data-files-max="{2 * MIB}"' in browser.get("/register").text
    assert "data-files-max" not in browser.get("/ask").text


def test_a_body_far_beyond_the_limit_is_a_page_with_the_sentence(small: Small, browser: Browser) -> None:
    browser.log_in()
    token = browser.token_at("/register")
    answer = browser.post("/register", data={"_form": token}, files={"photo": ("a.jpg", JPEG + bytes(20 * MIB))})
    assert answer.status_code == 413
    assert sentence("host.body_too_large_here") in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert small.registered == []


def test_a_body_over_the_limit_of_every_route_is_a_page_too(browser: Browser) -> None:
    answer = browser.post("/ask", content=bytes(64 * MIB), headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 413
    assert sentence("host.body_too_large_here") in answer.text
    answer = browser.post("/sync/push", content=bytes(64 * MIB))
    assert answer.status_code == 413
    assert answer.json()["code"] == "host.body_too_large_here"


def _chunks(sent: list[int], megabytes: int) -> Iterator[bytes]:
    """A form whose photo comes in chunks, of a length that nobody knows beforehand."""
    yield b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    for _ in range(megabytes):
        sent.append(MIB)
        yield bytes(MIB)


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "in chunks"])
def test_over_a_real_socket_a_body_without_end_is_answered_and_not_read_on(small: Small, declared: bool) -> None:
    sent: list[int] = []
    with served(small.app) as address, httpx2.Client(base_url=address) as client:
        text = client.get("/login").text
        data = {"_form": hidden(text, "_form"), "login": "zhang", "password": PASSWORD}
        assert client.post("/login", data=data).status_code == 303
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        if declared:
            headers["Content-Length"] = str(400 * MIB)
        answer = client.post("/register", content=_chunks(sent, 400), headers=headers)
        assert answer.status_code == 413
        assert "没有保存" in answer.text
        assert answer.headers["connection"] == "close"
        assert sum(sent) < 40 * MIB
        assert client.get("/register").status_code == 200


def test_an_answer_to_a_body_that_was_read_keeps_the_connection(small: Small) -> None:
    with served(small.app) as address, httpx2.Client(base_url=address) as client:
        token = hidden(client.get("/ask").text, "_form")
        assert "connection" not in client.post("/ask", data={"_form": token, "number": "7"}).headers
        headers = {"Sec-Fetch-Site": "cross-site"}
        assert client.post("/ask", data={"number": "7"}, headers=headers).headers["connection"] == "close"


def test_a_guard_keeps_the_name_of_its_handler() -> None:
    @require("clerk")
    def some_page(request: Request) -> Response:
        return PlainTextResponse("")

    assert Route("/some", some_page).name == "some_page"
    assert {route.name for route in ROUTES} >= {"home", "register"}
