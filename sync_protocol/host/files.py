"""Files that must be whole after a power cut: written beside their place, made durable, then moved there."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from shared_models.refusals import Refusal

FULL = (errno.ENOSPC, errno.EDQUOT)


def refusal_of(error: OSError, path: Path) -> Refusal:
    """What the system said about a folder, as a sentence: folder.full, or folder.not_writable."""
    if error.errno in FULL:
        return Refusal("folder.full", path=str(path))
    return Refusal("folder.not_writable", path=str(path))


def write_durably(path: Path, data: bytes) -> None:
    """Puts `data` at `path` (mode 0600), where either the old or the new content stands whatever happens meanwhile.
    Raises Refusal folder.full or folder.not_writable."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise refusal_of(error, path.parent) from error


def sync_folder(path: Path) -> None:
    """Makes the names in a folder durable: what was created, moved or removed there."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_small(path: Path, bytes_max: int) -> bytes | None:
    """The content of a file, or None where there is none. Raises ValueError above `bytes_max`, OSError otherwise."""
    try:
        with path.open("rb") as file:
            data = file.read(bytes_max + 1)
    except FileNotFoundError:
        return None
    if len(data) > bytes_max:
        raise ValueError(f"{path} is larger than {bytes_max} bytes")
    return data
