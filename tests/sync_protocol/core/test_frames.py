from __future__ import annotations

import random
import resource
import struct
import sys
import typing
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.records import NotARecord
from sync_protocol.core import messages
from sync_protocol.core.frames import (
    COMPRESS_FROM_BYTES,
    FRAME_BYTES_MAX,
    PLAIN,
    UNPACKED_BYTES_MAX,
    ZSTD,
    FrameReader,
    LocalProtocolError,
    RemoteProtocolError,
    pack,
    prepare,
    unpack,
)
from sync_protocol.core.messages import Fault, Hello, Idle, Message, WireRecord
from tests.shared_models.writers import STATION_AREA, Writer, pair

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

texts = st.text(st.characters(codec="utf-8"), max_size=300)
marks = st.tuples(st.integers(0, messages.PLACE_MAX), st.text("abcXYZ019-_", max_size=43))
records = st.integers(1, 3).map(
    lambda count: [WireRecord.of(record) for record in Writer(pair("station"), STATION_AREA).run(count)]
)

entries = records.map(lambda found: [messages.StreamedRecord("case", each) for each in found])
cursors = st.dictionaries(st.sampled_from(("control", "node")), marks)
numbers = st.integers(0, 9)

some: st.SearchStrategy[Message] = st.one_of(
    st.builds(Hello, texts, texts),
    st.builds(messages.Challenge, texts, texts, texts),
    st.builds(messages.Proof, texts),
    st.builds(messages.Welcome, texts),
    st.builds(messages.Push, marks, records),
    st.builds(messages.Pull, cursors, marks, numbers, earlier=st.dictionaries(texts, st.lists(marks, max_size=3))),
    st.builds(messages.Refused, numbers, texts, texts),
    st.builds(messages.Entries, texts, entries, marks),
    st.builds(messages.Reset, texts, marks),
    st.builds(messages.Rewind, marks, st.lists(marks, max_size=3)),
    st.just(Idle()),
    st.builds(messages.Lacking, st.lists(texts, max_size=3)),
    st.builds(messages.Piece, texts, numbers, texts, numbers, texts, numbers),
    st.builds(messages.Have, texts, numbers, st.booleans(), st.booleans(), texts),
    st.builds(Fault, texts, numbers),
)


def framed(payload: bytes, form: int = PLAIN) -> bytes:
    return struct.pack(">IB", len(payload) + 1, form) + payload


def read_all(reader: FrameReader) -> list[Message]:
    found: list[Message] = []
    while (message := reader.next()) is not None:
        found.append(message)
    return found


def plain(message: Message) -> bytes:
    return msgspec.json.encode(message)


def code_of(data: bytes) -> str:
    reader = FrameReader()
    reader.feed(data)
    with pytest.raises(RemoteProtocolError) as caught:
        read_all(reader)
    return caught.value.code


@given(st.lists(some, max_size=5), st.lists(st.integers(0, 5000), max_size=20))
def test_the_same_messages_come_out_however_the_bytes_are_cut(sent: list[Message], cuts: list[int]) -> None:
    data = b"".join(pack(message) for message in sent)
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    reader, found = FrameReader(), []
    for start, end in pairwise(edges):
        reader.feed(data[start:end])
        found += read_all(reader)
    assert list(map(plain, found)) == list(map(plain, sent))
    assert reader.empty


@given(some)
def test_every_message_comes_back_and_its_records_are_the_bytes_that_were_signed(message: Message) -> None:
    reader = FrameReader()
    reader.feed(pack(message))
    came = reader.next()
    assert type(came) is type(message)
    if isinstance(message, messages.Push) and isinstance(came, messages.Push):
        assert [each.record() for each in came.records] == [each.record() for each in message.records]


@given(some)
def test_a_frame_says_its_length_and_form_before_its_content(message: Message) -> None:
    frame = pack(message)
    length, form = struct.unpack(">IB", frame[:5])
    assert length == len(frame) - 4
    assert form == (ZSTD if len(plain(message)) >= COMPRESS_FROM_BYTES else PLAIN)
    assert prepare(message).frame == frame


CODES = {"", *(f"sync.frame_{why}" for why in ("size", "form", "message", "damaged", "truncated", "bomb"))}


def outcome(read: Callable[[], object]) -> str:
    """The code of the protocol error that `read` raises, or "" for none. Anything else it raises fails the test."""
    try:
        read()
    except RemoteProtocolError as error:
        return error.code
    return ""


@given(st.binary(max_size=400))
def test_bytes_from_anywhere_raise_nothing_but_a_protocol_error(data: bytes) -> None:
    reader = FrameReader()
    reader.feed(data)
    assert outcome(partial(read_all, reader)) in CODES


@given(st.sampled_from((PLAIN, ZSTD, 2, 255)), st.binary(max_size=400) | texts.map(str.encode))
def test_a_well_cut_frame_of_any_content_raises_nothing_but_a_protocol_error(form: int, payload: bytes) -> None:
    for content in (payload, zstd.compress(payload)):
        assert outcome(partial(unpack, form, content)) in CODES


@given(some, st.integers(0, 10**6), st.integers(1, 255))
def test_a_changed_byte_gives_other_messages_or_a_protocol_error(message: Message, place: int, change: int) -> None:
    data = bytearray(pack(message))
    data[place % len(data)] ^= change
    reader = FrameReader()
    reader.feed(bytes(data))
    try:
        for came in read_all(reader):
            if isinstance(came, messages.Push):
                [each.record() for each in came.records]
    except (RemoteProtocolError, NotARecord, ValueError):
        return


