"""Logs as JSON lines on stderr that hold ids and codes, never what a person typed.

    set_up_logs()
    structlog.get_logger("tongban.web").error("incident", incident="3f9a01c2d4")
    logging.getLogger("tongban.sync").warning("sync.standing_still", extra={"code": "sync.refused"})

Rules
- From our own loggers (`tongban.…`) an event and its values are written if they look like ids, codes and places in the
  code: ASCII, short, no resident id number, no telephone number. Anything else is written as `(withheld)`.
- From everybody else's loggers only the place in the code is written: their sentences may quote what came in.
- Of an exception the types and places are written, never its words.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from pathlib import PurePath
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict

OWN = "tongban"
TEXT_LENGTH_MAX = 200
ITEMS_MAX = 40
FRAMES_MAX = 12
WITHHELD = "(withheld)"

_PLAIN = re.compile(r"[A-Za-z0-9 _.:/@#<>=+*()\[\],'~-]*")
_PERSONAL = re.compile(r"(?<!\d)(\d{17}[\dXx]|\d{15}|1[3-9]\d{9})(?!\d)")
"""Resident id numbers of 18 and of 15 digits, and mobile numbers."""


def set_up_logs(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Sends all logs of this process to `stream` (stderr) as JSON lines: ours from `level` on, others' from WARNING.
    An exception that nobody catches is logged in the same manner."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                _told,
                structlog.processors.JSONRenderer(sort_keys=False),
            ],
            foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(OWN).setLevel(level)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, places: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(f"{OWN}.process").critical("uncaught", exc_info=(kind, error or kind(), places))


def _told(_logger: Any, _method: str, given: EventDict) -> EventDict:
    """What of an event is written, in the order in which one reads it."""
    record: logging.LogRecord = given.pop("_record")
    given.pop("_from_structlog", None)
    error = _error_of(given.pop("exc_info", None) or record.exc_info)
    told: EventDict = {"time": given.pop("time"), "level": record.levelname.lower(), "logger": _text(record.name)}
    event = given.pop("event", "")
    if record.name.split(".")[0] == OWN:
        told["event"] = _text(str(event))
        told.update((_text(name), _value(value)) for name, value in given.items())
    else:
        told["place"] = f"{_short(record.pathname)}:{record.lineno}"
    if error is not None:
        told["error"] = names_of(error)
        told["where"] = places_of(error)
    return told


def _error_of(given: Any) -> BaseException | None:
    """`exc_info` as people write it: True, an exception, or a triple."""
    if given is True:
        given = sys.exc_info()
    if isinstance(given, tuple):
        given = given[1]
    return given if isinstance(given, BaseException) else None


def names_of(error: BaseException | None) -> list[str]:
    """The types of an exception and of those that caused it."""
    names: list[str] = []
    while error is not None and len(names) < 5:
        names.append(type(error).__name__)
        error = error.__cause__ or error.__context__
    return names


def places_of(error: BaseException) -> list[str]:
    """`folder/file.py:line function` of the innermost calls, outermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(path: str) -> str:
    return "/".join(PurePath(path).parts[-2:])


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if _text(str(value)) != WITHHELD else WITHHELD
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(item) for item in list(value)[:ITEMS_MAX]]
    return WITHHELD


def _text(text: str) -> str:
    if len(text) > TEXT_LENGTH_MAX or not _PLAIN.fullmatch(text) or _PERSONAL.search(text):
        return WITHHELD
    return text
