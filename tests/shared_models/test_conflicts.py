from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared_models.conflicts import contradicts, knows

DAG = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ("d",)}


@st.composite
def dags(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """A DAG whose names grow with time: the parents of n are among 0 … n-1."""
    made: dict[str, tuple[str, ...]] = {}
    for place in range(draw(st.integers(1, 12))):
        parents = draw(st.lists(st.sampled_from(list(made)), max_size=3, unique=True)) if made else []
        made[str(place)] = tuple(parents)
    return made


def ancestors(dag: dict[str, tuple[str, ...]], name: str) -> set[str]:
    found = set(dag[name])
    for parent in dag[name]:
        found |= ancestors(dag, parent)
    return found


@given(dags())
def test_a_writer_knows_its_parents_and_all_that_they_knew(dag: dict[str, tuple[str, ...]]) -> None:
    for name, parents in dag.items():
        assert {each for each in dag if knows(dag, parents, each)} == ancestors(dag, name)


def test_a_fact_contradicts_what_stands_exactly_when_its_writer_did_not_know_it() -> None:
    assert not contradicts(DAG, "b", ("d",))
    assert not contradicts(DAG, "e", ("e",))
    assert contradicts(DAG, "b", ("c",))
    assert contradicts(DAG, "e", ("d",))
    assert contradicts(DAG, "a", ())


def test_nothing_contradicts_a_case_that_nothing_has_moved_yet() -> None:
    assert not contradicts({}, "", ())
    assert not contradicts(DAG, "", ("c",))


def test_parents_that_are_not_here_are_looked_through_without_harm() -> None:
    assert not knows({"x": ("gone",)}, ("x",), "y")
    assert knows({"x": ("gone",)}, ("x",), "gone")


def test_a_long_history_costs_no_recursion() -> None:
    line = {str(place): (str(place - 1),) for place in range(1, 20_000)} | {"0": ()}
    assert knows(line, ("19999",), "0")


def test_a_ladder_of_merges_is_walked_once() -> None:
    """Each rung doubles the number of paths: looking at every path would never end."""
    dag: dict[str, tuple[str, ...]] = {"0a": (), "0b": ()}
    for rung in range(1, 200):
        dag |= {f"{rung}{side}": (f"{rung - 1}a", f"{rung - 1}b") for side in "ab"}
    assert not knows(dag, ("199a",), "nowhere")
