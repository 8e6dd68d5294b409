"""The bounded share of fuzzing: every stored input, some hundred changes of them, and what a grammar gives."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import CORPUS, corpus_of
from tests.fuzz.mutation import mutated
from tests.fuzz.targets import Target, targets
from tests.fuzz.targets.forms_of_bytes import canonical_form, exported_line, invitation, receipt, record
from tests.fuzz.targets.numbers import scanned
from tests.fuzz.targets.uploads import BOUNDARY, multipart
from tests.vectors.pieces import run

CHANGES = {"bundle": 30, "exported": 60, "to_hub": 120, "stick_to_hub": 120, "stick_to_child": 120, "to_child": 120}
"""How many, of targets that take their time."""
CHANGES_ELSE = 300


def test_every_target_has_a_corpus_and_every_corpus_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(targets())
    assert all(corpus_of(name) for name in targets())


@pytest.mark.parametrize("target", targets().values(), ids=lambda target: target.name)
def test_whatever_comes_is_read_or_refused_as_documented(target: Target, tmp_path: Path) -> None:
    work = target.open(tmp_path)
    stored = list(corpus_of(target.name).values())
    answers = {work(data) for data in stored}
    random = Random(target.name)
    for _ in range(CHANGES.get(target.name, CHANGES_ELSE)):
        answers.add(work(mutated(random.choice(stored), stored, random)))
    assert len(answers) > 1, "a target that always says the same looks at nothing"


# ---------------------------------------------------------------- from a grammar

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
numbers = st.integers() | st.integers(-(2**54), 2**54)
plain: st.SearchStrategy[Any] = st.none() | st.booleans() | numbers | texts | st.floats()
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20)
HEADER: dict[str, Any] = json.loads(run(1)[0].header_bytes)
EXPORTED: dict[str, Any] = json.loads((CORPUS / "exported" / "seed-01").read_bytes())


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8", "surrogatepass")


@given(values)
def test_any_value_is_canonical_or_not(value: Any) -> None:
    assert canonical_form(dumped(value)) in ("read", "no")


@given(st.dictionaries(st.sampled_from(sorted(HEADER)) | texts, values, max_size=3), values)
def test_any_header_is_a_record_or_none(changes: dict[str, Any], body: Any) -> None:
    assert record(dumped(HEADER | changes) + b"\n" + dumped(body))


@given(st.dictionaries(st.sampled_from(["child", "hub", "journal", "hash", "time", "upstream", "version"]), values))
def test_any_receipt_is_read_or_none(changes: dict[str, Any]) -> None:
    said = {"child": "a", "hub": "b", "journal": 1, "hash": "", "time": 1, "upstream": 0, "suite": 1, "version": 1}
    assert receipt(dumped(said | changes)) in ("read", "no")


@given(st.dictionaries(st.sampled_from(sorted(EXPORTED)), values, min_size=1, max_size=2))
def test_any_exported_line_is_proven_or_not(changes: dict[str, Any]) -> None:
    assert exported_line(dumped(EXPORTED | changes)) in ("proven", "not proven")


@given(texts | st.from_regex(r"TBI1\.[A-Za-z0-9_-]{0,60}", fullmatch=True))
def test_any_text_is_an_invitation_or_none(text: str) -> None:
    assert invitation(text.encode()) in ("read", "sync.invitation_malformed")


@given(st.text() | st.from_regex(r"[0-9]{6,18}[0-9Xx]?|[0-9A-Z]{18,31}|[0-9-]{20,50}", fullmatch=True))
def test_anything_may_be_scanned(text: str) -> None:
    assert scanned(text.encode("utf-8", "surrogatepass"))


PARTS = st.tuples(st.binary(max_size=30), st.sampled_from([b"", b'; filename="a"', b"; filename=", b"\r\nX: y"]),
                  st.binary(max_size=80) | st.just(bytes(4000)))  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PARTS, max_size=8), st.booleans())
def test_any_form_is_read_or_refused(parts: list[tuple[bytes, bytes, bytes]], whole: bool) -> None:
    said = [b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (BOUNDARY, *part) for part in parts]
    assert multipart(b"".join(said) + (b"--%s--\r\n" % BOUNDARY if whole else b""))
