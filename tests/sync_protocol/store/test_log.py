from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils.utils import sqlite3

from shared_models.records import Record
from shared_models.signing import digest
from sync_protocol.core.verdicts import NO_HEAD, Head
from sync_protocol.store.log import ABOVE, EMPTY_HASH, OWN, DamagedRecord, Entry, Log
from sync_protocol.store.vault import Vault
from tests.shared_models.writers import STATION_AREA, Writer, flipped, pair, with_body

KEYS = pair("station")
CHILD = "child"


@pytest.fixture
def log(vault: Vault) -> Log:
    return Log(vault)


def written(count: int, incarnation: str = "one") -> list[Record]:
    return Writer(KEYS, STATION_AREA, incarnation).run(count)


def chain_of(record: Record) -> tuple[str, str]:
    return record.header.node, record.header.incarnation


def running(records: Sequence[Record]) -> bytes:
    """The hash of a journal, as docs/protocol.md defines it."""
    value = EMPTY_HASH
    for record in records:
        value = digest(value + record.id.encode())
    return value


# ---------------------------------------------------------------- what is kept


def test_records_come_back_as_they_were_signed_in_the_order_of_receipt(db: sqlite3.Connection, log: Log) -> None:
    records = written(4)
    records[2] = with_body(records[2], None)
    assert log.append(db, records[:3], OWN) == range(1, 4)
    assert log.append(db, records[3:], CHILD, [True]) == range(4, 5)
    rows = log.rows(db, 0, 10)
    assert [row.record for row in rows] == records
    assert [(row.position, row.source, row.held) for row in rows] == [
        *((1, OWN, False), (2, OWN, False), (3, OWN, False), (4, CHILD, True))
    ]
    assert [row.position for row in log.rows(db, 1, 2)] == [2, 3]
    assert log.last_position(db) == 4


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    runs=st.lists(st.tuples(st.sampled_from(("one", "two")), st.integers(1, 60), st.booleans()), min_size=1, max_size=5)
)
def test_runs_of_any_length_from_any_chain_are_kept_alike(
    db: sqlite3.Connection, log: Log, runs: list[tuple[str, int, bool]]
) -> None:
    """Many rows go into one statement, and what the rows of a run have in common is handed over once."""
    writers = {name: Writer(KEYS, STATION_AREA, name) for name in ("one", "two")}
    records = [(each, aside) for name, count, aside in runs for each in writers[name].run(count)]
    run, held = [each for each, _ in records], [aside for _, aside in records]
    db.execute("BEGIN")
    try:
        log.append(db, run[:1], OWN, held[:1])
        log.append(db, run[1:], CHILD, held[1:])
        rows = log.rows(db, 0, 1000)
        places = enumerate(records, 1)
        assert [(row.position, row.record, row.held) for row in rows] == [(place, *each) for place, each in places]
        assert [row.source for row in rows] == [OWN, *[CHILD] * (len(run) - 1)]
        assert log.journal_after(db, 0, 1000) == (run, Entry(len(run), running(run)))
        for name, writer in writers.items():
            assert [row.record for row in log.chain_rows(db, (writer.node, name), 0, 1000)] == writer.written
    finally:
        db.execute("ROLLBACK")


def test_nothing_of_a_body_rests_in_the_clear(db: sqlite3.Connection, log: Log) -> None:
    log.append(db, [Writer(KEYS, STATION_AREA).write(body={"name": "WangXiaoming"})], OWN)
    for row in db.execute("SELECT * FROM record"):
        assert all(b"WangXiaoming" not in bytes(str(cell), "utf-8") for cell in row if not isinstance(cell, bytes))
        assert all(b"WangXiaoming" not in cell for cell in row if isinstance(cell, bytes))


def test_rows_are_found_by_position_in_the_order_asked(db: sqlite3.Connection, log: Log) -> None:
    log.append(db, written(5), OWN)
    assert [row.position for row in log.at(db, [4, 2, 99, 1])] == [4, 2, 1]


def test_an_empty_log_answers_every_question(db: sqlite3.Connection, log: Log) -> None:
    assert log.rows(db, 0, 10) == []
    assert log.last_position(db) == 0
    assert log.journal_end(db) == Entry(0, EMPTY_HASH)
    assert log.journal_after(db, 0, 10) == ([], Entry(0, EMPTY_HASH))
    assert log.journal_parts(db, 0, 10, 1000) == ([], 0)
    assert log.journal_place(db, 7) == 0
    assert log.known(db).head_of(("n", "i")) == NO_HEAD
    assert log.known(db).id_at(("n", "i"), 1) is None
    assert log.incarnations(db, "n") == []
    assert log.damage(db, lambda _: (), 0, 10) == ([], 0)


