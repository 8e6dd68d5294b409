"""When a hub has contradicted itself: two statements under its own signature that no honest hub ever gives both of.

A proof is a plain value that anybody checks with the hub's key alone, so it may travel by any route, and whoever made
it up accuses nobody. Four kinds, each of which breaks what a hub does in one transaction, in one process:

- `two_receipts`   two receipts name the same leaf of the same epoch
- `other_leaf`     a receipt names a leaf; a checkpoint of the same epoch holds another one there
- `two_trees`      two checkpoints give different roots for the same epoch and size
- `own_words`      a checkpoint refutes itself: its tree does not begin with the one that it names as the one before, or
                   it says to have lost what it signed in the very epoch that goes on

Why none of these can come from a crash, a restore, a clone, a retry or a bundle stands in docs/protocol.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Annotated

import msgspec

from shared_models.signing import bytes_of, fingerprint, text_of
from sync_protocol.core import merkle
from sync_protocol.core.checkpoints import (
    RECEIPT_TYPE,
    Checkpoint,
    HashText,
    Leaf,
    Name,
    NotAStatement,
    Path,
    Signed,
    checkpoint_of,
    follows,
)

CONTRADICTION = "node.contradiction"
"""The kind of the record in which whoever finds a proof hands it on; its body is the proof."""
TWO_RECEIPTS, OTHER_LEAF, TWO_TREES, OWN_WORDS = "two_receipts", "other_leaf", "two_trees", "own_words"
KINDS = (TWO_RECEIPTS, OTHER_LEAF, TWO_TREES, OWN_WORDS)

_SIGNATURES = {TWO_RECEIPTS: (0, 2), OTHER_LEAF: (1, 1), TWO_TREES: (2, 0), OWN_WORDS: (1, 0)}
"""How many (checkpoints, receipts) a proof of each kind holds."""


class Statement(msgspec.Struct, frozen=True):
    """The bytes that were signed, and the signature, both as text."""

    payload: Annotated[str, msgspec.Meta(max_length=16 * 1024)]
    signature: Annotated[str, msgspec.Meta(max_length=128)]

    @property
    def signed(self) -> Signed:
        """Raises ValueError."""
        return Signed(bytes_of(self.payload), bytes_of(self.signature))


class Proof(msgspec.Struct, frozen=True, omit_defaults=True):
    """`leaf` and `path` belong to `other_leaf`: the hash that stands in the receipt's place, and its audit path."""

    hub: Name
    kind: Name
    checkpoints: Annotated[tuple[Statement, ...], msgspec.Meta(max_length=2)] = ()
    leaf: HashText | None = None
    path: Path = ()
    receipts: Annotated[tuple[Statement, ...], msgspec.Meta(max_length=2)] = ()

    @property
    def id(self) -> str:
        return fingerprint(msgspec.json.encode(self, order="sorted"))

    def says_no_more_than(self, other: Proof) -> bool:
        """Whether the other one proves the same: that a receipt is not in the log is proven anew by every tree."""
        same_receipt = self.kind == other.kind == OTHER_LEAF and self.receipts == other.receipts
        return self == other or (same_receipt and self.hub == other.hub)


class Placed(msgspec.Struct, frozen=True):
    """As much of a receipt as its place in the log needs."""

    hub: str
    log: Leaf


def statement_of(signed: Signed) -> Statement:
    return Statement(text_of(signed.payload), text_of(signed.signature))


def two_receipts(hub: str, one: Signed, other: Signed) -> Proof:
    return Proof(hub, TWO_RECEIPTS, receipts=(statement_of(one), statement_of(other)))


def other_leaf(hub: str, receipt: Signed, checkpoint: Signed, leaf: str, path: Path) -> Proof:
    return Proof(hub, OTHER_LEAF, (statement_of(checkpoint),), leaf, path, (statement_of(receipt),))


def two_trees(hub: str, one: Signed, other: Signed) -> Proof:
    return Proof(hub, TWO_TREES, (statement_of(one), statement_of(other)))


def own_words(hub: str, checkpoint: Signed) -> Proof:
    return Proof(hub, OWN_WORDS, (statement_of(checkpoint),))


# ---------------------------------------------------------------- checking


def refutes_itself(checkpoint: Checkpoint) -> bool:
    return not follows(checkpoint) or bool(checkpoint.tree.epoch and checkpoint.lost[0] == checkpoint.tree.epoch)


def contradict(one: Checkpoint, other: Checkpoint) -> bool:
    """Whether they give different roots for one epoch and size, be it as their tree or as the one before it."""
    return any(
        (a.epoch, a.size) == (b.epoch, b.size) and a.root != b.root
        for a, b in product((one.tree, one.previous), (other.tree, other.previous))
    )


def stands(proof: Proof, keys: Sequence[bytes]) -> bool:
    """Whether the hub that has, or had, these 32-byte keys has contradicted itself. Never raises."""
    if (len(proof.checkpoints), len(proof.receipts)) != _SIGNATURES.get(proof.kind):
        return False
    try:
        checkpoints = [checkpoint_of(each.signed, proof.hub, keys) for each in proof.checkpoints]
        receipts = [each.signed for each in proof.receipts]
        places = [_place(each, proof.hub, keys) for each in receipts]
        match proof.kind:
            case "two_receipts":
                return places[0] == places[1] and receipts[0].payload != receipts[1].payload
            case "other_leaf":
                return _holds_another(proof, checkpoints[0], places[0], receipts[0].payload)
            case "two_trees":
                return contradict(*checkpoints)
        return refutes_itself(checkpoints[0])
    except (ValueError, RecursionError):  # a hub may sign any bytes, also such as no reader can take apart
        return False


def _place(receipt: Signed, hub: str, keys: Sequence[bytes]) -> Leaf:
    if not receipt.good(keys, RECEIPT_TYPE):
        raise NotAStatement("not a receipt of this hub")
    placed = msgspec.json.decode(receipt.payload, type=Placed)
    if placed.hub != hub or not placed.log[0]:
        raise NotAStatement("a receipt of another hub, or without a place in its log")
    return placed.log


def _holds_another(proof: Proof, checkpoint: Checkpoint, place: Leaf, receipt: bytes) -> bool:
    leaf, tree = bytes_of(proof.leaf or ""), checkpoint.tree
    if tree.epoch != place[0] or len(leaf) != merkle.HASH_BYTES or leaf == merkle.leaf_hash(receipt):
        return False
    root = merkle.root_by_inclusion(leaf, place[1], tree.size, [bytes_of(each) for each in proof.path])
    return root == bytes_of(tree.root)
