"""What is wrong with an item. An item without errors may be published; warnings are for the admin to look at.

`check` reports everything at once, because a catalogue is mended in an office, not by trial and error. `field` of a
finding is the path in the item's value (`materials/2/grade`, a JSON pointer without its first slash), so that a form
can link to the field and an import can name the cell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from typing import Any

from shared_models import canonical, identifiers, texts
from shared_models.catalogue import codes
from shared_models.catalogue.items import Department, Item, to_value
from shared_models.refusals import Refusal

ERROR = "error"
WARNING = "warning"

TEXT_CHARACTERS_MAX = 500
LIST_ENTRIES_MAX = 60
DAYS_MAX = 3650
FIELD_LENGTH_MAX = 2000
COPIES_MAX = 20
ITEM_BYTES_MAX = 256 * 1024

IMPLEMENTATION_CODE = re.compile(r"([0-9A-Z]{18})([1-6])[0-9A-Z]{12}")
"""Unified social credit code of the department, level, basic code. The credit code is checked by itself."""
BASIC_CODE = re.compile(r"[0-9A-Z]{12}")
PART_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
FACT_CODE = re.compile(r"[a-z]{2,8}\.[a-z0-9-]{2,40}")
LIST_SEPARATORS = ";；"


@dataclass(frozen=True)
class Finding:
    """Something wrong at `field`. `code` names the sentence, `values` fill it; `severity` is error or warning."""

    code: str
    severity: str
    field: str
    values: dict[str, str | int] = made_by(default_factory=dict)

    def sentence(self, language: str = "zh") -> str:
        return texts.sentence(self.code, language, **self.values)


def check(item: Item) -> list[Finding]:
    """Everything wrong with `item`, in the order of its fields."""
    return [
        *_code(item),
        *_description(item),
        *_department(item.department, "department"),
        *_limits(item),
        *_situations(item),
        *_materials(item),
        *_steps(item),
        *_fields(item),
        *_size(item),
    ]


def complete(item: Item) -> bool:
    """Whether `item` may be published: `check` finds no error."""
    return all(finding.severity != ERROR for finding in check(item))


def _error(code: str, field_: str, **values: str | int) -> Finding:
    return Finding(code, ERROR, field_, values)


def _warning(code: str, field_: str, **values: str | int) -> Finding:
    return Finding(code, WARNING, field_, values)


# ---------------------------------------------------------------- the item itself


def _code(item: Item) -> Iterator[Finding]:
    code = item.code
    if not code:
        yield _error("catalogue.code_missing", "code")
    elif BASIC_CODE.fullmatch(code):
        yield _error("catalogue.code_basic_only", "code", value=code)
    elif parts := IMPLEMENTATION_CODE.fullmatch(code):
        yield from _parts_of_code(item, parts[1], int(parts[2]))
    else:
        yield _error("catalogue.code_malformed", "code", value=code[:60], length=len(code))


def _parts_of_code(item: Item, credit: str, level: int) -> Iterator[Finding]:
    if _credit_code_fault(credit):
        yield _error("catalogue.code_credit_wrong", "code", value=credit)
    if item.level and item.level != level:
        yield _error("catalogue.level_contradicts_code", "level", value=item.level, inside=level)
    if item.department.code and item.department.code != credit:
        yield _warning("catalogue.department_differs", "department/code", value=item.department.code, inside=credit)


def _credit_code_fault(code: str) -> bool:
    try:
        return identifiers.credit_code(code) != code
    except Refusal:
        return True


def _department(department: Department, path: str) -> Iterator[Finding]:
    if not department.name:
        yield _error("catalogue.department_name_missing", f"{path}/name")
    if not department.code:
        yield _error("catalogue.department_code_missing", f"{path}/code")
    elif _credit_code_fault(department.code):
        yield _error("catalogue.department_code_wrong", f"{path}/code", value=department.code[:40])


def _description(item: Item) -> Iterator[Finding]:
    if not item.name:
        yield _error("catalogue.name_missing", "name")
    yield from _listed(item.item_type, codes.ITEM_TYPES, "item_type")
    yield from _listed(str(item.level or ""), codes.LEVELS, "level")
    if not item.served:
        yield _error("catalogue.served_missing", "served")
    for each in item.served:
        yield from _listed(str(each), codes.SERVED, "served")
    yield from _listed(str(item.case_type or ""), codes.CASE_TYPES, "case_type")
    if not item.legal_basis:
        yield _error("catalogue.basis_missing", "legal_basis")
    for number, basis in enumerate(item.legal_basis):
        if "《" not in basis or "》" not in basis:
            yield _warning("catalogue.basis_without_title", f"legal_basis/{number}", value=basis[:60])
    if not item.fee:
        yield _error("catalogue.fee_missing", "fee")
    if item.fee_cents < 0:
        yield _error("catalogue.fee_negative", "fee_cents")
    if not item.result.name:
        yield _error("catalogue.result_missing", "result/name")
    yield from _listed(item.result.kind, codes.RESULT_KINDS, "result/kind")


def _listed(value: str, table: codes.Table, path: str) -> Iterator[Finding]:
    if not value:
        yield _error("catalogue.choice_missing", path)
    elif value not in table:
        yield _error("catalogue.choice_unknown", path, value=value[:40], known="、".join(table))


def _limits(item: Item) -> Iterator[Finding]:
    for path, days, missing in (
        ("statutory_days", item.statutory_days, "catalogue.statutory_days_missing"),
        ("promised_days", item.promised_days, "catalogue.promised_days_missing"),
    ):
        if days is None:
            yield _error(missing, path)
        elif not 0 <= days <= DAYS_MAX:
            yield _error("catalogue.days_out_of_range", path, value=days, most=DAYS_MAX)
    if item.statutory_days is None or item.promised_days is None:
        return
    if item.promised_days > item.statutory_days:
        yield _error("catalogue.promised_over_statutory", "promised_days", promised=item.promised_days,
                     statutory=item.statutory_days)  # fmt: skip
    if item.case_type == 1 and item.promised_days > 1:
        yield _warning("catalogue.immediate_with_limit", "promised_days", promised=item.promised_days)


def _size(item: Item) -> Iterator[Finding]:
    value = to_value(item)
    yield from _texts(value, "")
    size = len(canonical.encode(value))
    if size > ITEM_BYTES_MAX:
        yield _error("catalogue.item_too_large", "", size=size, most=ITEM_BYTES_MAX)


def _texts(value: Any, path: str) -> Iterator[Finding]:
    """Every text and every list in a value, against the limits that keep them printable and fit for a cell."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}/{key}" if path else key)
    elif isinstance(value, list):
        if len(value) > LIST_ENTRIES_MAX:
            yield _error("catalogue.list_too_long", path, number=len(value), most=LIST_ENTRIES_MAX)
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{path}/{number}")
            if isinstance(inner, str) and (not inner or any(mark in inner for mark in LIST_SEPARATORS)):
                yield _error("catalogue.entry_malformed", f"{path}/{number}", value=inner[:60])
    elif isinstance(value, str):
        if len(value) > TEXT_CHARACTERS_MAX:
            yield _error("catalogue.text_too_long", path, length=len(value), most=TEXT_CHARACTERS_MAX)
        if value != value.strip() or not value.isprintable():
            yield _error("catalogue.text_malformed", path)


