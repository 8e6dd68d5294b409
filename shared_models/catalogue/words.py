"""Texts as a full-text index takes them: words parted by blanks, and a query as phrases of such words.

Chinese is written without blanks, so every two neighbouring characters are one word, and the last one of a run is a
word by itself: 高龄津贴 is `高龄 龄津 津贴 贴`. A phrase of such words is found exactly where its characters stand.
Letters and digits are words as they are written. For pinyin initials every character of a name begins a word: gljt,
ljt, jt, t. An index by whole words needs no dictionary, and any database that finds phrases can hold it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from shared_models.catalogue.comparing import basic_code
from shared_models.catalogue.items import Item
from shared_models.catalogue.phrases import Phrase
from shared_models.catalogue.search import folded, readings_of

QUERY_WORDS_MAX = 8
INITIALS_MAX = 8
"""Letters of a word of initials: what is typed beyond them does not narrow a search further."""
SPELLINGS_MAX = 4
_RUNS = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")


class Words(NamedTuple):
    """The columns of an index, each as words parted by blanks."""

    code: str
    letters: str
    name: str
    keywords: str
    rest: str


TEXTS = ("name", "keywords", "rest")


def words_of(item: Item) -> Words:
    """What is found of an item: name, keywords, department, materials, legal basis and situations; its codes; and its
    name and keywords by their initials."""
    named = (item.name, *item.keywords)
    rest = (
        item.department.name,
        item.result.name,
        *item.legal_basis,
        *(each.name for each in item.materials),
        *(each.name for each in item.situations),
    )
    return Words(
        code=" ".join(_split(" ".join((item.code, item.code[-13:], basic_code(item.code), item.department.code)))),
        letters=" ".join(dict.fromkeys(itertools.chain.from_iterable(map(initials, named)))),
        name=" ".join(_split(item.name)),
        keywords=" ".join(_pairs(item.keywords)),
        rest=" ".join(_pairs(rest)),
    )


def phrases(query: str) -> list[list[Phrase]]:
    """What must be found: for each word of a query the phrases of which one must stand in an item."""
    return [list(_ways(word)) for word in folded(query).split()[:QUERY_WORDS_MAX] if _RUNS.search(word)]


def _ways(word: str) -> Iterator[Phrase]:
    words = tuple(_split(word))
    last = words[-1]
    # The last character of what is typed is seldom the last of a run: it is the beginning of a pair.
    chinese = not last.isascii()
    if chinese and len(words) > 1 and len(words[-2]) == 2 and words[-2][1] == last:
        yield Phrase(TEXTS, words[:-1], goes_on=False)
    else:
        yield Phrase(TEXTS, words, goes_on=True)
    if word.isascii():
        yield Phrase(("code",), words, goes_on=True)
    if re.fullmatch(r"[a-z]+", word):
        yield Phrase(("letters",), (word[:INITIALS_MAX],), goes_on=True)


def _pairs(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _split(text)


@lru_cache(maxsize=16384)
def _split(text: str) -> tuple[str, ...]:
    """The words of a text. Names of materials and legal bases come again and again."""
    found: list[str] = []
    for run in _RUNS.findall(folded(text)):
        if run[0].isascii():
            found.append(run)
        else:
            found += [run[start : start + 2] for start in range(len(run))]
    return tuple(found)


@lru_cache(maxsize=16384)
def initials(word: str) -> tuple[str, ...]:
    """The initials of a word from each of its characters on, in the commonest spellings."""
    letters = [_initial(character) for character in folded(word) if character.isalnum()]
    found: list[str] = []
    for start in range(len(letters)):
        spellings = itertools.product(*letters[start : start + INITIALS_MAX])
        found += ["".join(each) for each in itertools.islice(spellings, SPELLINGS_MAX)]
    return tuple(found)


@lru_cache(maxsize=8192)
def _initial(character: str) -> tuple[str, ...]:
    """The first letters of its readings, the commonest first."""
    return tuple(dict.fromkeys(reading[0] for reading in readings_of(character)))
