"""What a clerk entered for one application, and everything that is wrong with it, field by field.

Nothing here is refused at the first fault: a clerk is told everything at once. A fault names its form field, so that
whoever shows it can lead there. Values are kept as typed; what is recorded is their normal form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from shared_models import cases, identifiers
from shared_models.cases import Attachment
from shared_models.catalogue import FormField, Material
from shared_models.identifiers import ResidentId
from shared_models.refusals import Refusal

NAME_MAX = 60
ADDRESS_MAX = 200
FILES_OF_MATERIAL_MAX = 10

Fault = tuple[str, Refusal]
"""(name of the form field, what is wrong with it)."""

BLANK = frozenset({
    "desk.name_missing",
    "desk.id_number_missing",
    "desk.phone_missing",
    "desk.address_missing",
    "desk.field_missing",
})  # fmt: skip
"""Faults that only say that something was not filled in yet."""

_PHONE = re.compile(r"1[0-9]{10}|(0[0-9]{2,3}-?)?[0-9]{7,8}(-[0-9]{1,6})?")
_DATE = re.compile(r"([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Entry:
    """As typed. `fields` and `materials` go by the item's codes; a material is `received`, `missing`, or "" where
    nothing was said; `files` are those already written to disk."""

    name: str = ""
    id_number: str = ""
    phone: str = ""
    address: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    materials: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[Attachment, ...]] = field(default_factory=dict)


def plain(text: str) -> str:
    """Half-width, without blanks around and with single ones inside: how names and numbers are kept."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


class Reading:
    """Reads values one by one and collects what is wrong."""

    def __init__(self, today: date) -> None:
        self._today = today
        self.faults: list[Fault] = []

    def fault(self, name: str, refusal: Refusal) -> str:
        """Notes a fault; gives "", the value of a field that cannot be used."""
        self.faults.append((name, refusal))
        return ""

    def resident_id(self, entry: Entry) -> ResidentId | None:
        if not plain(entry.id_number):
            self.fault("id_number", Refusal("desk.id_number_missing"))
            return None
        try:
            return identifiers.resident_id(entry.id_number, self._today)
        except Refusal as refusal:
            self.fault("id_number", refusal)
            return None

    def name(self, entry: Entry) -> str:
        text = plain(entry.name)
        if not text:
            return self.fault("name", Refusal("desk.name_missing"))
        if len(text) > NAME_MAX or any(character.isdigit() for character in text):
            return self.fault("name", Refusal("desk.name_malformed", most=NAME_MAX))
        return text

    def phone(self, entry: Entry) -> str:
        text = plain(entry.phone).replace(" ", "")
        if not text:
            return self.fault("phone", Refusal("desk.phone_missing"))
        return text if _PHONE.fullmatch(text) else self.fault("phone", Refusal("desk.phone_malformed"))

    def address(self, entry: Entry) -> str:
        text = plain(entry.address)
        if not text:
            return self.fault("address", Refusal("desk.address_missing"))
        if len(text) > ADDRESS_MAX:
            return self.fault("address", Refusal("desk.address_too_long", most=ADDRESS_MAX))
        return text

    def fields(self, entry: Entry, asked: tuple[FormField, ...]) -> dict[str, str]:
        """The item's own fields, without those that were left empty."""
        found = {each.code: self._field(each, plain(entry.fields.get(each.code, ""))) for each in asked}
        return {code: text for code, text in found.items() if text}

    def _field(self, asked: FormField, text: str) -> str:
        name = f"field.{asked.code}"
        if not text:
            return self.fault(name, Refusal("desk.field_missing", label=asked.label)) if asked.required else ""
        if len(text) > asked.max_length:
            return self.fault(name, Refusal("desk.text_too_long", label=asked.label, most=asked.max_length))
        try:
            return _READERS.get(asked.type, _text)(asked, text, self._today)
        except Refusal as refusal:
            return self.fault(name, refusal)

    def materials(
        self, entry: Entry, asked: tuple[Material, ...], waived: Mapping[str, str]
    ) -> tuple[cases.Material, ...]:
        """Each material that the situation asks for, with its state. `waived` = code -> id of the attestation."""
        return tuple(self._material(entry, each, waived.get(each.code, "")) for each in asked)

    def _material(self, entry: Entry, asked: Material, attestation: str) -> cases.Material:
        name, said = f"material.{asked.code}", entry.materials.get(asked.code, "")
        files = entry.files.get(asked.code, ())
        if said not in ("", cases.RECEIVED, cases.MISSING):
            self.fault(name, Refusal("desk.material_state", name=asked.name))
        if len(files) > FILES_OF_MATERIAL_MAX:
            self.fault(f"file.{asked.code}", Refusal("desk.too_many_files", most=FILES_OF_MATERIAL_MAX))
        if said == cases.MISSING and files and not attestation:
            self.fault(name, Refusal("desk.material_contradiction", name=asked.name))
        state = cases.RECEIVED if said == cases.RECEIVED or (files and not said) else cases.MISSING
        return cases.Material(
            asked.code, asked.name, asked.main, asked.required, cases.WAIVED if attestation else state, asked.grade,
            attestation, attachments=files,
        )  # fmt: skip


# The types of an item's own fields: each reader gives the normal form or raises a Refusal.


def _text(asked: FormField, text: str, today: date) -> str:
    return text


def _date(asked: FormField, text: str, today: date) -> str:
    found = _DATE.fullmatch(text)
    try:
        return date(*map(int, found.groups())).isoformat() if found else date.fromisoformat(text).isoformat()
    except ValueError:
        raise Refusal("desk.field_date", label=asked.label) from None


def _number(asked: FormField, text: str, today: date) -> str:
    if not _NUMBER.fullmatch(text):
        raise Refusal("desk.field_number", label=asked.label)
    return text


def _choice(asked: FormField, text: str, today: date) -> str:
    if text not in map(plain, asked.choices):
        raise Refusal("desk.field_choice", label=asked.label)
    return text


def _phone(asked: FormField, text: str, today: date) -> str:
    if not _PHONE.fullmatch(text.replace(" ", "")):
        raise Refusal("desk.phone_malformed")
    return text.replace(" ", "")


def _id_number(asked: FormField, text: str, today: date) -> str:
    return identifiers.resident_id(text, today).number


_READERS: Mapping[str, Callable[[FormField, str, date], str]] = {
    "date": _date,
    "number": _number,
    "choice": _choice,
    "phone": _phone,
    "id_number": _id_number,
}


def worth_saying(faults: list[Fault]) -> Iterator[Fault]:
    """Without those that only say that something is still empty; but an id number is always asked for."""
    return ((name, refusal) for name, refusal in faults if name == "id_number" or refusal.code not in BLANK)
