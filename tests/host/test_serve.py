"""The server's limits and its end, over real sockets and real signals."""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_protocol.host import serve

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30
HEAD_BYTES_MAX = serve.Limits().head_bytes

SCRIPT = """
import asyncio, contextlib, sys
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from sync_protocol.host import serve
from sync_protocol.host.folder import listen_socket

stopping = asyncio.Event()

async def hello(request):
    return PlainTextResponse("hello")

async def poll(request):
    print("polling", flush=True)
    await stopping.wait()
    return PlainTextResponse("nothing new")

async def stubborn(request):
    print("polling", flush=True)
    await asyncio.sleep(60)

@contextlib.asynccontextmanager
async def lifespan(app):
    yield
    print("lifespan over", flush=True)

routes = [Route("/", hello), Route("/poll", poll), Route("/stubborn", stubborn)]
sock = listen_socket()
serve.serve(
    Starlette(routes=routes, lifespan=lifespan),
    sock,
    on_started=lambda: print("port", sock.getsockname()[1], flush=True),
    on_stopping=stopping.set,
    limits=serve.Limits(head_seconds=0.3, stop_seconds=1),
)
print("closed", flush=True)
"""


class Server:
    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.port = int(self.line().removeprefix("port "))

    def line(self) -> str:
        return self.process.stdout.readline().strip() if self.process.stdout else ""

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)

    def end(self) -> tuple[int, list[str]]:
        """Exit code, and the last words on stdout."""
        said, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, said.splitlines()


@pytest.fixture
def server() -> Iterator[Server]:
    yield (running := Server())
    if running.process.poll() is None:
        running.process.kill()
        running.end()


def everything(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(65536):
            received += data
    return received


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_stops_the_server_and_the_caller_goes_on_to_its_end(server: Server, name: str) -> None:
    server.process.send_signal(signal.Signals[name])
    assert server.end() == (0, ["lifespan over", "closed"])


def test_a_second_ctrl_c_changes_nothing_about_the_end(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(get("/poll"))
        assert server.line() == "polling"
        server.process.send_signal(signal.SIGINT)
        server.process.send_signal(signal.SIGINT)
        assert everything(connection).endswith(b"nothing new")
    assert server.end() == (0, ["lifespan over", "closed"])


def test_long_polls_are_answered_before_the_end(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(get("/poll"))
        assert server.line() == "polling"
        server.process.send_signal(signal.SIGTERM)
        assert everything(connection).startswith(b"HTTP/1.1 200")
    assert server.end() == (0, ["lifespan over", "closed"])


def test_a_request_that_does_not_end_is_cut_off_so_that_the_process_ends(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(get("/stubborn"))
        assert server.line() == "polling"
        server.process.send_signal(signal.SIGTERM)
        assert server.end() == (0, ["lifespan over", "closed"])


def test_requests_are_answered_one_after_the_other_on_one_connection(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2 + get("/"))
        answer = everything(connection)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert b"server:" not in answer.lower()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * (HEAD_BYTES_MAX * 8),
        b"GET / HTTP/1.1\r\nX: " + b"x" * (HEAD_BYTES_MAX * 8),
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (HEAD_BYTES_MAX * 2),
    ],
    ids=["path", "one header", "many headers"],
)
def test_a_head_without_end_is_refused_at_its_limit(server: Server, head: bytes) -> None:
    with server.connect() as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(head)
        answer = everything(connection)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")  # the answer is lost where the reset overtakes it
    with server.connect() as connection:
        connection.sendall(get("/"))
        assert everything(connection).endswith(b"hello")


def test_a_head_that_comes_too_slowly_is_refused(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert everything(connection).startswith(b"HTTP/1.1 408 ")


def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(server: Server) -> None:
    with server.connect() as connection:
        assert everything(connection) == b""


@pytest.fixture
def collector() -> Iterator[list[str]]:
    """What Python's collector begins and ends; afterwards it is as it was before."""
    usual, told = gc.get_threshold(), list[str]()

    def tell(phase: str, _: dict[str, int]) -> None:
        told.append(phase)

    gc.callbacks.append(tell)
    yield told
    gc.callbacks.remove(tell)
    gc.set_threshold(*usual)
    gc.unfreeze()


def test_what_comes_by_the_thousand_and_forms_no_circle_is_not_looked_through(collector: list[str]) -> None:
    serve.collect_rarely()
    collector.clear()
    kept = [[number] for number in range(serve.YOUNG_OBJECTS_MAX // 2)]
    assert collector == []
    kept += [[number] for number in range(serve.YOUNG_OBJECTS_MAX)]
    assert collector[:2] == ["start", "stop"]
