"""What a bundle changes in a database, as verbs: carried out by the running process, or here where none runs.

A command hands over frames and gets frames back (see `operator`). So a bundle is taken in by the same hands as what
comes over the line, and beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from shared_models.refusals import Refusal
from shared_models.roster import Member
from sync_protocol.child_side import ChildSide
from sync_protocol.core.frames import pack
from sync_protocol.host.runtime import Runtime
from sync_protocol.host.settings import Parent
from sync_protocol.host.stick_batches import in_words, messages_in
from sync_protocol.host.verbs import Verb
from sync_protocol.parent_side import ParentSide
from sync_protocol.wire import stick
from sync_protocol.wire.stick import Asked, Taken, Taker


class Ask(msgspec.Struct, frozen=True):
    """Frames of a child's bundle; `stopped` = the journal cannot go on, because of an answer before; `knows` = mark of
    our key that the child knows (`trust.key_mark`)."""

    child: str
    frames: bytes
    stopped: bool = False
    knows: str = ""


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
    child = child_of(opened, asked.child)
    if child is None:
        raise Refusal("sync.not_a_child")
    with in_words():
        side = ParentSide(opened.node, child, opened.attachments, keys=opened.node.pair_known_as(asked.knows))
        given = stick.reply(opened.node, side, child.node, messages_in(asked.frames), stopped=asked.stopped)
    return Answers(b"".join(map(pack, given.answers)), given.records, given.known, given.stopped)


def take(opened: Runtime, asked: Take) -> Taken:
    """Raises Refusal bundle.no_parent, bundle.malformed."""
    side = side_of(opened, parent_of(opened))
    with in_words():
        taker = Taker(opened.node, side, opened.attachments, Asked(asked.journal, asked.receipt))
        return taker.take(messages_in(asked.frames))


ANSWER, TAKE = "bundle-answer", "bundle-take"
VERBS = {ANSWER: Verb(Ask, Answers, answer), TAKE: Verb(Take, Taken, take)}


def verbs_at(runtime_of: Callable[[Any], Runtime]) -> dict[str, Verb]:
    """The verbs for a place (a station, a hub) whose runtime `runtime_of` gives."""

    def at_place(verb: Verb) -> Verb:
        return verb._replace(work=lambda place, asked: verb.work(runtime_of(place), asked))

    return {name: at_place(verb) for name, verb in VERBS.items()}


def child_of(opened: Runtime, name: str) -> Member | None:
    """A revoked one still delivers, so that nothing is lost."""
    member = opened.node.roster.member(name)
    return member if member is not None and member.parent == opened.node.name else None


def parent_of(opened: Runtime) -> Parent:
    parent = opened.settings.parent
    if parent is None:
        raise Refusal("bundle.no_parent")
    return parent


def side_of(opened: Runtime, parent: Parent) -> ChildSide:
    return ChildSide(opened.node, parent.name, parent.public, opened.attachments, opened.damage)
