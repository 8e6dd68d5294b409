"""The vectors of the witness: a log of receipts, its proofs, a cosigned checkpoint, and proofs against the hub."""

from __future__ import annotations

from typing import Any

import msgspec

from shared_models.signing import bytes_of, digest, name_of_key, text_of
from sync_protocol.core import contradictions, merkle
from sync_protocol.core.checkpoints import (
    CHECKPOINT_TYPE,
    COSIGNATURE_TYPE,
    NO_TREE,
    NOWHERE,
    Leaf,
    Opening,
    Signed,
    Tree,
    new_checkpoint,
    new_cosignature,
    sign,
)
from sync_protocol.store.log import Entry
from sync_protocol.store.receipts import sign_receipt
from tests.vectors.pieces import KEYS, ONE, writer

DISTRICT, CITY = KEYS["district"][0], KEYS["city"][0]
HUB, WITNESS = name_of_key(DISTRICT.public), name_of_key(CITY.public)
TIME = 1_795_000_000_000
SIZE = 7


def receipt(place: Leaf, what: str = "journal") -> Signed:
    entry = Entry(place[1], digest(f"{what}{place[1]}".encode()))
    return sign_receipt(DISTRICT, HUB, writer("station").node, entry, 0, TIME + place[1], place)


RECEIPTS = [receipt((ONE, number)) for number in range(1, SIZE)]
LEAVES = [Opening(NOWHERE, ONE, HUB).payload, *(each.payload for each in RECEIPTS)]
HASHES = [merkle.leaf_hash(each) for each in LEAVES]


def whole(hashes: list[bytes]) -> merkle.Whole:
    def found(level: int, number: int) -> bytes:
        part = hashes[number << level : (number + 1) << level]
        while len(part) > 1:
            part = [merkle.node_hash(*part[at : at + 2]) for at in range(0, len(part), 2)]
        return part[0]

    return found


def tree(size: int, hashes: list[bytes] = HASHES) -> Tree:
    return Tree(ONE, text_of(merkle.root_at(whole(hashes), size)), size)


def checkpoint(previous: int, size: int, hashes: list[bytes] = HASHES, lost: Leaf = NOWHERE) -> Signed:
    before = tree(previous) if previous else NO_TREE
    proof = merkle.consistency_proof(whole(hashes), previous, size)
    return sign(DISTRICT, CHECKPOINT_TYPE, new_checkpoint(HUB, tree(size, hashes), before, proof, lost, TIME))


def _said(signed: Signed) -> dict[str, str]:
    return {"payload": signed.payload.decode(), "signature": text_of(signed.signature)}


def _texts(path: list[bytes]) -> list[str]:
    return [text_of(each) for each in path]


def _inclusions() -> list[dict[str, Any]]:
    return [
        {"index": index, "size": size, "path": _texts(merkle.inclusion_proof(whole(HASHES), index, size))}
        for size in (1, 4, SIZE) for index in range(size)
    ]  # fmt: skip


def _consistencies() -> list[dict[str, Any]]:
    return [
        {"first": first, "second": second, "path": _texts(merkle.consistency_proof(whole(HASHES), first, second))}
        for first in range(SIZE + 1) for second in range(first, SIZE + 1)
    ]  # fmt: skip


def _proofs() -> list[dict[str, Any]]:
    other = [*HASHES[:3], merkle.leaf_hash(b"another"), *HASHES[4:]]
    path = tuple(_texts(merkle.inclusion_proof(whole(other), 3, SIZE)))
    true_path = tuple(_texts(merkle.inclusion_proof(whole(HASHES), 3, SIZE)))
    leaf, good, rewritten = text_of(other[3]), checkpoint(4, SIZE), checkpoint(0, SIZE, other)
    one, again, elsewhere = RECEIPTS[2], receipt((ONE, 3), "other"), receipt((ONE, 4), "other")
    made = [
        (True, "two receipts for one leaf", contradictions.two_receipts(HUB, one, again)),
        (False, "the same receipt twice", contradictions.two_receipts(HUB, one, one)),
        (False, "receipts for two leaves", contradictions.two_receipts(HUB, one, elsewhere)),
        (True, "another leaf in its place", contradictions.other_leaf(HUB, one, rewritten, leaf, path)),
        (False, "its own leaf", contradictions.other_leaf(HUB, one, good, text_of(HASHES[3]), true_path)),
        (False, "a path that proves nothing", contradictions.other_leaf(HUB, one, good, leaf, path)),
        (True, "two roots for one size", contradictions.two_trees(HUB, good, rewritten)),
        (False, "a tree and a longer one", contradictions.two_trees(HUB, checkpoint(0, 4), good)),
        (True, "a tree that does not go on", contradictions.own_words(HUB, checkpoint(4, SIZE, other))),
        (True, "lost in the epoch that goes on", contradictions.own_words(HUB, checkpoint(4, SIZE, lost=(ONE, 6)))),
        (False, "a checkpoint in order", contradictions.own_words(HUB, good)),
    ]  # fmt: skip
    return [{"holds": holds, "why": why, "proof": msgspec.to_builtins(proof)} for holds, why, proof in made]


def witness() -> dict[str, Any]:
    shown = checkpoint(4, SIZE)
    cosignature = sign(CITY, COSIGNATURE_TYPE, new_cosignature(WITNESS, shown, HUB, TIME + 100))
    return {
        "hub_key": text_of(DISTRICT.public),
        "witness_key": text_of(CITY.public),
        "leaves": [each.decode() for each in LEAVES],
        "leaf_hashes": [text_of(each) for each in HASHES],
        "roots": [text_of(merkle.root_at(whole(HASHES), size)) for size in range(SIZE + 1)],
        "inclusion": _inclusions(),
        "consistency": _consistencies(),
        "checkpoint": _said(shown),
        "cosignature": _said(cosignature),
        "proofs": _proofs(),
    }


def of_text(said: dict[str, str]) -> Signed:
    """The signed bytes of a vector. Raises ValueError."""
    return Signed(said["payload"].encode(), bytes_of(said["signature"]))
