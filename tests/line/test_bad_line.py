"""A short day over a line ten times as fast and ten times as bad as the one of `python -m tests.line`."""

from __future__ import annotations

from contextlib import closing

import pytest

from tests.line.day import Day, Seen, Tiers, Work
from tests.line.shaping import Weather

WEATHER = Weather(rate=80_000, round_trip=0.06, jitter=0.01, cut_every=3.0)
WORK = Work(cases=15, photos=4)
COST_MAX = 1.3


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    tiers = Tiers(tmp_path_factory.mktemp("line"), WEATHER)
    with tiers.running() as line, closing(Day(tiers, line, WORK)) as day:
        day.work()
        return day.arrive()


def test_everything_arrives_though_the_line_breaks_again_and_again(seen: Seen) -> None:
    assert seen.figures["cuts"] >= 3
    assert seen.records >= WORK.cases


def test_records_arrive_before_photos(seen: Seen) -> None:
    assert 0 < seen.first_record <= seen.all_records < seen.first_photo <= seen.all_photos


def test_a_new_record_does_not_wait_for_the_photos_on_their_way(seen: Seen) -> None:
    assert 0 < seen.late_record < seen.all_photos - seen.first_photo


def test_what_a_break_costs_is_small(seen: Seen) -> None:
    assert seen.cost <= COST_MAX
