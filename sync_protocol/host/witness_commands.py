"""`witness`: how a node's receipts stand before the witness, and the proofs against hubs as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from shared_models import texts
from sync_protocol.host.commands import REFUSED, Home, at_home, language, print_json, say

if TYPE_CHECKING:
    from sync_protocol.host.doctor import Finding
    from sync_protocol.host.witness_report import Accusation, WitnessReport

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


def witness_command() -> click.Command:
    """The command `witness` of a command line."""

    @click.command("witness")
    @at_home
    @click.option("--proofs", type=FOLDER, help="Write each proof that a hub contradicted itself into this folder.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of sentences.")
    def witness(home: Home, proofs: Path | None, as_json: bool) -> None:
        """Say which receipts the witness has, which are still open, and who contradicted himself. Changes nothing.

        Exit code 1 when something is wrong."""
        told, findings = _looked_at(home)
        if proofs is not None:
            _write(proofs, told.contradictions)
        if as_json:
            print_json(msgspec.to_builtins(told))
        else:
            _say(findings)
            if proofs is not None:
                say("witness.written", proofs=len(told.contradictions), path=str(proofs))
        if any(each.state == "wrong" for each in findings):
            click.get_current_context().exit(REFUSED)

    return witness


def _looked_at(home: Home) -> tuple[WitnessReport, list[Finding]]:
    from sync_protocol.host import witness_report
    from sync_protocol.host.care import patient_at
    from sync_protocol.store.database import looking_into

    patient = patient_at(home, home.folder(), None)
    parent = patient.settings.parent
    with looking_into(patient.folder.database) as db:
        told = witness_report.report(db, patient.roster(db), patient.me, parent.name if parent else "")
        return told, list(witness_report.witnessed(patient, db))


def _say(findings: list[Finding]) -> None:
    from sync_protocol.host.doctor import MARKS

    for each in findings:
        click.echo(f"{MARKS[each.state]} {texts.sentence(each.code, language(), **each.values)}")


def _write(folder: Path, accusations: list[Accusation]) -> None:
    """Each proof with the key of its hub: all that is needed to check it."""
    from sync_protocol.host.files import write_durably

    for each in accusations:
        content = msgspec.json.encode({"key": each.key, "proof": each.proof})
        path = folder / f"contradiction-{each.proof.hub}-{each.id[:12]}.json"
        write_durably(path, msgspec.json.format(content, indent=1) + b"\n")
