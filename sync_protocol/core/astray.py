"""A receipt that speaks of another journal than ours: either side was restored, and both must find where they parted.

The child then pushes from where it stands, though it may have nothing new: the parent knows that place, or says which
ones it knows. It does so the first time it hears of such a place, and the second, the fourth, the eighth: a copy of
this node that lives elsewhere does the same, and the two must not chase each other for ever.
"""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """What a foreign receipt says: place of the journal, its hash (text), and how far the parent's parent holds it."""

    journal: int
    hash: str
    upstream: int


class Astray:
    """What a child remembers of the last foreign receipt. `due` = it has still to push because of it."""

    def __init__(self) -> None:
        self.said: Said | None = None
        self.due = False
        self._times = 0
        self._place = (0, "")

    def hears(self, said: Said) -> None:
        place = (said.journal, said.hash)
        self._times = self._times + 1 if place == self._place else 1
        self._place, self.said = place, said
        self.due = self.due or self._times & (self._times - 1) == 0

    def agrees(self) -> None:
        """A receipt speaks of our journal again. How often the other place was heard is remembered."""
        self.said, self.due = None, False
