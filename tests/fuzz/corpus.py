"""The stored inputs: `python -m tests.fuzz.corpus` plants the true ones anew; what was found stays."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.targets import targets

CORPUS = Path(__file__).parent / "corpus"
SEED_BYTES_MAX = 32 * 1024


def corpus_of(name: str) -> dict[str, bytes]:
    """File name -> content of all inputs of a target."""
    return {path.name: path.read_bytes() for path in sorted((CORPUS / name).iterdir())}


def plant() -> None:
    for target in targets().values():
        folder = CORPUS / target.name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("seed-*"):
            old.unlink()
        seeds = [seed for seed in target.seeds() if len(seed) <= SEED_BYTES_MAX]
        for number, seed in enumerate(seeds, 1):
            (folder / f"seed-{number:02}").write_bytes(seed)
        print(f"{target.name}: {len(seeds)} seeds")


if __name__ == "__main__":
    plant()
