"""Sync by a stick: what a child asks in a bundle, how its parent answers it, and what the child does with the answers.

The same messages as on a line, judged by the same code, in an order that leaves the most where a file is cut off: the
journal from the last receipt on, one question for everything new, then the attachments. A stick is slow, comes twice,
or comes late; so each side looks first whether what it reads is older than what it has, and passes over what is:

- a parent passes over records of a journal that it holds already, and never goes back for them
- a child believes the receipt only if it was given while, or after, the one that stands did
- a child takes entries of a stream only where its cursor stands between their beginning and their end; therefore the
  question stands before its answers in the bundle that comes back
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import msgspec

from shared_models.records import NotARecord
from shared_models.signing import Damaged, bytes_of, fingerprint, hash_chain, text_of
from sync_protocol.child_side import ChildSide
from sync_protocol.core.frames import Flow, LocalProtocolError, Prepared, prepare
from sync_protocol.core.messages import (
    Entries,
    Fault,
    Have,
    Lacking,
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
    records_in,
)
from sync_protocol.node import Node
from sync_protocol.parent_side import CONTROL, ParentSide
from sync_protocol.store import filing, knowledge, landmarks, receipts, state, streams
from sync_protocol.store.attachments import PIECE_BYTES, AttachmentRow, Attachments
from sync_protocol.store.database import Connection
from sync_protocol.store.log import DamagedRecord
from sync_protocol.store.receipts import SignedReceipt
from sync_protocol.store.streams import Cursor

REWOUND = "bundle.rewound"
"""Where a parent wants the journal from, as its last answer said; kept until a receipt comes."""
ATTACHMENTS_MAX = 10_000
FOLD_TURNS_MAX = 200
ASKED = (Push, Pull, Piece)


class Outline(NamedTuple):
    """What a child asks with: the end of its journal, how much of it is not acknowledged, the hash of the receipt that
    stands ("" for none), and the files that go along."""

    journal: int
    waiting: int
    receipt: str
    files: list[AttachmentRow]


# ---------------------------------------------------------------- the child asks


def outline(node: Node, attachments: Attachments) -> Outline:
    """Read at once, so that every file is named by a record of the journal up to that end."""
    with node.read() as db:
        end = node.log.journal_end(db).position
        held = receipts.standing_receipt(db)
        waiting = end - min(end, receipts.standing(db).journal)
        return Outline(end, waiting, fingerprint(held.payload) if held else "", attachments.unsent(db, ATTACHMENTS_MAX))


def ask(node: Node, side: ChildSide, attachments: Attachments, files: Sequence[AttachmentRow]) -> Iterator[Prepared]:
    """The messages of a bundle that asks. The journal ends before a record that is damaged, as it does on a line."""
    with node.read() as db:
        rewound = state.get(db, REWOUND)
    with suppress(DamagedRecord, LocalProtocolError):
        yield from side.whole_journal(None if rewound is None else (rewound[0], rewound[1]))
    side.offer_all()
    question = next(side.follow())
    if isinstance(question, Pull):
        yield prepare(msgspec.structs.replace(question, lacks=""))
    for row in files:
        try:
            yield from (prepare(piece) for piece in _pieces(attachments, row))
        except (OSError, Damaged):
            continue  # the doctor names a file that is lost or changed; those behind it do not wait for it
    yield from map(prepare, side.fetcher.questions())


def _pieces(attachments: Attachments, row: AttachmentRow) -> Iterator[Piece]:
    for offset in range(0, row.size, PIECE_BYTES):
        data = text_of(attachments.piece(row.hash, offset))
        yield Piece(row.hash, row.size, row.media_type, offset, data)


# ---------------------------------------------------------------- the parent answers


class Reply(NamedTuple):
    """`records` were new, or refused, and `known` were held before; `stopped` = the journal cannot go on after this."""

    answers: list[Message]
    records: int
    known: int
    stopped: bool


def reply(node: Node, side: ParentSide, child: str, asked: Iterable[Message], *, stopped: bool = False) -> Reply:
    """Answers what a child's bundle asks, and folds what came. What follows a refusal in the journal is passed over:
    `stopped` says that one was given before."""
    answers: list[Message] = []
    records = known = 0
    for message in asked:
        if not isinstance(message, Push):
            _fold(node)
            answers += side.answer(_not_older(node, child, message))
        elif not stopped:
            news = _news(node, child, message)
            count = len(news.records) if news else 0
            records, known = records + count, known + len(message.records) - count
            given = side.answer(news) if news else _again(node, child)
            stopped = any(map(_ends_the_journal, given))
            answers += given
    _fold(node)
    return Reply(answers, records, known, stopped)


def advanced(question: Pull, answers: Sequence[Message]) -> Pull:
    """What the child would ask next, once it had these answers. It asks the same again where nothing more is new."""
    cursors, receipt = dict(question.cursors), (question.journal, question.upstream)
    lacks: str | None = None
    for answer in answers:
        match answer:
            case Entries():
                cursors[answer.stream] = answer.end
            case Reset():
                cursors[answer.stream] = answer.cursor
            case Lacking(files) if len(files) == filing.LACKING_MAX:
                lacks = files[-1]
            case ReceiptGiven():
                content = SignedReceipt(bytes(answer.payload), b"").content
                mark = content.hash[: streams.MARK_LENGTH] if content.journal else ""
                receipt = ((content.journal, mark), content.upstream)
    journal, upstream = receipt
    return msgspec.structs.replace(question, cursors=cursors, journal=journal, upstream=upstream, lacks=lacks)


def _ends_the_journal(answer: Message) -> bool:
    """Whether what follows in the journal cannot be taken in. One branch of a fork may be kept beside the other."""
    return isinstance(answer, Rewind | Fault) or (isinstance(answer, Refused) and answer.code != "sync.fork")


def _news(node: Node, child: str, push: Push) -> Push | None:
    """What of a push is not held here. On a line a child that pushes from an earlier place was restored, and its
    parent goes back with it; a stick may just be late."""
    with node.read() as db:
        last = receipts.last_point(db, child)
        if push.base[0] >= last.position:
            return push
        try:
            records = list(records_in(push.records))
            hashes = hash_chain(bytes_of(push.base[1]) if push.base[0] else bytes(32), [each.id for each in records])
        except (NotARecord, ValueError):
            return push  # to be refused by its name
        before = last.position - push.base[0]
        if before <= len(hashes) and hashes[before - 1] == last.hash:
            rest = [WireRecord.of(record) for record in records[before:]]
            return Push((last.position, text_of(last.hash)), rest) if rest else None
        known = node.log.known(db)
        headers = [(each.header, each.id) for each in records]
        held = (known.id_at((header.node, header.incarnation), header.seq) == name for header, name in headers)
        return None if all(held) else push


def _again(node: Node, child: str) -> list[Message]:
    """The receipt that was given last, where it still says what is true."""
    with node.read() as db:
        given = receipts.given(db, child)
        if given is None or given.content.journal != receipts.last_point(db, child).position:
            return []
    return [ReceiptGiven(msgspec.Raw(given.payload), text_of(given.signature))]


def _not_older(node: Node, child: str, message: Message) -> Message:
    """An old question does not make the hub believe that its child runs an old catalogue again."""
    if not isinstance(message, Pull):
        return message
    with node.read() as db:
        contact = knowledge.contact(db, child)
    latest = max(message.catalogue, contact.catalogue if contact else 0)
    return msgspec.structs.replace(message, catalogue=latest, wait_ms=0)


def _fold(node: Node) -> None:
    """So that decisions and files find what they belong to. A hub that lies far behind folds the rest by itself: what
    it cannot say yet, it says the next time."""
    for _ in range(FOLD_TURNS_MAX):
        if not node.waiting_to_fold() or not node.fold():
            return


# ---------------------------------------------------------------- the child takes the answers


class Asked(NamedTuple):
    """What the child that asked said of itself: the end of its journal, and the hash of the receipt it held."""

    journal: int
    receipt: str


class Taken(NamedTuple):
    """`entries` came down, `files` are confirmed; `older` answers were passed over. `journal` and `code` are those of
    the first refusal or fault, 0 and "" where there was none."""

    entries: int = 0
    files: int = 0
    older: int = 0
    journal: int = 0
    code: str = ""


class Taker:
    """Takes the answers of one bundle in, in their order; a question comes before its answers. `messages` that are
    handed over at once must not end between a question and its answers."""

    def __init__(self, node: Node, side: ChildSide, attachments: Attachments, asked: Asked) -> None:
        self._node = node
        self._side = side
        self._attachments = attachments
        self._asked = asked
        self._taken = Taken()

    def take(self, answers: Iterable[Message]) -> Taken:
        """Raises RemoteProtocolError where a receipt or an entry is not what it should be."""
        question: Pull | None = None
        group: list[Message] = []
        for message in answers:
            if isinstance(message, Pull):
                self._take(question, group)
                question, group = message, []
            else:
                group.append(message)
        self._take(question, group)
        return self._taken

    def _take(self, question: Pull | None, answers: Sequence[Message]) -> None:
        self._receipt([answer for answer in answers if isinstance(answer, ReceiptGiven)])
        if question is not None:
            self._entries(question, [answer for answer in answers if isinstance(answer, Entries | Reset)])
        for answer in answers:
            match answer:
                case Have(data=""):
                    self._have(question, answer)
                case Have():
                    self._side.fetcher.take(answer)
                case Lacking(files):
                    self._node.database.write(partial(self._attachments.ask_about, names=files))
                case Rewind():
                    self._keep(self._side.last_common(answer))
                case Refused(journal, _, code):
                    self._refused(journal, code)
                case Fault(code):
                    self._refused(0, code)

    def _receipt(self, given: Sequence[ReceiptGiven]) -> None:
        """The last one speaks for those before it."""
        if not given:
            return
        try:
            receipt = SignedReceipt(bytes(given[-1].payload), b"")
            time = receipt.content.time
        except ValueError:
            time = 0  # to be refused by its name
        with self._node.read() as db:
            standing, held = receipts.standing(db), receipts.standing_receipt(db)
        stands = fingerprint(held.payload) if held else ""
        if time and time < standing.time and stands != self._asked.receipt:
            self._passed(1)
            return
        _send(self._side.follow(), given[-1:])
        with self._node.read() as db:
            if receipts.standing_receipt(db) != held:
                self._keep(None)

    def _entries(self, question: Pull, answers: Sequence[Entries | Reset]) -> None:
        """Control first. What else stands in the answer was sent by a hub that had told all of its control by then:
        where that is not known here, because this node was restored meanwhile, it could not be judged."""
        control = [answer for answer in answers if answer.stream == CONTROL]
        others = [answer for answer in answers if answer.stream != CONTROL]
        self._fitting(question, control)
        told = question.cursors.get(CONTROL, (0, ""))
        for answer in control:
            told = answer.end if isinstance(answer, Entries) else told
        with self._node.read() as db:
            known = Cursor(*told) in _passed(db, CONTROL)
        if known:
            self._fitting(question, others)
        else:
            self._passed(len(others))

    def _fitting(self, question: Pull, answers: Sequence[Entries | Reset]) -> None:
        """Takes what begins at a place that this node has read to."""
        fitting: list[Message] = []
        for answer in answers:
            asked = Cursor(*question.cursors.get(answer.stream, (0, "")))
            with self._node.read() as db:
                here = streams.cursors(db).get(answer.stream, streams.START)
                passed = _passed(db, answer.stream)
            match answer:
                case Reset() if here == asked:
                    fitting.append(answer)
                case Entries() if asked in passed and here.position < answer.end[0]:
                    fitting.append(answer)
                    self._taken = self._taken._replace(entries=self._taken.entries + len(answer.entries))
        self._passed(len(answers) - len(fitting))
        self._side.offer_all()
        _send(self._side.follow(), fitting)

    def _have(self, question: Pull | None, have: Have) -> None:
        """A file is sent once the parent holds it whole; or does not want it, and knows every record that might name
        it: then its receipt reaches to the end that the journal had when the file went along."""
        with self._node.read() as db:
            row = self._attachments.row(db, have.hash)
        if row is None or row.sent or not row.whole:
            return
        settled = question is not None and question.journal[0] >= self._asked.journal
        if have.offset >= row.size if have.wanted else have.final and settled:
            self._node.database.write(partial(self._attachments.mark_sent, name=row.hash))
            self._taken = self._taken._replace(files=self._taken.files + 1)

    def _refused(self, journal: int, code: str) -> None:
        """Notes the first refusal. A fork of the incarnation that is open here ends it, as on a line; one that was
        open when an old answer was given has ended already."""
        if not self._taken.code:
            self._taken = self._taken._replace(journal=journal, code=code)
        if code == "sync.fork":
            self._node.leave_fork(journal)

    def _keep(self, mark: Mark | None) -> None:
        def work(db: Connection) -> None:
            if mark is not None or state.get(db, REWOUND) is not None:
                state.put(db, REWOUND, mark)

        self._node.database.write(work)

    def _passed(self, count: int) -> None:
        self._taken = self._taken._replace(older=self._taken.older + count)


def _passed(db: Connection, stream: str) -> list[Cursor]:
    """The places up to which this node is known to have read a stream."""
    here = streams.cursors(db).get(stream, streams.START)
    return [streams.START, here, *landmarks.behind(db, stream, here.position)]


def _send(flow: Flow, answers: Sequence[Message]) -> None:
    """Hands a flow of the child's side the answers to its question, as a line would."""
    next(flow)
    try:
        flow.send(list(answers))
    except StopIteration:
        return
