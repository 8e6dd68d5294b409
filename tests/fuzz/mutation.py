"""Random changes of an input: of its bytes, and where it is JSON, of its values, so that they get past the parser."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

BYTES_MAX = 64 * 1024
TOKENS = (
    b"{", b"}", b"[", b"]", b'"', b"\\", b":", b",", b"null", b"true", b"-1", b"0", b"1e999", b"9007199254740993",
    b'""', b"\x00", b"\xff", b"\x7f\xff\xff\xff", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"\r\n", b"\xef\xbb\xbf",
    b"\\ud800", b"=", "通".encode(), "\u202e".encode(), b"%s", b"'", b"../", b"--", b";",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 2**31, 2**53 - 1, 2**53, -(2**63), 2**64, 10**30, 0.5, 1e308, "", "a", "\x00",
    "通办", "\ud800", "9" * 30, "a" * 200, "A" * 43, "../x", [], {}, [[]], [0, ""], [1, "AAAA"], {"": 0},
)  # fmt: skip


def mutated(data: bytes, corpus: Sequence[bytes], random: Random) -> bytes:
    """`data` with one to several changes, at most 64 KiB."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        change = random.choice(STRUCTURED if random.random() < 0.6 and data[:1] in (b"{", b"[") else PLAIN)
        data = change(data, corpus, random)
    return data[:BYTES_MAX]


# ---------------------------------------------------------------- bytes


def _flip(data: bytes, corpus: Sequence[bytes], random: Random) -> bytes:
    if not data:
        return random.randbytes(4)
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1 :]


def _cut(data: bytes, corpus: Sequence[bytes], random: Random) -> bytes:
    start = random.randint(0, len(data))
    return data[:start] + data[start + random.choice((1, 2, 4, 16, len(data))) :]


def _repeat(data: bytes, corpus: Sequence[bytes], random: Random) -> bytes:
    start = random.randint(0, len(data))
    end = start + random.choice((1, 4, 16, 100))
    return data[:end] + data[start:end] * random.choice((1, 2, 40)) + data[end:]


def _token(data: bytes, corpus: Sequence[bytes], random: Random) -> bytes:
    place = random.randint(0, len(data))
    return data[:place] + random.choice(TOKENS) + data[place + random.choice((0, 0, 1, 4)) :]


def _noise(data: bytes, corpus: Sequence[bytes], random: Random) -> bytes:
    place = random.randint(0, len(data))
    size = random.choice((1, 2, 4, 30))
    return data[:place] + random.randbytes(size) + data[place + size :]


def _splice(data: bytes, corpus: Sequence[bytes], random: Random) -> bytes:
    other = random.choice(corpus)
    return data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]


def _digits(data: bytes, corpus: Sequence[bytes], random: Random) -> bytes:
    """Another number in place of one."""
    places = [place for place, byte in enumerate(data) if 48 <= byte <= 57]
    if not places:
        return _flip(data, corpus, random)
    place = random.choice(places)
    return data[:place] + str(random.choice((0, 9, 99, 2**31, 2**53, 2**64))).encode() + data[place + 1 :]


# ---------------------------------------------------------------- values


def _structured(change: Callable[[Any, Any, Random], None]) -> Callable[[bytes, Sequence[bytes], Random], bytes]:
    """A change of one array or object inside."""

    def work(data: bytes, corpus: Sequence[bytes], random: Random) -> bytes:
        value = _json(data)
        places = list(_places(value))
        if not places:
            return _flip(data, corpus, random)
        change(random.choice(places), _json(random.choice(corpus)), random)
        try:
            return json.dumps(value, ensure_ascii=random.random() < 0.2).encode("utf-8", "surrogatepass")
        except RecursionError:
            return data

    return work


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _places(value: Any) -> list[Any]:
    """Every array and object inside that is not empty."""
    found, waiting = [], [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict | list) and here:
            found.append(here)
            waiting += here.values() if isinstance(here, dict) else here
    return found


def _key(place: Any, random: Random) -> Any:
    return random.choice(list(place)) if isinstance(place, dict) else random.randrange(len(place))


def _set(place: Any, other: Any, random: Random) -> None:
    place[_key(place, random)] = random.choice(VALUES)


def _delete(place: Any, other: Any, random: Random) -> None:
    del place[_key(place, random)]


def _double(place: Any, other: Any, random: Random) -> None:
    if isinstance(place, list):
        place += place * random.choice((1, 1, 30))
    else:
        place["x" * random.choice((1, 1, 200))] = place[_key(place, random)]


def _swap(place: Any, other: Any, random: Random) -> None:
    one, two = _key(place, random), _key(place, random)
    place[one], place[two] = place[two], place[one]


def _deepen(place: Any, other: Any, random: Random) -> None:
    key = _key(place, random)
    value = place[key]
    for _ in range(random.choice((1, 5, 40, 400))):
        value = [value] if random.random() < 0.5 else {"a": value}
    place[key] = value


def _borrow(place: Any, other: Any, random: Random) -> None:
    """A value of another input."""
    there = _places(other)
    if there:
        donor = random.choice(there)
        place[_key(place, random)] = donor[_key(donor, random)]


PLAIN = (_flip, _cut, _repeat, _token, _noise, _splice, _digits)
STRUCTURED = tuple(map(_structured, (_set, _set, _delete, _double, _swap, _deepen, _borrow)))
