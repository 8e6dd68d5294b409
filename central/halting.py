"""Suspending published items, resuming them, and cancelling them for good: each a version of its own, at once.

A suspension has its own days and counts wherever it arrives, also where a version lies ahead; so its version is in
force with that one, or now. It needs no second person: it only ever keeps an application from being taken in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from central.hub import Hub
from central.node_life import OPERATOR
from central.publishing import body_of, change_between, check_city, check_nothing_lost, held_version, within_limit
from shared_models.catalogue import Halt, Version
from shared_models.catalogue.life import CANCEL, RESUME, SUSPEND
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from sync_protocol.commands import View
from sync_protocol.host.pages import CHINA
from sync_protocol.host.verbs import Verb
from sync_protocol.store import knowledge
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts

Kept = TypeVar("Kept")

REASON_CHARACTERS_MAX = 200
CODES_MAX = 500


class Halting(msgspec.Struct, frozen=True):
    """`verb` is suspend, resume or cancel. `since` and `until` are days (2026-12-01), both included, of a suspension:
    "" = from now, and until it is resumed."""

    verb: str
    codes: tuple[str, ...]
    reason: str = ""
    since: str = ""
    until: str = ""


class Halted(msgspec.Struct, frozen=True):
    """The version that says so, and how many items it concerns."""

    number: int
    items: int


class _PublishHalt(NamedTuple):
    """Publishes the version that `turn` makes of the present one."""

    turn: Callable[[Version], Version]
    now_ms: int
    actor: str

    def decide(self, view: View) -> list[Draft]:
        check_city(view)
        held = held_version(view.db)
        check_nothing_lost(view, held.number)
        effective_ms = max(self.now_ms, held.effective_ms)
        change = change_between(
            view.db, held, replace(self.turn(held), number=held.number + 1, effective_ms=effective_ms)
        )
        body = body_of(change)
        return [within_limit(Draft("catalogue.published", "catalogue", body, PUBLIC, view.me.area, actor=self.actor))]


def halt(hub: Hub, asked: Halting, actor: str = OPERATOR) -> Halted:
    """Suspends, resumes or cancels published items: all of them, or none. A draft of a cancelled item goes.

    Raises Refusal central.city_only, version_lost, not_published, halts.which, reason_missing, reason_too_long,
    day_malformed, until_before, not_suspended, already_cancelled."""
    if asked.verb not in _TURNS or not 0 < len(set(asked.codes)) <= CODES_MAX:
        raise Refusal("halts.which", most=CODES_MAX)
    now_ms, codes = hub.now_ms(), sorted(set(asked.codes))
    work = partial(_TURNS[asked.verb], codes=codes, halt=_halt(asked, now_ms))

    def forget(db: Connection) -> None:
        for code in codes if asked.verb == CANCEL else ():
            Drafts(db).remove(code)

    hub.node.write(_PublishHalt(work, now_ms, actor), forget)
    with hub.node.read() as db:
        return Halted(knowledge.latest_number(db), len(codes))


def _halt(asked: Halting, now_ms: int) -> Halt:
    reason = " ".join(asked.reason.split())
    if asked.verb == RESUME:
        return Halt(reason, now_ms)
    if not reason:
        raise Refusal("halts.reason_missing")
    if len(reason) > REASON_CHARACTERS_MAX:
        raise Refusal("halts.reason_too_long", most=REASON_CHARACTERS_MAX)
    if asked.verb == CANCEL:
        return Halt(reason, now_ms)
    from_ms = max(now_ms, _begin(asked.since)) if asked.since else now_ms
    until_ms = _begin(asked.until, 1) if asked.until else 0
    if 0 < until_ms <= from_ms:
        raise Refusal("halts.until_before")
    return Halt(reason, from_ms, until_ms)


def _begin(day: str, later: int = 0) -> int:
    """The beginning, in UTC+8, of a day, or of that many days later, in ms."""
    try:
        found = date.fromisoformat(day) + timedelta(days=later)
    except (ValueError, OverflowError):
        raise Refusal("halts.day_malformed", value=day[:20]) from None
    return int(datetime.combine(found, time.min, CHINA).timestamp() * 1000)


def _suspended(held: Version, codes: Sequence[str], halt: Halt) -> Version:
    _check_published(held, codes)
    return replace(held, suspended={**held.suspended, **dict.fromkeys(codes, halt)})


def _resumed(held: Version, codes: Sequence[str], halt: Halt) -> Version:
    for code in codes:
        if code not in held.suspended:
            raise Refusal("halts.not_suspended", item=code[:40])
    return replace(held, suspended=_without(held.suspended, codes))


def _cancelled(held: Version, codes: Sequence[str], halt: Halt) -> Version:
    _check_published(held, codes)
    return replace(
        held,
        items=_without(held.items, codes),
        suspended=_without(held.suspended, codes),
        cancelled={**held.cancelled, **dict.fromkeys(codes, halt)},
    )


def _without(found: Mapping[str, Kept], codes: Sequence[str]) -> dict[str, Kept]:
    return {code: each for code, each in found.items() if code not in codes}


def _check_published(held: Version, codes: Sequence[str]) -> None:
    for code in codes:
        if code in held.cancelled:
            raise Refusal("halts.already_cancelled", item=code[:40])
        if code not in held.items:
            raise Refusal("central.not_published", item=code[:40])


_TURNS = {SUSPEND: _suspended, RESUME: _resumed, CANCEL: _cancelled}

VERBS = {"catalogue-halt": Verb(Halting, Halted, halt, signs=True)}
