"""An attestation: what a department knows about a resident, as a credential that any station can check offline.

It is a W3C Verifiable Credential 2.0 with a Data Integrity proof of the cryptosuite eddsa-jcs-2022, so that a foreign
verifier accepts it as it stands. The issuer is the `did:key` of its signing key. The resident is named by a keyed hash
of the id number, which the holders of the city's key can find again and nobody else can turn back.

Sources: https://www.w3.org/TR/vc-data-model-2.0/ and https://www.w3.org/TR/vc-di-eddsa/#eddsa-jcs-2022 (section 3.3).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from shared_models import canonical, multibase
from shared_models.refusals import Refusal
from shared_models.signing import KeyPair, digest, keyed_hash, text_of
from shared_models.signing import verify as signature_holds

CONTEXTS = ("https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2")
"""What the terms of a credential mean: those of the standard, and our own ones as terms of the issuer."""
TYPES = ("VerifiableCredential", "TongbanAttestation")
CRYPTOSUITE = "eddsa-jcs-2022"
SIZE_MAX = 16 * 1024
"""Canonical bytes of a credential, proof included."""
RESIDENT = "urn:tongban:resident:"

CHINA = timezone(timedelta(hours=8))

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Fact = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")]
ClaimName = Annotated[str, msgspec.Meta(pattern=r"^(?!(id|type)\Z)[A-Za-z][A-Za-z0-9_]{0,63}\Z")]
Claim = Annotated[str, msgspec.Meta(max_length=1000)] | int | bool
Id = Annotated[str, msgspec.Meta(pattern=r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")]
SubjectId = Annotated[str, msgspec.Meta(pattern=r"^urn:tongban:resident:[A-Za-z0-9_-]{43}\Z")]


class _Issuer(msgspec.Struct):
    id: str
    name: Name


class _Subject(msgspec.Struct):
    id: SubjectId
    fact: Fact
    claims: Annotated[dict[ClaimName, Claim], msgspec.Meta(max_length=64)]


class _Proof(msgspec.Struct, rename="camel"):
    type: str
    cryptosuite: str
    created: Instant
    verification_method: str
    proof_purpose: str
    proof_value: str


class _Credential(msgspec.Struct, rename="camel"):
    context: tuple[str, str] = msgspec.field(name="@context")
    id: Id
    type: tuple[str, str]
    name: Name
    issuer: _Issuer
    valid_from: Instant
    valid_until: Instant
    credential_subject: _Subject


class _Secured(_Credential, rename="camel"):
    proof: _Proof


@dataclass(frozen=True)
class Attestation:
    """What a verified credential says. Validity is counted in whole days of UTC+8, both ends included."""

    id: str
    fact: str
    """Code of the fact, as the sharing rules name it."""
    fact_name: str
    subject: str
    issuer: str
    """`did:key` of the issuer."""
    issuer_name: str
    """The name under which the issuer was admitted here, whatever the credential calls it."""
    valid_from: date
    valid_until: date
    claims: Mapping[str, Claim] = field(hash=False, repr=False)


def resident_pseudonym(city_key: bytes, number: str) -> str:
    """`urn:tongban:resident:…` for a resident id number in its normal form (18 characters), else ValueError."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise ValueError("a pseudonym is made of a resident id number in its normal form")
    return RESIDENT + text_of(keyed_hash(city_key, number.encode()))


