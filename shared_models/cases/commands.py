"""What may be asked for: the commands, imperative, and who gives them. Each may be refused (`deciding.py`)."""

from __future__ import annotations

import msgspec

from shared_models.cases.application import Application, Deadline, Material

GRANTED, DENIED = "granted", "refused"
"""Outcomes of a decision."""

STANDS, YIELDS = "stands", "yields"
"""Rulings on a conflict."""


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
