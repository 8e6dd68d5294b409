"""The city's word to everybody: the base list, catalogue versions and the working calendar.

Drafts that a second person has approved (`store.reviewing`) become a version in one write: a `catalogue.item` record
for each content that no version has named yet, and one `catalogue.published` with what changed. Either says who wrote
an item and who approved it. What a draft leaves to the base list is filled in then, so that whoever reads an item needs
no base list. A hub below the city may look, and publish nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from shared_models import canonical
from shared_models.catalogue import (
    BaseChange,
    BaseItem,
    BaseList,
    Difference,
    Version,
    base_change,
    basic_code,
    complete,
    content_hash,
    difference,
    inherited,
    to_value,
)
from shared_models.catalogue.life import CANCELLED, DRAFTED, RETURNED, SUBMITTED, SUSPENDED
from shared_models.deadlines import calendar_of
from shared_models.records import BODY_BYTES_MAX, PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.roster import CITY
from sync_protocol.commands import View
from sync_protocol.host.pages import CHINA, moment
from sync_protocol.node import Node
from sync_protocol.store import base_list, halting, knowledge, state
from sync_protocol.store.database import Connection
from sync_protocol.store.drafts import Drafts
from sync_protocol.store.reviewing import DraftRow, Reviews

BASE_BYTES_A_RECORD = 384 * 1024
"""Bytes of entries in a record of the base list: with what stands around them they stay within the limit of a body."""
RECHECKED_AT_ONCE = 400
PUBLISHED_AT_ONCE = 1500
"""Items that a version changes at most: it stays within the limit of a body, and nobody waits long for the database."""
AHEAD_DAYS_MAX = 366
"""How far ahead of its day a version may be published."""


DAY_MS = 86_400_000


class Change(NamedTuple):
    """What publishing now would do with what is approved: items that are new, changed and as published already. Drafts
    that are `incomplete`, not handed in yet (`drafted`, sent back ones among them) or not reviewed yet (`submitted`)
    stay drafts."""

    added: int
    changed: int
    unchanged: int
    incomplete: int
    drafted: int
    submitted: int

    @property
    def any(self) -> bool:
        return bool(self.added or self.changed)


class _Publish(NamedTuple):
    """Publishes `most` of the approved drafts as the next version, and withdraws the items with the codes `withdrawn`.
    It is in force from `effective_ms` on."""

    now_ms: int
    effective_ms: int
    withdrawn: Sequence[str]
    actor: str
    most: int

    def decide(self, view: View) -> list[Draft]:
        check_city(view)
        held = held_version(view.db)
        check_nothing_lost(view, held.number)
        self._in_order(held)
        drafts = {row.item.code: row for row in islice(_waiting(view.db, held), self.most)}
        if spent := sorted(set(drafts) & set(held.cancelled)):
            raise Refusal("halts.code_spent", item=spent[0])
        items = {**held.items, **{code: row.hash for code, row in drafts.items()}}
        for code in self.withdrawn:
            if items.pop(code, None) is None:
                raise Refusal("central.not_published", item=code[:40])
        new = replace(held, number=held.number + 1, effective_ms=self.effective_ms, items=items)
        change = change_between(view.db, held, new)
        if not change.set and not change.removed:
            raise _why_nothing(view.db)
        fresh = [code for code, named in change.set.items() if knowledge.item(view.db, named) is None]
        area = view.me.area
        body = body_of(change)
        if again := {code: _review(drafts[code]) for code in sorted(set(change.set) & set(drafts) - set(fresh))}:
            body["reviewed"] = again
        published = Draft("catalogue.published", "catalogue", body, PUBLIC, area, actor=self.actor)
        return [*(self._item(view.db, drafts[code], area) for code in sorted(fresh)), within_limit(published)]

    def _in_order(self, held: Version) -> None:
        """A version is in force after the one before, and not in the past: nobody's work is judged anew. One whose day
        is farther off than any may be was published by a wrong clock, and does not stand in the way."""
        farthest_ms = self.now_ms + AHEAD_DAYS_MAX * DAY_MS
        if self.effective_ms < self.now_ms:
            raise Refusal("central.effective_past")
        if self.effective_ms > farthest_ms:
            raise Refusal("central.effective_far", most=AHEAD_DAYS_MAX)
        if self.effective_ms < held.effective_ms <= farthest_ms:
            raise Refusal("central.effective_before_last", number=held.number, moment=moment(held.effective_ms))

    def _item(self, db: Connection, row: DraftRow, area: str) -> Draft:
        item = inherited(row.item, base_list.some(db, [basic_code(row.item.code)]))
        value = to_value(item)
        if content_hash(value) != row.hash:  # the base list changed, and the drafts are still being looked at anew
            raise Refusal("review.stale", name=item.name[:60])
        # What counts as complete may have become stricter since the draft was approved.
        if not complete(item):
            raise Refusal("central.item_incomplete", name=item.name[:60])
        body = {"item": value, "review": _review(row)}
        return within_limit(Draft("catalogue.item", f"item/{item.code}", body, PUBLIC, area, actor=self.actor))


def _waiting(db: Connection, held: Version) -> Iterator[DraftRow]:
    """The approved drafts that are other than what everybody holds."""
    return Reviews(db).approved(lambda code, named: held.items.get(code) != named)


def _why_nothing(db: Connection) -> Refusal:
    states = Reviews(db).tally()
    waiting = sum(states.get(state, 0) for state in (DRAFTED, SUBMITTED, RETURNED))
    return Refusal("review.nothing_approved", number=waiting) if waiting else Refusal("central.nothing_changed")


def _review(row: DraftRow) -> dict[str, Any]:
    review: dict[str, Any] = msgspec.to_builtins(row.review)
    return review


class _PublishBase(NamedTuple):
    """Publishes entries of the base list, and takes those with the codes `withdrawn` out of it."""

    entries: Sequence[BaseItem]
    withdrawn: Sequence[str]
    actor: str

    def decide(self, view: View) -> list[Draft]:
        check_city(view)
        held = base_list.entries(view.db)
        for code in self.withdrawn:
            if code not in held:
                raise Refusal("central.not_in_base", basic=code[:40])
        change = base_change(held, self.entries, self.withdrawn)
        if not change.any:
            raise Refusal("central.base_unchanged")
        number = base_list.latest(view.db)
        return [
            within_limit(
                Draft(base_list.KIND, "base-list", {"number": number + place, **piece}, PUBLIC, view.me.area,
                      actor=self.actor)
            )
            for place, piece in enumerate(_pieces(change), start=1)
        ]  # fmt: skip


def _pieces(change: BaseChange) -> Iterator[dict[str, Any]]:
    """The bodies of the records that carry a change, each within the limit of a body."""
    removed, values, size = list(change.removed), list[dict[str, Any]](), 0
    for entry in change.set:
        value = to_value(entry)
        size += len(canonical.encode(value))
        if values and size > BASE_BYTES_A_RECORD:
            yield {"set": values, "removed": removed}
            removed, values, size = [], [], len(canonical.encode(value))
        values.append(value)
    yield {"set": values, "removed": removed}


class _PublishCalendar(NamedTuple):
    """Publishes a working calendar, given as its value."""

    value: dict[str, Any]
    actor: str

    def decide(self, view: View) -> list[Draft]:
        check_city(view)
        if state.get(view.db, "calendar") == self.value:
            raise Refusal("central.calendar_unchanged")
        return [within_limit(Draft("calendar.published", "calendar", self.value, PUBLIC, view.me.area,
                                    actor=self.actor))]  # fmt: skip


def publish(
    node: Node, actor: str, withdrawn: Sequence[str] = (), effective: date | None = None, most: int = PUBLISHED_AT_ONCE
) -> int:
    """Publishes the next version; gives its number. What is withdrawn is no draft any more either. It is in force at
    once, or from the beginning of the day `effective` in UTC+8: it is carried to all nodes now, and each of them turns
    to it by itself at that moment. More than `most` items go in several versions of the same moment, one
    transaction each; the number is that of the last. Where one of them is refused, those before it stand.

    Raises Refusal central.city_only, version_lost, nothing_changed, not_published, too_large, item_incomplete,
    effective_past, effective_far, effective_before_last, review.nothing_approved, review.stale."""

    def forget(db: Connection) -> None:
        for code in withdrawn:
            Drafts(db).remove(code)

    now_ms = node.now()
    begins_ms = now_ms if effective is None else int(datetime.combine(effective, time.min, CHINA).timestamp() * 1000)
    node.write(_Publish(now_ms, begins_ms, withdrawn, actor, most), forget)
    while _more(node):
        node.write(_Publish(now_ms, begins_ms, (), actor, most))
    with node.read() as db:
        return knowledge.latest_number(db)


def _more(node: Node) -> bool:
    with node.read() as db:
        return next(_waiting(db, held_version(db)), None) is not None


class BasePublished(NamedTuple):
    """What `publish_base` did: the number of the list, its entries by now, how many are new or other, how many left."""

    number: int
    entries: int
    set: int
    removed: int


def publish_base(node: Node, entries: Sequence[BaseItem], actor: str, withdrawn: Sequence[str] = ()) -> BasePublished:
    """Publishes `entries` of the base list, each as it is from now on; others stay, but for those `withdrawn`. Drafts
    that leave something to them are looked at anew.

    Raises Refusal central.city_only, base_unchanged, not_in_base, too_large."""
    with node.read() as db:
        change = base_change(base_list.entries(db), entries, withdrawn)
    node.write(_PublishBase(entries, withdrawn, actor))
    with node.read() as db:
        base = base_list.entries(db)
        published = BasePublished(base_list.latest(db), len(base), len(change.set), len(change.removed))
    after: str | None = ""
    while after is not None:
        after = node.database.write(partial(_recheck, after=after, base=base))
    return published


def _recheck(db: Connection, after: str, base: BaseList) -> str | None:
    return Drafts(db).recheck(
        after,
        RECHECKED_AT_ONCE,
        whole=lambda item: complete(inherited(item, base)),
        named=lambda item: content_hash(to_value(inherited(item, base))),
    )


def publish_calendar(node: Node, value: Any, actor: str = "") -> None:
    """Publishes a working calendar (`deadlines.Calendar.to_value`).

    Raises Refusal deadlines.calendar_malformed or calendar_contradiction, central.city_only or calendar_unchanged."""
    node.write(_PublishCalendar(calendar_of(value).to_value(), actor))


def change_ahead(db: Connection) -> Change:
    """What publishing would do now."""
    held, hashes = held_version(db).items, Reviews(db).hashes()
    added = sum(code not in held for code in hashes)
    unchanged = sum(held.get(code) == named for code, named in hashes.items())
    counts, states = Drafts(db).counts(), Reviews(db).tally()
    drafted, submitted = states.get(DRAFTED, 0) + states.get(RETURNED, 0), states.get(SUBMITTED, 0)
    changed = len(hashes) - added - unchanged
    return Change(added, changed, unchanged, counts.total - counts.complete, drafted, submitted)


def versions(db: Connection, most: int) -> list[knowledge.VersionRow]:
    """The latest versions, newest first."""
    latest = knowledge.latest_number(db)
    found = (knowledge.version(db, number) for number in range(latest, max(0, latest - most), -1))
    return [row for row in found if row is not None]


def held_version(db: Connection) -> Version:
    """The latest version here, with what is suspended and cancelled."""
    latest = knowledge.latest_version(db)
    held = Version() if latest is None else Version(*latest)
    return replace(held, suspended=halting.halts(db, SUSPENDED), cancelled=halting.halts(db, CANCELLED))


def body_of(change: Difference) -> dict[str, Any]:
    """What the record of a version says."""
    return {name: value for name, value in change.value().items() if name != "base"}


def change_between(db: Connection, held: Version, new: Version) -> Difference:
    """What turns what everybody holds into `new`. Where a number was used twice, some hold one version under it and
    some the other: then it says everything anew."""
    if not knowledge.number_used_twice(db):
        return difference(held, new)
    gone = tuple(sorted(knowledge.codes_known(db) - set(new.items)))
    return Difference(
        held.number, new.number, new.effective_ms, dict(new.items), gone, dict(new.suspended), (), dict(new.cancelled),
        anew=True,
    )  # fmt: skip


def check_nothing_lost(view: View, number: int) -> None:
    """A child that runs a later version says that this hub came back from a copy: what it lost comes from there, and
    its number must not be given again. Raises Refusal central.version_lost."""
    heard = knowledge.contacts(view.db)
    for child in view.roster.children(view.me.node):
        contact = heard.get(child.node)
        if contact is not None and contact.catalogue > number and not child.lapsed:
            raise Refusal("central.version_lost", name=child.name, version=contact.catalogue, latest=number)


def check_city(view: View) -> None:
    """Raises Refusal central.city_only."""
    if view.me.tier != CITY:
        raise Refusal("central.city_only")


def within_limit(draft: Draft) -> Draft:
    """A body has at most 512 KiB: some thousand changed items a version."""
    if len(canonical.encode(draft.body)) > BODY_BYTES_MAX:
        raise Refusal("central.too_large", subject=draft.subject, kilobytes=BODY_BYTES_MAX // 1024)
    return draft
