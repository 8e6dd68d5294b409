"""The mirror: a second copy of every attachment, beside the replicas of the database.

Litestream copies the database and nothing else, and a photo that only this node holds must not die with its disk. A
file is named by its content and never changes once it is whole, so it is copied once, sealed as it rests. `bring_back`
is the way home.

    mirror = Mirror(folder / "attachments", replicas / FOLDER)
    mirror.add(*names_of_whole_files)      # at the start: what is there already costs a look
    attachments.subscribe(mirror.add)
    mirror.close()
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sync_protocol.host.files import refusal_of, sync_folder

FOLDER = "attachments"
"""The mirror's name inside the folder of the replicas."""
NEW = ".new"

log = logging.getLogger("tongban.mirror")


class Mirror:
    """Copies files of `source` to `target`, one after the other, in a thread of its own; nobody waits for it."""

    def __init__(self, source: Path, target: Path) -> None:
        self._source = source
        self._target = target
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mirror")
        self._told = False

    def add(self, *names: str) -> None:
        """Copies these soon, those that are there already left out. A copy that fails is tried again at the next
        start, and `doctor` counts it meanwhile."""
        self._thread.submit(self._copy_all, names)

    def drop(self, name: str) -> None:
        """Deletes a file of the mirror, and returns once it is gone: after every copy that was asked for before."""
        self._thread.submit(drop, self._target, name).result()

    def close(self) -> None:
        """Returns once everything added before is copied."""
        self._thread.shutdown()

    def _copy_all(self, names: Iterable[str]) -> None:
        try:
            self._target.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in names:
                if not (self._source / name).exists():
                    continue  # deleted meanwhile
                copy(self._source / name, self._target / name)
        except OSError as error:
            if not self._told:
                log.warning("mirror.failed", extra={"code": refusal_of(error, self._target).code})
            self._told = True
        else:
            self._told = False


def copy(source: Path, target: Path) -> bool:
    """Copies a file durably, where none of its size stands yet; gives whether it did. Raises OSError."""
    if target.exists() and target.stat().st_size == source.stat().st_size:
        return False
    fresh = target.with_name(target.name + NEW)
    with source.open("rb") as data, fresh.open("wb") as file:
        shutil.copyfileobj(data, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.chmod(0o600)
    fresh.replace(target)
    sync_folder(target.parent)
    return True


def drop(mirror: Path, name: str) -> None:
    """Deletes a file of a mirror, if it is there."""
    for path in (mirror / name, mirror / f"{name}{NEW}"):
        path.unlink(missing_ok=True)
    if mirror.is_dir():
        sync_folder(mirror)


def bring_back(mirror: Path, folder: Path) -> int:
    """Copies what the mirror holds and `folder` does not; gives how many files. Raises Refusal folder.full or
    folder.not_writable."""
    if not mirror.is_dir():
        return 0
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = (path for path in sorted(mirror.iterdir()) if path.suffix != NEW)
        return sum(copy(path, folder / path.name) for path in held if not (folder / path.name).exists())
    except OSError as error:
        raise refusal_of(error, folder) from error


def missing(names: Iterable[str], mirror: Path) -> list[str]:
    """Those of `names` that the mirror does not hold."""
    held = {path.name for path in mirror.iterdir()} if mirror.is_dir() else set()
    return [name for name in names if name not in held]
