"""When two processes of one node are alive at once: what a parent may conclude from proofs, and nothing more.

Every process of a node has an incarnation of its own, and a proof answers a challenge: whoever answered was alive after
that challenge was given. Answers may be late, their sender dead by then, so an answer says nothing of *when it came*.
Therefore A and B ran at once where A had proven itself, B answered a challenge given after that, and then A answered
one given after B's answer came:

    A's proof came  <  B was challenged, lived, and B's proof came  <  A was challenged, and answered

The first gives "A began before", the last "A lived on afterwards", so B lived while A did. A restart, a restore or a
late message never does that: of two processes that follow each other the first answers no challenge given after the
second one's proof. Order is counted, no clock is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

INCARNATIONS_MAX = 8
"""How many incarnations of a child are remembered, those that proved themselves last. Forgetting accuses nobody."""


@dataclass
class _Heard:
    """Of one child: when each incarnation proved itself first; `after[a, b]` = when b did, challenged after that and
    after the two were last told of (`told[a, b]`)."""

    epoch: int
    first: dict[str, int] = field(default_factory=dict)
    after: dict[tuple[str, str], int] = field(default_factory=dict)
    told: dict[tuple[str, str], int] = field(default_factory=dict)

    def proof(self, name: str, challenge: int, now: int) -> list[str]:
        twins = [other for other in self.first if self.after.get((name, other), challenge) < challenge]
        for pair in [pair for other in twins for pair in ((name, other), (other, name))]:
            self.after.pop(pair, None)
            self.told[pair] = now
        for other, first in self.first.items():
            if other != name and max(first, self.told.get((other, name), 0)) < challenge:
                self.after.setdefault((other, name), now)
        self.first[name] = self.first.pop(name, now)  # at the end: who proved itself last is forgotten last
        for gone in list(self.first)[:-INCARNATIONS_MAX]:
            self._forget(gone)
        return twins

    def _forget(self, name: str) -> None:
        del self.first[name]
        for kept in (self.after, self.told):
            for pair in [pair for pair in kept if name in pair]:
                del kept[pair]


class Twins:
    """What one parent has heard, since it began, from all its children."""

    def __init__(self) -> None:
        self._count = 0
        self._children: dict[str, _Heard] = {}

    def challenge(self) -> int:
        """A challenge is given: its number."""
        self._count += 1
        return self._count

    def proof(self, child: str, incarnation: str, challenge: int, epoch: int = 0) -> list[str]:
        """An incarnation has answered a challenge: the others that ran beside it. Each pair is told once, and again
        only where both prove it anew. What was heard in another `epoch` counts no more: a person has looked into the
        matter since."""
        self._count += 1
        heard = self._children.get(child)
        if heard is None or heard.epoch != epoch:
            heard = self._children[child] = _Heard(epoch)
        return heard.proof(incarnation, challenge, self._count)
