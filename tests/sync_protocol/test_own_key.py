"""A node changes its key by itself, in the last tenth of its time, when nothing else is under way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from central import enrolment
from shared_models.records import BODY_BYTES_MAX, PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.signing import KeyPair
from shared_models.trust import CHAINS_MAX, REKEYED, SILENT, chains_of
from sync_protocol import own_key
from sync_protocol.commands import View
from sync_protocol.core.verdicts import Outcome
from sync_protocol.lapsing import DAY_MS, HOUR_MS, Lapse, Listener
from sync_protocol.own_key import IN_ANY_CASE, QUIET_FROM, QUIET_SHARE, begins_at, is_due
from sync_protocol.store import holding
from sync_protocol.store.log import ABOVE
from tests.shared_models.writers import STATION_AREA, Writer
from tests.sync_protocol.restoring import copied, restore
from tests.sync_protocol.world import Place, World

KEY_DAYS = 100


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    member = made.district.node.roster.members[made.station.node.name]
    made.district.node.write(enrolment.Admit(msgspec.structs.replace(member, key_days=KEY_DAYS)))
    made.sync_all()
    yield made
    made.close()


def at(world: World, share: float) -> None:
    """The station's key has been in use for this share of its time."""
    node = world.station.node
    with node.read() as db:
        since = own_key.key_since_ms(node.log, db, node.member)
    world.ms = since + int(share * KEY_DAYS * DAY_MS)


def due(place: Place) -> bool:
    return is_due(place.node, parent=place.parent is not None)


@given(st.binary(min_size=32, max_size=32))
def test_each_key_has_a_moment_of_its_own_in_the_last_tenth(public: bytes) -> None:
    assert QUIET_FROM <= begins_at(public) < QUIET_FROM + QUIET_SHARE < IN_ANY_CASE < 1


def test_keys_of_one_day_do_not_change_on_one_day() -> None:
    moments = {round(begins_at(bytes([each]) * 32) * 365) for each in range(200)}
    assert len(moments) > 15


def test_it_changes_when_its_time_comes_and_everything_is_acknowledged(world: World) -> None:
    share = begins_at(world.station.node.keys.public)
    at(world, share - 0.01)
    assert not due(world.station)
    at(world, share + 0.001)
    assert due(world.station)
    world.station.rotate()
    world.sync_all()
    assert not due(world.station)
    at(world, 0.5)
    assert not due(world.station)
    at(world, 0.96)
    assert due(world.station)


def test_while_something_waits_it_does_not_until_shortly_before_the_end(world: World) -> None:
    at(world, 0.96)
    world.station.accept()
    assert not due(world.station)
    world.station.sync()
    assert due(world.station)
    world.station.accept()
    at(world, 0.98)
    assert due(world.station)


def test_it_never_does_while_its_last_change_is_not_acknowledged(world: World) -> None:
    world.station.rotate()
    at(world, 1.5)
    assert not due(world.station)
    world.station.sync()
    assert due(world.station)


def test_a_city_changes_its_key_though_nobody_is_above_it(world: World) -> None:
    world.ms += 364 * DAY_MS
    assert due(world.city)


def test_a_node_that_lapsed_does_and_one_that_was_revoked_does_not(world: World) -> None:
    world.district.node.write(Lapse(world.station.node.name, SILENT))
    world.sync_all()
    at(world, 0.99)
    assert due(world.station)
    world.district.node.write(enrolment.Revoke(world.station.node.name, "", 0))
    world.sync_all()
    assert not due(world.station)
    with pytest.raises(Refusal):
        world.station.rotate()


def test_a_node_that_does_not_know_its_last_key_waits_until_it_does(world: World) -> None:
    copy = copied(world.station)
    world.station.rotate()
    world.sync_all()
    restore(world.station, copy)
    world.ms += 400 * DAY_MS
    assert not due(world.station)
    world.sync_all()
    assert due(world.station)


