"""The files of bundles: written so that a name says what is whole, read as far as they are good.

    tongban-511602001001-to-511602-20261122-1312-q7Xz.bundle
    tongban-511602001001-to-511602-20261122-1312-q7Xz-2-of-3.bundle

A stick is formatted as FAT32 more often than not: no file there has more than 4 GiB, and no name a colon.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from shared_models.refusals import Refusal
from shared_models.signing import KeyPair
from sync_protocol.host.files import refusal_of, sync_folder
from sync_protocol.wire.bundle import Head, Opened, Sealer, open_part, receiver_of

SUFFIX = ".bundle"
PART_BYTES = 64 * 1024 * 1024
PART_BYTES_MIN = 2 * 1024 * 1024
"""Room for the head and the largest frame."""
PART_BYTES_MAX = 2 * 1024 * 1024 * 1024
FILES_MAX = 2000
ROOM_BYTES = 64
UTC8 = timedelta(hours=8)


class PartFiles:
    """The parts of a bundle that is being written. They get their names once all are whole; until then they end
    in `.new`. Raises OSError."""

    def __init__(self, folder: Path, stem: str, sealer: Sealer, part_bytes: int = PART_BYTES) -> None:
        self._folder = folder
        self._stem = stem
        self._sealer = sealer
        self._part_bytes = part_bytes
        self._file: BinaryIO | None = None
        self._room = 0
        self._written: list[Path] = []
        self.bytes = 0

    def add(self, frame: bytes) -> None:
        """Writes a frame, into the next part where this one has no room for it."""
        if self._file is None or len(frame) + ROOM_BYTES > self._room:
            self._begin()
        self._put(self._sealer.chunk(frame))

    def finish(self) -> list[Path]:
        """Writes the end, makes everything durable and gives the parts their names."""
        self.add(b"")
        self._close()
        named = []
        for number, path in enumerate(self._written, 1):
            of = f"-{number}-of-{len(self._written)}" if len(self._written) > 1 else ""
            named.append(path.replace(self._folder / f"{self._stem}{of}{SUFFIX}"))
        self._written = []
        sync_folder(self._folder)
        return named

    def drop(self) -> None:
        """Removes what has no name yet."""
        if self._file is not None:
            self._file.close()
        for path in self._written:
            path.unlink(missing_ok=True)

    def _begin(self) -> None:
        self._close()
        path = self._folder / f"{self._stem}-{len(self._written) + 1}.new"
        self._written.append(path)
        self._file = path.open("xb")
        self._room = self._part_bytes
        self._put(self._sealer.part())

    def _put(self, data: bytes) -> None:
        if self._file is not None:
            self._file.write(data)
        self._room -= len(data)
        self.bytes += len(data)

    def _close(self) -> None:
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None


@contextmanager
def writing(folder: Path, stem: str, sealer: Sealer, part_bytes: int = PART_BYTES) -> Iterator[PartFiles]:
    """The parts of a bundle in `folder`; nothing of them stays where the block raises. Raises Refusal folder.full,
    folder.not_writable."""
    parts = PartFiles(folder, stem, sealer, part_bytes)
    try:
        yield parts
    except OSError as error:
        raise refusal_of(error, folder) from error
    finally:
        parts.drop()


def stem_of(sender_area: str, receiver_area: str, head: Head) -> str:
    """What the names of a bundle's files begin with: from where to where, when (in UTC+8), and a piece of its id."""
    when = (datetime.fromtimestamp(head.time / 1000, UTC) + UTC8).strftime("%Y%m%d-%H%M")
    return f"tongban-{sender_area}-to-{receiver_area}-{when}-{''.join(c for c in head.bundle if c.isalnum())[:6]}"


# ---------------------------------------------------------------- reading


class Keys(NamedTuple):
    """Who reads, by any of its own pairs, and whom it believes: `keys_of` gives the keys of a sender that may write to
    it, else none."""

    own: Sequence[KeyPair]
    me: str
    keys_of: Callable[[str], Sequence[bytes]]


class Part(NamedTuple):
    """`own` = the pair of ours that the sender knows."""

    path: Path
    head: Head
    own: KeyPair


class Bundle(NamedTuple):
    """The parts of one bundle that were found, in order."""

    parts: tuple[Part, ...]
    keys: Keys

    @property
    def head(self) -> Head:
        return self.parts[0].head

    @property
    def size(self) -> int:
        return sum(part.path.stat().st_size for part in self.parts)

    def frames(self) -> Iterator[bytes]:
        """All frames up to the end, or to the first fault, which is raised: Refusal bundle.cut, damaged, part_missing,
        unfinished, commands.file_unreadable."""
        before: Part | None = None
        number = self.head.first
        for part in self.parts:
            if before is not None and part.head.part != before.head.part + 1:
                raise Refusal("bundle.part_missing", file=before.path.name, part=before.head.part + 1)
            if before is not None and part.head.first != number:
                raise Refusal("bundle.cut", file=before.path.name)
            with _opened(part.path, self.keys) as opened:
                for frame in opened.chunks():
                    if not frame:
                        return
                    number += 1
                    yield frame
            before = part
        raise Refusal("bundle.unfinished", file=self.parts[-1].path.name)


def find(paths: Sequence[Path], keys: Keys) -> tuple[list[Bundle], list[Refusal]]:
    """The bundles in these files and folders, oldest first, and what is wrong with the others. In a folder, what is
    for another node is left alone. Raises Refusal bundle.none_here, bundle.too_many_files."""
    found: dict[str, dict[int, Part]] = {}
    faults: list[Refusal] = []
    # A part may bring another key of its sender: those behind it are judged by the keys of now all the same.
    keys = keys._replace(keys_of=cache(keys.keys_of))
    for path in _files(paths, keys.me):
        try:
            with _opened(path, keys) as opened:
                found.setdefault(opened.head.bundle, {}).setdefault(
                    opened.head.part, Part(path, opened.head, opened.own)
                )
        except Refusal as refusal:
            faults.append(refusal)
    bundles = [Bundle(tuple(parts[number] for number in sorted(parts)), keys) for parts in found.values()]
    if not bundles and not faults:
        raise Refusal("bundle.none_here", path=str(paths[0]))
    return sorted(bundles, key=lambda bundle: (bundle.head.time, bundle.head.bundle)), faults


def _files(paths: Sequence[Path], me: str) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            there = [each for each in sorted(path.glob(f"*{SUFFIX}")) if each.is_file() and each.name[0] != "."]
            found += [each for each in there if not _is_for_other(each, me)]
        else:
            found.append(path)
        if len(found) > FILES_MAX:
            raise Refusal("bundle.too_many_files", most=FILES_MAX)
    return found


def _is_for_other(path: Path, me: str) -> bool:
    try:
        with path.open("rb") as file:
            return receiver_of(path.name, file.read) != me
    except (OSError, Refusal):
        return False  # to be told why, when it is opened


@contextmanager
def _opened(path: Path, keys: Keys) -> Iterator[Opened]:
    """Raises Refusal commands.file_unreadable, and those of `wire.bundle`."""
    try:
        with path.open("rb") as file:
            yield open_part(path.name, file.read, *keys)
    except OSError:
        raise Refusal("commands.file_unreadable", path=str(path)) from None
