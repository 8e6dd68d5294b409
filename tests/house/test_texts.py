"""Every refusal has its whole sentence, in Chinese and in English, and every sentence gets the values it asks for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from string import Formatter

from shared_models import texts
from tests.house.source import Module, modules

CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*){1,2}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CHINESE_END = re.compile(r"([。！？][”」』）]?|\})\Z")
ENGLISH_END = re.compile(r"([.!?][\"'”’)]?|\})\Z")
"""A sentence may also end in a placeholder, which then brings a sentence of its own."""


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _refusals(module: Module) -> Iterator[ast.Call]:
    """Every call that makes a refusal."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and node.args:
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            if name == "Refusal":
                yield node


def _codes(node: ast.expr) -> Iterator[str]:
    """The codes written out in a first argument: a literal, or either side of `a if x else b`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _codes(node.body)
        yield from _codes(node.orelse)


def test_every_refusal_has_a_sentence_that_gets_its_values() -> None:
    wrong = []
    for module in modules():
        for call in _refusals(module):
            where = f"{module.path}:{call.lineno}"
            given = {keyword.arg for keyword in call.keywords}
            for code in _codes(call.args[0]):
                pair = texts.sentences().get(code)
                if pair is None:
                    wrong.append(f"{where} {code} has no sentence in shared_models/texts/{code.split('.')[0]}.py")
                elif None not in given and (missing := _placeholders(pair[0]) - given):
                    wrong.append(f"{where} {code} is not given {', '.join(sorted(missing))}")
    assert not wrong, "\n".join(wrong)


def test_a_code_is_written_out_where_it_is_used() -> None:
    built = [
        f"{module.path}:{call.lineno}"
        for module in modules()
        for call in _refusals(module)
        if isinstance(call.args[0], ast.JoinedStr | ast.BinOp | ast.Call)
    ]
    assert not built, "a code that is put together cannot be found by search:\n" + "\n".join(built)


def test_every_sentence_is_whole_in_both_languages() -> None:
    wrong = []
    for code, (chinese, english) in texts.sentences().items():
        if not CODE.fullmatch(code):
            wrong.append(f"{code}: a code is room.reason or room.group.reason, in small letters")
        if not CHINESE.search(chinese) or not CHINESE_END.search(chinese):
            wrong.append(f"{code}: the Chinese is not a sentence with its full stop: {chinese!r}")
        if not english.strip() or not ENGLISH_END.search(english):
            wrong.append(f"{code}: the English is not a sentence with its full stop: {english!r}")
    assert not wrong, "\n".join(wrong)


def test_both_languages_ask_for_the_same_values() -> None:
    wrong = [
        f"{code}: {sorted(_placeholders(chinese))} and {sorted(_placeholders(english))}"
        for code, (chinese, english) in texts.sentences().items()
        if _placeholders(chinese) != _placeholders(english)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_placeholder_is_a_plain_name() -> None:
    wrong = [
        f"{code}: {{{name}}}"
        for code, pair in texts.sentences().items()
        for text in pair
        for name in _placeholders(text)
        if not name.isidentifier()
    ]
    assert not wrong, "\n".join(wrong)
