"""`node` and `held`: what a person does about nodes whose time is over, and about what their held records hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
import msgspec

from central.held_verbs import AskHeld, Held, Ratified, Ratify
from central.holding import HeldNode
from central.node_life import Lapsed, LetLapse, Renew, Renewed, SetTerms, Terms
from shared_models.refusals import Refusal
from sync_protocol.host.commands import Home, at_home, print_json, say

Operate = Callable[[Home, str, msgspec.Struct], Any]
"""Carries out a verb at a hub, whether it runs or not."""

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of sentences.")


def node_group(operate: Operate) -> click.Group:
    """The commands `renew`, `lapse` and `terms`."""

    @click.group("node")
    def node() -> None:
        """The time of the nodes below: how long they may be silent and use a key, and what happens after that."""

    commands: list[click.Command] = [_renew(operate), _lapse(operate), _terms(operate)]
    for command in commands:
        node.add_command(command)
    return node


def _renew(operate: Operate) -> click.Command:
    @click.command("renew")
    @at_home
    @click.argument("node")
    @click.option("--reason", required=True, metavar="TEXT", help="Why; public and kept, without names or numbers.")
    @JSON
    def renew(home: Home, node: str, reason: str, as_json: bool) -> None:
        """Vouch for the node with the name NODE (16 characters): what it delivers from now on counts, and its time
        begins anew."""
        done: Renewed = operate(home, "node-renew", Renew(node, reason))
        if as_json:
            print_json(done)
        else:
            say("keys.renewed", name=done.name, held=done.held)

    return renew


def _lapse(operate: Operate) -> click.Command:
    @click.command("lapse")
    @at_home
    @click.argument("node")
    @JSON
    def lapse(home: Home, node: str, as_json: bool) -> None:
        """Let the node with the name NODE lapse, whose time is over, where too many were due at once."""
        done: Lapsed = operate(home, "node-lapse", LetLapse(node))
        if as_json:
            print_json(done)
        else:
            say("keys.lapsed", name=done.name)

    return lapse


def _terms(operate: Operate) -> click.Command:
    @click.command("terms")
    @at_home
    @click.argument("node")
    @click.option("--offline-days", type=int, help="For how many days it may be silent; 180 unless it was changed.")
    @click.option("--key-days", type=int, help="For how many days it uses a key; 365 unless it was changed.")
    @JSON
    def terms(home: Home, node: str, offline_days: int | None, key_days: int | None, as_json: bool) -> None:
        """Say for how long the node with the name NODE may be silent, and use a key."""
        done: Terms = operate(home, "node-terms", SetTerms(node, offline_days, key_days))
        if as_json:
            print_json(done)
        else:
            say("keys.terms_set", name=done.name, offline_days=done.offline_days, key_days=done.key_days)

    return terms


# ---------------------------------------------------------------- what they hold


def held_group(operate: Operate) -> click.Group:
    """The commands `list` and `ratify`."""

    @click.group("held")
    def held() -> None:
        """Held records: kept and acknowledged, without effect until somebody rules on them."""

    commands: list[click.Command] = [_list(operate), _ratify(operate)]
    for command in commands:
        held.add_command(command)
    return held


def _list(operate: Operate) -> click.Command:
    @click.command("list")
    @at_home
    @JSON
    def list_(home: Home, as_json: bool) -> None:
        """Say of which nodes how many records wait for a ruling."""
        found: Held = operate(home, "held", AskHeld())
        if as_json:
            print_json(found)
            return
        for each in found.nodes:
            say("central.held_of_node", name=each.name, area=each.area, node=each.node, count=each.count)
        if not found.nodes:
            say("central.held_none")

    return list_


def _ratify(operate: Operate) -> click.Command:
    @click.command("ratify")
    @at_home
    @click.argument("node")
    @click.option("--reason", required=True, metavar="TEXT", help="Why; public and kept, without names or numbers.")
    @click.option("--yes", is_flag=True, help="Do not ask before ratifying.")
    @JSON
    def ratify(home: Home, node: str, reason: str, yes: bool, as_json: bool) -> None:
        """Ratify all that the held records of the node with the name NODE hold, each by a ruling of its own.

        Look into them first, on the page of held records: what is ratified has effect for good."""
        known = _of(operate(home, "held", AskHeld()), node)
        if not yes and not click.confirm(
            f"追认“{known.name}”的 {known.count} 条记录？ Ratify {known.count}?", err=True
        ):
            raise Refusal("central.held_not_ratified")
        done = Ratified(node, 0, known.count)
        while done.left:
            more: Ratified = operate(home, "held-ratify", Ratify(node, done.left, reason))
            done = Ratified(node, done.ratified + more.ratified, more.left)
        if as_json:
            print_json(done)
        else:
            say("central.held_ratified_all", count=done.ratified, left=done.left)

    return ratify


def _of(found: Held, node: str) -> HeldNode:
    """Raises Refusal central.held_unknown."""
    for each in found.nodes:
        if each.node == node:
            return each
    raise Refusal("central.held_unknown")
