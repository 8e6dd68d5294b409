from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models import canonical, records
from shared_models.records import (
    AHEAD_MS_MAX,
    BODY_BYTES_MAX,
    HEADER_BYTES_MAX,
    PARENTS_MAX,
    PERSONAL,
    PUBLIC,
    Clock,
    Draft,
    NotARecord,
    Position,
    Record,
    body_is_true,
    header_of,
    record_of,
    seal_record,
    signature_is_good,
)
from shared_models.signing import digest, pae, text_of, verify
from tests.shared_models.writers import STATION_AREA, Writer, flipped, pair

KEYS = pair("station")
ID = "A" * 43

bodies = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=8), st.text(st.characters(codec="utf-8"), max_size=20), max_size=5
)
places = st.integers(0, 10**6)


def one(body: dict[str, Any] | None = None) -> Record:
    return Writer(KEYS, STATION_AREA).write(body=body or {"note": "一"}, parents=[ID])


def verified(record: Record) -> bool:
    return signature_is_good(record, KEYS.public) and body_is_true(record)


def header_with(**changes: Any) -> bytes:
    return canonical.encode({**msgspec.json.decode(one().header_bytes), **changes})


@given(bodies)
def test_what_is_sealed_is_verified_and_read_back(body: dict[str, Any]) -> None:
    made = one(body)
    read = record_of(made.header_bytes, made.signature, made.body)
    assert read == made
    assert verified(read)
    assert {key: read.value()[key] for key in body} == body


def test_an_id_is_the_hash_of_the_header_and_the_signature_is_over_its_dsse_encoding() -> None:
    made = one()
    assert made.id == text_of(digest(made.header_bytes))
    assert len(made.id) == records.ID_LENGTH
    encoded = pae("application/vnd.tongban.record+json;version=1", made.header_bytes)
    assert verify(KEYS.public, encoded, made.signature)


def test_a_header_holds_nothing_of_the_body_but_its_class_hash_and_size() -> None:
    made = one({"note": "王小明"})
    assert "王小明" not in made.header_bytes.decode()
    assert made.body is not None
    claim = msgspec.json.decode(made.header_bytes)["body"]
    assert claim == {"class": "personal", "hash": text_of(digest(made.body)), "size": len(made.body)}


def test_two_equal_personal_bodies_have_different_hashes() -> None:
    writer = Writer(KEYS, STATION_AREA)
    first, second = writer.write(body={"note": "x"}), writer.write(body={"note": "x"})
    assert first.header.body.hash != second.header.body.hash
    public = [writer.write(body={"note": "x"}, body_class=PUBLIC) for _ in range(2)]
    assert public[0].body == public[1].body == b'{"note":"x"}'


@given(places, st.integers(1, 255))
def test_any_changed_byte_of_a_header_is_noticed(place: int, change: int) -> None:
    made = one()
    header = flipped(made.header_bytes, place, change)
    try:
        record = record_of(header, made.signature, made.body)
    except NotARecord:
        return
    assert record.id != made.id
    assert not signature_is_good(record, KEYS.public)


@given(places, st.integers(1, 255))
def test_any_changed_byte_of_a_body_or_signature_is_noticed(place: int, change: int) -> None:
    made = one()
    assert made.body is not None
    assert not verified(record_of(made.header_bytes, made.signature, flipped(made.body, place, change)))
    assert not verified(record_of(made.header_bytes, flipped(made.signature, place, change), made.body))


@given(places)
def test_a_shortened_or_lengthened_part_is_noticed(place: int) -> None:
    made = one()
    assert made.body is not None
    assert not verified(record_of(made.header_bytes, made.signature, made.body[: place % len(made.body)]))
    assert not verified(record_of(made.header_bytes, made.signature[: place % 64], made.body))
    assert not verified(record_of(made.header_bytes, made.signature + b"\0", made.body))
    with pytest.raises(NotARecord):
        record_of(made.header_bytes[: place % len(made.header_bytes)], made.signature, made.body)


def test_an_erased_body_leaves_header_and_signature_good() -> None:
    erased = record_of(one().header_bytes, one().signature, None)
    assert verified(erased)
    with pytest.raises(canonical.NotCanonical):
        erased.value()


@pytest.mark.parametrize("body", [b"[]", b"1", b'{"b":1,"a":2}', b"{", b'{"a":1.5}', b'"text"'])
def test_a_body_that_is_no_canonical_object_has_no_value(body: bytes) -> None:
    with pytest.raises(canonical.NotCanonical):
        record_of(one().header_bytes, b"", body).value()


