"""The form: what a situation needs, filled in, checked, and taken in or answered with a one-time notice.

One address, one form, some buttons. `check` looks at what is there so far and says what the id number tells, what
departments have attested, and what is known from earlier visits; `adopt` fills empty fields with that, `adopt:<field>`
one of them, `agent:<case number>` those about a relative who was named there; `all` marks the required materials of
which nothing was said as received; `answers` goes back to the questions that told the situation, and keeps the form
meanwhile; `accept` and `notice` take the application in.
Whatever is wrong, everything typed and every file chosen is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node import adopting
from edge_node.desk import Checked, Intake
from edge_node.drafts import Begun
from edge_node.entry import PROMISE_DAYS, may_be_promised, worth_saying
from edge_node.evidence import Held
from edge_node.known import NOTHING, Known, Paper
from edge_node.station import Station
from edge_node.web.adopting import adopt, clerks_of, may_take_relative, taken_out
from edge_node.web.asking import asking_address
from edge_node.web.context import CLERK, FILES, Worded, actor_of, note_access, station_of
from edge_node.web.files import KeptFile, files_brought, keep_files
from edge_node.web.filling import (
    AGENT_FIELDS,
    WHO,
    Files,
    all_received,
    answers_of,
    codes_of_files,
    entry_id_of,
    entry_of,
    keep,
    shown_under,
)
from edge_node.web.hand import led_on
from edge_node.web.samples import held_samples
from shared_models import cases, identifiers
from shared_models.catalogue import FormField, Material, forms, questions
from shared_models.identifiers import ResidentId
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import redirect, render, status_of, visit_of
from sync_protocol.store.case_files import CaseRow

CHECK, ADOPT, AGENT, ALL, ANSWERS = "check", "adopt", "agent", "all", "answers"
ACCEPT, NOTICE = "accept", "notice"
ACTIONS = (CHECK, ADOPT, AGENT, ALL, ANSWERS, ACCEPT, NOTICE)


class Asked(NamedTuple):
    """A material on the form: what it is, its state so far, its files, what stands in for it, what is here of it
    from an earlier case, and whether its sample picture is."""

    material: Material
    state: str
    files: tuple[KeptFile, ...]
    waived_by: Held | None
    paper: Paper | None
    pictured: bool


class Person(NamedTuple):
    """What an id number tells. `age` in whole years today."""

    birth: date
    male: bool
    age: int
    region_known: bool


@dataclass(frozen=True)
class ApplyPage(Worded):
    """The form of an item and a situation. `checked` says whether a check was made; `other_held` are the attestations
    of the resident that have no part in this situation, or do not count today; `asked_fields` are the codes of the
    fields that are asked for with these answers; `clerks` = opaque id -> name of those who took in what is offered;
    `begun_under` = the earlier version of the catalogue under which this was begun, 0 if it is the present one."""

    template: ClassVar[str] = "apply.html"
    intake: Intake
    form: Form
    errors: FormErrors
    entry_id: str
    checked: bool
    person: Person | None
    asked: tuple[Asked, ...]
    other_held: tuple[Held, ...]
    known: Known
    clerks: Mapping[str, str]
    twins: tuple[CaseRow, ...]
    missing: tuple[cases.Material, ...]
    offer_notice: bool
    asked_fields: tuple[str, ...]
    begun_under: int

    @property
    def tolerable(self) -> bool:
        """Whether something of this situation may come later on a promise."""
        may = any(may_be_promised(each.material) and not each.waived_by for each in self.asked)
        return self.intake.item.tolerant and bool(self.intake.item.promised_days) and may

    @property
    def promises(self) -> bool:
        """Whether something is marked as promised."""
        return any(each.state == cases.PROMISED for each in self.asked)

    @property
    def promise_days(self) -> int:
        """The usual number of working days until what is promised comes."""
        return min(PROMISE_DAYS, self.intake.item.promised_days or 0)

    @property
    def fields(self) -> tuple[FormField, ...]:
        return self.intake.item.fields

    def because(self, material: Material) -> str:
        """The answers for which a material is asked for, in words; "" where it always is."""
        return "；".join(f"{each.text} {each.label}" for each in questions.because(material.given, self.intake.said))

    @property
    def adopted(self) -> dict[str, str]:
        """Name of a field that was filled from an earlier case -> number of that case."""
        return adopting.adopted(self.form)

    @property
    def may_adopt(self) -> bool:
        """Whether there is something empty that an earlier case could fill."""
        asked = (*WHO, *(f"field.{code}" for code in self.asked_fields))
        return any(name in self.known.fields and not self.form.text(name) for name in asked)

    @property
    def has_agent(self) -> bool:
        """Whether anything is said of somebody who acts for the applicant."""
        return any(self.form.text(name) or self.errors.of(name) for name in AGENT_FIELDS)

    @property
    def may_take_relative(self) -> bool:
        """Whether nothing was typed about an agent that a relative would take the place of."""
        return may_take_relative(self.form)

    @staticmethod
    def relation_choices(language: str) -> list[tuple[str, str]]:
        """The relations as the macro `select` takes them."""
        return [(code, words[language == "en"]) for code, words in cases.RELATIONS.items()]

    relations: ClassVar[dict[str, tuple[str, str]]] = cases.RELATIONS

    @staticmethod
    def choices(field: FormField) -> list[tuple[str, str]]:
        """The choices of a field as the macro `select` takes them."""
        return [(choice, choice) for choice in field.choices]

    @property
    def ready(self) -> bool:
        """Whether everything that is needed is there."""
        return self.checked and not self.errors and not self.missing


@require(CLERK, limits=FILES)
def apply(request: Request) -> Response:
    """GET shows the form (with what was typed before a session ended, or with what `?draft=` holds), POST does what the
    button says. Whatever is posted and not taken in is kept as begun."""
    station, form, errors = station_of(request), form_of(request), FormErrors()
    code = request.path_params["code"]
    situation = request.query_params.get("situation", "")
    if not situation:
        return redirect(request, f"/items/{code}")
    begun = _begun(request, form)
    form = form if begun is None else Form(begun.values or (), action=request.url.path)
    intake = _intake(request, form, code, situation)
    form = taken_out(station, form, errors)
    actor = actor_of(request)
    files = keep_files(station, actor, form, errors, (m.code for m in intake.materials))
    entry_id = begun.id if begun else entry_id_of(request, form)
    if not form.values:
        return render(request, _page(station, intake, form, errors, entry_id, files, None))
    checked = station.desk.check(code, situation, entry_of(form, intake, files), entry_id)
    action, _, of = (form.text("action") if request.method == "POST" else CHECK).partition(":")
    if action in (ADOPT, AGENT) and checked.resident:
        form = adopt(station, form, checked, action == AGENT, of)
        checked = station.desk.check(code, situation, entry_of(form, intake, files), entry_id)
    if action == ALL:
        form = all_received(form, intake, checked.waived)
        checked = station.desk.check(code, situation, entry_of(form, intake, files), entry_id)
    if request.method == "POST":
        with errors.at(""):
            kept = keep(request, form, entry_id, files)
            if action == ANSWERS:
                return redirect(request, asking_address(code, intake.answers, entry_id if kept else "", look=True))
    if action in (ACCEPT, NOTICE):
        return _take_in(request, action, checked, form, errors, files)
    if action not in ACTIONS:
        errors.add("", Refusal("desk.action_unknown"))
    for name, refusal in worth_saying(checked.faults):
        errors.add(name, refusal)
    _note_prefill(request, checked)
    page = _page(station, intake, form, errors, entry_id, files, checked, begun=begun)
    return render(request, led_on(page), _status(request, errors) if request.method == "POST" else 200)


def _intake(request: Request, form: Form, code: str, situation: str) -> Intake:
    """Raises Refusal as `Desk.intake`; what was filled in for an item that has gone meanwhile is kept first."""
    station = station_of(request)
    try:
        return station.desk.intake(code, situation, answers_of(request, form))
    except Refusal:
        if request.method == "POST":
            files = files_brought(station, actor_of(request), form, codes_of_files(form))
            keep(request, form, entry_id_of(request, form), files)
        raise


def _begun(request: Request, form: Form) -> Begun | None:
    """The begun application that a GET asks for, unless there is something newer to show."""
    wanted = request.query_params.get("draft", "")
    if form.values or not wanted:
        return None
    note_access(request, "draft.opened", f"draft/{wanted[:64]}")
    return station_of(request).drafts.open(wanted, actor_of(request))


def _note_prefill(request: Request, checked: Checked) -> None:
    for number in sorted(checked.known.sources):
        note_access(request, "case.prefill", f"case/{number}")


def _take_in(
    request: Request,
    action: str,
    checked: Checked,
    form: Form,
    errors: FormErrors,
    files: Files,
) -> Response:
    station, intake = station_of(request), checked.intake
    if shown_under(form) not in (0, intake.shelf.number):
        errors.add("", Refusal("drafts.catalogue_changed", version=intake.shelf.number))
    for name, refusal in checked.faults:
        errors.add(name, refusal)
    if action == ACCEPT:
        for material in checked.missing:
            said = checked.entry.materials.get(material.code)
            refusal = Refusal("desk.material_missing" if said else "desk.material_unsaid", name=material.name)
            errors.add(f"material.{material.code}", refusal)
    if not errors:
        try:
            take = station.desk.accept if action == ACCEPT else station.desk.give_notice
            number = take(checked, actor_of(request))
            return redirect(request, f"/cases/{number}/{'receipt' if action == ACCEPT else 'notice'}")
        except Refusal as refusal:
            errors.add("", refusal)
    _note_prefill(request, checked)
    offer = action == ACCEPT and bool(checked.missing) and not checked.faults
    page = _page(station, intake, form, errors, checked.entry_id, files, checked, offer_notice=offer)
    return render(request, page, _status(request, errors))


def _status(request: Request, errors: FormErrors) -> int:
    """422, or what is graver: a full disk is not the clerk's fault."""
    return max((status_of(visit_of(request).web, refusal.code) for _, refusal in errors), default=200)


