"""Replicas: Litestream and the application live and die together, and a replica is proven by restoring it.

    folder.lock()                                                  # the first process
    run_under_litestream(folder, [sys.executable, "-m", "edge_node", "run"], replicas, incarnation_in_database)

    die_with_parent(); folder.lock(address)                        # the same program, started again below Litestream
    ...; note_incarnation(folder, node.incarnation)                # once its new incarnation is in the database
    ...; copy_now(folder)                                          # after the last write

- A replica folder belongs to one *generation* of the database: `<replicas>/<generation>/`. Two histories in one folder
  give a replica that restores to a corrupt file, without a warning from anybody.
- A new generation begins unless all of this holds: the incarnation in the database is the one noted here; the file is
  the one that was noted (restored and swapped files are others); and the word that the last start left in the replica
  is the one left here (a cloned disk, or a whole folder put back, finds another).
- Old generations are kept, two of them; none goes before the present one was seen to restore.
- "Sync" succeeding proves nothing. `check_replica` restores, checks the file, and asks how far it is behind.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from itertools import chain, count
from pathlib import Path
from typing import NoReturn, TypeVar

import msgspec

from shared_models.refusals import Refusal
from sync_protocol.host import litestream
from sync_protocol.host.files import read_small, refusal_of, sync_folder, write_durably
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.litestream import Copy, Setup
from sync_protocol.host.parent_death import PARENT_VARIABLE, under_litestream
from sync_protocol.store.database import Connection, looking_into, problems_of

OLD_GENERATIONS_KEPT = 2
NOTE_BYTES_MAX = 4096
SIDE_FILES = ("-wal", "-shm", "-journal")
YEAR_FIRST = 2000
CHINA = timezone(timedelta(hours=8), "UTC+8")
WORD = "word"
"""The file in a replica's folder that holds what the last start left there."""

T = TypeVar("T")
_NAME = re.compile(r"\d{6,}-[0-9a-f]{16}")


@dataclass(frozen=True)
class Generation:
    """What is noted beside the database: the replica folder's `name` (a number that counts up, and a random part), the
    last node `incarnation`, the `inode` of the database file, and the `word` left in the replica."""

    name: str
    incarnation: str | None
    inode: int
    word: str


@dataclass(frozen=True)
class RestoreReport:
    """What `restore` did: from which generation, how many bytes, as of which moment (the newest copy used was made
    then), and what newer generations failed with (name, why)."""

    generation: str
    bytes: int
    copied: datetime | None
    failed: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReplicaReport:
    """What `check_replica` found. `problem` is None for a replica that restores to a whole database; `records_behind`
    is what the caller counted in it, None where it could not be opened."""

    generation: str
    problem: str | None
    records_behind: int | None

    @property
    def sound(self) -> bool:
        return self.problem is None


# ---------------------------------------------------------------- together


def run_under_litestream(
    folder: DataFolder, command: list[str], replicas: Path, incarnation_in_database: str | None
) -> NoReturn:
    """This process becomes Litestream, with `command` (program and arguments, paths absolute) as its child.

    `replicas` is the folder of this node's replicas, best on another disk; `incarnation_in_database` is the last one
    that the database knows. The lock goes along. SIGTERM to this pid stops both, and the exit code is then 0.
    Raises Refusal replica.not_supported, no_litestream, path_unusable, not_writable, config_misread (`replica.…`)."""
    if sys.platform != "linux":
        raise Refusal("replica.not_supported")
    program = litestream.program()
    generation = begin_generation(folder, replicas, incarnation_in_database)
    drop_old_generations(replicas, generation.name)
    config = folder.path / "litestream.yml"
    litestream.write_config(_setup(folder, replicas, generation), config)
    environment = {**os.environ, **folder.hand_on_lock(), PARENT_VARIABLE: str(os.getpid())}
    arguments = ["replicate", "-config", str(config), "-no-expand-env", "-exec", shlex.join(command)]
    os.umask(0o077)
    sys.stdout.flush()
    litestream.hide_exit_status()
    os.execve(program, ["litestream", *arguments], environment)


