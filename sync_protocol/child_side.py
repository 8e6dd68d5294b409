"""The child's half of sync: what a node asks its parent, and what it does with the answers. No network, no clock.

Each flow is a generator that yields requests and is sent the answers, so that one text serves an HTTP client, a bundle
and a list in a test. A flow that is broken off anywhere is simply begun again: everything it does is durable and
harmless to repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from shared_models.records import NotARecord, Record
from shared_models.roster import NODE_OPENED
from shared_models.signing import bytes_of, text_of
from sync_protocol.audit import Auditor
from sync_protocol.core.astray import Astray, Said
from sync_protocol.core.checkpoints import Signed
from sync_protocol.core.contradictions import two_receipts
from sync_protocol.core.frames import (
    LEVEL,
    LEVEL_OF_SLOW_LINES,
    Flow,
    LocalProtocolError,
    Prepared,
    RemoteProtocolError,
    no_clock,
    paced,
    prepare,
)
from sync_protocol.core.messages import (
    Entries,
    Fault,
    Mark,
    Message,
    Pull,
    Push,
    ReceiptGiven,
    Refused,
    Reset,
    Rewind,
    WireRecord,
    records_in,
)
from sync_protocol.core.pace import Pace
from sync_protocol.core.verdicts import Outcome
from sync_protocol.fetching_files import FileFetcher
from sync_protocol.following import CLASSES, Following
from sync_protocol.node import Intake, Node
from sync_protocol.sending_files import FileSender
from sync_protocol.store import audited, knowledge, receipts, streams
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.database import Connection
from sync_protocol.store.log import ABOVE, DamagedRecord, Entry, RecordParts
from sync_protocol.store.receipts import SignedReceipt
from sync_protocol.witness import Contradict, Presenter

PUSH_RECORDS = 1000
PUSH_BYTES = 3 * 1024 * 1024
RECORDS_PACE = (128 * 1024, 32 * 1024, 32 * 1024 * 1024)
"""Bytes of records in a request: at first, at least, at most. They travel packed, in a quarter of that."""
SLOW_BYTES = 64 * 1024
"""A line that bears messages of no more than this in the time that one should take is worth packing harder for."""
ROOM_MAX, ROOM_MIN = 640 * 1024, 16 * 1024
"""Bytes of records in an answer from above: halved where none came, doubled where one did."""


class Stuck(NamedTuple):
    """Why delivery stands still: the place in the journal, the record, the code of the sentence."""

    journal: int
    id: str
    code: str


class _Batch(NamedTuple):
    """A push that is ready to be sent: the place of the journal after it, bytes of its records, and its frame."""

    end: int
    size: int
    push: Prepared


class ChildSide:
    """Asks one parent, whose 32-byte key and name are known from the invitation. `damage` is not sent. `clock` gives
    seconds that never go back; how much is sent at once follows from how long it takes, and is at most `push_records`
    records a message."""

    def __init__(
        self,
        node: Node,
        parent: str,
        parent_key: bytes,
        attachments: Attachments | None = None,
        damage: Sequence[DamagedRecord] = (),
        *,
        clock: Callable[[], float] = no_clock,
        push_records: int = PUSH_RECORDS,
    ) -> None:
        self._damage = damage
        self._clock = clock
        self._push_records = push_records
        self._records = Pace(*RECORDS_PACE)
        self._room = ROOM_MAX
        self._asking = False
        self._node = node
        self._parent = parent
        self._key = parent_key
        self.files = FileSender(node, attachments, clock)
        self.fetcher = FileFetcher(node, attachments, clock)
        self._presenter = Presenter(node, parent, parent_key, clock)
        self.auditor = Auditor(node, parent, parent_key, clock)
        self._base: int | None = None
        self._unsure = True
        """Whether the parent may hold more than its last receipt says: an answer may have been lost, by us or by a
        process before us."""
        self._astray = Astray()
        self._following = Following(node)
        self.stuck: Stuck | None = None

    # ------------------------------------------------------------ up

    def deliver(self) -> Flow:
        """Sends the journal from the last receipt to its end. Raises log.DamagedRecord, RemoteProtocolError."""
        while self._behind():
            if self._unsure:
                yield from self._learn()
                continue
            self._unsure = True
            answers = yield from paced(self._records, self._clock, self._pushes)
            self._unsure = False
            if not self._delivered(answers):
                return
        self.stuck = None

    def _learn(self) -> Flow:
        """Asks for the latest receipt alone, so that nothing is sent again that the parent has kept."""
        answers = yield self._question({}, 0)
        self._heard(answers)
        self._base, self._unsure = None, False

    def _start(self, db: Connection) -> int:
        """The place in the journal behind which the parent holds nothing."""
        return receipts.standing(db).journal if self._base is None else self._base

    def _behind(self) -> bool:
        with self._node.read() as db:
            return self._astray.due or self._start(db) < self._node.log.journal_end(db).position

    def _pushes(self) -> Iterator[Prepared]:
        """The batches from what the parent holds towards the journal's end, each made when it is asked for."""
        pace = self._records
        pace.rewind()
        with self._node.read() as db:
            start = self._start(db)
        batch = self._batch(start, min(PUSH_BYTES, pace.message))
        if batch is None:
            yield self._nothing_behind(start)
        while batch is not None:
            yield batch.push
            pace.sent(batch.size)
            if pace.full:
                return
            try:
                batch = self._batch(batch.end, min(PUSH_BYTES, pace.message))
            except (DamagedRecord, LocalProtocolError):
                return  # the next run meets it at its start, after the receipts for what is under way

    def _nothing_behind(self, start: int) -> Prepared:
        """A push of no records: asks whether the parent knows this place."""
        with self._node.read() as db:
            return prepare(Push(_mark(self._node.log.entry(db, start) or Entry(0, bytes(32))), []))

    def whole_journal(self, rewound: Mark | None) -> Iterator[Prepared]:
        """Every batch from what the parent is known to hold, or from where it last said that it knows the journal:
        for a bundle, which can ask nothing first. Raises log.DamagedRecord, LocalProtocolError."""
        if rewound is not None:
            self._rewind(Rewind(rewound))
        with self._node.read() as db:
            start = self._start(db)
        batch = self._batch(start, PUSH_BYTES)
        if batch is None:
            yield self._nothing_behind(start)
        while batch is not None:
            yield batch.push
            batch = self._batch(batch.end, PUSH_BYTES)

    def _batch(self, start: int, most: int) -> _Batch | None:
        with self._node.read() as db:
            base = self._node.log.entry(db, start) or Entry(0, bytes(32))
            parts, _ = self._node.log.journal_parts(db, base.position, self._push_records, most, self._damage)
        level = LEVEL_OF_SLOW_LINES if self._records.message <= SLOW_BYTES else LEVEL
        while parts:
            push = Push(_mark(base), _shortened(parts))
            try:
                size = sum(len(each.header) + len(each.body or b"") for each in parts)
                return _Batch(base.position + len(parts), size, prepare(push, level))
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
        match [answer for answer in answers if not isinstance(answer, ReceiptGiven)]:
            case []:
                self.stuck = None
            case [Refused(journal, _, "sync.fork"), *_]:
                self._node.leave_fork(journal)  # kept and acknowledged, and held: what is written next shall not be
            case [Refused(journal, identity, code), *_]:
                # What was kept before it may be what it waits for: asked once more, behind a push of its own.
                again = self.stuck is not None and self.stuck.journal == journal
                self.stuck = Stuck(journal, identity, code)
                going = going and not again
            case [Rewind() as rewind, *_]:
                going = self._rewind(rewind)
            case [Fault(code), *_]:
                raise RemoteProtocolError(code)
        return going

    def _rewind(self, rewind: Rewind) -> bool:
        """The parent does not know where we push from: go back to the last place that both know."""
        before = self._base
        self._base = self.last_common(rewind)[0]
        return self._base != before

    def last_common(self, rewind: Rewind) -> Mark:
        """The furthest of the places which the parent names that this journal has as well; the beginning at worst."""
        with self._node.read() as db:
            for position, mark in (rewind.journal, *rewind.earlier):
                entry = self._node.log.entry(db, position)
                if entry is not None and len(mark) >= streams.MARK_LENGTH and text_of(entry.hash).startswith(mark):
                    return _mark(entry)
        return _mark(Entry(0, bytes(32)))

    def _receipt(self, message: ReceiptGiven) -> bool:
        """Keeps a receipt that speaks of our journal as we have it; gives whether it does."""
        try:
            receipt = SignedReceipt(bytes(message.payload), bytes_of(message.signature))
            content = receipt.content
        except ValueError:
            raise RemoteProtocolError("sync.bad_receipt") from None
        member = self._node.roster.member(self._parent)
        keys = (self._key,) if member is None else member.publics
        good = any(receipts.receipt_is_good(receipt, key) for key in keys)
        if not good or content.child != self._node.name or content.hub != self._parent:
            raise RemoteProtocolError("sync.bad_receipt")

        concerned: list[str] = []

        def keep(db: Connection) -> tuple[bool, Signed | None]:
            entry = self._node.log.entry(db, content.journal)
            other = audited.other(db, receipt)
            if entry is None or text_of(entry.hash) != content.hash:
                # The parent holds more, or other, than this copy of us has written: we were restored.
                return False, other
            concerned.extend(receipts.concerned(db, *sorted((receipts.standing(db).journal, content.journal))))
            receipts.hold(db, receipt)
            if witness:
                audited.hold(db, receipt)
            return True, other

        witness = self.auditor.witness
        kept, other = self._node.database.write(keep)
        if other is not None:
            self._node.write(Contradict(two_receipts(self._parent, other, receipt)))
        if kept:
            self._astray.agrees()
        else:
            self._astray.hears(Said(content.journal, content.hash, content.upstream))
        self._node.notify(list(map(receipts.news, concerned)))
        return kept

    # ------------------------------------------------------------ attachments

    def exchange_files(self) -> Flow:
        """Learns which files the parent lacks, sends what it wants, and fetches what is not here of the own cases."""
        behind = self.files.asks_behind()
        while behind is not None:
            answers = yield self._question({}, 0, behind)
            self._heard(answers)
            behind = self.files.lacked(answers)
        yield from self.files.send()
        yield from self.fetcher.fetch()

    def _tells_of_files(self, records: Sequence[Record]) -> bool:
        """Whether the parent may lack files that it had, or want some that it did not: it began anew, or a case
        concerns somebody else as well."""
        headers, above = [record.header for record in records], self._node.roster.above(self._node.name)
        return any(
            header.node == self._parent
            if header.kind == NODE_OPENED
            else header.kind.startswith("case.") and header.node not in above
            for header in headers
        )

    # ------------------------------------------------------------ the witness

    def witnessed(self) -> Flow:
        """Has the log of receipts of this node cosigned, and the receipts that it holds shown to be in its parent's."""
        yield from self._presenter.present()
        yield from self.auditor.audit()

    # ------------------------------------------------------------ down

    def follow(self, wait_ms: int = 0) -> Flow:
        """One question for everything new; takes in what comes. Where the parent does not know a cursor, a second one
        tells it which places are known here."""
        self._following.look_again()
        for wait in (wait_ms, 0):
            if self._asking:
                self._room = max(self._room // 2, ROOM_MIN)
            self._asking = True
            answers = yield self._question(self._following.cursors(), wait)
            self._asking = False
            self._heard(answers)
            if any(isinstance(answer, Entries) for answer in answers):
                self._room = min(self._room * 2, ROOM_MAX)
            if not self._following.lost:
                return

    def offer_all(self) -> None:
        """The next question tells of every stream where it may go back to: for a bundle, whose answer takes days."""
        self._following.offer_all()

    def _question(self, cursors: dict[str, Mark], wait_ms: int, lacks: str | None = None) -> Pull:
        with self._node.read() as db:
            standing = receipts.standing(db)
            entry = self._node.log.entry(db, standing.journal) or Entry(0, bytes(32))
            catalogue = knowledge.latest_number(db)
        said = self._astray.said or Said(entry.position, text_of(entry.hash), standing.upstream)
        mark = said.hash[: streams.MARK_LENGTH] if said.journal else ""
        room = self._room if self._room < ROOM_MAX else 0
        earlier = self._following.earlier() if cursors else {}
        return Pull(cursors, (said.journal, mark), said.upstream, wait_ms, catalogue, room, earlier, lacks)

    def _heard(self, answers: list[Message]) -> None:
        for answer in answers:
            match answer:
                case ReceiptGiven():
                    self._receipt(answer)
                case Entries():
                    self._entries(answer)
                case Reset():
                    self._following.reset(answer)
                case Fault(code):
                    raise RemoteProtocolError(code)

    def _entries(self, message: Entries) -> None:
        if message.stream not in CLASSES:
            raise RemoteProtocolError("sync.frame_message", "a stream that was not asked for")
        try:
            records = list(records_in(entry.record for entry in message.entries))
        except (NotARecord, ValueError) as error:
            raise RemoteProtocolError("sync.not_a_record", str(error)) from None

        grown: set[str] = set()

        def also(db: Connection, intake: Intake) -> None:
            for verdict in intake.verdicts:
                if verdict.outcome not in (Outcome.ACCEPTED, Outcome.HELD, Outcome.DUPLICATE):
                    self._following.passes_over(db, message.stream, verdict)
            reasons = [entry.reason for entry in message.entries]
            grown.update(self._node.heed(db, list(zip(records, reasons, strict=True))))
            self._following.moved(db, message.stream, message.end)

        self._node.take_in(records, ABOVE, also)
        if self._tells_of_files(records):
            self.files.ask_soon()
        if grown:
            self._node.notify(grown)
        while self._node.fold():  # what comes down is wanted on a screen, and the next question tells of it
            pass


def _shortened(parts: Sequence[RecordParts]) -> list[WireRecord]:
    names = ("", *(each.id for each in parts))
    return [
        WireRecord.shortened(each.header, each.signature, each.body, before)
        for each, before in zip(parts, names, strict=False)
    ]


def _mark(entry: Entry) -> Mark:
    return entry.position, text_of(entry.hash)
