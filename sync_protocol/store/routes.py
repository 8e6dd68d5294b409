"""Which child a case concerns, and why: the reasons, the backlog, the end.

A child has a case for as long as it has a reason: it *accepted* it, it is its *author* in part, or it *pulled* it. The
first reason brings everything that is kept of the case, in the order of the log; from then on everything new; with the
last reason goes the case. What goes where follows from headers, roster and order in the log alone.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlite_utils.utils import sqlite3

from shared_models.cases import ACCESS, FIRST, PULLED, RELEASED
from shared_models.erasure import ORDERED
from shared_models.records import Header
from shared_models.roster import CITY, Roster
from shared_models.trust import REKEYED
from sync_protocol.store import case_files, pulls, vouching
from sync_protocol.store.case_files import Card
from sync_protocol.store.dropping import BACK, DROP, LIMIT, UNKNOWN, Told
from sync_protocol.store.log import ABOVE, OWN, Log, Row
from sync_protocol.store.pulls import PullRow
from sync_protocol.store.streams import Fanout


class Routes:
    """Routes the cases of one slice of the log at a hub named `me`. `below` gives the child through which a node syncs,
    "" for none; `aside` = what the slice sets aside."""

    def __init__(
        self, db: sqlite3.Connection, log: Log, fanout: Fanout, aside: case_files.Aside, me: str, pulls_a_day: int,
        below: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._below = below
        self._db = db
        self._log = log
        self._fanout = fanout
        self._aside = aside
        self._me = me
        self._pulls_a_day = pulls_a_day

    def case(self, row: Row, card: Card | None, child: str, roster: Roster) -> None:
        """To every child that the case concerns, except the one that it came from. `child` = the one that wrote or
        carried it, "" for none; `card` = what is known of the case."""
        header = row.record.header
        if header.kind == PULLED:
            self._pull(row, card, child, roster)
        elif header.kind == RELEASED:
            self._release(row, roster)
        elif child and (header.node == child or header.node not in roster.above(child)):
            # What is given back to a hub above gives no reason.
            first = header.kind in FIRST and not header.parents
            reason = "accepted" if first else "author"
            for each in dict.fromkeys((child, self._route(header.node, child))):
                if self._fanout.add_interest(header.subject, each, reason):
                    self._splice(row, card, each)
        for node, reason in self._fanout.interested(header.subject, but=row.source):
            self._add(node, row, reason)

    def moved(self, subject: str, card: Card, node: str, child: str) -> None:
        """A case of `node`, which syncs through `child` from here on, unless it concerned that child before. The node
        has what it wrote itself, and tells what it lacks; a hub on its way gets that too, since some of it may have
        come back to the node from above after a restore, and then stands in no journal of the node."""
        rows = self._log.at(self._db, sorted({*card.whole, *self._aside.bare(subject)}))
        own = [header for header in _headers(rows) if header.node == node and header.kind not in ACCESS]
        first = any(header.kind in FIRST and not header.parents for header in own)
        reasons = ["accepted" if first else "author"] if own else []
        if any(pull.node == node and pull.stands for pull in pulls.of_subject(self._db, subject)):
            reasons.append("pulled")
        fresh = [self._fanout.add_interest(subject, child, reason) for reason in reasons]
        if True not in fresh:
            return
        for row in rows:
            if row.source != child and not row.record.header.node == node == child:
                self._add(child, row, self._fanout.reason(subject, child))

    def _route(self, node: str, child: str) -> str:
        """The child through which a node below syncs by now; `child` handed on what it wrote before it moved."""
        return self._below(node) or child

    def told(self, told: Told, row: Row) -> None:
        """What the hub above said of a record goes on to the children that it concerns."""
        header = row.record.header
        if told.reason == BACK:
            for node, reason in self._fanout.interested(header.subject):
                self._add(node, row, reason)
        elif told.reason in (UNKNOWN, LIMIT):
            pull = pulls.of_id(self._db, row.record.id)
            if pull is not None and pull.child and pull.stands:
                self._add(pull.child, row, told.reason)

    def roster(self, row: Row) -> None:
        """A record of the roster from below goes to the children that have a record which it vouches for."""
        header = row.record.header
        subject = f"roster/{header.node}" if header.kind == REKEYED else header.subject
        vouching.keep(self._db, subject, row.position)
        self._fanout.know([subject])
        for node, reason in self._fanout.interested(subject, but=row.source):
            self._fanout.add(f"node/{node}", row.position, row.record.id, reason)

    def _add(self, child: str, row: Row, reason: str) -> None:
        if row.source not in (OWN, ABOVE):
            self._vouch(child, f"roster/{row.record.header.node}")
            if row.held:
                self._vouch(child, f"held/{row.record.id}")
        self._fanout.add(f"node/{child}", row.position, row.record.id, reason)

    def _vouch(self, child: str, subject: str) -> None:
        """Once for each child, what it must know of a node or of a held record before it can judge it. Of a node below
        it a child knows by itself: it may have admitted it anew, after another hub had it, and the older word must not
        come behind the newer one."""
        self._fanout.know([subject])
        if self._fanout.reason(subject, child) or self._below(subject.partition("/")[2]) == child:
            return
        for old in self._log.at(self._db, vouching.of(self._db, subject)):
            if old.source != child:
                self._fanout.add_interest(subject, child, "roster")
                self._fanout.add(f"node/{child}", old.position, old.record.id, "roster")

    def _splice(self, row: Row, card: Card | None, child: str) -> None:
        """Everything that is kept of the case, but for what was dropped with it."""
        for old in self._others(row, card):
            if old.source != child:
                self._add(child, old, self._fanout.reason(old.record.header.subject, child))

    def _others(self, row: Row, card: Card | None) -> list[Row]:
        """The records of a case beside this one, in the order of the log, those without their bodies too."""
        bare = self._aside.bare(row.record.header.subject)
        known = card.whole if card is not None else ()
        return self._log.at(self._db, sorted({*known, *bare} - {row.position}))

    # ------------------------------------------------------------ pulls

    def _pull(self, row: Row, card: Card | None, child: str, roster: Roster) -> None:
        header = row.record.header
        child = self._route(header.node, child) if child else ""
        day = pulls.day_of(header)
        wanted = bool(child) and not self._fanout.reason(header.subject, child)
        refused = wanted and pulls.count(self._db, header.node, day) >= self._pulls_a_day
        pull = PullRow(
            row.record.id, header.subject, header.node, header.area, child, row.position, day, refused, released=False
        )  # fmt: skip
        others = self._others(row, card)
        pull = pull._replace(released=any(pulls.ends(each, _tier(roster, each), pull) for each in _headers(others)))
        pulls.keep(self._db, pull)
        if not child or pull.released:
            return
        if refused:
            self._add(child, row, LIMIT)
        elif self._fanout.add_interest(header.subject, child, "pulled"):
            self._splice(row, card, child)
            if self._is_city(roster) and all(each.kind in ACCESS for each in _headers(others)):
                self._add(child, row, UNKNOWN)

    def _is_city(self, roster: Roster) -> bool:
        me = roster.member(self._me)
        return me is not None and me.tier == CITY

    def _release(self, row: Row, roster: Roster) -> None:
        header = row.record.header
        tier = _tier(roster, header)
        known = pulls.of_subject(self._db, header.subject)
        ended = [pull for pull in known if not pull.released and pulls.ends(header, tier, pull)]
        for pull in ended:
            pulls.mark_released(self._db, pull.id)
        standing = {pull.child for pull in known if pull.stands and pull not in ended}
        for child in sorted({pull.child for pull in ended if pull.child} - standing):
            if self._fanout.end_interest(header.subject, child, "pulled"):
                self._add(child, row, DROP)


def _tier(roster: Roster, header: Header) -> str:
    member = roster.member(header.node)
    return member.tier if member is not None else ""


def _headers(rows: list[Row]) -> list[Header]:
    return [row.record.header for row in rows]


def is_everybodys(row: Row, roster: Roster, me: str) -> bool:
    """Whether a record of the roster goes down to all children: our own, what came from above, an order to erase, and
    another key of a child, for whoever learnt here that it was admitted."""
    author, kind = roster.member(row.record.header.node), row.record.header.kind
    rekeyed = kind == REKEYED and author is not None and author.parent == me
    return row.source in (OWN, ABOVE) or kind == ORDERED or rekeyed
