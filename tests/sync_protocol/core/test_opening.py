from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared_models.signing import KeyPair, text_of
from sync_protocol.core.opening import TOO_NEW, TOO_OLD, Opening, Versions, faraway, highest, parents_nonce
from sync_protocol.core.session import prove, proven, transcript

CHILD, PARENT = KeyPair.from_seed(b"c" * 32), KeyPair.from_seed(b"p" * 32)
RANDOM = bytes(range(16))
ranges: st.SearchStrategy[Versions] = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(
    lambda both: (min(both), max(both))
)
names = st.text(max_size=12)


@given(ranges, ranges)
def test_the_highest_version_that_both_speak_is_taken_and_none_where_there_is_none(
    one: Versions, two: Versions
) -> None:
    both = set(range(one[0], one[1] + 1)) & set(range(two[0], two[1] + 1))
    assert highest(one, two) == highest(two, one) == max(both, default=None)


@given(ranges, ranges)
def test_where_there_is_none_exactly_one_side_is_the_older_one(mine: Versions, theirs: Versions) -> None:
    assume(highest(mine, theirs) is None)
    assert {faraway(mine, theirs), faraway(theirs, mine)} == {TOO_OLD, TOO_NEW}
    assert (faraway(mine, theirs) == TOO_OLD) == (mine[1] < theirs[0])


def answered(parent: Versions, offer: Versions) -> Opening | None:
    """What a parent makes of an offer."""
    version = highest(parent, offer)
    if version is None:
        return None
    nonce = text_of(parents_nonce(RANDOM, parent, version))
    return Opening("child", "parent", "nonce", nonce, offer, version)


@given(ranges, ranges)
def test_an_honest_opening_is_never_taken_for_one_that_was_lowered(child: Versions, parent: Versions) -> None:
    said = answered(parent, child)
    assert said is None or not said.lowered


@given(ranges, ranges, ranges)
def test_whoever_changes_the_offer_on_the_way_is_noticed(child: Versions, parent: Versions, changed: Versions) -> None:
    """The parent signs what it was told; the child compares with what it said."""
    assume(changed != child)
    told = answered(parent, changed)
    assume(told is not None and child[0] <= told.version <= child[1])
    assert told is not None
    signature = prove(PARENT, told.said("parent"))
    meant = told._replace(offered=child)
    believed = proven(PARENT.public, meant.said("parent"), signature) and not meant.lowered
    assert not believed or told.version == highest(parent, child)


def test_version_1_is_signed_as_it_always_was() -> None:
    opening = Opening("a", "b", "c", "d", (1, 2), 1)
    for role in ("child", "parent"):
        assert opening.said(role, "ignored") == transcript("a", "b", "c", "d", role)


@given(st.lists(names, min_size=5, max_size=5), st.lists(names, min_size=5, max_size=5), st.integers(2, 3))
def test_a_proof_is_for_this_opening_and_this_incarnation_only(one: list[str], other: list[str], version: int) -> None:
    def said(texts: list[str], role: str = "child") -> bytes:
        return Opening(texts[0], texts[1], texts[2], texts[3], (1, 3), version).said(role, texts[4])

    signature = prove(CHILD, said(one))
    assert proven(CHILD.public, said(other), signature) == (one == other)
    assert not proven(CHILD.public, said(one, "parent"), signature)


@pytest.mark.parametrize("name", ["", "x" * 129, "a~b", "é"])
def test_something_that_names_no_chain_is_no_incarnation(name: str) -> None:
    assert not Opening("", "", "", "", (1, 2), 2).names(name)
    assert Opening("", "", "", "", (1, 2), 1).names(name)


def test_a_nonce_is_marked_only_where_the_parent_takes_less_than_it_could() -> None:
    assert parents_nonce(RANDOM, (1, 2), 2) == RANDOM
    marked = parents_nonce(RANDOM, (1, 2), 1)
    assert (marked[:10], marked[10:]) == (RANDOM[:10], b"TBver\x02")