def test_a_clock_that_was_set_back_makes_no_key_young_for_ever(world: World) -> None:
    listener = Listener(world.station.node, world.district.node.name)
    for hour in range(50):
        listener.tick(HOUR_MS, hour + 1)
    world.ms -= 300 * DAY_MS
    with world.station.node.read() as db:
        age = own_key.age_of(world.station.node.log, db, world.station.node.member, world.now())
    assert (age.ms // DAY_MS, age.left_days) == (2, KEY_DAYS - 2)


# ---------------------------------------------------------------- while others write, and after very many starts


class Note:
    """A command that notes something on a case, and lets the node change its key in the middle of deciding it."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def decide(self, view: View) -> list[Draft]:
        return [Draft("case.noted", "case/1", {"note": "记"}, PUBLIC, self._place.area)]


def test_whoever_writes_first_after_a_change_opens_the_new_chain(world: World) -> None:
    """As where the disk was full between the two: the opening is not forgotten."""
    node = world.station.node
    before = node.incarnation
    node.leave_fork(1_000_000)  # nothing stands there
    assert node.incarnation == before
    world.station.rotate()
    node.write(Note(world.station))
    with node.read() as db:
        kinds = [row.record.header.kind for row in node.log.chain_rows(db, (node.name, node.incarnation), 0, 9)]
        (last,) = node.log.chain_rows(db, (node.name, before), node.log.incarnations(db, node.name)[0].head.seq - 1, 1)
    assert kinds == ["node.opened", "case.noted"]
    assert last.record.header.kind == REKEYED


def test_of_more_chains_than_a_body_holds_the_latest_are_named(world: World) -> None:
    """A node that started more than 10,000 times. What its hub holds stays good; of what somebody hears late, the
    records of the oldest chains are held, and nobody is accused."""
    station = world.station.node
    writers = [Writer(world.station.keys, STATION_AREA, f"start-{number}") for number in range(CHAINS_MAX + 1)]
    records = [writer.write("node.opened", f"node/{station.name}", {}) for writer in writers]
    world.district.node.take_in(records, station.name)
    station.take_in(records, ABOVE)
    world.station.rotate()
    world.station.sync()
    with station.read() as db:
        (row,) = [row for row in station.log.rows(db, 0, 20_000) if row.record.header.kind == REKEYED]
    named = chains_of(row.record)
    assert len(row.record.body or b"") < BODY_BYTES_MAX
    assert len(row.record.value()["chains"]) == CHAINS_MAX
    assert "start-0" not in named
    with world.district.node.read() as db:
        assert holding.waiting(db) == 0
    late = [records[0], records[1], records[-1]]
    world.hall.sync()
    verdicts = world.hall.node.take_in(late, ABOVE).verdicts
    assert [each.outcome for each in verdicts] == [Outcome.HELD, Outcome.ACCEPTED, Outcome.ACCEPTED]


def test_a_key_that_is_changed_while_others_write_tears_no_chain(world: World) -> None:
    """Clerks write from several threads while the node changes its key again and again."""
    node, note = world.station.node, Note(world.station)
    with ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(node.write, note) for _ in range(200)]
        for number in range(5):
            node.rotate(KeyPair.from_seed(bytes([number + 1]) * 32))
        for each in writes:
            each.result()
    world.station.later = node.pairs[1:]
    world.sync_all()
    with node.read() as db:
        end = node.log.journal_end(db).position
    with world.district.node.read() as db:
        assert holding.waiting(db) == 0
        chains = world.district.node.log.incarnations(db, node.name)
        rows = [world.district.node.log.chain_rows(db, (node.name, each.name), 0, 500) for each in chains]
    assert sum(len(chain) for chain in rows) == end
    for chain in rows[:-1]:
        kinds = [row.record.header.kind for row in chain]
        assert kinds.index(REKEYED) == len(kinds) - 1, "it is the last record of its chain"
    assert all(chain[0].record.header.kind == "node.opened" for chain in rows)
