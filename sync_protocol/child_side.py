"""The child's half of sync: what a node asks its parent, and what it does with the answers. No network, no clock.

Each flow is a generator that yields requests and is sent the answers, so that one text serves an HTTP client, a bundle
and a list in a test. A flow that is broken off anywhere is simply begun again: everything it does is durable and
harmless to repeat.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from shared_models.records import NotARecord
from shared_models.signing import bytes_of, text_of
from sync_protocol.core.frames import LocalProtocolError, Prepared, RemoteProtocolError, Request, Run, prepare
from sync_protocol.core.messages import (
    Entries,
    Fault,
    Have,
    Mark,
    Message,
    Piece,
    Pull,
    Push,
    ReceiptGiven,
    Refused,
    Reset,
    Rewind,
    WireRecord,
)
from sync_protocol.core.verdicts import Outcome
from sync_protocol.node import Intake, Node
from sync_protocol.store import case_files, knowledge, receipts, streams
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.database import Connection
from sync_protocol.store.log import ABOVE, DamagedRecord, Entry
from sync_protocol.store.receipts import SignedReceipt

Flow = Generator[Request, list[Message], None]

PUSH_RECORDS = 1000
PUSH_BYTES = 3 * 1024 * 1024
CLASSES = ("control", "node", "area", "catalogue")


class Stuck(NamedTuple):
    """Why delivery stands still: the place in the journal, the record, the code of the sentence."""

    journal: int
    id: str
    code: str


class _Batch(NamedTuple):
    """A push that is ready to be sent: the place of the journal after it, and its frame."""

    end: int
    push: Prepared


class ChildSide:
    """Asks one parent, whose 32-byte key and name are known from the invitation. `damage` is not sent; `push_records` =
    how many records go into one push."""

    def __init__(
        self,
        node: Node,
        parent: str,
        parent_key: bytes,
        attachments: Attachments | None = None,
        damage: Sequence[DamagedRecord] = (),
        *,
        push_records: int = PUSH_RECORDS,
    ) -> None:
        self._damage = damage
        self._push_records = push_records
        self._node = node
        self._parent = parent
        self._key = parent_key
        self._attachments = attachments
        self._base: int | None = None
        self.stuck: Stuck | None = None
        self.asked_early = False
        """Whether the parent could not say yet if it wants a file: it has still to fold the record that names it."""

    # ------------------------------------------------------------ up

    def deliver(self) -> Flow:
        """Sends the journal from the last receipt to its end. Raises log.DamagedRecord, RemoteProtocolError."""
        while self._behind():
            answers = yield Run(self._pushes)
            if not self._delivered(answers):
                return
        self.stuck = None

    def _start(self, db: Connection) -> int:
        """The place in the journal behind which the parent holds nothing."""
        return receipts.standing(db).journal if self._base is None else self._base

    def _behind(self) -> bool:
        with self._node.read() as db:
            return self._start(db) < self._node.log.journal_end(db).position

    def _pushes(self) -> Iterator[Prepared]:
        """The batches from what the parent holds to the journal's end, each made when it is asked for."""
        with self._node.read() as db:
            batch = self._batch(self._start(db))
        while batch is not None:
            yield batch.push
            try:
                batch = self._batch(batch.end)
            except (DamagedRecord, LocalProtocolError):
                return  # the next run meets it at its start, after the receipts for what is under way

    def _batch(self, start: int) -> _Batch | None:
        with self._node.read() as db:
            base = self._node.log.entry(db, start) or Entry(0, bytes(32))
            parts, _ = self._node.log.journal_parts(db, base.position, self._push_records, PUSH_BYTES, self._damage)
        while parts:
            push = Push(_mark(base), [WireRecord.of_parts(*each) for each in parts])
            try:
                return _Batch(base.position + len(parts), prepare(push))
            except LocalProtocolError:
                # Bodies that do not compress: fewer of them fit a frame; a single record always does.
                if len(parts) == 1:
                    raise
                parts = parts[: len(parts) // 2]
        return None

    def _delivered(self, answers: list[Message]) -> bool:
        """Whether to go on. The last receipt speaks for those before it; what follows a refusal does not count."""
        going = False
        good = [answer for answer in answers if isinstance(answer, ReceiptGiven)]
        if good:
            going = self._receipt(good[-1])
            self._base = None
            self.stuck = None
        match [answer for answer in answers if not isinstance(answer, ReceiptGiven)]:
            case [Refused(journal, identity, code), *_]:
                self.stuck = Stuck(journal, identity, code)
                going = False
            case [Rewind(journal), *_]:
                going = self._rewind(journal)
            case [Fault(code), *_]:
                raise RemoteProtocolError(code)
        return going

    def _rewind(self, mark: Mark) -> bool:
        """The parent does not know where we push from: go back to the last place that both know."""
        with self._node.read() as db:
            entry = self._node.log.entry(db, mark[0])
        before = self._base
        self._base = mark[0] if entry is not None and text_of(entry.hash) == mark[1] else 0
        return self._base != before

    def _receipt(self, message: ReceiptGiven) -> bool:
        """Keeps a receipt that speaks of our journal as we have it; gives whether it does."""
        try:
            receipt = SignedReceipt(bytes(message.payload), bytes_of(message.signature))
            content = receipt.content
        except ValueError:
            raise RemoteProtocolError("sync.bad_receipt") from None
        good = receipts.receipt_is_good(receipt, self._key)
        if not good or content.child != self._node.name or content.hub != self._parent:
            raise RemoteProtocolError("sync.bad_receipt")

        def keep(db: Connection) -> bool:
            entry = self._node.log.entry(db, content.journal)
            if entry is None or text_of(entry.hash) != content.hash:
                # The parent holds more, or other, than this copy of us has written: we were restored.
                return False
            receipts.hold(db, receipt)
            return True

        kept = self._node.database.write(keep)
        self._node.notify()
        return kept

    # ------------------------------------------------------------ down

    def follow(self, wait_ms: int = 0) -> Flow:
        """One question for everything new; takes in what comes."""
        with self._node.read() as db:
            kept = streams.cursors(db)
            standing = receipts.standing(db)
            entry = self._node.log.entry(db, standing.journal) or Entry(0, bytes(32))
            catalogue = knowledge.latest_number(db)
        mark = text_of(entry.hash)[: streams.MARK_LENGTH] if entry.position else ""
        cursors: dict[str, Mark] = {}
        for name in CLASSES:
            cursor = kept.get(name, streams.START)
            cursors[name] = (cursor.position, cursor.mark)
        answers = yield Pull(cursors, (entry.position, mark), standing.upstream, wait_ms, catalogue)
        for answer in answers:
            match answer:
                case ReceiptGiven():
                    self._receipt(answer)
                case Entries():
                    self._entries(answer)
                case Reset(name):
                    if name in CLASSES:
                        self._node.database.write(partial(streams.move_cursor, stream=name, cursor=streams.START))
                case Fault(code):
                    raise RemoteProtocolError(code)

    def _entries(self, message: Entries) -> None:
        if message.stream not in CLASSES:
            raise RemoteProtocolError("sync.frame_message", "a stream that was not asked for")
        try:
            records = [entry.record.record() for entry in message.entries]
        except (NotARecord, ValueError) as error:
            raise RemoteProtocolError("sync.not_a_record", str(error)) from None

        def also(db: Connection, intake: Intake) -> None:
            for verdict in intake.verdicts:
                if verdict.outcome not in (Outcome.ACCEPTED, Outcome.HELD, Outcome.DUPLICATE):
                    place = -(self._node.log.last_position(db) + 1)
                    case_files.set_aside(db, place, verdict.record.header.subject, verdict.code)
            streams.move_cursor(db, message.stream, streams.Cursor(*message.end))

        self._node.take_in(records, ABOVE, also)
        while self._node.fold():  # what comes down is wanted on a screen, and the next question tells of it
            pass

    # ------------------------------------------------------------ attachments

    def send_attachments(self) -> Flow:
        """Sends what the parent wants and does not hold, after the records; resumes where the last try ended."""
        store = self._attachments
        self.asked_early = False
        if store is None:
            return
        with self._node.read() as db:
            unsent = store.unsent(db)
        for row in unsent:
            answers = yield Piece(row.hash, row.size, row.media_type, 0)
            while True:
                have = next((answer for answer in answers if isinstance(answer, Have)), None)
                if have is None:
                    return
                if not have.wanted or have.offset >= row.size:
                    break
                data = store.piece(row.hash, have.offset)
                answers = yield Piece(row.hash, row.size, row.media_type, have.offset, text_of(data))
            if have.wanted or (have.final and self._settled()):
                self._node.database.write(partial(store.mark_sent, name=row.hash))
            elif not have.final:
                self.asked_early = True

    def _settled(self) -> bool:
        """Whether the parent has everything of our journal, so that "not wanted" is its last word."""
        with self._node.read() as db:
            return receipts.standing(db).journal == self._node.log.journal_end(db).position


def _mark(entry: Entry) -> Mark:
    return entry.position, text_of(entry.hash)
