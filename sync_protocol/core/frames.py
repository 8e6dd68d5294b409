"""Frames: how messages become bytes, with a limit on everything.

frame = length of what follows (4 bytes, big-endian) + form (1 byte: 0 plain, 1 zstd) + payload. The payload is one
message as JSON. It is packed as if a few sample messages, the primer, had gone before: even a message that travels
alone finds the names of its fields there. Sizes are checked before memory is taken: a frame has at most 1 MiB on the
wire and 8 MiB unpacked, and unpacking stops at that bound whatever the frame promises.
"""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

import msgspec

from sync_protocol.core.messages import AnyMessage, Message
from sync_protocol.core.pace import Pace
from sync_protocol.core.primer import PRIMER

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FRAME_BYTES_MAX = 1024 * 1024
UNPACKED_BYTES_MAX = 8 * 1024 * 1024
COMPRESS_FROM_BYTES = 128
PLAIN, ZSTD = 0, 1
LEVEL, LEVEL_OF_SLOW_LINES = 1, 6  # 1: a third less work than 3, and no more bytes; 6: three times the work, 7 % fewer


WINDOW_BITS_MAX = 23
"""A packer may ask its reader for a window of this size (2**23 bytes = all that may come out), not of 128 MiB."""

_primed = zstd.ZstdDict(PRIMER, is_raw=True)
GLANCE_BYTES = 128 * 1024 + 1024
"""A first block of zstd is never larger than this, so that the first bytes of a message can be seen from it."""
TYPE_BYTES = 64
_type_first = re.compile(rb'\{"type":"([a-z]{1,32})"')
_prefix = struct.Struct(">IB")
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyMessage] = msgspec.json.Decoder(AnyMessage)


