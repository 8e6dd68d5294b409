"""What has happened to a case, and everything known of it."""

from __future__ import annotations

from typing import Any

import msgspec

from shared_models.cases.application import Application
from shared_models.cases.commands import Decide, Rate
from shared_models.conflicts import Conflict


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
    """Everything known of one case. `course` = the id of the fact that last moved it; `dag` = id -> parents; `newer` =
    the critical kinds in it that are not known here: then the case is read-only."""

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
    newer: tuple[str, ...] = ()

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


ERASED = "erased"
"""The status of a case that was erased by order: nothing else is known of it, and nothing can be done with it."""


def erased(number: str) -> CaseFile:
    """What stays of a case that was erased by order."""
    return CaseFile(number, status=ERASED)


def subject_of(number: str) -> str:
    return f"case/{number}"
