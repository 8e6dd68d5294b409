"""The targets, found by lying in this folder: each module has `TARGETS`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

Try = Callable[[bytes], str]
"""Gives what became of an input: "read", or the code of the documented error. Raises anything else."""


class Target(NamedTuple):
    """`open` makes ready, with a folder to work in; `seeds` are true inputs, from which the corpus was planted."""

    name: str
    open: Callable[[Path], Try]
    seeds: Callable[[], Sequence[bytes]]


@cache
def targets() -> dict[str, Target]:
    found: dict[str, Target] = {}
    for module in sorted(each.name for each in pkgutil.iter_modules(__path__)):
        for target in importlib.import_module(f"{__name__}.{module}").TARGETS:
            found[target.name] = target
    return found


def without_state(work: Try) -> Callable[[Path], Try]:
    """A target that needs nothing made ready."""
    return lambda folder: work
