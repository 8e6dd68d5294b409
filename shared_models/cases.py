"""A case: what may be asked for, what has happened, and what follows from it.

Commands are imperative and may be refused; facts are past tense and have happened. `decide` turns a command into
drafts of facts or raises a Refusal; `apply` turns a case and a fact into the next case. Both are pure. The legal moves
are one table, `MOVES`. A fact that contradicts what stands never overwrites it: it opens a conflict (`conflicts.py`).
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from shared_models.conflicts import Conflict, contradicts
from shared_models.records import PERSONAL, Draft
from shared_models.refusals import Refusal
from shared_models.roster import CITY, DISTRICT, STATION

ACCEPTED, NOTIFIED, SUPPLEMENTED, WITHDRAWN, DECIDED, DELIVERED, RATED, SETTLED = (
    "case.accepted",
    "case.notified",
    "case.supplemented",
    "case.withdrawn",
    "case.decided",
    "case.delivered",
    "case.rated",
    "case.conflict_settled",
)

MOVES: dict[tuple[str, str], str] = {
    ("new", ACCEPTED): "accepted",
    ("new", NOTIFIED): "notified",
    ("notified", SUPPLEMENTED): "notified",
    ("notified", ACCEPTED): "accepted",
    ("notified", WITHDRAWN): "withdrawn",
    ("accepted", SUPPLEMENTED): "accepted",
    ("accepted", WITHDRAWN): "withdrawn",
    ("accepted", DECIDED): "decided",
    ("decided", SUPPLEMENTED): "decided",
    ("decided", DELIVERED): "delivered",
    ("delivered", RATED): "rated",
}
"""(status, kind of fact) -> next status: every legal move of a case."""

EXCLUSIVE = frozenset({ACCEPTED, NOTIFIED, WITHDRAWN, DECIDED, DELIVERED, RATED, SETTLED})
"""Kinds that move the case: two of them written without knowledge of each other are a conflict."""

HOMES = (STATION, DISTRICT, CITY)
GRANTED, DENIED = "granted", "refused"
RECEIVED, WAIVED, MISSING = "received", "waived", "missing"
STANDS, YIELDS = "stands", "yields"
TEXT_MAX = 2000


class Resident(msgspec.Struct, frozen=True):
    """The applicant. `birth` is an ISO date; `sex` is `male` or `female`; `pseudonym` is the city's keyed hash."""

    name: str
    id_number: str
    birth: str
    sex: str
    phone: str
    address: str
    pseudonym: str = ""


class Attachment(msgspec.Struct, frozen=True):
    """A file of a material: `hash` = SHA-256 of its content (base64url), size in bytes, media type, shown name."""

    hash: str
    size: int
    media_type: str
    name: str


class Material(msgspec.Struct, frozen=True):
    """One material of a case. `attestation` names the credential that stands in for a waived one."""

    code: str
    name: str
    main: bool
    required: bool
    state: str
    grade: str = ""
    attestation: str = ""
    note: str = ""
    attachments: tuple[Attachment, ...] = ()


class ItemTerms(msgspec.Struct, frozen=True):
    """What a case keeps of its service item: it is judged by the catalogue version that it was accepted under."""

    code: str
    name: str
    version: int
    hash: str
    home: str
    department: str
    department_name: str
    promised_days: int
    result: str = ""


class Deadline(msgspec.Struct, frozen=True):
    """Promised last day (ISO date); `provisional` where the calendar is not known that far."""

    day: str
    provisional: bool = False


class Application(msgspec.Struct, frozen=True):
    """What a clerk has taken in: the content of an acceptance and of a one-time notice alike."""

    number: str
    query_code: str
    item: ItemTerms
    situation: str
    situation_name: str
    resident: Resident
    fields: dict[str, str]
    materials: tuple[Material, ...]
    day: str
    deadline: Deadline
    station_name: str

    def missing(self) -> tuple[Material, ...]:
        return tuple(m for m in self.materials if m.required and m.state == MISSING)


class Accept(msgspec.Struct, frozen=True):
    application: Application


class GiveNotice(msgspec.Struct, frozen=True):
    """Everything that is missing, named once."""

    application: Application


class Supplement(msgspec.Struct, frozen=True):
    materials: tuple[Material, ...]
    day: str
    deadline: Deadline


