"""Who may write what: nodes, areas, tiers, keys, issuers, revocations.

The roster is a fold over control records. Trust starts at the city's root key, whose own chain admits the city hub;
a hub admits nodes inside its own area; every admission names key, tier, area, families of kinds and the longest time
offline. A revocation names the last position of the node that is trusted: what came before stays good, what came
after is held. The roster never changes in place: `apply` gives a new one.
"""

from __future__ import annotations

from typing import Any

import msgspec

from shared_models import canonical
from shared_models.records import Header, Record
from shared_models.refusals import Refusal
from shared_models.signing import KEY_SIZE, bytes_of, name_of_key, text_of

CITY, DISTRICT, STATION, ROOT = "city", "district", "station", "root"
RANKS = {ROOT: 0, CITY: 1, DISTRICT: 2, STATION: 3}

ADMITTED, REVOKED, ISSUER_ADMITTED, ISSUER_REVOKED = (
    "roster.admitted",
    "roster.revoked",
    "roster.issuer_admitted",
    "roster.issuer_revoked",
)
NODE_OPENED = "node.opened"

FAMILIES = {
    ROOT: ("roster",),
    CITY: ("roster", "calendar", "catalogue", "attestation", "case", "node"),
    DISTRICT: ("roster", "attestation", "case", "node"),
    STATION: ("case", "node"),
}
"""Which families of kinds (the part before the first full stop) an admission of each tier grants."""

OFFLINE_DAYS_MAX = 180


class Member(msgspec.Struct, frozen=True):
    """An admitted node. `key` is base64url; `trusted` is the last trusted position once it is revoked."""

    node: str
    key: str
    tier: str
    area: str
    name: str
    parent: str
    families: tuple[str, ...]
    offline_days_max: int = OFFLINE_DAYS_MAX
    revoked: bool = False
    trusted: tuple[str, int] = ("", 0)

    @property
    def public(self) -> bytes:
        return bytes_of(self.key)


class Issuer(msgspec.Struct, frozen=True):
    """A department that may issue attestations: did:key, name, fact codes that it vouches for. `grantor` = the node
    that admitted it."""

    did: str
    department: str
    name: str
    facts: tuple[str, ...]
    revoked: bool = False
    grantor: str = ""


