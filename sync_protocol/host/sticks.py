"""Bundles as a node writes and reads them, whether it runs or not.

The command opens the files and the seals, and reads the database; what changes the database is a verb, carried out by
the running process, or here where none runs (see `operator`). So a bundle is taken in by the same hands as what comes
over the line, and beside it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from shared_models.refusals import Refusal
from shared_models.roster import Member
from sync_protocol.child_side import ChildSide
from sync_protocol.core.frames import FrameReader, RemoteProtocolError, pack
from sync_protocol.core.messages import AnyMessage, Have, Message, Piece, Pull, Push
from sync_protocol.host import operator, runtime
from sync_protocol.host.bundle_files import PART_BYTES, Bundle, Keys, find, stem_of, writing
from sync_protocol.host.commands import Home
from sync_protocol.host.runtime import Runtime
from sync_protocol.host.settings import Parent
from sync_protocol.host.verbs import Verb
from sync_protocol.store.log import DamagedRecord
from sync_protocol.wire import stick
from sync_protocol.wire.bundle import Head, Sealer, new_head
from sync_protocol.wire.stick import Asked, Taken, Taker

BATCH_BYTES = 2 * 1024 * 1024
GROUP_BYTES_MAX = 16 * 1024 * 1024
"""What is handed over to the running process at once, before base64."""
PAGES_MAX = 100_000
"""How often a hub asks itself on behalf of a child what more is new."""

Progress = Callable[[int, int], None]
"""Is told what was done: records, and bytes as they stand in the file."""


# ---------------------------------------------------------------- verbs


class Ask(msgspec.Struct, frozen=True):
    """Frames of a child's bundle; `stopped` = the journal cannot go on, because of an answer before."""

    child: str
    frames: bytes
    stopped: bool = False


class Answers(msgspec.Struct, frozen=True):
    """The frames of the answers, and as `stick.Reply`."""

    frames: bytes
    records: int
    known: int
    stopped: bool


class Take(msgspec.Struct, frozen=True):
    """Frames of a parent's answers, and what the child had said of itself (`stick.Asked`)."""

    journal: int
    receipt: str
    frames: bytes


def answer(opened: Runtime, asked: Ask) -> Answers:
    """Raises Refusal sync.not_a_child, bundle.malformed, bundle.damaged_here."""
    child = _child(opened, asked.child)
    if child is None:
        raise Refusal("sync.not_a_child")
    with _in_words():
        given = stick.reply(opened.node, child, opened.attachments, messages_in(asked.frames), stopped=asked.stopped)
    return Answers(b"".join(map(pack, given.answers)), given.records, given.known, given.stopped)


def take(opened: Runtime, asked: Take) -> Taken:
    """Raises Refusal bundle.no_parent, bundle.malformed."""
    side = _side(opened, _parent(opened))
    with _in_words():
        taker = Taker(opened.node, side, opened.attachments, Asked(asked.journal, asked.receipt))
        return taker.take(messages_in(asked.frames))


ANSWER, TAKE = "bundle-answer", "bundle-take"
VERBS = {ANSWER: Verb(Ask, Answers, answer), TAKE: Verb(Take, Taken, take)}


def verbs_at(runtime_of: Callable[[Any], Runtime]) -> dict[str, Verb]:
    """The verbs for a place (a station, a hub) whose runtime `runtime_of` gives."""

    def at_place(verb: Verb) -> Verb:
        return verb._replace(work=lambda place, asked: verb.work(runtime_of(place), asked))

    return {name: at_place(verb) for name, verb in VERBS.items()}


def messages_in(frames: bytes) -> list[AnyMessage]:
    """Raises RemoteProtocolError."""
    reader = FrameReader()
    reader.feed(frames)
    found = []
    while (message := reader.next()) is not None:
        found.append(message)
    if not reader.empty:
        raise RemoteProtocolError("sync.frame_truncated")
    return found


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except RemoteProtocolError as error:
        raise Refusal("bundle.malformed", reason=error.code) from None
    except DamagedRecord as bad:
        raise Refusal("bundle.damaged_here", id=bad.id) from None


def _child(opened: Runtime, name: str) -> Member | None:
    """A revoked one still delivers, so that nothing is lost."""
    member = opened.node.roster.member(name)
    return member if member is not None and member.parent == opened.node.name else None


def _parent(opened: Runtime) -> Parent:
    parent = opened.settings.parent
    if parent is None:
        raise Refusal("bundle.no_parent")
    return parent


def _side(opened: Runtime, parent: Parent) -> ChildSide:
    return ChildSide(opened.node, parent.name, parent.public, opened.attachments, opened.damage)


# ---------------------------------------------------------------- a node in reach


