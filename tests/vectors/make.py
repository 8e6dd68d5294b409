"""Makes the vectors: `python -m tests.vectors.make` writes the JSON files beside this one, always with the same bytes.

Seeds, names and texts are fixed; nothing is drawn at random, no clock is read. docs/protocol.md explains every value.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from shared_models import canonical
from shared_models.records import PAYLOAD_TYPE
from shared_models.roster import STATION
from shared_models.signing import digest, name_of_key, pae, text_of
from sync_protocol.core.joining import Invitation, request_to_join
from sync_protocol.core.opening import PROOF_TYPE_2, Opening, parents_nonce
from sync_protocol.core.primer import PRIMER
from sync_protocol.core.session import PROOF_TYPE, transcript
from sync_protocol.store.log import EMPTY_HASH, Entry
from sync_protocol.store.receipts import sign_receipt
from sync_protocol.store.streams import next_mark
from tests.shared_models.writers import CITY_AREA, STATION_AREA, flipped
from tests.vectors import bundled, exported, frames_by_hand, judged, mandated, shortened, witnessed
from tests.vectors.pieces import KEYS, run, writer

FOLDER = Path(__file__).parent
JSONL = "export.jsonl"


def keys() -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "tier": tier,
            "area": area,
            "seed": pair.seed.hex(),
            "public_key": pair.public.hex(),
            "public_key_text": text_of(pair.public),
            "node": name_of_key(pair.public),
        }
        for name, (pair, tier, area) in KEYS.items()
    ]


def worked() -> dict[str, Any]:
    """One small record with every intermediate value: the example of docs/protocol.md."""
    record = writer("station").write("case.noted", "case/1", {"note": "一"})
    body = record.body or b""
    pair = KEYS["station"][0]
    return {
        "seed": pair.seed.hex(),
        "public_key": pair.public.hex(),
        "node": record.header.node,
        "body": body.decode(),
        "body_hex": body.hex(),
        "body_hash": record.header.body.hash,
        "header": record.header_bytes.decode(),
        "header_sha256": digest(record.header_bytes).hex(),
        "id": record.id,
        "pae_hex": pae(PAYLOAD_TYPE, record.header_bytes).hex(),
        "signature_hex": record.signature.hex(),
        "signature": text_of(record.signature),
    }


GOOD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**53 - 1, -(2**53) + 1, "", "通办", "😀"),
    'quote " backslash \\ slash / \b\f\n\r\t \x00 \x1f \x7f \u2028',
    *([], {}, [1, [2, [3]]], {"b": 1, "a": [True, None]}, {"A": 1, "a": 2, "1": 3, "-": 4, "": 5}),
)
BAD_TEXTS = {
    "1.0": "a fraction",
    "1e2": "an exponent",
    "-0": "a second zero",
    "01": "a leading zero",
    "9007199254740992": "2^53",
    '{"b":1,"a":2}': "keys out of order",
    '{"a":1,"a":1}': "a key twice",
    '{"a": 1}': "a space",
    '{"é":1}': "a key that is not ASCII",
    '"\\u0041"': "an escape that is not needed",
    '"\\/"': "an escaped slash",
    '"\\u001F"': "a capital in an escape",
    '"\t"': "a bare control character",
    '"\\ud800"': "half of a surrogate pair",
    "[1,]": "a comma too many",
    "\ufeff1": "a byte order mark",
    "": "nothing",
    "[" * 33 + "]" * 33: "33 levels",
}


def canonical_forms() -> dict[str, Any]:
    bad = [{"why": why, "hex": text.encode().hex()} for text, why in BAD_TEXTS.items()]
    return {
        "good": [{"value": value, "hex": canonical.encode(value).hex()} for value in GOOD_VALUES],
        "bad": [*bad, {"why": "not UTF-8", "hex": b'"\xff"'.hex()}],
    }


def journal() -> dict[str, Any]:
    """The running hash of a journal, and the marks of a stream, over the same records."""
    ids = [record.id for record in run(4)]
    running, mark = EMPTY_HASH, ""
    hashes: list[str] = []
    marks: list[str] = []
    for identity in ids:
        running, mark = digest(running + identity.encode()), next_mark(mark, identity)
        hashes.append(text_of(running))
        marks.append(mark)
    return {"ids": ids, "hashes": hashes, "marks": marks}


def receipts() -> dict[str, Any]:
    district = KEYS["district"][0]
    hub, child = name_of_key(district.public), writer("station").node
    payload, signature = sign_receipt(district, hub, child, Entry(4, digest(b"journal")), 2, 1_795_000_000_000)
    said, good = payload.decode(), text_of(signature)
    untyped = text_of(district.sign(payload))
    return {
        "hub_key": text_of(district.public),
        "good": {"payload": said, "signature": good},
        "bad": [
            {"why": "another signature", "payload": said, "signature": text_of(flipped(signature, 9))},
            {"why": "another place", "payload": said.replace('"journal":4', '"journal":5'), "signature": good},
            {"why": "signed without its type", "payload": said, "signature": untyped},
        ],
    }


def session() -> dict[str, Any]:
    child, parent = KEYS["station"][0], KEYS["district"][0]
    names = name_of_key(child.public), name_of_key(parent.public)
    nonces = text_of(digest(b"child nonce")[:16]), text_of(digest(b"parent nonce")[:16])
    said = {role: transcript(*names, *nonces, role) for role in ("child", "parent")}
    return {
        "type": PROOF_TYPE,
        "child": names[0],
        "parent": names[1],
        "child_nonce": nonces[0],
        "parent_nonce": nonces[1],
        "parent_signs_hex": said["parent"].hex(),
        "parent_signature": text_of(parent.sign(said["parent"])),
        "child_signs_hex": said["child"].hex(),
        "child_signature": text_of(child.sign(said["child"])),
        "version_2": _opening_2(names, nonces),
        "lowered_nonces": [
            {
                "random": RANDOM.hex(),
                "speaks": list(speaks),
                "takes": takes,
                "nonce": text_of(parents_nonce(RANDOM, speaks, takes)),
            }
            for speaks, takes in (((1, 2), 1), ((1, 2), 2), ((2, 5), 3))
        ],
    }


RANDOM = digest(b"random bytes of a nonce")[:16]


def _opening_2(names: tuple[str, str], nonces: tuple[str, str]) -> dict[str, Any]:
    """The same opening, where both speak version 2."""
    child, parent = KEYS["station"][0], KEYS["district"][0]
    opening, incarnation = Opening(*names, *nonces, (1, 2), 2), "aaaaaaaaaaaaaaaa"
    said = {"child": opening.said("child", incarnation), "parent": opening.said("parent")}
    return {
        "type": PROOF_TYPE_2,
        "versions": [1, 2],
        "version": 2,
        "incarnation": incarnation,
        "parent_signs_hex": said["parent"].hex(),
        "parent_signature": text_of(parent.sign(said["parent"])),
        "child_signs_hex": said["child"].hex(),
        "child_signature": text_of(child.sign(said["child"])),
    }


def joining() -> dict[str, Any]:
    district, root, station = (KEYS[name][0] for name in ("district", "root", "station"))
    invitation = Invitation(
        address="http://127.0.0.1:8602",
        area=STATION_AREA,
        city=CITY_AREA,
        hub_key=text_of(district.public),
        name="某社区",
        root_key=text_of(root.public),
        secret=text_of(digest(b"secret")[:18]),
        tier=STATION,
    )
    return {
        "invitation": msgspec.to_builtins(invitation),
        "text": invitation.text(),
        "seed": station.seed.hex(),
        "request": msgspec.to_builtins(request_to_join(station, invitation)),
    }


def files() -> dict[str, bytes]:
    """name -> content of every generated file."""
    values = {
        "keys.json": keys(),
        "canonical.json": canonical_forms(),
        "worked.json": worked(),
        "records.json": judged.records(mandated.VECTORS),
        "journal.json": journal(),
        "receipts.json": receipts(),
        "session.json": session(),
        "joining.json": joining(),
        "frames.json": frames_by_hand.frames(),
        "shortened.json": shortened.shortened(),
        "bundle.json": bundled.bundle(),
        "witness.json": witnessed.witness(),
        "mandates.json": mandated.worked(),
        "export_bad.json": exported.bad_lines(),
    }
    made = {name: (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode() for name, value in values.items()}
    lines = [json.dumps(line, ensure_ascii=False) for line in exported.good_lines()]
    return {**made, JSONL: ("\n".join(lines) + "\n").encode(), "primer.jsonl": PRIMER}


def main() -> None:
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
        print(f"{name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
