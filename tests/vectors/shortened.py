"""Three records of one message with shortened headers, the headers that come of them, and what makes no record."""

from __future__ import annotations

from typing import Any

import msgspec

from sync_protocol.core.messages import WireRecord
from tests.vectors.pieces import run


def shortened() -> dict[str, Any]:
    records = run(3)
    names = ["", *(each.id for each in records)]
    wire = [
        msgspec.json.encode(WireRecord.shortened(each.header_bytes, each.signature, each.body, before)).decode()
        for each, before in zip(records, names, strict=False)
    ]
    first = msgspec.json.decode(wire[0], type=WireRecord)
    second = msgspec.json.decode(wire[1], type=WireRecord)
    bad = [
        (
            "leaves out the hash of a body that is not there",
            [msgspec.structs.replace(first, body=msgspec.Raw(b"null"))],
        ),
        ("leaves out the id of a record before it, and is the first", [second]),
        ("leaves out what this version does not know", [msgspec.structs.replace(first, short=3)]),
    ]
    return {
        "records": wire,
        "headers": [each.header_bytes.decode() for each in records],
        "bad": [{"why": why, "records": [msgspec.json.encode(each).decode() for each in some]} for why, some in bad],
    }
