"""A hub as a process of its own, for benchmarks: `python -m tests.bench.hub_process FOLDER PORT SEED [WAITING]`.

WAITING = how many requests may wait for their turn; the product's number where it is left out."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from shared_models.signing import KeyPair
from sync_protocol.host.folder import listen_socket
from sync_protocol.host.runtime import now_ms
from sync_protocol.host.serve import HUB, serve
from sync_protocol.wire.agent import keep_folding
from sync_protocol.wire.server import SyncServer
from sync_protocol.wire.turns import WAITING_MAX
from sync_protocol.wire.wakeup import Wakeup
from tests.bench.materials import Keys, attachments_of, entropy, open_node


def main(folder: Path, port: int, seed: int, waiting_max: int = WAITING_MAX) -> None:
    source = random.Random(seed + 1)
    pair = KeyPair.from_seed(source.randbytes(32))
    node = open_node(folder, pair, Keys.of(seed).root.public, hub=True)
    wakeup = Wakeup()
    server = SyncServer(node, attachments_of(folder, node), entropy, now_ms, wakeup, waiting_max=waiting_max)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await asyncio.to_thread(node.open)
        wakeup.attach()
        node.subscribe(wakeup.ring)
        folding = asyncio.create_task(keep_folding(node, wakeup, asyncio.sleep))
        yield
        folding.cancel()

    def lag(_: Request) -> JSONResponse:
        with node.read() as db:
            kept = node.log.last_position(db)
        return JSONResponse({"kept": kept, "lag": node.waiting_to_fold(), **msgspec.to_builtins(server.load())})

    app = Starlette(routes=[*server.routes(), Route("/lag", lag)], lifespan=lifespan)
    serve(app, listen_socket("127.0.0.1", port), on_started=lambda: None, on_stopping=wakeup.stop, limits=HUB)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
