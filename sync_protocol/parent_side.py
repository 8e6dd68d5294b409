"""The parent's half of sync: what a hub answers to each message of a child. No network, no clock of its own.

`answer` gives the messages to send back; an empty list for a Pull means "nothing new", which the driver turns into
`Idle` at once or after a while (long poll). A receipt is signed in the transaction that keeps the records and handed
out only after that transaction is durable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from shared_models.records import NotARecord, Record, is_signed_by_one_of
from shared_models.refusals import Refusal
from shared_models.roster import Member, Roster
from shared_models.signing import Damaged, KeyPair, bytes_of, hash_chain, text_of
from sync_protocol.audit import shown
from sync_protocol.core.checkpoints import Leaf
from sync_protocol.core.messages import (
    RECORDS_MAX,
    Audit,
    Entries,
    Fault,
    Have,
    Lacking,
    Mark,
    Message,
    Piece,
    Present,
    Pull,
    Push,
    ReceiptGiven,
    Refused,
    Reset,
    Rewind,
    StreamedRecord,
    WireRecord,
    records_in,
)
from sync_protocol.core.verdicts import Outcome, Verdict
from sync_protocol.node import Intake, Node
from sync_protocol.store import dropping, filing, knowledge, receipt_log, receipts, streams
from sync_protocol.store.attachments import PIECE_BYTES, Attachments
from sync_protocol.store.database import Connection
from sync_protocol.store.landmarks import LANDMARKS_MAX
from sync_protocol.store.log import ABOVE, Entry
from sync_protocol.store.receipts import SignedReceipt
from sync_protocol.store.streams import Cursor
from sync_protocol.witness import Witness

CONTROL = "control"
ENTRIES_MAX = 256
ENTRIES_BYTES_MAX = 640 * 1024
MARK_LENGTH = streams.MARK_LENGTH


URGENT, LATER = ("control", "node"), ("area", "catalogue")
"""Classes of streams in the order of their weight: what service cannot do without comes first, and alone."""


class _UnknownBase(Exception):
    """The child pushes from a place that was never acknowledged here."""


@dataclass
class Answer:
    """The answer to a pull while it is put together. `room` = bytes of records that still fit, `more` = whether
    `ParentSide.later` has anything to add."""

    room: int
    messages: list[Message] = field(default_factory=list)
    more: bool = False
    _begun: bool = False

    def fits(self, size: int) -> bool:
        """Takes the room for a record, if it is there. The first record always fits; behind one that does not, none
        does: a smaller one shall not overtake it."""
        if size > self.room and self._begun:
            self.room = 0
            return False
        self.room, self._begun = max(self.room - size, 0), True
        return True


class ParentSide:
    """Answers one child. `attachments` is None where this hub keeps none; `entries_max` = entries of a stream in one
    answer; `keys` = the pair of the hub that the child knows, where that is not the newest."""

    def __init__(
        self,
        node: Node,
        child: Member,
        attachments: Attachments | None = None,
        *,
        entries_max: int = ENTRIES_MAX,
        keys: KeyPair | None = None,
    ) -> None:
        self._keys = keys
        self._entries_max = entries_max
        self._node = node
        self._child = child
        self._attachments = attachments

    def answer(self, message: Message) -> list[Message]:
        match message:
            case Push():
                return self._push(message)
            case Pull():
                answer = self.urgent(message)
                if answer.more:
                    self.later(message, answer)
                return answer.messages
            case Piece():
                return self._piece(message)
            case Present():
                return Witness(self._node, self._child).answer(message)
            case Audit():
                return [shown(self._node, message)]
        return [Fault("sync.out_of_order")]

    # ------------------------------------------------------------ up

    def _push(self, message: Push) -> list[Message]:
        if len(message.records) > RECORDS_MAX:
            return [Fault("sync.too_many_records")]
        records, bad = _parsed(message.records)
        base = _entry(message.base)
        if base is None:
            return [Fault("sync.frame_message")]
        given: list[SignedReceipt] = []
        forked: list[Refused] = []

        def before(db: Connection) -> None:
            if not receipts.rewind(db, self._child.node, base):
                raise _UnknownBase

        def also(db: Connection, intake: Intake) -> None:
            entry = _run_on(base, records[: intake.kept])
            receipts.add_point(db, self._child.node, entry, self._node.log.journal_end(db).position)
            given.append(self._sign(db, entry))
            kept = enumerate(intake.verdicts[: intake.kept], base.position + 1)
            forked.extend(Refused(place, each.record.id, "sync.fork") for place, each in kept if self._forked(db, each))

        try:
            intake = self._node.take_in(records, self._child.node, also, before)
        except _UnknownBase:
            with self._node.read() as db:
                return [_rewind(db, self._child.node)]
        answers: list[Message] = [_receipt_message(given[0])]
        answers += forked[:1]
        refused = intake.refused
        if refused is not None:
            answers.append(Refused(base.position + intake.kept + 1, refused.record.id, refused.code))
        elif bad:
            answers.append(Refused(base.position + intake.kept + 1, "", bad))
        return answers

    def _forked(self, db: Connection, verdict: Verdict) -> bool:
        """Whether the child should go on in a fresh incarnation: said again with each record on a frozen chain, since
        an answer may be lost."""
        header = verdict.record.header
        if header.node != self._child.node or verdict.outcome not in (Outcome.FORK, Outcome.HELD):
            return False
        return self._node.log.known(db).forked_at((header.node, header.incarnation)) is not None

    def _sign(self, db: Connection, entry: Entry) -> SignedReceipt:
        upstream = receipts.upstream_of(db, self._child.node, receipts.standing(db).journal)
        node = self._node
        keys = self._keys or node.keys

        def sign(log: Leaf) -> SignedReceipt:
            return receipts.sign_receipt(keys, node.name, self._child.node, entry, upstream, node.now(), log)

        receipt = receipt_log.add(db, node.name, node.epoch, sign)
        receipts.give(db, self._child.node, receipt)
        return receipt

    # ------------------------------------------------------------ down

    @property
    def listens_to(self) -> tuple[str, ...]:
        """What this child waits for in a long poll: news of its streams, and of its receipts."""
        child = self._child
        return ("control", f"node/{child.node}", f"area/{child.area}", "catalogue", receipts.news(child.node))

    def urgent(self, message: Pull, most: int = ENTRIES_BYTES_MAX) -> Answer:
        """What goes first of the answer: receipts, control and cases; at most about `most` bytes of records in all."""
        roster = self._node.roster
        answer = Answer(min(message.room, most) if message.room > 0 else most)
        with self._node.read() as db:
            known = knowledge.contact(db, self._child.node)
            stale = self._receipt_due(db, message)
            self._streams(db, roster, message, URGENT, answer)
            answer.more = answer.room > 0 and bool(self._behind(db, roster, message, LATER))
            if message.lacks is not None and self._attachments is not None:
                answer.messages.append(Lacking(filing.lacked(db, self._child.node, message.lacks)))
        self._seen(known, message)
        if stale:
            receipt = self._node.database.write(
                lambda db: self._sign(db, receipts.last_point(db, self._child.node)), together=True
            )
            answer.messages.insert(0, _receipt_message(receipt))
        return answer

    def later(self, message: Pull, answer: Answer) -> None:
        """Adds what follows: of the catalogue and for the area, as much as still fits."""
        with self._node.read() as db:
            self._streams(db, self._node.roster, message, LATER, answer)

    def _seen(self, known: knowledge.Contact | None, message: Pull) -> None:
        """Notes that the child was here, and which catalogue it runs; not with every question."""
        now = self._node.now()
        if known is None or known.catalogue != message.catalogue or abs(now - known.at_ms) > 10_000:
            self._node.database.write(
                lambda db: knowledge.note_contact(db, self._child.node, now, message.catalogue, ""), together=True
            )

    def _receipt_due(self, db: Connection, message: Pull) -> bool:
        """Whether the receipt that the child holds says less, or other, than what is true by now."""
        point = receipts.last_point(db, self._child.node)
        upstream = receipts.upstream_of(db, self._child.node, receipts.standing(db).journal)
        mark = text_of(point.hash)[:MARK_LENGTH] if point.position else ""
        return (point.position, mark, upstream) != (*message.journal, message.upstream)

    def _behind(self, db: Connection, roster: Roster, message: Pull, names: Sequence[str]) -> list[tuple[str, str]]:
        """(class, stream) of those that do not end at the child's cursor."""
        asked = [each for each in self.streams(roster) if each[0] in names and each[0] in message.cursors]
        return [each for each in asked if Cursor(*message.cursors[each[0]]) != streams.head(db, each[1])]

    def _streams(self, db: Connection, roster: Roster, message: Pull, names: Sequence[str], answer: Answer) -> None:
        for name, stream in self._behind(db, roster, message, names):
            cursor, end = Cursor(*message.cursors[name]), None
            if streams.matches(db, stream, cursor):
                end = self._entries(db, roster, name, stream, cursor, answer)
            else:
                answer.messages.append(Reset(name, _common(db, stream, message.earlier.get(name, []))))
            if name == CONTROL and end != streams.head(db, stream):
                answer.room = 0
                return  # who may write what, and which incarnations opened, is known before anything else comes

    def _entries(
        self, db: Connection, roster: Roster, name: str, stream: str, cursor: Cursor, answer: Answer
    ) -> Cursor:
        taken: list[StreamedRecord] = []
        end, before = cursor, ""
        for entry in streams.entries(db, stream, cursor.position, self._entries_max):
            row = self._node.log.at(db, [entry.record])[0]
            record = row.record
            if not answer.fits(len(record.header_bytes) + len(record.body or b"")):
                break
            end = Cursor(entry.position, entry.mark)
            if record.body is None and dropping.is_gone(db, entry.record):
                continue  # this hub dropped the case, and so has the child, or will behind this
            if row.source == ABOVE or self._stands_alone(roster, record):
                wire = WireRecord.shortened(record.header_bytes, record.signature, record.body, before)
                taken.append(StreamedRecord(entry.reason, wire))
                before = record.id
        if end != cursor:
            answer.messages.append(Entries(name, taken, (end.position, end.mark)))
        return end

    def _stands_alone(self, roster: Roster, record: Record) -> bool:
        """A record out of a run was vouched for by a later signature; by itself it must be good under its own. Our own
        is, also where we came back from before we took the key that signed it, and our roster does not know it yet."""
        node = record.header.node
        if is_signed_by_one_of(record, roster.keys_of(node)):
            return True
        return node == self._node.name and is_signed_by_one_of(record, self._node.keys_of(node))

    def streams(self, roster: Roster) -> tuple[tuple[str, str], ...]:
        """(class, stream) that this child may read by now, in the order of their weight. A child that is revoked, or
        lapsed, still delivers, so that nothing is lost, and learns what was said of it; it is told nothing else."""
        child = roster.member(self._child.node)
        if child is None or child.revoked or child.lapsed:
            return (("control", "control"),)
        return (
            ("control", "control"),
            ("node", f"node/{self._child.node}"),
            ("area", f"area/{self._child.area}"),
            ("catalogue", "catalogue"),
        )

    # ------------------------------------------------------------ attachments

    def _piece(self, message: Piece) -> list[Message]:
        store = self._attachments
        if store is None:
            return [self._unwanted(message)]
        if message.give:
            return [self._given(store, message)]
        with store.receiving:
            with self._node.read() as db:
                row = store.row(db, message.hash)
            if row is None:
                return [self._unwanted(message)]
            if row.whole or (message.data and message.offset != row.held):
                return [Have(row.hash, row.held)]
            try:
                data = bytes_of(message.data)
                held = store.receive(row, message.offset, data) if data else store.adopt(row)
            except (Refusal, ValueError):
                return [Fault("sync.attachment_piece")]
            if held != row.held:
                self._node.database.write(lambda db: store.set_held(db, row.hash, held))
        if held == row.size:
            self._node.notify(())  # now it may go on to our own parent
        return [Have(row.hash, held)]

    def _given(self, store: Attachments, message: Piece) -> Have:
        """Bytes of a file that a case of this child names. What is not for it is not here, as far as it is told."""
        with self._node.read() as db:
            row = store.row(db, message.hash) if filing.may_have(db, self._child.node, message.hash) else None
        if row is None:
            return Have(message.hash, 0, wanted=False)
        data = b""
        if row.whole and message.offset < row.size:
            try:
                data = store.piece(row.hash, message.offset, min(message.give, PIECE_BYTES))
            except (OSError, Damaged):  # the doctor names it
                return Have(row.hash, 0)
        return Have(row.hash, row.held, data=text_of(data), begins=message.offset)

    def _unwanted(self, message: Piece) -> Have:
        """A record that names it may be kept and not folded yet: only then is "not wanted" not our last word."""
        return Have(message.hash, 0, wanted=False, final=self._node.waiting_to_fold() == 0)


