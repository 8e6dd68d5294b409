"""Begun applications: what a clerk has typed so far, kept sealed as it grows.

No power cut, no log-out and no new catalogue takes it away; it ends with the case that comes of it, in one transaction,
or when it is thrown away. Each belongs to one account: a colleague gets it by the owner's consent, or at once where
the owner's account is disabled, because nobody is left to ask.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from shared_models.refusals import Refusal
from shared_models.signing import Damaged
from sync_protocol.node import Node
from sync_protocol.store import accounts, intakes
from sync_protocol.store.database import Connection
from sync_protocol.store.intakes import IntakeRow

Values = tuple[tuple[str, str], ...]
"""(name of a form field, what it holds), in the order of the form."""
LISTED_MAX = 200
ID_MAX = 64


class _Content(msgspec.Struct):
    """What is sealed. It names its row, so that rows cannot be exchanged in the database."""

    id: str
    values: list[tuple[str, str]]


class Begun(NamedTuple):
    """A begun application. `owner` and `asked_by` are accounts' opaque ids ("" = nobody asked); `catalogue` = the
    version that it was begun under; `values` None where they cannot be opened any more."""

    id: str
    owner: str
    item: str
    situation: str
    catalogue: int
    values: Values | None
    begun_ms: int
    changed_ms: int
    asked_by: str

    def text(self, name: str) -> str:
        return next((value for key, value in self.values or () if key == name), "")


class Drafts:
    """The begun applications of one node."""

    def __init__(self, node: Node, now: Callable[[], int]) -> None:
        self._node = node
        self._now = now

    def keep(
        self, id: str, owner: str, item: str, situation: str, catalogue: int, values: Values, files: frozenset[str]
    ) -> bool:
        """Keeps an application as it stands; durable on return. False where it has ended meanwhile. `files` are the
        hashes of those that it names. Raises Refusal drafts.unknown, drafts.of_another, drafts.too_many, folder.…"""
        if not 0 < len(id) <= ID_MAX:
            raise Refusal("drafts.unknown")
        now_ms, sealed = self._now(), self._sealed(id, values)
        fresh = IntakeRow(id, owner, item, situation, catalogue, sealed, now_ms, now_ms, "")
        return self._node.database.write(lambda db: intakes.keep(db, fresh, files))

    def open(self, id: str, actor: str) -> Begun:
        """One of `actor`'s own. Raises Refusal drafts.unknown, drafts.of_another, drafts.damaged."""
        with self._node.read() as db:
            found = self._begun(self._row(db, id))
        if found.owner != actor:
            raise Refusal("drafts.of_another")
        if found.values is None:
            raise Refusal("drafts.damaged")
        return found

    def listed(self) -> list[Begun]:
        """Those of everybody, latest change first."""
        with self._node.read() as db:
            return [self._begun(row) for row in intakes.rows(db, LISTED_MAX)]

    def discard(self, id: str, actor: str) -> None:
        """Throws one away. Raises Refusal drafts.unknown, drafts.of_another."""

        def work(db: Connection) -> None:
            if self._row(db, id).owner != actor:
                raise Refusal("drafts.of_another")
            intakes.end(db, id, self._now())

        self._node.database.write(work)

    def ask(self, id: str, actor: str, reissue: Callable[[Values, str, str], Values]) -> bool:
        """`actor` wants to go on with it: asks the owner; True where it is theirs at once, since the owner's account
        is disabled. `reissue` makes tickets of files good for another account. Raises Refusal as `open`."""

        def work(db: Connection) -> bool:
            row = self._row(db, id)
            owner = accounts.account_of_actor(db, row.owner)
            alone = owner is None or owner.disabled
            if alone:
                self._hand_over(db, row, actor, reissue)
            elif row.owner != actor:
                intakes.ask(db, id, actor)
            return alone

        return self._node.database.write(work)

    def answer(self, id: str, actor: str, *, give: bool, reissue: Callable[[Values, str, str], Values]) -> None:
        """The owner gives it to the one who asked, or keeps it. Raises Refusal as `open`."""

        def work(db: Connection) -> None:
            row = self._row(db, id)
            if row.owner != actor:
                raise Refusal("drafts.of_another")
            if give and row.asked_by:
                self._hand_over(db, row, row.asked_by, reissue)
            else:
                intakes.ask(db, id, "")

        self._node.database.write(work)

    def _hand_over(
        self, db: Connection, row: IntakeRow, actor: str, reissue: Callable[[Values, str, str], Values]
    ) -> None:
        begun = self._begun(row)
        if begun.values is None:
            raise Refusal("drafts.damaged")
        sealed = self._sealed(row.id, reissue(begun.values, row.owner, actor))
        intakes.hand_over(db, row.id, actor, sealed, self._now())

    def _row(self, db: Connection, id: str) -> IntakeRow:
        row = intakes.row(db, id)
        if row is None:
            raise Refusal("drafts.unknown")
        return row

    def _sealed(self, id: str, values: Values) -> bytes:
        return self._node.vault.seal_card(msgspec.json.encode(_Content(id, list(values))))

    def _begun(self, row: IntakeRow) -> Begun:
        try:
            content = msgspec.json.decode(self._node.vault.open_card(row.sealed), type=_Content)
            values = tuple(content.values) if content.id == row.id else None
        except (
            Damaged,
            msgspec.DecodeError,
        ):  # another key, or a damaged page: shown, to be deleted
            values = None
        return Begun(
            row.id, row.owner, row.item, row.situation, row.catalogue, values, row.begun_ms, row.changed_ms,
            row.asked_by,
        )  # fmt: skip
