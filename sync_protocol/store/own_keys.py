"""The keys that this node took after its first one, in its database: sealed, and written with the record that says so.

So a database never knows of a key that it does not hold, whatever was killed, restored or copied.
"""

from __future__ import annotations

from typing import Any

from sqlite_utils.utils import sqlite3

from shared_models.signing import KeyPair, bytes_of, text_of
from sync_protocol.store import state
from sync_protocol.store.vault import Vault

NAME = "own_keys"


def opened(kept: Any, vault: Vault) -> tuple[KeyPair, ...]:
    """The pairs in the document that `add` keeps, the oldest first. Raises signing.Damaged."""
    return tuple(KeyPair.from_seed(vault.open_card(bytes_of(each))) for each in kept or ())


def add(db: sqlite3.Connection, vault: Vault, fresh: KeyPair) -> list[str]:
    """The document with one more key."""
    return [*(state.get(db, NAME) or ()), text_of(vault.seal_card(fresh.seed))]
