"""How far a key is trusted: what ends a key's time or suspends it, and which records stand before that.

A node's key ends with a *rekeying*, and is suspended by a *lapse* until somebody renews it; a revocation ends the node,
or one of its people (room `mandates`).
Each of these control records says how far every chain of the node is trusted: its body names the last chain by
`incarnation` and `seq`, and others under `chains`, an object from incarnation to the last number that is good. What
stands no further is good for ever, whoever hears of it and when; what lies behind is held. The roster keeps where such
a record stands, and the log what it says: a node that is started every day has hundreds of chains.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from shared_models import canonical
from shared_models.records import TEXT_MAX, Position, Record
from shared_models.refusals import Refusal
from shared_models.signing import KEY_SIZE, KeyPair, bytes_of, fingerprint, name_of_key, pae, text_of, verify

REKEYED, REKEYED_BY_HUB = "node.rekeyed", "roster.rekeyed"
LAPSED, RENEWED = "roster.lapsed", "roster.renewed"
REVOKED, CLERK_REVOKED = "roster.revoked", "roster.clerk_revoked"

SILENT, EXPIRED = "silent", "expired"
"""Why a node lapsed: it was not heard for too long, or its key was in use for too long."""

PROOF_TYPE = "application/vnd.tongban.rekey+json;version=1"
CHAINS_MAX = 10_000
"""Of so many chains a body says how far they are good, the latest ones: they fill half of the largest body."""

Chains = Mapping[str, int]
"""incarnation -> number of the last record that is trusted."""


class PastKey(msgspec.Struct, frozen=True):
    """A key (base64url) that a node had. `ended` = where the record stands that put another in its place."""

    key: str
    ended: Position

    @property
    def public(self) -> bytes:
        return bytes_of(self.key)


class Spell(msgspec.Struct, frozen=True):
    """A time in which a node's new records are held: from the lapse on, up to the renewal where there is one."""

    lapsed: Position
    renewed: Position | None = None


def changes_roster(kind: str) -> bool:
    """Whether records of this kind change the roster that the next record is judged by."""
    return kind.startswith("roster.") or kind == REKEYED


def chains_of(record: Record) -> dict[str, int]:
    """How far a record of this room says that the chains of its node are good. Raises Refusal roster.malformed."""
    try:
        body = record.value()
    except canonical.NotCanonical:
        raise Refusal("roster.malformed") from None
    chains = body.get("chains", {})
    if record.header.kind == REKEYED:
        last = {record.header.incarnation: record.header.seq}
    else:
        last = {body.get("incarnation", ""): body.get("seq", 0)}
    if not isinstance(chains, dict) or len(chains) > CHAINS_MAX:
        raise Refusal("roster.malformed")
    found = {**chains, **last}
    for incarnation, seq in found.items():
        if type(incarnation) is not str or len(incarnation) > TEXT_MAX or type(seq) is not int or seq < 0:
            raise Refusal("roster.malformed")
    return found


def covers(chains: Chains, incarnation: str, seq: int) -> bool:
    """Whether a place of a chain stands no further than what is trusted."""
    return seq <= chains.get(incarnation, 0)


def key_mark(key: bytes, node: str) -> str:
    """How two nodes say which key of one they know: "" for its first one, else the first 11 characters of the text of
    the key's SHA-256."""
    return "" if name_of_key(key) == node else fingerprint(key)[:11]


# ---------------------------------------------------------------- the proof of a new key


def _statement(node: str, old: str, new: str) -> bytes:
    return pae(PROOF_TYPE, canonical.encode({"new": new, "node": node, "old": old}))


def rekeying(node: str, old: str, fresh: KeyPair, chains: Chains) -> dict[str, Any]:
    """The body of `node.rekeyed`: the new key, its own signature over (node, old key, new key), and the chains."""
    new = text_of(fresh.public)
    return {"chains": dict(chains), "key": new, "proof": text_of(fresh.sign(_statement(node, old, new)))}


def new_key(node: str, old: str, body: Mapping[str, Any]) -> str:
    """The new key (base64url) that a body brings, proven. Raises Refusal roster.malformed, roster.rekey_not_proven."""
    key, proof = body.get("key"), body.get("proof")
    if not isinstance(key, str) or not isinstance(proof, str):
        raise Refusal("roster.malformed")
    try:
        public, signature = bytes_of(key), bytes_of(proof)
    except ValueError:
        raise Refusal("roster.malformed") from None
    if len(public) != KEY_SIZE or not verify(public, _statement(node, old, key), signature):
        raise Refusal("roster.rekey_not_proven", node=node)
    return key
