"""Serving a node in this process, below Litestream if that started it: the hidden command `serve`."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from starlette.applications import Starlette

from shared_models.roster import STATION
from sync_protocol.host import replica, runtime
from sync_protocol.host.commands import Home, tell
from sync_protocol.host.folder import listen_socket
from sync_protocol.host.logs import set_up_logs
from sync_protocol.host.mirror import FOLDER, Mirror
from sync_protocol.host.parent_death import die_with_parent, under_litestream
from sync_protocol.host.runtime import Runtime
from sync_protocol.host.serve import HUB, Limits, serve

AppOf = Callable[[Runtime], Starlette]
"""The application of a node around its runtime."""


def serve_node(home: Home, app_of: AppOf, proxies: Sequence[str] = (), replicas: Path | None = None) -> None:
    """Serves in this process, below Litestream if that started it; `proxies` are the addresses whose word counts on
    who asks, `replicas` is the folder beside whose replicas attachments are mirrored. Raises Refusal."""
    gc.disable()  # what is made while a node starts, stays: looking for garbage in it would only cost time
    try:
        _served(home, app_of, proxies, replicas)
    finally:
        gc.enable()  # also where it never came to serving


def _served(home: Home, app_of: AppOf, proxies: Sequence[str], replicas: Path | None) -> None:
    if under_litestream():
        die_with_parent()
    set_up_logs()
    folder, settings = home.folder(), home.settings()
    folder.lock(settings.address)
    try:
        listening = listen_socket(settings.host, settings.port)
        opened = runtime.open_joined(folder, home.keyring(), litestream=under_litestream())
        try:
            _tell_damage(opened)
            with _mirroring(opened, replicas):
                serve(
                    app_of(opened),
                    listening,
                    on_started=lambda: _started(opened),
                    on_stopping=opened.wakeup.stop,
                    proxies=proxies,
                    limits=Limits() if settings.tier == STATION else HUB,
                )
        finally:
            if under_litestream():
                replica.copy_now(folder)
            opened.close()
    finally:
        folder.unlock()


@contextmanager
def _mirroring(opened: Runtime, replicas: Path | None) -> Iterator[None]:
    if replicas is None:
        yield
        return
    files = opened.attachments
    opened.replicas = replicas
    opened.mirror = second = Mirror(files.folder, replicas / FOLDER)
    with opened.node.read() as db:
        second.add(*files.whole(db))
    files.subscribe(second.add)
    try:
        yield
    finally:
        second.close()


def _tell_damage(opened: Runtime) -> None:
    """Says at the start which of the last records are not what was signed; the node runs and does not deliver them."""
    opened.damage += runtime.tail_damage(opened)
    for bad in opened.damage:
        tell("commands.damage", position=bad.position, id=bad.id, what=bad.what)


def _started(opened: Runtime) -> None:
    gc.freeze()  # or a page in some hundreds would wait 25 to 70 ms until all modules were searched again
    gc.enable()
    replica.note_incarnation(opened.folder, opened.node.incarnation)
    if under_litestream():
        # Litestream looks at a database a second after its start; a stop before that would leave the replica behind.
        threading.Thread(target=replica.copy_now, args=(opened.folder,), daemon=True).start()
    settings = opened.settings
    tell("commands.running", name=settings.name, area=settings.area, address=settings.address)
