"""`clerk`: the people of the nodes below, whose keys a hub knows, and the end of one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
import msgspec

from central.clerks import ACTIVE, ENDED, REVOKED, AskClerks, ClerkInfo, Clerks, RevokeClerk
from shared_models import texts
from sync_protocol.host.commands import Home, at_home, language, print_json, say
from sync_protocol.host.people import KEY_SHOWN

Operate = Callable[[Home, str, msgspec.Struct], Any]
"""Carries out a verb at a hub, whether it runs or not."""

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of sentences.")
STATES = {ACTIVE: "clerks.active", ENDED: "clerks.ended", REVOKED: "clerks.state_revoked"}


def clerk_group(operate: Operate) -> click.Group:
    """The commands `list` and `revoke`."""
    group = click.Group("clerk", help="The people of the nodes below: whose keys are known, and who may act no more.")
    group.add_command(_list(operate))
    group.add_command(_revoke(operate))
    return group


def _list(operate: Operate) -> click.Command:
    @click.command("list")
    @at_home
    @click.option("--node", default="", metavar="NAME", help="Only the people of this node (16 characters).")
    @JSON
    def list_(home: Home, node: str, as_json: bool) -> None:
        """List everybody in this hub's area whose key a node has named: place, node, id of the person, roles,
        fingerprint of the key, state. Names stay at the node: its `account list` shows the same ids."""
        found: Clerks = operate(home, "clerk-list", AskClerks(node))
        if as_json:
            print_json(found)
            return
        for each in found.clerks:
            click.echo(_line(each))
        if not found.clerks:
            say("clerks.none")

    return list_


def _line(each: ClerkInfo) -> str:
    state = texts.sentence(STATES[each.state], language())
    roles = ", ".join(each.roles)
    return f"{each.place}  {each.area}  {each.node}  {each.actor}  {roles}  {each.key[:KEY_SHOWN] or '—'}  {state}"


def _revoke(operate: Operate) -> click.Command:
    @click.command("revoke")
    @at_home
    @click.argument("node")
    @click.argument("actor")
    @click.option("--reason", required=True, metavar="TEXT", help="Why; public and kept, without names or numbers.")
    @JSON
    def revoke(home: Home, node: str, actor: str, reason: str, as_json: bool) -> None:
        """End the right of the person ACTOR to act at NODE, for good.

        What this hub holds by now stays good. What the person did behind that is held, and waits for a ruling. Where
        ACTOR begins with a hyphen, write -- before NODE."""
        gone: ClerkInfo = operate(home, "clerk-revoke", RevokeClerk(node, actor, reason))
        if as_json:
            print_json(gone)
            return
        say("clerks.revoked", place=gone.place, actor=gone.actor)

    return revoke
