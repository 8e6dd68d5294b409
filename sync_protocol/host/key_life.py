"""The verb by which a node takes another key, carried out by the running process, or here where none runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from shared_models.signing import SEED_SIZE, KeyPair
from shared_models.trust import key_mark
from sync_protocol.host.commands import Home
from sync_protocol.host.operator import ask_running
from sync_protocol.host.verbs import Verb

if TYPE_CHECKING:
    from sync_protocol.host.runtime import Runtime

ROTATE = "rotate-key"


class Rotate(msgspec.Struct, frozen=True):
    """Nothing to say."""


class Rotated(msgspec.Struct, frozen=True):
    """`node` keeps its name; `key` = mark of the new key; `keys` = how many it has had, this one included."""

    node: str
    key: str
    keys: int


def rotate(opened: Runtime, asked: Rotate, actor: str = "operator") -> Rotated:
    """Takes another key; `actor` is "" where the node does so by itself. Raises Refusal as `Node.rotate`, folder.full,
    folder.not_writable."""
    node = opened.node
    node.rotate(KeyPair.from_seed(os.urandom(SEED_SIZE)), actor)
    opened.keyring.put_later_node_keys(node.pairs[1:])
    return Rotated(node.name, key_mark(node.keys.public, node.name), len(node.pairs))


def verbs_at(runtime_of: Callable[[Any], Runtime]) -> dict[str, Verb]:
    """The verb for a place (a station, a hub) whose runtime `runtime_of` gives."""
    return {ROTATE: Verb(Rotate, Rotated, lambda place, asked: rotate(runtime_of(place), asked), signs=True)}


def rotate_at(home: Home) -> Rotated:
    """Carries the verb out: in the running process, or here. Raises Refusal."""
    from sync_protocol.host import runtime  # which itself stands on this room

    answer = ask_running(home.path, ROTATE, msgspec.json.encode(Rotate()))
    if answer is not None:
        return msgspec.json.decode(answer, type=Rotated)
    with home.folder().locked() as folder:
        opened = runtime.open_joined(folder, home.keyring(), litestream=home.settings().litestream)
        try:
            opened.node.open()
            return rotate(opened, Rotate())
        finally:
            opened.close()
