"""A version of the catalogue, and what changed from one to the next.

A version names every item by code and content hash; a difference carries only what changed, so that a station fetches
nothing twice. For all versions a, b: apply_difference(a, difference(a, b)) == b, where b keeps what a has cancelled.

What is suspended stays an item of its version; what is cancelled leaves it, so that a node from before there was either
sees an item that was withdrawn, and holds the same items as everybody.
"""

from __future__ import annotations

from typing import Any

import msgspec

from shared_models.refusals import Refusal


class Halt(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why, since when and until when an item is not to be applied for. `until_ms` = 0: until it is resumed, or, of a
    cancelled one, for good."""

    reason: str
    from_ms: int
    until_ms: int = 0

    def holds(self, now_ms: int) -> bool:
        return self.from_ms <= now_ms and not 0 < self.until_ms <= now_ms


class Version(msgspec.Struct, frozen=True):
    """`items`: code -> content hash (see `items.content_hash`); `effective_ms` since 1970 UTC. Version 0 is empty.
    `suspended` and `cancelled` go by code; what was cancelled once stays so in every later version."""

    number: int = 0
    effective_ms: int = 0
    items: dict[str, str] = {}
    suspended: dict[str, Halt] = {}
    cancelled: dict[str, Halt] = {}


class Difference(msgspec.Struct, frozen=True):
    """From version `base` to version `number`: items set (code -> new hash) and codes removed, sorted; items that are
    suspended now or otherwise, codes that are so no more, and items that are cancelled. `anew` = what is suspended is
    said whole: nothing else is."""

    base: int
    number: int
    effective_ms: int
    set: dict[str, str] = {}
    removed: tuple[str, ...] = ()
    suspended: dict[str, Halt] = {}
    resumed: tuple[str, ...] = ()
    cancelled: dict[str, Halt] = {}
    anew: bool = False

    def value(self) -> dict[str, Any]:
        """The plain JSON value. What a version says of suspending and cancelling is left out where it says nothing, as
        before there was either."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return {key: each for key, each in value.items() if each or key not in _LATER}


_LATER = frozenset({"suspended", "resumed", "cancelled", "anew"})


def difference(previous: Version, new: Version) -> Difference:
    """What turns `previous` into `new`."""
    changed = {code: hash_ for code, hash_ in new.items.items() if previous.items.get(code) != hash_}
    removed = tuple(sorted(set(previous.items) - set(new.items)))
    suspended = {code: halt for code, halt in new.suspended.items() if previous.suspended.get(code) != halt}
    resumed = tuple(sorted(set(previous.suspended) - set(new.suspended)))
    cancelled = {code: halt for code, halt in new.cancelled.items() if previous.cancelled.get(code) != halt}
    return Difference(
        previous.number, new.number, new.effective_ms, changed, removed, suspended, resumed, cancelled
    )  # fmt: skip


def apply_difference(previous: Version, change: Difference) -> Version:
    """The version after `change`. Raises Refusal `catalogue.wrong_base` when it was made for another version."""
    if change.base != previous.number:
        raise Refusal("catalogue.wrong_base", base=change.base, held=previous.number)
    kept = {code: hash_ for code, hash_ in previous.items.items() if code not in change.removed}
    suspended = {code: halt for code, halt in previous.suspended.items() if code not in change.resumed}
    return Version(
        change.number,
        change.effective_ms,
        {**kept, **change.set},
        {**({} if change.anew else suspended), **change.suspended},
        {**previous.cancelled, **change.cancelled},
    )
