"""The station: its desk, how its line stands, and what may be told of every case it holds.

One of four states is shown for a case everywhere: 已存本机 (station) → 区已收 (district) → 市已存 (city), or 待处理
(pending) with a reason. They follow from signed receipts only, never from hope: a case counts as received when the
receipt that stands covers the last place of the journal that tells of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from edge_node.desk import Desk
from edge_node.drafts import Drafts
from edge_node.fonts import Fonts
from shared_models import cases, texts
from shared_models.deadlines import local_day
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from sync_protocol.core.trusting import Trust
from sync_protocol.host import key_report
from sync_protocol.host.key_report import OwnTime
from sync_protocol.host.runtime import Runtime
from sync_protocol.host.web import Light
from sync_protocol.store import case_files, doubting, erasures, holding, receipts
from sync_protocol.store.case_files import CaseRow
from sync_protocol.store.database import Connection
from sync_protocol.store.log import DamagedRecord
from sync_protocol.store.receipts import Standing
from sync_protocol.store.vault import Entropy
from sync_protocol.wire.agent import BUSY, CALM, Status

PROGRESS_PATH = "/progress"
"""The hub's public page, below its address."""


class Kept(NamedTuple):
    """Where a case is safe: `station`, `district`, `city`, or `pending` with the reason."""

    state: str
    reason: Refusal | None = None


class LineReport(msgspec.Struct, frozen=True):
    """`contact_ms` = last contact of this process, 0 before the first; `code` names what is wrong, "" if nothing;
    `again_ms` = when a hub that is busy will be asked again, 0 if it is not. `online` is None where the process that
    knows is another one."""

    online: bool | None
    contact_ms: int
    code: str
    again_ms: int = 0


class DamageReport(msgspec.Struct, frozen=True):
    """A record that is not what was signed: its position in the log, its id, and which part of it."""

    position: int
    id: str
    what: str


class ErasedReport(msgspec.Struct, frozen=True):
    """An order of erasure that concerned this station: what it took away here, and whether all of that is done."""

    subject: str
    day: str
    reason: str
    basis: str
    bodies: int
    files: int
    finished: bool


class Report(msgspec.Struct, frozen=True):
    """What `/api/status` and `tongban-station status --json` say. `journal` is the end of the journal, `acknowledged`
    how far the parent has signed for it, `upstream` how far the parent's parent; `waiting` = not acknowledged yet;
    `erased` = what was taken away here by order; `life` = how long it may be offline, and use its key."""

    node: str
    area: str
    name: str
    incarnation: str
    catalogue_version: int
    line: LineReport
    journal: int
    acknowledged: int
    upstream: int
    damage: list[DamageReport]
    waiting: int
    life: OwnTime
    erased: list[ErasedReport] = []


class Aside(NamedTuple):
    """A record that could not be folded: position (negative where it was not kept), subject, reason as a code or the
    type of an error."""

    position: int
    subject: str
    reason: str


class Reach(NamedTuple):
    """All that the state of a case is told by: receipts, end of the journal, the record at which delivery stands still
    ("" = it does not) and why, what is set aside (subject -> reason), the ids of what this station wrote that hubs hold
    without effect, and `doubted`: the subjects on which somebody acted whom a hub has revoked, and nobody has ratified
    it yet."""

    standing: Standing
    journal: int
    stuck: str
    why: Refusal
    aside: dict[str, str]
    held: frozenset[str] = frozenset()
    doubted: frozenset[str] = frozenset()