def test_one_position_of_a_chain_is_kept_once(db: sqlite3.Connection, log: Log) -> None:
    log.append(db, written(1), OWN)
    with pytest.raises(sqlite3.IntegrityError):
        log.append(db, written(1), CHILD)


# ---------------------------------------------------------------- chains


def test_a_chain_knows_its_head_and_every_id_in_it(db: sqlite3.Connection, log: Log) -> None:
    records = written(3)
    log.append(db, records, CHILD)
    known = log.known(db)
    assert known.head_of(chain_of(records[0])) == Head(3, records[2].id)
    assert [known.id_at(chain_of(records[0]), seq) for seq in (1, 2, 3, 4)] == [*(each.id for each in records), None]
    assert [row.record.header.seq for row in log.chain_rows(db, chain_of(records[0]), 1, 10)] == [2, 3]


def test_a_head_has_no_hole_below_it_in_whatever_order_a_stream_brings_records(
    db: sqlite3.Connection, log: Log
) -> None:
    records = written(6)
    chain = chain_of(records[0])
    heads = []
    for place in (1, 4, 0, 3, 2, 5):
        log.append(db, [records[place]], ABOVE)
        heads.append(log.known(db).head_of(chain).seq)
    assert heads == [0, 0, 2, 2, 5, 6]
    assert log.known(db).head_of(chain) == Head(6, records[5].id)


def test_incarnations_of_a_node_are_apart_and_keep_what_they_continue_from(db: sqlite3.Connection, log: Log) -> None:
    old, new = written(3, "old"), written(2, "new")
    log.append(db, [*old, *new], CHILD)
    log.note_opening(db, chain_of(new[0]), "old", 2)
    found = log.incarnations(db, KEYS_NAME)
    assert [(each.name, each.head.seq, each.from_incarnation, each.from_seq) for each in found] == [
        ("old", 3, "", 0),
        ("new", 2, "old", 2),
    ]


KEYS_NAME = Writer(KEYS, STATION_AREA).node


# ---------------------------------------------------------------- the journal


def test_the_journal_holds_own_records_and_those_from_below_and_none_from_above(
    db: sqlite3.Connection, log: Log
) -> None:
    records = written(5)
    log.append(db, records[:2], OWN)
    log.append(db, records[2:3], ABOVE)
    log.append(db, records[3:], CHILD)
    up = [*records[:2], *records[3:]]
    found, end = log.journal_after(db, 0, 10)
    assert found == up
    assert end == log.journal_end(db) == Entry(4, running(up))
    assert [log.journal_place(db, position) for position in range(6)] == [0, 1, 2, 2, 3, 4]


def test_the_running_hash_names_the_whole_history_up_to_each_place(db: sqlite3.Connection, log: Log) -> None:
    records = written(5)
    log.append(db, records[:2], OWN)
    log.append(db, records[2:], OWN)
    for place in range(6):
        assert log.entry(db, place) == Entry(place, running(records[:place]))
    assert log.entry(db, 6) is None
    found, end = log.journal_after(db, 2, 2)
    assert (found, end) == (records[2:4], Entry(4, running(records[:4])))
    assert log.journal_after(db, 5, 2) == ([], Entry(5, running(records)))


def test_the_parts_that_are_sent_are_bounded_by_number_and_bytes_but_never_none(
    db: sqlite3.Connection, log: Log
) -> None:
    records = [with_body(record, None) if record.header.seq == 3 else record for record in written(6)]
    log.append(db, records, OWN)
    parts, last = log.journal_parts(db, 0, 10, 10**6)
    assert [(part.header, part.signature, part.body) for part in parts] == [
        (record.header_bytes, record.signature, record.body) for record in records
    ]
    assert last == 6
    assert log.journal_parts(db, 4, 10, 10**6) == (parts[4:], 6)
    assert log.journal_parts(db, 0, 2, 10**6) == (parts[:2], 2)
    assert log.journal_parts(db, 1, 10, 1) == (parts[1:2], 2)
    two = 2 * (len(parts[0].header) + len(parts[0].body or b"") + 40) + 100
    assert log.journal_parts(db, 0, 10, two)[1] == 2


