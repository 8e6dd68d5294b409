"""`tongban-hub`: the command line of a hub.

Commands that change a hub work whether or not it runs: see `operations` for what they do and `host.operator` for how
they find out.
"""

from __future__ import annotations

import asyncio
import functools
import os
from pathlib import Path
from typing import Any

import click
import msgspec

from central import founding, operations
from central.catalogue_commands import EXISTING, JSON, catalogue_group
from central.clerk_commands import clerk_group
from central.doctor import CHECKS_OF_HUB
from central.erasure_commands import erasure_group
from central.hub import Hub
from central.node_commands import held_group, node_group
from central.operations import (
    AddIssuer,
    AskStatus,
    Invite,
    PublishCalendar,
    Revoke,
    Status,
)
from central.root_commands import root_group
from shared_models.refusals import Refusal
from shared_models.roster import CITY, DISTRICT
from shared_models.signing import name_of_key
from sync_protocol.host import runtime
from sync_protocol.host.account_commands import account_group
from sync_protocol.host.bundle_commands import bundle_group
from sync_protocol.host.care import examine_node, restore_node
from sync_protocol.host.commands import (
    CommandLine,
    Home,
    at_home,
    invitation_text,
    option_at,
    option_http_proxy,
    option_replicas,
    print_json,
    read_file,
    run_node,
    say,
)
from sync_protocol.host.files import write_durably
from sync_protocol.host.key_commands import rotate_command
from sync_protocol.host.operator import ask_running
from sync_protocol.host.settings import NodeSettings
from sync_protocol.host.witness_commands import witness_command

DEFAULT_PORT = 8500
CALENDAR_BYTES_MAX = 512 * 1024


def operate(home: Home, verb: str, asked: msgspec.Struct) -> Any:
    """Carries out a verb: in the running hub, or here where it does not run. Gives the verb's answer."""
    body = msgspec.json.encode(asked)
    answer = ask_running(home.path, verb, body)
    if answer is None:
        answer = _operate_here(home, verb, body)
    return msgspec.json.decode(answer, type=operations.VERBS[verb].answer)


