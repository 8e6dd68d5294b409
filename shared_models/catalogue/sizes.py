"""Whether the texts and lists of an item are fit for a screen, a printed page and a cell.

Most items are: one look at their JSON as a whole tells, and only where that finds something are the texts looked at one
by one. The two agree (`tests/shared_models/test_catalogue_audit.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from shared_models.catalogue.findings import Finding, found
from shared_models.catalogue.items import Item, Rule, conditions, to_value

TEXT_CHARACTERS_MAX = 500
LIST_ENTRIES_MAX = 60
ITEM_BYTES_MAX = 256 * 1024
LIST_SEPARATORS = ";；"


def size(item: Item) -> Iterator[Finding]:
    """What is too long, too many, too large, or holds signs that nobody sees."""
    data = msgspec.json.encode(item)
    if _doubtful(data.decode()) or _doubtful_lists(item):
        yield from texts_in(to_value(item), "")
    if len(data) > ITEM_BYTES_MAX and (length := len(msgspec.json.encode(to_value(item)))) > ITEM_BYTES_MAX:
        yield found("catalogue.item_too_large", "", size=length, most=ITEM_BYTES_MAX)


def _doubtful(text: str) -> bool:
    """Whether the JSON of an item holds an escape, a separator, a blank at an end of a text, or a long text."""
    return (
        not text.isprintable()
        or any(sign in text for sign in ("\\", *LIST_SEPARATORS))
        or (" " in text and ('" ' in text or ' "' in text))
        or _has_long_text(text)
    )


def _has_long_text(text: str) -> bool:
    """Whether anywhere more characters than a text may have come without a quotation mark."""
    place, end = 0, len(text)
    while end - place > TEXT_CHARACTERS_MAX + 1:
        quote = text.rfind('"', place + 1, place + TEXT_CHARACTERS_MAX + 2)
        if quote < 0:
            return True
        place = quote
    return False


def _doubtful_lists(item: Item) -> bool:
    """Whether a list is too long, or has an empty entry."""
    of_texts = (
        item.legal_basis, item.keywords, *(situation.materials for situation in item.situations),
        *(each.choices for each in item.fields), *(step.after for step in item.steps),
        *(each.rule.among for each in item.fields if isinstance(each.rule, Rule)), *_lists_of_questions(item),
    )  # fmt: skip
    lists = (item.served, item.channels, item.situations, item.materials, item.fields, item.steps, *of_texts)
    return max(map(len, lists)) > LIST_ENTRIES_MAX or any("" in each for each in of_texts)


def _lists_of_questions(item: Item) -> Iterator[Sequence[object]]:
    """The questions, their answers, and every condition on them."""
    yield item.questions
    yield from (each.answers for each in item.questions)
    for given in conditions(item):
        yield given
        yield from given
        yield from (answered.among for way in given for answered in way)


def texts_in(value: Any, path: str) -> Iterator[Finding]:
    """Every text and every list in a value, against the limits."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts_in(inner, f"{path}/{key}" if path else key)
    elif isinstance(value, list):
        if len(value) > LIST_ENTRIES_MAX:
            yield found("catalogue.list_too_long", path, number=len(value), most=LIST_ENTRIES_MAX)
        for number, inner in enumerate(value):
            yield from texts_in(inner, f"{path}/{number}")
            if isinstance(inner, str) and (not inner or any(mark in inner for mark in LIST_SEPARATORS)):
                yield found("catalogue.entry_malformed", f"{path}/{number}", value=inner[:60])
    elif isinstance(value, str):
        if len(value) > TEXT_CHARACTERS_MAX:
            yield found("catalogue.text_too_long", path, length=len(value), most=TEXT_CHARACTERS_MAX)
        if value != value.strip() or not value.isprintable():
            yield found("catalogue.text_malformed", path)
