"""What people do about the keys of the nodes below: renewing one that lapsed, letting one lapse that is due, and
saying for how long nodes may be offline and use a key."""

from __future__ import annotations

import msgspec

from central import enrolment
from central.hub import Hub
from shared_models.refusals import Refusal
from shared_models.roster import Member
from sync_protocol import lapsing
from sync_protocol.host.verbs import Verb
from sync_protocol.store import holding, listening

DAYS_MAX = 3650
OPERATOR = "operator"
"""Who the log names for what was typed at the machine itself."""


class Renew(msgspec.Struct, frozen=True):
    """`node` is a node's name (16 characters)."""

    node: str
    reason: str


class Renewed(msgspec.Struct, frozen=True):
    """`held` = how many of its records still wait for a ruling."""

    node: str
    name: str
    held: int


def renew(hub: Hub, asked: Renew, actor: str = OPERATOR) -> Renewed:
    """What the node delivers from now on counts, and its time begins anew. Raises Refusal as `lapsing.renew`."""
    lapsing.renew(hub.node, asked.node, asked.reason, actor)
    member = hub.node.roster.members[asked.node]
    with hub.node.read() as db:
        return Renewed(member.node, member.name, holding.waiting_by_node(db).get(member.node, 0))


class LetLapse(msgspec.Struct, frozen=True):
    """`node` is a node's name (16 characters)."""

    node: str


class Lapsed(msgspec.Struct, frozen=True):
    """`reason` is `silent` or `expired`."""

    node: str
    name: str
    reason: str


def let_lapse(hub: Hub, asked: LetLapse, actor: str = OPERATOR) -> Lapsed:
    """Raises Refusal as `lapsing.lapse`."""
    why = lapsing.lapse(hub.node, asked.node, actor)
    return Lapsed(asked.node, hub.node.roster.members[asked.node].name, why)


class SetTerms(msgspec.Struct, frozen=True):
    """For how many days a node may be offline, and is to use a key; None stays as it is."""

    node: str
    offline_days: int | None = None
    key_days: int | None = None


class Terms(msgspec.Struct, frozen=True):
    node: str
    name: str
    offline_days: int
    key_days: int


def set_terms(hub: Hub, asked: SetTerms, actor: str = OPERATOR) -> Terms:
    """Admits a node anew on other terms, which only its own hub does. Raises Refusal roster.unknown_node,
    roster.revoked, keys.days_outside."""
    member = hub.node.roster.member(asked.node)
    if member is None or member.parent != hub.node.name:
        raise Refusal("roster.unknown_node", node=asked.node[:40])
    offline = member.offline_days_max if asked.offline_days is None else asked.offline_days
    keys = member.key_days if asked.key_days is None else asked.key_days
    if not 1 <= offline <= DAYS_MAX or not 1 <= keys <= DAYS_MAX:
        raise Refusal("keys.days_outside", least=1, most=DAYS_MAX)
    hub.node.write(enrolment.Admit(msgspec.structs.replace(member, offline_days_max=offline, key_days=keys), actor))
    return Terms(member.node, member.name, offline, keys)


# ---------------------------------------------------------------- how they stand


class Life(msgspec.Struct, frozen=True):
    """How the key of a node below stands; days are of time that this hub listened, a begun one included, 0 or less
    once they are over. `due` = why it would lapse, had not too many been due at once: `silent`, `expired`, or ""."""

    lapsed: bool
    offline_days: int
    offline_days_left: int
    key_days: int
    key_days_left: int
    due: str

    @property
    def soon(self) -> bool:
        """Whether somebody should do something about it."""
        return self.lapsed or bool(self.due) or self.contact_soon or self.key_soon

    @property
    def contact_soon(self) -> bool:
        return lapsing.is_soon(self.offline_days_left, self.offline_days)

    @property
    def key_soon(self) -> bool:
        return lapsing.is_soon(self.key_days_left, self.key_days)


def life_of(member: Member, counts: dict[str, listening.Count]) -> Life:
    time = lapsing.time_of(member, counts.get(member.node))
    return Life(
        member.lapsed, member.offline_days_max, time.offline_left, member.key_days, time.key_left, time.due
    )  # fmt: skip


VERBS = {
    "node-renew": Verb(Renew, Renewed, renew, signs=True),
    "node-lapse": Verb(LetLapse, Lapsed, let_lapse, signs=True),
    "node-terms": Verb(SetTerms, Terms, set_terms, signs=True),
}