# ---------------------------------------------------------------- its parts


def _codes_of_parts(part: str, found: Sequence[str]) -> Iterator[Finding]:
    """Codes of situations, materials, steps or fields: well formed, and each only once in the item."""
    first: Counter[str] = Counter()
    for number, code in enumerate(found):
        first[code] += 1
        if not PART_CODE.fullmatch(code):
            yield _error("catalogue.part_code_malformed", f"{part}/{number}/code", value=code[:40])
        elif first[code] == 2:
            yield _error("catalogue.part_code_twice", f"{part}/{number}/code", value=code)


def _named(part: str, number: int, code: str, name: str, key: str = "name") -> Iterator[Finding]:
    if not name:
        yield _error("catalogue.part_name_missing", f"{part}/{number}/{key}", value=code[:40])


def _situations(item: Item) -> Iterator[Finding]:
    if not item.situations:
        yield _error("catalogue.situations_missing", "situations")
    yield from _codes_of_parts("situations", [situation.code for situation in item.situations])
    known = {material.code for material in item.materials}
    for number, situation in enumerate(item.situations):
        yield from _named("situations", number, situation.code, situation.name)
        path = f"situations/{number}/materials"
        if not situation.materials:
            yield _warning(
                "catalogue.situation_without_materials", path, situation=situation.name or situation.code[:40]
            )
        for code in dict.fromkeys(situation.materials):
            if code not in known:
                yield _error("catalogue.situation_unknown_material", path, situation=situation.name, material=code[:40])