class Station:
    """One station at work, around its runtime."""

    def __init__(self, runtime: Runtime, *, entropy: Entropy, fonts: Fonts | None = None) -> None:
        self.runtime = runtime
        self.node = runtime.node
        self.now: Callable[[], int] = runtime.node.now
        self.entropy = entropy
        self.desk = Desk(
            runtime.node,
            runtime.attachments,
            runtime.resident_key,
            now=runtime.node.now,
            entropy=entropy,
            contact=lambda: self.line.contact_ms,
        )
        self.drafts = Drafts(runtime.node, self.now)
        self.fonts = fonts or Fonts()

    # ------------------------------------------------------------ the line

    @property
    def line(self) -> LineReport:
        status = self.runtime.line
        return LineReport(False, 0, "") if status is None else LineReport(
            status.online, status.contact_ms, status.code, status.again_ms
        )  # fmt: skip

    @property
    def parent_is_city(self) -> bool:
        parent = self.runtime.settings.parent
        member = self.node.roster.member(parent.name) if parent else None
        return member is not None and member.tier == CITY

    def report(self) -> Report:
        """How this station stands now."""
        settings, node = self.runtime.settings, self.node
        with node.read() as db:
            standing = receipts.standing(db)
            journal = node.log.journal_end(db).position
            erased = _erased(db)
            life = key_report.own_time(node.log, db, node.member, self.now(), self.line.contact_ms)
        return Report(
            node.name, settings.area, settings.name, node.incarnation, self.desk.catalogue_number(), self.line, journal,
            standing.journal, standing.upstream, list(map(damage_report, self.runtime.damage)),
            max(0, journal - standing.journal), life, erased,
        )  # fmt: skip

    def light(self) -> Light:
        """The chip in the head of every page: damage before anything else, then the line with what waits for it."""
        if self.runtime.damage:
            return _damage_light(self.runtime.damage)
        report = self.report()
        waiting = report.waiting
        zh, en = (f" · 待上报 {waiting} 条", f" · {waiting} waiting") if waiting else ("", "")
        if report.line.code not in CALM:
            return Light("warn", f"上报受阻{zh}", f"Delivery stands still{en}")
        if not report.line.online:
            return Light("warn", f"离线{zh or ' · 无待上报'}", f"Offline{en or ' · nothing waiting'}")
        if report.line.code == BUSY:
            return Light("info", f"上级正忙{zh}", f"The hub is busy{en}")
        return Light("info" if waiting else "ok", f"联网{zh}", f"Online{en}")

    def follow_address(self) -> str:
        """Where everybody may follow a case by number and query code: the public page of the hub above; "" if none."""
        parent = self.runtime.settings.parent
        return f"{parent.address}{PROGRESS_PATH}" if parent else ""

    # ------------------------------------------------------------ cases

    def reach(self, db: Connection) -> Reach:
        """What tells the state of every case of one page."""
        status = self.runtime.line or Status()
        words = status.detail.split()  # "<place> <record> …" where a record is what delivery stands still at
        stuck = words[1] if status.code and len(words) > 1 else ""
        why = Refusal(status.code, detail=status.detail)
        aside = {subject: reason for _, subject, reason in case_files.aside(db)}
        held, doubted = self._held(db), doubting.subjects(db)
        return Reach(receipts.standing(db), self.node.log.journal_end(db).position, stuck, why, aside, held, doubted)

    def _held(self, db: Connection) -> frozenset[str]:
        """What stands beyond what a revocation or a lapse of this station trusts, and nobody has ratified."""
        me = self.node.member
        windows = Trust(self.node.log.known(db).record_at).windows(me)
        found = {identity for window in windows for identity in holding.beyond(db, me.node, *window)}
        return frozenset(found - holding.ratified(db)) if found else frozenset()

    def kept(self, reach: Reach, row: CaseRow) -> Kept:
        """The state of one case."""
        if row.conflict:
            return Kept("pending", Refusal("cases.conflict"))
        if reason := reach.aside.get(cases.subject_of(row.number)):
            return Kept("pending", Refusal(reason if reason in texts.sentences() else "desk.record_set_aside"))
        if reach.held & row.case.dag.keys():
            return Kept("pending", Refusal("sync.held"))
        if cases.subject_of(row.number) in reach.doubted:
            return Kept("pending", Refusal("mandates.held"))
        if reach.stuck and reach.stuck in row.case.dag:
            return Kept("pending", reach.why)
        if not reach.standing.journal:  # this parent has signed for nothing yet, whatever the last one did
            return Kept("station")
        # A case that came back from above after a restore stands in no journal of ours: what is written since does.
        upstream_needed = row.journal or reach.journal
        if reach.standing.upstream >= upstream_needed:
            return Kept("city")
        if reach.standing.journal >= row.journal:
            return Kept("city" if self.parent_is_city else "district")
        return Kept("station")


def _erased(db: Connection) -> list[ErasedReport]:
    works = erasures.works(db)
    return [
        ErasedReport(
            order.subject, local_day(order.ms).isoformat(), order.reason, order.basis, work.bodies, work.files,
            not work.pending,
        )
        for order in (erasures.orders(db) if works else ())
        if (work := works.get(order.id)) is not None
    ]  # fmt: skip


def damage_report(damaged: DamagedRecord) -> DamageReport:
    return DamageReport(damaged.position, damaged.id, damaged.what)


PARTS = {"header": ("头部", "header"), "body": ("正文", "body"), "signature": ("签名", "signature")}


def _damage_light(damage: list[DamagedRecord]) -> Light:
    first = damage[0]
    zh, en = PARTS.get(first.what, (first.what, first.what))
    more = (f" 等 {len(damage)} 条", f" and {len(damage) - 1} more") if len(damage) > 1 else ("", "")
    return Light(
        "bad",
        f"数据损坏：第 {first.position} 号记录（{first.id[:8]}）的{zh}{more[0]}",
        f"Damaged: the {en} of record {first.position} ({first.id[:8]}){more[1]}",
    )
