"""A walk past every main page of a station and its hubs, with something on each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from playwright.sync_api import Browser, Page

from deploy import catalogue
from deploy.cast import RESIDENT_ID, Accepted, Cast
from shared_models.catalogue import Item, Situation

VIEWPORT = {"width": 1366, "height": 768}


class Stop(NamedTuple):
    """A page to look at: its address, and what is done there first."""

    path: str
    act: Callable[[Page], None] | None = None

    @property
    def name(self) -> str:
        return self.path + (f" ({self.act.__name__})" if self.act else "")


class Office(NamedTuple):
    """Who walks past which pages. `login` is "" for somebody who is not logged in."""

    place: str
    login: str
    stops: tuple[Stop, ...]


def walk(browser: Browser, cast: Cast) -> Iterator[tuple[str, Page]]:
    """(where it is, the page as it stands open) for every stop."""
    for office in _offices(cast):
        address = cast.process(office.place).address
        with browser.new_context(viewport=VIEWPORT, locale="zh-CN") as context:  # type: ignore[arg-type]  # a plain dict
            if office.login:
                cookies = cast.person(office.place, office.login).cookies
                context.add_cookies([{"name": k, "value": v, "url": address} for k, v in cookies.items()])
            page = context.new_page()
            for stop in office.stops:
                page.goto(address + stop.path, wait_until="domcontentloaded")
                if stop.act:
                    stop.act(page)
                yield f"{office.place} {office.login or 'anybody'} {stop.name}", page


def _offices(cast: Cast) -> tuple[Office, ...]:
    item, situation = cast.item("district", waived=True)
    accepted = cast.accept("station", item, situation, photo=True)
    here, home_situation = cast.item("station")
    concluded = cast.accept("station", here, home_situation)
    notice = cast.apply("station", item, situation, action="notice", missing=True).url.split("/")[-2]
    cast.apply("station", item, situation, action="check")  # stays begun
    cast.until(lambda: cast.kept(accepted) == "city", 10.0, "the case is kept by the city")
    found = f"/items/{item.code}"
    asking = next(f"/items/{each.code}/questions" for each in catalogue.load() if each.questions)
    form = f"{found}/apply?situation={situation.code}"
    return (
        Office("station", "", (Stop("/login", wrong_password),)),
        Office(
            "station", "chuangkou",
            (
                Stop("/", typing_an_item), Stop("/search?q=低保"), Stop("/search?q=无此事项"),
                Stop("/", searching_a_resident), Stop("/", searching_a_wrong_number), Stop(found), Stop(asking),
                Stop(form, checked), Stop(form, accepted_too_early), Stop(f"{found}/batch?situation={situation.code}"),
                Stop("/cases"), Stop(f"/cases/{accepted.number}/receipt"), Stop(f"/cases/{notice}"),
                Stop(f"/cases/{notice}/notice"), Stop(f"/cases/{concluded.number}"),
                Stop(f"/cases/{_promised(cast)}/promise"), Stop(f"/decline?item={item.code}"),
                Stop("/status"), Stop("/password"), Stop("/nothing-here"),
            ),
        ),
        Office("station", "admin", (Stop("/"), Stop("/accounts"), Stop("/accounts/chuangkou/password"))),
        Office("district", "", (Stop("/progress"), Stop("/progress", following(accepted)))),
        Office("district", "shenpi",
               (Stop("/worklist"), Stop(f"/cases/{accepted.number}", deciding_without_reasons))),
        Office("district", "jiandu", (Stop("/"), Stop("/held"), Stop("/pulls"), Stop("/erasures"))),
        Office("district", "admin", (Stop("/nodes"), Stop("/nodes", inviting), Stop("/clerks"), Stop("/witness"))),
        Office(
            "city", "admin",
            tuple(Stop(f"/catalogue{page}") for page in
                  ("", "/import", "/items", f"{found}/edit", f"{found}/preview", "/bulk", "/review",
                   "/audit?of=drafts")),
        ),
        Office("city", "minzheng", (Stop("/attestations/issue"), Stop("/attestations", found_for))),
    )  # fmt: skip


def _promised(cast: Cast) -> str:
    """The number of a case that was accepted with something promised."""
    item, situation, code = _tolerant()
    form = cast.filled(cast.form("station", item, situation), item, situation, action="accept")
    promised = form._replace(fields={**form.fields, f"material.{code}": "promised"})
    return cast.person("station", "chuangkou").send_form(promised).url.split("/")[-2]


def _tolerant() -> tuple[Item, Situation, str]:
    """An item that takes a promise, and the code of a material that may come later."""
    for item in catalogue.load():
        for situation in item.situations:
            for each in item.materials:
                later = each.required and not each.main and not each.waived_by and each.code in situation.materials
                if item.tolerant and later:
                    return item, situation, each.code
    raise AssertionError("the starter catalogue has no item that takes a promise")


# ---------------------------------------------------------------- what is done on a page


def wrong_password(page: Page) -> None:
    page.fill("[name=login]", "nobody")
    page.fill("[name=password]", "not the password")
    page.keyboard.press("Enter")
    page.locator(".error-summary").wait_for()


def typing_an_item(page: Page) -> None:
    page.fill("[name=q]", "低保")
    page.locator("#found a").first.wait_for()


def searching_a_resident(page: Page) -> None:
    _search(page, RESIDENT_ID)


def searching_a_wrong_number(page: Page) -> None:
    _search(page, RESIDENT_ID[:-1] + "1")


def _search(page: Page, text: str) -> None:
    page.fill("[name=q]", text)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search")


def checked(page: Page) -> None:
    page.fill("[name=id_number]", RESIDENT_ID)
    page.click("[name=action][value=check]")
    page.locator(".told").wait_for()


def accepted_too_early(page: Page) -> None:
    page.click("[name=action][value=accept]")
    page.locator(".error-summary").wait_for()


def deciding_without_reasons(page: Page) -> None:
    page.check("[name=outcome][value=refused]")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("form[action$='/decide'] button").first.click()
    page.locator(".error-summary").wait_for()


def following(case: Accepted) -> Callable[[Page], None]:
    def following_a_case(page: Page) -> None:
        page.fill("[name=number]", case.number)
        page.fill("[name=code]", case.query_code)
        page.keyboard.press("Enter")
        page.locator(".timeline").first.wait_for()

    return following_a_case


def inviting(page: Page) -> None:
    page.fill("[name=area]", "511602002001")
    page.fill("[name=name]", "北街社区服务站")
    page.locator("form[action$='/nodes/invite'] button").click()
    page.locator("textarea.secret-text").wait_for()


def found_for(page: Page) -> None:
    page.fill("form[action$='/attestations/find'] [name=id_number]", RESIDENT_ID)
    page.locator("form[action$='/attestations/find'] button").click()
    page.wait_for_url("**/attestations/find")
