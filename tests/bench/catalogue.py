"""The catalogue of a whole city: 66,000 implementation items with 400,000 materials, audited."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from central.catalogue_files import write_csv
from shared_models.catalogue import (
    BaseItem,
    Department,
    FormField,
    Item,
    Material,
    Result,
    Situation,
    Step,
    basic_code,
    check,
    compare,
)
from tests.bench.report import peak_mib, tell

CREDITS = ("11511602DEM000014R", "11511602DEM000022L")
PAPERS = ("居民身份证", "居民户口簿", "银行卡复印件", "近期免冠照片", "收入证明", "申请表", "授权委托书", "租赁合同")
SOURCES = ("公安机关", "申请人", "民政部门", "商业银行")
LEVELS = (3, 4, 5)
MATERIALS_AN_ITEM = 6.06
PIECE = 3000


def items(count: int, seed: int = 11) -> Iterator[Item]:
    """Sound items at three levels each, with some six materials; always the same for one seed."""
    source = random.Random(seed)
    wanted = 0.0
    for number in range(count):
        wanted += MATERIALS_AN_ITEM
        materials = int(wanted)
        wanted -= materials
        yield _item(source, number // len(LEVELS), LEVELS[number % len(LEVELS)], materials)


def _item(source: random.Random, group: int, level: int, count: int) -> Item:
    department = Department(CREDITS[group % 2], ("广安市民政局", "广安市人力资源和社会保障局")[group % 2])
    first = group * 7
    materials = tuple(
        Material(f"M{n}", f"{PAPERS[(first + n) % len(PAPERS)]}（{n}）", n == 1, True, "copy", 1, "B",
                 source.choice(SOURCES), None, "加盖公章，注明与原件一致。")
        for n in range(1, count + 1)
    )  # fmt: skip
    codes = tuple(material.code for material in materials)
    home = {3: "city", 4: "district", 5: "station"}[level]
    return Item(
        code=f"{department.code}{level}5105{group:08}", name=f"第{group}类对象困难补贴申领", item_type="05",
        level=level, department=department, served=(1,), case_type=2,
        legal_basis=("《中华人民共和国残疾人保障法》第四十八条", "《社会救助暂行办法》第九条、第十条"),
        situations=(
            Situation("S1", "首次申领", "申请人是否第一次申请？", codes),
            Situation("S2", "复核", "申请人是否正在领取、需要复核？", codes[:2]),
        ),
        materials=materials,
        fields=(FormField("account", "银行账号", "text", True), FormField("phone", "联系电话", "phone", True)),
        steps=(
            Step("1", "受理", "station", None, 1), Step("2", "审核", "district", None, 3),
            Step("3", "决定", home, None, 2),
        ),
        statutory_days=20, promised_days=10, fee="不收费", result=Result(f"第{group}类补贴", "payment"),
        keywords=("补贴", "困难补助"),
    )  # fmt: skip


def import_files(count: int) -> None:
    """An import of so many items from CSV files, in a process of its own, beside reading and writing the same rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, count)
        paths = sorted(map(str, folder.glob("*.csv")))
        size = sum(os.path.getsize(path) for path in paths)
        for how in ("plain", "import"):
            command = [sys.executable, "-m", "tests.bench.import_process", how, name, *paths]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            tell(f"catalogue-{how}", materials=round(count * MATERIALS_AN_ITEM), mib=round(size / 2**20),
                 **json.loads(printed))  # fmt: skip


def _write(folder: Path, count: int) -> None:
    """CSV files of so many items, a piece after the other: writing must not take more room than reading."""
    source = items(count)
    while piece := list(islice(source, PIECE)):
        for name, data in write_csv(piece).items():
            path = folder / name
            begun = path.exists()
            with open(path, "ab") as file:
                file.write(data.partition(b"\n")[2] if begun else data)


def audit(count: int) -> None:
    """Audits so many items that are as they should be, and one in a hundred of them that is not."""
    sound = list(items(count))
    broken = [replace(item, legal_basis=(), name=f"{item.name}（改）") for item in sound[::100]]
    sound[::100] = broken
    base = [
        BaseItem(basic_code(item.code), item.name, item.item_type, item.legal_basis, item.served)
        for item in sound[1::3]
    ]
    wall, began = time.perf_counter(), time.process_time()
    inside = sum(len(check(item)) for item in sound)
    beside = sum(1 for _ in compare(sound, base))
    used, wall = time.process_time() - began, time.perf_counter() - wall
    tell(
        "catalogue-audit", items=count, materials=sum(len(item.materials) for item in sound),
        cpu_seconds=round(used, 2), seconds=round(wall, 2), findings=inside + beside,
        peak_mib=round(peak_mib(os.getpid())),
    )  # fmt: skip
