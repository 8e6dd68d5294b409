"""`account` of both programs: the same commands, whether the node runs or stands still."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import central.cli
import edge_node.cli
from deploy.processes import Failed, Process
from deploy.visitor import Visitor
from tests.journeys.nodes import ADMIN, CLERK, PASSWORD, found_city, new_station

SECOND = "another long one"


@dataclass
class Command:
    """A program, on one data folder."""

    main: click.Group
    folder: Path
    role: str

    def __call__(self, verb: str, *arguments: str | Path, typed: str = "") -> Result:
        words = ["account", verb, str(self.folder), *map(str, arguments)]
        return CliRunner().invoke(self.main, words, input=typed, catch_exceptions=False)

    def told(self, verb: str, *arguments: str | Path, typed: str = "") -> str:
        done = self(verb, *arguments, typed=typed)
        assert done.exit_code == 0, done.stderr
        return done.stdout

    def refused(self, verb: str, *arguments: str | Path, typed: str = "") -> str:
        done = self(verb, *arguments, typed=typed)
        assert (done.exit_code, done.stdout) == (1, ""), done.output
        (sentence,) = done.stderr.strip().splitlines()[-1:]
        return str(sentence)

    def person(self, login: str) -> dict[str, Any]:
        people = json.loads(self.told("list", "--json"))["people"]
        (found,) = [each for each in people if each["login"] == login]
        return dict(found)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = found_city(tmp_path_factory.mktemp("city"), published=False)
    yield process
    process.stop()


@pytest.fixture(scope="module")
def station(city: Process, tmp_path_factory: pytest.TempPathFactory) -> Process:
    """A station that stands still."""
    return new_station(city, tmp_path_factory.mktemp("station"), "station", "511602001001")


@pytest.fixture(params=["a running hub", "a station that stands still"])
def command(request: pytest.FixtureRequest, city: Process, station: Process) -> Command:
    if request.param == "a running hub":
        return Command(central.cli.main, city.folder, "officer")
    return Command(edge_node.cli.main, station.folder, "clerk")


def test_a_person_comes_forgets_the_password_changes_roles_leaves_and_comes_back(
    command: Command, tmp_path: Path
) -> None:
    made = command.told("add", "--login", "liming", "--name", "李明", "--role", command.role, "--generate")
    (password,) = re.findall(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", made)
    file = tmp_path / "password"
    file.write_text("one from a file\n")
    assert password not in command.told("password", "LiMing", "--password-file", file)
    assert "已重置" in command.told("password", "liming", "--password-stdin", typed=f"{PASSWORD}\n")
    (again,) = re.findall(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", command.told("password", "liming", "--generate"))
    assert again != password
    assert "admin" in command.told("roles", "liming", "admin", command.role)
    assert set(command.person("liming")["roles"]) == {"admin", command.role}
    assert "已停用" in command.told("disable", "liming")
    assert command.person("liming")["state"] == "disabled"
    assert "已恢复" in command.told("enable", "liming")
    assert "liming  李明" in command.told("list")
    assert "可以登录" in command.told("list")


def test_what_cannot_be_done_is_one_sentence(command: Command, tmp_path: Path) -> None:
    for verb, *rest in (("password", "nobody", "--generate"), ("roles", "nobody", "admin"), ("disable", "nobody")):
        assert "没有用户名为“nobody”的账号" in command.refused(verb, *rest)
    assert "密码长度" in command.refused("password", "admin", "--password-stdin", typed="short\n")
    assert "没有给出密码" in command.refused("password", "admin", "--password-stdin", typed="\n")
    assert "没有给出密码" in command.refused("password", "admin")
    assert "多于一种" in command.refused("password", "admin", "--generate", "--password-stdin", typed=f"{PASSWORD}\n")
    assert "读不出文件" in command.refused("password", "admin", "--password-file", tmp_path / "nowhere")
    assert command("roles", "admin", "emperor").exit_code == 2
    assert command("roles", "admin").exit_code == 2


def test_a_password_is_typed_twice(command: Command) -> None:
    typed = command("password", "admin", typed=f"{SECOND}\n{SECOND}\n")
    assert typed.exit_code == 0, typed.stderr
    assert SECOND not in typed.output
    assert "没有给出密码" in command.refused("password", "admin", typed=f"{SECOND}\nsomething else\n")


def test_whoever_issues_attestations_needs_a_department(city: Process) -> None:
    command = Command(central.cli.main, city.folder, "officer")
    command.told("add", "--login", "minzheng", "--name", "民政经办", "--role", "officer", "--generate")
    assert "请填写部门代码" in command.refused("roles", "minzheng", "issuer")
    command.told("roles", "minzheng", "issuer", "officer", "--department", "mz")
    person = command.person("minzheng")
    assert len(person.pop("actor")) == 12
    assert person == {
        "login": "minzheng", "name": "民政经办", "roles": ["officer", "issuer"], "department": "mz", "state": "active",
        "locked_ms": 0, "key": "",
    }  # fmt: skip
    command.told("roles", "minzheng", "issuer")
    assert command.person("minzheng")["department"] == "mz"


def test_a_reset_at_a_running_station_lets_a_locked_clerk_in_and_ends_the_old_session(
    city: Process, tmp_path: Path
) -> None:
    station = new_station(city, tmp_path, "second", "511602001002")
    command = Command(edge_node.cli.main, station.folder, "clerk")
    station.start()
    try:
        with Visitor(station.address) as at_work, Visitor(station.address) as guesser, Visitor(station.address) as back:
            at_work.login(CLERK.login, PASSWORD)
            for _ in range(5):
                with pytest.raises(Failed):
                    guesser.login(CLERK.login, "a guess")
            assert command.person(CLERK.login)["state"] == "locked"
            assert "暂停登录" in command.told("list")
            command.told("password", CLERK.login, "--password-stdin", typed=f"{SECOND}\n")
            assert command.person(CLERK.login)["state"] == "active"
            assert "/login" in at_work.get("/cases").url
            back.login(CLERK.login, SECOND)
            assert back.get("/cases").status == 200
            command.told("disable", CLERK.login)
            assert "/login" in back.get("/cases").url
            command.told("roles", ADMIN.login, "clerk", "admin")
    finally:
        station.stop()
