"""What a clerk entered for one application, and everything that is wrong with it, field by field.

Nothing here is refused at the first fault: a clerk is told everything at once. A fault names its form field, so that
whoever shows it can lead there. Values are kept as typed; what is recorded is their normal form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from edge_node.known import Paper
from shared_models import cases, identifiers
from shared_models.cases import Agent, Attachment
from shared_models.catalogue import FormField, Material, forms
from shared_models.catalogue.forms import plain
from shared_models.identifiers import ResidentId
from shared_models.refusals import Refusal

NAME_MAX = 60
ADDRESS_MAX = 200
FILES_OF_MATERIAL_MAX = 10
PROMISE_DAYS = 5
"""Working days that a promise usually runs."""

Fault = tuple[str, Refusal]
"""(name of the form field, what is wrong with it)."""

BLANK = frozenset({
    "desk.name_missing",
    "desk.id_number_missing",
    "desk.phone_missing",
    "desk.address_missing",
    "desk.agent_missing",
    "forms.missing",
})  # fmt: skip
"""Faults that only say that something was not filled in yet."""


AGENT = ("name", "id_number", "phone", "relation")
NOBODY = Agent("", "", "", "")
REUSED = "reused:"
"""What is said of a material that is taken over from an earlier case: this, and the number of that case."""


@dataclass(frozen=True)
class Entry:
    """As typed. `fields` and `materials` go by the item's codes; a material is `received`, `missing`, `promised`,
    REUSED with a case number, or "" where nothing was said; `files` are those already written to disk; `promise_days` =
    within how many working days what is promised comes, "" for the usual number; `agent` = who came for the applicant,
    NOBODY where the applicant did; `answers` to the item's questions, code -> code, are those by which the situation
    was found."""

    name: str = ""
    id_number: str = ""
    phone: str = ""
    address: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    materials: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[Attachment, ...]] = field(default_factory=dict)
    promise_days: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    agent: Agent = NOBODY


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
        if not plain(entry.phone):
            return self.fault("phone", Refusal("desk.phone_missing"))
        try:
            return forms.phone(entry.phone)
        except Refusal as refusal:
            return self.fault("phone", refusal)

    def address(self, entry: Entry) -> str:
        text = plain(entry.address)
        if not text:
            return self.fault("address", Refusal("desk.address_missing"))
        if len(text) > ADDRESS_MAX:
            return self.fault("address", Refusal("desk.address_too_long", most=ADDRESS_MAX))
        return text

    def agent(self, typed: Agent, applicant: str) -> Agent | UnsetType:
        """Who acts for the applicant (`applicant` = the id number); UNSET where nothing was entered. All four are
        needed where there is one."""
        read = Agent(plain(typed.name), plain(typed.id_number), plain(typed.phone), typed.relation)
        if read == NOBODY:
            return UNSET
        found = {name: getattr(read, name) for name in AGENT}
        for name in [name for name, text in found.items() if not text]:
            self.fault(f"agent_{name}", Refusal("desk.agent_missing"))
        if read.relation and read.relation not in cases.RELATIONS:
            self.fault("agent_relation", Refusal("desk.agent_relation"))
        if len(read.name) > NAME_MAX or any(character.isdigit() for character in read.name):
            self.fault("agent_name", Refusal("desk.name_malformed", most=NAME_MAX))
        return Agent(read.name, self._agent_id(read, applicant), self._agent_phone(read), read.relation)

    def _agent_id(self, read: Agent, applicant: str) -> str:
        if not read.id_number:
            return ""
        try:
            number = identifiers.resident_id(read.id_number, self._today).number
        except Refusal as refusal:
            return self.fault("agent_id_number", refusal)
        return self.fault("agent_id_number", Refusal("desk.agent_is_applicant")) if number == applicant else number

    def _agent_phone(self, read: Agent) -> str:
        try:
            return forms.phone(read.phone) if read.phone else ""
        except Refusal as refusal:
            return self.fault("agent_phone", refusal)

    def fields(self, entry: Entry, asked: tuple[FormField, ...]) -> dict[str, str]:
        """The item's own fields that are asked for with these answers, without those that were left empty."""
        judged = forms.judge(asked, entry.fields, self._today)
        self.faults += [(f"field.{code}", refusal) for code, refusal in judged.faults.items()]
        return dict(judged.values)

    def materials(
        self,
        entry: Entry,
        asked: tuple[Material, ...],
        waived: Mapping[str, str],
        papers: Mapping[str, Paper],
        *,
        tolerant: bool,
    ) -> tuple[cases.Material, ...]:
        """Each material that the situation asks for, with its state. `waived` = code -> id of the attestation; `papers`
        = code -> what may be taken over from an earlier case."""
        return tuple(
            self._reused(entry, each, papers.get(each.code))
            if entry.materials.get(each.code, "").startswith(REUSED) and each.code not in waived
            else self._material(entry, each, waived.get(each.code, ""), tolerant)
            for each in asked
        )

    def _reused(self, entry: Entry, asked: Material, paper: Paper | None) -> cases.Material:
        """A material that is taken over: only what is offered now, and from the case that the clerk saw."""
        material = cases.Material(asked.code, asked.name, asked.main, asked.required, cases.MISSING, asked.grade)
        name, said = f"material.{asked.code}", entry.materials[asked.code]
        if paper is None or said != REUSED + paper.reused.number:
            self.fault(name, Refusal("desk.reuse_gone", name=asked.name))
            return material
        if entry.files.get(asked.code):
            self.fault(name, Refusal("desk.reuse_and_files", name=asked.name))
            return material
        return replace(material, state=cases.RECEIVED, attachments=paper.files, reused=paper.reused)

    def _material(self, entry: Entry, asked: Material, attestation: str, tolerant: bool) -> cases.Material:
        name, said = f"material.{asked.code}", entry.materials.get(asked.code, "")
        said = "" if said.startswith(REUSED) else said  # it is waived meanwhile, and nothing need be taken over
        files = entry.files.get(asked.code, ())
        if said not in ("", cases.RECEIVED, cases.MISSING, cases.PROMISED):
            self.fault(name, Refusal("desk.material_state", name=asked.name))
        if said == cases.PROMISED and not (tolerant and may_be_promised(asked)):
            self.fault(name, Refusal("desk.material_not_tolerable", name=asked.name))
        if len(files) > FILES_OF_MATERIAL_MAX:
            self.fault(f"file.{asked.code}", Refusal("desk.too_many_files", most=FILES_OF_MATERIAL_MAX))
        if said in (cases.MISSING, cases.PROMISED) and files and not attestation:
            self.fault(name, Refusal("desk.material_contradiction", name=asked.name))
        state = cases.PROMISED if said == cases.PROMISED else cases.MISSING
        state = cases.RECEIVED if said == cases.RECEIVED or (files and not said) else state
        return cases.Material(
            asked.code, asked.name, asked.main, asked.required, cases.WAIVED if attestation else state, asked.grade,
            attestation, attachments=files,
        )  # fmt: skip

    def promise_days(self, entry: Entry, most: int) -> int:
        """Within how many working days what is promised comes: 1 to `most`, those that the item promises itself."""
        text = plain(entry.promise_days)
        if not text:
            return min(PROMISE_DAYS, most)
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= most):
            self.fault("promise_days", Refusal("desk.promise_days", most=most))
            return 0
        return int(text)


def may_be_promised(asked: Material) -> bool:
    """Whether tolerance may let a material come later: it is required and not main."""
    return asked.required and not asked.main


def worth_saying(faults: list[Fault]) -> Iterator[Fault]:
    """Without those that only say that something is still empty; but an id number is always asked for."""
    return ((name, refusal) for name, refusal in faults if name == "id_number" or refusal.code not in BLANK)
