"""`bundle export` and `bundle import`, typed at real processes that run, and at folders where nothing runs."""

from __future__ import annotations

import datetime
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from central.cli import main as hub_main
from edge_node.cli import main
from shared_models import cases
from shared_models.identifiers import case_number
from sync_protocol.commands import CaseCommand
from sync_protocol.host import runtime
from sync_protocol.host.commands import Home
from tests.edge_node.test_cli import Process, hub, refused, station
from tests.free_port import free_port
from tests.sync_protocol.world import CITY_AREA, STATION_AREA, sample_application


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Process, Process]:
    """A city hub, and a station of it whose line leads nowhere. Neither runs; what a test starts is ended."""
    folder, port = tmp_path_factory.mktemp("places"), free_port()
    city = Process("central.cli", folder / "city", port)
    hub("init", city.folder, "--tier", "city", "--area", CITY_AREA, "--name", "广安市", "--port", str(port))
    city.start("--no-litestream")
    outpost = Process("edge_node.cli", folder / "station", free_port())
    assert station("init", outpost.folder, "--port", str(outpost.port)).exit_code == 0
    text = hub("invite", city.folder, "--area", STATION_AREA, "--name", "东街社区服务站").strip()
    assert station("join", outpost.folder, text).exit_code == 0
    city.end()
    settings = json.loads((outpost.folder / "settings.json").read_text())
    settings["parent"]["address"] = f"http://127.0.0.1:{free_port()}"
    (outpost.folder / "settings.json").write_text(json.dumps(settings))
    return city, outpost


@pytest.fixture
def places(founded: tuple[Process, Process]) -> Iterator[tuple[Process, Process]]:
    yield founded
    for process in founded:
        if process.child is not None:
            process.end()
            process.child = None


def accept(folder: Path) -> str:
    """A clerk's case with a photo, written into the folder of a station that does not run; gives its number."""
    home = Home(folder)
    with home.folder().locked() as locked:
        opened = runtime.open_joined(locked, home.keyring(), litestream=False)
        try:
            node = opened.node
            node.open()
            number = case_number(STATION_AREA, datetime.date(2026, 11, 23), node.incarnation, 1)
            row = opened.attachments.put(os.urandom(3_000_000), "image/jpeg")
            node.database.write(lambda db: opened.attachments.note(db, [row]))
            picture = cases.Attachment(row.hash, row.size, row.media_type, "照片.jpg")
            material = cases.Material("id", "居民身份证", True, True, cases.RECEIVED, "A", attachments=(picture,))
            application = msgspec.structs.replace(sample_application(number, home="city"), materials=(material,))
            node.write(CaseCommand(number, cases.Accept(application), "clerk-1"))
        finally:
            opened.close()
    return number


def asked(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return json.loads(result.stdout)


def at_hub(*arguments: str | Path) -> Result:
    return CliRunner().invoke(hub_main, [str(each) for each in arguments], catch_exceptions=False)


@pytest.mark.parametrize("running", [False, True], ids=["stopped", "running"])
def test_a_stick_goes_up_and_comes_back(places: tuple[Process, Process], tmp_path: Path, running: bool) -> None:
    city, outpost = places
    accept(outpost.folder)
    if running:
        city.start("--no-litestream")
        outpost.start("--no-litestream")
    before = asked(station("status", outpost.folder, "--json"))
    assert before["waiting"] > 0

    done = asked(station("bundle", "export", outpost.folder, tmp_path, "--json", "--part-bytes", str(2 * 1024**2)))
    assert (done["records"], done["attachments"], len(done["files"])) == (before["waiting"], 1, 2)
    up = asked(at_hub("bundle", "import", city.folder, tmp_path, "--json"))["received"][0]
    assert (up["name"], up["records"], up["revoked"]) == ("东街社区服务站", before["waiting"], False)
    down = asked(station("bundle", "import", outpost.folder, tmp_path, "--json"))["confirmed"][0]
    assert (down["journal"], down["end"], down["attachments"]) == (before["journal"], before["journal"], 1)
    after = asked(station("status", outpost.folder, "--json"))
    assert (after["acknowledged"], after["waiting"]) == (before["journal"], 0)

    again = asked(at_hub("bundle", "import", city.folder, tmp_path, "--json"))["received"][0]
    assert (again["records"], again["known"]) == (0, before["waiting"])


def test_sentences_say_what_was_done_and_what_to_do(places: tuple[Process, Process], tmp_path: Path) -> None:
    city, outpost = places
    result = station("bundle", "export", outpost.folder, tmp_path)
    assert result.exit_code == 0
    assert "仍在本机排队" in result.stdout
    result = at_hub("--lang", "en", "bundle", "import", city.folder, tmp_path)
    assert "take it back" in result.stdout
    assert station("bundle", "import", outpost.folder, tmp_path).stdout.startswith("已导入“广安市”的回执")


def test_what_cannot_be_done_is_one_sentence(places: tuple[Process, Process], tmp_path: Path) -> None:
    city, outpost = places
    refused(at_hub("bundle", "export", city.folder, tmp_path), "没有上级")
    refused(station("bundle", "import", outpost.folder, tmp_path), "没有找到给本节点的数据包")
    (tmp_path / "holiday.jpg").write_bytes(b"\xff\xd8" * 100)
    refused(station("bundle", "import", outpost.folder, tmp_path / "holiday.jpg"), "不是通办的数据包")
    refused(station("bundle", "export", tmp_path / "nobody", tmp_path), "nobody")


def test_of_a_file_that_was_cut_the_good_part_comes_in(places: tuple[Process, Process], tmp_path: Path) -> None:
    city, outpost = places
    accept(outpost.folder)
    waiting = asked(station("status", outpost.folder, "--json"))["waiting"]
    path = Path(asked(station("bundle", "export", outpost.folder, tmp_path, "--json"))["files"][0])
    path.write_bytes(path.read_bytes()[:100_000])
    result = at_hub("bundle", "import", city.folder, tmp_path, "--json")
    assert result.exit_code == 1
    assert "不完整" in result.stderr
    told = json.loads(result.stdout)
    assert [fault["code"] for fault in told["faults"]] == ["bundle.cut"]
    assert told["received"][0]["records"] == waiting
    assert asked(station("bundle", "import", outpost.folder, tmp_path, "--json"))["confirmed"][0]["attachments"] == 0
    left = asked(station("bundle", "export", outpost.folder, tmp_path, "--json"))
    assert (left["records"], left["attachments"]) == (0, 1)


def test_a_stick_that_cannot_be_written_is_one_sentence(places: tuple[Process, Process]) -> None:
    _, outpost = places
    refused(station("bundle", "export", outpost.folder, "/proc/self"), "/proc/self")


def test_a_terminal_shows_how_far_it_is(places: tuple[Process, Process], tmp_path: Path) -> None:
    _, outpost = places
    accept(outpost.folder)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "edge_node.cli", "bundle", "export", str(outpost.folder), str(tmp_path)]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while data := os.read(ours, 4096):
            seen += data
    except OSError:
        pass  # the other end of the terminal is closed
    assert child.wait(timeout=30) == 0, seen.decode()
    os.close(ours)
    assert "100%" in seen.decode()
    assert "records · " in seen.decode()


def test_the_commands_explain_themselves() -> None:
    runner = CliRunner()
    for program in (main, hub_main):
        for word in ("export", "import"):
            assert "FOLDER" in runner.invoke(program, ["bundle", "export", "--help"]).stdout
            assert runner.invoke(program, ["bundle", word, "--help"]).exit_code == 0