@dataclass(frozen=True)
class Reached:
    """A node as a command reaches it: `opened` to read from, `do` for what changes it."""

    home: Home
    opened: Runtime
    running: bool

    def do(self, name: str, asked: msgspec.Struct) -> Any:
        """The verb's answer. Raises Refusal bundle.node_ended and the verb's own, LineDown."""
        if not self.running:
            return VERBS[name].work(self.opened, asked)
        answered = operator.ask_running(self.home.path, name, msgspec.json.encode(asked))
        if answered is None:
            raise Refusal("bundle.node_ended")
        return msgspec.json.decode(answered, type=VERBS[name].answer)

    def keys(self) -> Keys:
        return Keys(self.opened.node.keys, self.opened.node.name, self.key_of)

    def key_of(self, sender: str) -> bytes | None:
        """The key of our parent, or of a child of ours."""
        parent, child = self.opened.settings.parent, _child(self.opened, sender)
        if parent is not None and parent.name == sender:
            return parent.public
        return child.public if child is not None else None

    def area_of(self, name: str) -> str:
        member = self.opened.node.roster.member(name)
        return member.area if member is not None else name

    def name_of(self, name: str) -> str:
        member = self.opened.node.roster.member(name)
        return member.name if member is not None else name


@contextmanager
def reached(home: Home) -> Iterator[Reached]:
    """The node at `home`, locked where it does not run. Raises Refusal."""
    folder, settings = home.folder(), home.settings()
    running = operator.is_running(home.path)
    with nullcontext() if running else folder.locked():
        opened = runtime.open_joined(folder, home.keyring(), litestream=running or settings.litestream)
        try:
            yield Reached(home, opened, running)
        finally:
            opened.close()


# ---------------------------------------------------------------- export


class Exported(msgspec.Struct, frozen=True):
    """What was written for `to`. `waiting` records are not acknowledged yet; fewer `records` than that means that one
    of them is damaged."""

    files: list[str]
    bytes: int
    records: int
    attachments: int
    waiting: int
    to: str


def export(
    here: Reached, outline: stick.Outline, folder: Path, part_bytes: int = PART_BYTES, tell: Progress = lambda *_: None
) -> Exported:
    """Writes what the parent has not acknowledged into `folder`. Raises Refusal bundle.no_parent, folder.full,
    folder.not_writable."""
    opened, parent = here.opened, _parent(here.opened)
    head = msgspec.structs.replace(_new_head(here, parent.name), journal=outline.journal, receipt=outline.receipt)
    sealer = Sealer(opened.node.keys, parent.public, head, os.urandom)
    records, whole = 0, set()
    with writing(folder, _stem(here, head), sealer, part_bytes) as parts:
        for message, frame in stick.ask(opened.node, _side(opened, parent), opened.attachments, outline.files):
            parts.add(frame)
            count = len(message.records) if isinstance(message, Push) else 0
            if isinstance(message, Piece):
                whole.add(message.hash)
            records += count
            tell(count, len(frame))
        files = parts.finish()
    return Exported(
        [str(path) for path in files], parts.bytes, records, len(whole), outline.waiting, here.name_of(parent.name)
    )


def _new_head(here: Reached, receiver: str) -> Head:
    return new_head(here.opened.node.name, receiver, runtime.now_ms(), os.urandom)


def _stem(here: Reached, head: Head) -> str:
    return stem_of(here.area_of(head.sender), here.area_of(head.receiver), head)


# ---------------------------------------------------------------- import


class Received(msgspec.Struct, frozen=True):
    """A child's bundle: `records` were new, `known` held before; `files` hold the answer. `revoked` = what the child
    wrote since is kept without effect."""

    node: str
    name: str
    records: int
    known: int
    files: list[str]
    revoked: bool


class Confirmed(msgspec.Struct, frozen=True):
    """A parent's answers: what came down (`entries`), which files are confirmed, and what was passed over as older.
    `journal` is acknowledged of `end`; `refused` at `refused_at` names what the parent did not take."""

    node: str
    name: str
    entries: int
    attachments: int
    older: int
    journal: int
    end: int
    refused: str
    refused_at: int


def look(here: Reached, paths: list[Path]) -> tuple[list[Bundle], list[Refusal]]:
    """The bundles for this node in these files and folders, oldest first, and what is wrong with others."""
    return find(paths, here.keys())


def newest(bundles: list[Bundle]) -> dict[str, Bundle]:
    """For each child the last bundle in which it asks: the one that is answered. Its answers hold for those before."""
    return {bundle.head.sender: bundle for bundle in bundles if not bundle.head.answers}


