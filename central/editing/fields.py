"""The parts of an item as a person edits them: which fields each has, and by what control.

They are the columns of a catalogue file (`catalogue_files.columns`), so that what can be imported can be edited, and a
column that is added there has its place on the page without more. What a field may hold is for the column's kind to
read. English labels are the paths of the values, where `_ENGLISH` has no better word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from central.catalogue_files.columns import OWNER, SHEETS, Column

Value = dict[str, Any]
"""An item, or one entry of its lists, as plain JSON."""
HEAD = ""
"""The part that is the item itself; the others are called as the lists of the item."""

_ENGLISH = {
    "item_type": "type", "department/code": "department's credit code", "department/name": "department",
    "served": "whom it serves", "statutory_days": "statutory limit", "statutory_unit": "its unit",
    "promised_days": "promised limit", "promised_unit": "its unit", "fee_cents": "fee, in fen", "result/name": "result",
    "result/kind": "kind of result", "tolerant": "tolerant acceptance", "main": "main material",
    "grade": "evidence grade",
    "waived_by": "waived by the fact", "template": "hint for filling in", "where": "where to get it",
    "valid_days": "days it stays good", "limit_days": "limit", "after": "steps before it", "max_length": "longest text",
    "rule/when": "asked where this field", "rule/among": "was answered by", "rule/least": "least", "rule/most": "most",
    "rule/format": "format",
}  # fmt: skip
_PARTS_ENGLISH = {HEAD: "the item", "fields": "form"}


@dataclass(frozen=True)
class Reference:
    """A field that names entries of another list of the item; `earlier` = only those before the entry itself."""

    part: str
    several: bool = True
    earlier: bool = False


REFERENCES = {
    ("situations", "materials"): Reference("materials"),
    ("steps", "after"): Reference("steps"),
    ("fields", "rule/when"): Reference("fields", several=False, earlier=True),
}


@dataclass(frozen=True)
class Field:
    """A field of a part. `name` is that of its control in the form."""

    part: str
    column: Column

    @property
    def path(self) -> str:
        return self.column.path

    @property
    def name(self) -> str:
        return self.path.replace("/", ".")

    @property
    def label(self) -> tuple[str, str]:
        """Chinese and English."""
        english = _ENGLISH.get(self.path) or self.path.replace("/", " ").replace("_", " ")
        return self.column.heading, english[:1].upper() + english[1:]

    @property
    def hint(self) -> str:
        """The note of the column, but for how several values are parted in a cell."""
        return "" if self.reference and self.reference.several else self.column.note.partition("可多选")[0]

    @property
    def reference(self) -> Reference | None:
        return REFERENCES.get((self.part, self.path))

    @property
    def control(self) -> str:
        """`boxes`, `choice`, `lines` (one entry each) or `text`."""
        kind, reference = self.column.kind, self.reference
        if kind.several or (reference is not None and reference.several):
            return "boxes"
        if kind.choices or kind.table or reference is not None:
            return "choice"
        return "lines" if kind.lines else "text"

    def shown(self, value: Value) -> str:
        """What stands in the field, as text."""
        held = at(value, self.path)
        return "" if held is None else str(self.column.kind.write(held))

    def chosen(self, value: Value) -> tuple[str, ...]:
        """The options that are chosen in the field."""
        held = at(value, self.path)
        if isinstance(held, list | tuple):
            return tuple(map(str, held))
        if held is None or isinstance(held, bool) or self.column.kind.table is None:
            return (self.shown(value),)
        return (str(held),)

    def options(self, item: Value, place: int | None) -> list[tuple[str, tuple[str, str]]]:
        """(what is sent, its label in Chinese and English) for boxes and choices, for the entry at `place`."""
        kind, reference = self.column.kind, self.reference
        if reference is not None:
            entries: list[Value] = item.get(reference.part, [])
            return list(_named(entries, place, reference, self.chosen(_entry(item, self.part, place))))
        if kind.table is not None:
            return [(key, _labelled(key, pair)) for key, pair in kind.table.items()]
        english = {"是": "yes", "否": "no"}
        return [(choice, (choice, english.get(choice, choice))) for choice in kind.choices]


def _labelled(key: str, pair: tuple[str, str]) -> tuple[str, str]:
    """A code that stands in national tables is shown beside its label."""
    shown = f"{key} " if len(key) <= 2 and not pair[0].startswith(key) else ""
    return f"{shown}{pair[0]}", f"{shown}{pair[1]}"


def _entry(item: Value, part: str, place: int | None) -> Value:
    entries = item.get(part, [])
    return entries[place] if place is not None and place < len(entries) else {}


def _named(
    entries: list[Value], place: int | None, reference: Reference, chosen: Iterable[str]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """The entries that can be named, and those that are named and not there."""
    own = len(entries) if place is None else place
    for number, each in enumerate(entries):
        if number < own or (number > own and not reference.earlier) or reference.part == "materials":
            label = f"{each['code']} {each.get('name') or each.get('label') or ''}".strip()
            yield each["code"], (label, label)
    known = {each["code"] for each in entries}
    for code in chosen:
        if code and code not in known:
            yield code, (f"{code}（没有这一项）", f"{code} (is not there)")


@dataclass(frozen=True)
class Part:
    """The item itself, or one of its lists; `singular` are words for one entry."""

    name: str
    label: tuple[str, str]
    fields: tuple[Field, ...]

    def field_at(self, path: str) -> Field | None:
        """The field that shows the value at `path`, or the list that it stands in."""
        return next((each for each in self.fields if path == each.path or path.startswith(each.path + "/")), None)

    @property
    def named_by(self) -> str:
        """The path of what an entry is called by."""
        return next((each.path for each in self.fields if each.path in ("name", "label", "text")), "code")


def _part(name: str, chinese: str, columns: Iterable[Column]) -> Part:
    english = _PARTS_ENGLISH.get(name, name.replace("_", " "))
    own = tuple(Field(name, column) for column in columns if column.path != OWNER)
    return Part(name, ("基本信息" if name == HEAD else chinese, english[:1].upper() + english[1:]), own)


PARTS: Mapping[str, Part] = {sheet.part: _part(sheet.part, sheet.name, sheet.columns) for sheet in SHEETS}


def at(value: Value | None, path: str) -> Any:
    """The value at a path such as `department/code`; None where there is none."""
    head, _, rest = path.partition("/")
    inner = None if value is None else value.get(head)
    return at(inner, rest) if rest else inner
