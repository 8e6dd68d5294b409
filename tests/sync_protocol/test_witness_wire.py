"""The witness over HTTP: the same flows on a line, and silence once everything is proven."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_protocol.wire.agent import drive
from tests.sync_protocol.test_wire import Hub, run
from tests.sync_protocol.test_witness import accused, states
from tests.sync_protocol.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_over_http_receipts_are_cosigned_and_proven_and_then_nothing_more_is_sent(world: World) -> None:
    async def story() -> None:
        district, city = Hub(world.district), Hub(world.city)
        down, up = district.line(world.station), city.line(world.district)
        station, hub = world.station.child_side(), world.district.child_side()
        world.station.accept()
        await drive(station.deliver(), down)
        await drive(hub.deliver(), up)
        await drive(station.follow(), down)
        await drive(hub.witnessed(), up)
        await drive(station.witnessed(), down)
        assert set(states(world.station)) == {"witnessed"}
        before = down.round_trips, up.round_trips
        await drive(world.station.child_side().witnessed(), down)
        await drive(world.district.child_side().witnessed(), up)
        assert (down.round_trips, up.round_trips) == before
        assert not accused(world)

    run(story())
