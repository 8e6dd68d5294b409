from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib import dsse

from shared_models import signing
from shared_models.signing import Damaged, KeyPair

seeds = st.binary(min_size=32, max_size=32)
nonces = st.binary(min_size=24, max_size=24)


@pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
)
def test_keys_and_signatures_are_those_of_rfc8032(seed: str, public: str, message: str, signature: str) -> None:
    pair = KeyPair.from_seed(bytes.fromhex(seed))
    assert pair.public.hex() == public
    assert pair.sign(bytes.fromhex(message)).hex() == signature
    assert signing.verify(pair.public, bytes.fromhex(message), bytes.fromhex(signature))


@given(seeds, st.binary(max_size=200))
def test_a_signature_is_good_for_its_message_and_key(seed: bytes, message: bytes) -> None:
    pair = KeyPair.from_seed(seed)
    assert signing.verify(pair.public, message, pair.sign(message))


@given(seeds, st.binary(max_size=80), st.integers(0, 63 + 80 + 32), st.integers(1, 255))
def test_any_changed_byte_of_message_signature_or_key_spoils_it(
    seed: bytes, message: bytes, place: int, change: int
) -> None:
    pair = KeyPair.from_seed(seed)
    whole = bytearray(pair.sign(message) + message + pair.public)
    whole[place % len(whole)] ^= change
    signature, rest, public = bytes(whole[:64]), bytes(whole[64:-32]), bytes(whole[-32:])
    assert not signing.verify(public, rest, signature)


@given(st.binary(max_size=70), st.binary(max_size=40), st.binary(max_size=40))
def test_verifying_never_raises_whatever_it_is_given(signature: bytes, message: bytes, key: bytes) -> None:
    assert signing.verify(key, message, signature) is False


def test_a_key_of_small_order_is_good_for_nothing() -> None:
    """Under such a key one signature is good for every message; libsodium refuses it."""
    identity = b"\x01" + bytes(31)
    assert not signing.verify(identity, b"message", identity + bytes(32))


@given(st.text(max_size=40), st.binary(max_size=80))
def test_the_encoding_that_is_signed_is_that_of_dsse(kind: str, payload: bytes) -> None:
    assert signing.pae(kind, payload) == dsse.Envelope(payload, kind, {}).pae()


@given(seeds, nonces, st.binary(max_size=200))
def test_what_was_sealed_opens_and_is_unreadable_meanwhile(key: bytes, nonce: bytes, plain: bytes) -> None:
    sealed = signing.seal(key, nonce, plain)
    assert signing.unseal(key, sealed) == plain
    assert len(plain) < 8 or plain not in sealed[24:]


@given(seeds, nonces, st.binary(max_size=60), st.integers(0, 200), st.integers(1, 255))
def test_a_changed_or_missing_byte_of_a_seal_is_noticed(
    key: bytes, nonce: bytes, plain: bytes, place: int, change: int
) -> None:
    sealed = bytearray(signing.seal(key, nonce, plain))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(Damaged):
        signing.unseal(key, bytes(sealed))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(Damaged):
        signing.unseal(key, bytes(sealed[: place % len(sealed)]))


@given(seeds, seeds, nonces, st.binary(max_size=60))
def test_what_is_sealed_to_a_key_opens_for_its_owner_only(
    seed: bytes, ephemeral: bytes, nonce: bytes, plain: bytes
) -> None:
    owner, other = KeyPair.from_seed(seed), KeyPair.from_seed(signing.digest(seed))
    sealed = signing.seal_to(owner.public, ephemeral, nonce, plain)
    assert signing.unseal_own(owner, sealed) == plain
    with pytest.raises(Damaged):
        signing.unseal_own(other, sealed)


@given(st.binary(max_size=100))
def test_something_that_is_no_seal_is_damaged_and_nothing_else(data: bytes) -> None:
    with pytest.raises(Damaged):
        signing.unseal(bytes(32), data)
    with pytest.raises(Damaged):
        signing.unseal_own(KeyPair.from_seed(bytes(32)), data)


@given(st.binary(max_size=50))
def test_bytes_have_exactly_one_text(data: bytes) -> None:
    text = signing.text_of(data)
    assert signing.bytes_of(text) == data
    for other in (text + "=", " " + text, text + "\n", "+" + text):
        with pytest.raises(ValueError, match=r"base64|characters|padding|ASCII|form|data"):
            signing.bytes_of(other)


@given(st.text(max_size=12))
def test_no_second_text_stands_for_the_same_bytes(text: str) -> None:
    try:
        data = signing.bytes_of(text)
    except ValueError:
        return
    assert signing.text_of(data) == text


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_keys_for_two_purposes_have_nothing_in_common(key: bytes, other: bytes) -> None:
    assert signing.derive(key, "bodies") != signing.derive(key, "cards")
    assert (signing.derive(key, "bodies") == signing.derive(other, "bodies")) == (
        key.ljust(64, b"\0") == other.ljust(64, b"\0")  # HMAC itself fills short keys with zero bytes
    )


def test_a_password_opens_what_was_made_of_it_and_nothing_else() -> None:
    kept = signing.hash_password("通办 2026", b"0123456789abcdef")
    assert "通办" not in kept
    assert signing.check_password("通办 2026", kept)
    assert not signing.check_password("通办 2027", kept)
    for broken in ("", "argon2id", kept.replace("$1$", "$2$"), kept[:-1], kept + "x", kept.replace("argon2id", "md5")):
        assert not signing.check_password("通办 2026", broken)


def test_the_name_of_a_key_is_short_fits_a_url_and_differs_between_keys() -> None:
    names = {signing.name_of_key(KeyPair.from_seed(bytes([number]) * 32).public) for number in range(50)}
    assert len(names) == 50
    assert all(len(name) == 16 and name.isascii() and name.isalnum() and name == name.lower() for name in names)


def test_a_key_pair_shown_in_a_log_tells_no_secret() -> None:
    pair = KeyPair.from_seed(b"s" * 32)
    assert repr(b"s" * 32)[2:-1] not in repr(pair)
