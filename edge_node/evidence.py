"""Evidence: what departments have attested about a resident, as far as this station holds it, checked offline.

A credential counts when its proof holds under an issuer of the roster that is entitled to the fact, when it names this
resident, when it is within its period today, and when no revocation has arrived. What was said elsewhere since the
last contact cannot be known here: every answer carries the time of that contact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shared_models import attestations
from shared_models.attestations import Attestation
from shared_models.canonical import NotCanonical
from shared_models.catalogue import Material
from shared_models.refusals import Refusal
from shared_models.roster import Roster
from sync_protocol.node import Node
from sync_protocol.store import knowledge, receipts
from sync_protocol.store.database import Connection
from sync_protocol.store.knowledge import AttestationRow
from sync_protocol.store.log import DamagedRecord

VALID = "valid"
DISHONEST = "xy.dishonest"
"""The attested fact that bars its subject from tolerant acceptance: a debtor who broke faith (失信被执行人)."""


@dataclass(frozen=True)
class Held:
    """An attestation that is held here. `state` is valid, not_yet, expired or revoked, or `unusable` where the
    credential does not verify: then `attestation` is None and `refusal` says why. `known_ms` = last contact."""

    id: str
    fact: str
    state: str
    known_ms: int
    attestation: Attestation | None = None
    refusal: Refusal | None = None

    @property
    def valid(self) -> bool:
        return self.state == VALID


def issuer_keys(roster: Roster) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What `attestations.verify` needs: did -> (name, facts) of every issuer that is not revoked."""
    return {did: (issuer.name, issuer.facts) for did, issuer in roster.issuers.items() if not issuer.revoked}


def held_of(node: Node, pseudonym: str, today: date, contact_ms: int) -> tuple[Held, ...]:
    """Everything held on a resident, newest first. `contact_ms` = last contact of this process (0 = none yet)."""
    keys = issuer_keys(node.roster)
    with node.read() as db:
        known_ms = max(contact_ms, receipts.standing(db).time)
        rows = knowledge.attestations_of(db, node.vault, pseudonym)
        return tuple(_held(node, db, row, pseudonym, keys, today, known_ms) for row in rows)


def _held(
    node: Node,
    db: Connection,
    row: AttestationRow,
    pseudonym: str,
    keys: dict[str, tuple[str, tuple[str, ...]]],
    today: date,
    known_ms: int,
) -> Held:
    try:
        attestation = attestations.verify(_credential(node, db, row), keys)
        if attestation.subject != pseudonym:
            raise Refusal("desk.attestation_of_another")
    except Refusal as refusal:
        return Held(row.id, row.fact, "unusable", known_ms, refusal=refusal)
    state = attestations.standing(attestation, today, bool(row.revoked_ms))
    return Held(row.id, row.fact, state, known_ms, attestation)


def _credential(node: Node, db: Connection, row: AttestationRow) -> object:
    """The credential in its record. Raises Refusal attestations.not_credential where the record is no longer whole."""
    try:
        return node.log.at(db, [row.record])[0].record.value()["credential"]
    except (DamagedRecord, NotCanonical, IndexError, KeyError):
        raise Refusal("attestations.not_credential") from None


def barred(held: Iterable[Held]) -> Held | None:
    """The valid attestation that bars a resident from tolerant acceptance; None where there is none."""
    return next((each for each in held if each.valid and each.fact == DISHONEST), None)


def waived(materials: Iterable[Material], held: Iterable[Held]) -> dict[str, Held]:
    """Code of a material -> the valid attestation that stands in for it."""
    facts = {each.fact: each for each in reversed(tuple(held)) if each.valid}
    return {m.code: facts[m.waived_by] for m in materials if m.waived_by is not None and m.waived_by in facts}
