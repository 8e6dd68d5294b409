"""Products that are broken on purpose: each hands the world one whole part that breaks one promise.

They lie in the files of this folder, each with its `MUTANTS`: what is broken -> the broken part, and the checkers of
which one must name it. A checker is worth something only where a mutant shows that it would be heard.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import NamedTuple

from tests.world.places import Parts


class Mutant(NamedTuple):
    """`stormy`: it shows only where places are restored often. `known`: seeds that showed it, which are tried first."""

    parts: Parts
    caught_by: tuple[str, ...]
    stormy: bool = False
    known: tuple[int, ...] = ()


@cache
def mutants() -> dict[str, Mutant]:
    """All that lie in this folder."""
    found: dict[str, Mutant] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= importlib.import_module(f"{__name__}.{module.name}").MUTANTS
    return found