def _setup(folder: DataFolder, replicas: Path, generation: Generation) -> Setup:
    """Litestream's own notes are by generation too: those about another history would mislead it."""
    return Setup(
        folder.database,
        replicas.absolute() / generation.name,
        _notes(folder) / generation.name,
        litestream.socket_path(folder.path),
    )


def _notes(folder: DataFolder) -> Path:
    return folder.path / "litestream"


def copy_now(folder: DataFolder, within_seconds: int = 5) -> bool:
    """Has this node's Litestream copy everything committed until now; whether it said so in time. Takes some tens of
    milliseconds, more where it takes the first copy. Call it, aside, once the database is open, and before the
    application ends: Litestream looks once a second, and copies nothing any more if it is told to stop before it has
    opened the database. True proves no more than that it copied: see `check_replica`."""
    socket = litestream.socket_path(folder.path)
    return socket is not None and litestream.sync(socket, folder.database, within_seconds)


# ---------------------------------------------------------------- generations


def default_replicas(folder: DataFolder) -> Path:
    """Where Litestream copies to unless told otherwise. A folder on another disk survives the loss of this one."""
    return folder.path / "replica"


def begin_generation(folder: DataFolder, replicas: Path, incarnation_in_database: str | None) -> Generation:
    """The generation to replicate to from now on: the noted one if the database is still its, otherwise a new one.
    Raises Refusal replica.not_writable."""
    noted = noted_generation(folder)
    inode = _inode(folder.database)
    word = secrets.token_hex(16)
    if noted and _continues(noted, replicas, incarnation_in_database, inode):
        generation = Generation(noted.name, noted.incarnation, inode, word)
    else:
        generation = Generation(_new_name(replicas), incarnation_in_database, inode, word)
        _forget_notes(folder)
    _make(replicas, generation)
    _note(folder, generation)
    return generation


def _make(replicas: Path, generation: Generation) -> None:
    try:
        replicas.mkdir(mode=0o700, parents=True, exist_ok=True)
        (replicas / generation.name).mkdir(mode=0o700, exist_ok=True)
        write_durably(replicas / generation.name / WORD, generation.word.encode())
    except (OSError, Refusal) as error:
        raise Refusal("replica.not_writable", path=str(replicas)) from error


def _continues(noted: Generation, replicas: Path, incarnation_in_database: str | None, inode: int) -> bool:
    try:
        word = read_small(replicas / noted.name / WORD, NOTE_BYTES_MAX)
    except (OSError, ValueError):
        return False
    return (noted.incarnation, noted.inode, noted.word.encode()) == (incarnation_in_database, inode, word)


def note_incarnation(folder: DataFolder, incarnation: str) -> None:
    """Notes the incarnation that the application has just opened in its database. Without that, the next start begins
    a new generation, which costs a whole copy. Where Litestream does not run, nothing is noted: what happens to the
    database meanwhile is another history to the replica."""
    noted = noted_generation(folder)
    if noted is not None and under_litestream():
        _note(folder, Generation(noted.name, incarnation, _inode(folder.database), noted.word))


def noted_generation(folder: DataFolder) -> Generation | None:
    """The present generation of the folder's database; None before the first, and where the note does not read."""
    try:
        note = read_small(folder.path / "generation.json", NOTE_BYTES_MAX) or b""
        generation = msgspec.json.decode(note, type=Generation)
    except (ValueError, OSError, msgspec.MsgspecError):
        return None
    return generation if _NAME.fullmatch(generation.name) else None


def _note(folder: DataFolder, generation: Generation) -> None:
    write_durably(folder.path / "generation.json", msgspec.json.encode(generation))


def _inode(database: Path) -> int:
    return database.stat().st_ino if database.exists() else 0


