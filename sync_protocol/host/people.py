"""The people of a node, as an operator manages them: new accounts, passwords, roles, who may log in.

Which roles there are is the node's own business: it hands in `check`. Everything else is the same at a station and at
a hub. No account is ever removed, since records name it. A change ends the person's sessions; a new password lifts the
lock after wrong ones as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from shared_models import signing
from shared_models.refusals import Refusal
from sync_protocol.host.verbs import Verb
from sync_protocol.store import accounts, clerk_keys
from sync_protocol.store.accounts import Account
from sync_protocol.store.clerk_keys import KeyRow
from sync_protocol.store.database import Connection, Database
from sync_protocol.store.vault import Entropy

NAME_MAX = 60
KEY_SHOWN = 16
"""So many characters of a fingerprint are enough to compare it by."""
ACTOR_BYTES = 9
ACTIVE, DISABLED, LOCKED, REVOKED = "active", "disabled", "locked", "revoked"

CheckRoles = Callable[[Sequence[str], str], tuple[str, ...]]
"""(roles asked for, department) -> the roles in order, each once; raises Refusal where the node has no such roles."""


class NewAccount(msgspec.Struct, frozen=True):
    """A new account as it is asked for."""

    login: str
    name: str
    roles: tuple[str, ...]
    password: str
    department: str = ""


class NewPassword(msgspec.Struct, frozen=True):
    login: str
    password: str


class NewRoles(msgspec.Struct, frozen=True):
    """`roles` replace the former ones; `department` None leaves the department as it is."""

    login: str
    roles: tuple[str, ...]
    department: str | None = None


class Switch(msgspec.Struct, frozen=True):
    """Locks an account out for good, or lets it in again."""

    login: str
    disabled: bool


class AskPeople(msgspec.Struct, frozen=True):
    """Nothing to say."""


class Person(msgspec.Struct, frozen=True):
    """An account as it is told of. `state` is active, disabled, revoked by a hub, or locked after wrong passwords,
    until `locked_ms`. `actor` is what records and hubs call the person, `key` the fingerprint of the signing key, ""
    before the first login and where it has ended."""

    login: str
    name: str
    roles: tuple[str, ...]
    department: str
    state: str
    locked_ms: int = 0
    actor: str = ""
    key: str = ""


class Everybody(msgspec.Struct, frozen=True):
    """All accounts, by login."""

    people: list[Person]


@dataclass(frozen=True)
class People:
    """The accounts in a node's database. `now` gives milliseconds, `entropy` randomness; `end_keys` has the log of a
    running node say whose keys ended."""

    database: Database
    check: CheckRoles
    now: Callable[[], int]
    entropy: Entropy = field(repr=False)
    end_keys: Callable[[], None] = lambda: None

    def add(self, asked: NewAccount) -> Person:
        """Makes an account. Its actor, which records carry, is random and says nothing about the person. Raises Refusal
        of `check`, accounts.login_malformed, name_missing, taken, password_length, password_is_login."""
        roles = self.check(asked.roles, asked.department)
        actor = signing.text_of(self.entropy(ACTOR_BYTES))
        name = asked.name.strip()[:NAME_MAX]
        account = Account(_login(asked.login), actor, name, roles, asked.department)
        hashed = self._hashed(account.login, asked.password)
        return self._change(account.login, lambda db: accounts.create_account(db, account, hashed, self.now()))

    def set_password(self, asked: NewPassword) -> Person:
        """Raises Refusal accounts.unknown, password_length, password_is_login."""
        login = _login(asked.login)
        hashed = self._hashed(login, asked.password)
        return self._end(self._change(login, lambda db: accounts.set_password(db, login, hashed)))

    def set_roles(self, asked: NewRoles) -> Person:
        """Raises Refusal accounts.unknown, and those of `check`."""
        login = _login(asked.login)

        def act(db: Connection) -> None:
            account = accounts.account_of(db, login)
            if account is None:
                raise Refusal("accounts.unknown", login=login[:40])
            department = account.department if asked.department is None else asked.department
            accounts.set_roles(db, login, self.check(asked.roles, department), department)

        return self._change(login, act)

    def switch(self, asked: Switch) -> Person:
        """Raises Refusal accounts.unknown."""
        login = _login(asked.login)
        return self._end(self._change(login, lambda db: accounts.set_disabled(db, login, asked.disabled)))

    def everybody(self, asked: AskPeople) -> Everybody:
        with self.database.read() as db:
            return Everybody([self._person(db, account) for account in accounts.all_accounts(db)])

    def _hashed(self, login: str, password: str) -> str:
        accounts.check_new_password(login, password)
        return signing.hash_password(password, self.entropy(signing.SALT_SIZE))

    def _end(self, person: Person) -> Person:
        self.end_keys()
        return person

    def _change(self, login: str, act: Callable[[Connection], None]) -> Person:
        def work(db: Connection) -> Person:
            act(db)
            account = accounts.account_of(db, login)
            if account is None:
                raise Refusal("accounts.unknown", login=login[:40])
            return self._person(db, account)

        return self.database.write(work)

    def _person(self, db: Connection, account: Account) -> Person:
        locked_ms = accounts.locked_until(db, account.login, self.now())
        state = DISABLED if account.disabled else LOCKED if locked_ms else ACTIVE
        state = REVOKED if account.actor in clerk_keys.revoked(db) else state
        return Person(
            account.login, account.display_name, account.roles, account.department, state, locked_ms, account.actor,
            fingerprint_of(clerk_keys.key_of(db, account.login)),
        )  # fmt: skip


class PersonKey(NamedTuple):
    """What a page shows of a person beside the name: the opaque id, the first characters of the fingerprint of the
    signing key ("" = none that can be used), and whether a hub has revoked the person."""

    actor: str
    key: str
    revoked: bool


def keys_of(db: Connection, everybody: Sequence[Account]) -> dict[str, PersonKey]:
    """Login -> what is shown of the person."""
    revoked = clerk_keys.revoked(db)
    keys = {each.login: fingerprint_of(clerk_keys.key_of(db, each.login))[:KEY_SHOWN] for each in everybody}
    return {each.login: PersonKey(each.actor, keys[each.login], each.actor in revoked) for each in everybody}


def fingerprint_of(key: KeyRow) -> str:
    """The fingerprint of a key that can be used, "" of any other."""
    return signing.fingerprint(signing.bytes_of(key.public)) if key.sealed is not None else ""


def _login(text: str) -> str:
    return text.strip().lower()


ADD, PASSWORD, ROLES, SWITCH, LIST = (
    "account-add", "account-password", "account-roles", "account-switch", "account-list",
)  # fmt: skip
VERBS = {
    ADD: Verb(NewAccount, Person, People.add),
    PASSWORD: Verb(NewPassword, Person, People.set_password),
    ROLES: Verb(NewRoles, Person, People.set_roles),
    SWITCH: Verb(Switch, Person, People.switch),
    LIST: Verb(AskPeople, Everybody, People.everybody),
}
"""What can be done with the people of a node, by the name of the verb."""


def verbs_at(people_of: Callable[[Any], People]) -> dict[str, Verb]:
    """The same verbs for a place (a station, a hub) whose people `people_of` gives."""

    def at_place(verb: Verb) -> Verb:
        return verb._replace(work=lambda place, asked: verb.work(people_of(place), asked))

    return {name: at_place(verb) for name, verb in VERBS.items()}
