"""What every page of a station stands on: the station itself, who may see what, and the note of who looked."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

import structlog
from starlette.requests import HTTPConnection

from edge_node.people import CLERK
from edge_node.station import Station
from edge_node.web import words
from shared_models.refusals import Refusal
from sync_protocol.host.forms import MIB, FormLimits
from sync_protocol.host.web import account_at
from sync_protocol.store import accounts
from sync_protocol.store.accounts import Access

STATUSES = {
    "catalogue.unknown_situation": 404,
    "cases.conflict_open": 409,
    "cases.erased": 410,
    "cases.illegal_move": 409,
    "cases.not_your_level": 403,
    "cases.unknown": 404,
    "erasure.done": 410,
    "desk.file_not_here": 404,
    "desk.sample_not_here": 404,
    "drafts.of_another": 409,
    "drafts.unknown": 404,
    "desk.item_unknown": 404,
    "halts.cancelled": 410,
    "halts.suspended": 409,
    "halts.suspended_until": 409,
    "desk.no_catalogue": 503,
    "folder.full": 507,
    "folder.not_writable": 507,
    "pulls.asked_already": 409,
    "pulls.here_already": 409,
    "pulls.nothing_to_release": 409,
    "pulls.written": 409,
    "station.loopback_only": 403,
}
"""HTTP statuses of this node's refusals; 422 for all others."""


@dataclass(frozen=True)
class UploadLimits(FormLimits):
    """Limits of a form with files: many fields for them, but all together no more than stays in memory with ease."""

    total_bytes_max: int = 64 * MIB

    @property
    def body_bytes_max(self) -> int:
        return self.total_bytes_max


FILES = UploadLimits(fields_max=600, files_max=120)
"""A material may have several photos, and an item up to 60 materials."""

log = structlog.get_logger("tongban.station")


class Worded:
    """A page whose template finds the shared words under `page.words`."""

    words: ClassVar[ModuleType] = words


def station_of(request: HTTPConnection) -> Station:
    """The station that answers this request."""
    station: Station = request.app.state.station
    return station


def actor_of(request: HTTPConnection) -> str:
    """The opaque id that records carry for who is logged in."""
    return account_at(request).actor


def note_access(request: HTTPConnection, purpose: str, subject: str) -> None:
    """Notes that the one who asks was shown somebody's data. `purpose` is a code, `subject` an id, never a name.

    The page does not wait for the disk, and a disk that is full does not close the counter: what could not be noted
    stands in the log instead."""
    station, actor = station_of(request), actor_of(request)
    access = Access(station.now(), actor, purpose, subject)

    def look(done: Future[None]) -> None:
        if error := done.exception():
            _not_noted(access, error.code if isinstance(error, Refusal) else type(error).__name__)

    try:
        station.runtime.database.write_soon(lambda db: accounts.note_access(db, access)).add_done_callback(look)
    except Refusal as refusal:
        _not_noted(access, refusal.code)


def _not_noted(access: Access, why: str) -> None:
    log.warning("access not noted", actor=access.actor, purpose=access.purpose, subject=access.subject, why=why)


__all__ = ["CLERK", "FILES", "STATUSES", "UploadLimits", "Worded", "actor_of", "note_access", "station_of"]
