"""`tongban-station`: set a station up, let it join its hub, run it, look after it.

`run` starts Python twice, before Litestream and below it: what one command alone needs is imported there, so that the
counter opens sooner.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click
import msgspec

from edge_node.people import ROLES, check_roles
from edge_node.settings import DEFAULT_PORT, FONT_VARIABLE, StationSettings
from shared_models import texts
from shared_models.refusals import Refusal
from shared_models.roster import STATION
from sync_protocol.host import commands
from sync_protocol.host.account_commands import account_group
from sync_protocol.host.bundle_commands import bundle_group
from sync_protocol.host.commands import (
    CommandLine,
    Home,
    at_home,
    option_at,
    option_http_proxy,
    option_replicas,
    print_json,
    say,
)
from sync_protocol.host.files import refusal_of
from sync_protocol.host.key_commands import rotate_command
from sync_protocol.host.settings import NodeSettings
from sync_protocol.host.witness_commands import witness_command
from sync_protocol.store.log import DamagedRecord

if TYPE_CHECKING:
    from edge_node.station import Report
    from sync_protocol.host.runtime import Runtime

MODULE = "edge_node.cli"
PORT = click.IntRange(1, 65535)


@click.group(cls=CommandLine)
def main() -> None:
    """A Tongban station: the service counter of a community or township.

    DATA is the station's data folder. Set it up once with `init` and `join`, then `run` it."""


@contextmanager
def _opened(home: Home) -> Iterator[Runtime]:
    """The station's node to read from, beside a running process or without one. Raises Refusal."""
    from sync_protocol.host import operator, runtime

    folder = home.folder()
    with nullcontext() if operator.is_running(home.path) else folder.locked():
        opened = runtime.open_joined(folder, home.keyring(), litestream=True)
        try:
            yield opened
        finally:
            opened.close()


# ---------------------------------------------------------------- setting up


@main.command()
@at_home
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on."
)
@click.option("--no-litestream", is_flag=True, help="Run without replication: back DATA up by other means.")
@option_http_proxy()
def init(home: Home, host: str, port: int, no_litestream: bool, http_proxy: str | None) -> None:
    """Set up a new station in DATA: its storage key, its signing key, its settings.

    With --passphrase-file the storage key comes from the passphrase, else from the file DATA/storage.key; without it
    nobody reads the data."""
    from sync_protocol.host import runtime

    settings = NodeSettings(
        tier=STATION, host=host, port=port, litestream=not no_litestream, http_proxy=http_proxy or ""
    )
    with home.setting_up() as folder:
        runtime.initialise(folder, home.keyring(), settings)
    say("commands.initialised", path=str(folder.path), address=settings.address)


@main.command()
@at_home
@click.argument("invitation", default="")
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="File that holds the invitation.")
@option_http_proxy()
def join(home: Home, invitation: str, file: Path | None, http_proxy: str | None) -> None:
    """Join the hub that gave INVITATION (its text, or --file). May be repeated after a failure."""
    from sync_protocol.host import runtime

    text = commands.invitation_text(invitation, file)
    with home.folder().locked() as folder:
        litestream = home.settings().litestream
        settings = runtime.join(folder, home.keyring(), text, litestream=litestream, http_proxy=http_proxy)
    address = settings.parent.address if settings.parent else ""
    say("commands.joined", name=settings.name, area=settings.area, address=address)


@main.command()
@at_home
@click.argument("invitation", default="")
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="File that holds the invitation.")
@option_http_proxy()
def move(home: Home, invitation: str, file: Path | None, http_proxy: str | None) -> None:
    """Move the stopped station to another hub, which gave INVITATION (its text, or --file) for the same area.

    Key and data stay. Everything that this station wrote is delivered to the new hub, and what stands there about its
    cases comes down. May be repeated after a failure."""
    from sync_protocol.host import runtime

    text = commands.invitation_text(invitation, file)
    with home.folder().locked() as folder:
        litestream = home.settings().litestream
        settings = runtime.move(folder, home.keyring(), text, litestream=litestream, http_proxy=http_proxy)
    address = settings.parent.address if settings.parent else ""
    say("moving.moved", name=settings.name, area=settings.area, address=address)


# ---------------------------------------------------------------- running


