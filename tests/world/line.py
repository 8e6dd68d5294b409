"""The lines between children and their hubs: conversations in the middle of which anything else may happen."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from shared_models.refusals import Refusal
from sync_protocol.core.frames import RemoteProtocolError
from sync_protocol.core.messages import (
    Entries,
    Fault,
    Idle,
    Inconsistent,
    Message,
    Pull,
    Push,
    ReceiptGiven,
    Refused,
    Reset,
    Rewind,
)
from tests.world import checks, network
from tests.world.ledger import Broken
from tests.world.network import Conversation, carried
from tests.world.places import Place

if TYPE_CHECKING:
    from tests.world.simulation import World

EXCHANGES_MAX = 400
FULL = "database.full"
FORGOTTEN = "witness.bad_checkpoint"
"""Also what a restored hub says of a key that it has not heard of again yet."""


class Line:
    def __init__(self, world: World) -> None:
        self.world = world
        self.conversations: dict[tuple[str, str], Conversation] = {}
        self.late: list[tuple[Place, str, list[Message]]] = []
        """Requests that are still under way though their conversation is over: (hub, child, messages)."""
        self.pushes: list[tuple[Place, str, Message]] = []
        """Every push that a hub ever answered."""
        self.cut: set[str] = set()
        """Names of the children whose line is down."""

    def advance(self, child: Place, kind: str) -> bool:
        """One half of an exchange; whether the conversation goes on."""
        key = (child.name, kind)
        try:
            talk = self.conversations.get(key) or Conversation.begin(child, kind)
            self.conversations[key] = talk
            if talk.answers is None:
                self._ask(talk)
            else:
                self._hears(talk)
        except Refusal as refusal:
            if refusal.code != FULL:
                raise
            if lost := self.conversations.get(key):
                self.hang_up(lost, f"{child.name} and its hub ({kind}): a disk is full")
            return False
        if talk.answers is None and talk.request is None:
            self.conversations.pop(key, None)
        return key in self.conversations

    def syncs(self, child: Place) -> None:
        """All that a child has to say and to ask, until it is quiet."""
        if child.parent is None:
            return
        for kind in network.KINDS:
            exchanges = 0
            while self.advance(child, kind):
                exchanges += 1
                if exchanges > EXCHANGES_MAX:
                    raise Broken("not quiet", f"{child.name} never ends to {kind}")
            child.settle()
            child.parent.settle()

    def forget(self, place: Place) -> None:
        """A process is gone, and with it the conversations that it led."""
        for key, talk in list(self.conversations.items()):
            if talk.child is place:
                talk.flow.close()
                del self.conversations[key]

    def unheard(
        self, why: str, hub: Place, child: str, messages: Sequence[Message], *, honest: bool = True
    ) -> list[Message]:
        """Messages reach a hub, and nobody hears its answers."""
        answers = self.answered(hub, child, messages, honest=honest)
        self.world.tell(f"{why} at {hub.name}: {', '.join(map(brief, messages))}: {', '.join(map(brief, answers))}")
        return answers

    def answered(
        self, hub: Place, child: str, messages: Sequence[Message], asker: Place | None = None, *, honest: bool = True
    ) -> list[Message]:
        """What the hub answers; every receipt is checked as it is given, and no honest child may be accused."""
        answers: list[Message] = []
        for message in messages:
            if honest and isinstance(message, Push):
                self.pushes.append((hub, child, message))
            given = hub.answer(child, message, asker) or [Idle()]
            for answer in given:
                self.answer_is_true(hub, child, answer, honest=honest)
            answers += given
        return answers

    def answer_is_true(self, hub: Place, child: str, answer: Message, *, honest: bool = True) -> None:
        """Every receipt is checked, and nobody honest is accused."""
        world = self.world
        world.ledger.look(hub)
        world.hit(type(answer).__name__.lower())
        if isinstance(answer, ReceiptGiven):
            self.receipt(hub, answer)
        elif isinstance(answer, Inconsistent) and child in world.liars:
            world.hit("told of a contradiction")
        elif (
            isinstance(answer, Inconsistent) and answer.code == "witness.bad_checkpoint" and hub.name in world.went_back
        ):
            world.hit("checkpoint of a key that a restored hub has forgotten")
        elif isinstance(answer, Refused) and answer.code == "sync.gap":
            world.hit("gap")
        elif isinstance(answer, Refused) and answer.code == "sync.fork" and child in world.guilty:
            world.hit("told of a fork")
        elif isinstance(answer, Refused | Fault | Inconsistent) and honest:
            raise Broken("honest accused", f"{hub.name} says {answer.code} to {child}")

    def receipt(self, hub: Place, answer: ReceiptGiven) -> None:
        """A hub gives its word, and must be able to keep it."""
        world = self.world
        promise = world.ledger.receipt(hub, answer)
        checks.receipt_holds(world.ledger, hub, promise)
        checks.speaks_for_the_city(world.ledger, promise, world.places[0])

    def _ask(self, talk: Conversation) -> None:
        world, child, hub = self.world, talk.child, talk.child.parent
        fate = world.random.choices(network.FATES, network.WEIGHTS)[0] if world.faulty else network.ARRIVES
        if child.name in self.cut:
            fate = network.REQUEST_LOST
        if fate != network.ARRIVES:
            world.hit(fate)
        sent = talk.frames(world.random)
        if hub is None or not sent:
            talk.request = None
            return
        said = f"{child.name} asks {hub.name} ({talk.kind})"
        if fate == network.REQUEST_LOST:
            self.hang_up(talk, f"{said}: {fate}")
            return
        came = carried(sent, world.random, cut=fate == network.CUT)
        if fate == network.LATE:
            self.late.append((hub, child.node.name, came))
            self.hang_up(talk, f"{said}: it will come late")
            return
        answers = self.answered(hub, child.node.name, came, child)
        if fate == network.TWICE:
            answers = self.answered(hub, child.node.name, came, child)
        told = ", ".join(map(brief, answers))
        if fate in (network.CUT, network.ANSWER_LOST):
            self.hang_up(talk, f"{said}: {fate}, unheard: {told}")
            return
        world.tell(f"{said} {', '.join(map(brief, came))}: {told}")
        talk.answers = carried(answers, world.random)

    def _hears(self, talk: Conversation) -> None:
        try:
            talk.hear()
        except RemoteProtocolError as error:
            raise Broken("honest accused", f"{talk.child.name} says {error.code} of its hub") from error
        self.world.ledger.look(talk.child)

    def hang_up(self, talk: Conversation, text: str) -> None:
        """The conversation is over in the middle: the child hears nothing more, and begins another one."""
        self.conversations.pop((talk.child.name, talk.kind), None)
        talk.flow.close()
        talk.request = talk.answers = None
        self.world.tell(text)


def brief(message: Message) -> str:
    """A message as the story tells it."""
    match message:
        case Push(base, records):
            return f"push {base[0]}+{len(records)}"
        case Pull():
            return "pull"
        case ReceiptGiven(payload):
            said = payload
            return f"receipt {_field(bytes(said), b'journal')}/{_field(bytes(said), b'upstream')}"
        case Refused(journal, _, code):
            return f"refused {journal} {code}"
        case Rewind(journal):
            return f"rewind {journal[0]}"
        case Entries(stream, entries):
            return f"{len(entries)} of {stream}"
        case Reset(stream):
            return f"reset {stream}"
    return type(message).__name__.lower()


def _field(payload: bytes, name: bytes) -> str:
    _, _, rest = payload.partition(b'"' + name + b'":')
    with suppress(ValueError):
        return rest.split(b",")[0].decode()
    return "?"
