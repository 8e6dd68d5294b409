"""The drafts that edits are made to.

An item that is edited is a draft: where there is none, what was published last becomes one with the first change. Every
change is one transaction that reads, changes and writes, so that of two at once the later one meets what the earlier
one left.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from central.editing.changing import Edit, changed, too_large
from shared_models import identifiers
from shared_models.catalogue import (
    Department,
    Finding,
    Item,
    basic_code,
    check,
    compare,
    complete,
    content_hash,
    inherited,
    item_of,
    to_value,
)
from shared_models.catalogue.audit import BASIC_CODE
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from sync_protocol.node import Node
from sync_protocol.store import base_list, knowledge
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts


class Shown(NamedTuple):
    """An item as it can be edited: the draft, or what was published where there is none."""

    item: Item
    drafted: bool
    published: bool


class TooLarge(Exception):
    """What the change would leave is not fit to be kept."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(len(findings))
        self.findings = findings


def find(db: Connection, code: str) -> Shown | None:
    """The item with this code."""
    published = _published(db, code)
    draft = Drafts(db).get(code)
    item = draft or published
    return None if item is None else Shown(item, draft is not None, published is not None)


def shown(db: Connection, code: str) -> Shown:
    """The same. Raises Refusal editing.unknown_item."""
    found = find(db, code)
    if found is None:
        raise Refusal("editing.unknown_item", item=code[:60])
    return found


def whole(db: Connection, item: Item) -> Item:
    """The item with what it leaves to the base list: what is published, and what is judged."""
    return inherited(item, base_list.some(db, [basic_code(item.code)]))


def findings(db: Connection, item: Item) -> list[Finding]:
    """Everything wrong with an item by itself and beside its entry in the base list."""
    base = base_list.some(db, [basic_code(item.code)])
    full = inherited(item, base)
    return [*check(full), *(finding for _, finding in compare([full], tuple(base.values())))]


def _published(db: Connection, code: str) -> Item | None:
    named = knowledge.published(db, code)
    value = knowledge.item(db, named) if named else None
    return None if value is None else item_of(value)


def change(node: Node, code: str, edit: Edit, actor: str) -> str:
    """Makes one change, as a draft of `actor`; gives the code that the item has by now. Raises TooLarge, and Refusal
    editing.unknown_item, editing.changed_meanwhile, editing.entry_gone, editing.code_published, editing.code_taken,
    central.city_only."""
    city_only(node)
    return node.database.write(partial(_change, node=node, code=code, edit=edit, actor=actor))


def _change(db: Connection, node: Node, code: str, edit: Edit, actor: str) -> str:
    before = shown(db, code)
    after = changed(before.item, edit)
    if wrong := too_large(before.item, after):
        raise TooLarge(wrong)
    if after.code != code:
        if before.published:
            raise Refusal("editing.code_published")
        _free(db, after.code)
        Drafts(db).remove(code)
    save(db, after, actor, node.now())
    return after.code


def save(db: Connection, item: Item, actor: str, now_ms: int) -> None:
    """Keeps an item as a draft of `actor`."""
    Drafts(db).save(item, actor, now_ms, whole=complete(whole(db, item)))


def discard(node: Node, code: str, mark: str) -> None:
    """Takes the draft of an item away. Raises Refusal editing.unknown_item, editing.changed_meanwhile,
    central.city_only."""
    city_only(node)

    def act(db: Connection) -> None:
        held = shown(db, code)
        if mark_of_all(held.item) != mark:
            raise Refusal("editing.changed_meanwhile")
        Drafts(db).remove(code)

    node.database.write(act)


def mark_of_all(item: Item) -> str:
    """The mark of a whole item: that of what a version would name."""
    return content_hash(to_value(item))


class Begin(NamedTuple):
    """A new item: who does it at which level, and its basic code; `copied` = the code of the item to begin from, "" =
    none."""

    department: str
    department_name: str
    level: int
    basic: str
    copied: str = ""


def begin(node: Node, asked: Begin, actor: str) -> str:
    """A new draft; gives its code. What the base list says of its basic code is left to it. Raises Refusal
    editing.code_taken, editing.unknown_item, editing.basic_code, identifiers.credit_…, central.city_only."""
    city_only(node)
    credit = identifiers.credit_code(asked.department)
    basic = asked.basic.upper()
    if not BASIC_CODE.fullmatch(basic):
        raise Refusal("editing.basic_code", value=asked.basic[:40])
    code = f"{credit}{asked.level}{basic}"

    def act(db: Connection) -> None:
        _free(db, code)
        start = shown(db, asked.copied).item if asked.copied else Item(code)
        department = Department(credit, asked.department_name or start.department.name)
        save(db, replace(start, code=code, level=asked.level, department=department), actor, node.now())

    node.database.write(act)
    return code


def _free(db: Connection, code: str) -> None:
    if find(db, code) is not None:
        raise Refusal("editing.code_taken", item=code[:60])


def city_only(node: Node) -> None:
    if node.member.tier != CITY:
        raise Refusal("central.city_only")
