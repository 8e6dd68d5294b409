"""Merkle trees over an append-only list, hashed as in RFC 6962, section 2.1: leaf = SHA-256(0x00, data), node =
SHA-256(0x01, left, right).

What grows a tree is its *frontier*: the roots of the whole subtrees that it is made of, the largest first. Proofs are
made from the hashes of whole subtrees, wherever those rest, and are checked by RFC 9162, sections 2.1.3.2 and 2.1.4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from shared_models.signing import digest

HASH_BYTES = 32
EMPTY_ROOT = digest(b"")

Whole = Callable[[int, int], bytes]
"""(level, number) -> root of the whole subtree over the leaves from number * 2**level on, 2**level of them."""


class Grown(NamedTuple):
    """The frontier after a leaf, and the roots of the subtrees that it made whole: those of level 0, 1, 2 …"""

    frontier: tuple[bytes, ...]
    made: tuple[bytes, ...]


def leaf_hash(data: bytes) -> bytes:
    return digest(b"\x00" + data)


def node_hash(left: bytes, right: bytes) -> bytes:
    return digest(b"\x01" + left + right)


def grow(frontier: Sequence[bytes], size: int, leaf: bytes) -> Grown:
    """One more leaf hash behind the `size` leaves of a tree with that frontier."""
    rest, here, made = list(frontier), leaf, [leaf]
    while size & 1:
        here = node_hash(rest.pop(), here)
        made.append(here)
        size >>= 1
    return Grown((*rest, here), tuple(made))


def root_of(frontier: Sequence[bytes]) -> bytes:
    """The root of the tree with that frontier."""
    if not frontier:
        return EMPTY_ROOT
    root = frontier[-1]
    for left in reversed(frontier[:-1]):
        root = node_hash(left, root)
    return root


# ---------------------------------------------------------------- making proofs


def root_at(whole: Whole, size: int) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return _range(whole, 0, size) if size else EMPTY_ROOT


def inclusion_proof(whole: Whole, index: int, size: int) -> list[bytes]:
    """The audit path of the leaf at `index` in the tree of the first `size` leaves. Raises ValueError outside of it."""
    if not 0 <= index < size:
        raise ValueError("no leaf stands there")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(whole, middle, end))
            end = middle
        else:
            path.append(_range(whole, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(whole: Whole, first: int, second: int) -> list[bytes]:
    """Shows that the tree of `second` leaves begins with that of `first`. Raises ValueError where it cannot."""
    if not 0 <= first <= second:
        raise ValueError("a tree does not shrink")
    if first in (0, second):
        return []
    path, start, end = [], 0, second
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_range(whole, middle, end))
            end = middle
        else:
            path.append(_range(whole, start, middle))
            start = middle
    if start:  # else the first tree is a whole subtree, whose root the reader has
        path.append(_range(whole, start, end))
    return path[::-1]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _range(whole: Whole, start: int, end: int) -> bytes:
    """The root over the leaves from `start` to before `end`; a whole subtree of that breadth begins at `start`."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return whole(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range(whole, start, middle), _range(whole, middle, end))


# ---------------------------------------------------------------- checking proofs


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root of the tree of `size` leaves in which this path proves `leaf` at `index`; None where it proves none."""
    if not 0 <= index < size:
        return None
    here, last, root = index, size - 1, leaf
    for each in path:
        if not last:
            return None
        if here & 1 or here == last:
            root = node_hash(each, root)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            root = node_hash(root, each)
        here, last = here >> 1, last >> 1
    return root if not last else None


def extends(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the tree of `second` leaves begins with that of `first`."""
    if not 0 <= first <= second:
        return False
    if first in (0, second):
        return not path and first_root == (EMPTY_ROOT if not first else second_root)
    hashes = [*([first_root] if first & (first - 1) == 0 else []), *path]
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    if not hashes:
        return False
    old = new = hashes[0]
    for each in hashes[1:]:
        if not last:
            return False
        if here & 1 or here == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, each)
        here, last = here >> 1, last >> 1
    return not last and old == first_root and new == second_root