class Withdraw(msgspec.Struct, frozen=True):
    reason: str


class Decide(msgspec.Struct, frozen=True):
    """`outcome` is `granted` or `refused`; a refusal needs reasons. `result` names the result document."""

    outcome: str
    reasons: str
    result: str = ""


class Deliver(msgspec.Struct, frozen=True):
    receiver: str


class Rate(msgspec.Struct, frozen=True):
    """Grade by GB/T 39046: 1 very satisfied … 5 very dissatisfied."""

    grade: int
    comment: str = ""


class Settle(msgspec.Struct, frozen=True):
    """A ruling on an open conflict: `ruling` is `stands` or `yields` (the contradicting fact takes effect)."""

    contradicting: str
    ruling: str
    reason: str


Command = Accept | GiveNotice | Supplement | Withdraw | Decide | Deliver | Rate | Settle


class Writer(msgspec.Struct, frozen=True):
    """Who gives the command: tier and area of the node, opaque id of the person."""

    tier: str
    area: str
    actor: str


class Fact(msgspec.Struct, frozen=True):
    """What `apply` needs of a record: header fields, the author's tier, and the body as a value."""

    id: str
    kind: str
    node: str
    tier: str
    actor: str
    hlc: tuple[int, int]
    parents: tuple[str, ...]
    body: dict[str, Any]


class Event(msgspec.Struct, frozen=True):
    """A line of the timeline. `effect` is `applied`, `kept`, `conflict` or `irregular`."""

    id: str
    kind: str
    node: str
    tier: str
    actor: str
    ms: int
    effect: str


