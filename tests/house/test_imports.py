"""Who may import what, and which room alone may touch the clock, the database, the network and the keys.

The tables are the rules; DESIGN calls them the house. They hold inside functions and under TYPE_CHECKING too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.house.source import Module, falls_under, modules, names_used

BELOW_NODE = ("shared_models", "sync_protocol.core", "sync_protocol.store")
NODE = (*BELOW_NODE, "sync_protocol.commands", "sync_protocol.seating", "sync_protocol.node")
WITNESSING = (*NODE, "sync_protocol.witness", "sync_protocol.audit")
BELOW_WIRE = (*WITNESSING, "sync_protocol.child_side", "sync_protocol.parent_side")

FLOWS = ("sync_protocol.following", "sync_protocol.sending_files", "sync_protocol.fetching_files")

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "shared_models": (),
    "sync_protocol": (),
    "sync_protocol.core": ("shared_models",),
    "sync_protocol.store": ("shared_models", "sync_protocol.core"),
    "sync_protocol.commands": BELOW_NODE,
    "sync_protocol.seating": (*BELOW_NODE, "sync_protocol.commands"),
    "sync_protocol.node": (*BELOW_NODE, "sync_protocol.commands", "sync_protocol.seating"),
    "sync_protocol.lapsing": NODE,
    "sync_protocol.own_key": NODE,
    "sync_protocol.witness": NODE,
    "sync_protocol.audit": (*NODE, "sync_protocol.witness"),
    "sync_protocol.following": NODE,
    "sync_protocol.sending_files": NODE,
    "sync_protocol.fetching_files": (*NODE, "sync_protocol.sending_files"),
    "sync_protocol.child_side": (*WITNESSING, *FLOWS),
    "sync_protocol.parent_side": WITNESSING,
    "sync_protocol.export": NODE,
    "sync_protocol.wire": BELOW_WIRE,
    "sync_protocol.host": (*BELOW_WIRE, "sync_protocol.lapsing", "sync_protocol.own_key", "sync_protocol.wire"),
    "edge_node": ("shared_models", "sync_protocol"),
    "central": ("shared_models", "sync_protocol"),
    "deploy": ("shared_models", "sync_protocol", "edge_node", "central"),
    "tests": ("shared_models", "sync_protocol", "edge_node", "central", "deploy"),
}
"""Room -> the rooms it may import besides itself. A module belongs to the longest name that fits it."""

COMPOSITION = tuple(f"{side}/{name}.py" for side in ("edge_node", "central") for name in ("app", "settings", "cli"))
OUTER = (*COMPOSITION, "sync_protocol/host/", "deploy/")


@dataclass(frozen=True)
class Kept:
    """These outside names stand in these places only."""

    what: str
    names: tuple[str, ...]
    places: tuple[str, ...]


KEPT_TO = (
    Kept("cryptography", ("nacl", "cryptography", "securesystemslib"), ("shared_models/signing.py",)),
    Kept("the database", ("sqlite3", "pysqlite3", "sqlite_utils"), ("sync_protocol/store/",)),
    Kept(
        "the HTTP client",
        ("httpx2", "httpx", "httpcore2", "http.client", "urllib.request", "requests"),
        ("sync_protocol/wire/client.py", "deploy/"),  # the demo plays the part of a visitor with a browser
    ),
    Kept(
        "clock, sleep, environment and randomness",
        (
            *("time", "random", "secrets", "sched", "uuid.uuid1", "uuid.uuid4", "threading.Timer"),
            *("os.environ", "os.environb", "os.getenv", "os.putenv", "os.urandom", "os.getrandom", "os.times"),
            *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
            *("asyncio.sleep", "anyio.sleep", "anyio.sleep_until", "anyio.sleep_forever"),
        ),
        OUTER,
    ),
    Kept(
        "waiting with a time-out for an event",
        ("asyncio.wait", "asyncio.wait_for", "asyncio.timeout", "anyio.fail_after", "anyio.move_on_after"),
        (*OUTER, "sync_protocol/wire/"),
    ),
    Kept(
        "sockets",
        ("socket", "ssl", "socketserver", "asyncio.open_connection", "asyncio.start_server", "uvicorn"),
        (*OUTER, "sync_protocol/wire/"),
    ),
    Kept("processes and signals", ("subprocess", "multiprocessing", "signal", "ctypes", "os.fork", "os.kill"), OUTER),
    Kept(
        "import by a name made at run time",
        ("importlib.import_module", "builtins.__import__", "runpy"),
        ("shared_models/texts/__init__.py",),
    ),
    Kept("running text as code", ("builtins.eval", "builtins.exec", "builtins.compile", "builtins.breakpoint"), ()),
    Kept("test tools", ("pytest", "hypothesis", "unittest", "doctest", "rfc8785", "playwright", "tests"), ()),
)

PURE = ("shared_models/", "sync_protocol/core/")
PURE_EXCEPT = ("shared_models/texts/__main__.py",)
IMPURE = (
    *("os", "io", "pathlib", "tempfile", "shutil", "glob", "fileinput", "mmap", "fcntl", "importlib.resources"),
    *("select", "asyncio", "anyio", "threading", "concurrent", "queue", "logging", "structlog", "warnings"),
    *("urllib.request", "http", "starlette", "prometheus_client", "locale", "zoneinfo", "platform"),
    *("sys.stdin", "sys.stdout", "sys.stderr", "sys.argv", "builtins.open", "builtins.print", "builtins.input"),
)
"""What pure rooms never name, besides everything in KEPT_TO that is not theirs."""

STORE = "sync_protocol/store/"
SQL = re.compile(
    r"\s*(SELECT\s|INSERT\s+(OR|INTO)\s|REPLACE\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|PRAGMA\s|VACUUM\b"
    r"|(CREATE|DROP|ALTER)\s+(TEMP\s+|UNIQUE\s+|VIRTUAL\s+)*(TABLE|INDEX|VIEW|TRIGGER)\s|ATTACH\s|WITH\s+\w+\s+AS\s)"
)
SQL_CALLS = ("execute", "executemany", "executescript")


def room_of(name: str) -> str | None:
    """The room that a dotted name belongs to, or None for a name from outside."""
    fitting = [room for room in MAY_IMPORT if falls_under(name, room)]
    return max(fitting, key=len, default=None)


def wrong_ways(module: Module) -> Iterator[str]:
    room = room_of(module.name)
    if room is None or (room == "sync_protocol" and module.name != room):
        yield f"{module.path} lies in no room: give it one, or add its room to MAY_IMPORT"
        return
    for name, line in names_used(module):
        other = room_of(name)
        if other not in (None, room) and not falls_under(name, *MAY_IMPORT[room]):
            yield f"{module.path}:{line} ({room}) may not import {name} ({other})"


def misplaced_names(module: Module) -> Iterator[str]:
    for kept in KEPT_TO:
        if not module.is_in(*kept.places):
            uses = sorted((line, name) for name, line in names_used(module) if falls_under(name, *kept.names))
            for line, name in uses[:1]:
                places = ", ".join(kept.places) or "no room of the product"
                more = f" (and {len(uses) - 1} more)" if uses[1:] else ""
                yield f"{module.path}:{line} uses {name}{more}: {kept.what} belongs into {places}"


def impurities(module: Module) -> Iterator[str]:
    if module.is_in(*PURE) and not module.is_in(*PURE_EXCEPT):
        for name, line in names_used(module):
            if falls_under(name, *IMPURE):
                yield f"{module.path}:{line} uses {name}, but {' and '.join(PURE)} are pure"


def sql_outside_the_store(module: Module) -> Iterator[str]:
    if module.is_in(STORE):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SQL_CALLS:
            yield f"{module.path}:{node.lineno} calls .{node.func.attr}(): SQL belongs into {STORE}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield f"{module.path}:{node.lineno} holds SQL text: it belongs into {STORE}"


Rule = Callable[[Module], Iterator[str]]
RULES: tuple[Rule, ...] = (wrong_ways, misplaced_names, impurities, sql_outside_the_store)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    broken = [sentence for module in modules() for sentence in dict.fromkeys(rule(module))]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("edge_node/desk.py", "def late():\n    import central.app"),
        ("central/app.py", "from edge_node import desk"),
        ("shared_models/cases/deciding.py", "from sync_protocol.core import verdicts"),
        ("sync_protocol/core/session.py", "from ..store import log"),
        ("sync_protocol/store/log.py", "from sync_protocol import node"),
        ("sync_protocol/node.py", "import sync_protocol.wire.client"),
        ("sync_protocol/wire/agent.py", "if TYPE_CHECKING:\n    from sync_protocol.host import folder"),
        ("sync_protocol/host/web.py", "import edge_node"),
        ("sync_protocol/stray.py", "x = 1"),
        ("deploy/demo.py", "from tests import journeys"),
        ("edge_node/desk.py", "from nacl.signing import SigningKey"),
        ("edge_node/desk.py", "from sqlite_utils.utils import sqlite3"),
        ("central/rulings.py", "import httpx2"),
        ("central/rulings.py", "import time as t"),
        ("central/rulings.py", "from datetime import datetime as d\nd.now()"),
        ("central/rulings.py", "import datetime\ndatetime.date.today()"),
        ("edge_node/desk.py", "import os\nos.environ['HOME']"),
        ("edge_node/desk.py", "from os import urandom"),
        ("sync_protocol/wire/agent.py", "import asyncio\nasync def f():\n    await asyncio.sleep(1)"),
        ("sync_protocol/node.py", "import asyncio\nasyncio.timeout(1)"),
        ("sync_protocol/node.py", "import importlib\nimportlib.import_module('os')"),
        ("shared_models/cases/deciding.py", "open('x')"),
        ("shared_models/cases/deciding.py", "import logging"),
        ("sync_protocol/core/session.py", "from pathlib import Path"),
        ("edge_node/desk.py", "connection.execute('x')"),
        ("central/rulings.py", "query = '\\n  SELECT 1'"),
        ("central/rulings.py", "f'DELETE FROM {table}'"),
    ],
)
def test_the_rules_bite(path: str, text: str) -> None:
    module = Module(path, text)
    assert [sentence for rule in RULES for sentence in rule(module)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("sync_protocol/wire/agent.py", "import asyncio\nasyncio.wait_for(event.wait(), pause)"),
        ("sync_protocol/host/process.py", "import time\ntime.monotonic()"),
        ("edge_node/app.py", "import secrets"),
        ("edge_node/desk.py", "from datetime import datetime\nclock.now()\ndatetime.fromisoformat(text)"),
        ("edge_node/desk.py", "from sync_protocol.node import Node\nimport os.path"),
        ("sync_protocol/store/log.py", "connection.execute('SELECT 1')"),
        ("central/web/pages.py", "title = 'Select a department'"),
    ],
)
def test_the_rules_leave_rightful_code_alone(path: str, text: str) -> None:
    module = Module(path, text)
    assert not [sentence for rule in RULES for sentence in rule(module)]
