"""Two sessions joined by two pipes, in whatever order anybody sends, bytes arrive, and anybody reads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sync_protocol.core.frames import LocalProtocolError, RemoteProtocolError
from sync_protocol.core.messages import Challenge, Fault, Hello, Idle, Message, Proof, Pull, Push, Welcome
from sync_protocol.core.session import MOVES, Session, State
from tests.sync_protocol.core.test_session import ONE_OF_EACH

SIDES = ("child", "parent")
sides = st.sampled_from(SIDES)
FAR = {"child": "parent", "parent": "child"}
OPENING = (("child", Hello), ("parent", Challenge), ("child", Proof), ("parent", Welcome))
LARGE = Push((0, ""), [])


class TwoEnds(RuleBasedStateMachine):
    """Lock-step up to `welcome`, then anything: what arrives is what was sent, in its order, whole."""

    def __init__(self) -> None:
        super().__init__()
        self.session = {side: Session() for side in SIDES}
        self.pipe = {side: bytearray() for side in SIDES}
        """Bytes that are on their way to that side."""
        self.sent: dict[str, list[Message]] = {side: [] for side in SIDES}
        self.read: dict[str, list[Message]] = {side: [] for side in SIDES}
        self.broken: set[str] = set()
        """Sides that were sent what was not legal for them by then; nothing more is promised to them."""

    def send(self, side: str, message: Message) -> None:
        before = self.session[side].state
        if (before, type(message)) not in MOVES:
            with pytest.raises(LocalProtocolError):
                self.session[side].send(message)
            assert self.session[side].state is before
            return
        self.pipe[FAR[side]] += self.session[side].send(message)
        self.sent[side].append(message)

    @rule(side=sides, message=st.sampled_from([*ONE_OF_EACH.values(), Pull({}, room=9), LARGE]))
    def anybody_sends_anything(self, side: str, message: Message) -> None:
        self.send(side, message)

    @rule()
    def the_opening_goes_on(self) -> None:
        """The next move of an opening, where both ends are at the same place: so that runs get past it."""
        for side, kind in OPENING:
            same = self.session["child"].state is self.session["parent"].state
            if same and (self.session[side].state, kind) in MOVES:
                self.send(side, ONE_OF_EACH[kind])
                self.everything_arrives()
                self.reads(FAR[side])
                return

    @rule(side=sides, size=st.integers(1, 60))
    def some_bytes_arrive(self, side: str, size: int) -> None:
        self.session[side].receive(bytes(self.pipe[side][:size]))
        del self.pipe[side][:size]

    @rule()
    def everything_arrives(self) -> None:
        for side in SIDES:
            self.some_bytes_arrive(side, len(self.pipe[side]))

    @rule(side=sides)
    def reads(self, side: str) -> None:
        if side in self.broken:
            return
        while True:
            before = self.session[side].state
            message, code = self._next(side)
            if code:
                due = self.sent[FAR[side]][len(self.read[side])]
                assert code == "sync.out_of_order"
                assert (before, type(due)) not in MOVES
                assert self.session[side].state is before
                self.broken.add(side)
            if message is None:
                return
            self.read[side].append(message)

    def _next(self, side: str) -> tuple[Message | None, str]:
        try:
            return self.session[side].next_message(), ""
        except RemoteProtocolError as error:
            return None, error.code

    @invariant()
    def what_was_read_is_what_was_sent_in_its_order(self) -> None:
        for side in SIDES:
            assert self.read[side] == self.sent[FAR[side]][: len(self.read[side])]

    @invariant()
    def both_are_in_step_once_everything_was_read(self) -> None:
        quiet = not self.broken and all(len(self.read[side]) == len(self.sent[FAR[side]]) for side in SIDES)
        crossed = {State.CLOSED} & {session.state for session in self.session.values()}
        if quiet and not crossed and all(self.alternated()):
            assert self.session["child"].state is self.session["parent"].state

    def alternated(self) -> list[bool]:
        """Whether neither side spoke while the other's word was under way, during the opening."""
        kinds = [type(message) for side in SIDES for message in self.sent[side]]
        return [kinds.count(kind) <= 1 for _, kind in OPENING]

    @invariant()
    def a_session_is_closed_by_a_fault_and_by_nothing_else(self) -> None:
        for side in SIDES:
            said = any(isinstance(each, Fault) for each in [*self.sent[side], *self.read[side]])
            assert (self.session[side].state is State.CLOSED) == said


TestTwoEnds = TwoEnds.TestCase
TestTwoEnds.settings = settings(max_examples=60, stateful_step_count=40)


def test_the_machine_reaches_an_open_session() -> None:
    machine: Any = TwoEnds()
    for _ in OPENING:
        machine.the_opening_goes_on()
    machine.send("child", Pull({}))
    machine.send("parent", Idle())
    machine.everything_arrives()
    machine.reads("child")
    machine.reads("parent")
    assert [session.state for session in machine.session.values()] == [State.OPEN, State.OPEN]
    assert (len(machine.read["child"]), len(machine.read["parent"])) == (3, 3)
