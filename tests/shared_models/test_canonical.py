from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from shared_models import canonical
from shared_models.canonical import DEPTH_MAX, INTEGER_MAX, NotCanonical

keys = st.text(st.characters(max_codepoint=127), max_size=20)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-INTEGER_MAX, INTEGER_MAX), st.text(st.characters(codec="utf-8"), max_size=30)
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5), max_leaves=30
)

odd_leaves = st.one_of(
    *(leaves, st.floats(), st.integers(), st.text(), st.binary(max_size=5), st.dates()),
    *(st.tuples(leaves), st.sets(st.integers(), max_size=2)),
)
odd_keys = st.one_of(st.text(max_size=5), st.integers(), st.binary(max_size=3), st.none())
anything = st.recursive(
    odd_leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(odd_keys, inner, max_size=4),
    max_leaves=15,
)


@given(values)
def test_what_is_encoded_is_what_rfc8785_says(value: Any) -> None:
    assert canonical.encode(value) == rfc8785.dumps(value)


@given(values)
def test_a_value_comes_back(value: Any) -> None:
    assert canonical.decode(canonical.encode(value)) == value


@given(anything)
def test_every_value_is_either_refused_or_encoded_as_rfc8785_says(value: Any) -> None:
    try:
        data = canonical.encode(value)
    except NotCanonical:
        return
    assert data == rfc8785.dumps(value)
    assert canonical.encode(canonical.decode(data)) == data


@given(values, st.data())
def test_bytes_that_differ_in_one_place_are_refused_or_stand_for_another_value(value: Any, data: st.DataObject) -> None:
    right = canonical.encode(value)
    place = data.draw(st.integers(0, len(right) - 1))
    wrong = right[:place] + bytes([right[place] ^ data.draw(st.integers(1, 255))]) + right[place + 1 :]
    try:
        read = canonical.decode(wrong)
    except NotCanonical:
        return
    assert json.dumps(read) != json.dumps(value)
    assert canonical.encode(read) == wrong


@given(st.binary(max_size=60) | st.text('{}[],:"\\abu0123456789.eE+- \ntrfalsn', max_size=40).map(str.encode))
def test_whatever_is_decoded_is_exactly_its_own_encoding(data: bytes) -> None:
    try:
        value = canonical.decode(data)
    except NotCanonical:
        assert not canonical.is_canonical(data)
        return
    assert canonical.encode(value) == data == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b" 1", b"1 ", b"1\n", b"-0", b"01", b"1.0", b"1e2", b"NaN", b"nul", b"\xef\xbb\xbf1", b"1 2"),
        *(b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'{"a": 1}', b'{"\\u0061":1}', b'{"\xc3\xa9":1}', b'{"a":1,}'),
        *(b'"\\/"', b'"\\u0041"', b'"\\u001F"', b'"\t"', b'"\\ud800"', b'"\xff"', b'"\xed\xa0\x80"'),
        *(b"9007199254740992", b"-9007199254740992", b"1" * 30, b"1" * 5000, b"[" * 33 + b"]" * 33, b"[" * 100_000),
    ],
    ids=lambda data: repr(data[:20]),
)
def test_bytes_in_any_other_form_are_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        canonical.decode(data)


@pytest.mark.parametrize(
    "value",
    [
        *(1.0, float("nan"), INTEGER_MAX + 1, -INTEGER_MAX - 1, 10**5000, b"bytes", {1, 2}, object(), "\ud800"),
        *({"é": 1}, {1: 1}, {None: 1}, {b"a": 1}, {"a": {2.5: 1}}, [[1.5]]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_without_a_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical.encode(value)


def test_nesting_ends_at_the_same_depth_for_writer_and_reader() -> None:
    deepest: Any = []
    for _ in range(DEPTH_MAX - 1):
        deepest = [deepest]
    data = canonical.encode(deepest)
    assert canonical.decode(data) == deepest
    with pytest.raises(NotCanonical):
        canonical.encode([deepest])
    with pytest.raises(NotCanonical):
        canonical.decode(b"[" + data + b"]")


def test_a_value_that_contains_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(NotCanonical):
        canonical.encode(endless)
