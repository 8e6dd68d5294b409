"""What the fold of a slice costs the database: the same, however much waits behind it."""

from __future__ import annotations

from pathlib import Path

from sync_protocol.node import Node
from sync_protocol.parent_side import ParentSide
from tests.bench.intake import authors_of, taken
from tests.bench.materials import small_city

STEPS = 100
SLICE = 50


def steps_of_a_slice(hub: Node) -> int:
    """How many hundred steps SQLite takes for it."""
    counted = 0

    def step() -> int:
        nonlocal counted
        counted += 1
        return 0

    hub.database.alone(lambda db: db.set_progress_handler(step, STEPS))
    assert hub.fold(SLICE) == SLICE
    hub.database.alone(lambda db: db.set_progress_handler(None, STEPS))
    return counted


def test_a_slice_costs_the_same_with_little_and_with_much_behind_it(tmp_path: Path) -> None:
    city = small_city(tmp_path)
    (author,) = authors_of(city, 1)
    side = ParentSide(city.hub, author.member)
    while city.hub.fold():
        pass
    taken(side, author.push(2 * SLICE))
    little = max(steps_of_a_slice(city.hub), steps_of_a_slice(city.hub))
    for _ in range(3):
        taken(side, author.push(20 * SLICE))
    much = steps_of_a_slice(city.hub)
    assert much <= little * 1.2
    city.hub.database.close()
    city.station.database.close()
