"""How a child fetches attachments: files of its cases that are not whole here, and that its parent may hold.

They belong to a case that was continued elsewhere, or to one that came back after a restore, or their disk lost them. A
parent that does not hold one yet, because it is on its way from somebody else, is asked again after a pause that grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from shared_models.refusals import Refusal
from shared_models.signing import bytes_of
from sync_protocol.core.frames import Flow, Prepared, RemoteProtocolError, no_clock, paced, prepare
from sync_protocol.core.messages import Fault, Have, Message, Piece
from sync_protocol.core.pace import Pace
from sync_protocol.node import Node
from sync_protocol.sending_files import FILES_PACE
from sync_protocol.store.attachments import PIECE_BYTES, AttachmentRow, Attachments
from sync_protocol.store.database import Connection

PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 2.0, 600.0


class _Pause(NamedTuple):
    """When a file may be asked for again, and how long the pause before that is."""

    until: float
    seconds: float


class FileFetcher:
    """Fetches for one node from its parent. `clock` gives seconds that never go back."""

    def __init__(self, node: Node, attachments: Attachments | None, clock: Callable[[], float]) -> None:
        self._node = node
        self._attachments = attachments
        self._clock = clock
        self._pace = Pace(*FILES_PACE)
        self._pauses: dict[str, _Pause] = {}
        """By the name of the file; only of those that are still to be fetched."""

    @property
    def rest_seconds(self) -> float:
        """How long nothing is to be asked for."""
        now = self._clock()
        return min((pause.until - now for pause in self._pauses.values()), default=PAUSE_SECONDS_MAX)

    def fetch(self) -> Flow:
        """Asks for every file whose turn it is. Ends early when a record was written meanwhile: records go first."""
        store = self._attachments
        if store is None:
            return
        end, rows = self._journal_end(), self._due(store)
        for row in rows:
            if self._journal_end() != end:
                return
            yield from self._fetch(store, row, end)

    def _due(self, store: Attachments) -> list[AttachmentRow]:
        with self._node.read() as db:
            rows = store.to_fetch(db)
        names, now = {row.hash for row in rows}, self._clock()
        self._pauses = {name: pause for name, pause in self._pauses.items() if name in names}
        return [row for row in rows if row.hash not in self._pauses or self._pauses[row.hash].until <= now]

    def _fetch(self, store: Attachments, row: AttachmentRow, end: int) -> Flow:
        row = self._adopted(store, row)
        while not row.whole:
            answers = yield from paced(self._pace, self._clock, partial(self._questions, row))
            before, row = row, self._taken(row, answers)
            if row == before:
                self._rest(row.hash)
                return
            if self._journal_end() != end:
                return
        self._pauses.pop(row.hash, None)

    def _adopted(self, store: Attachments, row: AttachmentRow) -> AttachmentRow:
        """The row after a look at the disk: what lies there need not be fetched, and the parent may lack it."""
        held = store.adopt(row)
        if held != row.held:
            self._node.database.write(partial(store.set_held, name=row.hash, held=held))
            self._node.notify(())
        return row._replace(held=held)

    def questions(self) -> Iterator[Piece]:
        """For everything that may be at the parent, piece by piece: for a bundle, whose answer takes days."""
        store = self._attachments
        for row in self._due(store) if store is not None else []:
            rest = range((row.held // PIECE_BYTES + 1) * PIECE_BYTES, row.size, PIECE_BYTES)
            for start in (row.held, *rest):
                yield Piece(row.hash, row.size, row.media_type, start, give=PIECE_BYTES)

    def _questions(self, row: AttachmentRow) -> Iterator[Prepared]:
        """For the rest of a file, part by part, as much as the line can bear; each part ends with its piece at most."""
        self._pace.rewind()
        offset = row.held
        while offset < row.size and not self._pace.full:
            size = min(self._pace.message, PIECE_BYTES - offset % PIECE_BYTES, row.size - offset)
            yield prepare(Piece(row.hash, row.size, row.media_type, offset, give=size))
            offset += size
            self._pace.sent(size)

    def _taken(self, row: AttachmentRow, answers: list[Message]) -> AttachmentRow:
        """The row after these answers; the first that does not fit ends them. Raises RemoteProtocolError."""
        for answer in answers:
            if isinstance(answer, Fault):
                raise RemoteProtocolError(answer.code)
            if not isinstance(answer, Have) or answer.hash != row.hash or self.take(answer) <= row.held:
                break
            row = row._replace(held=answer.begins + len(bytes_of(answer.data)))
        return row

    def take(self, given: Have) -> int:
        """Keeps bytes of a file where they go on from what is here; gives how many are held. Raises
        RemoteProtocolError."""
        store = self._attachments
        if store is None:
            return 0
        with store.receiving:
            with self._node.read() as db:
                row = store.row(db, given.hash)
            if row is None or row.whole or not given.data or given.begins != row.held:
                return 0 if row is None else row.held
            try:
                held = store.receive(row, row.held, bytes_of(given.data))
            except (Refusal, ValueError) as error:
                raise RemoteProtocolError("sync.attachment_piece") from error
            self._node.database.write(partial(_keep, store=store, row=row, held=held))
        if held == row.size:
            self._node.notify(())  # whoever stands below may be waiting for it
        return held

    def _rest(self, name: str) -> None:
        if self._clock is no_clock:
            return  # without a clock no pause would end
        before = self._pauses.get(name)
        seconds = PAUSE_SECONDS_MIN if before is None else min(2 * before.seconds, PAUSE_SECONDS_MAX)
        self._pauses[name] = _Pause(self._clock() + seconds, seconds)

    def _journal_end(self) -> int:
        with self._node.read() as db:
            return self._node.log.journal_end(db).position


def _keep(db: Connection, store: Attachments, row: AttachmentRow, held: int) -> None:
    """Notes how much is held; what came from the parent need not be sent there."""
    store.set_held(db, row.hash, held)
    if held == row.size:
        store.mark_sent(db, row.hash)
