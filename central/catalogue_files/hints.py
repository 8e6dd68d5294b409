"""What to type instead: a sentence of its own beside each thing that an audit or an import finds.

The sentence of a finding says what is wrong. The hint is for the hand at the cell: what goes into it, with the right
value where that can be told, such as the check digit that fits. Its words stand in `texts/hints.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from central.catalogue_files.columns import BASE, SHEETS, Column
from central.catalogue_files.standard import aliases
from shared_models import texts
from shared_models.catalogue.comparing import BASIC_LENGTH
from shared_models.identifiers import credit_code_checked

Values = Mapping[str, str | int]
CREDIT_LENGTH = 18

_HINTS = {
    "code_missing": "code", "code_malformed": "code", "row_without_code": "code", "code_basic_only": "code_from_basic",
    "foreign_code_malformed": "code", "foreign_credit_length": "credit_ask", "foreign_area_differs": "compare",
    "foreign_department_code": "credit_ask", "foreign_department_replaced": "take_inside",
    "foreign_department_differs": "take_inside", "department_differs": "take_inside",
    "level_contradicts_code": "level", "department_name_missing": "fill", "base_code_malformed": "basic",
    "not_in_base": "base", "name_differs": "same_name", "type_differs": "same_type", "basis_differs": "same_basis",
    "name_several_codes": "one_code", "name_missing": "fill", "choice_missing": "choose", "choice_unknown": "choose",
    "served_missing": "fill", "basis_missing": "basis", "basis_without_title": "basis", "fee_missing": "fill",
    "fee_negative": "number", "result_missing": "fill", "statutory_days_missing": "number",
    "promised_days_missing": "number", "days_out_of_range": "number_within", "limit_without_unit": "choose",
    "promised_over_statutory": "promised", "immediate_with_limit": "immediate", "materials_missing": "part",
    "situations_missing": "part", "steps_missing": "part", "copies_out_of_range": "number_within",
    "grade_missing": "choose", "source_missing": "fill", "fact_malformed": "fact", "material_held_elsewhere": "waive",
    "material_waived_elsewhere": "waive_by", "material_unused": "use_material", "tolerant_without_minor": "minor",
    "situation_unknown_material": "use_known_material", "situation_without_materials": "materials",
    "situation_unreachable": "question", "step_limit_missing": "number", "step_unknown_before": "before",
    "step_cycle": "before", "step_dead_end": "dead_end", "last_step_elsewhere": "last_step",
    "steps_over_promised": "steps", "no_counter": "counter", "rule_unknown_field": "field_before",
    "rule_without_field": "field_before", "rule_unknown_answer": "answer", "bound_malformed": "bound",
    "bound_of_no_number": "clear", "bounds_reversed": "swap", "format_unknown": "choose", "format_of_no_text": "clear",
    "part_code_malformed": "part_code", "part_code_twice": "part_code", "row_without_part_code": "part_code",
    "part_name_missing": "fill", "choices_missing": "entries", "length_out_of_range": "number_within",
    "text_too_long": "shorten", "text_malformed": "retype", "entry_malformed": "entries", "list_too_long": "fewer",
    "item_too_large": "split", "row_code_twice": "twice", "row_unknown_item": "owner", "row_too_wide": "quotes",
    "cell_formula": "paste", "cell_error": "paste", "cell_code_as_number": "as_text", "cell_date": "as_text",
    "cell_not_a_number": "number", "cell_not_a_flag": "flag", "cell_zero_lost": "zero", "column_ignored": "heading",
    "sheet_ignored": "sheet", "valid_days_out_of_range": "number_within", "question_answers_few": "answers",
    "given_unknown_question": "given", "given_unknown_answer": "given", "given_never_holds": "given",
    "answers_lead_nowhere": "ways", "answers_lead_to_several": "ways", "ways_too_many": "fewer_questions",
}  # fmt: skip
"""Code of a finding, without its room -> the hint beside it; `fill` for one that is not here."""


def hint(code: str, values: Values, item: str, column: str, language: str = "zh") -> str:
    """What to type for the finding `code` in the column with this heading; `item` is the code of the item concerned.
    What has no hint of its own is told what its column takes."""
    short = code.partition(".")[2]
    name, more = _HINTS.get(short, "fill"), dict(values)
    if short in _COMPUTED:
        name, computed = _COMPUTED[short](values, item)
        more |= computed
    described = _column(column)
    note = described.note if described else ""
    known = "、".join(described.kind.choices) if described else ""
    if name == "choose" and not known:
        name, known = ("choose", str(values["known"])) if "known" in values else ("fill", "")
    if name == "fill" and not note:
        name = "fill_plainly"
    more |= {"column": column or "—", "note": note.rstrip("。"), "known": known or str(values.get("known", ""))}
    return texts.sentence(f"hints.{name}", language, **more)


@cache
def _column(heading: str) -> Column | None:
    every = ((sheet, column) for sheet in (*SHEETS, BASE) for column in sheet.columns)
    named = (c for sheet, c in every if heading in (c.heading, *_others(sheet.name, c.heading)))
    return next(named, None)


def _others(sheet: str, heading: str) -> list[str]:
    return [other for other, own in aliases(sheet).items() if own == heading]


def _credit(values: Values, item: str) -> tuple[str, dict[str, str | int]]:
    """The right check digit, where the other characters can be right."""
    wrong = str(values.get("value", "")).upper()
    right = credit_code_checked(wrong)
    if right is None:
        return "credit_ask", {}
    whole = right + item[CREDIT_LENGTH:] if item.startswith(wrong) else right
    return "credit", {"right": right, "whole": whole}


def _department(_: Values, item: str) -> tuple[str, dict[str, str | int]]:
    """The credit code that the item's own code begins with."""
    inside = item[:CREDIT_LENGTH]
    return ("department", {"right": inside}) if credit_code_checked(inside) == inside else ("credit_ask", {})


def _several(values: Values, _: str) -> tuple[str, dict[str, str | int]]:
    return "one_code", {"basic": str(values["first"])[-BASIC_LENGTH:]}


_COMPUTED: dict[str, Callable[[Values, str], tuple[str, dict[str, str | int]]]] = {
    "code_credit_wrong": _credit,
    "foreign_credit_wrong": _credit,
    "department_code_wrong": _credit,
    "department_code_missing": _department,
    "name_several_codes": _several,
}
