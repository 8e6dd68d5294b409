"""Begun applications of this station: going on with one, asking a colleague for one, giving it, throwing it away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.drafts import Begun
from edge_node.station import Station
from edge_node.web.context import CLERK, Worded, actor_of, note_access, station_of
from edge_node.web.files import reissue
from shared_models.refusals import Refusal
from sync_protocol.host.forms import FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import redirect, render
from sync_protocol.store import accounts
from sync_protocol.store.accounts import Account

SMALL = FormLimits(fields_max=12, fields_bytes_max=8 * 1024)


class Unfinished(NamedTuple):
    """A begun application as a list shows it. `item` = the item's name, its code where the catalogue has none of that
    code any more; `whose` = its owner's name where that is somebody else; `asker` = who asks for it, "" if nobody;
    `alone` = its owner's account is disabled; `asked` = the reader has asked for it."""

    begun: Begun
    item: str
    applicant: str
    whose: str
    asker: str
    alone: bool
    asked: bool


@dataclass(frozen=True)
class GonePage(Worded):
    """A begun application whose item or situation the catalogue has no more, or whose item is suspended: what to do
    with it."""

    template: ClassVar[str] = "draft_gone.html"
    begun: Begun
    problem: Refusal


def unfinished(station: Station, actor: str) -> tuple[list[Unfinished], list[Unfinished]]:
    """The begun applications of `actor`, and those of others, without a word about their residents."""
    begun, items = station.drafts.listed(), station.desk.shelf().items
    with station.node.read() as db:
        people = {account.actor: account for account in accounts.all_accounts(db)}
    rows = [_row(each, actor, items[each.item].name if each.item in items else each.item, people) for each in begun]
    return [row for row in rows if not row.whose], [row for row in rows if row.whose]


def _row(begun: Begun, actor: str, item: str, people: Mapping[str, Account]) -> Unfinished:
    own, owner = begun.owner == actor, people.get(begun.owner)
    asker = people.get(begun.asked_by)
    return Unfinished(
        begun,
        item,
        begun.text("name") if own else "",
        "" if own else owner.display_name if owner else "—",
        asker.display_name if own and asker else "",
        owner is None or owner.disabled,
        begun.asked_by == actor,
    )


@require(CLERK)
def show(request: Request) -> Response:
    """Leads to the form; to the search while no item was chosen; to the item where its situation is gone; else says
    that the item is."""
    station = station_of(request)
    begun = station.drafts.open(request.path_params["id"], actor_of(request))
    if not begun.item:
        return redirect(request, f"/search?draft={quote(begun.id)}")
    item = station.desk.shelf().items.get(begun.item)
    stopped = station.desk.shelf().stopped(begun.item, station.now())
    if item is None or stopped is not None:
        return render(request, GonePage(begun, stopped or Refusal("drafts.item_gone")))
    if all(each.code != begun.situation for each in item.situations):
        return redirect(request, f"/items/{item.code}?draft={quote(begun.id)}", "drafts.situation_gone")
    return redirect(request, f"/items/{item.code}/apply?situation={quote(begun.situation)}&draft={quote(begun.id)}")


@require(CLERK, limits=SMALL)
def act(request: Request) -> Response:
    """POST `action`: ask, give, keep or delete."""
    station, actor, id = station_of(request), actor_of(request), request.path_params["id"]
    made_good = partial(reissue, station)
    match form_of(request).text("action"):
        case "ask":
            theirs = station.drafts.ask(id, actor, made_good)
            note_access(request, "draft.taken" if theirs else "draft.asked", f"draft/{id[:64]}")
            said = "drafts.taken_over" if theirs else "drafts.asked"
        case "give":
            station.drafts.answer(id, actor, give=True, reissue=made_good)
            said = "drafts.given"
        case "keep":
            station.drafts.answer(id, actor, give=False, reissue=made_good)
            said = "drafts.kept_back"
        case "delete":
            station.drafts.discard(id, actor)
            said = "drafts.deleted"
        case _:
            raise Refusal("desk.action_unknown")
    return redirect(request, "/", said)


ROUTES = [Route("/drafts/{id}", show), Route("/drafts/{id}", act, methods=["POST"])]