def option_font() -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`--font FILE`, which may be repeated, handed to the command as `fonts`."""
    return click.option(
        "--font", "fonts", type=click.Path(path_type=Path), multiple=True, envvar=FONT_VARIABLE, metavar="FILE",
        help="Font for PDF that is asked before those of the system; may be repeated (TONGBAN_FONT).",
    )  # fmt: skip


@main.command()
@at_home
@click.option("--no-litestream", is_flag=True, help="Run without replication this time.")
@option_replicas()
@option_font()
def run(home: Home, no_litestream: bool, replicas: Path | None, fonts: tuple[Path, ...]) -> None:
    """Run the station until SIGTERM or Ctrl-C, with Litestream beside it."""
    if fonts:  # the process below Litestream reads them there
        os.environ[FONT_VARIABLE] = os.pathsep.join(map(str, fonts))
    commands.run_node(home, lambda: _serve(home, fonts), MODULE, litestream=not no_litestream, replicas=replicas)


@main.command(hidden=True)
@at_home
@option_replicas()
@option_font()
def serve(home: Home, replicas: Path | None, fonts: tuple[Path, ...]) -> None:
    """What `run` has Litestream start."""
    _serve(home, fonts, replicas)


def _serve(home: Home, fonts: tuple[Path, ...], replicas: Path | None = None) -> None:
    from functools import partial

    from edge_node.app import build
    from sync_protocol.host.serving import serve_node

    serve_node(home, partial(build, settings=StationSettings(fonts=fonts)), replicas=replicas)


@main.command()
@at_home
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def status(home: Home, as_json: bool) -> None:
    """Say how the station stands: its line, what waits, its catalogue, what is damaged."""
    from edge_node.app import station_around
    from edge_node.orders import STATUS
    from edge_node.station import Report
    from sync_protocol.host import operator

    answer = operator.ask_running(home.path, STATUS, b"{}")
    if answer is None:
        with _opened(home) as opened:
            report = station_around(opened).report()
            last = commands.last_incarnation(opened.folder)
        report = msgspec.structs.replace(report, incarnation=last or "")
    else:
        report = msgspec.json.decode(answer, type=Report)
    if as_json:
        print_json({"running": answer is not None, **msgspec.to_builtins(report)})
        return
    if answer is None:
        say("station.nothing_runs")
    for line in _lines(report):
        click.echo(line)


def _lines(report: Report) -> Iterator[str]:
    from sync_protocol.host import key_report

    language = click.get_current_context().meta.get("language", "zh")
    pairs = {
        ("名称", "name"): f"{report.name} {report.area}",
        ("节点", "node"): f"{report.node} {report.incarnation}",
        ("目录版本", "catalogue"): report.catalogue_version,
        ("联网", "online"): ("yes" if language == "en" else "是") if report.line.online else report.line.code or "-",
        ("本机记录", "journal"): report.journal,
        ("上级已签收", "acknowledged"): report.acknowledged,
        ("再上一级已留存", "upstream"): report.upstream,
        ("等待上报", "waiting"): report.waiting,
    }
    for (zh, en), value in pairs.items():
        yield f"{en if language == 'en' else zh}: {value}"
    for bad in report.damage:
        yield texts.sentence("commands.damage", language, position=bad.position, id=bad.id, what=bad.what)
    for finding in key_report.findings_of(report.name, report.life):
        yield texts.sentence(finding.code, language, **finding.values)
    for each in report.erased:
        code = "erasure.here" if each.finished else "erasure.here_unfinished"
        yield texts.sentence(code, language, subject=each.subject, day=each.day, bodies=each.bodies, files=each.files,
                             basis=each.basis)  # fmt: skip


@main.command()
@at_home
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@option_replicas()
@option_font()
def doctor(home: Home, as_json: bool, replicas: Path | None, fonts: tuple[Path, ...]) -> None:
    """Examine the station, running or not, and change nothing: SQLite, the database file, every record, the chain,
    receipts, the replica (by restoring it), catalogue, clock, attachments, contact with the hub, the key, the fonts.

    Exit code 1 when something is wrong."""
    from edge_node.checkup import fonts_check
    from edge_node.fonts import Fonts
    from sync_protocol.host import care, doctor, key_report, witness_report

    checks = (*doctor.CHECKS_OF_NODE, *key_report.CHECKS, *witness_report.CHECKS, fonts_check(Fonts(fonts)))
    care.examine_node(home, replicas, checks, as_json=as_json)


main.add_command(account_group(ROLES, check_roles, departments=False))
main.add_command(bundle_group(children=False))
main.add_command(witness_command())
main.add_command(rotate_command())


# ---------------------------------------------------------------- records


@main.group()
def records() -> None:
    """The signed records of the station."""


@records.command("export")
@at_home
@click.option("--credentials", is_flag=True, help="Write the attestations held, as W3C credentials, instead.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; stdout unless given.")
def records_export(home: Home, credentials: bool, output: Path | None) -> None:
    """Write every record as JSON lines: DSSE envelopes with the certificates that are needed to verify them.

    Personal data is in the bodies: keep the file as you keep the database."""
    from sync_protocol import export

    count = 0
    with _opened(home) as opened, _sink(output) as sink:
        try:
            for value in export.export_credentials(opened.node) if credentials else export.export_records(opened.node):
                sink.write(msgspec.json.encode(value) + b"\n")
                count += 1
        except DamagedRecord as bad:
            raise Refusal("station.export_damaged", position=bad.position, id=bad.id, what=bad.what) from None
    if output is not None:
        say("station.exported", count=count, path=str(output))


@contextmanager
def _sink(output: Path | None) -> Iterator[BinaryIO]:
    """Where lines go: stdout, or a file that is there only once it is whole. Raises Refusal folder.full and others."""
    if output is None:
        yield sys.stdout.buffer
        return
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(output)
    except OSError as error:
        raise refusal_of(error, output.parent) from error
    finally:
        part.unlink(missing_ok=True)


@main.command()
@at_home
@option_replicas()
@option_at()
@click.option("--replace", is_flag=True, help="Set the database that is there aside and put the restored one in place.")
def restore(home: Home, replicas: Path | None, at: str, replace: bool) -> None:
    """Restore the database of a stopped station from its replica, and compare it with what was signed.

    After the start the hub gives back what is newer. Exit code 1 where a record is not what was signed: then restore
    an earlier state, with --at."""
    from sync_protocol.host import care

    care.restore_node(home, replicas, replace=replace, at=at)


if __name__ == "__main__":
    main()
