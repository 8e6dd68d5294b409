"""States and refusals as whole sentences, Chinese first.

One module a room (`texts/cases.py` for codes `cases.…`), each with `SENTENCES: dict[code, (Chinese, English)]`; what a
large room says of one matter stands in a module beside it (`texts/catalogue_questions.py`, codes `catalogue.…`).
A sentence says what happened and what to do; `{name}` is filled from the values of the refusal.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

LANGUAGES = ("zh", "en")


@cache
def sentences() -> dict[str, tuple[str, str]]:
    """All sentences of all rooms. Raises ValueError where a code stands in a module that is not its room."""
    found: dict[str, tuple[str, str]] = {}
    for module in pkgutil.iter_modules(__path__):
        room: dict[str, tuple[str, str]] = importlib.import_module(f"{__name__}.{module.name}").SENTENCES
        for code, pair in room.items():
            if code.split(".")[0] != module.name.split("_")[0]:
                raise ValueError(f"{code} belongs into texts/{code.split('.')[0]}.py")
            found[code] = pair
    return found


def sentence(code: str, language: str = "zh", **values: str | int) -> str:
    """The sentence of `code`, filled. An unknown code gives the code itself, so that nothing is ever silent."""
    pair = sentences().get(code)
    if pair is None:
        return code
    text = pair[LANGUAGES.index(language)] if language in LANGUAGES else pair[0]
    try:
        return text.format(**values)
    except (KeyError, IndexError):
        return text
