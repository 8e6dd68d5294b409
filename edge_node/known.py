"""What is known of a resident from earlier cases: offered to the clerk, and taken over by an explicit choice alone.

Offered are
- what was entered about the person, and in fields of the same code and type: of another item only where the label is
  the same as well, for codes such as F1 mean something else there;
- the materials that were handed in here and are still good (the library of this station);
- the relatives that acted for the resident, or for whom the resident acted.

A case gives nothing where it was withdrawn, was refused or erased, where its records contradict each other or hold what
this program does not understand, and where somebody acted in it whose key was revoked. A material is good again for
the days that the catalogue names (`valid_days`), counted from the day on which its case was taken in; where it names
none, every application needs it anew. It has to bear the same name and grade, to be there with its files, or, without
any, to be of grade B: a clerk has looked at the original. What was itself taken over is no source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from shared_models import cases, catalogue
from shared_models.cases import Agent, Application, Reused
from shared_models.catalogue import FormField, Item, forms
from shared_models.catalogue.forms import plain
from shared_models.deadlines import local_day
from shared_models.refusals import Refusal
from sync_protocol.node import Node
from sync_protocol.store import doubting, knowledge, leads
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.case_files import CaseRow
from sync_protocol.store.database import Connection
from sync_protocol.store.vault import Vault

PERSON = ("name", "phone", "address")
CHECKED_BY_CLERK = "B"
RELATIVES_MAX = 4
"""How many relatives are offered, the latest first."""
ACTED_FOR = 20
"""How many of the latest cases are looked at in which the resident acted for somebody else."""


class Source(NamedTuple):
    """The case that something comes from: its number, the item's name, and the day on which it was taken in."""

    number: str
    item: str
    day: str


class Offer(NamedTuple):
    """What a field held in an earlier case."""

    value: str
    source: Source


class Relative(NamedTuple):
    """Somebody who may act for the resident: as an earlier case names them."""

    agent: Agent
    source: Source


class Paper(NamedTuple):
    """A material that is here from an earlier case. `reused` is what the new case keeps of where it comes from."""

    reused: Reused
    item: str
    files: tuple[cases.Attachment, ...]


@dataclass(frozen=True)
class Known:
    """All that is offered for one resident on one form: by name of the form field, in order, and by material code."""

    fields: Mapping[str, Offer] = field(default_factory=dict)
    relatives: tuple[Relative, ...] = ()
    papers: Mapping[str, Paper] = field(default_factory=dict)

    @property
    def sources(self) -> frozenset[str]:
        """The numbers of the cases that anything comes from."""
        fields = {offer.source.number for offer in self.fields.values()}
        return frozenset(fields | {each.source.number for each in self.relatives} | {
            paper.reused.number for paper in self.papers.values()
        })  # fmt: skip


NOTHING = Known()


def known_of(
    db: Connection,
    node: Node,
    files: Attachments,
    id_number: str,
    rows: Sequence[CaseRow],
    item: Item,
    materials: Iterable[catalogue.Material],
    today: date,
) -> Known:
    """What is offered to a resident on the form of an item. `rows` = the resident's cases here, newest first;
    `materials` = those that the form asks for."""
    earlier = usable(db, rows)

    def whole(name: str) -> bool:
        row = files.row(db, name)
        return row is not None and row.whole

    return Known(
        fields_of(db, item, earlier, today),
        relatives(db, node.vault, id_number, rows),
        papers_of(materials, earlier, node.name, today, whole),
    )


def usable(db: Connection, rows: Iterable[CaseRow]) -> list[tuple[CaseRow, Application]]:
    """Those of these cases that may give anything, in their order."""
    doubted = doubting.subjects(db)
    return [
        (row, row.case.application)
        for row in rows
        if row.case.application is not None
        and not (row.case.withdrawn or row.conflict or row.case.newer)
        and not (row.case.decision and row.case.decision.outcome == cases.DENIED)
        and cases.subject_of(row.number) not in doubted
    ]


def _source(row: CaseRow, application: Application) -> Source:
    return Source(row.number, application.item.name, application.day)


# ---------------------------------------------------------------- fields


def fields_of(
    db: Connection, item: Item, earlier: Sequence[tuple[CaseRow, Application]], today: date
) -> dict[str, Offer]:
    """Name of a form field -> what the newest case says that has anything fitting."""
    found: dict[str, Offer] = {}
    for row, application in earlier:
        who, source = application.resident, _source(row, application)
        for name in PERSON:
            if text := getattr(who, name):
                found.setdefault(name, Offer(text, source))
        for each, text in _answers(db, item, application):
            if f"field.{each.code}" not in found and _fits(each, text, today):
                found[f"field.{each.code}"] = Offer(text, source)
    return found


