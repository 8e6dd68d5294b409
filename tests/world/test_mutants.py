"""The checkers are worth something: each product that is broken on purpose is caught, by a checker that names it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.world.ledger import Broken
from tests.world.mutants import Mutant, mutants
from tests.world.places import Template, template
from tests.world.simulation import STORMY, World

SEEDS = 240


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return template(tmp_path_factory.mktemp("template"))


@pytest.mark.parametrize("name", mutants())
def test_a_product_that_is_broken_on_purpose_is_caught(made: Template, tmp_path: Path, name: str) -> None:
    mutant = mutants()[name]
    seeds = range(STORMY - 1, SEEDS * STORMY, STORMY) if mutant.stormy else range(SEEDS)
    found = next(
        (why for seed in (*mutant.known, *seeds) if (why := caught(made, tmp_path / str(seed), seed, mutant))), None
    )
    assert found is not None, f"{SEEDS} seeds ran, and nobody noticed that {name}"
    assert found.checker in mutant.caught_by, str(found)


def caught(made: Template, folder: Path, seed: int, mutant: Mutant) -> Broken | None:
    """The promise that this seed saw broken, if it saw one."""
    try:
        World(made, folder, seed, mutant.parts).run()
    except Broken as broken:
        return broken
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return None
