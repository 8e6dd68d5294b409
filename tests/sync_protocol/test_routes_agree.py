"""One verdict by every route: docs/protocol.md, section 6, "Whoever hears of it".

A district judges what its station writes, and writes what ends, suspends and renews the station's keys, in some order.
Whoever gets the same records (by the station's journal, relayed by the district, by a stream, all at once or one by
one, in that order or everything that changes the roster first) holds the same ones, and lets the same ones have effect.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shared_models.records import Record
from shared_models.roster import REVOKED
from shared_models.signing import KeyPair
from shared_models.trust import LAPSED, RENEWED, changes_roster
from sync_protocol.node import MIGRATIONS, Node
from sync_protocol.store import case_files
from sync_protocol.store.database import Database
from sync_protocol.store.holding import RATIFIED, REJECTED
from sync_protocol.store.log import ABOVE, OWN
from sync_protocol.store.vault import Vault
from tests.shared_models.writers import CITY_AREA, DISTRICT_AREA, STATION_AREA, Writer, pair
from tests.vectors.exported import vault_entropy
from tests.vectors.pieces import KEYS, admissions, writer

STATION = writer("station").node
Happening = tuple[str, int]


@dataclass
class Story:
    """What happens, in the order in which the district holds it; `all` are its records."""

    all: list[Record] = field(default_factory=list)
    data: list[Record] = field(default_factory=list)
    keys: list[KeyPair] = field(default_factory=lambda: [KEYS["station"][0]])
    state: str = "good"

    def __post_init__(self) -> None:
        self._district = writer("district")
        self._district.seq, self._district.head = 2, admissions()[-1].id
        self._chains: dict[str, int] = {}
        self._mine: set[str] = set()
        self._last = ""
        self._station = self._process(KEYS["station"][0])

    def tell(self, happenings: Sequence[Happening]) -> Story:
        for what, which in happenings:
            getattr(self, f"_{what}")(which)
        return self

    def _process(self, keys: KeyPair) -> Writer:
        made = Writer(keys, STATION_AREA, f"process-{len(self._chains)}", name=STATION, head=self._last)
        self._chains[made.incarnation] = 0
        return made

    def _keep(self, record: Record) -> None:
        self.all.append(record)
        header = record.header
        if header.node == STATION:
            self._chains[header.incarnation] = header.seq
        if not changes_roster(header.kind):
            self.data.append(record)

    def _note(self, by: Writer) -> None:
        self._keep(by.write("case.noted", f"case/{len(self.data)}", {"note": "记"}))

    def _write(self, which: int) -> None:
        self._mine.add(self._station.incarnation)
        self._note(self._station)
        self._last = self._station.head

    def _restart(self, which: int) -> None:
        self._station = self._process(self.keys[-1])

    def _rekey(self, which: int) -> None:
        if self.state != "revoked":  # else the product refuses it
            fresh = pair(f"key {len(self.keys)}")
            self._keep(self._station.rekey(fresh, {name: self._chains[name] for name in self._mine}))
            self._last = self._station.head
            self.keys.append(fresh)
            self._station = self._process(fresh)

    def _thief(self, which: int) -> None:
        """Somebody writes with one of the keys that the station had."""
        if len(self.keys) > 1:
            self._note(self._process(self.keys[which % (len(self.keys) - 1)]))

    def _say(self, kind: str, **body: Any) -> None:
        last = self._station.incarnation
        value = {"chains": dict(self._chains), "incarnation": last, "node": STATION, "seq": self._chains[last], **body}
        self._keep(self._district.control(kind, f"roster/{STATION}", value))

    def _lapse(self, which: int) -> None:
        if self.state != "revoked":
            self._say(LAPSED)
            self.state = "lapsed"

    def _renew(self, which: int) -> None:
        if self.state != "revoked":
            self._say(RENEWED, reason="已核实")
            self.state = "good"

    def _revoke(self, which: int) -> None:
        self._say(REVOKED)
        self.state = "revoked"

    def _rule(self, which: int) -> None:
        if self.data:
            about = self.data[which % len(self.data)]
            verdict = (RATIFIED, REJECTED)[which % 2]
            body = {"id": about.id, "reason": "核"}
            self._keep(self._district.control(verdict, f"held/{about.id}", body))


# ---------------------------------------------------------------- who judges


class Judge:
    """A node that takes the story in; `told` gives what it thinks of it in the end."""

    def __init__(self, folder: Path, name: str) -> None:
        path = folder / f"{len(list(folder.iterdir()))}.db"
        self.database = Database(path, litestream=False, migrations=MIGRATIONS)
        vault = Vault(bytes(32), vault_entropy)
        self.node = Node(self.database, vault, KEYS[name][0], KEYS["root"][0].public, CITY_AREA, hub=name != "hall",
                         now=lambda: 0, entropy=vault_entropy)  # fmt: skip
        self.node.take_in(admissions(), ABOVE)

    def take(self, records: Sequence[Record], source: str) -> None:
        intake = self.node.take_in(records, source)
        assert [each.code for each in intake.verdicts if each.code] == []
        while self.node.fold():
            pass

    def told(self, story: Story) -> dict[str, tuple[bool, bool]]:
        """id -> (held, has effect) of every record of the station that does not change the roster."""
        with self.node.read() as db:
            rows = {row.record.id: row.held for row in self.node.log.rows(db, 0, 10_000)}
            cards = [case_files.load(db, self.node.vault, str(number)) for number in range(len(story.data))]
        effective = {identity for card in cards if card for identity in card.case.dag}
        return {record.id: (rows[record.id], record.id in effective) for record in story.data}


def runs(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    """The story as the district meets it: its own records, and runs of the station's journal."""
    for mine, run in itertools.groupby(records, lambda record: record.header.node != STATION):
        yield (OWN if mine else STATION), list(run)


