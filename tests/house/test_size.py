"""A function fits on a screen, and a module holds one concern."""

from __future__ import annotations

import ast

from tests.house.source import modules

FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 500


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{module.path}:{node.lineno} {node.name}() has {lines} lines"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert not long, f"at most {FUNCTION_LINES_MAX} lines a function; take a part out:\n" + "\n".join(long)


def test_no_module_holds_two_concerns() -> None:
    big = [
        f"{module.path} has {lines} lines"
        for module in modules()
        if (lines := len(module.text.splitlines())) > MODULE_LINES_MAX
    ]
    assert not big, f"at most {MODULE_LINES_MAX} lines a module; split it by concern:\n" + "\n".join(big)
