"""What the command lines of a station and of a hub share.

    @click.group(cls=CommandLine)
    def main() -> None:
        ...

    @main.command()
    @at_home
    def status(home: Home) -> None:
        ...

`CommandLine` adds `--lang`, and turns a refusal into one sentence on stderr. Exit codes: 0 done · 1 refused, and the
sentence says why and what to do · 2 not a command or option · 3 the other node cannot be reached, try again later.

`run_node` is the command `run`: this process becomes Litestream, which starts the hidden command `serve` (see
`serving`); or, without Litestream, it serves at once. Python starts twice that way, so this room imports no more than
`run` needs. Nothing here reads a passphrase from an argument, which every user of the machine can see.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import msgspec

from shared_models import texts
from shared_models.refusals import Refusal
from sync_protocol.core.frames import LineDown, RemoteProtocolError
from sync_protocol.host import replica
from sync_protocol.host.folder import DataFolder, listen_socket, new_folder
from sync_protocol.host.keyring import Keyring
from sync_protocol.host.settings import NodeSettings, checked_proxy, settings_in
from sync_protocol.store import state
from sync_protocol.store.database import looking_into

REFUSED, UNREACHABLE = 1, 3
PASSPHRASE_BYTES_MAX = 4096
INVITATION_BYTES_MAX = 16 * 1024
EXIT_CODES = (
    "Exit codes: 0 done; 1 refused, and the sentence says why and what to do; 2 no such command or option;"
    " 3 the other node cannot be reached, so try again later."
)


class CommandLine(click.Group):
    """The top of a command line: its language, and refusals as sentences."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"epilog": EXIT_CODES, **options})
        language = click.Option(
            ["--lang"], type=click.Choice(texts.LANGUAGES), default="zh", show_default=True, envvar="TONGBAN_LANG",
            help="Language of what is printed (environment: TONGBAN_LANG).", expose_value=False,
            callback=lambda context, _, value: context.meta.update(language=value),
        )  # fmt: skip
        self.params.append(language)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except Refusal as refusal:
            tell(refusal.code, **refusal.values)
            context.exit(REFUSED)
        except LineDown:
            tell("commands.unreachable")
            context.exit(UNREACHABLE)
        except RemoteProtocolError:
            tell("commands.protocol")
            context.exit(UNREACHABLE)


def say(code: str, **values: str | int) -> None:
    """Prints a sentence of `shared_models.texts` in the language asked for."""
    click.echo(texts.sentence(code, language(), **values))


def tell(code: str, **values: str | int) -> None:
    click.echo(texts.sentence(code, language(), **values), err=True)


def language() -> str:
    """The language that was asked for."""
    context = click.get_current_context(silent=True)
    return str(context.meta.get("language", "zh")) if context else "zh"


# ---------------------------------------------------------------- options


@dataclass(frozen=True)
class Home:
    """A data folder as a command names it, and how its storage key is found. Paths are absolute."""

    path: Path
    passphrase_file: Path | None = None
    key_file: Path | None = None

    def folder(self, *, create: bool = False) -> DataFolder:
        """Raises Refusal folder.missing and others of that room."""
        return DataFolder(self.path, create=create)

    def keyring(self) -> Keyring:
        """Raises Refusal folder.wrong_storage_key and others of that room."""
        return Keyring.open(self.path, passphrase=self._passphrase(), key_file=self.key_file)

    def settings(self) -> NodeSettings:
        """The settings of a folder that was set up. Raises Refusal sync.not_initialised."""
        settings = settings_in(self.folder())
        if settings is None:
            raise Refusal("sync.not_initialised")
        return settings

    @contextmanager
    def setting_up(self) -> Iterator[DataFolder]:
        """The folder of a node to be, locked: what was made for it goes again where the block raises."""
        new_key = self.key_file if self.key_file and not self.key_file.exists() else None
        try:
            with new_folder(self.path) as folder:
                yield folder
        except BaseException:
            if new_key:
                new_key.unlink(missing_ok=True)
            raise

    def arguments(self) -> list[str]:
        """What to write behind a command so that it finds the same home."""
        files = (("--passphrase-file", self.passphrase_file), ("--key-file", self.key_file))
        return [str(self.path), *(text for name, path in files if path for text in (name, str(path)))]

    def _passphrase(self) -> str | None:
        if self.passphrase_file is None:
            return None
        text = read_file(self.passphrase_file, PASSPHRASE_BYTES_MAX).decode(errors="replace").strip("\r\n")
        if not text:
            raise Refusal("commands.passphrase_empty", path=str(self.passphrase_file))
        return text


