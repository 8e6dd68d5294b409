"""A machine that does not do its part: port, folder, keys and disk; a process that is killed in the middle of its work.

Each ends in one sentence that says what to do, and nothing that was acknowledged is lost.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from deploy.processes import Failed, Process
from deploy.visitor import Page, Upload, Visitor
from tests.journeys.nodes import (
    PASSWORD,
    ROOT,
    Clerk,
    command,
    delivered,
    found_city,
    jpeg,
    new_station,
    number_on,
    one_sentence,
    until,
)

NOBODY = 65534
ONLINE = {"online": True, "contact_ms": 0, "code": "", "again_ms": 0}
MEBIBYTE = 1024 * 1024
AS_NOBODY = """
import encodings.idna, os, sys
from edge_node.cli import main
os.setgroups([]), os.setgid({nobody}), os.setuid({nobody})
main(sys.argv[1:], prog_name="tongban-station")
"""
"""Everything is imported before the rights go: the Python that runs the tests may be root's alone."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    running = found_city(tmp_path_factory.mktemp("city"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def station(city: Process, tmp_path_factory: pytest.TempPathFactory) -> Process:
    """A station that does not run; every test leaves it as it was."""
    return new_station(city, tmp_path_factory.mktemp("station"), "station", "511602001001")


def mounted(place: Path, options: str) -> None:
    """A small disk in memory; the test is skipped where that may not be."""
    place.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip("a small disk cannot be mounted here: that takes root on Linux")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MiB of its own."""
    place = tmp_path / "disk"
    mounted(place, "size=40m")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def refused(station: Process, *options: str | Path) -> str:
    """The sentence with which a station does not start."""
    return one_sentence(command("tongban-station", "run", station.folder, *options))


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but the lock, which names the last process that tried."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "tongban.lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def sound(station: Process) -> None:
    """What the doctor says of a station: nothing is damaged, missing, or out of its chain."""
    done = command("tongban-station", "doctor", station.folder, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["good"]


# ---------------------------------------------------------------- port and folder


@pytest.mark.parametrize("options", [(), ("--no-litestream",)], ids=["with Litestream", "without"])
def test_a_taken_port_is_named_in_one_sentence(station: Process, options: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", station.port)):
        assert f"端口 {station.port}（127.0.0.1）已被其他程序占用" in refused(station, *options)


def test_a_second_process_on_a_folder_is_told_who_holds_it(city: Process) -> None:
    sentence = one_sentence(command("tongban-hub", "run", city.folder))
    assert f"进程 {city.pid}，地址 {city.address}" in sentence
    assert city.running
    assert city.status()["area"] == "5116"


def test_a_folder_that_belongs_to_somebody_else_is_one_sentence_and_untouched(station: Process) -> None:
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    before = content_of(station.folder)
    script = AS_NOBODY.format(nobody=NOBODY)
    done = subprocess.run(
        [sys.executable, "-c", script, "run", str(station.folder)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert "不能写入，程序没有启动" in one_sentence(done)
    assert content_of(station.folder) == before


def test_a_read_only_disk_is_one_sentence(station: Process, tmp_path: Path) -> None:
    place = tmp_path / "read-only"
    mounted(place, "ro,size=1m")
    try:
        assert "不能写入" in one_sentence(command("tongban-station", "init", place / "new"))
    finally:
        subprocess.run(["umount", str(place)], check=True)


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda key: key.write_bytes(os.urandom(32)), "存储密钥不对"),
        (lambda key: key.write_bytes(key.read_bytes()[:31]), "存储密钥不对"),
        (lambda key: key.unlink(), "找不到存储密钥"),
    ],
    ids=["other 32 bytes", "31 bytes", "no file"],
)
def test_a_wrong_storage_key_opens_nothing_and_writes_nothing(
    station: Process, change: Callable[[Path], None], word: str
) -> None:
    key = station.folder / "storage.key"
    kept = key.read_bytes()
    change(key)
    before = content_of(station.folder)
    try:
        assert word in refused(station)
        assert content_of(station.folder) == before
    finally:
        key.write_bytes(kept)


@pytest.mark.parametrize(
    ("name", "change", "word"),
    [
        ("node.key", lambda path: path.unlink(), "缺少本节点的签名密钥"),
        ("node.key", lambda path: path.write_bytes(bytes(80)), "可能已被改动或损坏"),
        ("secrets/resident", lambda path: path.unlink(), "缺少密封的文件"),
        ("settings.json", lambda path: path.write_text("{"), "设置文件"),
        ("tongban.db", lambda path: path.write_bytes(b"no database" * 1000), "已损坏，或者不是数据库"),
    ],
    ids=["no signing key", "another signing key", "no secret", "settings", "database"],
)
def test_a_file_that_is_gone_or_damaged_is_named_with_what_to_do(
    station: Process, name: str, change: Callable[[Path], None], word: str
) -> None:
    path = station.folder / name
    kept = path.read_bytes()
    change(path)
    try:
        sentence = refused(station, "--no-litestream")
        assert word in sentence
        assert str(path) in sentence
    finally:
        path.write_bytes(kept)


def test_what_is_only_found_below_litestream_is_one_sentence_too(station: Process) -> None:
    path = station.folder / "secrets" / "resident"
    kept = path.read_bytes()
    path.unlink()
    try:
        assert "缺少密封的文件" in refused(station)
    finally:
        path.write_bytes(kept)


def test_a_passphrase_opens_its_folder_and_another_one_does_not(city: Process, tmp_path: Path) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("a long enough passphrase\n")
    wrong.write_text("a long enough passphrasE\n")
    station = new_station(city, tmp_path, "sealed", "511602001009", "--passphrase-file", str(right))
    assert "用口令保护" in refused(station)
    assert "存储密钥不对" in refused(station, "--passphrase-file", wrong)
    done = command("tongban-station", "status", station.folder, "--passphrase-file", right)
    assert done.returncode == 0, done.stderr
    assert "511602001009" in done.stdout


# ---------------------------------------------------------------- a full disk


def free_bytes(place: Path) -> int:
    state = os.statvfs(place)
    return state.f_bavail * state.f_frsize


@contextlib.contextmanager
def full(place: Path, left: int = 0) -> Iterator[None]:
    """The disk, with only so many bytes left, as long as the block lasts."""
    fill(place, left)
    yield
    (place / "ballast").unlink()


def fill(place: Path, left: int = 0) -> None:
    with (place / "ballast").open("ab", buffering=0) as file:
        try:
            file.write(bytes(max(0, free_bytes(place) - left)))
        except OSError:  # something else has written meanwhile: the disk is full, and so much is given back
            file.truncate(max(0, file.tell() - left))


@pytest.mark.parametrize("litestream", [False, True], ids=["alone", "with Litestream"])
def test_a_full_disk_is_a_sentence_for_the_clerk_and_work_goes_on_when_there_is_room(
    city: Process, disk: Path, litestream: bool
) -> None:
    station = new_station(city, disk, "small", "511602001002", litestream=litestream)
    station.start()
    try:
        until(lambda: station.status()["catalogue_version"] == 1, "the catalogue arrives")
        with Clerk(station) as clerk:
            cases = [clerk.accept([clerk.first_file(jpeg(30_000))])]
            with full(disk, left=200_000):
                late = _accept_until_full(clerk, cases)
                assert all(clerk.has(number) for number in cases)
                _is_told(late)
                fill(disk)
                again = clerk.send({"name": "王小明"}, [clerk.first_file(jpeg(50_000))])
                _is_told(again)
                assert 'value="王小明"' in again.source
                listed = set(re.findall(r"/cases/(\d[\w-]+)", clerk.get("/cases").source))
                assert listed == set(cases)
                assert "磁盘已满" in _login(station).text
            taken = number_on(clerk.submit(late, "/apply", {"action": "accept"}))
            assert taken, "the form that was refused is taken as it stands once there is room"
            cases += [taken, clerk.accept([clerk.first_file(jpeg(60_000))])]
            until(lambda: delivered(station), "everything is delivered")
            assert len(set(cases)) == len(cases)
            assert all(clerk.has(number) for number in cases)
    finally:
        station.stop()
    sound(station)


def _accept_until_full(clerk: Clerk, cases: list[str]) -> Page:
    """Takes in cases until one is refused; gives the page that says so."""
    for _ in range(200):
        page = clerk.send()
        if not number_on(page):
            return page
        cases.append(number_on(page))
    raise AssertionError("the disk never was full")


def _is_told(page: Page) -> None:
    assert page.status == 507
    assert "磁盘已满" in page.text
    assert "请清理" in page.text


def _login(station: Process) -> Page:
    with Visitor(station.address) as visitor:
        return visitor.submit(visitor.get("/login"), "/login", {"login": "chuangkou", "password": PASSWORD})


def test_a_station_does_not_start_on_a_full_disk_and_starts_when_there_is_room(city: Process, disk: Path) -> None:
    station = new_station(city, disk, "small", "511602001003")
    with full(disk):
        assert "磁盘已满" in refused(station)
    station.start()
    station.stop()


def test_a_hub_with_a_full_disk_keeps_its_stations_waiting_and_nothing_is_lost(disk: Path, tmp_path: Path) -> None:
    hub = found_city(disk)
    station = new_station(hub, tmp_path, "station", "511602001001")
    station.start()
    try:
        until(lambda: station.status()["catalogue_version"] == 1, "the catalogue arrives")
        with Clerk(station) as clerk:
            with full(disk):
                number = clerk.accept()
                until(lambda: station.status()["line"]["code"] == "sync.parent_full", "the station is told why")
                assert not station.status()["line"]["online"]
                page = clerk.get("/status")
                assert "上级中心的磁盘已满，暂时不能接收；本机业务照常办理" in page.text
                assert "离线 · " not in page.text, "the line is not down, and the head of the page does not say so"
                assert "The disk of the parent hub is full" in clerk.get("/look?lang=en&back=/status").text
                assert '"kept":"station"' in clerk.get(f"/cases/{number}/state").source
                assert '"code": "database.full"' in hub.log.read_text()
            until(lambda: delivered(station), "it is delivered once there is room", 40)
            until(lambda: station.status()["line"] | {"contact_ms": 0} == ONLINE, "nothing is wrong any more")
    finally:
        station.stop()
        hub.stop()


# ---------------------------------------------------------------- killed


@pytest.fixture
def busy(city: Process, tmp_path: Path) -> Iterator[Process]:
    """A station that runs and has the catalogue."""
    station = new_station(city, tmp_path, "busy", "511602001004")
    station.start()
    until(lambda: station.status()["catalogue_version"] == 1, "the catalogue arrives")
    yield station
    station.kill()


def test_a_station_that_is_killed_while_photos_come_in_keeps_every_case_whose_receipt_was_shown(busy: Process) -> None:
    seen: list[str] = []

    def work(clerk: Clerk) -> None:
        with clerk, contextlib.suppress(httpx2.HTTPError, Failed):
            for number in range(1000):
                photo = jpeg(2 * MEBIBYTE, b"%d " % number)
                if shown := number_on(clerk.send(files=[clerk.first_file(photo)])):
                    seen.append(shown)

    with ThreadPoolExecutor(3) as pool:
        working = [pool.submit(work, Clerk(busy)) for _ in range(3)]
        until(lambda: len(seen) >= 6, "some cases are taken in")
        busy.kill()
    assert not [each.result() for each in working if each.exception()]
    busy.start()
    with Clerk(busy) as clerk:
        assert len(set(seen)) == len(seen)
        assert all(clerk.has(number) for number in seen)
        clerk.accept([clerk.first_file(jpeg(2 * MEBIBYTE))])
    until(lambda: delivered(busy), "all of them are delivered")
    busy.stop()
    sound(busy)


def test_a_photo_whose_delivery_was_cut_by_a_kill_arrives_whole(city: Process, busy: Process) -> None:
    texts = [b"photo %d of a lease " % number for number in range(3)]
    received = city.folder / "attachments"
    before = set(received.iterdir())

    def half_there() -> bool:
        fresh = set(received.iterdir()) - before
        return any(0 < path.stat().st_size < 8 * MEBIBYTE for path in fresh)

    with Clerk(busy) as clerk, ThreadPoolExecutor(1) as aside:
        name = clerk.first_file(b"")[0]
        files = [(name, (f"{place}.jpg", jpeg(9 * MEBIBYTE, text), "image/jpeg")) for place, text in enumerate(texts)]
        accepted = aside.submit(clerk.accept, files)
        until(half_there, "a photo is on its way")
        number = accepted.result()
        busy.kill()
        assert half_there()
        busy.start()
        links = _attachments(clerk.get(f"/cases/{number}"))
    assert len(links) == len(texts)
    with Visitor(city.address) as officer:
        officer.login("admin", PASSWORD)
        until(lambda: all(officer.get(link).status == 200 for link in links), "the photos arrive")
        contents = [officer.get(link).source for link in links]
    for text in texts:
        assert sum((text * 1000).decode() in content and len(content) >= 9 * MEBIBYTE for content in contents) == 1


def _attachments(page: Page) -> list[str]:
    return sorted(set(re.findall(r"/cases/[\w-]+/attachments/[\w-]+", page.source)))


def test_a_city_that_is_killed_during_an_import_or_before_the_decision_has_the_drafts_of_before(tmp_path: Path) -> None:
    city = found_city(tmp_path)
    rows = "".join(f"1151160211511602XY4{number:012},事项{number},4\n" for number in range(25_000))
    large: tuple[str, Upload] = ("file", ("大.csv", f"实施编码,事项名称,行使层级\n{rows}".encode(), "text/csv"))
    try:
        with Visitor(city.address) as admin:
            admin.login("admin", PASSWORD)
            before = admin.get("/catalogue/drafts.xlsx").source
            page = admin.submit(admin.get("/catalogue/import"), "/catalogue/import", {}, [large])
            assert page.status == 200
            until(lambda: "正在写入草稿" in admin.get("/catalogue/import").text, "drafts are written", 60)
            city.kill()
            city.start()
            page = admin.get("/catalogue/import")
            assert "大.csv 没有完成：导入中断了，草稿没有改动。请重新导入" in page.text
            assert admin.get("/catalogue/drafts.xlsx").source == before
            admin.submit(page, "/catalogue/import", {}, [large])
            until(lambda: "新增 25000" in admin.get("/catalogue/import").text, "the import is read", 90)
            city.kill()
            city.start()
            assert admin.get("/catalogue/drafts.xlsx").source == before
            page = admin.submit(admin.get("/catalogue/import"), "/catalogue/import/decide", {"decision": "every"})
            assert "新增 25000" in page.text
            assert admin.get("/catalogue/drafts.xlsx").source != before
    finally:
        city.stop()
