"""Node = keys + log + projector + clock. Two doors lead into the log, and no third one.

- `write(command)`: the command's `decide` gives drafts or refuses; they are signed, appended and folded in one
  transaction, which is durable when `write` returns.
- `take_in(records, source)`: records from a child's journal or from the parent's streams pass the numbered checks, are
  kept in one transaction, and are folded afterwards by `fold`.

Clock and randomness are handed in, so that a simulated world can replay every byte.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

import msgspec

from shared_models import cases
from shared_models.mandates import OF_CLERKS
from shared_models.records import SALT_BYTES, Clock, Draft, Position, Record, seal_record
from shared_models.refusals import Refusal
from shared_models.roster import Member, Roster
from shared_models.signing import KeyPair, name_of_key, text_of
from shared_models.trust import changes_roster, key_mark
from sync_protocol.commands import NOTHING_OWN, Command, Nothing, Opening, Rekeying, View
from sync_protocol.core.mandating import Mandates
from sync_protocol.core.verdicts import Examination, Outcome, Verdict, usable
from sync_protocol.seating import Place, Seats, mandated
from sync_protocol.store import (
    attachments,
    audited,
    base_list,
    case_files,
    clerks,
    clones,
    contradictions,
    critical,
    doubting,
    dropping,
    erasures,
    halting,
    holding,
    knowledge,
    landmarks,
    leads,
    listening,
    log,
    own_keys,
    pulls,
    receipt_log,
    receipts,
    regained,
    samples,
    state,
    streams,
    unjudged,
    vouching,
    witnessing,
)
from sync_protocol.store.database import Connection, Database
from sync_protocol.store.log import ABOVE, OWN, Log
from sync_protocol.store.projector import SLICE, Projector
from sync_protocol.store.pulls import PULLS_A_DAY
from sync_protocol.store.vault import Entropy, Vault

MIGRATIONS = (
    log.migrations,
    attachments.migrations,
    state.migrations,
    streams.migrations,
    receipts.migrations,
    knowledge.migrations,
    case_files.migrations,
    holding.migrations,
    erasures.migrations,
    clones.migrations,
    receipt_log.migrations,
    witnessing.migrations,
    audited.migrations,
    contradictions.migrations,
    critical.migrations,
    regained.migrations,
    dropping.migrations,
    pulls.migrations,
    vouching.migrations,
    landmarks.migrations,
    listening.migrations,
    base_list.migrations,
    halting.migrations,
    clerks.migrations,
    doubting.migrations,
    unjudged.migrations,
    leads.migrations,
    samples.migrations,
)


class Intake(NamedTuple):
    """`verdicts` of the whole run; `kept` = how many of them, from the first, are now held here."""

    verdicts: list[Verdict]
    kept: int

    @property
    def refused(self) -> Verdict | None:
        """The first record that cannot be held, if there is one."""
        return self.verdicts[self.kept] if self.kept < len(self.verdicts) else None


def _fresh_name(entropy: Entropy) -> str:
    return base64.b32encode(entropy(10)).decode().lower()


class Node:
    """One node of the city. `keys` is its first pair, after which it is named, `later` those that came after, as far
    as they are kept beside the database. `root_key` is the city's root; `hub` says whether children sync with it; it
    gives a station at most `pulls_a_day` cases that it pulled; `known` = the critical kinds that its program knows."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        keys: KeyPair,
        root_key: bytes,
        city: str,
        *,
        hub: bool,
        now: Callable[[], int],
        entropy: Entropy,
        known: frozenset[str] = cases.CRITICAL_KNOWN,
        pulls_a_day: int = PULLS_A_DAY,
        later: Sequence[KeyPair] = (),
    ) -> None:
        self.database = database
        self.vault = vault
        self.first = keys
        self._later = tuple(later)
        self._own_keys = state.Remembered(own_keys.NAME)
        self.name = name_of_key(keys.public)
        self.now = now
        self.log = Log(vault)
        self._entropy = entropy
        rooted = Roster.rooted(root_key, city)
        self._projector = Projector(
            self.log, vault, self.name, rooted, hub=hub, known=known, pulls_a_day=pulls_a_day
        )  # fmt: skip
        self._listeners: list[Callable[[Collection[str] | None], None]] = []
        self.intakes = 0
        """Moves on when a batch begins to be taken in, and again when it is kept."""
        self.incarnation = _fresh_name(entropy)
        self._opened = False
        """Whether this process has opened an incarnation: from then on each further one is opened by whoever writes."""
        self.epoch = self.incarnation
        """The epoch of the log of receipts in which this process signs: one that no other process ever used."""
        self._rooted = rooted
        self._roster = state.Remembered("roster")
        self.seats = Seats()
        """The people whose forms are being worked on: what is written in their names needs their keys."""

    # ------------------------------------------------------------ who we are

    @property
    def roster(self) -> Roster:
        """The roster as the log has it now, folded or not: what the next record is judged by."""
        with self.database.read() as db:
            return self.roster_in(db)

    def roster_in(self, db: Connection) -> Roster:
        """The roster as a transaction that is under way has it."""
        roster: Roster = self._roster.get(
            db, lambda kept: self._rooted if kept is None else msgspec.convert(kept, Roster)
        )
        return roster

    def _keep_roster(self, db: Connection, roster: Roster) -> None:
        self._roster.put(db, roster, msgspec.to_builtins(roster))

    @property
    def pairs(self) -> tuple[KeyPair, ...]:
        """All pairs of this node, the first one first."""
        with self.database.read() as db:
            return self._pairs_in(db)

    def _pairs_in(self, db: Connection) -> tuple[KeyPair, ...]:
        """Where the database was restored, the newer pairs are still kept beside it."""
        kept: tuple[KeyPair, ...] = self._own_keys.get(db, lambda kept: own_keys.opened(kept, self.vault))
        return self.first, *max(kept, self._later, key=len)

    @property
    def keys(self) -> KeyPair:
        """The pair that this node signs with."""
        return self.pairs[-1]

    def settled_pair(self) -> KeyPair:
        """The pair that the parent knows, as far as its receipts tell: it signs what may come before our journal does,
        by a stick or as a checkpoint."""
        member = self.member
        with self.database.read() as db:
            held, pairs = receipts.standing(db).journal, self._pairs_in(db)
            for past in member.past:
                if self.log.journal_place_of(db, past.ended) > held:
                    return next((pair for pair in pairs if pair.public == past.public), pairs[-1])
        return pairs[-1]

    def pair_known_as(self, mark: str) -> KeyPair:
        """The pair that somebody knows by `mark` (`trust.key_mark`), the newest one where none is."""
        pairs = self.pairs
        return next((pair for pair in pairs if key_mark(pair.public, self.name) == mark), pairs[-1])

    def keys_of(self, node: str) -> tuple[bytes, ...]:
        """All public keys that a node had; our own too where the roster was restored and does not know them yet."""
        known = self.roster.keys_of(node)
        mine = [pair.public for pair in self.pairs if pair.public not in known] if node == self.name else []
        return (*known, *mine)

    @property
    def member(self) -> Member:
        """This node as the roster knows it. Raises Refusal sync.not_admitted."""
        return self._member_in(self.roster)

    def _member_in(self, roster: Roster) -> Member:
        member = roster.member(self.name)
        if member is None:
            raise Refusal("sync.not_admitted")
        return member

    def open(self) -> None:
        """Opens this process's incarnation with a record that names the head it continues from, then folds the rest.
        What another program folded is folded again where it matters."""
        self.database.write(self._projector.recognise)

        self.write(Opening())
        self._opened = True

    def rotate(self, fresh: KeyPair, actor: str = "") -> None:
        """Takes another key, in one transaction with the record that says so, and goes on in a fresh incarnation.
        Raises Refusal roster.not_up_to_date where this node is revoked, or does not know its own last key."""

        def keep(db: Connection) -> None:
            kept = own_keys.add(db, self.vault, fresh)
            self._own_keys.put(db, own_keys.opened(kept, self.vault), kept)
            self.incarnation = _fresh_name(self._entropy)  # here, so that no other write comes behind the last record

        self.write(Rekeying(fresh, text_of(self.keys.public), actor), keep)
        self.write(Nothing())

    def leave_fork(self, journal: int) -> None:
        """Goes on in a fresh incarnation where the record at this place of the journal is of the present one: that is
        frozen, because somebody else wrote in it too. Told again of what lies behind, it stays where it is."""
        with self.database.read() as db:
            records, _ = self.log.journal_after(db, journal - 1, 1)
        if any((each.header.node, each.header.incarnation) == (self.name, self.incarnation) for each in records):
            self.incarnation = _fresh_name(self._entropy)
            self.write(Nothing())

    def leave_epoch(self) -> None:
        """Signs receipts in a fresh epoch from now on: the witness knows more of the log than there is here."""
        self.epoch = _fresh_name(self._entropy)

    def subscribe(self, listener: Callable[[Collection[str] | None], None]) -> None:
        """`listener` is called, from any thread, after something was kept or folded, with the news for children."""
        self._listeners.append(listener)

    def notify(self, news: Collection[str] | None) -> None:
        """Tells everybody who listens that something is new here. `news` is what is new for children: the streams that
        have grown, and `receipts.news(child)` where our own parent has signed for more; None = it may be anything."""
        for listener in self._listeners:
            listener(news)

    # ------------------------------------------------------------ the first door

    def write(self, command: Command, also: Callable[[Connection], None] | None = None) -> list[Record]:
        """Decides, signs, keeps and folds; durable on return. `also` joins the same transaction. Raises Refusal."""

        grown: set[str] = set()

        def work(db: Connection) -> list[Record]:
            self._fold_all(db, grown)
            roster = self.roster_in(db)
            view = View(db, self.vault, self._member_in(roster), roster)
            if self._opened and not self.log.known(db).head_of((self.name, self.incarnation)).seq:
                self.log.append(db, self._signed(db, Opening().decide(view)), OWN)
            known = self.log.known(db)
            mandates = Mandates(known.desks, known.openings_of)
            place = Place(self.incarnation, known.head_of((self.name, self.incarnation)).seq)
            asked = command.decide(view)
            records = self._signed(db, mandated(db, view.me, place, asked, self.seats, mandates))
            for record in records:
                if changes_roster(record.header.kind):
                    roster = roster.apply(record)
                    self._keep_roster(db, roster)
                elif record.header.kind in OF_CLERKS:
                    mandates.learn(record, held=False)
            clerks.keep(db, mandates)
            self.log.append(db, records, OWN)
            if also is not None:
                also(db)
            self._fold_all(db, grown)
            return records

        records = self.database.write(work)
        self.notify(grown)
        return records

    def _signed(self, db: Connection, drafts: Sequence[Draft]) -> list[Record]:
        """The drafts as records of this incarnation. Facts on one subject follow each other, not each its parents."""
        incarnation = self.incarnation  # once: another thread may go on in another one
        head = self.log.known(db).head_of((self.name, incarnation))
        last = state.get(db, "last_own", NOTHING_OWN)
        clock = Clock(*last["hlc"])
        catalogue = knowledge.latest_number(db)
        prev, seq = (head.id, head.seq) if head.seq else (str(last["id"]), 0)
        latest: dict[str, str] = {}
        pair = self._pairs_in(db)[-1]
        records = []
        for draft in drafts:
            seq += 1
            clock = clock.tick(self.now())
            if draft.subject in latest:
                draft = draft._replace(parents=(latest[draft.subject],))
            position = Position(self.name, incarnation, seq)
            record = seal_record(pair, draft, position, prev, clock, catalogue, self._entropy(SALT_BYTES))
            records.append(record)
            prev = latest[draft.subject] = record.id
        if records:
            state.put(db, "last_own", {"incarnation": incarnation, "seq": seq, "id": prev, "hlc": list(clock)})
        return records

    # ------------------------------------------------------------ the second door

    def take_in(
        self,
        records: Sequence[Record],
        source: str,
        also: Callable[[Connection, Intake], None] | None = None,
        before: Callable[[Connection], None] | None = None,
    ) -> Intake:
        """Checks and keeps records of a journal (`source` = the child, OWN for the root's) or of streams (ABOVE).

        A journal is kept up to its first record that cannot be; from streams each record stands for itself. `before`
        and `also` join the transaction, before the checks and after the records.
        """

        def work(db: Connection) -> Intake:
            self.intakes += 1
            if before is not None:
                before(db)
            roster_before = self.roster_in(db)
            verdicts, judged = self._judge(db, records, source, roster_before)
            roster = judged.roster
            kept = verdicts if source == ABOVE else usable(verdicts)
            again = [verdict.record for verdict in kept if verdict.outcome is Outcome.DUPLICATE]
            self._keep(db, kept, again, source, roster)
            clerks.keep(db, judged.mandates)
            whole = [record for record in again if record.body is not None]
            if whole:
                dropping.take_back(db, self.vault, erasures.lawful(db, whole))
            if roster is not roster_before:
                self._keep_roster(db, roster)
            intake = Intake(verdicts, len(kept))
            if also is not None:
                also(db, intake)
            return intake

        intake = self.database.write(work, together=source not in (OWN, ABOVE))  # many children push at once
        self.intakes += 1
        self.notify(())  # children learn of it when it is folded
        return intake

    def _keep(
        self, db: Connection, verdicts: Sequence[Verdict], again: Sequence[Record], source: str, roster: Roster
    ) -> None:
        """Keeps what is new; `again` = what is kept already. Into the journal goes what came from a child, though it be
        known from above; and from above, what this node or one below it wrote: whoever stands above may be restored and
        need it again."""
        mixed = again or source == ABOVE
        fresh = [verdict for verdict in verdicts if verdict.outcome.kept] if mixed else verdicts
        known = {} if source == ABOVE else self._known_from_above(db, again)
        places: dict[str, int] = {}
        if fresh:
            records = [verdict.record for verdict in fresh]
            held = [verdict.outcome is not Outcome.ACCEPTED for verdict in fresh]
            branches = [verdict.branch for verdict in fresh]
            positions = self.log.append(db, erasures.lawful(db, records), source, held, branches, journal=not known)
            self._see(db, [record.header.hlc for record in records])
            if mixed:
                places = {record.id: position for record, position in zip(records, positions, strict=True)}
        if source == ABOVE:
            own = [each.record for each in fresh if self.name in (name := each.record.header.node, *roster.above(name))]
            regained.add(db, self.log, [(places[record.id], record.id) for record in own])
        elif known:
            for identity in dict.fromkeys(verdict.record.id for verdict in verdicts):
                if identity in known:
                    regained.add(db, self.log, [(known[identity], identity)])
                elif identity in places:
                    self.log.to_journal(db, [(places[identity], identity)])

    def _known_from_above(self, db: Connection, again: Sequence[Record]) -> dict[str, int]:
        """Id -> position of the duplicates that are not in the journal yet."""
        found = {}
        for record in again:
            if (position := regained.from_above(db, record)) is not None:
                found[record.id] = position
        return found

    def heed(self, db: Connection, entries: Sequence[tuple[Record, str]]) -> set[str]:
        """Keeps what a stream said beside handing down records (`dropping.SAID`), in the transaction that took them in.
        A case that is dropped and comes again in the same entries does not lose what comes. Gives the streams that have
        grown by it: news for `notify`, when the transaction is durable."""
        grown: set[str] = set()
        for place, (record, reason) in enumerate(entries):
            if reason == dropping.DROP:
                self._fold_all(db, grown)
                subject = record.header.subject
                later = [(other.id, why) for other, why in entries[place + 1 :] if other.header.subject == subject]
                self._projector.drop(db, record, {other for other, why in later if why not in dropping.SAID})
                self._fold_all(db, grown)
            elif reason in dropping.SAID and (position := dropping.position_of(db, record)) is not None:
                dropping.tell(db, [position], reason)
        return grown

    def _see(self, db: Connection, readings: Sequence[tuple[int, int]]) -> None:
        """What is written here from now on is shown after what was seen, though our own clock be a little behind."""
        last, now = state.get(db, "last_own", NOTHING_OWN), self.now()
        clock = Clock(*last["hlc"])
        seen = clock.saw(max(readings), now)
        if seen == clock:  # unless the latest is too far ahead to be followed
            seen = max([clock, *(clock.saw(reading, now) for reading in readings if reading > clock)])
        if seen != clock:
            state.put(db, "last_own", {**last, "hlc": list(seen)})

    def _judge(
        self, db: Connection, records: Sequence[Record], source: str, roster: Roster
    ) -> tuple[list[Verdict], Examination]:
        """The verdicts, and the examination that gave them to what is kept: its roster is the one that the next record
        is judged by, the same one where nothing changed it."""
        known = self.log.known(db)
        examination = Examination(roster, known, dense=source != ABOVE)
        verdicts = examination.run(records)
        if source != ABOVE and len(usable(verdicts)) < len(verdicts):
            # What stands behind a refusal must change nothing: the good part is judged by itself.
            good = Examination(roster, known, dense=True)
            good.run([verdict.record for verdict in usable(verdicts)])
            return verdicts, good
        return verdicts, examination

    # ------------------------------------------------------------ folding and reading

    def fold(self, limit: int = SLICE) -> int:
        """Folds up to `limit` kept records; gives how many it folded, 0 when nothing waits."""
        grown: set[str] = set()
        count = self.database.write(lambda db: self._projector.advance(db, limit, grown))
        if count:
            self.notify(grown)
        return count

    def rebuild(self) -> None:
        """Throws away everything folded and folds the log anew; the result is the same."""
        self.database.write(self._projector.rebuild)

    def waiting_to_fold(self) -> int:
        with self.database.read() as db:
            return self._projector.lag(db)

    def read(self) -> AbstractContextManager[Connection]:
        """A short read of the database."""
        return self.database.read()

    def _fold_all(self, db: Connection, grown: set[str]) -> None:
        while self._projector.advance(db, SLICE, grown) >= SLICE:
            pass
