"""People at screens of the demonstration's four places, in a real browser.

With TONGBAN_SCREENSHOTS=1 they write the pictures that the README shows.
"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from deploy.cast import RESIDENT_ID, RESIDENT_NAME
from deploy.story import Story
from shared_models.catalogue import Item, Situation

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"


class Desk:
    """Somebody at a screen of a place."""

    def __init__(self, browser: Browser, story: Story, place: str, login: str, password: str = "") -> None:
        self.context: BrowserContext = browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN")
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.address = story.process(place).address
        self.page.goto(f"{self.address}/login")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", password or story.demo.password(place, login))
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def picture(self, name: str) -> None:
        if os.environ.get("TONGBAN_SCREENSHOTS") == "1":
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=PICTURES / f"{name}.png")

    def close(self) -> None:
        self.context.close()
        assert not self.errors, self.errors


def fill_in(page: Page, item: Item, situation: Situation) -> None:
    page.fill("[name=name]", RESIDENT_NAME)
    page.fill("[name=id_number]", RESIDENT_ID)
    page.fill("[name=phone]", "13800001234")
    page.fill("[name=address]", "浓洄街道东街 1 号")
    for field in item.fields:
        control = page.locator(f"[name='field.{field.code}']")
        if field.type == "choice":
            if control.first.get_attribute("type") == "radio":
                control.first.check()
            else:
                control.select_option(field.choices[0])
        else:
            typed = {"number": "2", "date": "2026-10-01", "phone": "13800001234", "id_number": RESIDENT_ID}
            control.fill(typed.get(field.type, "如实填写"))


def tick(page: Page, situation: Situation) -> None:
    """Ticks everything that is asked for; what is waived is not asked for."""
    for code in situation.materials:
        box = page.locator(f"[name='material.{code}'][value=received]")
        if box.count() and box.is_enabled():
            box.check()
