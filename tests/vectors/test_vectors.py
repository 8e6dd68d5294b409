"""The product gives the expected answer on every vector, the vectors are made anew with the same bytes, and no verdict
of docs/protocol.md lacks one."""

from __future__ import annotations

import json
import re
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
from sync_protocol.core.messages import AnyMessage, WireRecord, records_in
from sync_protocol.core.primer import PRIMER
from sync_protocol.core.session import transcript
from sync_protocol.core.verdicts import Examination, Outcome, Verdict
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
PAGE = (FOLDER.parents[1] / "docs" / "protocol.md").read_text(encoding="utf-8")


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
    kept = Kept(*map(of_wire, [*RECORDS["roster"], *vector["roster"], *vector["kept"]]))
    verdicts = Examination(known, kept.known, dense=vector["route"] == "journal").run(run)
    assert [said_of(verdict) for verdict in verdicts] + after == vector["expected"]


def codes_of(title: str) -> set[str]:
    """The codes that a section of the page names."""
    section = PAGE.partition(f". {title}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"`((?:sync|roster|mandates|bundle)\.[a-z_]+)`", section))


def test_every_verdict_of_the_page_has_a_vector_and_no_other_one_is_given() -> None:
    given = {said for vector in RECORDS["vectors"] for said in vector["expected"]}
    kept = {outcome.value for outcome in Outcome} - {"gap", "fork", "refused"}  # those are said by their codes
    assert len(codes_of("Verdicts")) > 10
    assert given >= kept
    assert codes_of("Verdicts") == given - kept


def test_every_fault_of_a_frame_or_a_bundle_on_the_page_has_a_vector() -> None:
    assert codes_of("Frames") == {bad["code"] for bad in read("frames.json")["bad"]}
    assert codes_of("Bundles") - {"sync.fork", "bundle.json"} == {bad["code"] for bad in read("bundle.json")["bad"]}


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


def test_a_session_of_version_2_is_opened_by_signatures_over_offer_choice_and_incarnation() -> None:
    session = read("session.json")
    second = session["version_2"]
    keys = {key["node"]: bytes.fromhex(key["public_key"]) for key in read("keys.json")}
    for role in ("child", "parent"):
        said = {
            **{name: session[name] for name in ("child", "parent", "child_nonce", "parent_nonce")},
            "role": role,
            "version": second["version"],
            "versions": second["versions"],
            "incarnation": second["incarnation"] if role == "child" else "",
        }
        text = pae(second["type"], canonical.encode(said))
        assert text.hex() == second[f"{role}_signs_hex"]
        assert verify(keys[session[role]], text, bytes_of(second[f"{role}_signature"]))


def test_a_nonce_of_a_parent_that_takes_less_than_it_could_ends_in_a_mark() -> None:
    for each in read("session.json")["lowered_nonces"]:
        random, highest = bytes.fromhex(each["random"]), each["speaks"][1]
        marked = random[:10] + b"TBver" + bytes([highest])
        assert bytes_of(each["nonce"]) == (random if each["takes"] == highest else marked)


def test_an_invitation_is_read_and_answered_with_this_request() -> None:
    joining = read("joining.json")
    invitation = invitation_of(joining["text"])
    assert invitation == msgspec.convert(joining["invitation"], Invitation)
    pair = KeyPair.from_seed(bytes.fromhex(joining["seed"]))
    request = msgspec.convert(joining["request"], JoinRequest)
    assert request_to_join(pair, invitation) == request
    assert key_of_request(request, invitation.hub) == pair.public


def test_the_page_names_the_primer_that_frames_are_packed_with() -> None:
    assert f"{len(PRIMER):,} bytes" in PAGE
    assert digest(PRIMER).hex() in PAGE
    assert all(msgspec.json.decode(line, type=AnyMessage) for line in PRIMER.splitlines())


def test_frames_are_read_or_refused_with_their_code() -> None:
    frames = read("frames.json")
    for good in frames["good"]:
        reader = FrameReader()
        reader.feed(bytes.fromhex(good["hex"]))
        assert msgspec.json.decode(msgspec.json.encode(reader.next())) == good["message"], good["name"]
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
    keys = {vector["sender"]: [bytes_of(vector["sender_key"])]}
    own = [KeyPair.from_seed(bytes.fromhex(vector["receiver_seed"]))]
    bundles, faults = find(paths, Keys(own, vector["receiver"], lambda sender: keys.get(sender, ())))
    frames: list[bytes] = []
    try:
        for bundle in bundles:
            for frame in bundle.frames():
                frames.append(frame)  # noqa: PERF402  # those before a fault are wanted
    except Refusal as refusal:
        faults.append(refusal)
    return frames, [fault.code for fault in faults]


def test_shortened_headers_come_back_as_they_were_signed_by_the_product_and_by_the_second_reader() -> None:
    vector = read("shortened.json")
    wire = [msgspec.json.decode(each, type=WireRecord) for each in vector["records"]]
    assert [each.header_bytes.decode() for each in records_in(wire)] == vector["headers"]
    assert [each.decode() for each in second_reader.headers_in(vector["records"])] == vector["headers"]
    for bad in vector["bad"]:
        with pytest.raises(NotARecord):
            list(records_in([msgspec.json.decode(each, type=WireRecord) for each in bad["records"]]))
        with pytest.raises(second_reader.NotProven):
            second_reader.headers_in(bad["records"])


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
