"""The tree of incarnations: what one has behind it, and what none that goes on has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync_protocol.core.incarnations import Origin, behind, left_behind, origin_of
from tests.shared_models.writers import STATION_AREA, Writer, pair

LINE = {"a": Origin("", 0), "b": Origin("a", 5), "c": Origin("b", 3)}
RESTORED = {**LINE, "d": Origin("a", 2)}


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Origin]:
    """Incarnations that each continue from some place of an earlier one."""
    names = [str(number) for number in range(draw(st.integers(1, 8)))]
    origins = {names[0]: Origin("", 0)}
    for place, name in enumerate(names[1:], 1):
        origins[name] = Origin(names[draw(st.integers(0, place - 1))], draw(st.integers(1, 5)))
    return origins


def test_an_incarnation_has_behind_it_what_it_continues_from() -> None:
    assert behind(LINE, "c") == {"b": 3, "a": 5}
    assert behind(RESTORED, "d") == {"a": 2}
    assert behind(RESTORED, "unknown") == {}


def test_without_a_restore_nothing_is_left_behind_but_what_nobody_continued_from() -> None:
    assert not any(left_behind(LINE, name, seq) for name, seq in (("a", 5), ("b", 3), ("c", 1), ("c", 99)))
    assert left_behind(LINE, "a", 6)
    assert left_behind(LINE, "b", 4)


def test_a_restore_leaves_behind_what_was_written_after_the_copy_wherever_it_stands() -> None:
    assert not left_behind(RESTORED, "a", 2)
    assert left_behind(RESTORED, "a", 3)
    assert left_behind(RESTORED, "b", 1)
    assert left_behind(RESTORED, "c", 1)


def test_of_an_incarnation_whose_opening_is_not_kept_nobody_can_say() -> None:
    assert not left_behind(LINE, "z", 7)
    assert not left_behind({}, "z", 7)
    assert not left_behind({"z": Origin("", 0)}, "z", 7)


@given(trees(), st.integers(0, 8), st.integers(1, 7))
def test_it_is_enough_to_ask_those_from_which_none_continues(origins: dict[str, Origin], number: int, seq: int) -> None:
    name = str(number)
    anybody = name in origins and any(
        behind(origins, other).get(name, 0) < seq
        for other in origins
        if other != name and other not in behind(origins, name)
    )
    assert left_behind(origins, name, seq) == anybody


def test_openings_that_lead_in_a_circle_come_to_an_end() -> None:
    circle = {"a": Origin("b", 1), "b": Origin("a", 1)}
    assert behind(circle, "a") == {"b": 1, "a": 1}
    assert left_behind(circle, "a", 1) in (True, False)


def test_only_the_first_record_of_a_chain_is_an_opening_and_an_odd_one_says_nothing() -> None:
    writer = Writer(pair("station"), STATION_AREA)
    body = {"id": "x", "incarnation": "zero", "seq": 3}
    first, second = (writer.write("node.opened", f"node/{writer.node}", body) for _ in range(2))
    assert origin_of(first) == Origin("zero", 3)
    assert origin_of(second) is None
    assert origin_of(Writer(pair("station"), STATION_AREA).write("node.opened", "node/x", {"seq": "three"})) is None
    assert origin_of(Writer(pair("station"), STATION_AREA).write("case.noted", "case/1", body)) is None
