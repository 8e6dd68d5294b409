"""Every page is held to its template, and every page reads in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge_node.web import (
    accounts,
    apply,
    asking,
    batch,
    case,
    cases,
    declining,
    drafts,
    files,
    following,
    papers,
    search,
    state,
    status,
    words,
)
from shared_models import texts
from sync_protocol.host.pages import check_page
from tests.edge_node.station import ALLOWANCE, RESIDENT_ID, SENIOR_CARD, Counter
from tests.edge_node.test_desk import FULL, accept

PAGES = (
    search.HomePage, search.SearchPage, search.FoundItems, search.ItemPage, apply.ApplyPage, papers.ReceiptPage,
    papers.NoticePage, papers.PromisePage, state.StatePage, cases.CasesPage, case.CasePage, status.StatusPage,
    accounts.AccountsPage, following.Followed, drafts.GonePage, batch.BatchPage, batch.ReceiptsPage, asking.AskingPage,
    declining.DeclinePage, declining.DeclinedPage, files.KeptFilesPage,
    asking.LeftPage,
)  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def number(counter: Counter) -> str:
    return accept(counter.city.desk())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_a_page_and_its_template_fit(page: type) -> None:
    assert check_page(page, Path(search.__file__).parent / "templates") == []


def paths(number: str) -> list[str]:
    return [
        "/", "/search?q=db", "/search?q=nothing-like-this", f"/search?q={RESIDENT_ID}", f"/items/{ALLOWANCE.code}",
        f"/items/{ALLOWANCE.code}/apply?situation=S1", f"/items/{SENIOR_CARD.code}/apply?situation=S1",
        f"/cases/{number}/receipt", "/cases", "/cases?status=accepted&text=x&page=7", f"/cases/{number}", "/status",
    ]  # fmt: skip


def test_every_page_of_a_clerk_opens_in_both_languages(counter: Counter, number: str) -> None:
    clerk = counter.browser()
    for language in texts.LANGUAGES:
        clerk.get(f"/look?lang={language}")
        for path in paths(number):
            answer = clerk.get(path)
            assert answer.status_code == 200, path
            assert not re.search(r"\{\w+\}|None|Markup\(", re.sub(r"<[^>]+>", "", answer.text)), path


def test_the_english_pages_hold_chinese_only_where_the_catalogue_or_a_name_is(counter: Counter) -> None:
    clerk = counter.browser()
    clerk.get("/look?lang=en")
    given = re.compile("最低生活保障金给付|首次申请|李秀英|低保|老年证|浓洄街道东街社区服务站")
    for path in ("/", "/cases?status=withdrawn", "/status"):
        shown = re.sub(r"<[^>]+>", " ", clerk.get(path).text.split("<main")[1].split("</main>")[0])
        assert not CHINESE.search(given.sub("", shown)), path


def test_every_page_of_an_administrator_opens_and_no_resident_is_on_it(counter: Counter, number: str) -> None:
    admin = counter.browser("admin")
    for path in ("/", "/status", "/accounts"):
        answer = admin.get(path)
        assert answer.status_code == 200
        assert FULL.name not in answer.text
    for path in paths(number)[1:-1]:
        assert admin.get(path).status_code == 403, path


def test_nothing_personal_is_told_without_logging_in(counter: Counter, number: str) -> None:
    nobody = counter.browser("")
    for path in [*paths(number), "/cases.csv", "/accounts", f"/cases/{number}/state", f"/cases/{number}/attachments/x"]:
        answer = nobody.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login?")


def test_every_word_stands_in_both_languages() -> None:
    tables = (words.STATUSES, words.KEPT, words.EVENTS, words.OUTCOMES, words.GRADES, words.HOMES, words.ROLES)
    for table in tables:
        for chinese, english in table.values():
            assert CHINESE.search(chinese)
            assert not CHINESE.search(english)
    assert set(words.STATUS_CHIPS) == set(words.STATUSES)
    assert set(words.KEPT_MACRO) == set(words.KEPT)
