"""The review of drafts: the list with its counts, one draft with what it changes, and what is done with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from central import reviewing
from central.catalogue_files.differing import Cell, differences
from central.node_life import OPERATOR
from central.reviewing import Judge
from central.web.base import ADMIN, SMALL_FORM, SUPERVISOR, hub_of, page_number, roles_at, status_for
from shared_models.catalogue import Finding, basic_code, check, inherited, item_of
from shared_models.catalogue.life import DRAFT_STATES, SUBMIT, WORD_CHARACTERS_MAX
from shared_models.refusals import Refusal
from sync_protocol.host.forms import Form, FormErrors
from sync_protocol.host.guards import form_of, require
from sync_protocol.host.web import account_at, redirect, render
from sync_protocol.store import accounts, base_list, knowledge
from sync_protocol.store.database import Connection
from sync_protocol.store.knowledge import VersionRow
from sync_protocol.store.reviewing import DraftRow, Reviews, Wanted

DRAFTS_A_PAGE = 20


@dataclass(frozen=True)
class Draft:
    """A draft as the reader sees it: with what it inherits, what it changes in what is published (`fresh` = nothing is
    published under its code), and whether it is the reader's own. People are named where this hub knows them."""

    row: DraftRow
    different: list[Cell]
    fresh: bool
    author: str
    by: str
    own: bool


@dataclass(frozen=True)
class ReviewPage:
    """`state` and `source` are what the list is filtered by; `states` counts the complete drafts from that source;
    `seen_ms` = when this page was made."""

    template: ClassVar[str] = "review.html"
    drafts: list[Draft]
    states: dict[str, int]
    sources: list[tuple[str, int]]
    state: str
    source: str
    number: int
    total: int
    seen_ms: int
    drafting: bool
    form: Form
    errors: FormErrors
    word_max: int = WORD_CHARACTERS_MAX

    @property
    def last(self) -> int:
        return -(-self.total // DRAFTS_A_PAGE)

    def url(self, state: str) -> str:
        """The list of drafts in another state, from the same source."""
        return "/catalogue/review?" + urlencode({"state": state, "source": self.source})


@dataclass(frozen=True)
class DraftPage:
    """One draft: what it changes, what the audit says, how its review stands, and what the reader may do."""

    template: ClassVar[str] = "draft.html"
    draft: Draft
    findings: list[Finding]
    seen_ms: int
    drafting: bool
    form: Form
    errors: FormErrors
    word_max: int = WORD_CHARACTERS_MAX


@require(ADMIN, SUPERVISOR, limits=SMALL_FORM)
def review(request: Request) -> Response:
    """GET: the drafts in a state (`state`), from a source (`source`). POST `verb` with `code` (several) or `everything`
    moves them on."""
    errors = FormErrors()
    if request.method == "POST":
        form = form_of(request)
        everything = bool(form.text("everything"))
        asked = _asked(form, () if everything else form.texts("code"), everything)
        with errors.at("word" if form.text("verb") == "return" else ""):
            done = _judge(request, asked)
            return redirect(request, _list(form), "review.done_some" if done.left else f"review.done_{asked.verb}")
    return _review(request, errors)


@require(ADMIN, SUPERVISOR, limits=SMALL_FORM)
def draft(request: Request) -> Response:
    """GET: one draft. POST `verb`: moves it on."""
    errors, code = FormErrors(), request.path_params["code"]
    if request.method == "POST":
        form = form_of(request)
        with errors.at("word" if form.text("verb") == "return" else ""):
            asked = _asked(form, (code,), everything=False)
            _judge(request, asked)
            return redirect(request, f"/catalogue/review/{code}", f"review.done_{asked.verb}")
    return _draft(request, code, errors)


def _asked(form: Form, codes: tuple[str, ...], everything: bool) -> Judge:
    seen = form.text("seen_ms")
    seen_ms = int(seen[:16]) if seen.isascii() and seen.isdigit() else 0
    return Judge(form.text("verb"), codes, everything, form.text("source"), form.text("word"), seen_ms=seen_ms)


def _judge(request: Request, asked: Judge) -> reviewing.Judged:
    """Raises Refusal as `reviewing.judge`; review.not_yours where somebody hands in who writes no drafts."""
    if asked.verb == SUBMIT and ADMIN not in roles_at(request):
        raise Refusal("review.not_yours")
    return reviewing.judge(hub_of(request), asked, account_at(request).actor)


def _list(form: Form) -> str:
    return "/catalogue/review?" + urlencode({"state": form.text("state"), "source": form.text("source")})


def _review(request: Request, errors: FormErrors) -> Response:
    hub, number, form = hub_of(request), page_number(request), form_of(request)
    query = request.query_params if request.method == "GET" else dict(form.values)
    source = str(query.get("source", ""))[:200]
    with hub.node.read() as db:
        reviews = Reviews(db)
        tally = reviews.tally(source)
        state = _state(str(query.get("state", "")), tally, ADMIN in roles_at(request))
        rows = reviews.rows(Wanted(state, source), (number - 1) * DRAFTS_A_PAGE, DRAFTS_A_PAGE)
        latest, reader = knowledge.latest_version(db), account_at(request).actor
        page = ReviewPage(
            drafts=[_seen(db, row, latest, reader) for row in rows],
            states={each: tally.get(each, 0) for each in DRAFT_STATES},
            sources=reviews.sources(),
            state=state,
            source=source,
            number=number,
            total=tally.get(state, 0),
            seen_ms=hub.now_ms(),
            drafting=ADMIN in roles_at(request),
            form=form,
            errors=errors,
        )
    return render(request, page, status_for(request, errors))


def _state(wanted: str, tally: dict[str, int], drafting: bool) -> str:
    """The state that is asked for; else the one in which there is something for the reader to do."""
    if wanted in DRAFT_STATES:
        return wanted
    if drafting and not tally.get("submitted") and (tally.get("drafted") or not tally.get("returned")):
        return "drafted" if tally.get("drafted") else "submitted"
    return "submitted"


def _draft(request: Request, code: str, errors: FormErrors) -> Response:
    hub = hub_of(request)
    with hub.node.read() as db:
        row = Reviews(db).row(code)
        if row is None:
            raise Refusal("review.unknown", item=code[:40])
        seen = _seen(db, row, knowledge.latest_version(db), account_at(request).actor)
    page = DraftPage(
        draft=seen,
        findings=check(seen.row.item),
        seen_ms=hub.now_ms(),
        drafting=ADMIN in roles_at(request),
        form=form_of(request),
        errors=errors,
    )
    return render(request, page, status_for(request, errors))


def _seen(db: Connection, row: DraftRow, latest: VersionRow | None, reader: str) -> Draft:
    code = row.item.code
    item = inherited(row.item, base_list.some(db, {basic_code(code)}))
    named = latest.items.get(code) if latest else None
    value = knowledge.item(db, named) if named else None
    before = item_of(value) if value is not None else None
    return Draft(
        row._replace(item=item), differences(before, item) if before else [], before is None, name_of(db, row.author),
        name_of(db, row.moved_by), bool(row.author) and row.author == reader,
    )  # fmt: skip


def name_of(db: Connection, actor: str) -> str:
    """What a person is called here: the name of the account; the id of somebody from elsewhere."""
    account = accounts.account_of_actor(db, actor) if actor and actor != OPERATOR else None
    return account.display_name if account else actor


def routes() -> list[Route]:
    """`/catalogue/review` and what is below it."""
    return [
        Route("/catalogue/review", review, methods=["GET", "POST"]),
        Route("/catalogue/review/{code}", draft, methods=["GET", "POST"]),
    ]
