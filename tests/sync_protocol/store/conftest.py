"""A real database file with the tables of a node, and a vault whose randomness can be replayed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from sync_protocol.node import MIGRATIONS
from sync_protocol.store.database import Database, open_database
from sync_protocol.store.vault import Vault


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "tongban.db", litestream=False, migrations=MIGRATIONS) as opened:
        yield opened


@pytest.fixture
def db(database: Database) -> Iterator[sqlite3.Connection]:
    """A connection for single statements, each durable by itself."""
    with closing(open_database(database.path, writable=True, litestream=False)) as connection:
        yield connection


@pytest.fixture
def vault() -> Vault:
    return Vault(b"k" * 32, random.Random(1).randbytes)
