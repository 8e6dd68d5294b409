"""A running node: data folder, database, node, attachments, and the tasks that keep it in step.

The one place where clock and randomness enter: everything below is handed `now` (milliseconds since 1970 UTC) and
`entropy`. `edge_node/app.py` and `central/app.py` build their pages around a `Runtime`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from shared_models.refusals import Refusal
from shared_models.roster import STATION
from sync_protocol.child_side import ChildSide
from sync_protocol.core.joining import Invitation, invitation_of
from sync_protocol.host import sweeping
from sync_protocol.host.clerk_keys import end_keys
from sync_protocol.host.erasing import keep_erasing
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.keyring import Keyring
from sync_protocol.host.listening import keep_listening
from sync_protocol.host.mirror import Mirror
from sync_protocol.host.replica import default_replicas
from sync_protocol.host.settings import NodeSettings, Parent, keep_settings, settings_in
from sync_protocol.node import MIGRATIONS, Node
from sync_protocol.store import accounts, bulk_edits, catalogue_audits, catalogue_text, drafts, intakes, invitations
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.database import Database
from sync_protocol.store.log import DamagedRecord
from sync_protocol.store.vault import Vault
from sync_protocol.wire.agent import Agent, Status, keep_folding
from sync_protocol.wire.client import Line, new_client
from sync_protocol.wire.joining import admit_self, ask_to_join, change_parent
from sync_protocol.wire.key_life import life_of
from sync_protocol.wire.server import SyncServer
from sync_protocol.wire.wakeup import Wakeup

RESIDENT_KEY = "resident"
ATTACHMENTS = "attachments"
"""The folder of the attachments inside a node's own."""
ALL_MIGRATIONS = (
    *MIGRATIONS, accounts.migrations, drafts.migrations, catalogue_text.migrations, bulk_edits.migrations,
    catalogue_audits.migrations, invitations.migrations, intakes.migrations,
)  # fmt: skip
CHECK_SLICE = 16
CHECK_PAUSE_SECONDS = 0.05
CHECK_GIVES_WAY_SECONDS = 0.5


def now_ms() -> int:
    """The wall clock."""
    return time.time_ns() // 1_000_000


@dataclass
class Runtime:
    """Everything that a node's pages and commands stand on. `damage` fills while the log is checked after the start;
    `replicas` is the folder of its replicas, whether there are any or not, `mirror` what copies files there."""

    folder: DataFolder
    keyring: Keyring
    settings: NodeSettings
    database: Database
    vault: Vault
    node: Node
    attachments: Attachments
    resident_key: bytes = field(repr=False)
    damage: list[DamagedRecord] = field(default_factory=list)
    checked: int = 0
    agent: Agent | None = None
    wakeup: Wakeup = field(default_factory=Wakeup)
    replicas: Path = Path()
    mirror: Mirror | None = None

    @property
    def storage_key(self) -> bytes:
        return self.keyring.storage_key

    @property
    def line(self) -> Status | None:
        """How the line to the parent is; None where there is no parent."""
        return self.agent.status if self.agent else None

    @cached_property
    def sync_server(self) -> SyncServer:
        """The routes that answer this hub's children."""
        return SyncServer(self.node, self.attachments, os.urandom, now_ms, self.wakeup)

    def barred(self, actor: str) -> bool:
        """Whether a hub has revoked one of the people of this node."""
        member = self.node.roster.member(self.node.name)
        return member is not None and actor in member.clerks

    def end_keys(self) -> None:
        """Has the log say whose keys have ended."""
        end_keys(self.node)

    def close(self) -> None:
        self.database.close()


