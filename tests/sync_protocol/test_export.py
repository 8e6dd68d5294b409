"""What leaves Tongban is believed by verifiers that are not ours."""

from __future__ import annotations

import base64
import copy
import datetime
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from securesystemslib import dsse
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]  # it names its exports in no __all__
from sqlite_utils.utils import sqlite3

from shared_models import attestations, cases
from shared_models.records import PAYLOAD_TYPE, PERSONAL, Draft
from shared_models.signing import KeyPair, bytes_of
from sync_protocol.commands import CaseCommand, View
from sync_protocol.export import Line, export_credentials, export_records
from sync_protocol.store.log import DamagedRecord
from tests.shared_models.writers import flipped
from tests.sync_protocol.world import CITY_AREA, STATION_AREA, Place, World
from tests.vectors import second_reader

ISSUER = KeyPair.from_seed(b"i" * 32)


class Issue(NamedTuple):
    """Writes an attestation, as a hub's officers do."""

    credential: dict[str, Any]

    def decide(self, view: View) -> list[Draft]:
        subject = f"attestation/{self.credential['id']}"
        return [Draft("attestation.issued", subject, {"credential": self.credential}, PERSONAL, STATION_AREA)]


def credential(number: int) -> dict[str, Any]:
    return attestations.issue(
        ISSUER,
        credential_id=f"urn:uuid:00000000-0000-0000-0000-{number:012}",
        fact="low_income",
        fact_name="低保家庭",
        claims={"level": "A"},
        subject=attestations.resident_pseudonym(b"c" * 32, "511602199001011237"),
        issuer_name="民政局",
        valid_from=datetime.date(2026, 1, 1),
        valid_until=datetime.date(2026, 12, 31),
        created=datetime.date(2026, 1, 1),
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A case that went through station and district, another of the hall, and an attestation."""
    made = World(tmp_path)
    number = made.station.accept()
    made.hall.accept()
    made.city.node.write(Issue(credential(1)))
    made.sync_all()
    made.district.node.write(CaseCommand(number, cases.Decide("granted", ""), "officer-1"))
    made.sync_all()
    yield made
    made.close()


def lines_of(place: Place) -> list[Line]:
    return list(export_records(place.node))


def header_of(line: Line) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(base64.b64decode(line["payload"]))
    return header


def sslib_key(public: bytes, node: str) -> SSlibKey:
    return SSlibKey(node, "ed25519", "ed25519", {"public": public.hex()})


def envelope_of(line: Line) -> dsse.Envelope:
    """The line as securesystemslib reads it; it changes what it is given."""
    return dsse.Envelope.from_dict(copy.deepcopy(line))


def last_key(line: Line, root: bytes) -> bytes:
    if not line["certificates"]:
        return root
    body = json.loads(base64.b64decode(line["certificates"][-1]["body"]))
    return bytes_of(body["key"])


@pytest.mark.parametrize("name", ["station", "district", "city"])
def test_every_record_that_a_node_holds_is_exported_and_proven_by_a_stranger(world: World, name: str) -> None:
    place: Place = getattr(world, name)
    lines = lines_of(place)
    with place.node.read() as db:
        ids = [row.record.id for row in place.node.log.rows(db, 0, 10_000)]
    assert [second_reader.check_line(line, world.root.public, CITY_AREA).id for line in lines] == ids
    for line in lines:
        assert json.loads(json.dumps(line)) == line
        assert line["vouchers"] == []
        assert line["held"] is False


def test_any_dsse_verifier_believes_the_envelopes_and_their_certificates(world: World) -> None:
    """securesystemslib, which knows nothing of Tongban, checks every signature on the way from the root."""
    for line in lines_of(world.district):
        key, node = world.root.public, header_of(line["certificates"][0] if line["certificates"] else line)["node"]
        for signed in (*line["certificates"], line):
            envelope = envelope_of(signed)
            assert envelope.payload_type == PAYLOAD_TYPE
            assert envelope.verify([sslib_key(key, header_of(signed)["node"])], 1)
            if signed is not line:
                body = json.loads(base64.b64decode(signed["body"]))
                key, node = bytes_of(body["key"]), body["node"]
        assert header_of(line)["node"] == node


def test_a_dsse_verifier_does_not_believe_a_changed_line(world: World) -> None:
    line = lines_of(world.station)[-1]
    key = sslib_key(last_key(line, world.root.public), header_of(line)["node"])
    assert envelope_of(line).verify([key], 1)
    spoilt = copy.deepcopy(line)
    spoilt["payload"] = base64.b64encode(flipped(base64.b64decode(line["payload"]), 99)).decode()
    with pytest.raises(VerificationError):
        envelope_of(spoilt).verify([key], 1)


def test_the_cryptography_package_believes_the_signatures_too(world: World) -> None:
    ed25519 = pytest.importorskip(
        "cryptography.hazmat.primitives.asymmetric.ed25519", reason="the package cryptography is not installed"
    )
    for line in lines_of(world.city):
        key = ed25519.Ed25519PublicKey.from_public_bytes(last_key(line, world.root.public))
        key.verify(base64.b64decode(line["signatures"][0]["sig"]), envelope_of(line).pae())


def test_the_certificates_lead_from_the_root_to_the_author(world: World) -> None:
    tiers = {}
    for line in lines_of(world.station):
        bodies = [json.loads(base64.b64decode(each["body"])) for each in line["certificates"]]
        tiers[header_of(line)["node"]] = [body["tier"] for body in bodies]
        assert [body["node"] for body in bodies][-1:] == ([header_of(line)["node"]] if bodies else [])
    assert tiers[world.station.node.name] == ["city", "district", "station"]
    assert tiers[world.district.node.name] == ["city", "district"]
    assert tiers[world.city.node.name] == ["city"]
    assert [] in tiers.values()


def test_an_export_of_one_subject_or_behind_a_position_is_a_part_of_the_whole(world: World) -> None:
    whole = lines_of(world.district)
    subject = next(header_of(line)["subject"] for line in whole if header_of(line)["kind"] == "case.decided")
    of_case = list(export_records(world.district.node, subject))
    assert [header_of(line)["kind"] for line in of_case] == ["case.accepted", "case.decided"]
    assert of_case == [line for line in whole if header_of(line)["subject"] == subject]
    assert list(export_records(world.district.node, after=5)) == whole[5:]
    assert list(export_records(world.district.node, "case/none")) == []


def change(place: Place, column: str, position: int) -> None:
    place.stop()
    with closing(sqlite3.connect(str(place.path), isolation_level=None)) as db:
        (value,) = db.execute(f"SELECT {column} FROM record WHERE position = ?", (position,)).fetchone()
        db.execute(f"UPDATE record SET {column} = ? WHERE position = ?", (flipped(bytes(value), 20), position))
    place.start()


def test_a_record_whose_own_signature_is_gone_brings_the_headers_that_vouch_for_it(world: World) -> None:
    world.station.accept()
    world.station.accept()
    before = lines_of(world.station)
    place = len(before) - 1
    change(world.station, "signature", place)
    line = lines_of(world.station)[place - 1]
    assert line["vouchers"]
    assert all(voucher["body"] is None for voucher in line["vouchers"])
    proven = second_reader.check_line(line, world.root.public, CITY_AREA)
    assert proven.header == header_of(before[place - 1])


@pytest.mark.parametrize("column", ["header", "body", "signature"])
def test_a_record_that_nobody_could_believe_is_not_exported_but_named(world: World, column: str) -> None:
    world.station.accept()
    last = len(lines_of(world.station))
    change(world.station, column, last)
    with pytest.raises(DamagedRecord) as caught:
        lines_of(world.station)
    assert (caught.value.position, caught.value.what) == (last, column)


def test_credentials_leave_bare_and_a_stranger_can_check_their_proof(world: World) -> None:
    for place in (world.city, world.district, world.station):
        (found,) = export_credentials(place.node)
        assert found == credential(1)
        assert all(isinstance(context, str) for context in found["@context"])
        assert attestations.proof_holds(json.loads(json.dumps(found)), ISSUER.public)
    assert list(export_credentials(world.hall.node)) == []
