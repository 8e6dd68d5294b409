"""Real processes on this machine: started, watched, stopped or killed by their own id, never by name."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2

import central.cli
import edge_node.cli
from deploy.places import Place

MAINS = {"tongban-hub": central.cli.main, "tongban-station": edge_node.cli.main}
MODULES = {"tongban-hub": "central.cli", "tongban-station": "edge_node.cli"}
READY_SECONDS = 30.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.02


class Failed(Exception):
    """Something did not happen as it should; the text says what was seen."""


def program(command: str) -> list[str]:
    """The command line of one of our two programs, of this very Python environment."""
    return [sys.executable, "-m", MODULES[command]]


_running = threading.Lock()


def run(command: str, *arguments: str, typed: str = "") -> str:
    """Runs one of our commands to its end, in this process (a new one for each would take a second to import), and
    gives what it printed. Raises Failed with its error."""
    main = MAINS[command]
    out, err = io.StringIO(), io.StringIO()
    with _running, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        before, sys.stdin = sys.stdin, io.StringIO(typed)
        try:
            # In a thread of its own: a caller's thread may have an event loop running, and joining needs one.
            with ThreadPoolExecutor(1) as thread:
                code = thread.submit(main.main, args=list(arguments), prog_name=command, standalone_mode=False).result()
        finally:
            sys.stdin = before
    if code:
        raise Failed(f"{command} {' '.join(arguments[:2])}: {err.getvalue().strip() or out.getvalue().strip()}")
    return out.getvalue()


class Process:
    """A place's server process with its Litestream: `pid` is the one to stop or kill; both live and die together."""

    def __init__(self, place: Place, folder: Path, port: int, *, litestream: bool = True) -> None:
        self.place = place
        self.folder = folder
        self.port = port
        self._litestream = litestream
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process to stop; 0 before its start."""
        return self._child.pid if self._child else 0

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def log(self) -> Path:
        return self.folder.parent / f"{self.place.key}.log"

    def start(self, *, wait: bool = True) -> float:
        """Starts the process; gives the seconds until its first answer (0 without `wait`). Raises Failed."""
        began = time.monotonic()
        options = [] if self._litestream else ["--no-litestream"]
        with open(self.log, "ab") as log:
            self._child = subprocess.Popen(
                [*program(self.place.command), "run", str(self.folder), *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        if wait:
            self.wait_ready()
        return time.monotonic() - began

    def wait_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if not self.running:
                raise Failed(f"{self.place.key} ended at its start: {self._last_words()}")
            try:
                self.status()
                return
            except httpx2.HTTPError:
                time.sleep(POLL_SECONDS)
        raise Failed(f"{self.place.key} does not answer on port {self.port}: {self._last_words()}")

    def status(self) -> dict[str, Any]:
        """What the process says of itself at /api/status. Raises httpx2.HTTPError."""
        answer = httpx2.get(f"{self.address}/api/status", timeout=5, trust_env=False)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and waits until it has ended."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        child = self._child
        if child is None or child.poll() is not None:
            return
        os.kill(child.pid, number)
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.place.key} (process {child.pid}) did not end after signal {number}") from None

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return " / ".join(lines[-3:])
