from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils.utils import sqlite3

from shared_models import canonical
from shared_models.signing import KeyPair, digest, text_of
from sync_protocol.store import receipts
from sync_protocol.store.log import EMPTY_HASH, Entry
from sync_protocol.store.receipts import SignedReceipt, Standing, receipt_is_good, sign_receipt
from tests.shared_models.writers import flipped

HUB = KeyPair.from_seed(b"h" * 32)


def place(position: int, history: str = "true") -> Entry:
    return Entry(position, digest(f"{history}{position}".encode()) if position else EMPTY_HASH)


def signed(position: int, upstream: int = 0, now: int = 1) -> SignedReceipt:
    return sign_receipt(HUB, "hub", "child", place(position), upstream, now)


# ---------------------------------------------------------------- the signed word


@given(st.integers(0, 2**40), st.integers(0, 2**40), st.integers(0, 2**48))
def test_a_receipt_says_who_holds_whose_journal_up_to_where(position: int, upstream: int, now: int) -> None:
    receipt = signed(position, upstream, now)
    content = receipt.content
    assert (content.hub, content.child, content.journal, content.upstream, content.time) == (
        *("hub", "child", position, upstream, now),
    )
    assert receipt_is_good(receipt, HUB.public)
    assert canonical.is_canonical(receipt.payload)


@given(st.integers(0, 500), st.integers(1, 255))
def test_a_changed_receipt_is_good_under_no_key(where: int, change: int) -> None:
    payload, signature = signed(7)
    assert not receipt_is_good(SignedReceipt(flipped(payload, where, change), signature), HUB.public)
    assert not receipt_is_good(SignedReceipt(payload, flipped(signature, where, change)), HUB.public)
    assert not receipt_is_good(SignedReceipt(payload, signature), KeyPair.from_seed(b"x" * 32).public)


def test_a_payload_of_another_kind_cannot_serve_as_a_receipt() -> None:
    """The type of what is signed is signed with it: a record's signature is no receipt."""
    payload = signed(7).payload
    assert not receipt_is_good(SignedReceipt(payload, HUB.sign(payload)), HUB.public)


# ---------------------------------------------------------------- the parent's side


def test_the_furthest_place_is_remembered_for_each_child(db: sqlite3.Connection) -> None:
    assert receipts.last_point(db, "child") == Entry(0, EMPTY_HASH)
    receipts.add_point(db, "child", place(5), 3)
    receipts.add_point(db, "child", place(9), 4)
    receipts.add_point(db, "other", place(2), 5)
    assert receipts.last_point(db, "child") == place(9)
    assert receipts.last_point(db, "other") == place(2)


def test_going_back_is_possible_to_a_place_that_was_acknowledged_and_to_no_other(db: sqlite3.Connection) -> None:
    for position in (5, 9, 12):
        receipts.add_point(db, "child", place(position), position)
    assert not receipts.rewind(db, "child", place(7))
    assert not receipts.rewind(db, "child", place(9, "other history"))
    assert not receipts.rewind(db, "stranger", place(9))
    assert receipts.last_point(db, "child") == place(12)
    assert receipts.rewind(db, "child", place(12))
    assert receipts.last_point(db, "child") == place(12)
    assert receipts.rewind(db, "child", place(5))
    assert receipts.last_point(db, "child") == place(5)
    assert receipts.rewind(db, "child", Entry(0, EMPTY_HASH))
    assert receipts.last_point(db, "child") == Entry(0, EMPTY_HASH)


def test_a_grandparent_holds_what_was_in_the_parents_journal_when_it_acknowledged(db: sqlite3.Connection) -> None:
    for position, own in ((5, 10), (9, 20), (12, 30)):
        receipts.add_point(db, "child", place(position), own)
    assert [receipts.upstream_of(db, "child", own) for own in (0, 9, 10, 25, 30, 99)] == [0, 0, 5, 9, 12, 12]
    assert receipts.upstream_of(db, "stranger", 99) == 0


def test_the_last_receipt_that_was_given_is_kept_by_its_giver(db: sqlite3.Connection) -> None:
    assert receipts.given(db, "child") is None
    for position in (5, 9):
        receipts.give(db, "child", signed(position))
    assert receipts.given(db, "child") == signed(9)


# ---------------------------------------------------------------- the child's side


def test_what_stands_is_what_the_parent_said_last_even_where_that_is_less(db: sqlite3.Connection) -> None:
    """A hub that was restored from a copy truly holds less than it did: believing its old word would lose records."""
    assert receipts.standing(db) == Standing(0, 0, 0)
    assert receipts.standing_receipt(db) is None
    for position, upstream, now in ((5, 0, 10), (9, 5, 20), (5, 5, 30)):
        receipts.hold(db, signed(position, upstream, now))
        assert receipts.standing(db) == Standing(position, upstream, now)
        assert receipts.standing_receipt(db) == signed(position, upstream, now)


def test_receipts_are_kept_for_whoever_asks_later(db: sqlite3.Connection) -> None:
    for position, upstream in ((5, 0), (9, 0), (9, 5)):
        receipts.hold(db, signed(position, upstream))
    held = receipts.held_receipts(db)
    assert len(held) == 3
    assert set(held[0]) == {"payload", "signature"}


def test_of_very_many_receipts_the_latest_are_kept(db: sqlite3.Connection) -> None:
    for position in range(receipts.HELD_MAX + 5):
        receipts.hold(db, SignedReceipt(signed(position).payload, bytes(64)))
    held = receipts.held_receipts(db)
    assert len(held) == receipts.HELD_MAX
    assert held[-1]["payload"] == text_of(signed(receipts.HELD_MAX + 4).payload)
    assert receipts.standing(db).journal == receipts.HELD_MAX + 4


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b'{"journal":"far"}', b"\xff"])
def test_a_payload_that_is_no_receipt_has_no_content(payload: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, UnicodeError)):
        _ = SignedReceipt(payload, b"").content
