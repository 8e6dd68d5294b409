"""Somebody with a browser, over HTTP only: keeps cookies, reads the forms of a page, fills them in, sends them off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html.parser import HTMLParser
from typing import NamedTuple, Self
from urllib.parse import urljoin

import httpx2

from deploy.processes import Failed

Upload = tuple[str, bytes, str]
"""(file name, content, media type)."""


class FoundForm(NamedTuple):
    """A form of a page: where it goes, and its fields as they stand."""

    action: str
    method: str
    fields: dict[str, str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FoundForm] = []
        self.text: list[str] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "form":
            self.forms.append(FoundForm(names.get("action") or "", (names.get("method") or "get").lower(), {}))
        elif tag == "input" and self.forms and names.get("name"):
            self._input(names)
        elif tag == "textarea" and self.forms and names.get("name"):
            self.forms[-1].fields.setdefault(str(names["name"]), "")
        elif tag == "select":
            self._select = names.get("name") or ""
        elif tag == "option" and self._select and self.forms:
            fields = self.forms[-1].fields
            if self._select not in fields or "selected" in names:
                fields[self._select] = names.get("value") or ""

    def _input(self, names: dict[str, str | None]) -> None:
        kind = names.get("type") or "text"
        if kind in ("submit", "button", "file", "image") or (kind in ("checkbox", "radio") and "checked" not in names):
            return
        self.forms[-1].fields[str(names["name"])] = names.get("value") or ""

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.text.append(data.strip())


@dataclass(frozen=True)
class Page:
    """A page as it came: final address, status, source; its visible text and forms are read when they are asked for."""

    url: str
    status: int
    source: str
    html: bool
    changed: tuple[FoundForm, ...] | None = None

    @cached_property
    def _read(self) -> _Reader:
        reader = _Reader()
        if self.html:
            reader.feed(self.source)
        return reader

    @property
    def text(self) -> str:
        return " ".join(self._read.text)

    @property
    def forms(self) -> list[FoundForm]:
        return list(self.changed) if self.changed is not None else self._read.forms

    def form(self, action: str) -> FoundForm:
        """The form whose address ends in `action`, with that address in whole. Raises Failed without one."""
        for form in self.forms:
            target = urljoin(self.url, form.action or self.url)
            if form.method == "post" and target.split("?")[0].endswith(action):
                return form._replace(action=target)
        raise Failed(f"no form for {action} on {self.url}")

    def with_forms(self, forms: Sequence[FoundForm]) -> Page:
        """The page as if its forms had been others."""
        return replace(self, changed=tuple(forms))


class Visitor:
    """One person at one place."""

    def __init__(self, address: str) -> None:
        self._client = httpx2.Client(base_url=address, follow_redirects=True, timeout=20, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def get(self, path: str) -> Page:
        return _page(self._client.get(path))

    def submit(self, page: Page, action: str, fields: dict[str, str], files: Sequence[tuple[str, Upload]] = ()) -> Page:
        """Fills in the form of `page` whose address ends in `action` and sends it. Raises Failed without one."""
        form = page.form(action)
        return self.send_form(form._replace(fields={**form.fields, **fields}), files)

    def send_form(self, form: FoundForm, files: Sequence[tuple[str, Upload]] = ()) -> Page:
        """Sends a form as it is filled in."""
        return _page(self._client.post(form.action, data=form.fields, files=list(files) or None))

    @property
    def cookies(self) -> dict[str, str]:
        return dict(self._client.cookies)

    def login(self, login: str, password: str) -> None:
        page = self.submit(self.get("/login"), "/login", {"login": login, "password": password})
        if page.status != 200 or page.url.endswith("/login"):
            raise Failed(f"{login} could not log in: status {page.status}")


def _page(answer: httpx2.Response) -> Page:
    return Page(str(answer.url), answer.status_code, answer.text, "html" in answer.headers.get("content-type", ""))
