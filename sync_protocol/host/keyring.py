"""The keys of a node: one storage key, and everything else sealed under it.

    keys = Keyring.open(folder.path, passphrase=None)
    keys.storage_key, keys.node_key(), keys.put_secret("invitation", data)

- `storage.key` holds 32 random bytes; or `storage.salt` holds a salt, and the key comes from a passphrase (Argon2id).
  Nothing else in the folder is plain. The key file may lie elsewhere, on a stick that the clerk takes home.
- `storage.check` is a known text sealed under the storage key: a wrong key shows at the start, before anything is read
  wrongly or written.
- A key that is missing beside data is never made anew: new keys would not open the old data.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from shared_models import signing
from shared_models.refusals import Refusal
from shared_models.signing import KeyPair
from sync_protocol.host.files import read_small, refusal_of, write_durably

PASSPHRASE_LENGTH_MIN = 8
SECRET_BYTES_MAX = 64 * 1024 * 1024
KEY_FILE_BYTES_MAX = 4096

_LATER = "node.later"
_CHECK = b"tongban storage key, suite 1"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Keyring:
    """Keys of the node whose data lie in `path`. Get one from `open`. `storage_key` has 32 bytes."""

    def __init__(self, path: Path, storage_key: bytes) -> None:
        self.path = path
        self.storage_key = storage_key

    @classmethod
    def open(cls, path: Path, *, passphrase: str | None = None, key_file: Path | None = None) -> Keyring:
        """The keyring of a data folder; a fresh folder gets a storage key, from `passphrase` or at random.

        Raises Refusal folder.wrong_storage_key, storage_key_missing, storage_check_missing, passphrase_needed,
        passphrase_not_used, passphrase_short, full or not_writable (all `folder.…`)."""
        key_path = key_file or path / "storage.key"
        kept = _read(path / "storage.check")
        fresh = kept is None and not any((path / name).exists() for name in ("node.key", "secrets", "tongban.db"))
        keys = cls(path, _storage_key(path, key_path, passphrase, fresh))
        if kept is not None:
            keys._check(kept)
        elif fresh:
            write_durably(path / "storage.check", keys._seal("storage.check", _CHECK))
        else:
            raise Refusal("folder.storage_check_missing", path=str(path / "storage.check"))
        return keys

    def _check(self, kept: bytes) -> None:
        try:
            good = signing.unseal(self._key("storage.check"), kept) == _CHECK
        except signing.Damaged:
            good = False
        if not good:
            raise Refusal("folder.wrong_storage_key", path=str(self.path))

    def _key(self, purpose: str) -> bytes:
        return signing.derive(self.storage_key, f"keyring/{purpose}")

    def _seal(self, purpose: str, plain: bytes) -> bytes:
        return signing.seal(self._key(purpose), secrets.token_bytes(signing.NONCE_SIZE), plain)

    def _unseal(self, purpose: str, path: Path) -> bytes | None:
        sealed = _read(path)
        try:
            return None if sealed is None else signing.unseal(self._key(purpose), sealed)
        except signing.Damaged:
            raise Refusal("folder.secret_damaged", path=str(path)) from None

    # ------------------------------------------------------------ who this node is

    def make_node_key(self) -> KeyPair:
        """A new signing key for a new node, sealed in `node.key`. Raises Refusal folder.node_key_exists."""
        path = self.path / "node.key"
        if path.exists():
            raise Refusal("folder.node_key_exists", path=str(path))
        pair = KeyPair.from_seed(secrets.token_bytes(signing.SEED_SIZE))
        write_durably(path, self._seal("node.key", pair.seed))
        return pair

    def node_key(self) -> KeyPair:
        """The signing key of this node. Raises Refusal folder.node_key_missing or folder.secret_damaged."""
        seed = self._unseal("node.key", self.path / "node.key")
        if seed is None:
            raise Refusal("folder.node_key_missing", path=str(self.path / "node.key"))
        return KeyPair.from_seed(seed)

    def later_node_keys(self) -> tuple[KeyPair, ...]:
        """The keys that this node took after its first one, the oldest first. Raises Refusal folder.secret_damaged."""
        seeds = self.get_secret(_LATER) or b""
        size = signing.SEED_SIZE
        return tuple(KeyPair.from_seed(seeds[place : place + size]) for place in range(0, len(seeds), size))

    def put_later_node_keys(self, pairs: Sequence[KeyPair]) -> None:
        """Keeps them beside the database, which has them too: either may be restored without the other."""
        self.put_secret(_LATER, b"".join(pair.seed for pair in pairs))

    # ------------------------------------------------------------ other secrets

    def put_secret(self, name: str, plain: bytes) -> None:
        """Keeps `plain` sealed under `name` (a-z, 0-9, `.`, `_`, `-`). Raises ValueError for another name."""
        path = self._secret_path(name)
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise refusal_of(error, self.path) from error
        write_durably(path, self._seal(f"secret/{name}", plain))

    def get_secret(self, name: str) -> bytes | None:
        """What `put_secret` kept under `name`, or None. Raises Refusal folder.secret_damaged."""
        return self._unseal(f"secret/{name}", self._secret_path(name))

    def drop_secret(self, name: str) -> None:
        """Forgets what is kept under `name`, if anything."""
        self._secret_path(name).unlink(missing_ok=True)

    def _secret_path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a name for a secret: {name!r}")
        return self.path / "secrets" / name


def _storage_key(path: Path, key_path: Path, passphrase: str | None, fresh: bool) -> bytes:
    salt = _read(path / "storage.salt")
    if salt is not None:
        if passphrase is None:
            raise Refusal("folder.passphrase_needed", path=str(path))
        return _stretched(passphrase, salt, path)
    key = _read(key_path)
    if key is not None:
        if passphrase is not None:
            raise Refusal("folder.passphrase_not_used", path=str(key_path))
        if len(key) != signing.KEY_SIZE:
            raise Refusal("folder.wrong_storage_key", path=str(path))
        return key
    if not fresh:
        raise Refusal("folder.storage_key_missing", path=str(key_path))
    return _new_key(key_path) if passphrase is None else _new_stretched(path, passphrase)


def _new_key(key_path: Path) -> bytes:
    key = secrets.token_bytes(signing.KEY_SIZE)
    write_durably(key_path, key)
    return key


def _new_stretched(path: Path, passphrase: str) -> bytes:
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise Refusal("folder.passphrase_short", length=PASSPHRASE_LENGTH_MIN)
    salt = secrets.token_bytes(signing.SALT_SIZE)
    write_durably(path / "storage.salt", salt)
    return _stretched(passphrase, salt, path)


def _stretched(passphrase: str, salt: bytes, path: Path) -> bytes:
    """Keyboards and systems write the same letters in different ways: NFC is the one that counts."""
    if len(salt) != signing.SALT_SIZE:
        raise Refusal("folder.wrong_storage_key", path=str(path))
    return signing.stretch(unicodedata.normalize("NFC", passphrase).encode(), salt)


def _read(path: Path) -> bytes | None:
    try:
        return read_small(path, SECRET_BYTES_MAX)
    except (OSError, ValueError) as error:
        raise Refusal("folder.not_readable", path=str(path)) from error
