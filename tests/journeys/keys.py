"""A clerk who never touches the mouse, and whose keys are counted."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


class Keys:
    """The keyboard of a page. `pressed` counts every key beside the data itself; two keys held together are two."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    @property
    def here(self) -> Locator:
        """What has the focus."""
        return self.page.locator(":focus")

    def type(self, text: str) -> None:
        """Data: what stands on a card or is said by the resident."""
        self.page.keyboard.type(text)

    def choose_first(self) -> None:
        """Data as well: the first answer of the list that has the focus."""
        self.page.keyboard.press("ArrowDown")

    def press(self, key: str, at: Locator | None = None) -> None:
        """A key that is no data; `at` is what must have the focus for it, as soon as the page is there."""
        if at is not None:
            expect(at).to_be_focused()
        self.pressed += len(key.split("+"))
        self.page.keyboard.press(key)

    def to_the_form(self) -> None:
        """From an item to its form: each question gets its first answer, a list of situations its first."""
        self.page.wait_for_url(lambda url: "/items/" in url)
        while "/questions" in self.page.url:
            for question in self.page.locator("fieldset.question").all():
                expect(question.locator(":focus")).to_have_count(1)
                self.type("1")
            was = self.page.url
            self.press("Enter", at=self.page.get_by_role("button", name="下一步"))
            expect(self.page).not_to_have_url(was)
        if "/apply" not in self.page.url:
            self.press("Enter", at=self.page.locator(".way a.button").first)
