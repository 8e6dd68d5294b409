"""An item as a clerk and as a resident will see it, before it is published: from the draft, with nothing kept.

The clerk's side takes answers and a situation as the counter does, and shows what would be asked for. The resident's
side is the guide 办事指南, for the screen, and for paper in A4 or A5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central.editing import drafting
from central.web.base import ADMIN, hub_of
from shared_models.catalogue import FormField, Item, Material, Situation, codes, needed
from shared_models.catalogue.questions import Said, Standing, narrowed, said, standing
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import require
from sync_protocol.host.web import render

ANSWER = "a."
PAPERS = ("a4", "a5")
HANDLING = {
    "A": ("系统已核验，不用收原件", "checked by system; no original is needed"),
    "B": ("窗口核对原件", "compared with the original"),
    "C": ("先收照片或复印件，原件后核", "a photo or copy is taken; the original is checked later"),
    "D": ("申请人签字承诺即可", "the applicant's signed promise is enough"),
}
PLACES = {
    "station": ("各社区服务站、便民服务中心窗口，当地办结", "any community station or township hall; concluded there"),
    "district": ("各社区服务站、便民服务中心窗口受理，区县办结", "any station or hall; concluded by the district"),
    "city": ("各社区服务站、便民服务中心窗口受理，市级办结", "any station or hall; concluded by the city"),
}


class _Words:
    """The code tables that both sides show."""

    forms, grades, served, channels = codes.FORMS, codes.GRADES, codes.SERVED, codes.CHANNELS
    tiers, types, handling, places = codes.TIERS, codes.ITEM_TYPES, HANDLING, PLACES


@dataclass(frozen=True)
class ClerkPreview:
    """`standing` = how far the answers have come, `answered` what was answered; `situation` None until one is chosen or
    the answers lead to one."""

    template: ClassVar[str] = "preview_clerk.html"
    item: Item
    drafted: bool
    standing: Standing
    answered: tuple[Said, ...]
    situation: Situation | None
    materials: Sequence[Material]
    fields: Sequence[FormField]
    words: _Words
    form: Form
    errors: FormErrors


@dataclass(frozen=True)
class GuidePage:
    """`ways`: each situation with its materials; `paper` is a4 or a5."""

    template: ClassVar[str] = "guide.html"
    item: Item
    drafted: bool
    ways: list[tuple[Situation, tuple[Material, ...]]]
    paper: str
    words: _Words


@require(ADMIN)
def preview(request: Request) -> Response:
    """`as` = clerk (with `situation` and answers `a.<question>`) or resident (with `paper`)."""
    with hub_of(request).node.read() as db:
        shown = drafting.shown(db, str(request.path_params["code"]))
        item = drafting.whole(db, shown.item)
    if request.query_params.get("as") == "resident":
        return render(request, _guide(request, item, shown.drafted))
    return render(request, _clerk(request, item, shown.drafted))


def _guide(request: Request, item: Item, drafted: bool) -> GuidePage:
    paper = request.query_params.get("paper", PAPERS[0])
    ways = [(situation, needed(item, situation.code)) for situation in item.situations]
    return GuidePage(item, drafted, ways, paper if paper in PAPERS else PAPERS[0], _Words())


def _clerk(request: Request, item: Item, drafted: bool) -> ClerkPreview:
    query = request.query_params
    answers = {question.code: query.get(ANSWER + question.code, "")[:60] for question in item.questions}
    now = standing(item, {code: answer for code, answer in answers.items() if answer})
    chosen = next((each for each in item.situations if each.code == query.get("situation")), None)
    situation = chosen or (now.situation if item.questions else None)
    if situation is None and len(item.situations) == 1:
        situation = item.situations[0]
    left = narrowed(item, answers) if item.questions else item
    materials = needed(left, situation.code) if situation else ()
    fields = left.fields if situation else ()
    told = said(item, answers)
    return ClerkPreview(item, drafted, now, told, situation, materials, fields, _Words(), Form(), FormErrors())


def routes() -> list[Route]:
    """The two sides of an item."""
    return [Route("/catalogue/items/{code:path}/preview", preview)]