_PATH = click.Path(path_type=Path, resolve_path=True)


def at_home(function: Callable[..., None]) -> Callable[..., None]:
    """The argument DATA and the options that open it; the command gets `home: Home` instead."""

    @functools.wraps(function)
    def command(data: Path, passphrase_file: Path | None, key_file: Path | None, **rest: Any) -> None:
        function(home=Home(data, passphrase_file, key_file), **rest)

    for decorate in (
        click.option("--key-file", type=_PATH, envvar="TONGBAN_KEY_FILE",
                     help="File with the storage key, where it does not lie in DATA (TONGBAN_KEY_FILE)."),
        click.option("--passphrase-file", type=_PATH, envvar="TONGBAN_PASSPHRASE_FILE",
                     help="File with the passphrase that protects DATA (TONGBAN_PASSPHRASE_FILE)."),
        click.argument("data", type=click.Path(path_type=Path, resolve_path=True, file_okay=False, readable=False)),
    ):  # fmt: skip
        command = decorate(command)
    return command


def read_file(path: Path, bytes_max: int) -> bytes:
    """A small file that a command names. Raises Refusal commands.file_unreadable or commands.file_too_large."""
    try:
        with path.open("rb") as file:
            data = file.read(bytes_max + 1)
    except OSError:
        raise Refusal("commands.file_unreadable", path=str(path)) from None
    if len(data) > bytes_max:
        raise Refusal("commands.file_too_large", path=str(path), megabytes=max(1, bytes_max // (1024 * 1024)))
    return data


def invitation_text(text: str, file: Path | None) -> str:
    """An invitation as it was handed over: its text, or a file. Raises Refusal commands.invitation_missing."""
    if file is not None:
        return read_file(file, INVITATION_BYTES_MAX).decode(errors="replace")
    if not text:
        raise Refusal("commands.invitation_missing")
    return text


# ---------------------------------------------------------------- run


def run_node(
    home: Home,
    serve_here: Callable[[], None],
    module: str,
    *,
    litestream: bool,
    replicas: Path | None,
    proxies: Sequence[str] = (),
) -> None:
    """Runs a node until SIGTERM. `module` has the hidden command `serve`, with the option `--proxy` where `proxies` are
    given; what can be refused is refused before Litestream starts. Raises Refusal (folder, database, sync, replica)."""
    folder, settings = home.folder(), home.settings()
    if not settings.joined:
        raise Refusal("sync.not_admitted")
    home.keyring().node_key()
    if not (litestream and settings.litestream):
        serve_here()
        return
    folder.lock(settings.address)
    listen_socket(settings.host, settings.port).close()
    where = replicas or replica.default_replicas(folder)
    options = ["--replica", str(where), *(text for address in proxies for text in ("--proxy", address))]
    command = [sys.executable, "-m", module, "--lang", language(), "serve", *home.arguments(), *options]
    replica.run_under_litestream(folder, command, where, last_incarnation(folder))


def last_incarnation(folder: DataFolder) -> str | None:
    """The last incarnation of this node that its database knows: the one that was opened last."""
    if not folder.database.exists():
        return None
    with looking_into(folder.database) as connection:
        last = state.get(connection, "last_own") or {}
    return last.get("incarnation") or None


def option_replicas() -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`--replica DIRECTORY`, handed to the command as `replicas`."""
    return click.option(
        "--replica", "replicas", type=_PATH, envvar="TONGBAN_REPLICA",
        help="Folder of the replica, best on another disk; DATA/replica unless given (TONGBAN_REPLICA).",
    )  # fmt: skip


def option_at() -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`--at TIME`, handed to the command as `at`: "" where it was not given."""
    return click.option(
        "--at", metavar="TIME", default="",
        help="Restore what was copied by TIME, such as 2026-03-05T16:00 (in UTC+8, as on all screens) or"
        " 2026-03-05T08:00Z; the newest copy unless given.",
    )  # fmt: skip


def option_http_proxy() -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`--http-proxy URL`, handed to the command as `http_proxy`: None where it was not given."""
    return click.option(
        "--http-proxy", metavar="URL", default=None,
        callback=lambda context, parameter, value: None if value is None else checked_proxy(value),
        help='HTTP proxy through which the hub above is reached, such as http://10.0.0.1:3128; "" for none.',
    )  # fmt: skip


def print_json(value: Any) -> None:
    """Prints a value for a script: one document, one line."""
    click.echo(msgspec.json.encode(value).decode())
