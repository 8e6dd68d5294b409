from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync_protocol.core.pace import AIM_SECONDS, MESSAGES, Pace

KB = 1024


class Line:
    """A line of so many bytes a second, and the time on it."""

    def __init__(self, rate: float, round_trip: float) -> None:
        self.rate, self.round_trip, self.now = rate, round_trip, 0.0

    def carry(self, pace: Pace, size: int | None = None) -> float:
        """A full request, or one of `size` bytes, and its answer; gives the seconds it took."""
        pace.begin(self.now)
        sent = 0
        while not pace.full and (size is None or sent < size):
            pace.sent(pace.message)
            sent += pace.message
        seconds = sent / self.rate + self.round_trip
        self.now += seconds
        pace.answered(self.now)
        return seconds


def pace() -> Pace:
    return Pace(32 * KB, 16 * KB, 8192 * KB)


@given(st.floats(8_000, 1_000_000), st.floats(0.001, 1.0))
def test_requests_come_to_take_about_what_they_aim_at(rate: float, round_trip: float) -> None:
    line, learning = Line(rate, round_trip), pace()
    taken = [line.carry(learning) for _ in range(20)]
    assert AIM_SECONDS * 0.75 < taken[-1] < AIM_SECONDS * 1.25


def test_a_fast_line_gets_all_it_may_within_a_few_requests() -> None:
    line, learning = Line(50_000_000, 0.002), pace()
    for _ in range(4):
        line.carry(learning)
    assert learning.size == 8192 * KB


def test_small_requests_say_nothing_of_a_line_that_could_carry_more() -> None:
    line, learning = Line(50_000_000, 0.002), pace()
    for _ in range(50):
        line.carry(learning, 100)
    assert learning.size == 32 * KB


def test_a_small_request_that_took_long_says_something() -> None:
    line, learning = Line(100, 0.6), pace()
    line.carry(learning, 1)
    assert learning.size == 16 * KB


@given(st.integers(0, 50))
def test_every_request_that_was_never_answered_halves_the_next_down_to_the_least(broken: int) -> None:
    learning = pace()
    for now in range(broken + 1):
        learning.begin(float(now))
    assert learning.size == max(16 * KB, 32 * KB // 2**broken)


def test_an_answer_without_a_request_changes_nothing() -> None:
    learning = pace()
    learning.answered(1.0)
    assert learning.size == 32 * KB


@given(st.lists(st.tuples(st.floats(0, 1e6), st.booleans())))
def test_sizes_stay_within_their_bounds_whatever_the_clock_says(times: list[tuple[float, bool]]) -> None:
    learning = pace()
    for now, answered in times:
        learning.begin(now)
        while not learning.full:
            learning.sent(learning.message)
        if answered:
            learning.answered(now / 2)
        assert 16 * KB <= learning.size <= 8192 * KB
        assert learning.message * MESSAGES <= learning.size
