"""The people of the nodes below, as a hub knows them: opaque ids and keys; and the end of one of them.

Names stay at the node where the account is. A revocation trusts what this hub holds of the node; what the person did
behind that, and it comes later, is held until somebody rules on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from central.hub import Hub
from shared_models import mandates
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.roster import Roster
from shared_models.signing import bytes_of, fingerprint
from shared_models.trust import CHAINS_MAX, CLERK_REVOKED
from sync_protocol.commands import View
from sync_protocol.host.verbs import Verb
from sync_protocol.store import chains, clerks
from sync_protocol.store.clerks import ClerkRow

OPERATOR = "operator"
REASON_MAX = 500
ACTIVE, ENDED, REVOKED = "active", "ended", "revoked"


class ClerkInfo(msgspec.Struct, frozen=True):
    """One person. `place` = the name of the node; `key` = the fingerprint of the key, "" where none is good; `state` is
    active, ended by the node itself, or revoked by a hub."""

    node: str
    place: str
    area: str
    actor: str
    roles: tuple[str, ...]
    key: str
    state: str


class AskClerks(msgspec.Struct, frozen=True):
    """Those of one node, or with "" of all in this hub's area."""

    node: str = ""


class Clerks(msgspec.Struct, frozen=True):
    clerks: list[ClerkInfo]


class RevokeClerk(msgspec.Struct, frozen=True):
    """`actor` is the opaque id of a person at `node`."""

    node: str
    actor: str
    reason: str


class EndClerk(NamedTuple):
    """The record that ends a person. `by` = who says so."""

    node: str
    actor: str
    reason: str
    by: str = ""

    def decide(self, view: View) -> Sequence[Draft]:
        member = view.roster.member(self.node)
        if member is None:
            raise Refusal("roster.unknown_node", node=self.node[:40])
        if self.actor in member.clerks:
            raise Refusal("clerks.revoked_already", actor=self.actor)
        known = chains.held(view.db, self.node, CHAINS_MAX)
        last = next(iter(known.items()), ("", 0))
        body = mandates.revocation_of(self.node, self.actor, self.reason, known, last)
        return [Draft(CLERK_REVOKED, f"roster/{self.node}", body, PUBLIC, member.area, actor=self.by)]


def listed(hub: Hub, asked: AskClerks) -> Clerks:
    """Everybody below this hub, and its own people, whose key was named; by area, node and id."""
    roster, area = hub.node.roster, hub.me.area
    with hub.node.read() as db:
        rows = clerks.all_clerks(db)
    found = [_info(roster, row) for row in rows if asked.node in ("", row.node) and row.node in roster.members]
    below = [each for each in found if each.area.startswith(area)]
    return Clerks(sorted(below, key=lambda each: (each.area, each.node, each.actor)))


def _info(roster: Roster, row: ClerkRow) -> ClerkInfo:
    member = roster.members[row.node]
    state = REVOKED if row.actor in member.clerks else ACTIVE if row.keyed.key else ENDED
    key = fingerprint(bytes_of(row.keyed.key)) if state == ACTIVE else ""
    return ClerkInfo(row.node, member.name, member.area, row.actor, row.keyed.roles, key, state)


def revoke(hub: Hub, asked: RevokeClerk, by: str = OPERATOR) -> ClerkInfo:
    """Raises Refusal clerks.unknown, clerks.revoked_already, central.reason_missing, central.text_too_long,
    roster.outside_grant."""
    reason = asked.reason.strip()
    if not reason:
        raise Refusal("central.reason_missing")
    if len(reason) > REASON_MAX:
        raise Refusal("central.text_too_long", most=REASON_MAX)
    if asked.actor not in {each.actor for each in listed(hub, AskClerks(asked.node)).clerks}:
        raise Refusal("clerks.unknown", actor=asked.actor[:40], node=asked.node[:40])
    hub.node.write(EndClerk(asked.node, asked.actor, reason, by))
    return next(each for each in listed(hub, AskClerks(asked.node)).clerks if each.actor == asked.actor)


VERBS = {
    "clerk-list": Verb(AskClerks, Clerks, listed),
    "clerk-revoke": Verb(RevokeClerk, ClerkInfo, revoke, signs=True),
}