# ---------------------------------------------------------------- damage


def spoil(db: sqlite3.Connection, position: int, column: str, place: int = 40) -> None:
    (value,) = db.execute(f"SELECT {column} FROM record WHERE position = ?", (position,)).fetchone()
    db.execute(f"UPDATE record SET {column} = ? WHERE position = ?", (flipped(bytes(value), place), position))


def keys_of(node: str) -> tuple[bytes, ...]:
    return (KEYS.public,) if node == KEYS_NAME else ()


def test_a_whole_log_has_no_damage_and_is_looked_through_in_pieces(db: sqlite3.Connection, log: Log) -> None:
    log.append(db, written(5), OWN)
    after, seen = 0, []
    while True:
        bad, last = log.damage(db, keys_of, after, 2)
        assert bad == []
        if last == after:
            break
        seen.append(last)
        after = last
    assert seen == [2, 4, 5]


@pytest.mark.parametrize("what", ["header", "body", "signature"])
def test_a_changed_byte_is_found_and_named_with_its_record(db: sqlite3.Connection, log: Log, what: str) -> None:
    records = written(5)
    log.append(db, records, OWN)
    spoil(db, 3, what)
    bad, last = log.damage(db, keys_of, 0, 10)
    assert [(each.position, each.id, each.what) for each in bad] == [(3, records[2].id, what)]
    assert last == 5
    assert records[2].id in str(bad[0])
    if what != "signature":  # a signature is for whoever takes the record in to judge; reading costs no signature check
        with pytest.raises(DamagedRecord) as caught:
            log.rows(db, 0, 10)
        assert (caught.value.position, caught.value.what) == (3, what)


@pytest.mark.parametrize("column", ["header", "signature", "body"])
def test_no_byte_of_a_record_can_be_changed_unnoticed(db: sqlite3.Connection, log: Log, column: str) -> None:
    log.append(db, written(1), OWN)
    (value,) = db.execute(f"SELECT {column} FROM record").fetchone()
    for place in range(len(value)):
        spoil(db, 1, column, place)
        assert [each.what for each in log.damage(db, keys_of, 0, 1)[0]] == [column]
        spoil(db, 1, column, place)
    assert log.damage(db, keys_of, 0, 1)[0] == []


def test_a_body_that_another_record_was_sealed_with_is_noticed(db: sqlite3.Connection, log: Log) -> None:
    """A thief who has no key can still move what is sealed from one row to another."""
    log.append(db, written(2), OWN)
    db.execute("UPDATE record SET body = (SELECT body FROM record WHERE position = 1) WHERE position = 2")
    assert [(each.position, each.what) for each in log.damage(db, keys_of, 0, 9)[0]] == [(2, "body")]


def test_a_header_and_its_id_changed_together_are_noticed_by_the_signature(db: sqlite3.Connection, log: Log) -> None:
    first, second = written(2)
    log.append(db, [first], OWN)
    db.execute("UPDATE record SET header = ?, id = ?", (second.header_bytes, second.id))
    assert [each.what for each in log.damage(db, keys_of, 0, 9)[0]] == ["body"]
    db.execute("UPDATE record SET body = NULL")
    assert [each.what for each in log.damage(db, keys_of, 0, 9)[0]] == ["signature"]


def test_the_signature_of_an_author_that_is_not_known_cannot_be_told(db: sqlite3.Connection, log: Log) -> None:
    log.append(db, written(1), OWN)
    spoil(db, 1, "signature")
    assert log.damage(db, lambda _: (), 0, 9) == ([], 1)


@pytest.mark.parametrize("what", ["header", "body"])
def test_what_is_damaged_is_not_sent_and_what_stands_before_it_is(db: sqlite3.Connection, log: Log, what: str) -> None:
    log.append(db, written(5), OWN)
    spoil(db, 4, what)
    with pytest.raises(DamagedRecord):
        log.journal_parts(db, 3, 10, 10**6)
    (known,), _ = log.damage(db, keys_of, 0, 9)
    assert log.journal_parts(db, 0, 10, 10**6, [known])[1] == 3
    with pytest.raises(DamagedRecord) as caught:
        log.journal_parts(db, 3, 10, 10**6, [known])
    assert caught.value.what == what
