"""What may happen in the simulated world: one file each, found by lying in this folder.

A new one is a file with a class that says how often it comes (`weight`), what it does (`act`), how it ends (`heal`),
and what must hold afterwards (`check`). Nothing else has to be edited. All chance comes from `world.random`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from tests.world.simulation import World


class Fault:
    """One kind of event, in one run of the world."""

    weight: ClassVar[int] = 0
    """How often it comes, against the others; 0 = only by what other files do."""
    moody: ClassVar[bool] = True
    """Whether some runs never see it and others often: rare ones should meet each other."""
    stormy: ClassVar[int | None] = None
    """Its weight in the long runs in which places are restored again and again; None = the same as ever."""

    closes: ClassVar[int] = 0
    """Of so many runs one ends with this fault's last act; 0 = its act is drawn among those of the others."""

    def __init__(self, world: World) -> None:
        self.world = world

    def act(self) -> None:
        """It comes about, or nothing does where it cannot. Raises places.PowerCut, Broken."""

    def seen(self) -> None:
        """A step is over: whoever needs to may look around."""

    def heal(self) -> None:
        """Faults end: whatever this one left behind is put right."""

    def safe(self) -> None:
        """Raises Broken where something is not as it must be at any moment, all records folded."""

    def check(self) -> None:
        """Raises Broken where something is not as it must be once all have synced."""

    def afterwards(self) -> None:
        """A last act, in a world that is quiet again; each run ends with one of them. Raises Broken."""


@cache
def kinds() -> tuple[type[Fault], ...]:
    """All that lie in this folder, always in the same order."""
    for module in sorted(each.name for each in pkgutil.iter_modules(__path__)):
        importlib.import_module(f"{__name__}.{module}")
    return tuple(sorted(Fault.__subclasses__(), key=lambda kind: kind.__module__ + kind.__name__))
