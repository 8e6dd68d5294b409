"""A value and the one byte string that stands for it.

The canonical form is RFC 8785 (JCS), narrowed: object keys are ASCII, numbers are integers below 2**53 in size,
there are no floats. Within that narrow form two writers can never disagree about a byte, so the bytes may be hashed
and signed. Bytes are kept as they were signed; nothing here is ever used to "repair" bytes that came from outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

__all__ = ["DEPTH_MAX", "INTEGER_MAX", "NotCanonical", "Value", "decode", "encode", "is_canonical"]

Value = Any
"""A JSON value without floats: dict with ASCII str keys, list, str, int, bool or None."""

INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 32


class NotCanonical(ValueError):
    """The bytes or the value cannot be, or are not, in canonical form. The text says where and why."""


def _no_float(text: str) -> Any:
    raise NotCanonical(f"a number with a fraction or an exponent is not allowed: {text[:40]}")


_encoder = msgspec.json.Encoder(order="sorted")
_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=_no_float)


def _check(values: Iterable[Value], depth: int) -> None:
    """Whether each of `values`, which stand `depth` levels deep, has a canonical form."""
    for value in values:
        kind = type(value)
        if kind is str or kind is bool or value is None:
            continue
        if kind is int:
            if not -INTEGER_MAX <= value <= INTEGER_MAX:
                raise NotCanonical("an integer is beyond 2**53 - 1")
        elif kind is not dict and kind is not list and kind is not tuple:
            raise NotCanonical(f"a {kind.__name__} has no canonical form")
        elif depth == DEPTH_MAX:
            raise NotCanonical(f"nested deeper than {DEPTH_MAX} levels")
        elif kind is dict:
            _check_keys(value)
            _check(value.values(), depth + 1)
        else:
            _check(value, depth + 1)


def _check_keys(value: dict[Any, Value]) -> None:
    try:
        good = "".join(value).isascii()
    except TypeError:
        good = False
    if not good:
        raise NotCanonical("an object key is not ASCII text")


def encode(value: Value) -> bytes:
    """The canonical bytes of `value`. Raises NotCanonical for floats, non-ASCII keys, big integers or foreign types."""
    try:
        _check((value,), 0)
        return _encoder.encode(value)
    except UnicodeEncodeError:
        raise NotCanonical("a text holds half of a surrogate pair") from None


def decode(data: bytes) -> Value:
    """The value of canonical bytes. Raises NotCanonical unless `data` is, byte for byte, what `encode` would give."""
    try:
        value = _decoder.decode(data)
        same = _encoder.encode(value) == data
    except NotCanonical:
        raise
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise NotCanonical(f"not JSON: {error}") from None
    if not same:
        raise NotCanonical("the bytes are JSON, but not in canonical form (order of keys, spaces, escapes or repeats)")
    _check((value,), 0)
    return value


def is_canonical(data: bytes) -> bool:
    """Whether `decode` would accept `data`."""
    try:
        decode(data)
    except NotCanonical:
        return False
    return True
