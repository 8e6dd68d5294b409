"""Who sits at this node: the keys of the people whose forms are being worked on, and the mandates that they sign.

A person's key is in memory for as long as a request of that person is carried out, and no longer. Whatever the node
writes meanwhile in the person's name begins with a mandate, in the same transaction, where the chain has none that
counts; so an incarnation that is opened in between makes no difference. In the name of a person whose key was named
and who does not sit here nothing is written at all: every other node would hold it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from shared_models import mandates
from shared_models.mandates import CLERK_ADMITTED, CLERK_ENDED, CLERK_MANDATE, Clerk, subject_of_clerk
from shared_models.records import PUBLIC, Draft, Position
from shared_models.refusals import Refusal
from shared_models.roster import Member
from shared_models.signing import KeyPair, text_of
from shared_models.trust import CHAINS_MAX
from sync_protocol.commands import NOTHING_OWN, View
from sync_protocol.core.mandating import Mandates
from sync_protocol.store import chains, clerks, state
from sync_protocol.store.database import Connection


class Sitting(NamedTuple):
    """A person at work. `earlier` = the account is older than clerk keys: records without mandates may be kept."""

    pair: KeyPair
    roles: tuple[str, ...] = ()
    earlier: bool = False


class Seats:
    """Actor -> who sits here now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[str, list[Sitting]] = {}

    @contextmanager
    def taken(self, actor: str, sitting: Sitting) -> Iterator[None]:
        """The person sits here until the block ends; several requests of one person may overlap."""
        with self._lock:
            self._taken.setdefault(actor, []).append(sitting)
        try:
            yield
        finally:
            with self._lock:
                self._taken[actor].remove(sitting)
                if not self._taken[actor]:
                    del self._taken[actor]

    def of(self, actor: str) -> Sitting | None:
        with self._lock:
            taken = self._taken.get(actor)
            return taken[-1] if taken else None


class Place(NamedTuple):
    """Where the next record goes: behind number `seq` of `incarnation`."""

    incarnation: str
    seq: int


class EndKey(NamedTuple):
    """The key of a person who left, or who got another password, ends here. Said once."""

    actor: str
    key: str

    def decide(self, view: View) -> Sequence[Draft]:
        keyed = clerks.keyed_of(view.db, (view.me.node, self.actor))
        if keyed is None or keyed.key != self.key:
            return []
        body = mandates.ending_of(Clerk(self.actor, self.key))
        return [Draft(CLERK_ENDED, subject_of_clerk(self.actor), body, PUBLIC, view.me.area)]


def mandated(
    db: Connection, me: Member, place: Place, drafts: Sequence[Draft], seats: Seats, known: Mandates
) -> list[Draft]:
    """The drafts, each behind the mandate that it needs. Raises Refusal mandates.revoked, mandates.not_seated."""
    found: list[Draft] = []
    begun: set[str] = set()
    for draft in drafts:
        actor = draft.actor
        if actor in me.clerks:
            raise Refusal("mandates.revoked")
        if actor and actor not in begun:
            begun.add(actor)
            here = Place(place.incarnation, place.seq + len(found))
            found += _words(db, me, here, actor, seats.of(actor), known)
        found.append(draft)
    return found


def _words(
    db: Connection, me: Member, place: Place, actor: str, sitting: Sitting | None, known: Mandates
) -> list[Draft]:
    """What has to be said before a person acts behind this place: nothing, a mandate, or whose key it is as well."""
    keyed = known.keyed_of((me.node, actor))
    if sitting is None:
        if keyed is not None and not known.seat((me.node, place.incarnation, actor)).counts(place.seq + 1):
            raise Refusal("mandates.not_seated")
        return []
    clerk = Clerk(actor, text_of(sitting.pair.public), sitting.roles)
    here = Position(me.node, place.incarnation, place.seq + 1)
    said = keyed is not None and (keyed.key, keyed.roles) == (clerk.key, clerk.roles)
    if said and known.seat((me.node, place.incarnation, actor)).counts(here.seq):
        return []
    words = []
    if not said:
        admission = _admission(db, me.node, clerk, new=keyed is None and sitting.earlier)
        words.append(Draft(CLERK_ADMITTED, subject_of_clerk(actor), admission, PUBLIC, me.area))
        here = here._replace(seq=here.seq + 1)
    body = mandates.mandate_of(sitting.pair, actor, here)
    return [*words, Draft(CLERK_MANDATE, subject_of_clerk(actor), body, PUBLIC, me.area)]


def _admission(db: Connection, node: str, clerk: Clerk, *, new: bool) -> dict[str, Any]:
    """`new` = the person may have acted here, but had no key."""
    if not new:
        return mandates.admission_of(clerk, {})
    last = state.get(db, "last_own", NOTHING_OWN)
    return mandates.admission_of(clerk, chains.held(db, node, CHAINS_MAX), (str(last["incarnation"]), int(last["seq"])))
