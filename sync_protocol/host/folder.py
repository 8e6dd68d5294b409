"""What a process needs from its machine before anything else: a folder of its own, and a port.

    folder = DataFolder(Path("/var/lib/tongban/511602001001"))
    folder.lock(address="http://127.0.0.1:8601")
    folder.settings()["name"]

The folder holds `tongban.db`, `settings.json`, the sealed keys (see `keyring`), and what Litestream needs (see
`replica`). One process at a time: `tongban.lock` is held with flock, which the system lets go of when the last process
that shares it ends, however it ends. A process that becomes Litestream hands its lock on to Litestream and to the
application below it, so that nobody else gets in as long as either of them still works on the database.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared_models.refusals import Refusal
from sync_protocol.host.files import read_small, refusal_of, sync_folder, write_durably

SETTINGS_BYTES_MAX = 1024 * 1024
LOCK_BYTES_MAX = 4096
LOCK_WAIT_SECONDS = 3.0
LOCK_RETRY_SECONDS = 0.02
LOCK_VARIABLE = "TONGBAN_LOCK"
LISTEN_BACKLOG = 1024


class DataFolder:
    """A node's folder. Made (mode 0700) where there is none, unless `create` is false.

    Raises Refusal folder.missing, folder.not_writable or folder.full."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = Path(os.path.abspath(path.expanduser()))
        self._lock: int | None = None
        try:
            if not create and not self.path.is_dir():
                raise Refusal("folder.missing", path=str(self.path))
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._try_to_write()
        except OSError as error:
            raise refusal_of(error, self.path) from error

    @property
    def database(self) -> Path:
        return self.path / "tongban.db"

    def _try_to_write(self) -> None:
        """Rights, read-only mounts and full disks show in the attempt only."""
        attempt = self.path / f".{secrets.token_hex(8)}"
        try:
            with open(attempt, "xb") as file:
                file.write(b"\n")
        finally:
            attempt.unlink(missing_ok=True)
        sync_folder(self.path)

    # ------------------------------------------------------------ one process at a time

    def lock(self, address: str = "", wait_seconds: float = LOCK_WAIT_SECONDS) -> None:
        """Holds the folder as long as this process lives; `address` is told to whoever comes second.

        Waits a moment for a process that is just ending. Raises Refusal folder.in_use with its pid and address."""
        if self._lock is not None:
            return
        self._lock = self._inherited_lock()
        if self._lock is None:
            self._lock = self._take_lock(wait_seconds)
            holder: dict[str, Any] = {"pid": os.getpid()}
        else:  # Litestream took it, and is the process to stop
            holder = self._holder()
        self._write_holder({**holder, "address": address})

    def hand_on_lock(self) -> dict[str, str]:
        """Lets the next program that this process becomes, and its children, keep the lock: the variables to add to
        their environment. Raises RuntimeError where the lock is not held."""
        if self._lock is None:
            raise RuntimeError("lock the folder first")
        os.set_inheritable(self._lock, True)
        return {LOCK_VARIABLE: str(self._lock)}

    def unlock(self) -> None:
        """Lets go, at the end of a process that goes on. Whoever shares the lock still holds it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextlib.contextmanager
    def locked(self) -> Iterator[DataFolder]:
        """This folder, with nobody else working on it meanwhile. Raises Refusal folder.in_use."""
        self.lock()
        try:
            yield self
        finally:
            self.unlock()

    @property
    def _lock_path(self) -> Path:
        return self.path / "tongban.lock"

    def _inherited_lock(self) -> int | None:
        """The lock that Litestream was started with, if it is this folder's: the variable alone proves nothing."""
        number = os.environ.pop(LOCK_VARIABLE, "")
        if not number.isdecimal():
            return None
        try:
            given, here = os.fstat(int(number)), os.stat(self._lock_path)
        except OSError:
            return None
        if (given.st_dev, given.st_ino) != (here.st_dev, here.st_ino) or not _try_lock(int(number), self.path):
            return None
        os.set_inheritable(int(number), False)
        return int(number)

    def _take_lock(self, wait_seconds: float) -> int:
        try:
            descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise refusal_of(error, self.path) from error
        until = time.monotonic() + wait_seconds
        try:
            while not _try_lock(descriptor, self.path):
                if time.monotonic() >= until:
                    holder = self._holder()
                    pid, address = holder.get("pid", "?"), holder.get("address") or "?"
                    raise Refusal("folder.in_use", path=str(self.path), pid=str(pid), address=str(address))
                time.sleep(LOCK_RETRY_SECONDS)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _holder(self) -> dict[str, Any]:
        with contextlib.suppress(ValueError, OSError):
            holder = json.loads(read_small(self._lock_path, LOCK_BYTES_MAX) or b"{}")
            return holder if isinstance(holder, dict) else {}
        return {}

    def _write_holder(self, holder: dict[str, Any]) -> None:
        """In place, since the lock hangs on this very file."""
        try:
            with open(self._lock_path, "r+b") as file:
                file.truncate()
                file.write(json.dumps(holder).encode())
        except OSError as error:
            raise refusal_of(error, self.path) from error

    # ------------------------------------------------------------ settings

    def settings(self) -> dict[str, Any]:
        """What `save_settings` kept last: name, address, parent, area, tier …; empty before that.
        Raises Refusal folder.settings_damaged."""
        try:
            data = read_small(self.path / "settings.json", SETTINGS_BYTES_MAX)
            found = json.loads(data) if data is not None else {}
        except (ValueError, OSError) as error:
            raise Refusal("folder.settings_damaged", path=str(self.path / "settings.json")) from error
        if not isinstance(found, dict):
            raise Refusal("folder.settings_damaged", path=str(self.path / "settings.json"))
        return found

    def save_settings(self, settings: dict[str, Any]) -> None:
        """Keeps `settings` (JSON values) in place of the former ones. Raises Refusal folder.full or not_writable."""
        text = json.dumps(settings, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        write_durably(self.path / "settings.json", text.encode())


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[DataFolder]:
    """A folder to set a node up in: made where there is none, and locked. Where the block raises, everything that came
    into it since goes again, and so does the folder if it was made here. Raises Refusal as `DataFolder`."""
    path = Path(os.path.abspath(path.expanduser()))
    made = [each for each in (path, *path.parents) if not each.exists()]
    before = {each.name for each in path.iterdir()} if path.is_dir() else set()
    try:
        folder = DataFolder(path)
        with folder.locked():
            try:
                yield folder
            except BaseException:
                _empty(path, before)
                raise
    except BaseException:
        for each in made:
            with contextlib.suppress(OSError):  # somebody else's file is in it by now
                each.rmdir()
        raise


def _empty(path: Path, keep: set[str]) -> None:
    for each in path.iterdir():
        if each.name in keep:
            continue
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)


def _try_lock(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise Refusal("folder.no_locks", path=str(path)) from error
    return True


def listen_socket(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A TCP socket that listens; loopback unless told otherwise; port 0 takes a free one.

    Raises Refusal folder.port_taken, folder.port_forbidden or folder.address_unusable."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family, backlog=LISTEN_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refusal("folder.port_taken", host=host, port=port) from error
        if error.errno == errno.EACCES:
            raise Refusal("folder.port_forbidden", host=host, port=port) from error
        raise Refusal("folder.address_unusable", host=host, port=port) from error
