"""A slice of the log, folded in one pass: what each record does to cases, knowledge, roster, and the streams of a hub.

What a record adds depends on the log alone. One that breaks the fold is set aside with its reason, and the log goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
from sqlite_utils.utils import sqlite3

from shared_models import erasure
from shared_models.cases import ACCESS, ERASED, CaseFile, apply, is_critical, subject_of
from shared_models.catalogue.samples import KIND as SAMPLE
from shared_models.projections import case_file as folding
from shared_models.records import Record
from shared_models.refusals import Refusal
from shared_models.roster import ADMITTED, NODE_OPENED, Roster
from shared_models.trust import CLERK_REVOKED, changes_roster
from sync_protocol.core.contradictions import CONTRADICTION, Proof, stands
from sync_protocol.store import (
    base_list,
    case_files,
    clones,
    contradictions,
    doubting,
    dropping,
    erasing,
    erasures,
    filing,
    halting,
    holding,
    knowledge,
    leads,
    pulls,
    returning,
    samples,
    splicing,
    state,
    streams,
)
from sync_protocol.store.case_files import NOT_HERE, Card
from sync_protocol.store.contradictions import Contradiction
from sync_protocol.store.dropping import BACK, GONE, Told
from sync_protocol.store.holding import Ruling
from sync_protocol.store.log import ABOVE, OWN, DamagedRecord, Log, Row
from sync_protocol.store.refolding import fact_of, note_critical, opened_by, refold
from sync_protocol.store.routes import Routes, is_everybodys
from sync_protocol.store.vault import Vault

FOLDED_TOLD = "folded_told"
"""State: up to where what was said between the records is folded."""

Change = Callable[[sqlite3.Connection, Record], Roster]


class Ground(NamedTuple):
    """What every slice of one node stands on. `me` = its name; a `hub` also writes streams, and gives a station at most
    `pulls_a_day` cases that it pulled; `known` = the critical kinds that this program understands."""

    log: Log
    vault: Vault
    me: str
    hub: bool
    known: frozenset[str]
    pulls_a_day: int


_ODD = (Refusal, LookupError, ValueError, TypeError, ArithmeticError, AttributeError)
"""What a signed record of odd content can cause: whoever may write must not be able to stop the fold for everybody."""


def _reason(error: Exception) -> str:
    """Why a record is set aside, without anything out of its body: this rests in the clear."""
    if isinstance(error, DamagedRecord):
        return str(error)
    return error.code if isinstance(error, Refusal) else type(error).__name__


class Slice:
    """One pass over some rows behind the position `after`: the cards and interests that it touches are read once and
    saved once. `change` applies a record to the roster and keeps it."""

    def __init__(
        self, ground: Ground, db: sqlite3.Connection, rows: Sequence[Row], after: int, roster: Roster, change: Change
    ) -> None:
        self._g = ground
        self._db = db
        self._change = change
        self._reached = after
        self._journal = returning.Places(ground.log, db, after)
        self._roster = roster
        self._fanout = streams.Fanout(db)
        self._aside = case_files.Aside(db)
        self._routes = Routes(
            db, ground.log, self._fanout, self._aside, ground.me, ground.pulls_a_day,
            lambda node: self._roster.below(ground.me, node),
        )  # fmt: skip
        self._kept: dict[str, Card] = {}
        self._cards: dict[str, Card] = {}
        self._orders = erasures.of_subjects(db, sorted({row.record.header.subject for row in rows}))
        self._changed: set[str] = set()
        self.heard = 0
        """How much of what was said is folded."""
        self._know(sorted({row.record.header.subject for row in rows if row.record.header.kind.startswith("case.")}))

    def _know(self, subjects: Sequence[str]) -> None:
        """Reads what is there of these cases, unless they were touched already."""
        numbers = [number for number in map(number_in, subjects) if number not in self._cards]
        self._kept |= case_files.load_all(self._db, self._g.vault, numbers)
        if self._g.hub:
            self._aside.know(subjects)
            self._fanout.know(subjects)

    def save(self) -> list[str]:
        for number in sorted(self._changed):
            self._refold(self._cards[number])
            if self._cards[number].case.application is None:
                case_files.forget_resident(self._db, number)
                leads.forget(self._db, number)
                filing.forget_case(self._db, number)
            else:
                self._file(self._cards[number], above=True)
        case_files.save(self._db, self._g.vault, self._cards)
        leads.keep(self._db, self._g.vault, self._cards)
        self._journal.keep(self._db, self._reached)
        return self._fanout.save()

    def told(self, told: Told) -> None:
        """What was said of a record that is here: its body went or came back; or it is for a child to know."""
        self.heard += 1
        state.put(self._db, FOLDED_TOLD, told.number)
        for row in self._g.log.at(self._db, [told.record]):
            number = number_in(row.record.header.subject)
            self._know([row.record.header.subject])
            card = self._cards.get(number) or self._kept.get(number)
            if card is not None and told.reason in (GONE, BACK):
                card.bare = [place for place in card.bare if place != row.position]
                card.bare += [row.position] if told.reason == GONE else []
                self._cards[number] = card
                if card.case.status != ERASED:
                    self._changed.add(number)
            if self._g.hub:
                self._routes.told(told, row)

    def row(self, row: Row) -> None:
        self._reached = row.position
        if row.source != ABOVE:
            self._journal.step()
        row = self._lawful(row)
        if row.held and not self._is_ratified(row):
            return
        try:
            self._fold(row)
        except _ODD as error:
            self._aside.add(row.position, row.record.header.subject, _reason(error))

    def _lawful(self, row: Row) -> Row:
        """The row without its body, where an order that is known says so."""
        if not self._orders:
            return row
        covering = erasures.covering(self._orders, row.record.header)
        for order in covering:
            erasures.forget(self._db, order, [row.position], erasing.files_named_by(row))
        return row._replace(record=row.record.bare()) if covering else row

    def _order(self, row: Row) -> None:
        """An order of erasure has effect on what is here of its subject; what comes later meets `_lawful`."""
        order = erasure.order_of(row.record, self._roster.member(row.record.header.node))
        if not erasures.keep(self._db, order):
            return
        self._orders.setdefault(order.subject, []).append(order)
        number = number_in(order.subject)
        if order.subject != subject_of(number):
            erasing.erase_attestation(self._db, self._g.log, order)
            return
        self._know([order.subject])
        card = erasing.erase_case(self._db, self._g.log, order, self._cards.get(number) or self._kept.get(number))
        if card is not None:
            self._bury(number, card)

    def _done(self, row: Row) -> None:
        """A node has carried an order out. A hub that ordered hears it from the hub above it by its stream."""
        done = erasure.done_of(row.record)
        erasures.keep_done(self._db, row.record.header, done)
        order = erasures.order(self._db, done.order)
        author = self._roster.member(order.node) if order else None
        if self._g.hub and row.source == OWN and author is not None and author.parent == self._g.me:
            self._fanout.add(f"node/{author.node}", row.position, row.record.id, "erased")

    def _is_ratified(self, row: Row) -> bool:
        ruling = holding.ruling(self._db, row.record.id)
        return ruling is not None and ruling.verdict == holding.RATIFIED and _covers(ruling, row)

    def _rule(self, row: Row) -> None:
        """Lets a held record have effect, or not: it is folded where the ruling stands in the log, not before."""
        record, body = row.record, row.record.value()
        ms, _ = record.header.hlc
        header = record.header
        ruling = Ruling(str(body["id"]), header.kind, str(body["reason"]), header.actor, ms, header.area)
        place = holding.position_of(self._db, ruling.id)
        held = self._g.log.at(self._db, [place]) if place is not None else []
        if any(not _covers(ruling, each) for each in held):
            raise Refusal("roster.outside_grant", node=header.node, area=header.area)
        if holding.keep(self._db, ruling) and ruling.verdict == holding.RATIFIED:
            doubting.settle(self._db, ruling.id)
            for each in held:
                self._effect(each)

    def _effect(self, row: Row) -> None:
        """The effect of a record that was held; one that changes the roster has none, it is written anew instead."""
        header = row.record.header
        if header.kind.startswith("case."):
            self._know([header.subject])
        if not changes_roster(header.kind):
            self._fold(row)

    def _fold(self, row: Row) -> None:
        header, before = row.record.header, self._roster
        family = header.kind.partition(".")[0]
        if family == "case":
            self._case(row)
        elif family == "catalogue":
            body = row.record.value()
            if header.kind == "catalogue.item":
                knowledge.keep_item(self._db, body)
            elif header.kind == "catalogue.published":
                knowledge.keep_version(self._db, body, row.position)
                halting.keep(self._db, body)
            elif header.kind == base_list.KIND:
                base_list.keep(self._db, body, row.position)
            elif header.kind == SAMPLE:
                samples.keep(self._db, body, row.position)
            self._stream("catalogue", row)
        elif family == "attestation":
            self._attestation(row)
        elif family == "calendar" or changes_roster(header.kind):
            everybodys = self._is_above(header.node) or is_everybodys(row, self._roster, self._g.me)
            if self._g.hub and not everybodys:
                self._routes.roster(row)
            if header.kind == "calendar.published":
                state.put(self._db, "calendar", row.record.value())
            elif header.kind in (holding.RATIFIED, holding.REJECTED):
                self._rule(row)
            elif header.kind == erasure.ORDERED:
                self._order(row)
            else:
                self._roster = self._change(self._db, row.record)
            if header.kind == CLERK_REVOKED:
                doubting.doubt(self._db, self._g.log, self._g.me, row)
            if everybodys:
                self._stream("control", row)
            if header.kind == ADMITTED:
                self._admitted(row, row.record.value(), before)
        elif header.kind == NODE_OPENED:
            self._opened(row)
        elif header.kind == erasure.DONE:
            self._done(row)
        elif header.kind in (clones.CLONED, clones.CLOSED):
            self._cloned(row)
        elif header.kind == CONTRADICTION:
            self._contradiction(row)

    # ------------------------------------------------------------ cases

    def _case(self, row: Row) -> None:
        record = row.record
        number = number_in(record.header.subject)
        if not number:
            raise LookupError("a record of a case names no case")
        card = self._cards.get(number) or self._kept.get(number)
        if record.body is None:
            self._bare_case(row, number, card)
            return
        if card is None and (case := opened_by(self._roster, number, record)) is not None:
            card = Card(case, [row.position], [], origin=NOT_HERE)
        elif card is not None and record.id in card.case.dag:
            return
        else:
            card = self._grown(card or Card(CaseFile(number), [], [], origin=NOT_HERE), row)
        self._seen(row, card)
        self._cards[number] = card
        if self._g.hub:
            self._routes.case(row, card, self._child_of(row), self._roster)
        self._file(card, above=row.source == ABOVE)

    def _grown(self, card: Card, row: Row) -> Card:
        """The card with one more record, which has its body."""
        fact = fact_of(self._roster, row.record)
        if not card.waiting and folding.follows(card.case, fact):
            card.case = apply(card.case, fact, row.record.header.area, self._g.known)
            card.positions.append(row.position)
            if is_critical(fact.kind):
                note_critical(self._db, card.case)
        else:
            self._refold(card, [row])
        return card

    def _bare_case(self, row: Row, number: str, card: Card | None) -> None:
        """A record without its body is passed on like any other. Where an order took the body away, the tombstone of
        the case counts it; where it went with its case, it waits for the case to come again; else it is set aside until
        the order comes."""
        if self._g.hub:
            self._routes.case(row, card, self._child_of(row), self._roster)
        if erasures.covering(self._orders, row.record.header):
            self._bury(number, erasing.join(self._db, self._g.log, number, card, row))
        elif dropping.is_gone(self._db, row.position):
            card = card or Card(CaseFile(number), [], [], origin=NOT_HERE)
            self._seen(row, card)
            card.waiting.append(row.position)
            self._cards[number] = card
        else:
            raise Refusal(case_files.BODY_MISSING)

    def _bury(self, number: str, tombstone: Card) -> None:
        """Keeps the tombstone of a case. Which bodies went before the order is remembered: streams depend on it."""
        before = self._cards.get(number) or self._kept.get(number)
        self._cards[number] = tombstone
        filing.forget_case(self._db, number)
        tombstone.bare = before.bare if before is not None else []

    def _file(self, card: Card, *, above: bool) -> None:
        """What becomes of the files that a case names."""
        files = filing.files_of(card.case)
        if files:
            subject = subject_of(card.case.number)
            children = [child for child, _ in self._fanout.interested(subject)] if self._g.hub else []
            filing.keep(self._db, self._roster, self._g.me, card, files, children, above=above)

    def _seen(self, row: Row, card: Card) -> None:
        """Notes through whom the case came, and how far the own journal tells of it."""
        if card.origin == NOT_HERE and row.record.header.kind not in ACCESS:
            card.origin = row.source if row.source != ABOVE else OWN
        if row.source != ABOVE:
            card.journal = self._journal.place

    def _refold(self, card: Card, fresh: Sequence[Row] = ()) -> None:
        """A record that came late or beside others, or a body that went or came back: the whole case anew."""
        earlier = self._g.log.at(self._db, sorted({*card.positions, *card.waiting}))
        refold(card, [*earlier, *fresh], self._roster, self._g.known)
        note_critical(self._db, card.case)

    def _child_of(self, row: Row) -> str:
        """The child that a record came from; "" for none. What a child wrote may come from above as well: this hub and
        the child were both restored, and only the hub above still had it."""
        if row.source != ABOVE:
            return row.source
        author = self._roster.member(row.record.header.node)
        return author.node if author is not None and author.parent == self._g.me else ""

    # ------------------------------------------------------------ everything else

    def _attestation(self, row: Row) -> None:
        header = row.record.header
        if header.kind == "attestation.issued" and row.record.body is None:
            knowledge.keep_bare_attestation(self._db, header, row.position)
        elif header.kind == "attestation.issued":
            knowledge.keep_attestation(self._db, self._g.vault, header, row.record.value(), row.position)
        elif header.kind == "attestation.revoked":
            knowledge.revoke_attestation(self._db, header)
        if not self._g.hub:
            return
        for area in sorted({child.area for child in self._roster.children(self._g.me)}):
            if area.startswith(header.area) or header.area.startswith(area):
                self._fanout.add(f"area/{area}", row.position, row.record.id, "area")

    def _stream(self, stream: str, row: Row) -> None:
        if self._g.hub:
            self._fanout.add(stream, row.position, row.record.id, row.record.header.kind)

    def _admitted(self, row: Row, body: dict[str, object], before: Roster) -> None:
        if self._g.hub and body.get("parent") == self._g.me:
            splicing.attestations(self._db, self._g.log, self._fanout, str(body["area"]))
        self._splice_moved(row, str(body["node"]), before)

    def _splice_moved(self, row: Row, node: str, before: Roster) -> None:
        """A node that was known moves below another child of this hub, or becomes one: what others wrote on its cases
        goes there in whole. The child that it leaves is told, where the news does not come by the control stream."""
        old, new = before.below(self._g.me, node), self._roster.below(self._g.me, node)
        if not self._g.hub or before.member(node) is None or old == new:
            return
        if old and old != node and row.source not in (OWN, ABOVE):
            self._fanout.add(f"node/{old}", row.position, row.record.id, "moved")
        if new:
            wrote = self._g.log.headers_of(self._db, node)
            cases = {each.subject for each in wrote if each.kind.startswith("case.") and each.kind not in ACCESS}
            subjects = sorted({*cases, *pulls.reroute(self._db, node, new)})
            self._know(subjects)
            for subject in subjects:
                self._splice_case(subject, node, new)

    def _splice_case(self, subject: str, node: str, child: str) -> None:
        card = self._cards.get(number_in(subject)) or self._kept.get(number_in(subject))
        if card is None:
            return
        self._routes.moved(subject, card, node, child)
        if child == node:  # from here on this hub answers for its files, too
            card.origin = node
            self._cards[number_in(subject)] = card
            self._file(card, above=False)

    def _contradiction(self, row: Row) -> None:
        """A proof counts by itself, whoever hands it on; one that does not stand accuses nobody."""
        header = row.record.header
        proof = msgspec.convert(row.record.value(), Proof)
        if not stands(proof, self._roster.keys_of(proof.hub)):
            raise Refusal("witness.not_proven", node=header.node)
        contradictions.keep(self._db, Contradiction(proof, header.node, header.hlc[0]))

    def _is_above(self, node: str) -> bool:
        """Whether this is our own name, or that of a node above."""
        return node == self._g.me or node in self._roster.above(self._g.me)

    def _opened(self, row: Row) -> None:
        """An incarnation opens. One that does not continue from the end of its history was restored from a copy: a
        hub hands back to a node below what it wrote since, as far as it stands before the opening in the log; and
        everybody gives back to a node above what it kept of that."""
        header = row.record.header
        body = row.record.value()
        chain = (header.node, header.incarnation)
        self._g.log.note_opening(self._db, chain, str(body["incarnation"]), int(body["seq"]))
        log = self._g.log
        if self._is_above(header.node):
            self._stream("control", row)
            if header.node != self._g.me:
                returning.give_back(self._db, log, header, row.position)
        elif self._g.hub and row.source not in (OWN, ABOVE):
            returning.hand_back(self._db, log, self._fanout, row)

    def _cloned(self, row: Row) -> None:
        """Two processes of a node were alive at once, or somebody looked into that: told to both of them."""
        child = self._roster.below(self._g.me, clones.fold(self._db, self._roster, row.record).node)
        if self._g.hub and child and child != row.source:
            self._fanout.add(f"node/{child}", row.position, row.record.id, row.record.header.kind)


def _covers(ruling: Ruling, row: Row) -> bool:
    """Whether the author of a ruling is entitled to rule on this record: by area."""
    return row.record.header.area.startswith(ruling.area)


def number_in(subject: str) -> str:
    """The case number in `case/<number>`; "" where there is none."""
    return subject.partition("/")[2]
