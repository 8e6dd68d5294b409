from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.signing import digest
from sync_protocol.core import merkle

LEAVES = [bytes([number]) * 3 for number in range(80)]


def by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return digest(b"")
    if len(leaves) == 1:
        return digest(b"\x00" + leaves[0])
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return digest(b"\x01" + by_the_book(leaves[:middle]) + by_the_book(leaves[middle:]))


def whole(level: int, number: int) -> bytes:
    return by_the_book(LEAVES[number << level : (number + 1) << level])


ROOTS = [by_the_book(LEAVES[:size]) for size in range(len(LEAVES) + 1)]
sizes = st.integers(0, len(LEAVES))


def test_a_tree_that_grows_has_the_roots_of_the_book() -> None:
    frontier: tuple[bytes, ...] = ()
    for size, leaf in enumerate(LEAVES):
        assert merkle.root_of(frontier) == merkle.root_at(whole, size) == ROOTS[size]
        frontier, made = merkle.grow(frontier, size, merkle.leaf_hash(leaf))
        for level, root in enumerate(made):
            assert root == whole(level, size >> level)


@given(sizes.filter(bool), st.data())
def test_a_path_proves_its_leaf_in_its_place_and_no_other(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof(whole, index, size)
    leaf = merkle.leaf_hash(LEAVES[index])
    assert merkle.root_by_inclusion(leaf, index, size, path) == ROOTS[size]
    other = data.draw(st.integers(0, size - 1).filter(lambda each: each != index)) if size > 1 else None
    if other is not None:
        assert merkle.root_by_inclusion(leaf, other, size, path) != ROOTS[size]
        assert merkle.root_by_inclusion(merkle.leaf_hash(LEAVES[other]), index, size, path) != ROOTS[size]
        assert merkle.root_by_inclusion(leaf, index, size, path[:-1]) != ROOTS[size]
    assert merkle.root_by_inclusion(leaf, index, size, [*path, bytes(32)]) is None


@given(sizes, sizes)
def test_a_longer_tree_is_shown_to_begin_with_a_shorter_one(one: int, other: int) -> None:
    first, second = sorted((one, other))
    path = merkle.consistency_proof(whole, first, second)
    assert merkle.extends(first, ROOTS[first], second, ROOTS[second], path)
    assert not merkle.extends(first, bytes(32), second, ROOTS[second], path)
    assert not merkle.extends(first, ROOTS[first], second, ROOTS[second], [*path, bytes(32)])
    if first:
        assert not merkle.extends(first, ROOTS[first], second, bytes(32), path)


@given(sizes.filter(lambda size: size > 1), st.data())
def test_no_path_shows_a_tree_to_begin_with_what_it_does_not(size: int, data: st.DataObject) -> None:
    """Whatever path is made up of true hashes: another leaf in the first tree gives another root."""
    first = data.draw(st.integers(1, size - 1))
    changed = [*LEAVES[: first - 1], b"another"]
    path = data.draw(st.permutations(merkle.consistency_proof(whole, first, size)))
    assert not merkle.extends(first, by_the_book(changed), size, ROOTS[size], path)


@pytest.mark.parametrize("ask", [(0, 0), (5, 5), (-1, 3)])
def test_nothing_is_proven_of_a_leaf_that_is_not_there(ask: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(whole, *ask)
    assert merkle.root_by_inclusion(bytes(32), *ask, []) is None


def test_a_tree_does_not_shrink() -> None:
    with pytest.raises(ValueError, match="shrink"):
        merkle.consistency_proof(whole, 5, 4)
    assert not merkle.extends(5, ROOTS[5], 4, ROOTS[4], [])
