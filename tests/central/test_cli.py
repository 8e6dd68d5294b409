"""`tongban-hub` as an operator types it: real processes, with the hub running and not running."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from click.testing import CliRunner

from central.catalogue_files import write_xlsx
from central.cli import main
from deploy import catalogue
from sync_protocol.core.joining import invitation_of
from sync_protocol.store.drill import flip_byte, last_positions
from tests.central.places import CALENDAR, PASSWORD

ROOT = Path(__file__).parents[2]
HUB = (sys.executable, "-m", "central.cli")


def hub(*arguments: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Runs one command to its end."""
    return subprocess.run(
        [*HUB, *map(str, arguments)], cwd=ROOT, input=typed, capture_output=True, text=True, timeout=60, check=False
    )


def told(*arguments: str | Path, typed: str = "") -> str:
    """What a command prints that succeeds."""
    done = hub(*arguments, typed=typed)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def refused(*arguments: str | Path, typed: str = "", code: int = 1) -> str:
    """The one sentence of a command that is refused."""
    done = hub(*arguments, typed=typed)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr.strip()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


@contextmanager
def running(folder: Path, port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The hub in `folder` as a process, until the block ends; it must end well."""
    with open(folder.parent / f"{folder.name}.log", "ab") as log:
        process = subprocess.Popen([*HUB, "run", str(folder), *options], cwd=ROOT, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 30
        while True:
            assert process.poll() is None, (folder.parent / f"{folder.name}.log").read_text()
            try:
                httpx2.get(f"http://127.0.0.1:{port}/api/status", timeout=2, trust_env=False).raise_for_status()
                break
            except httpx2.HTTPError:
                assert time.monotonic() < until
                time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def status(port: int) -> dict[str, Any]:
    answer: dict[str, Any] = httpx2.get(f"http://127.0.0.1:{port}/api/status", trust_env=False).json()
    return answer


@pytest.fixture
def city(tmp_path: Path) -> tuple[Path, int]:
    """A founded city that does not run, and its port."""
    folder, port = tmp_path / "city", free_port()
    told("init", folder, "--tier", "city", "--area", "5116", "--name", "广安市政务服务中心", "--port", str(port))
    return folder, port


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city for commands that change nothing."""
    folder = tmp_path_factory.mktemp("founded") / "city"
    told("init", folder, "--tier", "city", "--area", "5116", "--name", "广安市政务服务中心")
    return folder


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    calendar, workbook = tmp_path / "calendar.json", tmp_path / "catalogue.xlsx"
    calendar.write_text(json.dumps(CALENDAR))
    workbook.write_bytes(write_xlsx(catalogue.load()[:3]))
    return {"calendar": calendar, "workbook": workbook}


def adding(folder: Path, login: str) -> tuple[str | Path, ...]:
    """The command that adds an administrator; the password is typed."""
    return ("account", "add", folder, "--login", login, "--name", "管理员", "--role", "admin", "--password-stdin")


def review(folder: Path) -> None:
    """A second person approves what was handed in; in this process, which is quicker than another one."""
    for arguments in (adding(folder, "second"), approving(folder)):
        done = CliRunner().invoke(main, [str(each) for each in arguments], input=PASSWORD, catch_exceptions=False)
        assert done.exit_code == 0, done.stderr


def approving(folder: Path) -> tuple[str | Path, ...]:
    return ("catalogue", "review", "approve", folder, "--all", "--login", "second", "--password-stdin")


def every_verb(folder: Path, files: dict[str, Path], suffix: str) -> None:
    """Tells a hub everything that an operator can tell it."""
    report = json.loads(told("catalogue", "import", folder, files["workbook"], "--submit", "--json"))
    assert (report["rows"], report["complete"]) == (3, 3)
    assert "审核" in refused("catalogue", "publish", folder)
    review(folder)
    assert "广安市民政局" in told(
        "issuer", "add", folder, "--department", f"mz-{suffix}", "--name", "广安市民政局", "--fact", "mz.x=低保家庭"
    )
    assert f"admin-{suffix}" in told(*adding(folder, f"admin-{suffix}"), typed=PASSWORD)
    assert refused(*adding(folder, f"admin-{suffix}"), typed=PASSWORD).endswith("已被使用，请换一个。")
    invited = json.loads(told("invite", folder, "--area", "511602", "--name", "广安区", "--json"))
    assert invitation_of(invited["text"]).area == "511602"
    found = json.loads(told("status", folder, "--json"))
    assert found["tier"] == "city"


def test_an_import_is_tried_first_and_taken_by_a_command_of_its_own(city: tuple[Path, int], tmp_path: Path) -> None:
    folder, _ = city
    stock = catalogue.load()
    good, mended, faulty = tmp_path / "good.xlsx", tmp_path / "mended.xlsx", tmp_path / "faulty.xlsx"
    good.write_bytes(write_xlsx(stock[:2]))
    mended.write_bytes(write_xlsx([msgspec.structs.replace(stock[0], name="改了名称"), *stock[1:3]]))
    faulty.write_bytes(write_xlsx([stock[3], msgspec.structs.replace(stock[4], fee="")]))
    tried = told("catalogue", "import", folder, good, "--dry-run")
    assert f"+ {stock[0].code} {stock[0].name}" in tried
    assert "草稿还没有改动" in tried
    assert "没有发布新版本" in refused("catalogue", "publish", folder)
    assert "新增 2 项" in told("catalogue", "import", folder, "--all-or-nothing")
    assert "没有等待决定的导入" in refused("catalogue", "import", folder, "--good-rows")
    tried = told("catalogue", "import", folder, mended, "--dry-run")
    assert f"~ {stock[0].code} 改了名称: 事项名称\n" in tried
    assert "已放弃，草稿没有改动" in told("catalogue", "import", folder, "--discard")
    nothing = hub("catalogue", "import", folder, faulty, "--all-or-nothing")
    assert nothing.returncode == 1
    assert "改法：在“收费说明”填写：不收费请写“不收费”。" in nothing.stdout
    report = json.loads(told("catalogue", "import", folder, "--good-rows", "--json"))
    assert (report["decided"], report["added"]) == ("sound", 1)
    told("catalogue", "export", folder, tmp_path, "--drafts", "--format", "json")
    assert "新增 0 项，修改 0 项，未变 3 项" in told("catalogue", "import", folder, tmp_path / "catalogue.json")
    told("catalogue", "review", "submit", folder, "--all")
    review(folder)
    told("catalogue", "publish", folder)
    listed = json.loads(told("catalogue", "export", folder, tmp_path, "--format", "exchange", "--json"))
    assert (listed["version"], listed["items"], len(listed["files"])) == (1, 3, 2)
    assert stock[0].code in (tmp_path / "up_task_general_basic.csv").read_text()
    *findings, counts = map(json.loads, told("catalogue", "findings", folder, "--json").splitlines())
    assert (counts["version"], counts["items"], counts["errors"]) == (1, 3, 0)
    assert len(findings) == counts["warnings"] == sum(counts["counts"].values())
    assert "草稿共 3 份" in told("catalogue", "findings", folder, "--drafts")
    for wrong in ([good, "--dry-run", "--good-rows"], [], ["--dry-run"], [good, "--discard"]):
        refused("catalogue", "import", folder, *wrong)


def test_every_command_works_while_the_hub_stands_still(city: tuple[Path, int], files: dict[str, Path]) -> None:
    folder, _ = city
    every_verb(folder, files, "still")
    assert "2026-12-31" in told("calendar", "publish", folder, files["calendar"])
    assert "已发布的相同" in refused("calendar", "publish", folder, files["calendar"])
    assert "第 1 版目录已发布，共 3 项" in told("catalogue", "publish", folder)
    assert "没有发布新版本" in refused("catalogue", "publish", folder)


def test_every_command_works_while_the_hub_runs(city: tuple[Path, int], files: dict[str, Path]) -> None:
    folder, port = city
    with running(folder, port, "--no-litestream"):
        every_verb(folder, files, "running")
        told("calendar", "publish", folder, files["calendar"])
        published = json.loads(told("catalogue", "publish", folder, "--json"))
        assert (published["number"], published["items"]) == (1, 3)
        assert published["effective_ms"] > 0
        assert status(port)["catalogue_version"] == 1
        assert "没有发布新版本" in refused("catalogue", "publish", folder)
        assert told("status", folder).startswith("广安市政务服务中心（5116")
    assert not (folder / "operator.token").exists()


def test_only_the_owner_of_the_folder_on_this_machine_gives_orders(city: tuple[Path, int]) -> None:
    folder, port = city
    with running(folder, port, "--no-litestream"):
        token = folder / "operator.token"
        assert stat.S_IMODE(token.stat().st_mode) == 0o600
        door = json.loads(token.read_text())
        right = {"authorization": f"Bearer {door['token']}"}
        client = httpx2.Client(base_url=door["address"], trust_env=False)
        for headers, expected in (
            ({}, 403),
            ({"authorization": "Bearer guess"}, 403),
            ({**right, "x-forwarded-for": "203.0.113.9"}, 403),
            (right, 200),
        ):
            assert client.post("/operator/status", content=b"{}", headers=headers).status_code == expected
        assert client.post("/operator/nothing", content=b"{}", headers=right).json()["code"] == (
            "commands.operator_unknown"
        )
        assert client.get("/api/status", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 403
        client.close()


def test_a_token_of_a_hub_that_was_killed_is_no_obstacle(city: tuple[Path, int]) -> None:
    folder, port = city
    process = subprocess.Popen(
        [*HUB, "run", str(folder), "--no-litestream"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 30
    while not (folder / "operator.token").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert (folder / "operator.token").exists()
    assert json.loads(told("status", folder, "--json"))["area"] == "5116"
    with running(folder, port, "--no-litestream"):
        told("status", folder)


def test_a_district_joins_a_running_city_and_keeps_in_step(
    city: tuple[Path, int], files: dict[str, Path], tmp_path: Path
) -> None:
    folder, port = city
    district, below = tmp_path / "district", free_port()
    told("init", district, "--tier", "district", "--port", str(below))
    assert "尚未接入" in refused("run", district, "--no-litestream")
    with running(folder, port, "--no-litestream"):
        invitation = tmp_path / "invitation"
        told("invite", folder, "--area", "511602", "--name", "广安区政务服务中心", "--output", invitation)
        assert stat.S_IMODE(invitation.stat().st_mode) == 0o600
        assert "广安区政务服务中心" in told("join", district, "--file", invitation)
        assert "不需要再次执行" in refused("join", district, "--file", invitation)
        other = tmp_path / "other"
        told("init", other, "--tier", "district", "--port", str(free_port()))
        assert "已经用过" in refused("join", other, invitation.read_text())
        told("catalogue", "import", folder, files["workbook"], "--submit")
        review(folder)
        told("catalogue", "publish", folder)
        with running(district, below, "--no-litestream"):
            until = time.monotonic() + 10
            while status(below)["catalogue_version"] != 1 or status(port)["children"][0]["catalogue_version"] != 1:
                assert time.monotonic() < until
                time.sleep(0.05)
            found = told("status", folder)
        node = status(port)["children"][0]["node"]
        assert node in found
        assert "已吊销" in told("revoke", folder, node)
        assert "已吊销" in told("status", folder)


def test_a_city_that_cannot_be_reached_is_another_exit_code(city: tuple[Path, int], tmp_path: Path) -> None:
    folder, _ = city
    invitation = told("invite", folder, "--area", "511602", "--name", "广安区")
    district = tmp_path / "district"
    told("init", district, "--tier", "district", "--port", str(free_port()))
    assert "连不上" in refused("join", district, invitation, code=3)
    assert "邀请码不完整" in refused("join", district, "TBI1.nonsense")
    assert "没有给出邀请" in refused("join", district)


def test_litestream_copies_what_the_hub_and_its_commands_write_and_the_copy_can_be_restored(
    city: tuple[Path, int], files: dict[str, Path]
) -> None:
    folder, port = city
    with running(folder, port):
        told("catalogue", "import", folder, files["workbook"], "--submit")
        review(folder)
        told("catalogue", "publish", folder)
    told(*adding(folder, "between"), typed=PASSWORD)
    with running(folder, port):
        told(*adding(folder, "later"), typed=PASSWORD)
        before = status(port)["journal"]
    assert "没有恢复" in refused("restore", folder)
    told("restore", folder, "--replace")
    for login in ("between", "later"):
        assert "已被使用" in refused(*adding(folder, login), typed=PASSWORD)
    with running(folder, port, "--no-litestream"):
        after = status(port)
    assert after["catalogue_version"] == 1
    assert after["journal"] > before


def test_a_password_that_nobody_can_type_is_refused_rather_than_waited_for(founded: Path) -> None:
    done = subprocess.run(
        [*HUB, "account", "password", str(founded), "nobody"], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=60, check=False, start_new_session=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "--password-file" in done.stderr.splitlines()[-1]


def test_a_refused_set_up_leaves_nothing_behind(tmp_path: Path) -> None:
    place = tmp_path / "places" / "city"
    refused("init", place, "--tier", "city", "--area", "511602", "--name", "x")
    refused("init", place, "--tier", "city", "--area", "5116")
    assert "HTTP 代理" in refused("init", place, "--tier", "district", "--http-proxy", "nonsense")
    assert "不能写入" in refused("init", "/proc/tongban/city", "--tier", "district")
    stick = tmp_path / "stick.key"
    refused("init", place, "--tier", "city", "--area", "51", "--name", "x", "--key-file", stick)
    assert list(tmp_path.iterdir()) == []


def test_a_stopped_hub_names_the_incarnation_that_was_opened_last(city: tuple[Path, int]) -> None:
    folder, port = city
    with running(folder, port, "--no-litestream"):
        opened = status(port)["incarnation"]
    assert opened
    for _ in range(2):
        assert json.loads(told("status", folder, "--json"))["incarnation"] == opened


def test_the_doctor_examines_a_hub_that_runs_and_one_that_stands_still(
    city: tuple[Path, int], files: dict[str, Path]
) -> None:
    folder, port = city
    told("catalogue", "import", folder, files["workbook"], "--submit")
    review(folder)
    told("catalogue", "publish", folder)
    with running(folder, port):
        until = time.monotonic() + 60
        while (found := json.loads(told("doctor", folder, "--json"))["findings"]) and not any(
            each["code"] == "doctor.replica_ok" for each in found
        ):
            assert time.monotonic() < until, found
    told_ = told("doctor", folder)
    assert "✗" not in told_
    assert "✓ 副本可以恢复" in told_
    (position,) = last_positions(folder / "tongban.db", "catalogue.", 1)
    flip_byte(folder / "tongban.db", position, "signature")
    done = hub("doctor", folder)
    assert done.returncode == 1
    assert f"✗ 第 {position} 号记录" in done.stdout
    assert "restore --at" in done.stdout


def test_a_hub_goes_back_to_a_moment_before_a_record_was_changed(
    city: tuple[Path, int], files: dict[str, Path]
) -> None:
    folder, port = city
    told("catalogue", "import", folder, files["workbook"], "--submit")
    review(folder)
    told("catalogue", "publish", folder)
    with running(folder, port):
        time.sleep(1)
    time.sleep(1.1)  # moments are whole seconds
    well = datetime.now(timezone(timedelta(hours=8))).strftime("%Y-%m-%d %H:%M:%S")
    time.sleep(1.1)
    (position,) = last_positions(folder / "tongban.db", "catalogue.", 1)
    flip_byte(folder / "tongban.db", position, "body")
    with running(folder, port):
        time.sleep(1)
    newest = hub("restore", folder, "--replace")
    assert newest.returncode == 1
    assert f"第 {position} 号记录" in newest.stderr
    assert "都与签名时一致" in told("restore", folder, "--replace", "--at", well)
    assert "✗" not in told("doctor", folder)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("status", "{folder}/nowhere"), "没有数据目录"),
        (("init", "{folder}/x", "--tier", "city", "--area", "511602", "--name", "x"), "4 位数字"),
        (("init", "{folder}/y", "--tier", "city", "--area", "5116"), "请填写名称"),
        (("init", "{folder}", "--tier", "city", "--area", "5116", "--name", "又一次"), "已建立市级中心"),
        (("invite", "{folder}", "--area", "5101", "--name", "外地"), "不在本中心的区划之内"),
        (("revoke", "{folder}", "nobody"), "名册中没有节点"),
        (("catalogue", "import", "{folder}", "{folder}/storage.key"), "XLSX"),
        (("calendar", "publish", "{folder}", "{folder}/storage.key"), "工作日历读不懂"),
        (("status", "{folder}", "--passphrase-file", "{folder}/settings.json"), "不用口令"),
        (("status", "{folder}", "--key-file", "{folder}/settings.json"), "存储密钥不对"),
        (("restore", "{folder}"), "没有恢复"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_1(founded: Path, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in refused(*(argument.replace("{folder}", str(founded)) for argument in arguments))


def test_the_language_is_chosen_by_an_option(founded: Path) -> None:
    assert refused("--lang", "en", "catalogue", "publish", founded).startswith("The drafts are as published")


def test_a_second_hub_on_the_same_folder_or_port_does_not_start(city: tuple[Path, int], tmp_path: Path) -> None:
    folder, port = city
    other = tmp_path / "other"
    told("init", other, "--tier", "city", "--area", "5117", "--name", "另一个", "--port", str(port))
    with running(folder, port, "--no-litestream") as process:
        assert str(process.pid) in refused("run", folder, "--no-litestream")
        assert f"端口 {port}" in refused("run", other, "--no-litestream")


def test_a_hub_protected_by_a_passphrase_asks_for_it(tmp_path: Path) -> None:
    folder, secret = tmp_path / "city", tmp_path / "passphrase"
    secret.write_text("correct horse battery\n")
    options = ("--passphrase-file", secret)
    told("init", folder, "--tier", "city", "--area", "5116", "--name", "x", *options)
    assert not (folder / "storage.key").exists()
    told("status", folder, *options)
    assert "用口令保护" in refused("status", folder)
    secret.write_text("wrong horse battery\n")
    assert "存储密钥不对" in refused("status", folder, *options)
    secret.write_text("\n")
    assert "是空的" in refused("status", folder, *options)


def test_the_password_of_an_account_never_stands_among_the_arguments() -> None:
    for command in ("add", "password"):
        text = told("account", command, "--help")
        assert "--password-stdin" in text
        assert "--password " not in text
    assert "Exit codes" in told("--help")