def generations(replicas: Path) -> list[str]:
    """The generations in a folder of replicas, newest first."""
    if not replicas.is_dir():
        return []
    return sorted((found.name for found in replicas.iterdir() if _NAME.fullmatch(found.name)), reverse=True)


def _new_name(replicas: Path) -> str:
    newest = next((name.split("-")[0] for name in generations(replicas)), "0")
    return f"{int(newest) + 1:06d}-{secrets.token_hex(8)}"


def drop_old_generations(replicas: Path, present: str) -> list[str]:
    """Removes all but the newest two besides `present`, if `present` was seen to restore; returns what went."""
    old = [name for name in generations(replicas) if name != present][OLD_GENERATIONS_KEPT:]
    if not old or not litestream.restorable(replicas / present):
        return []
    for name in old:
        shutil.rmtree(replicas / name)
    return old


def _forget_notes(folder: DataFolder) -> None:
    """Litestream's notes hold pages of the database, too."""
    for notes in (_notes(folder), litestream.notes_beside(folder.database)):
        shutil.rmtree(notes, ignore_errors=True)


def in_a_new_generation(folder: DataFolder, replicas: Path, act: Callable[[], T], within_seconds: int = 30) -> T:
    """What `act` does while Litestream, which runs, has let go of the database; then it copies to a new generation.
    Nobody may write meanwhile. Broken off anywhere, the next start begins a new generation.

    Raises Refusal replica.not_released (then `act` was not called), replica.not_taken_up, replica.not_writable."""
    noted, socket = noted_generation(folder), litestream.socket_path(folder.path)
    if noted is None or socket is None:
        raise Refusal("replica.not_released")
    _note(folder, replace(noted, incarnation=None))
    if not litestream.release(socket, folder.database, within_seconds):
        raise Refusal("replica.not_released")
    _forget_notes(folder)
    try:
        return act()
    finally:
        present = Generation(_new_name(replicas), None, _inode(folder.database), secrets.token_hex(16))
        _make(replicas, present)
        _note(folder, present)
        if not litestream.take_up(socket, folder.database, replicas.absolute() / present.name, within_seconds):
            raise Refusal("replica.not_taken_up")


def drop_others(folder: DataFolder, replicas: Path) -> bool:
    """Removes every generation but the present one, if that was seen to restore to a whole database; whether it did.
    Where Litestream does not run there is no present one."""
    present = noted_generation(folder) if under_litestream() else None
    if present is not None:
        copy_now(folder)
        if not check_replica(replicas, present.name, lambda _: 0, folder.path).sound:
            return False
    else:
        _forget_notes(folder)
    for name in generations(replicas):
        if present is None or name != present.name:
            shutil.rmtree(replicas / name)
    return True


# ---------------------------------------------------------------- back again


def restore(replicas: Path, target: Path, *, replace: bool = False, at: datetime | None = None) -> RestoreReport:
    """Puts the newest state that restores to a whole database at `target`; with `at`, the last one that was copied by
    that moment. The node must not be running.

    With `replace`, a database that stands there is set aside as `<target>.replaced`. What comes back is always a little
    behind what the node had acknowledged. Raises Refusal replica.database_exists, nothing_to_restore, time_too_early,
    none_restores (`replica.…`), folder.full or folder.not_writable."""
    if target.exists() and not replace:
        raise Refusal("replica.database_exists", path=str(target))
    names = generations(replicas)
    if not names:
        raise Refusal("replica.nothing_to_restore", path=str(replicas))
    held = {name: litestream.copies(replicas / name) for name in names}
    if at is not None:
        names = _reaching_back(held, at)
    failed: list[tuple[str, str]] = []
    with _scratch(target.parent) as scratch:
        for name in names:
            copy = Path(scratch) / "restored.db"
            problem = _restored(replicas / name, copy, at)
            if problem is None:
                size = copy.stat().st_size
                put_in_place(copy, target)
                until = [each.until for each in held[name] if at is None or each.until <= at]
                return RestoreReport(name, size, max(until, default=None), tuple(failed))
            failed.append((name, problem))
    raise Refusal("replica.none_restores", path=str(replicas), reason=failed[0][1])


