"""What a node keeps of itself beside its database: who it is, where it listens, who its parent is."""

from __future__ import annotations

from urllib.parse import urlsplit

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
    """The content of `settings.json`. `root_key` is "" until the node has joined; `host` and `port` are listened on;
    `http_proxy` is the proxy through which the parent is reached, "" for none."""

    tier: str
    area: str = ""
    name: str = ""
    city: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    root_key: str = ""
    parent: Parent | None = None
    litestream: bool = True
    http_proxy: str = ""

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
    """The settings of a data folder, None before `init`. Raises Refusal folder.settings_damaged, folder.proxy."""
    kept = folder.settings()
    if not kept:
        return None
    try:
        settings = msgspec.convert(kept, NodeSettings)
    except msgspec.ValidationError:
        raise Refusal("folder.settings_damaged", path=str(folder.path / "settings.json")) from None
    checked_proxy(settings.http_proxy)
    return settings


def checked_proxy(address: str) -> str:
    """The address of an HTTP proxy, `http://[name:password@]host[:port]`, or "" for none. Raises Refusal folder.proxy,
    which does not repeat it: there may be a password in it."""
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        plain = parts.path in ("", "/") and not parts.query and not parts.fragment
    except ValueError:
        good = plain = False
    if address and not (good and plain and address.isascii() and address.isprintable() and " " not in address):
        raise Refusal("folder.proxy")
    return address


def keep_settings(folder: DataFolder, settings: NodeSettings) -> None:
    folder.save_settings(msgspec.to_builtins(settings))
