"""A reader that knows only the documentation believes the export and the bundle, and nothing else; its own boxes and
signatures agree with those of libsodium."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models.signing import KeyPair, bytes_of, digest, seal, seal_to, text_of, verify
from tests.vectors import make, second_reader

FOLDER = Path(__file__).parent


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


RECORDS = read("records.json")
ROOT_KEY, CITY = RECORDS["root_key"], RECORDS["city"]
EXPORT = [json.loads(line) for line in (FOLDER / make.JSONL).read_text(encoding="utf-8").splitlines()]

keys = st.binary(min_size=32, max_size=32)
nonces = st.binary(min_size=24, max_size=24)


def test_the_second_reader_imports_nothing_of_tongban() -> None:
    tree = ast.parse((FOLDER / "second_reader.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= {
        *("__future__", "base64", "binascii", "hashlib", "json", "struct", "sys", "typing", "cryptography"),
    }


def test_the_second_reader_believes_every_line_of_the_export() -> None:
    for line in EXPORT:
        proven = second_reader.check_line(line, bytes_of(ROOT_KEY), CITY)
        assert proven.id == text_of(digest(proven.header_bytes))
    assert any(line["vouchers"] for line in EXPORT)
    assert any(line["body"] is None for line in EXPORT)
    assert any(line["certificates"] == [] for line in EXPORT)


@pytest.mark.parametrize("bad", read("export_bad.json"), ids=lambda bad: bad["why"])
def test_the_second_reader_believes_no_line_that_was_tampered_with(bad: dict[str, Any]) -> None:
    with pytest.raises(second_reader.NotProven):
        second_reader.check_line(bad["line"], bytes_of(ROOT_KEY), CITY)


def test_the_second_reader_believes_nothing_under_another_root_or_city() -> None:
    for line in EXPORT:
        with pytest.raises(second_reader.NotProven):
            second_reader.check_line(line, bytes(32), CITY)
        with pytest.raises(second_reader.NotProven):
            second_reader.check_line(line, bytes_of(ROOT_KEY), "5117")


def test_the_second_reader_opens_a_bundle_and_stops_where_the_product_does() -> None:
    vector = read("bundle.json")
    seed, key = bytes.fromhex(vector["receiver_seed"]), bytes_of(vector["sender_key"])

    def found(parts: list[str]) -> tuple[list[str], bool]:
        frames, fault = second_reader.read_bundle([bytes.fromhex(part) for part in parts], seed, key)
        return [frame.hex() for frame in frames], fault == ""

    assert found(vector["parts"]) == found(vector["parts"][::-1]) == (vector["frames"], True)
    for part, expected in zip(vector["parts"], vector["heads"], strict=True):
        head, _ = second_reader.open_head(bytes.fromhex(part), seed, key)
        assert head == json.loads(expected)
    for bad in vector["bad"]:
        assert found(bad["parts"]) == (vector["frames"][: bad["frames"]], False), bad["why"]


def test_the_second_reader_runs_alone_as_a_program(tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(FOLDER / "second_reader.py")]
    done = subprocess.run(
        [*command, str(FOLDER / make.JSONL), ROOT_KEY, CITY], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == f"{len(EXPORT)} proven, 0 not"
    spoilt = tmp_path / "spoilt.jsonl"
    lines = [json.dumps(each["line"]) for each in read("export_bad.json")] + ["{}", "[]", "1"]
    spoilt.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run([*command, str(spoilt), ROOT_KEY, CITY], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == f"0 proven, {len(lines)} not"


# ---------------------------------------------------------------- against libsodium


@settings(max_examples=50)
@given(keys, nonces, st.binary(max_size=300))
def test_a_box_of_libsodium_opens_and_a_changed_one_does_not(key: bytes, nonce: bytes, plain: bytes) -> None:
    box = seal(key, nonce, plain)[24:]
    assert second_reader.open_secret_box(box, nonce, key) == plain
    for place in (0, 15, len(box) - 1):
        with pytest.raises(second_reader.NotProven):
            second_reader.open_secret_box(box[:place] + bytes([box[place] ^ 4]) + box[place + 1 :], nonce, key)


@settings(max_examples=50)
@given(keys, keys, nonces, st.binary(max_size=100))
def test_what_libsodium_seals_to_a_key_opens_with_its_seed_alone(
    seed: bytes, ephemeral: bytes, nonce: bytes, plain: bytes
) -> None:
    sealed = seal_to(KeyPair.from_seed(seed).public, ephemeral, nonce, plain)
    assert second_reader.open_own_box(sealed, seed) == plain
    with pytest.raises(second_reader.NotProven):
        second_reader.open_own_box(sealed, digest(seed))


def test_a_stream_of_several_blocks_is_that_of_libsodium() -> None:
    key, nonce, plain = digest(b"key"), digest(b"nonce")[:24], bytes(1000)
    assert second_reader.open_secret_box(seal(key, nonce, plain)[24:], nonce, key) == plain


@settings(max_examples=50)
@given(keys, st.binary(max_size=50), st.integers(0, 63), st.integers(0, 8))
def test_signatures_hold_for_both_or_for_none(seed: bytes, message: bytes, place: int, bit: int) -> None:
    pair = KeyPair.from_seed(seed)
    signature = bytearray(pair.sign(message))
    if bit < 8:
        signature[place] ^= 1 << bit
    assert second_reader.good(pair.public, message, bytes(signature)) == verify(pair.public, message, bytes(signature))


EIGHTH = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
"""The y of a point of order 8 (https://eprint.iacr.org/2020/1244, table 6c)."""
SMALL = [
    *(y.to_bytes(32, "little") for y in (0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18)),
    bytes.fromhex(EIGHTH),
]


@pytest.mark.parametrize("point", [each[:31] + bytes([each[31] | sign]) for each in SMALL for sign in (0, 128)])
def test_neither_believes_a_key_or_a_signature_point_of_small_order(point: bytes) -> None:
    pair = KeyPair.from_seed(bytes(32))
    for number in range(8):
        message = b"%d" % number
        for key, signature in ((point, point + bytes(32)), (pair.public, point + pair.sign(message)[32:])):
            assert not verify(key, message, signature)
            assert not second_reader.good(key, message, signature)


# ---------------------------------------------------------------- people


def of_people(vector: dict[str, Any]) -> bool:
    return any('"kind":"node.clerk_' in each["header"] for each in vector["run"])


@pytest.mark.parametrize(
    "vector", [each for each in RECORDS["vectors"] if of_people(each)], ids=lambda vector: vector["name"]
)
def test_the_second_reader_tells_whose_records_count_as_the_product_does(vector: dict[str, Any]) -> None:
    people, said = second_reader.People(), []
    for each in vector["roster"]:
        people.take(json.loads(each["header"]), json.loads(each["body"]))
    for each in vector["run"]:
        try:
            counts = people.take(json.loads(each["header"]), json.loads(each["body"]))
            said.append("accepted" if counts else "held")
        except second_reader.NotProven:
            said.append("mandates")
    assert said == [verdict.partition(".")[0] for verdict in vector["expected"]]


def test_the_worked_mandate_is_signed_as_the_page_says() -> None:
    worked = read("mandates.json")
    payload = worked["statement"].encode()
    assert second_reader.encoding_to_sign(payload, second_reader.MANDATE_TYPE).hex() == worked["pae_hex"]
    key, proof = second_reader.url_bytes(worked["body"]["key"]), bytes.fromhex(worked["proof_hex"])
    assert second_reader.good(key, bytes.fromhex(worked["pae_hex"]), proof)
    assert second_reader.url_bytes(worked["body"]["proof"]) == proof
