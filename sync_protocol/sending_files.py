"""How a child sends attachments: after the records, from the byte where the last try ended, and only what is wanted.

What was sent once is asked about again where the parent says that it lacks it: it was restored, its disk lost it, or
the case concerns somebody else as well by now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from shared_models.signing import text_of
from sync_protocol.core.frames import Flow, Prepared, RemoteProtocolError, paced, prepare
from sync_protocol.core.messages import Fault, Have, Lacking, Message, Piece
from sync_protocol.core.pace import MESSAGES, Pace
from sync_protocol.node import Node
from sync_protocol.store import filing, receipts
from sync_protocol.store.attachments import PART_BYTES_MIN, PIECE_BYTES, AttachmentRow, Attachments

FILES_PACE = (32 * 1024, MESSAGES * PART_BYTES_MIN, MESSAGES * PIECE_BYTES)
"""Bytes of an attachment in a request: at first, at least, at most. Photos do not pack."""
ASK_SECONDS = 3600.0
"""How often a parent is asked which files it lacks, while nothing tells that it may lack some."""


class FileSender:
    """Sends the attachments of one node to its parent. `clock` gives seconds that never go back."""

    def __init__(self, node: Node, attachments: Attachments | None, clock: Callable[[], float]) -> None:
        self._node = node
        self._attachments = attachments
        self._clock = clock
        self._pace = Pace(*FILES_PACE)
        self._asked_at: float | None = None
        self.asked_early = False
        """Whether the parent could not say yet if it wants a file: it has still to fold the record that names it."""

    def ask_soon(self) -> None:
        """Something tells that the parent may lack what it had, or want what it did not."""
        self._asked_at = None

    def asks_behind(self) -> str | None:
        """The name of the file behind which the parent is to be asked what it lacks; None while that is not due."""
        if self._attachments is None or (self._asked_at is not None and self._clock() - self._asked_at < ASK_SECONDS):
            return None
        return ""

    def lacked(self, answers: list[Message]) -> str | None:
        """Asks anew about the files that the parent lacks; gives the name behind which the next question begins, None
        where there is none. A parent that does not understand the question lacks nothing."""
        store = self._attachments
        names = [name for answer in answers if isinstance(answer, Lacking) for name in answer.files]
        if names and store is not None:
            self._node.database.write(partial(store.ask_about, names=names))
        if len(names) >= filing.LACKING_MAX:
            return names[-1]
        self._asked_at = self._clock()
        return None

    def send(self) -> Flow:
        """Sends what the parent wants and does not hold; goes on at the byte where the last try ended. Ends early when
        a record was written meanwhile: records go first, and the caller comes again."""
        store = self._attachments
        self.asked_early = False
        if store is None:
            return
        end, asked = self._journal_end(), set[str]()
        while rows := [row for row in self._unsent(store) if row.hash not in asked]:
            for row in rows:
                asked.add(row.hash)
                yield from self._send(store, row, end)
                if self._journal_end() != end:
                    return

    def _send(self, store: Attachments, row: AttachmentRow, end: int) -> Flow:
        """Sends one file, or as much of it as goes before the journal ends elsewhere than at `end`."""
        settled = self._settled()  # before the question: an answer given earlier says nothing of what came since
        have = _have((yield Piece(row.hash, row.size, row.media_type, 0)))
        while have.wanted and have.offset < row.size:
            before = have.offset
            have = _have((yield from paced(self._pace, self._clock, partial(self._parts, store, row, before))))
            if have.offset <= before or (have.offset < row.size and self._journal_end() != end):
                return  # the parent lost some of it, or a record was written: the next time asks from where
        if have.wanted or (have.final and settled):
            self._node.database.write(partial(store.mark_sent, name=row.hash))
        elif not have.final:
            self.asked_early = True

    def _unsent(self, store: Attachments) -> list[AttachmentRow]:
        with self._node.read() as db:
            return store.unsent(db)

    def _parts(self, store: Attachments, row: AttachmentRow, offset: int) -> Iterator[Prepared]:
        """The parts of a file from `offset` on, as many as the line can bear."""
        self._pace.rewind()
        while offset < row.size and not self._pace.full:
            data = store.piece(row.hash, offset, self._pace.message)
            yield prepare(Piece(row.hash, row.size, row.media_type, offset, text_of(data)))
            offset += len(data)
            self._pace.sent(len(data))

    def _journal_end(self) -> int:
        with self._node.read() as db:
            return self._node.log.journal_end(db).position

    def _settled(self) -> bool:
        """Whether the parent has everything of our journal, so that "not wanted" is its last word."""
        with self._node.read() as db:
            return receipts.standing(db).journal == self._node.log.journal_end(db).position


def _have(answers: list[Message]) -> Have:
    """The last word on a file. Raises RemoteProtocolError where there is none."""
    fault = next((answer.code for answer in answers if isinstance(answer, Fault)), "sync.out_of_order")
    last = answers[-1] if answers else None
    if not isinstance(last, Have) or last.offset < 0:
        raise RemoteProtocolError(fault)
    return last
