"""`catalogue review`: how the review of drafts stands, handing in, approving and sending back.

At a terminal nobody knows who types, so whoever approves or sends back says who he is, by login and password.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from central.reviewing import AskDrafts, Judge, Judged, Standing
from shared_models import texts
from shared_models.catalogue.life import APPROVE, DRAFT_STATES, RETURN, SUBMIT
from shared_models.refusals import Refusal
from sync_protocol.host.account_commands import PASSWORD_BYTES_MAX
from sync_protocol.host.commands import Home, at_home, language, print_json, read_file, say

Operate = Callable[[Home, str, msgspec.Struct], Any]
"""Carries out a verb at a hub, whether it runs or not."""
Command = Callable[..., None]

CODES = click.argument("codes", nargs=-1)
ALL = click.option("--all", "everything", is_flag=True, help="All that can be moved so, instead of CODES.")
SOURCE = click.option("--source", default="", metavar="FILE", help="Only those from this file, or files, of an import.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of sentences.")
LOGIN = click.option("--login", required=True, metavar="LOGIN", help="Who reviews: an administrator or supervisor.")
STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from stdin instead of asking for it.")
FILE = click.option("--password-file", type=click.Path(path_type=Path, dir_okay=False),
                    help="Read the password from the first line of this file instead of asking for it.")  # fmt: skip


def review_group(operate: Operate) -> click.Group:
    """The commands `list`, `submit`, `approve` and `return`."""

    @click.group("review")
    def review() -> None:
        """The review of drafts by a second person (at the city)."""

    for command in (_list(operate), _submit(operate), _approve(operate), _return(operate)):
        review.add_command(command)
    return review


def _list(operate: Operate) -> click.Command:
    @click.command("list")
    @at_home
    @click.option("--state", type=click.Choice(DRAFT_STATES), default=None, help="Only drafts in this state.")
    @SOURCE
    @JSON
    def list_(home: Home, state: str | None, source: str, as_json: bool) -> None:
        """Count the complete drafts in each state, and list them."""
        found: Standing = operate(home, "catalogue-drafts", AskDrafts(state or "", source))
        if as_json:
            print_json(found)
            return
        for line in found.drafts:
            say(f"review.line_{line.state}", item=line.code, name=line.name, word=line.word or "—")
        say("review.standing", **found.states)

    return list_


def _submit(operate: Operate) -> click.Command:
    @click.command("submit")
    @at_home
    @CODES
    @ALL
    @SOURCE
    @JSON
    def submit(home: Home, codes: tuple[str, ...], everything: bool, source: str, as_json: bool) -> None:
        """Hand in the complete drafts with these CODES for review."""
        _judge(operate, home, Judge(SUBMIT, codes, everything, source), as_json)

    return submit


def _approve(operate: Operate) -> click.Command:
    @click.command("approve")
    @at_home
    @CODES
    @ALL
    @SOURCE
    @click.option("--word", default="", metavar="TEXT", help="A word on it; public, it stands in the version.")
    @LOGIN
    @STDIN
    @FILE
    @JSON
    def approve(home: Home, codes: tuple[str, ...], everything: bool, source: str, word: str, login: str,
                password_stdin: bool, password_file: Path | None, as_json: bool) -> None:  # fmt: skip
        """Approve drafts that were handed in; whoever wrote one cannot."""
        password = _password(password_stdin, password_file)
        _judge(operate, home, Judge(APPROVE, codes, everything, source, word, login, password), as_json)

    return approve


def _return(operate: Operate) -> click.Command:
    @click.command("return")
    @at_home
    @CODES
    @ALL
    @SOURCE
    @click.option("--reason", required=True, metavar="TEXT", help="What is to be mended.")
    @LOGIN
    @STDIN
    @FILE
    @JSON
    def return_(home: Home, codes: tuple[str, ...], everything: bool, source: str, reason: str, login: str,
                password_stdin: bool, password_file: Path | None, as_json: bool) -> None:  # fmt: skip
        """Send drafts back that were handed in or approved, with a reason."""
        password = _password(password_stdin, password_file)
        _judge(operate, home, Judge(RETURN, codes, everything, source, reason, login, password), as_json)

    return return_


def _judge(operate: Operate, home: Home, asked: Judge, as_json: bool) -> None:
    done: Judged = operate(home, "catalogue-judge", asked)
    if as_json:
        print_json(done)
        return
    say(f"review.moved_{asked.verb}", number=done.moved)
    for code, number in sorted(done.left.items()):
        say("review.left", number=number, reason=texts.sentence(f"{code}_some", language()))


def _password(stdin: bool, file: Path | None) -> str:
    if stdin and file is not None:
        raise Refusal("commands.password_ways")
    if file is not None:
        return read_file(file, PASSWORD_BYTES_MAX).decode(errors="replace").strip("\r\n")
    if stdin:
        return sys.stdin.readline(PASSWORD_BYTES_MAX).rstrip("\r\n")
    try:
        text: str = click.prompt("密码 Password", hide_input=True, err=True)
    except click.Abort:
        raise Refusal("commands.password_missing") from None
    return text
