"""The tables `up_task_general_basic` and `up_task_general_material` of the national platform's exchange, as CSV files.

Columns and their order are those of the tables as provinces have them, after 国家政务服务平台政务服务事项基本目录及
实施清单 (C0109-2018); the comments of the columns there are the names of its data items. A catalogue does not know all
that they ask for: what it has no word on stays empty, and whoever delivers the tables fills it in, as he does
`cd_operation`, `cd_time`, `cd_batch` and `data_source`, which belong to the delivery. The tables go out
only: an import takes our own formats.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator

from shared_models.catalogue import Item, Material, basic_code
from shared_models.catalogue.codes import TIERS
from shared_models.signing import digest

BASIC, MATERIAL = "up_task_general_basic", "up_task_general_material"
IN_USE, WORKING_DAYS = "1", "1"
FREE = "不收费"


def basic_columns(version: int) -> dict[str, Callable[[Item], str | int]]:
    """Column -> what it holds of an item of catalogue version `version`."""
    return {
        "row_guid": lambda item: row_id(item.code),
        "task_name": lambda item: item.name,
        "catalog_code": lambda item: basic_code(item.code),
        "local_catalog_code": _nothing,
        "task_type": lambda item: item.item_type,
        "by_law": lambda item: "\n".join(item.legal_basis),
        "power_source": _nothing,
        "use_level": lambda item: str(item.level or ""),
        "task_code": lambda item: item.code,
        "local_task_code": _nothing,
        "task_handle_item": _nothing,
        "task_state": lambda item: IN_USE,
        "task_version": lambda item: version,
        "dept_name": lambda item: item.department.name,
        "dept_type": _nothing,
        "dept_code": lambda item: item.department.code,
        "entrust_name": _nothing,
        "anticipate_day": lambda item: _number(item.statutory_days),
        "anticipate_type": lambda item: WORKING_DAYS,
        "anticipate_explain": _nothing,
        "promise_day": lambda item: _number(item.promised_days),
        "promise_type": lambda item: WORKING_DAYS,
        "promise_explain": _nothing,
        "accept_condition": _nothing,
        "handle_flow": _flow,
        "is_fee": lambda item: "" if not item.fee else "0" if item.fee == FREE and not item.fee_cents else "1",
        "fee_basis": _nothing,
        "server_type": lambda item: ",".join(map(str, item.served)),
        "project_type": lambda item: str(item.case_type or ""),
        "handle_type": lambda item: ",".join(map(str, item.channels)),
        **dict.fromkeys(
            ("limit_scene_num", "special_procedure", "app_is_single_login", "mobile_terminal_url", "is_single_login",
             "link_addr", "transact_addr", "transact_time", "link_way", "supervise_way", "plan_effective_date",
             "plan_cancel_date", "cd_operation", "cd_time", "cd_batch", "data_source"), _nothing,
        ),
    }  # fmt: skip


MATERIAL_COLUMNS: dict[str, Callable[[Item, int, Material], str | int]] = {
    "row_guid": lambda item, number, material: row_id(f"{item.code}/{material.code}"),
    "task_guid": lambda item, number, material: row_id(item.code),
    "task_code": lambda item, number, material: item.code,
    "task_handle_item": lambda *_: "",
    "material_name": lambda item, number, material: material.name,
    "material_type": lambda *_: "",
    "material_format": lambda item, number, material: "2" if material.form == "electronic" else "1",
    "is_need": lambda item, number, material: _need(item, material),
    "page_num": lambda item, number, material: material.copies,
    "page_format": lambda *_: "",
    "form_guid": lambda *_: "",
    "example_guid": lambda *_: "",
    "source_type": lambda *_: "",
    "source_explain": lambda item, number, material: material.source,
    "fill_explain": lambda item, number, material: material.template,
    "accept_stand": lambda *_: "",
    "by_law": lambda *_: "",
    "order_num": lambda item, number, material: number,
    "remark": lambda item, number, material: material.where,
    **dict.fromkeys(("cd_operation", "cd_time", "cd_batch", "data_source"), lambda *_: ""),
}


def write_exchange(items: Iterable[Item], version: int) -> dict[str, bytes]:
    """Two CSV files in UTF-8, a row an item and a row a material. Texts stand as they are: a program reads them."""
    held, basic = tuple(items), basic_columns(version)
    rows = ([cell(item) for cell in basic.values()] for item in held)
    return {f"{BASIC}.csv": _csv(basic, rows), f"{MATERIAL}.csv": _csv(MATERIAL_COLUMNS, _materials(held))}


def row_id(place: str) -> str:
    """32 hexadecimal digits that are the same in every export of the same item or material."""
    return digest(place.encode()).hex()[:32]


def _materials(items: Iterable[Item]) -> Iterator[list[str | int]]:
    for item in items:
        for number, material in enumerate(item.materials, start=1):
            yield [cell(item, number, material) for cell in MATERIAL_COLUMNS.values()]


def _nothing(item: Item) -> str:
    return ""


def _number(days: int | None) -> str | int:
    return "" if days is None else days


def _flow(item: Item) -> str:
    """`1.受理（站点，1 个工作日）`, a line a step."""
    lines = []
    for number, step in enumerate(item.steps, start=1):
        days = "" if step.limit_days is None else f"，{step.limit_days} 个工作日"
        lines.append(f"{number}.{step.name}（{TIERS.get(step.tier, (step.tier,))[0]}{days}）")
    return "\n".join(lines)


def _need(item: Item, material: Material) -> str:
    """1 必要, 2 非必要, 3 容缺后补."""
    if not material.required:
        return "2"
    return "3" if item.tolerant and not material.main else "1"


def _csv(columns: Iterable[str], rows: Iterable[list[str | int]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
