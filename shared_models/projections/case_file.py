"""fold(records of one case) -> CaseFile, the same on every node that has the same records.

Order: a fact comes after its parents; among facts that are free to come next, those of the case's home tier first,
then by hybrid clock, then by id. No clock decides a winner by that: the clock only orders what does not contradict.
Facts whose parents are not here yet wait; nothing is applied before its parents.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from shared_models.cases import CRITICAL_KNOWN, CaseFile, Fact, apply

Rank = tuple[int, tuple[int, int], str]


def home_of(facts: Iterable[Fact]) -> str:
    """The tier that concludes the case, as its first application names it; of several first ones, the least id's."""
    first = min(
        (fact for fact in facts if not fact.parents and "item" in fact.body), key=lambda fact: fact.id, default=None
    )
    item = first.body.get("item") if first else None
    return str(item.get("home", "")) if isinstance(item, dict) else ""


def ordered(facts: Iterable[Fact]) -> tuple[list[Fact], list[Fact]]:
    """(facts in the order of the fold, facts that wait for a parent)."""
    by_id = {fact.id: fact for fact in facts}
    home = home_of(by_id.values())
    missing = {fact.id: sum(1 for p in fact.parents) for fact in by_id.values()}
    children: dict[str, list[str]] = {}
    for fact in by_id.values():
        for parent in fact.parents:
            children.setdefault(parent, []).append(fact.id)
    ready = [_rank(fact, home) for fact in by_id.values() if not missing[fact.id]]
    heapq.heapify(ready)
    line: list[Fact] = []
    while ready:
        current = by_id[heapq.heappop(ready)[2]]
        line.append(current)
        for child in children.get(current.id, ()):
            missing[child] -= 1
            if not missing[child]:
                heapq.heappush(ready, _rank(by_id[child], home))
    placed = {fact.id for fact in line}
    return line, [fact for fact in by_id.values() if fact.id not in placed]


def _rank(fact: Fact, home: str) -> Rank:
    return (0 if fact.tier == home else 1, fact.hlc, fact.id)


def fold(number: str, facts: Iterable[Fact], area: str, known: frozenset[str] = CRITICAL_KNOWN) -> CaseFile:
    """The case from all its facts, whatever the order in which they arrived. `known` = critical kinds, see `apply`."""
    case = CaseFile(number)
    for fact in ordered(facts)[0]:
        case = apply(case, fact, area, known)
    return case


def follows(case: CaseFile, fact: Fact) -> bool:
    """Whether `fact` is causally after everything applied, so that applying it now equals folding anew."""
    return fact.id not in case.dag and set(case.heads) <= set(fact.parents) <= set(case.dag)
