"""One case: everything known of it, and what may be done next.

Each step has its own form on the page and its own address; a step that is refused brings the page back with the
sentence above and everything typed where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.continuing import may_release
from edge_node.station import Kept
from edge_node.web.context import CLERK, FILES, Worded, actor_of, note_access, station_of
from edge_node.web.files import keep_files
from edge_node.web.state import mark_of
from shared_models import cases
from shared_models.cases import CaseFile, Event
from shared_models.catalogue import Item
from shared_models.refusals import Refusal
from shared_models.roster import STATION
from sync_protocol.host.forms import Form, FormErrors, FormLimits
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import redirect, render, status_of, visit_of
from sync_protocol.store import accounts
from sync_protocol.store.case_files import CaseRow

STEP = FormLimits(fields_max=20, fields_bytes_max=64 * 1024)


class Line(NamedTuple):
    """A line of the timeline: the event, who it was, as far as it is known here, and why a station pulled the case."""

    event: Event
    who: str
    pull: cases.Pulled | None


class Answer(NamedTuple):
    """A field of the item's own form, under its label."""

    label: str
    text: str


@dataclass(frozen=True)
class CasePage(Worded):
    """A case with its next steps. `form` and `errors` are those of the step that was refused, if one was. `pulled` =
    the request by which this station has the case, None for one of its own, and `returnable` whether it may be given
    back; `files` = the attachments whose content is here."""

    template: ClassVar[str] = "case.html"
    row: CaseRow
    case: CaseFile
    application: cases.Application
    answers: tuple[Answer, ...]
    timeline: tuple[Line, ...]
    kept: Kept
    mark: str
    steps: frozenset[str]
    form: Form
    errors: FormErrors
    pulled: cases.Pulled | None
    returnable: bool
    files: frozenset[str]
    reasons: ClassVar[dict[str, tuple[str, str]]] = cases.PULL_REASONS
    declining: ClassVar[dict[str, tuple[str, str]]] = cases.DECLINE_REASONS
    note_max: ClassVar[int] = cases.NOTE_MAX

    @property
    def open_materials(self) -> tuple[cases.Material, ...]:
        """What may still be handed in."""
        return tuple(m for m in self.application.materials if m.state != cases.WAIVED)


def steps_of(case: CaseFile) -> frozenset[str]:
    """The steps that a station may take now, by the name of their address."""
    if case.open_conflicts or case.newer:
        return frozenset()
    kinds = {kind for status, kind in cases.MOVES if status == case.status}
    names = {
        "supplement": cases.SUPPLEMENTED, "withdraw": cases.WITHDRAWN, "decide": cases.DECIDED,
        "deliver": cases.DELIVERED, "rate": cases.RATED,
    }  # fmt: skip
    possible = {name for name, kind in names.items() if kind in kinds}
    return frozenset(possible if case.home == STATION else possible - {"decide"})


@require(CLERK)
def show(request: Request) -> Response:
    """The case."""
    return _show(request, form_of(request), FormErrors())


def _show(request: Request, form: Form, errors: FormErrors) -> Response:
    station, number = station_of(request), request.path_params["number"]
    row = station.desk.case(number)
    application = row.case.application
    if application is None:
        return redirect(request, f"/cases/{number}/continue")
    with station.node.read() as db:
        rows = [station.runtime.attachments.row(db, name) for name in _files_of(application)]
        kept = station.kept(station.reach(db), row)
        names = {e.actor: accounts.account_of_actor(db, e.actor) for e in row.case.events if e.actor}
    roster = station.node.roster

    def who(event: Event) -> str:
        account, member = names.get(event.actor), roster.member(event.node)
        here = event.node == station.node.name and account is not None
        return account.display_name if here and account else member.name if member else event.node

    pulls = {pull.id: pull for pull in row.case.pulls}
    files = frozenset(each.hash for each in rows if each is not None and each.whole)
    note_access(request, "case.view", cases.subject_of(number))
    timeline = tuple(Line(event, who(event), pulls.get(event.id)) for event in row.case.events)
    page = CasePage(
        row, row.case, application, _answers(application, station.desk.shelf().items.get(row.item)),
        timeline, kept, mark_of(row, kept), steps_of(row.case),
        form, errors, next(iter(row.case.pulls_of(station.node.name)), None), may_release(station, row.case), files,
    )  # fmt: skip
    codes = [refusal.code for _, refusal in errors]
    return render(request, page, max((status_of(visit_of(request).web, code) for code in codes), default=200))


