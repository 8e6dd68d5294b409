"""What has happened to a case, and everything known of it."""

from __future__ import annotations

from typing import Any

import msgspec

from shared_models.cases.application import Application
from shared_models.cases.commands import Decide, Rate
from shared_models.cases.moves import ACCESS
from shared_models.conflicts import Conflict
from shared_models.records import PARENTS_MAX
from shared_models.roster import DISTRICT


class Fact(msgspec.Struct, frozen=True, gc=False):
    """What `apply` needs of a record: header fields, the author's tier, and the body as a value."""

    id: str
    kind: str
    node: str
    tier: str
    actor: str
    hlc: tuple[int, int]
    parents: tuple[str, ...]
    body: dict[str, Any]


class Event(msgspec.Struct, frozen=True, gc=False):
    """A line of the timeline. `effect` is `applied`, `kept`, `conflict` or `irregular`."""

    id: str
    kind: str
    node: str
    tier: str
    actor: str
    ms: int
    effect: str


class Pulled(msgspec.Struct, frozen=True, gc=False):
    """A station that pulled the case: id of the record, node and area, who, when by the clock there, and why.
    `released` = id of the record that ended it, "" while it stands."""

    id: str
    node: str
    area: str
    actor: str
    ms: int
    reason: str
    note: str
    released: str = ""


class CaseFile(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
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
    pulls: tuple[Pulled, ...] = ()

    @property
    def heads(self) -> tuple[str, ...]:
        named = {parent for parents in self.dag.values() for parent in parents}
        return tuple(sorted(set(self.dag) - named))

    @property
    def known_heads(self) -> tuple[str, ...]:
        """The heads that a new record names: as many as a header may hold, those that say who holds the case last."""
        access = {event.id for event in self.events if event.kind in ACCESS}
        return tuple(sorted(sorted(self.heads, key=lambda head: (head in access, head))[:PARENTS_MAX]))

    @property
    def taken_ms(self) -> int:
        """When the case was taken in, by the clock there; 0 before that."""
        return next((event.ms for event in self.events if event.kind not in ACCESS), 0)

    @property
    def open_conflicts(self) -> tuple[Conflict, ...]:
        return tuple(conflict for conflict in self.conflicts if not conflict.settled)

    def pulls_of(self, node: str) -> tuple[Pulled, ...]:
        """The pulls of a node that stand."""
        return tuple(pull for pull in self.pulls if pull.node == node and not pull.released)

    def has_written(self, node: str) -> bool:
        """Whether a node wrote anything into the case beside asking for it and giving it back."""
        return any(event.node == node and event.kind not in ACCESS for event in self.events)

    @property
    def home(self) -> str:
        return self.application.item.home if self.application else ""


ERASED = "erased"
"""The status of a case that was erased by order: nothing else is known of it, and nothing can be done with it."""


def erased(number: str) -> CaseFile:
    """What stays of a case that was erased by order."""
    return CaseFile(number, status=ERASED)


def is_home(case: CaseFile, tier: str, area: str) -> bool:
    """Whether a node of that tier, writing for that area, concludes the case. Two districts may hold one case: the one
    in whose area it was accepted concludes it."""
    return tier == case.home and (tier != DISTRICT or case.area.startswith(area))


def subject_of(number: str) -> str:
    return f"case/{number}"
