"""Finding an item as clerks type: part of the name, pinyin initials, whole pinyin, an everyday word, a code.

The keys are made once per item; a search then only compares texts, so that it keeps up with typing. The two commonest
readings of a character count (长 is c and z), because nobody who types knows which one a dictionary puts first.

Rank, best first: the whole name or code · the start of the name · a keyword · inside the name · initials from the
start · pinyin from the start · inside a keyword · initials or pinyin inside · inside the code · and only where nothing
is found so, the characters in their order with others between. Several words must all be found.
"""

from __future__ import annotations

import bisect
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Generic, NamedTuple, Protocol, TypeVar

import pypinyin

QUERY_CHARACTERS_MAX = 60
READINGS_MAX = 2
SPELLINGS_MAX = 8


class Findable(Protocol):
    """What the index reads of an item; a lighter row than a whole item serves as well."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def keywords(self) -> tuple[str, ...]: ...


Found = TypeVar("Found", bound=Findable)


class _Keys(NamedTuple):
    """`initials`: one group of letters a character, each after a space, words after `|`; `spelled`: whole pinyin."""

    code: str
    name: str
    keywords: tuple[str, ...]
    initials: str
    spelled: str


class _Lines:
    """One text a number, all in one string: finding the lines that hold something is then one search, not thousands."""

    def __init__(self, lines: Iterable[str]) -> None:
        kept = list(lines)
        self._all = "\n".join(kept) + "\n"
        self._starts = list(itertools.accumulate((len(line) + 1 for line in kept), initial=0))

    def holding(self, word: str) -> Iterator[int]:
        """The numbers of the lines that hold `word`."""
        place = self._all.find(word)
        while place >= 0:
            number = bisect.bisect_right(self._starts, place) - 1
            yield number
            place = self._all.find(word, self._starts[number + 1])

    def matching(self, pattern: re.Pattern[str]) -> Iterator[int]:
        """The numbers of the lines that hold a match. The pattern matches within a line."""
        found = pattern.search(self._all)
        while found:
            number = bisect.bisect_right(self._starts, found.start()) - 1
            yield number
            found = pattern.search(self._all, self._starts[number + 1])


class Index(Generic[Found]):
    """Finds items. Built once per catalogue version; `find` does not change it."""

    def __init__(self, items: Iterable[Found]) -> None:
        self._items: Sequence[Found] = tuple(items)
        self._keys = [_keys(item) for item in self._items]
        self._words = _Lines("|".join((keys.code, keys.name, *keys.keywords)) for keys in self._keys)
        self._spelled = _Lines(keys.spelled for keys in self._keys)
        self._initials = _Lines(keys.initials for keys in self._keys)

    def find(self, text: str, limit: int = 20) -> list[Found]:
        """At most `limit` items that match every word of `text`, best first; none for an empty text."""
        words = _folded(text[:QUERY_CHARACTERS_MAX]).split()
        if not words:
            return []
        patterns = [_initials_pattern(word) for word in words]
        numbers = set.intersection(*(self._holding(word, each) for word, each in zip(words, patterns, strict=True)))
        ranked = [(_rank(self._keys[number], words, patterns), number) for number in numbers]
        if not ranked:
            ranked = [(9, number) for number, keys in enumerate(self._keys) if _with_gaps(keys.name, words)]
        ranked.sort(key=lambda pair: (pair[0], len(self._keys[pair[1]].name), self._keys[pair[1]].code))
        return [self._items[number] for _, number in ranked[:limit]]

    def _holding(self, word: str, pattern: re.Pattern[str] | None) -> set[int]:
        numbers = set(self._words.holding(word))
        if pattern is not None:
            numbers.update(self._spelled.holding(word))
            numbers.update(self._initials.matching(pattern))
        return numbers


def _rank(keys: _Keys, words: list[str], patterns: list[re.Pattern[str] | None]) -> int:
    return sum(_rank_of_word(keys, word, pattern) for word, pattern in zip(words, patterns, strict=True))


def _rank_of_word(keys: _Keys, word: str, pattern: re.Pattern[str] | None) -> int:
    if word in (keys.name, keys.code):
        return 0
    place = keys.name.find(word)
    if place == 0:
        return 1
    if word in keys.keywords:
        return 2
    if place > 0:
        return 3
    if pattern is not None and pattern.match(keys.initials):
        return 4
    if keys.spelled.startswith(word):
        return 5
    if any(word in keyword for keyword in keys.keywords):
        return 6
    return 8 if word in keys.code else 7


def _with_gaps(name: str, words: list[str]) -> bool:
    """Whether the characters of every word stand in `name` in their order: 残疾补贴 finds 残疾人两项补贴."""
    for word in words:
        rest = iter(name)
        if len(word) < 2 or not all(character in rest for character in word):
            return False
    return True


def _initials_pattern(word: str) -> re.Pattern[str] | None:
    """Matches the groups of `_Keys.initials` that hold the letters of `word`, one after the other."""
    if not re.fullmatch(r"[a-z]{2,20}", word):
        return None
    return re.compile("".join(rf" [a-z]*{letter}[a-z]*" for letter in word))


def _keys(item: Findable) -> _Keys:
    name = _folded(item.name)
    keywords = tuple(_folded(keyword) for keyword in item.keywords)
    words = (name, *keywords)
    initials = "|".join("".join(f" {_initials(character)}" for character in word) for word in words)
    return _Keys(_folded(item.code), name, keywords, initials, "|".join(_spellings(word) for word in words))


def _spellings(word: str) -> str:
    variants = itertools.product(*(_readings(character) for character in word))
    return "|".join("".join(variant) for variant in itertools.islice(variants, SPELLINGS_MAX))


def _initials(character: str) -> str:
    return "".join(dict.fromkeys(reading[:1] for reading in _readings(character)))


@lru_cache(maxsize=8192)
def _readings(character: str) -> tuple[str, ...]:
    """The commonest readings without tones. One character at a time needs no dictionary of phrases."""
    found = pypinyin.pinyin(character, style=pypinyin.Style.NORMAL, heteronym=True)
    return tuple(dict.fromkeys(found[0]))[:READINGS_MAX] if found else (character,)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