def _materials(item: Item) -> Iterator[Finding]:
    if not item.materials:
        yield _error("catalogue.materials_missing", "materials")
    yield from _codes_of_parts("materials", [material.code for material in item.materials])
    used = {code for situation in item.situations for code in situation.materials}
    for number, material in enumerate(item.materials):
        path = f"materials/{number}"
        yield from _named("materials", number, material.code, material.name)
        yield from _listed(material.form, codes.FORMS, f"{path}/form")
        if not 0 <= material.copies <= COPIES_MAX:
            yield _error("catalogue.copies_out_of_range", f"{path}/copies", value=material.copies, most=COPIES_MAX)
        if not material.grade:
            yield _error("catalogue.grade_missing", f"{path}/grade", material=material.name)
        else:
            yield from _listed(material.grade, codes.GRADES, f"{path}/grade")
        if not material.source:
            yield _error("catalogue.source_missing", f"{path}/source", material=material.name)
        if material.waived_by is not None and not FACT_CODE.fullmatch(material.waived_by):
            yield _error("catalogue.fact_malformed", f"{path}/waived_by", value=material.waived_by[:60])
        if item.situations and material.code not in used:
            yield _warning("catalogue.material_unused", f"{path}/code", material=material.name)
    if item.tolerant and item.materials and not any(m.required and not m.main for m in item.materials):
        yield _warning("catalogue.tolerant_without_minor", "tolerant")


def _steps(item: Item) -> Iterator[Finding]:
    if not item.steps:
        yield _error("catalogue.steps_missing", "steps")
        return
    yield from _codes_of_parts("steps", [step.code for step in item.steps])
    for number, step in enumerate(item.steps):
        path = f"steps/{number}"
        yield from _named("steps", number, step.code, step.name)
        yield from _listed(step.tier, codes.TIERS, f"{path}/tier")
        if step.department is not None:
            yield from _department(step.department, f"{path}/department")
        if step.limit_days is None:
            yield _error("catalogue.step_limit_missing", f"{path}/limit_days", step=step.name)
        elif not 0 <= step.limit_days <= DAYS_MAX:
            yield _error("catalogue.days_out_of_range", f"{path}/limit_days", value=step.limit_days, most=DAYS_MAX)
    last = item.steps[-1]
    if item.home and last.tier in codes.TIERS and last.tier != item.home:
        yield _error(
            "catalogue.last_step_elsewhere", f"steps/{len(item.steps) - 1}/tier", step=last.name, home=item.home
        )
    days = sum(step.limit_days or 0 for step in item.steps)
    if item.promised_days is not None and days > item.promised_days:
        yield _warning("catalogue.steps_over_promised", "steps", days=days, promised=item.promised_days)


def _fields(item: Item) -> Iterator[Finding]:
    yield from _codes_of_parts("fields", [each.code for each in item.fields])
    for number, each in enumerate(item.fields):
        path = f"fields/{number}"
        yield from _named("fields", number, each.code, each.label, "label")
        yield from _listed(each.type, codes.FIELD_TYPES, f"{path}/type")
        if each.type == "choice" and not each.choices:
            yield _error("catalogue.choices_missing", f"{path}/choices", label=each.label)
        if not 1 <= each.max_length <= FIELD_LENGTH_MAX:
            yield _error(
                "catalogue.length_out_of_range", f"{path}/max_length", value=each.max_length, most=FIELD_LENGTH_MAX
            )
