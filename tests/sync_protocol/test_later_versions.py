"""What a later version writes passes through nodes that do not know it, byte for byte, up and down three tiers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared_models import canonical
from shared_models.records import PAYLOAD_TYPE, Record, record_of
from shared_models.signing import digest, pae, text_of
from sync_protocol.core.frames import pack, unpack
from sync_protocol.core.messages import Message
from sync_protocol.store import state
from sync_protocol.store.log import OWN
from tests.sync_protocol.core.test_session import ONE_OF_EACH
from tests.sync_protocol.test_wire import Hub, run, status, sync
from tests.sync_protocol.world import Place, World

LATER = {"later": {"a": [1, "二", None]}, "Zz": "kept", "0": True}
"""Fields of a header, or of a message, that this version has never heard of."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


def written(place: Place, kind: str, subject: str, incarnation: str, seq: int = 1, prev: str = "") -> Record:
    """A record as a later version of this place writes it: its header has more fields."""
    with place.node.read() as db:
        last = str(state.get(db, "last_own")["id"])
    body = canonical.encode({"salt": "vFGu07A7ReyyC7gpPdvMNg", "text": "下一版", **LATER})
    header: dict[str, Any] = {
        "actor": "clerk-1", "area": place.area, "catalogue": 0, "hlc": [place.world.now(), 0], "kind": kind,
        "body": {"class": "personal", "hash": text_of(digest(body)), "size": len(body), "later": 1},
        "incarnation": incarnation, "node": place.node.name, "parents": [], "prev": prev or last, "seq": seq,
        "subject": subject, "suite": 1, "version": 1, **LATER,
    }  # fmt: skip
    data = canonical.encode(header)
    return record_of(data, place.keys.sign(pae(PAYLOAD_TYPE, data)), body)


def parts_at(place: Place, identity: str) -> tuple[bytes, bytes, bytes | None]:
    node = place.node
    with node.read() as db:
        (found,) = [row.record for row in node.log.rows(db, 0, 10_000) if row.record.id == identity]
    return found.header_bytes, found.signature, found.body


def test_unknown_kinds_and_header_fields_go_up_three_tiers_byte_for_byte(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    first = written(world.station, "case.remarked", f"case/{number}", "alaterincarnation")
    second = written(world.station, "node.weathered", "node/sky", "alaterincarnation", 2, first.id)
    world.station.node.take_in([first, second], OWN)
    world.sync_all()
    for record in (first, second):
        parts = record.header_bytes, record.signature, record.body
        assert b'"later"' in record.header_bytes
        for place in (world.station, world.district, world.city):
            assert parts_at(place, record.id) == parts
    assert status(world.city, number) == "accepted"


def test_and_come_down_three_tiers_byte_for_byte(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    record = written(world.city, "case.remarked", f"case/{number}", "alaterincarnation")
    world.city.node.take_in([record], OWN)
    world.city.settle()
    world.sync_all()
    for place in (world.city, world.district, world.station):
        assert parts_at(place, record.id) == (record.header_bytes, record.signature, record.body)


@pytest.mark.parametrize("message", ONE_OF_EACH.values(), ids=lambda message: type(message).__name__)
def test_fields_of_a_message_that_are_not_known_are_passed_over(message: Message) -> None:
    plain = msgspec.json.decode(msgspec.json.encode(message))
    assert unpack(0, msgspec.json.encode({**plain, **LATER})) == message
    assert pack(message)


def test_a_station_of_an_older_version_delivers_whatever_it_wrote(world: World) -> None:
    async def story() -> None:
        district = Hub(world.district)
        old = district.line(world.station, versions=(1, 1))
        numbers = [world.station.accept() for _ in range(3)]
        await sync(world.station, old)
        assert [status(world.district, number) for number in numbers] == ["accepted"] * 3
        await sync(world.station, district.line(world.station))

    run(story())
