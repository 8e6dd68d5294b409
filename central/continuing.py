"""Cases that stations continue: where each case is held and why, and who asked for which."""

from __future__ import annotations

from typing import NamedTuple

from central.hub import Hub
from shared_models import canonical, cases
from shared_models.cases import CaseFile, Pulled, Release
from shared_models.refusals import Refusal
from shared_models.roster import Roster
from sync_protocol.commands import CaseCommand
from sync_protocol.node import Node
from sync_protocol.store import pulls, streams
from sync_protocol.store.database import Connection
from sync_protocol.store.log import Row
from sync_protocol.store.pulls import PullRow

REASONS = {"accepted": ("受理", "accepted there"), "author": ("在该处办理过", "written there"),
           "pulled": ("调取", "asked for there")}  # fmt: skip
PAGE_ROWS = 100


class Holder(NamedTuple):
    """A node right below that holds a case, and why: codes of REASONS."""

    place: str
    reasons: list[str]


class Standing(NamedTuple):
    """A pull that stands: where, and whether this hub may end it."""

    pull: Pulled
    place: str
    endable: bool


class Asked(NamedTuple):
    """A pull in the list: its place, the case's number, and what its record says ("" where the body is gone)."""

    row: PullRow
    place: str
    number: str
    ms: int
    actor: str
    reason: str
    note: str


def holders(hub: Hub, db: Connection, number: str) -> list[Holder]:
    """The nodes right below that get everything new of a case."""
    found: dict[str, list[str]] = {}
    for node, reason in streams.interests(db, cases.subject_of(number)):
        found.setdefault(place_of(hub.node.roster, node), []).append(reason)
    return [Holder(place, reasons) for place, reasons in sorted(found.items())]


def standing(hub: Hub, case: CaseFile) -> list[Standing]:
    """The pulls of a case that stand."""
    area, roster = hub.me.area, hub.node.roster
    return [
        Standing(
            each, place_of(roster, each.node), each.area.startswith(area) and not case.has_written(each.node)
        )
        for each in case.pulls if not each.released
    ]  # fmt: skip


def asked(hub: Hub, db: Connection) -> list[Asked]:
    """The latest pulls of the nodes in this hub's area, newest first."""
    area = hub.me.area
    rows = [row for row in pulls.latest(db, PAGE_ROWS) if row.area.startswith(area)]
    records = {each.position: each for each in hub.node.log.at(db, [row.record for row in rows])}
    return [_asked(hub.node.roster, row, records[row.record]) for row in rows]


def _asked(roster: Roster, row: PullRow, kept: Row) -> Asked:
    header = kept.record.header
    try:
        body = kept.record.value()
    except canonical.NotCanonical:  # erased by order
        body = {}
    number = row.subject.partition("/")[2]
    reason, note = str(body.get("reason", "")), str(body.get("note", ""))
    return Asked(row, place_of(roster, row.node), number, header.hlc[0], header.actor, reason, note)


def release(node: Node, number: str, of: str, reason: str, actor: str) -> None:
    """Ends what a node below pulled. Raises Refusal central.reason_missing, or one of the room `pulls`."""
    if not reason.strip():
        raise Refusal("central.reason_missing")
    node.write(CaseCommand(number, Release(of, reason), actor))


def place_of(roster: Roster, node: str) -> str:
    member = roster.member(node)
    return member.name if member is not None else node
