"""Bundles as a node writes and reads them, whether it runs or not.

The command opens the files and the seals, and reads the database; what changes the database is a verb
(`stick_verbs`), carried out by the running process, or here where none runs.
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
from shared_models.signing import KeyPair
from shared_models.trust import key_mark
from sync_protocol.core.frames import pack
from sync_protocol.core.messages import Have, Message, Piece, Pull, Push, ReceiptGiven
from sync_protocol.host import operator, runtime
from sync_protocol.host.bundle_files import PART_BYTES, Bundle, Keys, find, stem_of, writing
from sync_protocol.host.commands import Home
from sync_protocol.host.runtime import Runtime
from sync_protocol.host.stick_batches import Batch, good, messages_in
from sync_protocol.host.stick_verbs import ANSWER, TAKE, VERBS, Answers, Ask, Take, child_of, parent_of, side_of
from sync_protocol.wire import stick
from sync_protocol.wire.bundle import Head, Sealer, new_head
from sync_protocol.wire.stick import Taken

PAGES_MAX = 100_000
"""How often a hub asks itself on behalf of a child what more is new."""

Progress = Callable[[int, int], None]
"""Is told what was done: records, and bytes as they stand in the file."""


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
        return Keys(self.opened.node.pairs, self.opened.node.name, self.keys_of)

    def keys_of(self, sender: str) -> tuple[bytes, ...]:
        """The keys that our parent had, or the one that a child of ours has: what a child asks is secret."""
        parent, child = self.opened.settings.parent, child_of(self.opened, sender)
        if parent is not None and parent.name == sender:
            return self.opened.node.roster.keys_of(sender) or (parent.public,)
        return (child.public,) if child is not None else ()

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
    """What was written for `to`. `left_out` records at the journal's end were not, because one of them is damaged."""

    files: list[str]
    bytes: int
    records: int
    attachments: int
    left_out: int
    to: str


def export(
    here: Reached, outline: stick.Outline, folder: Path, part_bytes: int = PART_BYTES, tell: Progress = lambda *_: None
) -> Exported:
    """Writes what the parent has not acknowledged into `folder`. Raises Refusal bundle.no_parent, folder.full,
    folder.not_writable."""
    opened, parent = here.opened, parent_of(here.opened)
    head = msgspec.structs.replace(_new_head(here, parent.name), journal=outline.journal, receipt=outline.receipt)
    to_key = (opened.node.roster.keys_of(parent.name) or (parent.public,))[0]
    sealer = Sealer(opened.node.settled_pair(), to_key, head, os.urandom)
    records, last, whole = 0, 0, set()
    with writing(folder, _stem(here, head), sealer, part_bytes) as parts:
        for message, frame in stick.ask(opened.node, side_of(opened, parent), opened.attachments, outline.files):
            parts.add(frame)
            count = 0
            match message:
                case Push((base, _), sent):
                    count, last = len(sent), base + len(sent)
                case Piece(name, give=0):
                    whole.add(name)
            records += count
            tell(count, len(frame))
        files = [str(path) for path in parts.finish()]
    now = stick.outline(opened.node, opened.attachments)  # a line may have worked meanwhile
    left_out = max(0, outline.journal - max(last, now.journal - now.waiting))
    return Exported(files, parts.bytes, records, len(whole), left_out, here.name_of(parent.name))


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


def import_bundle(
    here: Reached, bundle: Bundle, out: Path | None, faults: list[Refusal], tell: Progress = lambda *_: None
) -> Received | Confirmed:
    """As `receive` where a child asks, as `confirm` where the parent answers."""
    if bundle.head.answers:
        return confirm(here, bundle, faults, tell)
    return receive(here, bundle, out, faults, tell)


