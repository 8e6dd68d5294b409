"""One change of one item, such as a form asks for: pure, and nothing that somebody else wrote meanwhile goes unseen.

A form carries the *mark* of what it showed: of the head, or of one entry of a list. Where that is no longer what stands
there, the change is refused, and whoever made it sees both. What others change elsewhere in the item does not disturb,
and an entry that was moved meanwhile is found where it is now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from dataclasses import field as made_by
from typing import Any, NamedTuple

import msgspec

from central.editing.fields import HEAD, PARTS, Field, Part, Value, at
from shared_models.catalogue import ERROR, Finding, Item, content_hash, item_of
from shared_models.catalogue.sizes import size
from shared_models.refusals import Refusal
from sync_protocol.host.forms import FormErrors

SET, ADD, UP, DOWN, REMOVE = "set", "add", "up", "down", "remove"
ACTIONS = (SET, ADD, UP, DOWN, REMOVE)


@dataclass(frozen=True)
class Edit:
    """What a form asks for: `action` on the entry at `place` of a part (place -1 = the head), which had the mark `mark`
    when the form was made; `values` by the paths of their fields."""

    part: str
    action: str
    place: int = -1
    mark: str = ""
    values: dict[str, Any] = made_by(default_factory=dict)


def value_of(item: Item) -> Value:
    """An item with all its fields, also those that say the usual."""
    value: Value = msgspec.json.decode(msgspec.json.encode(item))
    return value


def entry_of(item: Value, part: str, place: int) -> Value | None:
    """What a form shows: the item itself for the head, one entry of a list, None where there is none."""
    if part == HEAD:
        return item
    entries = item.get(part, [])
    return entries[place] if 0 <= place < len(entries) else None


def mark_of(entry: Value, part: str) -> str:
    """The mark of the head or of an entry: of all that its form shows, and for an entry of all else in it."""
    seen = {field.path: at(entry, field.path) for field in PARTS[HEAD].fields} if part == HEAD else entry
    return content_hash(_plain(seen))


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def read(part: Part, text: Callable[[Field], str], errors: FormErrors) -> dict[str, Any]:
    """What the fields of a part say, by path; what cannot be read is noted at its field."""
    values: dict[str, Any] = {}
    for field in part.fields:
        with errors.at(field.name):
            values[field.path] = field.column.kind.read(text(field))
    return values


def changed(item: Item, edit: Edit) -> Item:
    """The item after an edit. Raises Refusal editing.changed_meanwhile, editing.entry_gone, catalogue.not_an_item."""
    value = value_of(item)
    if edit.part == HEAD:
        if mark_of(value, HEAD) != edit.mark:
            raise Refusal("editing.changed_meanwhile")
        _put_all(value, PARTS[HEAD], edit.values)
    elif edit.action == ADD:
        value[edit.part].append(_put_all({}, PARTS[edit.part], edit.values))
    else:
        _change_entry(value[edit.part], edit)
    return item_of(value)


def _change_entry(entries: list[Value], edit: Edit) -> None:
    place = _place_of(entries, edit)
    if edit.action == SET:
        _put_all(entries[place], PARTS[edit.part], edit.values)
    elif edit.action == REMOVE:
        del entries[place]
    else:
        to = place + (1 if edit.action == DOWN else -1)
        if 0 <= to < len(entries):
            entries[place], entries[to] = entries[to], entries[place]


def _place_of(entries: list[Value], edit: Edit) -> int:
    """Where the entry of the form stands now. Raises Refusal."""
    marks = [mark_of(entry, edit.part) for entry in entries]
    if 0 <= edit.place < len(entries) and marks[edit.place] == edit.mark:
        return edit.place
    if marks.count(edit.mark) == 1:
        return marks.index(edit.mark)
    raise Refusal("editing.changed_meanwhile" if 0 <= edit.place < len(entries) else "editing.entry_gone")


def entry_with(entry: Value, part: str, values: dict[str, Any]) -> Value:
    """The head or an entry with some of its fields set."""
    return _put_all(entry, PARTS[part], values)


def _put_all(value: Value, part: Part, values: dict[str, Any]) -> Value:
    """Puts what the fields say into an entry; of an optional field that is empty, nothing stays."""
    for field in part.fields:
        if field.path not in values:
            continue
        read_ = values[field.path]
        if read_ or not field.column.optional:
            _put(value, field.path, read_)
        else:
            _drop(value, field.path)
    if part.name != HEAD and not any((value.get("department") or {"": ""}).values()):
        value.pop("department", None)  # the item's own
    return value


def _put(value: Value, path: str, read_: Any) -> None:
    head, _, rest = path.partition("/")
    if not rest:
        value[head] = read_
        return
    if not isinstance(value.get(head), dict):
        value[head] = {}
    _put(value[head], rest, read_)


def _drop(value: Value, path: str) -> None:
    head, _, rest = path.partition("/")
    if not rest:
        value.pop(head, None)
    elif isinstance(value.get(head), dict):
        _drop(value[head], rest)
        if not value[head]:
            del value[head]


def too_large(before: Item, after: Item) -> list[Finding]:
    """What of an item would not be fit for a screen, a page or a cell, and was not so before: that is not kept."""
    known = {(finding.code, finding.field) for finding in size(before)}
    return [each for each in size(after) if each.severity == ERROR and (each.code, each.field) not in known]


class Placed(NamedTuple):
    """A finding with the part, entry and field that it belongs to; place -1 = the part as a whole, field "" = none."""

    part: str
    place: int
    field: str
    finding: Finding


def placed(findings: list[Finding]) -> Iterator[Placed]:
    """Findings at the fields of the page."""
    for finding in findings:
        part, _, rest = finding.field.partition("/")
        number, _, path = rest.partition("/")
        if part in PARTS and part != HEAD:
            field = PARTS[part].field_at(path)
            yield Placed(part, int(number) if number.isdigit() else -1, field.name if field else "", finding)
        else:
            field = PARTS[HEAD].field_at(finding.field)
            yield Placed(HEAD, -1, field.name if field else "", finding)


def empty_entry(item: Value, part: Part) -> Value:
    """A new entry as its form shows it at first: the usual everywhere, and the next code."""
    usual = {field.path: field.column.kind.read("") for field in part.fields}
    return {**_put_all({}, part, usual), "code": next_code(item[part.name], part.name)}


def place_of_code(item: Value, part: Part, code: str, otherwise: int | None) -> int | None:
    """Where the entry with this code stands."""
    return next((place for place, each in enumerate(item[part.name]) if each["code"] == code), otherwise)


def changed_fields(part: Part, entry: Value, typed: dict[str, Any]) -> dict[str, str]:
    """What stands in the fields of an entry, by their names, where something else was typed."""
    return {
        each.name: each.shown(entry)
        for each in part.fields
        if (held := _plain(at(entry, each.path))) != (new := _plain(typed.get(each.path))) and (held or new)
    }


def next_code(entries: list[Value], part: str) -> str:
    """A code that no entry of the list has, counted on from the last: M3 after M2."""
    known = {str(each["code"]) for each in entries}
    last = re.fullmatch(r"(.*?)([0-9]{1,6})", str(entries[-1]["code"])) if entries else None
    stem = last[1] if last else "" if part == "steps" else part[:1].upper()
    number = int(last[2]) + 1 if last else len(entries) + 1
    while f"{stem}{number}" in known:
        number += 1
    return f"{stem}{number}"
