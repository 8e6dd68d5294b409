"""A bundle of the station for the district, in two parts; and what may be wrong with one. All randomness is fixed."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from shared_models import canonical
from shared_models.signing import digest, name_of_key, text_of
from sync_protocol.core.messages import Piece, Pull, Push, WireRecord
from sync_protocol.wire.bundle import MAGIC, Head, Sealer, new_head
from tests.vectors.frames_by_hand import frame
from tests.vectors.pieces import KEYS, run

SENT_MS = 1_795_000_002_000
STATION, DISTRICT, HALL = (KEYS[name][0] for name in ("station", "district", "hall"))


class _Drawn:
    """The same bytes every time, never the same twice."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(b"bundle %d" % self._count).digest(size)


def frames() -> list[bytes]:
    """A record, the question for what is new, and a small file, each in a plain frame."""
    file = "一张照片".encode()
    asked = (
        Push((0, ""), [WireRecord.of(record) for record in run(1)]),
        Pull(dict.fromkeys(("control", "node", "area", "catalogue"), (0, ""))),
        Piece(text_of(digest(file)), len(file), "image/jpeg", 0, text_of(file)),
    )
    return [frame(0, msgspec.json.encode(message)) for message in asked]


def _sealed(*groups: list[bytes], **changed: Any) -> list[bytes]:
    """A part for each group of frames."""
    drawn = _Drawn()
    head = new_head(name_of_key(STATION.public), name_of_key(DISTRICT.public), SENT_MS, drawn)
    head = msgspec.structs.replace(head, journal=1, **changed)
    sealer = Sealer(STATION, DISTRICT.public, head, drawn)
    return [sealer.part() + b"".join(map(sealer.chunk, group)) for group in groups]


def _heads() -> list[str]:
    """The heads of the parts as they are signed."""
    drawn = _Drawn()
    head = new_head(name_of_key(STATION.public), name_of_key(DISTRICT.public), SENT_MS, drawn)
    parts = [msgspec.structs.replace(head, journal=1, part=number, first=number - 1) for number in (1, 2)]
    return [canonical.encode(msgspec.to_builtins(each)).decode() for each in parts]


def _by_another() -> list[bytes]:
    """The hall's signature under the station's name."""
    drawn = _Drawn()
    head: Head = new_head(name_of_key(STATION.public), name_of_key(DISTRICT.public), SENT_MS, drawn)
    sealer = Sealer(HALL, DISTRICT.public, head, drawn)
    return [sealer.part() + b"".join(map(sealer.chunk, [*frames(), b""]))]


def _changed(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def bundle() -> dict[str, Any]:
    push, pull, piece = frames()
    one, two = _sealed([push], [pull, piece, b""])
    whole = _sealed([push, pull, piece, b""])[0]
    first, _, third = _sealed([push], [pull], [piece, b""])
    stranger = _sealed([push, b""], sender=name_of_key(KEYS["stranger"][0].public))
    bad = [
        ("no bundle", [b"%PDF-1.7\n"], "bundle.not_a_bundle", 0),
        ("nothing", [b""], "bundle.not_a_bundle", 0),
        ("a version of tomorrow", [_changed(whole, len(MAGIC))], "bundle.newer", 0),
        ("another suite", [_changed(whole, len(MAGIC) + 1)], "bundle.newer", 0),
        ("for another node", [_changed(whole, len(MAGIC) + 2)], "bundle.for_another", 0),
        ("a changed byte in the envelope", [_changed(whole, 200)], "bundle.head_damaged", 0),
        ("a sender that is not known", stranger, "bundle.unknown_sender", 0),
        ("signed by another key", _by_another(), "bundle.forged", 0),
        ("cut in the preamble", [whole[:20]], "bundle.cut", 0),
        ("cut in the envelope", [whole[:300]], "bundle.cut", 0),
        ("cut in a chunk", [whole[:-30]], "bundle.cut", 2),
        ("cut before the end", [whole[:-20]], "bundle.unfinished", 3),
        ("a changed byte in the last chunk", [_changed(whole, len(whole) - 1)], "bundle.damaged", 3),
        ("the second part is missing", [one], "bundle.unfinished", 1),
        ("the part in the middle is missing", [first, third], "bundle.part_missing", 1),
        ("a chunk of another place", [one + two[-20:]], "bundle.damaged", 1),
    ]
    return {
        "sender": name_of_key(STATION.public),
        "sender_key": text_of(STATION.public),
        "receiver": name_of_key(DISTRICT.public),
        "receiver_seed": DISTRICT.seed.hex(),
        "heads": _heads(),
        "parts": [one.hex(), two.hex()],
        "frames": [each.hex() for each in frames()],
        "bad": [
            {"why": why, "parts": [part.hex() for part in parts], "code": code, "frames": good}
            for why, parts, code, good in bad
        ],
    }