def receive(
    here: Reached, bundle: Bundle, out: Path | None, faults: list[Refusal], tell: Progress = lambda *_: None
) -> Received:
    """Takes in what a child asks, as far as it is good; what is wrong with it goes into `faults`. The answer is written
    into the folder `out`, none where that is None. Raises Refusal bundle.unknown_sender, folder.full."""
    child = child_of(here.opened, bundle.head.sender)
    if child is None:
        raise Refusal("bundle.unknown_sender", file=bundle.parts[0].path.name, node=bundle.head.sender)
    answering = _Answering(here, child.node, bundle.parts[0].own)
    files: list[Path] = []
    if out is None:
        for _ in answering.run(good(bundle, faults), tell):
            pass
    else:
        head = msgspec.structs.replace(
            _new_head(here, child.node), journal=bundle.head.journal, receipt=bundle.head.receipt,
            answers=bundle.head.bundle,
        )  # fmt: skip
        sealer = Sealer(bundle.parts[0].own, child.public, head, os.urandom)
        with writing(out, _stem(here, head), sealer) as parts:
            for frame in answering.run(good(bundle, faults), tell):
                parts.add(frame)
            files = parts.finish()
    return Received(
        child.node, child.name, answering.records, answering.known, [str(path) for path in files], child.revoked
    )


class _Answering:
    """One run through a child's bundle: gives the frames of the answer."""

    def __init__(self, here: Reached, child: str, own: KeyPair) -> None:
        self._here = here
        self._knows = key_mark(own.public, here.opened.node.name)
        self._child = child
        self._stopped = False
        self._files: dict[str, Have] = {}
        self._receipt: list[bytes] = []
        self.records = 0
        self.known = 0

    def run(self, batches: Iterable[Batch], tell: Progress) -> Iterator[bytes]:
        question: Pull | None = None
        for batch in batches:
            if batch.alone is None:
                if question is not None and batch.gives:
                    yield pack(question)  # what is read at once ends before a question
                yield from self._answers(batch.frames)
            elif question is None:
                yield from self._receipt
                question = yield from self._everything(batch.alone)
                self._receipt = []
            tell(batch.records, len(batch.frames))
        yield from self._receipt
        if question is not None and self._files:
            yield pack(question)  # so that the child sees how far the receipts reach by now
        yield from map(pack, self._files.values())

    def _answers(self, batch: bytes) -> Iterator[bytes]:
        for message in self._ask(batch):
            match message:  # the last word on the journal, and on a file, is the one that counts
                case ReceiptGiven():
                    self._receipt = [pack(message)]
                case Have(name, data=""):
                    self._files[name] = message
                case _:
                    yield pack(message)

    def _everything(self, question: Pull) -> Generator[bytes, None, Pull]:
        """Answers the question, and what the child would ask then, until nothing more is new."""
        for _ in range(PAGES_MAX):
            answers = self._ask(pack(question))
            yield pack(question)
            yield from map(pack, answers)
            following = stick.advanced(question, answers)
            if following.cursors == question.cursors and following.lacks is None:
                return following
            question = following
        return question

    def _ask(self, frames: bytes) -> list[Message]:
        answered: Answers = self._here.do(ANSWER, Ask(self._child, frames, self._stopped, self._knows))
        self._stopped = answered.stopped
        self.records += answered.records
        self.known += answered.known
        return list(messages_in(answered.frames))


def confirm(here: Reached, bundle: Bundle, faults: list[Refusal], tell: Progress = lambda *_: None) -> Confirmed:
    """Takes in the answers of the parent, as far as they are good; what is wrong goes into `faults`. Raises Refusal
    bundle.no_parent, bundle.malformed."""
    total = Taken()
    for batch in good(bundle, faults, questions_first=True):
        taken: Taken = here.do(TAKE, Take(bundle.head.journal, bundle.head.receipt, batch.frames))
        total = Taken(
            total.entries + taken.entries, total.files + taken.files, total.older + taken.older,
            total.journal or taken.journal, total.code or taken.code,
        )  # fmt: skip
        tell(taken.entries, len(batch.frames))
    outline = stick.outline(here.opened.node, here.opened.attachments)
    sender = bundle.head.sender
    return Confirmed(
        sender, here.name_of(sender), total.entries, total.files, total.older,
        outline.journal - outline.waiting, outline.journal, total.code, total.journal,
    )  # fmt: skip
