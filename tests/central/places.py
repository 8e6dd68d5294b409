"""A city, a district, a community station and a township hall as real data folders, with the hubs' real applications.

Nothing runs by itself: `sync` carries what there is, so that a test knows when something has arrived. People log in
with `PASSWORD`.
"""

from __future__ import annotations

import asyncio
import datetime
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from click.testing import CliRunner
from starlette.applications import Starlette

from central import enrolment, publishing
from central.app import build
from central.cli import main
from central.hub import Hub
from central.reviewing import published_hash
from central.settings import HubSettings
from deploy.calendar_data import calendar_from_package
from shared_models import attestations, cases, signing
from shared_models.cases import Application, Attachment, CaseFile, Deadline, ItemTerms, Material, Resident
from shared_models.catalogue import Item, content_hash, to_value
from shared_models.deadlines import calendar_of, local_day
from shared_models.identifiers import case_number, query_code
from shared_models.roster import CITY, DISTRICT, STATION
from shared_models.signing import text_of
from sync_protocol.child_side import ChildSide
from sync_protocol.commands import CaseCommand
from sync_protocol.core.joining import request_to_join
from sync_protocol.host import runtime
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.keyring import Keyring
from sync_protocol.host.runtime import Runtime
from sync_protocol.host.settings import NodeSettings, Parent, keep_settings
from sync_protocol.parent_side import ParentSide
from sync_protocol.store import accounts, case_files
from sync_protocol.store.accounts import Account
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts
from sync_protocol.store.reviewing import Reviews, Wanted
from sync_protocol.wire.joining import admit_self
from tests.host.small_app import Browser
from tests.sync_protocol.world import run

PASSWORD = "a long enough one"
PASSWORD_HASH = signing.hash_password(PASSWORD, bytes(16))
CITY_AREA, DISTRICT_AREA, STATION_AREA, HALL_AREA = "5116", "511602", "511602001001", "511602101"
RESIDENT_ID = "511602196803152328"
PEOPLE = (
    Account("shenpi", "actor-officer", "王审批", ("officer",)),
    Account("jiandu", "actor-supervisor", "赵监督", ("supervisor",)),
    Account("admin", "actor-admin", "管理员", ("admin",)),
    Account("minzheng", "actor-issuer", "民政经办", ("issuer",), "mz"),
    Account("canlian", "actor-other", "残联经办", ("issuer",), "cl"),
)
CALENDAR = calendar_from_package(2024, 2026)
FAST = HubSettings(progress_seconds=0.05)
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(3000) + b"\xff\xd9"


@dataclass
class Site:
    """A node with its data folder. `app` is None at a station."""

    runtime: Runtime
    parent: Site | None
    app: Starlette | None
    counter: int = 0
    browsers: dict[str, Browser] = field(default_factory=dict)

    @property
    def hub(self) -> Hub:
        return Hub(self.runtime, os.urandom, asyncio.sleep, FAST)

    @property
    def name(self) -> str:
        return self.runtime.node.name

    def browser(self, login: str = "") -> Browser:
        """A browser at this hub; with a login, one in which that person is logged in."""
        assert self.app is not None
        if login in self.browsers:
            return self.browsers[login]
        browser = Browser(self.app, "http://hub.test")
        if login:
            assert browser.log_in(login, PASSWORD).status_code == 303
            self.browsers[login] = browser
        return browser

    def sync(self) -> None:
        """Delivers, follows and sends attachments until nothing moves."""
        assert self.parent is not None
        above = self.parent.runtime
        member = above.node.roster.member(self.name)
        assert member is not None
        answer = ParentSide(above.node, member, above.attachments).answer
        side = ChildSide(self.runtime.node, above.node.name, above.node.keys.public, self.runtime.attachments)
        for flow in (side.deliver(), side.follow(), side.follow(), side.exchange_files()):
            run(flow, answer)
            for node in (self.runtime.node, above.node):
                while node.fold():
                    pass

    def case(self, number: str) -> CaseFile:
        with self.runtime.node.read() as db:
            card = case_files.load(db, self.runtime.vault, number)
        assert card is not None
        return card.case

    def write(self, number: str, command: cases.Command, actor: str = "actor-clerk") -> None:
        self.runtime.node.write(CaseCommand(number, command, actor))

    def accept(
        self,
        *,
        home: str = DISTRICT,
        name: str = "李秀英",
        item: str = "最低生活保障金给付",
        due_in: int = 20,
        photo: bytes = b"",
        attestation: str = "",
        due: str = "",
        item_hash: str = "h",
        answers: tuple[cases.Said, ...] = (),
    ) -> str:
        """A case that this station accepts, due in so many working days; gives its number."""
        self.counter += 1
        today = local_day(self.runtime.node.now())
        number = case_number(self.runtime.settings.area, today, self.runtime.node.incarnation, self.counter)
        calendar = calendar_of(CALENDAR)
        last = calendar.add_working_days(today, due_in).day if due_in >= 0 else _back(today, -due_in)
        application = self._application(
            number, home, name, item, item_hash, due or last.isoformat(), photo, attestation
        )
        application = msgspec.structs.replace(application, answers=answers or msgspec.UNSET)
        self.write(number, cases.Accept(application))
        return number

    def _application(
        self, number: str, home: str, name: str, item: str, item_hash: str, due: str, photo: bytes, attestation: str
    ) -> Application:
        rows = [self.runtime.attachments.put(photo, "image/jpeg")] if photo else []
        self.runtime.node.database.write(lambda db: self.runtime.attachments.note(db, rows))
        pictures = tuple(Attachment(row.hash, row.size, row.media_type, "户口簿.jpg") for row in rows)
        income = cases.WAIVED if attestation else cases.RECEIVED
        return Application(
            number,
            query_code(self.counter.to_bytes(8, "big")),
            ItemTerms("1" * 31, item, 1, item_hash, home, "mz", "广安区民政局", 20, "低保证"),
            "s1",
            "首次申请",
            Resident(name, RESIDENT_ID, "1968-03-15", "female", "13800001234", "浓洄街道东街 1 号"),
            {"household": "3"},
            (
                Material("id", "居民身份证", True, True, cases.RECEIVED, "B", attachments=pictures),
                Material("income", "低收入证明", True, True, income, "A", attestation=attestation),
                Material("photo", "近期免冠照片", False, False, cases.MISSING, "C"),
            ),
            local_day(self.runtime.node.now()).isoformat(),
            Deadline(due),
            self.runtime.settings.name,
        )


