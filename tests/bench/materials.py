"""What the benchmarks work on: plausible cases, and nodes that hold many of them. Always the same for one seed."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stdnum.iso7064 import mod_11_2

from central import enrolment
from shared_models import cases
from shared_models.cases import Application, Deadline, ItemTerms, Material, Resident, Writer
from shared_models.identifiers import case_number
from shared_models.records import Draft
from shared_models.roster import CITY, DISTRICT, STATION
from shared_models.signing import KeyPair, derive, text_of
from sync_protocol.commands import View
from sync_protocol.core.joining import request_to_join
from sync_protocol.host.runtime import ALL_MIGRATIONS, now_ms
from sync_protocol.node import Node
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.database import Database
from sync_protocol.store.vault import Vault
from sync_protocol.wire.joining import admit_self

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂香玉萍红玲建华国文斌宇浩"
ROADS = ("东街", "西街", "人民路", "解放街", "建设路", "滨河路", "学院路", "朝阳路")
ITEMS = ("最低生活保障金给付", "高龄津贴给付", "城乡居民基本医疗保险参保登记", "公共租赁住房资格确认", "居住登记")
NAMES = ("居民身份证", "居民户口簿", "家庭经济状况核对授权书", "近期免冠照片", "银行卡复印件", "收入证明")
BATCH = 500


@dataclass
class Keys:
    """Root and node keys of a small city, from a seed."""

    root: KeyPair
    resident: bytes

    @classmethod
    def of(cls, seed: int) -> Keys:
        source = random.Random(seed)
        return cls(KeyPair.from_seed(source.randbytes(32)), source.randbytes(32))


def entropy(count: int) -> bytes:
    return _source.randbytes(count)


_source = random.Random(20261122)


def open_node(folder: Path, pair: KeyPair, root: bytes, *, hub: bool, litestream: bool = False) -> Node:
    """A node on a database in `folder`, as the product opens it."""
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(folder / "tongban.db", litestream=litestream, migrations=ALL_MIGRATIONS)
    vault = Vault(derive(pair.seed, "storage"), entropy)
    return Node(database, vault, pair, root, "5116", hub=hub, now=now_ms, entropy=entropy)


def attachments_of(folder: Path, node: Node) -> Attachments:
    return Attachments(folder / "attachments", node.vault)


@dataclass
class SmallCity:
    """A hub that is its own root's city hub or district, and a station under it, both open."""

    keys: Keys
    hub_pair: KeyPair
    station_pair: KeyPair
    hub: Node
    station: Node


def small_city(folder: Path, seed: int = 7) -> SmallCity:
    """A city hub and one station that has joined it."""
    source = random.Random(seed + 1)
    keys = Keys.of(seed)
    hub_pair, station_pair = KeyPair.from_seed(source.randbytes(32)), KeyPair.from_seed(source.randbytes(32))
    hub = open_node(folder / "hub", hub_pair, keys.root.public, hub=True)
    enrolment.found_city(hub, keys.root, "5116", "广安市", entropy)
    hub.open()
    station = open_node(folder / "station", station_pair, keys.root.public, hub=False)
    invitation = enrolment.invite(hub, "511602001001", STATION, "站", "http://127.0.0.1:1", keys.root.public, entropy)
    request = request_to_join(station_pair, invitation)
    admit_self(station, enrolment.accept(hub, request, keys.resident, entropy))
    station.open()
    return SmallCity(keys, hub_pair, station_pair, hub, station)


def applications(count: int, area: str, incarnation: str, seed: int = 3) -> Iterator[Application]:
    """Plausible applications with numbers of one incarnation."""
    source = random.Random(seed)
    for place in range(1, count + 1):
        yield _application(source, case_number(area, datetime.date(2026, 11, 23), incarnation, place), place)


def resident_id(source: random.Random) -> str:
    """A well-formed id number of somebody in 511602."""
    birth = datetime.date(source.randint(1940, 2007), source.randint(1, 12), source.randint(1, 28))
    first = f"511602{birth:%Y%m%d}{source.randrange(1000):03d}"
    return first + mod_11_2.calc_check_digit(first)


def _application(source: random.Random, number: str, place: int) -> Application:
    name = source.choice(SURNAMES) + "".join(source.choices(GIVEN, k=source.choice((1, 2))))
    index = source.randrange(len(ITEMS))
    item = ItemTerms(f"1{index:030d}", ITEMS[index], 1, text_of(bytes(32)), DISTRICT, "mz", "民政局", 20, "批准文书")
    identity = resident_id(source)
    birth = datetime.date.fromisoformat(identity[6:14])
    resident = Resident(
        name, identity, birth.isoformat(), "male" if place % 2 else "female",
        f"138{source.randrange(10**8):08d}", f"浓洄街道{source.choice(ROADS)}{source.randint(1, 399)}号",
    )  # fmt: skip
    materials = tuple(
        Material(f"M{i:02d}", NAMES[i], i < 2, True, cases.RECEIVED, "B")
        for i in source.sample(range(len(NAMES)), source.choice((2, 3, 3, 4)))
    )
    return Application(
        number, f"{place:08d}", item, "s1", "首次申请", resident, {"household": str(source.randint(1, 6))}, materials,
        "2026-11-23", Deadline("2026-12-21"), "浓洄街道东街社区服务站",
    )  # fmt: skip


@dataclass
class AcceptMany:
    """One command that accepts many applications: how a node comes to hold 50,000 cases in a minute."""

    batch: list[Application]

    def decide(self, view: View) -> list[Draft]:
        writer = Writer(view.me.tier, view.me.area, "clerk-1")
        return [draft for each in self.batch for draft in cases.decide(None, cases.Accept(each), writer)]


def fill(node: Node, count: int, seed: int = 3) -> list[str]:
    """Accepts `count` cases at a node; gives their numbers."""
    numbers: list[str] = []
    batch: list[Application] = []
    for application in applications(count, node.member.area, node.incarnation, seed):
        batch.append(application)
        numbers.append(application.number)
        if len(batch) == BATCH:
            node.write(AcceptMany(batch))
            batch = []
    if batch:
        node.write(AcceptMany(batch))
    return numbers


__all__ = ["CITY", "SmallCity", "fill", "small_city"]
