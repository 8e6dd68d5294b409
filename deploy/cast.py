"""Who plays the story, and what they do with their hands: log in, fill in forms, accept, decide, look at a state."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx2

from deploy import catalogue
from deploy.places import LOW_INCOME, REVIEWER
from deploy.processes import Failed, Process
from deploy.setup import Demo
from deploy.visitor import FoundForm, Page, Visitor
from shared_models.catalogue import FormField, Item, Situation

RESIDENT_NAME, RESIDENT_ID = "李秀英", "511602196803152328"
PHOTO = (Path(__file__).parent / "samples" / "application-form.jpg").read_bytes()
POLL_SECONDS = 0.02
_RECEIPT = re.compile(r"/cases/([^/]+)/receipt")
_QUERY_CODE = re.compile(r"TB1:[\w-]+:([A-Z0-9]{4}-[A-Z0-9]{4})")


class Accepted(NamedTuple):
    """A case as its receipt page showed it."""

    number: str
    query_code: str


class Cast:
    """Everybody at the places of a demonstration; each keeps a session, as in a browser left open.

    `patience` stretches every promise of time, for a machine that does other work at once."""

    def __init__(self, demo: Demo, patience: float = 1.0) -> None:
        self.demo = demo
        self.patience = patience
        self._items = catalogue.load()
        self._people: dict[tuple[str, str], Visitor] = {}

    def close(self) -> None:
        """Everybody goes home."""
        for visitor in self._people.values():
            visitor.close()

    def person(self, place: str, login: str) -> Visitor:
        """Somebody who is logged in at a place."""
        if (place, login) not in self._people:
            visitor = Visitor(self.process(place).address)
            visitor.login(login, self.demo.password(place, login))
            self._people[place, login] = visitor
        return self._people[place, login]

    def process(self, place: str) -> Process:
        return self.demo.processes[place]

    def item(self, home: str, waived: bool = False) -> tuple[Item, Situation]:
        """An item that is concluded at a tier, with a situation that needs at least two main materials."""
        for item in self._items:
            for situation in item.situations:
                needed = [m for m in item.materials if m.code in situation.materials and m.required]
                found = any(m.waived_by == LOW_INCOME for m in needed)
                if item.home == home and len(needed) >= 2 and found == waived:
                    return item, situation
        raise Failed(f"the starter catalogue has no item for {home}, waived={waived}")

    def first_sight_of_decision(self, case: Accepted) -> float:
        """When (monotonic clock) a clerk who keeps looking sees that the case is decided."""
        with Visitor(self.process("station").address) as clerk:
            clerk.login("chuangkou", self.demo.password("station", "chuangkou"))
            self.until(lambda: '"decided"' in clerk.get(f"/cases/{case.number}/state").source, 8.0, "the decision")
        return time.monotonic()

    def until(self, true: Callable[[], bool], seconds: float, what: str) -> float:
        """Seconds until `true()`; Failed where that takes longer than allowed."""
        began = time.monotonic()
        while not true():
            if time.monotonic() - began > seconds * self.patience:
                raise Failed(f"not within {seconds} s: {what}")
            time.sleep(POLL_SECONDS)
        return time.monotonic() - began

    def wait_for_catalogue(self) -> float:
        """Seconds until both stations run the first version."""
        return self.until(
            lambda: all(self.status(place)["catalogue_version"] == 1 for place in ("station", "hall")), 2.0,
            "both stations show version 1",
        )  # fmt: skip

    def reviewed(self) -> None:
        """The administrator hands in what was imported; somebody else approves all of it."""
        for login, path, verb in (("admin", "/catalogue/review", "submit"), (REVIEWER, "/catalogue/review", "approve")):
            person = self.person("city", login)
            page = person.submit(person.get(path), path, {"verb": verb, "everything": "yes"})
            check(page.status == 200, f"{verb} gave {page.status}: {page.text[:200]}")

    def status(self, place: str) -> dict[str, Any]:
        return self.process(place).status()

    def delivered(self, place: str) -> bool:
        status = self.status(place)
        return bool(status["acknowledged"] == status["journal"] == status["upstream"])

    def all_delivered(self) -> bool:
        return self.delivered("station")

    def state(self, case: Accepted) -> dict[str, Any]:
        page = self.person("station", "chuangkou").get(f"/cases/{case.number}/state")
        check(page.status == 200, f"state of {case.number} gave {page.status}")
        found: dict[str, Any] = httpx2.Response(200, text=page.source).json()
        return found

    def kept(self, case: Accepted) -> str:
        return str(self.state(case)["kept"])

    def checked(self, place: str, item: Item, situation: Situation) -> Page:
        """The form after the clerk has asked for a check of the resident."""
        return self.apply(place, item, situation, action="check")

    def apply(
        self, place: str, item: Item, situation: Situation, *, action: str, photo: bool = False, missing: bool = False
    ) -> Page:
        page = self.form(place, item, situation)
        return self.post(place, page, item, situation, action=action, photo=photo, missing=missing)

    def form(self, place: str, item: Item, situation: Situation) -> Page:
        """The empty form of an item and situation."""
        return self.person(place, "chuangkou").get(f"/items/{item.code}/apply?situation={situation.code}")

    def post(
        self, place: str, page: Page, item: Item, situation: Situation, *, action: str, photo: bool = False,
        missing: bool = False,
    ) -> Page:  # fmt: skip
        """The form filled in and sent."""
        form = self.filled(page, item, situation, action=action, missing=missing)
        files = [(f"file.{code}", ("申请表.jpg", PHOTO, "image/jpeg")) for code in situation.materials[:1] if photo]
        return self.person(place, "chuangkou").send_form(form, files)

    def filled(self, page: Page, item: Item, situation: Situation, *, action: str, missing: bool = False) -> FoundForm:
        """The form of an application as a clerk fills it in."""
        form = page.form(f"/items/{item.code}/apply")
        fields = {
            "name": RESIDENT_NAME, "id_number": RESIDENT_ID, "phone": "13800001234", "address": "浓洄街道东街 1 号",
            "action": action,
        }  # fmt: skip
        fields |= {f"field.{field.code}": _sample(field) for field in item.fields}
        fields |= {f"material.{code}": "missing" if missing else "received" for code in situation.materials}
        return form._replace(fields={**form.fields, **fields})

    def accept(self, place: str, item: Item, situation: Situation, *, photo: bool = False) -> Accepted:
        page = self.apply(place, item, situation, action="accept", photo=photo)
        number, code = _RECEIPT.search(page.url), _QUERY_CODE.search(page.text)
        if number is None or code is None:
            raise Failed(f"no receipt: {page.status} {page.url} {page.text[:300]}")
        return Accepted(number[1], code[1])

    def decide(self, place: str, case: Accepted, outcome: str) -> None:
        officer = self.person(place, "shenpi")
        path = f"/cases/{case.number}"
        answer = {"outcome": outcome, "reasons": "经审核，情况属实。", "result": "低保证"}
        page = officer.submit(officer.get(path), f"{path}/decide", answer)
        check(page.status == 200, f"deciding gave {page.status}: {page.text[:200]}")


def _sample(field: FormField) -> str:
    match field.type:
        case "choice":
            return str(field.choices[0])
        case "number":
            return "2"
        case "date":
            return "2026-10-01"
        case "phone":
            return "13800001234"
        case "id_number":
            return RESIDENT_ID
        case _:
            return "如实填写"


def check(good: bool, what: str) -> None:
    if not good:
        raise Failed(what)