def _answers(db: Connection, item: Item, application: Application) -> Iterator[tuple[FormField, str]]:
    """The fields of `item` that an earlier case answered, under the same code and type."""
    common = [each for each in item.fields if application.fields.get(each.code)]
    if not common:
        return
    value = knowledge.item(db, application.item.hash) or {}
    then = {str(each.get("code")): each for each in value.get("fields", [])}
    for each in common:
        old = then.get(each.code)
        if old is None or old.get("type") != each.type:
            continue
        if application.item.code == item.code or plain(str(old.get("label", ""))) == plain(each.label):
            yield each, application.fields[each.code]


def _fits(asked: FormField, text: str, today: date) -> bool:
    """Whether an earlier answer would be taken today."""
    try:
        return bool(forms.read(asked, text, today))
    except Refusal:
        return False


# ---------------------------------------------------------------- relatives


def relatives(db: Connection, vault: Vault, id_number: str, rows: Iterable[CaseRow]) -> tuple[Relative, ...]:
    """Those who may act for a resident. `rows` = the resident's cases here."""
    acted = leads.acted_for(db, vault, id_number, ACTED_FOR)
    return relatives_of(id_number, usable(db, rows), usable(db, acted))


def relatives_of(
    id_number: str,
    earlier: Sequence[tuple[CaseRow, Application]],
    acted: Sequence[tuple[CaseRow, Application]],
) -> tuple[Relative, ...]:
    """Who acted for the resident (`earlier` = the resident's cases), and those of the family for whom the resident
    acted (`acted`): each once, as the newest case names them."""
    found: list[tuple[int, Relative]] = []
    for row, application in earlier:
        if isinstance(application.agent, Agent):
            found.append((row.case.taken_ms, Relative(application.agent, _source(row, application))))
    for row, application in acted:
        relation = cases.INVERSE.get(application.agent.relation if isinstance(application.agent, Agent) else "")
        if relation:
            who = application.resident
            agent = Agent(who.name, who.id_number, who.phone, relation)
            found.append((row.case.taken_ms, Relative(agent, _source(row, application))))
    found.sort(key=lambda each: -each[0])
    unique = {each.agent.id_number: each for _, each in reversed(found) if each.agent.id_number != id_number}
    return tuple(each for _, each in found if unique.get(each.agent.id_number) is each)[:RELATIVES_MAX]


# ---------------------------------------------------------------- materials


def papers_of(
    materials: Iterable[catalogue.Material],
    earlier: Sequence[tuple[CaseRow, Application]],
    me: str,
    today: date,
    whole: Callable[[str], bool],
) -> dict[str, Paper]:
    """Code of a material -> the one handed in at this station (`me` = its name) that is good the longest. `whole` says
    whether a file is here."""
    asked = [each for each in materials if each.valid_days is not None]
    return {each.code: found for each in asked if (found := _paper(each, earlier, me, today, whole)) is not None}


def _paper(
    asked: catalogue.Material,
    earlier: Sequence[tuple[CaseRow, Application]],
    me: str,
    today: date,
    whole: Callable[[str], bool],
) -> Paper | None:
    for row, application in earlier:
        taken = next((each for each in row.case.events if each.kind in (cases.ACCEPTED, cases.NOTIFIED)), None)
        if taken is None or taken.node != me:
            continue
        day = local_day(taken.ms)
        until = day + timedelta(days=asked.valid_days or 0)
        if not day <= today <= until:
            continue
        for had in application.materials:
            if _is_such(had, asked) and _is_there(had, whole):
                reused = Reused(row.number, day.isoformat(), taken.actor, until.isoformat())
                return Paper(reused, application.item.name, had.attachments)
    return None


def _is_such(had: cases.Material, asked: catalogue.Material) -> bool:
    handed_in = had.state == cases.RECEIVED and had.reused is msgspec.UNSET
    return handed_in and had.grade == asked.grade and plain(had.name) == plain(asked.name)


def _is_there(had: cases.Material, whole: Callable[[str], bool]) -> bool:
    if not had.attachments:
        return had.grade == CHECKED_BY_CLERK
    return all(whole(each.hash) for each in had.attachments)