def _files_of(application: cases.Application) -> list[str]:
    return [each.hash for material in application.materials for each in material.attachments]


def _answers(application: cases.Application, item: Item | None) -> tuple[Answer, ...]:
    labels = {field.code: field.label for field in item.fields} if item else {}
    return tuple(Answer(labels.get(code, code), text) for code, text in application.fields.items())


# ---------------------------------------------------------------- steps


Step = Callable[[Request, Form, FormErrors], str]
"""Takes the step and gives the code of the sentence that the next page shows. Raises Refusal; may add to errors."""


def _stepping(request: Request, step: Step) -> Response:
    form, errors = form_of(request), FormErrors()
    number = request.path_params["number"]
    notice = ""
    with errors.at(""):
        notice = step(request, form, errors)
    if errors:
        return _show(request, form, errors)
    return redirect(request, f"/cases/{number}", notice)


def _supplement(request: Request, form: Form, errors: FormErrors) -> str:
    station, number, actor = station_of(request), request.path_params["number"], actor_of(request)
    application = station.desk.case(number).case.application
    codes = [m.code for m in application.materials] if application else []
    kept = keep_files(station, actor, form, errors, codes)
    if errors:
        return ""
    files: Mapping[str, tuple[cases.Attachment, ...]] = {
        code: tuple(each.attachment for each in found) for code, found in kept.items()
    }
    received = {key.removeprefix("material.") for key, value in form.values if value == cases.RECEIVED}
    station.desk.supplement(number, {code: files.get(code, ()) for code in codes if code in {*received, *files}}, actor)
    status = station.desk.case(number).status
    return "station.supplemented_accepted" if status == "accepted" else "station.supplemented"


def _withdraw(request: Request, form: Form, errors: FormErrors) -> str:
    station_of(request).desk.withdraw(_number(request), _needed(form, "reason"), actor_of(request))
    return "station.withdrawn"


def _deliver(request: Request, form: Form, errors: FormErrors) -> str:
    station_of(request).desk.deliver(_number(request), _needed(form, "receiver"), actor_of(request))
    return "station.delivered"


def _decide(request: Request, form: Form, errors: FormErrors) -> str:
    outcome, reasons, result = form.text("outcome"), form.text("reasons"), form.text("result")
    if outcome == cases.DENIED and not reasons:
        raise Refusal("desk.reasons_missing")
    station_of(request).desk.decide(_number(request), outcome, reasons, result, actor_of(request))
    return "station.decided"


def _rate(request: Request, form: Form, errors: FormErrors) -> str:
    grade = form.text("grade")
    chosen = int(grade) if len(grade) == 1 and grade in "12345" else 0
    station_of(request).desk.rate(_number(request), chosen, form.text("comment"), actor_of(request))
    return "station.rated"


def _number(request: Request) -> str:
    return str(request.path_params["number"])


def _needed(form: Form, name: str) -> str:
    text = form.text(name)
    if not text:
        raise Refusal("desk.reason_missing" if name == "reason" else "desk.receiver_missing")
    return text


STEPS: dict[str, tuple[Step, FormLimits]] = {
    "supplement": (_supplement, FILES),
    "withdraw": (_withdraw, STEP),
    "decide": (_decide, STEP),
    "deliver": (_deliver, STEP),
    "rate": (_rate, STEP),
}
"""Each step by the last word of its address: what it does, and how much its form may hold. POST:

supplement   `material.<code>` = received, `file.<code>`
withdraw     `reason`
decide       `outcome` (granted or refused), `reasons`, `result`; for items that a station concludes
deliver      `receiver`
rate         `grade` 1 (very satisfied) to 5, `comment`
"""


def _route(name: str, step: Step, limits: FormLimits) -> Route:
    @require(CLERK, limits=limits)
    def take(request: Request) -> Response:
        return _stepping(request, step)

    return Route(f"/cases/{{number}}/{name}", take, methods=["POST"], name=name)


ROUTES = [Route("/cases/{number}", show), *(_route(name, *step) for name, step in STEPS.items())]
