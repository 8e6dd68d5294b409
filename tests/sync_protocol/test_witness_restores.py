"""Whatever is copied, restored or cloned, nobody who is honest is accused, and every receipt is made true again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync_protocol.store import audited
from tests.sync_protocol.test_witness import accused, everybody, restored, states, witness
from tests.sync_protocol.world import Place, World
from tests.world.disk import copy_database

WORK = ("accept", "sync station", "sync hall", "sync district", "witness district", "witness station", "witness hall")
FAULTS = (
    "copy district", "restore district", "swap district", "restart district", "copy city", "restore city",
    "copy station", "restore station",
)  # fmt: skip


class Story:
    """A world in which places are copied and come back; `swap` puts a copy in the place of the running one and keeps
    that as a copy: two machines of one district that take turns."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.copies: dict[str, list[Path]] = {}
        for name in ("district", "city", "station"):
            self.copy(name)

    def place(self, name: str) -> Place:
        place = getattr(self.world, name)
        assert isinstance(place, Place)
        return place

    def copy(self, name: str) -> None:
        kept = self.copies.setdefault(name, [])
        kept.append(copy_database(self.place(name).path, self.world.folder / "copies" / name / f"{len(kept)}.db"))

    def swap(self, name: str) -> None:
        before = self.copies[name][-1]
        self.copy(name)
        restored(self.place(name), before)

    def act(self, what: str, which: int) -> None:
        match what.split():
            case ["accept"]:
                self.place(("station", "hall")[which % 2]).accept()
            case ["sync", name]:
                self.place(name).sync()
            case ["witness", name]:
                witness(self.place(name))
            case ["copy", name]:
                self.copy(name)
            case ["restore", name]:
                restored(self.place(name), self.copies[name][which % len(self.copies[name])])
            case ["swap", name]:
                self.swap(name)
            case ["restart", name]:
                self.place(name).restart()
        assert not accused(self.world)

    def heal(self) -> None:
        for _ in range(3):
            self.world.station.accept()
            self.world.hall.accept()
            self.world.sync_all()
            everybody(self.world)
            everybody(self.world)


steps = st.lists(st.tuples(st.sampled_from(WORK + FAULTS), st.integers(0, 7)), min_size=6, max_size=24)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
def test_no_honest_hub_is_accused_and_every_receipt_is_made_true_again(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Path(folder))
        try:
            for what, which in steps:
                story.act(what, which)
            story.heal()
            assert not accused(story.world)
            for place in (story.world.station, story.world.hall):
                assert set(states(place)) <= {audited.WITNESSED, audited.SETTLED}, states(place)
        finally:
            story.world.close()
