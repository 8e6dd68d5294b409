"""The report on orders of erasure: which nodes hold, or held, what was erased, and what each of them has said.

A node is expected to confirm that wrote on the case, that the case was sent to, or that stands above one of these; an
attestation is expected at every node of its area. What a node said counts as long as it has not come back since from a
copy that was made before it said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from central import erasures as central_erasures
from central.hub import Hub
from shared_models import cases
from shared_models.erasure import Order
from shared_models.refusals import Refusal
from shared_models.roster import ROOT, Member, Roster
from sync_protocol.host.verbs import Verb
from sync_protocol.node import Node
from sync_protocol.store import case_files, erasures, knowledge
from sync_protocol.store.database import Connection
from sync_protocol.store.erasures import Proposal, Said
from sync_protocol.store.log import Log
from sync_protocol.store.returning import covered
from sync_protocol.store.vault import Vault

DONE, OPEN, RESTORED, REVOKED = "done", "open", "restored", "revoked"
UNSETTLED = (OPEN, RESTORED)


class NodeState(msgspec.Struct, frozen=True):
    """How a node stands to an order: `state` is `done`, `open`, `restored` (it said so, and then came back from an
    older copy) or `revoked` (nothing more is believed of it). `heard_ms` = when it was last heard, 0 for never."""

    node: str
    name: str
    area: str
    tier: str
    state: str
    heard_ms: int
    at_ms: int = 0
    bodies: int = 0
    files: int = 0
    replica: str = ""
    copies: int = 0


class OrderReport(msgspec.Struct, frozen=True):
    """An order with all nodes that it concerns, by area."""

    id: str
    subject: str
    area: str
    ordered_by: str
    ms: int
    reason: str
    basis: str
    nodes: list[NodeState]

    @property
    def done(self) -> int:
        return sum(each.state == DONE for each in self.nodes)

    @property
    def open(self) -> int:
        """How many have still to say that it is done; revoked ones left out."""
        return sum(each.state in UNSETTLED for each in self.nodes)


class Reader(NamedTuple):
    """What a report is read with: a hub's log, the key to its cards, its name, and the roster."""

    log: Log
    vault: Vault
    me: str
    roster: Roster


def reader_of(node: Node) -> Reader:
    return Reader(node.log, node.vault, node.name, node.roster)


def reports(hub: Reader, db: Connection) -> list[OrderReport]:
    """All orders that this hub knows, newest first."""
    return [_report(hub, db, order) for order in erasures.orders(db)]


def _report(hub: Reader, db: Connection, order: Order) -> OrderReport:
    said: dict[str, list[Said]] = {}
    for each in erasures.said(db, order.id):
        said.setdefault(each.node, []).append(each)
    names = {*_holders(hub, db, order), *said}
    members = [member for name in names if (member := hub.roster.member(name)) and member.tier != ROOT]
    members.sort(key=lambda member: (member.area, member.node))
    states = [_state(hub, db, member, said.get(member.node, [])) for member in members]
    return OrderReport(
        order.id, order.subject, order.area, order.node, order.ms, order.reason, order.basis, states
    )  # fmt: skip


def _holders(hub: Reader, db: Connection, order: Order) -> set[str]:
    scope, _, name = order.subject.partition("/")
    if scope == "case":
        direct = {*_authors(hub, db, name), *erasures.interested(db, order.subject), hub.me}
    else:
        direct = {hub.me, *_in_area(hub, db, name)}
    return {each for one in direct for each in _upward(hub.roster, one)}


def _authors(hub: Reader, db: Connection, number: str) -> Iterator[str]:
    card = case_files.load(db, hub.vault, number)
    positions = card.positions if card is not None and card.case.status == cases.ERASED else []
    yield from (row.record.header.node for row in hub.log.at(db, positions))


def _in_area(hub: Reader, db: Connection, identity: str) -> Iterator[str]:
    place = knowledge.attestation_record(db, identity)
    for row in hub.log.at(db, [place] if place is not None else []):
        area = row.record.header.area
        yield from (
            member.node for member in hub.roster.members.values()
            if member.area.startswith(area) or area.startswith(member.area)
        )  # fmt: skip


def _upward(roster: Roster, name: str) -> Iterable[str]:
    """A node and all that stand above it."""
    found: list[str] = []
    while (member := roster.member(name)) is not None and name not in found:
        found.append(name)
        name = member.parent
    return found


def _state(hub: Reader, db: Connection, member: Member, said: list[Said]) -> NodeState:
    heard = _heard(hub, db, member)
    if member.revoked:
        return NodeState(member.node, member.name, member.area, member.tier, REVOKED, heard)
    standing = [each for each in said if _stands(hub, db, each)]
    if not standing:
        state = RESTORED if said else OPEN
        return NodeState(member.node, member.name, member.area, member.tier, state, heard)
    last = standing[-1]
    done = last.done
    return NodeState(
        member.node, member.name, member.area, member.tier, DONE, heard, last.ms, done.bodies, done.files,
        done.replica, done.copies,
    )  # fmt: skip


def _stands(hub: Reader, db: Connection, said: Said) -> bool:
    """Whether the newest incarnation of the node has behind it what the node said."""
    known = hub.log.incarnations(db, said.node)
    newest = known[-1].name if known else said.incarnation
    return said.incarnation == newest or covered(known, newest).get(said.incarnation, 0) >= said.seq


def _heard(hub: Reader, db: Connection, member: Member) -> int:
    contact = knowledge.contact(db, member.node)
    known = hub.log.incarnations(db, member.node)
    last = hub.log.chain_rows(db, (member.node, known[-1].name), known[-1].head.seq - 1, 1) if known else []
    return max(contact.at_ms if contact else 0, last[0].record.header.hlc[0] if last else 0)


# ---------------------------------------------------------------- for the command line


class AskErasures(msgspec.Struct, frozen=True):
    """`order` = the id of one order, or its beginning; "" for all."""

    order: str = ""


class Erasures(msgspec.Struct, frozen=True):
    """What waits for a second person, and the orders with what nodes have said of each."""

    proposals: list[Proposal]
    orders: list[OrderReport]


def tell(hub: Hub, asked: AskErasures) -> Erasures:
    """Raises Refusal erasure.no_such_order."""
    with hub.node.read() as db:
        found = [each for each in reports(reader_of(hub.node), db) if each.id.startswith(asked.order)]
        waiting = erasures.proposals(db)
    if asked.order and not found:
        raise Refusal("erasure.no_such_order")
    return Erasures(waiting, found)


VERBS = {
    "erasure-propose": Verb(central_erasures.Propose, central_erasures.Proposed, central_erasures.propose),
    "erasure-report": Verb(AskErasures, Erasures, tell),
}
