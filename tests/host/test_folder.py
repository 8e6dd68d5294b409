"""The data folder, its lock, its settings and its port: refused in a sentence, and never half written."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.refusals import Refusal
from sync_protocol.host.files import write_durably
from sync_protocol.host.folder import DataFolder, listen_socket, new_folder

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from sync_protocol.host.folder import DataFolder
folder = DataFolder(Path(sys.argv[1]))
folder.lock("http://127.0.0.1:8601")
print("locked", flush=True)
sys.stdin.read()
"""
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the folder `data`."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "data")]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdout is None or process.stdout.readline() != "locked\n":
        raise AssertionError("the other process did not start")
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A file system that cannot be written, not even by root."""
    place = tmp_path / "read-only"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a read-only disk cannot be mounted here: that takes root on Linux")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A file system without any room left."""
    place = tmp_path / "full"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here: that takes root on Linux")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        (place / "everything").write_bytes(bytes(200_000))


def test_a_new_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "a" / "数据")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert list(folder.path.iterdir()) == []
    assert folder.database == folder.path / "tongban.db"


def test_a_folder_that_is_not_to_be_made_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        DataFolder(tmp_path / "absent", create=False)
    assert refused.value == Refusal("folder.missing", path=str(tmp_path / "absent"))
    assert not (tmp_path / "absent").exists()


