"""A station with its pages over a place of the simulated city: a catalogue, a calendar and an issuer are published."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import stdnum.cn.uscc
from starlette.applications import Starlette
from starlette.testclient import TestClient

from edge_node.app import build
from edge_node.desk import Desk
from edge_node.settings import StationSettings
from edge_node.station import Station
from shared_models import attestations, multibase
from shared_models.catalogue import (
    Department,
    FormField,
    Item,
    Material,
    Result,
    Situation,
    Step,
    check,
    content_hash,
    to_value,
)
from shared_models.identifiers import implementation_code
from shared_models.records import PERSONAL, PUBLIC, Draft
from shared_models.roster import ISSUER_ADMITTED
from shared_models.signing import KeyPair, hash_password
from sync_protocol.commands import View
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.keyring import Keyring
from sync_protocol.host.runtime import Runtime
from sync_protocol.host.settings import NodeSettings, Parent
from sync_protocol.store import accounts, intakes
from sync_protocol.store.accounts import Account
from sync_protocol.store.database import Connection
from tests.sync_protocol.world import CITY_AREA, Place, World

PASSWORD = "long enough to pass"
PASSWORD_HASH = hash_password(PASSWORD, bytes(16))
RESIDENT_NAME, RESIDENT_ID = "李秀英", "511602196803152328"
OTHER_NAME, OTHER_ID = "王小明", "511602199001011236"
LOW_INCOME, LOW_INCOME_NAME = "mz.low-income-household", "最低生活保障家庭"
BUREAU = Department("11511602MB0T01234L", "广安区民政局")

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(3000) + b"\xff\xd9"
PDF = b"%PDF-1.7\n" + b"\x00\x01" * 400


def credit_code(seventeen: str) -> str:
    """A credit code with its check character."""
    return seventeen + str(stdnum.cn.uscc.calc_check_digit(seventeen + "0"))


def _item(name: str, level: int, basic: str, *keywords: str, **more: Any) -> Item:
    department = Department(credit_code("11511602MB0T01234"), "广安区民政局")
    code = implementation_code(department.code, level, basic)
    tier = {3: "city", 4: "district", 6: "station"}[level]
    values: dict[str, Any] = {
        "item_type": "05", "level": level, "department": department, "served": (1,), "case_type": 2,
        "legal_basis": ("《社会救助暂行办法》第九条",), "steps": (Step("1", "办理", tier, None, 1),),
        "statutory_days": 30, "promised_days": 20, "fee": "不收费", "result": Result("低保证", "certificate"),
        "keywords": keywords,
    }  # fmt: skip
    return Item(code, name, **{**values, **more})


ALLOWANCE = _item(
    "最低生活保障金给付", 4, "510599004000", "低保", "吃低保",
    situations=(
        Situation("S1", "首次申请", "是否第一次申请？", ("M1", "M2", "M3", "M4")),
        Situation("S2", "收入变化", "家庭收入是否变化？", ("M1", "M2")),
    ),
    materials=(
        Material("M1", "社会救助申请书", True, True, "original", 1, "D", "申请人填写"),
        Material("M2", "居民身份证", True, True, "original", 0, "B", "公安机关"),
        Material("M3", "低保家庭证明", False, True, "original", 1, "B", "民政部门", LOW_INCOME),
        Material("M4", "残疾人证", False, False, "copy", 1, "B", "残疾人联合会"),
    ),
    fields=(
        FormField("members", "家庭人数", "number", True, (), 2),
        FormField("reason", "致困原因", "choice", True, ("疾病", "残疾", "其他"), 20),
        FormField("since", "困难起始日期", "date", False),
        FormField("helper", "代办人身份证号", "id_number", False),
        FormField("contact", "代办人电话", "phone", False),
    ),
)  # fmt: skip
SENIOR_CARD = _item(
    "老年人优待证办理", 6, "512099001000", "老年证", case_type=1, statutory_days=1, promised_days=0,
    situations=(Situation("S1", "首次办理", "", ("M1",)),),
    materials=(Material("M1", "居民身份证", True, True, "original", 0, "B", "公安机关"),),
)  # fmt: skip
HOUSING_FUND = _item(
    "住房公积金提取", 3, "512099002000", "公积金",
    situations=(Situation("S1", "租房提取", "", ("M1", "M2")),),
    materials=(
        Material("M1", "居民身份证", True, True, "original", 0, "B", "公安机关"),
        Material("M2", "租房合同", True, True, "copy", 1, "C", "申请人"),
    ),
)  # fmt: skip
CATALOGUE = (ALLOWANCE, SENIOR_CARD, HOUSING_FUND)

CALENDAR = {"known_until": "2026-12-31", "holidays": ["2026-10-01", "2026-10-02"], "workdays": []}


class Write(NamedTuple):
    """A command that writes what it is given."""

    drafts: tuple[Draft, ...]

    def decide(self, view: View) -> Sequence[Draft]:
        return self.drafts


def publish(
    place: Place, number: int, items: Sequence[Item], removed: Sequence[str] = (), effective_ms: int = 0, **said: Any
) -> None:
    """Publishes a version of the catalogue as the city does; `said` is what else its record says."""
    values = [to_value(item) for item in items]
    drafts = [Draft("catalogue.item", f"item/{v['code']}", {"item": v}, PUBLIC, CITY_AREA) for v in values]
    body = {
        "number": number, "effective_ms": effective_ms or place.world.ms, "removed": list(removed),
        "set": {v["code"]: content_hash(v) for v in values}, **said,
    }  # fmt: skip
    place.node.write(Write((*drafts, Draft("catalogue.published", "catalogue", body, PUBLIC, CITY_AREA))))


def publish_calendar(place: Place, value: dict[str, Any] = CALENDAR) -> None:
    place.node.write(Write((Draft("calendar.published", "calendar", value, PUBLIC, CITY_AREA),)))


@dataclass
class Bureau:
    """A department that attests facts about residents."""

    world: World
    pair: KeyPair
    name: str = "广安市民政局"

    @property
    def did(self) -> str:
        return multibase.did_key(self.pair.public)

    def admit(self, facts: Sequence[str] = (LOW_INCOME,)) -> None:
        body = {"did": self.did, "department": "mz", "name": self.name, "facts": list(facts)}
        self.world.city.node.write(Write((Draft(ISSUER_ADMITTED, "roster/mz", body, PUBLIC, CITY_AREA),)))

    def attest(
        self, number: str, area: str, first: date = date(2026, 1, 1), last: date = date(2026, 12, 31),
        fact: str = LOW_INCOME, change: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> str:  # fmt: skip
        """Issues an attestation for a resident and gives its id."""
        raw = self.world.entropy(16).hex()
        identity = f"urn:uuid:{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"
        credential = attestations.issue(
            self.pair, credential_id=identity, fact=fact, fact_name=LOW_INCOME_NAME, claims={}, issuer_name=self.name,
            subject=attestations.resident_pseudonym(self.world.resident_key, number), valid_from=first,
            valid_until=last, created=first,
        )  # fmt: skip
        change(credential)
        body = {"credential": credential}
        draft = Draft("attestation.issued", f"attestation/{identity}", body, PERSONAL, area)
        self.world.city.node.write(Write((draft,)))
        return identity

    def revoke(self, identity: str, area: str) -> None:
        draft = Draft("attestation.revoked", f"attestation/{identity}", {"reason": "已退保"}, PUBLIC, area)
        self.world.city.node.write(Write((draft,)))


class City:
    """The simulated city with a catalogue, a calendar, an issuer, and a station that has pages."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.world = World(folder, seed)
        self.bureau = Bureau(self.world, KeyPair.from_seed(self.world.entropy(32)))
        self.bureau.admit()
        publish_calendar(self.world.city)
        publish(self.world.city, 1, CATALOGUE)
        self.world.sync_all()

    @property
    def place(self) -> Place:
        return self.world.station

    def desk(self, place: Place | None = None) -> Desk:
        place = place or self.place
        world = self.world
        place.node.database.apply(intakes.migrations)
        return Desk(place.node, place.attachments, world.resident_key, now=world.now, entropy=world.entropy)

    def close(self) -> None:
        self.world.close()


