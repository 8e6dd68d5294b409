"""All items of the catalogue: searched by text, narrowed by filters, and chosen for editing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import searching
from central.searching import Query, wanted
from central.web.base import ADMIN, hub_of, page_number
from shared_models.catalogue.codes import LEVELS
from sync_protocol.host.guards import require
from sync_protocol.host.web import render
from sync_protocol.store import catalogue_text
from sync_protocol.store.catalogue_text import CHANGED, NEW, PUBLISHED, Entry

ITEMS_A_PAGE = 20
STATES = {
    NEW: ("未发布的草稿", "drafts never published"),
    CHANGED: ("与已发布的不同", "other than published"),
    PUBLISHED: ("与已发布的相同", "as published"),
}
SHOWN = {"complete": ("可发布", "complete"), "errors": ("有错误", "with errors")}


@dataclass(frozen=True)
class ItemsPage:
    """`behind` items are not in the index as they are now; `may_edit` at the city alone."""

    template: ClassVar[str] = "items.html"
    query: Query
    entries: list[Entry]
    total: int
    number: int
    behind: int
    may_edit: bool
    levels: Mapping[str, tuple[str, str]]
    states: Mapping[str, tuple[str, str]]
    shown: Mapping[str, tuple[str, str]]

    @property
    def last(self) -> int:
        return -(-self.total // ITEMS_A_PAGE)

    @property
    def parameters(self) -> str:
        """The search as it stands in addresses."""
        return parameters(self.query)


def query_of(parameters_: Mapping[str, str]) -> Query:
    """The search that stands in the parameters of an address."""
    return Query(*(str(parameters_.get(name, "")).strip()[:100] for name in NAMES))


NAMES = ("q", "department", "level", "state", "shown")


def parameters(query: Query) -> str:
    """A search as the parameters of an address."""
    return urlencode({name: value for name, value in zip(NAMES, query, strict=True) if value})


@require(ADMIN)
def items(request: Request) -> Response:
    """`q`, `department`, `level`, `state`, `shown` narrow the list, `page` turns it."""
    hub, query, number = hub_of(request), query_of(request.query_params), page_number(request)
    behind = searching.bring_up(hub.node)
    with hub.node.read() as db:
        total, entries = catalogue_text.find(db, wanted(query), (number - 1) * ITEMS_A_PAGE, ITEMS_A_PAGE)
    return render(request, ItemsPage(query, entries, total, number, behind, hub.is_city, LEVELS, STATES, SHOWN))


def routes() -> list[Route]:
    """The list of all items."""
    return [Route("/catalogue/items", items)]
