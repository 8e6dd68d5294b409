"""A catalogue as JSON: one object with the lists `items` and `base`, each entry an item's value as it is published.

Nothing is guessed: a field that no item has is refused with the path to it, as a misspelt one would otherwise be lost.
read(write(x)) == x for every item, with every field that it may have.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from shared_models.catalogue import BaseItem, Item, to_value
from shared_models.refusals import Refusal

PATH_SHOWN_MAX = 120


class Document(NamedTuple):
    """A JSON file as read: the values of its items and of its base list, sound as far as their types go."""

    file: str
    items: list[dict[str, Any]]
    base: list[dict[str, Any]]


class _Catalogue(msgspec.Struct, frozen=True, omit_defaults=True):
    """The whole file."""

    items: tuple[Item, ...] = ()
    base: tuple[BaseItem, ...] = ()


def write_json(items: Iterable[Item], base: Iterable[BaseItem] = ()) -> bytes:
    """The file, indented by one blank, in UTF-8."""
    value = {"items": [to_value(item) for item in items], "base": [to_value(each) for each in base]}
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def read_json(file: str, data: bytes) -> Document:
    """Raises Refusal catalogue.file_not_json, file_json_field, file_json_value."""
    try:
        value = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Refusal("catalogue.file_not_json", file=file, reason=str(error)[:PATH_SHOWN_MAX]) from None
    try:
        msgspec.convert(value, _Catalogue)
    except (msgspec.ValidationError, RecursionError) as error:
        raise Refusal("catalogue.file_json_value", file=file, reason=str(error)[:PATH_SHOWN_MAX]) from None
    if path := _unknown(value, _shape(), ""):
        raise Refusal("catalogue.file_json_field", file=file, path=path[:PATH_SHOWN_MAX])
    return Document(file, value.get("items", []), value.get("base", []))


@cache
def _shape() -> inspect.Type:
    return inspect.type_info(_Catalogue)


def _unknown(value: Any, shape: inspect.Type, path: str) -> str:
    """The path of the first field that `shape` does not have, "" where there is none."""
    if isinstance(shape, inspect.UnionType):
        shape = next((each for each in shape.types if isinstance(each, inspect.StructType)), shape)
    if isinstance(shape, inspect.StructType) and isinstance(value, dict):
        inner = {field.encode_name: field.type for field in shape.fields}
        for name, each in value.items():
            if name not in inner:
                return f"{path}/{name}".lstrip("/")
            if found := _unknown(each, inner[name], f"{path}/{name}"):
                return found
    elif isinstance(shape, inspect.VarTupleType):
        for number, each in enumerate(value):
            if found := _unknown(each, shape.item_type, f"{path}/{number}"):
                return found
    return ""
