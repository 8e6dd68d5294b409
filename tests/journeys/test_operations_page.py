"""docs/operations.md is true: its blocks of commands are run as they stand, as real processes, with real Litestream.

What is replaced are the folders, ports and addresses of the page's example. `systemctl` is played by `Services`, which
reads the project's own unit files. The commands come from the page alone: a test names sections and looks at the end.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.visitor import Visitor
from sync_protocol.store import drill
from tests.free_port import free_port
from tests.house.pages import section, sections
from tests.house.source import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a node runs below Litestream on Linux only")

PAGE = "operations.md"
CITY, DISTRICT, STATION = "5116", "511602", "511602001001"
SET_UP = ("The city hub", "A district hub", "A station")
LATER = (
    "What a copy must hold", "The drill", "Restore on the same machine", "Restore on a new machine",
    "A record was tampered with",
)  # fmt: skip
MOMENT = "2026-03-05T08:00:00Z"
"""The page's example of a moment at which everything was still well."""
WITHOUT_LITESTREAM = (DISTRICT,)
"""Spares some seconds: nothing on the page looks at the district's replica."""
PATIENCE_SECONDS = 60.0
UNIT = re.compile(r"(tongban-\w+)@(\w+)")


def until(true: Callable[[], Any], what: str) -> None:
    """Waits for something that takes a moment."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, f"not within {PATIENCE_SECONDS} s: {what}"
        time.sleep(0.05)


class Machine:
    """A machine as the page has it: its folders below `root`, the programs on the path, and its services."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ports = {"8500": free_port(), "8501": free_port(), "8000": free_port()}
        self.replaced = {
            "/opt/tongban/.venv/bin": str(root / "bin"),
            "/opt/tongban": str(ROOT),
            "/var/lib/tongban": str(root / "lib"),
            "/etc/tongban": str(root / "etc"),
            "/srv/tongban": str(root / "disk2"),
            "/media/safe": str(root / "safe"),
            "https://city.tongban.example": f"http://127.0.0.1:{self.ports['8500']}",
            "https://guanganqu.tongban.example": f"http://127.0.0.1:{self.ports['8501']}",
        }
        for name in ("bin", "lib", "etc", "disk2", "safe", "home"):
            (root / name).mkdir()
        self._program("python", f'exec "{sys.executable}" "$@"')
        self._program("tongban-hub", f'exec "{sys.executable}" -m central.cli "$@"')
        self._program("tongban-station", f'exec "{sys.executable}" -m edge_node.cli "$@"')
        self.environment = {
            **os.environ,
            "PATH": f"{root / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "TONGBAN_LANG": "en",
        }
        self.services = Services(self)

    def _program(self, name: str, line: str) -> None:
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def here(self, text: str) -> str:
        """A text of the page for this machine: longer paths first, since one begins with another."""
        for page, own in sorted(self.replaced.items(), key=lambda pair: -len(pair[0])):
            text = text.replace(page, own)
        for page, port in self.ports.items():
            text = re.sub(rf"(--port ){page}\b", rf"\g<1>{port}", text)
        return text

    def folder(self, code: str) -> Path:
        return self.root / "lib" / code

    def do(self, title: str, moment: str = MOMENT) -> list[str]:
        """Runs the blocks of a section, `systemctl` included; gives what each run of other commands printed."""
        printed = []
        for block in section(PAGE, title).blocks("sh"):
            for part in re.split(r"^(systemctl .*)$", block.replace(MOMENT, moment), flags=re.MULTILINE):
                if part.startswith("systemctl"):
                    self.services.control(part)
                elif part.strip():
                    printed.append(self.run(part))
        return printed

    def run(self, lines: str, code: int = 0) -> str:
        """Lines of shell, the first failure ending them; gives what they printed."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.here(lines)], cwd=self.root / "home", env=self.environment,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == code, f"{lines}\nexit code {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def status(self, code: str) -> dict[str, Any]:
        """What a running node says of itself."""
        port = json.loads((self.folder(code) / "settings.json").read_bytes())["port"]
        answer = httpx2.get(f"http://127.0.0.1:{port}/api/status", timeout=5, trust_env=False)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def in_step(self, code: str) -> bool:
        """Whether everything that a node wrote is kept by the city."""
        status = self.status(code)
        kept = status["acknowledged"] if code == DISTRICT else status["upstream"]
        return bool(status["journal"] == kept)


class Services:
    """`systemctl enable --now`, `start` and `stop`, with the unit files of the project."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def control(self, line: str) -> None:
        found = re.fullmatch(r"systemctl (enable --now|start|stop) (\S+)", line)
        assert found, line
        if found[1] == "stop":
            self.stop(found[2])
        else:
            self.start(found[2])

    def start(self, unit: str) -> None:
        """Starts the unit's program and waits until it answers and has a first copy."""
        named = UNIT.fullmatch(unit)
        assert named, unit
        program, code = named[1], named[2]
        text = (ROOT / "deploy" / "systemd" / f"{program}@.service").read_text().replace("%i", code)
        settings = self._environment(text)
        command = self._machine.here(re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)[-1])
        if code in WITHOUT_LITESTREAM:
            command += " --no-litestream"
        with open(self._machine.root / f"{code}.log", "ab") as log:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=self._machine.root, env=settings, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._running[unit] = process
        until(lambda: self._answers(process, code), f"{unit} answers")
        if code not in WITHOUT_LITESTREAM:
            until(lambda: self._is_copied(code), f"{unit} has a first copy")

    def _environment(self, unit: str) -> dict[str, str]:
        name = re.findall(r"^EnvironmentFile=-(.*)$", unit, re.MULTILINE)[-1]
        lines = Path(self._machine.here(name)).read_text().splitlines()
        return {**self._machine.environment, **dict(line.split("=", 1) for line in lines)}

    def _answers(self, process: subprocess.Popen[bytes], code: str) -> bool:
        log = (self._machine.root / f"{code}.log").read_text(errors="replace")
        assert process.poll() is None, f"{code} ended at its start: {log[-1000:]}"
        try:
            return bool(self._machine.status(code)["node"])
        except httpx2.HTTPError:
            return False

    def _is_copied(self, code: str) -> bool:
        note = json.loads((self._machine.folder(code) / "generation.json").read_bytes())
        return any((self._machine.root / "disk2" / code / note["name"]).rglob("*.ltx"))

    def stop(self, unit: str) -> None:
        """SIGTERM; a node that was stopped ends with exit code 0."""
        process = self._running.pop(unit)
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0, unit

    def kill(self, unit: str) -> None:
        """As a power cut."""
        process = self._running.pop(unit)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)

    def stop_all(self) -> None:
        for unit in reversed(list(self._running)):
            self.stop(unit)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A city, a district and a station, set up by the page."""
    made = Machine(tmp_path_factory.mktemp("machine"))
    try:
        for title in SET_UP:
            made.do(title)
        until(lambda: made.in_step(STATION), "the station has delivered")
        yield made
    finally:
        made.services.stop_all()


def test_every_block_of_the_page_is_run_here() -> None:
    assert {each.title for each in sections(PAGE) if each.blocks("sh")} == {*SET_UP, *LATER}


def test_the_page_sets_up_a_city_a_district_and_a_station(machine: Machine) -> None:
    station = machine.status(STATION)
    assert station["line"]["online"]
    assert station["catalogue_version"] == machine.status(CITY)["catalogue_version"] == 1
    assert [child["area"] for child in machine.status(CITY)["children"]] == [DISTRICT]
    assert [child["area"] for child in machine.status(DISTRICT)["children"]] == [STATION]


def test_whoever_was_given_an_account_by_the_page_can_log_in(machine: Machine) -> None:
    ports = dict(zip((CITY, DISTRICT, STATION), machine.ports.values(), strict=True))
    for path in sorted((machine.root / "home").glob("*.password")):
        place, _, login = path.stem.rpartition("-")
        with Visitor(f"http://127.0.0.1:{ports[place or CITY]}") as visitor:
            visitor.login(login, path.read_text().strip())


def test_every_file_in_a_data_folder_is_explained(machine: Machine) -> None:
    told = [name.replace("…", "*") for name in section(PAGE, "The data folder").named()]
    for code in (CITY, DISTRICT, STATION):
        found = {path.name for path in machine.folder(code).iterdir()}
        assert [name for name in sorted(found) if not any(fnmatchcase(name, each) for each in told)] == [], code
        assert {oct(path.stat().st_mode & 0o077) for path in machine.folder(code).rglob("*")} == {"0o0"}
    secrets = {path.name for path in (machine.folder(CITY) / "secrets").iterdir()}
    assert secrets == {"resident", "root", "issuer.mz"}


def test_every_field_of_a_status_is_explained(machine: Machine) -> None:
    told = set(section(PAGE, "How a node stands").named())
    asked = machine.run(f"tongban-station status /var/lib/tongban/{STATION} --json")
    assert {*json.loads(asked), *machine.status(CITY)} == told


def test_the_drill_finds_that_the_replicas_of_station_and_city_restore(machine: Machine) -> None:
    machine.do("What a copy must hold")
    until(lambda: machine.in_step(DISTRICT), "the district has delivered")
    time.sleep(1.5)  # the replica follows every second
    (doctors,) = machine.do("The drill")
    assert "✗" not in doctors
    assert doctors.count("✓ The replica restores") == 2


def test_a_station_is_restored_on_the_same_machine(machine: Machine) -> None:
    before = machine.status(STATION)
    said = machine.do("Restore on the same machine")
    assert "000001-" in said[0]
    until(lambda: machine.in_step(STATION), "the station is in step again")
    after = machine.status(STATION)
    assert after["incarnation"] != before["incarnation"]
    assert after["journal"] > before["journal"]
    assert (machine.folder(STATION) / "tongban.db.replaced").exists()


def test_a_station_is_restored_on_a_new_machine(machine: Machine) -> None:
    machine.do("What a copy must hold")
    machine.services.kill(f"tongban-station@{STATION}")
    shutil.rmtree(machine.folder(STATION))
    said = machine.do("Restore on a new machine")
    assert "✗" not in said[-1]
    until(lambda: machine.in_step(STATION), "the station is in step again")


def test_a_tampered_record_is_named_and_the_way_back_leads_before_it(machine: Machine) -> None:
    database, unit = machine.folder(STATION) / "tongban.db", f"tongban-station@{STATION}"
    doctor = f"tongban-station doctor /var/lib/tongban/{STATION} --replica /srv/tongban/{STATION}"
    until(lambda: machine.in_step(STATION), "the station is in step")
    time.sleep(1.5)  # a moment is named by its second, and the last copy must lie before it
    well = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    time.sleep(1.5)
    machine.services.stop(unit)
    position = drill.last_positions(database, "node.", 1)[0]
    drill.flip_byte(database, position, "body")
    machine.services.start(unit)
    assert [(bad["position"], bad["what"]) for bad in machine.status(STATION)["damage"]] == [(position, "body")]
    assert f"✗ Record {position} " in machine.run(doctor, code=1)
    said = machine.do("A record was tampered with", moment=well)
    assert "✗" not in said[-1]
    assert machine.status(STATION)["damage"] == []
    until(lambda: machine.in_step(STATION), "the station is in step again")
    evidence = machine.root / "disk2" / f"{STATION}-evidence" / "tongban.db"
    assert drill.last_positions(evidence, "node.", 1)[0] >= position


def test_nothing_but_sentences_and_lines_of_json_is_logged(machine: Machine) -> None:
    for code in (CITY, DISTRICT, STATION):
        for line in (machine.root / f"{code}.log").read_text().splitlines():
            assert line.endswith(("。", ".")) or isinstance(json.loads(line), dict), line
