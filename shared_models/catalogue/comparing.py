"""What only shows where items are laid side by side: 三级四同, one name with several codes, papers already held.

三级四同 (国办函〔2016〕108号): an item has the same name, code, type and legal basis at city, district and station.
Items are one item where their basic codes are the same. What they are compared with is the base list, or, where that is
silent, the item of the highest level among them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

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
    known = Comparison(base)
    for item in items:
        known.add(item)
    for number, item in enumerate(items):
        for finding in known.findings(item):
            yield number, finding


@dataclass(frozen=True)
class _Reference:
    """What the items of one basic code are compared with; `where` it stands, in words."""

    where: str
    name: str
    item_type: str
    legal_basis: tuple[str, ...]


class _Giver(NamedTuple):
    """Whose item gives a result, and what it is called."""

    department: str
    department_name: str
    name: str


class Comparison:
    """All items at a glance: each is added first, and then looked at beside the others. Of an item only what others are
    compared with is kept."""

    def __init__(self, base: Sequence[BaseItem] = ()) -> None:
        self._base = bool(base)
        self._references = {each.code: _of_base(each) for each in base}
        self._levels: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._holders: dict[str, tuple[_Giver, ...]] = {}
        self._waivers: dict[str, tuple[str, str]] = {}

    def add(self, item: Item) -> None:
        """Notes what other items are compared with in this one. Those that come first have the say."""
        if basic := basic_code(item.code):
            self._refer(basic, item)
            self._names.setdefault(_plain(item.name), item.code)
        if item.result.name:
            giving = self._holders.get(_plain(item.result.name), ())
            if len(giving) < 2 and all(other.department != item.department.code for other in giving):
                giver = _Giver(item.department.code, item.department.name, item.name)
                self._holders[_plain(item.result.name)] = (*giving, giver)
        for material in item.materials:
            if material.waived_by and FACT_CODE.fullmatch(material.waived_by):
                self._waivers.setdefault(_plain(material.name), (material.waived_by, item.name))

    def _refer(self, basic: str, item: Item) -> None:
        """The base list comes first, then the item of the highest level."""
        reference = self._references.get(basic)
        if reference is not None and reference.where.startswith(_BASE):
            return
        if reference is None or 0 < item.level < self._levels[basic]:
            self._references[basic], self._levels[basic] = _of_item(item), item.level

    def findings(self, item: Item) -> Iterator[Finding]:
        """What shows of an item that was added, beside all that were."""
        basic = basic_code(item.code)
        if basic:
            yield from self._same(basic, item)
            first = self._names[_plain(item.name)]
            if item.name and basic_code(first) != basic:
                yield found("catalogue.name_several_codes", "name", name=item.name[:60], first=first[:60])
        for place, material in enumerate(item.materials):
            if material.waived_by is None and material.name:
                yield from self._held(item, place, material)

    def _same(self, basic: str, item: Item) -> Iterator[Finding]:
        other = self._references[basic]
        if self._base and not other.where.startswith(_BASE):
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
        giving = next((o for o in self._holders.get(name, ()) if o.department != item.department.code), None)
        if giving is not None:
            yield found("catalogue.material_held_elsewhere", at, material=material.name[:60],
                        holder=giving.department_name[:60], name=giving.name[:60])  # fmt: skip
        elif name in self._waivers:
            fact, other = self._waivers[name]
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
