"""The city's root key stays on a machine without network: the ceremony as people type it, and every wrong file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from central import root_ceremony, root_key
from central.root_ceremony import Request, Signing
from shared_models.refusals import Refusal
from shared_models.signing import KeyPair, name_of_key, text_of
from tests.central.test_cli import ROOT, free_port, refused, running, status, told

PASSPHRASE = "一把好钥匙 2026"
NAME = "广安市政务服务中心"

NO_SOCKETS = """
import sys

def watch(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"a socket was used: {event}")

sys.addaudithook(watch)
from central.cli import main
main(sys.argv[1:], prog_name="tongban-hub")
"""


class Ceremony:
    """The files of a ceremony; `sign` runs where a socket ends the process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.key, self.passphrase = folder / "5116.root", folder / "passphrase"
        self.request, self.answer = folder / "5116.request", folder / "5116.answer"
        self.passphrase.write_text(PASSPHRASE + "\n")

    def opening(self) -> tuple[str | Path, ...]:
        return "--root-passphrase-file", self.passphrase

    def create(self, key: Path | None = None) -> str:
        return told("--lang", "en", "root", "create", "--out", key or self.key, *self.opening())

    def ask(self, hub: str = "city", name: str = NAME) -> str:
        return told("--lang", "en", "init", self.folder / hub, "--tier", "city", "--area", "5116", "--name", name,
                    "--port", str(self.port), "--no-litestream", "--root-request", self.request)  # fmt: skip

    def sign(self, *options: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
        arguments = ("--lang", "en", "root", "sign", self.request, "--key", self.key, "--out", self.answer,
                     *self.opening(), *options)  # fmt: skip
        return subprocess.run(
            [*WITHOUT_NETWORK, sys.executable, "-c", NO_SOCKETS, *map(str, arguments)], cwd=ROOT, input=typed,
            capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip

    def admit(self, hub: str = "city") -> str:
        return told("--lang", "en", "root", "admit", self.folder / hub, self.answer)


def _without_network() -> list[str]:
    """A namespace without any network, where the system lets us have one."""
    command = ["unshare", "--map-root-user", "--net"]
    try:
        done = subprocess.run([*command, "true"], capture_output=True, check=False, timeout=20)
    except OSError:
        return []
    return command if done.returncode == 0 else []


WITHOUT_NETWORK = _without_network()


@pytest.fixture
def ceremony(tmp_path: Path) -> Ceremony:
    made = Ceremony(tmp_path)
    made.create()
    made.ask()
    return made


def test_a_city_is_founded_by_a_root_that_never_sees_its_hub_nor_a_network(ceremony: Ceremony) -> None:
    assert "root admit" in refused("--lang", "en", "run", ceremony.folder / "city")
    signed = ceremony.sign("--yes")
    assert signed.returncode == 0, signed.stderr
    node = json.loads(ceremony.request.read_bytes())["request"]["node"]
    assert NAME in signed.stdout
    assert node in signed.stdout
    assert node in ceremony.admit()
    assert not (ceremony.folder / "city" / "secrets" / "root").exists()
    with running(ceremony.folder / "city", ceremony.port):
        assert status(ceremony.port)["node"] == node
        assert "5116" in told("invite", ceremony.folder / "city", "--area", "511602", "--name", "区", "--json")
        ceremony.admit()  # again, and while it runs


def test_the_same_processes_can_be_seen_to_use_a_socket(tmp_path: Path) -> None:
    code = NO_SOCKETS.replace("main(sys.argv[1:]", "import socket; socket.socket(); main(sys.argv[1:]")
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert "a socket was used" in done.stderr


def test_nothing_is_signed_without_a_yes(ceremony: Ceremony) -> None:
    done = ceremony.sign(typed="n\n")
    assert done.returncode == 1
    assert "Nothing was signed" in done.stderr
    assert not ceremony.answer.exists()
    assert ceremony.sign(typed="y\n").returncode == 0


def test_a_root_key_opens_with_its_passphrase_alone_and_is_not_overwritten(ceremony: Ceremony) -> None:
    assert "exists" in refused("--lang", "en", "root", "create", "--out", ceremony.key, *ceremony.opening())
    assert PASSPHRASE.encode() not in ceremony.key.read_bytes()
    ceremony.passphrase.write_text("another one\n")
    assert "does not open" in ceremony.sign("--yes").stderr
    ceremony.passphrase.write_text("short\n")
    assert "too short" in refused("--lang", "en", "root", "create", "--out", ceremony.key.with_suffix(".2"),
                                  *ceremony.opening())  # fmt: skip


def _changed(path: Path, change: Callable[[Any], None]) -> None:
    value = json.loads(path.read_bytes())
    change(value)
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True))


