"""The network of the simulated world: what may happen to a request and to its answers between a child and its hub.

A conversation is one flow of the product (`deliver` or `follow`) in the middle of which anything else may happen: its
request and its answers are two steps of the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from sync_protocol.core.frames import Flow, Prepared, RemoteProtocolError, Request, Run
from sync_protocol.core.messages import Message
from sync_protocol.core.session import Session, State
from tests.world.places import Place

ARRIVES, REQUEST_LOST, ANSWER_LOST, CUT, TWICE, LATE = (
    "arrives", "request lost", "answer lost", "line cut", "request twice", "request late",
)  # fmt: skip
FATES = (ARRIVES, REQUEST_LOST, ANSWER_LOST, CUT, TWICE, LATE)
WEIGHTS = (80, 4, 4, 4, 4, 4)
KINDS = ("deliver", "follow", "files", "witnessed")
"""The conversations that there are: see Place.flow."""
RUN_MAX = 4


@dataclass
class Conversation:
    """A flow, the request that it waits to have sent, and the answers that are on their way to it."""

    child: Place
    kind: str
    flow: Flow
    request: Request | None
    answers: list[Message] | None = None

    @classmethod
    def begin(cls, child: Place, kind: str) -> Conversation:
        flow = child.flow(kind)
        return cls(child, kind, flow, next(flow, None))

    def frames(self, random: Random) -> list[Message | Prepared]:
        """The request, or as much of a run as goes out at once."""
        if isinstance(self.request, Run):
            return list(islice(self.request.begin(), random.randint(1, RUN_MAX)))
        return [] if self.request is None else [self.request]

    def hear(self) -> None:
        """Hands the answers to the flow, which goes on or ends. Raises what the flow raises."""
        answers, self.answers = self.answers or [], None
        try:
            self.request = self.flow.send(answers)
        except StopIteration:
            self.request = None


def opened() -> Session:
    """A session at either end, as it is once both sides are proven."""
    session = Session()
    session.state = State.OPEN
    return session


def carried(messages: Sequence[Message | Prepared], random: Random, *, cut: bool = False) -> list[Message]:
    """What arrives of some messages that are sent as bytes in pieces of any size; `cut` breaks the line somewhere."""
    sender, receiver = opened(), opened()
    data = b"".join(sender.send(message) for message in messages)
    if cut:
        data = data[: random.randrange(len(data))]
    return arrived(data, receiver, random)


def arrived(data: bytes, receiver: Session, random: Random) -> list[Message]:
    """The whole messages in some bytes. Half a frame at the end is what a receiver notices, and drops."""
    found: list[Message] = []
    here = 0
    while here < len(data):
        size = random.randint(1, 4000)
        receiver.receive(data[here : here + size])
        here += size
    while (message := receiver.next_message()) is not None:
        found.append(message)
    try:
        receiver.end()
    except RemoteProtocolError as error:
        if error.code != "sync.frame_truncated":
            raise
    return found
