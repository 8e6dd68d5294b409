"""base58btc multibase, and Ed25519 keys as `did:key`.

Sources: the Multibase and Multicodec registries (`z` = base58btc, 0xed 0x01 = Ed25519 public key), the did:key method.
Every byte string has exactly one text here; a reader takes nothing else.
"""

from __future__ import annotations

from shared_models.signing import KEY_SIZE

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
TEXT_MAX = 256
"""Longest text that is decoded: decoding costs the square of the length."""

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_ED25519 = b"\xed\x01"
_DID = "did:key:"


class NotMultibase(ValueError):
    """The text is not base58btc, or not the `did:key` of an Ed25519 key."""


def encode(data: bytes) -> str:
    """`z` and the base58btc digits of `data`; each leading zero byte is one `1`."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = ALPHABET[digit] + digits
    return "z" + "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def decode(text: str) -> bytes:
    """The bytes of `encode`. Raises NotMultibase for another base, a foreign character, or more than TEXT_MAX."""
    if not text.startswith("z") or len(text) > TEXT_MAX:
        raise NotMultibase("not a base58btc multibase text of acceptable length")
    number, digits = 0, text[1:]
    for character in digits:
        if character not in _VALUE:
            raise NotMultibase("a character is not in the base58btc alphabet")
        number = number * 58 + _VALUE[character]
    zeros = len(digits) - len(digits.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def did_key(public: bytes) -> str:
    """The DID of a 32-byte Ed25519 public key: `did:key:z6Mk…`. Raises ValueError for another size."""
    if len(public) != KEY_SIZE:
        raise ValueError(f"an Ed25519 public key has {KEY_SIZE} bytes")
    return _DID + encode(_ED25519 + public)


def key_of_did(did: str) -> bytes:
    """The 32-byte Ed25519 public key that `did` names. Raises NotMultibase."""
    if not did.startswith(_DID):
        raise NotMultibase("not a did:key")
    data = decode(did.removeprefix(_DID))
    if not data.startswith(_ED25519) or len(data) != len(_ED25519) + KEY_SIZE:
        raise NotMultibase("not the did:key of an Ed25519 key")
    return data.removeprefix(_ED25519)