@given(some, st.integers(0, 10**6))
def test_half_a_frame_gives_nothing_and_is_told_apart_from_the_end(message: Message, cut: int) -> None:
    data = pack(message)
    reader = FrameReader()
    reader.feed(data[: cut % len(data)])
    assert reader.next() is None
    assert reader.empty == (cut % len(data) == 0)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (struct.pack(">IB", 0, 0), "sync.frame_size"),
        (struct.pack(">IB", FRAME_BYTES_MAX + 1, 0), "sync.frame_size"),
        (struct.pack(">IB", 2**32 - 1, 1), "sync.frame_size"),
        (framed(b'{"type":"idle"}', 2), "sync.frame_form"),
        (framed(b'{"type":"idle"}', 255), "sync.frame_form"),
        (framed(b"", PLAIN), "sync.frame_message"),
        (framed(b"{}", PLAIN), "sync.frame_message"),
        (framed(b'{"type":"sing"}', PLAIN), "sync.frame_message"),
        (framed(b'{"type":"idle"} x', PLAIN), "sync.frame_message"),
        (framed(b'{"type":"\xff"}', PLAIN), "sync.frame_message"),
        (framed(b'{"type":"hello","node":"\xff","nonce":"x"}', PLAIN), "sync.frame_message"),
        (framed(b'{"type":"push","base":[-1,""],"records":[]}', PLAIN), "sync.frame_message"),
        (framed(b'{"type":"push","base":[9007199254740992,""],"records":[]}', PLAIN), "sync.frame_message"),
        (framed(b'{"type":"refused","journal":' + b"1" * 5000 + b',"id":"","code":""}', PLAIN), "sync.frame_message"),
        (framed(b"[" * 100_000, PLAIN), "sync.frame_message"),
        (framed(b'{"type":"idle","x":' + b"[" * 100_000, PLAIN), "sync.frame_message"),
        (framed(b"no zstd at all", ZSTD), "sync.frame_damaged"),
        (framed(zstd.compress(b'{"type":"idle"}') + b"more", ZSTD), "sync.frame_damaged"),
        (framed(zstd.compress(b'{"type":"idle"}') * 2, ZSTD), "sync.frame_damaged"),
        (framed(zstd.compress(b'{"type":"idle"}')[:-3], ZSTD), "sync.frame_truncated"),
        (framed(zstd.compress(b"\0" * (UNPACKED_BYTES_MAX + 1)), ZSTD), "sync.frame_bomb"),
        (framed(b"", ZSTD), "sync.frame_truncated"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:24]),
)
def test_each_fault_of_a_frame_has_its_code(data: bytes, code: str) -> None:
    assert code_of(data) == code


def bomb(megabytes: int, window_bits: int) -> bytes:
    """A frame of some kilobytes that says it is `megabytes` of text."""
    sizes, told = zstd.CompressionParameter.window_log, zstd.CompressionParameter.content_size_flag
    packer = zstd.ZstdCompressor(options={sizes: window_bits, told: 0})
    part = b" " * (1024 * 1024)
    return framed(b"".join(packer.compress(part) for _ in range(megabytes)) + packer.flush(), ZSTD)


def test_a_bomb_of_a_gigabyte_is_refused_within_bounded_memory() -> None:
    data = bomb(1024, 21)
    assert len(data) < 64 * 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert code_of(data) == "sync.frame_bomb"
    unit = 1 if sys.platform == "darwin" else 1024
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit
    assert grown < 4 * UNPACKED_BYTES_MAX


def test_a_packer_cannot_make_its_reader_take_a_large_window() -> None:
    assert code_of(bomb(1, 27)) == "sync.frame_damaged"


def test_a_message_of_exactly_the_limit_comes_back() -> None:
    largest = Fault("x" * (UNPACKED_BYTES_MAX - len(plain(Fault("")))))
    reader = FrameReader()
    reader.feed(pack(largest))
    assert reader.next() == largest
    with pytest.raises(LocalProtocolError):
        pack(Fault(largest.code + "x"))


def test_a_frame_over_the_limit_is_not_even_sent() -> None:
    noise = "".join(random.Random(1).choices([chr(0x4E00 + number) for number in range(16384)], k=700_000))
    with pytest.raises(LocalProtocolError):
        pack(Fault(noise))


def test_an_unknown_field_of_a_message_is_passed_over() -> None:
    """A later version may say more; what this version knows of the message still counts."""
    assert unpack(PLAIN, b'{"type":"welcome","session":"s","later":{"more":[1]}}') == messages.Welcome("s")


@pytest.mark.parametrize("header", [b' {"a":1}', b'{"a":1 }', b'{"a" :1}'])
def test_what_is_between_the_quotes_is_kept_verbatim(header: bytes) -> None:
    data = b'{"type":"push","base":[0,""],"records":[{"header":' + header + b',"signature":"AA"}]}'
    message = unpack(PLAIN, data)
    assert isinstance(message, messages.Push)
    assert bytes(message.records[0].header) == header.strip()
    with pytest.raises(NotARecord):
        message.records[0].record()


def test_every_message_has_a_name_of_its_own() -> None:
    kinds = typing.get_args(messages.AnyMessage)
    tags = [kind.__struct_config__.tag for kind in kinds]
    assert len(set(tags)) == len(tags) == len(Message.__subclasses__())