def _operate_here(home: Home, verb: str, body: bytes) -> bytes:
    with home.folder().locked() as folder:
        opened = runtime.open_joined(folder, home.keyring(), litestream=False)
        try:
            if operations.VERBS[verb].signs:
                opened.node.open()
            return operations.perform(Hub(opened, os.urandom, asyncio.sleep), verb, body)
        finally:
            opened.close()


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A Tongban hub: the government service centre of a city or a district.

    DATA is the folder in which a hub keeps everything. Commands that change a hub work while it runs as well."""


# ---------------------------------------------------------------- beginning


@main.command()
@at_home
@click.option("--tier", type=click.Choice([CITY, DISTRICT]), required=True, help="What the hub is for.")
@click.option("--area", default="", help="Division code: 4 digits for a city. A district's comes with its invitation.")
@click.option("--name", default="", help="Name of the centre. A district's comes with its invitation.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True, help="Port.")
@click.option("--no-litestream", is_flag=True, help="Never replicate the database; back it up by other means.")
@click.option("--root-request", type=click.Path(path_type=Path, dir_okay=False),
              help="For a city whose root key is kept offline: write what the root shall sign here.")  # fmt: skip
@option_http_proxy()
def init(
    home: Home, tier: str, area: str, name: str, host: str, port: int, no_litestream: bool, root_request: Path | None,
    http_proxy: str | None,
) -> None:  # fmt: skip
    """Set up the folder of a hub. A city without --root-request is founded by it: its root key is made in the same
    folder, and it may work at once. With it, the city may work once an answer of the root was admitted."""
    city = area if tier == CITY else ""
    settings = NodeSettings(
        tier, area, name, city, host, port, litestream=not no_litestream, http_proxy=http_proxy or ""
    )
    with home.setting_up() as folder:
        keyring = home.keyring()
        if tier != CITY:
            runtime.initialise(folder, keyring, settings)
        elif root_request is None:
            founding.found(folder, keyring, settings, os.urandom)
        else:
            founding.begin(folder, keyring, settings)
            write_durably(root_request, founding.first_request(keyring, settings, runtime.now_ms()))
    if tier == CITY and root_request is not None:
        node = name_of_key(home.keyring().node_key().public)
        say("root.requested", name=name, node=node, path=str(root_request))
    elif tier == CITY:
        say("central.founded", name=name, area=area, path=str(home.path))
    else:
        say("commands.initialised", path=str(home.path), address=settings.address)


@main.command()
@at_home
@click.argument("invitation", default="")
@click.option("--file", "file", type=EXISTING, help="File with the invitation, instead of its text.")
@option_http_proxy()
def join(home: Home, invitation: str, file: Path | None, http_proxy: str | None) -> None:
    """Join a district to its city, with the INVITATION that the city gave. May be repeated after a failure."""
    text = invitation_text(invitation, file)
    with home.folder().locked() as folder:
        settings = runtime.join(folder, home.keyring(), text, litestream=False, http_proxy=http_proxy)
    say("commands.joined", name=settings.name, area=settings.area,
        address=settings.parent.address if settings.parent else "")  # fmt: skip


# ---------------------------------------------------------------- running


@main.command()
@at_home
@option_replicas()
@click.option("--no-litestream", is_flag=True, help="Do not replicate the database; back it up by other means.")
@click.option("--proxy", "proxies", multiple=True, metavar="ADDRESS",
              help="Address of a proxy whose word counts on who asks; several may be given.")  # fmt: skip
def run(home: Home, replicas: Path | None, no_litestream: bool, proxies: tuple[str, ...]) -> None:
    """Run the hub until SIGTERM or Ctrl-C, with Litestream copying its database."""
    here = functools.partial(_serve, home, proxies)
    run_node(home, here, "central.cli", litestream=not no_litestream, replicas=replicas, proxies=proxies)


@main.command(hidden=True)
@at_home
@option_replicas()
@click.option("--proxy", "proxies", multiple=True, hidden=True)
def serve(home: Home, replicas: Path | None, proxies: tuple[str, ...]) -> None:
    """What Litestream starts."""
    _serve(home, proxies, replicas)


def _serve(home: Home, proxies: tuple[str, ...], replicas: Path | None = None) -> None:
    """The hub's pages take a quarter of a second to import, which no other command should wait for."""
    from central.app import build
    from sync_protocol.host.serving import serve_node

    serve_node(home, build, proxies, replicas)


@main.command()
@at_home
@option_replicas()
@option_at()
@click.option("--replace", is_flag=True, help="Set a database that is there aside as tongban.db.replaced.")
def restore(home: Home, replicas: Path | None, at: str, replace: bool) -> None:
    """Restore the database of a stopped hub from its replica, and compare it with what was signed.

    After the start the nodes around it give back what is newer. Exit code 1 where a record is not what was signed: then
    restore an earlier state, with --at."""
    restore_node(home, replicas, replace=replace, at=at)


@main.command()
@at_home
@JSON
@option_replicas()
def doctor(home: Home, as_json: bool, replicas: Path | None) -> None:
    """Examine the hub, running or not, and change nothing: SQLite, the database file, every record, the chain,
    receipts, the replica (by restoring it), catalogue, clock, attachments, its key, the nodes below and theirs, held
    records, contradictions, the working calendar.

    Exit code 1 when something is wrong."""
    examine_node(home, replicas, CHECKS_OF_HUB, as_json=as_json)


