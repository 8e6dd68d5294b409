"""A version of the catalogue, and what changed from one to the next.

A version names every item by code and content hash; a difference carries only what changed, so that a station fetches
nothing twice. For all versions a, b: apply_difference(a, difference(a, b)) == b.
"""

from __future__ import annotations

import msgspec

from shared_models.refusals import Refusal


class Version(msgspec.Struct, frozen=True):
    """`items`: code -> content hash (see `items.content_hash`); `effective_ms` since 1970 UTC. Version 0 is empty."""

    number: int = 0
    effective_ms: int = 0
    items: dict[str, str] = {}


class Difference(msgspec.Struct, frozen=True):
    """From version `base` to version `number`: items set (code -> new hash) and codes removed, sorted."""

    base: int
    number: int
    effective_ms: int
    set: dict[str, str] = {}
    removed: tuple[str, ...] = ()


def difference(previous: Version, new: Version) -> Difference:
    """What turns `previous` into `new`."""
    changed = {code: hash_ for code, hash_ in new.items.items() if previous.items.get(code) != hash_}
    removed = tuple(sorted(set(previous.items) - set(new.items)))
    return Difference(previous.number, new.number, new.effective_ms, changed, removed)


def apply_difference(previous: Version, change: Difference) -> Version:
    """The version after `change`. Raises Refusal `catalogue.wrong_base` when it was made for another version."""
    if change.base != previous.number:
        raise Refusal("catalogue.wrong_base", base=change.base, held=previous.number)
    kept = {code: hash_ for code, hash_ in previous.items.items() if code not in change.removed}
    return Version(change.number, change.effective_ms, {**kept, **change.set})
