"""How a session is opened: which version of the protocol is spoken, and what each side signs for it.

A child offers a range of versions, the parent takes the highest that both speak, and from version 2 on both sign offer
and choice, so that nobody between them can lower it. The text of version 1 says nothing of versions; therefore a parent
that takes less than it could marks its nonce, which is signed in every version (the way of TLS 1.3, RFC 8446, 4.1.3):
a child that would have spoken more knows then that its offer was changed on the way.

Version 2 also carries the child's *incarnation*: the name of the process that answers this very challenge.
"""

from __future__ import annotations

from typing import NamedTuple

from shared_models import canonical
from shared_models.records import BRANCH, TEXT_MAX
from shared_models.signing import bytes_of, pae
from sync_protocol.core.session import NONCE_BYTES, transcript

Versions = tuple[int, int]
"""(lowest, highest) version of the protocol that somebody speaks."""

VERSIONS: Versions = (1, 2)
WITH_INCARNATION = 2
"""The first version in which a child names its incarnation."""
PROOF_TYPE_2 = "application/vnd.tongban.session+json;version=2"
MARK = b"TBver"
"""Stands behind the random bytes of a nonce, followed by one byte: the highest version that the parent speaks."""

TOO_OLD, TOO_NEW, LOWERED = "versions.node_too_old", "versions.parent_too_old", "versions.lowered"


class Opening(NamedTuple):
    """What a session is opened with; `offered` by the child, `version` taken by the parent. Names, nonces: text."""

    child: str
    parent: str
    child_nonce: str
    parent_nonce: str
    offered: Versions = (1, 1)
    version: int = 1

    def said(self, role: str, incarnation: str = "") -> bytes:
        """What is signed; `role` (child, parent) keeps one side's word from serving as the other's. `incarnation` is
        the child's, "" in the parent's word."""
        if self.version < WITH_INCARNATION:
            return transcript(self.child, self.parent, self.child_nonce, self.parent_nonce, role)
        value = {
            "child": self.child, "child_nonce": self.child_nonce, "incarnation": incarnation, "parent": self.parent,
            "parent_nonce": self.parent_nonce, "role": role, "version": self.version, "versions": list(self.offered),
        }  # fmt: skip
        return pae(PROOF_TYPE_2, canonical.encode(value))

    @property
    def lowered(self) -> bool:
        """Whether both could have spoken more than they do, as the mark in the parent's nonce tells."""
        return min(_marked(self.parent_nonce), self.offered[1]) > self.version

    def names(self, incarnation: str) -> bool:
        """Whether the child named its incarnation as this version wants it."""
        if self.version < WITH_INCARNATION:
            return True
        return 0 < len(incarnation) <= TEXT_MAX and incarnation.isascii() and BRANCH not in incarnation


NOBODY = Opening("", "", "", "")
"""Before a child said who it is."""


def highest(mine: Versions, theirs: Versions) -> int | None:
    """The highest version that both speak."""
    version = min(mine[1], theirs[1])
    return version if version >= max(mine[0], theirs[0]) else None


def faraway(mine: Versions, theirs: Versions) -> str:
    """The code of the sentence that a node says whose parent speaks no version of its own: who has to be updated."""
    return TOO_OLD if mine[1] < theirs[0] else TOO_NEW


def parents_nonce(random: bytes, mine: Versions, version: int) -> bytes:
    """The parent's nonce: `random` (16 bytes), marked where it takes less than it could."""
    return random if version == mine[1] else random[: NONCE_BYTES - len(MARK) - 1] + MARK + bytes([mine[1]])


def _marked(nonce: str) -> int:
    """The version that a nonce is marked with; 0 for none."""
    try:
        data = bytes_of(nonce)
    except ValueError:
        return 0
    return data[-1] if len(data) == NONCE_BYTES and data[:-1].endswith(MARK) else 0
