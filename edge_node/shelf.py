"""The shelf: the catalogue version that is in force at this station, ready to be found by what clerks type.

Built once for each version and kept in memory. A version whose day has not come yet waits; where a wrong clock would
leave no version at all in force, the newest one serves, because a counter must not close over a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from shared_models.catalogue import Halt, Item, item_of
from shared_models.catalogue.life import CANCELLED, SUSPENDED
from shared_models.catalogue.search import Index
from shared_models.deadlines import local_day
from shared_models.refusals import Refusal
from sync_protocol.node import Node
from sync_protocol.store import halting, knowledge
from sync_protocol.store.database import Connection

FOUND_MAX = 30


@dataclass(frozen=True)
class Shelf:
    """A version: its number (0 = none yet), since when it is in force (ms), its items and their content hashes by
    code. `next_ms` is when a later version that is here already takes effect (0 = there is none). What is `suspended`
    is among the items; of what is `cancelled`, `gone` has the last content: it is found, and not among the items."""

    number: int
    effective_ms: int
    items: Mapping[str, Item]
    hashes: Mapping[str, str]
    index: Index[Item]
    next_ms: int = 0
    suspended: Mapping[str, Halt] = field(default_factory=dict)
    cancelled: Mapping[str, Halt] = field(default_factory=dict)
    gone: Mapping[str, Item] = field(default_factory=dict)

    def item(self, code: str) -> Item:
        """Raises Refusal desk.no_catalogue, halts.cancelled or desk.item_unknown."""
        if not self.number:
            raise Refusal("desk.no_catalogue")
        if code in self.cancelled:
            raise self.why_cancelled(code)
        found = self.items.get(code)
        if found is None:
            raise Refusal("desk.item_unknown", item=code[:40])
        return found

    def find(self, text: str) -> list[Item]:
        """At most 30 items by name, pinyin, everyday word or code, best first; cancelled ones among them."""
        return self.index.find(text, FOUND_MAX)

    def stopped(self, code: str, now_ms: int) -> Refusal | None:
        """Why an item is not to be applied for now; None where it is."""
        if code in self.cancelled:
            return self.why_cancelled(code)
        halt = self.suspended.get(code)
        if halt is None or not halt.holds(now_ms):
            return None
        known = self.items.get(code)
        values = {"item": known.name if known else code[:40], "since": _day(halt.from_ms), "reason": halt.reason}
        if halt.until_ms:
            return Refusal("halts.suspended_until", **values, until=_day(halt.until_ms - 1))
        return Refusal("halts.suspended", **values)

    def why_cancelled(self, code: str) -> Refusal:
        """That an item is cancelled, since when and why."""
        halt, known = self.cancelled[code], self.gone.get(code)
        name = known.name if known else code[:40]
        return Refusal("halts.cancelled", item=name, since=_day(halt.from_ms), reason=halt.reason)


def _day(ms: int) -> str:
    return local_day(ms).isoformat()


EMPTY = Shelf(0, 0, {}, {}, Index(()))


class Catalogue:
    """Gives the present shelf of one node. May be asked from any thread."""

    def __init__(self, node: Node, now: Callable[[], int]) -> None:
        self._node = node
        self._now = now
        self._held: tuple[int, Shelf] = (0, EMPTY)

    def number(self) -> int:
        """The number of the version in force now (0 = none yet), without building its shelf."""
        latest_held, shelf = self._held
        now_ms = self._now()
        with self._node.read() as db:
            latest = knowledge.latest_number(db)
            if latest == latest_held and not 0 < shelf.next_ms <= now_ms:
                return shelf.number
            number, _ = _in_force(db, now_ms)
        return number

    def shelf(self) -> Shelf:
        """The shelf in force now. Building one takes as long as reading all items; that happens once a version."""
        latest_held, shelf = self._held
        now_ms = self._now()
        with self._node.read() as db:
            latest = knowledge.latest_number(db)
            if latest == latest_held and not 0 < shelf.next_ms <= now_ms:
                return shelf
            number, next_ms = _in_force(db, now_ms)
            version = knowledge.version(db, number)
            if version is None:
                return EMPTY
            values = knowledge.items_of(db, version)
            suspended, cancelled = halting.halts(db, SUSPENDED), halting.halts(db, CANCELLED)
            last = [knowledge.last_content(db, code) for code in cancelled]
        items = {item.code: item for item in _readable(values) if item.code not in cancelled}
        gone = {item.code: item for item in _readable(value for value in last if value is not None)}
        index = Index([*items.values(), *gone.values()])
        shelf = Shelf(
            version.number, version.effective_ms, items, version.items, index, next_ms, suspended, cancelled, gone
        )  # fmt: skip
        if len(values) == len(version.items):  # else some have not arrived yet: look again next time
            self._held = (latest, shelf)
        return shelf


def _readable(values: Iterable[Any]) -> Iterator[Item]:
    """The items that this program can read: one from a later version must not take the others off the shelf."""
    for value in values:
        with suppress(Refusal):
            yield item_of(value)


def _in_force(db: Connection, now_ms: int) -> tuple[int, int]:
    """The newest version whose time has come, and when the next one's comes (0 = there is none)."""
    number, next_ms = knowledge.in_force(db, now_ms)
    return (number, next_ms) if number else (knowledge.latest_number(db), 0)