def test_a_request_that_was_changed_on_its_way_is_not_signed(ceremony: Ceremony) -> None:
    good = ceremony.request.read_bytes()
    other = text_of(KeyPair.from_seed(bytes(32)).public)
    for change in (
        lambda value: value["request"].update(name="另一个中心"),
        lambda value: value["request"].update(key=other),
        lambda value: value["request"].update(words=["接纳一个很好的中心", "Admit a very good hub"]),
    ):
        ceremony.request.write_bytes(good)
        _changed(ceremony.request, change)
        assert "changed on its way" in ceremony.sign("--yes").stderr
    for content in (b"", b"{}", b"\xff\xfe", b"[" * 5000, good[:-20]):
        ceremony.request.write_bytes(content)
        done = ceremony.sign("--yes")
        assert (done.returncode, "no request" in done.stderr) == (1, True), content[:20]
    assert not ceremony.answer.exists()


def test_an_answer_that_was_changed_or_is_for_another_hub_is_not_taken_in(ceremony: Ceremony) -> None:
    ceremony.sign("--yes")
    good = ceremony.answer.read_bytes()
    hub = ceremony.folder / "city"
    flipped = json.loads(good)["signature"][:-4] + "AAAA"
    _changed(ceremony.answer, lambda value: value.update(signature=flipped))
    assert "changed on its way" in refused("--lang", "en", "root", "admit", hub, ceremony.answer)
    ceremony.answer.write_bytes(good[:100])
    assert "no answer" in refused("--lang", "en", "root", "admit", hub, ceremony.answer)
    ceremony.answer.write_bytes(good)
    ceremony.ask("other")
    said = refused("--lang", "en", "root", "admit", ceremony.folder / "other", ceremony.answer)
    assert "does not admit this hub" in said
    assert not (ceremony.folder / "other" / "tongban.db").exists()
    ceremony.admit()


def test_a_second_root_cannot_speak_for_a_city_that_has_one(ceremony: Ceremony) -> None:
    ceremony.sign("--yes")
    ceremony.admit()
    first, ceremony.key = ceremony.key, ceremony.key.with_suffix(".other")
    ceremony.create(ceremony.key)
    node = json.loads(ceremony.request.read_bytes())["request"]["node"]
    told("root", "request", ceremony.folder / "city", "--out", ceremony.request, "--revoke", node)
    assert "use the right one" in ceremony.sign("--yes").stderr
    ceremony.key = first
    done = ceremony.sign("--yes")
    assert "Revoke" in done.stdout
    assert "roster.revoked" in ceremony.admit()


def test_the_root_key_of_a_city_founded_in_one_step_is_taken_away(tmp_path: Path) -> None:
    ceremony = Ceremony(tmp_path)
    hub = tmp_path / "city"
    said = told("--lang", "en", "init", hub, "--tier", "city", "--area", "5116", "--name", NAME)
    assert "root export" in said
    told("root", "export", hub, "--out", ceremony.key, *ceremony.opening())
    assert not (hub / "secrets" / "root").exists()
    root = json.loads((hub / "settings.json").read_bytes())["root_key"]
    assert text_of(root_key.read(ceremony.key, PASSPHRASE).public) == root
    assert "no root key" in refused("--lang", "en", "root", "export", hub, "--out", tmp_path / "again",
                                    *ceremony.opening())  # fmt: skip
    told("status", hub)


# ---------------------------------------------------------------- without processes


def _request(**changes: Any) -> Request:
    pair = KeyPair.from_seed(b"h" * 32)
    values = {
        "by": text_of(pair.public), "city": "5116", "does": "admit", "incarnation": "", "key": text_of(pair.public),
        "name": NAME, "node": name_of_key(pair.public), "prev": "", "root": "", "seq": 0, "suite": 1, "time": 1,
        "version": 1, **changes,
    }  # fmt: skip
    return Request(**values)


def test_every_record_of_the_root_opens_a_chain_of_its_own() -> None:
    root = KeyPair.from_seed(b"r" * 32)
    answers = [root_ceremony.sign(_request(), Signing(root, 1, name * 16)) for name in ("a", "b")]
    places = [root_ceremony.record_in(each).position for each in answers]
    assert [(each.incarnation, each.seq) for each in places] == [("a" * 16, 1), ("b" * 16, 1)]


@pytest.mark.parametrize(
    "changes", [{"version": 2}, {"suite": 2}, {"name": "两行\n字"}, {"key": "AAAA"}, {"node": "a" * 16}]
)
def test_a_request_that_says_what_cannot_be_is_refused_though_it_is_signed(changes: dict[str, Any]) -> None:
    asker = KeyPair.from_seed(b"h" * 32)
    with pytest.raises(Refusal):
        root_ceremony.request_in(root_ceremony.request_bytes(_request(**changes), asker))
