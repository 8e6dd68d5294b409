"""Keys, signatures, seals and password hashes: suite 1 = Ed25519, SHA-256, XSalsa20-Poly1305, Argon2id.

The only file that imports nacl. Nothing here draws randomness: seeds, nonces and salts are handed in by the caller,
so that a simulated world can replay every byte. One verifier is used everywhere (libsodium), because implementations
of Ed25519 disagree on edge cases and a signature must be good on all nodes or on none.

Sources: RFC 8032 (Ed25519), DSSE v1 (pre-authentication encoding), NaCl secretbox and box, RFC 9106 (Argon2).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

import nacl.bindings
import nacl.exceptions
import nacl.public
import nacl.pwhash.argon2id
import nacl.secret
import nacl.signing

SUITE = 1
SEED_SIZE = 32
KEY_SIZE = 32
NONCE_SIZE = 24
SALT_SIZE = 16
SIGNATURE_SIZE = 64


class Damaged(ValueError):
    """Sealed bytes do not open under this key: the key is wrong, or a byte was changed."""


@dataclass(frozen=True)
class KeyPair:
    """An Ed25519 key pair made from a 32-byte seed. `public` is the 32-byte verification key."""

    seed: bytes = field(repr=False)
    public: bytes
    _signer: nacl.signing.SigningKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> KeyPair:
        """Raises ValueError unless `seed` has 32 bytes."""
        signer = nacl.signing.SigningKey(seed)
        return cls(seed, bytes(signer.verify_key), signer)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of `message`."""
        return self._signer.sign(message).signature


_bad = (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError, nacl.exceptions.TypeError)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is good for `message` under the 32-byte key `public`. Never raises."""
    if len(signature) != SIGNATURE_SIZE or len(public) != KEY_SIZE:
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + message, public)
    except _bad:
        return False
    return True


def pae(payload_type: str, payload: bytes) -> bytes:
    """The DSSE v1 pre-authentication encoding: what is signed for a payload of the given media type."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def digest(data: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(data).digest()


def fingerprint(data: bytes) -> str:
    """SHA-256 as text: what names a record, a body, a file."""
    return text_of(hashlib.sha256(data).digest())


def hash_chain(start: bytes, names: Iterable[str]) -> list[bytes]:
    """For each name SHA-256 over the hash before it (`start` before the first) and the name."""
    sha256, running, found = hashlib.sha256, start, []
    for name in names:
        running = sha256(running + name.encode()).digest()
        found.append(running)
    return found


def keyed_hash(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256, 32 bytes: lets the holders of `key` find `data` again, and tells nobody else anything."""
    return hmac.digest(key, data, "sha256")


def derive(key: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose, from a master key."""
    return keyed_hash(key, b"tongban/" + purpose.encode())


def equal(one: bytes, other: bytes) -> bool:
    """Comparison in constant time, for secrets."""
    return hmac.compare_digest(one, other)


def seal(key: bytes, nonce: bytes, plain: bytes) -> bytes:
    """nonce (24 bytes) + XSalsa20-Poly1305 box under a 32-byte key. A nonce must never be used twice."""
    return nonce + nacl.bindings.crypto_secretbox(plain, nonce, key)


def unseal(key: bytes, sealed: bytes) -> bytes:
    """What `seal` enclosed. Raises Damaged."""
    try:
        return nacl.bindings.crypto_secretbox_open(sealed[NONCE_SIZE:], sealed[:NONCE_SIZE], key)
    except (nacl.exceptions.CryptoError, *_bad):
        raise Damaged("sealed bytes do not open: wrong key, or a changed byte") from None


def seal_to(public: bytes, ephemeral_seed: bytes, nonce: bytes, plain: bytes) -> bytes:
    """Sealed to the owner of an Ed25519 key: ephemeral public key (32) + nonce (24) + box."""
    sender = nacl.public.PrivateKey(ephemeral_seed)
    receiver = nacl.public.PublicKey(nacl.bindings.crypto_sign_ed25519_pk_to_curve25519(public))
    box = nacl.public.Box(sender, receiver).encrypt(plain, nonce)
    return bytes(sender.public_key) + bytes(box)


def unseal_own(pair: KeyPair, sealed: bytes) -> bytes:
    """What `seal_to` enclosed for this key pair. Raises Damaged."""
    try:
        own = nacl.public.PrivateKey(nacl.bindings.crypto_sign_ed25519_sk_to_curve25519(pair.seed + pair.public))
        return nacl.public.Box(own, nacl.public.PublicKey(sealed[:KEY_SIZE])).decrypt(sealed[KEY_SIZE:])
    except (nacl.exceptions.CryptoError, *_bad):
        raise Damaged("sealed bytes do not open: not meant for this key, or a changed byte") from None


PASSWORD_OPS = nacl.pwhash.argon2id.OPSLIMIT_INTERACTIVE
PASSWORD_MEMORY_BYTES = 32 * 1024 * 1024


def stretch(passphrase: bytes, salt: bytes) -> bytes:
    """A 32-byte key from a passphrase with Argon2id and a 16-byte salt."""
    return nacl.pwhash.argon2id.kdf(32, passphrase, salt, opslimit=PASSWORD_OPS, memlimit=PASSWORD_MEMORY_BYTES)


def hash_password(password: str, salt: bytes) -> str:
    """`argon2id$1$<salt>$<key>`, both base64url: what an account keeps instead of the password."""
    return f"argon2id${SUITE}${text_of(salt)}${text_of(stretch(password.encode(), salt))}"


def check_password(password: str, kept: str) -> bool:
    """Whether `password` is the one that `kept` (from `hash_password`) was made of. Takes as long when it is not."""
    try:
        name, suite, salt, key = kept.split("$")
        if (name, suite) != ("argon2id", str(SUITE)):
            return False
        return equal(stretch(password.encode(), bytes_of(salt)), bytes_of(key))
    except ValueError:
        return False


_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")
_PADDING = (b"", b"", b"==", b"=")
_LAST_LETTERS = ("", "", "AQgw", "AEIMQUYcgkosw048")
"""By how much longer than a multiple of four a text is: its padding, and the letters whose last bits are 0, as those of
its last letter must be."""


def text_of(data: bytes) -> str:
    """base64url without padding: how bytes are written in JSON."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL, b"=").decode()


def bytes_of(text: str) -> bytes:
    """The bytes of `text_of`. Raises ValueError for anything that `text_of` would not have written."""
    over = len(text) % 4
    if over and text[-1] not in _LAST_LETTERS[over]:
        raise ValueError("not base64url in its one form")
    return binascii.a2b_base64(text.encode().translate(_FROM_URL) + _PADDING[over], strict_mode=True)


def name_of_key(public: bytes) -> str:
    """16 characters (a-z, 2-7) that name the owner of a key: the first 80 bits of its SHA-256."""
    return base64.b32encode(digest(public)[:10]).decode().lower()
