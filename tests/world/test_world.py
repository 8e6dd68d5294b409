"""Many seeds of the simulated world: every promise holds under faults, and all agree once faults have ended."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world.places import Template, template
from tests.world.simulation import World

BATCHES, SEEDS_A_BATCH = 30, 10

STILL_BROKEN: tuple[int, ...] = ()
"""Seeds that found a defect which is not mended yet, each with what it is."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "run"
    shutil.rmtree(tmp_path / "run", ignore_errors=True)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_promise_holds_under_faults_and_all_agree_after_them(made: Template, folder: Path, batch: int) -> None:
    for seed in range(batch * SEEDS_A_BATCH, (batch + 1) * SEEDS_A_BATCH):
        if seed in STILL_BROKEN:
            continue
        World(made, folder / str(seed), seed).run()
        shutil.rmtree(folder / str(seed))


def test_a_seed_gives_the_same_run_again(made: Template, folder: Path) -> None:
    first, second = (World(made, folder / name, 7).run() for name in ("once", "twice"))
    assert first == second
