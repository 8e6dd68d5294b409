from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models import canonical
from shared_models.records import NotARecord, Record, record_of
from sync_protocol.core.frames import FrameReader, pack
from sync_protocol.core.messages import Push, WireRecord, records_in
from sync_protocol.core.shortening import WHOLE, WITHOUT_HASH, WITHOUT_HASH_AND_PREV, restore, shorten
from tests.shared_models.writers import STATION_AREA, Writer, pair

RUN = Writer(pair("station"), STATION_AREA).run(4)


def wired(records: list[Record]) -> list[WireRecord]:
    names = ["", *(each.id for each in records)]
    return [
        WireRecord.shortened(each.header_bytes, each.signature, each.body, before)
        for each, before in zip(records, names, strict=False)
    ]


def test_a_run_arrives_as_it_was_signed_and_both_hashes_stay_at_home() -> None:
    wire = wired(RUN)
    assert [each.short for each in wire] == [WITHOUT_HASH, *[WITHOUT_HASH_AND_PREV] * 3]
    sent = pack(Push((0, ""), wire))
    assert all(each.header.body.hash.encode() not in msgspec.json.encode(wire) for each in RUN)
    reader = FrameReader()
    reader.feed(sent)
    came = reader.next()
    assert isinstance(came, Push)
    assert list(records_in(came.records)) == RUN


@given(st.permutations(range(4)), st.sets(st.integers(0, 3)))
def test_records_of_any_order_with_or_without_bodies_arrive_as_they_are(order: list[int], bare: set[int]) -> None:
    records = [record_of(RUN[i].header_bytes, RUN[i].signature, None if i in bare else RUN[i].body) for i in order]
    assert list(records_in(wired(records))) == records


later = st.recursive(
    st.sampled_from(("", RUN[0].id, RUN[1].header.body.hash, "x")),
    lambda inside: st.dictionaries(st.sampled_from(("hash", "prev", "aa", "zz")), inside, max_size=3),
    max_leaves=6,
)


names = st.sampled_from(("aaa", "bodies", "hash", "hash2", "prev2", "zzz"))


@given(st.dictionaries(names, later, max_size=3))
def test_a_header_of_a_later_version_comes_back_byte_for_byte(fields: dict[str, object]) -> None:
    known = canonical.decode(RUN[1].header_bytes)
    header = canonical.encode({**known, **fields})
    short, what = shorten(header, RUN[1].body, RUN[0].id)
    assert restore(short, what, RUN[1].header.body.hash, RUN[0].id) == header


def test_a_body_that_is_not_the_one_of_the_header_leaves_the_header_whole() -> None:
    assert shorten(RUN[1].header_bytes, b'{"note":"other"}', "") == (RUN[1].header_bytes, WHOLE)


def test_a_body_that_was_changed_on_the_way_gives_another_record() -> None:
    wire = wired(RUN)[1]
    changed = msgspec.structs.replace(wire, body=msgspec.Raw(b'{"note":"other"}'))
    assert changed.record(RUN[0].id).id != RUN[1].id


@pytest.mark.parametrize(
    ("what", "body_hash", "before"),
    [
        (WITHOUT_HASH, "", RUN[0].id),
        (WITHOUT_HASH_AND_PREV, "x" * 43, ""),
        (3, "x" * 43, RUN[0].id),
        (-1, "x" * 43, ""),
    ],
)
def test_what_is_left_out_and_cannot_be_found_makes_no_record(what: int, body_hash: str, before: str) -> None:
    with pytest.raises(NotARecord):
        restore(RUN[1].header_bytes, what, body_hash, before)