def _back(today: datetime.date, days: int) -> datetime.date:
    return today - datetime.timedelta(days=days)


class Places:
    """The four, admitted by invitation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.city = self._city()
        self.district = self.join(self.city, "district", DISTRICT, DISTRICT_AREA, "广安区政务服务中心")
        self.station = self.join(self.district, "station", STATION, STATION_AREA, "浓洄街道东街社区服务站")
        self.hall = self.join(self.district, "hall", STATION, HALL_AREA, "官盛镇便民服务中心")
        publishing.publish_calendar(self.city.runtime.node, CALENDAR)
        for site in (self.district, self.station, self.hall):
            site.sync()

    def _city(self) -> Site:
        path = self.folder / "city"
        arguments = ["init", str(path), "--tier", "city", "--area", CITY_AREA, "--name", "广安市政务服务中心"]
        done = CliRunner().invoke(main, [*arguments, "--port", "8516"])
        assert done.exit_code == 0, done.output
        folder = DataFolder(path)
        return self._opened(runtime.open_joined(folder, Keyring.open(path), litestream=False), None)

    def join(self, parent: Site, key: str, tier: str, area: str, name: str) -> Site:
        """A node in its own folder, admitted by its parent."""
        path = self.folder / key
        folder, keyring = DataFolder(path), Keyring.open(path)
        above = parent.runtime
        runtime.initialise(folder, keyring, NodeSettings(tier, area, name, port=8517))
        invitation = enrolment.invite(
            above.node, area, tier, name, above.settings.address, above.settings.root, os.urandom
        )
        request = request_to_join(keyring.node_key(), invitation)
        answer = enrolment.accept(above.node, request, above.resident_key, os.urandom)
        root, public = text_of(above.settings.root), text_of(above.node.keys.public)
        settings = NodeSettings(
            tier, area, name, CITY_AREA, port=8517, root_key=root,
            parent=Parent(above.settings.address, above.node.name, public),
        )  # fmt: skip
        keep_settings(folder, settings)
        keyring.put_secret(runtime.RESIDENT_KEY, above.resident_key)
        opened = runtime.open_joined(folder, keyring, litestream=False)
        admit_self(opened.node, answer)
        return self._opened(opened, parent)

    def _opened(self, opened: Runtime, parent: Site | None) -> Site:
        opened.node.open()
        app = build(opened, FAST) if opened.settings.tier in (CITY, DISTRICT) else None
        if app is not None:
            for account in PEOPLE:
                opened.node.database.write(_adding(account))
        return Site(opened, parent, app)

    def sync(self, rounds: int = 2) -> None:
        """Carries everything up and down."""
        for _ in range(rounds):
            for site in (self.station, self.hall, self.district):
                site.sync()

    def close(self) -> None:
        for site in (self.city, self.district, self.station, self.hall):
            site.runtime.close()


def _adding(account: Account) -> Callable[[Connection], None]:
    return lambda db: accounts.create_account(db, account, PASSWORD_HASH, 0)


def put_drafts(site: Site, items: Iterable[Item], *, reviewed: bool = True) -> None:
    """Drafts at a hub, as an import would leave them; a second person has approved all that are complete."""
    now_ms = site.runtime.node.now()
    site.runtime.node.database.write(lambda db: Drafts(db).put_many(items, "test", now_ms, "actor-admin"))
    if reviewed:
        site.runtime.node.database.write(lambda db: approve_all(db, now_ms))


def approve_all(db: Connection, now_ms: int) -> None:
    """Every complete draft is handed in, and approved by somebody who wrote none."""
    for state, verb in (("drafted", "submit"), ("submitted", "approve")):
        for code in Reviews(db).codes(Wanted(state), "", 100_000):
            Reviews(db).move(code, verb, "actor-reviewer", now_ms, named=lambda item: published_hash(db, item))


def renamed(item: Item, name: str) -> Item:
    return msgspec.structs.replace(item, name=name)


def hash_of(item: Item) -> str:
    return content_hash(to_value(item))


def pseudonym(site: Site) -> str:
    """How the resident of these tests is named in credentials."""
    return attestations.resident_pseudonym(site.runtime.resident_key, RESIDENT_ID)
