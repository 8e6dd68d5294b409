"""Enrolment: the city's founding, invitations, and the admission of nodes that come with one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from shared_models.records import PUBLIC, Clock, Draft, Position, seal_record
from shared_models.refusals import Refusal
from shared_models.roster import ADMITTED, CITY, DISTRICT, FAMILIES, RANKS, REVOKED, STATION, Member, admission
from shared_models.signing import KeyPair, bytes_of, name_of_key, seal_to, text_of
from shared_models.trust import CHAINS_MAX, changes_roster
from sync_protocol.commands import View
from sync_protocol.core.joining import Invitation, JoinAnswer, JoinRequest, key_of_request, secret_hash
from sync_protocol.core.messages import WireRecord
from sync_protocol.node import Node
from sync_protocol.store import invitations, streams
from sync_protocol.store.chains import held as held_chains
from sync_protocol.store.database import Connection
from sync_protocol.store.invitations import InvitationRow
from sync_protocol.store.log import OWN
from sync_protocol.store.vault import Entropy

VALID_MS = 7 * 24 * 3600 * 1000
NAME_MAX = 60


class Admit(NamedTuple):
    """Admits a node, by the hub that it will sync with."""

    member: Member
    actor: str = ""

    def decide(self, view: View) -> Sequence[Draft]:
        return [
            Draft(ADMITTED, f"roster/{self.member.node}", admission(self.member), PUBLIC, self.member.area,
                  actor=self.actor)
        ]  # fmt: skip


class Revoke(NamedTuple):
    """Revokes a node; `incarnation` and `seq` name the last position that is trusted."""

    node: str
    incarnation: str
    seq: int
    actor: str = ""

    def decide(self, view: View) -> Sequence[Draft]:
        member = view.roster.member(self.node)
        if member is None:
            raise Refusal("roster.unknown_node", node=self.node)
        chains = held_chains(view.db, self.node, CHAINS_MAX)
        body = {"chains": chains, "node": self.node, "incarnation": self.incarnation, "seq": self.seq}
        return [Draft(REVOKED, f"roster/{self.node}", body, PUBLIC, member.area, actor=self.actor)]


def found_city(node: Node, root: KeyPair, city: str, name: str, entropy: Entropy) -> None:
    """The first record of a city: its root admits the city hub. The root's key is not needed again for daily work."""
    member = Member(node.name, text_of(node.first.public), CITY, city, name, "", FAMILIES[CITY])
    draft = Draft(ADMITTED, f"roster/{node.name}", admission(member), PUBLIC, city)
    position = Position(name_of_key(root.public), "root", 1)
    record = seal_record(root, draft, position, "", Clock(node.now(), 0), 0, entropy(16))
    node.take_in([record], OWN)
    while node.fold():
        pass


def invite(node: Node, area: str, tier: str, name: str, address: str, root_key: bytes, entropy: Entropy) -> Invitation:
    """A one-time invitation into this hub's area, good for seven days. Raises Refusal sync.invitation_outside."""
    me = node.member
    if not area.startswith(me.area) or area == me.area or RANKS.get(tier, 0) <= RANKS[me.tier]:
        raise Refusal("sync.invitation_outside", area=area)
    secret = text_of(entropy(18))
    now = node.now()
    row = InvitationRow(secret_hash(secret), area, tier, name[:NAME_MAX], now, now + VALID_MS, "", 0)
    node.database.write(lambda db: invitations.add(db, row))
    city = node.roster.members[node.roster.root].area
    return Invitation(address, area, city, text_of(node.first.public), row.name, text_of(root_key), secret, tier)


def tier_of_area(area: str) -> str:
    """The tier that an invitation for a division code means: 6 digits a district, longer a station."""
    return DISTRICT if len(area) == 6 else STATION


def accept(node: Node, request: JoinRequest, resident_key: bytes, entropy: Entropy) -> JoinAnswer:
    """Admits the bearer of an unused invitation: a new node, or one of the same area that moves here from another hub.
    The same request again gets the same answer. Raises Refusal."""
    key = key_of_request(request, node.name)
    name = name_of_key(key)
    hashed = secret_hash(request.secret)
    with node.read() as db:
        row = invitations.get(db, hashed)
    _usable(row, name, node.now)
    known = node.roster.member(name)
    if row is not None and known is not None and (known.area, known.tier) != (row.area, row.tier):
        raise Refusal("moving.other_place", area=row.area)
    if row is not None and not row.used_by:
        member = Member(name, text_of(key), row.tier, row.area, row.name, node.name, FAMILIES[row.tier],
                        moves=_moves(request, known, node.name))  # fmt: skip

        def mark(db: Connection) -> None:
            if not invitations.use(db, hashed, name, node.now()):
                raise Refusal("sync.invitation_used")

        node.write(Admit(member), mark)
    sealed = seal_to(key, entropy(32), entropy(24), resident_key)
    return JoinAnswer(_control_records(node), text_of(sealed))


def _moves(request: JoinRequest, known: Member | None, hub: str) -> int:
    """How often the bearer has moved by now: its hub before may have admitted it without our knowing, and a node that
    was restored may have forgotten a move."""
    if known is None:
        return request.moves
    return max(request.moves, known.moves + (known.parent != hub))


def _usable(row: InvitationRow | None, name: str, now: Callable[[], int]) -> None:
    if row is None:
        raise Refusal("sync.invitation_unknown")
    if row.used_by and row.used_by != name:
        raise Refusal("sync.invitation_used")
    if not row.used_by and now() > row.expires_ms:
        raise Refusal("sync.invitation_expired")


def _control_records(node: Node) -> list[WireRecord]:
    """Everything of the control stream: what a new node needs to know whom to trust."""
    found: list[WireRecord] = []
    with node.read() as db:
        after = 0
        while entries := streams.entries(db, "control", after, 500):
            rows = node.log.at(db, [entry.record for entry in entries])
            found += [WireRecord.of(row.record) for row in rows if changes_roster(row.record.header.kind)]
            after = entries[-1].position
    return found


def answer_bytes(answer: JoinAnswer) -> bytes:
    return msgspec.json.encode(answer)


def request_of(value: bytes) -> JoinRequest:
    """The request in a body. Raises Refusal sync.not_proven."""
    try:
        request = msgspec.json.decode(value, type=JoinRequest)
        bytes_of(request.key)
    except (msgspec.MsgspecError, ValueError):
        raise Refusal("sync.not_proven") from None
    return request
