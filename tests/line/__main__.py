"""`make line`: a station's day over 64 kbit/s, cut every 20 s, half open once, black for three minutes; JSON lines.

It takes about forty minutes, nearly all of them waiting. `--speed 4` makes the line four times as fast, and its
breaks four times as frequent.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.bench.report import machine, tell
from tests.line.day import Day, Tiers, Work
from tests.line.shaping import Weather

HALF_OPEN_AT = 110.0
BLACK_AT, BLACK_FOR = 310.0, 180.0


def main() -> None:
    parser = argparse.ArgumentParser(description="a day's work over a bad line; JSON lines")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times as fast the line is (default 1)")
    parser.add_argument("--cases", type=int, default=Work.cases)
    parser.add_argument("--photos", type=int, default=Work.photos)
    options = parser.parse_args()
    fair = Weather()
    speed: float = options.speed
    weather = Weather(fair.rate * speed, fair.round_trip / speed, fair.jitter / speed, fair.cut_every / speed)
    machine()
    tell("the line", **asdict(weather), half_open_at=HALF_OPEN_AT / speed, black_at=BLACK_AT / speed,
         black_for=BLACK_FOR)  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="tongban-line-") as folder:
        tiers = Tiers(Path(folder), weather)
        with tiers.running() as line:
            day = Day(
                tiers, line, Work(options.cases, options.photos), dark=((BLACK_AT / speed, BLACK_FOR),),
                frozen=(HALF_OPEN_AT / speed,), tell=_tell,
            )  # fmt: skip
            with closing(day):
                day.work()
                seen = day.arrive()
    tell("the day", **asdict(seen), cost=round(seen.cost, 3))


def _tell(what: str, values: dict[str, Any]) -> None:
    tell(what, **values)


if __name__ == "__main__":
    main()
