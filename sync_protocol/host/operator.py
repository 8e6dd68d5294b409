"""The operator's door: a command that is typed while the node runs is carried out by the running process.

One process at a time works on a data folder. A command therefore looks whether somebody holds the folder's lock: nobody
does -> it does the work itself; somebody does -> it asks the running process, at `POST /operator/<verb>`. The same
function serves both ways, so a command never means two things.

The running process writes `operator.token` (mode 0600, fresh at each start) into its folder: whoever may read the
folder may give it orders, from this machine only.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared_models import signing
from shared_models.refusals import Refusal
from sync_protocol.core.frames import LineDown
from sync_protocol.host.files import read_small, write_durably
from sync_protocol.wire.client import post_bytes

TOKEN_FILE = "operator.token"
PREFIX = "/operator/"
BODY_BYTES_MAX = 64 * 1024 * 1024
FILE_BYTES_MAX = 4096
START_SECONDS_MAX = 10.0
RETRY_SECONDS = 0.1
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

Perform = Callable[[str, bytes], bytes]
"""(verb, JSON request) -> JSON answer; raises Refusal."""


class Door(msgspec.Struct, frozen=True):
    """The content of `operator.token`: where the running process listens, and what opens its door."""

    address: str
    token: str


# ---------------------------------------------------------------- the running process


def write_door(folder: Path, host: str, port: int, token: str) -> None:
    """Says in the folder how this process is to be asked. Raises Refusal folder.full or folder.not_writable."""
    own = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    write_durably(folder / TOKEN_FILE, msgspec.json.encode(Door(f"http://{own}:{port}", token)))


def remove_door(folder: Path) -> None:
    """At the end of the process."""
    (folder / TOKEN_FILE).unlink(missing_ok=True)


def from_this_machine(request: Request) -> bool:
    """Whether a program on this machine is asking by itself. A proxy on this machine passes on what comes from
    elsewhere, and says so in its headers."""
    peer = request.client.host if request.client else ""
    return peer in ("127.0.0.1", "::1") and not any(name in request.headers for name in FORWARDED)


def operator_route(token: str, perform: Perform) -> Route:
    """`POST /operator/<verb>`. A refusal is answered as `{"code": …, "values": {…}}` with status 4xx."""

    async def operate(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not from_this_machine(request) or not signing.equal(given, f"Bearer {token}".encode()):
            return answer_refusal(Refusal("commands.operator_refused"), 403)
        try:
            answer = await run_in_threadpool(perform, request.path_params["verb"], await request.body())
        except Refusal as refusal:
            return answer_refusal(refusal)
        return Response(answer, media_type="application/json")

    return Route(PREFIX + "{verb}", operate, methods=["POST"], max_body_size=BODY_BYTES_MAX)


def answer_refusal(refusal: Refusal, status: int = 422) -> Response:
    """A refusal for a program that fills in the sentence by itself (`wire.client.post_bytes` raises it there)."""
    body = msgspec.json.encode({"code": refusal.code, "values": refusal.values})
    return Response(body, status, media_type="application/json")


# ---------------------------------------------------------------- the command


def is_running(path: Path) -> bool:
    """Whether a process holds the lock of the data folder at `path` at this moment."""
    try:
        descriptor = os.open(path / "tongban.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)  # lets go of the lock as well
    return False


def ask_running(path: Path, verb: str, body: bytes) -> bytes | None:
    """The running process's answer; None where the folder is free after all. Waits a moment for one that is starting.
    Raises Refusal, those of the verb included, and LineDown where a process holds the folder and does not answer."""
    until = time.monotonic() + START_SECONDS_MAX
    while is_running(path):
        try:
            return _ask(path, verb, body)
        except LineDown:
            if time.monotonic() >= until:
                raise
        except Refusal as refusal:
            if refusal.code != "commands.operator_refused" or time.monotonic() >= until:
                raise
        time.sleep(RETRY_SECONDS)
    return None


def _ask(path: Path, verb: str, body: bytes) -> bytes:
    try:
        door = msgspec.json.decode(read_small(path / TOKEN_FILE, FILE_BYTES_MAX) or b"", type=Door)
    except (OSError, ValueError):
        raise LineDown("no token yet") from None
    return asyncio.run(post_bytes(door.address, PREFIX + verb, body, {"authorization": f"Bearer {door.token}"}))
