"""Makes the vectors: `python -m tests.vectors.make` writes the JSON files beside this one, always with the same bytes.

Seeds, names and texts are fixed; nothing is drawn at random and no clock is read. docs/protocol.md explains every value.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from shared_models import canonical
from shared_models.records import Record, record_of
from shared_models.roster import CITY, DISTRICT, REVOKED, STATION, Member, admission
from shared_models.signing import KeyPair, digest, name_of_key, pae, text_of
from sync_protocol.core.joining import Invitation, request_to_join
from sync_protocol.core.session import PROOF_TYPE, transcript
from sync_protocol.store.log import EMPTY_HASH, Entry
from sync_protocol.store.receipts import sign_receipt
from sync_protocol.store.streams import next_mark
from tests.shared_models.writers import (
    CITY_AREA,
    DISTRICT_AREA,
    OTHER_AREA,
    STATION_AREA,
    Writer,
    flipped,
    member_of,
    pair,
    resigned,
    with_body,
    with_signature,
)
from tests.vectors import frames_by_hand

FOLDER = Path(__file__).parent
HALL_AREA = "511602101"
KEYS: dict[str, tuple[KeyPair, str, str]] = {
    "root": (pair("root"), "root", CITY_AREA),
    "city": (pair("city"), CITY, CITY_AREA),
    "district": (pair("district"), DISTRICT, DISTRICT_AREA),
    "station": (pair("station"), STATION, STATION_AREA),
    "hall": (pair("hall"), STATION, HALL_AREA),
    "stranger": (pair("stranger"), STATION, STATION_AREA),
}
PARENTS = {"city": "", "district": "city", "station": "district", "hall": "district"}
LATE = "trusted only up to record 2 of this incarnation"


def writer(name: str, incarnation: str = "aaaaaaaaaaaaaaaa") -> Writer:
    keys, _, area = KEYS[name]
    return Writer(keys, area, incarnation)


def member(name: str) -> Member:
    keys, tier, area = KEYS[name]
    parent = PARENTS[name]
    return member_of(keys, tier, area, name_of_key(KEYS[parent][0].public) if parent else "", name)


def admissions() -> list[Record]:
    """The root admits the city hub, that admits a district hub, that admits a station and a hall."""
    root, city, district = writer("root", "root"), writer("city"), writer("district")
    return [
        root.admit(member("city")),
        city.admit(member("district")),
        district.admit(member("station")),
        district.admit(member("hall")),
    ]


def wire(record: Record) -> dict[str, Any]:
    body = None if record.body is None else record.body.decode()
    return {"header": record.header_bytes.decode(), "signature": text_of(record.signature), "body": body}


def run(count: int, incarnation: str = "aaaaaaaaaaaaaaaa") -> list[Record]:
    """Records of the station, the same for the same arguments."""
    made = writer("station", incarnation)
    return [made.write("case.noted", f"case/{place}", {"note": f"第{place}件"}) for place in range(1, count + 1)]


def with_header(record: Record, old: str, new: str) -> dict[str, Any]:
    """The record as it travels, with a text of its header replaced and nothing signed anew."""
    assert old in record.header_bytes.decode()
    return {**wire(record), "header": record.header_bytes.decode().replace(old, new)}


def signed_raw(header: bytes, body: bytes) -> dict[str, Any]:
    """A record whose header is signed as it is, whatever it is."""
    signature = KEYS["station"][0].sign(pae("application/vnd.tongban.record+json;version=1", header))
    return {"header": header.decode(), "signature": text_of(signature), "body": body.decode()}


def with_other_body(body: bytes) -> Record:
    """A record that truly claims this body, whatever it is: what a faulty or hostile writer could sign."""
    claim = {"class": "personal", "hash": text_of(digest(body)), "size": len(body)}
    return with_body(resigned(run(1)[0], KEYS["station"][0], body=claim), body)


# ---------------------------------------------------------------- records and verdicts


def verdict(
    name: str, says: str, given: Sequence[Record | dict[str, Any]], expected: Sequence[str], *,
    kept: Sequence[Record] = (), also: Sequence[Record] = (), route: str = "journal",
) -> dict[str, Any]:  # fmt: skip
    """One vector; what is expected is an outcome, or the code of a refusal."""
    return {
        "name": name, "says": says, "route": route, "roster": [wire(each) for each in also],
        "kept": [wire(each) for each in kept],
        "run": [each if isinstance(each, dict) else wire(each) for each in given], "expected": list(expected),
    }  # fmt: skip


def good_verdicts() -> list[dict[str, Any]]:
    one, two, three = run(3)
    after = writer("station", "bbbbbbbbbbbbbbbb")
    after.head = two.id
    later = [after.write("node.opened", "node/x", {"id": two.id, "incarnation": "aaaaaaaaaaaaaaaa", "seq": 2})]
    unsigned = with_signature(two, flipped(two.signature, 3))
    unknown_field = resigned(one, KEYS["station"][0], zone="east")
    return [
        verdict("run", "A run of one chain is accepted.", [one, two, three], ["accepted"] * 3),
        verdict("next", "The record after the one that is kept is accepted.", [three], ["accepted"], kept=[one, two]),
        verdict("again", "A record that is kept already is a duplicate.", [one, two, three], ["duplicate", "duplicate", "accepted"], kept=[one, two]),
        verdict("incarnation", "A new incarnation begins at 1 and continues from any place of an earlier one.", later, ["accepted"], kept=[one, two, three]),
        verdict("vouched", "A good later signature of the same chain vouches for a record before it.", [one, unsigned, three], ["accepted"] * 3),
        verdict("erased", "A record whose body was erased is still a record.", [with_body(one, None)], ["accepted"]),
        verdict("unknown field", "A header field that a reader does not know changes nothing.", [unknown_field], ["accepted"]),
        verdict("unknown kind", "A kind that a reader does not know is kept.", [writer("station").write("case.photographed", "case/1", {})], ["accepted"]),
        verdict("stream hole", "In a stream a chain may have holes.", [three], ["accepted"], kept=[one], route="stream"),
        verdict("body that is no value", "A body is judged by its hash alone; what cannot be read is kept without effect.", [with_other_body(b'{"amount":1.5}')], ["accepted"]),
    ]  # fmt: skip


def bad_verdicts() -> list[dict[str, Any]]:
    one, two, three = run(3)
    keys = KEYS["station"][0]
    other = writer("station")
    other.ms += 1
    fork = other.write("case.noted", "case/1", {"note": "另一件"})
    opened = run(1)[0]
    assert opened.body is not None
    float_seq = opened.header_bytes.replace(b'"seq":1', b'"seq":1.0')
    spaced = opened.header_bytes.replace(b'"seq":1', b'"seq": 1')
    unordered = opened.header_bytes.replace(b'{"actor":"clerk-1",', b"{").replace(
        b'"version":1}', b'"version":1,"actor":"clerk-1"}'
    )
    district = writer("district")
    district.run(2)
    revoked = district.control(
        REVOKED, "roster/station", {"node": writer("station").node, "incarnation": "aaaaaaaaaaaaaaaa", "seq": 2}
    )
    return [
        verdict("space in the header", "A header that is not canonical is no record, even where it is signed.", [signed_raw(spaced, opened.body)], ["sync.not_a_record"]),
        verdict("order of the header", "The keys of a header stand in order.", [signed_raw(unordered, opened.body)], ["sync.not_a_record"]),
        verdict("fraction in the header", "A header holds no number with a fraction.", [signed_raw(float_seq, opened.body)], ["sync.not_a_record"]),
        verdict("number too large", "A number is below 2^53.", [with_header(opened, '"catalogue":1', '"catalogue":9007199254740992')], ["sync.not_a_record"]),
        verdict("version", "Another format version is not known.", [with_header(opened, '"version":1', '"version":2')], ["sync.not_a_record"]),
        verdict("suite", "Another suite is not known.", [with_header(opened, '"suite":1', '"suite":2')], ["sync.not_a_record"]),
        verdict("short signature", "A signature that is no base64url in its one form is no record.", [{**wire(opened), "signature": "AA=="}], ["sync.not_a_record"]),
        verdict("unknown node", "The author must be in the roster.", writer("stranger").run(1), ["sync.unknown_node"]),
        verdict("outside area", "A node writes inside its area only.", [writer("station").write("case.noted", "case/1", {}, area=OTHER_AREA)], ["sync.outside_grant"]),
        verdict("outside kinds", "A node writes the kinds that it was granted only.", [writer("station").write("catalogue.item", "item/1", {})], ["sync.outside_grant"]),
        verdict("gap", "In a journal a chain has no hole.", [one, three], ["accepted", "sync.gap"]),
        verdict("fork", "Two different records at one position, both signed well, are a fork.", [fork], ["sync.fork"], kept=[one, two]),
        verdict("wrong prev", "The next record names another one before it: a fork, proven by its signature.", [resigned(three, keys, prev=one.id)], ["sync.fork"], kept=[one, two]),
        verdict("unsigned fork", "A header that was changed after signing proves no fork.", [with_header(one, '"actor":"clerk-1"', '"actor":"clerk-2"')], ["sync.bad_signature"], kept=[one, two]),
        verdict("wrong signature", "A signature that is not good, with nothing later to vouch.", [with_signature(one, flipped(one.signature, 3))], ["sync.bad_signature"]),
        verdict("wrong key", "A good signature of somebody else.", [resigned(one, KEYS["hall"][0])], ["sync.bad_signature"]),
        verdict("wrong signature in a stream", "In a stream every record stands by its own signature.", [with_signature(one, flipped(one.signature, 3)), two], ["sync.bad_signature", "accepted"], route="stream"),
        verdict("changed body", "A body that is not the one that was signed; what follows in the chain is a gap.", [one, with_body(two, b'{"note":"x"}'), three], ["accepted", "sync.bad_body", "sync.gap"]),
        verdict("held", "After a revocation: " + LATE + ".", [one, two, three], ["accepted", "accepted", "held"], also=[revoked]),
        verdict("admission outside the area", "A hub admits nobody outside its own area.", [writer("district", "cccccccccccccccc").admit(member_of(KEYS["stranger"][0], STATION, OTHER_AREA))], ["roster.outside_grant"]),
        verdict("take-over", "A hub cannot admit anew a node that does not stand below it.", [writer("district", "cccccccccccccccc").admit(member_of(KEYS["city"][0], STATION, STATION_AREA))], ["roster.outside_grant"]),
        verdict("name of another key", "A node's name is the name of its key.", [writer("district", "cccccccccccccccc").control("roster.admitted", "roster/x", {**admission(member_of(KEYS["stranger"][0], STATION, STATION_AREA)), "node": "aaaaaaaaaaaaaaaa"})], ["roster.key_mismatch"]),
    ]  # fmt: skip


def records() -> dict[str, Any]:
    return {
        "root_key": text_of(KEYS["root"][0].public),
        "city": CITY_AREA,
        "roster": [wire(record) for record in admissions()],
        "vectors": good_verdicts() + bad_verdicts(),
    }


# ---------------------------------------------------------------- everything else


def worked() -> dict[str, Any]:
    """One small record with every intermediate value: the example of docs/protocol.md."""
    record = writer("station").write("case.noted", "case/1", {"note": "一"})
    assert record.body is not None
    encoded = pae("application/vnd.tongban.record+json;version=1", record.header_bytes)
    return {
        "seed": KEYS["station"][0].seed.hex(),
        "public_key": KEYS["station"][0].public.hex(),
        "node": record.header.node,
        "body": record.body.decode(),
        "body_hex": record.body.hex(),
        "body_hash": record.header.body.hash,
        "header": record.header_bytes.decode(),
        "header_sha256": digest(record.header_bytes).hex(),
        "id": record.id,
        "pae_hex": encoded.hex(),
        "signature_hex": record.signature.hex(),
        "signature": text_of(record.signature),
    }


def keys() -> list[dict[str, str]]:
    return [
        {
            "name": name, "tier": tier, "area": area, "seed": pair_.seed.hex(), "public_key": pair_.public.hex(),
            "public_key_text": text_of(pair_.public), "node": name_of_key(pair_.public),
        }
        for name, (pair_, tier, area) in KEYS.items()
    ]  # fmt: skip


def canonical_forms() -> dict[str, Any]:
    values = [
        None, True, False, 0, -1, 2**53 - 1, -(2**53) + 1, "", "通办", "a\"b\\c/d\b\f\n\r\t\x00\x1f\x7f\u2028", "😀",
        [], {}, [1, [2, [3]]], {"b": 1, "a": [True, None]}, {"A": 1, "a": 2, "1": 3, "-": 4, "": 5},
    ]  # fmt: skip
    bad = {
        "1.0": "a fraction", "1e2": "an exponent", "-0": "a second zero", "01": "a leading zero",
        "9007199254740992": "2^53", '{"b":1,"a":2}': "keys out of order", '{"a":1,"a":1}': "a key twice",
        '{"a": 1}': "a space", '{"é":1}': "a key that is not ASCII", '"\\u0041"': "an escape that is not needed",
        '"\\/"': "an escaped slash", '"\\u001F"': "a capital in an escape", '"\t"': "a bare control character",
        '"\\ud800"': "half of a surrogate pair", "[1,]": "a comma too many", "\ufeff1": "a byte order mark", "": "nothing",
        "[" * 33 + "]" * 33: "33 levels",
    }  # fmt: skip
    return {
        "good": [{"value": value, "hex": canonical.encode(value).hex()} for value in values],
        "bad": [{"why": why, "hex": text.encode().hex()} for text, why in bad.items()]
        + [{"why": "not UTF-8", "hex": b'"\xff"'.hex()}],
    }


def journal() -> dict[str, Any]:
    """The running hash of a journal, and the marks of a stream, over the same records."""
    ids = [record.id for record in run(4)]
    running, mark, hashes, marks = EMPTY_HASH, "", [], []
    for identity in ids:
        running, mark = digest(running + identity.encode()), next_mark(mark, identity)
        hashes.append(text_of(running))
        marks.append(mark)
    return {"ids": ids, "hashes": hashes, "marks": marks}


def receipts() -> dict[str, Any]:
    district = KEYS["district"][0]
    hub, child = name_of_key(district.public), writer("station").node
    receipt = sign_receipt(district, hub, child, Entry(4, digest(b"journal")), 2, 1_795_000_000_000)
    return {
        "hub_key": text_of(district.public),
        "good": {"payload": receipt.payload.decode(), "signature": text_of(receipt.signature)},
        "bad": [
            {"why": "another signature", "payload": receipt.payload.decode(), "signature": text_of(flipped(receipt.signature, 9))},
            {"why": "another place", "payload": receipt.payload.decode().replace('"journal":4', '"journal":5'), "signature": text_of(receipt.signature)},
            {"why": "signed without its type", "payload": receipt.payload.decode(), "signature": text_of(district.sign(receipt.payload))},
        ],
    }  # fmt: skip


def session() -> dict[str, Any]:
    child, parent = KEYS["station"][0], KEYS["district"][0]
    names = name_of_key(child.public), name_of_key(parent.public)
    nonces = text_of(digest(b"child nonce")[:16]), text_of(digest(b"parent nonce")[:16])
    said = {role: transcript(*names, *nonces, role) for role in ("child", "parent")}
    return {
        "type": PROOF_TYPE, "child": names[0], "parent": names[1], "child_nonce": nonces[0], "parent_nonce": nonces[1],
        "parent_signs_hex": said["parent"].hex(), "parent_signature": text_of(parent.sign(said["parent"])),
        "child_signs_hex": said["child"].hex(), "child_signature": text_of(child.sign(said["child"])),
    }  # fmt: skip


def joining() -> dict[str, Any]:
    district, root = KEYS["district"][0], KEYS["root"][0]
    invitation = Invitation(
        "http://127.0.0.1:8602", STATION_AREA, CITY_AREA, text_of(district.public), "某社区", text_of(root.public),
        text_of(digest(b"secret")[:18]), STATION,
    )  # fmt: skip
    request = request_to_join(KEYS["station"][0], invitation)
    return {
        "invitation": msgspec.to_builtins(invitation), "text": invitation.text(),
        "request": msgspec.to_builtins(request), "seed": KEYS["station"][0].seed.hex(),
    }  # fmt: skip


def files() -> dict[str, bytes]:
    """name -> content of every generated file."""
    from tests.vectors import exported

    values = {
        "keys.json": keys(), "canonical.json": canonical_forms(), "worked.json": worked(), "records.json": records(),
        "journal.json": journal(), "receipts.json": receipts(), "session.json": session(), "joining.json": joining(),
        "frames.json": frames_by_hand.frames(), "export_bad.json": exported.bad_lines(),
    }  # fmt: skip
    made = {name: (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode() for name, value in values.items()}
    lines = [json.dumps(line, ensure_ascii=False) for line in exported.good_lines()]
    return {**made, "export.jsonl": ("\n".join(lines) + "\n").encode()}


def true_record(value: dict[str, Any]) -> Record:
    """The record of a vector. Raises records.NotARecord, ValueError."""
    from shared_models.signing import bytes_of

    body = value["body"]
    return record_of(value["header"].encode(), bytes_of(value["signature"]), None if body is None else body.encode())


def main() -> None:
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
        print(f"{name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
