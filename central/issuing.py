"""Attestations: departments as issuers, issuing, revoking, and what a hub holds.

A department's key is an Ed25519 seed in the keyring of the hub where its officers work (`issuer.<department>`), and
everybody learns of the department through `roster.issuer_admitted`. A credential names the resident by the city's keyed
hash; beside what the officer enters it holds the masked name, so that a clerk notices a number that was another's.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from central.hub import Hub
from central.showing import masked_name
from shared_models import attestations, canonical, multibase
from shared_models.attestations import CHINA, Attestation, Claim, resident_pseudonym
from shared_models.records import PERSONAL, PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.roster import ISSUER_ADMITTED, Issuer, Roster, issuing
from shared_models.signing import SEED_SIZE, KeyPair
from sync_protocol.commands import View
from sync_protocol.store import knowledge, state
from sync_protocol.store.accounts import Account
from sync_protocol.store.database import Connection
from sync_protocol.store.knowledge import AttestationRow

FACT_NAMES = "fact_names"
URN = "urn:uuid:"
HOLDER = "holder"
REASON_MAX = 200
ROWS_MAX = 20_000

_DEPARTMENT = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_FACT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_PERSONAL_NUMBER = re.compile(r"[0-9]{11,}")


class Attesting(NamedTuple):
    """What an officer attests: a fact about a resident (`id_number` in its normal form) for the nodes of `area`."""

    fact: str
    name: str
    id_number: str
    area: str
    valid_from: date
    valid_until: date
    claims: Mapping[str, Claim]


class Held(NamedTuple):
    """An attestation as a hub holds it; `problem` where it does not verify, and `attestation` is then None."""

    row: AttestationRow
    attestation: Attestation | None
    problem: Refusal | None
    department: str
    issued_ms: int

    def standing(self, today: date) -> str:
        """valid, not_yet, expired, revoked; "bad" where it does not verify."""
        if self.attestation is None:
            return "bad"
        return attestations.standing(self.attestation, today, bool(self.row.revoked_ms))


class _Draft(NamedTuple):
    """One record, decided before it is written."""

    draft: Draft

    def decide(self, view: View) -> Sequence[Draft]:
        return [self.draft]


# ---------------------------------------------------------------- departments


def admit_issuer(hub: Hub, department: str, name: str, facts: Mapping[str, str], actor: str = "") -> Issuer:
    """Lets a department issue `facts` (code -> name) at this hub; these take the place of former ones.

    Raises Refusal central.department_malformed, fact_malformed, issuer_name_missing."""
    if not _DEPARTMENT.fullmatch(department):
        raise Refusal("central.department_malformed", department=department[:40])
    if not name.strip():
        raise Refusal("central.issuer_name_missing")
    for fact in facts:
        if not _FACT.fullmatch(fact):
            raise Refusal("central.fact_malformed", fact=fact[:40])
    pair = _key(hub, department) or _new_key(hub, department)
    did = multibase.did_key(pair.public)
    issuer = Issuer(did, department, name.strip()[:100], tuple(facts), grantor=hub.me.node)

    def keep_names(db: Connection) -> None:
        state.put(db, FACT_NAMES, {**state.get(db, FACT_NAMES, {}), **facts})

    if hub.node.roster.issuers.get(issuer.did) == issuer:
        hub.node.database.write(keep_names)
    else:
        subject = f"roster/issuer/{department}"
        draft = Draft(ISSUER_ADMITTED, subject, issuing(issuer), PUBLIC, hub.me.area, actor=actor)
        hub.node.write(_Draft(draft), keep_names)
    return issuer


def issuer_of(hub: Hub, department: str) -> Issuer:
    """The department as an issuer at this hub. Raises Refusal central.no_issuer."""
    pair = _key(hub, department) if _DEPARTMENT.fullmatch(department) else None
    issuer = hub.node.roster.issuers.get(multibase.did_key(pair.public)) if pair else None
    if issuer is None or issuer.revoked:
        raise Refusal("central.no_issuer", department=department[:40])
    return issuer


def fact_names(db: Connection) -> dict[str, str]:
    """Code of a fact -> its name, as far as this hub was told."""
    names: dict[str, str] = state.get(db, FACT_NAMES, {})
    return names


def issuer_keys(roster: Roster) -> dict[str, tuple[str, tuple[str, ...]]]:
    """did -> (name, facts) of the issuers that stand: what `attestations.verify` asks for."""
    return {did: (issuer.name, issuer.facts) for did, issuer in roster.issuers.items() if not issuer.revoked}


def _key(hub: Hub, department: str) -> KeyPair | None:
    seed = hub.runtime.keyring.get_secret(f"issuer.{department}")
    return None if seed is None else KeyPair.from_seed(seed)


def _new_key(hub: Hub, department: str) -> KeyPair:
    seed = hub.entropy(SEED_SIZE)
    hub.runtime.keyring.put_secret(f"issuer.{department}", seed)
    return KeyPair.from_seed(seed)


# ---------------------------------------------------------------- issuing


def gaps_of(hub: Hub, issuer: Issuer, wanted: Attesting) -> list[tuple[str, Refusal]]:
    """What keeps an attestation from being issued, by field."""
    gaps: list[tuple[str, Refusal]] = []
    if wanted.fact not in issuer.facts:
        gaps.append(("fact", Refusal("central.fact_missing")))
    if not wanted.name.strip():
        gaps.append(("name", Refusal("central.resident_name_missing")))
    if not wanted.area.startswith(hub.me.area):
        gaps.append(("area", Refusal("central.area_outside", area=wanted.area, own=hub.me.area)))
    if wanted.valid_until < wanted.valid_from:
        gaps.append(("valid_until", Refusal("central.period_reversed")))
    elif wanted.valid_until < hub.today():
        gaps.append(("valid_until", Refusal("central.period_past")))
    if HOLDER in wanted.claims:
        gaps.append(("claims", Refusal("central.claim_reserved", name=HOLDER)))
    return gaps


def issue_attestation(hub: Hub, account: Account, wanted: Attesting) -> str:
    """Issues an attestation in the name of the account's department; gives its id.

    Raises Refusal central.no_issuer, those of `gaps_of`, attestations.unfit or too_large."""
    issuer = issuer_of(hub, account.department)
    pair = _key(hub, account.department)
    gaps = gaps_of(hub, issuer, wanted)
    if gaps or pair is None:
        raise gaps[0][1] if gaps else Refusal("central.no_issuer", department=account.department)
    identity = str(uuid.UUID(bytes=hub.entropy(16), version=4))
    with hub.node.read() as db:
        fact_name = fact_names(db).get(wanted.fact, wanted.fact)
    credential = attestations.issue(
        pair,
        credential_id=URN + identity,
        fact=wanted.fact,
        fact_name=fact_name,
        claims={HOLDER: masked_name(wanted.name.strip()), **wanted.claims},
        subject=resident_pseudonym(hub.runtime.resident_key, wanted.id_number),
        issuer_name=issuer.name,
        valid_from=wanted.valid_from,
        valid_until=wanted.valid_until,
        created=datetime.fromtimestamp(hub.now_ms() // 1000, CHINA),
    )
    subject = f"attestation/{identity}"
    body = {"credential": credential}
    hub.node.write(_Draft(Draft("attestation.issued", subject, body, PERSONAL, wanted.area, actor=account.actor)))
    return identity


def revoke_attestation(hub: Hub, account: Account, identity: str, reason: str) -> None:
    """Revokes an attestation of the account's department. The reason is public and stays for ever.

    Raises Refusal central.no_such_attestation, not_your_attestation, revoked_already, reason_missing, text_too_long,
    reason_personal."""
    if not reason.strip():
        raise Refusal("central.reason_missing")
    if len(reason) > REASON_MAX:
        raise Refusal("central.text_too_long", most=REASON_MAX)
    if _PERSONAL_NUMBER.search(reason):
        raise Refusal("central.reason_personal")
    with hub.node.read() as db:
        row = next((row for row in knowledge.recent_attestations(db, ROWS_MAX) if row.id == identity), None)
        held = None if row is None else _held(hub, db, row)
    if held is None:
        raise Refusal("central.no_such_attestation")
    if held.department != account.department:
        raise Refusal("central.not_your_attestation")
    if held.row.revoked_ms:
        raise Refusal("central.revoked_already")
    draft = Draft("attestation.revoked", f"attestation/{identity}", {"reason": reason.strip()}, PUBLIC, held.row.area,
                  actor=account.actor)  # fmt: skip
    hub.node.write(_Draft(draft))


# ---------------------------------------------------------------- what is held


def of_resident(hub: Hub, db: Connection, pseudonym: str) -> list[Held]:
    """What is held on a resident, newest first."""
    return [_held(hub, db, row) for row in knowledge.attestations_of(db, hub.vault, pseudonym)]


def of_department(hub: Hub, db: Connection, department: str, most: int) -> list[Held]:
    """The latest attestations of a department, newest first."""
    facts = {f for issuer in hub.node.roster.issuers.values() if issuer.department == department for f in issuer.facts}
    found: list[Held] = []
    for row in knowledge.recent_attestations(db, ROWS_MAX):
        held = _held(hub, db, row) if row.fact in facts and len(found) < most else None
        if held is not None and held.department == department:
            found.append(held)
    return found


def _held(hub: Hub, db: Connection, row: AttestationRow) -> Held:
    record = hub.node.log.at(db, [row.record])[0].record
    roster, issued_ms = hub.node.roster, record.header.hlc[0]
    try:
        found = attestations.verify(record.value().get("credential"), issuer_keys(roster))
    except canonical.NotCanonical:  # erased by order
        return Held(row, None, Refusal("attestations.not_credential"), "", issued_ms)
    except Refusal as refusal:
        return Held(row, None, refusal, "", issued_ms)
    return Held(row, found, None, roster.issuers[found.issuer].department, issued_ms)