def judged(folder: Path, story: Story, cut: int) -> dict[str, dict[str, tuple[bool, bool]]]:
    """What is thought of the story, by the route it came."""
    first = sorted(story.all, key=lambda record: not changes_roster(record.header.kind))
    pieces = [story.all[place : place + cut] for place in range(0, len(story.all), cut)]
    routes: dict[str, tuple[str, list[tuple[str, list[Record]]]]] = {
        "the station's journal": ("district", list(runs(story.all))),
        "the station's journal, one by one": ("district", [
            (source, [each]) for source, run in runs(story.all) for each in run
        ]),
        "relayed by the district": ("city", [(KEYS_OF_DISTRICT, list(story.all))]),
        "relayed in pieces": ("city", [(KEYS_OF_DISTRICT, piece) for piece in pieces]),
        "a stream": ("hall", [(ABOVE, list(story.all))]),
        "a stream, one by one": ("hall", [(ABOVE, [each]) for each in story.all]),
        "a stream, late": ("hall", [(ABOVE, first)]),
        "a journal, late": ("city", [(ABOVE, [each]) for each in first if changes_roster(each.header.kind)] + [
            (STATION, [each for each in first if each.header.node == STATION]),
        ]),
    }  # fmt: skip
    found = {}
    for route, (name, deliveries) in routes.items():
        judge = Judge(folder, name)
        with closing(judge.database):
            for source, records in deliveries:
                judge.take(records, source)
            found[route] = judge.told(story)
    return found


KEYS_OF_DISTRICT = writer("district").node

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A story costs eight databases; one that fails is short enough to be read as it is."""
happenings = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "write", "restart", "rekey", "thief", "lapse", "renew", "rule", "revoke"]),
        st.integers(0, 30),
    ),
    max_size=16,
)  # fmt: skip


@given(happenings, st.integers(1, 7))
@settings(max_examples=15, phases=NO_SHRINKING)
def test_a_record_has_one_verdict_by_whatever_route_it_comes(told: list[Happening], cut: int) -> None:
    story = Story().tell(told)
    with tempfile.TemporaryDirectory() as folder:
        found = judged(Path(folder), story, cut)
    expected = found["the station's journal"]
    for route, verdicts in found.items():
        assert verdicts == expected, route


NAMES = ("write", "lapse", "renew", "rekey", "thief", "revoke")
WRITE, LAPSE, RENEW, REKEY, THIEF, REVOKE = ((name, 0) for name in NAMES)


@pytest.mark.parametrize(
    ("told", "held"),
    [
        ([WRITE, LAPSE, WRITE, RENEW, WRITE], [False, True, False]),
        ([WRITE, REKEY, WRITE, THIEF], [False, False, True]),
        ([WRITE, LAPSE, WRITE, ("rule", 0), ("rule", 2), RENEW], [False, True]),
        ([WRITE, REKEY, LAPSE, WRITE, RENEW, REKEY, WRITE, REVOKE, WRITE], [False, True, False, True]),
        ([WRITE, LAPSE, WRITE, REKEY, WRITE, RENEW, WRITE], [False, True, True, False]),
    ],
    ids=["a lapse that was renewed", "a thief of the old key", "rulings", "everything", "a key taken in a lapse"],
)
def test_what_is_held_in_some_stories(tmp_path: Path, told: list[Happening], held: list[bool]) -> None:
    story = Story().tell(told)
    for route, verdicts in judged(tmp_path, story, 2).items():
        assert [verdicts[record.id][0] for record in story.data] == held, route


def test_a_ratified_record_has_effect_and_a_held_one_has_none(tmp_path: Path) -> None:
    story = Story().tell([WRITE, LAPSE, WRITE, WRITE, ("rule", 4)])
    assert DISTRICT_AREA in STATION_AREA
    for route, verdicts in judged(tmp_path, story, 3).items():
        assert list(verdicts.values()) == [(False, True), (True, True), (True, False)], route
