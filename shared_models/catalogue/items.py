"""A service item and its parts.

An item is a frozen struct here and plain JSON everywhere else (`to_value`, `item_of`): ASCII keys, texts, integers and
lists. A draft may be as empty as an import left it: an unknown level is 0, an unknown limit is None, an unknown text is
"". Whether it may be published is for `audit.check` to say. Limits are in working days, 0 = on the same day.

Sources: GB/T 39046-2020 (fields and code tables), 国办函〔2016〕108号 (codes of items, evidence grades).
"""

from __future__ import annotations

from typing import Any

import msgspec

from shared_models import canonical
from shared_models.catalogue.codes import AT_COUNTER, HOMES, WORKDAY
from shared_models.refusals import Refusal
from shared_models.signing import digest, text_of


class Department(msgspec.Struct, frozen=True):
    """`code` is the unified social credit code (18 characters)."""

    code: str = ""
    name: str = ""


class BaseItem(msgspec.Struct, frozen=True):
    """An item of the base list 基本目录: what is the same at every level. `code` is the basic code (12 characters)."""

    code: str
    name: str = ""
    item_type: str = ""
    legal_basis: tuple[str, ...] = ()
    served: tuple[int, ...] = ()


class Answered(msgspec.Struct, frozen=True):
    """That `question` (a code) was answered with one of the answers `among` (codes); () = with whatever answer."""

    question: str
    among: tuple[str, ...] = ()


Given = tuple[tuple[Answered, ...], ...]
"""The answers that something depends on: ways to come by it, each of which needs all that stands in it; () = always.
`questions` judges by it."""


class Answer(msgspec.Struct, frozen=True):
    """One of the answers to choose from."""

    code: str
    label: str = ""


class Question(msgspec.Struct, frozen=True):
    """A question that tells the situation, or what is needed in it. `reason` says to the resident why it is asked;
    `given` = the answers to earlier questions after which it is asked at all."""

    code: str
    text: str = ""
    reason: str = ""
    answers: tuple[Answer, ...] = ()
    given: Given = ()


class Situation(msgspec.Struct, frozen=True):
    """One way to come by an item. `question` is what the clerk asks; `materials` are codes of its materials; `given` =
    the answers to the item's questions that lead to it."""

    code: str
    name: str = ""
    question: str = ""
    materials: tuple[str, ...] = ()
    given: Given = ()


class Material(msgspec.Struct, frozen=True):
    """A material. `main` ones can never be handed in later; `waived_by` names the attested fact that replaces it.

    `form` is `original`, `copy` or `electronic`; `grade` A to D; `source` who issues it; `template` a hint; `where`
    the resident gets it; `valid_days` = for how many days one that was taken in is good for another application, None
    where every application needs it anew; `given` = the answers after which a situation that lists it asks for it;
    `sample` = the name of a picture that shows how it should look (`samples`), "" for none.
    """

    code: str
    name: str = ""
    main: bool = False
    required: bool = True
    form: str = "original"
    copies: int = 1
    grade: str = ""
    source: str = ""
    waived_by: str | None = None
    template: str = ""
    where: str = ""
    valid_days: int | None = None
    given: Given = ()
    sample: str = ""


class Step(msgspec.Struct, frozen=True):
    """A step at `tier` (station, district, city). `department` None = the item's own.

    `after` are codes of the steps that must be done before it begins; () = the one listed before it. Steps that wait
    for the same one run in parallel. The last one listed concludes the case.
    """

    code: str
    name: str = ""
    tier: str = ""
    department: Department | None = None
    limit_days: int | None = None
    after: tuple[str, ...] = ()


class Rule(msgspec.Struct, frozen=True, omit_defaults=True):
    """When a field is asked for, and what fits it beyond its type; `forms` judges by it.

    `when` = code of an earlier field: this one is asked only where that one was answered, with one of `among` if any
    stands there. `least`, `most` = bounds of a number (`0.5`) or of a date (`2026-01-31`, or counted from the day of
    the application: `today`, `today-18y`, `today+6m`, `today-90d`). `format` = a code of `codes.FORMATS`."""

    when: str = ""
    among: tuple[str, ...] = ()
    least: str = ""
    most: str = ""
    format: str = ""


class FormField(msgspec.Struct, frozen=True):
    """A field of the form. `type` is text, date, number, choice, phone or id_number; `max_length` in characters;
    `given` = the answers to the item's questions after which it is in the form at all. A field without a `rule` has
    none in its value either, as before there were any: its hash stays the same."""

    code: str
    label: str = ""
    type: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    max_length: int = 200
    rule: Rule | msgspec.UnsetType = msgspec.UNSET
    given: Given = ()


