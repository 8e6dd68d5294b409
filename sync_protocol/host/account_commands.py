"""`account`: the commands about the people of a node, the same at a station and at a hub, whether it runs or not.

    main.add_command(account_group(ROLES, check_roles, departments=True))

A password is typed, twice and unseen, or read from a file or from stdin, or made up and shown once. It is never an
argument, which every user of the machine could read.
"""

from __future__ import annotations

import functools
import os
import secrets
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
from sync_protocol.host import people
from sync_protocol.host.commands import Home, at_home, language, print_json, read_file, say
from sync_protocol.host.people import (
    KEY_SHOWN,
    AskPeople,
    CheckRoles,
    NewAccount,
    NewPassword,
    NewRoles,
    People,
    Person,
    Switch,
)
from sync_protocol.store.accounts import PASSWORD_LENGTH_MAX
from sync_protocol.store.database import Database

PASSWORD_BYTES_MAX = 4 * PASSWORD_LENGTH_MAX + 8
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What a made-up password is made of: nothing that is mistaken for something else when it is read out."""
GROUPS, GROUP = 4, 4

Decorator = Callable[[Callable[..., None]], Callable[..., None]]


# ---------------------------------------------------------------- passwords


@dataclass(frozen=True)
class Given:
    """How the password is given. `typed` and `from_stdin` look only when asked for it."""

    file: Path | None
    stdin: bool
    generated: bool

    def read(self) -> str:
        """The password. Raises Refusal commands.password_ways, password_missing, file_unreadable, file_too_large."""
        if sum((self.file is not None, self.stdin, self.generated)) > 1:
            raise Refusal("commands.password_ways")
        if self.generated:
            return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
        if self.file is not None:
            text = read_file(self.file, PASSWORD_BYTES_MAX).decode(errors="replace").strip("\r\n")
        elif self.stdin:
            text = sys.stdin.readline(PASSWORD_BYTES_MAX).rstrip("\r\n")
        else:
            text = _typed()
        if not text:
            raise Refusal("commands.password_missing")
        return text

    def show(self, password: str) -> None:
        """Says a password that was made up, once."""
        if self.generated:
            say("commands.password_generated", password=password)


def _typed() -> str:
    try:
        text: str = click.prompt("密码 Password", hide_input=True, confirmation_prompt="再次输入 Again", err=True)
    except click.Abort:
        raise Refusal("commands.password_missing") from None
    return text


def _option_password(function: Callable[..., None]) -> Callable[..., None]:
    """The ways to give a password; the command gets `given: Given` instead."""

    @functools.wraps(function)
    def command(password_file: Path | None, password_stdin: bool, generate: bool, **rest: Any) -> None:
        function(given=Given(password_file, password_stdin, generate), **rest)

    for decorate in (
        click.option("--generate", is_flag=True, help="Make a password up and print it, once."),
        click.option("--password-stdin", is_flag=True, help="Read the password from stdin instead of asking for it."),
        click.option("--password-file", type=click.Path(path_type=Path, dir_okay=False),
                     help="Read the password from the first line of this file instead of asking for it."),
    ):  # fmt: skip
        command = decorate(command)
    return command


# ---------------------------------------------------------------- carrying out


@dataclass(frozen=True)
class Accounts:
    """The accounts of the node at `home`, wherever its process is."""

    home: Home
    check: CheckRoles

    def do(self, verb: str, asked: msgspec.Struct) -> Any:
        """Carries out a verb of `people`: in the running process, or here where none runs. Raises Refusal."""
        from sync_protocol.host.operator import ask_running

        answer = ask_running(self.home.path, verb, msgspec.json.encode(asked))
        if answer is not None:
            return msgspec.json.decode(answer, type=people.VERBS[verb].answer)
        with self._here() as everybody:
            return people.VERBS[verb].work(everybody, asked)

    @contextmanager
    def _here(self) -> Iterator[People]:
        from sync_protocol.host.runtime import ALL_MIGRATIONS, now_ms

        settings = self.home.settings()
        with (
            self.home.folder().locked() as folder,
            Database(folder.database, litestream=settings.litestream, migrations=ALL_MIGRATIONS) as database,
        ):
            yield People(database, self.check, now_ms, os.urandom)


def account_group(roles: Sequence[str], check: CheckRoles, *, departments: bool) -> click.Group:
    """The group `account` of a command line, for a node that has these roles. `departments` says whether an account
    may belong to one."""
    choice = click.Choice(roles)
    group = click.Group("account", help="The people who work here: accounts, passwords, roles.")
    for add in (_add_commands, _role_commands, _switch_commands, _list_command):
        add(group, choice, check, _department if departments else _no_department)
    return group


def _department(function: Callable[..., None]) -> Callable[..., None]:
    return click.option("--department", help="The department of the person; an issuer must have one.")(function)


def _no_department(function: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(function)
    def command(**given: Any) -> None:
        function(department=None, **given)

    return command


def _add_commands(group: click.Group, choice: click.Choice[str], check: CheckRoles, department: Decorator) -> None:
    @group.command("add")
    @at_home
    @click.option("--login", required=True, help="What is typed to log in: 2 to 32 of a-z 0-9 . _ -")
    @click.option("--name", required=True, help="The person's name, as screens show it.")
    @click.option("--role", "roles", required=True, multiple=True, type=choice, help="May be given several times.")
    @department
    @_option_password
    def add(home: Home, login: str, name: str, roles: tuple[str, ...], department: str | None, given: Given) -> None:
        """Make an account."""
        password = given.read()
        made = Accounts(home, check).do(people.ADD, NewAccount(login, name, roles, password, department or ""))
        say("commands.account_added", login=made.login, name=made.name)
        given.show(password)

    @group.command("password")
    @at_home
    @click.argument("login")
    @_option_password
    def password(home: Home, login: str, given: Given) -> None:
        """Give LOGIN a new password. Ends the person's sessions, and lifts the lock after wrong passwords."""
        text = given.read()
        changed = Accounts(home, check).do(people.PASSWORD, NewPassword(login, text))
        say("commands.account_password", login=changed.login, name=changed.name)
        given.show(text)