def issue(
    pair: KeyPair,
    *,
    credential_id: str,
    fact: str,
    fact_name: str,
    claims: Mapping[str, Claim],
    subject: str,
    issuer_name: str,
    valid_from: date,
    valid_until: date,
    created: date,
) -> dict[str, Any]:
    """The signed credential, a canonical value of at most SIZE_MAX bytes.

    `credential_id` is `urn:uuid:…`, `subject` a `resident_pseudonym`, `fact` a code of ASCII letters, digits and `_.-`.
    Claims are texts, integers and booleans under names of ASCII letters, digits and `_`, not `id` or `type`. A plain
    date means its first second in UTC+8, for `valid_until` its last; a datetime must know its zone (else ValueError).
    Raises Refusal: unfit content, too large, period.
    """
    did = multibase.did_key(pair.public)
    document = {
        "@context": list(CONTEXTS),
        "id": credential_id,
        "type": list(TYPES),
        "name": fact_name,
        "issuer": {"id": did, "name": issuer_name},
        "validFrom": _stamp(valid_from, time.min),
        "validUntil": _stamp(valid_until, time(23, 59, 59)),
        "credentialSubject": {"id": subject, "fact": fact, "claims": dict(claims)},
    }
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": _stamp(created, time.min),
        "verificationMethod": _method(did),
        "proofPurpose": "assertionMethod",
        "@context": list(CONTEXTS),
    }
    try:
        _period(_read(document, _Credential))
        signature = pair.sign(hash_data(document, options))
    except (canonical.NotCanonical, msgspec.ValidationError) as error:
        raise Refusal("attestations.unfit") from error
    secured = {**document, "proof": {**options, "proofValue": multibase.encode(signature)}}
    if len(canonical.encode(secured)) > SIZE_MAX:
        raise Refusal("attestations.too_large", kilobytes=SIZE_MAX // 1024)
    return secured


def verify(credential: Any, issuer_keys: Mapping[str, tuple[str, Collection[str]]]) -> Attestation:
    """What `credential` attests, once it is proven.

    `issuer_keys`: `did:key` of an issuer -> (its name, the facts that it may attest). The checks, in this order, each
    with its Refusal:

    1. `not_credential`: canonical, within SIZE_MAX, and of the shape that `issue` gives
    2. `period`: it does not end before it begins
    3. `cryptosuite`: a Data Integrity proof by eddsa-jcs-2022, made to assert
    4. `issuer_unknown`: the issuer is admitted, and the proof names the issuer's own key
    5. `issuer_not_entitled`: the issuer may attest this fact
    6. `proof_bad`: the signature holds
    """
    try:  # 1
        if len(canonical.encode(credential)) > SIZE_MAX:
            raise Refusal("attestations.not_credential")
        read = _read(credential, _Secured)
    except (canonical.NotCanonical, msgspec.ValidationError) as error:
        raise Refusal("attestations.not_credential") from error
    first, last = _period(read)  # 2
    proof, did, fact = read.proof, read.issuer.id, read.credential_subject.fact
    suite = (proof.type, proof.cryptosuite, proof.proof_purpose)
    if suite != ("DataIntegrityProof", CRYPTOSUITE, "assertionMethod"):  # 3
        raise Refusal("attestations.cryptosuite")
    if did not in issuer_keys or proof.verification_method != _method(did):  # 4
        raise Refusal("attestations.issuer_unknown")
    issuer_name, facts = issuer_keys[did]
    if fact not in facts:  # 5
        raise Refusal("attestations.issuer_not_entitled", issuer=issuer_name, fact=fact)
    if not proof_holds(credential, multibase.key_of_did(did)):  # 6
        raise Refusal("attestations.proof_bad", issuer=issuer_name)
    subject = read.credential_subject
    return Attestation(read.id, fact, read.name, subject.id, did, issuer_name, first, last, subject.claims)


def proof_holds(credential: Mapping[str, Any], public: bytes) -> bool:
    """Whether the one eddsa-jcs-2022 proof of any credential holds under an Ed25519 key (section 3.3.2).

    Stricter than the standard in one point: contexts added after signing are not overlooked but break the proof.
    """
    document = {key: value for key, value in credential.items() if key != "proof"}
    options = {key: value for key, value in credential["proof"].items() if key != "proofValue"}
    if options.get("@context", document.get("@context")) != document.get("@context"):
        return False
    try:
        signature = multibase.decode(credential["proof"]["proofValue"])
    except multibase.NotMultibase:
        return False
    return signature_holds(public, hash_data(document, options), signature)


def hash_data(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """What is signed: SHA-256 of the canonical proof options, then SHA-256 of the canonical document (3.3.4).

    `document` is without its proof, `options` without the proof's value and with the document's `@context`.
    """
    return digest(canonical.encode(dict(options))) + digest(canonical.encode(dict(document)))


State = Literal["valid", "not_yet", "expired", "revoked"]


def standing(attestation: Attestation, today: date, revoked: bool) -> State:
    """How it stands on the day `today` (UTC+8). Its sentence is `attestations.<state>`, filled by `words`."""
    if revoked:
        return "revoked"
    if today < attestation.valid_from:
        return "not_yet"
    return "valid" if today <= attestation.valid_until else "expired"


def words(attestation: Attestation) -> dict[str, str]:
    """What fills the sentences of `standing`. Names the fact and its issuer, nothing about the resident."""
    return {
        "fact_name": attestation.fact_name,
        "issuer": attestation.issuer_name,
        "valid_from": attestation.valid_from.isoformat(),
        "valid_until": attestation.valid_until.isoformat(),
    }


_Shape = TypeVar("_Shape", bound=_Credential)


def _read(value: Any, shape: type[_Shape]) -> _Shape:
    """`value` in the shape of ours. Raises msgspec.ValidationError."""
    read = msgspec.convert(value, shape)
    if read.context != CONTEXTS or read.type != TYPES:
        raise msgspec.ValidationError("other contexts or types than those of an attestation")
    return read


def _period(read: _Credential) -> tuple[date, date]:
    """First and last day of validity in UTC+8; an end at midnight closes the day before. Raises Refusal."""
    try:
        first = read.valid_from.astimezone(CHINA).date()
        last = (read.valid_until.astimezone(CHINA) - timedelta(seconds=1)).date()
    except OverflowError:
        raise Refusal("attestations.period") from None
    if read.valid_until < read.valid_from:
        raise Refusal("attestations.period")
    return first, last


def _stamp(moment: date, at: time) -> str:
    """RFC 3339 in UTC+8: a date with the time `at`, or a datetime that knows its zone."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, at, CHINA)
    elif moment.tzinfo is None:
        raise ValueError("a datetime without its zone")
    return moment.astimezone(CHINA).isoformat(timespec="seconds")


def _method(did: str) -> str:
    """The verification method of a `did:key`: its one key, named by itself."""
    return f"{did}#{did.removeprefix('did:key:')}"
