"""What nobody needs any more goes from the disk and from the mirror; what is missing is noticed at the start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_protocol.host.mirror import FOLDER, Mirror
from sync_protocol.host.runtime import Runtime
from sync_protocol.host.sweeping import LEFT_DAYS, note_lost, sweep
from sync_protocol.store import filing
from sync_protocol.store.attachments import PART_BYTES_MIN, PIECE_BYTES
from tests.sync_protocol.sticks import reach
from tests.sync_protocol.world import Place, World

DAY = 86_400


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.sync_all()
    yield made
    made.close()


def runtime_of(place: Place) -> Runtime:
    return reach(place).opened


def test_a_file_that_was_let_go_leaves_disk_and_mirror_unless_a_case_names_it(world: World, tmp_path: Path) -> None:
    runtime = runtime_of(world.station)
    world.station.accept(photo=b"named" * 100)
    named = os.listdir(world.station.attachments.folder)[0]
    loose = world.station.attachments.put(b"loose" * 100, "image/jpeg").hash
    runtime.mirror = Mirror(runtime.attachments.folder, tmp_path / FOLDER)
    runtime.mirror.add(named, loose)
    runtime.node.database.write(lambda db: filing.let_go(db, [named, loose]))
    sweep(runtime, 0.0)
    assert os.listdir(runtime.attachments.folder) == [named]
    assert os.listdir(tmp_path / FOLDER) == [named]
    with runtime.node.read() as db:
        assert filing.going(db) == []
    runtime.mirror.close()


def test_parts_of_a_transfer_go_after_a_while_and_the_transfer_goes_on_from_the_last_whole_piece(world: World) -> None:
    runtime, store = runtime_of(world.district), world.district.attachments
    photo = os.urandom(PIECE_BYTES + 3 * PART_BYTES_MIN)
    empty = world.station.attachments.put(photo, "image/jpeg")._replace(held=0)
    row = empty._replace(held=store.receive(empty, 0, photo[:PIECE_BYTES]))
    held = store.receive(row, PIECE_BYTES, photo[PIECE_BYTES:][:PART_BYTES_MIN])
    left = store.folder / f"{row.hash}.part"
    written = left.stat().st_mtime
    sweep(runtime, written + LEFT_DAYS * DAY - 1)
    assert left.exists()
    sweep(runtime, written + LEFT_DAYS * DAY + 1)
    assert not left.exists()
    assert store.receive(row._replace(held=held), held, photo[held:]) == PIECE_BYTES
    assert store.receive(row, PIECE_BYTES, photo[PIECE_BYTES:]) == len(photo)


def test_a_file_that_is_gone_from_the_disk_is_noticed_at_the_start(world: World) -> None:
    world.station.accept(photo=b"photo" * 100)
    world.sync_all()
    runtime = runtime_of(world.district)
    (name,) = os.listdir(runtime.attachments.folder)
    (runtime.attachments.folder / name).unlink()
    note_lost(runtime)
    with runtime.node.read() as db:
        assert [row.hash for row in runtime.attachments.to_fetch(db)] == [name]
        assert filing.lacked(db, world.station.node.name, "") == [name]
    world.sync_all()
    assert os.listdir(runtime.attachments.folder) == [name]
