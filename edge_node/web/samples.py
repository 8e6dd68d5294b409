"""Sample pictures of materials, as the city published them: what a clerk shows a resident to say what is meant."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.station import Station
from edge_node.web.context import CLERK, station_of
from shared_models.catalogue import Material
from shared_models.catalogue.samples import sample_of
from shared_models.refusals import Refusal
from sync_protocol.host.guards import require
from sync_protocol.host.web import send_file
from sync_protocol.store import samples
from sync_protocol.store.log import DamagedRecord


def held_samples(station: Station, materials: Iterable[Material]) -> frozenset[str]:
    """The names of those pictures of the materials that have come."""
    named = {each.sample for each in materials if each.sample}
    if not named:
        return frozenset()
    with station.node.read() as db:
        return frozenset(samples.held(db, named))


@require(CLERK)
def picture(request: Request) -> Response:
    """A picture by its name. Its bytes never change, so a browser may keep them."""
    station, name = station_of(request), request.path_params["name"]
    with station.node.read() as db:
        place = samples.held(db, [name]).get(name)
        if place is None:
            raise Refusal("desk.sample_not_here")
        try:
            found = sample_of(station.node.log.at(db, [place])[0].record.value())
        except DamagedRecord:
            raise Refusal("desk.sample_not_here") from None
    answer = send_file(found.content, found.media_type, name, inline=True)
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


ROUTES = [Route("/samples/{name}", picture)]
