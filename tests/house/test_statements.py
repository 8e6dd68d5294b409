"""What a line may not do: refuse by assert, silence a type without a reason, patch what is under test."""

from __future__ import annotations

import ast
import re

from tests.house.source import ROOT, falls_under, files, modules, names_used

MARKER = "# type: " + "ignore"
REASONED = re.compile(re.escape(MARKER) + r"\[[\w, -]+\]\s+# \S")


def test_no_assert_outside_the_tests_so_that_optimised_python_runs_the_same() -> None:
    found = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assert)
    ]
    assert not found, "an assert vanishes under python -O; raise or return a refusal:\n" + "\n".join(found)


def test_nothing_depends_on_whether_python_was_started_optimised() -> None:
    found = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and node.id == "__debug__"
    ]
    assert not found, "\n".join(found)


def test_a_silenced_type_states_its_reason() -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for name in files()
        if name.endswith(".py")
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1)
        if MARKER in line and not REASONED.search(line)
    ]
    assert not found, f"write `{MARKER}[code]  # the reason`:\n" + "\n".join(found)


def test_tests_use_whole_fakes_and_patch_nothing() -> None:
    found = [
        f"{module.path}:{line} uses {name}"
        for module in modules("tests")
        for name, line in names_used(module)
        if falls_under(name, "unittest.mock", "mock", "pytest.MonkeyPatch")
    ]
    found += [
        f"{module.path}:{node.lineno} asks for {node.arg}"
        for module in modules("tests")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.arg) and node.arg in ("monkeypatch", "mocker")
    ]
    assert not found, "\n".join(found)
