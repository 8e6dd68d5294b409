"""`catalogue findings`: an audit of what a hub holds, in the form of the audit of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import click
import msgspec

from central.auditing import Audit, Audited
from central.catalogue_files.hints import hint
from shared_models import texts
from shared_models.catalogue import ERROR, SEVERITY
from sync_protocol.host.commands import REFUSED, Home, at_home, language, say

Operate = Callable[[Home, str, msgspec.Struct], Any]


class FindingLine(msgspec.Struct, frozen=True):
    """A finding as `--json` prints it: as `catalogue audit` does, where there is no row."""

    finding: str
    severity: str
    item_code: str
    field: str
    sentence: str
    hint: str


class FindingCounts(msgspec.Struct, frozen=True):
    """The last line: `version` that was audited, 0 = the drafts; how often each finding was made."""

    version: int
    counts: dict[str, int]
    errors: int
    warnings: int
    items: int
    base: int
    left_off: int


def findings_command(operate: Operate) -> click.Command:
    """The command."""

    @click.command("findings")
    @at_home
    @click.option("--drafts", is_flag=True, help="The drafts instead of what was published last; at the city.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object a finding, then one with the counts.")
    def findings(home: Home, drafts: bool, as_json: bool) -> None:
        """Audit the catalogue that the hub holds: the version published last, or the drafts.

        Exit code 0 when no error was found, warnings or not; 1 when there is one."""
        found: Audited = operate(home, "catalogue-audit", Audit(drafts))
        if as_json:
            _print_json(found)
        else:
            _print(found)
        if found.errors:
            click.get_current_context().exit(REFUSED)

    return findings


def _print_json(found: Audited) -> None:
    for each in found.findings:
        line = FindingLine(
            each.finding, each.severity, each.item, each.field, each.sentence(language()),
            hint(each.finding, each.values, each.item, "", language()),
        )  # fmt: skip
        click.echo(msgspec.json.encode(line))
    counts = FindingCounts(
        found.version, found.counts, found.errors, found.warnings, found.items, found.base, found.left_off
    )
    click.echo(msgspec.json.encode(counts))


def _print(found: Audited) -> None:
    """Each kind of finding with the first of it and how often it was made: errors first, then the most frequent."""
    first = {each.finding: each for each in reversed(found.findings)}
    kinds = Counter(found.counts).most_common()
    for code, number in sorted(kinds, key=lambda kind: SEVERITY.get(kind[0]) != ERROR):
        each = first.get(code)
        sentence = each.sentence(language()) if each else code
        click.echo(texts.sentence("auditing.kind", language(), number=number, sentence=sentence,
                                  item=each.item if each else "—"))  # fmt: skip
    if found.version:
        say("auditing.held", version=found.version, items=found.items, errors=found.errors, warnings=found.warnings)
    else:
        say("auditing.held_drafts", items=found.items, errors=found.errors, warnings=found.warnings)
