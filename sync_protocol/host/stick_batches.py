"""The frames of a bundle, handed on in batches as far as they are good; what is wrong is collected beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple, TypeVar

from shared_models.refusals import Refusal
from sync_protocol.core.frames import FrameReader, RemoteProtocolError
from sync_protocol.core.messages import AnyMessage, Piece, Pull, Push
from sync_protocol.host.bundle_files import Bundle
from sync_protocol.store.attachments import PIECE_BYTES
from sync_protocol.store.log import DamagedRecord

BATCH_BYTES = 2 * 1024 * 1024
BATCH_BYTES_MAX = 8 * 1024 * 1024
"""What is handed over to the running process at once, before base64: about so much, and where a batch may not end
everywhere, at most so much."""

T = TypeVar("T")


def messages_in(frames: bytes) -> Iterator[AnyMessage]:
    """One at a time, since a small frame may hold a large message. Raises RemoteProtocolError."""
    reader = FrameReader()
    reader.feed(frames)
    while (message := reader.next()) is not None:
        yield message
    if not reader.empty:
        raise RemoteProtocolError("sync.frame_truncated")


@contextmanager
def in_words() -> Iterator[None]:
    try:
        yield
    except RemoteProtocolError as error:
        raise Refusal("bundle.malformed", reason=error.code) from None
    except DamagedRecord as bad:
        raise Refusal("bundle.damaged_here", id=bad.id) from None


class Batch(NamedTuple):
    """Frames of a bundle with so many records in them; `alone` = the question, where they are nothing but it; `gives` =
    bytes of files that they ask for."""

    frames: bytes
    records: int
    alone: Pull | None = None
    gives: int = 0


def good(bundle: Bundle, faults: list[Refusal], *, questions_first: bool = False) -> Iterator[Batch]:
    """The batches of a bundle up to its first fault, which goes into `faults`. A question stands alone; or, with
    `questions_first`, a batch ends only before a question."""
    batches = _before_questions if questions_first else _around_questions
    return _until_fault(batches(_until_fault(_decoded(bundle), faults)), faults)


def _decoded(bundle: Bundle) -> Iterator[tuple[bytes, AnyMessage]]:
    for frame in bundle.frames():
        with in_words():
            found = list(islice(messages_in(frame), 2))
            if len(found) != 1:
                raise RemoteProtocolError("sync.frame_message")
        yield frame, found[0]


def _around_questions(frames: Iterable[tuple[bytes, AnyMessage]]) -> Iterator[Batch]:
    batch, records, gives = bytearray(), 0, 0
    for frame, message in frames:
        asks = isinstance(message, Pull)
        if batch and (asks or len(batch) + gives >= BATCH_BYTES):
            yield Batch(bytes(batch), records, gives=gives)
            batch, records, gives = bytearray(), 0, 0
        if isinstance(message, Pull):
            yield Batch(frame, 0, message)
        else:
            batch += frame
            records += len(message.records) if isinstance(message, Push) else 0
            gives += min(message.give, PIECE_BYTES) if isinstance(message, Piece) else 0
    if batch:
        yield Batch(bytes(batch), records, gives=gives)


def _before_questions(frames: Iterable[tuple[bytes, AnyMessage]]) -> Iterator[Batch]:
    batch = bytearray()
    for frame, message in frames:
        if len(batch) >= BATCH_BYTES and isinstance(message, Pull):
            yield Batch(bytes(batch), 0)
            batch.clear()
        if len(batch) + len(frame) > BATCH_BYTES_MAX:
            raise Refusal("bundle.malformed", reason="sync.answer_size")
        batch += frame
    if batch:
        yield Batch(bytes(batch), 0)


def _until_fault(parts: Iterator[T], faults: list[Refusal]) -> Iterator[T]:
    try:
        yield from parts
    except Refusal as fault:
        faults.append(fault)
