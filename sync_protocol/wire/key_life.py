"""With which keys the two ends of a line speak, while one of them has taken another and the other has not heard of it.

Each end says which key it knows of the other, by a mark; the other speaks with that one. So a node learns of another
key in a session that it opened by the key before, and nothing needs to be done at both ends at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from shared_models.signing import KeyPair
from sync_protocol.node import Node


class KeyLife(NamedTuple):
    """`own` = the pair of ours that a mark (`trust.key_mark`) stands for; `parents` = the parent's 32-byte key."""

    own: Callable[[str], KeyPair]
    parents: Callable[[], bytes]


def fixed(keys: KeyPair, parent_key: bytes) -> KeyLife:
    """Of two ends that never take another key."""
    return KeyLife(lambda mark: keys, lambda: parent_key)


def life_of(node: Node, parent: str, first_key: bytes) -> KeyLife:
    """As the roster of `node` has it; `first_key` is the parent's, as the invitation named it."""

    def parents() -> bytes:
        member = node.roster.member(parent)
        return first_key if member is None else member.public

    return KeyLife(node.pair_known_as, parents)
