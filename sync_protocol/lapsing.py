"""When the key of a node below counts no more until a person renews it, and what its hub writes then.

A hub counts the time in which it ran and listened (`store.listening`); it asks no clock. It lets a node lapse whose
silence lasted longer than the node's `offline_days_max`, and one that is heard and has used a key for a week longer
than its `key_days`. It lets nobody lapse

- in the first hour of a process, while it is lapsed itself, or has not heard the hub above it for a week: what it
  would say might be held, and it might be itself that nobody hears
- where more nodes are due than may lapse in a day without a person: then it says so, and a person decides (`Lapse`)
- where its database came back from a copy: then the time of all of them begins anew.

The lapse is a record that names how far the node is trusted. What the node writes behind that is kept and held.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.roster import Member, Roster
from shared_models.signing import fingerprint
from shared_models.trust import CHAINS_MAX, EXPIRED, LAPSED, RENEWED, SILENT, key_mark
from sync_protocol.commands import View
from sync_protocol.node import Node
from sync_protocol.store import chains, knowledge, listening, receipts
from sync_protocol.store.database import Connection
from sync_protocol.store.listening import Count, Sign

HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
STEP_MS = HOUR_MS
"""So much listening is counted at once, which is one small write."""
TICK_MS_MAX = HOUR_MS
"""More than this is not believed to have passed between two ticks: the machine slept, or was stopped."""
FIRST_MS = HOUR_MS
SETTLED_MS = 10 * 60 * 1000
PARENT_SILENT_MS_MAX = 7 * DAY_MS
KEY_OVER_MS = 7 * DAY_MS
WARN_DAYS = 7
LAPSES_SHARE = 20
"""One of so many children may lapse in a day without a person, and one at least."""
REASON_MAX = 500


class Time(NamedTuple):
    """How a node below stands: days that are left before it lapses for its silence, and days that its key may still be
    used, both negative or 0 once they are over; `due` = why it would lapse now, "" if it would not. Counted in time
    that the hub listened."""

    offline_left: int
    key_left: int
    due: str


def time_of(member: Member, count: Count | None) -> Time:
    """`count` None where the hub has not begun to count."""
    silent, key, over, _ = count or Count()
    most = member.offline_days_max * DAY_MS
    due = SILENT if silent > most else EXPIRED if over > KEY_OVER_MS else ""
    return Time(_days(most - silent), _days(member.key_days * DAY_MS - key), "" if _is_out(member) else due)


def is_soon(left: int, most: int) -> bool:
    """Whether so few days of `most` are left that somebody should do something: a week, or half of a shorter time."""
    return left <= min(WARN_DAYS, most // 2)


def _days(ms: int) -> int:
    """Days that are left, a begun one included."""
    return -(-ms // DAY_MS)


def _is_out(member: Member) -> bool:
    return member.revoked or member.lapsed


def at_once_max(children: int) -> int:
    """How many of so many children may lapse in a day without a person."""
    return max(1, children // LAPSES_SHARE)


# ---------------------------------------------------------------- what is written


class Lapse(NamedTuple):
    """Suspends a node's key: what this hub holds of it is trusted. `why` is one of SILENT, EXPIRED."""

    node: str
    why: str
    actor: str = ""

    def decide(self, view: View) -> Sequence[Draft]:
        member = _below(view, self.node)
        if member.lapsed:
            raise Refusal("keys.lapsed_already", name=member.name)
        return [_said(view, LAPSED, member, self.why, self.actor)]


class Renew(NamedTuple):
    """A person vouches for a node again: what it delivers from here on counts."""

    node: str
    reason: str
    actor: str = ""

    def decide(self, view: View) -> Sequence[Draft]:
        if not self.reason.strip():
            raise Refusal("central.reason_missing")
        if len(self.reason) > REASON_MAX:
            raise Refusal("central.text_too_long", most=REASON_MAX)
        member = _below(view, self.node)
        if not member.lapsed and member.parent != view.me.node:
            raise Refusal("keys.not_lapsed", name=member.name)
        return [_said(view, RENEWED, member, self.reason.strip(), self.actor)]


def _below(view: View, node: str) -> Member:
    """Raises Refusal roster.unknown_node, roster.revoked."""
    member = view.roster.member(node)
    if member is None or view.me.node not in view.roster.above(node):
        raise Refusal("roster.unknown_node", node=node[:40])
    if member.revoked:
        raise Refusal("roster.revoked", node=node)
    return member


def _said(view: View, kind: str, member: Member, reason: str, actor: str) -> Draft:
    held = chains.held(view.db, member.node, CHAINS_MAX)
    incarnation, seq = next(iter(held.items()), ("", 0))
    body = {"chains": held, "incarnation": incarnation, "node": member.node, "reason": reason, "seq": seq}
    return Draft(kind, f"roster/{member.node}", body, PUBLIC, member.area, actor=actor)


