"""Runs of records by people whose keys a node has named: with a mandate, without one, ended, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared_models import canonical, mandates
from shared_models.mandates import CLERK_ADMITTED, CLERK_ENDED, CLERK_MANDATE, MANDATE_TYPE, Clerk, mandate_of
from shared_models.records import PUBLIC, Position, Record
from shared_models.signing import KeyPair, bytes_of, pae, text_of
from shared_models.trust import CLERK_REVOKED
from tests.shared_models.writers import Writer, pair
from tests.vectors.judged import Given, gives
from tests.vectors.key_life import VECTORS
from tests.vectors.pieces import ONE, TWO, admissions, writer

__all__ = ["VECTORS", "worked"]

NAME = writer("station").node
ACTOR = "7Jx0c2mQvW4e"
FIRST_KEY, NEXT_KEY = pair("a clerk's first key"), pair("a clerk's next key")


def worked() -> dict[str, Any]:
    """One mandate with every intermediate value."""
    place = Position(NAME, ONE, 3)
    body = mandate_of(FIRST_KEY, ACTOR, place)
    statement = canonical.encode({"actor": ACTOR, "incarnation": ONE, "node": NAME, "seq": 3})
    return {
        "seed": FIRST_KEY.seed.hex(),
        "node": NAME,
        "incarnation": ONE,
        "seq": 3,
        "statement": statement.decode(),
        "pae_hex": pae(MANDATE_TYPE, statement).hex(),
        "proof_hex": bytes_of(body["proof"]).hex(),
        "body": body,
    }


def opened(incarnation: str, last: Record | None = None) -> Writer:
    """A process of the station that continues from a record."""
    made = writer("station", incarnation)
    made.head = last.id if last else ""
    place = last.position if last else Position(NAME, "", 0)
    body = {"id": made.head, "incarnation": place.incarnation, "seq": place.seq}
    made.write("node.opened", f"node/{NAME}", body, body_class=PUBLIC, actor="")
    return made


def admit(by: Writer, keys: KeyPair = FIRST_KEY, chains: Mapping[str, int] | None = None) -> None:
    body = mandates.admission_of(Clerk(ACTOR, text_of(keys.public), ("clerk",)), chains or {})
    by.write(CLERK_ADMITTED, f"clerk/{ACTOR}", body, body_class=PUBLIC, actor="")


def end(by: Writer, keys: KeyPair = FIRST_KEY) -> None:
    body = mandates.ending_of(Clerk(ACTOR, text_of(keys.public)))
    by.write(CLERK_ENDED, f"clerk/{ACTOR}", body, body_class=PUBLIC, actor="")


def mandate(by: Writer, keys: KeyPair = FIRST_KEY, **changed: Any) -> None:
    body = mandate_of(keys, ACTOR, Position(NAME, by.incarnation, by.seq + 1))
    by.write(CLERK_MANDATE, f"clerk/{ACTOR}", {**body, **changed}, body_class=PUBLIC, actor="")


def act(by: Writer) -> None:
    by.write("case.noted", "case/1", {"note": "办"}, actor=ACTOR)


@gives("accepted", "accepted", "accepted", "accepted", "accepted")
def person_under_a_mandate() -> Given:
    """A node names a person's key, the person signs a mandate for this chain, and what follows in it needs no more."""
    made = opened(ONE)
    admit(made)
    mandate(made)
    act(made)
    act(made)
    return Given(made.written)


@gives("accepted", "accepted", "held", "accepted", "accepted")
def person_without_a_mandate() -> Given:
    """Once the key is named, nothing counts that stands before the mandate."""
    made = opened(ONE)
    admit(made)
    act(made)
    mandate(made)
    act(made)
    return Given(made.written)


@gives("accepted", "accepted", "accepted", "accepted", "held", "accepted", "accepted")
def mandate_of_another_process() -> Given:
    """A mandate is good for one chain."""
    made = opened(ONE)
    admit(made)
    mandate(made)
    after = opened(TWO, made.written[-1])
    act(after)
    mandate(after)
    act(after)
    return Given([*made.written, *after.written])


@gives("accepted", "accepted", "accepted", "accepted", "held", "accepted")
def person_who_acted_before_there_were_keys() -> Given:
    """The first admission says in which chains, and how far, the person acted without mandates."""
    before = opened(ONE)
    act(before)
    act(before)
    after = opened(TWO, before.written[0])
    admit(after, chains={ONE: 2})
    return Given([*before.written[:2], *after.written, before.written[2], *mandated(after)])


def mandated(made: Writer) -> list[Record]:
    mandate(made)
    return made.written[-1:]


@gives("accepted", "accepted", "accepted", "accepted", "held", "accepted", "held", "accepted", "accepted", "accepted")
def ended_key() -> Given:
    """An ended key makes no mandate any more where its end lies behind; another key does."""
    made = opened(ONE)
    admit(made)
    mandate(made)
    end(made)
    act(made)
    mandate(made)
    act(made)
    admit(made, NEXT_KEY)
    mandate(made, NEXT_KEY)
    act(made)
    return Given(made.written)


@gives("accepted", "accepted", "accepted", "accepted", "accepted", "accepted", "accepted")
def key_that_was_ended_beside_a_restored_chain() -> Given:
    """A node that came back from a copy made before the key ended goes on under it."""
    made = opened(ONE)
    admit(made)
    last = made.written[-1]
    mandate(made)
    end(made)
    restored = opened(TWO, last)
    mandate(restored)
    act(restored)
    return Given([*made.written, *restored.written])


@gives("accepted", "accepted", "accepted", "held")
def key_that_was_not_named() -> Given:
    """A mandate under a key that no admission named is none."""
    made = opened(ONE)
    admit(made)
    mandate(made, NEXT_KEY)
    act(made)
    return Given(made.written)


@gives("accepted", "accepted", "mandates.not_proven")
def forged_mandate() -> Given:
    """A mandate that the person's key has not signed is refused."""
    made = opened(ONE)
    admit(made)
    mandate(made, NEXT_KEY, key=text_of(FIRST_KEY.public))
    return Given(made.written)


@gives("accepted", "accepted", "mandates.not_proven")
def mandate_that_was_copied_from_another_place() -> Given:
    """The place of the record is signed with it."""
    made = opened(ONE)
    admit(made)
    mandate(made, proof=mandate_of(FIRST_KEY, ACTOR, Position(NAME, TWO, 3))["proof"])
    return Given(made.written)


@gives("accepted", "mandates.malformed")
def admission_without_a_key() -> Given:
    """A key is the text of 32 bytes."""
    made = opened(ONE)
    body = {**mandates.admission_of(Clerk(ACTOR, "", ()), {}), "key": "AAAA"}
    made.write(CLERK_ADMITTED, f"clerk/{ACTOR}", body, body_class=PUBLIC, actor="")
    return Given(made.written)


@gives("accepted", "accepted", "accepted", "accepted", "held")
def person_who_was_revoked() -> Given:
    """A hub above says how far it trusts what the person did; nothing else of the node is touched."""
    made = opened(ONE)
    admit(made)
    mandate(made)
    act(made)
    act(made)
    district = writer("district")
    district.seq, district.head = 2, admissions()[-1].id
    body = mandates.revocation_of(NAME, ACTOR, "离职", {}, (ONE, 4))
    return Given(made.written, roster=[district.control(CLERK_REVOKED, f"roster/{NAME}", body)])
