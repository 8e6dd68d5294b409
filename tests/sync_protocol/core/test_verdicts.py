"""One test for each numbered check and outcome, and for what the last signature of a run vouches for."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models import records
from shared_models.records import NotARecord, Record, record_of
from shared_models.roster import CITY, DISTRICT, REVOKED, STATION, Roster
from sync_protocol.core.verdicts import Chain, Examination, Head, Known, Outcome, Verdict, usable
from tests.shared_models.writers import (
    CITY_AREA,
    DISTRICT_AREA,
    OTHER_AREA,
    STATION_AREA,
    Writer,
    city_roster,
    flipped,
    member_of,
    pair,
    resigned,
    with_body,
    with_signature,
)
from tests.sync_protocol.kept import Kept

ROOT, DISTRICT_KEYS, STATION_KEYS, HALL_KEYS = map(pair, ("root", "district", "station", "hall"))
DISTRICT_MEMBER = member_of(DISTRICT_KEYS, DISTRICT, DISTRICT_AREA)
STATION_MEMBER = member_of(STATION_KEYS, STATION, STATION_AREA, DISTRICT_MEMBER.node)
HALL_MEMBER = member_of(HALL_KEYS, STATION, "511602101", DISTRICT_MEMBER.node)
ROSTER = city_roster(ROOT, DISTRICT_MEMBER, STATION_MEMBER, HALL_MEMBER)


def station(incarnation: str = "one") -> Writer:
    return Writer(STATION_KEYS, STATION_AREA, incarnation)


def judged(
    run: Sequence[Record], *kept: Record, dense: bool = True, roster: Roster = ROSTER
) -> list[tuple[Outcome, str]]:
    verdicts = Examination(roster, Kept(*kept).known, dense=dense).run(run)
    assert [verdict.record for verdict in verdicts] == list(run)
    return [(verdict.outcome, verdict.code) for verdict in verdicts]


ACCEPTED, DUPLICATE, HELD = (Outcome.ACCEPTED, ""), (Outcome.DUPLICATE, ""), (Outcome.HELD, "")
GAP, FORK = (Outcome.GAP, "sync.gap"), (Outcome.FORK, "sync.fork")
BAD_SIGNATURE, BAD_BODY = (Outcome.REFUSED, "sync.bad_signature"), (Outcome.REFUSED, "sync.bad_body")
UNKNOWN, OUTSIDE = (Outcome.REFUSED, "sync.unknown_node"), (Outcome.REFUSED, "sync.outside_grant")

either = pytest.mark.parametrize("dense", [True, False], ids=["journal", "stream"])


def badly_signed(record: Record) -> Record:
    return with_signature(record, flipped(record.signature, 5))


# ---------------------------------------------------------------- the checks in their order


def test_1_bytes_that_are_no_header_do_not_become_a_record() -> None:
    record = station().write()
    for header in (b"", b"{}", b" " + record.header_bytes, record.header_bytes.replace(b'"seq":1', b'"seq":1.0')):
        with pytest.raises(NotARecord):
            record_of(header, record.signature, record.body)


@either
def test_2_the_author_must_be_in_the_roster(dense: bool) -> None:
    stranger = Writer(pair("stranger"), STATION_AREA).write()
    assert judged([stranger], dense=dense) == [UNKNOWN]


@either
@pytest.mark.parametrize(
    ("kind", "area"),
    [("case.noted", OTHER_AREA), ("case.noted", DISTRICT_AREA), ("case.noted", ""), ("catalogue.item", STATION_AREA)],
)
def test_3_the_kind_and_the_area_must_be_granted(kind: str, area: str, dense: bool) -> None:
    assert judged([station().write(kind, area=area)], dense=dense) == [OUTSIDE]


@either
def test_4_the_next_record_of_a_chain_is_accepted(dense: bool) -> None:
    first, second, third = station().run(3)
    assert judged([first, second], dense=dense) == [ACCEPTED, ACCEPTED]
    assert judged([third], first, second, dense=dense) == [ACCEPTED]


@either
def test_4_a_record_that_is_kept_already_is_a_duplicate(dense: bool) -> None:
    first, second, third = station().run(3)
    assert judged([first, second, third, third], first, second, dense=dense) == [
        *(DUPLICATE, DUPLICATE, ACCEPTED, DUPLICATE)
    ]


def test_4_in_a_journal_a_hole_is_a_gap() -> None:
    first, _, third, fourth = station().run(4)
    assert judged([first, third, fourth]) == [ACCEPTED, GAP, GAP]
    assert judged([third], first) == [GAP]


def test_4_in_a_stream_a_hole_is_no_fault() -> None:
    first, second, third, fourth = station().run(4)
    assert judged([third, first], dense=False) == [ACCEPTED, ACCEPTED]
    assert judged([second, fourth], first, third, dense=False) == [ACCEPTED, ACCEPTED]


@either
def test_4_two_records_at_one_position_are_a_fork(dense: bool) -> None:
    kept = station().run(3)
    copied = station()
    copied.ms += 1
    other = copied.run(3)
    assert judged(other[:1], *kept, dense=dense) == [FORK]
    assert judged(other[2:], *kept, dense=dense) == [FORK]
    assert judged([kept[0], other[0]], dense=dense) == [ACCEPTED, GAP if dense else FORK]


@either
def test_4_a_record_that_does_not_name_the_one_before_it_is_a_fork(dense: bool) -> None:
    kept = station().run(2)
    astray = resigned(station().run(3)[2], STATION_KEYS, prev=kept[0].id)
    assert judged([astray], *kept, dense=dense) == [FORK]


@either
def test_nobody_is_accused_of_a_fork_by_bytes_that_the_node_did_not_sign(dense: bool) -> None:
    """A header changed on the way, or by a thief, stands at a position that is taken: that proves nothing. Nor does a
    record in a run that does not fit a false one before it."""
    kept = station().run(3)
    changed = kept[1].header_bytes.replace(b'"actor":"clerk-1"', b'"actor":"clerk-2"')
    forged = record_of(changed, kept[1].signature, kept[1].body)
    assert judged([forged], *kept, dense=dense) == [BAD_SIGNATURE]
    astray = resigned(station().run(4)[3], HALL_KEYS, prev=kept[0].id)
    assert judged([astray], *kept, dense=dense) == [BAD_SIGNATURE]
    after = [verdict for verdict, _ in judged([kept[0], forged, kept[2]], dense=dense)]
    assert Outcome.FORK not in after


def test_a_new_incarnation_begins_again_at_one_and_accuses_nobody() -> None:
    """After a crash, a restore or a copy a node goes on in a new chain: its old positions are never used again."""
    before = station("one").run(3)
    restored = station("two")
    restored.head = before[1].id
    after = restored.run(2)
    assert judged([*after], *before) == [ACCEPTED, ACCEPTED]
    assert judged([*before, *after]) == [ACCEPTED] * 5


@either
def test_5_a_signature_by_another_key_is_refused(dense: bool) -> None:
    forged = resigned(station().write(), HALL_KEYS)
    assert judged([forged], dense=dense) == [BAD_SIGNATURE]


@either
@pytest.mark.parametrize("body", [b"{}", b"", b'{"salt":"AAAAAAAAAAAAAAAAAAAAAA"}'])
def test_6_a_body_that_was_not_signed_is_refused(body: bytes, dense: bool) -> None:
    assert judged([with_body(station().write(), body)], dense=dense) == [BAD_BODY]


def test_6_a_record_with_a_bad_body_stops_its_chain_in_a_journal() -> None:
    first, second, third = station().run(3)
    assert judged([first, with_body(second, b"{}"), third]) == [ACCEPTED, BAD_BODY, GAP]


@either
def test_6_an_erased_body_is_no_lie(dense: bool) -> None:
    assert judged([with_body(station().write(), None)], dense=dense) == [ACCEPTED]


@either
@pytest.mark.parametrize(
    ("incarnation", "seq", "expected"),
    [
        ("one", 2, [ACCEPTED, ACCEPTED, HELD]),
        ("one", 0, [HELD] * 3),
        ("one", 3, [ACCEPTED] * 3),
        ("two", 3, [HELD] * 3),
    ],
)
def test_7_what_lies_behind_the_last_trusted_position_is_held(
    incarnation: str, seq: int, expected: list[tuple[Outcome, str]], dense: bool
) -> None:
    revoked = msgspec.structs.replace(STATION_MEMBER, revoked=True, trusted=(incarnation, seq))
    roster = city_roster(ROOT, DISTRICT_MEMBER, revoked)
    assert judged(station("one").run(3), dense=dense, roster=roster) == expected


def test_7_a_held_record_must_be_as_true_as_any_other() -> None:
    revoked = msgspec.structs.replace(STATION_MEMBER, revoked=True, trusted=("one", 0))
    roster = city_roster(ROOT, revoked)
    first, second = station().run(2)
    assert judged([first, badly_signed(second)], roster=roster) == [HELD, BAD_SIGNATURE]
    assert judged([with_body(first, b"{}")], roster=roster) == [BAD_BODY]


@either
def test_8_a_control_record_must_fit_the_roster(dense: bool) -> None:
    hub = Writer(DISTRICT_KEYS, DISTRICT_AREA)
    inside = hub.admit(member_of(pair("new"), STATION, STATION_AREA))
    above = hub.control("roster.admitted", "roster/x", {})
    assert judged([inside, above], dense=dense) == [ACCEPTED, (Outcome.REFUSED, "roster.malformed")]


# ---------------------------------------------------------------- the roster moves on within a run


def test_a_node_is_known_from_the_record_that_admits_it() -> None:
    hub, new = Writer(DISTRICT_KEYS, DISTRICT_AREA), Writer(pair("new"), STATION_AREA)
    admitted, written = hub.admit(member_of(pair("new"), STATION, STATION_AREA)), new.write()
    assert judged([written, admitted]) == [UNKNOWN, ACCEPTED]
    assert judged([admitted, written]) == [ACCEPTED, ACCEPTED]


def test_a_control_record_with_a_bad_signature_changes_nothing_even_where_a_later_one_would_vouch() -> None:
    hub, new = Writer(DISTRICT_KEYS, DISTRICT_AREA), Writer(pair("new"), STATION_AREA)
    admitted, later = hub.admit(member_of(pair("new"), STATION, STATION_AREA)), hub.write()
    assert judged([badly_signed(admitted), new.write(), later]) == [BAD_SIGNATURE, UNKNOWN, GAP]


def test_a_revocation_holds_what_comes_after_it_in_the_same_run() -> None:
    hub, first = Writer(DISTRICT_KEYS, DISTRICT_AREA), station()
    body = {"node": STATION_MEMBER.node, "incarnation": "one", "seq": 1}
    early, late = first.run(2)
    assert judged([early, hub.control(REVOKED, "roster/x", body), late]) == [ACCEPTED, ACCEPTED, HELD]


def test_a_revoked_hub_admits_nobody_any_more() -> None:
    revoked = msgspec.structs.replace(DISTRICT_MEMBER, revoked=True, trusted=("", 0))
    examination = Examination(city_roster(ROOT, revoked), Kept().known, dense=True)
    examination.run([Writer(DISTRICT_KEYS, DISTRICT_AREA).admit(member_of(pair("new"), STATION, STATION_AREA))])
    assert examination.roster.member(member_of(pair("new"), STATION, STATION_AREA).node) is None


# ---------------------------------------------------------------- one signature for a run


def test_the_last_good_signature_vouches_for_what_stands_before_it() -> None:
    run = station().run(4)
    run[1] = badly_signed(run[1])
    assert judged(run) == [ACCEPTED] * 4


def test_a_bad_signature_at_the_end_is_refused_and_what_stands_before_it_is_not() -> None:
    run = station().run(4)
    run[3] = badly_signed(run[3])
    assert judged(run) == [ACCEPTED, ACCEPTED, ACCEPTED, BAD_SIGNATURE]
    run[2] = badly_signed(run[2])
    assert judged(run) == [ACCEPTED, ACCEPTED, BAD_SIGNATURE, BAD_SIGNATURE]
    assert judged([badly_signed(record) for record in station().run(4)]) == [BAD_SIGNATURE] * 4


def test_a_signature_vouches_for_its_own_chain_only() -> None:
    mine, other, hall = station("one").run(2), station("two").run(1), Writer(HALL_KEYS, "511602101").run(1)
    assert judged([badly_signed(mine[0]), *other, *hall]) == [BAD_SIGNATURE, ACCEPTED, ACCEPTED]


def test_a_signature_does_not_vouch_for_a_record_that_it_does_not_follow() -> None:
    """A false record put in the place of a true one breaks the chain before any signature is looked at."""
    run = station().run(3)
    changed = run[1].header_bytes.replace(b'"actor":"clerk-1"', b'"actor":"clerk-2"')
    run[1] = record_of(changed, run[1].signature, run[1].body)
    assert judged(run) == [ACCEPTED, BAD_SIGNATURE, GAP]


def test_in_a_stream_every_record_stands_by_its_own_signature() -> None:
    run = station().run(3)
    run[1] = badly_signed(run[1])
    assert judged(run, dense=False) == [ACCEPTED, BAD_SIGNATURE, ACCEPTED]


# ---------------------------------------------------------------- what follows


def test_of_a_journal_everything_before_the_first_record_that_cannot_be_kept_is_usable() -> None:
    first, second, third = station().run(3)
    verdicts = Examination(ROSTER, Kept(first).known, dense=True).run([first, second, with_body(third, b"{}"), second])
    assert [verdict.outcome.value for verdict in usable(verdicts)] == ["duplicate", "accepted"]
    assert usable(verdicts[:2]) == verdicts[:2]
    for outcome in Outcome:
        kept = outcome in (Outcome.ACCEPTED, Outcome.HELD, Outcome.DUPLICATE, Outcome.FORK)
        assert bool(usable([Verdict(first, outcome)])) == kept
        assert outcome.kept == (kept and outcome is not Outcome.DUPLICATE)


@given(st.data())
def test_a_run_is_judged_alike_whether_it_comes_in_one_piece_or_in_many(data: st.DataObject) -> None:
    writers = [station("one"), station("two"), Writer(HALL_KEYS, "511602101")]
    order = data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=12))
    run = [writers[which].write() for which in order]
    cut = data.draw(st.integers(0, len(run)))
    assert judged(run) == [ACCEPTED] * len(run)
    assert judged(run[:cut]) + judged(run[cut:], *run[:cut]) == judged(run)
    assert judged(run[:cut] + run) == judged(run[:cut]) + [DUPLICATE] * cut + judged(run[cut:], *run[:cut])


@pytest.mark.parametrize(
    ("kind", "area", "said"),
    [
        ("case.noted", OTHER_AREA, OUTSIDE), ("catalogue.item", STATION_AREA, OUTSIDE),
        (REVOKED, STATION_AREA, OUTSIDE), ("case.accepted", STATION_AREA + "001", ACCEPTED),
    ],
)  # fmt: skip
def test_each_record_of_a_run_is_judged_by_its_own_kind_and_area(
    kind: str, area: str, said: tuple[Outcome, str]
) -> None:
    writer = station()
    run = [*writer.run(3), writer.write(kind, area=area), *writer.run(2)]
    assert judged(run) == [*[ACCEPTED] * 3, said, *[said if said == ACCEPTED else GAP] * 2]


def test_what_follows_a_fork_in_the_same_run_is_held() -> None:
    writer, other = station(), station()
    first, second, third = writer.run(3)
    forked = [other.write(), other.write("case.accepted")][1]
    assert judged([third, forked, *writer.run(2)], first, second) == [ACCEPTED, FORK, HELD, HELD]


@given(st.data())
def test_nothing_false_is_kept_whatever_is_changed_in_a_run(data: st.DataObject) -> None:
    """Bytes of any record are changed; what is still kept are records that were truly written, with their bodies."""
    run = station().run(5)
    true = {record.id: record.body for record in run}
    which, place, change = (data.draw(st.integers(*each)) for each in ((0, 4), (0, 700), (1, 255)))
    old = run[which]
    part = data.draw(st.sampled_from(["header", "signature", "body"]))
    try:
        run[which] = record_of(
            flipped(old.header_bytes, place, change) if part == "header" else old.header_bytes,
            flipped(old.signature, place, change) if part == "signature" else old.signature,
            flipped(old.body or b"", place, change) if part == "body" else old.body,
        )
    except NotARecord:
        return
    verdicts = Examination(ROSTER, Kept().known, dense=data.draw(st.booleans())).run(run)
    for verdict in verdicts:
        if verdict.outcome.kept:
            assert true[verdict.record.id] == verdict.record.body


def test_the_checks_need_no_more_than_the_head_of_a_chain_for_a_run_that_follows_it() -> None:
    """Reading the log once a record would make taking in slow: a run that fits asks once for each chain."""
    asked: list[Chain] = []
    first, *rest = station().run(50)
    kept = Kept(first)

    def head_of(chain: Chain) -> Head:
        asked.append(chain)
        return kept.head_of(chain)

    def id_at(chain: Chain, seq: int) -> str | None:
        raise AssertionError(f"position {seq} was looked up")

    Examination(ROSTER, Known(head_of, id_at, kept.last_of), dense=True).run(rest)
    assert len(asked) <= 2


@pytest.mark.parametrize("dense", [True, False])
def test_what_came_early_through_a_stream_is_a_duplicate_and_the_chain_goes_on_behind_it(dense: bool) -> None:
    run = station().run(6)
    kept = Kept(run[0], run[3])
    verdicts = Examination(ROSTER, kept.known, dense=dense).run(run[1:])
    new, held = Outcome.ACCEPTED, Outcome.DUPLICATE
    assert [verdict.outcome for verdict in verdicts] == [new, new, held, new, new]


def test_every_tier_and_area_of_these_tests_is_one_of_the_demo() -> None:
    assert (CITY, CITY_AREA) == ("city", "5116")
    assert records.FORMAT_VERSION == 1