@main.command()
@at_home
@JSON
def status(home: Home, as_json: bool) -> None:
    """Say how the hub stands: what it holds, how far its parent has it, how its children are."""
    found: Status = operate(home, "status", AskStatus())
    if as_json:
        print_json(found)
        return
    say("central.status", name=found.name, area=found.area, node=found.node, version=found.catalogue_version,
        journal=found.journal, acknowledged=found.acknowledged)  # fmt: skip
    for child in found.children:
        code = "central.status_child_revoked" if child.revoked else "central.status_child"
        say(code, name=child.name, area=child.area, node=child.node, version=child.catalogue_version,
            journal=child.journal)  # fmt: skip
        if child.life.lapsed:
            say("keys.child_lapsed", name=child.name, area=child.area, node=child.node)
    for bad in found.damage:
        say("commands.damage", **bad)


# ---------------------------------------------------------------- nodes


@main.command()
@at_home
@click.option("--area", required=True, help="Division code of the node: inside this hub's area.")
@click.option("--name", required=True, help="Name of the place.")
@click.option("--address", default="", help="Address under which the node reaches this hub, if it differs.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the invitation to this file.")
@JSON
def invite(home: Home, area: str, name: str, address: str, output: Path | None, as_json: bool) -> None:
    """Make a one-time invitation for a node. It is good for seven days and is not shown again."""
    invited = operate(home, "invite", Invite(area, name, address))
    if output is not None:
        write_durably(output, f"{invited.text}\n".encode())
    if as_json:
        print_json(invited)
    elif output is not None:
        say("central.invitation_written", name=invited.name, area=invited.area, path=str(output))
    else:
        click.echo(invited.text)


@main.command()
@at_home
@click.argument("node")
@JSON
def revoke(home: Home, node: str, as_json: bool) -> None:
    """Revoke the node with the name NODE (16 characters): what it writes from now on has no effect."""
    gone = operate(home, "revoke", Revoke(node))
    if as_json:
        print_json(gone)
    else:
        say("central.revoked", name=gone.name, node=gone.node)


# ---------------------------------------------------------------- catalogue and calendar


main.add_command(catalogue_group(operate))


@main.group()
def calendar() -> None:
    """The working calendar (at the city)."""


@calendar.command("publish")
@at_home
@click.argument("file", type=EXISTING)
def publish_calendar(home: Home, file: Path) -> None:
    """Publish the calendar in FILE: JSON with known_until, holidays and workdays."""
    try:
        value = msgspec.json.decode(read_file(file, CALENDAR_BYTES_MAX), type=dict[str, Any])
    except msgspec.MsgspecError:
        raise Refusal("deadlines.calendar_malformed") from None
    operate(home, "calendar-publish", PublishCalendar(value))
    say("central.calendar_published", known_until=str(value.get("known_until", "")))


# ---------------------------------------------------------------- people


main.add_command(account_group(operations.ROLES, operations.check_roles, departments=True))
main.add_command(bundle_group(children=True))
main.add_command(witness_command())
main.add_command(clerk_group(operate))
main.add_command(erasure_group(operate))
main.add_command(root_group(operate, os.urandom, runtime.now_ms))
main.add_command(rotate_command())
main.add_command(node_group(operate))
main.add_command(held_group(operate))


@main.group()
def issuer() -> None:
    """The departments that issue attestations at this hub."""


@issuer.command("add")
@at_home
@click.option("--department", required=True, help="Its code: a-z, 0-9 and hyphens.")
@click.option("--name", required=True, help="Its name, as credentials show it.")
@click.option("--fact", "facts", multiple=True, required=True, metavar="CODE[=NAME]",
              help="What it may attest, such as mz.low-income=最低生活保障家庭; may be repeated.")  # fmt: skip
@JSON
def add_issuer(home: Home, department: str, name: str, facts: tuple[str, ...], as_json: bool) -> None:
    """Let a department issue attestations; makes its key at the first time. The facts replace former ones."""
    named = {code: title or code for code, _, title in (fact.partition("=") for fact in facts)}
    added = operate(home, "issuer-add", AddIssuer(department, name, named))
    if as_json:
        print_json(added)
    else:
        say("central.issuer_added", name=added.name, did=added.did)


if __name__ == "__main__":
    main(prog_name="tongban-hub")
