"""Check 7 for people: whether the person whom a record names acted under a mandate (room `mandates`).

A person counts as *keyed* from the first admission on; before that, and at nodes that name no keys, records need no
mandate. Then the last word on the person before a record, in the record's own chain, decides: a mandate under a key
that counts there, or an admission or ending, behind which the next mandate is still to come. A key counts where some
admission named it and the chain has no ending of it behind this place. So the verdict follows from the chain and from
what came before it in its node's history; a look-up in a dictionary gives it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from shared_models import mandates
from shared_models.canonical import INTEGER_MAX
from shared_models.mandates import Clerk, said_of_clerk
from shared_models.records import Header, Position, Record
from shared_models.trust import Chains, chains_of
from sync_protocol.core.incarnations import Openings, behind

Place = tuple[str, int]
"""(incarnation, number) of a record of one node."""
Person = tuple[str, str]
"""(node, actor)."""
Desk = tuple[str, str, str]
"""(node, incarnation, actor)."""


class Keyed(msgspec.Struct, frozen=True):
    """A person whose key a node has named. `key` = the last one, "" where it has ended; `roles` as the last admission
    says; `keys` = every key with the places at which it ended; `first` = where the admission stands that ended the time
    without mandates, None while only held ones are known."""

    key: str
    roles: tuple[str, ...]
    keys: dict[str, tuple[Place, ...]]
    first: Place | None = None


class Step(NamedTuple):
    """A word on a person in a chain: from behind `seq` on, records count (`good`) or do not."""

    seq: int
    good: bool


class Desks(NamedTuple):
    """What the log knows of people: `keyed_of(person)`, None where no key was ever named; `steps_of(desk)`, in
    order; `record_at(position)` = the record that is kept there."""

    keyed_of: Callable[[Person], Keyed | None]
    steps_of: Callable[[Desk], list[Step]]
    record_at: Callable[[Position], Record | None]


NO_DESKS = Desks(lambda person: None, lambda desk: [], lambda position: None)


class Seat(NamedTuple):
    """One person in one chain: the steps in order, and up to which number records count before the first of them."""

    free: int
    steps: list[Step]

    def counts(self, seq: int) -> bool:
        place = bisect_left(self.steps, (seq, False))
        return self.steps[place - 1].good if place else seq <= self.free

    @property
    def is_steady(self) -> bool:
        return self.steps[-1].good if self.steps else self.free == INTEGER_MAX


ANYBODY = Seat(INTEGER_MAX, [])


class Mandates:
    """Who counts, while a run is judged or written. `learn` moves it on; `keyed` and `steps` are what is new."""

    def __init__(self, desks: Desks, openings_of: Callable[[str], Openings]) -> None:
        self._desks = desks
        self._openings_of = openings_of
        self._seats: dict[Desk, Seat] = {}
        self._desks_of: dict[Person, list[Desk]] = {}
        self._first: dict[Position, Chains] = {}
        self.keyed: dict[Person, Keyed] = {}
        self.steps: dict[Desk, list[Step]] = {}

    def counts(self, header: Header) -> bool:
        """Whether the person whom the header names may have done this."""
        return not header.actor or self.seat((header.node, header.incarnation, header.actor)).counts(header.seq)

    def is_steady(self, header: Header) -> bool:
        """Whether what the person does next in this chain counts as well, unless something is said of the person."""
        return not header.actor or self.seat((header.node, header.incarnation, header.actor)).is_steady

    def seat(self, desk: Desk) -> Seat:
        seat = self._seats.get(desk)
        if seat is None:
            seat = self._seats[desk] = self._found(desk)
            self._desks_of.setdefault((desk[0], desk[2]), []).append(desk)
        return seat

    def keyed_of(self, person: Person) -> Keyed | None:
        return self.keyed.get(person) or self._desks.keyed_of(person)

    def is_good(self, keyed: Keyed | None, key: str, position: Position) -> bool:
        """Whether a mandate under this key counts at a place: it was named, and is not ended behind the place."""
        if keyed is None or key not in keyed.keys:
            return False
        ended = keyed.keys[key]
        if not ended:
            return True
        reach = {**behind(self._openings_of(position.node), position.incarnation), position.incarnation: position.seq}
        return not any(seq <= reach.get(incarnation, 0) for incarnation, seq in ended)

    def learn(self, record: Record, held: bool) -> None:
        """A record of `OF_CLERKS` that is kept. One that is held names keys all the same, which harms nobody; it does
        not end the time without mandates. Raises Refusal mandates.malformed, mandates.not_proven."""
        clerk, position = said_of_clerk(record), record.position
        person = (position.node, clerk.actor)
        keyed = self.keyed_of(person)
        good = False
        match record.header.kind:
            case mandates.CLERK_ADMITTED:
                self.keyed[person] = _admitted(keyed, clerk, position, held)
                self._first[position] = chains_of(record)
            case mandates.CLERK_ENDED if keyed is not None and clerk.key in keyed.keys:
                self.keyed[person] = _ended(keyed, clerk.key, position)
            case mandates.CLERK_MANDATE:
                good = self.is_good(keyed, clerk.key, position)
        self._step((position.node, position.incarnation, clerk.actor), Step(position.seq, good))

    def _step(self, desk: Desk, step: Step) -> None:
        self.steps.setdefault(desk, []).append(step)
        for known in self._desks_of.pop((desk[0], desk[2]), ()):  # looked up anew when somebody asks
            del self._seats[known]

    def _found(self, desk: Desk) -> Seat:
        node, incarnation, actor = desk
        keyed = self.keyed_of((node, actor))
        if keyed is None:
            return ANYBODY
        steps = sorted([*self._desks.steps_of(desk), *self.steps.get(desk, [])])
        free = INTEGER_MAX if keyed.first is None else self._without(Position(node, *keyed.first)).get(incarnation, 0)
        return Seat(free, steps)

    def _without(self, first: Position) -> Mapping[str, int]:
        """Where the person acted without mandates, as the first admission says."""
        said = self._first.get(first)
        if said is None:
            record = self._desks.record_at(first)
            said = self._first[first] = {} if record is None else chains_of(record)
        return said


def _admitted(keyed: Keyed | None, clerk: Clerk, position: Position, held: bool) -> Keyed:
    place = (position.incarnation, position.seq)
    first = None if held else place
    if keyed is None:
        return Keyed(clerk.key, clerk.roles, {clerk.key: ()}, first)
    ended = {key: ends if key == clerk.key else (*ends, place) for key, ends in keyed.keys.items()}
    return Keyed(clerk.key, clerk.roles, {clerk.key: (), **ended}, keyed.first or first)


def _ended(keyed: Keyed, key: str, position: Position) -> Keyed:
    place = (position.incarnation, position.seq)
    keys = {**keyed.keys, key: (*keyed.keys[key], place)}
    return Keyed("" if key == keyed.key else keyed.key, keyed.roles, keys, keyed.first)