def _parsed(wire: list[WireRecord]) -> tuple[list[Record], str]:
    """The records up to the first that is none, and the code of its refusal ("" = all are records)."""
    records: list[Record] = []
    try:
        for record in records_in(wire):
            records.append(record)  # noqa: PERF402 - what stands before a bad one counts
    except (NotARecord, ValueError):
        return records, "sync.not_a_record"
    return records, ""


def _entry(mark: Mark) -> Entry | None:
    try:
        return Entry(mark[0], bytes_of(mark[1]) if mark[0] else bytes(32))
    except ValueError:
        return None


def _mark(entry: Entry) -> Mark:
    return entry.position, text_of(entry.hash)


def _common(db: Connection, stream: str, earlier: list[Mark]) -> Mark:
    """The last of the places that a child has passed which is of our history as well; the beginning where none is."""
    known = (place for place in earlier[:LANDMARKS_MAX] if streams.matches(db, stream, Cursor(*place)))
    return max(known, default=(0, ""))


def _rewind(db: Connection, child: str) -> Rewind:
    earlier = [(each.position, text_of(each.hash)[:MARK_LENGTH]) for each in receipts.earlier_points(db, child)]
    return Rewind(_mark(receipts.last_point(db, child)), earlier)


def _run_on(base: Entry, records: list[Record]) -> Entry:
    """The journal entry after these records."""
    hashes = hash_chain(base.hash, [record.id for record in records])
    return Entry(base.position + len(records), hashes[-1]) if hashes else base


def _receipt_message(receipt: SignedReceipt) -> ReceiptGiven:
    return ReceiptGiven(msgspec.Raw(receipt.payload), text_of(receipt.signature))
