"""The audit of what a hub holds: each version once, beside the work, and the drafts whenever somebody asks.

The items are read twice, a slice at a time: what shows only where they are laid side by side needs all of them first.
An audit of 66,000 items takes about ten seconds of a processor; nobody waits for that of a version.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import NoReturn

import msgspec
import structlog

from central.hub import Hub
from shared_models import texts
from shared_models.catalogue import ERROR, BaseItem, Finding, Item, check, inherited, item_of
from shared_models.catalogue.comparing import Comparison
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from sync_protocol.host.logs import names_of, places_of
from sync_protocol.host.verbs import Verb
from sync_protocol.node import Node
from sync_protocol.store import base_list, catalogue_audits, knowledge
from sync_protocol.store.catalogue_audits import DRAFTS, AuditRow, FindingRow, Wanted
from sync_protocol.store.drafts import Drafts

SLICE = 200
LISTED_MAX = 20_000
"""Findings of one audit that are kept; all are counted."""
PAUSE_SECONDS = 5.0

Read = Callable[[], Iterator[Sequence[Item]]]

log = structlog.get_logger("tongban.audit")


async def keep_up(node: Node, sleep: Callable[[float], Awaitable[None]]) -> NoReturn:
    """Audits every version of the catalogue once, as it comes."""
    while True:
        try:
            await asyncio.to_thread(audit_latest, node)
        except Exception as error:  # noqa: BLE001  # such as a full disk: it is tried again
            log.error("incident", error=names_of(error), where=places_of(error))
        await sleep(PAUSE_SECONDS)


def audit_latest(node: Node) -> AuditRow | None:
    """Audits the version that came last, unless that was done; None where there is none."""
    with node.read() as db:
        number = knowledge.latest_number(db)
        done = catalogue_audits.audit(db, number) if number else None
        version = None if done or not number else knowledge.version(db, number)
        base = tuple(base_list.entries(db).values())
    if version is None:
        return done
    named = [version.items[code] for code in sorted(version.items)]
    return _audit(node, number, lambda: _published(node, named), base)


def audit_drafts(node: Node) -> AuditRow:
    """Audits the drafts as they would be published, complete or not."""
    with node.read() as db:
        entries = base_list.entries(db)

    def read() -> Iterator[Sequence[Item]]:
        offset = 0
        while True:
            with node.read() as db:
                items = Drafts(db).some(offset, SLICE)
            if not items:
                return
            yield [inherited(item, entries) for item in items]
            offset += len(items)

    return _audit(node, DRAFTS, read, tuple(entries.values()))


def _published(node: Node, named: Sequence[str]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(named), SLICE):
        with node.read() as db:
            values = [knowledge.item(db, each) for each in named[start : start + SLICE]]
        yield [*_readable([value for value in values if value is not None])]


def _readable(values: Sequence[object]) -> Iterator[Item]:
    for value in values:
        with suppress(Refusal):  # of a later version of this program
            yield item_of(value)


def _audit(node: Node, version: int, read: Read, base: Sequence[BaseItem]) -> AuditRow:
    beside = Comparison(base)
    for items in read():
        for item in items:
            beside.add(item)
    counts: Counter[str] = Counter()
    severities: Counter[str] = Counter()
    listed: list[FindingRow] = []
    number = 0
    for items in read():
        number += len(items)
        for item in items:
            for finding in (*check(item), *_beside(beside, item)):
                counts[finding.code] += 1
                severities[finding.severity] += 1
                if len(listed) < LISTED_MAX:
                    listed.append(_row(item, finding))
    errors, total = severities[ERROR], severities.total()
    row = AuditRow(version, node.now(), number, errors, total - errors, total - len(listed), dict(counts.most_common()))
    node.database.write(lambda db: catalogue_audits.keep(db, row, listed))
    return row


def _beside(beside: Comparison, item: Item) -> Iterator[Finding]:
    """A draft that came between the two readings was not added, and is looked at the next time."""
    with suppress(LookupError):
        yield from beside.findings(item)


def _row(item: Item, finding: Finding) -> FindingRow:
    return FindingRow(finding.code, finding.severity, item.code, item.name, finding.field, dict(finding.values))


# ---------------------------------------------------------------- by command


class Audit(msgspec.Struct, frozen=True):
    """`drafts` instead of what was published last."""

    drafts: bool = False


class AuditedFinding(msgspec.Struct, frozen=True):
    """A finding, with the values of its sentence."""

    finding: str
    severity: str
    item: str
    field: str
    values: dict[str, str | int]

    def sentence(self, language: str) -> str:
        return texts.sentence(self.finding, language, **self.values)


class Audited(msgspec.Struct, frozen=True):
    """`version` that was audited, 0 = the drafts; `left_off` findings are counted and not listed."""

    version: int
    items: int
    base: int
    errors: int
    warnings: int
    left_off: int
    counts: dict[str, int]
    findings: tuple[AuditedFinding, ...]


def audit(hub: Hub, asked: Audit) -> Audited:
    """Raises Refusal central.city_only for drafts below the city, exports.nothing_published."""
    node = hub.node
    if asked.drafts:
        if hub.tier != CITY:
            raise Refusal("central.city_only")
        row: AuditRow | None = audit_drafts(node)
    else:
        row = audit_latest(node)
    if row is None:
        raise Refusal("exports.nothing_published")
    with node.read() as db:
        found = catalogue_audits.findings(db, row.version, Wanted(), 0, LISTED_MAX)
        base = len(base_list.entries(db))
    listed = tuple(AuditedFinding(each.finding, each.severity, each.item, each.field, each.values) for each in found)
    return Audited(row.version, row.items, base, row.errors, row.warnings, row.left_off, row.counts, listed)


VERBS = {"catalogue-audit": Verb(Audit, Audited, audit)}