def open_runtime(
    folder: DataFolder, keyring: Keyring, settings: NodeSettings, resident_key: bytes, *, litestream: bool
) -> Runtime:
    """Opens database and node of a folder whose lock is held. Raises Refusal (rooms `folder`, `database`, `sync`)."""
    vault = Vault(keyring.storage_key, os.urandom)
    keys, later, root = keyring.node_key(), keyring.later_node_keys(), settings.root
    hub = settings.tier != STATION
    database = Database(folder.database, litestream=litestream, migrations=ALL_MIGRATIONS)
    node = Node(database, vault, keys, root, settings.city, hub=hub, now=now_ms, entropy=os.urandom, later=later)
    if len(node.pairs) > len(later) + 1:
        keyring.put_later_node_keys(node.pairs[1:])
    attachments = Attachments(folder.path / ATTACHMENTS, vault)
    return Runtime(
        folder, keyring, settings, database, vault, node, attachments, resident_key, replicas=default_replicas(folder)
    )


def open_joined(folder: DataFolder, keyring: Keyring, *, litestream: bool) -> Runtime:
    """The runtime of a node that has joined. Raises Refusal sync.not_admitted, folder.secret_missing and those of
    `open_runtime`."""
    settings = settings_in(folder)
    if settings is None or not settings.joined:
        raise Refusal("sync.not_admitted")
    resident_key = keyring.get_secret(RESIDENT_KEY)
    if resident_key is None:
        raise Refusal("folder.secret_missing", path=str(folder.path / "secrets" / RESIDENT_KEY))
    return open_runtime(folder, keyring, settings, resident_key, litestream=litestream)


def initialise(folder: DataFolder, keyring: Keyring, settings: NodeSettings) -> None:
    """A fresh node: its key and its settings. Raises Refusal folder.node_key_exists."""
    keyring.make_node_key()
    keep_settings(folder, settings)


def join(
    folder: DataFolder, keyring: Keyring, text: str, *, litestream: bool, http_proxy: str | None = None
) -> NodeSettings:
    """Joins with an invitation; may be repeated after a failure. `http_proxy` None stays as it is set. Gives the
    settings kept. Raises Refusal, LineDown."""
    settings = settings_in(folder)
    if settings is None:
        raise Refusal("sync.not_initialised")
    if settings.joined:
        raise Refusal("sync.already_joined")
    invitation = invitation_of(text)
    _check_kind(settings, invitation)
    parent = Parent(invitation.address, invitation.hub, invitation.hub_key)
    settings = msgspec.structs.replace(
        settings, tier=invitation.tier, area=invitation.area, name=invitation.name, city=invitation.city,
        root_key=invitation.root_key, parent=parent,
        http_proxy=settings.http_proxy if http_proxy is None else http_proxy,
    )  # fmt: skip
    answer, resident_key = asyncio.run(ask_to_join(keyring.node_key(), invitation, proxy=settings.http_proxy))
    keyring.put_secret(RESIDENT_KEY, resident_key)
    runtime = open_runtime(folder, keyring, settings, resident_key, litestream=litestream)
    try:
        admit_self(runtime.node, answer)
        _check_grant(runtime.node, invitation)
    finally:
        runtime.close()
    keep_settings(folder, settings)
    return settings


def move(
    folder: DataFolder, keyring: Keyring, text: str, *, litestream: bool, http_proxy: str | None = None
) -> NodeSettings:
    """Moves a node that has joined to the hub that gave an invitation for the same area; may be repeated after a
    failure, and until then nothing is changed. Gives the settings kept. Raises Refusal, LineDown."""
    settings = settings_in(folder)
    if settings is None or not settings.joined:
        raise Refusal("sync.not_admitted")
    invitation = invitation_of(text)
    _check_kind(settings, invitation)
    if invitation.root_key != settings.root_key:
        raise Refusal("moving.other_city")
    if invitation.area != settings.area:
        raise Refusal("moving.other_place", area=invitation.area)
    moved = msgspec.structs.replace(
        settings, name=invitation.name, parent=Parent(invitation.address, invitation.hub, invitation.hub_key),
        http_proxy=settings.http_proxy if http_proxy is None else http_proxy,
    )  # fmt: skip
    runtime = open_joined(folder, keyring, litestream=litestream)
    try:
        moves = runtime.node.member.moves + 1
        answer, _ = asyncio.run(ask_to_join(keyring.node_key(), invitation, moves=moves, proxy=moved.http_proxy))
        change_parent(runtime.node, runtime.attachments, answer, invitation.hub)
        _check_grant(runtime.node, invitation)
    finally:
        runtime.close()
    keep_settings(folder, moved)
    return moved


