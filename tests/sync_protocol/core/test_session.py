from __future__ import annotations

import typing
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.signing import KeyPair
from sync_protocol.core import messages
from sync_protocol.core.frames import LocalProtocolError, RemoteProtocolError, pack, prepare
from sync_protocol.core.messages import Fault, Hello, Idle, Message
from sync_protocol.core.session import MOVES, Session, State, prove, proven, transcript

MARK = (0, "")
SIGNED = messages.Statement(messages.NULL, "s")
ONE_OF_EACH: dict[type[Message], Message] = {
    type(message): message
    for message in (
        Hello("n", "c"), messages.Challenge("h", "p", "s"), messages.Proof("s"), messages.Welcome("s"),
        messages.Push(MARK, []), messages.Pull({}), messages.ReceiptGiven(messages.NULL, "s"),
        messages.Refused(1, "i", "c"), messages.Entries("control", [], MARK), messages.Reset("control"),
        messages.Rewind(MARK), Idle(), messages.Lacking([]), messages.Piece("h", 1, "m", 0), messages.Have("h", 0),
        Fault("sync.version"),
        messages.Present(SIGNED), messages.CosignedGiven(messages.CosignedStatement(SIGNED, SIGNED)),
        messages.Inconsistent("c"), messages.Audit([]), messages.Proven(),
    )
}  # fmt: skip
OPENING: tuple[tuple[str, Message], ...] = (
    ("child", Hello("child", "c")),
    ("parent", messages.Challenge("parent", "p", "signature")),
    ("child", messages.Proof("signature")),
    ("parent", messages.Welcome("session")),
)


def in_state(state: State) -> Session:
    session = Session()
    session.state = state
    return session


def opened() -> dict[str, Session]:
    """Two sessions back to back, after the opening."""
    sides = {"child": Session(), "parent": Session()}
    for sender, message in OPENING:
        pass_on(sides, sender, message)
    return sides


def pass_on(sides: dict[str, Session], sender: str, message: Message) -> Message | None:
    receiver = sides["parent" if sender == "child" else "child"]
    receiver.receive(sides[sender].send(message))
    came = receiver.next_message()
    receiver.end()
    return came


def test_there_is_one_of_each_message_here() -> None:
    assert set(ONE_OF_EACH) == set(typing.get_args(messages.AnyMessage))


@pytest.mark.parametrize(
    ("state", "kind"), list(product(State, ONE_OF_EACH)), ids=lambda value: getattr(value, "__name__", str(value))
)
def test_exactly_the_moves_of_the_table_are_legal_for_sender_and_receiver(state: State, kind: type[Message]) -> None:
    message = ONE_OF_EACH[kind]
    sender, receiver = in_state(state), in_state(state)
    following = MOVES.get((state, kind))
    receiver.receive(pack(message))
    if following is None:
        with pytest.raises(LocalProtocolError):
            sender.send(message)
        with pytest.raises(RemoteProtocolError) as caught:
            receiver.next_message()
        assert caught.value.code == "sync.out_of_order"
        assert (sender.state, receiver.state) == (state, state)
    else:
        assert sender.send(message) == sender.__class__.send(in_state(state), prepare(message)) == pack(message)
        assert type(receiver.next_message()) is kind
        assert (sender.state, receiver.state) == (following, following)


def test_two_sessions_back_to_back_open_talk_and_stay_in_step() -> None:
    sides = opened()
    assert sides["child"].state is sides["parent"].state is State.OPEN
    for sender, kind in (
        ("child", messages.Pull),
        ("parent", Idle),
        ("child", messages.Push),
        ("parent", messages.Rewind),
    ):
        came = pass_on(sides, sender, ONE_OF_EACH[kind])
        assert type(came) is kind
        assert sides["child"].state is sides["parent"].state


@given(
    st.lists(st.tuples(st.sampled_from(("child", "parent")), st.sampled_from(list(ONE_OF_EACH.values()))), max_size=12)
)
def test_however_two_sessions_talk_both_are_always_in_the_same_state(talk: list[tuple[str, Message]]) -> None:
    sides = {"child": Session(), "parent": Session()}
    for sender, message in talk:
        try:
            pass_on(sides, sender, message)
        except LocalProtocolError:
            continue
        assert sides["child"].state is sides["parent"].state


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_a_fault_closes_the_session_for_good_from_either_side(state: State) -> None:
    session = in_state(state)
    session.send(Fault("sync.version"))
    assert session.state is State.CLOSED
    for message in ONE_OF_EACH.values():
        with pytest.raises(LocalProtocolError):
            session.send(message)


def test_a_refused_move_leaves_the_session_where_it_was() -> None:
    session = Session()
    with pytest.raises(LocalProtocolError):
        session.send(Idle())
    assert session.send(Hello("n", "c"))


def test_half_a_frame_at_the_end_of_what_comes_is_an_error_and_not_an_end() -> None:
    session = in_state(State.OPEN)
    session.receive(pack(Idle())[:-1])
    assert session.next_message() is None
    with pytest.raises(RemoteProtocolError) as caught:
        session.end()
    assert caught.value.code == "sync.frame_truncated"


def test_every_state_can_be_reached_and_only_the_closed_one_is_an_end() -> None:
    assert {state for state, _ in MOVES} == set(State) - {State.CLOSED}
    assert set(MOVES.values()) | {State.IDLE} == set(State)


# ---------------------------------------------------------------- proofs

CHILD, PARENT = KeyPair.from_seed(b"c" * 32), KeyPair.from_seed(b"p" * 32)
names = st.text(max_size=20)


@given(names, names, names, names)
def test_one_sides_proof_does_not_serve_as_the_others(child: str, parent: str, nonce: str, other: str) -> None:
    said = {role: transcript(child, parent, nonce, other, role) for role in ("child", "parent")}
    signature = prove(CHILD, said["child"])
    assert proven(CHILD.public, said["child"], signature)
    assert not proven(CHILD.public, said["parent"], signature)
    assert not proven(PARENT.public, said["child"], signature)


@given(st.lists(names, min_size=4, max_size=4), st.lists(names, min_size=4, max_size=4))
def test_a_proof_is_for_these_names_and_nonces_only(one: list[str], other: list[str]) -> None:
    signature = prove(CHILD, transcript(one[0], one[1], one[2], one[3], "child"))
    assert proven(CHILD.public, transcript(other[0], other[1], other[2], other[3], "child"), signature) == (
        one == other
    )


@pytest.mark.parametrize("signature", ["", "AA", "not base64!", "A" * 86, "é"])
def test_something_that_is_no_signature_proves_nothing(signature: str) -> None:
    assert not proven(CHILD.public, b"text", signature)
