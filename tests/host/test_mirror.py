"""A second copy of every attachment: made beside the work, kept whole, and brought back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from shared_models.refusals import Refusal
from sync_protocol.host.mirror import NEW, Mirror, bring_back, copy, missing
from sync_protocol.store.attachments import Attachments
from sync_protocol.store.vault import Vault


@pytest.fixture
def files(tmp_path: Path) -> Attachments:
    return Attachments(tmp_path / "files", Vault(bytes(32), os.urandom))


def test_a_file_is_mirrored_once_it_is_whole_sealed_as_it_rests(files: Attachments, tmp_path: Path) -> None:
    mirror = Mirror(files.folder, tmp_path / "second" / "attachments")
    files.subscribe(mirror.add)
    row = files.put(b"a photo" * 1000, "image/jpeg")
    mirror.close()
    held = tmp_path / "second" / "attachments" / row.hash
    assert held.read_bytes() == (files.folder / row.hash).read_bytes()
    assert stat.S_IMODE(held.stat().st_mode) == 0o600
    assert b"photo" not in held.read_bytes()


def test_a_file_that_arrives_in_pieces_is_mirrored_with_its_last_piece(files: Attachments, tmp_path: Path) -> None:
    data = os.urandom(300 * 1024)
    row = files.put(data, "image/jpeg")
    other = Attachments(tmp_path / "other", Vault(bytes(32), os.urandom))
    told: list[str] = []
    other.subscribe(told.append)
    empty = row._replace(held=0)
    held = other.receive(empty, 0, files.piece(row.hash, 0))
    assert told == []
    assert other.receive(row._replace(held=held), held, files.piece(row.hash, held)) == row.size
    assert told == [row.hash]


def test_what_was_missed_is_copied_at_the_next_start_and_nothing_twice(files: Attachments, tmp_path: Path) -> None:
    names = [files.put(bytes([place]) * 500, "image/png").hash for place in range(3)]
    target = tmp_path / "mirror"
    assert sorted(missing(names, target)) == sorted(names)
    mirror = Mirror(files.folder, target)
    mirror.add(*names)
    mirror.close()
    assert missing(names, target) == []
    assert not copy(files.folder / names[0], target / names[0])


def test_a_copy_that_was_broken_off_is_made_anew_and_never_brought_back(files: Attachments, tmp_path: Path) -> None:
    row = files.put(b"x" * 5000, "image/png")
    target = tmp_path / "mirror"
    target.mkdir()
    (target / f"{row.hash}{NEW}").write_bytes(b"half")
    (target / row.hash).write_bytes(b"half")
    mirror = Mirror(files.folder, target)
    mirror.add(row.hash)
    mirror.close()
    (files.folder / row.hash).unlink()
    assert bring_back(target, files.folder) == 1
    assert b"".join(files.read(row)) == b"x" * 5000
    assert sorted(path.name for path in files.folder.iterdir()) == [row.hash]


def test_a_mirror_that_cannot_be_written_stops_nobody(files: Attachments, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("no folder")
    mirror = Mirror(files.folder, blocked / "attachments")
    files.subscribe(mirror.add)
    row = files.put(b"a photo", "image/png")
    mirror.close()
    assert b"".join(files.read(row)) == b"a photo"
    assert missing([row.hash], blocked / "attachments") == [row.hash]


def test_bringing_back_says_when_the_folder_cannot_be_written(files: Attachments, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / ("a" * 43)).write_bytes(b"x")
    blocked = tmp_path / "blocked"
    blocked.write_text("no folder")
    with pytest.raises(Refusal) as caught:
        bring_back(mirror, blocked)
    assert caught.value.code == "folder.not_writable"
    assert bring_back(tmp_path / "nowhere", files.folder) == 0
