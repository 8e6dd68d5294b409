"""While a form is filled in: what was typed is kept, and what is wrong with it is said beside it.

The page sends the form without its files a moment after the last key and at every choice. The answer holds only what
changes: beside each field its faults or that it is not asked for, and when it was last kept. Judged is by the same
rules as at the buttons. A field that is being typed into is left in peace until the hand goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.entry import worth_saying
from edge_node.web.adopting import taken_out
from edge_node.web.context import CLERK, Worded, actor_of, station_of
from edge_node.web.files import files_brought
from edge_node.web.filling import (
    AGENT_FIELDS,
    WHO,
    answers_of,
    codes_of_files,
    entry_id_of,
    entry_of,
    keep,
    shown_under,
)
from shared_models.catalogue import forms
from shared_models.refusals import Refusal
from sync_protocol.host.forms import FormErrors, FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import render

TYPED = FormLimits(fields_max=600)
AT = "_at"
"""Names the field that has the focus."""
KEPT = "kept"
"""Under this name stands what is to be said of keeping."""


@dataclass(frozen=True)
class Followed(Worded):
    """What changes on the page. `fields` = (name, whether it is asked for); `kept_ms` = when it was kept, 0 if it was
    not; `errors` of `kept` say why not, or what else is to be known."""

    template: ClassVar[str] = "follow.html"
    errors: FormErrors
    fields: tuple[tuple[str, bool], ...]
    kept_ms: int


@require(CLERK, limits=TYPED)
def follow(request: Request) -> Response:
    """POST of the whole form: keeps it, and says what is to be said of it."""
    station, form, errors = station_of(request), form_of(request), FormErrors()
    code, situation = request.path_params["code"], request.query_params.get("situation", "")
    files = files_brought(station, actor_of(request), form, codes_of_files(form))
    entry_id, kept = entry_id_of(request, form), False
    form = taken_out(station, form, errors)
    with errors.at(KEPT):
        kept = keep(request, form, entry_id, files)
    intake = station.desk.intake(code, situation, answers_of(request, form))
    if shown_under(form) not in (0, intake.shelf.number):
        errors.add(KEPT, Refusal("drafts.catalogue_changed", version=intake.shelf.number))
    entry = entry_of(form, intake, files)
    for name, refusal in worth_saying(station.desk.check(code, situation, entry, entry_id).faults):
        if name != form.text(AT) and form.text(name):
            errors.add(name, refusal)
    asked = forms.judge(intake.item.fields, entry.fields, intake.day).asked
    own = tuple((f"field.{each.code}", each.code in asked) for each in intake.item.fields)
    fields = (*((name, True) for name in ("id_number", *WHO, *AGENT_FIELDS)), *own)
    return render(request, Followed(errors, fields, station.now() if kept else 0))


ROUTES = [Route("/items/{code}/follow", follow, methods=["POST"])]
