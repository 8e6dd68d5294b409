"""The product and the second reader agree on every vector of the witness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared_models.signing import bytes_of, name_of_key, text_of
from sync_protocol.core import merkle
from sync_protocol.core.checkpoints import Cosigned, checkpoint_of, cosigned_by, follows
from sync_protocol.core.contradictions import Proof, stands
from tests.vectors import second_reader
from tests.vectors.witnessed import of_text

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "witness.json").read_text(encoding="utf-8"))
HUB_KEY, WITNESS_KEY = bytes_of(VECTORS["hub_key"]), bytes_of(VECTORS["witness_key"])
HASHES = [bytes_of(each) for each in VECTORS["leaf_hashes"]]
ROOTS = [bytes_of(each) for each in VECTORS["roots"]]


def test_leaves_and_roots_are_those_of_rfc_6962() -> None:
    for payload, expected in zip(VECTORS["leaves"], HASHES, strict=True):
        assert merkle.leaf_hash(payload.encode()) == second_reader.leaf_hash(payload.encode()) == expected
    frontier: tuple[bytes, ...] = ()
    for size, root in enumerate(ROOTS):
        assert merkle.root_of(frontier) == second_reader.tree_root(HASHES[:size]) == root
        if size < len(HASHES):
            frontier = merkle.grow(frontier, size, HASHES[size]).frontier


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=lambda each: f"{each['index']} of {each['size']}")
def test_a_path_leads_from_its_leaf_to_the_root(vector: dict[str, Any]) -> None:
    index, size, path = vector["index"], vector["size"], [bytes_of(each) for each in vector["path"]]
    for leaf in HASHES:
        for root_of in (merkle.root_by_inclusion, second_reader.root_by_path):
            assert (root_of(leaf, index, size, path) == ROOTS[size]) == (leaf == HASHES[index])


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda each: f"{each['first']} in {each['second']}")
def test_a_tree_is_shown_to_begin_with_an_earlier_one(vector: dict[str, Any]) -> None:
    first, second, path = vector["first"], vector["second"], [bytes_of(each) for each in vector["path"]]
    for extends in (merkle.extends, second_reader.extends):
        assert extends(first, ROOTS[first], second, ROOTS[second], path)
        assert not extends(first, bytes(32), second, ROOTS[second], path)
        assert not extends(first, ROOTS[first], second, ROOTS[second], [*path, bytes(32)])


def test_the_cosigned_checkpoint_is_good_under_both_keys_and_no_others() -> None:
    shown, cosignature = of_text(VECTORS["checkpoint"]), of_text(VECTORS["cosignature"])
    checkpoint = checkpoint_of(shown, name_of_key(HUB_KEY), [HUB_KEY])
    assert follows(checkpoint)
    assert cosigned_by(Cosigned(shown, cosignature), name_of_key(WITNESS_KEY), [WITNESS_KEY]).hub == checkpoint.hub
    told = second_reader.cosigned_tree(VECTORS["checkpoint"], VECTORS["cosignature"], HUB_KEY, WITNESS_KEY)
    assert (told["size"], told["root"]) == (checkpoint.tree.size, text_of(ROOTS[checkpoint.tree.size]))
    with pytest.raises(second_reader.NotProven):
        second_reader.cosigned_tree(VECTORS["checkpoint"], VECTORS["cosignature"], WITNESS_KEY, HUB_KEY)
    with pytest.raises(second_reader.NotProven):
        second_reader.cosigned_tree(VECTORS["checkpoint"], VECTORS["checkpoint"], HUB_KEY, WITNESS_KEY)


@pytest.mark.parametrize("vector", VECTORS["proofs"], ids=lambda each: each["why"])
def test_a_proof_against_a_hub_holds_for_both_or_for_none(vector: dict[str, Any]) -> None:
    proof = msgspec.convert(vector["proof"], Proof)
    assert stands(proof, [HUB_KEY]) is vector["holds"]
    assert second_reader.contradicted_itself(vector["proof"], HUB_KEY) is vector["holds"]
    assert not stands(proof, [WITNESS_KEY])
    assert not second_reader.contradicted_itself(vector["proof"], WITNESS_KEY)
