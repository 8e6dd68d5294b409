"""The catalogue of a hub as files in a format: what is published, or the drafts at the city."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from central.catalogue_files.exporting import FORMATS, Content
from central.hub import Hub
from shared_models.catalogue import BaseItem, Item, item_of
from shared_models.refusals import Refusal
from sync_protocol.host.verbs import Verb
from sync_protocol.store import base_list, knowledge
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts


class Export(msgspec.Struct, frozen=True):
    """`format` is a name of `FORMATS`; `drafts` instead of what is published."""

    format: str
    drafts: bool = False


class ExportedFile(msgspec.Struct, frozen=True):
    name: str
    content: bytes


class Exported(msgspec.Struct, frozen=True):
    """The files; `version` is that of the catalogue, 0 = drafts."""

    version: int
    items: int
    files: tuple[ExportedFile, ...]


def export(hub: Hub, asked: Export) -> Exported:
    """Raises Refusal exports.format_unknown, nothing_published, no_drafts."""
    form = FORMATS.get(asked.format)
    if form is None:
        raise Refusal("exports.format_unknown", value=asked.format[:40], known="、".join(FORMATS))
    with hub.node.read() as db:
        content = _drafts(db) if asked.drafts else _published(db)
    files = form.write(content)
    return Exported(content.version, len(content.items), tuple(ExportedFile(*each) for each in files.items()))


def _drafts(db: Connection) -> Content:
    items = Drafts(db).all()
    if not items:
        raise Refusal("exports.no_drafts")
    return Content(items, _base(db), 0)


def _published(db: Connection) -> Content:
    version = knowledge.latest_version(db)
    if version is None:
        raise Refusal("exports.nothing_published")
    items: list[Item] = sorted(map(item_of, knowledge.items_of(db, version)), key=lambda item: item.code)
    return Content(items, _base(db), version.number)


def _base(db: Connection) -> Sequence[BaseItem]:
    return tuple(base_list.entries(db).values())


VERBS = {"catalogue-export": Verb(Export, Exported, export)}
