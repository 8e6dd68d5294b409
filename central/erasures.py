"""Erasure by order at a hub: two people give it, and the report tells which nodes have carried it out.

One person proposes (`propose`), which this hub keeps for itself; another one confirms (`confirm`), and what he signs is
the order: the record `roster.erasure_ordered`, which has effect on every node that it reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from central.hub import Hub
from shared_models import attestations, cases, erasure, identifiers
from shared_models.records import PUBLIC, Draft
from shared_models.refusals import Refusal
from sync_protocol.commands import View
from sync_protocol.store import case_files, erasures, knowledge
from sync_protocol.store.database import Connection
from sync_protocol.store.erasures import Proposal

OPERATOR = "operator"
"""Who proposes what was typed at the machine itself."""
OF_A_RESIDENT_MAX = 200


class OrderErasure(NamedTuple):
    """What the second person signs. `subject` is `case/<number>` or `attestation/<id>`."""

    subject: str
    reason: str
    basis: str
    proposed_by: str
    actor: str

    def decide(self, view: View) -> Sequence[Draft]:
        if not self.actor or self.actor == self.proposed_by:
            raise Refusal("erasure.two_people")
        body = erasure.content(self.reason, self.basis, self.proposed_by)
        return [Draft(erasure.ORDERED, self.subject, body, PUBLIC, view.me.area, actor=self.actor)]


class Propose(msgspec.Struct, frozen=True):
    """One of `case` (number), `attestation` (id) and `resident` (id number); `reason` is one of erasure.REASONS."""

    case: str = ""
    attestation: str = ""
    resident: str = ""
    reason: str = ""
    basis: str = ""


class Proposed(msgspec.Struct, frozen=True):
    """One proposal for each case and attestation."""

    proposals: list[Proposal]


def propose(hub: Hub, asked: Propose, actor: str = OPERATOR) -> Proposed:
    """Notes what somebody wants erased. Raises Refusal erasure.which, reason_missing, basis_missing, outside, already,
    nothing_found, cases.unknown, central.no_such_attestation, and those of a malformed number."""
    if sum(map(bool, (asked.case, asked.attestation, asked.resident))) != 1:
        raise Refusal("erasure.which")
    content = erasure.content(asked.reason, asked.basis, actor)
    with hub.node.read() as db:
        subjects = _of_resident(hub, db, asked.resident) if asked.resident else [_named(hub, db, asked)]
    now_ms = hub.now_ms()

    def keep(db: Connection) -> list[Proposal]:
        return [erasures.propose(db, each, content["reason"], content["basis"], actor, now_ms) for each in subjects]

    return Proposed(hub.node.database.write(keep))


def _named(hub: Hub, db: Connection, asked: Propose) -> str:
    if asked.attestation:
        subject, area = f"attestation/{asked.attestation}", _area_of_attestation(hub, db, asked.attestation)
        if area is None:
            raise Refusal("central.no_such_attestation")
    else:
        number = identifiers.parse_case_number(asked.case).text
        subject, area = cases.subject_of(number), ""
        if case_files.row(db, hub.vault, number) is None:
            raise Refusal("cases.unknown")
    if not erasure.reaches(hub.me.area, subject, area):
        raise Refusal("erasure.outside")
    if erasures.of_subjects(db, [subject]):
        raise Refusal("erasure.already")
    return subject


def _area_of_attestation(hub: Hub, db: Connection, identity: str) -> str | None:
    place = knowledge.attestation_record(db, identity)
    rows = hub.node.log.at(db, [place]) if place is not None else []
    return rows[0].record.header.area if rows else None


def _of_resident(hub: Hub, db: Connection, id_number: str) -> list[str]:
    """Everything on a resident that this hub holds and may erase."""
    resident = identifiers.resident_id(id_number, hub.today())
    pseudonym = attestations.resident_pseudonym(hub.runtime.resident_key, resident.number)
    rows = case_files.rows_of_resident(db, hub.vault, resident.number, OF_A_RESIDENT_MAX)
    attested = knowledge.attestations_of(db, hub.vault, pseudonym)
    subjects = [(cases.subject_of(row.number), "") for row in rows]
    subjects += [(f"attestation/{each.id}", each.area) for each in attested]
    area = hub.me.area
    if found := [subject for subject, where in subjects if erasure.reaches(area, subject, where)]:
        return found
    raise Refusal("erasure.nothing_found")


def confirm(hub: Hub, identity: int, actor: str) -> None:
    """Signs the order that somebody else has proposed. Raises Refusal erasure.no_such_proposal, erasure.two_people."""
    with hub.node.read() as db:
        found = next((each for each in erasures.proposals(db) if each.id == identity), None)
    if found is None:
        raise Refusal("erasure.no_such_proposal")

    def off_the_list(db: Connection) -> None:
        if not erasures.drop_proposal(db, identity):
            raise Refusal("erasure.no_such_proposal")

    order = OrderErasure(found.subject, found.reason, found.basis, found.proposed_by, actor)
    hub.node.write(order, off_the_list)


def withdraw(hub: Hub, identity: int) -> None:
    """Drops a proposal. Raises Refusal erasure.no_such_proposal."""
    if not hub.node.database.write(lambda db: erasures.drop_proposal(db, identity)):
        raise Refusal("erasure.no_such_proposal")
