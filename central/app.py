"""The application of a hub: the running node, its pages and its doors for programs, put together in one place."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette

from central import auditing, searching
from central.hub import Hub
from central.settings import HubSettings
from central.web import (
    accounts,
    attestations,
    audits,
    bulk,
    cases,
    catalogue,
    clones,
    continuing,
    editing,
    erasures,
    halts,
    held,
    items,
    machines,
    new_item,
    nodes,
    overview,
    previewing,
    progress,
    review,
    versions,
    witness,
    worklist,
)
from central.web import clerks as clerk_pages
from central.web.base import NAVIGATION, STATIC, STATUSES, TEMPLATES
from shared_models import signing
from sync_protocol.host import operator
from sync_protocol.host.pages import Pages
from sync_protocol.host.runtime import Runtime, running
from sync_protocol.host.statics import Statics
from sync_protocol.host.web import Brand, Light, Web
from sync_protocol.host.web_app import build_app
from sync_protocol.wire.agent import BUSY, CALM

PAGES = (
    overview, worklist, cases, continuing, held, clones, erasures, nodes, catalogue, items, bulk, new_item, editing,
    previewing, attestations, progress, accounts, clerk_pages, witness, review, halts, versions, audits,
)  # fmt: skip


def build(runtime: Runtime, settings: HubSettings | None = None) -> Starlette:
    """The application around an open runtime. Its lifespan opens the incarnation and keeps the node in step."""
    hub = Hub(runtime, os.urandom, asyncio.sleep, settings or HubSettings())
    me = runtime.settings
    web = Web(
        runtime.database,
        runtime.storage_key,
        hub.now_ms,
        os.urandom,
        Pages([TEMPLATES], Statics([STATIC])),
        Brand((me.name, me.name), me.area),
        navigation=NAVIGATION,
        light=partial(_light, runtime),
        statuses=STATUSES,
        seats=runtime.node.seats,
        barred=runtime.barred,
        end_keys=runtime.end_keys,
        api_prefixes=("/api/", "/sync/", operator.PREFIX),
    )
    token = signing.text_of(os.urandom(32))
    routes = [route for page in PAGES for route in page.routes()]
    app = build_app(web, [*routes, *machines.routes(hub, token)], partial(_lifespan, hub, token))
    app.state.hub = hub
    return app


@asynccontextmanager
async def _lifespan(hub: Hub, token: str, _: Starlette) -> AsyncIterator[None]:
    runtime, me = hub.runtime, hub.runtime.settings
    async with running(runtime):
        operator.write_door(runtime.folder.path, me.host, me.port, token)
        beside = [asyncio.create_task(work.keep_up(hub.node, hub.sleep)) for work in (searching, auditing)]
        try:
            yield
        finally:
            operator.remove_door(runtime.folder.path)
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)


def _light(runtime: Runtime) -> Light:
    """How the hub is: damage first, then the line to its parent."""
    if runtime.damage:
        return Light("bad", "本机有受损记录", "records are damaged here")
    line = runtime.line
    if line is None:
        return Light("ok", "运行正常", "running")
    if line.online and not line.code:
        return Light("ok", "与市级连接正常", "connected to the city")
    if line.code == BUSY:
        return Light("ok", "市级正忙，稍后上报", "the city is busy, delivery follows in a while")
    if line.code not in CALM:
        return Light("warn", "上报市级受阻，业务照常", "delivery to the city stands still, work goes on")
    return Light("warn", "与市级断开，业务照常", "city not reachable, work goes on")
