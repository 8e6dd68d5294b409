"""What all pages of a hub share: who it is, the links in its head, the statuses of its refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from starlette.requests import Request

from central.hub import Hub
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors, FormLimits
from sync_protocol.host.guards import form_of
from sync_protocol.host.web import NavLink, account_at, status_of, visit_of

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
STATIC = FOLDER / "static"

OFFICER, SUPERVISOR, ADMIN, ISSUER = "officer", "supervisor", "admin", "issuer"
HANDLING = (OFFICER, SUPERVISOR)

NAVIGATION = (
    NavLink("/", "概览", "Overview"),
    NavLink("/worklist", "办件", "Cases", frozenset(HANDLING), ("/cases", "/find")),
    NavLink("/attestations", "电子证明", "Attestations", frozenset({ISSUER})),
    NavLink("/catalogue", "事项目录", "Catalogue", frozenset({ADMIN})),
    NavLink("/catalogue/review", "目录审核", "Review", frozenset({SUPERVISOR})),
    NavLink("/pulls", "调取", "Asked for", frozenset({ADMIN, SUPERVISOR})),
    NavLink("/held", "待核记录", "Held", frozenset({ADMIN, SUPERVISOR})),
    NavLink("/erasures", "依法删除", "Erasures", frozenset({ADMIN, SUPERVISOR})),
    NavLink("/nodes", "站点", "Nodes", frozenset({ADMIN, SUPERVISOR}), ("/clerks", "/witness")),
    NavLink("/accounts", "账号", "Accounts", frozenset({ADMIN})),
)

STATUSES: Mapping[str, int] = {
    "cases.conflict_open": 409,
    "cases.erased": 410,
    "cases.illegal_move": 409,
    "cases.no_such_conflict": 409,
    "cases.not_your_level": 403,
    "cases.unknown": 404,
    "central.attachment_on_its_way": 404,
    "central.city_only": 403,
    "central.held_changed": 409,
    "central.held_ruled": 409,
    "central.held_unknown": 404,
    "central.no_such_attestation": 404,
    "central.no_such_version": 404,
    "central.not_your_attestation": 403,
    "central.progress_wait": 429,
    "clones.unknown": 404,
    "editing.bulk_changed": 409,
    "editing.bulk_gone": 409,
    "editing.bulk_touched": 409,
    "editing.changed_meanwhile": 409,
    "editing.code_taken": 409,
    "editing.entry_gone": 409,
    "editing.unknown_item": 404,
    "erasure.already": 409,
    "erasure.done": 410,
    "erasure.no_such_proposal": 409,
    "erasure.two_people": 403,
    "halts.already_cancelled": 409,
    "halts.not_suspended": 409,
    "keys.lapsed_already": 409,
    "keys.not_due": 409,
    "keys.not_lapsed": 409,
    "pulls.nothing_to_release": 409,
    "pulls.not_yours": 403,
    "pulls.written": 409,
    "review.changed": 409,
    "review.not_now": 409,
    "review.not_yours": 403,
    "review.own": 403,
    "review.unknown": 404,
    "roster.unknown_node": 404,
    "sync.attachment_name": 404,
}
"""Where 422 (understood, and refused) does not fit."""

SMALL_FORM = FormLimits(fields_max=40, fields_bytes_max=64 * 1024)


def hub_of(request: Request) -> Hub:
    """The hub whose page this is."""
    hub: Hub = request.app.state.hub
    return hub


def roles_at(request: Request) -> frozenset[str]:
    """The roles of the account that is logged in."""
    return frozenset(account_at(request).roles)


def form_for(request: Request, action: str) -> Form:
    """What was typed into the form of a page that goes to `action`; an empty form where it was another one."""
    form = form_of(request)
    return form if form.action == action else Form(action=action)


def noted(errors: FormErrors, gaps: Iterable[tuple[str, Refusal]]) -> None:
    """Notes what is wrong with fields."""
    for name, refusal in gaps:
        errors.add(name, refusal)


def in_order(errors: FormErrors, names: Sequence[str]) -> FormErrors:
    """The same errors in the order in which the fields stand in the form."""
    sorted_ = FormErrors()
    noted(sorted_, sorted(errors, key=lambda each: names.index(each[0]) if each[0] in names else -1))
    return sorted_


def status_for(request: Request, errors: FormErrors) -> int:
    """The status of a page with a form: 200 without errors, else that of the first one."""
    web = visit_of(request).web
    return next((status_of(web, refusal.code) for _, refusal in errors), 200)


def page_number(request: Request) -> int:
    """`?page=`, from 1."""
    text = request.query_params.get("page", "1")
    return max(1, int(text[:6])) if text.isascii() and text.isdigit() else 1
