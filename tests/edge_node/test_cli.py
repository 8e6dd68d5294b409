"""`tongban-station`: what each command does, what it refuses with which sentence, and which code it ends with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner, Result

from central.cli import main as hub_main
from deploy import catalogue
from edge_node.cli import main
from sync_protocol.host.folder import DataFolder
from sync_protocol.host.operator import is_running
from sync_protocol.store.database import Database
from sync_protocol.store.drill import flip_byte, last_positions
from tests.free_port import free_port
from tests.host.forward_proxy import ForwardProxy

PASSWORD = "long enough to pass"
READY_SECONDS = 30


def station(*arguments: str | Path, typed: str = "") -> Result:
    """Runs `tongban-station` in this process."""
    return CliRunner().invoke(main, [str(each) for each in arguments], input=typed, catch_exceptions=False)


def hub(*arguments: str | Path, typed: str = "") -> str:
    result = CliRunner().invoke(
        hub_main, [str(each) for each in arguments], input=typed or None, catch_exceptions=False
    )
    assert result.exit_code == 0, result.stderr
    return result.stdout


@dataclass
class Process:
    """A real process of one of the two programs, stopped by its own id."""

    module: str
    folder: Path
    port: int
    child: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        command = [sys.executable, "-m", self.module, "run", str(self.folder), *options]
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            assert self.child.poll() is None, self.words()
            try:
                self.status()
                return
            except httpx2.HTTPError:
                time.sleep(0.05)
        raise AssertionError("the process does not answer")

    def status(self) -> dict[str, Any]:
        answer = httpx2.get(f"http://127.0.0.1:{self.port}/api/status", trust_env=False, timeout=5)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def words(self) -> str:
        assert self.child is not None
        return self.child.communicate(timeout=20)[1].decode()

    def end(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal to this very process; gives its exit code."""
        assert self.child is not None
        if self.child.poll() is None:
            os.kill(self.child.pid, number)
        self.child.communicate(timeout=20)
        return int(self.child.returncode)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A running city hub with the starter catalogue."""
    folder, port = tmp_path_factory.mktemp("hub") / "city", free_port()
    hub("init", folder, "--tier", "city", "--area", "5116", "--name", "广安市", "--port", str(port))
    files = catalogue.write_files(folder.parent / "files")
    hub("catalogue", "import", folder, *files, "--submit")
    hub("account", "add", folder, "--login", "second", "--name", "审核人", "--role", "supervisor", "--password-stdin",
        typed=PASSWORD)  # fmt: skip
    hub("catalogue", "review", "approve", folder, "--all", "--login", "second", "--password-stdin", typed=PASSWORD)
    hub("catalogue", "publish", folder)
    process = Process("central.cli", folder, port)
    process.start("--no-litestream")
    yield process
    process.end()


def invitation(city: Process, area: str = "511602001001") -> str:
    return hub("invite", city.folder, "--area", area, "--name", "东街社区服务站").strip()


def joined(city: Process, folder: Path, *options: str) -> Process:
    """A station that has joined the city, with one account."""
    port = free_port()
    assert station("init", folder, "--port", str(port), *options).exit_code == 0
    assert station("join", folder, invitation(city)).exit_code == 0
    added = station("account", "add", folder, "--login", "chuangkou", "--name", "张晓红", "--role", "clerk",
                    "--password-stdin", typed=PASSWORD + "\n")  # fmt: skip
    assert added.exit_code == 0, added.stderr
    return Process("edge_node.cli", folder, port)


@pytest.fixture
def made(city: Process, tmp_path: Path) -> Iterator[Process]:
    """A station that has joined and does not run; whatever a test starts is ended."""
    process = joined(city, tmp_path / "station")
    yield process
    if process.child is not None:
        process.end()


def refused(result: Result, *words: str, code: int = 1) -> None:
    """Ended with a code and one sentence on stderr, and said nothing else."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    for word in words:
        assert word in result.stderr


# ---------------------------------------------------------------- setting up


