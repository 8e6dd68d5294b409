"""What the vectors are made of: the keys of a small city, its admissions, and records that are true or nearly so."""

from __future__ import annotations

from typing import Any

from shared_models.records import PAYLOAD_TYPE, Record, record_of
from shared_models.roster import CITY, DISTRICT, STATION, Member
from shared_models.signing import KeyPair, bytes_of, digest, name_of_key, pae, text_of
from tests.shared_models.writers import (
    CITY_AREA,
    DISTRICT_AREA,
    STATION_AREA,
    Writer,
    member_of,
    pair,
    resigned,
    with_body,
)

HALL_AREA = "511602101"
KEYS: dict[str, tuple[KeyPair, str, str]] = {
    "root": (pair("root"), "root", CITY_AREA),
    "city": (pair("city"), CITY, CITY_AREA),
    "district": (pair("district"), DISTRICT, DISTRICT_AREA),
    "station": (pair("station"), STATION, STATION_AREA),
    "hall": (pair("hall"), STATION, HALL_AREA),
    "stranger": (pair("stranger"), STATION, STATION_AREA),
}
"""name -> key pair, tier, area."""
FRESH = pair("the station's second key")
PARENTS = {"city": "", "district": "city", "station": "district", "hall": "district"}
ONE, TWO, THREE = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"
"""Incarnations."""


def writer(name: str, incarnation: str = ONE) -> Writer:
    keys, _, area = KEYS[name]
    return Writer(keys, area, incarnation)


def member(name: str) -> Member:
    keys, tier, area = KEYS[name]
    parent = PARENTS[name]
    return member_of(keys, tier, area, name_of_key(KEYS[parent][0].public) if parent else "", name)


def admissions() -> list[Record]:
    """The root admits the city hub, that admits a district hub, that admits a station and a hall."""
    root, city, district = writer("root", "root"), writer("city"), writer("district")
    below = [district.admit(member(name)) for name in ("station", "hall")]
    return [root.admit(member("city")), city.admit(member("district")), *below]


def run(count: int) -> list[Record]:
    """Records of the station, always the same."""
    made = writer("station")
    return [made.write("case.noted", f"case/{place}", {"note": f"第{place}件"}) for place in range(1, count + 1)]


def with_other_body(body: bytes) -> Record:
    """A record that truly claims this body, whatever it is: what a faulty or hostile writer could sign."""
    claim = {"class": "personal", "hash": text_of(digest(body)), "size": len(body)}
    return with_body(resigned(run(1)[0], KEYS["station"][0], body=claim), body)


def wire(record: Record) -> dict[str, Any]:
    """A record as the vectors write it: header and body as text, the signature in base64url."""
    body = None if record.body is None else record.body.decode()
    return {"header": record.header_bytes.decode(), "signature": text_of(record.signature), "body": body}


def of_wire(value: dict[str, Any]) -> Record:
    """The record of a vector. Raises records.NotARecord, ValueError."""
    body = value["body"]
    return record_of(value["header"].encode(), bytes_of(value["signature"]), None if body is None else body.encode())


def changed(record: Record, old: str, new: str) -> dict[str, Any]:
    """The record with a text of its header replaced, and nothing signed anew."""
    header = record.header_bytes.decode()
    if old not in header:
        raise ValueError(f"no {old} in the header")
    return {**wire(record), "header": header.replace(old, new)}


def changed_and_signed(record: Record, old: str, new: str) -> dict[str, Any]:
    """The record with a text of its header replaced, signed as it then is."""
    value = changed(record, old, new)
    signature = KEYS["station"][0].sign(pae(PAYLOAD_TYPE, value["header"].encode()))
    return {**value, "signature": text_of(signature)}
