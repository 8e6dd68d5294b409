"""The application of a node: routes, security layer, limits, error pages, put together in one place."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Lifespan

from shared_models.refusals import Refusal
from sync_protocol.host.guards import SAFE_METHODS, guard_of
from sync_protocol.host.login import login_routes
from sync_protocol.host.web import Web
from sync_protocol.host.web_security import Visits, show_http_error, show_refusal

BODY_BYTES_MAX = 1024 * 1024


def build_app(web: Web, routes: Sequence[BaseRoute], lifespan: Lifespan[Starlette] | None = None) -> Starlette:
    """The Starlette application of a node: `routes`, logging in, static files.

    A body may be as large as the largest form among the routes may send, and 1 MiB at least; each form is held to its
    own limits, and a route for programs sets its own `max_body_size`. Raises ValueError for a route outside the
    `api_prefixes` that takes more than GET and has neither `require` nor `public` before it: a form whose token
    nobody checks cannot come about by forgetting."""
    every = [*routes, *login_routes(), web.pages.statics.route()]
    _check_guarded(web, every, "")
    guards = [guard for route in _plain(every) if (guard := guard_of(route.endpoint))]
    ceiling = max([BODY_BYTES_MAX, *(guard.limits.read_bytes_max for guard in guards)])
    return Starlette(
        routes=every,
        middleware=[Middleware(Visits, web=web), Middleware(RequestBodyLimitMiddleware, max_body_size=ceiling)],
        exception_handlers={Refusal: show_refusal, HTTPException: show_http_error},
        lifespan=lifespan,
    )


def _plain(routes: Sequence[BaseRoute]) -> list[Route]:
    inner = [below for route in routes if isinstance(route, Mount) for below in _plain(route.routes)]
    return [route for route in routes if isinstance(route, Route)] + inner


def _check_guarded(web: Web, routes: Sequence[BaseRoute], prefix: str) -> None:
    for route in routes:
        if isinstance(route, Mount):
            _check_guarded(web, route.routes, prefix + route.path)
        elif isinstance(route, Route) and not (prefix + route.path).startswith(web.api_prefixes):
            unsafe = set(route.methods or ("any method",)) - set(SAFE_METHODS)
            if unsafe and guard_of(route.endpoint) is None:
                raise ValueError(f"{prefix}{route.path} takes {', '.join(sorted(unsafe))} without require or public")
