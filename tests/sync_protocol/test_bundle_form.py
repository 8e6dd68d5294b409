"""The form of a bundle: whatever is done to its bytes, what is read is a beginning of what was written."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.refusals import Refusal
from shared_models.signing import KeyPair, bytes_of, name_of_key, seal
from sync_protocol.wire.bundle import PARTS_MAX, Head, Sealer, new_head, open_part

CHILD, HUB, OTHER = (KeyPair.from_seed(bytes([number]) * 32) for number in (1, 2, 3))
NAMES = {name_of_key(pair.public): [pair.public] for pair in (CHILD, HUB)}
CHILD_NAME, HUB_NAME = NAMES


def written(frames: list[bytes], seed: int = 1) -> bytes:
    """One part with these frames and its end."""
    drawn = random.Random(seed).randbytes
    sealer = Sealer(CHILD, HUB.public, new_head(CHILD_NAME, HUB_NAME, 1, drawn), drawn)
    return sealer.part() + b"".join(map(sealer.chunk, [*frames, b""]))


def read(data: bytes, pair: KeyPair = HUB) -> tuple[list[bytes], str]:
    """The frames before the first fault, and its code."""
    frames: list[bytes] = []
    try:
        for frame in open_part(
            "x", io.BytesIO(data).read, [pair], name_of_key(pair.public), lambda name: NAMES.get(name, ())
        ).chunks():
            if not frame:
                return frames, ""
            frames.append(frame)
    except Refusal as refusal:
        return frames, refusal.code
    return frames, "bundle.unfinished"


FRAMES = st.lists(st.binary(min_size=1, max_size=300), max_size=6)


@given(FRAMES)
def test_what_is_written_is_read(frames: list[bytes]) -> None:
    assert read(written(frames)) == (frames, "")


@given(FRAMES, st.data())
def test_whatever_is_changed_no_frame_is_read_that_was_not_written_there(
    frames: list[bytes], data: st.DataObject
) -> None:
    whole = bytearray(written(frames))
    for _ in range(data.draw(st.integers(1, 3))):
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
        whole[start:end] = data.draw(st.binary(max_size=40))
    found, code = read(bytes(whole))
    assert found == frames[: len(found)]
    assert code or found == frames


@given(st.binary(max_size=600), st.booleans())
def test_any_bytes_are_refused_in_words(data: bytes, begun: bool) -> None:
    found, code = read(written([])[:27] + data if begun else data)
    assert (found, code.split(".")[0]) == ([], "bundle")


def test_nobody_but_the_receiver_opens_it() -> None:
    data = bytearray(written([b"frame"]))
    assert read(bytes(data), OTHER)[1] == "bundle.for_another"
    data[9:25] = name_of_key(OTHER.public).encode()
    assert read(bytes(data), OTHER)[1] == "bundle.head_damaged"


def test_the_nonce_of_a_chunk_is_its_number_so_that_none_comes_twice() -> None:
    drawn = random.Random(1).randbytes
    head = new_head(CHILD_NAME, HUB_NAME, 1, drawn)
    sealer = Sealer(CHILD, HUB.public, head, drawn)
    sealer.part()
    chunks = [sealer.chunk(b"same") for _ in range(3)]
    sealer.part()
    chunks.append(sealer.chunk(b"same"))
    boxes = [seal(bytes_of(head.key), number.to_bytes(24), b"same")[24:] for number in range(4)]
    assert [chunk[4:] for chunk in chunks] == boxes
    assert len(set(chunks)) == 4


def test_every_bundle_has_a_key_of_its_own() -> None:
    heads: list[Head] = [new_head(CHILD_NAME, HUB_NAME, 1, random.Random(seed).randbytes) for seed in (1, 2)]
    assert heads[0].key != heads[1].key
    assert heads[0].bundle != heads[1].bundle


def test_a_bundle_has_a_most_of_parts() -> None:
    drawn = random.Random(1).randbytes
    sealer = Sealer(CHILD, HUB.public, new_head(CHILD_NAME, HUB_NAME, 1, drawn), drawn)
    for _ in range(PARTS_MAX):
        sealer.part()
    with pytest.raises(Refusal) as refused:
        sealer.part()
    assert refused.value == Refusal("bundle.too_many_parts", most=PARTS_MAX)
