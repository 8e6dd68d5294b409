"""A hub: the running node, and what its pages and commands are handed with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date

from central.settings import HubSettings
from shared_models.deadlines import Calendar, calendar_of, local_day
from shared_models.roster import CITY, Member
from sync_protocol.host.runtime import Runtime
from sync_protocol.node import Node
from sync_protocol.store import state
from sync_protocol.store.database import Connection
from sync_protocol.store.vault import Entropy, Vault

NO_CALENDAR = Calendar(date(1970, 1, 1), frozenset(), frozenset())
"""Until the city has published one, only the week decides and every deadline is provisional."""


@dataclass(frozen=True)
class Hub:
    """`entropy` gives randomness, `sleep` waits so many seconds; the clock is the node's."""

    runtime: Runtime
    entropy: Entropy
    sleep: Callable[[float], Awaitable[None]]
    settings: HubSettings = field(default_factory=HubSettings)

    @property
    def node(self) -> Node:
        return self.runtime.node

    @property
    def vault(self) -> Vault:
        return self.runtime.vault

    @property
    def me(self) -> Member:
        """This hub as the roster knows it. Raises Refusal sync.not_admitted."""
        return self.runtime.node.member

    @property
    def tier(self) -> str:
        return self.runtime.settings.tier

    @property
    def is_city(self) -> bool:
        return self.tier == CITY

    def now_ms(self) -> int:
        return self.runtime.node.now()

    def today(self) -> date:
        """The day in UTC+8."""
        return local_day(self.now_ms())


def calendar_in(db: Connection) -> Calendar:
    """The working calendar that the city has published, as far as it has arrived here."""
    kept = state.get(db, "calendar")
    return NO_CALENDAR if kept is None else calendar_of(kept)
