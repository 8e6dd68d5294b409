"""`catalogue suspend`, `resume` and `cancel`: what is published is stopped for a time, or for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
import msgspec

from central.halting import Halted, Halting
from shared_models.catalogue.life import CANCEL, RESUME, SUSPEND
from sync_protocol.host.commands import Home, at_home, print_json, say

Operate = Callable[[Home, str, msgspec.Struct], Any]
"""Carries out a verb at a hub, whether it runs or not."""

CODES = click.argument("codes", nargs=-1, required=True)
REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; public, every counter shows it.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of sentences.")


def suspend_command(operate: Operate) -> click.Command:
    @click.command("suspend")
    @at_home
    @CODES
    @REASON
    @click.option("--from", "since", default="", metavar="DAY",
                  help="First day (2026-12-01); at once unless given.")  # fmt: skip
    @click.option("--until", default="", metavar="DAY", help="Last day; until it is resumed unless given.")
    @JSON
    def suspend(home: Home, codes: tuple[str, ...], reason: str, since: str, until: str, as_json: bool) -> None:
        """Stop new applications for the published items with these CODES; cases go on."""
        _halt(operate, home, Halting(SUSPEND, codes, reason, since, until), as_json)

    return suspend


def resume_command(operate: Operate) -> click.Command:
    @click.command("resume")
    @at_home
    @CODES
    @JSON
    def resume(home: Home, codes: tuple[str, ...], as_json: bool) -> None:
        """Let suspended items be applied for again."""
        _halt(operate, home, Halting(RESUME, codes), as_json)

    return resume


def cancel_command(operate: Operate) -> click.Command:
    @click.command("cancel")
    @at_home
    @CODES
    @REASON
    @JSON
    def cancel(home: Home, codes: tuple[str, ...], reason: str, as_json: bool) -> None:
        """Cancel published items for good: their codes are never used again."""
        _halt(operate, home, Halting(CANCEL, codes, reason), as_json)

    return cancel


def _halt(operate: Operate, home: Home, asked: Halting, as_json: bool) -> None:
    done: Halted = operate(home, "catalogue-halt", asked)
    if as_json:
        print_json(done)
    else:
        say(f"halts.told_{asked.verb}", number=done.number, items=done.items)
