"""What can be wrong with a catalogue: every finding with its severity, in rooms by what it concerns.

An error keeps an item from being published; a warning is for the admin to look at. The sentence of a finding stands in
`texts/catalogue.py`; docs/catalogue.md says of each when it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as made_by

from shared_models import texts

ERROR = "error"
WARNING = "warning"

_E, _W = ERROR, WARNING
ROOMS: dict[str, dict[str, str]] = {
    "codes": {
        "catalogue.code_missing": _E,
        "catalogue.code_basic_only": _E,
        "catalogue.code_malformed": _E,
        "catalogue.code_credit_wrong": _E,
        "catalogue.level_contradicts_code": _E,
        "catalogue.department_code_missing": _E,
        "catalogue.department_code_wrong": _E,
        "catalogue.department_differs": _W,
    },
    "levels": {
        "catalogue.base_code_malformed": _E,
        "catalogue.not_in_base": _W,
        "catalogue.name_differs": _W,
        "catalogue.type_differs": _W,
        "catalogue.basis_differs": _W,
        "catalogue.name_several_codes": _W,
    },
    "description": {
        "catalogue.name_missing": _E,
        "catalogue.department_name_missing": _E,
        "catalogue.choice_missing": _E,
        "catalogue.choice_unknown": _E,
        "catalogue.served_missing": _E,
        "catalogue.basis_missing": _E,
        "catalogue.basis_without_title": _W,
        "catalogue.fee_missing": _E,
        "catalogue.fee_negative": _E,
        "catalogue.result_missing": _E,
    },
    "limits": {
        "catalogue.statutory_days_missing": _E,
        "catalogue.promised_days_missing": _E,
        "catalogue.days_out_of_range": _E,
        "catalogue.limit_without_unit": _E,
        "catalogue.promised_over_statutory": _E,
        "catalogue.immediate_with_limit": _W,
    },
    "materials": {
        "catalogue.materials_missing": _E,
        "catalogue.copies_out_of_range": _E,
        "catalogue.grade_missing": _E,
        "catalogue.source_missing": _E,
        "catalogue.valid_days_out_of_range": _E,
        "catalogue.sample_malformed": _E,
        "catalogue.fact_malformed": _E,
        "catalogue.material_held_elsewhere": _W,
        "catalogue.material_waived_elsewhere": _W,
        "catalogue.material_unused": _W,
        "catalogue.tolerant_without_minor": _W,
    },
    "situations": {
        "catalogue.situations_missing": _E,
        "catalogue.situation_unknown_material": _E,
        "catalogue.situation_without_materials": _W,
        "catalogue.situation_unreachable": _W,
    },
    "questions": {
        "catalogue.question_reason_missing": _E,
        "catalogue.question_answers_few": _E,
        "catalogue.given_unknown_question": _E,
        "catalogue.given_unknown_answer": _E,
        "catalogue.answers_lead_nowhere": _E,
        "catalogue.answers_lead_to_several": _E,
        "catalogue.given_never_holds": _W,
        "catalogue.ways_too_many": _E,
    },
    "steps": {
        "catalogue.steps_missing": _E,
        "catalogue.step_limit_missing": _E,
        "catalogue.step_unknown_before": _E,
        "catalogue.step_cycle": _E,
        "catalogue.step_dead_end": _E,
        "catalogue.last_step_elsewhere": _E,
        "catalogue.steps_over_promised": _W,
        "catalogue.no_counter": _E,
    },
    "forms": {
        "catalogue.rule_unknown_field": _E,
        "catalogue.rule_without_field": _E,
        "catalogue.rule_unknown_answer": _E,
        "catalogue.bound_malformed": _E,
        "catalogue.bound_of_no_number": _E,
        "catalogue.bounds_reversed": _E,
        "catalogue.format_unknown": _E,
        "catalogue.format_of_no_text": _E,
    },
    "texts": {
        "catalogue.part_code_malformed": _E,
        "catalogue.part_code_twice": _E,
        "catalogue.part_name_missing": _E,
        "catalogue.choices_missing": _E,
        "catalogue.length_out_of_range": _E,
        "catalogue.text_too_long": _E,
        "catalogue.text_malformed": _E,
        "catalogue.entry_malformed": _E,
        "catalogue.list_too_long": _E,
        "catalogue.item_too_large": _E,
    },
    "rows": {
        "catalogue.row_without_code": _E,
        "catalogue.row_code_twice": _E,
        "catalogue.row_unknown_item": _E,
        "catalogue.row_without_part_code": _E,
        "catalogue.row_too_wide": _E,
        "catalogue.cell_formula": _E,
        "catalogue.cell_error": _E,
        "catalogue.cell_code_as_number": _E,
        "catalogue.cell_date": _E,
        "catalogue.cell_not_a_number": _E,
        "catalogue.cell_not_a_flag": _E,
        "catalogue.cell_zero_lost": _W,
        "catalogue.column_ignored": _W,
        "catalogue.sheet_ignored": _W,
    },
    "export": {
        "catalogue.foreign_code_malformed": _E,
        "catalogue.foreign_credit_length": _E,
        "catalogue.foreign_credit_wrong": _E,
        "catalogue.foreign_department_code": _E,
        "catalogue.foreign_department_replaced": _W,
        "catalogue.foreign_department_differs": _W,
        "catalogue.foreign_area_differs": _W,
    },
}
"""Room -> code -> severity. `rows` and `export` are found in a file only, the others in any item."""

SEVERITY: dict[str, str] = {code: severity for room in ROOMS.values() for code, severity in room.items()}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at `field`: the path in the item's value (`materials/2/grade`, a JSON pointer without its first
    slash), so that a form can link to it and an import can name the cell. `values` fill the sentence of `code`."""

    code: str
    field: str
    values: dict[str, str | int] = made_by(default_factory=dict)

    @property
    def severity(self) -> str:
        """ERROR or WARNING."""
        return SEVERITY[self.code]

    def sentence(self, language: str = "zh") -> str:
        return texts.sentence(self.code, language, **self.values)


def found(code: str, at: str, **values: str | int) -> Finding:
    """The finding `code` at the path `at`."""
    return Finding(code, at, values)
