"""The form of an item as data: which fields are asked for, and whether what was entered fits them.

One judgement, wherever it is made: while a clerk types, at the station before anything is kept, and at a hub that
looks at a case. It depends on the fields, on what was entered and on the day of the application, and on nothing else.
Values come in as typed; what is kept is their normal form, and judging that again gives the same.

A field whose rule names another is asked only where that one was answered so; what was typed into a field that is not
asked for is left out, and is no fault.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from decimal import Decimal

from stdnum import luhn

from shared_models import identifiers
from shared_models.catalogue.items import FormField, Rule
from shared_models.refusals import Refusal

NO_RULE = Rule()

_PHONE = re.compile(r"1[0-9]{10}|(0[0-9]{2,3}-?)?[0-9]{7,8}(-[0-9]{1,6})?")
_DATE = re.compile(r"([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_COUNTED = re.compile(r"today(?:([+-])([0-9]{1,4})([dmy]))?")
_DIGITS = re.compile(r"[0-9]+")
_CHINESE = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af·]+")
_POSTCODE = re.compile(r"[0-9]{6}")
_CARD = re.compile(r"[0-9]{12,19}")
_PLATE = re.compile(r"[\u4e00-\u9fff][A-Z][A-Z0-9]{4,5}[A-Z0-9\u4e00-\u9fff]")


@dataclass(frozen=True)
class Judged:
    """`values`: code -> normal form of what was entered well. `faults`: code -> what is wrong. `asked`: the codes of
    the fields that are asked for with these answers, in the form's order."""

    values: Mapping[str, str]
    faults: Mapping[str, Refusal]
    asked: tuple[str, ...]


def plain(text: str) -> str:
    """Half-width, without blanks around and with single ones inside: how names, numbers and answers are kept."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def rule_of(field: FormField) -> Rule:
    """The rule of a field; one that asks for nothing where it has none."""
    return field.rule if isinstance(field.rule, Rule) else NO_RULE


def judge(fields: Iterable[FormField], entered: Mapping[str, str], today: date) -> Judged:
    """What of `entered` (code of a field -> text) can be kept, and everything that is wrong with it."""
    values: dict[str, str] = {}
    faults: dict[str, Refusal] = {}
    asked: list[str] = []
    for field in fields:
        if not _is_asked(rule_of(field), values):
            continue
        asked.append(field.code)
        try:
            text = read(field, entered.get(field.code, ""), today)
        except Refusal as refusal:
            faults[field.code] = refusal
        else:
            if text:
                values[field.code] = text
    return Judged(values, faults, tuple(asked))


def faults_of(fields: Sequence[FormField], kept: Mapping[str, str], day: date) -> list[Refusal]:
    """What is wrong with answers that are kept already: as `judge` says, and those that were not to be asked for."""
    judged = judge(fields, kept, day)
    labels = {field.code: field.label for field in fields}
    odd = [Refusal("forms.not_asked", label=labels.get(code) or code) for code in kept if code not in judged.asked]
    return [*judged.faults.values(), *odd]


def _is_asked(rule: Rule, values: Mapping[str, str]) -> bool:
    if not rule.when:
        return True
    answer = values.get(rule.when, "")
    return answer in map(plain, rule.among) if rule.among else bool(answer)


def read(field: FormField, text: str, today: date) -> str:
    """The normal form of one answer, "" for none. Raises Refusal `forms.…`, `identifiers.…`."""
    text = plain(text)
    if not text:
        if field.required:
            raise Refusal("forms.missing", label=field.label)
        return ""
    if len(text) > field.max_length and field.type != "date":  # the normal form of a day may be longer than as typed
        raise Refusal("forms.too_long", label=field.label, most=field.max_length)
    return _READERS.get(field.type, _text)(field, text, today)


# ---------------------------------------------------------------- types


def _text(field: FormField, text: str, today: date) -> str:
    reader = _FORMATS.get(rule_of(field).format)
    return text if reader is None else reader(field, text)


def _date(field: FormField, text: str, today: date) -> str:
    day = fixed_day(text)
    if day is None:
        raise Refusal("forms.date", label=field.label)
    rule = rule_of(field)
    least, most = _bound(rule.least, today), _bound(rule.most, today)
    if least is not None and day < least:
        raise Refusal("forms.date_early", label=field.label, least=least.isoformat())
    if most is not None and day > most:
        raise Refusal("forms.date_late", label=field.label, most=most.isoformat())
    return day.isoformat()


def _number(field: FormField, text: str, today: date) -> str:
    if not _NUMBER.fullmatch(text):
        raise Refusal("forms.number", label=field.label)
    rule = rule_of(field)
    if is_number(rule.least) and Decimal(text) < Decimal(rule.least):
        raise Refusal("forms.number_small", label=field.label, least=rule.least)
    if is_number(rule.most) and Decimal(text) > Decimal(rule.most):
        raise Refusal("forms.number_large", label=field.label, most=rule.most)
    return text


def _choice(field: FormField, text: str, today: date) -> str:
    if text not in map(plain, field.choices):
        raise Refusal("forms.choice", label=field.label)
    return text


def phone(text: str) -> str:
    """The number without blanks. Raises Refusal forms.phone."""
    number = plain(text).replace(" ", "")
    if not _PHONE.fullmatch(number):
        raise Refusal("forms.phone")
    return number


def _phone(field: FormField, text: str, today: date) -> str:
    return phone(text)


def _id_number(field: FormField, text: str, today: date) -> str:
    return identifiers.resident_id(text, today).number


_READERS: Mapping[str, Callable[[FormField, str, date], str]] = {
    "date": _date,
    "number": _number,
    "choice": _choice,
    "phone": _phone,
    "id_number": _id_number,
}

# ---------------------------------------------------------------- formats of a text


def _shaped(shape: re.Pattern[str], code: str) -> Callable[[FormField, str], str]:
    def reader(field: FormField, text: str) -> str:
        if not shape.fullmatch(text):
            raise Refusal(code, label=field.label)
        return text

    return reader


def _credit_code(field: FormField, text: str) -> str:
    return identifiers.credit_code(text)


def _bank_card(field: FormField, text: str) -> str:
    """ISO/IEC 7812: 12 to 19 digits, the last of which is Luhn's; blanks and hyphens between do no harm."""
    number = text.replace(" ", "").replace("-", "")
    if not _CARD.fullmatch(number):
        raise Refusal("forms.bank_card", label=field.label)
    if not luhn.is_valid(number):
        raise Refusal("forms.bank_card_check", label=field.label)
    return number


