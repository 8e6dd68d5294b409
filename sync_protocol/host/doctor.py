"""The doctor: looks at everything a node rests on, changes nothing, and says what is wrong and what to do.

It reads the database beside a running node or in a stopped one. Each check gives findings; a check that cannot go on
because of what an earlier one found is left out. `wrong` means that somebody must act; `warning` that somebody should
know. The checks here are those of every node; `central.doctor` adds those of a hub.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from shared_models.catalogue import item_of
from shared_models.refusals import Refusal
from shared_models.roster import OFFLINE_DAYS_MAX, Roster
from shared_models.signing import Damaged, digest, name_of_key, text_of
from sync_protocol.core.incarnations import left_behind
from sync_protocol.host import mirror
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.keyring import Keyring
from sync_protocol.host.replica import check_replica, noted_generation
from sync_protocol.host.settings import NodeSettings
from sync_protocol.store import (
    accounts,
    case_files,
    clerk_keys,
    clones,
    critical,
    database,
    doubting,
    erasures,
    knowledge,
    receipts,
    state,
    upward,
)
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.case_files import PAGE_MAX, Filter
from sync_protocol.store.database import Connection, looking_into, problems_of
from sync_protocol.store.log import DamagedRecord, Log
from sync_protocol.store.vault import Entropy, Vault

OK, WARNING, WRONG = "ok", "warning", "wrong"
MARKS = {OK: "✓", WARNING: "!", WRONG: "✗"}
SLICE = 500
DAY_MS = 24 * 3600 * 1000
CLOCK_BACK_MS = 5 * 60 * 1000
"""A clock may be set back by so much without a word: so far apart are clocks that nobody minds."""
CLOCK_FIRST_MS = 1_735_689_600_000
"""1 January 2025: earlier than any installation."""


class Finding(NamedTuple):
    """What a check found: `state` is ok, warning or wrong; `code` names a sentence that `values` fill."""

    check: str
    state: str
    code: str
    values: dict[str, str | int]


def found(check: str, state_: str, code: str, **values: str | int) -> Finding:
    return Finding(check, state_, code, values)


@dataclass(frozen=True)
class Patient:
    """A node's folder with what opens it. `replicas` is where Litestream copies to."""

    folder: DataFolder
    keyring: Keyring = field(repr=False)
    settings: NodeSettings
    replicas: Path
    entropy: Entropy = field(repr=False)
    now_ms: int

    @property
    def me(self) -> str:
        return name_of_key(self.keyring.node_key().public)

    @property
    def vault(self) -> Vault:
        return Vault(self.keyring.storage_key, self.entropy)

    @property
    def log(self) -> Log:
        return Log(self.vault)

    def roster(self, db: Connection) -> Roster:
        """The roster as the database has it. Raises Refusal sync.not_admitted before joining."""
        kept = state.get(db, "roster")
        rooted = Roster.rooted(self.settings.root, self.settings.city)
        return rooted if kept is None else msgspec.convert(kept, Roster)


Check = Callable[[Patient, Connection], Iterator[Finding]]


def examine(patient: Patient, checks: Sequence[Check]) -> list[Finding]:
    """All findings, in the order of `checks`. Raises Refusal where the folder itself cannot be opened."""
    if not patient.settings.joined:
        return [found("joined", WRONG, "sync.not_admitted")]
    path = patient.folder.database
    try:
        with looking_into(path):
            findings = [found("sqlite", OK, "doctor.sqlite_ok", version=database.sqlite_version())]
    except Refusal as refusal:
        return [found("sqlite", WRONG, refusal.code, **refusal.values)]
    if problems := problems_of(path):
        findings += [found("integrity", WRONG, "doctor.integrity", problem=problem) for problem in problems]
        return findings
    findings.append(found("integrity", OK, "doctor.integrity_ok"))
    with looking_into(path) as db:
        return findings + list(chain.from_iterable(check(patient, db) for check in checks))


def wrong(findings: list[Finding]) -> bool:
    return any(finding.state == WRONG for finding in findings)


# ---------------------------------------------------------------- the log


def log_damage(patient: Patient, db: Connection) -> Iterator[Finding]:
    """Every record against what was signed: header, body, signature."""
    log, keys_of, after, bad = patient.log, patient.roster(db).keys_of, 0, 0
    while True:
        damaged, reached = log.damage(db, keys_of, after, SLICE)
        for each in damaged:
            yield found("log", WRONG, "doctor.damaged", position=each.position, id=each.id, what=each.what)
        bad += len(damaged)
        if reached == after:
            break
        after = reached
    if not bad:
        yield found("log", OK, "doctor.log_ok", records=log.last_position(db))


