"""`make world`: seeds until stopped, with rate and coverage; `make world SEED=n` replays one and tells its story."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.world.ledger import Broken
from tests.world.places import Template, template
from tests.world.simulation import Report, World

MEMORY = Path("/dev/shm")
EVERY_SECONDS = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="replay one seed and tell its story")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, help="how many seeds (default: until stopped)")
    parser.add_argument("--minutes", type=float, help="stop after so many minutes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        made = template(Path(folder) / "template")
        if options.seed is not None:
            return replay(made, Path(folder), options.seed)
        return many(made, Path(folder), options.first, options.seeds, options.minutes)


def replay(made: Template, folder: Path, seed: int) -> int:
    try:
        report = World(made, folder / "run", seed, tell=print).run()
    except Broken as broken:
        print(f"seed {seed}: {broken}")
        return 1
    print(f"seed {seed}: all promises held; digest {report.digest}")
    return 0


def many(made: Template, folder: Path, first: int, seeds: int | None, minutes: float | None) -> int:
    start = told = time.monotonic()
    coverage: Counter[str] = Counter()
    broken: list[str] = []
    seed = first
    try:
        while (seeds is None or seed < first + seeds) and (minutes is None or time.monotonic() - start < minutes * 60):
            report = one(made, folder, seed, broken)
            coverage += report.coverage if report else Counter()
            seed += 1
            if time.monotonic() - told > EVERY_SECONDS:
                told = time.monotonic()
                rate = (seed - first) / (told - start)
                print(f"{seed - first} seeds, {rate:.1f} a second, {len(broken)} broken", flush=True)
    except KeyboardInterrupt:
        pass
    took = time.monotonic() - start
    print(f"{seed - first} seeds in {took:.0f} s, {(seed - first) / max(took, 0.001):.1f} a second; coverage:")
    for what, count in sorted(coverage.items(), key=lambda each: -each[1]):
        print(f"  {count:8} {what}")
    print("\n".join(broken))
    return 1 if broken else 0


def one(made: Template, folder: Path, seed: int, broken: list[str]) -> Report | None:
    run = folder / f"run-{seed}"
    try:
        return World(made, run, seed).run()
    except Broken as why:
        broken.append(f"seed {seed}: {why}")
        print(broken[-1], flush=True)
    except Exception as error:  # noqa: BLE001 - whatever breaks is a finding, with its seed
        broken.append(f"seed {seed}: {type(error).__name__}: {error}")
        print(broken[-1], flush=True)
    finally:
        shutil.rmtree(run, ignore_errors=True)
    return None


if __name__ == "__main__":
    sys.exit(main())