def receive(
    here: Reached, bundle: Bundle, out: Path | None, faults: list[Refusal], tell: Progress = lambda *_: None
) -> Received:
    """Takes in what a child asks, as far as it is good; what is wrong with it goes into `faults`. The answer is written
    into the folder `out`, none where that is None. Raises Refusal bundle.unknown_sender, folder.full."""
    child = _child(here.opened, bundle.head.sender)
    if child is None:
        raise Refusal("bundle.unknown_sender", file=bundle.parts[0].path.name, node=bundle.head.sender)
    answering = _Answering(here, child.node)
    files: list[Path] = []
    if out is None:
        for _ in answering.run(_good(bundle, faults, alone=Pull), tell):
            pass
    else:
        head = msgspec.structs.replace(
            _new_head(here, child.node), journal=bundle.head.journal, receipt=bundle.head.receipt,
            answers=bundle.head.bundle,
        )  # fmt: skip
        sealer = Sealer(here.opened.node.keys, child.public, head, os.urandom)
        with writing(out, _stem(here, head), sealer) as parts:
            for frame in answering.run(_good(bundle, faults, alone=Pull), tell):
                parts.add(frame)
            files = parts.finish()
    return Received(
        child.node, child.name, answering.records, answering.known, [str(path) for path in files], child.revoked
    )


class _Answering:
    """One run through a child's bundle: gives the frames of the answer."""

    def __init__(self, here: Reached, child: str) -> None:
        self._here = here
        self._child = child
        self._stopped = False
        self._files: dict[str, Have] = {}
        self.records = 0
        self.known = 0

    def run(self, batches: Iterable[bytes], tell: Progress) -> Iterator[bytes]:
        question: Pull | None = None
        for batch in batches:
            messages = messages_in(batch)
            if isinstance(messages[0], Pull):
                if question is None:
                    question = yield from self._everything(messages[0])
            else:
                yield from self._answers(batch)
            tell(sum(len(each.records) for each in messages if isinstance(each, Push)), len(batch))
        if question is not None and self._files:
            yield pack(question)  # so that the child sees how far the receipts reach by now
        yield from map(pack, self._files.values())

    def _answers(self, batch: bytes) -> Iterator[bytes]:
        for message in self._ask(batch):
            if isinstance(message, Have):
                self._files[message.hash] = message  # the last word on a file is the one that counts
            else:
                yield pack(message)

    def _everything(self, question: Pull) -> Generator[bytes, None, Pull]:
        """Answers the question, and what the child would ask then, until nothing more is new."""
        for _ in range(PAGES_MAX):
            answers = self._ask(pack(question))
            yield pack(question)
            yield from map(pack, answers)
            following = stick.advanced(question, answers)
            if following.cursors == question.cursors:
                return following
            question = following
        return question

    def _ask(self, frames: bytes) -> list[Message]:
        answered: Answers = self._here.do(ANSWER, Ask(self._child, frames, self._stopped))
        self._stopped = answered.stopped
        self.records += answered.records
        self.known += answered.known
        return list(messages_in(answered.frames))


def confirm(here: Reached, bundle: Bundle, faults: list[Refusal], tell: Progress = lambda *_: None) -> Confirmed:
    """Takes in the answers of the parent, as far as they are good; what is wrong goes into `faults`. Raises Refusal
    bundle.no_parent, bundle.malformed."""
    total = Taken()
    for batch in _good(bundle, faults, begin=Pull):
        taken: Taken = here.do(TAKE, Take(bundle.head.journal, bundle.head.receipt, batch))
        total = Taken(
            total.entries + taken.entries, total.files + taken.files, total.older + taken.older,
            total.journal or taken.journal, total.code or taken.code,
        )  # fmt: skip
        tell(taken.entries, len(batch))
    outline = stick.outline(here.opened.node, here.opened.attachments)
    sender = bundle.head.sender
    return Confirmed(
        sender, here.name_of(sender), total.entries, total.files, total.older,
        outline.journal - outline.waiting, outline.journal, total.code, total.journal,
    )  # fmt: skip


Kind = type[Message] | None


def _good(bundle: Bundle, faults: list[Refusal], *, alone: Kind = None, begin: Kind = None) -> Iterator[bytes]:
    """The batches of a bundle up to its first fault, which goes into `faults`."""
    frames = _until_fault(bundle.frames(), faults)
    return _until_fault(_batches(frames, alone=alone, begin=begin), faults)


def _until_fault(parts: Iterator[bytes], faults: list[Refusal]) -> Iterator[bytes]:
    try:
        yield from parts
    except Refusal as fault:
        faults.append(fault)


def _batches(frames: Iterable[bytes], *, alone: Kind, begin: Kind) -> Iterator[bytes]:
    """Frames put together to about BATCH_BYTES. A message of the type `alone` stands by itself; with `begin`, a batch
    begins only at a message of that type. Raises Refusal bundle.malformed."""
    batch = bytearray()
    for frame in frames:
        with _in_words():
            kinds = [type(message) for message in messages_in(frame)]
        if len(kinds) != 1 or len(batch) > GROUP_BYTES_MAX:
            raise Refusal("bundle.malformed", reason="sync.frame_size")
        cut = len(batch) >= BATCH_BYTES if begin is None else kinds[0] is begin and len(batch) >= BATCH_BYTES
        if batch and (cut or kinds[0] is alone):
            yield bytes(batch)
            batch.clear()
        batch += frame
        if kinds[0] is alone:
            yield bytes(batch)
            batch.clear()
    if batch:
        yield bytes(batch)
