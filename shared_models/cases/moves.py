"""The kinds of facts of a case, and the one table of its legal moves. It imports nothing."""

from __future__ import annotations

ACCEPTED, NOTIFIED, SUPPLEMENTED, WITHDRAWN, DECIDED, DELIVERED, RATED, SETTLED, PULLED, RELEASED, DECLINED = (
    "case.accepted",
    "case.notified",
    "case.supplemented",
    "case.withdrawn",
    "case.decided",
    "case.delivered",
    "case.rated",
    "case.conflict_settled",
    "case.pulled",
    "case.released",
    "case.declined",
)

MOVES: dict[tuple[str, str], str] = {
    ("new", ACCEPTED): "accepted",
    ("new", NOTIFIED): "notified",
    ("new", DECLINED): "declined",
    ("notified", SUPPLEMENTED): "notified",
    ("notified", ACCEPTED): "accepted",
    ("notified", WITHDRAWN): "withdrawn",
    ("accepted", SUPPLEMENTED): "accepted",
    ("accepted", WITHDRAWN): "withdrawn",
    ("accepted", DECIDED): "decided",
    ("decided", SUPPLEMENTED): "decided",
    ("decided", DELIVERED): "delivered",
    ("delivered", RATED): "rated",
}
"""(status, kind of fact) -> next status: every legal move of a case."""

CRITICAL_MARK = "!"
"""Ends the name of a kind without which a case cannot be understood: who does not know it must not act on the case."""

CRITICAL_KNOWN: frozenset[str] = frozenset()
"""The critical kinds that this version understands."""


def is_critical(kind: str) -> bool:
    return kind.endswith(CRITICAL_MARK)


KINDS = frozenset(kind for _, kind in MOVES)
"""Kinds with a line in the table; a ruling on a conflict has none, for it may come at any status."""

FIRST = frozenset({ACCEPTED, NOTIFIED, DECLINED})
"""The kinds that begin a case."""

ACCESS = frozenset({PULLED, RELEASED})
"""Kinds that say who holds the case, and why. They may come at any status, even before the case itself, and move
nothing."""

EXCLUSIVE = frozenset({ACCEPTED, NOTIFIED, DECLINED, WITHDRAWN, DECIDED, DELIVERED, RATED, SETTLED})
"""Kinds that move the case: two of them written without knowledge of each other are a conflict."""
