"""Several callers at one disk at the same moment, as the threads of a hub are when many children push at once.

Each has a thread of its own, of which only one runs at a time, so that a run is the same every time. All of them come
to their first shared write and wait there; then one transaction has what all of them wanted to write; then each goes on
to its end in turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Turn(Generic[T]):
    """One caller: what it does, and how that ended."""

    def __init__(self, act: Callable[[], T]) -> None:
        self.result: T | None = None
        self.error: BaseException | None = None
        self._act = act
        self._rests = threading.Event()
        self._goes_on = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def comes(self) -> None:
        """It runs until it waits at the disk, or ends."""
        self._thread.start()
        self._rests.wait()

    def waits(self) -> None:
        """Called by its own thread, at the disk."""
        self._rests.set()
        self._goes_on.wait()

    def ends(self) -> None:
        self._goes_on.set()
        self._thread.join()

    @property
    def is_running(self) -> bool:
        return threading.current_thread() is self._thread

    def _run(self) -> None:
        try:
            self.result = self._act()
        except BaseException as error:  # noqa: BLE001 - it is told to whoever began the turn
            self.error = error
        finally:
            self._rests.set()


class Crowd:
    """Those who are at one disk at once. `share` does what they wait for in one transaction."""

    def __init__(self, share: Callable[[], None]) -> None:
        self._share = share
        self._turns: list[Turn[Any]] = []
        self._is_open = True
        self.error: BaseException | None = None
        """What happened to the shared transaction beside what its callers were told."""

    def wait(self) -> None:
        """The caller's write shares its transaction with those of the others; all others' come alone afterwards."""
        here = next((turn for turn in self._turns if turn.is_running), None)
        if self._is_open and here is not None:
            here.waits()
        else:
            self._share()

    def run(self, acts: Sequence[Callable[[], T]]) -> list[Turn[T]]:
        turns = [Turn(act) for act in acts]
        self._turns += turns
        for turn in turns:
            turn.comes()
        self._is_open = False
        try:
            self._share()
        except BaseException as error:  # noqa: BLE001 - it is told when everybody has ended
            self.error = error
        for turn in turns:
            turn.ends()
        return turns
