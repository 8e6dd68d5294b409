"""Whoever is told to run twice did; whoever runs once is never told so, whatever is late, lost or said again."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync_protocol.core.twins import INCARNATIONS_MAX, Twins


@dataclass
class Said:
    """A session: when it was challenged, when its process signed, when the proof came, in steps (0 = never)."""

    process: str
    number: int
    challenged: int
    signed: int = 0
    came: int = 0


@dataclass
class Story:
    """Processes that start, live, and die; what each of them says may come long after."""

    twins: Twins = field(default_factory=Twins)
    now: int = 0
    alive: set[str] = field(default_factory=set)
    lives: dict[str, list[int]] = field(default_factory=dict)
    sessions: list[Said] = field(default_factory=list)
    told: set[frozenset[str]] = field(default_factory=set)

    def act(self, what: str, process: str, which: int, *, alone: bool) -> None:
        self.now += 1
        if what == "start" and process not in self.lives:
            for other in list(self.alive) if alone else []:
                self._die(other)
            self.alive.add(process)
            self.lives[process] = [self.now, 10**9]
        elif what == "die":
            self._die(process)
        elif what in ("ask", "talk") and process in self.alive:
            self.sessions.append(Said(process, self.twins.challenge(), self.now))
            for step in ("sign", "come") if what == "talk" else ():
                self.now += 1
                self._go_on(self.sessions[-1], step)
        elif waiting := [said for said in self.sessions if not said.came and bool(said.signed) == (what == "come")]:
            self._go_on(waiting[which % len(waiting)], what)

    def _die(self, process: str) -> None:
        if process in self.alive:
            self.alive.remove(process)
            self.lives[process][1] = self.now

    def _go_on(self, said: Said, what: str) -> None:
        if what == "sign" and not said.signed and said.process in self.alive:
            said.signed = self.now
        elif what == "come" and said.signed and not said.came:
            said.came = self.now
            twins = self.twins.proof("child", said.process, said.number)
            self.told |= {frozenset((said.process, twin)) for twin in twins}

    def proven(self) -> set[frozenset[str]]:
        """The pairs of which one spoke, the other answered a later challenge, and the first again a later one."""
        came = [said for said in self.sessions if said.came]
        return {
            frozenset((one.process, other.process))
            for one, other, again in permutations(came, 3)
            if one.process == again.process != other.process
            and one.came < other.challenged
            and other.came < again.challenged
        }


def actions(processes: str) -> st.SearchStrategy[list[tuple[str, str, int]]]:
    what = st.sampled_from(("start", "start", "die", "talk", "talk", "ask", "ask", "sign", "sign", "come", "come"))
    return st.lists(st.tuples(what, st.sampled_from(processes), st.integers(0, 3)), max_size=40)


def spelt(text: str) -> list[tuple[str, str, int]]:
    """A story in short: `a+` starts, `a-` dies, `a:` talks, `a?` asks, `a!` signs and `a.` comes, the oldest first."""
    words = {"+": "start", "-": "die", ":": "talk", "?": "ask", "!": "sign", ".": "come"}
    return [(words[each[1]], each[0], 0) for each in text.split()]


LATE = "b+ b? b! b- a+ a: b. a:"
"""What a dead process said arrives while another one lives."""
CROSSED = "a+ b+ a: b? a? b! b. a! a."
"""The first was challenged before the second one's answer came: that it answers afterwards proves nothing of then."""


def told(steps: list[tuple[str, str, int]], *, alone: bool) -> Story:
    story = Story()
    for what, process, which in steps:
        story.act(what, process, which, alone=alone)
    return story


@settings(max_examples=600, deadline=None)
@given(actions("abc"))
@example(spelt(CROSSED))
@example(spelt("a+ b+ a: b: a:"))
def test_two_processes_are_told_of_exactly_where_what_they_said_proves_that_both_were_alive(
    steps: list[tuple[str, str, int]],
) -> None:
    story = told(steps, alone=False)
    assert story.told == story.proven()
    for pair in story.told:
        one, other = (story.lives[name] for name in pair)
        assert max(one[0], other[0]) < min(one[1], other[1])


@settings(max_examples=600, deadline=None)
@given(actions("abcdef"))
@example(spelt(LATE))
def test_processes_that_follow_each_other_are_never_told_of_however_late_their_words_come(
    steps: list[tuple[str, str, int]],
) -> None:
    assert told(steps, alone=True).told == set()


@given(st.permutations("abc"), st.integers(2, 4))
def test_three_that_talk_in_turn_are_all_told_of(order: list[str], rounds: int) -> None:
    twins = Twins()
    found = set()
    for name in order * rounds:
        found |= {frozenset((name, other)) for other in twins.proof("child", name, twins.challenge())}
    assert found == {frozenset(pair) for pair in permutations("abc", 2)}


def talk(twins: Twins, names: str, epoch: int = 0) -> list[str]:
    return [f"{name}{other}" for name in names for other in twins.proof("x", name, twins.challenge(), epoch)]


def test_a_pair_is_told_once_and_again_only_where_it_is_proven_anew() -> None:
    twins = Twins()
    assert talk(twins, "abaaa") == ["ab"]
    assert talk(twins, "b") == ["ba"]
    assert talk(twins, "bbb") == []


def test_what_was_heard_before_a_person_looked_into_it_counts_no_more() -> None:
    twins = Twins()
    assert talk(twins, "abab") == ["ab"]
    assert talk(twins, "aaa", epoch=1) == []
    assert talk(twins, "ba", epoch=1) == ["ab"]


def test_two_nodes_have_nothing_to_do_with_each_other() -> None:
    twins = Twins()
    for _ in range(4):
        for child, name in (("x", "a"), ("y", "b")):
            assert twins.proof(child, name, twins.challenge()) == []


def test_a_node_that_starts_a_thousand_times_is_remembered_in_a_few_places() -> None:
    twins = Twins()
    for number in range(1000):
        assert twins.proof("x", f"p{number}", twins.challenge()) == []
    heard = twins._children["x"]
    assert len(heard.first) == INCARNATIONS_MAX
    assert len(heard.after) <= INCARNATIONS_MAX**2