def test_a_folder_that_cannot_be_written_is_refused(read_only: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (read_only, read_only / "below", tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(Refusal) as refused:
            DataFolder(path)
        assert refused.value == Refusal("folder.not_writable", path=str(path))


def test_a_full_disk_is_refused_at_the_start(full: Path) -> None:
    fill(full)
    with pytest.raises(Refusal) as refused:
        DataFolder(full)
    assert refused.value == Refusal("folder.full", path=str(full))


def test_a_second_process_is_refused_with_the_pid_and_address_of_the_first(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(Refusal) as refused:
        folder.lock(wait_seconds=0)
    assert refused.value == Refusal(
        "folder.in_use", path=str(folder.path), pid=str(holder.pid), address="http://127.0.0.1:8601"
    )
    assert str(holder.pid) in str(refused.value)


def test_a_killed_process_holds_nothing(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    DataFolder(tmp_path / "data").lock()


def test_a_process_that_is_just_ending_is_waited_for(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    timer = threading.Timer(0.2, holder.kill)
    timer.start()
    folder = DataFolder(tmp_path / "data")
    folder.lock()
    timer.join()
    folder.unlock()


def test_a_lock_can_be_let_go_and_taken_again(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    for folder in (first, second, first):
        folder.lock()
        folder.lock()
        folder.unlock()


def test_a_lock_goes_on_to_a_process_that_is_handed_it_and_outlives_the_first(tmp_path: Path) -> None:
    """As Litestream hands it to the application: whoever of them lives keeps everybody else out."""
    folder = DataFolder(tmp_path / "data")
    folder.lock()
    environment = {**os.environ, **folder.hand_on_lock()}
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "data")]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, close_fds=False, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as heir:
        if heir.stdout is None:
            raise AssertionError("no output")
        assert heir.stdout.readline() == "locked\n"
        folder.unlock()
        with pytest.raises(Refusal) as refused:
            DataFolder(tmp_path / "data").lock(wait_seconds=0)
        heir.communicate()
    assert refused.value.values["pid"] == str(os.getpid())
    assert refused.value.values["address"] == "http://127.0.0.1:8601"
    DataFolder(tmp_path / "data").lock()


@pytest.mark.parametrize("claim", ["3", "99999", "x", "-1"])
def test_a_lock_that_is_only_claimed_does_not_count(tmp_path: Path, holder: subprocess.Popen[str], claim: str) -> None:
    script = "import sys; from pathlib import Path; from sync_protocol.host.folder import DataFolder\n"
    script += "try: DataFolder(Path(sys.argv[1])).lock(wait_seconds=0)\nexcept Exception as error: print(error.code)"
    command = [sys.executable, "-c", script, str(tmp_path / "data")]
    environment = {**os.environ, "TONGBAN_LOCK": claim}
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout == "folder.in_use\n"


@given(st.dictionaries(st.text(), JSON_VALUES))
def test_settings_come_back_as_they_were_kept(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, Any]
) -> None:
    folder = DataFolder(tmp_path_factory.mktemp("settings"))
    assert folder.settings() == {}
    folder.save_settings(settings)
    assert folder.settings() == settings
    assert stat.S_IMODE((folder.path / "settings.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b" " * 1_100_000 + b"{}"])
def test_damaged_settings_are_told_and_kept(tmp_path: Path, content: bytes) -> None:
    folder = DataFolder(tmp_path)
    (tmp_path / "settings.json").write_bytes(content)
    with pytest.raises(Refusal) as refused:
        folder.settings()
    assert refused.value == Refusal("folder.settings_damaged", path=str(tmp_path / "settings.json"))
    assert (tmp_path / "settings.json").read_bytes() == content


def test_a_full_disk_leaves_the_old_settings(full: Path) -> None:
    folder = DataFolder(full)
    folder.save_settings({"name": "old"})
    fill(full)
    with pytest.raises(Refusal) as refused:
        folder.save_settings({"name": "new" * 10_000})
    assert refused.value == Refusal("folder.full", path=str(full))
    assert folder.settings() == {"name": "old"}
    assert {path.name for path in full.iterdir()} == {"settings.json", "everything"}


def test_a_file_is_never_seen_half_written(tmp_path: Path) -> None:
    path, halves = tmp_path / "file", [b"a" * 300_000, b"b" * 300_000]
    write_durably(path, halves[0])
    seen: set[bytes] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    watcher = threading.Thread(target=look)
    watcher.start()
    for number in range(40):
        write_durably(path, halves[number % 2])
    done.set()
    watcher.join()
    assert seen <= set(halves)
    assert list(tmp_path.iterdir()) == [path]


def test_a_socket_listens_on_loopback_unless_told_otherwise() -> None:
    with listen_socket() as listening:
        host, port = listening.getsockname()
        assert host == "127.0.0.1"
        socket.create_connection((host, port)).close()


def test_a_port_that_is_taken_is_named() -> None:
    with listen_socket() as first:
        port = first.getsockname()[1]
        with pytest.raises(Refusal) as refused:
            listen_socket("127.0.0.1", port)
    assert refused.value == Refusal("folder.port_taken", host="127.0.0.1", port=port)
    assert str(port) in str(refused.value)
    listen_socket("127.0.0.1", port).close()


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host.invalid", "999.1.1.1"])
def test_an_address_that_is_not_this_machine_s_is_named(host: str) -> None:
    with pytest.raises(Refusal) as refused:
        listen_socket(host, 0)
    assert refused.value == Refusal("folder.address_unusable", host=host, port=0)


# ---------------------------------------------------------------- a folder to set up


def set_up_in_vain(path: Path) -> None:
    with new_folder(path) as folder:
        folder.save_settings({"name": "x"})
        (folder.path / "secrets").mkdir()
        (folder.path / "secrets" / "root").write_bytes(b"x")
        raise Refusal("central.city_area")


def test_a_set_up_that_fails_leaves_nothing_behind_not_even_the_folders_above(tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        set_up_in_vain(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_set_up_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Refusal):
        set_up_in_vain(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_set_up_that_succeeds_stays_and_lets_the_folder_go(tmp_path: Path) -> None:
    with new_folder(tmp_path / "a") as folder:
        folder.save_settings({"name": "x"})
    with DataFolder(tmp_path / "a", create=False).locked() as again:
        assert again.settings() == {"name": "x"}


def test_a_set_up_beside_another_process_removes_nothing_of_its(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "a").locked() as first:
        (first.path / "theirs").write_text("x")
        with pytest.raises(Refusal) as caught, new_folder(tmp_path / "a"):
            pass
        assert caught.value.code == "folder.in_use"
        assert (first.path / "theirs").exists()
