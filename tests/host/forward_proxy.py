"""A plain HTTP proxy on loopback, as stands between a station and the Internet: for the tests of `--http-proxy`.

It knows one name that no resolver knows, so whoever reaches that name has come through it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

HEAD_BYTES_MAX = 64 * 1024


class ForwardProxy:
    """Forwards `http://<name>:<any port>/…` to a port of this machine and notes what was asked; 502 for other names."""

    def __init__(self, name: str, port: int) -> None:
        self._name, self._port = name, port
        self.asked: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> ForwardProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(visitor,), daemon=True).start()

    def _serve(self, visitor: socket.socket) -> None:
        with suppress(OSError), visitor:
            head = b""
            while b"\r\n\r\n" not in head and len(head) < HEAD_BYTES_MAX:
                piece = visitor.recv(65536)
                if not piece:
                    return
                head += piece
            line, _, rest = head.partition(b"\r\n")
            method, target, version = line.decode().split(" ")
            parts = urlsplit(target)
            self.asked.append(f"{method} {target}")
            if parts.hostname != self._name:
                visitor.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self._port)) as hub:
                # One request a connection keeps the proxy a few lines long: what follows would name the proxy's target.
                hub.sendall(f"{method} {parts.path} {version}\r\nconnection: close\r\n".encode() + rest)
                threading.Thread(target=_pass_on, args=(visitor, hub), daemon=True).start()
                _pass_on(hub, visitor)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