class Roster(msgspec.Struct, frozen=True):
    """Everybody who is known, by name of node and by did of issuer. `root` is the root's node name."""

    root: str
    members: dict[str, Member]
    issuers: dict[str, Issuer]

    @classmethod
    def rooted(cls, root_key: bytes, city: str) -> Roster:
        """The roster before any record: only the root, with the city's division code as its area."""
        name = name_of_key(root_key)
        member = Member(name, text_of(root_key), ROOT, city, "根", "", FAMILIES[ROOT])
        return cls(name, {name: member}, {})

    def member(self, node: str) -> Member | None:
        return self.members.get(node)

    def key_of(self, node: str) -> bytes | None:
        """The 32-byte public key of a node, or None."""
        member = self.members.get(node)
        return None if member is None else member.public

    def above(self, node: str) -> tuple[str, ...]:
        """The nodes above a node, its parent first."""
        line: list[str] = []
        member = self.members.get(node)
        while member is not None and member.parent and member.parent not in line:
            line.append(member.parent)
            member = self.members.get(member.parent)
        return tuple(line)

    def children(self, node: str) -> list[Member]:
        """The nodes whose parent is `node`, revoked ones left out."""
        return [member for member in self.members.values() if member.parent == node and not member.revoked]

    def below(self, node: str, wanted: str) -> str:
        """The child of `node` through which `wanted` syncs with it, `wanted` itself included; "" for none."""
        for _ in RANKS:  # no way up is longer than there are tiers
            member = self.members.get(wanted)
            if member is None or member.parent == node:
                return wanted if member else ""
            wanted = member.parent
        return ""

    def apply(self, record: Record) -> Roster:
        """The roster after a control record whose signature is known to be good. Raises Refusal (room `roster`)."""
        author = self.members.get(record.header.node)
        if author is None:
            raise Refusal("roster.unknown_node", node=record.header.node)
        try:
            body = record.value()
        except canonical.NotCanonical:
            raise Refusal("roster.malformed") from None
        match record.header.kind:
            case "roster.admitted":
                return self._admit(author, _member(body))
            case "roster.revoked":
                return self._revoke(author, body)
            case "roster.issuer_admitted":
                issuer = _issuer(body, author)
                self._check_issuer(author, issuer.did)
                return msgspec.structs.replace(self, issuers={**self.issuers, issuer.did: issuer})
            case "roster.issuer_revoked":
                known = self.issuers.get(str(body.get("did")))
                if known is None:
                    return self
                self._check_grantor(author, known)
                gone = msgspec.structs.replace(known, revoked=True)
                return msgspec.structs.replace(self, issuers={**self.issuers, known.did: gone})
        return self

    def _check_issuer(self, author: Member, did: str) -> None:
        known = self.issuers.get(did)
        if known is None:
            return
        if known.revoked:
            raise Refusal("roster.issuer_revoked", name=known.name)
        self._check_grantor(author, known)

    def _check_grantor(self, author: Member, known: Issuer) -> None:
        """An issuer is touched only by the hub that admitted it, or by one above that."""
        grantor = self.members.get(known.grantor)
        if grantor is None or (author.node != grantor.node and RANKS[author.tier] >= RANKS[grantor.tier]):
            raise Refusal("roster.not_the_grantor", name=known.name)

    def _admit(self, author: Member, new: Member) -> Roster:
        if RANKS.get(new.tier, 0) <= RANKS[author.tier] or not new.area.startswith(author.area):
            raise Refusal("roster.outside_grant", node=new.node, area=new.area)
        if name_of_key(new.public) != new.node:
            raise Refusal("roster.key_mismatch", node=new.node)
        if not set(new.families) <= set(FAMILIES[new.tier]):
            raise Refusal("roster.outside_grant", node=new.node, area=new.area)
        known = self.members.get(new.node)
        if known is not None:
            _below(author, known)
            if known.revoked:
                raise Refusal("roster.revoked", node=new.node)
        return msgspec.structs.replace(self, members={**self.members, new.node: new})

    def _revoke(self, author: Member, body: dict[str, Any]) -> Roster:
        known = self.members.get(str(body.get("node")))
        if known is None:
            raise Refusal("roster.unknown_node", node=str(body.get("node")))
        _below(author, known)
        incarnation, seq = body.get("incarnation", ""), body.get("seq", 0)
        if type(incarnation) is not str or type(seq) is not int:
            raise Refusal("roster.malformed")
        gone = msgspec.structs.replace(known, revoked=True, trusted=(incarnation, seq))
        return msgspec.structs.replace(self, members={**self.members, known.node: gone})


def _below(author: Member, known: Member) -> None:
    """Refuses to let `author` touch a member that does not stand below it, inside its area."""
    if RANKS[known.tier] <= RANKS[author.tier] or not known.area.startswith(author.area):
        raise Refusal("roster.outside_grant", node=known.node, area=known.area)


def _member(body: dict[str, Any]) -> Member:
    try:
        member = msgspec.convert({**body, "revoked": False, "trusted": ("", 0)}, Member)
        if len(member.public) != KEY_SIZE:
            raise ValueError("a key of another size")
    except ValueError:
        raise Refusal("roster.malformed") from None
    return member


def _issuer(body: dict[str, Any], author: Member) -> Issuer:
    try:
        return msgspec.convert({**body, "revoked": False, "grantor": author.node}, Issuer)
    except ValueError:
        raise Refusal("roster.malformed") from None


def issuing(issuer: Issuer) -> dict[str, Any]:
    """The body of `roster.issuer_admitted` for `issuer`."""
    value: dict[str, Any] = msgspec.to_builtins(issuer)
    del value["revoked"], value["grantor"]
    return value


def admission(member: Member) -> dict[str, Any]:
    """The body of `roster.admitted` for `member`."""
    value: dict[str, Any] = msgspec.to_builtins(member)
    del value["revoked"], value["trusted"]
    return value


def may_write(member: Member, header: Header) -> bool:
    """Whether this node may write this kind in this area: the area by containment, the kind by its family."""
    return header.kind.split(".", 1)[0] in member.families and header.area.startswith(member.area)
