"""What a node keeps of itself beside its database: who it is, where it listens, who its parent is."""

from __future__ import annotations

import msgspec

from shared_models.refusals import Refusal
from shared_models.signing import bytes_of
from sync_protocol.host.folder import DataFolder


class Parent(msgspec.Struct, frozen=True):
    """The hub that this node syncs with, as its invitation named it. `key` is base64url."""

    address: str
    name: str
    key: str

    @property
    def public(self) -> bytes:
        return bytes_of(self.key)


class NodeSettings(msgspec.Struct, frozen=True):
    """The content of `settings.json`. `root_key` is "" until the node has joined; `host` and `port` are listened on."""

    tier: str
    area: str = ""
    name: str = ""
    city: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    root_key: str = ""
    parent: Parent | None = None
    litestream: bool = True

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def joined(self) -> bool:
        return bool(self.root_key)

    @property
    def root(self) -> bytes:
        """The city's root key. Raises Refusal sync.not_admitted before joining."""
        if not self.root_key:
            raise Refusal("sync.not_admitted")
        return bytes_of(self.root_key)


def settings_in(folder: DataFolder) -> NodeSettings | None:
    """The settings of a data folder, None before `init`. Raises Refusal folder.settings_damaged."""
    kept = folder.settings()
    if not kept:
        return None
    try:
        return msgspec.convert(kept, NodeSettings)
    except msgspec.ValidationError:
        raise Refusal("folder.settings_damaged", path=str(folder.path / "settings.json")) from None


def keep_settings(folder: DataFolder, settings: NodeSettings) -> None:
    folder.save_settings(msgspec.to_builtins(settings))
