"""Who may write what: nodes, areas, tiers, keys, issuers, revocations.

The roster is a fold over control records. Trust starts at the city's root key, whose own chain admits the city hub;
a hub admits nodes inside its own area; every admission names key, tier, area, families of kinds and the longest time
offline. What ends a node's key, or suspends it, names how far the node is trusted (room `trust`): what came before
stays good, what came after is held. The roster never changes in place: `apply` gives a new one.
"""

from __future__ import annotations

from typing import Any

import msgspec

from shared_models import canonical, trust
from shared_models.records import TEXT_MAX, Header, Position, Record
from shared_models.refusals import Refusal
from shared_models.signing import KEY_SIZE, bytes_of, name_of_key, text_of
from shared_models.trust import PastKey, Spell, chains_of, new_key

CITY, DISTRICT, STATION, ROOT = "city", "district", "station", "root"
RANKS = {ROOT: 0, CITY: 1, DISTRICT: 2, STATION: 3}

REVOKED = trust.REVOKED
ADMITTED, ISSUER_ADMITTED, ISSUER_REVOKED = "roster.admitted", "roster.issuer_admitted", "roster.issuer_revoked"
NODE_OPENED = "node.opened"

FAMILIES = {
    ROOT: ("roster",),
    CITY: ("roster", "calendar", "catalogue", "attestation", "case", "node"),
    DISTRICT: ("roster", "attestation", "case", "node"),
    STATION: ("case", "node"),
}
"""Which families of kinds (the part before the first full stop) an admission of each tier grants."""

OFFLINE_DAYS_MAX = 180
KEY_DAYS = 365
"""For so many days a node uses a key, unless its admission says otherwise."""


class Member(msgspec.Struct, frozen=True):
    """An admitted node. `node` is the name of its first key, `key` (base64url) the one that it has now, `past` those
    before, the oldest first; each is meant for `key_days`. `spells` = when it lapsed. Once it is revoked, `ended` =
    where revocations stand, and it is trusted as far as each of them says; `trusted` = the place that the first one
    names. `clerks` = where the revocations of its people stand, by the opaque id of the person. `moves` = how often it
    went from one hub to another: of two admissions the one with fewer is the older, whenever it comes."""

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
    past: tuple[PastKey, ...] = ()
    spells: tuple[Spell, ...] = ()
    ended: tuple[Position, ...] = ()
    key_days: int = KEY_DAYS
    clerks: dict[str, tuple[Position, ...]] = {}
    moves: int = 0

    @property
    def public(self) -> bytes:
        """The 32-byte key that it has now."""
        return bytes_of(self.key)

    @property
    def publics(self) -> tuple[bytes, ...]:
        """All keys that it ever had, the present one first."""
        return (self.public, *(each.public for each in reversed(self.past)))

    @property
    def lapsed(self) -> bool:
        """Whether its new records are held until somebody renews it."""
        return any(spell.renewed is None for spell in self.spells)


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

    def keys_of(self, node: str) -> tuple[bytes, ...]:
        """All 32-byte public keys that a node ever had, the present one first; none of one that is not known."""
        member = self.members.get(node)
        return () if member is None else member.publics

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
            case trust.REVOKED:
                return self._revoke(author, record, body)
            case trust.CLERK_REVOKED:
                return self._revoke_clerk(author, record, body)
            case trust.REKEYED:
                return self._rekey(author, record, body)
            case trust.REKEYED_BY_HUB | trust.LAPSED | trust.RENEWED:
                return self._change(author, record, body)
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
            if new.moves < known.moves:
                return self  # by the hub that it left, which came late
            kept = {"key": known.key, "past": known.past, "spells": known.spells, "clerks": known.clerks}
            new = msgspec.structs.replace(new, **kept)
        return self._with(new)

    def _with(self, member: Member) -> Roster:
        return msgspec.structs.replace(self, members={**self.members, member.node: member})

    def _known_below(self, author: Member, body: dict[str, Any]) -> Member:
        known = self.members.get(str(body.get("node")))
        if known is None:
            raise Refusal("roster.unknown_node", node=str(body.get("node")))
        _below(author, known)
        return known

    def _revoke(self, author: Member, record: Record, body: dict[str, Any]) -> Roster:
        known = self._known_below(author, body)
        chains_of(record)
        said = (str(body.get("incarnation", "")), int(body.get("seq", 0)))
        trusted, ended = known.trusted if known.revoked else said, (*known.ended, record.position)
        return self._with(msgspec.structs.replace(known, revoked=True, trusted=trusted, ended=ended))

    def _revoke_clerk(self, author: Member, record: Record, body: dict[str, Any]) -> Roster:
        """One of the people of a node below the author, or of its own."""
        actor = body.get("actor")
        if not isinstance(actor, str) or not 0 < len(actor) <= TEXT_MAX:
            raise Refusal("roster.malformed")
        known = author if body.get("node") == author.node else self._known_below(author, body)
        chains_of(record)
        clerks = {**known.clerks, actor: (*known.clerks.get(actor, ()), record.position)}
        return self._with(msgspec.structs.replace(known, clerks=clerks))

    def _rekey(self, known: Member, record: Record, body: dict[str, Any]) -> Roster:
        """Another key for a member, by itself or by a hub above it; its name stays."""
        chains_of(record)
        key = new_key(known.node, known.key, body)
        if key in (known.key, *(each.key for each in known.past)) or name_of_key(bytes_of(key)) in self.members:
            raise Refusal("roster.rekey_used", node=known.node)
        past = (*known.past, PastKey(known.key, record.position))
        return self._with(msgspec.structs.replace(known, key=key, past=past))

    def _change(self, author: Member, record: Record, body: dict[str, Any]) -> Roster:
        """What a hub says of a node below it that is not revoked."""
        known = self._known_below(author, body)
        chains_of(record)
        if known.revoked:
            raise Refusal("roster.revoked", node=known.node)
        if record.header.kind == trust.REKEYED_BY_HUB:
            return self._rekey(known, record, body)
        if record.header.kind == trust.LAPSED:
            spells = (*known.spells, Spell(record.position))
        else:
            spells = tuple(Spell(each.lapsed, each.renewed or record.position) for each in known.spells)
        return self._with(msgspec.structs.replace(known, spells=spells))


def _below(author: Member, known: Member) -> None:
    """Refuses to let `author` touch a member that does not stand below it, inside its area."""
    if RANKS[known.tier] <= RANKS[author.tier] or not known.area.startswith(author.area):
        raise Refusal("roster.outside_grant", node=known.node, area=known.area)


_LATER = ("revoked", "trusted", "past", "spells", "ended", "clerks")
"""What is said of a member after its admission, by other records."""


def _member(body: dict[str, Any]) -> Member:
    try:
        member = msgspec.convert({name: value for name, value in body.items() if name not in _LATER}, Member)
        if len(member.public) != KEY_SIZE or member.key_days < 1:
            raise ValueError("a key of another size, or for no time")
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
    usual = [name for name, said in (("key_days", KEY_DAYS), ("moves", 0)) if value[name] == said]
    return {name: said for name, said in value.items() if name not in (*_LATER, *usual)}


def may_write(member: Member, header: Header) -> bool:
    """Whether this node may write this kind in this area: the area by containment, the kind by its family."""
    return header.kind.split(".", 1)[0] in member.families and header.area.startswith(member.area)