def lapse(node: Node, name: str, actor: str) -> str:
    """A person lets a node lapse that is due; gives why. Raises Refusal keys.not_due, keys.lapsed_already,
    roster.unknown_node, roster.revoked."""
    member = node.roster.member(name)
    with node.read() as db:
        count = listening.counts(db).get(name)
    why = time_of(member, count).due if member is not None and member.parent == node.name else ""
    if member is not None and not why and not _is_out(member):
        raise Refusal("keys.not_due", name=member.name)
    node.write(Lapse(name, why, actor))
    return why


def renew(node: Node, name: str, reason: str, actor: str) -> None:
    """Raises Refusal roster.unknown_node, roster.revoked, keys.not_lapsed, central.reason_missing, text_too_long."""
    node.write(Renew(name, reason, actor), lambda db: listening.restart(db, name))


# ---------------------------------------------------------------- the hub that listens


class Listener:
    """Counts for one process of a node, as its parent's child and as a hub. `parent` = the node above, "" for none."""

    def __init__(self, node: Node, parent: str) -> None:
        self._node = node
        self._parent = parent
        self._unkept = 0
        self._listened = 0
        self._parent_heard = False
        self._ran = 0

    @property
    def settled(self) -> bool:
        """Whether this process has run for a while and heard the hub above: what a restore took away has come back, so
        that another key can say how far the records of the one before it go."""
        return self._ran >= SETTLED_MS and (self._parent_heard or not self._parent)

    def tick(self, ms: int, contact_ms: int = 0) -> list[str]:
        """`ms` went by, by a clock that only goes forward; the parent was last in contact at `contact_ms` (0 = not by
        this process). Gives the nodes that lapsed. Raises Refusal `database.…`."""
        self._unkept += min(ms, TICK_MS_MAX)
        self._ran += ms
        self._parent_heard |= bool(contact_ms)
        if self._unkept < STEP_MS:
            return []
        ms, self._unkept = self._unkept, 0
        self._node.database.write(lambda db: self._step(db, ms, contact_ms))
        return self._let_lapse()

    def _step(self, db: Connection, ms: int, contact_ms: int) -> None:
        roster, me = self._node.roster, self._node.name
        signs = [_sign_of(db, child) for child in roster.children(me)]
        if self._parent:
            before = listening.mark_of(db, self._parent)
            mark = f"{contact_ms or before.partition(' ')[0]} {receipts.standing(db).time}"
            self._parent_heard |= before not in ("", mark)
            signs.append(Sign(self._parent, mark, "", 0))
        if not listening.listened(db):
            listening.regained(db, me)  # what came back before the first step is no news
        if listening.step(db, signs, ms, self._node.now()):
            self._listened += ms
        listening.note_own_key(db, key_mark(self._node.keys.public, me))

    def _let_lapse(self) -> list[str]:
        node = self._node
        if self._listened < FIRST_MS or not self._entitled():
            return []
        with node.read() as db:
            due, most = due_in(node.roster, node.name, db)
        if not due or len(due) > most:
            return []
        if node.database.write(lambda db: _came_back(db, node.name)):
            return []
        for member, why in due:
            node.write(Lapse(member.node, why), lambda db: listening.note_lapse(db, DAY_MS))
        return [member.node for member, _ in due]

    def _entitled(self) -> bool:
        """Whether what this hub says now will count, and it is not itself the one that nobody hears."""
        if _is_out(self._node.member):
            return False
        if not self._parent:
            return True
        with self._node.read() as db:
            count = listening.counts(db).get(self._parent)
        return self._parent_heard and count is not None and count.silent <= PARENT_SILENT_MS_MAX


def due_in(roster: Roster, me: str, db: Connection) -> tuple[list[tuple[Member, str]], int]:
    """Who would lapse now, each with the reason, and how many of them may, today, without a person."""
    counts, children = listening.counts(db), roster.children(me)
    due = [(child, why) for child in children if (why := time_of(child, counts.get(child.node)).due)]
    return due, at_once_max(len(children)) - listening.recent_lapses(db, DAY_MS)


def _came_back(db: Connection, me: str) -> bool:
    if not listening.regained(db, me):
        return False
    listening.restart_all(db)
    return True


def _sign_of(db: Connection, child: Member) -> Sign:
    """A child is heard when it asks, when its journal goes on by whatever way, and when somebody vouched for it."""
    contact, journal = knowledge.contact(db, child.node), receipts.last_point(db, child.node).position
    renewals = sum(spell.renewed is not None for spell in child.spells)
    mark = f"{contact.at_ms if contact else 0} {journal} {renewals}"
    return Sign(child.node, mark, f"{fingerprint(child.public)[:11]} {renewals}", child.key_days * DAY_MS)
