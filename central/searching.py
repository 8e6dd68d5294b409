"""Full-text search over the catalogue: the index is brought up to date beside the work, and asked by the pages.

Every hub has one: the city over drafts and what is published, a hub below over what is published. `keep_up` runs as
long as the process; a page does a slice itself, so that whoever has just saved an item finds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, NoReturn

import structlog

from shared_models.catalogue import BaseList, basic_code, content_hash, inherited, item_of, to_value
from shared_models.catalogue.words import phrases, words_of
from sync_protocol.host.logs import names_of, places_of
from sync_protocol.node import Node
from sync_protocol.store import base_list, catalogue_text, knowledge, state
from sync_protocol.store.catalogue_text import CHANGED, NEW, PUBLISHED, Entry, Wanted
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts

SLICE = 100
"""Items a transaction: some hundredths of a second for whoever wants to write as well."""
SEEN = "catalogue_text"
PAUSE_SECONDS = 5.0
QUERY_CHARACTERS_MAX = 100

log = structlog.get_logger("tongban.search")


class Query(NamedTuple):
    """What a page asks for, as typed: `shown` is "", errors or complete."""

    text: str = ""
    department: str = ""
    level: str = ""
    state: str = ""
    shown: str = ""

    @property
    def any(self) -> bool:
        return any(self)


def wanted(query: Query) -> Wanted:
    """The same as the index takes it; what is no level, no state, counts for nothing."""
    return Wanted(
        tuple(map(tuple, phrases(query.text[:QUERY_CHARACTERS_MAX]))),
        query.department[:QUERY_CHARACTERS_MAX],
        int(query.level) if query.level in "123456" and query.level else 0,
        query.state if query.state in catalogue_text.STATES else "",
        {"errors": False, "complete": True}.get(query.shown),
    )


async def keep_up(node: Node, sleep: Callable[[float], Awaitable[None]]) -> NoReturn:
    """Brings the index up to date whenever it is behind, a slice at a time."""
    while True:
        left = 0
        try:
            left = await asyncio.to_thread(bring_up, node)
        except Exception as error:  # noqa: BLE001  # such as a full disk: it is behind until there is room
            log.error("incident", error=names_of(error), where=places_of(error))
        await sleep(0.0 if left else PAUSE_SECONDS)


def bring_up(node: Node) -> int:
    """Looks at some of the items that changed; gives how many are left."""
    with node.read() as db:
        behind = catalogue_text.waiting(db)
        if not behind and _seen(db) == _present(db):
            return 0
    return node.database.write(_slice)


def _present(db: Connection) -> list[int]:
    return [knowledge.latest_number(db), base_list.latest(db)]


def _seen(db: Connection) -> list[int]:
    found: list[int] = state.get(db, SEEN, [0, 0])
    return found


def _slice(db: Connection) -> int:
    _note_news(db)
    codes = catalogue_text.stale(db, SLICE)
    base = base_list.some(db, {basic_code(code) for code in codes})
    for code in codes:
        _look_at(db, code, knowledge.published(db, code), base)
        catalogue_text.settle(db, code)
    return catalogue_text.waiting(db)


def _note_news(db: Connection) -> None:
    """A new version is told by what it changes; of a new base list anything may be inherited."""
    seen, present = _seen(db), _present(db)
    if seen == present:
        return
    if seen[0] != present[0]:
        catalogue_text.note(db, knowledge.changed_since(db, seen[0]))
    if seen[1] != present[1]:
        catalogue_text.note(db, catalogue_text.codes(db))
    state.put(db, SEEN, present)


def _look_at(db: Connection, code: str, published: str, base: BaseList) -> None:
    draft = Drafts(db).found(code)
    value = knowledge.item(db, published) if published else None
    if draft is None and value is None:
        catalogue_text.drop(db, code)
        return
    item, complete = (inherited(draft[0], base), draft[1]) if draft else (item_of(value), True)
    named = content_hash(to_value(item)) if draft else published
    how = NEW if not published else PUBLISHED if named == published else CHANGED
    mark = f"{named} {how} {int(complete)}"
    if catalogue_text.mark(db, code) == mark:
        return
    entry = Entry(
        code, item.name, item.level, item.department.code, item.department.name, how, complete, mark, published
    )
    catalogue_text.put(db, entry, words_of(item))
