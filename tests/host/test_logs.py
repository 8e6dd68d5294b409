"""Logs hold ids and codes: what a person typed never gets there, by whatever road it comes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MARKED = ("张三丰", "510101199003078811", "51010119900307881X", "510101900307881", "13800138000", "Zhang\tSan")

HEAD = """
import logging, sys, threading, structlog
from sync_protocol.host.logs import set_up_logs
set_up_logs()
log = structlog.get_logger("tongban.web")
"""


def logged(script: str) -> list[dict[str, Any]]:
    """The lines that a process running `script` logs; each must be JSON."""
    done = subprocess.run([sys.executable, "-c", HEAD + script], cwd=ROOT, capture_output=True, text=True)
    assert not done.stdout
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_an_event_is_one_line_with_time_level_logger_and_its_values() -> None:
    (line,) = logged("log.warning('incident', incident='3f9a01c2d4', where=['host/web.py:3 f'], count=2, odd=None)")
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "tongban.web",
        "event": "incident",
        "incident": "3f9a01c2d4",
        "where": ["host/web.py:3 f"],
        "count": 2,
        "odd": None,
    }


def test_the_standard_library_s_loggers_of_ours_write_the_same() -> None:
    (line,) = logged("logging.getLogger('tongban.sync').error('sync.refused', extra={'code': 'sync.fork'})")
    assert (line["logger"], line["event"], line["code"], line["level"]) == (
        "tongban.sync",
        "sync.refused",
        "sync.fork",
        "error",
    )


def test_what_a_person_may_have_typed_is_withheld_wherever_it_stands() -> None:
    lines = logged(
        f"marked = {MARKED!r}\n"
        "for text in marked:\n"
        "    log.error(text, value=text, nested=[text], deeper={'a': text}, **{text: 1})\n"
        "    logging.getLogger('tongban.sync').error('got %s', text)\n"
        "log.error('number', value=510101199003078811, phone=13800138000, small=3, long='x' * 300)\n"
    )
    assert len(lines) == 2 * len(MARKED) + 1
    text = json.dumps(lines, ensure_ascii=False)
    assert not [marked for marked in MARKED if marked in text]
    assert {name: lines[-1][name] for name in ("value", "phone", "small", "long")} == {
        "value": "(withheld)",
        "phone": "(withheld)",
        "small": 3,
        "long": "(withheld)",
    }


def test_of_an_exception_its_types_and_places_are_told_and_not_its_words() -> None:
    lines = logged(
        "def fail():\n"
        "    try:\n"
        "        raise ValueError('Zhang San 510101199003078811')\n"
        "    except ValueError as error:\n"
        "        raise KeyError('Zhang San') from error\n"
        "try:\n"
        "    fail()\n"
        "except KeyError:\n"
        "    log.exception('incident')\n"
        "    logging.getLogger('uvicorn.error').exception('Zhang San did it')\n"
    )
    assert [line["error"] for line in lines] == [["KeyError", "ValueError"]] * 2
    assert all(line["where"][-1].endswith(" fail") for line in lines)
    assert "Zhang" not in json.dumps(lines)


def test_of_other_people_s_loggers_only_the_place_is_told() -> None:
    lines = logged(
        "logging.getLogger('uvicorn.error').warning('Invalid request: %s', 'Zhang San')\n"
        "logging.getLogger('uvicorn.error').info('chatter')\n"
        "logging.getLogger('httpx2').info('GET /cases/Zhang')\n"
    )
    assert [(line["logger"], line["place"], "event" in line) for line in lines] == [
        ("uvicorn.error", "<string>:6", False)
    ]


def test_an_exception_that_nobody_catches_is_told_in_the_same_manner_in_every_thread() -> None:
    lines = logged(
        "def fail():\n"
        "    raise ValueError('Zhang San')\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join()\n"
        "fail()\n"
    )
    assert [(line["event"], line["level"], line["error"]) for line in lines] == [
        ("uncaught", "critical", ["ValueError"])
    ] * 2
    assert "Zhang" not in json.dumps(lines)
