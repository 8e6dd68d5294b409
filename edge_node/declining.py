"""Not ours: an inquiry that no window here handles is answered with reasons, and with whom to ask instead.

The answer is a case of its own: it has a number, a paper, a place in every list and in the figures, goes up with the
others and is erased like them. It begins with `case.declined` and ends there. The resident need not be identified to
be answered: where no id number is given, the paper names the person alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_node.desk import TakeIn
from edge_node.entry import Entry, Fault, Reading
from edge_node.shelf import Shelf
from edge_node.station import Station
from shared_models import cases, identifiers, signing
from shared_models.catalogue.forms import plain
from shared_models.identifiers import QUERY_BYTES
from shared_models.refusals import Refusal
from shared_models.roster import STATION
from sync_protocol.store import case_files, intakes
from sync_protocol.store.case_files import Filter
from sync_protocol.store.database import Connection

ASKED_MAX, ASK_MAX, WHERE_MAX, NOTE_MAX = 200, 100, 200, 500
"""Characters of what was asked for, of whom to ask, of where that is, and of what the clerk adds."""
REMEMBERED = 50
"""So many of the latest answers are looked at for addresses that were given before."""


@dataclass(frozen=True)
class Inquiry:
    """As typed: who asks for what, why that is not ours, and whom to ask. `item` is the code of an item of the
    catalogue, "" where it has none; then `asked` names what was asked for. `entry_id` names this filling-in."""

    name: str
    id_number: str
    phone: str
    item: str
    asked: str
    reasons: tuple[str, ...]
    note: str
    ask: str
    where: str
    entry_id: str


def answer(station: Station, inquiry: Inquiry, actor: str) -> tuple[str, Sequence[Fault]]:
    """Answers an inquiry; durable on return. Gives the number, and what is wrong: where anything is, nothing was kept
    and the number is "". Raises Refusal where it could not be written."""
    desk, node = station.desk, station.node
    reading = Reading(desk.today)
    application = _application(station, reading, inquiry)
    if application is None or reading.faults:
        return "", reading.faults
    taking = TakeIn(node, application, cases.Decline, cases.DECLINED, actor)

    def ended(db: Connection) -> None:
        intakes.end(db, inquiry.entry_id, station.now())

    node.write(taking, ended)
    return taking.number, ()


def _application(station: Station, reading: Reading, inquiry: Inquiry) -> cases.Application | None:
    shelf, day = station.desk.shelf(), station.desk.today.isoformat()
    who = _resident(station, reading, inquiry)
    terms = _terms(shelf, reading, inquiry)
    declined = cases.Declined(
        tuple(code for code in cases.DECLINE_REASONS if code in inquiry.reasons),
        _text(reading, "ask", inquiry.ask, ASK_MAX),
        _text(reading, "where", inquiry.where, WHERE_MAX),
        _text(reading, "note", inquiry.note, NOTE_MAX),
    )
    if not declined.reasons:
        reading.fault("reason", Refusal("declining.reason_missing"))
    if cases.OTHER in declined.reasons and not declined.note:
        reading.fault("note", Refusal("declining.note_missing"))
    if not inquiry.ask.strip():
        reading.fault("ask", Refusal("declining.ask_missing"))
    if reading.faults:
        return None
    # The same filling-in sent twice has the same code, and so is one answer.
    key = signing.derive(station.node.first.seed, "query codes")
    draw = signing.keyed_hash(key, inquiry.entry_id.encode())[:QUERY_BYTES]
    return cases.Application(
        number="", query_code=identifiers.query_code(draw), item=terms, situation="", situation_name="", resident=who,
        fields={}, materials=(), day=day, deadline=cases.Deadline(day), station_name=station.node.member.name,
        declined=declined,
    )  # fmt: skip


def _resident(station: Station, reading: Reading, inquiry: Inquiry) -> cases.Resident:
    entry = Entry(inquiry.name, inquiry.id_number, inquiry.phone)
    name = reading.name(entry)
    phone = reading.phone(entry) if plain(inquiry.phone) else ""
    resident = reading.resident_id(entry) if plain(inquiry.id_number) else None
    if resident is None:
        return cases.Resident(name, "", "", "", phone, "")
    return cases.Resident(
        name, resident.number, resident.birth.isoformat(), resident.sex, phone, "", station.desk.pseudonym(resident)
    )


def _terms(shelf: Shelf, reading: Reading, inquiry: Inquiry) -> cases.ItemTerms:
    """What is kept of what was asked for. Nobody concludes it any more: its home is the station that answered."""
    item = shelf.items.get(inquiry.item)
    if item is None:
        asked = _text(reading, "asked", inquiry.asked, ASKED_MAX)
        if not asked:
            reading.fault("asked", Refusal("declining.asked_missing"))
        return cases.ItemTerms("", asked, shelf.number, "", STATION, "", "", 0)
    return cases.ItemTerms(
        item.code, item.name, shelf.number, shelf.hashes[item.code], STATION, item.department.code,
        item.department.name, 0,
    )  # fmt: skip


def _text(reading: Reading, name: str, text: str, most: int) -> str:
    text = " ".join(text.split())
    if len(text) > most:
        return reading.fault(name, Refusal("declining.too_long", most=most))
    return text


def bodies(shelf: Shelf) -> list[str]:
    """Whom one may be sent to, as the catalogue names them: the departments of its items, each once."""
    return sorted({item.department.name for item in shelf.items.values() if item.department.name})


def places(station: Station, db: Connection) -> dict[str, str]:
    """Where the bodies are that residents were sent to lately: name -> address or telephone, latest first."""
    known: dict[str, str] = {}
    for row in case_files.rows(db, station.node.vault, Filter(statuses=("declined",)), limit=REMEMBERED):
        said = row.case.application.declined if row.case.application else None
        if isinstance(said, cases.Declined) and said.where:
            known.setdefault(said.ask, said.where)
    return known