def _role_commands(group: click.Group, choice: click.Choice[str], check: CheckRoles, department: Decorator) -> None:
    @group.command("roles")
    @at_home
    @click.argument("login")
    @click.argument("roles", nargs=-1, required=True, type=choice, metavar="ROLE...")
    @department
    def set_roles(home: Home, login: str, roles: tuple[str, ...], department: str | None) -> None:
        """Give LOGIN these roles in place of the former ones. Ends the person's sessions."""
        changed = Accounts(home, check).do(people.ROLES, NewRoles(login, roles, department))
        say("commands.account_roles", login=changed.login, name=changed.name, roles=", ".join(changed.roles))


def _switch_commands(group: click.Group, choice: click.Choice[str], check: CheckRoles, department: Decorator) -> None:
    @group.command("disable")
    @at_home
    @click.argument("login")
    def disable(home: Home, login: str) -> None:
        """Stop LOGIN from logging in, and end the person's sessions. The records keep their author."""
        changed = Accounts(home, check).do(people.SWITCH, Switch(login, True))
        say("commands.account_disabled", login=changed.login, name=changed.name)

    @group.command("enable")
    @at_home
    @click.argument("login")
    def enable(home: Home, login: str) -> None:
        """Let LOGIN log in again, with the password of before."""
        changed = Accounts(home, check).do(people.SWITCH, Switch(login, False))
        say("commands.account_enabled", login=changed.login, name=changed.name)


def _list_command(group: click.Group, choice: click.Choice[str], check: CheckRoles, department: Decorator) -> None:
    @group.command("list")
    @at_home
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    def list_(home: Home, as_json: bool) -> None:
        """List the accounts: login, name, roles, department, the id that records and hubs call the person by, the
        fingerprint of the signing key, and whether they may log in."""
        listed = Accounts(home, check).do(people.LIST, AskPeople())
        if as_json:
            print_json(listed)
            return
        for person in listed.people:
            click.echo(_line(person))
        if not listed.people:
            say("commands.account_none")


STATES = {
    people.ACTIVE: "commands.account_state_active",
    people.DISABLED: "commands.account_state_disabled",
    people.LOCKED: "commands.account_state_locked",
    people.REVOKED: "commands.account_state_revoked",
}


def _line(person: Person) -> str:
    what = "/".join(filter(None, (", ".join(person.roles), person.department)))
    state = texts.sentence(STATES[person.state], language())
    return f"{person.login}  {person.name}  {what}  {person.actor}  {person.key[:KEY_SHOWN] or '—'}  {state}"