def chains(patient: Patient, db: Connection) -> Iterator[Finding]:
    """The own chains: each record names the one before it, without a hole but in what a restore left behind."""
    log, broken, incarnations = patient.log, 0, 0
    for incarnation in log.incarnations(db, patient.me):
        incarnations += 1
        problem = _break_in(log, db, (patient.me, incarnation.name))
        if problem:
            broken += 1
            yield found("chain", WRONG, "doctor.chain", incarnation=incarnation.name, seq=problem)
    if not broken:
        yield found("chain", OK, "doctor.chain_ok", incarnations=incarnations)


def _break_in(log: Log, db: Connection, of: tuple[str, str]) -> int:
    """The number of the first record that does not follow the one before it; 0 where all do."""
    seq, last = 0, ""
    origins = log.openings(db, of[0])
    while True:
        try:
            rows = log.chain_rows(db, of, seq, SLICE)
        except DamagedRecord:
            return 0  # the check of the log has named it
        if not rows:
            return 0
        for row in rows:
            header = row.record.header
            follows = header.seq == seq + 1 and (not last or header.prev == last)
            if not follows and (header.seq == seq + 1 or not left_behind(origins, of[1], seq + 1)):
                return header.seq
            seq, last = header.seq, row.record.id


def delivery(patient: Patient, db: Connection) -> Iterator[Finding]:
    """The receipt that stands: signed by the parent, about this node, and about the journal as it is here."""
    parent = patient.settings.parent
    if parent is None:
        return  # the city has nobody above
    standing, end = receipts.standing(db), patient.log.journal_end(db).position
    receipt = receipts.standing_receipt(db)
    if receipt is None:
        yield found("receipts", WARNING, "doctor.no_receipt", waiting=end)
        return
    content, entry = receipt.content, patient.log.entry(db, standing.journal)
    keys = patient.roster(db).keys_of(parent.name) or (parent.public,)
    good = any(receipts.receipt_is_good(receipt, key) for key in keys) and content.child == patient.me
    if not good or entry is None or text_of(entry.hash) != content.hash:
        yield found("receipts", WRONG, "doctor.receipt", journal=standing.journal)
        return
    yield found("receipts", OK, "doctor.receipts_ok", journal=standing.journal, waiting=end - standing.journal)


def standstill(patient: Patient, db: Connection) -> Iterator[Finding]:
    """What the parent last said against this node, and no trying again mends."""
    if patient.settings.parent is not None and (code := upward.standstill(db).code):
        yield found("parent", WRONG, code)


def running_twice(patient: Patient, db: Connection) -> Iterator[Finding]:
    """Nodes of which two processes were alive at once, this one or those below it, until a person closes that."""
    roster, alarms = patient.roster(db), clones.open_alarms(db)
    for alarm in alarms:
        member = roster.member(alarm.node)
        name, area = (member.name, member.area) if member else (alarm.node, "")
        yield found("clones", WRONG, "clones.running_twice", name=name, area=area, node=alarm.node)
    if not alarms:
        yield found("clones", OK, "clones.none")


def frozen_cases(patient: Patient, db: Connection) -> Iterator[Finding]:
    """Cases that are read-only until this program is updated."""
    if count := critical.frozen(db):
        yield found("versions", WARNING, "versions.frozen_cases", cases=count)


def set_aside(patient: Patient, db: Connection) -> Iterator[Finding]:
    """Records that could not be folded."""
    for position, subject, reason in case_files.aside(db):
        yield found("aside", WARNING, "doctor.aside", position=abs(position), subject=subject, reason=reason)


def people(patient: Patient, db: Connection) -> Iterator[Finding]:
    """People of this node whom a hub has revoked, and the keys that ended while the log does not say so."""
    revoked = clerk_keys.revoked(db)
    gone = [account for account in accounts.all_accounts(db) if account.actor in revoked]
    for account in gone:
        yield found("people", WARNING, "doctor.person_revoked", login=account.login, actor=account.actor)
    if waiting := doubting.subjects(db):
        yield found("people", WARNING, "doctor.person_doubted", cases=len(waiting))
    if ended := clerk_keys.ended(db):
        yield found("people", WARNING, "doctor.key_not_ended", keys=len(ended))
    if not (gone or waiting or ended):
        yield found("people", OK, "doctor.people_ok")


# ---------------------------------------------------------------- what stands beside it