def _reaching_back(held: dict[str, list[Copy]], at: datetime) -> list[str]:
    """The generations that hold a whole copy from before a moment, newest first. Raises Refusal
    replica.time_too_early."""
    second = timedelta(seconds=1)  # Litestream names whole seconds that have begun
    began = {
        name: min(copy.until for copy in copies if copy.first == 1) + second
        for name, copies in held.items()
        if any(copy.first == 1 for copy in copies)
    }
    names = [name for name, first in began.items() if first <= at]
    if began and not names:
        raise Refusal("replica.time_too_early", at=in_words(at), first=in_words(min(began.values())))
    return names or list(held)


def in_words(moment: datetime) -> str:
    """A moment as people read and type it, in UTC+8 as on all screens: 2026-03-05 16:00:00."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def moment_of(text: str, now: datetime) -> datetime:
    """The moment that somebody typed: ISO 8601 with date and time, in UTC+8 as on all screens unless a zone is named.
    Raises Refusal replica.time_malformed, or replica.time_future where it lies after `now`."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or ":" not in text or moment.year < YEAR_FIRST:
        raise Refusal("replica.time_malformed", text=text[:40])
    moment = moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
    if moment > now:
        raise Refusal("replica.time_future", at=text[:40], now=in_words(now))
    return moment


def check_replica(
    replicas: Path, generation: str, records_behind: Callable[[Connection], int], scratch_in: Path | None = None
) -> ReplicaReport:
    """Restores a generation aside, checks the file, and has `records_behind(connection)` count what is missing in it
    compared with what the caller knows. Needs room for the database in `scratch_in` (default: the temporary folder).
    A live replica changes while it is read: it gets a second chance."""
    problem: str | None = None
    for _ in range(2):
        with _scratch(scratch_in or Path(tempfile.gettempdir())) as scratch:
            copy = Path(scratch) / "checked.db"
            problem = _restored(replicas / generation, copy)
            if problem is None:
                with looking_into(copy) as connection:
                    return ReplicaReport(generation, None, records_behind(connection))
    return ReplicaReport(generation, problem, None)


def _scratch(inside: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix=".tongban-restore-", dir=inside)
    except OSError as error:
        raise refusal_of(error, inside) from error


def _restored(replica: Path, copy: Path, at: datetime | None = None) -> str | None:
    """Restores to `copy` and checks it by another SQLite than Litestream's. Returns what is wrong, or None."""
    copy.unlink(missing_ok=True)
    problem = litestream.restore_file(replica, copy, at)
    if problem is not None:
        return problem
    return "; ".join(problems_of(copy)) or None


def put_in_place(copy: Path, target: Path) -> None:
    """Moves a whole database file (no WAL of its own, same disk) to `target`, and what stood there to
    `<target>.replaced`, or `….replaced-2` and so on: what was set aside before may be evidence and stays. The WAL of
    one database must never meet another: it moves aside too. The node must not run."""
    aside = _free_name(target.with_name(f"{target.name}.replaced"))
    pairs = [(Path(f"{target}{suffix}"), Path(f"{aside}{suffix}")) for suffix in ("", *SIDE_FILES)]
    for old, kept in pairs:
        if old.exists():
            old.replace(kept)
    copy.chmod(0o600)
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    copy.replace(target)
    sync_folder(target.parent)


def _free_name(wanted: Path) -> Path:
    """`wanted`, or with the first number behind it under which nothing was set aside yet, not even a lone WAL."""
    names = chain([wanted], (wanted.with_name(f"{wanted.name}-{number}") for number in count(2)))
    return next(name for name in names if not any(Path(f"{name}{suffix}").exists() for suffix in ("", *SIDE_FILES)))
