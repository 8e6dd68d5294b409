"""The signing key of whoever is logged in: opened by the password, at hand for as long as a form is worked on.

- A key is drawn at the first login, sealed under a key that Argon2id makes of the password, and that again under the
  node's storage key: neither the node's operator nor a thief of the database can use it.
- While a session lasts, the key rests sealed under the session's token, which only the browser has, and the storage
  key. A session therefore outlives the process, and signs the mandate of the next one.
- An own new password seals the same key anew. A new password from somebody else, or a stopped account, ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import structlog

from shared_models import signing
from shared_models.refusals import Refusal
from shared_models.signing import KeyPair
from sync_protocol.host.web import SESSION, Visit, Web
from sync_protocol.node import Node
from sync_protocol.seating import EndKey, Sitting
from sync_protocol.store import accounts, clerk_keys
from sync_protocol.store.database import Connection

log = structlog.get_logger("tongban.people")


def unlocked(web: Web, login: str, password: str) -> KeyPair:
    """The key of an account whose password was checked; a fresh one where it has none that opens. Two browsers may log
    in to a new account in the same moment: the key that was kept first is the account's."""
    with web.database.read() as connection:
        before = clerk_keys.key_of(connection, login).sealed
    if (pair := _opened(web, before, password)) is not None:
        return pair
    fresh = KeyPair.from_seed(web.entropy(signing.SEED_SIZE))
    if _put_first(web, login, fresh, sealed_for(web, fresh, password), before):
        return fresh
    return unlocked(web, login, password)


def _put_first(web: Web, login: str, pair: KeyPair, sealed: bytes, before: bytes | None) -> bool:
    def put(connection: Connection) -> bool:
        if clerk_keys.key_of(connection, login).sealed != before:
            return False
        clerk_keys.put(connection, login, signing.text_of(pair.public), sealed)
        return True

    return web.database.write(put)


def sealed_for(web: Web, pair: KeyPair, password: str) -> bytes:
    """A key as its account keeps it: salt and inner box, in a box of the node."""
    salt = web.entropy(signing.SALT_SIZE)
    with accounts.STRETCHING:
        key = signing.stretch(password.encode(), salt)
    inner = signing.seal(key, web.entropy(signing.NONCE_SIZE), pair.seed)
    return signing.seal(_node_key(web, "keys"), web.entropy(signing.NONCE_SIZE), salt + inner)


def _opened(web: Web, sealed: bytes | None, password: str) -> KeyPair | None:
    if sealed is None:
        return None
    try:
        plain = signing.unseal(_node_key(web, "keys"), sealed)
        with accounts.STRETCHING:
            key = signing.stretch(password.encode(), plain[: signing.SALT_SIZE])
        return KeyPair.from_seed(signing.unseal(key, plain[signing.SALT_SIZE :]))
    except ValueError:  # nobody can use it any more
        return None


def _node_key(web: Web, what: str) -> bytes:
    return signing.derive(web.key, f"clerk {what}")


def _session_key(web: Web, token: str) -> bytes:
    return signing.keyed_hash(_node_key(web, "sessions"), token.encode())


def for_session(web: Web, pair: KeyPair, token: str) -> bytes:
    """A key as a session keeps it."""
    return signing.seal(_session_key(web, token), web.entropy(signing.NONCE_SIZE), pair.seed)


@contextmanager
def seated(visit: Visit) -> Iterator[None]:
    """Whoever sent the form sits at this node until the block ends."""
    session, web = visit.session, visit.web
    if session is None or session.sealed_key is None:
        yield
        return
    try:
        seed = signing.unseal(_session_key(web, visit.own_cookie(SESSION)), session.sealed_key)
    except signing.Damaged:  # sealed under another storage key: this session proves nothing any more
        yield
        return
    sitting = Sitting(KeyPair.from_seed(seed), session.account.roles, session.earlier)
    with web.seats.taken(session.account.actor, sitting):
        yield


def end_keys(node: Node) -> None:
    """Says in the log which keys have ended, as far as that was not said. The node's incarnation is open."""
    with node.read() as db:
        gone = clerk_keys.ended(db)
    for each in gone:
        try:
            node.write(EndKey(each.actor, each.public), partial(clerk_keys.forget, gone=each))
        except Refusal as refusal:
            log.warning("key not ended yet", actor=each.actor, code=refusal.code)
