"""Attachments: content-addressed files, sealed in pieces, sent and received part by part after the records.

A file is named by the SHA-256 of its content (base64url). On disk it is a row of sealed pieces of 256 KiB, so nothing
rests in the clear. A slow line carries a piece in parts: they wait, each sealed by itself, in a file `<name>.part`
until the piece is whole, so that a transfer goes on at the byte where it broke off. The table says how much is held
and what is sent; it is written after the disk, and where the disk has less, the parent asks again from there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import BinaryIO, NamedTuple

from sqlite_utils import Database as Tables
from sqlite_utils import Migrations
from sqlite_utils.utils import sqlite3

from shared_models.refusals import Refusal
from shared_models.signing import Damaged, fingerprint, text_of
from sync_protocol.store.vault import Vault

PIECE_BYTES = 256 * 1024
PART_BYTES_MIN = 4 * 1024
"""A part of a piece has at least these, unless the piece ends with it: each costs a write of the disk."""
SEAL_BYTES = 40
_LENGTH_BYTES = 4
FILE_BYTES_MAX = 20 * 1024 * 1024

_NAME = re.compile(r"[A-Za-z0-9_-]{43}")
_NEW, _PART = ".new", ".part"
_UNFINISHED = (_NEW, _PART)

migrations = Migrations("attachments")


@migrations()
def tables(db: Tables) -> None:
    db.execute(
        "CREATE TABLE attachment (hash TEXT PRIMARY KEY, size INTEGER NOT NULL, media_type TEXT NOT NULL,"
        " held INTEGER NOT NULL, sent INTEGER NOT NULL)"
    )


@migrations()
def cases_that_name_files(db: Tables) -> None:
    """Who may have a file follows from the cases that name it (`filing`). `above` = 1 while it is not whole here and
    the hub above may hold it."""
    for statement in (
        "ALTER TABLE attachment ADD COLUMN above INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX attachment_above ON attachment (hash) WHERE above = 1",
        "CREATE TABLE case_attachment (hash TEXT NOT NULL, number TEXT NOT NULL, PRIMARY KEY (hash, number))"
        " WITHOUT ROWID",
        "CREATE INDEX attachment_of_case ON case_attachment (number)",
        "CREATE TABLE lacking (node TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (node, hash)) WITHOUT ROWID",
        "CREATE INDEX lacking_of_file ON lacking (hash)",
        "CREATE TABLE let_go (hash TEXT PRIMARY KEY) WITHOUT ROWID",
    ):
        db.execute(statement)


class AttachmentRow(NamedTuple):
    """`held` = bytes on disk here; `sent` = 1 once the parent holds all of it or does not want it."""

    hash: str
    size: int
    media_type: str
    held: int
    sent: int

    @property
    def whole(self) -> bool:
        return self.held == self.size


class Attachments:
    """The attachments of one node: rows in the database, sealed pieces in `folder`."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self.folder = folder
        self._vault = vault
        self._listeners: list[Callable[[str], None]] = []
        self.receiving = Lock()
        """Held from reading a row to noting what was received: two children may send the same photo at once."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def subscribe(self, listener: Callable[[str], None]) -> None:
        """`listener` is called with the name of a file that has become whole, from any thread."""
        self._listeners.append(listener)

    def remove(self, db: sqlite3.Connection, name: str) -> bool:
        """Deletes a file, whole or in parts, and its row; whether anything of it was here. The disk goes first: broken
        off in between, it is done again."""
        paths = [path for path in (self._path(name), self._part_path(name), self._new_path(name)) if path.exists()]
        with self.receiving:
            for path in paths:
                path.unlink(missing_ok=True)
            self._sync_folder()
        db.execute("DELETE FROM attachment WHERE hash = ?", (name,))
        db.execute("DELETE FROM lacking WHERE hash = ?", (name,))
        return bool(paths)

    def _tell(self, name: str) -> None:
        for listener in self._listeners:
            listener(name)

    def put(self, content: bytes, media_type: str) -> AttachmentRow:
        """Writes a whole file to disk, durably. Its row enters the database with the record that names it (`note`)."""
        if not 0 < len(content) <= FILE_BYTES_MAX:
            raise Refusal("sync.attachment_size", most=FILE_BYTES_MAX // (1024 * 1024))
        name = fingerprint(content)
        pieces = (content[i : i + PIECE_BYTES] for i in range(0, len(content), PIECE_BYTES))
        # The same photo may be there already, whole and noted: it is replaced in one step or not at all.
        fresh = self._new_path(name)
        with open(fresh, "wb") as file:
            for piece in pieces:
                file.write(self._vault.seal_piece(piece))
            _sync(file)
        fresh.replace(self._path(name))
        self._sync_folder()
        self._tell(name)
        return AttachmentRow(name, len(content), media_type, len(content), 0)

    def note(self, db: sqlite3.Connection, rows: Iterable[AttachmentRow]) -> None:
        """Enters files of ours that a record names."""
        for row in rows:
            db.execute(
                f"INSERT INTO attachment ({_COLUMNS}) VALUES (?,?,?,?,?)"
                " ON CONFLICT (hash) DO UPDATE SET held = excluded.held",
                row,
            )
            _came(db, row.hash)

    def row(self, db: sqlite3.Connection, name: str) -> AttachmentRow | None:
        found = db.execute(f"SELECT {_COLUMNS} FROM attachment WHERE hash = ?", (name,)).fetchone()
        return None if found is None else AttachmentRow(*found)

    def unsent(self, db: sqlite3.Connection, limit: int = 32) -> list[AttachmentRow]:
        """Whole files that the parent has still to be asked about. One that is gone from the disk is left out: `doctor`
        names it, and those behind it do not wait for it."""
        found = db.execute(f"SELECT {_COLUMNS} FROM attachment WHERE sent = 0 AND held = size").fetchall()
        return list(islice((AttachmentRow(*row) for row in found if self._path(row[0]).exists()), limit))

    def whole(self, db: sqlite3.Connection) -> list[str]:
        """The names of all files that are whole here."""
        return [str(row[0]) for row in db.execute("SELECT hash FROM attachment WHERE held = size ORDER BY hash")]

    def to_fetch(self, db: sqlite3.Connection) -> list[AttachmentRow]:
        """What is not whole here and may be at the hub above."""
        found = db.execute(f"SELECT {_COLUMNS} FROM attachment WHERE above = 1 ORDER BY hash")
        return [AttachmentRow(*row) for row in found]

    def adopt(self, row: AttachmentRow) -> int:
        """How many bytes of a file are held: all of them where it lies on the disk whole, though the row does not know
        that, because the database came back from an older copy."""
        path, pieces = self._path(row.hash), -(-row.size // PIECE_BYTES)
        if not path.exists() or path.stat().st_size != row.size + pieces * SEAL_BYTES or not self._is_true(row):
            return row.held
        self._tell(row.hash)
        return row.size

    def gone(self, db: sqlite3.Connection) -> list[str]:
        """The files that are noted as whole and are not on the disk."""
        there = {entry.name for entry in os.scandir(self.folder)}
        return [name for name in self.whole(db) if name not in there]

    def sweep(self, before: float) -> int:
        """Deletes parts of transfers and copies that were broken off, if nothing was written to them since a time
        (seconds since 1970, as the disk counts); gives how many."""
        with self.receiving:
            left = [
                entry.path
                for entry in os.scandir(self.folder)
                if Path(entry.name).suffix in _UNFINISHED and entry.stat().st_mtime < before
            ]
            for path in left:
                Path(path).unlink(missing_ok=True)
        return len(left)

    def ask_again(self, db: sqlite3.Connection) -> None:
        """Another parent is asked anew what it holds and wants."""
        db.execute("UPDATE attachment SET sent = 0")

    def ask_about(self, db: sqlite3.Connection, names: Iterable[str]) -> None:
        """The parent lacks these: it is asked anew about those that are whole here."""
        db.executemany("UPDATE attachment SET sent = 0 WHERE hash = ? AND held = size", [(name,) for name in names])

    def mark_sent(self, db: sqlite3.Connection, name: str) -> None:
        db.execute("UPDATE attachment SET sent = 1 WHERE hash = ?", (name,))

    def piece(self, name: str, offset: int, most: int = PIECE_BYTES) -> bytes:
        """The plain bytes from `offset` to the end of its piece, `most` of them. Raises signing.Damaged, OSError."""
        with open(self._path(name), "rb") as file:
            file.seek(_place(offset))
            return self._vault.open_piece(file.read(PIECE_BYTES + SEAL_BYTES))[offset % PIECE_BYTES :][:most]

    def read(self, row: AttachmentRow) -> Iterator[bytes]:
        """The content, piece by piece."""
        for offset in range(0, row.held, PIECE_BYTES):
            yield self.piece(row.hash, offset)

    def receive(self, row: AttachmentRow, offset: int, data: bytes) -> int:
        """Adds a piece, or a part of one, that arrived; gives how many bytes are held now. Raises Refusal where it
        does not fit.

        Of what is less on disk than was noted, the rest is asked for again; a file whose content does not hash to its
        name is thrown away and asked for from the start.
        """
        path, end = self._path(row.hash), offset + len(data)
        start = offset // PIECE_BYTES * PIECE_BYTES
        full = min(start + PIECE_BYTES, row.size)
        if offset != row.held or not data or end > full or (end < full and len(data) < PART_BYTES_MIN):
            raise Refusal("sync.attachment_piece")
        if start and (not path.exists() or path.stat().st_size < _place(start)):
            return 0
        before = self._parts(row.hash, offset - start)
        if before is None:
            return start
        if end < full:
            self._keep_part(row.hash, before, data)
            return end
        self._keep_piece(path, start, b"".join(before) + data)
        if end < row.size:
            return end
        self._part_path(row.hash).unlink(missing_ok=True)
        if not self._is_true(row):
            return 0
        self._tell(row.hash)
        return end

    def _keep_piece(self, path: Path, start: int, plain: bytes) -> None:
        with open(path, "r+b" if start else "wb") as file:
            file.seek(_place(start))
            file.truncate()
            file.write(self._vault.seal_piece(plain))
            _sync(file)
        if not start:
            self._sync_folder()

    def _keep_part(self, name: str, before: list[bytes], data: bytes) -> None:
        """Writes a part behind those of the same piece, over whatever was never noted."""
        sealed = self._vault.seal_piece(data)
        with open(self._part_path(name), "r+b" if before else "wb") as file:
            file.seek(sum(_LENGTH_BYTES + len(part) + SEAL_BYTES for part in before))
            file.truncate()
            file.write(len(sealed).to_bytes(_LENGTH_BYTES) + sealed)
            _sync(file)
        if not before:
            self._sync_folder()

    def _parts(self, name: str, size: int) -> list[bytes] | None:
        """The parts that make up the first `size` bytes of a piece; None where they are not there."""
        parts: list[bytes] = []
        try:
            with open(self._part_path(name), "rb") if size else BytesIO() as file:
                while size > 0:
                    length = int.from_bytes(file.read(_LENGTH_BYTES))
                    parts.append(self._vault.open_piece(file.read(min(length, PIECE_BYTES + SEAL_BYTES))))
                    size -= len(parts[-1]) or PIECE_BYTES
        except (FileNotFoundError, Damaged):
            return None
        return parts if size == 0 else None

    def _is_true(self, row: AttachmentRow) -> bool:
        """Whether what is on disk is what the name says."""
        content = hashlib.sha256()
        try:
            for piece in self.read(row._replace(held=row.size)):
                content.update(piece)
        except Damaged:
            return False
        return text_of(content.digest()) == row.hash

    def set_held(self, db: sqlite3.Connection, name: str, held: int) -> None:
        db.execute("UPDATE attachment SET held = ? WHERE hash = ?", (held, name))
        _came(db, name)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise Refusal("sync.attachment_name")
        return self.folder / name

    def _new_path(self, name: str) -> Path:
        return self._path(name).with_suffix(_NEW)

    def _part_path(self, name: str) -> Path:
        return self._path(name).with_suffix(_PART)

    def _sync_folder(self) -> None:
        """A new name in a folder is durable once the folder itself is (where folders can be synced at all)."""
        if os.name == "posix":
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _place(offset: int) -> int:
    """Where on disk the sealed piece begins that holds the byte at `offset`."""
    return offset // PIECE_BYTES * (PIECE_BYTES + SEAL_BYTES)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def want(db: sqlite3.Connection, name: str, size: int, media_type: str, *, above: bool = False) -> None:
    """A record names an attachment that this node should hold: it is accepted from now on, if its name and size are
    allowed. `above` = the hub above may hold it."""
    if not 0 < size <= FILE_BYTES_MAX or not _NAME.fullmatch(name):
        return
    db.execute(
        f"INSERT OR IGNORE INTO attachment ({_COLUMNS}, above) VALUES (?,?,?,0,0,?)", (name, size, media_type, above)
    )
    if above:
        db.execute("UPDATE attachment SET above = 1 WHERE hash = ? AND held < size", (name,))


def begin_again(db: sqlite3.Connection, name: str) -> None:
    """A file that was whole is not on the disk any more."""
    db.execute("UPDATE attachment SET held = 0, sent = 0, above = 1 WHERE hash = ?", (name,))


def _came(db: sqlite3.Connection, name: str) -> None:
    """Nobody is asked any more for a file that has become whole."""
    whole = db.execute("UPDATE attachment SET above = 0 WHERE hash = ? AND held = size", (name,)).rowcount
    if whole:
        db.execute("DELETE FROM lacking WHERE hash = ?", (name,))


_COLUMNS = "hash, size, media_type, held, sent"
