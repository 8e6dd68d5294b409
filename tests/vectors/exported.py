"""An export of a small city, made by the product itself, and lines that must not be believed."""

from __future__ import annotations

import base64
import copy
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from shared_models import canonical
from shared_models.records import Record
from shared_models.roster import DISTRICT
from shared_models.signing import digest
from sync_protocol.export import envelope, export_records
from sync_protocol.node import MIGRATIONS, Node
from sync_protocol.store.database import Database
from sync_protocol.store.log import ABOVE
from sync_protocol.store.vault import Vault
from tests.shared_models.writers import CITY_AREA, Writer, flipped, with_body, with_signature
from tests.vectors.pieces import FRESH, KEYS, TWO, member, with_other_body, writer

Line = dict[str, Any]


def city() -> list[Record]:
    """Everybody is admitted; a case goes through station and district; one record is vouched for, one was erased."""
    root, hub, district = writer("root", "root"), writer("city"), writer("district")
    admitted = [
        root.admit(member("city")),
        hub.admit(member("district")),
        district.admit(member("station")),
    ]
    station = writer("station")
    taken = station.write("case.accepted", "case/1", {"note": "王小明"})
    noted = station.write("case.noted", "case/1", {"note": "后补"}, parents=[taken.id])
    erased = station.write("case.noted", "case/2", {"note": "已清除"})
    last = station.write("case.noted", "case/3", {"note": "末"})
    rekeyed = station.rekey(FRESH)
    again = Writer(FRESH, station.area, TWO, head=rekeyed.id, ms=station.ms, name=station.node)
    later = again.write("case.noted", "case/3", {"note": "新密钥"}, parents=[last.id])
    decided = district.write("case.decided", "case/1", {"outcome": "granted"}, parents=[noted.id])
    station_records = [
        taken,
        with_signature(noted, flipped(noted.signature, 3)),
        with_body(erased, None),
        last,
        rekeyed,
        later,
    ]
    return [*admitted, *station_records, decided]


def good_lines() -> list[Line]:
    """The export of a city hub that holds these records."""
    records = city()
    district = KEYS[DISTRICT][0]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "tongban.db", litestream=False, migrations=MIGRATIONS)
        root = KEYS["root"][0].public
        vault = Vault(bytes(32), lambda count: bytes(count))
        node = Node(database, vault, district, root, CITY_AREA, hub=True, now=lambda: 0, entropy=vault_entropy)
        try:
            node.take_in(records[:3], ABOVE)
            intake = node.take_in(records[3:], "child")
            if intake.refused is not None:
                raise ValueError(f"the vectors contradict themselves: {intake.refused.code}")
            return list(export_records(node))
        finally:
            database.close()


def vault_entropy(count: int) -> bytes:
    return digest(b"vectors")[:count].ljust(count, b"\0")


# ---------------------------------------------------------------- lines that must not be believed


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _change_header(line: Line) -> None:
    line["payload"] = _text(_bytes(line["payload"]).replace(b'"actor":"clerk-1"', b'"actor":"clerk-2"'))


def _change_body(line: Line) -> None:
    line["body"] = _text(_bytes(line["body"]).replace("王小明".encode(), "王大明".encode()))


def _change_signature(line: Line) -> None:
    line["signatures"][0]["sig"] = _text(flipped(_bytes(line["signatures"][0]["sig"]), 7))


def _change_keyid(line: Line) -> None:
    line["signatures"][0]["keyid"] = writer("hall").node


def _change_type(line: Line) -> None:
    line["payloadType"] = "application/json"


def _no_signature(line: Line) -> None:
    line["signatures"] = []


def _no_root(line: Line) -> None:
    del line["certificates"][0]


def _no_last_certificate(line: Line) -> None:
    del line["certificates"][-1]


def _changed_certificate(line: Line) -> None:
    certificate = line["certificates"][-1]
    body = json.loads(_bytes(certificate["body"]))
    certificate["body"] = _text(canonical.encode({**body, "area": "51"}))


def _another_root(line: Line) -> None:
    impostor = Writer(KEYS["stranger"][0], CITY_AREA, "root")
    line["certificates"][0] = envelope(impostor.admit(member("city")))


def _outside(line: Line) -> None:
    record = writer("station").write("case.noted", "case/1", {"note": "x"}, area="511603")
    line.update(envelope(record))


def _kind(line: Line) -> None:
    record = writer("station").write("roster.admitted", "roster/x", {"node": "x"})
    line.update(envelope(record))


def _float(line: Line) -> None:
    line.update(envelope(with_other_body(b'{"amount":1.5}')))


CHANGES: dict[str, Callable[[Line], None]] = {
    "a changed header": _change_header,
    "a changed body": _change_body,
    "a changed signature, with nothing to vouch": _change_signature,
    "a signature said to be of another node": _change_keyid,
    "another payload type": _change_type,
    "no signature": _no_signature,
    "the certificate of the city is missing": _no_root,
    "the certificate of the author is missing": _no_last_certificate,
    "a certificate that grants more than was signed": _changed_certificate,
    "a certificate chain that begins at another root": _another_root,
    "a record outside its author's area": _outside,
    "a record of a kind that its author was not granted": _kind,
    "a body with a fraction": _float,
}


def _vouched(lines: list[Line]) -> Iterator[Line]:
    """Lines whose record needs vouchers that do not hold."""
    (line,) = [each for each in lines if each["vouchers"]]
    without = copy.deepcopy(line)
    without["vouchers"] = []
    yield {"why": "a signature that is not good, and its vouchers are gone", "line": without}
    broken = copy.deepcopy(line)
    broken["vouchers"] = broken["vouchers"][1:]
    yield {"why": "vouchers that do not follow the record", "line": broken}
    unsigned = copy.deepcopy(line)
    _change_signature(unsigned["vouchers"][-1])
    yield {"why": "vouchers whose last signature is not good", "line": unsigned}


def bad_lines() -> list[Line]:
    """Each with why it must not be believed."""
    lines = good_lines()
    (taken,) = [line for line in lines if b'"kind":"case.accepted"' in _bytes(line["payload"])]
    found = []
    for why, change in CHANGES.items():
        line = copy.deepcopy(taken)
        change(line)
        found.append({"why": why, "line": line})
    return [*found, *_vouched(lines), *_rekeyed(lines)]


def _rekeyed(lines: list[Line]) -> Iterator[Line]:
    """A line whose author has a second key, and a certificate of it that does not hold."""
    (line,) = [each for each in lines if "新密钥".encode() in _bytes(each["body"] or "")]
    first = copy.deepcopy(line)
    first["certificates"].pop()
    yield {"why": "the certificate of the author's second key is missing", "line": first}
    false = copy.deepcopy(line)
    _change_signature(false["certificates"][-1])
    yield {"why": "a second key that the first one did not sign", "line": false}
