"""What may be asked for: the commands, imperative, and who gives them. Each may be refused (`deciding.py`)."""

from __future__ import annotations

import msgspec

from shared_models.cases.application import Application, Deadline, Material

GRANTED, DENIED = "granted", "refused"
"""Outcomes of a decision."""

STANDS, YIELDS = "stands", "yields"
"""Rulings on a conflict."""

OTHER = "other"
PULL_REASONS: dict[str, tuple[str, str]] = {
    "moved": ("居民搬迁", "the resident has moved"),
    "nearby": ("就近办理", "this station is nearer"),
    "closed": ("受理站停办", "the accepting station has closed"),
    OTHER: ("其他", "another reason"),
}
"""Why a case is continued at another station: code -> (Chinese, English)."""


DECLINE_REASONS: dict[str, tuple[str, str]] = {
    "department": ("不属于本部门（单位）的职权范围", "it is another department’s to handle"),
    "area": ("不属于本辖区办理", "it belongs to another area"),
    "level": ("应当由上级或者下级单位办理", "it is handled at another level"),
    "window": ("不属于本窗口办理，由其他窗口办理", "it belongs to another window"),
    "needless": ("依法不需要办理，没有需要申请的手续", "by law there is nothing to apply for"),
    OTHER: ("其他原因", "another reason"),
}
"""Why an inquiry is not ours: code -> (Chinese, English)."""


class Accept(msgspec.Struct, frozen=True):
    application: Application


class GiveNotice(msgspec.Struct, frozen=True):
    """Everything that is missing, named once."""

    application: Application


class Decline(msgspec.Struct, frozen=True):
    """Not ours: `application.declined` says why, and whom to ask instead."""

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


class Pull(msgspec.Struct, frozen=True):
    """A station that does not hold the case `number` asks for it, to go on with it. `reason` is one of PULL_REASONS;
    `note` says more in the clerk's words, and must where the reason is OTHER."""

    number: str
    reason: str
    note: str = ""


class Release(msgspec.Struct, frozen=True):
    """What `node` pulled is not needed there any more; said by its clerk or by an officer of a hub above it."""

    node: str
    reason: str


Command = Accept | GiveNotice | Decline | Supplement | Withdraw | Decide | Deliver | Rate | Settle | Pull | Release


class Writer(msgspec.Struct, frozen=True):
    """Who gives the command: tier and area of the node, opaque id of the person, name of the node."""

    tier: str
    area: str
    actor: str
    node: str = ""