def _page(
    station: Station,
    intake: Intake,
    form: Form,
    errors: FormErrors,
    entry_id: str,
    files: Files,
    checked: Checked | None,
    *,
    offer_notice: bool = False,
    begun: Begun | None = None,
) -> ApplyPage:
    waived, known = (checked.waived, checked.known) if checked else ({}, NOTHING)
    states = {m.code: m.state for m in checked.materials} if checked else {}
    said = {m.code for m in intake.materials if form.text(f"material.{m.code}") or m.code in files}
    pictured = held_samples(station, intake.materials)
    asked = tuple(
        Asked(m, states.get(m.code, "") if m.code in said or m.code in waived else "", files.get(m.code, ()),
              waived.get(m.code), known.papers.get(m.code), m.sample in pictured)
        for m in intake.materials
    )  # fmt: skip
    standing_in = {each.id for each in waived.values()}
    return ApplyPage(
        intake,
        form,
        errors,
        entry_id,
        checked is not None and checked.resident is not None,
        _person(checked.resident, intake.day) if checked and checked.resident else None,
        asked,
        tuple(each for each in checked.held if each.id not in standing_in) if checked else (),
        known,
        clerks_of(station, known),
        checked.twins if checked else (),
        checked.missing if checked else (),
        offer_notice,
        forms.judge(intake.item.fields, entry_of(form, intake, files).fields, intake.day).asked,
        begun.catalogue if begun and begun.catalogue != intake.shelf.number else 0,
    )


def _person(resident: ResidentId, today: date) -> Person:
    birth = resident.birth
    return Person(birth, resident.sex == "male", identifiers.age_on(birth, today), resident.region_known)


ROUTES = [Route("/items/{code}/apply", apply, methods=["GET", "POST"])]
