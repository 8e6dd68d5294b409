"""A case as an officer sees it: the case, what supports it, what happened where, and what contradicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from central import issuing
from central.hub import Hub
from central.issuing import Held
from shared_models.attestations import resident_pseudonym
from shared_models.cases import Application, Attachment, CaseFile, Event, Material
from shared_models.catalogue import Item, forms, item_of, questions
from shared_models.conflicts import Conflict
from shared_models.refusals import Refusal
from shared_models.roster import Roster
from sync_protocol.store import accounts, case_files, erasures, knowledge, receipts
from sync_protocol.store.case_files import Card
from sync_protocol.store.database import Connection

IMAGES = ("image/jpeg", "image/png", "image/webp")


class StoredFile(NamedTuple):
    """A file of a material; `held` bytes of it have arrived here."""

    attachment: Attachment
    held: int

    @property
    def whole(self) -> bool:
        return self.held == self.attachment.size

    @property
    def is_image(self) -> bool:
        return self.attachment.media_type in IMAGES


class Support(NamedTuple):
    """A material with its files, and the attestation that stands in for it, where that is held here."""

    material: Material
    files: list[StoredFile]
    held: Held | None


class Happening(NamedTuple):
    """A line of the timeline: at which place, by whom (a name where the account is of this hub, else "")."""

    event: Event
    place: str
    who: str


class Side(NamedTuple):
    """One of two versions that contradict: what happened, and what its record says."""

    happening: Happening | None
    body: Mapping[str, Any]


class Dispute(NamedTuple):
    """An open conflict with both versions."""

    conflict: Conflict
    standing: Side
    contradicting: Side


class Dossier(NamedTuple):
    """`kept` = who holds the case's latest record: district or city. `fields` = label and value of the form;
    `form_faults` = where form, answers and materials do not meet what the item asked for in the version it was accepted
    under."""

    case: CaseFile
    application: Application
    kept: str
    fields: list[tuple[str, str]]
    form_faults: list[Refusal]
    supports: list[Support]
    happenings: list[Happening]
    disputes: list[Dispute]


def dossier(hub: Hub, db: Connection, number: str) -> Dossier:
    """Everything about a case. Raises Refusal cases.unknown, erasure.done."""
    card = case_files.load(db, hub.vault, number)
    if card is None or card.case.application is None:
        raise erasures.why_not_here(db, number)
    case, application = card.case, card.case.application
    happenings = _happenings(hub, db, case)
    item = knowledge.item(db, application.item.hash) or {}
    return Dossier(
        case, application, _kept(hub, db, card), _fields(item, application), form_faults(item, application),
        _supports(hub, db, application), happenings, _disputes(hub, db, card, happenings),
    )  # fmt: skip


def file_of(hub: Hub, db: Connection, number: str, name: str) -> Attachment:
    """The attachment `name` of a case. Raises Refusal cases.unknown, sync.attachment_name."""
    card = case_files.load(db, hub.vault, number)
    if card is None or card.case.application is None:
        raise Refusal("cases.unknown")
    for material in card.case.application.materials:
        for attachment in material.attachments:
            if attachment.hash == name:
                return attachment
    raise Refusal("sync.attachment_name")


def _kept(hub: Hub, db: Connection, card: Card) -> str:
    return "city" if hub.is_city or card.journal <= receipts.standing(db).journal else "district"


def _fields(item: Mapping[str, Any], application: Application) -> list[tuple[str, str]]:
    """Labels come from the item as it was when the case was accepted."""
    labels = {str(field.get("code")): str(field.get("label")) for field in item.get("fields", [])}
    return [(labels.get(code) or code, value) for code, value in application.fields.items()]


def form_faults(item: Mapping[str, Any], application: Application) -> list[Refusal]:
    """What is wrong with the form and with the answers that it follows from. None where the item is not here, or is of
    a later version of this program: then nothing can be said."""
    try:
        whole, day = item_of(item), date.fromisoformat(application.day)
    except (Refusal, ValueError):
        return []
    answers = {each.question: each.answer for each in application.said()}
    narrowed = questions.narrowed(whole, answers)
    return [
        *questions.faults_of(whole, application.situation, answers),
        *forms.faults_of(narrowed.fields, application.fields, day),
        *_left_out(whole, application, answers),
    ]


def _left_out(item: Item, application: Application, answers: Mapping[str, str]) -> list[Refusal]:
    """Materials that the answers ask for and that the case does not have at all."""
    if not answers or all(each.code != application.situation for each in item.situations):
        return []
    return questions.left_out(item, application.situation, answers, [each.code for each in application.materials])


def _supports(hub: Hub, db: Connection, application: Application) -> list[Support]:
    attested = {held.row.id: held for held in _of_resident(hub, db, application)}
    return [
        Support(
            material,
            [_stored(hub, db, attachment) for attachment in material.attachments],
            attested.get(material.attestation.removeprefix(issuing.URN)),
        )
        for material in application.materials
    ]


def _of_resident(hub: Hub, db: Connection, application: Application) -> list[Held]:
    if not any(material.attestation for material in application.materials):
        return []
    try:
        pseudonym = resident_pseudonym(hub.runtime.resident_key, application.resident.id_number)
    except ValueError:  # a faulty station may have kept a number that is none
        return []
    return issuing.of_resident(hub, db, pseudonym)


def _stored(hub: Hub, db: Connection, attachment: Attachment) -> StoredFile:
    row = hub.runtime.attachments.row(db, attachment.hash)
    return StoredFile(attachment, row.held if row else 0)


def _happenings(hub: Hub, db: Connection, case: CaseFile) -> list[Happening]:
    roster = hub.node.roster
    return [Happening(event, _place(roster, event.node), _who(db, event.actor)) for event in case.events]


def _place(roster: Roster, node: str) -> str:
    member = roster.member(node)
    return member.name if member else node


def _who(db: Connection, actor: str) -> str:
    account = accounts.account_of_actor(db, actor) if actor else None
    return account.display_name if account else ""


def _disputes(hub: Hub, db: Connection, card: Card, happenings: list[Happening]) -> list[Dispute]:
    if not card.case.open_conflicts:
        return []
    told = {happening.event.id: happening for happening in happenings}
    bodies = {row.record.id: row.record.value() for row in hub.node.log.at(db, card.positions)}

    def side(identity: str) -> Side:
        return Side(told.get(identity), bodies.get(identity, {}))

    return [Dispute(each, side(each.standing), side(each.contradicting)) for each in card.case.open_conflicts]
