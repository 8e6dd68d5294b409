"""`erasure`: proposing that a case, an attestation, or all of a resident is erased, and what has come of it.

The second person confirms on the page Erasures: at a terminal nobody knows who types.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click
import msgspec

from central.erasure_report import DONE, AskErasures, Erasures, OrderReport
from central.erasures import Propose, Proposed
from shared_models.erasure import REASONS
from sync_protocol.host.commands import Home, at_home, print_json, say
from sync_protocol.host.pages import moment

Operate = Callable[[Home, str, msgspec.Struct], Any]
"""Carries out a verb at a hub, whether it runs or not."""

ID_NUMBER_MAX = 40
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of sentences.")


def erasure_group(operate: Operate) -> click.Group:
    """The commands `order`, `list` and `report`."""

    @click.group("erasure")
    def erasure() -> None:
        """Erasure by order: two people give it, every node carries it out and reports."""

    commands: list[click.Command] = [_order(operate), _list(operate), _report(operate)]
    for command in commands:
        erasure.add_command(command)
    return erasure


def _order(operate: Operate) -> click.Command:
    @click.command("order")
    @at_home
    @click.option("--case", "case", default="", metavar="NUMBER", help="Number of the case.")
    @click.option("--attestation", default="", metavar="ID", help="Id of the attestation.")
    @click.option("--resident-stdin", is_flag=True,
                  help="Everything on the resident whose id number is read from standard input.")  # fmt: skip
    @click.option("--reason", type=click.Choice(REASONS), required=True, help="Why.")
    @click.option("--basis", required=True, metavar="TEXT", help="Legal basis; public, without names or numbers.")
    @JSON
    def order(
        home: Home, case: str, attestation: str, resident_stdin: bool, reason: str, basis: str, as_json: bool
    ) -> None:
        """Propose to erase a case, an attestation, or everything on a resident.

        Nothing is erased before another person confirms it on the page Erasures of this hub."""
        resident = sys.stdin.read(ID_NUMBER_MAX).strip() if resident_stdin else ""
        found: Proposed = operate(home, "erasure-propose", Propose(case, attestation, resident, reason, basis))
        if as_json:
            print_json(found)
            return
        for each in found.proposals:
            say("erasure.proposed", id=each.id, subject=each.subject)

    return order


def _list(operate: Operate) -> click.Command:
    @click.command("list")
    @at_home
    @JSON
    def list_(home: Home, as_json: bool) -> None:
        """List what waits for a second person, and all orders."""
        found: Erasures = operate(home, "erasure-report", AskErasures())
        if as_json:
            print_json(found)
            return
        for each in found.proposals:
            say("erasure.proposed", id=each.id, subject=each.subject)
        for order in found.orders:
            _tell(order)
        if not found.proposals and not found.orders:
            say("erasure.told_none")

    return list_


def _report(operate: Operate) -> click.Command:
    @click.command("report")
    @at_home
    @click.argument("order", default="")
    @JSON
    def report(home: Home, order: str, as_json: bool) -> None:
        """Say of every order, or of the one whose id begins with ORDER, which nodes have carried it out and which have
        not confirmed yet."""
        found: Erasures = operate(home, "erasure-report", AskErasures(order))
        if as_json:
            print_json(found.orders)
            return
        for each in found.orders:
            _tell(each)
            _tell_nodes(each)
        if not found.orders:
            say("erasure.told_none")

    return report


def _tell(order: OrderReport) -> None:
    say("erasure.told_order", id=order.id, subject=order.subject, day=moment(order.ms), done=order.done,
        open=order.open)  # fmt: skip


def _tell_nodes(order: OrderReport) -> None:
    for node in order.nodes:
        who = {"name": node.name, "area": node.area, "node": node.node}
        if node.state == DONE:
            say("erasure.told_done", at=moment(node.at_ms), bodies=node.bodies, files=node.files,
                replica=node.replica, **who)  # fmt: skip
        else:
            say("erasure.told_open", heard=moment(node.heard_ms) if node.heard_ms else "—", **who)
