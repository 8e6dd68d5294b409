"""What the doctor looks at in a hub beside the checks of every node: the nodes below, what waits for a ruling, the
calendar."""

from __future__ import annotations

from collections.abc import Iterator

from central import erasure_report
from central.erasure_report import Reader
from shared_models.deadlines import calendar_of, local_day
from shared_models.roster import Member
from sync_protocol.host import key_report, witness_report
from sync_protocol.host.doctor import CHECKS_OF_NODE, DAY_MS, OK, WARNING, Check, Finding, Patient, found
from sync_protocol.lapsing import Time, is_soon, time_of
from sync_protocol.store import case_files, holding, knowledge, listening, state
from sync_protocol.store.case_files import Filter
from sync_protocol.store.database import Connection

SILENT_DAYS_MAX = 3
"""A station that is closed over a weekend is no news."""
ERASURE_DAYS_MAX = 7
"""After so many days somebody should ask where a node is that has not carried out an order."""
CALENDAR_DAYS_MIN = 30
"""The next year's holidays are known in November: by then somebody should have published them."""


def children(patient: Patient, db: Connection) -> Iterator[Finding]:
    """The nodes right below: when each was last heard."""
    heard, members = knowledge.contacts(db), _children(patient, db)
    silent = 0
    for member in members:
        contact = heard.get(member.node)
        who = {"name": member.name, "area": member.area, "node": member.node}
        if contact is None:
            silent += 1
            yield found("children", WARNING, "doctor.child_never", **who)
        elif (days := (patient.now_ms - contact.at_ms) // DAY_MS) >= SILENT_DAYS_MAX:
            silent += 1
            yield found("children", WARNING, "doctor.child_silent", days=days, **who)
    if not silent:
        yield found("children", OK, "doctor.children_ok", children=len(members))


def times(patient: Patient, db: Connection) -> Iterator[Finding]:
    """The nodes right below: for how long each may still be silent, and use its key."""
    counts, members, good = listening.counts(db), _children(patient, db), True
    for member in members:
        time, who = time_of(member, counts.get(member.node)), {"name": member.name, "area": member.area}
        code, left = _of_time(member, time)
        if code:
            good = False
            yield found("times", WARNING, code, node=member.node, left=left, **who)
    if good:
        yield found("times", OK, "keys.children_good", children=len(members))


def _of_time(member: Member, time: Time) -> tuple[str, int]:
    """The sentence on a node's time, "" where there is nothing to say, and the days that are left."""
    if member.lapsed:
        return "keys.child_lapsed", 0
    if time.due:
        return "keys.child_due", 0
    if is_soon(time.offline_left, member.offline_days_max):
        return "keys.child_soon", time.offline_left
    if time.key_left <= 0:
        return "keys.child_key_over", 0
    return ("keys.child_key_soon", time.key_left) if is_soon(time.key_left, member.key_days) else ("", 0)


def versions(patient: Patient, db: Connection) -> Iterator[Finding]:
    """The nodes right below that run an older catalogue than this hub has."""
    heard, latest = knowledge.contacts(db), knowledge.latest_number(db)
    behind = [
        (member, heard[member.node].catalogue)
        for member in _children(patient, db)
        if member.node in heard and heard[member.node].catalogue < latest
    ]
    for member, version in behind:
        yield found("versions", WARNING, "doctor.child_catalogue", name=member.name, area=member.area,
                    node=member.node, version=version, latest=latest)  # fmt: skip
    twice = knowledge.number_used_twice(db)
    if twice:
        yield found("versions", WARNING, "doctor.version_twice", latest=latest)
    if latest and not behind and not twice:
        yield found("versions", OK, "doctor.versions_ok", latest=latest)


def _children(patient: Patient, db: Connection) -> list[Member]:
    return sorted(patient.roster(db).children(patient.me), key=lambda member: (member.area, member.node))


def held(patient: Patient, db: Connection) -> Iterator[Finding]:
    """Records that are kept without effect and that nobody has ruled on; nodes whose key was used twice."""
    count = holding.waiting(db)
    yield found("held", WARNING, "doctor.held", records=count) if count else found("held", OK, "doctor.held_none")
    for fork in holding.forks(db):
        yield found("held", WARNING, "doctor.fork", node=fork.node, incarnation=fork.incarnation, seq=fork.seq)


def conflicts(patient: Patient, db: Connection) -> Iterator[Finding]:
    """Cases whose records contradict each other."""
    count = case_files.count(db, Filter(conflict=True))
    if count:
        yield found("conflicts", WARNING, "doctor.conflicts", cases=count)
    else:
        yield found("conflicts", OK, "doctor.conflicts_none")


def calendar(patient: Patient, db: Connection) -> Iterator[Finding]:
    """Until when the working calendar is known."""
    kept = state.get(db, "calendar")
    if kept is None:
        yield found("calendar", WARNING, "doctor.no_calendar")
        return
    until = calendar_of(kept).known_until
    days = (until - local_day(patient.now_ms)).days
    if days < 0:
        yield found("calendar", WARNING, "doctor.calendar_over", until=until.isoformat())
    elif days < CALENDAR_DAYS_MIN:
        yield found("calendar", WARNING, "doctor.calendar_short", until=until.isoformat(), days=days)
    else:
        yield found("calendar", OK, "doctor.calendar_ok", until=until.isoformat())


def erasures(patient: Patient, db: Connection) -> Iterator[Finding]:
    """Orders of erasure that somebody has not carried out in time."""
    reader, late = Reader(patient.log, patient.vault, patient.me, patient.roster(db)), 0
    for order in erasure_report.reports(reader, db):
        days = (patient.now_ms - order.ms) // DAY_MS
        if order.open and days >= ERASURE_DAYS_MAX:
            late += 1
            names = "、".join(each.name for each in order.nodes if each.state in erasure_report.UNSETTLED)
            yield found("erasures", WARNING, "doctor.erasure_open", subject=order.subject, days=days, names=names)
    if not late:
        yield found("erasures", OK, "doctor.erasures_ok")


CHECKS_OF_HUB: tuple[Check, ...] = (
    *CHECKS_OF_NODE,
    *witness_report.CHECKS,
    *key_report.CHECKS,
    children,
    times,
    versions,
    held,
    conflicts,
    calendar,
    erasures,
)
