"""What `doctor` and `restore` do, the same at a station and at a hub: examine a node, and bring its database back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from shared_models import texts
from shared_models.refusals import Refusal
from sync_protocol.host import doctor, mirror, replica
from sync_protocol.host.commands import REFUSED, Home, language, print_json, say, tell
from sync_protocol.host.doctor import CHECKS_OF_LOG, Check, Finding, Patient
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.runtime import ATTACHMENTS, now_ms
from sync_protocol.host.settings import settings_in

DAMAGE_TOLD_MAX = 20


def examine_node(home: Home, replicas: Path | None, checks: Sequence[Check], *, as_json: bool) -> None:
    """Examines a node, running or not, and says what was found; exit code 1 when something is wrong. Raises Refusal."""
    findings = doctor.examine(patient_at(home, home.folder(), replicas), checks)
    wrong = doctor.wrong(findings)
    if as_json:
        told = [
            {"check": each.check, "state": each.state, "code": each.code, "sentence": _sentence(each), **each.values}
            for each in findings
        ]
        print_json({"good": not wrong, "findings": told})
    else:
        for each in findings:
            click.echo(f"{doctor.MARKS[each.state]} {_sentence(each)}")
    if wrong:
        click.get_current_context().exit(REFUSED)


def restore_node(home: Home, replicas: Path | None, *, replace: bool, at: str) -> None:
    """Puts the newest database that the replica gives, or the one of the moment `at`, into the folder of a node that
    does not run, and says whether it is what was signed; exit code 1 where it is not. Raises Refusal."""
    moment = replica.moment_of(at, datetime.now(UTC)) if at else None
    with home.folder().locked() as folder:
        where = replicas or replica.default_replicas(folder)
        report = replica.restore(where, folder.database, replace=replace, at=moment)
        for generation, reason in report.failed:
            tell("commands.restore_skipped", generation=generation, reason=reason)
        copied = replica.in_words(report.copied) if report.copied else "—"
        say("commands.restored", generation=report.generation, bytes=report.bytes, copied=copied)
        if files := mirror.bring_back(where / mirror.FOLDER, folder.path / ATTACHMENTS):
            say("commands.restored_files", files=files)
        _tell_how_it_is(home, folder)


def _tell_how_it_is(home: Home, folder: DataFolder) -> None:
    """Compares the restored log with what was signed, where the keys are at hand. The file itself was checked."""
    try:
        findings = doctor.examine(patient_at(home, folder, None), CHECKS_OF_LOG)
    except Refusal as refusal:
        tell("commands.restored_unchecked", reason=texts.sentence(refusal.code, language(), **refusal.values))
        return
    bad = [each for each in findings if each.state == doctor.WRONG]
    for each in bad[:DAMAGE_TOLD_MAX]:
        click.echo(_sentence(each), err=True)
    if bad:
        tell("commands.restored_damaged", count=len(bad))
        click.get_current_context().exit(REFUSED)
    say("commands.restored_sound", records=sum(int(each.values.get("records", 0)) for each in findings))


def patient_at(home: Home, folder: DataFolder, replicas: Path | None) -> Patient:
    """A node's folder with what opens it. Raises Refusal sync.not_initialised."""
    settings = settings_in(folder)
    if settings is None:
        raise Refusal("sync.not_initialised")
    where = replicas or replica.default_replicas(folder)
    return Patient(folder, home.keyring(), settings, where, os.urandom, now_ms())


def _sentence(finding: Finding) -> str:
    return texts.sentence(finding.code, language(), **finding.values)
