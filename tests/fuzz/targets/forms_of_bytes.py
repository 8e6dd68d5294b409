"""Frames, canonical values, records, receipts, invitations, exported lines: bytes that are read without a node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shared_models import canonical
from shared_models.records import PAYLOAD_TYPE, NotARecord, body_is_true, record_of, signature_is_good
from shared_models.refusals import Refusal
from shared_models.signing import bytes_of, fingerprint, pae
from sync_protocol.core.checkpoints import RECEIPT_TYPE
from sync_protocol.core.frames import FrameReader, RemoteProtocolError, pack
from sync_protocol.core.joining import invitation_of
from sync_protocol.core.shortening import restore, shorten
from sync_protocol.store.receipts import SignedReceipt, receipt_is_good
from tests.fuzz.targets import Target, without_state
from tests.vectors import second_reader
from tests.vectors.pieces import KEYS

VECTORS = Path(__file__).parents[2] / "vectors"


def vector(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def frames(data: bytes) -> str:
    reader = FrameReader()
    for start in range(0, len(data), 37):
        reader.feed(data[start : start + 37])
    kinds = []
    try:
        while (message := reader.next()) is not None:
            kinds.append(type(message).__name__)
            pack(message)
    except RemoteProtocolError as error:
        return error.code
    return ",".join(kinds) if reader.empty else "sync.frame_truncated"


def canonical_form(data: bytes) -> str:
    known = canonical.is_canonical(data)
    try:
        value = canonical.decode(data)
    except canonical.NotCanonical:
        if known:
            raise ValueError("is_canonical and decode differ") from None
        return "no"
    if not known or canonical.encode(value) != data or json.loads(data) != value:
        raise ValueError("what was read is not what was written")
    return "read"


def record(data: bytes) -> str:
    """A header of any bytes, well signed, with a body of any bytes behind a line feed."""
    header, _, body = data.partition(b"\n")
    try:
        made = record_of(header, KEYS["station"][0].sign(pae(PAYLOAD_TYPE, header)), body or None)
    except NotARecord:
        return "no"
    if not signature_is_good(made, KEYS["station"][0].public):
        raise ValueError("a record that is signed well")
    if body_is_true(made) and body:
        try:
            made.value()
        except canonical.NotCanonical:
            return "read, with another body"
    return "read"


def shortened(data: bytes) -> str:
    """What is shortened comes back byte for byte; and nothing that is sent as shortened breaks the reader."""
    header, _, body = data.partition(b"\n")
    body_hash = fingerprint(body) if body else ""
    for before in ("", "A" * 43):
        short, what = shorten(header, body or None, before)
        if restore(short, what, body_hash, before) != header:
            raise ValueError("another header than before")
        for claim in range(4):
            try:
                restore(header, claim, body_hash, before)
            except NotARecord:
                continue
    return str(what)


def receipt(data: bytes) -> str:
    signed = SignedReceipt(data, KEYS["district"][0].sign(pae(RECEIPT_TYPE, data)))
    receipt_is_good(signed, KEYS["district"][0].public)
    try:
        content = signed.content
    except ValueError:
        return "no"
    if not 0 <= content.journal < 2**53:
        raise ValueError("a place that there is not")
    return "read"


def invitation(data: bytes) -> str:
    try:
        invitation_of(data.decode("utf-8", "replace"))
    except Refusal as refusal:
        return refusal.code
    return "read"


def exported_line(data: bytes) -> str:
    """The second reader is for strangers, and strangers are given anything."""
    try:
        line = json.loads(data)
    except (ValueError, RecursionError):
        return "no JSON"
    records = vector("records.json")
    try:
        second_reader.check_line(line, bytes_of(records["root_key"]), records["city"])
    except second_reader.NotProven:
        return "not proven"
    return "proven"


def _records() -> list[bytes]:
    runs = [value for each in vector("records.json")["vectors"] for value in each["run"]]
    return [f"{value['header']}\n{value['body'] or ''}".encode() for value in runs[:40:3]]


def _frames() -> list[bytes]:
    frames = vector("frames.json")
    return [bytes.fromhex(each["hex"]) for each in [*frames["good"], *frames["bad"]] if len(each["hex"]) < 3000]


def _canonical() -> list[bytes]:
    forms = vector("canonical.json")
    return [bytes.fromhex(each["hex"]) for each in [*forms["good"][-12:], *forms["bad"][::2]]]


def _receipts() -> list[bytes]:
    return [vector("receipts.json")["good"]["payload"].encode()]


def _exported() -> list[bytes]:
    lines = (VECTORS / "export.jsonl").read_bytes().splitlines()
    return [min(lines, key=len), lines[-1]]


TARGETS = (
    Target("frames", without_state(frames), _frames),
    Target("canonical", without_state(canonical_form), _canonical),
    Target("records", without_state(record), _records),
    Target("shortened", without_state(shortened), _records),
    Target("receipts", without_state(receipt), _receipts),
    Target("invitation", without_state(invitation), lambda: [vector("joining.json")["text"].encode()]),
    Target("exported", without_state(exported_line), _exported),
)
