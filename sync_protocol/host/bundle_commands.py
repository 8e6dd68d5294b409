"""`bundle`: the commands for sync by a stick, at a station and at a hub, whether it runs or not.

    main.add_command(bundle_group(children=True))

What changes the node is done by `sticks`; here are the words, the bar and the exit codes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared_models.refusals import Refusal
from sync_protocol.host.bundle_files import PART_BYTES, PART_BYTES_MAX, PART_BYTES_MIN
from sync_protocol.host.commands import REFUSED, Home, at_home, language, print_json, say, tell

if TYPE_CHECKING:
    from sync_protocol.host.sticks import Confirmed, Exported, Progress, Received

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of sentences.")


def bundle_group(*, children: bool) -> click.Group:
    """The group `bundle` of a command line. `children` says whether nodes sync with this one, so that it answers."""
    group = click.Group("bundle", help="Sync by a stick: files that are carried where no line reaches.")
    _add_export(group)
    (_add_import_at_hub if children else _add_import)(group)
    return group


def _add_export(group: click.Group) -> None:
    @group.command("export")
    @at_home
    @click.argument("folder", type=FOLDER)
    @click.option("--part-bytes", type=click.IntRange(PART_BYTES_MIN, PART_BYTES_MAX), default=PART_BYTES,
                  show_default=True, help="Begin another file above this size.")  # fmt: skip
    @JSON
    def export(home: Home, folder: Path, part_bytes: int, as_json: bool) -> None:
        """Write what the hub above has not confirmed into files in FOLDER, sealed so that only that hub reads them.

        It stays queued here until the hub's answer is imported."""
        from sync_protocol.host import sticks
        from sync_protocol.wire import stick

        with sticks.reached(home) as here:
            outline = stick.outline(here.opened.node, here.opened.attachments)
            size = outline.waiting + sum(row.size for row in outline.files)
            with _bar(size, as_json, by_bytes=False) as progress:
                done = sticks.export(here, outline, folder, part_bytes, progress)
        _tell_exported(done, as_json)


def _tell_exported(done: Exported, as_json: bool) -> None:
    if as_json:
        print_json(done)
    else:
        say("bundle.exported", records=done.records, attachments=done.attachments, bytes=done.bytes, to=done.to,
            files="、".join(done.files))  # fmt: skip
    if done.left_out:
        tell("bundle.left_out", count=done.left_out)
        click.get_current_context().exit(REFUSED)


FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
IMPORT = """Take in the bundles for this node among FILES: files, or folders with *.bundle in them.

Of a file that is damaged or cut short, what is good comes in; then the exit code is 1. Again does no harm."""


def _add_import(group: click.Group) -> None:
    @group.command("import", help=IMPORT)
    @at_home
    @FILES
    @JSON
    def import_(home: Home, files: tuple[Path, ...], as_json: bool) -> None:
        _import(home, files, None, as_json)


def _add_import_at_hub(group: click.Group) -> None:
    @group.command("import", help=IMPORT)
    @at_home
    @FILES
    @click.option("--answers", type=FOLDER, help="Write the answers into this folder, not beside the bundles.")
    @JSON
    def import_(home: Home, files: tuple[Path, ...], answers: Path | None, as_json: bool) -> None:
        _import(home, files, answers, as_json)


def _import(home: Home, files: tuple[Path, ...], answers: Path | None, as_json: bool) -> None:
    from sync_protocol.host import sticks

    done: list[Received | Confirmed] = []
    with sticks.reached(home) as here:
        bundles, faults = sticks.look(here, list(files))
        last = sticks.newest(bundles)
        with _bar(sum(bundle.size for bundle in bundles), as_json, by_bytes=True) as progress:
            for bundle in bundles:
                beside = answers or bundle.parts[0].path.parent
                folder = beside if last.get(bundle.head.sender) is bundle else None
                try:
                    done.append(sticks.import_bundle(here, bundle, folder, faults, progress))
                except Refusal as refusal:
                    faults.append(refusal)
    _tell_imported(done, faults, as_json)


def _tell_imported(done: list[Received | Confirmed], faults: list[Refusal], as_json: bool) -> None:
    from sync_protocol.host.sticks import Received

    if as_json:
        told = [{"code": fault.code, "sentence": _sentence(fault), **fault.values} for fault in faults]
        received = [each for each in done if isinstance(each, Received)]
        confirmed = [each for each in done if not isinstance(each, Received)]
        print_json({"received": received, "confirmed": confirmed, "faults": told})
    else:
        for each in done:
            if isinstance(each, Received):
                _tell_received(each)
            else:
                _tell_confirmed(each)
    for fault in faults:
        tell(fault.code, **fault.values)
    if faults:
        click.get_current_context().exit(REFUSED)


def _tell_received(done: Received) -> None:
    say("bundle.received", name=done.name, records=done.records, known=done.known)
    if done.revoked:
        say("bundle.revoked", name=done.name)
    if done.files:
        say("bundle.answered", name=done.name, files="、".join(done.files))


def _tell_confirmed(done: Confirmed) -> None:
    say("bundle.confirmed", name=done.name, journal=done.journal, end=done.end, entries=done.entries,
        attachments=done.attachments)  # fmt: skip
    if done.older:
        say("bundle.older", count=done.older)
    if done.refused:
        say("bundle.refused", position=done.refused_at, reason=_sentence(Refusal(done.refused)))


def _sentence(refusal: Refusal) -> str:
    from shared_models import texts

    return texts.sentence(refusal.code, language(), **refusal.values)


@contextmanager
def _bar(length: int, as_json: bool, *, by_bytes: bool) -> Iterator[Progress]:
    """A bar on the terminal with records and bytes; nothing where nobody looks. `length` is in bytes, or in records and
    bytes of files."""
    hidden = as_json or not sys.stderr.isatty()
    counts = [0, 0]

    def shown(_: object) -> str:
        return f"{counts[0]:,} 条 records · {counts[1]:,} B"

    with click.progressbar(length=max(1, length), hidden=hidden, file=sys.stderr, item_show_func=shown) as bar:

        def progress(records: int, size: int) -> None:
            counts[0] += records
            counts[1] += size
            bar.update(size if by_bytes or not records else records, size)

        yield progress
