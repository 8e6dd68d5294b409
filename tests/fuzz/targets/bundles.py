"""Bundles: the bytes of a part; and a head and frames of any content, sealed and signed well."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

from shared_models import canonical
from shared_models.refusals import Refusal
from shared_models.signing import name_of_key, pae, seal, seal_to
from sync_protocol.wire.bundle import HEAD_TYPE, Opened, open_part
from tests.fuzz.targets import Target, without_state
from tests.vectors import second_reader
from tests.vectors.pieces import KEYS

STATION, DISTRICT = KEYS["station"][0], KEYS["district"][0]
ME, SENDER = name_of_key(DISTRICT.public), name_of_key(STATION.public)
BUNDLE = json.loads((Path(__file__).parents[2] / "vectors" / "bundle.json").read_text(encoding="utf-8"))


def _opened(data: bytes) -> Opened:
    return open_part(
        "x.bundle", BytesIO(data).read, [DISTRICT], ME, lambda sender: {SENDER: [STATION.public]}.get(sender, [])
    )


def part(data: bytes) -> str:
    said = second_reader.read_bundle([data], DISTRICT.seed, STATION.public)[1]
    try:
        frames = list(_opened(data).chunks())
    except Refusal as refusal:
        return refusal.code
    if said and frames and not frames[-1]:
        raise ValueError(f"the second reader finds a fault where there is none: {said}")
    return f"read {len(frames)}"


def inside(data: bytes) -> str:
    """The head is any bytes; a frame of these bytes follows, at the place that the head claims."""
    plain = STATION.sign(pae(HEAD_TYPE, data)) + data
    sealed = seal_to(DISTRICT.public, bytes(range(32)), bytes(24), plain)
    head = b"TONGBAN\x01\x01" + ME.encode() + len(sealed).to_bytes(2) + sealed
    try:
        opened = _opened(head)
        first = opened.head.first
        box = seal(second_reader.url_bytes(opened.head.key), first.to_bytes(24), data)[24:]
        frames = list(_opened(head + len(box).to_bytes(4) + box).chunks())
    except Refusal as refusal:
        return refusal.code
    if frames != [data]:
        raise ValueError("another frame than was sealed")
    return "read"


def _parts() -> list[bytes]:
    return [bytes.fromhex(each) for each in BUNDLE["parts"]]


def _heads() -> list[bytes]:
    return [canonical.encode(json.loads(each)) for each in BUNDLE["heads"]]


TARGETS = (Target("bundle", without_state(part), _parts), Target("bundle_head", without_state(inside), _heads))
