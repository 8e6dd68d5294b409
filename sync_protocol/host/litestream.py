"""The Litestream program: where it is, the configuration it is given, and what it is asked to do.

The configuration is JSON, which is YAML too, so that no path needs quoting by hand. Litestream takes unknown keys
without a word and turns an unset `$NAME` into nothing: the file is written by this module only, with literal values,
read without expansion, and Litestream is asked what it understood. https://litestream.io/reference/config/
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from shared_models.refusals import Refusal
from sync_protocol.host.files import write_durably

SNAPSHOT_EVERY = "24h"
KEPT_FOR = "72h"
SYNC_EVERY = "1s"
BUSY = "5s"
LAST_SYNC_WITHIN = "30s"
COMMAND_SECONDS_MAX = 600
SOCKET_PATH_BYTES_MAX = 100
"""sun_path has 108 bytes on Linux, unix(7)."""

EXIT_STATUS = "Error: exit status [0-9]+"
"""Litestream's last line where the application ended with an error: the application has said why, in a sentence."""

_UNUSABLE = re.compile(r"[?#%\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Setup:
    """What one Litestream works on: a database, the folder of the replica, and a folder for its own notes."""

    database: Path
    replica: Path
    notes: Path
    socket: Path | None = None

    def check(self) -> None:
        """Raises Refusal replica.path_unusable: Litestream opens the database by a URL that it does not quote."""
        for path in (self.database, self.replica, self.notes):
            if _UNUSABLE.search(str(path)):
                raise Refusal("replica.path_unusable", path=str(path))

    def as_config(self) -> dict[str, Any]:
        """The configuration, as Litestream 0.5 reads it. No port is opened."""
        return {
            "socket": {"enabled": self.socket is not None, "path": str(self.socket or ""), "permissions": 0o600},
            "logging": {"level": "warn", "type": "json", "stderr": True},
            "snapshot": {"interval": SNAPSHOT_EVERY, "retention": KEPT_FOR},
            "shutdown-sync-timeout": LAST_SYNC_WITHIN,
            "dbs": [
                {
                    "path": str(self.database),
                    "meta-path": str(self.notes),
                    "busy-timeout": BUSY,
                    "replica": {"type": "file", "path": str(self.replica), "sync-interval": SYNC_EVERY},
                }
            ],
        }


def program() -> Path:
    """The litestream beside this Python, or on the search path. Raises Refusal replica.no_litestream."""
    beside = Path(sys.executable).parent / "litestream"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("litestream")
    if found is None:
        raise Refusal("replica.no_litestream")
    return Path(found)


def write_config(setup: Setup, path: Path) -> None:
    """Writes the configuration to `path` and asks Litestream what it read there.
    Raises Refusal replica.path_unusable, or replica.config_misread where it understood something else."""
    setup.check()
    write_durably(path, json.dumps(setup.as_config(), ensure_ascii=False, indent=1).encode())
    answer = ask("databases", "-json", "-config", str(path), "-no-expand-env")
    try:
        understood = json.loads(answer.stdout)
    except ValueError:
        understood = None
    if understood != [{"path": str(setup.database), "replica": "file"}]:
        raise Refusal("replica.config_misread", path=str(path))


def hide_exit_status() -> None:
    """From now on, what this process and those that come of it write to stderr goes through a filter that leaves out
    the line EXIT_STATUS and passes everything else on at once. Where there is no sed, nothing is left out.

    The filter ends with the last of them, and not before: it heeds neither Ctrl-C nor a signal to stop, since what is
    said while a node stops matters. Should it be killed, no process dies of it: Python ignores SIGPIPE, and hands that
    on to Litestream."""
    program = shutil.which("sed")
    if program is None:
        return
    filtering = subprocess.Popen(
        [program, "-u", "-E", f"/^{EXIT_STATUS}$/d"],
        stdin=subprocess.PIPE,
        stdout=sys.stderr.fileno(),
        env={"LC_ALL": "C"},
        cwd="/",
        preexec_fn=_heed_no_signals,
    )
    if filtering.stdin is not None:
        sys.stderr.flush()
        os.dup2(filtering.stdin.fileno(), sys.stderr.fileno())


def _heed_no_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def ask(*arguments: str, within_seconds: float = COMMAND_SECONDS_MAX) -> subprocess.CompletedProcess[str]:
    """Runs one litestream command to its end: output as text, whatever the exit code.
    Raises Refusal replica.no_litestream, or replica.too_slow when its time is over."""
    try:
        return subprocess.run(
            [program(), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=within_seconds,
            umask=0o077,
        )
    except subprocess.TimeoutExpired as error:
        raise Refusal("replica.too_slow", command=arguments[0]) from error


def sync(socket: Path, database: Path, within_seconds: int) -> bool:
    """Has the Litestream that listens at `socket` copy everything committed until now; whether it did in time."""
    asked = ("sync", "-wait", "-timeout", str(within_seconds), "-socket", str(socket), str(database))
    try:
        return ask(*asked, within_seconds=within_seconds + 1).returncode == 0
    except Refusal:
        return False


def release(socket: Path, database: Path, within_seconds: int) -> bool:
    """Has the Litestream that listens at `socket` copy what is committed and let go of the database; whether it holds
    it no longer. Where it did not hold it, nothing is to be done."""
    where = ("-timeout", str(within_seconds), "-socket", str(socket))
    try:
        ask("unregister", *where, str(database), within_seconds=within_seconds + 1)
        answer = ask("list", "-json", *where, within_seconds=within_seconds + 1)
        held = msgspec.json.decode(answer.stdout, type=_Held)
    except (Refusal, msgspec.MsgspecError):
        return False
    return answer.returncode == 0 and str(database) not in {each.path for each in held.databases}


def take_up(socket: Path, database: Path, replica: Path, within_seconds: int) -> bool:
    """Has the Litestream that listens at `socket` copy a database to the folder `replica` from now on; whether it does.
    Its own notes about the database lie in `notes_beside`."""
    asked = ("register", "-timeout", str(within_seconds), "-socket", str(socket), "-replica", f"file://{replica}")
    try:
        return ask(*asked, str(database), within_seconds=within_seconds + 1).returncode == 0
    except Refusal:
        return False


def notes_beside(database: Path) -> Path:
    """Where Litestream keeps its notes on a database that it was handed while it ran."""
    return database.with_name(f".{database.name}-litestream")


class _Path(msgspec.Struct):
    path: str


class _Held(msgspec.Struct):
    """What `litestream list -json` says."""

    databases: list[_Path] = []


def restorable(replica: Path) -> bool:
    """Whether the replica holds an unbroken row of files from a whole copy on. What is in them is not looked at."""
    with tempfile.TemporaryDirectory(prefix="tongban-") as scratch:
        return _restore(replica, Path(scratch) / "database", "-dry-run").returncode == 0


@dataclass(frozen=True)
class Copy:
    """One file of a replica: it holds transactions from `first` on, and what was committed until `until`."""

    first: int
    until: datetime


def copies(replica: Path) -> list[Copy]:
    """What a replica holds, by time. What begins with transaction 1 restores by itself; the rest follows on it. The
    times are those of the files, to the second: a replica that was copied without its times has lost them."""
    with _configured(replica, replica) as options:
        answer = ask("ltx", *options, "-level", "all", "-json", str(replica))
    try:
        found = msgspec.json.decode(answer.stdout, type=list[_Ltx] | None) or []
    except msgspec.MsgspecError:
        return []
    return sorted((Copy(int(each.min_txid, 16), each.timestamp) for each in found), key=lambda copy: copy.until)


class _Ltx(msgspec.Struct):
    """What `litestream ltx -json` says about a file."""

    min_txid: str
    timestamp: datetime


def restore_file(replica: Path, target: Path, at: datetime | None = None) -> str | None:
    """Restores the newest state of a replica, or the last one that was copied by the moment `at`, to `target`, a file
    that is not there yet, and has Litestream check it. Returns None, or what Litestream said where it failed."""
    moment = () if at is None else ("-timestamp", at.astimezone(UTC).isoformat())
    answer = _restore(replica, target, "-integrity-check", "full", *moment)
    if answer.returncode == 0:
        return None
    return (answer.stderr.strip() or answer.stdout.strip() or f"exit code {answer.returncode}").splitlines()[-1]


def _restore(replica: Path, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    with _configured(replica, target) as configured:
        return ask("restore", *configured, *options, "-o", str(target), str(target))


@contextmanager
def _configured(replica: Path, database: Path) -> Iterator[tuple[str, ...]]:
    """The options that make a command work on `replica` as that of `database`."""
    with tempfile.TemporaryDirectory(prefix="tongban-") as scratch:
        config = Path(scratch) / "litestream.yml"
        write_config(Setup(database, replica, Path(scratch) / "notes"), config)
        yield "-config", str(config), "-no-expand-env"


def socket_path(folder: Path) -> Path | None:
    """Where Litestream listens for `litestream status -socket …`: in the data folder, or under the system's temporary
    folder where that path is too long for a socket. None where that place belongs to somebody else."""
    inside = folder / "litestream.sock"
    if len(os.fsencode(inside)) <= SOCKET_PATH_BYTES_MAX:
        return inside
    private = Path(tempfile.gettempdir()) / f"tongban-{os.getuid()}"
    private.mkdir(mode=0o700, exist_ok=True)
    found = private.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        return None
    return private / f"{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}.sock"
