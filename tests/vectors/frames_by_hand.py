"""Frames as hex, made without a compressor: zstd frames of raw and run-length blocks, which are the same everywhere.
One frame alone was packed by a library, to show what the primer is for."""

from __future__ import annotations

import struct
from typing import Any

_MAGIC = bytes.fromhex("28b52ffd")
_RAW, _RUN = 0, 1
_BLOCK_BYTES_MAX = 128 * 1024


def _block(kind: int, size: int, content: bytes, last: bool) -> bytes:
    return struct.pack("<I", size << 3 | kind << 1 | last)[:3] + content


def packed(content: bytes) -> bytes:
    """A zstd frame that holds `content` (under 256 bytes) as it is."""
    return _MAGIC + bytes([0x20, len(content)]) + _block(_RAW, len(content), content, last=True)


def bomb(blocks: int) -> bytes:
    """A zstd frame of spaces: 128 KiB for every four bytes. Its window is 128 KiB and its length is not told."""
    block = _block(_RUN, _BLOCK_BYTES_MAX, b" ", last=False)
    return _MAGIC + bytes([0x00, 7 << 3]) + block * (blocks - 1) + _block(_RUN, _BLOCK_BYTES_MAX, b" ", last=True)


_ASKED = {
    "type": "pull",
    "cursors": {name: [7, "l06ZJDdt72L"] for name in ("control", "node", "area", "catalogue")},
    "journal": [4, "wss8GG_f_Ac"],
    "upstream": 2,
    "wait_ms": 25000,
    "catalogue": 3,
    "room": 65536,
}
_PRIMED = bytes.fromhex(
    "28b52ffd20db1d0200f0372c226c30365a4a44647437324c342c227773733847475f665f416332330c004016705f087a64edcf73405013ce"
    "cb3180040ae601787a803b8fa1d1791878507180"
)
"""That message, packed once by libzstd 1.5 with the primer; another packer may find other bytes for it."""


def frame(form: int, payload: bytes) -> bytes:
    return struct.pack(">IB", len(payload) + 1, form) + payload


def frames() -> dict[str, Any]:
    idle = b'{"type":"idle"}'
    good = {
        "plain": (frame(0, idle), {"type": "idle"}),
        "zstd": (frame(1, packed(idle)), {"type": "idle"}),
        "zstd that leans on the primer": (frame(1, _PRIMED), _ASKED),
        "an unknown field": (frame(0, b'{"type":"idle","later":1}'), {"type": "idle"}),
    }
    bad = {
        "a length of nothing": (struct.pack(">IB", 0, 0), "sync.frame_size"),
        "a length over 1 MiB": (struct.pack(">IB", 1024 * 1024 + 1, 0), "sync.frame_size"),
        "an unknown form": (frame(2, idle), "sync.frame_form"),
        "no JSON": (frame(0, b"{"), "sync.frame_message"),
        "no message": (frame(0, b'{"type":"sing"}'), "sync.frame_message"),
        "no UTF-8": (frame(0, b'{"type":"\xff"}'), "sync.frame_message"),
        "a place below zero": (frame(0, b'{"type":"rewind","journal":[-1,""]}'), "sync.frame_message"),
        "no zstd": (frame(1, idle), "sync.frame_damaged"),
        "bytes behind the packed message": (frame(1, packed(idle) + b"x"), "sync.frame_damaged"),
        "a packed message cut short": (frame(1, packed(idle)[:-1]), "sync.frame_truncated"),
        "8 MiB and one block": (frame(1, bomb(65)), "sync.frame_bomb"),
        "cut short": (frame(0, idle)[:-1], "sync.frame_truncated"),
    }
    return {
        "good": [{"name": name, "hex": data.hex(), "message": message} for name, (data, message) in good.items()],
        "bad": [{"name": name, "hex": data.hex(), "code": code} for name, (data, code) in bad.items()],
    }
