"""Databases whose shared transactions do not hold what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sync_protocol.store.database import Connection
from tests.world.disk import Disk
from tests.world.mutants import Mutant
from tests.world.places import Parts

T = TypeVar("T")


class AnswersFirst(Disk):
    """Tells everybody that what they wrote is kept, and commits it afterwards."""

    def _share(self) -> None:
        turns = [self._together.popleft() for _ in range(len(self._together))]

        def work(connection: Connection) -> None:
            for act, future in turns:
                result, error = self._within(connection, act)
                if error is None:
                    future.set_result(result)
                else:
                    future.set_exception(error)

        try:
            self._transact(work)
        except BaseException as failure:
            for _, future in turns:
                if not future.done():
                    future.set_exception(failure)
            raise


class LosesTheOthers(Disk):
    """Rolls back all of a shared transaction where one of those who share it fails, and tells only that one."""

    def _within(self, connection: Connection, act: Callable[[Connection], Any]) -> tuple[Any, BaseException | None]:
        result, error = super()._within(connection, act)
        if error is not None:
            connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
        return result, error


MUTANTS = {
    "a shared transaction is acknowledged before it is durable": Mutant(
        Parts(disk=AnswersFirst), ("acknowledged lost", "receipt")
    ),
    "one that fails takes along what others wrote": Mutant(
        Parts(disk=LosesTheOthers), ("acknowledged lost", "receipt", "durable")
    ),
}
