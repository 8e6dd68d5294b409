from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils.utils import sqlite3

from shared_models.refusals import Refusal
from shared_models.signing import digest, text_of
from sync_protocol.store.attachments import (
    FILE_BYTES_MAX,
    PART_BYTES_MIN,
    PIECE_BYTES,
    AttachmentRow,
    Attachments,
    want,
)
from sync_protocol.store.vault import Vault

TYPE = "image/jpeg"
SIZES = (1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 2 * PIECE_BYTES + 17)


@pytest.fixture
def files(tmp_path: Path, vault: Vault) -> Attachments:
    return Attachments(tmp_path / "files", vault)


def content(size: int) -> bytes:
    return (digest(b"photo") * (size // 32 + 1))[:size]


def asked(data: bytes, name: str = "") -> AttachmentRow:
    return AttachmentRow(name or text_of(digest(data)), len(data), TYPE, 0, 0)


def pieces(data: bytes) -> list[tuple[int, bytes]]:
    return [(offset, data[offset : offset + PIECE_BYTES]) for offset in range(0, len(data), PIECE_BYTES)]


def receive_all(files: Attachments, row: AttachmentRow, data: bytes) -> AttachmentRow:
    for offset, piece in pieces(data):
        row = row._replace(held=files.receive(row, offset, piece))
    return row


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back_piece_by_piece_and_is_named_by_its_content(files: Attachments, size: int) -> None:
    data = content(size)
    row = files.put(data, TYPE)
    assert row == AttachmentRow(text_of(digest(data)), size, TYPE, size, 0)
    assert row.whole
    assert b"".join(files.read(row)) == data
    assert files.piece(row.hash, 0) == data[:PIECE_BYTES]


def test_nothing_rests_in_the_clear(files: Attachments, tmp_path: Path) -> None:
    data = b"a photo of an identity card" * 100
    files.put(data, TYPE)
    on_disk = b"".join(path.read_bytes() for path in (tmp_path / "files").iterdir())
    assert b"identity" not in on_disk
    assert len(on_disk) > len(data)


@pytest.mark.parametrize("size", [0, FILE_BYTES_MAX + 1])
def test_a_file_of_a_wrong_size_is_refused(files: Attachments, size: int) -> None:
    with pytest.raises(Refusal) as caught:
        files.put(bytes(size), TYPE)
    assert caught.value.code == "sync.attachment_size"


def test_the_same_file_again_changes_nothing_and_leaves_nothing_behind(files: Attachments, tmp_path: Path) -> None:
    first, second = files.put(content(300), TYPE), files.put(content(300), TYPE)
    assert first == second
    assert [path.name for path in (tmp_path / "files").iterdir()] == [first.hash]


@pytest.mark.parametrize("size", SIZES)
def test_what_arrives_in_pieces_is_whole_after_the_last_one(files: Attachments, size: int) -> None:
    data = content(size)
    row = receive_all(files, asked(data), data)
    assert row.whole
    assert b"".join(files.read(row)) == data


def test_a_transfer_that_broke_off_goes_on_at_the_last_whole_piece(files: Attachments, tmp_path: Path) -> None:
    data = content(3 * PIECE_BYTES + 5)
    row = asked(data)
    for offset, piece in pieces(data)[:2]:
        row = row._replace(held=files.receive(row, offset, piece))
    with open(tmp_path / "files" / row.hash, "ab") as file:
        file.write(b"half of a piece that was never noted")
    for offset, piece in pieces(data)[2:]:
        row = row._replace(held=files.receive(row, offset, piece))
    assert row.whole
    assert b"".join(files.read(row)) == data


def parts(data: bytes, row: AttachmentRow, size: int) -> bytes:
    """The next part of about `size` bytes."""
    end = min(row.held + size, (row.held // PIECE_BYTES + 1) * PIECE_BYTES)
    return data[row.held : end]


@given(st.integers(1, 2 * PIECE_BYTES + 17), st.lists(st.integers(PART_BYTES_MIN, PIECE_BYTES), min_size=1), st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_a_file_is_cut_and_wherever_it_breaks_off_it_arrives(
    files: Attachments, size: int, sizes: list[int], chance: st.DataObject
) -> None:
    data = content(size)
    row, turn = asked(data), 0
    while not row.whole:
        held = files.receive(row, row.held, parts(data, row, sizes[turn % len(sizes)]))
        if turn >= 20 or not chance.draw(st.booleans(), "the process ends before the row is written"):
            row = row._replace(held=held)
        turn += 1
    assert b"".join(files.read(row)) == data
    assert not (files.folder / f"{row.hash}.part").exists()


def test_parts_rest_sealed(files: Attachments) -> None:
    data = b"a photo of an identity card" * 1000
    row = asked(data)
    files.receive(row, 0, data[:9000])
    (path,) = files.folder.iterdir()
    assert path.suffix == ".part"
    assert b"identity" not in path.read_bytes()


@pytest.mark.parametrize("harm", ["gone", "short", "changed"])
def test_parts_that_were_harmed_on_disk_are_asked_for_again_from_the_start_of_their_piece(
    files: Attachments, harm: str
) -> None:
    data = content(PIECE_BYTES + 50_000)
    row = asked(data)
    for size in (PIECE_BYTES, 10_000, 10_000):
        row = row._replace(held=files.receive(row, row.held, parts(data, row, size)))
    path = files.folder / f"{row.hash}.part"
    if harm == "gone":
        path.unlink()
    elif harm == "short":
        os.truncate(path, path.stat().st_size - 1)
    else:
        path.write_bytes(bytes(path.stat().st_size))
    assert files.receive(row, row.held, parts(data, row, 10_000)) == PIECE_BYTES
    row = row._replace(held=PIECE_BYTES)
    while not row.whole:
        row = row._replace(held=files.receive(row, row.held, parts(data, row, 20_000)))
    assert b"".join(files.read(row)) == data


def test_a_part_may_not_reach_over_the_end_of_its_piece(files: Attachments) -> None:
    data = content(2 * PIECE_BYTES)
    row = asked(data)
    row = row._replace(held=files.receive(row, 0, data[:10_000]))
    with pytest.raises(Refusal):
        files.receive(row, 10_000, data[10_000 : PIECE_BYTES + 1])
    assert files.receive(row, 10_000, data[10_000:PIECE_BYTES]) == PIECE_BYTES


@pytest.mark.parametrize(
    ("offset", "size"),
    [
        (PIECE_BYTES, 10),
        (1, PIECE_BYTES),
        (0, PART_BYTES_MIN - 1),
        (0, PIECE_BYTES + 1),
        (0, 3 * PIECE_BYTES),
        (-1, 5),
        (0, 0),
    ],
)
def test_a_piece_that_does_not_fit_is_refused_and_nothing_is_written(
    files: Attachments, tmp_path: Path, offset: int, size: int
) -> None:
    with pytest.raises(Refusal) as caught:
        files.receive(asked(content(2 * PIECE_BYTES + 9)), offset, bytes(size))
    assert caught.value.code == "sync.attachment_piece"
    assert list((tmp_path / "files").iterdir()) == []


def test_a_file_whose_content_is_not_what_its_name_says_is_asked_for_again_from_the_start(files: Attachments) -> None:
    data = content(PIECE_BYTES + 9)
    row = receive_all(files, asked(data), data[:-1] + b"?")
    assert row.held == 0
    assert receive_all(files, row, data).whole


@pytest.mark.parametrize("harm", ["gone", "short", "changed"])
def test_a_file_that_was_harmed_on_disk_between_two_pieces_is_asked_for_again(
    files: Attachments, tmp_path: Path, harm: str
) -> None:
    data = content(2 * PIECE_BYTES + 9)
    row = asked(data)
    for offset, piece in pieces(data)[:2]:
        row = row._replace(held=files.receive(row, offset, piece))
    path = tmp_path / "files" / row.hash
    if harm == "gone":
        path.unlink()
    elif harm == "short":
        os.truncate(path, 100)
    else:
        path.write_bytes(bytes(path.stat().st_size))
    assert files.receive(row, *pieces(data)[2]) == 0
    assert receive_all(files, row._replace(held=0), data).whole


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "a" * 42, "a" * 44, "a/" + "b" * 41, "é" * 43, "." * 43]
)
def test_a_name_that_is_no_hash_names_no_file(files: Attachments, name: str) -> None:
    for act in (lambda: files.piece(name, 0), lambda: files.receive(asked(b"x", name or "."), 0, b"x")):
        with pytest.raises(Refusal) as caught:
            act()
        assert caught.value.code == "sync.attachment_name"


# ---------------------------------------------------------------- what the database knows


def test_a_file_is_sent_once_it_is_whole_and_until_the_parent_has_it(
    db: sqlite3.Connection, files: Attachments
) -> None:
    row, late = files.put(content(10), TYPE), files.put(content(20), TYPE)
    want(db, late.hash, 20, TYPE)
    files.note(db, [row])
    assert files.unsent(db) == [row]
    files.mark_sent(db, row.hash)
    assert files.unsent(db) == []
    assert files.row(db, row.hash) == row._replace(sent=1)
    files.set_held(db, late.hash, 20)
    assert files.unsent(db) == [late]
    assert files.whole(db) == sorted([row.hash, late.hash])
    assert files.row(db, "c" * 43) is None


def test_a_file_that_is_gone_from_the_disk_does_not_stop_those_behind_it(
    db: sqlite3.Connection, files: Attachments
) -> None:
    rows = [files.put(content(size), TYPE) for size in range(1, 40)]
    files.note(db, rows)
    for row in rows[:35]:
        (files.folder / row.hash).unlink()
    assert {row.hash for row in files.unsent(db)} == {row.hash for row in rows[35:]}


def test_noting_a_file_that_was_only_wanted_says_that_it_is_here(db: sqlite3.Connection, files: Attachments) -> None:
    row = files.put(content(10), TYPE)
    want(db, row.hash, 10, TYPE)
    assert not files.row(db, row.hash).whole  # type: ignore[union-attr]  # it was wanted just now
    files.note(db, [row])
    assert files.row(db, row.hash) == row


def test_wanting_a_file_that_is_here_leaves_it_here(db: sqlite3.Connection, files: Attachments) -> None:
    row = files.put(content(10), TYPE)
    files.note(db, [row])
    want(db, row.hash, 99, "text/plain")
    assert files.row(db, row.hash) == row


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(-5, 2**53))
def test_no_record_makes_a_hub_wait_for_a_file_larger_than_anybody_may_send(
    db: sqlite3.Connection, files: Attachments, size: int
) -> None:
    name = text_of(digest(str(size).encode()))
    want(db, name, size, TYPE)
    assert (files.row(db, name) is not None) == (0 < size <= FILE_BYTES_MAX)