def _plate(field: FormField, text: str) -> str:
    """GA 36: province, letter of the place, five characters, six on an electric car."""
    number = text.upper().replace(" ", "").replace("·", "")
    if not _PLATE.fullmatch(number):
        raise Refusal("forms.plate", label=field.label)
    return number


_FORMATS: Mapping[str, Callable[[FormField, str], str]] = {
    "digits": _shaped(_DIGITS, "forms.digits"),
    "chinese": _shaped(_CHINESE, "forms.chinese"),
    "postcode": _shaped(_POSTCODE, "forms.postcode"),
    "credit_code": _credit_code,
    "bank_card": _bank_card,
    "plate": _plate,
}

# ---------------------------------------------------------------- bounds


def is_number(text: str) -> bool:
    """Whether `text` is a number as fields and bounds have them."""
    return bool(_NUMBER.fullmatch(text))


def is_day(text: str) -> bool:
    """Whether `text` is a bound of a date: a day, or one counted from the day of the application."""
    return bool(_COUNTED.fullmatch(text)) or fixed_day(text) is not None


def fixed_day(text: str) -> date | None:
    """The day that `text` names by itself; None for anything else."""
    found = _DATE.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else date.fromisoformat(text)
    except ValueError:
        return None


def _bound(text: str, today: date) -> date | None:
    """The day that a bound names; None where there is none, or where it lies outside of what a calendar can say."""
    found = _COUNTED.fullmatch(text)
    if found is None:
        return fixed_day(text)
    if not found[1]:
        return today
    number = int(found[2]) if found[1] == "+" else -int(found[2])
    try:
        return today + timedelta(days=number) if found[3] == "d" else _months_on(today, number, found[3])
    except (ValueError, OverflowError):
        return None


def _months_on(day: date, number: int, unit: str) -> date:
    """The same day some months or years on; the last of the month where it has no such day."""
    months = day.year * 12 + day.month - 1 + (number if unit == "m" else number * 12)
    year, month = divmod(months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise ValueError
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError
