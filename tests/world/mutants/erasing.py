"""Nodes that erase what they show, and keep it in their files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from shared_models.refusals import Refusal
from sync_protocol.host import erasing
from sync_protocol.host.runtime import Runtime
from sync_protocol.store.database import Connection
from sync_protocol.store.erasures import ALL
from tests.world.disk import Disk
from tests.world.mutants import Mutant
from tests.world.places import Parts

T = TypeVar("T")


class KeepsOldPages(Disk):
    """Neither writes pages anew nor cuts the WAL."""

    def alone(self, act: Callable[[Connection], T]) -> T:
        raise Refusal("erasure.wal_in_use")


def says_so_at_once(runtime: Runtime) -> None:
    """Takes it for done once the tables are clean."""
    try:
        erasing.carry_out(runtime)
    except Refusal:
        erasing._say(runtime, ALL, 0, erasing.NONE, 0)


MUTANTS = {
    "what was erased stays in old pages": Mutant(Parts(disk=KeepsOldPages, erase=says_so_at_once), ("erased",)),
}
