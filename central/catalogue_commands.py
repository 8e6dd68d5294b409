"""`catalogue`: files come in, a version goes out, and a file is audited without anything being kept.

`audit` needs no hub: whoever keeps a catalogue can run it on any machine, before the file is handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from central.catalogue_files import Fault, ImportReport, read_files
from central.catalogue_files.hints import hint
from central.catalogue_files.tables import FILE_BYTES_MAX
from central.export_command import export_command
from central.findings_command import findings_command
from central.halt_commands import cancel_command, resume_command, suspend_command
from central.import_report import ALL, DROP, EVERY, SOUND, WAIT, ChangedItem, KeptReport
from central.importing import source_of
from central.operations import BaseReport, DecideImport, File, Import, Publish, PublishBase, Published
from central.review_commands import review_group
from central.reviewing import Judge
from central.sampling import sample_command
from shared_models import texts
from shared_models.catalogue import ERROR
from shared_models.catalogue.life import SUBMIT
from shared_models.refusals import Refusal
from sync_protocol.host.commands import REFUSED, Home, at_home, language, print_json, read_file, say
from sync_protocol.host.pages import moment
from sync_protocol.store.drafts import CHANGED, EDITED, KEPT, NEW, SAME

Operate = Callable[[Home, str, msgspec.Struct], Any]
"""Carries out a verb at a hub, whether it runs or not."""

EXISTING = click.Path(path_type=Path, exists=True, dir_okay=False)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of sentences.")
LISTED_MAX = 500_000
"""Findings that an audit lists; all are counted."""
CHANGES_TOLD = 1_000
"""Changes that a dry run lists; the page shows all."""
_DECISIONS = {
    "dry_run": WAIT, "all_or_nothing": ALL, "good_rows": SOUND, "keep_faulty": EVERY, "discard": DROP,
}  # fmt: skip
_SIGNS = {NEW: "+", CHANGED: "~", SAME: "=", KEPT: "·", EDITED: "·"}


class AuditLine(msgspec.Struct, frozen=True):
    """A finding as `audit --json` prints it. `row` counts from 1, the header is 1; `field` is the path in the item's
    value, "" for a whole row; `sheet` and `column` are the names that a spreadsheet shows; `hint` is what to type
    instead."""

    finding: str
    severity: str
    row: int
    item_code: str
    field: str
    sentence: str
    sheet: str
    column: str
    hint: str


class AuditCounts(msgspec.Struct, frozen=True):
    """The last line of `audit --json`: how often each finding was made, most frequent first. `rows` of items and
    `base` entries of a base list were read; `left_off` findings are counted and not listed."""

    counts: dict[str, int]
    errors: int
    warnings: int
    rows: int
    items: int
    base: int
    left_off: int


def catalogue_group(operate: Operate) -> click.Group:
    """The commands `audit`, `base`, `export`, `findings`, `import`, `review`, `publish`, `sample`, `suspend`, `resume`
    and `cancel`."""

    @click.group("catalogue")
    def catalogue() -> None:
        """The catalogue of service items (at the city)."""

    at_hub = (
        _base, export_command, findings_command, _import, review_group, _publish, suspend_command, resume_command,
        cancel_command, sample_command,
    )  # fmt: skip
    for command in (_audit(), *(made(operate) for made in at_hub)):
        catalogue.add_command(command)
    return catalogue


# ---------------------------------------------------------------- audit


def _audit() -> click.Command:
    @click.command("audit")
    @click.argument("files", nargs=-1, required=True, type=EXISTING)
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object a finding, then one with the counts.")
    def audit(files: tuple[Path, ...], as_json: bool) -> None:
        """Audit FILES (XLSX, CSV or JSON, those of one catalogue together), and keep nothing. Needs no hub.

        Exit code 0 when no error was found, warnings or not; 1 when there is one, or a file cannot be read."""
        read = [(path.name, read_file(path, FILE_BYTES_MAX)) for path in files]
        report = read_files(read, listed_max=LISTED_MAX)
        for line in _json_lines(report) if as_json else _sentences(report):
            click.echo(line)
        if not as_json:
            say("central.audited", rows=report.rows, base=len(report.base), errors=report.errors,
                warnings=report.warnings)  # fmt: skip
        if report.errors:
            click.get_current_context().exit(REFUSED)

    return audit


def _json_lines(report: ImportReport) -> Iterator[str]:
    for fault in report.faults:
        line = AuditLine(
            fault.code, fault.severity, fault.row, fault.item, fault.field, fault.sentence(language()), fault.sheet,
            fault.column, hint(fault.code, fault.values, fault.item, fault.column, language()),
        )  # fmt: skip
        yield msgspec.json.encode(line).decode()
    counts = AuditCounts(
        dict(report.counts.most_common()), report.errors, report.warnings, report.rows, len(report.items),
        len(report.base), report.left_off,
    )  # fmt: skip
    yield msgspec.json.encode(counts).decode()


def _sentences(report: ImportReport) -> Iterator[str]:
    """Each kind of finding with its first place and how often it was made: errors first, then the most frequent."""
    kinds: Counter[tuple[str, str]] = Counter((fault.code, fault.column) for fault in report.faults)
    first: dict[tuple[str, str], Fault] = {}
    for fault in report.faults:
        first.setdefault((fault.code, fault.column), fault)
    for kind, number in sorted(kinds.items(), key=lambda pair: (first[pair[0]].severity != ERROR, -pair[1])):
        fault = first[kind]
        yield texts.sentence("central.audit_error" if fault.severity == ERROR else "central.audit_warning", language(),
                             number=number, sheet=fault.sheet, row=fault.row, column=fault.column or "—",
                             sentence=fault.sentence(language()))  # fmt: skip


# ---------------------------------------------------------------- at a hub


def _base(operate: Operate) -> click.Command:
    @click.command("base")
    @at_home
    @click.argument("files", nargs=-1, type=EXISTING)
    @click.option("--withdraw", "withdrawn", multiple=True, metavar="CODE",
                  help="Take the entry with this basic code out; may be repeated.")  # fmt: skip
    @JSON
    def base(home: Home, files: tuple[Path, ...], withdrawn: tuple[str, ...], as_json: bool) -> None:
        """Publish the base list in FILES (XLSX or CSV with the sheet 基本目录): the entries in it become what they are
        there, all others stay. Nothing is published where one of them has an error."""
        read = tuple(File(path.name, read_file(path, FILE_BYTES_MAX)) for path in files)
        published: BaseReport = operate(home, "catalogue-base", PublishBase(read, withdrawn))
        if as_json:
            print_json(published)
        else:
            say("central.base_published", number=published.number, entries=published.entries, set=published.set,
                removed=published.removed)  # fmt: skip

    return base


def _import(operate: Operate) -> click.Command:
    @click.command("import")
    @at_home
    @click.argument("files", nargs=-1, type=EXISTING)
    @click.option("--dry-run", is_flag=True,
                  help="Change no draft: say what would change, and let the import wait for a decision.")  # fmt: skip
    @click.option("--all-or-nothing", is_flag=True, help="Take every item, or none where there is an error.")
    @click.option("--good-rows", is_flag=True, help="Take the items without an error.")
    @click.option("--keep-faulty", is_flag=True,
                  help="Take every item that has a code, those with errors as incomplete drafts (usual).")  # fmt: skip
    @click.option("--discard", is_flag=True, help="Throw away the import that waits.")
    @click.option("--submit", is_flag=True, help="Hand in what was taken and may be published for review at once.")
    @JSON
    def import_(home: Home, files: tuple[Path, ...], submit: bool, as_json: bool, **flags: bool) -> None:
        """Read FILES (XLSX, CSV or JSON, those of one catalogue together) into the drafts, and say what is wrong in
        them. Without FILES: do so with the import that a dry run, or the page, left waiting.

        Exit code 1 where nothing was taken because of an error."""
        decision = _decision(bool(files), [_DECISIONS[name] for name, given in flags.items() if given])
        if files:
            read = tuple(File(path.name, read_file(path, FILE_BYTES_MAX)) for path in files)
            report: KeptReport = operate(home, "catalogue-import", Import(read, decision, CHANGES_TOLD))
        else:
            report = operate(home, "catalogue-decide", DecideImport(decision))
        if submit and report.decided not in (WAIT, DROP):
            operate(home, "catalogue-judge", Judge(SUBMIT, everything=True, source=source_of(report.files)))
        if as_json:
            print_json(report)
        else:
            for line in _told(report):
                click.echo(line)
        if report.waits and decision != WAIT:
            click.get_current_context().exit(REFUSED)

    return import_


def _decision(files: bool, given: list[str]) -> str:
    """Raises Refusal imports.one_choice, files_needed, discard_without_files."""
    if len(given) > 1:
        raise Refusal("imports.one_choice")
    decision = given[0] if given else EVERY
    if not files and (not given or decision == WAIT):
        raise Refusal("imports.files_needed")
    if files and decision == DROP:
        raise Refusal("imports.discard_without_files")
    return decision


def _told(report: KeptReport) -> Iterator[str]:
    tongue = language()
    if report.decided == DROP:
        yield texts.sentence("imports.dropped", tongue)
        return
    yield texts.sentence("central.import_report", tongue, rows=report.rows, complete=report.complete,
                         incomplete=report.incomplete, errors=report.errors, warnings=report.warnings)  # fmt: skip
    if report.base:
        yield texts.sentence("central.import_base", tongue, number=report.base)
    for each in report.changes:
        yield _change(each)
    for fault, number in report.kinds():
        yield texts.sentence("imports.fault", tongue, number=number, sheet=fault.sheet, row=fault.row,
                             column=fault.column or "—", sentence=fault.sentence(tongue),
                             hint=fault.hint(tongue))  # fmt: skip
    counts = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged, "kept": report.kept}
    if report.waits:
        yield texts.sentence("imports.waits", tongue, sound=report.sound, **counts)
        yield texts.sentence("imports.decide", tongue)
    else:
        yield texts.sentence("imports.taken", tongue, **counts)


def _change(each: ChangedItem) -> str:
    """`~ 1151…4510590000000 低保申领: 承诺时限、材料 M2 份数`."""
    fields = f": {'、'.join(each.fields)}" if each.fields else ""
    return f"{_SIGNS[each.outcome]}{'' if each.sound else '!'} {each.code} {each.name}{fields}"


def _publish(operate: Operate) -> click.Command:
    @click.command("publish")
    @at_home
    @click.option("--withdraw", "withdrawn", multiple=True, metavar="CODE", help="Take this item out; may be repeated.")
    @click.option("--effective", default="", metavar="DAY",
                  help="Day from whose beginning it is in force (2026-12-01); at once unless given.")  # fmt: skip
    @JSON
    def publish(home: Home, withdrawn: tuple[str, ...], effective: str, as_json: bool) -> None:
        """Publish the approved drafts as the next version."""
        published: Published = operate(home, "catalogue-publish", Publish(withdrawn, effective))
        if as_json:
            print_json(published)
        else:
            say("central.version_published", number=published.number, items=published.items,
                moment=moment(published.effective_ms))  # fmt: skip

    return publish
