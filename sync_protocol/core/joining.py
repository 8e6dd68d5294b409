"""Joining: an invitation goes from hub to node by hand, a request and its answer go over the line, once.

The invitation carries the hub's address and key, the city's root key, the area, tier and name granted, and a secret
that works once. The request proves possession of the new node key. The answer brings the records that admit the node,
beginning at the root, and the city's resident key sealed to the new node.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from shared_models import canonical
from shared_models.refusals import Refusal
from shared_models.signing import KeyPair, bytes_of, fingerprint, name_of_key, pae, text_of, verify
from sync_protocol.core.messages import WireRecord

PREFIX = "TBI1."
TEXT_MAX = 4096
REQUEST_TYPE = "application/vnd.tongban.join+json;version=1"
JOIN_PATH = "/sync/v1/join"


class Invitation(msgspec.Struct, frozen=True):
    """What is handed over by file, QR or text. Keys and secret are base64url."""

    address: str
    area: str
    city: str
    hub_key: str
    name: str
    root_key: str
    secret: str
    tier: str

    @property
    def hub(self) -> str:
        return name_of_key(bytes_of(self.hub_key))

    def text(self) -> str:
        return PREFIX + text_of(canonical.encode(msgspec.to_builtins(self)))


def invitation_of(text: str) -> Invitation:
    """The invitation in a text, however it was wrapped. Raises Refusal sync.invitation_malformed."""
    joined = "".join(text.split())
    if not joined.startswith(PREFIX) or len(joined) > TEXT_MAX:
        raise Refusal("sync.invitation_malformed")
    try:
        invitation = msgspec.json.decode(bytes_of(joined[len(PREFIX) :]), type=Invitation)
        if len(bytes_of(invitation.hub_key)) != 32 or len(bytes_of(invitation.root_key)) != 32:
            raise ValueError("a key has 32 bytes")
        address = urlsplit(invitation.address)
        if address.scheme not in ("http", "https") or not address.hostname or address.port == 0:
            raise ValueError("an address says where to connect to")
    except (ValueError, msgspec.MsgspecError):
        raise Refusal("sync.invitation_malformed") from None
    return invitation


def secret_hash(secret: str) -> str:
    return fingerprint(b"tongban invitation " + secret.encode())


MOVES_MAX = 1_000_000


class JoinRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """`signature` of the new node's key over hub, key and secret. `moves` = how often it has gone from hub to hub,
    this time included; 0 where it has never joined."""

    key: str
    secret: str
    signature: str
    moves: Annotated[int, msgspec.Meta(ge=0, le=MOVES_MAX)] = 0


class JoinAnswer(msgspec.Struct, frozen=True):
    """`records` from the root's first to this node's admission; `resident_key` sealed to the node, base64url."""

    records: list[WireRecord]
    resident_key: str


def _statement(hub: str, key: str, secret: str) -> bytes:
    return pae(REQUEST_TYPE, canonical.encode({"hub": hub, "key": key, "secret": secret}))


def request_to_join(pair: KeyPair, invitation: Invitation, moves: int = 0) -> JoinRequest:
    key = text_of(pair.public)
    signature = text_of(pair.sign(_statement(invitation.hub, key, invitation.secret)))
    return JoinRequest(key, invitation.secret, signature, moves)


def key_of_request(request: JoinRequest, hub: str) -> bytes:
    """The new node's public key, proven. Raises Refusal sync.not_proven."""
    try:
        key, signature = bytes_of(request.key), bytes_of(request.signature)
    except ValueError:
        raise Refusal("sync.not_proven") from None
    if not verify(key, _statement(hub, request.key, request.secret), signature):
        raise Refusal("sync.not_proven")
    return key
