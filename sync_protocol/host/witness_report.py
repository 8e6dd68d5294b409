"""How the receipts of a node stand before the witness: for its doctor, for `witness`, and for a hub's page."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shared_models.roster import DISTRICT, Roster
from sync_protocol.audit import Seen, seen
from sync_protocol.core.checkpoints import checkpoint_of
from sync_protocol.core.contradictions import Proof
from sync_protocol.host.doctor import DAY_MS, OK, WARNING, WRONG, Check, Finding, Patient, found
from sync_protocol.store import audited, contradictions, receipt_log, witnessing
from sync_protocol.store.audited import LOST, OWED, SETTLED, WAITING, WITNESSED
from sync_protocol.store.database import Connection

PATIENCE_DAYS = 3
"""As long as a line may be down over a weekend."""


class Count(msgspec.Struct, frozen=True):
    """Receipts in one state; `since_ms` = when the oldest of them was signed, by the hub's clock."""

    receipts: int
    since_ms: int


class OwnLog(msgspec.Struct, frozen=True):
    """The log of receipts of this hub: its leaves, and how many of them the witness cosigned. `code` names why the
    last checkpoint was not, "" where it was."""

    epoch: str
    size: int
    cosigned: int
    code: str
    since_ms: int


class Below(msgspec.Struct, frozen=True):
    """A hub below this one, as its witness: the last tree cosigned and when (0 = never), why the last checkpoint was
    not, and how often it came back from a copy without what was cosigned: `lost` and `kept` leaves the last time."""

    node: str
    name: str
    epoch: str
    size: int
    at_ms: int
    code: str
    since_ms: int
    losses: int
    lost: int
    kept: int


class Accusation(msgspec.Struct, frozen=True):
    """A proof that a hub contradicted itself, with the hub's key (text), so that anybody can check it."""

    id: str
    name: str
    key: str
    found_by: str
    found_ms: int
    proof: Proof


class WitnessReport(msgspec.Struct, frozen=True):
    """What `witness --json` says. `parent` gave the receipts, `witness` is the hub above it ("" = none); `seen` is the
    newest cosigned tree that the parent showed; `receipts` counts them by state."""

    parent: str
    witness: str
    seen: Seen | None
    receipts: dict[str, Count]
    log: OwnLog | None
    below: list[Below]
    contradictions: list[Accusation]


def report(db: Connection, roster: Roster, me: str, parent: str) -> WitnessReport:
    """`parent` = the name of the hub above, "" for none."""
    above = roster.member(parent)
    counts = {state: Count(*each) for state, each in audited.counts(db, parent).items()}
    return WitnessReport(
        parent, "" if above is None else above.parent, seen(db), counts, _own(db, roster, me),
        below(db, roster, me), accusations(db, roster),
    )  # fmt: skip


def _own(db: Connection, roster: Roster, me: str) -> OwnLog | None:
    log, given, still = receipt_log.now(db), receipt_log.cosigned(db), receipt_log.standstill(db)
    if not log.size:
        return None
    cosigned = 0 if given is None else checkpoint_of(given.checkpoint, me, roster.keys_of(me)).tree.size
    return OwnLog(log.epoch, log.size, cosigned, still.code, still.since_ms)


def below(db: Connection, roster: Roster, me: str) -> list[Below]:
    """The hubs below this one, in the order of their areas."""
    found_ = []
    for member in sorted(roster.children(me), key=lambda each: (each.area, each.node)):
        if member.tier != DISTRICT:
            continue
        last, refused = witnessing.latest(db, member.node), witnessing.refused(db, member.node)
        losses = witnessing.losses(db, member.node)
        found_.append(Below(
            member.node, member.name, last.tree.epoch if last else "", last.tree.size if last else 0,
            last.at_ms if last else 0, refused.code if refused else "", refused.since_ms if refused else 0,
            len(losses), losses[0].lost[1] if losses else 0, losses[0].kept if losses else 0,
        ))  # fmt: skip
    return found_


def accusations(db: Connection, roster: Roster) -> list[Accusation]:
    found_ = []
    for each in contradictions.all_of(db):
        hub = roster.member(each.proof.hub)
        name, key = (hub.name, hub.key) if hub else ("", "")
        found_.append(Accusation(each.proof.id, name, key, each.found_by, each.found_ms, each.proof))
    return found_


# ---------------------------------------------------------------- the doctor


def witnessed(patient: Patient, db: Connection) -> Iterator[Finding]:
    """Hubs that contradicted themselves; what the parent has not shown of the receipts that it gave; the own log."""
    parent = patient.settings.parent
    yield from findings_of(report(db, patient.roster(db), patient.me, parent.name if parent else ""), patient.now_ms)


def findings_of(told: WitnessReport, now_ms: int) -> Iterator[Finding]:
    """A report in sentences."""
    for each in told.contradictions:
        yield found("witness", WRONG, "witness.proof", name=each.name, node=each.proof.hub, kind=each.proof.kind,
                    found_by=each.found_by)  # fmt: skip
    if told.parent:
        yield from _receipts(told, now_ms) if told.witness else [found("witness", OK, "witness.nobody_above")]
    if told.parent and told.log is not None:
        yield from _log(told.log)
    for hub in told.below:
        yield from _below(hub)


def _receipts(told: WitnessReport, now_ms: int) -> Iterator[Finding]:
    count = told.receipts.get
    waiting, owed, lost = count(WAITING), count(OWED), count(LOST)
    if waiting is not None and (days := _days(waiting, now_ms)) >= PATIENCE_DAYS:
        yield found("witness", WARNING, "witness.waiting", receipts=waiting.receipts, days=days)
    if owed is not None:
        days = _days(owed, now_ms)
        state = WRONG if days >= PATIENCE_DAYS else WARNING
        yield found("witness", state, "witness.owed", receipts=owed.receipts, days=days)
    if lost is not None:
        yield found("witness", WARNING, "witness.lost", receipts=lost.receipts, days=_days(lost, now_ms))
    if owed is None and lost is None:
        done = sum(each.receipts for state in (WITNESSED, SETTLED) if (each := count(state)) is not None)
        yield found("witness", OK, "witness.witnessed", receipts=done, leaves=told.seen.size if told.seen else 0)


def _days(each: Count, now_ms: int) -> int:
    return max(0, (now_ms - each.since_ms) // DAY_MS)


def _log(log: OwnLog) -> Iterator[Finding]:
    if log.code:
        wrong = log.code in ("witness.log_damaged", "witness.contradiction")
        yield found("witness", WRONG if wrong else WARNING, log.code)
    else:
        yield found("witness", OK, "witness.own_ok", size=log.size, cosigned=log.cosigned)


def _below(hub: Below) -> Iterator[Finding]:
    if hub.code:
        yield found("witness", WRONG, "witness.below_refused", name=hub.name, node=hub.node,
                    reason=hub.code)  # fmt: skip
    elif not hub.at_ms:
        yield found("witness", WARNING, "witness.below_never", name=hub.name)
    else:
        yield found("witness", OK, "witness.below_ok", name=hub.name, size=hub.size)
    if hub.losses:
        yield found("witness", WARNING, "witness.below_lost", name=hub.name, size=hub.lost, kept=hub.kept)


CHECKS: tuple[Check, ...] = (witnessed,)
