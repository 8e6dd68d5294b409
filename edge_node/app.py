"""The application of a station: the running node, its desk and its pages, put together in one place."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette

from edge_node import orders
from edge_node.fonts import Fonts
from edge_node.people import ADMIN, CLERK
from edge_node.settings import StationSettings
from edge_node.station import Station
from edge_node.upkeep import upkeep
from edge_node.web import (
    accounts,
    apply,
    asking,
    batch,
    case,
    cases,
    context,
    continuing,
    declining,
    drafts,
    files,
    following,
    papers,
    residents,
    samples,
    search,
    state,
    status,
)
from shared_models import signing
from sync_protocol.host import operator
from sync_protocol.host.pages import Pages
from sync_protocol.host.runtime import Runtime, running
from sync_protocol.host.statics import Statics
from sync_protocol.host.web import Brand, NavLink, Web
from sync_protocol.host.web_app import build_app

FOLDER = Path(__file__).parent / "web"
NAVIGATION = (
    NavLink("/", "办事窗口", "Counter"),
    NavLink("/cases", "办件", "Cases", frozenset({CLERK})),
    NavLink("/status", "本站状态", "Station"),
    NavLink("/accounts", "账号", "Accounts", frozenset({ADMIN})),
)
ROUTES = (
    *search.ROUTES, *residents.ROUTES, *asking.ROUTES, *apply.ROUTES, *following.ROUTES, *batch.ROUTES, *drafts.ROUTES,
    *papers.ROUTES, *declining.ROUTES, *state.ROUTES, *files.ROUTES, *cases.ROUTES, *case.ROUTES, *continuing.ROUTES,
    *status.ROUTES, *accounts.ROUTES, *samples.ROUTES,
)  # fmt: skip


def station_around(runtime: Runtime, fonts: Fonts | None = None) -> Station:
    """The station without its pages: for commands."""
    return Station(runtime, entropy=os.urandom, fonts=fonts)


def build(runtime: Runtime, settings: StationSettings | None = None) -> Starlette:
    """The application around an open runtime. Its lifespan opens the incarnation and keeps the node in step."""
    settings = settings or StationSettings()
    station = station_around(runtime, Fonts(settings.fonts))
    me = runtime.settings
    web = Web(
        runtime.database,
        runtime.storage_key,
        runtime.node.now,
        os.urandom,
        Pages([FOLDER / "templates"], Statics([FOLDER / "static"])),
        Brand((me.name, me.name), me.area),
        navigation=NAVIGATION,
        light=station.light,
        statuses=context.STATUSES,
        seats=runtime.node.seats,
        barred=runtime.barred,
        end_keys=runtime.end_keys,
        api_prefixes=("/api/", operator.PREFIX),
        idle_ms=settings.idle_ms,
        session_ms=settings.session_ms,
    )
    token = signing.text_of(os.urandom(32))
    orders_route = operator.operator_route(token, partial(orders.perform, station))
    app = build_app(web, [*ROUTES, orders_route], partial(_lifespan, runtime, settings, token))
    app.state.station = station
    return app


@asynccontextmanager
async def _lifespan(runtime: Runtime, settings: StationSettings, token: str, _: Starlette) -> AsyncIterator[None]:
    folder, me = runtime.folder.path, runtime.settings
    async with running(runtime):
        tidying = asyncio.create_task(upkeep(
            runtime.node, runtime.attachments, folder / "attachments", unnamed_files_ms=settings.unnamed_files_ms,
            heard=lambda: runtime.line is not None and runtime.line.contact_ms > 0, sleep=asyncio.sleep,
        ))  # fmt: skip
        operator.write_door(folder, me.host, me.port, token)
        try:
            yield
        finally:
            operator.remove_door(folder)
            tidying.cancel()
            await asyncio.gather(tidying, return_exceptions=True)
