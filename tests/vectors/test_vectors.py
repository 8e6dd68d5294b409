"""The product gives the expected answer on every vector, the vectors are made anew with the same bytes, and a reader
that knows only the documentation believes the export and nothing else."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared_models import canonical
from shared_models.records import PAYLOAD_TYPE, NotARecord, Record, body_is_true, record_of, signature_is_good
from shared_models.refusals import Refusal
from shared_models.roster import Roster
from shared_models.signing import KeyPair, bytes_of, digest, name_of_key, pae, text_of, verify
from sync_protocol.core.frames import FrameReader, RemoteProtocolError
from sync_protocol.core.joining import Invitation, JoinRequest, invitation_of, key_of_request, request_to_join
from sync_protocol.core.session import transcript
from sync_protocol.core.verdicts import Examination, Verdict
from sync_protocol.host.bundle_files import Keys, find
from sync_protocol.store.receipts import SignedReceipt, receipt_is_good
from sync_protocol.store.streams import next_mark
from tests.sync_protocol.kept import Kept
from tests.vectors import make, second_reader
from tests.vectors.pieces import of_wire

FOLDER = Path(__file__).parent


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


RECORDS = read("records.json")
ROOT_KEY, CITY = RECORDS["root_key"], RECORDS["city"]
EXPORT = [json.loads(line) for line in (FOLDER / make.JSONL).read_text(encoding="utf-8").splitlines()]


def test_the_vectors_are_made_anew_with_the_same_bytes() -> None:
    made = make.files()
    assert set(made) == {path.name for path in FOLDER.glob("*.json*")}
    for name, content in made.items():
        assert (FOLDER / name).read_bytes() == content, f"run `python -m tests.vectors.make`: {name} is another one"


# ---------------------------------------------------------------- records


def roster() -> Roster:
    known = Roster.rooted(bytes_of(ROOT_KEY), CITY)
    for value in RECORDS["roster"]:
        known = known.apply(of_wire(value))
    return known


def said_of(verdict: Verdict) -> str:
    return verdict.code or verdict.outcome.value


@pytest.mark.parametrize("vector", RECORDS["vectors"], ids=lambda vector: vector["name"])
def test_the_product_gives_the_expected_verdicts(vector: dict[str, Any]) -> None:
    known = roster()
    for value in vector["roster"]:
        known = known.apply(of_wire(value))
    run: list[Record] = []
    after: list[str] = []
    for value in vector["run"]:
        try:
            run.append(of_wire(value))
        except (NotARecord, ValueError):
            after = ["sync.not_a_record"]
            break
    kept = Kept(*map(of_wire, [*RECORDS["roster"], *vector["kept"]]))
    verdicts = Examination(known, kept.known, dense=vector["route"] == "journal").run(run)
    assert [said_of(verdict) for verdict in verdicts] + after == vector["expected"]


def test_the_worked_example_is_what_the_product_makes_and_believes() -> None:
    worked = read("worked.json")
    pair = KeyPair.from_seed(bytes.fromhex(worked["seed"]))
    assert pair.public.hex() == worked["public_key"]
    assert name_of_key(pair.public) == worked["node"]
    record = record_of(worked["header"].encode(), bytes_of(worked["signature"]), worked["body"].encode())
    assert signature_is_good(record, pair.public)
    assert body_is_true(record)
    assert record.id == worked["id"] == text_of(bytes.fromhex(worked["header_sha256"]))
    assert record.header.body.hash == worked["body_hash"] == text_of(digest(bytes.fromhex(worked["body_hex"])))
    assert pae(PAYLOAD_TYPE, record.header_bytes).hex() == worked["pae_hex"]
    assert record.signature.hex() == worked["signature_hex"]


# ---------------------------------------------------------------- the other forms


def test_canonical_forms_are_read_and_written_and_all_others_refused() -> None:
    forms = read("canonical.json")
    for form in forms["good"]:
        data = bytes.fromhex(form["hex"])
        assert canonical.encode(form["value"]) == data
        assert canonical.decode(data) == form["value"]
    for form in forms["bad"]:
        assert not canonical.is_canonical(bytes.fromhex(form["hex"])), form["why"]


def test_keys_have_the_names_that_the_vectors_give_them() -> None:
    for key in read("keys.json"):
        pair = KeyPair.from_seed(bytes.fromhex(key["seed"]))
        assert (pair.public.hex(), text_of(pair.public)) == (key["public_key"], key["public_key_text"])
        assert name_of_key(pair.public) == key["node"]


def test_the_running_hashes_of_journal_and_stream_are_those_of_the_product() -> None:
    journal = read("journal.json")
    running, mark = bytes(32), ""
    for identity, expected, expected_mark in zip(journal["ids"], journal["hashes"], journal["marks"], strict=True):
        running, mark = digest(running + identity.encode()), next_mark(mark, identity)
        assert (text_of(running), mark) == (expected, expected_mark)


def test_receipts_are_believed_or_not() -> None:
    receipts = read("receipts.json")
    key = bytes_of(receipts["hub_key"])

    def is_good(value: dict[str, str]) -> bool:
        return receipt_is_good(SignedReceipt(value["payload"].encode(), bytes_of(value["signature"])), key)

    assert is_good(receipts["good"])
    for bad in receipts["bad"]:
        assert not is_good(bad), bad["why"]


def test_a_session_is_opened_by_signatures_over_these_bytes() -> None:
    session = read("session.json")
    keys = {key["node"]: bytes.fromhex(key["public_key"]) for key in read("keys.json")}
    for role in ("child", "parent"):
        said = transcript(session["child"], session["parent"], session["child_nonce"], session["parent_nonce"], role)
        assert said.hex() == session[f"{role}_signs_hex"]
        assert verify(keys[session[role]], said, bytes_of(session[f"{role}_signature"]))


def test_an_invitation_is_read_and_answered_with_this_request() -> None:
    joining = read("joining.json")
    invitation = invitation_of(joining["text"])
    assert invitation == msgspec.convert(joining["invitation"], Invitation)
    pair = KeyPair.from_seed(bytes.fromhex(joining["seed"]))
    request = msgspec.convert(joining["request"], JoinRequest)
    assert request_to_join(pair, invitation) == request
    assert key_of_request(request, invitation.hub) == pair.public


def test_frames_are_read_or_refused_with_their_code() -> None:
    frames = read("frames.json")
    for good in frames["good"]:
        reader = FrameReader()
        reader.feed(bytes.fromhex(good["hex"]))
        assert msgspec.to_builtins(reader.next()) == good["message"], good["name"]
        assert reader.empty
    for bad in frames["bad"]:
        reader = FrameReader()
        reader.feed(bytes.fromhex(bad["hex"]))
        if reader_says(reader) != bad["code"]:
            pytest.fail(f"{bad['name']}: another answer than {bad['code']}")


def reader_says(reader: FrameReader) -> str:
    try:
        reader.next()
    except RemoteProtocolError as error:
        return error.code
    return "" if reader.empty else "sync.frame_truncated"


def read_parts(vector: dict[str, Any], parts: list[str], folder: Path) -> tuple[list[bytes], list[str]]:
    """The good frames of a bundle as the product reads them from files, and the codes of what is wrong."""
    paths = [folder / f"{number}.bundle" for number in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        path.write_bytes(bytes.fromhex(part))
    keys = {vector["sender"]: bytes_of(vector["sender_key"])}
    bundles, faults = find(paths, Keys(KeyPair.from_seed(bytes.fromhex(vector["receiver_seed"])), vector["receiver"],
                                       keys.get))  # fmt: skip
    frames: list[bytes] = []
    try:
        for bundle in bundles:
            for frame in bundle.frames():
                frames.append(frame)  # noqa: PERF402  # those before a fault are wanted
    except Refusal as refusal:
        faults.append(refusal)
    return frames, [fault.code for fault in faults]


def test_a_bundle_is_read_from_its_parts_in_any_order(tmp_path: Path) -> None:
    vector = read("bundle.json")
    for parts in (vector["parts"], vector["parts"][::-1]):
        frames, codes = read_parts(vector, parts, tmp_path)
        assert ([each.hex() for each in frames], codes) == (vector["frames"], [])


@pytest.mark.parametrize("bad", read("bundle.json")["bad"], ids=lambda bad: bad["why"])
def test_a_bundle_that_is_not_good_is_read_up_to_its_fault(bad: dict[str, Any], tmp_path: Path) -> None:
    vector = read("bundle.json")
    frames, codes = read_parts(vector, bad["parts"], tmp_path)
    assert codes == [bad["code"]]
    assert [each.hex() for each in frames] == vector["frames"][: bad["frames"]]


# ---------------------------------------------------------------- the second reader


def test_the_second_reader_imports_nothing_of_tongban() -> None:
    tree = ast.parse((FOLDER / "second_reader.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= {
        *("__future__", "base64", "binascii", "hashlib", "json", "sys", "typing", "nacl"),
    }


def test_the_second_reader_believes_every_line_of_the_export() -> None:
    for line in EXPORT:
        proven = second_reader.check_line(line, bytes_of(ROOT_KEY), CITY)
        assert proven.id == text_of(digest(proven.header_bytes))
    assert any(line["vouchers"] for line in EXPORT)
    assert any(line["body"] is None for line in EXPORT)
    assert any(line["certificates"] == [] for line in EXPORT)


@pytest.mark.parametrize("bad", read("export_bad.json"), ids=lambda bad: bad["why"])
def test_the_second_reader_believes_no_line_that_was_tampered_with(bad: dict[str, Any]) -> None:
    with pytest.raises(second_reader.NotProven):
        second_reader.check_line(bad["line"], bytes_of(ROOT_KEY), CITY)


def test_the_second_reader_believes_nothing_under_another_root_or_city() -> None:
    for line in EXPORT:
        with pytest.raises(second_reader.NotProven):
            second_reader.check_line(line, bytes(32), CITY)
        with pytest.raises(second_reader.NotProven):
            second_reader.check_line(line, bytes_of(ROOT_KEY), "5117")


def test_the_second_reader_opens_a_bundle_and_stops_where_the_product_does() -> None:
    vector = read("bundle.json")
    seed, key = bytes.fromhex(vector["receiver_seed"]), bytes_of(vector["sender_key"])

    def found(parts: list[str]) -> tuple[list[str], bool]:
        frames, fault = second_reader.read_bundle([bytes.fromhex(part) for part in parts], seed, key)
        return [frame.hex() for frame in frames], fault == ""

    assert found(vector["parts"]) == found(vector["parts"][::-1]) == (vector["frames"], True)
    for part, expected in zip(vector["parts"], vector["heads"], strict=True):
        head, _ = second_reader.open_head(bytes.fromhex(part), seed, key)
        assert head == json.loads(expected)
    for bad in vector["bad"]:
        assert found(bad["parts"]) == (vector["frames"][: bad["frames"]], False), bad["why"]


def test_the_second_reader_runs_alone_as_a_program(tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(FOLDER / "second_reader.py")]
    done = subprocess.run(
        [*command, str(FOLDER / make.JSONL), ROOT_KEY, CITY], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == f"{len(EXPORT)} proven, 0 not"
    spoilt = tmp_path / "spoilt.jsonl"
    lines = [json.dumps(each["line"]) for each in read("export_bad.json")] + ["{}", "[]", "1"]
    spoilt.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run([*command, str(spoilt), ROOT_KEY, CITY], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == f"0 proven, {len(lines)} not"
