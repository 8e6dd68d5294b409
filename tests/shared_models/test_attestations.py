from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import nacl.exceptions
import nacl.signing
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_models import attestations, canonical, multibase, texts
from shared_models.attestations import Attestation
from shared_models.refusals import Refusal
from shared_models.signing import KeyPair

PAIR = KeyPair.from_seed(bytes(range(32)))
DID = multibase.did_key(PAIR.public)
OTHER = KeyPair.from_seed(bytes(range(1, 33)))
CITY_KEY = b"k" * 32
SUBJECT = attestations.resident_pseudonym(CITY_KEY, "11010519491231002X")
KEYS = {DID: ("广安市民政局", {"low_income", "disability"})}
CREDENTIAL_ID = "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33"


def issued(**changes: Any) -> dict[str, Any]:
    """A credential of the civil affairs department for a low-income household, with some fields as given."""
    fields: dict[str, Any] = {
        "credential_id": CREDENTIAL_ID,
        "fact": "low_income",
        "fact_name": "最低生活保障家庭",
        "claims": {"household_size": 3, "level": "A类", "rural": False},
        "subject": SUBJECT,
        "issuer_name": "广安市民政局",
        "valid_from": date(2026, 1, 1),
        "valid_until": date(2026, 12, 31),
        "created": datetime(2026, 1, 1, 1, 30, tzinfo=UTC),
    }
    return attestations.issue(PAIR, **{**fields, **changes})


def refused(credential: Any) -> str:
    """The code with which `verify` refuses; its sentence must stand in both languages, all filled in."""
    with pytest.raises(Refusal) as caught:
        attestations.verify(credential, KEYS)
    refusal = caught.value
    for language in texts.LANGUAGES:
        assert refusal.code != texts.sentence(refusal.code, language, **refusal.values)
        assert "{" not in texts.sentence(refusal.code, language, **refusal.values)
    return refusal.code.removeprefix("attestations.")


def signed_again(credential: dict[str, Any], pair: KeyPair = PAIR) -> dict[str, Any]:
    """`credential` as changed, with a proof that holds for the change: what a false issuer could make."""
    document = {key: value for key, value in credential.items() if key != "proof"}
    options = {key: value for key, value in credential["proof"].items() if key != "proofValue"}
    signature = multibase.encode(pair.sign(attestations.hash_data(document, options)))
    return {**document, "proof": {**options, "proofValue": signature}}


# The standard's own example: https://www.w3.org/TR/vc-di-eddsa/#representation-eddsa-jcs-2022

STANDARD_SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
STANDARD_DID = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
STANDARD_SIGNED = json.loads("""{
  "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
  "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
  "type": ["VerifiableCredential", "AlumniCredential"],
  "name": "Alumni Credential",
  "description": "A minimum viable example of an Alumni Credential.",
  "issuer": "https://vc.example/issuers/5678",
  "validFrom": "2023-01-01T00:00:00Z",
  "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
  "proof": {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "created": "2023-02-24T23:36:38Z",
    "verificationMethod":
      "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
    "proofPurpose": "assertionMethod",
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
    "proofValue": "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
  }
}""")
STANDARD_HASH_DATA = (
    "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db"
    "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
)


def test_the_hashes_of_the_published_example_come_out() -> None:
    document = {key: value for key, value in STANDARD_SIGNED.items() if key != "proof"}
    options = {key: value for key, value in STANDARD_SIGNED["proof"].items() if key != "proofValue"}
    assert attestations.hash_data(document, options).hex() == STANDARD_HASH_DATA


def test_the_published_example_is_signed_to_the_published_byte() -> None:
    secret = multibase.decode(STANDARD_SECRET)
    assert secret[:2] == b"\x80\x26"  # multicodec of an Ed25519 private key
    pair = KeyPair.from_seed(secret[2:])
    assert multibase.did_key(pair.public) == STANDARD_DID
    assert signed_again(STANDARD_SIGNED, pair) == STANDARD_SIGNED


def test_the_published_example_is_proven_and_a_changed_one_is_not() -> None:
    public = multibase.key_of_did(STANDARD_DID)
    assert attestations.proof_holds(STANDARD_SIGNED, public)
    assert not attestations.proof_holds({**STANDARD_SIGNED, "name": "Alumni credential"}, public)
    assert not attestations.proof_holds(STANDARD_SIGNED, PAIR.public)


def test_a_foreign_credential_is_no_attestation() -> None:
    assert refused(STANDARD_SIGNED) == "not_credential"


# What is issued


def test_an_issued_credential_verifies_to_what_was_said() -> None:
    assert attestations.verify(issued(), KEYS) == Attestation(
        id=CREDENTIAL_ID,
        fact="low_income",
        fact_name="最低生活保障家庭",
        subject=SUBJECT,
        issuer=DID,
        issuer_name="广安市民政局",
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
        claims={"household_size": 3, "level": "A类", "rural": False},
    )


