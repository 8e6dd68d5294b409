from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.signing import Damaged
from sync_protocol.store.vault import Vault

bodies = st.lists(st.none() | st.binary(max_size=80), max_size=8)


def vault(key: bytes = b"k" * 32, seed: int = 1) -> Vault:
    return Vault(key, random.Random(seed).randbytes)


@given(bodies)
def test_bodies_come_back_and_an_erased_one_stays_away(plain: list[bytes | None]) -> None:
    made = vault()
    assert [made.open_body(sealed) for sealed in made.seal_bodies(plain)] == plain


@given(st.lists(st.binary(min_size=12, max_size=80), min_size=1, max_size=8))
def test_what_rests_shows_nothing_of_what_it_holds(plain: list[bytes]) -> None:
    sealed = vault().seal_bodies(list(plain))
    for body, box in zip(plain, sealed, strict=True):
        assert box is not None
        assert body not in box[24:]


def test_equal_bodies_are_sealed_differently_even_within_one_batch() -> None:
    sealed = vault().seal_bodies([b"same", b"same", b"same"])
    assert len(set(sealed)) == 3
    nonces = {box[:24] for box in sealed if box}
    assert len(nonces) == 3


@given(st.binary(max_size=60), st.integers(0, 300), st.integers(1, 255))
def test_a_changed_byte_is_noticed(plain: bytes, place: int, change: int) -> None:
    made = vault()
    (sealed,) = made.seal_bodies([plain])
    assert sealed is not None
    spoilt = bytearray(sealed)
    spoilt[place % len(spoilt)] ^= change
    with pytest.raises(Damaged):
        made.open_body(bytes(spoilt))


def test_another_storage_key_opens_nothing() -> None:
    one, other = vault(), vault(b"o" * 32)
    for seal, open_ in ((one.seal_card, other.open_card), (one.seal_piece, other.open_piece)):
        with pytest.raises(Damaged):
            open_(seal(b"plain"))
    with pytest.raises(Damaged):
        other.open_body(one.seal_bodies([b"plain"])[0])


def test_what_was_sealed_for_one_place_does_not_open_in_another() -> None:
    """A thief who can write the database cannot put a body where a card belongs."""
    made = vault()
    with pytest.raises(Damaged):
        made.open_card(made.seal_piece(b"plain"))
    with pytest.raises(Damaged):
        made.open_body(made.seal_card(b"plain"))


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_lookup_is_the_same_for_the_same_text_and_tells_nothing_else(one: str, other: str) -> None:
    made = vault(seed=1)
    assert made.lookup("resident", one) == vault(seed=2).lookup("resident", one)
    assert (made.lookup("resident", one) == made.lookup("resident", other)) == (one == other)
    assert made.lookup("resident", one) != made.lookup("attestation", one)
    assert made.lookup("resident", one) != vault(b"o" * 32).lookup("resident", one)
    assert len(made.lookup("resident", one)) == 43
