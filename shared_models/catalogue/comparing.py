"""What only shows where items are laid side by side: 三级四同, one name with several codes, papers already held.

三级四同 (国办函〔2016〕108号): an item has the same name, code, type and legal basis at city, district and station.
Items are one item where their basic codes are the same. What they are compared with is the base list, or, where that is
silent, the item of the highest level among them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from shared_models.catalogue import codes
from shared_models.catalogue.audit import FACT_CODE, IMPLEMENTATION_CODE
from shared_models.catalogue.findings import Finding, found
from shared_models.catalogue.items import BaseItem, Item, Material

BASIC_LENGTH = 12
PLATFORM_CODE = re.compile(r"(.+)-([0-9]{12})-([0-9]{3})-([0-9A-Za-z-]+)-([0-9])-([0-9]{2})")
"""The item code of the provincial platform: local code, area, 000, credit code of the department, 1, 00."""


def basic_code(code: str) -> str:
    """The part of an item's code that all levels share: the last 12 characters of an implementation code, the local
    code of one of the provincial platform, "" where neither can be told."""
    if IMPLEMENTATION_CODE.fullmatch(code):
        return code[-BASIC_LENGTH:]
    parts = PLATFORM_CODE.fullmatch(code)
    return parts[1] if parts else ""


def compare(items: Sequence[Item], base: Sequence[BaseItem] = ()) -> Iterator[tuple[int, Finding]]:
    """(index of the item, finding), item by item. Without a base list nothing is missed in it."""
    known = _Known.of(items, base)
    for number, item in enumerate(items):
        for finding in known.findings(number, item):
            yield number, finding


@dataclass(frozen=True)
class _Reference:
    """What the items of one basic code are compared with; `where` it stands, in words."""

    where: str
    name: str
    item_type: str
    legal_basis: tuple[str, ...]


@dataclass(frozen=True)
class _Known:
    """All items at a glance. `references`: basic code -> what to compare with; `names`: plain name -> index of the
    first item that has it; `holders`: plain name of a result -> (code and name of the department, item) that give it;
    `waivers`: plain name of a material -> (fact, item) by which it is waived."""

    items: Sequence[Item]
    base: bool
    references: Mapping[str, _Reference]
    names: Mapping[str, int]
    holders: Mapping[str, tuple[Item, ...]]
    waivers: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, items: Sequence[Item], base: Sequence[BaseItem]) -> _Known:
        highest: dict[str, Item] = {}
        names: dict[str, int] = {}
        holders: dict[str, tuple[Item, ...]] = {}
        waivers: dict[str, tuple[str, str]] = {}
        for number, item in enumerate(items):
            basic = basic_code(item.code)
            if basic and (basic not in highest or 0 < item.level < highest[basic].level):
                highest[basic] = item
            if basic:
                names.setdefault(_plain(item.name), number)
            if item.result.name:
                giving = holders.get(_plain(item.result.name), ())
                if len(giving) < 2 and all(other.department.code != item.department.code for other in giving):
                    holders[_plain(item.result.name)] = (*giving, item)
            for material in item.materials:
                if material.waived_by and FACT_CODE.fullmatch(material.waived_by):
                    waivers.setdefault(_plain(material.name), (material.waived_by, item.name))
        references = {code: _of_item(item) for code, item in highest.items()}
        references |= {each.code: _of_base(each) for each in base}
        return cls(items, bool(base), references, names, holders, waivers)

    def findings(self, number: int, item: Item) -> Iterator[Finding]:
        basic = basic_code(item.code)
        if basic:
            yield from self._same(basic, item)
            first = self.items[self.names[_plain(item.name)]]
            if item.name and basic_code(first.code) != basic:
                yield found("catalogue.name_several_codes", "name", name=item.name[:60], first=first.code[:60])
        for place, material in enumerate(item.materials):
            if material.waived_by is None and material.name:
                yield from self._held(item, place, material)

    def _same(self, basic: str, item: Item) -> Iterator[Finding]:
        other = self.references[basic]
        if self.base and not other.where.startswith(_BASE):
            yield found("catalogue.not_in_base", "code", value=basic)
        if item.name and other.name and item.name != other.name:
            yield found("catalogue.name_differs", "name", where=other.where, other=other.name[:60], value=basic)
        if item.item_type and other.item_type and item.item_type != other.item_type:
            kind = codes.ITEM_TYPES.get(other.item_type, (other.item_type,))[0]
            yield found("catalogue.type_differs", "item_type", where=other.where, other=kind, value=basic)
        if item.legal_basis and other.legal_basis and set(item.legal_basis) != set(other.legal_basis):
            yield found("catalogue.basis_differs", "legal_basis", where=other.where, value=basic)

    def _held(self, item: Item, place: int, material: Material) -> Iterator[Finding]:
        name, at = _plain(material.name), f"materials/{place}/waived_by"
        giving = next((o for o in self.holders.get(name, ()) if o.department.code != item.department.code), None)
        if giving is not None:
            yield found("catalogue.material_held_elsewhere", at, material=material.name[:60],
                        holder=giving.department.name[:60], name=giving.name[:60])  # fmt: skip
        elif name in self.waivers:
            fact, other = self.waivers[name]
            yield found("catalogue.material_waived_elsewhere", at, material=material.name[:60], fact=fact,
                        name=other[:60])  # fmt: skip


_BASE = "基本目录"


def _of_item(item: Item) -> _Reference:
    level = codes.LEVELS.get(str(item.level), ("",))[0]
    return _Reference(f"{level}事项 {item.code[:60]} ", item.name, item.item_type, item.legal_basis)


def _of_base(each: BaseItem) -> _Reference:
    return _Reference(_BASE, each.name, each.item_type, each.legal_basis)


@lru_cache(maxsize=65536)
def _plain(name: str) -> str:
    """A name as it is compared: full-width signs as narrow ones, without spaces."""
    return "".join(unicodedata.normalize("NFKC", name).split())