def test_a_credential_has_the_form_of_the_standard() -> None:
    credential = issued()
    assert credential["@context"] == credential["proof"]["@context"]
    assert credential["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert all(isinstance(context, str) for context in credential["@context"])
    assert credential["validFrom"] == "2026-01-01T00:00:00+08:00"
    assert credential["validUntil"] == "2026-12-31T23:59:59+08:00"
    assert credential["proof"]["created"] == "2026-01-01T09:30:00+08:00"
    assert credential["proof"]["verificationMethod"] == f"{DID}#{DID.removeprefix('did:key:')}"


def test_a_credential_comes_back_from_its_canonical_bytes() -> None:
    data = canonical.encode(issued())
    assert rfc8785.dumps(issued()) == data
    assert attestations.verify(canonical.decode(data), KEYS) == attestations.verify(issued(), KEYS)


def base58(text: str) -> bytes:
    number = 0
    for character in text:
        number = number * 58 + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(character)
    return number.to_bytes(64, "big")


def foreign_verifier(credential: dict[str, Any]) -> bool:
    """Section 3.3.2 of the standard written from its text, with rfc8785, hashlib and PyNaCl: nothing of ours."""
    secured = copy.deepcopy(credential)
    options = secured.pop("proof")
    signature = base58(options.pop("proofValue").removeprefix("z"))
    if secured["@context"][: len(options["@context"])] != options["@context"]:
        return False
    secured["@context"] = options["@context"]
    hashed = hashlib.sha256(rfc8785.dumps(options)).digest() + hashlib.sha256(rfc8785.dumps(secured)).digest()
    key = base58(options["verificationMethod"].split("#")[1].removeprefix("z"))[-32:]
    try:
        nacl.signing.VerifyKey(key).verify(hashed, signature)
    except nacl.exceptions.BadSignatureError:
        return False
    return True


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True).filter(lambda name: name not in ("id", "type")),
        st.text(max_size=20) | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans(),
        max_size=5,
    ),
    st.text(min_size=1, max_size=30),
)
def test_a_foreign_verifier_accepts_whatever_is_issued(claims: dict[str, str | int | bool], fact_name: str) -> None:
    credential = issued(claims=claims, fact_name=fact_name)
    assert foreign_verifier(credential)
    assert attestations.verify(credential, KEYS).claims == claims


# What is not believed


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield (*path, key)
        yield from places(child, (*path, key))


PLACES = sorted(places(issued()), key=str)


def changed(credential: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copied = copy.deepcopy(credential)
    at: Any = copied
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copied


def inside(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=3,
)


@given(st.sampled_from(PLACES), st.data())
@settings(max_examples=400)
def test_no_field_can_be_changed(path: tuple[Any, ...], data: st.DataObject) -> None:
    value = inside(issued(), path)
    other = data.draw(json_values)
    if isinstance(value, str) and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(value)))
        end = place + data.draw(st.integers(0, 1))
        other = value[:place] + data.draw(st.text("01aAzZ:-+T#文", max_size=2)) + value[end:]
    elif isinstance(value, bool):
        other = not value
    elif isinstance(value, int):
        other = value + data.draw(st.integers(1, 9))
    if other != value or type(other) is not type(value):
        refused(changed(issued(), path, other))


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_no_field_can_be_left_out(path: tuple[Any, ...]) -> None:
    credential = issued()
    del inside(credential, path[:-1])[path[-1]]
    refused(credential)


@pytest.mark.parametrize(
    "path", [(), ("issuer",), ("credentialSubject",), ("credentialSubject", "claims"), ("proof",)], ids=str
)
def test_no_field_can_be_added(path: tuple[Any, ...]) -> None:
    assert refused(changed(issued(), (*path, "extra"), "1")) == "proof_bad"


@given(json_values)
def test_anything_else_is_refused(value: Any) -> None:
    assert refused(value) == "not_credential"


def test_an_unknown_issuer_is_refused() -> None:
    stranger = attestations.verify(issued(), {DID: ("x", ["low_income"])})
    assert stranger.issuer_name == "x"
    with pytest.raises(Refusal) as caught:
        attestations.verify(issued(), {})
    assert caught.value.code == "attestations.issuer_unknown"


def test_a_proof_by_another_key_than_the_issuers_own_is_refused() -> None:
    assert refused(signed_again(issued(), OTHER)) == "proof_bad"
    other_did = multibase.did_key(OTHER.public)
    method = f"{other_did}#{other_did.removeprefix('did:key:')}"
    assert refused(signed_again(changed(issued(), ("proof", "verificationMethod"), method), OTHER)) == "issuer_unknown"


def test_an_issuer_is_believed_for_its_own_facts_only() -> None:
    assert refused(issued(fact="household_register")) == "issuer_not_entitled"


