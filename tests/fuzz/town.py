"""A small city to send things to: real nodes on real files. What is sent may ask to be signed, so that a changed record
or receipt gets past the signature, to where its content is read.

- a record whose `signature` is "SIGN" is encoded and signed anew, by the key of the node that it names; a `hash` "FIX"
  becomes the hash of the body, with its size, and an `incarnation` "FRESH" a new one
- a receipt whose `signature` is "SIGN" is signed by the district
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any

from shared_models import canonical
from shared_models.records import PAYLOAD_TYPE, Record
from shared_models.signing import digest, pae, text_of
from sync_protocol.core.checkpoints import RECEIPT_TYPE
from sync_protocol.core.messages import Message
from tests.world import people
from tests.world.network import opened
from tests.world.places import Parts, Place, Time, open_places, template

INPUTS_A_CITY = 400
"""After so many a fresh city is opened: what was taken in makes the next input slower."""
MESSAGES_MAX = 20


class Town:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = template(folder / "template")
        self._inputs = self._cities = 0
        self._open()

    def _open(self) -> None:
        self._cities += 1
        folder = self._folder / f"city-{self._cities}"
        self.places = open_places(self._template, folder, Random(self._cities), Time(), Parts())
        self.keys = {place.node.name: place.site.keys for place in self.places}
        self.district = next(place for place in self.places if place.site.tier == "district")
        self.station = next(place for place in self.places if place.parent is self.district)
        people.accept(self.station, Random(1))

    def next(self) -> Random:
        """Randomness of its own for the next input."""
        self._inputs += 1
        if self._inputs % INPUTS_A_CITY == 0:
            for place in self.places:
                place.stop()
            self._open()
        return Random(self._inputs)

    # ------------------------------------------------------------ dressing

    def messages(self, data: bytes, random: Random) -> list[Message]:
        """The messages that a list of JSON stands for, sent as frames. Raises RemoteProtocolError; gives none where
        the input is no list."""
        try:
            values = json.loads(data)
        except (ValueError, RecursionError):
            return []
        if not isinstance(values, list):
            return []
        session = opened()
        found: list[Message] = []
        for value in values[:MESSAGES_MAX]:
            payload = self._dressed(value, random)
            session.receive((len(payload) + 1).to_bytes(4) + b"\0" + payload)
            while (message := session.next_message()) is not None:
                found.append(message)
        return found

    def _dressed(self, value: Any, random: Random) -> bytes:
        if isinstance(value, dict):
            if value.get("type") == "push" and isinstance(value.get("records"), list):
                value["records"] = [self._signed(each, random) for each in value["records"]]
            if value.get("type") == "entries" and isinstance(value.get("entries"), list):
                for each in value["entries"]:
                    if isinstance(each, dict):
                        each["record"] = self._signed(each.get("record"), random)
            if value.get("type") == "receipt" and value.get("signature") == "SIGN":
                payload = _encoded(value.get("payload"))
                value["signature"] = text_of(self.district.site.keys.sign(pae(RECEIPT_TYPE, payload)))
        return _encoded(value)

    def _signed(self, value: Any, random: Random) -> Any:
        if not isinstance(value, dict) or value.get("signature") != "SIGN":
            return value
        header, body = value.get("header"), value.get("body")
        if isinstance(header, dict):
            claim = header.get("body")
            if isinstance(claim, dict) and claim.get("hash") == "FIX":
                plain = _encoded(body)
                claim |= {"hash": text_of(digest(plain)), "size": len(plain)}
            if header.get("incarnation") == "FRESH":
                header["incarnation"] = f"fresh{random.randrange(10**11):011}"
        keys = self.keys.get(str(header.get("node")) if isinstance(header, dict) else "", self.station.site.keys)
        return {**value, "signature": text_of(keys.sign(pae(PAYLOAD_TYPE, _encoded(header))))}

    # ------------------------------------------------------------ true inputs

    def undressed(self, records: Iterable[Record]) -> list[dict[str, Any]]:
        """Records that ask to be signed, each in a chain of its own."""
        found = []
        for record in records:
            header = canonical.decode(record.header_bytes)
            header |= {"incarnation": "FRESH", "seq": 1, "prev": ""}
            header["body"]["hash"] = "FIX"
            found.append({"header": header, "signature": "SIGN", "body": canonical.decode(record.body or b"{}")})
        return found


def _encoded(value: Any) -> bytes:
    """The canonical form, where the value has one."""
    try:
        return canonical.encode(value)
    except (canonical.NotCanonical, ValueError, TypeError, RecursionError):
        return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def lines(make: Callable[[Town], Iterable[Any]]) -> Callable[[], list[bytes]]:
    """The seeds that a town gives, as JSON."""

    def work() -> list[bytes]:
        with tempfile.TemporaryDirectory() as folder:
            town = Town(Path(folder))
            return [json.dumps(value, ensure_ascii=False).encode() for value in make(town)]

    return work


def rows_of(place: Place) -> list[Record]:
    with place.node.read() as db:
        return [row.record for row in place.node.log.rows(db, 0, 10_000)]
