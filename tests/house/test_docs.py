"""The pages under docs/ name every refusal, command, option, variable, setting and limit, as they are now."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

import click
import msgspec
import pytest

import central.cli
import edge_node.cli
from deploy.places import PLACES
from shared_models import texts
from shared_models.texts.__main__ import page as page_of_refusals
from sync_protocol.host import commands, folder, parent_death
from sync_protocol.host.settings import NodeSettings, Parent
from tests.house.pages import page, section, sections
from tests.house.source import ROOT, Module, files, modules

CLIS = {"tongban-hub": central.cli.main, "tongban-station": edge_node.cli.main}
OPERATIONS, DEPLOY = "operations.md", "../deploy/README.md"
UNITS = {
    "KiB": 1024, "MiB": 1024**2, "s": 1000, "min": 60_000, "h": 3_600_000, "days": 86_400_000,
}  # fmt: skip
"""Bytes, or milliseconds."""


def test_every_sentence_stands_in_the_page_of_refusals_as_it_is_now() -> None:
    written = page("refusals.md")
    missing = [code for code in texts.sentences() if f"`{code}`" not in written]
    assert not missing, f"run `make texts`: docs/refusals.md lacks {', '.join(missing)}"
    assert written == page_of_refusals(), "run `make texts`: docs/refusals.md says something else than the source"


# ---------------------------------------------------------------- commands


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it that one is meant to type, by the words that one types."""
    if not command.hidden:
        yield path, command
    if isinstance(command, click.Group):
        for word, below in command.commands.items():
            yield from _commands(f"{path} {word}", below)


COMMANDS = {path: command for name, main in CLIS.items() for path, command in _commands(name, main)}
TYPED = {path: command for path, command in COMMANDS.items() if not isinstance(command, click.Group)}


def _options(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option) and not each.hidden]


def _long(option: click.Option) -> str:
    return max((*option.opts, *option.secondary_opts), key=len)


def _shared() -> set[str]:
    """The options that the page explains once for all commands."""
    return set(re.findall(r"`(--[\w-]+)", section(OPERATIONS, "What all commands share").text))


def test_every_command_has_its_section_and_every_section_of_a_command_its_command() -> None:
    titles = [each.title for each in sections(OPERATIONS) if each.title.startswith(tuple(CLIS))]
    assert sorted(titles) == sorted(TYPED)


@pytest.mark.parametrize("path", TYPED)
def test_the_section_of_a_command_explains_its_options_and_no_others(path: str) -> None:
    command, about = TYPED[path], section(OPERATIONS, path)
    own = {_long(option) for option in _options(command)} - _shared()
    assert set(about.named()) == own
    usage = about.text.strip().splitlines()[0]
    arguments = [each.human_readable_name for each in command.params if isinstance(each, click.Argument)]
    needed = [_long(option) for option in _options(command) if option.required]
    assert [name for name in (*arguments, *needed) if name.rstrip(".").lower() not in usage.lower()] == []


def test_an_option_that_is_explained_for_all_commands_is_one_of_all_commands_that_take_a_folder() -> None:
    of_groups = {_long(option) for main in CLIS.values() for option in _options(main)}
    with_data = {
        path: command for path, command in TYPED.items() if any(each.name == "data" for each in command.params)
    }
    assert len(with_data) > len(TYPED) - 5
    for path, command in with_data.items():
        assert _shared() - of_groups - {"--help"} <= {_long(option) for option in _options(command)}, path


@pytest.mark.parametrize("path", COMMANDS)
def test_help_explains_every_command_and_option(path: str) -> None:
    command = COMMANDS[path]
    assert command.help
    assert [option.opts[0] for option in _options(command) if not option.help] == []


def test_every_exit_code_is_explained() -> None:
    told = section(OPERATIONS, "When something is wrong").rows()
    assert [row[0] for row in told if row[0].isdigit()] == ["0", str(commands.REFUSED), "2", str(commands.UNREACHABLE)]


def test_the_readme_names_every_word_that_follows_a_program() -> None:
    told = section("../README.md", "Two commands").text
    for name, main in CLIS.items():
        listed = told.split(f"`{name}`")[1].split(")")[0]
        words = [word for word, command in main.commands.items() if not command.hidden]
        assert sorted(re.findall(r"`([\w-]+)`", listed)) == sorted(words), name


def test_the_readme_names_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"^make (\w+)", page("../README.md"), re.MULTILINE)) <= targets