def replica(patient: Patient, db: Connection) -> Iterator[Finding]:
    """The replica, by restoring it."""
    if not patient.settings.litestream:
        yield found("replica", WARNING, "doctor.replica_off")
        return
    generation = noted_generation(patient.folder)
    if generation is None:
        yield found("replica", WARNING, "doctor.replica_none")
        return
    last, log = patient.log.last_position(db), patient.log
    report = check_replica(patient.replicas, generation.name, lambda copy: last - log.last_position(copy))
    if report.problem is not None:
        yield found("replica", WRONG, "doctor.replica", path=str(patient.replicas), reason=report.problem)
        return
    yield found("replica", OK, "doctor.replica_ok", behind=max(0, report.records_behind or 0))


def catalogue(patient: Patient, db: Connection) -> Iterator[Finding]:
    """The newest version, and whether all its items are here and can be read."""
    version = knowledge.latest_version(db)
    if version is None:
        yield found("catalogue", WARNING, "doctor.no_catalogue")
        return
    values = knowledge.items_of(db, version)
    if missing := len(version.items) - len(values):
        yield found("catalogue", WARNING, "doctor.items_missing", version=version.number, items=missing)
    unread = sum(not _readable(value) for value in values)
    if unread:
        yield found("catalogue", WARNING, "doctor.items_unread", version=version.number, items=unread)
    if not missing and not unread:
        yield found("catalogue", OK, "doctor.catalogue_ok", version=version.number, items=len(values))


def _readable(value: object) -> bool:
    try:
        item_of(value)
    except Refusal:
        return False
    return True


def clock(patient: Patient, db: Connection) -> Iterator[Finding]:
    """The clock of this computer against the last record written here and the parent's last receipt."""
    now_ms, last = patient.now_ms, state.get(db, "last_own", {"hlc": [0, 0]})["hlc"][0]
    receipt = receipts.standing(db).time
    newest = max(last, receipt)
    if now_ms < CLOCK_FIRST_MS or now_ms + CLOCK_BACK_MS < newest:
        yield found("clock", WRONG, "doctor.clock_back")
    elif receipt and now_ms - receipt > OFFLINE_DAYS_MAX * DAY_MS:
        yield found("clock", WARNING, "doctor.clock_ahead", days=(now_ms - receipt) // DAY_MS)
    else:
        yield found("clock", OK, "doctor.clock_ok")


def attachments(patient: Patient, db: Connection) -> Iterator[Finding]:
    """The files that cases name and that this node holds: there, and with the content that their names say."""
    store, good, bad = Attachments(patient.folder.path / "attachments", patient.vault), 0, 0
    for number, name in _files_named(patient, db):
        row = store.row(db, name)
        if row is None or not row.whole:
            continue  # another node's: it rests elsewhere
        try:
            content = b"".join(store.read(row))
        except (OSError, Damaged):
            content = b""
        if text_of(digest(content)) == name:
            good += 1
        else:
            bad += 1
            yield found("attachments", WRONG, "doctor.file", number=number, id=name)
    if waiting := store.to_fetch(db):
        yield found("attachments", WARNING, "doctor.files_lacking", files=len(waiting))
    elif not bad:
        yield found("attachments", OK, "doctor.files_ok", files=good)
    if patient.settings.litestream and (behind := mirror.missing(store.whole(db), patient.replicas / mirror.FOLDER)):
        yield found("attachments", WARNING, "doctor.mirror", files=len(behind), path=str(patient.replicas))


def _files_named(patient: Patient, db: Connection) -> Iterator[tuple[str, str]]:
    """(case number, hash) of every file that a case names."""
    offset = 0
    while rows := case_files.rows(db, patient.vault, Filter(), limit=PAGE_MAX, offset=offset):
        offset += len(rows)
        for row in rows:
            materials = row.case.application.materials if row.case.application else ()
            yield from ((row.number, each.hash) for material in materials for each in material.attachments)


def erasing(patient: Patient, db: Connection) -> Iterator[Finding]:
    """Orders of erasure that this node has still to carry out in its files."""
    if waiting := erasures.pending(db):
        yield found("erasing", WARNING, "doctor.erasing", orders=len(waiting))
    else:
        yield found("erasing", OK, "doctor.erasing_ok")


CHECKS_OF_LOG: tuple[Check, ...] = (log_damage, chains)
CHECKS_OF_NODE: tuple[Check, ...] = (
    *CHECKS_OF_LOG, delivery, standstill, running_twice, frozen_cases, set_aside, people, replica, catalogue, clock,
    attachments, erasing,
)  # fmt: skip
