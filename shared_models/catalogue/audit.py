"""What is wrong with an item. An item without errors may be published; warnings are for the admin to look at.

`check` reports everything at once, because a catalogue is mended in an office, not by trial and error. What only shows
beside the other items of a catalogue is for `comparing` to say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from shared_models import identifiers
from shared_models.catalogue import codes
from shared_models.catalogue.findings import ERROR, Finding, found
from shared_models.catalogue.form_audit import check_rules
from shared_models.catalogue.items import BaseItem, Department, Item, Material, to_value
from shared_models.catalogue.paths import days_in_all, ways
from shared_models.catalogue.question_audit import check_questions
from shared_models.catalogue.samples import NAME
from shared_models.catalogue.sizes import size, texts_in
from shared_models.refusals import Refusal

DAYS_MAX = 3650
FIELD_LENGTH_MAX = 2000
COPIES_MAX = 20

IMPLEMENTATION_CODE = re.compile(r"([0-9A-Z]{18})([1-6])[0-9A-Z]{12}")
"""Unified social credit code of the department, level, basic code. The credit code is checked by itself."""
BASIC_CODE = re.compile(r"[0-9A-Z]{12}")
PART_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
FACT_CODE = re.compile(r"[a-z]{2,8}\.[a-z0-9-]{2,40}")


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
        *check_rules(item.fields),
        *_questions(item),
        *check_questions(item),
        *ways(item),
        *size(item),
    ]


def complete(item: Item) -> bool:
    """Whether `item` may be published: `check` finds no error."""
    return all(finding.severity != ERROR for finding in check(item))


def check_base(each: BaseItem) -> list[Finding]:
    """Everything wrong with an entry of the base list."""
    return [*_base(each)]


def _base(each: BaseItem) -> Iterator[Finding]:
    if not BASIC_CODE.fullmatch(each.code):
        yield found("catalogue.base_code_malformed", "code", value=each.code[:60], length=len(each.code))
    if not each.name:
        yield found("catalogue.name_missing", "name")
    yield from _listed(each.item_type, codes.ITEM_TYPES, "item_type")
    if not each.legal_basis:
        yield found("catalogue.basis_missing", "legal_basis")
    if not each.served:
        yield found("catalogue.served_missing", "served")
    yield from texts_in(to_value(each), "")


# ---------------------------------------------------------------- the item itself


def _code(item: Item) -> Iterator[Finding]:
    code = item.code
    if not code:
        yield found("catalogue.code_missing", "code")
    elif BASIC_CODE.fullmatch(code):
        yield found("catalogue.code_basic_only", "code", value=code)
    elif parts := IMPLEMENTATION_CODE.fullmatch(code):
        yield from _parts_of_code(item, parts[1], int(parts[2]))
    else:
        yield found("catalogue.code_malformed", "code", value=code[:60], length=len(code))


def _parts_of_code(item: Item, credit: str, level: int) -> Iterator[Finding]:
    if _credit_code_fault(credit):
        yield found("catalogue.code_credit_wrong", "code", value=credit)
    if item.level and item.level != level:
        yield found("catalogue.level_contradicts_code", "level", value=item.level, inside=level)
    if item.department.code and item.department.code != credit:
        yield found("catalogue.department_differs", "department/code", value=item.department.code, inside=credit)


@lru_cache(maxsize=8192)
def _credit_code_fault(code: str) -> bool:
    try:
        return identifiers.credit_code(code) != code
    except Refusal:
        return True


def _department(department: Department, path: str) -> Iterator[Finding]:
    if not department.name:
        yield found("catalogue.department_name_missing", f"{path}/name")
    if not department.code:
        yield found("catalogue.department_code_missing", f"{path}/code")
    elif _credit_code_fault(department.code):
        yield found("catalogue.department_code_wrong", f"{path}/code", value=department.code[:40])


def _description(item: Item) -> Iterator[Finding]:
    if not item.name:
        yield found("catalogue.name_missing", "name")
    yield from _listed(item.item_type, codes.ITEM_TYPES, "item_type")
    yield from _listed(str(item.level or ""), codes.LEVELS, "level")
    if not item.served:
        yield found("catalogue.served_missing", "served")
    for each in item.served:
        yield from _listed(str(each), codes.SERVED, "served")
    yield from _listed(str(item.case_type or ""), codes.CASE_TYPES, "case_type")
    for each in item.channels:
        yield from _listed(str(each), codes.CHANNELS, "channels")
    if not item.legal_basis:
        yield found("catalogue.basis_missing", "legal_basis")
    for number, basis in enumerate(item.legal_basis):
        if "《" not in basis or "》" not in basis:
            yield found("catalogue.basis_without_title", f"legal_basis/{number}", value=basis[:60])
    if not item.fee:
        yield found("catalogue.fee_missing", "fee")
    if item.fee_cents < 0:
        yield found("catalogue.fee_negative", "fee_cents")
    if not item.result.name:
        yield found("catalogue.result_missing", "result/name")
    yield from _listed(item.result.kind, codes.RESULT_KINDS, "result/kind")


def _listed(value: str, table: codes.Table, path: str) -> Iterator[Finding]:
    if not value:
        yield found("catalogue.choice_missing", path)
    elif value not in table:
        yield found("catalogue.choice_unknown", path, value=value[:40], known="、".join(table))


def _limits(item: Item) -> Iterator[Finding]:
    for which, days, unit, missing in (
        ("statutory", item.statutory_days, item.statutory_unit, "catalogue.statutory_days_missing"),
        ("promised", item.promised_days, item.promised_unit, "catalogue.promised_days_missing"),
    ):
        if days is None:
            yield found(missing, f"{which}_days")
        elif not 0 <= days <= DAYS_MAX:
            yield found("catalogue.days_out_of_range", f"{which}_days", value=days, most=DAYS_MAX)
        elif not unit:
            yield found("catalogue.limit_without_unit", f"{which}_unit", value=days)
        else:
            yield from _listed(unit, codes.LIMIT_UNITS, f"{which}_unit")
    if item.statutory_days is None or item.promised_days is None:
        return
    if item.promised_days > item.statutory_days:
        yield found("catalogue.promised_over_statutory", "promised_days", promised=item.promised_days,
                    statutory=item.statutory_days)  # fmt: skip
    if item.case_type == 1 and item.promised_days > 1:
        yield found("catalogue.immediate_with_limit", "promised_days", promised=item.promised_days)


# ---------------------------------------------------------------- its parts


def _codes_of_parts(part: str, listed: Sequence[str]) -> Iterator[Finding]:
    """Codes of parts of an item, or of the answers of a question: well formed, and each only once."""
    if len(set(listed)) == len(listed) and all(map(PART_CODE.fullmatch, listed)):
        return
    first: Counter[str] = Counter()
    for number, code in enumerate(listed):
        first[code] += 1
        if not PART_CODE.fullmatch(code):
            yield found("catalogue.part_code_malformed", f"{part}/{number}/code", value=code[:40])
        elif first[code] == 2:
            yield found("catalogue.part_code_twice", f"{part}/{number}/code", value=code)


def _named(part: str, number: int, code: str, name: str, key: str = "name") -> Iterator[Finding]:
    if not name:
        yield found("catalogue.part_name_missing", f"{part}/{number}/{key}", value=code[:40])


def _situations(item: Item) -> Iterator[Finding]:
    if not item.situations:
        yield found("catalogue.situations_missing", "situations")
    yield from _codes_of_parts("situations", [situation.code for situation in item.situations])
    known = {material.code for material in item.materials}
    for number, situation in enumerate(item.situations):
        yield from _named("situations", number, situation.code, situation.name)
        path = f"situations/{number}/materials"
        if not situation.materials:
            yield found("catalogue.situation_without_materials", path, situation=situation.name or situation.code[:40])
        for code in dict.fromkeys(situation.materials):
            if code not in known:
                yield found("catalogue.situation_unknown_material", path, situation=situation.name, material=code[:40])


def _materials(item: Item) -> Iterator[Finding]:
    if not item.materials:
        yield found("catalogue.materials_missing", "materials")
    yield from _codes_of_parts("materials", [material.code for material in item.materials])
    used = {code for situation in item.situations for code in situation.materials}
    for number, material in enumerate(item.materials):
        if not _is_sound(material):
            yield from _material(material, f"materials/{number}")
        if item.situations and material.code not in used:
            yield found("catalogue.material_unused", f"materials/{number}/code", material=material.name)
    if item.tolerant and item.materials and not any(m.required and not m.main for m in item.materials):
        yield found("catalogue.tolerant_without_minor", "tolerant")


def _is_sound(material: Material) -> bool:
    """Whether `_material` finds nothing: most are, and there are hundreds of thousands of them."""
    return (
        material.name != ""
        and material.form in codes.FORMS
        and 0 <= material.copies <= COPIES_MAX
        and material.grade in codes.GRADES
        and material.source != ""
        and (not material.sample or NAME.fullmatch(material.sample) is not None)
        and (material.valid_days is None or 1 <= material.valid_days <= DAYS_MAX)
        and (material.waived_by is None or FACT_CODE.fullmatch(material.waived_by) is not None)
    )


def _material(material: Material, path: str) -> Iterator[Finding]:
    if not material.name:
        yield found("catalogue.part_name_missing", f"{path}/name", value=material.code[:40])
    yield from _listed(material.form, codes.FORMS, f"{path}/form")
    if not 0 <= material.copies <= COPIES_MAX:
        yield found("catalogue.copies_out_of_range", f"{path}/copies", value=material.copies, most=COPIES_MAX)
    if not material.grade:
        yield found("catalogue.grade_missing", f"{path}/grade", material=material.name)
    else:
        yield from _listed(material.grade, codes.GRADES, f"{path}/grade")
    if not material.source:
        yield found("catalogue.source_missing", f"{path}/source", material=material.name)
    if material.valid_days is not None and not 1 <= material.valid_days <= DAYS_MAX:
        yield found("catalogue.valid_days_out_of_range", f"{path}/valid_days", value=material.valid_days, most=DAYS_MAX)
    if material.sample and not NAME.fullmatch(material.sample):
        yield found("catalogue.sample_malformed", f"{path}/sample", material=material.name)
    if material.waived_by is not None and not FACT_CODE.fullmatch(material.waived_by):
        yield found("catalogue.fact_malformed", f"{path}/waived_by", value=material.waived_by[:60])


def _steps(item: Item) -> Iterator[Finding]:
    if not item.steps:
        yield found("catalogue.steps_missing", "steps")
        return
    yield from _codes_of_parts("steps", [step.code for step in item.steps])
    for number, step in enumerate(item.steps):
        path = f"steps/{number}"
        yield from _named("steps", number, step.code, step.name)
        yield from _listed(step.tier, codes.TIERS, f"{path}/tier")
        if step.department is not None:
            yield from _department(step.department, f"{path}/department")
        if step.limit_days is None:
            yield found("catalogue.step_limit_missing", f"{path}/limit_days", step=step.name)
        elif not 0 <= step.limit_days <= DAYS_MAX:
            yield found("catalogue.days_out_of_range", f"{path}/limit_days", value=step.limit_days, most=DAYS_MAX)
    last = item.steps[-1]
    if item.home and last.tier in codes.TIERS and last.tier != item.home:
        yield found(
            "catalogue.last_step_elsewhere", f"steps/{len(item.steps) - 1}/tier", step=last.name, home=item.home
        )
    days = days_in_all(item.steps)
    if item.promised_days is not None and days > item.promised_days:
        yield found("catalogue.steps_over_promised", "steps", days=days, promised=item.promised_days)


def _fields(item: Item) -> Iterator[Finding]:
    yield from _codes_of_parts("fields", [each.code for each in item.fields])
    for number, each in enumerate(item.fields):
        path = f"fields/{number}"
        yield from _named("fields", number, each.code, each.label, "label")
        yield from _listed(each.type, codes.FIELD_TYPES, f"{path}/type")
        if each.type == "choice" and not each.choices:
            yield found("catalogue.choices_missing", f"{path}/choices", label=each.label)
        if not 1 <= each.max_length <= FIELD_LENGTH_MAX:
            yield found(
                "catalogue.length_out_of_range", f"{path}/max_length", value=each.max_length, most=FIELD_LENGTH_MAX
            )


def _questions(item: Item) -> Iterator[Finding]:
    yield from _codes_of_parts("questions", [each.code for each in item.questions])
    for number, each in enumerate(item.questions):
        yield from _named("questions", number, each.code, each.text, "text")
        answers = f"questions/{number}/answers"
        yield from _codes_of_parts(answers, [answer.code for answer in each.answers])
        for place, answer in enumerate(each.answers):
            yield from _named(answers, place, answer.code, answer.label, "label")