class RemoteProtocolError(Exception):
    """The other side sent what the protocol does not allow. `code` names the sentence."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class LineDown(Exception):
    """The other side cannot be reached, or broke off: try again later."""


class ParentBusy(LineDown):
    """The other side has no time now, and says when to come back. Nothing of what was asked counts."""

    def __init__(self, after_ms: int) -> None:
        super().__init__(f"busy for {after_ms} ms")
        self.after_ms = after_ms


class LocalProtocolError(Exception):
    """This side tried to send what the protocol does not allow: a defect of ours."""


class Prepared(NamedTuple):
    """A message whose frame was made ahead of time."""

    message: Message
    frame: bytes


class Run(NamedTuple):
    """Requests that may be sent one behind the other without waiting: a driver takes as many of them as it likes, at
    least the first, then hands over the answers to all of them. `begin` may be called again when a line was lost."""

    begin: Callable[[], Iterator[Prepared]]


Request = Message | Prepared | Run
"""What a flow may ask its driver to send."""

Flow = Generator[Request, list[Message], None]
"""Yields requests and is sent the answers; whoever drives it has the line."""


def paced(
    pace: Pace, clock: Callable[[], float], requests: Callable[[], Iterator[Prepared]]
) -> Generator[Request, list[Message], list[Message]]:
    """The answers to a run as long as the line can bear, which tell how long the next one may be."""
    pace.begin(clock())
    answers = yield Run(requests)
    pace.answered(clock())
    return answers


def no_clock() -> float:
    """Every answer is there at once: for bundles and lists, and for lines whose speed does not matter."""
    return 0.0


def prepare(message: Message, level: int = LEVEL) -> Prepared:
    """Packs now what will be sent later. Raises LocalProtocolError."""
    return Prepared(message, pack(message, level))


def pack(message: Message, level: int = LEVEL) -> bytes:
    """The frame of a message, packed with as much work as a `level` of zstd stands for. Raises LocalProtocolError where
    it breaks a limit."""
    payload = _encoder.encode(message)
    if len(payload) > UNPACKED_BYTES_MAX:
        raise LocalProtocolError(f"a message of {len(payload)} bytes is over the limit")
    form = PLAIN
    if len(payload) >= COMPRESS_FROM_BYTES:
        payload, form = zstd.compress(payload, level, zstd_dict=_primed.as_digested_dict), ZSTD
    if len(payload) + 1 > FRAME_BYTES_MAX:
        raise LocalProtocolError(f"a frame of {len(payload)} bytes is over the limit")
    return _prefix.pack(len(payload) + 1, form) + payload


def unpack(form: int, payload: bytes) -> AnyMessage:
    """The message in a payload. Raises RemoteProtocolError."""
    if form == ZSTD:
        payload = _unzip(payload)
    elif form != PLAIN:
        raise RemoteProtocolError("sync.frame_form", str(form))
    try:
        return _decoder.decode(payload)
    except (ValueError, RecursionError) as error:  # no JSON, no such message, no UTF-8, nested without end
        raise RemoteProtocolError("sync.frame_message", type(error).__name__) from None


def _unzip(payload: bytes) -> bytes:
    unzip = zstd.ZstdDecompressor(_primed, {zstd.DecompressionParameter.window_log_max: WINDOW_BITS_MAX})
    try:
        plain = unzip.decompress(payload, UNPACKED_BYTES_MAX)
        if not unzip.eof:
            # Either cut short, or there is more than the bound: one more byte tells which.
            more = b"" if unzip.needs_input else unzip.decompress(b"", 1)
            raise RemoteProtocolError("sync.frame_bomb" if more else "sync.frame_truncated")
    except zstd.ZstdError as error:
        raise RemoteProtocolError("sync.frame_damaged", str(error)[:200]) from None
    if unzip.unused_data:
        raise RemoteProtocolError("sync.frame_damaged", "bytes after the end of the packed message")
    return plain


def _glance(payload: bytes) -> bytes:
    """The first bytes of a packed message, as far as these bytes of it tell."""
    unzip = zstd.ZstdDecompressor(_primed, {zstd.DecompressionParameter.window_log_max: WINDOW_BITS_MAX})
    try:
        return unzip.decompress(payload, TYPE_BYTES)
    except zstd.ZstdError:
        return b""


class FrameReader:
    """Collects bytes, however they are cut, and gives whole messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._count = 0

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> AnyMessage | None:
        """The next message, or None while bytes are missing. Raises RemoteProtocolError."""
        found = self._whole()
        if found is None:
            return None
        form, end = found
        payload = bytes(memoryview(self._buffer)[_prefix.size : end])
        del self._buffer[:end]
        self._count += 1
        return unpack(form, payload)

    def _whole(self) -> tuple[int, int] | None:
        """(form, end) of the first frame, or None while bytes are missing. Raises RemoteProtocolError."""
        if len(self._buffer) < _prefix.size:
            return None
        length, form = _prefix.unpack_from(self._buffer)
        if not 1 <= length <= FRAME_BYTES_MAX:
            raise RemoteProtocolError("sync.frame_size", str(length))
        return (form, 4 + length) if len(self._buffer) >= 4 + length else None

    def waiting(self) -> str | None:
        """What `next` would give, by its `type`, without unpacking it; "" where that does not stand first in it, None
        where `next` would give None. Raises RemoteProtocolError."""
        found = self._whole()
        if found is None:
            return None
        form, end = found
        start = bytes(memoryview(self._buffer)[_prefix.size : min(end, _prefix.size + GLANCE_BYTES)])
        type_first = _type_first.match(_glance(start) if form == ZSTD else start)
        return type_first[1].decode() if type_first else ""

    @property
    def coming(self) -> tuple[int, int]:
        """(how many messages were given, how many bytes the one that is coming in will have): 0 while nobody knows."""
        if len(self._buffer) < _prefix.size:
            return self._count, 0
        return self._count, int(_prefix.unpack_from(self._buffer)[0])

    @property
    def empty(self) -> bool:
        """Whether no bytes of a half-received frame are left."""
        return not self._buffer
