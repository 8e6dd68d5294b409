"""`catalogue export`: the catalogue as files, for a spreadsheet, another program or another platform."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from central.catalogue_files.exporting import FORMATS
from central.exports import Export, Exported
from sync_protocol.host.commands import Home, at_home, print_json, say

Operate = Callable[[Home, str, msgspec.Struct], Any]


def export_command(operate: Operate) -> click.Command:
    """The command."""

    @click.command("export")
    @at_home
    @click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False, writable=True))
    @click.option("--format", "name", type=click.Choice(list(FORMATS)), default="xlsx", show_default=True,
                  help="How it is written.")  # fmt: skip
    @click.option("--drafts", is_flag=True, help="The drafts instead of what is published.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of sentences.")
    def export(home: Home, folder: Path, name: str, drafts: bool, as_json: bool) -> None:
        """Write the published catalogue, or the drafts, as files into FOLDER; what is there under their names is
        replaced."""
        done: Exported = operate(home, "catalogue-export", Export(name, drafts))
        paths = [folder / file.name for file in done.files]
        for path, file in zip(paths, done.files, strict=True):
            path.write_bytes(file.content)
        if as_json:
            print_json(Written(done.version, done.items, tuple(map(str, paths))))
            return
        for path in paths:
            say("exports.file_written", path=str(path))
        say("exports.written" if done.version else "exports.drafts_written", items=done.items,
            **({"version": done.version} if done.version else {}))  # fmt: skip

    return export


class Written(msgspec.Struct, frozen=True):
    """What `export --json` prints: the version of the catalogue (0 = drafts), its items, and the files."""

    version: int
    items: int
    files: tuple[str, ...]
