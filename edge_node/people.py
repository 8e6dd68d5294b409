"""New accounts: one way in for the page and for the command line."""

from __future__ import annotations

from collections.abc import Sequence

from shared_models import signing
from shared_models.refusals import Refusal
from sync_protocol.store import accounts
from sync_protocol.store.accounts import Account
from sync_protocol.store.database import Database
from sync_protocol.store.vault import Entropy

CLERK, ADMIN = "clerk", "admin"
ROLES = (CLERK, ADMIN)
ACTOR_BYTES = 9


def add_account(
    database: Database, login: str, name: str, roles: Sequence[str], password: str, *, now_ms: int, entropy: Entropy
) -> Account:
    """Makes an account of this station. Its actor, which records carry, is random and says nothing about the person.

    Raises Refusal station.role_unknown, accounts.login_malformed, accounts.name_missing, accounts.taken,
    accounts.password_length, accounts.password_is_login."""
    wanted = tuple(role for role in ROLES if role in roles)
    if not wanted or set(roles) - set(ROLES):
        raise Refusal("station.role_unknown", roles="、".join(ROLES))
    account = Account(login.strip().lower(), signing.text_of(entropy(ACTOR_BYTES)), name.strip(), wanted)
    accounts.check_new_password(account.login, password)
    hashed = signing.hash_password(password, entropy(signing.SALT_SIZE))
    database.write(lambda db: accounts.create_account(db, account, hashed, now_ms))
    return account
