"""Session: bytes in, messages out; it does not know whether it plays station or hub, and does no I/O.

The legal moves are one table: (state, message type) -> state, whichever side sends. `send` raises LocalProtocolError
for a move that is not ours to make, `next_message` RemoteProtocolError for one that is not theirs. One session drives
an HTTP client, a Starlette route, a bundle file or a list in a test.
"""

from __future__ import annotations

from enum import Enum

from shared_models import canonical
from shared_models.signing import KeyPair, bytes_of, pae, text_of, verify
from sync_protocol.core import messages
from sync_protocol.core.frames import FrameReader, LocalProtocolError, Prepared, RemoteProtocolError, pack
from sync_protocol.core.messages import AnyMessage, Message

PROOF_TYPE = "application/vnd.tongban.session+json;version=1"
NONCE_BYTES = 16


class State(Enum):
    IDLE = "idle"
    GREETED = "greeted"
    CHALLENGED = "challenged"
    PROVEN = "proven"
    OPEN = "open"
    CLOSED = "closed"


_talk = (
    messages.Push, messages.Pull, messages.ReceiptGiven, messages.Refused, messages.Entries, messages.Reset,
    messages.Rewind, messages.Idle, messages.Lacking, messages.Piece, messages.Have, messages.Present,
    messages.CosignedGiven, messages.Inconsistent, messages.Audit, messages.Proven,
)  # fmt: skip

MOVES: dict[tuple[State, type[Message]], State] = {
    (State.IDLE, messages.Hello): State.GREETED,
    (State.GREETED, messages.Challenge): State.CHALLENGED,
    (State.CHALLENGED, messages.Proof): State.PROVEN,
    (State.PROVEN, messages.Welcome): State.OPEN,
    **{(State.OPEN, kind): State.OPEN for kind in _talk},
    **{(state, messages.Fault): State.CLOSED for state in State if state is not State.CLOSED},
}
"""Every legal move; the picture in docs/protocol.md is drawn from it."""


class Session:
    """One conversation, either side of it."""

    def __init__(self) -> None:
        self.state = State.IDLE
        self._reader = FrameReader()

    def send(self, sent: Message | Prepared) -> bytes:
        """The bytes to hand to the other side."""
        message, frame = sent if isinstance(sent, Prepared) else (sent, b"")
        following = MOVES.get((self.state, type(message)))
        if following is None:
            raise LocalProtocolError(f"{type(message).__name__} cannot be sent in state {self.state.value}")
        data = frame or pack(message)
        self.state = following
        return data

    def receive(self, data: bytes) -> None:
        """Bytes from the other side, however they are cut."""
        self._reader.feed(data)

    def next_message(self) -> AnyMessage | None:
        """The next whole message, or None while bytes are missing."""
        message = self._reader.next()
        if message is None:
            return None
        following = MOVES.get((self.state, type(message)))
        if following is None:
            raise RemoteProtocolError("sync.out_of_order", f"{type(message).__name__} in state {self.state.value}")
        self.state = following
        return message

    def waiting(self) -> str | None:
        """What the next whole message is, by its `type`, as far as a glance tells; None while bytes are missing."""
        return self._reader.waiting()

    @property
    def coming(self) -> tuple[int, int]:
        """(how many messages came, how many bytes the next one will have, 0 while nobody knows)."""
        return self._reader.coming

    def end(self) -> None:
        """The other side will send no more for now: half a frame is an error, not an end."""
        if not self._reader.empty:
            raise RemoteProtocolError("sync.frame_truncated")


def transcript(child: str, parent: str, child_nonce: str, parent_nonce: str, role: str) -> bytes:
    """What is signed to open a session; `role` (child, parent) keeps one side's word from serving as the other's."""
    value = {"child": child, "child_nonce": child_nonce, "parent": parent, "parent_nonce": parent_nonce, "role": role}
    return pae(PROOF_TYPE, canonical.encode(value))


def prove(pair: KeyPair, text: bytes) -> str:
    return text_of(pair.sign(text))


def proven(key: bytes, text: bytes, signature: str) -> bool:
    """Whether the signature (base64url) is good for the transcript under the 32-byte key. Never raises."""
    try:
        return verify(key, text, bytes_of(signature))
    except ValueError:
        return False
