"""The short way for the first application of a case says the same as the long one, or says nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models import canonical, cases
from shared_models.cases import Application, CaseFile, Event, Fact, Material, Promise, application_in, apply, opened
from shared_models.signing import text_of
from tests.shared_models.case_histories import AREA, MATERIALS, NUMBER, application, attachment

SALT = text_of(bytes(16))
texts = st.text(st.characters(codec="utf-8"), max_size=8)
materials = st.builds(
    Material, texts, texts, st.booleans(), st.booleans(), st.sampled_from(["received", "missing", "promised"]),
    texts, texts, texts, st.lists(st.builds(attachment, texts), max_size=2).map(tuple),
)  # fmt: skip
applications = st.builds(
    lambda base, fields, given_materials, day, promise: msgspec.structs.replace(
        base, fields=fields, materials=tuple(given_materials), day=day, promise=promise
    ),
    st.builds(application, home=texts, missing=st.booleans()),
    st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=5), texts, max_size=3),
    st.lists(materials, max_size=3),
    texts,
    st.just(msgspec.UNSET) | st.builds(Promise, texts, st.integers(0, 400), st.booleans()),
)


def body_of(application: Application, **more: object) -> dict[str, Any]:
    return {**msgspec.to_builtins(application), "salt": SALT, **more}


@given(applications)
def test_what_this_version_writes_is_read_in_one_step(written: Application) -> None:
    body = canonical.encode(body_of(written))
    assert application_in(body) == written
    assert type(application_in(body)) is Application


@given(applications, st.sampled_from([cases.ACCEPTED, cases.NOTIFIED]))
def test_a_case_that_is_opened_is_what_apply_makes_of_it(written: Application, kind: str) -> None:
    fact = Fact("f" * 43, kind, "node", "station", "clerk-1", (7, 1), (), body_of(written))
    event = Event(fact.id, fact.kind, fact.node, fact.tier, fact.actor, fact.hlc[0], "applied")
    assert opened(NUMBER, event, AREA, written) == apply(CaseFile(NUMBER), fact, AREA)


BIG = 2**53
BODY = canonical.encode(body_of(application()))
TOO_LARGE = {**msgspec.to_builtins(attachment("a")), "size": BIG}
ODD = {
    "a field of a later version": canonical.encode(body_of(application(), later=1)),
    "no salt": canonical.encode(msgspec.to_builtins(application())),
    "spaces": BODY.replace(b'":', b'": ', 1),
    "another order": msgspec.json.encode(body_of(application())),
    "a name that is not ASCII": msgspec.json.encode(body_of(application(), fields={"名": "x"}), order="sorted"),
    "a field twice": BODY.replace(b'"deadline"', b'"day":"2026-11-23","deadline"', 1),
    "a number beyond all": msgspec.json.encode(
        body_of(application(), item={**msgspec.to_builtins(application().item), "version": BIG}), order="sorted"
    ),
    "a size beyond all": msgspec.json.encode(
        body_of(application(), materials=[{**msgspec.to_builtins(MATERIALS[0]), "attachments": [TOO_LARGE]}]),
        order="sorted",
    ),
    "another type": canonical.encode(body_of(application(), day=5)),
    "a fraction": BODY.replace(b'"version":1', b'"version":1.0'),
    "half of a surrogate pair": BODY.replace(b"ABCD", b"\\ud800"),
    "a list": b"[]",
    "nothing": b"",
    "no text": b"\xff",
    "very deep": b"[" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_of_anything_else_nothing_is_said(body: bytes) -> None:
    assert application_in(body) is None