@pytest.mark.parametrize(
    ("field", "value"),
    [("cryptosuite", "eddsa-rdfc-2022"), ("type", "Ed25519Signature2020"), ("proofPurpose", "authentication")],
)
def test_another_way_of_signing_is_refused(field: str, value: str) -> None:
    assert refused(signed_again(changed(issued(), ("proof", field), value))) == "cryptosuite"


def test_other_contexts_or_types_are_refused_even_when_signed() -> None:
    more = [*attestations.CONTEXTS, "https://example.com/other-meaning"]
    assert refused(signed_again(changed(issued(), ("@context",), more))) == "not_credential"
    assert refused(signed_again(changed(issued(), ("type", 1), "OtherCredential"))) == "not_credential"


def test_an_end_before_the_beginning_is_refused_even_when_signed() -> None:
    assert refused(signed_again(changed(issued(), ("validUntil",), "2025-12-31T23:59:59+08:00"))) == "period"
    assert refused(signed_again(changed(issued(), ("validUntil",), "9999-12-31T23:59:59-12:00"))) == "period"


def test_a_set_of_proofs_or_an_oversized_credential_is_refused() -> None:
    credential = issued()
    assert refused({**credential, "proof": [credential["proof"]]}) == "not_credential"
    assert refused(signed_again({**credential, "note": "x" * attestations.SIZE_MAX})) == "not_credential"


# What is not issued


@pytest.mark.parametrize(
    "changes",
    [
        {"credential_id": "58172aac"},
        {"credential_id": CREDENTIAL_ID + "\n"},
        {"fact": "低保"},
        {"fact_name": ""},
        {"fact_name": "x" * 201},
        {"fact_name": "\ud800"},
        {"issuer_name": ""},
        {"subject": "urn:tongban:resident:11010519491231002X"},
        {"claims": {"id": "did:example:1"}},
        {"claims": {"type": "x"}},
        {"claims": {"@id": "x"}},
        {"claims": {"收入": 1}},
        {"claims": {"income": 1.5}},
        {"claims": {"income": 2**53}},
        {"claims": {"income": None}},
        {"claims": {"income": {"@type": "x"}}},
        {"claims": {f"claim_{n}": n for n in range(65)}},
    ],
)
def test_unfit_content_is_not_issued(changes: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        issued(**changes)
    assert caught.value.code == "attestations.unfit"


def test_an_attestation_that_is_too_large_is_not_issued() -> None:
    with pytest.raises(Refusal) as caught:
        issued(claims={f"claim_{n}": "文" * 1000 for n in range(10)})
    assert caught.value == Refusal("attestations.too_large", kilobytes=16)


def test_an_attestation_that_ends_before_it_begins_is_not_issued() -> None:
    with pytest.raises(Refusal) as caught:
        issued(valid_until=date(2025, 12, 31))
    assert caught.value.code == "attestations.period"


def test_a_moment_without_its_zone_is_not_issued() -> None:
    with pytest.raises(ValueError, match="zone"):
        issued(created=datetime(2026, 1, 1))  # noqa: DTZ001 - the claim is about such a moment


# The resident


def test_a_pseudonym_is_the_same_for_the_same_key_and_number_and_tells_neither() -> None:
    assert attestations.resident_pseudonym(CITY_KEY, "11010519491231002X") == SUBJECT
    assert attestations.resident_pseudonym(b"K" * 32, "11010519491231002X") != SUBJECT
    assert attestations.resident_pseudonym(CITY_KEY, "440524188001010014") != SUBJECT
    assert "1949" not in SUBJECT


def test_a_pseudonym_is_made_of_a_normal_number_only() -> None:
    with pytest.raises(ValueError, match="normal form"):
        attestations.resident_pseudonym(CITY_KEY, "11010519491231002x")


# How it stands


def test_an_attestation_is_valid_on_its_first_and_last_day_and_not_outside() -> None:
    attestation = attestations.verify(issued(), KEYS)
    day = timedelta(days=1)
    for today, state in (
        (attestation.valid_from - day, "not_yet"),
        (attestation.valid_from, "valid"),
        (attestation.valid_until, "valid"),
        (attestation.valid_until + day, "expired"),
    ):
        assert attestations.standing(attestation, today, revoked=False) == state
        assert attestations.standing(attestation, today, revoked=True) == "revoked"


def test_an_end_at_midnight_closes_the_day_before() -> None:
    midnight = datetime(2026, 12, 31, 16, tzinfo=UTC)  # the first moment of 2027 in China
    assert attestations.verify(issued(valid_until=midnight), KEYS).valid_until == date(2026, 12, 31)


@pytest.mark.parametrize("state", ["valid", "not_yet", "expired", "revoked"])
def test_every_standing_is_a_whole_sentence_in_both_languages(state: str) -> None:
    values = attestations.words(attestations.verify(issued(), KEYS))
    for language in texts.LANGUAGES:
        sentence = texts.sentence(f"attestations.{state}", language, **values)
        assert "最低生活保障家庭" in sentence
        assert "{" not in sentence