class Result(msgspec.Struct, frozen=True):
    """What the resident takes home. `kind` is one of `codes.RESULT_KINDS`."""

    name: str = ""
    kind: str = ""


class Item(msgspec.Struct, frozen=True):
    """A service item. `code` is the implementation code (`identifiers.item_code`); a draft may hold any other.

    `fee` is the sentence shown; `fee_cents` the amount where there is a fixed one, else 0. The units of the limits are
    `codes.WORKDAY`, or "" where a file did not say; `channels` are codes of 办理形式, 1 = at a counter.
    """

    code: str
    name: str = ""
    item_type: str = ""
    level: int = 0
    department: Department = Department()
    served: tuple[int, ...] = ()
    case_type: int = 0
    legal_basis: tuple[str, ...] = ()
    situations: tuple[Situation, ...] = ()
    materials: tuple[Material, ...] = ()
    fields: tuple[FormField, ...] = ()
    steps: tuple[Step, ...] = ()
    statutory_days: int | None = None
    promised_days: int | None = None
    fee: str = ""
    fee_cents: int = 0
    result: Result = Result()
    keywords: tuple[str, ...] = ()
    tolerant: bool = False
    statutory_unit: str = WORKDAY
    promised_unit: str = WORKDAY
    channels: tuple[int, ...] = (AT_COUNTER,)
    questions: tuple[Question, ...] = ()

    @property
    def home(self) -> str:
        """The tier that concludes a case: `station`, `district`, `city`, or "" where the level is unknown."""
        return HOMES.get(self.level, "")


_ADDED: dict[str, Any] = {
    "statutory_unit": WORKDAY, "promised_unit": WORKDAY, "channels": [AT_COUNTER], "questions": [],
}  # fmt: skip
"""Fields that items of former versions lack, with what they mean there. They are left out where they say just that, so
that an item which nobody changed keeps its content hash."""
_ADDED_TO_PARTS: dict[str, dict[str, Any]] = {
    "situations": {"given": []},
    "materials": {"where": "", "valid_days": None, "given": [], "sample": ""},
    "fields": {"given": []},
    "steps": {"after": []},
}
"""The same of the entries of its lists."""


def to_value(struct: msgspec.Struct) -> dict[str, Any]:
    """The plain JSON value of an item, a version or a difference."""
    value: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(struct))
    if isinstance(struct, Item):
        for name, usual in _ADDED.items():
            if value[name] == usual:
                del value[name]
        for part, added in _ADDED_TO_PARTS.items():
            for each in value[part]:
                for name, usual in added.items():
                    if each[name] == usual:
                        del each[name]
    return value


def item_of(value: Any) -> Item:
    """The item of a plain JSON value. Raises Refusal `catalogue.not_an_item`."""
    try:
        return msgspec.convert(value, Item)
    except msgspec.ValidationError as error:
        raise Refusal("catalogue.not_an_item", reason=str(error)) from None


def base_of(value: Any) -> BaseItem:
    """The entry of the base list of a plain JSON value. Raises Refusal `catalogue.not_an_item`."""
    try:
        return msgspec.convert(value, BaseItem)
    except msgspec.ValidationError as error:
        raise Refusal("catalogue.not_an_item", reason=str(error)) from None


def content_hash(value: dict[str, Any]) -> str:
    """SHA-256 of the canonical bytes of an item's value, base64url: what a version lists.

    Of the value, not of the struct: a field that a later version of this program adds must survive and be hashed.
    """
    return text_of(digest(canonical.encode(value)))


def conditions(item: Item) -> tuple[Given, ...]:
    """Every condition on answers that stands in an item."""
    return (
        *(each.given for each in item.questions if each.given),
        *(each.given for each in item.situations if each.given),
        *(each.given for each in item.materials if each.given),
        *(each.given for each in item.fields if each.given),
    )


def needed(item: Item, situation_code: str) -> tuple[Material, ...]:
    """The materials that a situation asks for, in the item's order. Raises Refusal for an unknown situation."""
    situation = next((each for each in item.situations if each.code == situation_code), None)
    if situation is None:
        raise Refusal("catalogue.unknown_situation", situation=situation_code, item=item.name)
    return tuple(material for material in item.materials if material.code in situation.materials)
