"""The project's own files as the house tests read them: what there is, and which outside names a module uses."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("central", "deploy", "edge_node", "shared_models", "sync_protocol")

_BUILTINS = ("__import__", "breakpoint", "compile", "eval", "exec", "input", "open", "print")


@dataclass(frozen=True)
class Module:
    """One Python file. `path` is relative to the project, with slashes."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """The dotted name; a package goes by its folder's name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    def is_in(self, *places: str) -> bool:
        """Whether it is one of these files, or lies in one of these folders (written with a slash at the end)."""
        return any(self.path == place or (place.endswith("/") and self.path.startswith(place)) for place in places)


@cache
def files() -> tuple[str, ...]:
    """Every file of the project: what git tracks or would track; without git, everything but hidden folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = set(listed.stdout.decode().split("\0"))
    else:
        names = {found.relative_to(ROOT).as_posix() for found in ROOT.rglob("*")}
        names = {name for name in names if not any(part.startswith(".") for part in name.split("/")[:-1])}
    return tuple(sorted(name for name in names if name and (ROOT / name).is_file()))


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """The Python files in these top folders; without an argument, those of the product."""
    wanted = tuple(f"{folder}/" for folder in folders or PACKAGES)
    names = (name for name in files() if name.endswith(".py") and name.startswith(wanted))
    return tuple(Module(name, (ROOT / name).read_text(encoding="utf-8")) for name in names)


def _base(module: Module, node: ast.ImportFrom) -> str:
    """What a `from ... import` names, with the dots of a relative import resolved."""
    if node.level == 0:
        return node.module or ""
    folders = module.path.split("/")[: -node.level]
    return ".".join([*folders, *([node.module] if node.module else [])])


def names_used(module: Module) -> Iterator[tuple[str, int]]:
    """Outside names with their lines: what is imported, what is reached through an import (`time.sleep`, also after
    `import time as t`), and the built-in functions that touch the world (`builtins.open`)."""
    known: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
                top = alias.name.split(".")[0]
                known[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                full = f"{_base(module, node)}.{alias.name}"
                yield full, node.lineno
                known[alias.asname or alias.name] = full
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            rest: list[str] = []
            value: ast.expr = node
            while isinstance(value, ast.Attribute):
                rest.insert(0, value.attr)
                value = value.value
            if isinstance(value, ast.Name) and value.id in known:
                yield ".".join([known[value.id], *rest]), node.lineno
        elif isinstance(node, ast.Name) and node.id in _BUILTINS and node.id not in known:
            yield f"builtins.{node.id}", node.lineno


def falls_under(name: str, *roots: str) -> bool:
    """Whether a dotted name is one of `roots` or lies below one: `time.sleep` falls under `time`."""
    return any(name == root or name.startswith(f"{root}.") for root in roots)
