"""What is wrong with the rules of a form: conditions that nothing can meet, bounds and formats that say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from shared_models.catalogue import codes, forms
from shared_models.catalogue.findings import Finding, found
from shared_models.catalogue.items import FormField, Rule

NUMBER, DATE, TEXT = "number", "date", "text"


def check_rules(fields: Sequence[FormField]) -> Iterator[Finding]:
    """Everything wrong with the rules of `fields`, in their order."""
    earlier: dict[str, FormField] = {}
    for number, field in enumerate(fields):
        rule, path = forms.rule_of(field), f"fields/{number}/rule"
        yield from _condition(field, rule, earlier, path)
        yield from _bounds(field, rule, path)
        if rule.format and rule.format not in codes.FORMATS:
            yield found("catalogue.format_unknown", f"{path}/format", label=field.label, value=rule.format[:40])
        elif rule.format and field.type != TEXT:
            yield found("catalogue.format_of_no_text", f"{path}/format", label=field.label)
        earlier[field.code] = field


def _condition(field: FormField, rule: Rule, earlier: Mapping[str, FormField], path: str) -> Iterator[Finding]:
    asked = earlier.get(rule.when)
    if rule.when and asked is None:
        yield found("catalogue.rule_unknown_field", f"{path}/when", label=field.label, value=rule.when[:40])
    if rule.among and not rule.when:
        yield found("catalogue.rule_without_field", f"{path}/among", label=field.label)
    if asked is not None and asked.type == "choice":
        possible = {forms.plain(each) for each in asked.choices}
        for answer in rule.among:
            if forms.plain(answer) not in possible:
                yield found(
                    "catalogue.rule_unknown_answer", f"{path}/among", label=field.label, value=answer[:40],
                    asked=asked.label,
                )  # fmt: skip


def _bounds(field: FormField, rule: Rule, path: str) -> Iterator[Finding]:
    fits = {NUMBER: forms.is_number, DATE: forms.is_day}.get(field.type)
    sound = True
    for name, text in (("least", rule.least), ("most", rule.most)):
        if text and fits is None:
            yield found("catalogue.bound_of_no_number", f"{path}/{name}", label=field.label)
        elif text and fits is not None and not fits(text):
            yield found("catalogue.bound_malformed", f"{path}/{name}", label=field.label, value=text[:40])
        sound = sound and bool(text) and fits is not None and fits(text)
    if sound and _reversed(field.type, rule):
        yield found("catalogue.bounds_reversed", f"{path}/most", label=field.label, least=rule.least, most=rule.most)


def _reversed(kind: str, rule: Rule) -> bool:
    """Whether nothing lies between both bounds, whatever day it is."""
    if kind == NUMBER:
        return Decimal(rule.least) > Decimal(rule.most)
    least, most = forms.fixed_day(rule.least), forms.fixed_day(rule.most)
    return least is not None and most is not None and least > most