def _check_kind(settings: NodeSettings, invitation: Invitation) -> None:
    """A station's folder takes a station's invitation; a wrong one is refused before it is used up."""
    if settings.tier == STATION and invitation.tier != STATION:
        raise Refusal("sync.invitation_for_hub")
    if settings.tier != STATION and invitation.tier == STATION:
        raise Refusal("sync.invitation_for_station")


def _check_grant(node: Node, invitation: Invitation) -> None:
    """The hub's record counts: an invitation that says something else was changed on its way."""
    member = node.member
    if (member.area, member.tier, member.name) != (invitation.area, invitation.tier, invitation.name):
        raise Refusal("sync.invitation_forged")


@asynccontextmanager
async def running(runtime: Runtime) -> AsyncIterator[None]:
    """Opens the node's incarnation and runs its tasks until the block ends."""
    if not runtime.damage:
        runtime.damage += await asyncio.to_thread(tail_damage, runtime)
    await asyncio.to_thread(runtime.node.open)
    await asyncio.to_thread(sweeping.note_lost, runtime)
    await asyncio.to_thread(runtime.end_keys)
    runtime.wakeup.attach()
    runtime.node.subscribe(runtime.wakeup.ring)
    async with AsyncExitStack() as clients:
        folding = keep_folding(runtime.node, runtime.wakeup, asyncio.sleep)
        work = [folding, check_log(runtime), keep_erasing(runtime), keep_listening(runtime)]
        work.append(sweeping.keep_sweeping(runtime))
        if runtime.settings.parent is not None:
            runtime.agent = await _agent(runtime, runtime.settings.parent, clients)
            work.append(runtime.agent.run())
        tasks = [asyncio.create_task(each) for each in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _agent(runtime: Runtime, parent: Parent, clients: AsyncExitStack) -> Agent:
    node = runtime.node
    up, down = [
        Line(
            await clients.enter_async_context(new_client(parent.address, proxy=runtime.settings.http_proxy)),
            node.first,
            node.name,
            parent.name,
            parent.public,
            os.urandom,
            lambda: node.incarnation,
            life=life_of(node, parent.name, parent.public),
        )
        for _ in range(2)
    ]
    side = ChildSide(node, parent.name, parent.public, runtime.attachments, runtime.damage, clock=time.monotonic)
    return Agent(node, side, (up, down), runtime.wakeup, now_ms, os.urandom, asyncio.sleep)


def tail_damage(runtime: Runtime, records: int = 200) -> list[DamagedRecord]:
    """What is damaged among the last records, looked at before the first page is shown."""
    with runtime.node.read() as db:
        after = max(0, runtime.node.log.last_position(db) - records)
        return runtime.node.log.damage(db, runtime.node.keys_of, after, records)[0]


async def check_log(runtime: Runtime) -> None:
    """Compares the whole log with what was signed, in slices beside the work; what is wrong goes into `damage`."""
    node = runtime.node

    def piece(after: int) -> tuple[list[DamagedRecord], int]:
        with node.read() as db:
            return node.log.damage(db, node.keys_of, after, CHECK_SLICE)

    while True:
        bad, reached = await asyncio.to_thread(piece, runtime.checked)
        runtime.damage += [each for each in bad if each.id not in {known.id for known in runtime.damage}]
        if reached == runtime.checked:
            return
        runtime.checked = reached
        before = runtime.wakeup.count
        await asyncio.sleep(CHECK_PAUSE_SECONDS)
        if runtime.wakeup.count != before:  # somebody is being served: the check has all night
            await asyncio.sleep(CHECK_GIVES_WAY_SECONDS)