def test_a_station_is_set_up_once(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    first = station("init", folder, "--port", "8123")
    assert first.exit_code == 0
    assert "http://127.0.0.1:8123" in first.stdout
    assert json.loads((folder / "settings.json").read_text())["tier"] == "station"
    refused(station("init", folder), "已有签名密钥")


def test_sentences_are_english_by_option(tmp_path: Path) -> None:
    assert "is set up" in station("--lang", "en", "init", tmp_path / "station").stdout


def test_nothing_runs_or_is_looked_at_before_joining(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    refused(station("run", folder), "没有数据目录")
    station("init", folder)
    refused(station("run", folder), "尚未接入")
    refused(station("status", folder), "尚未接入")
    refused(station("records", "export", folder), "尚未接入")
    assert station("doctor", folder).exit_code == 1


def test_a_folder_that_cannot_be_written_is_one_sentence() -> None:
    refused(station("init", "/proc/tongban-station"), "不能写入")


@pytest.mark.parametrize("text", ["", "nonsense", "TBI1.e30"])
def test_a_faulty_invitation_is_one_sentence(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "station"
    station("init", folder)
    refused(station("join", folder, *([text] if text else [])), "邀请")


def test_an_invitation_admits_one_station_and_a_hub_that_is_away_is_said_to_be_away(
    city: Process, tmp_path: Path
) -> None:
    text = invitation(city)
    file = tmp_path / "invitation"
    file.write_text(text)
    one, two = tmp_path / "one", tmp_path / "two"
    station("init", one)
    station("init", two)
    done = station("join", one, "--file", file)
    assert done.exit_code == 0
    assert "东街社区服务站" in done.stdout
    refused(station("join", one, text), "已经接入")
    refused(station("join", two, text), "已经用过")
    away = hub("invite", city.folder, "--area", "511602001002", "--name", "x", "--address", "http://127.0.0.1:9")
    refused(station("join", two, away.strip()), "连不上", code=3)


def test_the_wrong_passphrase_opens_nothing(city: Process, tmp_path: Path) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("correct horse battery\n")
    wrong.write_text("something else entirely\n")
    folder = tmp_path / "station"
    station("init", folder, "--passphrase-file", right)
    assert not (folder / "storage.key").exists()
    assert station("join", folder, invitation(city), "--passphrase-file", right).exit_code == 0
    refused(station("run", folder, "--passphrase-file", wrong), "存储密钥不对")
    refused(station("run", folder), "用口令保护")
    assert station("status", folder, "--passphrase-file", right, "--json").exit_code == 0


# ---------------------------------------------------------------- accounts


def test_a_faulty_account_is_refused(made: Process) -> None:
    def add(login: str, role: str = "clerk", password: str = PASSWORD) -> Result:
        return station("account", "add", made.folder, "--login", login, "--name", "李明", "--role", role,
                       "--password-stdin", typed=password + "\n")  # fmt: skip

    refused(add("chuangkou"), "已被使用")
    refused(add("liming", password="short"), "密码长度")
    assert add("liming", role="root").exit_code == 2
    assert add("liming").exit_code == 0


# ---------------------------------------------------------------- a running station


def test_a_running_station_is_told_and_asked_through_its_own_process(made: Process) -> None:
    made.start("--no-litestream")
    _until(lambda: made.status()["catalogue_version"] == 1 and made.status()["waiting"] == 0)
    status = json.loads(station("status", made.folder, "--json").stdout)
    assert (status["running"], status["line"]["online"], status["waiting"]) == (True, True, 0)
    assert "是" in station("status", made.folder).stdout
    added = station("account", "add", made.folder, "--login", "liming", "--name", "李明", "--role", "clerk",
                    "--role", "admin", "--password-stdin", typed=PASSWORD + "\n")  # fmt: skip
    assert added.exit_code == 0, added.stderr
    with httpx2.Client(base_url=f"http://127.0.0.1:{made.port}", trust_env=False) as visitor:
        assert visitor.get("/login").status_code == 200
    doctor = station("doctor", made.folder, "--json")
    assert doctor.exit_code == 0, doctor.stdout
    exported = station("records", "export", made.folder)
    assert exported.exit_code == 0
    assert all(json.loads(line)["payload"] for line in exported.stdout.splitlines())
    refused(station("run", made.folder, "--no-litestream"), "正由另一个程序使用", str(made.child and made.child.pid))
    assert made.end() == 0
    assert not is_running(made.folder)
    status = json.loads(station("status", made.folder, "--json").stdout)
    assert (status["running"], status["line"]["online"]) == (False, False)
    assert "没有在运行" in station("status", made.folder).stdout


def test_a_port_that_is_taken_is_one_sentence(made: Process, city: Process) -> None:
    settings = json.loads((made.folder / "settings.json").read_text())
    (made.folder / "settings.json").write_text(json.dumps({**settings, "port": city.port}))
    refused(station("run", made.folder, "--no-litestream"), f"端口 {city.port}", "已被其他程序占用")


def test_with_litestream_a_lost_database_is_restored_from_its_replica(made: Process) -> None:
    made.start()
    _until(lambda: made.status()["waiting"] == 0)
    first = made.status()["incarnation"]
    assert made.end() == 0
    assert station("doctor", made.folder).exit_code == 0
    refused(station("restore", made.folder), "已有数据库")
    for path in made.folder.glob("tongban.db*"):
        path.unlink()
    restored = station("restore", made.folder)
    assert restored.exit_code == 0, restored.stderr
    assert "已从副本" in restored.stdout
    made.start()
    assert made.status()["incarnation"] != first
    assert made.end() == 0


# ---------------------------------------------------------------- the doctor


def findings(made: Process, *options: str) -> dict[str, list[dict[str, Any]]]:
    """Check -> its findings that are not ok."""
    told = json.loads(station("doctor", made.folder, "--json", *options).stdout)["findings"]
    bad: dict[str, list[dict[str, Any]]] = {}
    for each in told:
        if each["state"] != "ok":
            bad.setdefault(each["check"], []).append(each)
    return bad


def test_the_doctor_finds_a_changed_byte_and_names_the_record(made: Process) -> None:
    made.start("--no-litestream")
    _until(lambda: made.status()["catalogue_version"] == 1)
    made.end()
    assert "log" not in findings(made)
    for column in ("header", "body", "signature"):
        safe = made.folder.parent / "safe.db"
        shutil.copy(made.folder / "tongban.db", safe)
        (position,) = last_positions(made.folder / "tongban.db", "catalogue.", 1)
        flip_byte(made.folder / "tongban.db", position, column)
        for beside in ("-wal", "-shm"):
            (made.folder / f"tongban.db{beside}").unlink(missing_ok=True)
        (bad,) = findings(made)["log"]
        assert (bad["state"], bad["position"], bad["what"]) == ("wrong", position, column)
        told = station("doctor", made.folder)
        assert told.exit_code == 1
        assert f"第 {position} 号记录" in told.stdout
        shutil.copy(safe, made.folder / "tongban.db")


def test_the_doctor_finds_a_broken_chain_a_lost_file_a_bad_clock_and_a_damaged_database(made: Process) -> None:
    made.start("--no-litestream")
    _until(lambda: made.status()["waiting"] == 0)
    made.end()
    database = made.folder / "tongban.db"

    def change(statement: str, *values: Any) -> None:
        with Database(database, litestream=False) as opened:
            opened.write(lambda db: db.execute(statement, values))

    assert set(findings(made)) <= {"replica"}
    change("UPDATE state SET value = ? WHERE name = 'last_own'",
           json.dumps({"incarnation": "x", "seq": 1, "id": "", "hlc": [4_102_444_800_000, 0]}).encode())  # fmt: skip
    assert findings(made)["clock"][0]["code"] == "doctor.clock_back"
    change("UPDATE journal SET hash = ? WHERE position = 1", bytes(32))
    assert findings(made)["receipts"][0]["state"] == "wrong"
    change("INSERT INTO set_aside VALUES (7, 'case/x', 'ValueError')")
    assert findings(made)["aside"][0]["state"] == "warning"
    with database.open("r+b") as file:
        file.seek(8192)
        file.write(bytes(8192))
    assert {"integrity", "sqlite"} & set(findings(made))
    assert station("doctor", made.folder).exit_code == 1


def test_the_doctor_says_when_there_is_no_replica(made: Process) -> None:
    assert findings(made)["replica"][0]["code"] == "doctor.replica_none"


# ---------------------------------------------------------------- a station behind a proxy


def test_a_station_behind_a_proxy_joins_and_syncs_through_it(city: Process, tmp_path: Path) -> None:
    name = "hub.tongban.invalid"
    text = hub("invite", city.folder, "--area", "511602001001", "--name", "东街社区服务站", "--address",
               f"http://{name}:8500").strip()  # fmt: skip
    folder, port = tmp_path / "station", free_port()
    assert station("init", folder, "--port", str(port)).exit_code == 0
    refused(station("join", folder, text), "连不上", code=3)
    refused(station("join", folder, text, "--http-proxy", "http://127.0.0.1:9"), "连不上", code=3)
    assert settings_of(folder)["http_proxy"] == ""
    made = Process("edge_node.cli", folder, port)
    with ForwardProxy(name, city.port) as proxy:
        done = station("join", folder, text, "--http-proxy", proxy.address)
        assert done.exit_code == 0, done.stderr
        assert settings_of(folder)["http_proxy"] == proxy.address
        made.start("--no-litestream")
        try:
            _until(lambda: made.status()["catalogue_version"] == 1 and made.status()["waiting"] == 0)
        finally:
            assert made.end() == 0
        assert f"POST http://{name}:8500/sync/v1/join" in proxy.asked
        assert len(proxy.asked) > 3


def test_a_proxy_may_be_named_at_the_set_up(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    assert station("init", folder, "--http-proxy", "http://name:word@10.0.0.1:3128").exit_code == 0
    assert settings_of(folder)["http_proxy"] == "http://name:word@10.0.0.1:3128"


@pytest.mark.parametrize(
    "address", ["10.0.0.1:3128", "socks5://10.0.0.1", "http:///x", "http://x:99999", "http://x/path"]
)
def test_a_faulty_proxy_is_refused_without_repeating_it_and_nothing_is_set_up(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "station"
    result = station("init", folder, "--http-proxy", address)
    refused(result, "HTTP 代理的地址不对")
    assert address not in result.stderr
    assert not folder.exists()


def test_a_proxy_that_was_spoilt_by_hand_is_said_at_the_start(made: Process) -> None:
    settings = made.folder / "settings.json"
    settings.write_text(json.dumps({**settings_of(made.folder), "http_proxy": "nonsense"}))
    refused(station("run", made.folder, "--no-litestream"), "HTTP 代理的地址不对", "settings.json")


def settings_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "settings.json").read_text())
    return found


# ---------------------------------------------------------------- what a refusal leaves, what a stopped station says


def test_a_refused_set_up_leaves_nothing_behind(tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("short\n")
    folder = tmp_path / "places" / "station"
    refused(station("init", folder, "--passphrase-file", short), "口令")
    refused(station("init", folder, "--passphrase-file", tmp_path / "nowhere"), "读不出文件")
    assert [path.name for path in tmp_path.iterdir()] == ["short"]


def test_a_refused_second_set_up_leaves_the_first_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    station("init", folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "tongban.lock"}
    refused(station("init", folder), "已有签名密钥")
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "tongban.lock"} == before


def test_a_stopped_station_names_the_incarnation_that_was_opened_last(made: Process) -> None:
    assert json.loads(station("status", made.folder, "--json").stdout)["incarnation"] == ""
    made.start("--no-litestream")
    opened = made.status()["incarnation"]
    assert opened
    made.end()
    for _ in range(2):
        assert json.loads(station("status", made.folder, "--json").stdout)["incarnation"] == opened


# ---------------------------------------------------------------- back to a moment


def test_a_changed_record_that_the_replica_took_over_is_told_and_an_earlier_moment_is_free_of_it(made: Process) -> None:
    made.start()
    _until(lambda: made.status()["catalogue_version"] == 1 and made.status()["waiting"] == 0)
    assert made.end() == 0
    time.sleep(1.1)  # moments are whole seconds
    well = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    (position,) = last_positions(made.folder / "tongban.db", "catalogue.", 1)
    flip_byte(made.folder / "tongban.db", position, "body")
    made.start()
    assert [bad["position"] for bad in made.status()["damage"]] == [position]
    assert made.end() == 0
    newest = station("restore", made.folder, "--replace")
    assert newest.exit_code == 1
    assert "已从副本" in newest.stdout
    assert f"第 {position} 号记录" in newest.stderr
    assert "--at" in newest.stderr
    evidence = last_positions(made.folder / "tongban.db.replaced", "node.", 9)
    earlier = station("restore", made.folder, "--replace", "--at", well)
    assert earlier.exit_code == 0, earlier.stderr
    assert "都与签名时一致" in earlier.stdout
    assert last_positions(made.folder / "tongban.db.replaced", "node.", 9) == evidence
    assert "log" not in findings(made)
    made.start()
    _until(lambda: made.status()["waiting"] == 0)
    assert made.status()["damage"] == []
    assert made.end() == 0
    refused(station("restore", made.folder, "--replace", "--at", "2020-01-01T00:00Z"), "2020-01-01 08:00:00")
    refused(station("restore", made.folder, "--replace", "--at", "2999-01-01T00:00Z"), "还没有到")
    refused(station("restore", made.folder, "--replace", "--at", "昨天"), "看不懂时间")


def test_a_restored_database_without_its_keys_is_said_to_be_unchecked(made: Process) -> None:
    made.start()
    assert made.end() == 0
    elsewhere = made.folder.parent / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    done = station("restore", elsewhere, "--replica", made.folder / "replica")
    assert done.exit_code == 0
    assert "没有与签名核对" in done.stderr
    assert not (elsewhere / "storage.key").exists()
    shutil.copy(made.folder / "settings.json", elsewhere)
    done = station("restore", elsewhere, "--replica", made.folder / "replica", "--replace")
    assert "没有与签名核对" in done.stderr
    assert not (elsewhere / "storage.key").exists()


# ---------------------------------------------------------------- export


def test_records_are_exported_to_a_file_that_is_there_only_when_it_is_whole(made: Process) -> None:
    made.start("--no-litestream")
    _until(lambda: made.status()["catalogue_version"] == 1)
    made.end()
    output = made.folder.parent / "records.jsonl"
    done = station("records", "export", made.folder, "--output", output)
    assert done.exit_code == 0
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert f"{len(lines)} 行" in done.stdout
    assert all({"payload", "payloadType", "signatures"} <= set(line) for line in lines)
    assert station("records", "export", made.folder, "--credentials").stdout == ""
    (position,) = last_positions(made.folder / "tongban.db", "catalogue.", 1)
    flip_byte(made.folder / "tongban.db", position, "body")
    output.unlink()
    refused(station("records", "export", made.folder, "--output", output), f"第 {position} 号记录")
    assert list(output.parent.glob("records*")) == []


def test_every_command_explains_itself(tmp_path: Path) -> None:
    commands: Sequence[Sequence[str]] = (
        (), ("init",), ("join",), ("run",), ("status",), ("doctor",), ("restore",), ("account",), ("account", "add"),
        ("account", "password"), ("account", "roles"), ("account", "disable"), ("account", "enable"),
        ("account", "list"),
        ("records",), ("records", "export"),
    )  # fmt: skip
    for command in commands:
        told = station(*command, "--help")
        assert told.exit_code == 0
        assert "Options:" in told.stdout
    assert "Exit codes" in station("--help").stdout
    assert DataFolder(tmp_path).path == tmp_path


def _until(true: Any, seconds: float = 15.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.05)
