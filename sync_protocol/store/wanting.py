"""Which hub keeps the files of a case."""

from __future__ import annotations

from sqlite_utils.utils import sqlite3

from shared_models.roster import CITY, STATION, Roster
from sync_protocol.store import attachments
from sync_protocol.store.case_files import Card


def want_files(db: sqlite3.Connection, roster: Roster, me: str, card: Card) -> None:
    """A district keeps the files of all its cases, a city those of the cases that it concludes, and those of a station
    that has no district above it."""
    application = card.case.application
    files = [each for material in application.materials for each in material.attachments] if application else []
    if not files:
        return
    member, origin = roster.member(me), roster.member(card.origin)
    if member is None:
        return
    if member.tier == CITY and card.case.home != CITY and (origin is None or origin.tier != STATION):
        return
    for each in files:
        attachments.want(db, each.hash, each.size, each.media_type)
