"""Cases of other stations that are continued here: asked for by their number, watched until they come, given back."""

from __future__ import annotations

from typing import NamedTuple

from edge_node.station import Station
from shared_models import cases
from shared_models.cases import CaseFile, Pulled
from shared_models.identifiers import parse_case_number
from shared_models.refusals import Refusal
from sync_protocol.commands import CaseCommand
from sync_protocol.store import case_files, dropping, receipts
from sync_protocol.store.case_files import Card
from sync_protocol.store.database import Connection
from sync_protocol.store.pulls import PULLS_A_DAY


class Asked(NamedTuple):
    """What this station knows of a case that is not here. `pull` = its request that stands, None for none; `state` says
    in a sentence how far that is, None where nothing was ever asked."""

    number: str
    pull: Pulled | None
    state: Refusal | None


def asked(station: Station, number: str) -> Asked | None:
    """The request for a case; None where the case is here. Raises Refusal for what is no case number."""
    number = parse_case_number(number).text
    with station.node.read() as db:
        card = case_files.load(db, station.node.vault, number)
        if card is None:
            return Asked(number, None, None)
        if card.case.application is not None or card.case.status == cases.ERASED:
            return None
        pull = next(iter(card.case.pulls_of(station.node.name)), None)
        return Asked(number, pull, Refusal("pulls.given_back") if pull is None else _state(station, db, card, pull))


def _state(station: Station, db: Connection, card: Card, pull: Pulled) -> Refusal:
    rows = station.node.log.at(db, sorted({*card.positions, *card.waiting}))
    place = next(row.position for row in rows if row.record.id == pull.id)
    said = dropping.said_of(db, place)
    if said == dropping.UNKNOWN:
        return Refusal("pulls.unknown")
    if said == dropping.LIMIT:
        return Refusal("pulls.limit", most=PULLS_A_DAY)
    standing, journal = receipts.standing(db), station.node.log.journal_place(db, place)
    if standing.journal < journal:
        return Refusal("pulls.waiting_here")
    return Refusal("pulls.waiting_city" if standing.upstream >= journal else "pulls.waiting_district")


def pull(station: Station, number: str, reason: str, note: str, actor: str) -> None:
    """Asks for a case. Durable on return, with a line or without. Raises Refusal (rooms `pulls`, `identifiers`)."""
    number = parse_case_number(number).text
    station.node.write(CaseCommand(number, cases.Pull(number, reason, note), actor))


def release(station: Station, number: str, reason: str, actor: str) -> None:
    """Gives back what this station pulled, or takes its request back. Raises Refusal (room `pulls`)."""
    station.node.write(CaseCommand(number, cases.Release(station.node.name, reason), actor))


def may_release(station: Station, case: CaseFile) -> bool:
    """Whether this station holds the case because it pulled it, and wrote nothing into it."""
    me = station.node.name
    return bool(case.pulls_of(me)) and not case.has_written(me)