class Counter:
    """A station's application with two accounts, and browsers for it."""

    def __init__(self, city: City, place: Place | None = None, settings: StationSettings | None = None) -> None:
        self.city = city
        self.place = place or city.place
        self.runtime = runtime_of(city, self.place)
        self.app: Starlette = build(self.runtime, settings)
        self.station: Station = self.app.state.station
        people = (("chuangkou", "张晓红", "clerk"), ("tongshi", "李同事", "clerk"), ("admin", "站点管理员", "admin"))
        for login, name, role in people:
            account = Account(login, f"actor-{login}", name, (role,))
            self.runtime.database.write(partial(_create, account=account, now_ms=city.world.now()))

    def browser(self, login: str = "chuangkou") -> Browser:
        browser = Browser(self.app)
        if login:
            browser.log_in(login)
        return browser


def _create(db: Connection, account: Account, now_ms: int) -> None:
    accounts.create_account(db, account, PASSWORD_HASH, now_ms)


def runtime_of(city: City, place: Place) -> Runtime:
    """A runtime around a place of the simulated city: folder and settings as the product keeps them."""
    folder = DataFolder(place.folder)
    place.node.database.apply(accounts.migrations)
    place.node.database.apply(intakes.migrations)
    settings = NodeSettings(tier=place.tier, area=place.area, name="浓洄街道东街社区服务站", city=CITY_AREA)
    if place.parent is not None:
        parent = Parent("http://127.0.0.1:1", place.parent.node.name, "")
        settings = NodeSettings(
            tier=place.tier, area=place.area, name="浓洄街道东街社区服务站", city=CITY_AREA, parent=parent
        )
    node = place.node
    keyring = Keyring(place.folder, bytes(range(32)))
    return Runtime(
        folder, keyring, settings, node.database, node.vault, node, place.attachments, city.world.resident_key
    )


