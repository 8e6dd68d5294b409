"""Who works at a station, and in which roles."""

from __future__ import annotations

from collections.abc import Sequence

from shared_models.refusals import Refusal
from sync_protocol.host.people import NewAccount, People, Person
from sync_protocol.store.database import Database
from sync_protocol.store.vault import Entropy

CLERK, ADMIN = "clerk", "admin"
ROLES = (CLERK, ADMIN)


def check_roles(roles: Sequence[str], department: str = "") -> tuple[str, ...]:
    """The roles of a station's account, in order. Raises Refusal station.role_unknown."""
    if not roles or set(roles) - set(ROLES):
        raise Refusal("station.role_unknown", roles="、".join(ROLES))
    return tuple(role for role in ROLES if role in roles)


def add_account(
    database: Database, login: str, name: str, roles: Sequence[str], password: str, *, now_ms: int, entropy: Entropy
) -> Person:
    """Makes an account of this station. Raises Refusal as `host.people.People.add`."""
    people = People(database, check_roles, lambda: now_ms, entropy)
    return people.add(NewAccount(login, name, tuple(roles), password))
