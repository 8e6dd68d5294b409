"""`root`: the ceremony by which a city's root key signs, on a machine without network, what a hub asks for.

    main.add_command(root_group(operate, os.urandom, now_ms))

`create` and `sign` need no data folder and open no connection. The root's passphrase is typed, or read from a file; it
is never an argument, which every user of the machine could read.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from central import founding, root_ceremony, root_key
from central.founding import ROOT, AdmitAnswer, AnswerAdmitted, AskRoot, RequestMade
from shared_models import texts
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from shared_models.signing import SEED_SIZE, KeyPair, name_of_key
from sync_protocol.host.commands import Home, at_home, language, read_file, say
from sync_protocol.host.files import write_durably
from sync_protocol.store.vault import Entropy

PASSPHRASE_BYTES_MAX = 4096

Operate = Callable[[Home, str, msgspec.Struct], Any]
"""Carries out a verb at a hub, whether it runs or not."""

_FILE = click.Path(path_type=Path, dir_okay=False)
_EXISTING = click.Path(path_type=Path, exists=True, dir_okay=False)
_PASSPHRASE = click.option(
    "--root-passphrase-file", type=_EXISTING, help="File with the root key's passphrase, which is asked for otherwise."
)


def root_group(operate: Operate, entropy: Entropy, now_ms: Callable[[], int]) -> click.Group:
    """The commands `create`, `sign`, `admit`, `request` and `export`."""

    @click.group("root")
    def root() -> None:
        """The city's root key, kept offline: what a hub asks of it, what it signs, and what comes back."""

    for command in (_create(entropy), _sign(entropy, now_ms), _admit(operate, entropy), _request(operate, now_ms),
                    _export(entropy)):  # fmt: skip
        root.add_command(command)
    return root


# ---------------------------------------------------------------- on the machine without network


def _create(entropy: Entropy) -> click.Command:
    @click.command("create")
    @click.option("--out", required=True, type=_FILE, help="The new key file.")
    @_PASSPHRASE
    def create(out: Path, root_passphrase_file: Path | None) -> None:
        """Make the root key of a city, in a file that opens with a passphrase of at least 8 characters."""
        passphrase = _passphrase(root_passphrase_file, new=True)
        pair = KeyPair.from_seed(entropy(SEED_SIZE))
        root_key.write(out, pair, passphrase, entropy)
        say("root.created", path=str(out), root=name_of_key(pair.public))

    return create


def _sign(entropy: Entropy, now_ms: Callable[[], int]) -> click.Command:
    @click.command("sign")
    @click.argument("request", type=_EXISTING)
    @click.option("--key", required=True, type=_EXISTING, help="The root's key file.")
    @click.option("--out", required=True, type=_FILE, help="Write the answer to this file.")
    @click.option("--yes", is_flag=True, help="Do not ask before signing.")
    @_PASSPHRASE
    def sign(request: Path, key: Path, out: Path, yes: bool, root_passphrase_file: Path | None) -> None:
        """Show in words what REQUEST asks for, and sign it with the root key after a yes.

        Needs no network and no data folder."""
        asked = root_ceremony.request_in(read_file(request, root_ceremony.FILE_BYTES_MAX))
        click.echo(asked.words[texts.LANGUAGES.index(language())])
        if not yes and not click.confirm("签字？ Sign?", err=True):
            raise Refusal("root.not_signed")
        pair = root_key.read(key, _passphrase(root_passphrase_file))
        chain = base64.b32encode(entropy(10)).decode().lower()
        answer = root_ceremony.sign(asked, root_ceremony.Signing(pair, now_ms(), chain))
        write_durably(out, root_ceremony.answer_bytes(answer) + b"\n")
        say("root.signed", path=str(out), root=name_of_key(pair.public))

    return sign


def _passphrase(file: Path | None, *, new: bool = False) -> str:
    """Raises Refusal commands.passphrase_empty, root.passphrase_missing, commands.file_unreadable."""
    if file is not None:
        text = read_file(file, PASSPHRASE_BYTES_MAX).decode(errors="replace").strip("\r\n")
        if not text:
            raise Refusal("commands.passphrase_empty", path=str(file))
        return text
    again = "再次输入 Again" if new else False
    try:
        typed: str = click.prompt("根密钥口令 Passphrase of the root key", hide_input=True, confirmation_prompt=again,
                                  err=True)  # fmt: skip
    except click.Abort:
        raise Refusal("root.passphrase_missing") from None
    return typed


# ---------------------------------------------------------------- on the hub


def _admit(operate: Operate, entropy: Entropy) -> click.Command:
    @click.command("admit")
    @at_home
    @click.argument("answer", type=_EXISTING)
    def admit(home: Home, answer: Path) -> None:
        """Take in the root's ANSWER. With the first one, a new city hub may start. May be repeated."""
        content = read_file(answer, root_ceremony.FILE_BYTES_MAX)
        if home.settings().joined:
            done: AnswerAdmitted = operate(home, "root-admit", AdmitAnswer(content))
            say("root.admitted", kind=done.kind, name=done.name, node=done.node, root=done.root)
            return
        with home.folder().locked() as folder:
            first = founding.admit_first(folder, home.keyring(), content, entropy)
        say("root.admitted_first", name=first.name, node=first.node, root=first.root)

    return admit


def _request(operate: Operate, now_ms: Callable[[], int]) -> click.Command:
    @click.command("request")
    @at_home
    @click.option("--out", required=True, type=_FILE, help="Write the request to this file.")
    @click.option("--revoke", metavar="NODE", help="Ask to revoke the city hub with this name.")
    def request(home: Home, out: Path, revoke: str | None) -> None:
        """Write a request to the root: to admit this hub, which no root has admitted yet, or to revoke a city hub."""
        settings = home.settings()
        if settings.tier != CITY:
            raise Refusal("root.only_the_city")
        if revoke is None:
            if settings.joined:
                raise Refusal("central.founded_already", name=settings.name)
            content = founding.first_request(home.keyring(), settings, now_ms())
        else:
            made: RequestMade = operate(home, "root-request", AskRoot(revoke))
            content = made.content
        write_durably(out, content + b"\n")
        about = root_ceremony.request_in(content)
        say("root.requested", name=about.name, node=about.node, path=str(out))

    return request


def _export(entropy: Entropy) -> click.Command:
    @click.command("export")
    @at_home
    @click.option("--out", required=True, type=_FILE, help="The new key file, on a stick.")
    @_PASSPHRASE
    def export(home: Home, out: Path, root_passphrase_file: Path | None) -> None:
        """Take the root key out of the folder of a city that was founded in one step: into a key file that opens with a
        passphrase. It is taken out of the folder once the file was written and read back."""
        keyring = home.keyring()
        seed = keyring.get_secret(ROOT)
        if seed is None:
            raise Refusal("root.not_here", path=str(home.path))
        pair = KeyPair.from_seed(seed)
        root_key.write(out, pair, _passphrase(root_passphrase_file, new=True), entropy)
        keyring.drop_secret(ROOT)
        say("root.exported", path=str(out), root=name_of_key(pair.public))

    return export
