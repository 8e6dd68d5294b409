"""The tree of a node's incarnations: which place each one continues from, and what none that goes on has behind it.

A node that was restored from a copy continues from the end of that copy. What it wrote after the copy was taken stands
on a side branch of the tree, whole or in pieces, in this database or only in others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from shared_models.records import Record
from shared_models.roster import NODE_OPENED


class Origin(NamedTuple):
    """The place that an incarnation continues from; ("", 0) for a node's first."""

    incarnation: str
    seq: int


Openings = Mapping[str, Origin]
"""Incarnation of a node -> its origin, where its opening is kept."""


def origin_of(record: Record) -> Origin | None:
    """What an opening says; None for any other record, and for one whose body says nothing."""
    if record.header.kind != NODE_OPENED or record.header.seq != 1:
        return None
    try:
        body = record.value()
        return Origin(str(body["incarnation"]), int(body["seq"]))
    except (LookupError, ValueError, TypeError):
        return None


def behind(openings: Openings, name: str) -> dict[str, int]:
    """Incarnation -> last number of it that an incarnation of the same node has behind it."""
    held: dict[str, int] = {}
    origin = openings.get(name)
    while origin is not None and origin.incarnation and origin.incarnation not in held:
        held[origin.incarnation] = origin.seq
        origin = openings.get(origin.incarnation)
    return held


def left_behind(openings: Openings, incarnation: str, seq: int) -> bool:
    """Whether some incarnation goes on beside this place: neither has it behind it nor leads to it. Of an incarnation
    whose opening is not kept nobody can say. It is enough to ask those from which none continues: what they have not,
    those behind them have not either."""
    if incarnation not in openings:
        return False
    continued = {origin.incarnation for origin in openings.values()}
    ancestors = behind(openings, incarnation)
    return any(
        behind(openings, name).get(incarnation, 0) < seq
        for name in openings
        if name != incarnation and name not in continued and name not in ancestors
    )
