"""Finding an item as clerks type: part of the name, pinyin initials, whole pinyin, an everyday word, a code.

The keys are made once per item; a search then only compares texts, so that it keeps up with typing. The two commonest
readings of a character count (长 is c and z), because nobody who types knows which one a dictionary puts first.

Letters are read as input methods read them: each character by a beginning of its pinyin, so that dbrd, dibao and dibrd
all find 低保认定. Rank, best first: the whole name or code · the start of the name · a keyword · inside the name · in
letters from the start of the name · in letters from the start of a keyword · inside a keyword · in letters anywhere ·
inside the code · and only where nothing is found so, the characters in their order with others between, and at last the
everyday word that the text holds. Of several words all must be found. Everyday words that fit an item's name in every
city (`everyday`) count among its keywords, right behind its own.
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

from shared_models.catalogue import everyday

QUERY_CHARACTERS_MAX = 60
LETTERS_MAX = 30
READINGS_MAX = 2
ALIKE_MAX = 6
"""Characters of a word that keep two readings with one initial: each doubles the ways in which letters may match."""


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
    """`pinyin`: every character as ` /zhang/chang`, the name first and the keywords after it, each after `|`. The first
    `own` of the keywords are the item's, the others what everybody says for a word of its name."""

    code: str
    name: str
    keywords: tuple[str, ...]
    own: int
    pinyin: str


class _Lines:
    """One text a number, all in one string: finding the lines that hold something is then one search, not thousands."""

    def __init__(self, lines: Iterable[str]) -> None:
        kept = list(lines)
        self._all = "\n".join(kept) + "\n"
        self._starts = list(itertools.accumulate((len(line) + 1 for line in kept), initial=0))

    def holding(self, word: str) -> Iterator[int]:
        """The numbers of the lines that hold `word`."""
        place, number = self._all.find(word), 0
        while place >= 0:
            number = bisect.bisect_right(self._starts, place, number) - 1
            yield number
            place = self._all.find(word, self._starts[number + 1])

    def matching(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
        """The numbers of the lines that hold a match, and where in the line it begins. It lies within the line."""
        found = pattern.search(self._all)
        while found:
            number = bisect.bisect_right(self._starts, found.start()) - 1
            yield number, found.start() - self._starts[number]
            found = pattern.search(self._all, self._starts[number + 1])


class Index(Generic[Found]):
    """Finds items. Built once per catalogue version; `find` does not change it."""

    def __init__(self, items: Iterable[Found]) -> None:
        # What ranks alike is told by shorter names first: so an item's number alone puts it behind the others.
        pairs = sorted(((_keys(item), item) for item in items), key=lambda pair: (len(pair[0].name), pair[0].code))
        self._items: Sequence[Found] = [item for _, item in pairs]
        self._keys = [keys for keys, _ in pairs]
        self._words = _Lines("|".join((keys.code, keys.name, *keys.keywords)) for keys in self._keys)
        self._pinyin = _Lines(keys.pinyin for keys in self._keys)

    def find(self, text: str, limit: int = 20) -> list[Found]:
        """At most `limit` items that match every word of `text`, best first; none for an empty text."""
        words = folded(text[:QUERY_CHARACTERS_MAX]).split()
        if not words:
            return []
        first, *others = [self._ranks(word) for word in words]
        ranked = [(rank, number) for number, rank in first.items()]
        for ranks in others:
            ranked = [(rank + ranks[number], number) for rank, number in ranked if number in ranks]
        if not ranked:
            ranked = [(9, number) for number in set.intersection(*(self._with_gaps(word) for word in words))]
        if not ranked and (said := everyday.word_in("".join(words))):
            ranked = [(rank, number) for number, rank in self._ranks(said).items()]
        ranked.sort()
        return [self._items[number] for _, number in ranked[:limit]]

    def _ranks(self, word: str) -> dict[int, int]:
        """Number of an item that holds `word` -> its rank."""
        ranks = {number: _rank_of_text(self._keys[number], word) for number in self._words.holding(word)}
        if pattern := _letters(word):
            for number, place in self._pinyin.matching(pattern):
                rank = _rank_of_letters(self._keys[number], place)
                ranks[number] = min(rank, ranks.get(number, rank))
        return ranks

    def _with_gaps(self, word: str) -> set[int]:
        """The numbers of the items that hold the characters of `word` in their order: 残疾补贴 is in 残疾人两项补贴."""
        pattern = re.compile(r"[^|\n]*".join(map(re.escape, word)))
        return {number for number, _ in self._words.matching(pattern)} if len(word) > 1 else set()


def _rank_of_text(keys: _Keys, word: str) -> int:
    if word in (keys.name, keys.code):
        return 0
    place = keys.name.find(word)
    if place == 0:
        return 1
    if word in keys.keywords:
        return 2 if word in keys.keywords[: keys.own] else 3
    if place > 0:
        return 3
    return 6 if any(word in keyword for keyword in keys.keywords) else 8


def _rank_of_letters(keys: _Keys, place: int) -> int:
    pinyin = keys.pinyin
    character = pinyin.rfind(" ", 0, place)
    if pinyin[character - 1] != "|":
        return 7
    if character == 1:
        return 4
    return 5 if pinyin.count("|", 0, character) <= keys.own + 1 else 6


def _letters(word: str) -> re.Pattern[str] | None:
    """Matches letters that begin one character's reading and go on in it or in the next one's; None for other words."""
    if not re.fullmatch(rf"[a-z]{{1,{LETTERS_MAX}}}", word):
        return None
    # READINGS_MAX is 2: at most one reading of the next character stands before the one that is meant.
    return re.compile("/" + "(?:[a-z/]* (?:/[a-z]+)??/)??".join(word))


def _keys(item: Findable) -> _Keys:
    name = folded(item.name)
    own = tuple(folded(keyword) for keyword in item.keywords)
    keywords = (*own, *(word for word in everyday.words_for(item.name) if word not in own))
    pinyin = "".join(f"|{_pinyin(word)}" for word in (name, *keywords))
    return _Keys(folded(item.code), name, keywords, len(own), pinyin)


def _pinyin(word: str) -> str:
    found = [readings_of(character) for character in word if character != " "]
    alike = [
        number for number, readings in enumerate(found) if len({reading[0] for reading in readings}) < len(readings)
    ]
    for number in alike[ALIKE_MAX:]:
        found[number] = found[number][:1]
    return "".join(f" /{'/'.join(readings)}" for readings in found)


@lru_cache(maxsize=8192)
def readings_of(character: str) -> tuple[str, ...]:
    """The commonest readings without tones. One character at a time needs no dictionary of phrases."""
    found = pypinyin.pinyin(character, style=pypinyin.Style.NORMAL, heteronym=True)
    return tuple(dict.fromkeys(found[0]))[:READINGS_MAX] if found else (character,)


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
