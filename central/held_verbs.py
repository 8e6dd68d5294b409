"""Held records at the command line: how many wait of which node, and ratifying all that a node's hold."""

from __future__ import annotations

import msgspec

from central import holding
from central.holding import HeldNode, RatifyAll
from central.hub import Hub
from central.node_life import OPERATOR
from sync_protocol.host.verbs import Verb


class AskHeld(msgspec.Struct, frozen=True):
    """Nothing to say."""


class Held(msgspec.Struct, frozen=True):
    nodes: list[HeldNode]


def held(hub: Hub, asked: AskHeld) -> Held:
    with hub.node.read() as db:
        return Held(holding.held_by_node(hub.node, db))


class Ratify(msgspec.Struct, frozen=True):
    """`count` = how many records the person was told of."""

    node: str
    count: int
    reason: str


class Ratified(msgspec.Struct, frozen=True):
    """`left` = how many wait still; a request rules on a few hundred."""

    node: str
    ratified: int
    left: int


def ratify(hub: Hub, asked: Ratify, actor: str = OPERATOR) -> Ratified:
    """Raises Refusal as `holding.ratify_all`."""
    done = holding.ratify_all(hub.node, RatifyAll(asked.node, asked.count, asked.reason, actor))
    return Ratified(asked.node, done, asked.count - done)


VERBS = {
    "held": Verb(AskHeld, Held, held),
    "held-ratify": Verb(Ratify, Ratified, ratify, signs=True),
}
