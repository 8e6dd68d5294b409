"""Attestations of the account's department: what was issued, issuing, finding those of a resident, revoking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import issuing
from central.hub import Hub
from central.issuing import HOLDER, Attesting, Held
from central.web.base import ISSUER, SMALL_FORM, hub_of, in_order, noted, status_for
from shared_models import identifiers
from shared_models.attestations import Claim, resident_pseudonym
from shared_models.refusals import Refusal
from shared_models.roster import Issuer
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render
from sync_protocol.store import accounts
from sync_protocol.store.accounts import Access
from sync_protocol.store.database import Connection

SHOWN = 100
FIELDS = ("fact", "name", "id_number", "area", "valid_from", "valid_until", "claims")
CLAIMS_MAX = 20
DIGITS_MAX = 15


@dataclass(frozen=True)
class AttestationsPage:
    """`of_resident` says that the list is what was found for an id number; the number itself is not shown again."""

    template: ClassVar[str] = "attestations.html"
    issuer: Issuer | None
    problem: Refusal | None
    held: list[Held]
    of_resident: bool
    today: date
    form: Form
    errors: FormErrors

    @staticmethod
    def holder(each: Held) -> str:
        """The masked name of the resident."""
        return str(each.attestation.claims.get(HOLDER, "—")) if each.attestation else "—"


@dataclass(frozen=True)
class IssuePage:
    """`facts` = code and name of what the department may attest."""

    template: ClassVar[str] = "issue.html"
    issuer: Issuer
    facts: list[tuple[str, str]]
    area: str
    today: date
    form: Form
    errors: FormErrors


@require(ISSUER)
def attestations(request: Request) -> Response:
    return _list(request, FormErrors())


@require(ISSUER, limits=SMALL_FORM)
def find(request: Request) -> Response:
    """POST `id_number`: the department's attestations of a resident. A GET shows the list."""
    if request.method != "POST":
        return redirect(request, "/attestations")
    hub, form, errors = hub_of(request), form_of(request), FormErrors()
    with errors.at("id_number"):
        number = identifiers.resident_id(form.text("id_number"), hub.today()).number
        return _list(request, errors, resident_pseudonym(hub.runtime.resident_key, number))
    return _list(request, errors)


@require(ISSUER, limits=SMALL_FORM)
def issue(request: Request) -> Response:
    """GET: the form. POST `fact`, `name`, `id_number`, `area`, `valid_from`, `valid_until`, `claims`: issues."""
    hub, account, form, errors = hub_of(request), account_at(request), form_of(request), FormErrors()
    issuer = issuing.issuer_of(hub, account.department)
    if request.method == "POST":
        wanted = _wanted(hub, issuer, form, errors)
        if wanted is not None:
            with errors.at(""):
                issuing.issue_attestation(hub, account, wanted)
                return redirect(request, "/attestations", "central.issued")
    with hub.node.read() as db:
        names = issuing.fact_names(db)
    facts = [(fact, names.get(fact, fact)) for fact in issuer.facts]
    page = IssuePage(issuer, facts, hub.me.area, hub.today(), form, in_order(errors, FIELDS))
    return render(request, page, status_for(request, errors))


@require(ISSUER, limits=SMALL_FORM)
def revoke(request: Request) -> Response:
    """POST `reason`."""
    errors = FormErrors()
    with errors.at("reason"):
        identity, reason = request.path_params["id"], form_of(request).text("reason")
        issuing.revoke_attestation(hub_of(request), account_at(request), identity, reason)
        return redirect(request, "/attestations", "central.attestation_revoked")
    return _list(request, errors)


def _wanted(hub: Hub, issuer: Issuer, form: Form, errors: FormErrors) -> Attesting | None:
    """What the form asks for; None where something is wrong with it, which is then noted."""
    number, area = "", ""
    claims: dict[str, Claim] = {}
    with errors.at("id_number"):
        number = identifiers.resident_id(form.text("id_number"), hub.today()).number
    with errors.at("area"):
        area = identifiers.division(form.text("area"))
    with errors.at("claims"):
        claims = claims_of(form.text("claims"))
    days = {name: hub.today() for name in ("valid_from", "valid_until")}
    for name in days:
        with errors.at(name):
            days[name] = _day(form.text(name))
    wanted = Attesting(form.text("fact"), form.text("name"), number, area, **days, claims=claims)
    already = {name for name, _ in errors}
    noted(errors, [gap for gap in issuing.gaps_of(hub, issuer, wanted) if gap[0] not in already])
    return None if errors else wanted


def claims_of(text: str) -> dict[str, Claim]:
    """`name=value` a line; a value of digits only is a number. Raises Refusal central.claim_malformed, claims_many."""
    claims: dict[str, Claim] = {}
    for number, line in enumerate((line.strip() for line in text.splitlines()), 1):
        name, equals, value = (part.strip() for part in line.replace("＝", "=").partition("="))
        if not line:
            continue
        if not equals or not name.isidentifier() or not name.isascii() or not value or name in claims:
            raise Refusal("central.claim_malformed", line=number)
        whole = value.isascii() and value.isdigit() and len(value) <= DIGITS_MAX and (value == "0" or value[0] != "0")
        claims[name] = int(value) if whole else value
    if len(claims) > CLAIMS_MAX:
        raise Refusal("central.claims_many", most=CLAIMS_MAX)
    return claims


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("central.date_malformed") from None


def _list(request: Request, errors: FormErrors, pseudonym: str = "") -> Response:
    hub, account = hub_of(request), account_at(request)
    issuer, problem = None, None
    try:
        issuer = issuing.issuer_of(hub, account.department)
    except Refusal as refusal:
        problem = refusal
    with hub.node.read() as db:
        if pseudonym:
            found = [each for each in issuing.of_resident(hub, db, pseudonym) if each.department == account.department]
        else:
            found = issuing.of_department(hub, db, account.department, SHOWN)
    if pseudonym:
        _note(hub, account.actor, found)
    page = AttestationsPage(issuer, problem, found, bool(pseudonym), hub.today(), form_of(request), errors)
    return render(request, page, status_for(request, errors))


def _note(hub: Hub, actor: str, found: list[Held]) -> None:
    """Keeps that somebody looked up what is held on a resident."""

    def note(db: Connection) -> None:
        for each in found:
            accounts.note_access(db, Access(hub.now_ms(), actor, "attestation.found", f"attestation/{each.row.id}"))

    hub.node.database.write(note)


def routes() -> list[Route]:
    """`/attestations` and what is below it."""
    return [
        Route("/attestations", attestations),
        Route("/attestations/find", find, methods=["GET", "POST"]),
        Route("/attestations/issue", issue, methods=["GET", "POST"]),
        Route("/attestations/{id}/revoke", revoke, methods=["POST"]),
    ]
