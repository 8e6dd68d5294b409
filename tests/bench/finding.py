"""The one search field at a real station process, with the catalogue of a city: what a clerk waits for."""

from __future__ import annotations

import itertools
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

from msgspec.structs import replace

from deploy.setup import Demo
from deploy.story import Story
from shared_models.catalogue import Item, content_hash, to_value
from shared_models.records import PUBLIC, Draft
from sync_protocol.commands import View
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.keyring import Keyring
from sync_protocol.host.runtime import open_joined
from tests.bench.catalogue import items
from tests.bench.materials import resident_id
from tests.bench.report import cpu_seconds, figure, percentile
from tests.bench.station import PORT_SHIFT, Counter

A_VERSION = 4000
"""Items that one version names here: what names them has to fit into one record."""
ROUNDS = 12
WHOM = [
    "残疾人",
    "老年人",
    "孤儿",
    "退役军人",
    "企业",
    "个体工商户",
    "居民",
    "农村居民",
    "城镇职工",
    "困难家庭",
    "学生",
    "未成年人",
    "外来人员",
    "失业人员",
    "高校毕业生",
    "计划生育家庭",
    "烈士遗属",
    "低收入家庭",
    "新生儿",
    "离退休人员",
]
WHAT = [
    "最低生活保障",
    "基本医疗保险",
    "基本养老保险",
    "高龄津贴",
    "住房公积金",
    "公共租赁住房",
    "居住证",
    "社会保障卡",
    "机动车驾驶证",
    "不动产",
    "食品经营许可",
    "临时救助",
    "医疗救助",
    "失业保险",
    "就业创业证",
    "生育登记",
    "残疾人证",
    "法律援助",
    "丧葬补助",
    "优待证",
    "营业执照",
    "公共场所卫生许可",
    "入学",
    "学前教育资助",
    "户口迁移",
]
ACT = ["申领", "给付", "登记", "变更", "注销", "补办", "认定", "审核", "换发", "查询"]
TEXTS = [
    "最低生活保障",
    "低保",
    "吃低保",
    "我要办低保",
    "db",
    "dibao",
    "老年卡",
    "社保卡",
    "sbk",
    "房产证",
    "驾照",
    "营业执照",
    "残疾人",
    "cjr",
    "canjiren",
    "申领",
    "sl",
    "s",
    "居民 补办",
    "退役军人 优待",
    "tyjr yd",
    "公积金",
    "gjj",
    "5105",
    "户口",
    "孤儿医疗",
    "没有这样的事项",
    "zzzz",
    "医保",
    "yb",
    "jumin",
    "补",
    "登记 注销",
]


class _Write:
    """A command that writes what it is given."""

    def __init__(self, drafts: list[Draft]) -> None:
        self._drafts = drafts

    def decide(self, view: View) -> list[Draft]:
        return self._drafts


def finding(count: int) -> None:
    """Searches at a station that holds so many items, one request after another over one connection."""
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        demo = Demo(Path(name), shift=PORT_SHIFT, litestream=False)
        try:
            demo.set_up(lambda _: None)
            city = demo.processes["city"]
            city.stop()
            versions = _publish(city.folder, list(_named(count)))
            city.start()
            story = Story(demo)
            story.until(
                lambda: story.status("station")["catalogue_version"] >= versions, 300.0, "the catalogue arrives"
            )
            _search(story, count)
        finally:
            demo.stop()


def _named(count: int) -> Iterator[Item]:
    """Items under names as a city has them."""
    names = itertools.cycle(itertools.product(WHOM, WHAT, ACT))
    for item, (whom, what, act) in zip(items(count), itertools.islice(names, 0, None, 3), strict=False):
        yield replace(item, name=f"{whom}{what}{act}", keywords=())


def _publish(folder: Path, wanted: Sequence[Item]) -> int:
    """Publishes the items at a city hub that does not run; gives the number of the last version."""
    data = DataFolder(folder, create=False)
    data.lock()
    runtime = open_joined(data, Keyring.open(folder), litestream=False)
    runtime.node.open()
    area, number = runtime.node.member.area, 0
    for start in range(0, len(wanted), A_VERSION):
        number += 1
        values = [to_value(item) for item in wanted[start : start + A_VERSION]]
        drafts = [Draft("catalogue.item", f"item/{v['code']}", {"item": v}, PUBLIC, area) for v in values]
        body = {
            "number": number, "effective_ms": runtime.node.now(), "removed": [],
            "set": {v["code"]: content_hash(v) for v in values},
        }  # fmt: skip
        runtime.node.write(_Write([*drafts, Draft("catalogue.published", "catalogue", body, PUBLIC, area)]))
    runtime.close()
    data.unlock()
    return number


def _search(story: Story, count: int) -> None:
    clerk = story.person("station", "chuangkou")
    form = clerk.get("/").form("/search").fields
    station = story.process("station")
    line = Counter(station.address, clerk.cookies)
    source = random.Random(5)
    line.post("/search", urlencode({**form, "q": "低保"}))  # the shelf is built at the first search of a version
    cards = [resident_id(source) for _ in TEXTS]
    for what, path, texts in (
        ("search, post to page of results", "/search", TEXTS),
        ("items while one types", "/suggest", TEXTS),
        ("an id card, scan to the resident's page", "/search", cards),
    ):
        worked = cpu_seconds(station.pid)
        times = [_milliseconds(line, path, {**form, "q": text}) for _ in range(ROUNDS) for text in texts]
        worked = cpu_seconds(station.pid) - worked
        figure(f"{what}, with {count} items", "ms", times, p99=round(percentile(times, 0.99), 2), target_p99=50,
               processor_ms_a_request=round(worked * 1000 / len(times), 2))  # fmt: skip
    line.close()


def _milliseconds(line: Counter, path: str, fields: dict[str, str]) -> float:
    seconds, page = line.post(path, urlencode(fields))
    if page.startswith("status"):
        raise RuntimeError(f"{path} with {fields['q']}: {page}")
    return seconds * 1000
