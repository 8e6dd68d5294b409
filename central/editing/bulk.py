"""One field of many items at once: shown first, done whole or not at all, and taken back whole.

What is asked for becomes a plan, old and new for each item. A plan has a mark; it is done only if it is still the same
then. It can be taken back as long as no draft that it changed was changed again, and no other one was done after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from central.editing import drafting
from central.editing.changing import entry_with, too_large, value_of
from central.editing.fields import HEAD, PARTS, Field, Value
from shared_models.catalogue import ERROR, Item, check, content_hash, item_of, to_value
from shared_models.refusals import Refusal
from sync_protocol.node import Node
from sync_protocol.store import bulk_edits
from sync_protocol.store.bulk_edits import Before, BulkEdit
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts

ITEMS_MAX = 1000
VALUE_CHARACTERS_MAX = 500
HEAD_PATHS = (
    "department/name", "department/code", "promised_days", "statutory_days", "fee", "fee_cents", "channels", "tolerant",
    "case_type", "result/name",
)  # fmt: skip
MATERIAL_PATHS = ("source", "grade", "form", "copies", "where", "template", "waived_by", "valid_days")


class Asked(msgspec.Struct, frozen=True):
    """`what` is a key of CHANGES; `value` the new value as typed; `old` what it replaces in a legal basis; `material`
    the name of the materials that it is about."""

    what: str
    value: str = ""
    old: str = ""
    material: str = ""


@dataclass(frozen=True)
class Change:
    """Something that can be asked for: its label, the further fields of `Asked` that it needs, and how an item is after
    it. `made` raises Refusal for a value that cannot be read."""

    label: tuple[str, str]
    needs: tuple[str, ...]
    made: Callable[[Asked], Callable[[Item], Item]]


@dataclass(frozen=True)
class Line:
    """What would become of an item; `drafted` = there is a draft; `errors` that the change brings."""

    before: Item
    after: Item
    drafted: bool
    complete: bool
    errors: int

    @property
    def code(self) -> str:
        return self.before.code


@dataclass(frozen=True)
class Plan:
    """The items that change, and how many of those chosen stay as they are."""

    lines: tuple[Line, ...]
    unchanged: int

    @property
    def mark(self) -> str:
        """Two plans with one mark do the same to the same."""
        hashes = [[content_hash(to_value(line.before)), content_hash(to_value(line.after))] for line in self.lines]
        return content_hash({"lines": hashes})


# ---------------------------------------------------------------- what can be asked for


def _set(field: Field) -> Callable[[Asked], Callable[[Item], Item]]:
    def made(asked: Asked) -> Callable[[Item], Item]:
        values = {field.path: field.column.kind.read(asked.value)}
        return lambda item: item_of(entry_with(value_of(item), HEAD, values))

    return made


def _set_in_materials(field: Field) -> Callable[[Asked], Callable[[Item], Item]]:
    def made(asked: Asked) -> Callable[[Item], Item]:
        values = {field.path: field.column.kind.read(asked.value)}
        wanted = _required(asked.material, "material")

        def change(item: Item) -> Item:
            value = value_of(item)
            value["materials"] = [_material(each, wanted, values) for each in value["materials"]]
            return item_of(value)

        return change

    return made


def _material(value: Value, wanted: str, values: dict[str, object]) -> Value:
    return entry_with(value, "materials", values) if value["name"] == wanted else value


def _add_keyword(asked: Asked) -> Callable[[Item], Item]:
    word = _required(asked.value, "value")
    return lambda item: item if word in item.keywords else replace(item, keywords=(*item.keywords, word))


def _remove_keyword(asked: Asked) -> Callable[[Item], Item]:
    word = _required(asked.value, "value")
    return lambda item: replace(item, keywords=tuple(each for each in item.keywords if each != word))


def _replace_in_basis(asked: Asked) -> Callable[[Item], Item]:
    old = _required(asked.old, "old")

    def change(item: Item) -> Item:
        basis = (each.replace(old, asked.value).strip() for each in item.legal_basis)
        return replace(item, legal_basis=tuple(each for each in basis if each))

    return change


def _required(text: str, field: str) -> str:
    if not text:
        raise Refusal("editing.bulk_missing", field=field)
    return text


def _changes() -> Iterator[tuple[str, Change]]:
    for path in HEAD_PATHS:
        field = PARTS[HEAD].field_at(path)
        if field is not None:
            yield path, Change(field.label, ("value",), _set(field))
    yield "keyword", Change(("添加关键词", "Add a keyword"), ("value",), _add_keyword)
    yield "no_keyword", Change(("去掉关键词", "Remove a keyword"), ("value",), _remove_keyword)
    yield (
        "basis",
        Change(("替换法律依据中的文字", "Replace text in the legal basis"), ("old", "value"), _replace_in_basis),
    )
    for path in MATERIAL_PATHS:
        field = PARTS["materials"].field_at(path)
        if field is not None:
            label = (f"材料：{field.label[0]}", f"Materials: {field.label[1].lower()}")
            yield f"material/{path}", Change(label, ("material", "value"), _set_in_materials(field))


CHANGES: Mapping[str, Change] = dict(_changes())


# ---------------------------------------------------------------- doing it


def plan(db: Connection, codes: Sequence[str], asked: Asked) -> Plan:
    """What would be done. Raises Refusal editing.bulk_none, editing.bulk_too_many, editing.bulk_what,
    editing.bulk_missing, editing.bulk_too_large, or what the field says no to."""
    if not codes:
        raise Refusal("editing.bulk_none")
    if len(codes) > ITEMS_MAX:
        raise Refusal("editing.bulk_too_many", most=ITEMS_MAX)
    if asked.what not in CHANGES:
        raise Refusal("editing.bulk_what")
    change = CHANGES[asked.what].made(asked)
    lines = [line for code in codes if (line := _line(db, code, change)) is not None]
    return Plan(tuple(lines), len(codes) - len(lines))


def _line(db: Connection, code: str, change: Callable[[Item], Item]) -> Line | None:
    shown = drafting.shown(db, code)
    after = change(shown.item)
    if after == shown.item:
        return None
    if wrong := too_large(shown.item, after):
        raise Refusal("editing.bulk_too_large", item=code[:60], field=wrong[0].field)
    errors = [_errors(drafting.whole(db, item)) for item in (shown.item, after)]
    return Line(shown.item, after, shown.drafted, not errors[1], max(0, errors[1] - errors[0]))


def _errors(item: Item) -> int:
    return sum(finding.severity == ERROR for finding in check(item))


def apply(node: Node, codes: Sequence[str], asked: Asked, mark: str, actor: str) -> int:
    """Does what a plan with this mark says, whole or not at all; gives the number of items. Raises Refusal as `plan`
    does, editing.bulk_changed where it is not the same any more, central.city_only."""
    drafting.city_only(node)
    with node.read() as db:
        planned = plan(db, codes, asked)
    if planned.mark != mark:
        raise Refusal("editing.bulk_changed")

    def act(db: Connection) -> None:
        now_ms, drafts = node.now(), Drafts(db)
        for line in planned.lines:
            held = drafting.find(db, line.code)
            if held is None or (held.item, held.drafted) != (line.before, line.drafted):
                raise Refusal("editing.bulk_changed")
            drafts.save(line.after, actor, now_ms, whole=line.complete)
        bulk_edits.keep(db, now_ms, actor, msgspec.to_builtins(asked), _before(planned.lines))

    node.database.write(act)
    return len(planned.lines)


def _before(lines: Iterable[Line]) -> Iterator[Before]:
    for line in lines:
        yield Before(line.code, line.before if line.drafted else None, content_hash(to_value(line.after)))


def take_back(node: Node, actor: str) -> BulkEdit:
    """Puts the drafts back that the last one changed. Raises Refusal editing.bulk_gone, editing.bulk_touched,
    central.city_only."""
    drafting.city_only(node)

    def act(db: Connection) -> BulkEdit:
        done, drafts = bulk_edits.last(db), Drafts(db)
        if done is None:
            raise Refusal("editing.bulk_gone")
        changed = bulk_edits.items(db)
        for each in changed:
            held = drafts.get(each.code)
            if held is None or content_hash(to_value(held)) != each.after:
                raise Refusal("editing.bulk_touched", item=each.code[:60])
        for each in changed:
            if each.draft is None:
                drafts.remove(each.code)
            else:
                drafting.save(db, each.draft, actor, node.now())
        bulk_edits.forget(db)
        return done

    return node.database.write(act)
