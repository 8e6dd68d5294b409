"""How the key of a node stands: for its doctor, for its page, and for programs.

Days are counted by the clock of this computer, or by the time that the node ran where that is more: a clock that is
wrong makes a warning wrong, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shared_models.refusals import Refusal
from shared_models.roster import Member
from sync_protocol import own_key
from sync_protocol.host.doctor import DAY_MS, OK, WARNING, WRONG, Check, Finding, Patient, found
from sync_protocol.lapsing import is_soon
from sync_protocol.store import listening, receipts
from sync_protocol.store.database import Connection
from sync_protocol.store.log import Log
from sync_protocol.store.receipts import Standing


class OwnTime(msgspec.Struct, frozen=True):
    """`lapsed` = what this node writes is held until it is renewed. `silent_days` = since the hub above was heard last,
    `offline_days` = for how long that may last; both 0 at the city. `key_days_used` = how old the key is, `key_days` =
    how old it may become; what is left counts a begun day."""

    lapsed: bool
    silent_days: int
    offline_days: int
    offline_days_left: int
    key_days_used: int
    key_days: int
    key_days_left: int


def own_time(log: Log, db: Connection, member: Member, now_ms: int, heard_ms: int = 0) -> OwnTime:
    """Of this node itself. `heard_ms` = when the hub above was in contact with this process, 0 where it was not."""
    silent = _silent_ms(db, member.parent, receipts.standing(db), now_ms, heard_ms) if member.parent else 0
    most = member.offline_days_max if member.parent else 0
    age = own_key.age_of(log, db, member, now_ms)
    return OwnTime(
        member.lapsed, silent // DAY_MS, most, -((silent - most * DAY_MS) // DAY_MS), age.ms // DAY_MS,
        member.key_days, age.left_days,
    )  # fmt: skip


def _silent_ms(db: Connection, parent: str, standing: Standing, now_ms: int, heard_ms: int) -> int:
    count = listening.counts(db).get(parent, listening.Count())
    last = max(heard_ms, count.at_ms, standing.time)
    by_clock = max(0, now_ms - last) if last else 0
    return by_clock if heard_ms else max(by_clock, count.silent)


def findings_of(name: str, time: OwnTime) -> Iterator[Finding]:
    """What people have to know of it, and do."""
    days, left, most = time.silent_days, time.offline_days_left, time.offline_days
    if time.lapsed:
        yield found("contact", WRONG, "keys.own_lapsed", name=name)
    elif most and left <= 0:
        yield found("contact", WARNING, "keys.own_over", days=days, most=most)
    elif most and is_soon(left, most):
        yield found("contact", WARNING, "keys.own_soon", days=days, left=left)
    elif most:
        yield found("contact", OK, "keys.own_heard", left=left)
    days, left = time.key_days_used, time.key_days_left
    if left <= 0:
        yield found("key", WARNING, "keys.key_over", days=days, most=time.key_days)
    elif is_soon(left, time.key_days):
        yield found("key", WARNING, "keys.key_soon", left=left)
    else:
        yield found("key", OK, "keys.key_good", days=days, left=left)


def own(patient: Patient, db: Connection) -> Iterator[Finding]:
    """How long this node may still be offline, and use its key."""
    member = patient.roster(db).member(patient.me)
    if member is None:
        raise Refusal("sync.not_admitted")
    yield from findings_of(member.name, own_time(patient.log, db, member, patient.now_ms))


CHECKS: tuple[Check, ...] = (own,)
