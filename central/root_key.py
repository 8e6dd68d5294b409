"""The city's root key as a file that is carried: sealed under a passphrase, and nothing else needed to open it.

The file is the canonical object `{"public", "salt", "sealed", "suite", "type", "version"}`: the 32-byte seed, sealed
under a key that Argon2id makes of the passphrase and the salt (as a data folder's passphrase, see `host.keyring`).
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import msgspec

from shared_models import canonical, signing
from shared_models.refusals import Refusal
from shared_models.signing import SUITE, Damaged, KeyPair, bytes_of, text_of
from sync_protocol.host.files import read_small, write_durably
from sync_protocol.host.keyring import PASSPHRASE_LENGTH_MIN
from sync_protocol.store.vault import Entropy

TYPE = "tongban root key"
FILE_BYTES_MAX = 4096


class RootKeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`public`, `salt` and `sealed` are base64url."""

    public: str
    salt: str
    sealed: str
    suite: int
    type: str
    version: int


def write(path: Path, pair: KeyPair, passphrase: str, entropy: Entropy) -> None:
    """Keeps `pair` at `path`, and reads it back. Raises Refusal root.file_exists, folder.passphrase_short, full,
    not_writable."""
    if path.exists():
        raise Refusal("root.file_exists", path=str(path))
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise Refusal("folder.passphrase_short", length=PASSPHRASE_LENGTH_MIN)
    salt = entropy(signing.SALT_SIZE)
    sealed = signing.seal(_stretched(passphrase, salt), entropy(signing.NONCE_SIZE), pair.seed)
    kept = RootKeyFile(text_of(pair.public), text_of(salt), text_of(sealed), SUITE, TYPE, 1)
    write_durably(path, canonical.encode(msgspec.to_builtins(kept)) + b"\n")
    read(path, passphrase)


def read(path: Path, passphrase: str) -> KeyPair:
    """The key in a file. Raises Refusal commands.file_unreadable, root.not_a_key, root.wrong_passphrase."""
    try:
        data = read_small(path, FILE_BYTES_MAX)
    except (OSError, ValueError):
        data = None
    if data is None:
        raise Refusal("commands.file_unreadable", path=str(path))
    try:
        kept = msgspec.convert(canonical.decode(data.strip()), RootKeyFile)
        salt, sealed = bytes_of(kept.salt), bytes_of(kept.sealed)
        good = (kept.type, kept.suite, kept.version, len(salt)) == (TYPE, SUITE, 1, signing.SALT_SIZE)
    except ValueError:
        good = False
    if not good:
        raise Refusal("root.not_a_key", path=str(path))
    try:
        pair = KeyPair.from_seed(signing.unseal(_stretched(passphrase, salt), sealed))
    except Damaged:
        raise Refusal("root.wrong_passphrase", path=str(path)) from None
    if text_of(pair.public) != kept.public:
        raise Refusal("root.not_a_key", path=str(path))
    return pair


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return signing.stretch(unicodedata.normalize("NFC", passphrase).encode(), salt)
