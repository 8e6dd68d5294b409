"""The resident whose id card was scanned: what is held here, and a new application that carries the resident along.

The number comes by POST, and stands in no address and on no page: that carries it sealed, for the one who asked. A
new application begins at once, with nothing but that number: sealed like every begun one, it goes through search, item
and situation to the form, survives a power cut there, and is thrown away like the others. One who is asked for again
before an item was chosen goes on with the same.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.evidence import Held
from edge_node.known import Relative
from edge_node.station import Station
from edge_node.web.context import CLERK, Worded, actor_of, note_access, station_of
from edge_node.web.drafts import Unfinished, unfinished
from edge_node.web.listed import Listed, listed
from shared_models import cases, identifiers, signing
from shared_models.cases import RELATIONS
from shared_models.identifiers import ResidentId
from shared_models.refusals import Refusal
from sync_protocol.host.forms import FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.pages import masked
from sync_protocol.host.web import redirect, render

SMALL = FormLimits(fields_max=12, fields_bytes_max=8 * 1024)


@dataclass(frozen=True)
class ResidentPage(Worded):
    """A resident. `ticket` = the id number, sealed; `masked` = without its middle; `age` in whole years today; `name`
    as the newest case has it, "" for one who was never here."""

    template: ClassVar[str] = "resident.html"
    resident: ResidentId
    ticket: str
    masked: str
    name: str
    age: int
    held: tuple[Held, ...]
    relatives: tuple[Relative, ...]
    begun: tuple[Unfinished, ...]
    cases: tuple[Listed, ...]
    relations: ClassVar[dict[str, tuple[str, str]]] = RELATIONS


def shown(request: Request, text: str) -> Response:
    """The page of the resident whose id number was typed or scanned. Raises Refusal `identifiers.resident_id_…`."""
    station = station_of(request)
    resident = station.desk.check_resident(text)
    rows = station.desk.cases_of(resident)
    note_access(request, "cases.of_resident", f"resident/{station.node.vault.lookup('resident', resident.number)}")
    relatives = station.desk.relatives_of(resident, rows)
    for each in relatives:
        note_access(request, "case.prefill", cases.subject_of(each.source.number))
    page = ResidentPage(
        resident,
        _ticket(station, actor_of(request), resident.number),
        masked(resident.number),
        next((row.case.application.resident.name for row in rows if row.case.application), ""),
        identifiers.age_on(resident.birth, station.desk.today),
        station.desk.held_attestations(station.desk.pseudonym(resident)),
        relatives,
        tuple(each for each in unfinished(station, actor_of(request))[0] if _is_of(station, each, resident)),
        listed(station, rows),
    )
    return render(request, page)


def _is_of(station: Station, each: Unfinished, resident: ResidentId) -> bool:
    with suppress(Refusal):
        return station.desk.check_resident(each.begun.text("id_number")).number == resident.number
    return False


def _ticket(station: Station, actor: str, number: str) -> str:
    return signing.text_of(station.node.vault.seal_card(f"{actor}\0{number}".encode()))


def _redeem(station: Station, actor: str, ticket: str) -> str:
    """The id number in a ticket; "" for one that this node did not give to this person."""
    try:
        owner, _, number = station.node.vault.open_card(signing.bytes_of(ticket)).decode().partition("\0")
    except ValueError:
        return ""
    return number if owner == actor else ""


@require(CLERK, limits=SMALL)
def begin(request: Request) -> Response:
    """POST `resident`, the ticket of a resident's page, and `q` to look for an item at once: a new application."""
    station, form, actor = station_of(request), form_of(request), actor_of(request)
    resident = station.desk.check_resident(_redeem(station, actor, form.text("resident")))
    own = unfinished(station, actor)[0]
    id = next((each.begun.id for each in own if not each.begun.item and _is_of(station, each, resident)), "")
    if not id:
        id = signing.text_of(station.entropy(16))
        values = (("id_number", resident.number),)
        station.drafts.keep(id, actor, "", "", station.desk.catalogue_number(), values, frozenset())
    text = form.text("q")
    return redirect(request, f"/search?{urlencode({**({'q': text} if text else {}), 'draft': id})}")


def whose(request: Request, draft: str) -> str:
    """For whom a begun application of the one who asks is, without the middle of the number; "" where that is not
    known."""
    if not draft:
        return ""
    with suppress(Refusal):
        begun = station_of(request).drafts.open(draft, actor_of(request))
        note_access(request, "draft.opened", f"draft/{draft}")
        return " ".join(filter(None, (begun.text("name"), masked(begun.text("id_number")))))
    return ""


ROUTES = [Route("/residents/begin", begin, methods=["POST"])]
