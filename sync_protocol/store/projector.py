"""The projector: folds the log into what screens and streams read, record by record, in the order of receipt.

One watermark (`folded`) says how far. Advancing by one record equals rebuilding from nothing: what a record adds
depends on the log alone (`slices` does the adding). On a hub the same pass writes the streams: what goes where is a
function of the journal and of the roster's grants.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlite_utils.utils import sqlite3

from shared_models.cases import CRITICAL_KNOWN
from shared_models.records import Record
from shared_models.roster import Roster
from sync_protocol.store import case_files, critical, dropping, erasing, filing, leads, regained, state, streams
from sync_protocol.store.log import PLACE_MAX, Log
from sync_protocol.store.pulls import PULLS_A_DAY
from sync_protocol.store.refolding import recognise
from sync_protocol.store.slices import FOLDED_TOLD, Ground, Slice, number_in
from sync_protocol.store.vault import Vault

FOLDED, FOLDED_ROSTER = "folded", "folded_roster"
SLICE, SLICE_LATE = 256, 1024
"""Records that are folded in one transaction, as a rule and where many wait: what a slice changes is written once."""

PROJECTED = (
    "case_file", "case_resident", "set_aside", "item", "catalogue_version", "catalogue_change", "attestation",
    "revoked_attestation",
    "stream_entry", "stream_head", "interest", "ruling", "erasure_done", "clone_alarm", "clone_closed", "contradiction",
    "critical_case", "pull", "vouching", "base_item", "base_change", "item_halt", "case_attachment", "doubt",
    "case_lead", "sample",
)  # fmt: skip
"""The tables that a rebuild makes anew from the log. The orders of erasure stay: bodies are gone from its start on."""


class Projector:
    """Folds for one node. `me` = its name; `root` = the roster before any record; a hub also writes streams, and gives
    a station at most `pulls_a_day` cases that it pulled; `known` = the critical kinds that this program understands."""

    def __init__(
        self,
        log: Log,
        vault: Vault,
        me: str,
        root: Roster,
        *,
        hub: bool,
        known: frozenset[str] = CRITICAL_KNOWN,
        pulls_a_day: int = PULLS_A_DAY,
    ) -> None:
        self._ground = Ground(log, vault, me, hub, known, pulls_a_day)
        self._root = root
        self._roster = state.Remembered(FOLDED_ROSTER)

    def roster(self, db: sqlite3.Connection) -> Roster:
        """The roster as far as the log is folded."""
        roster: Roster = self._roster.get(
            db, lambda kept: self._root if kept is None else msgspec.convert(kept, Roster)
        )
        return roster

    def _change_roster(self, db: sqlite3.Connection, record: Record) -> Roster:
        roster = self.roster(db).apply(record)
        self._keep_roster(db, roster)
        return roster

    def _keep_roster(self, db: sqlite3.Connection, roster: Roster) -> None:
        self._roster.put(db, roster, msgspec.to_builtins(roster))

    def advance(self, db: sqlite3.Connection, limit: int = SLICE, grown: set[str] | None = None) -> int:
        """Folds up to `limit` records after the watermark, and what was said between them; gives how many it folded.
        The streams that have grown by it are added to `grown`."""
        after = int(state.get(db, FOLDED, 0))
        rows = self._ground.log.rows(db, after, limit)
        end = rows[-1].position if len(rows) == limit else PLACE_MAX
        told = dropping.told_after(db, int(state.get(db, FOLDED_TOLD, 0)), end)
        if not rows and not told:
            return 0
        fold = Slice(self._ground, db, rows, after, self.roster(db), self._change_roster)
        for row in rows:
            while told and told[0].after < row.position:
                fold.told(told.pop(0))
            fold.row(row)
        for each in told:
            fold.told(each)
        streams_grown = fold.save()
        if grown is not None:
            grown.update(streams_grown)
        if rows:
            state.put(db, FOLDED, rows[-1].position)
        return len(rows) + fold.heard

    def drop(self, db: sqlite3.Connection, release: Record, spared: Collection[str]) -> None:
        """Lets go of the case that a release is about, as the hub above said: what came from above loses its body, but
        for the records in `spared` (ids) and the release itself. A hub keeps a case for which a child has a reason: its
        own reason is on the way up. Everything must be folded."""
        subject, position = release.header.subject, dropping.position_of(db, release)
        card = case_files.load(db, self._ground.vault, number_in(subject))
        if card is None or position is None or streams.interests(db, subject):
            return
        rows = self._ground.log.at(db, sorted({*card.positions, *card.waiting} - {position}))
        going = [
            row for row in rows
            if row.record.body is not None and row.record.id not in spared and regained.from_above(db, row.record)
        ]  # fmt: skip
        staying = set[str]().union(*(erasing.files_named_by(row) for row in rows if row not in going))
        filing.let_go(db, set[str]().union(*map(erasing.files_named_by, going)) - staying)
        dropping.drop(db, position, [row.position for row in going])

    def lag(self, db: sqlite3.Connection) -> int:
        """How many records are kept but not folded yet."""
        return self._ground.log.last_position(db) - int(state.get(db, FOLDED, 0))

    def recognise(self, db: sqlite3.Connection) -> None:
        """After another program was installed: folds again what it understands otherwise."""
        recognise(db, self._ground.log, self._ground.vault, self.roster(db), self._ground.known)
        filing.sort_all(db, self._ground.vault)
        leads.sort_all(db, self._ground.vault)

    def rebuild(self, db: sqlite3.Connection) -> None:
        """Throws away everything folded and folds the whole log again."""
        for table in PROJECTED:
            db.execute(f"DELETE FROM {table}")
        db.execute("UPDATE chain SET from_incarnation = '', from_seq = 0")
        state.put(db, FOLDED, 0)
        state.put(db, FOLDED_TOLD, 0)
        critical.keep_known(db, self._ground.known)
        self._keep_roster(db, self._root)
        while self.advance(db, SLICE_LATE):
            pass
