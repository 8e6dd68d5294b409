from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models import multibase
from shared_models.signing import KeyPair


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "z"),
        (b"\0", "z1"),
        (b"Hello World!", "z2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "zUSm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "z11233QC4"),
    ],
)
def test_the_published_base58_examples_hold(data: bytes, text: str) -> None:
    assert multibase.encode(data) == text
    assert multibase.decode(text) == data


@given(st.binary(max_size=100))
def test_bytes_come_back(data: bytes) -> None:
    assert multibase.decode(multibase.encode(data)) == data


@given(st.text(multibase.ALPHABET, max_size=100))
def test_no_two_texts_stand_for_the_same_bytes(digits: str) -> None:
    assert multibase.encode(multibase.decode("z" + digits)) == "z" + digits


@pytest.mark.parametrize("text", ["", "1", "mSGVsbG8", "z0", "zO", "zI", "zl", "z 1", "z１", "z" * 100_000])
def test_anything_else_is_not_taken(text: str) -> None:
    with pytest.raises(multibase.NotMultibase):
        multibase.decode(text)


def test_the_did_of_the_key_from_a_zero_seed_is_the_published_one() -> None:
    public = KeyPair.from_seed(bytes(32)).public
    assert multibase.did_key(public) == "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"


@given(st.binary(min_size=32, max_size=32))
def test_a_did_gives_back_its_key(public: bytes) -> None:
    did = multibase.did_key(public)
    assert did.startswith("did:key:z6Mk")
    assert multibase.key_of_did(did) == public


@pytest.mark.parametrize(
    "did",
    [
        "did:web:example.com",
        "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW",
        "did:key:zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP",
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp#z6Mk",
    ],
)
def test_another_did_has_no_ed25519_key(did: str) -> None:
    with pytest.raises(multibase.NotMultibase):
        multibase.key_of_did(did)


def test_a_key_of_another_size_has_no_did() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        multibase.did_key(bytes(33))