# ---------------------------------------------------------------- settings


def test_the_table_of_variables_is_complete_and_names_no_others() -> None:
    read = {str(option.envvar) for command in COMMANDS.values() for option in _options(command) if option.envvar}
    own = {folder.LOCK_VARIABLE, parent_death.PARENT_VARIABLE}
    assert sorted(section(OPERATIONS, "Environment variables").named()) == sorted(read | own)


def test_the_table_of_settings_is_complete_and_names_no_others() -> None:
    fields = [field.name for field in msgspec.structs.fields(NodeSettings)]
    below = [f"parent.{field.name}" for field in msgspec.structs.fields(Parent)]
    told = section(OPERATIONS, "settings.json").rows()
    assert sorted(row[0].strip("`") for row in told) == sorted([*fields, *below])


def _found(name: str) -> Any:
    """What a dotted name stands for, such as `package.module.Class.field[1]`."""
    path, _, index = name.rstrip("]").partition("[")
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            value = getattr(value, part)
        return value[int(index)] if index else value
    raise AssertionError(f"there is no {name}")


def _in_base_units(name: str, value: Any) -> float:
    """A limit of the source in bytes or milliseconds, or as it stands."""
    if isinstance(value, str):  # as Litestream writes times
        return float(value[:-1]) * UNITS[value[-1]]
    unit = next((unit for word, unit in (("SECONDS", "s"), ("DAYS", "days")) if word in name.upper()), "")
    return float(value) * UNITS.get(unit, 1)


@pytest.mark.parametrize("row", section(OPERATIONS, "Limits").rows(), ids=lambda row: row[2].strip("`"))
def test_a_limit_is_what_the_page_says(row: list[str]) -> None:
    _, told, name = row
    number, _, unit = told.replace(",", "").partition(" ")
    name = name.strip("`")
    assert float(number) * UNITS.get(unit, 1) == _in_base_units(name, _found(name))


# ---------------------------------------------------------------- the demonstration


def test_everything_in_deploy_is_explained() -> None:
    there = {name.removeprefix("deploy/").partition("/")[0] for name in files() if name.startswith("deploy/")}
    told = section(DEPLOY, "deploy: the demonstration, and what a real place starts from").named()
    assert {name.rstrip("/") for name in told} == there - {"__init__.py", "README.md"}


def test_the_places_of_the_demonstration_are_those_of_the_table() -> None:
    told = [
        (place.key, place.name, place.area, str(place.port),
         ", ".join(f"`{person.login}` ({person.role})" for person in place.people))
        for place in PLACES
    ]  # fmt: skip
    assert [(row[0].strip("`"), *row[1:]) for row in section(DEPLOY, "The four places").rows()] == told


def test_the_options_of_the_demonstration_are_those_of_the_table() -> None:
    taken = re.findall(r'add_argument\("(--\w+)"', (ROOT / "deploy" / "demo.py").read_text(encoding="utf-8"))
    assert section(DEPLOY, "Running it").named() == taken


# ---------------------------------------------------------------- names and decisions


def test_what_goes_wrong_is_named_by_codes_that_exist() -> None:
    rows = section(OPERATIONS, "When something is wrong").rows()
    codes = [code for row in rows for code in re.findall(r"`([a-z]+\.[a-z_.]+)`", row[0])]
    assert len(codes) > 10
    assert [code for code in codes if code not in texts.sentences()] == []


def test_the_table_of_log_entries_is_complete_and_names_no_others() -> None:
    written = re.compile(r"\.(?:info|warning|error|critical)\(\s*\"([^\"]+)\"")
    entries = {event for module in modules() for event in written.findall(_without_docstrings(module))}
    assert set(section(OPERATIONS, "Logs").named()) == entries


def _without_docstrings(module: Module) -> str:
    return re.sub(r'"""[\s\S]*?"""', "", module.text)


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "deploy").rglob("*.md"))],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)  # fmt: skip
def test_every_link_leads_somewhere(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        if "://" in target:
            continue
        there = (path.parent / file) if file else path
        if not there.exists() or (anchor and anchor not in _anchors(there.read_text(encoding="utf-8"))):
            broken.append(target)
    assert not broken


def _anchors(text: str) -> set[str]:
    """The anchors that headings get: small letters, blanks as hyphens, no other signs."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_decisions_are_numbered_without_a_gap_and_have_their_three_parts() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in text, f"{path.name} lacks {part!r}"