class Browser(TestClient):
    """A client that behaves like a browser: keeps cookies and fills in a form's hidden fields. Follows no redirect."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(app, base_url="http://station.test", follow_redirects=False, client=("127.0.0.1", 50000))

    def log_in(self, login: str) -> None:
        text = self.get("/login").text
        data = {name: hidden(text, name) for name in ("_form", "_from", "next")}
        answer = self.post("/login", data={**data, "login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text

    def fill(
        self, page: str, path: str, data: dict[str, Any], files: Any = None, follow: bool = False
    ) -> httpx2.Response:
        """Sends the form for `path` on the page whose source is given."""
        inside = form_on(page, path)
        everything = {**hidden_of(inside), **data}
        return self.post(unescape(action_of(inside)), data=everything, files=files, follow_redirects=follow)


def form_on(page: str, path: str) -> str:
    """The source of the form on a page that goes to an address ending in `path` (before its query)."""
    for found in re.findall(r"<form[^>]*>.*?</form>", page, re.S):
        if action_of(found).split("?")[0].endswith(path):
            return str(found)
    raise AssertionError(f"no form for {path} on the page")


def action_of(form: str) -> str:
    return re.search(r'<form[^>]*? action="([^"]*)"', form)[1]  # type: ignore[index]  # a form without an action is no form


def hidden_of(form: str) -> dict[str, str | list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form):
        found.setdefault(unescape(name), []).append(unescape(value))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def hidden(text: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.findall(rf'name="{re.escape(name)}" value="([^"]*)"', text)
    return found[-1] if found else ""


def items_are_complete() -> list[str]:
    return [str(finding) for item in CATALOGUE for finding in check(item) if finding.severity == "error"]
