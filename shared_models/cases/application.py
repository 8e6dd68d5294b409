"""What a clerk takes in: the resident, the item's terms, and the materials with their files."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec.structs import replace

from shared_models import canonical
from shared_models.cases.agents import Agent

RECEIVED, WAIVED, MISSING, PROMISED = "received", "waived", "missing", "promised"
"""States of a material. `promised`: it comes later, and the case is accepted on the applicant's written promise."""

Number = Annotated[int, msgspec.Meta(ge=-canonical.INTEGER_MAX, le=canonical.INTEGER_MAX)]
"""A number as a body may hold it."""


class Resident(msgspec.Struct, frozen=True, gc=False):
    """The applicant. `birth` is an ISO date; `sex` is `male` or `female`; `pseudonym` is the city's keyed hash."""

    name: str
    id_number: str
    birth: str
    sex: str
    phone: str
    address: str
    pseudonym: str = ""


class Attachment(msgspec.Struct, frozen=True, gc=False):
    """A file of a material: `hash` = SHA-256 of its content (base64url), size in bytes, media type, shown name.
    `turned` = by how many degrees clockwise it is shown turned (90, 180, 270); not there where it stands upright. The
    content stays what the camera gave, byte for byte."""

    hash: str
    size: Number
    media_type: str
    name: str
    turned: Number | msgspec.UnsetType = msgspec.UNSET


class Reused(msgspec.Struct, frozen=True, gc=False):
    """Where a material was handed in that is used again: `number` of the resident's earlier case, the `day` on which
    that was taken in, by whom (opaque id of the clerk), and the last day on which the material is good (ISO dates)."""

    number: str
    day: str
    actor: str
    until: str


class Material(msgspec.Struct, frozen=True, gc=False):
    """One material of a case. `attestation` names the credential that stands in for a waived one; `reused` is there
    where it was not handed in for this case, and leaves no trace in the value where it was."""

    code: str
    name: str
    main: bool
    required: bool
    state: str
    grade: str = ""
    attestation: str = ""
    note: str = ""
    attachments: tuple[Attachment, ...] = ()
    reused: Reused | msgspec.UnsetType = msgspec.UNSET


class ItemTerms(msgspec.Struct, frozen=True, gc=False):
    """What a case keeps of its service item: it is judged by the catalogue version that it was accepted under."""

    code: str
    name: str
    version: Number
    hash: str
    home: str
    department: str
    department_name: str
    promised_days: Number
    result: str = ""


class Deadline(msgspec.Struct, frozen=True, gc=False):
    """Promised last day (ISO date); `provisional` where the calendar is not known that far."""

    day: str
    provisional: bool = False


class Promise(msgspec.Struct, frozen=True, gc=False):
    """The applicant's written promise to bring what is missing, by `day` (ISO date), `days` working days on."""

    day: str
    days: Number
    provisional: bool = False


class Declined(msgspec.Struct, frozen=True, gc=False):
    """Why an inquiry is not ours, and who is asked instead: `reasons` from `commands.DECLINE_REASONS`, `note` in the
    clerk's words, `ask` = the body or window, `where` = its address or telephone, "" if not known."""

    reasons: tuple[str, ...]
    ask: str
    where: str = ""
    note: str = ""


class Said(msgspec.Struct, frozen=True, gc=False):
    """A question that told the situation and its answer: codes of the item as it was then, and both in words."""

    question: str
    answer: str
    text: str
    label: str


class Application(msgspec.Struct, frozen=True, gc=False):
    """The content of an acceptance, of a one-time notice, and of an answer that an inquiry is not ours. `promise` is
    there where materials were promised, `declined` in such an answer, `answers` where questions told the situation,
    `agent` where somebody else came for the applicant, `until` in a notice: the last day (ISO date) by which it asks
    for what is missing; where they are not, they leave no trace in the value."""

    number: str
    query_code: str
    item: ItemTerms
    situation: str
    situation_name: str
    resident: Resident
    fields: dict[str, str]
    materials: tuple[Material, ...]
    day: str
    deadline: Deadline
    station_name: str
    promise: Promise | msgspec.UnsetType = msgspec.UNSET
    declined: Declined | msgspec.UnsetType = msgspec.UNSET
    answers: tuple[Said, ...] | msgspec.UnsetType = msgspec.UNSET
    agent: Agent | msgspec.UnsetType = msgspec.UNSET
    until: str | msgspec.UnsetType = msgspec.UNSET

    def said(self) -> tuple[Said, ...]:
        """The answers by which the situation was found; none where it was chosen from a list."""
        return () if isinstance(self.answers, msgspec.UnsetType) else self.answers

    def missing(self) -> tuple[Material, ...]:
        """Required materials that neither are there nor were promised."""
        return tuple(m for m in self.materials if m.required and m.state == MISSING)

    def promised(self) -> tuple[Material, ...]:
        """Materials that the applicant promised and has not brought yet."""
        return tuple(m for m in self.materials if m.state == PROMISED)


class _Body(Application, frozen=True, gc=False):
    """The body of a record that begins a case, as this version writes it."""

    salt: str = ""


_decoder = msgspec.json.Decoder(_Body)
_encoder = msgspec.json.Encoder(order="sorted")


def application_in(body: bytes) -> Application | None:
    """The application that a body holds: what `canonical.decode` and a conversion give together, in a third of their
    time. None for all that is not, byte for byte, what this version writes of one: there the long way tells."""
    try:
        read = _decoder.decode(body)
        if _encoder.encode(read) != body or not "".join(read.fields).isascii():
            return None
    except (ValueError, RecursionError):
        return None
    return Application(
        read.number, read.query_code, read.item, read.situation, read.situation_name, read.resident, read.fields,
        read.materials, read.day, read.deadline, read.station_name, read.promise, read.declined, read.answers,
        read.agent, read.until,
    )  # fmt: skip


def merged(old: tuple[Material, ...], new: tuple[Material, ...]) -> tuple[Material, ...]:
    """The materials after a supplement: a new state replaces a missing one, attachments of both are kept."""
    fresh = {material.code: material for material in new}
    result = []
    for material in old:
        newer = fresh.pop(material.code, None)
        if newer is None:
            result.append(material)
            continue
        kept = material.attachments + tuple(a for a in newer.attachments if a not in material.attachments)
        result.append(replace(newer if newer.state != MISSING else material, attachments=kept))
    return (*result, *fresh.values())
