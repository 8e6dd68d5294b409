"""One verdict by every route on what people do: docs/protocol.md, section 6, "People".

As `test_routes_agree`, with a station whose people have keys: it names them, ends them, comes back from a copy, and
writes in somebody's name with a mandate or without; the district revokes somebody.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models import mandates
from shared_models.mandates import CLERK_ADMITTED, CLERK_ENDED, CLERK_MANDATE, Clerk
from shared_models.records import PUBLIC, Position, Record
from shared_models.signing import KeyPair, text_of
from shared_models.trust import CLERK_REVOKED
from tests.shared_models.writers import STATION_AREA, Writer, pair
from tests.sync_protocol.test_routes_agree import NO_SHRINKING, STATION, Happening, Story, judged

ACTOR = "person"
PERSONS = (pair("a person's key"), pair("a person's second key"))


class Office(Story):
    """A station with one person, who has one of two keys; every process begins with its opening."""

    def _restart(self, which: int) -> None:
        self._open(self.all_of_station[-1] if self.all_of_station else None)

    def _restore(self, which: int) -> None:
        """The station comes back from a copy that was taken at some earlier moment."""
        written = self.all_of_station
        self._open(written[which % len(written)] if written else None)

    @property
    def all_of_station(self) -> list[Record]:
        return [record for record in self.all if record.header.node == STATION]

    def _open(self, last: Record | None) -> None:
        self._last = last.id if last else ""
        self._station = self._process(self.keys[-1])
        position = last.position if last else Position("", "", 0)
        body = {"id": self._last, "incarnation": position.incarnation, "seq": position.seq}
        self._say_of_station("node.opened", f"node/{STATION}", body)

    def _say_of_station(self, kind: str, subject: str, body: dict[str, object], by: Writer | None = None) -> None:
        writer = by or self._station
        self._mine.add(writer.incarnation)
        self._keep(writer.write(kind, subject, body, body_class=PUBLIC, actor=""))
        self._last = self._station.head

    def _of_clerk(self, kind: str, body: dict[str, object], by: Writer | None = None) -> None:
        self._say_of_station(kind, f"clerk/{ACTOR}", body, by)

    def _admit(self, which: int) -> None:
        keys, known = PERSONS[which % 2], {name: seq for name, seq in self._chains.items() if seq}
        last = (self._station.incarnation, self._station.seq)
        self._of_clerk(CLERK_ADMITTED, mandates.admission_of(_clerk(keys), known, last))

    def _mandate(self, which: int) -> None:
        self._of_clerk(CLERK_MANDATE, _mandate(PERSONS[which % 2], self._station))

    def _end(self, which: int) -> None:
        self._of_clerk(CLERK_ENDED, mandates.ending_of(_clerk(PERSONS[which % 2])))

    def _act(self, which: int) -> None:
        self._keep(self._station.write("case.noted", f"case/{len(self.data)}", {"note": "办"}, actor=ACTOR))
        self._mine.add(self._station.incarnation)
        self._last = self._station.head

    def _thief_sits(self, which: int) -> None:
        """Somebody who has one of the station's old keys names a key for the person and acts under it."""
        if len(self.keys) > 1:
            thief = self._process(self.keys[which % (len(self.keys) - 1)])
            keys = pair("a thief's key")
            self._of_clerk(CLERK_ADMITTED, mandates.admission_of(_clerk(keys), {}), thief)
            self._of_clerk(CLERK_MANDATE, _mandate(keys, thief), thief)
            self._keep(thief.write("case.noted", f"case/{len(self.data)}", {"note": "盗"}, actor=ACTOR))

    def _revoke_clerk(self, which: int) -> None:
        chains, last = dict(self._chains), self._station.incarnation
        body = mandates.revocation_of(STATION, ACTOR, "离职", chains, (last, chains[last]))
        self._keep(self._district.control(CLERK_REVOKED, f"roster/{STATION}", body))


def _clerk(keys: KeyPair) -> Clerk:
    return Clerk(ACTOR, text_of(keys.public), ("clerk",))


def _mandate(keys: KeyPair, writer: Writer) -> dict[str, object]:
    return mandates.mandate_of(keys, ACTOR, Position(STATION, writer.incarnation, writer.seq + 1))


HAPPENINGS = [
    *["act", "act", "act", "mandate", "mandate", "admit", "admit", "end", "restart", "restore", "revoke_clerk"],
    *["write", "rekey", "thief_sits", "lapse", "renew", "rule", "revoke"],
]


@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 30)), max_size=18), st.integers(1, 7))
@settings(max_examples=15, phases=NO_SHRINKING)
def test_what_a_person_did_has_one_verdict_by_whatever_route_it_comes(told: list[Happening], cut: int) -> None:
    story = Office().tell(told)
    with tempfile.TemporaryDirectory() as folder:
        found = judged(Path(folder), story, cut)
    expected = found["the station's journal"]
    for route, verdicts in found.items():
        assert verdicts == expected, route


ACT, ADMIT, MANDATE, END, AGAIN, OUT = (
    (name, 0) for name in ("act", "admit", "mandate", "end", "restart", "revoke_clerk")
)  # fmt: skip
SIT = (ADMIT, MANDATE)


@pytest.mark.parametrize(
    ("told", "held"),
    [
        ([ACT], [False]),
        ([ACT, *SIT, ACT], [False, False]),
        ([ADMIT, ACT], [True]),
        ([*SIT, ACT, AGAIN, ACT, MANDATE, ACT], [False, True, False]),
        ([*SIT, END, ACT, MANDATE, ACT], [True, True]),
        ([*SIT, END, AGAIN, MANDATE, ACT, ("admit", 1), ("mandate", 1), ACT], [True, False]),
        ([*SIT, ("admit", 1), MANDATE, ACT, ("mandate", 1), ACT], [True, False]),
        ([AGAIN, *SIT, ACT, ("admit", 1), ("mandate", 1), ("restore", 3), MANDATE, ACT], [False, False]),
        ([("mandate", 1), ADMIT, ("mandate", 1), ACT], [True]),
        ([ACT, *SIT, ACT, OUT, ACT, ("admit", 1), ("mandate", 1), ACT], [False, False, True, True]),
        ([ACT, OUT, ACT], [False, True]),
        ([("lapse", 0), *SIT, ACT, ("renew", 0), ACT], [True, False]),
        ([*SIT, ACT, ("rekey", 0), AGAIN, ("thief_sits", 0), ACT, MANDATE, ACT], [False, True, True, False]),
        ([ACT, ("rekey", 0), AGAIN, ("thief_sits", 0), ACT], [False, True, False]),
    ],
    ids=[
        "no key was ever named", "before and under the first mandate", "keyed without a mandate", "another process",
        "an ended key", "an ended key in a later process", "another key ends the one before", "restored before that",
        "a key that was not named", "revoked by the district", "revoked without a key", "lapsed and renewed",
        "a thief of an old key", "a thief keys nobody",
    ],
)  # fmt: skip
def test_what_is_held_in_some_stories(tmp_path: Path, told: Sequence[Happening], held: list[bool]) -> None:
    story = Office().tell(told)
    acted = [record for record in story.data if record.header.actor == ACTOR]
    for route, verdicts in judged(tmp_path, story, 2).items():
        assert [verdicts[record.id][0] for record in acted] == held, route
    assert acted[0].header.area == STATION_AREA
