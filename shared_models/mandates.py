"""Clerk keys: whose person did what a node says that somebody did.

A node names the Ed25519 key of each of its people (`node.clerk_admitted`). Before the first record of a person in an
incarnation stands a *mandate* (`node.clerk_mandate`) that the person's own key has signed: for this node, in this
chain, from this number on. Records carry no signature of their own for it. Where a person left, or got another
password, the node ends the key (`node.clerk_ended`); a hub above ends the person (`roster.clerk_revoked`), and says as
a revocation of a node does how far every chain is trusted (room `trust`).

What is said of people here are opaque ids and roles; names stay at the node.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from shared_models import canonical
from shared_models.records import TEXT_MAX, Position, Record
from shared_models.refusals import Refusal
from shared_models.signing import KEY_SIZE, KeyPair, bytes_of, pae, text_of, verify
from shared_models.trust import chains_of

CLERK_ADMITTED, CLERK_ENDED, CLERK_MANDATE = "node.clerk_admitted", "node.clerk_ended", "node.clerk_mandate"
OF_CLERKS = frozenset({CLERK_ADMITTED, CLERK_ENDED, CLERK_MANDATE})
"""The kinds that the mandates of later records are judged by."""

MANDATE_TYPE = "application/vnd.tongban.mandate+json;version=1"
ROLES_MAX = 16


class Clerk(NamedTuple):
    """What a record of `OF_CLERKS` says: the person's opaque id, the key (base64url), and the roles of an admission."""

    actor: str
    key: str
    roles: tuple[str, ...] = ()


def subject_of_clerk(actor: str) -> str:
    return f"clerk/{actor}"


def admission_of(clerk: Clerk, chains: Mapping[str, int], last: tuple[str, int] = ("", 0)) -> dict[str, Any]:
    """The body of `node.clerk_admitted`. `chains` and `last` (incarnation, number) say where the person may have acted
    without a mandate before: nowhere, unless the account is older than clerk keys."""
    incarnation, seq = last
    return {
        "actor": clerk.actor, "chains": dict(chains), "incarnation": incarnation, "key": clerk.key,
        "roles": list(clerk.roles), "seq": seq,
    }  # fmt: skip


def ending_of(clerk: Clerk) -> dict[str, Any]:
    """The body of `node.clerk_ended`."""
    return {"actor": clerk.actor, "key": clerk.key}


def mandate_of(pair: KeyPair, actor: str, place: Position) -> dict[str, Any]:
    """The body of the `node.clerk_mandate` that stands at `place`, proven by the person's key."""
    key = text_of(pair.public)
    return {"actor": actor, "key": key, "proof": text_of(pair.sign(_statement(actor, place)))}


def said_of_clerk(record: Record) -> Clerk:
    """What a record of `OF_CLERKS` says. Raises Refusal mandates.malformed, mandates.not_proven."""
    body = _body(record)
    roles = body.get("roles", [])
    if not isinstance(roles, list) or len(roles) > ROLES_MAX or not all(_is_text(role) for role in roles):
        raise Refusal("mandates.malformed", node=record.header.node)
    clerk = Clerk(_text(record, body, "actor"), _text(record, body, "key"), tuple(roles))
    if not _is_key(clerk.key):
        raise Refusal("mandates.malformed", node=record.header.node)
    if record.header.kind == CLERK_ADMITTED:
        _check_chains(record)
    elif record.header.kind == CLERK_MANDATE and not _is_proven(record, clerk, body.get("proof")):
        raise Refusal("mandates.not_proven", node=record.header.node, actor=clerk.actor)
    return clerk


def _statement(actor: str, place: Position) -> bytes:
    value = {"actor": actor, "incarnation": place.incarnation, "node": place.node, "seq": place.seq}
    return pae(MANDATE_TYPE, canonical.encode(value))


def _is_proven(record: Record, clerk: Clerk, proof: object) -> bool:
    try:
        signature = bytes_of(proof) if isinstance(proof, str) else b""
    except ValueError:
        return False
    return verify(bytes_of(clerk.key), _statement(clerk.actor, record.position), signature)


def _check_chains(record: Record) -> None:
    try:
        chains_of(record)
    except Refusal:
        raise Refusal("mandates.malformed", node=record.header.node) from None


def _body(record: Record) -> dict[str, Any]:
    try:
        return record.value()
    except canonical.NotCanonical:
        raise Refusal("mandates.malformed", node=record.header.node) from None


def _text(record: Record, body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not _is_text(value) or not value:
        raise Refusal("mandates.malformed", node=record.header.node)
    return str(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= TEXT_MAX


def _is_key(text: str) -> bool:
    try:
        return len(bytes_of(text)) == KEY_SIZE
    except ValueError:
        return False


def revocation_of(
    node: str, actor: str, reason: str, chains: Mapping[str, int], last: tuple[str, int]
) -> dict[str, Any]:
    """The body of `roster.clerk_revoked`: `actor` of `node` is trusted as far as `chains` and `last` go."""
    incarnation, seq = last
    return {
        "actor": actor, "chains": dict(chains), "incarnation": incarnation, "node": node, "reason": reason, "seq": seq,
    }  # fmt: skip
