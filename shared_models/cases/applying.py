"""`apply`: the case after one more fact. Pure, and never refuses: what happened has happened.

A fact that contradicts what stands never overwrites it: it opens a conflict (`shared_models/conflicts.py`).
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from shared_models.cases import moves
from shared_models.cases.access import apply_access, ends
from shared_models.cases.application import Application, Material, merged
from shared_models.cases.case_file import CaseFile, Event, Fact, is_home
from shared_models.cases.commands import STANDS, YIELDS, Decide, Rate, Settle
from shared_models.conflicts import Conflict, contradicts


def apply(case: CaseFile, fact: Fact, area: str = "", known: frozenset[str] = moves.CRITICAL_KNOWN) -> CaseFile:
    """The case after `fact`. All parents of the fact must have been applied before; never raises for odd content.

    A fact with a body that this version cannot read is kept in the timeline as `irregular` and moves nothing. One of a
    critical kind that is not among the `known` ones makes the case read-only.
    """
    effect = _effect(case, fact, area)
    event = Event(fact.id, fact.kind, fact.node, fact.tier, fact.actor, fact.hlc[0], effect)
    seen = replace(
        case,
        dag={**case.dag, fact.id: fact.parents},
        events=(*case.events, event),
        area=case.area or ("" if fact.kind in moves.ACCESS else area),
    )
    if moves.is_critical(fact.kind) and fact.kind not in known:
        return replace(seen, newer=tuple(sorted({*case.newer, fact.kind})))
    if effect == "conflict" and fact.kind == moves.SETTLED:
        return replace(seen, conflicts=_noted(case, fact.body["contradicting"], settled=""))
    if effect == "conflict":
        conflict = Conflict(case.course, fact.id, case.status, fact.kind)
        return replace(seen, conflicts=(*case.conflicts, conflict), pending={**case.pending, fact.id: fact.body})
    if effect != "applied":
        return seen
    try:
        if fact.kind in moves.ACCESS:
            return apply_access(seen, fact, area)
        return _moved(seen, fact.kind, fact.body, fact.id)
    except (msgspec.ValidationError, KeyError, TypeError, ValueError):
        return replace(seen, events=(*case.events, replace(event, effect="irregular")))


def opened(number: str, first: Event, area: str, application: Application) -> CaseFile:
    """`apply` of a first application to a case of which nothing else is known, in one step."""
    status = moves.MOVES["new", first.kind]
    return CaseFile(number, status, area, application, course=first.id, dag={first.id: ()}, events=(first,))


def _effect(case: CaseFile, fact: Fact, area: str) -> str:
    if fact.kind == moves.SETTLED:
        return _effect_of_ruling(case, fact, area)
    if fact.kind == moves.RELEASED:
        return "applied" if any(ends(fact, area, pull) for pull in case.pulls) else "irregular"
    if fact.kind == moves.PULLED:
        return "applied"
    if fact.kind not in moves.KINDS:
        return "kept"
    if fact.kind == moves.DECIDED and not is_home(case, fact.tier, area):
        return "irregular"
    if fact.kind in moves.EXCLUSIVE and contradicts(case.dag, case.course, fact.parents):
        return "conflict"
    if (case.status, fact.kind) in moves.MOVES:
        return "applied"
    return "kept" if fact.kind == moves.SUPPLEMENTED else "irregular"


def _effect_of_ruling(case: CaseFile, fact: Fact, area: str) -> str:
    """A ruling that did not know what moved the case last takes effect only where it changes nothing."""
    named = _named(case, fact.body.get("contradicting"))
    if named is None or not is_home(case, fact.tier, area):
        return "irregular"
    in_force = (named.ruling or STANDS) == fact.body.get("ruling")
    return "applied" if in_force or not contradicts(case.dag, case.course, fact.parents) else "conflict"


def _moved(case: CaseFile, kind: str, body: dict[str, Any], fact_id: str) -> CaseFile:
    if kind == moves.SETTLED:
        return _settled(case, msgspec.convert(body, Settle), fact_id)
    if kind == moves.SUPPLEMENTED:
        materials = msgspec.convert(body["materials"], tuple[Material, ...])
        application = case.application
        if application is None:
            raise ValueError("a supplement before any application")
        return replace(case, application=replace(application, materials=merged(application.materials, materials)))
    moved = replace(case, status=moves.MOVES.get((case.status, kind), case.status), course=fact_id)
    match kind:
        case moves.ACCEPTED | moves.NOTIFIED | moves.DECLINED:
            return replace(moved, application=_whole(case.application, msgspec.convert(body, Application)))
        case moves.DECIDED:
            return replace(moved, decision=msgspec.convert(body, Decide))
        case moves.WITHDRAWN:
            return replace(moved, withdrawn=str(body["reason"]))
        case moves.DELIVERED:
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
    status = next((s for s, kind in moves.MOVES if kind == named.kind), case.status)
    return _moved(replace(ruled, status=status), named.kind, body, fact_id)
