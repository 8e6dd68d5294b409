"""The questions that tell a resident's situation, at most three a page, and what remains to be brought meanwhile.

The answers stand in the address: Back, reload and a bookmark do what one expects, and nothing is kept anywhere before
the form is begun. Going back shows what was answered; once all is answered the form follows by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge_node.drafts import ID_MAX
from edge_node.web.context import CLERK, Worded, station_of
from shared_models.catalogue import Item, Material, Question, questions
from shared_models.catalogue.questions import Said, Standing
from shared_models.refusals import Refusal
from sync_protocol.host.forms import FormErrors
from sync_protocol.host.guards import require
from sync_protocol.host.web import redirect, render

ANSWER, WAS = "answer.", "was."
"""Before the code of a question: its answer, and one that was given before the clerk went back."""


class Before(NamedTuple):
    """An answer that was given: in words, and where it can be changed."""

    said: Said
    change: str


class Left(NamedTuple):
    """What may still be needed, and what no longer is."""

    needed: tuple[Material, ...]
    gone: tuple[Material, ...]


@dataclass(frozen=True)
class AskingPage(Worded):
    """The next questions of an item. `answers` = those of former pages; `was` = what stood here before going back;
    `proceed` = where all answers lead, "" as long as a question is open or where they lead to no one situation;
    `back` = the page before, "" on the first; `draft` = the begun application that goes on with the answers."""

    template: ClassVar[str] = "asking.html"
    item: Item
    errors: FormErrors
    now: Standing
    answers: Mapping[str, str]
    was: Mapping[str, str]
    before: tuple[Before, ...]
    left: Left
    proceed: str
    back: str
    draft: str

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the form carries along unseen."""
        asked = {each.code for each in self.now.page}
        earlier = [(f"{WAS}{code}", answer) for code, answer in self.was.items() if code not in asked]
        return [*_named(self.answers), *earlier, *([("draft", self.draft)] if self.draft else [])]


@dataclass(frozen=True)
class LeftPage(Worded):
    """What remains to be brought, while answers are chosen."""

    template: ClassVar[str] = "left.html"
    left: Left


def asking_address(code: str, answers: Mapping[str, str], draft: str = "", *, look: bool = False) -> str:
    """Where the questions of an item are asked after `answers`; `look` stays there though all are answered."""
    more = [*([("look", "1")] if look else []), *([("draft", draft)] if draft else [])]
    query = urlencode([*_named(answers), *more])
    return f"/items/{quote(code)}/questions{'?' if query else ''}{query}"


@require(CLERK)
def ask(request: Request) -> Response:
    """GET with `answer.<question>` for what was answered, `was.<question>` for what may be answered again, and `asked`,
    the codes of the questions on the page whose button was pressed. Leads on to the form once everything is answered,
    unless `look=1`."""
    item = station_of(request).desk.shelf().item(request.path_params["code"])
    if not item.questions or station_of(request).desk.stopped([item]):
        return redirect(request, f"/items/{quote(item.code)}")
    given, was, errors = _given(request, ANSWER), _given(request, WAS), FormErrors()
    now = questions.standing(item, given)
    answers, draft = now.answers, request.query_params.get("draft", "")[:ID_MAX]
    proceed = _form_address(item, now, draft)
    if proceed and "look" not in request.query_params:
        return redirect(request, proceed)
    sent = request.query_params.get("asked", "").split()
    for question in now.page:
        if question.code in sent:
            errors.add(f"{ANSWER}{question.code}", Refusal("questions.unanswered", text=question.text))
    before = tuple(Before(each, _change(item, answers, each.question, draft)) for each in questions.said(item, answers))
    page = AskingPage(
        item, errors, now, answers, was, before, _left(item, now), proceed,
        before[_first_of_last(item, now)].change if before else "", draft,
    )  # fmt: skip
    return render(request, page, 422 if errors else 200)


@require(CLERK)
def left(request: Request) -> Response:
    """What remains after the answers in the address: a fragment."""
    item = station_of(request).desk.shelf().item(request.path_params["code"])
    return render(request, LeftPage(_left(item, questions.standing(item, _given(request, ANSWER)))))


def _given(request: Request, prefix: str) -> dict[str, str]:
    found = request.query_params.multi_items()
    return {key.removeprefix(prefix): value[:40] for key, value in found if key.startswith(prefix) and value}


def _named(answers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(f"{ANSWER}{code}", answer) for code, answer in answers.items()]


def _form_address(item: Item, now: Standing, draft: str) -> str:
    if now.situation is None:
        return ""
    more = [("draft", draft)] if draft else []
    return f"/items/{quote(item.code)}/apply?" + urlencode([
        ("situation", now.situation.code), *_named(now.answers), *more
    ])  # fmt: skip


def _change(item: Item, answers: Mapping[str, str], question: str, draft: str) -> str:
    """The address of the page on which a question was asked, with what was answered there and later to be seen."""
    earlier: dict[str, str] = {}
    for page in questions.pages(item, answers):
        if question in {each.code for each in page}:
            break
        earlier |= _of(page, answers)
    later = [(f"{WAS}{code}", answer) for code, answer in answers.items() if code not in earlier]
    return _with(asking_address(item.code, earlier, draft), later)


def _with(address: str, more: Iterable[tuple[str, str]]) -> str:
    query = urlencode([*more])
    return f"{address}{'&' if '?' in address else '?'}{query}" if query else address


def _of(page: Iterable[Question], answers: Mapping[str, str]) -> dict[str, str]:
    return {each.code: answers[each.code] for each in page if each.code in answers}


def _first_of_last(item: Item, now: Standing) -> int:
    """The place, among the answers, of the first one of the page that was answered last."""
    last = questions.pages(item, now.answers)[-1]
    return [*now.answers].index(next(each.code for each in last if each.code in now.answers))


def _left(item: Item, now: Standing) -> Left:
    needed = {each.code for each in now.materials}
    return Left(now.materials, tuple(each for each in item.materials if each.code not in needed))


ROUTES = [
    Route("/items/{code}/questions", ask),
    Route("/items/{code}/left", left),
]
