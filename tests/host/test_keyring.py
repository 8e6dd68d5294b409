"""The keys of a node: a wrong one shows before anything is written, and nothing but the storage key lies open."""

from __future__ import annotations

import secrets
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.refusals import Refusal
from sync_protocol.host.keyring import Keyring


def snapshot(path: Path) -> dict[str, bytes]:
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def code_of(path: Path, passphrase: str | None = None, key_file: Path | None = None) -> str:
    """The code with which a folder is refused; it must stay as it was."""
    before = snapshot(path)
    with pytest.raises(Refusal) as refused:
        Keyring.open(path, passphrase=passphrase, key_file=key_file)
    assert snapshot(path) == before
    return refused.value.code


def test_a_fresh_folder_gets_a_random_key_and_opens_again_with_it(tmp_path: Path) -> None:
    first = Keyring.open(tmp_path)
    assert (tmp_path / "storage.key").read_bytes() == first.storage_key
    assert len(first.storage_key) == 32
    assert Keyring.open(tmp_path).storage_key == first.storage_key
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    assert Keyring.open(tmp_path, key_file=tmp_path / "storage.key").storage_key == first.storage_key


def test_a_key_file_may_lie_elsewhere(tmp_path: Path) -> None:
    home, stick = tmp_path / "home", tmp_path / "stick"
    home.mkdir()
    stick.mkdir()
    keys = Keyring.open(home, key_file=stick / "key")
    assert sorted(snapshot(tmp_path)) == ["home/storage.check", "stick/key"]
    assert Keyring.open(home, key_file=stick / "key").storage_key == keys.storage_key
    assert code_of(home) == "folder.storage_key_missing"


def test_a_passphrase_opens_what_it_closed_and_is_not_kept(tmp_path: Path) -> None:
    first = Keyring.open(tmp_path, passphrase="浓洄社区 café")
    assert Keyring.open(tmp_path, passphrase="浓洄社区 cafe\u0301").storage_key == first.storage_key
    assert sorted(snapshot(tmp_path)) == ["storage.check", "storage.salt"]
    assert first.storage_key not in b"".join(snapshot(tmp_path).values())
    assert code_of(tmp_path, "浓洄社区 cafe") == "folder.wrong_storage_key"
    assert code_of(tmp_path) == "folder.passphrase_needed"


def test_a_short_passphrase_makes_nothing(tmp_path: Path) -> None:
    assert code_of(tmp_path, "1234567") == "folder.passphrase_short"


def test_a_wrong_key_is_recognised_before_anything_is_written(tmp_path: Path) -> None:
    Keyring.open(tmp_path).make_node_key()
    for wrong in (secrets.token_bytes(32), b"short", b"", bytes(33)):
        (tmp_path / "storage.key").write_bytes(wrong)
        assert code_of(tmp_path) == "folder.wrong_storage_key"


def test_a_passphrase_for_a_folder_with_a_key_file_is_refused(tmp_path: Path) -> None:
    Keyring.open(tmp_path)
    assert code_of(tmp_path, "a long passphrase") == "folder.passphrase_not_used"


@pytest.mark.parametrize("data", ["node.key", "tongban.db"])
def test_lost_keys_are_never_made_anew_beside_data(tmp_path: Path, data: str) -> None:
    Keyring.open(tmp_path)
    (tmp_path / data).write_bytes(b"data")
    check = (tmp_path / "storage.check").read_bytes()
    (tmp_path / "storage.check").unlink()
    assert code_of(tmp_path) == "folder.storage_check_missing"
    (tmp_path / "storage.key").unlink()
    assert code_of(tmp_path) == "folder.storage_key_missing"
    (tmp_path / "storage.check").write_bytes(check)
    assert code_of(tmp_path) == "folder.storage_key_missing"


def test_a_start_that_was_cut_off_before_the_check_was_written_goes_on(tmp_path: Path) -> None:
    key = Keyring.open(tmp_path).storage_key
    (tmp_path / "storage.check").unlink()
    assert Keyring.open(tmp_path).storage_key == key
    assert (tmp_path / "storage.check").exists()


def test_the_node_key_is_made_once_and_sealed(tmp_path: Path) -> None:
    keys = Keyring.open(tmp_path)
    with pytest.raises(Refusal) as refused:
        keys.node_key()
    assert refused.value.code == "folder.node_key_missing"
    pair = keys.make_node_key()
    assert Keyring.open(tmp_path).node_key() == pair
    assert pair.seed not in (tmp_path / "node.key").read_bytes()
    with pytest.raises(Refusal) as refused:
        keys.make_node_key()
    assert refused.value.code == "folder.node_key_exists"


@pytest.mark.parametrize("place", [0, 30, -1])
def test_a_changed_byte_in_a_sealed_file_is_told(tmp_path: Path, place: int) -> None:
    keys = Keyring.open(tmp_path)
    keys.make_node_key()
    damaged = bytearray((tmp_path / "node.key").read_bytes())
    damaged[place] ^= 1
    (tmp_path / "node.key").write_bytes(bytes(damaged))
    with pytest.raises(Refusal) as refused:
        keys.node_key()
    assert refused.value == Refusal("folder.secret_damaged", path=str(tmp_path / "node.key"))


@given(st.binary(max_size=2000))
def test_a_secret_comes_back_and_lies_nowhere_open(tmp_path_factory: pytest.TempPathFactory, plain: bytes) -> None:
    path = tmp_path_factory.mktemp("keys")
    keys = Keyring.open(path)
    assert keys.get_secret("invitation") is None
    keys.put_secret("invitation", plain)
    assert Keyring.open(path).get_secret("invitation") == plain
    if len(plain) >= 8:
        assert not [name for name, content in snapshot(path).items() if plain in content]
    keys.drop_secret("invitation")
    keys.drop_secret("invitation")
    assert keys.get_secret("invitation") is None


def test_a_sealed_secret_opens_under_its_own_name_only(tmp_path: Path) -> None:
    keys = Keyring.open(tmp_path)
    keys.put_secret("one", b"plain")
    (tmp_path / "secrets" / "one").rename(tmp_path / "secrets" / "two")
    with pytest.raises(Refusal) as refused:
        keys.get_secret("two")
    assert refused.value.code == "folder.secret_damaged"


@pytest.mark.parametrize("name", ["", "../node.key", "a/b", ".hidden", "A", "x" * 65, "中文", "a\n"])
def test_a_secret_s_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    keys = Keyring.open(tmp_path)
    for act in (keys.get_secret, keys.drop_secret, lambda given: keys.put_secret(given, b"")):
        with pytest.raises(ValueError, match="not a name"):
            act(name)
