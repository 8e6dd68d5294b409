"""docs/protocol.md and docs/cases.md say what the code does: drawings, limits, fields, codes, examples."""

from __future__ import annotations

import inspect
import json
import re
import typing
from pathlib import Path

import msgspec
import pytest

from deploy import drawings
from shared_models import canonical, cases, records, roster, texts
from shared_models.cases import applying
from shared_models.records import BodyClaim, Header
from sync_protocol.core import checkpoints, frames, joining, messages, opening, session, verdicts
from sync_protocol.core.frames import PLAIN, unpack
from sync_protocol.store import attachments
from sync_protocol.wire import server

VECTORS = Path(__file__).parents[1] / "vectors"


def read(name: str) -> str:
    return (drawings.DOCS / name).read_text(encoding="utf-8")


PROTOCOL, CASES = read("protocol.md"), read("cases.md")


@pytest.mark.parametrize("name", drawings.PAGES)
def test_the_page_shows_the_tables_as_they_are(name: str) -> None:
    assert read(name) == drawings.page(read(name)), "run `python -m deploy.drawings`"


def test_every_drawing_stands_in_a_page() -> None:
    drawn = set(re.findall(r"<!-- drawn: (\w+) -->", "".join(map(read, drawings.PAGES))))
    assert drawn == set(drawings.DRAWINGS)


def test_a_drawing_follows_its_table() -> None:
    picture = drawings.session_picture()
    for (before, _), after in session.MOVES.items():
        assert f"{before.value} --> {after.value}: " in picture
    for (status, kind), following in cases.MOVES.items():
        assert f"{status} --> {following}: " in drawings.case_picture()
        assert f"| {status} | `{kind}` | {following} |" in drawings.case_table()


def test_the_table_of_header_fields_is_complete_and_names_no_others() -> None:
    table = PROTOCOL.split("## 3. A record")[1].split("All fields stand")[0]
    told = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    fields = [field.encode_name for kind in (Header, BodyClaim) for field in msgspec.structs.fields(kind)]
    assert sorted(told) == sorted(fields)


@pytest.mark.parametrize("kind", typing.get_args(messages.AnyMessage), ids=lambda kind: kind.__name__)
def test_every_message_has_an_example_that_is_read_as_that_message(kind: type[messages.Message]) -> None:
    tag = kind.__struct_config__.tag
    section = re.search(rf"^### `{tag}` (?:child|parent|either)\n(.*?)(?=^##)", PROTOCOL, re.MULTILINE | re.DOTALL)
    assert section, f"docs/protocol.md does not tell of {tag}"
    example = re.search(r"```json\n(.*?)\n```", section[1], re.DOTALL)
    assert example
    assert type(unpack(PLAIN, example[1].encode())) is kind
    unknown = set(json.loads(example[1])) - {"type", *(field.encode_name for field in msgspec.structs.fields(kind))}
    assert not unknown


def test_the_worked_example_is_the_one_of_the_vectors() -> None:
    worked = json.loads((VECTORS / "worked.json").read_text(encoding="utf-8"))
    missing = [name for name, value in worked.items() if value not in PROTOCOL]
    assert not missing
    assert f"The header, {len(worked['header'])} bytes" in PROTOCOL
    assert f"version=1 {len(worked['header'])} {{" in PROTOCOL


def test_every_vector_file_is_named_where_it_belongs() -> None:
    for path in VECTORS.glob("*.json*"):
        assert f"`{path.name}`" in PROTOCOL


def test_every_code_of_verdicts_frames_and_roster_is_explained() -> None:
    codes = {
        code
        for room in (verdicts, frames, roster)
        for code in re.findall(r'"((?:sync|roster)\.\w+)"', inspect.getsource(room))
    }
    codes -= {kind for kind in codes if kind in (roster.ADMITTED, roster.ISSUER_ADMITTED, roster.ISSUER_REVOKED)}
    missing = [code for code in sorted(codes) if f"`{code}`" not in PROTOCOL]
    assert not missing
    assert codes <= texts.sentences().keys() | {roster.REVOKED}


def test_types_paths_and_names_are_those_of_the_code() -> None:
    for told in (
        *(records.PAYLOAD_TYPE, session.PROOF_TYPE, opening.PROOF_TYPE_2, joining.REQUEST_TYPE),
        *(checkpoints.RECEIPT_TYPE, checkpoints.CHECKPOINT_TYPE, checkpoints.COSIGNATURE_TYPE),
        *(server.PATH, server.SESSION_HEADER, server.MEDIA_TYPE, joining.JOIN_PATH, joining.PREFIX),
    ):
        assert told in PROTOCOL, told


def test_numbers_in_sentences_are_those_of_the_code() -> None:
    for sentence in (
        f"at most {canonical.DEPTH_MAX} levels",
        f"in order; at most {records.PARENTS_MAX} |",
        f"Texts have at most {records.TEXT_MAX} characters",
        f"big-endian, 1 to {frames.FRAME_BYTES_MAX:,}",
        f"unpacks to at most {frames.UNPACKED_BYTES_MAX:,} bytes",
        f"of at most {2**frames.WINDOW_BITS_MAX // 2**20} MiB",
        f"in pieces of {attachments.PIECE_BYTES:,} bytes",
        f"Nonces are {session.NONCE_BYTES} random bytes",
        f"holds {records.SALT_BYTES} random bytes",
    ):
        assert sentence in " ".join(PROTOCOL.split()), sentence


def test_every_status_kind_and_effect_is_told_in_the_page_of_cases() -> None:
    for status in {"new", *cases.MOVES.values()}:
        assert f"| {status} | " in CASES.split("what the resident is told")[1]
    effects = set(re.findall(r'"(applied|kept|conflict|irregular)"', inspect.getsource(applying)))
    for effect in effects:
        assert re.search(rf"^\| {effect} \| ", CASES, re.MULTILINE)
    assert effects == {"applied", "kept", "conflict", "irregular"}
