"""One version of the catalogue: who published it, since when it is in force, and what it changes, item by item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central.catalogue_files.differing import Cell, differences
from central.web.base import ADMIN, SUPERVISOR, hub_of, page_number
from central.web.review import name_of
from shared_models.catalogue import Item, item_of
from shared_models.catalogue.life import CANCELLED, SUSPENDED
from shared_models.refusals import Refusal
from sync_protocol.host.guards import require
from sync_protocol.host.web import render
from sync_protocol.store import knowledge
from sync_protocol.store.database import Connection
from sync_protocol.store.knowledge import ItemChange

ITEMS_A_PAGE = 20
STOPPED_SHOWN = 50


class Changed(NamedTuple):
    """An item that a version brings (`fresh`), takes away (`gone`), or brings otherwise than before."""

    code: str
    name: str
    fresh: bool
    gone: bool
    different: list[Cell]


class Stop(NamedTuple):
    """What a version says of suspending and cancelling; `what` is suspended, resumed or cancelled."""

    code: str
    name: str
    what: str
    reason: str


@dataclass(frozen=True)
class VersionPage:
    """`by` is who published it, `published_ms` when; `total` counts the items that it changes, `items` those that it
    names."""

    template: ClassVar[str] = "version.html"
    version: int
    latest: int
    by: str
    published_ms: int
    effective_ms: int
    now_ms: int
    items: int
    changes: list[Changed]
    stops: list[Stop]
    total: int
    number: int

    @property
    def last(self) -> int:
        return -(-self.total // ITEMS_A_PAGE)


@require(ADMIN, SUPERVISOR)
def version(request: Request) -> Response:
    """GET: one version. Raises Refusal central.no_such_version."""
    hub, number, text = hub_of(request), page_number(request), request.path_params["number"]
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    with hub.node.read() as db:
        found, place = knowledge.version(db, wanted), knowledge.record_of_version(db, wanted)
        if found is None or place is None:
            raise Refusal("central.no_such_version", version=text[:20])
        (row,) = hub.node.log.at(db, [place])
        changes = knowledge.changes_in(db, wanted, (number - 1) * ITEMS_A_PAGE, ITEMS_A_PAGE)
        page = VersionPage(
            version=wanted,
            latest=knowledge.latest_number(db),
            by=name_of(db, row.record.header.actor),
            published_ms=row.record.header.hlc[0],
            effective_ms=found.effective_ms,
            now_ms=hub.now_ms(),
            items=len(found.items),
            changes=[_changed(db, each) for each in changes],
            stops=_stops(db, row.record.value()),
            total=knowledge.count_changes_in(db, wanted),
            number=number,
        )
    return render(request, page)


def _changed(db: Connection, change: ItemChange) -> Changed:
    before, after = _item(db, change.before), _item(db, change.after)
    shown = after or before
    different = differences(before, after) if before and after else []
    return Changed(change.code, shown.name if shown else "—", not change.before, not change.after, different)


def _item(db: Connection, named: str) -> Item | None:
    value = knowledge.item(db, named) if named else None
    return None if value is None else item_of(value)


def _stops(db: Connection, body: dict[str, object]) -> list[Stop]:
    found = []
    for what in (SUSPENDED, CANCELLED):
        entries = body.get(what)
        for code, halt in entries.items() if isinstance(entries, dict) else ():
            found.append((str(code), what, str(halt.get("reason", "")) if isinstance(halt, dict) else ""))
    resumed = body.get("resumed")
    found += [(str(code), "resumed", "") for code in (resumed if isinstance(resumed, list) else ())]
    return [Stop(code, _last_name(db, code), what, reason) for code, what, reason in found[:STOPPED_SHOWN]]


def _last_name(db: Connection, code: str) -> str:
    content = knowledge.last_content(db, code)
    return str(content["name"]) if content else code


def routes() -> list[Route]:
    """`/catalogue/versions/{number}`."""
    return [Route("/catalogue/versions/{number}", version)]
