"""What a node is asked to write: a command decides, with a view of what is folded, and gives drafts or refuses.

Commands on cases, and those that every node gives itself: an opening at its start, another key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from shared_models import cases
from shared_models.cases import CaseFile, Writer
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.roster import NODE_OPENED, Member, Roster
from shared_models.signing import KeyPair
from shared_models.trust import CHAINS_MAX, REKEYED, rekeying
from sync_protocol.store import case_files, chains, knowledge, state
from sync_protocol.store.database import Connection
from sync_protocol.store.vault import Vault

NOTHING_OWN: dict[str, Any] = {"incarnation": "", "seq": 0, "id": "", "hlc": [0, 0]}


class View:
    """What a command may look at while it decides: the folded state inside the transaction."""

    def __init__(self, db: Connection, vault: Vault, member: Member, roster: Roster) -> None:
        self.db = db
        self.me = member
        self.roster = roster
        self._vault = vault

    def case(self, number: str) -> CaseFile | None:
        card = case_files.load(self.db, self._vault, number)
        return None if card is None else card.case

    @property
    def catalogue_number(self) -> int:
        return knowledge.latest_number(self.db)


class Command(Protocol):
    """Something asked for: gives the drafts of the facts that follow, or raises a Refusal."""

    def decide(self, view: View) -> Sequence[Draft]: ...


class CaseCommand(NamedTuple):
    """A command on one case by one person (`actor` = opaque id)."""

    number: str
    command: cases.Command
    actor: str

    def decide(self, view: View) -> Sequence[Draft]:
        writer = Writer(view.me.tier, view.me.area, self.actor, view.me.node)
        return cases.decide(view.case(self.number), self.command, writer)


class Opening(NamedTuple):
    """A process starts: its incarnation names the place that it continues from."""

    def decide(self, view: View) -> Sequence[Draft]:
        last = state.get(view.db, "last_own", NOTHING_OWN)
        body = {name: last[name] for name in ("id", "incarnation", "seq")}
        return [Draft(NODE_OPENED, f"node/{view.me.node}", body, PUBLIC, view.me.area)]


class Nothing(NamedTuple):
    """Asks for nothing: an incarnation that nobody has written in yet is opened by it, as by any command."""

    def decide(self, view: View) -> Sequence[Draft]:
        return ()


class Rekeying(NamedTuple):
    """The node takes another key: its last record under the old one says so, and how far all its chains go."""

    fresh: KeyPair
    old: str
    actor: str = ""

    def decide(self, view: View) -> Sequence[Draft]:
        me = view.me
        if me.key != self.old or me.revoked:
            raise Refusal("roster.not_up_to_date", node=me.node)
        body = rekeying(me.node, me.key, self.fresh, chains.held(view.db, me.node, CHAINS_MAX))
        return [Draft(REKEYED, f"node/{me.node}", body, PUBLIC, me.area, actor=self.actor)]
