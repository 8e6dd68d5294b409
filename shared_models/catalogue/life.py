"""The life of an item: the states it goes through, what moves it on, and the rule of two people.

A draft is reviewed by somebody who did not write it; only what was approved is published. What is published may be
suspended for a time, and cancelled for good. The moves are a table, from which the picture in the docs is drawn.
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared_models.refusals import Refusal

DRAFTED, SUBMITTED, RETURNED, APPROVED = "drafted", "submitted", "returned", "approved"
PUBLISHED, SUSPENDED, CANCELLED = "published", "suspended", "cancelled"

DRAFT_STATES: Final = (DRAFTED, SUBMITTED, RETURNED, APPROVED)
"""What a draft may be: being written, waiting for a second person, sent back by him, approved."""

SUBMIT, APPROVE, RETURN, EDIT = "submit", "approve", "return", "edit"
PUBLISH, SUSPEND, RESUME, CANCEL = "publish", "suspend", "resume", "cancel"

MOVES: Final[dict[tuple[str, str], str]] = {
    (DRAFTED, EDIT): DRAFTED,
    (DRAFTED, SUBMIT): SUBMITTED,
    (SUBMITTED, EDIT): DRAFTED,
    (SUBMITTED, APPROVE): APPROVED,
    (SUBMITTED, RETURN): RETURNED,
    (RETURNED, EDIT): DRAFTED,
    (RETURNED, SUBMIT): SUBMITTED,
    (APPROVED, EDIT): DRAFTED,
    (APPROVED, RETURN): RETURNED,
    (APPROVED, PUBLISH): PUBLISHED,
    (PUBLISHED, SUSPEND): SUSPENDED,
    (PUBLISHED, CANCEL): CANCELLED,
    (SUSPENDED, SUSPEND): SUSPENDED,
    (SUSPENDED, RESUME): PUBLISHED,
    (SUSPENDED, CANCEL): CANCELLED,
}
"""(state, what is done) -> next state. To edit what is published makes a draft beside it, which goes its own way."""

WORD_CHARACTERS_MAX = 200


class Review(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a published item says of its review: opaque ids of who wrote the draft and who approved it, when (ms), and
    with what word. `author` is "" where the draft is from before authors were noted."""

    author: str
    reviewer: str
    at_ms: int
    word: str = ""


def moved(state: str, verb: str) -> str:
    """The next state. Raises Refusal review.not_now."""
    after = MOVES.get((state, verb))
    if after is None:
        raise Refusal("review.not_now", state=state, verb=verb)
    return after


def check_second_person(author: str, reviewer: str) -> None:
    """Whoever changed a draft last does not judge it. Raises Refusal review.own."""
    if not reviewer or reviewer == author:
        raise Refusal("review.own")


def word_of(text: str, *, needed: bool = False) -> str:
    """What somebody says to a move, on one line. Raises Refusal review.word_missing, review.word_too_long."""
    word = " ".join(text.split())
    if needed and not word:
        raise Refusal("review.word_missing")
    if len(word) > WORD_CHARACTERS_MAX:
        raise Refusal("review.word_too_long", most=WORD_CHARACTERS_MAX)
    return word