class CaseFile(msgspec.Struct, frozen=True):
    """Everything known of one case. `course` = the id of the fact that last moved it; `dag` = id -> parents."""

    number: str
    status: str = "new"
    area: str = ""
    application: Application | None = None
    decision: Decide | None = None
    rating: Rate | None = None
    receiver: str = ""
    withdrawn: str = ""
    course: str = ""
    dag: dict[str, tuple[str, ...]] = {}
    events: tuple[Event, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    pending: dict[str, dict[str, Any]] = {}

    @property
    def heads(self) -> tuple[str, ...]:
        named = {parent for parents in self.dag.values() for parent in parents}
        return tuple(sorted(set(self.dag) - named))

    @property
    def open_conflicts(self) -> tuple[Conflict, ...]:
        return tuple(conflict for conflict in self.conflicts if not conflict.settled)

    @property
    def home(self) -> str:
        return self.application.item.home if self.application else ""


def subject_of(number: str) -> str:
    return f"case/{number}"


# ---------------------------------------------------------------- decide


def decide(case: CaseFile | None, command: Command, writer: Writer) -> list[Draft]:
    """The facts that follow from `command`, or a Refusal (room `cases`)."""
    match command:
        case Accept(application) | GiveNotice(application):
            return _take_in(case, command, application, writer)
    if case is None or case.application is None:
        raise Refusal("cases.unknown")
    match command:
        case Supplement():
            return _supplement(case, case.application, command, writer)
        case Withdraw(reason):
            return [_fact(case, WITHDRAWN, {"reason": _text(reason, "reason")}, writer)]
        case Decide():
            return _decide(case, command, writer)
        case Deliver(receiver):
            return [_fact(case, DELIVERED, {"receiver": _text(receiver, "receiver")}, writer)]
        case Rate(grade, comment):
            if grade not in range(1, 6):
                raise Refusal("cases.grade")
            return [_fact(case, RATED, {"grade": grade, "comment": comment[:TEXT_MAX]}, writer)]
        case Settle():
            return _settle(case, command, writer)


def _take_in(case: CaseFile | None, command: Command, application: Application, writer: Writer) -> list[Draft]:
    if case is not None:
        raise Refusal("cases.number_taken", number=application.number)
    if application.item.home not in HOMES:
        raise Refusal("cases.item_without_home", item=application.item.name)
    missing = application.missing()
    blank = CaseFile(application.number)
    if isinstance(command, Accept):
        if missing:
            raise Refusal("cases.material_missing", names="、".join(m.name for m in missing))
        return [_fact(blank, ACCEPTED, msgspec.to_builtins(application), writer)]
    if not missing:
        raise Refusal("cases.nothing_missing")
    return [_fact(blank, NOTIFIED, msgspec.to_builtins(application), writer)]


def _supplement(case: CaseFile, application: Application, command: Supplement, writer: Writer) -> list[Draft]:
    if not command.materials:
        raise Refusal("cases.nothing_supplemented")
    body = {"materials": msgspec.to_builtins(command.materials)}
    facts = [_fact(case, SUPPLEMENTED, body, writer)]
    whole = replace(application, materials=merged(application.materials, command.materials))
    if case.status == "notified" and not whole.missing():
        # The clock starts on the day on which the application became complete, not on the day of the notice.
        now = replace(whole, day=command.day, deadline=command.deadline)
        facts.append(_fact(case, ACCEPTED, msgspec.to_builtins(now), writer))
    return facts


def _decide(case: CaseFile, command: Decide, writer: Writer) -> list[Draft]:
    if writer.tier != case.home:
        raise Refusal("cases.not_your_level")
    if command.outcome not in (GRANTED, DENIED):
        raise Refusal("cases.outcome")
    if command.outcome == DENIED:
        _text(command.reasons, "reasons")
    _within(command.reasons, "reasons")
    _within(command.result, "result")
    return [_fact(case, DECIDED, msgspec.to_builtins(command), writer)]


def _settle(case: CaseFile, command: Settle, writer: Writer) -> list[Draft]:
    if writer.tier != case.home:
        raise Refusal("cases.not_your_level")
    if command.contradicting not in {conflict.contradicting for conflict in case.open_conflicts}:
        raise Refusal("cases.no_such_conflict")
    if command.ruling not in (STANDS, YIELDS):
        raise Refusal("cases.ruling")
    _text(command.reason, "reason")
    return [Draft(SETTLED, subject_of(case.number), msgspec.to_builtins(command), PERSONAL, _area(case, writer),
                  case.heads, writer.actor)]  # fmt: skip


def _fact(case: CaseFile, kind: str, body: dict[str, Any], writer: Writer) -> Draft:
    # An acceptance may follow the supplement that completes it in one command: it is judged by the same status.
    if (case.status, kind) not in MOVES:
        raise Refusal("cases.illegal_move", status=f"cases.status.{case.status}", kind=kind)
    if case.open_conflicts and kind in EXCLUSIVE:
        raise Refusal("cases.conflict_open", number=case.number)
    return Draft(kind, subject_of(case.number), body, PERSONAL, _area(case, writer), case.heads, writer.actor)


def _area(case: CaseFile, writer: Writer) -> str:
    return case.area if case.area.startswith(writer.area) else writer.area


def _text(text: str, field: str) -> str:
    if not text.strip():
        raise Refusal("cases.empty_text", field=field)
    _within(text, field)
    return text.strip()


def _within(text: str, field: str) -> None:
    if len(text) > TEXT_MAX:
        raise Refusal("cases.text_too_long", field=field, most=TEXT_MAX)


def merged(old: tuple[Material, ...], new: tuple[Material, ...]) -> tuple[Material, ...]:
    """The materials after a supplement: a new state replaces a missing one, attachments of both are kept."""
    fresh = {material.code: material for material in new}
    result = []
    for material in old:
        newer = fresh.pop(material.code, None)
        if newer is None:
            result.append(material)
            continue
        kept = material.attachments + tuple(a for a in newer.attachments if a not in material.attachments)
        result.append(replace(newer if newer.state != MISSING else material, attachments=kept))
    return (*result, *fresh.values())


# ---------------------------------------------------------------- apply


def apply(case: CaseFile, fact: Fact, area: str = "") -> CaseFile:
    """The case after `fact`. All parents of the fact must have been applied before; never raises for odd content.

    A fact with a body that this version cannot read is kept in the timeline as `irregular` and moves nothing.
    """
    effect = _effect(case, fact)
    event = Event(fact.id, fact.kind, fact.node, fact.tier, fact.actor, fact.hlc[0], effect)
    known = replace(
        case,
        dag={**case.dag, fact.id: fact.parents},
        events=(*case.events, event),
        area=case.area or area,
    )
    if effect == "conflict" and fact.kind == SETTLED:
        return replace(known, conflicts=_noted(case, fact.body["contradicting"], settled=""))
    if effect == "conflict":
        conflict = Conflict(case.course, fact.id, case.status, fact.kind)
        return replace(known, conflicts=(*case.conflicts, conflict), pending={**case.pending, fact.id: fact.body})
    if effect != "applied":
        return known
    try:
        return _moved(known, fact.kind, fact.body, fact.id)
    except (msgspec.ValidationError, KeyError, TypeError, ValueError):
        return replace(known, events=(*case.events, replace(event, effect="irregular")))


def _effect(case: CaseFile, fact: Fact) -> str:
    if fact.kind == SETTLED:
        return _effect_of_ruling(case, fact)
    if not any(kind == fact.kind for _, kind in MOVES):
        return "kept"
    if fact.kind == DECIDED and fact.tier != case.home:
        return "irregular"
    if fact.kind in EXCLUSIVE and contradicts(case.dag, case.course, fact.parents):
        return "conflict"
    if (case.status, fact.kind) in MOVES:
        return "applied"
    return "kept" if fact.kind == SUPPLEMENTED else "irregular"


def _effect_of_ruling(case: CaseFile, fact: Fact) -> str:
    """A ruling that did not know what moved the case last takes effect only where it changes nothing."""
    named = _named(case, fact.body.get("contradicting"))
    if named is None or fact.tier != case.home:
        return "irregular"
    in_force = (named.ruling or STANDS) == fact.body.get("ruling")
    return "applied" if in_force or not contradicts(case.dag, case.course, fact.parents) else "conflict"


def _moved(case: CaseFile, kind: str, body: dict[str, Any], fact_id: str) -> CaseFile:
    if kind == SETTLED:
        return _settled(case, msgspec.convert(body, Settle), fact_id)
    if kind == SUPPLEMENTED:
        materials = msgspec.convert(body["materials"], tuple[Material, ...])
        application = case.application
        if application is None:
            raise ValueError("a supplement before any application")
        return replace(case, application=replace(application, materials=merged(application.materials, materials)))
    moved = replace(case, status=MOVES.get((case.status, kind), case.status), course=fact_id)
    match kind:
        case "case.accepted" | "case.notified":
            return replace(moved, application=_whole(case.application, msgspec.convert(body, Application)))
        case "case.decided":
            return replace(moved, decision=msgspec.convert(body, Decide))
        case "case.withdrawn":
            return replace(moved, withdrawn=str(body["reason"]))
        case "case.delivered":
            return replace(moved, receiver=str(body["receiver"]))
        case _:
            return replace(moved, rating=msgspec.convert(body, Rate))


def _whole(old: Application | None, new: Application) -> Application:
    """The newer application, without losing materials that somebody else took in beside it."""
    return new if old is None else replace(new, materials=merged(old.materials, new.materials))


def _named(case: CaseFile, contradicting: object) -> Conflict | None:
    return next((each for each in case.conflicts if each.contradicting == contradicting), None)


def _noted(case: CaseFile, contradicting: str, **changes: str) -> tuple[Conflict, ...]:
    return tuple(replace(each, **changes) if each.contradicting == contradicting else each for each in case.conflicts)


def _settled(case: CaseFile, ruling: Settle, fact_id: str) -> CaseFile:
    """The conflict is closed, and what is ruled is in force: by the contradicting fact, or by what stood before it."""
    named = _named(case, ruling.contradicting)
    if named is None or ruling.ruling not in (STANDS, YIELDS):
        raise ValueError("a ruling on nothing, or one that says nothing")
    blind = contradicts(case.dag, case.course, case.dag[fact_id])
    conflicts = _noted(case, ruling.contradicting, settled=fact_id, ruling=ruling.ruling)
    ruled = replace(case, conflicts=conflicts, course=case.course if blind else fact_id)
    if ruling.ruling == (named.ruling or STANDS):
        return ruled
    if ruling.ruling == STANDS:
        return replace(ruled, status=named.status)
    body = case.pending.get(ruling.contradicting, {})
    status = next((s for s, kind in MOVES if kind == named.kind), case.status)
    return _moved(replace(ruled, status=status), named.kind, body, fact_id)