def test_fields_that_this_version_does_not_know_survive() -> None:
    header = header_with(zone="east", added={"later": [1]})
    record = record_of(header, KEYS.sign(pae(records.PAYLOAD_TYPE, header)), one().body)
    assert record.header_bytes == header
    assert verified(record)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2}, {"version": 0}, {"suite": 2}, {"seq": 0}, {"seq": -1}, {"seq": 2, "prev": ""}, {"prev": "x"},
        {"prev": ID + "A"}, {"node": ""}, {"incarnation": ""}, {"kind": ""}, {"subject": ""}, {"kind": "k" * 129},
        {"node": "n" * 129}, {"subject": "s" * 129}, {"actor": "a" * 129}, {"area": "1" * 129},
        {"parents": [ID] * (PARENTS_MAX + 1)}, {"parents": ["short"]}, {"parents": ID}, {"hlc": [-1, 0]},
        {"hlc": [1, -1]},
        {"hlc": [1]}, {"hlc": [1, 2, 3]}, {"catalogue": -1}, {"catalogue": "1"}, {"seq": "1"}, {"seq": True},
        {"node": None}, {"body": None}, {"body": {"class": "secret", "hash": ID, "size": 1}},
        {"body": {"class": PUBLIC, "hash": ID, "size": -1}}, {"body": {"class": PUBLIC, "hash": ID}},
        {"body": {"class": PUBLIC, "hash": ID, "size": BODY_BYTES_MAX + 1}},
    ],
    ids=str,
)  # fmt: skip
def test_a_header_out_of_its_limits_is_no_header(changes: dict[str, Any]) -> None:
    with pytest.raises(NotARecord):
        header_of(header_with(**changes))


@pytest.mark.parametrize("field", sorted(msgspec.json.decode(one().header_bytes)))
def test_a_header_without_one_of_its_fields_is_no_header(field: str) -> None:
    value = msgspec.json.decode(one().header_bytes)
    del value[field]
    with pytest.raises(NotARecord):
        header_of(canonical.encode(value))


@pytest.mark.parametrize(
    "changes",
    [{"parents": [ID] * PARENTS_MAX}, {"actor": ""}, {"area": ""}, {"subject": "s" * 128}, {"later": 1}],
    ids=str,
)
def test_a_header_at_its_limits_is_a_header(changes: dict[str, Any]) -> None:
    header_of(header_with(**changes))


@pytest.mark.parametrize("number", ["9007199254740992", "18446744073709551616", "1" * 5000, "1.0", "1e3", "-0", "true"])
@pytest.mark.parametrize("field", [b'"seq":1', b'"catalogue":1', b'"size":', b'"suite":1', b'"version":1', b",0]"])
def test_a_number_of_a_header_is_a_plain_one_below_2_to_the_53(field: bytes, number: str) -> None:
    name, found, _ = field.partition(b":")
    old = field if not field.endswith(b":") else b'"size":%d' % one().header.body.size
    new = name + b":" + number.encode() if found else b"," + number.encode() + b"]"
    assert old in one().header_bytes
    with pytest.raises(NotARecord):
        header_of(one().header_bytes.replace(old, new))


def test_a_header_is_refused_by_its_size_before_it_is_read() -> None:
    assert header_of(header_with(more="x" * (HEADER_BYTES_MAX - len(header_with(more="")))))
    with pytest.raises(NotARecord, match="bytes"):
        header_of(header_with(more="x" * HEADER_BYTES_MAX))


@given(st.binary(max_size=200))
def test_bytes_from_anywhere_are_a_header_or_refused(data: bytes) -> None:
    with pytest.raises(NotARecord):
        header_of(data)


@pytest.mark.parametrize(
    "body",
    [{"n": 1.5}, {"é": 1}, {"n": 2**60}, {"n": b"x"}, {"n": "x" * (BODY_BYTES_MAX + 1)}],
    ids=lambda body: str(body)[:20],
)
def test_nothing_is_signed_that_a_reader_would_refuse(body: dict[str, Any]) -> None:
    draft = Draft("case.noted", "case/1", body, PERSONAL, STATION_AREA)
    position = Position("node", "one", 1)
    with pytest.raises((NotARecord, canonical.NotCanonical)):
        seal_record(KEYS, draft, position, "", Clock(1, 0), 0, bytes(16))


def test_parents_are_written_in_one_order() -> None:
    made = Writer(KEYS, STATION_AREA).write(parents=["B" * 43, "A" * 43])
    assert made.header.parents == ("A" * 43, "B" * 43)


@given(st.lists(st.integers(0, 2**48), min_size=1, max_size=30))
def test_a_clock_never_runs_backwards_whatever_the_wall_clock_does(walls: list[int]) -> None:
    clock = Clock(0, 0)
    for wall in walls:
        following = clock.tick(wall)
        assert following > clock
        assert following.ms == max(wall, clock.ms)
        clock = following


@given(st.integers(0, 2**48), st.integers(0, 2**48), st.integers(0, 2**48))
def test_a_clock_follows_what_it_saw_but_not_into_the_far_future(own: int, seen: int, wall: int) -> None:
    clock = Clock(own, 3)
    after = clock.saw((seen, 1), wall)
    assert after >= clock
    if seen > wall + AHEAD_MS_MAX:
        assert after == clock
    else:
        assert after >= Clock(seen, 1)
