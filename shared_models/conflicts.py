"""When two facts contradict, and what everybody sees until somebody rules.

Concurrency is exact: it follows from `parents`, never from a clock. A fact that moves a case contradicts what stands
when its writer did not know the fact that last moved it. What stands keeps standing (the home tier's fact comes first
in the order of the fold), the contradicting fact is kept beside it, and a conflict is open on every node that holds
the case until a ruling names it. Nothing is dropped, nothing is decided by a clock, nothing by time-out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec


class Conflict(msgspec.Struct, frozen=True):
    """`standing` and `contradicting` are fact ids; `status` is what stands, `kind` the contradicting fact's kind.

    `settled` is the id of the ruling, or "" while the conflict is open; `ruling` is what was ruled last (`stands` or
    `yields`), and stays in force while two rulings that did not know each other keep the conflict open again.
    """

    standing: str
    contradicting: str
    status: str
    kind: str
    settled: str = ""
    ruling: str = ""


def knows(dag: Mapping[str, Sequence[str]], parents: Sequence[str], wanted: str) -> bool:
    """Whether `wanted` is one of `parents` or an ancestor of one, in a DAG given as id -> parents."""
    waiting = list(parents)
    seen: set[str] = set()
    while waiting:
        current = waiting.pop()
        if current == wanted:
            return True
        if current not in seen:
            seen.add(current)
            waiting.extend(dag.get(current, ()))
    return False


def contradicts(dag: Mapping[str, Sequence[str]], course: str, parents: Sequence[str]) -> bool:
    """Whether a moving fact with these parents was written without knowing `course`, which moved the case last."""
    return bool(course) and not knows(dag, parents, course)
