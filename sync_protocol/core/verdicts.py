"""The numbered checks that every record passes before it is kept, and what is said of it.

1. limits and form of the header            -> refused  (done by `records.record_of`: canonical, typed, bounded)
2. known node                               -> refused  sync.unknown_node
3. may write this kind in this area         -> refused  sync.outside_grant
4. position: next in its chain              -> duplicate | gap | fork (kept as proof, held, on a branch of its own);
   what a restored hub has left behind may stand behind a hole
5. signature: the record's own, or a later one of its chain in the same run, under a key that the node has or had
                                            -> refused  sync.bad_signature
6. body hash                                -> refused  sync.bad_body
7. position trusted under that key, chain not forked here, the person under a mandate
                                            -> held  (kept, receipted, without effect)
8. a control record must fit the roster, a mandate must be proven
                                            -> refused  roster.*, mandates.*

A fork is said only of a record that is good under its own signature, against one that is kept: nobody is accused by
bytes that were changed on the way. Where 5 and 6 both fail, a run may name 6: its signatures are looked at last.

The verdict depends on the record, the roster and the order of receipt alone, never on the route it came by. A run of
records from one chain costs one hash a record and one signature check, the last; control records are checked one by
one, because they change the roster that the next record is judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

from shared_models.mandates import OF_CLERKS
from shared_models.records import Header, Record, body_is_true
from shared_models.refusals import Refusal
from shared_models.roster import CITY, DISTRICT, Member, Roster, may_write
from shared_models.trust import changes_roster
from sync_protocol.core.incarnations import Openings, Origin, left_behind, origin_of
from sync_protocol.core.mandating import NO_DESKS, Desks, Mandates
from sync_protocol.core.trusting import RecordAt, Signed, Trust

Chain = tuple[str, str]
"""(node, incarnation)."""


HUBS = (CITY, DISTRICT)


class Outcome(Enum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    HELD = "held"
    GAP = "gap"
    FORK = "fork"
    REFUSED = "refused"

    @property
    def kept(self) -> bool:
        return self in (Outcome.ACCEPTED, Outcome.HELD, Outcome.FORK)


class Verdict(NamedTuple):
    """What is said of one record; `code` names the sentence of a refusal, gap or fork. A fork stands on a `branch`,
    named by the id of its first record."""

    record: Record
    outcome: Outcome
    code: str = ""
    branch: str = ""


class Head(NamedTuple):
    """The last record of a chain that is kept without a hole below it: number (0 = none) and id."""

    seq: int
    id: str


NO_HEAD = Head(0, "")

HeadOf = Callable[[Chain], Head]
IdAt = Callable[[Chain, int], str | None]
LastOf = Callable[[Chain], int]


OpeningsOf = Callable[[str], Openings]
BranchAt = Callable[[Chain, int, str], str | None]
ForkedAt = Callable[[Chain], int | None]


class Known(NamedTuple):
    """What the log knows: `head_of(chain)`; `id_at(chain, seq)` = id of the kept record there, or None;
    `last_of(chain)` = the highest number that is kept, which lies beyond the head where there is a hole. Of forks:
    `branch_at(chain, seq, id)` = the branch that holds that record, and `forked_at(chain)` = number of the first record
    on any branch, each None where there is none. `openings_of(node)` = the origins of its incarnations;
    `record_at(position)` = the control record that is kept there. `desks` = what it knows of people and mandates."""

    head_of: HeadOf
    id_at: IdAt
    last_of: LastOf
    branch_at: BranchAt = lambda chain, seq, identity: None
    forked_at: ForkedAt = lambda chain: None
    openings_of: OpeningsOf = lambda node: {}
    record_at: RecordAt = lambda position: None
    desks: Desks = NO_DESKS


class Examination:
    """Judges a run of records in order. `roster` moves on as control records are accepted.

    `dense` = the run comes from a journal, where a chain has no holes; otherwise (streams) a chain may have holes, and
    every record must stand by its own signature.
    """

    def __init__(self, roster: Roster, known: Known, *, dense: bool) -> None:
        self.roster = roster
        self._known = known
        self._dense = dense
        self._trust = Trust(known.record_at)
        self._chains: dict[Chain, _Growth] = {}
        self._openings: dict[str, dict[str, Origin]] = {}
        self._line: _Line | None = None
        self.mandates = Mandates(known.desks, self._openings_of)
        self._alone: set[str] = set()
        """Ids of records behind a hole: no other signature vouches for them, nor theirs for another."""

    def run(self, records: Iterable[Record]) -> list[Verdict]:
        """A verdict for each record, in order. In a dense run everything after a refusal in its chain is a gap."""
        if not self._dense:
            return [self._judge(record) for record in records]
        return self._signed([self._next_in_line(record) or self._judge(record) for record in records])

    def _next_in_line(self, record: Record) -> Verdict | None:
        """Nearly all records of a run: the next of the chain that the one before stands on, of a kind, an area and a
        person that were judged there. What the checks would say of it follows from that; None = they are to be
        asked."""
        line, header = self._line, record.header
        if (
            line is None
            or (header.node, header.incarnation) != line.name
            or (header.kind, header.area, header.actor) not in line.good
        ):
            return None
        chain = line.chain
        if header.seq != chain.seq + 1 or header.prev != chain.id or header.seq <= chain.last_kept:
            return None
        if not body_is_true(record):
            return None
        chain.grow(record)
        return Verdict(record, Outcome.ACCEPTED)

    def _judge(self, record: Record) -> Verdict:
        header = record.header
        member = self.roster.member(header.node)
        if member is None:
            return Verdict(record, Outcome.REFUSED, "sync.unknown_node")
        if not may_write(member, header):
            return Verdict(record, Outcome.REFUSED, "sync.outside_grant")
        chain = self._chain((header.node, header.incarnation))
        position = self._position(record, chain)
        if position is not None and position.outcome is not Outcome.FORK:
            return position
        control, of_clerks = changes_roster(header.kind), header.kind in OF_CLERKS
        hole = position is None and header.seq != chain.seq + 1
        alone = control or of_clerks or position is not None or not self._dense or hole
        signed = self._trust.signed(record, member) if alone else Signed.WELL
        if signed is Signed.BADLY or (signed is Signed.IN_THE_PAST and position is not None):
            return Verdict(record, Outcome.REFUSED, "sync.bad_signature")  # whoever found an old key proves no fork
        if not body_is_true(record):
            return Verdict(record, Outcome.REFUSED, "sync.bad_body")
        if position is not None:
            return self._forked(record, chain)
        held = signed is Signed.IN_THE_PAST or self._trust.ends(member, header) or chain.frozen(header.seq)
        held = held or self._trust.ends_clerk(member, header)
        held = held or not (self.mandates.counts(header) or self._left_behind(header))
        try:
            if control and not held:
                self.roster = self.roster.apply(record)
                self._trust.learn(record)
            elif of_clerks:
                self.mandates.learn(record, held)
        except Refusal as refusal:
            if not control or not self._left_behind(header):
                return Verdict(record, Outcome.REFUSED, refusal.code)
            held = True
        self._grow(chain, record)
        said = held or control or of_clerks or chain.forked
        self._line = None if said or not self._is_plain(member, header) else _Line.on(self._line, chain, header)
        return Verdict(record, Outcome.HELD if held else Outcome.ACCEPTED)

    def _is_plain(self, member: Member, header: Header) -> bool:
        """Whether what is true of this record is true of the next one like it: nothing was said of its node's trust,
        nor of its person beside a mandate."""
        if member.revoked or member.spells or header.actor in member.clerks:
            return False
        return self.mandates.is_steady(header)

    def _grow(self, chain: _Growth, record: Record) -> None:
        if not chain.grow(record):
            self._alone.add(record.id)
        if record.header.seq == 1 and (origin := origin_of(record)) is not None:
            self._openings_of(record.header.node)[record.header.incarnation] = origin

    def _openings_of(self, node: str) -> dict[str, Origin]:
        if node not in self._openings:
            self._openings[node] = dict(self._known.openings_of(node))
        return self._openings[node]

    def _left_behind(self, header: Header) -> bool:
        """Whether this is what a hub wrote before it was restored: only a part of it may be left, with its children."""
        member = self.roster.member(header.node)
        if member is None or member.tier not in HUBS:
            return False
        return left_behind(self._openings_of(header.node), header.incarnation, header.seq)

    def _chain(self, name: Chain) -> _Growth:
        chain = self._chains.get(name)
        if chain is None:
            known = self._known
            chain = self._chains[name] = _Growth(known.head_of(name), known.last_of(name), known.forked_at(name))
        return chain

    def _branch_at(self, record: Record, seq: int, identity: str) -> str | None:
        name = (record.header.node, record.header.incarnation)
        return self._chain(name).branches.get((seq, identity)) or self._known.branch_at(name, seq, identity)

    def _forked(self, record: Record, chain: _Growth) -> Verdict:
        header = record.header
        branch = self._branch_at(record, header.seq - 1, header.prev) or record.id
        chain.fork(record, branch)
        self._line = None
        return Verdict(record, Outcome.FORK, "sync.fork", branch)

    def _position(self, record: Record, chain: _Growth) -> Verdict | None:
        """Check 4; None for a record that may be kept as far as its position goes."""
        header = record.header
        follows = header.seq == chain.seq + 1
        if follows and header.seq > chain.last_kept and (header.seq == 1 or header.prev == chain.id):
            return None
        fresh = chain.fresh.get(header.seq)
        kept = fresh or self._known.id_at((header.node, header.incarnation), header.seq)
        if kept == record.id:
            if follows:  # it came early, through a stream: what filled the hole below it leads on behind it
                chain.seq, chain.id = header.seq, record.id
            return Verdict(record, Outcome.DUPLICATE)
        if kept is None and follows and (header.seq == 1 or header.prev == chain.id):
            return None
        if self._branch_at(record, header.seq, record.id):
            return Verdict(record, Outcome.DUPLICATE)
        if kept is None and not follows and not self._branch_at(record, header.seq - 1, header.prev):
            gap = self._dense and not self._left_behind(header)
            return Verdict(record, Outcome.GAP, "sync.gap") if gap else None
        if kept is None:
            fresh = chain.fresh.get(chain.seq)
        # What it contradicts may have come in this very run and be false itself: then it proves nothing as yet.
        if self._dense and fresh:
            return Verdict(record, Outcome.GAP, "sync.gap")
        return Verdict(record, Outcome.FORK, "sync.fork")

    def _signed(self, verdicts: list[Verdict]) -> list[Verdict]:
        """Check 5 for a dense run: the last good signature of each chain vouches for what stands before it."""
        if all(chain.last is None or self._is_good(chain.last) for chain in self._chains.values()):
            return verdicts
        vouched: dict[Chain, Signed] = {}
        judged = [self._vouched(verdict, vouched) for verdict in reversed(verdicts)]
        return judged[::-1]

    def _is_good(self, record: Record) -> bool:
        member = self.roster.member(record.header.node)
        return member is not None and self._trust.signed(record, member) is Signed.WELL

    def _vouched(self, verdict: Verdict, vouched: dict[Chain, Signed]) -> Verdict:
        """The verdict on a record of which the later ones of its run were looked at. What only a key of the past
        vouches for is held where that key does not count."""
        record = verdict.record
        header, member = record.header, self.roster.member(record.header.node)
        if verdict.outcome not in _IN_LINE or member is None or record.id in self._alone:
            return verdict
        chain = (header.node, header.incarnation)
        if vouched.get(chain) is not Signed.WELL and (own := self._trust.signed(record, member)) is not Signed.BADLY:
            vouched[chain] = own
        match vouched.get(chain, Signed.BADLY):
            case Signed.WELL:
                return verdict
            case Signed.IN_THE_PAST:
                return verdict._replace(outcome=Outcome.HELD)
        return Verdict(record, Outcome.REFUSED, "sync.bad_signature")


class _Growth:
    """A chain while a run is judged: its head, and what the run has brought of it (number -> id, and the last)."""

    def __init__(self, head: Head, last_kept: int, forked_at: int | None) -> None:
        self.seq, self.id = head
        self.last_kept = last_kept
        self.fresh: dict[int, str] = {}
        self.last: Record | None = None
        self.branches: dict[tuple[int, str], str] = {}
        self._forked_at = forked_at

    @property
    def forked(self) -> bool:
        return self._forked_at is not None

    def frozen(self, seq: int) -> bool:
        """Whether a fork was proven at or before this place: nobody can tell which branch its author meant."""
        return self._forked_at is not None and seq >= self._forked_at

    def fork(self, record: Record, branch: str) -> None:
        seq = record.header.seq
        self.branches[seq, record.id] = branch
        self._forked_at = seq if self._forked_at is None else min(seq, self._forked_at)

    def grow(self, record: Record) -> bool:
        """Adds a record; whether it follows the head, so that signatures vouch along the chain."""
        seq = record.header.seq
        self.fresh[seq] = record.id
        if seq != self.seq + 1:
            self.last_kept = max(self.last_kept, seq)
            return False
        self.last = record
        self.seq, self.id = seq, record.id
        return True


class _Line(NamedTuple):
    """The chain on which a run stands, of a node about whose trust nothing was ever said, and (kind, area, actor) of
    its records that were accepted."""

    name: Chain
    chain: _Growth
    good: set[tuple[str, str, str]]

    @classmethod
    def on(cls, before: _Line | None, chain: _Growth, header: Header) -> _Line:
        """Standing on this chain, with one more kind, area and person."""
        good = before.good if before is not None and before.chain is chain else set()
        good.add((header.kind, header.area, header.actor))
        return cls((header.node, header.incarnation), chain, good)


_IN_LINE = (Outcome.ACCEPTED, Outcome.HELD)
_FITTING = (Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.HELD, Outcome.FORK)


def usable(verdicts: list[Verdict]) -> list[Verdict]:
    """The verdicts up to, and without, the first record of a journal that cannot be kept."""
    for place, verdict in enumerate(verdicts):
        if verdict.outcome not in _FITTING:
            return verdicts[:place]
    return verdicts
