"""The review of drafts at the city: handing in, approving, sending back; one, some, or all that are wanted.

Whoever approves has proven who he is: in the browser by his session, at a terminal by login and password. Drafts are
moved in slices, each a transaction of its own, with room for others in between. Where codes are named, the first one
that cannot be moved is refused; of all that are wanted, those that cannot be are counted and stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import msgspec

from central.hub import Hub
from central.node_life import OPERATOR
from shared_models.catalogue import Item, basic_code, content_hash, inherited, to_value
from shared_models.catalogue.life import APPROVE, DRAFT_STATES, RETURN, SUBMIT, word_of
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from sync_protocol.host.verbs import Verb
from sync_protocol.store import accounts, base_list, clerk_keys
from sync_protocol.store.database import Connection
from sync_protocol.store.reviewing import Reviews, Wanted

REVIEWERS = ("admin", "supervisor")
"""The roles whose people may approve a draft of somebody else."""
JUDGING = (SUBMIT, APPROVE, RETURN)
SLICE = 400
SHOWN_MAX = 1000

FROM: dict[str, tuple[str, ...]] = {
    SUBMIT: ("drafted", "returned"),
    APPROVE: ("submitted",),
    RETURN: ("submitted", "approved"),
}
"""The states from which a verb moves all that are wanted."""


class Judge(msgspec.Struct, frozen=True):
    """What is done with drafts: those with these `codes`, or `everything` of a state that fits, from one `source` ("" =
    any). `login` and `password` say who it is at a terminal. `seen_ms` = when the person looked, 0 = not known."""

    verb: str
    codes: tuple[str, ...] = ()
    everything: bool = False
    source: str = ""
    word: str = ""
    login: str = ""
    password: str = ""
    seen_ms: int = 0


class Judged(msgspec.Struct, frozen=True):
    """How many drafts were moved, and why others were left: code of the sentence -> how many."""

    moved: int
    left: dict[str, int] = {}


class AskDrafts(msgspec.Struct, frozen=True):
    """Which drafts: of a state ("" = any), from a source ("" = any), at most `most` of them."""

    state: str = ""
    source: str = ""
    most: int = SHOWN_MAX


class DraftLine(msgspec.Struct, frozen=True):
    """A complete draft in a list. People are opaque ids; `at_ms` = when its review moved last, 0 = never."""

    code: str
    name: str
    state: str
    author: str
    by: str
    at_ms: int
    word: str
    source: str


class Standing(msgspec.Struct, frozen=True):
    """How many complete drafts are in each state, and some of them."""

    states: dict[str, int]
    drafts: list[DraftLine]


def judge(hub: Hub, asked: Judge, actor: str = OPERATOR) -> Judged:
    """Moves drafts on. Raises Refusal central.city_only, review.which, review.login_needed, those of a wrong login, of
    `life.word_of`, and, where codes are named, of `Reviews.move`."""
    if hub.node.member.tier != CITY:
        raise Refusal("central.city_only")
    if asked.verb not in JUDGING or bool(asked.codes) == asked.everything:
        raise Refusal("review.which")
    word = word_of(asked.word, needed=asked.verb == RETURN)
    work = _Judging(hub, msgspec.structs.replace(asked, word=word), _who(hub, asked, actor))
    return work.named(asked.codes) if asked.codes else work.all()


def standing(hub: Hub, asked: AskDrafts) -> Standing:
    """How the review of drafts stands. Raises Refusal review.state_unknown."""
    if asked.state and asked.state not in DRAFT_STATES:
        raise Refusal("review.state_unknown", known="、".join(DRAFT_STATES))
    with hub.node.read() as db:
        reviews = Reviews(db)
        rows = reviews.rows(Wanted(asked.state, asked.source), 0, min(asked.most, SHOWN_MAX))
        tally = reviews.tally(asked.source)
    lines = [
        DraftLine(row.item.code, row.item.name, row.state, row.author, row.moved_by, row.moved_ms, row.word, row.source)
        for row in rows
    ]
    return Standing({state: tally.get(state, 0) for state in DRAFT_STATES}, lines)


def _who(hub: Hub, asked: Judge, actor: str) -> str:
    """Who judges. The operator of the machine may hand in; to judge he says who he is."""
    if actor != OPERATOR or (asked.verb == SUBMIT and not asked.login):
        return actor
    if not asked.login:
        raise Refusal("review.login_needed")
    account = accounts.check_login(hub.node.database, asked.login, asked.password, hub.now_ms())
    with hub.node.read() as db:
        if account.actor in clerk_keys.revoked(db):
            raise Refusal("accounts.revoked")
    if not set(account.roles) & set(REVIEWERS):
        raise Refusal("review.not_a_reviewer")
    return account.actor


class _Judging:
    """One request under way."""

    def __init__(self, hub: Hub, asked: Judge, who: str) -> None:
        self._hub = hub
        self._asked = asked
        self._who = who

    def named(self, codes: Sequence[str]) -> Judged:
        """All of them, or none."""

        def work(db: Connection) -> None:
            for code in codes:
                self._move(db, code)

        self._hub.node.database.write(work)
        return Judged(len(codes))

    def all(self) -> Judged:
        left, count = Counter[str](), 0
        for state in FROM[self._asked.verb]:
            after = ""
            while codes := self._next(state, after):
                refused = self._hub.node.database.write(partial(self._slice, codes=codes))
                left.update(refused)
                count += len(codes) - len(refused)
                after = codes[-1]
        return Judged(count, dict(left))

    def _next(self, state: str, after: str) -> list[str]:
        with self._hub.node.read() as db:
            return Reviews(db).codes(Wanted(state, self._asked.source), after, SLICE)

    def _slice(self, db: Connection, codes: Sequence[str]) -> list[str]:
        """Moves these; gives why each of those that stay does."""
        left = []
        for code in codes:
            try:
                self._move(db, code)
            except Refusal as refusal:
                left.append(refusal.code)
        return left

    def _move(self, db: Connection, code: str) -> None:
        asked = self._asked
        Reviews(db).move(
            code, asked.verb, self._who, self._hub.now_ms(), word=asked.word, seen_ms=asked.seen_ms or None,
            named=lambda item: published_hash(db, item),
        )  # fmt: skip


def published_hash(db: Connection, item: Item) -> str:
    """The content hash of a draft as it would be published, with what it inherits."""
    return content_hash(to_value(inherited(item, base_list.some(db, [basic_code(item.code)]))))


VERBS = {
    "catalogue-judge": Verb(Judge, Judged, judge),
    "catalogue-drafts": Verb(AskDrafts, Standing, standing),
}
