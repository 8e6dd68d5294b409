"""The pages under docs/ name every refusal, every command and every option: a page that lags behind fails here."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import click
import pytest

from shared_models import texts
from shared_models.texts.__main__ import page
from tests.house.source import ROOT

CLIS = {"tongban-station": "edge_node.cli", "tongban-hub": "central.cli"}


def _page(name: str) -> str:
    path = ROOT / "docs" / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_every_sentence_stands_in_the_page_of_refusals_as_it_is_now() -> None:
    written = _page("refusals.md")
    missing = [code for code in texts.sentences() if f"`{code}`" not in written]
    assert not missing, f"run `make texts`: docs/refusals.md lacks {', '.join(missing)}"
    assert written == page(), "run `make texts`: docs/refusals.md says something else than shared_models/texts"


def _commands(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, by the words that one types."""
    yield name, command
    if isinstance(command, click.Group):
        for word, below in command.commands.items():
            yield from _commands(f"{name} {word}", below)


def _cli(name: str) -> click.Command:
    module = CLIS[name]
    if not (ROOT / f"{module.replace('.', '/')}.py").exists():
        pytest.skip(f"{name} has no command line yet ({module} is missing)")
    main = importlib.import_module(module).main
    assert isinstance(main, click.Command)
    return main


def _options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            yield max((*parameter.opts, *parameter.secondary_opts), key=len)


@pytest.mark.parametrize("name", CLIS)
def test_every_command_and_option_stands_in_the_operations_page(name: str) -> None:
    """An option must stand in a section that also names its command, so that it is explained where one looks."""
    main = _cli(name)
    sections = re.split(r"^#+ ", _page("operations.md"), flags=re.M)
    missing = []
    for path, command in _commands(name, main):
        about = [text for text in sections if re.search(rf"{re.escape(path)}\b", text)]
        if not about:
            missing.append(path)
        missing += [
            f"{path} {option}"
            for option in _options(command)
            if not any(re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text) for text in about)
        ]
    assert not missing, "docs/operations.md does not explain:\n" + "\n".join(missing)


@pytest.mark.parametrize("name", CLIS)
def test_help_explains_every_command_and_option(name: str) -> None:
    silent = []
    for path, command in _commands(name, _cli(name)):
        if not command.help:
            silent.append(path)
        silent += [
            f"{path} {parameter.opts[0]}"
            for parameter in command.params
            if isinstance(parameter, click.Option) and not parameter.hidden and not parameter.help
        ]
    assert not silent, "without a line of help:\n" + "\n".join(silent)


def test_decisions_are_numbered_without_a_gap_and_have_their_three_parts() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in text, f"{path.name} lacks {part!r}"
