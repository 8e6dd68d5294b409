"""Bad input over the line: invitations that do not hold, and bytes that are no honest child's, at hubs that run.

Requests are made by hand, as somebody with a socket could. What a hub answers is a code with a sentence; its memory
stays bounded; and afterwards it serves an honest station as before.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from deploy.processes import Failed, Process, run
from shared_models import texts
from shared_models.roster import DISTRICT, Member
from shared_models.signing import KeyPair, name_of_key
from sync_protocol.core.frames import FrameReader, pack
from sync_protocol.core.joining import JOIN_PATH, Invitation, invitation_of, request_to_join, secret_hash
from sync_protocol.core.messages import (
    RECORDS_MAX,
    Challenge,
    Fault,
    Hello,
    Message,
    Proof,
    Pull,
    Push,
    ReceiptGiven,
    Refused,
    Rewind,
    Welcome,
    WireRecord,
)
from sync_protocol.core.session import prove, transcript
from sync_protocol.store import invitations
from sync_protocol.store.database import Database
from sync_protocol.wire.server import MEDIA_TYPE, PATH, REQUEST_BYTES_MAX, SESSION_HEADER
from tests.journeys.nodes import (
    Clerk,
    blank_station,
    command,
    delivered,
    found_city,
    invite,
    new_station,
    one_sentence,
    until,
)
from tests.shared_models.writers import Writer, member_of, pair
from tests.vectors.frames_by_hand import bomb, frame

STATION, OTHER_STATION, OUTSIDE = "511602001001", "511602001002", "511603001001"
MEBIBYTE = 1024 * 1024
GROWTH_MAX = 96 * MEBIBYTE
"""What a hub may grow by while it is bombarded: a few messages at their limit, nowhere near a gigabyte."""

FIRST_SEEN = (0, "")
NOWHERE = (7, "A" * 43)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("line")


@pytest.fixture(scope="module")
def city(folder: Path) -> Iterator[Process]:
    running = found_city(folder)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def other_city(folder: Path) -> Iterator[Process]:
    running = found_city(folder, "other", published=False)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def station(city: Process, folder: Path) -> Iterator[Process]:
    """An honest station of the city."""
    running = new_station(city, folder, "honest", STATION)
    running.start()
    until(lambda: running.status()["catalogue_version"] == 1, "the catalogue arrives")
    yield running
    running.stop()


# ---------------------------------------------------------------- invitations


class Joiner:
    """A station that was set up and tries invitations."""

    def __init__(self, folder: Path, key: str) -> None:
        self.station = blank_station(folder, key, STATION)

    def refused(self, text: str) -> str:
        """The sentence with which an invitation is refused. Nothing is kept of it."""
        before = (self.station.folder / "settings.json").read_bytes()
        with pytest.raises(Failed) as refusal:
            self.joins(text)
        assert (self.station.folder / "settings.json").read_bytes() == before
        return str(refusal.value)

    def joins(self, text: str) -> str:
        return run("tongban-station", "join", str(self.station.folder), text)


def changed(text: str, **fields: str) -> str:
    """An invitation with other content."""
    return msgspec.structs.replace(invitation_of(text), **fields).text()


def test_a_used_invitation_admits_nobody_else(city: Process, folder: Path) -> None:
    text = invite(city, OTHER_STATION)
    assert "已接入" in Joiner(folder, "first").joins(text)
    second = Joiner(folder, "second")
    assert "已经用过" in one_sentence(command("tongban-station", "join", second.station.folder, text))
    assert OTHER_STATION in second.joins(invite(city, OTHER_STATION))


def test_an_expired_invitation_is_refused(city: Process, folder: Path) -> None:
    text = invite(city, OTHER_STATION)
    invitation = invitation_of(text)
    with Database(city.folder / "tongban.db", litestream=True) as database:
        database.write(lambda db: _expire(db, secret_hash(invitation.secret), secret_hash("of old")))
    old = msgspec.structs.replace(invitation, secret="of old").text()
    late = Joiner(folder, "late")
    assert "已过期" in late.refused(old)
    assert "已接入" in late.joins(text)


def _expire(db: Any, like: str, hashed: str) -> None:
    """Puts an invitation beside another one that ran out a minute after it was given."""
    row = invitations.get(db, like)
    assert row is not None
    invitations.add(db, row._replace(secret_hash=hashed, created_ms=0, expires_ms=60_000))


def test_a_forged_invitation_is_refused_and_the_true_one_still_holds(
    city: Process, other_city: Process, folder: Path
) -> None:
    text, theirs = invite(city, OTHER_STATION), invitation_of(invite(other_city, OTHER_STATION))
    joiner = Joiner(folder, "wary")
    secret = invitation_of(text).secret
    for what, forged, word in (
        ("cut short", text[:-9], "不完整或已损坏"),
        ("one byte changed", f"{text[:-40]}!{text[-39:]}", "不完整或已损坏"),
        ("another secret", changed(text, secret=("A" if secret[0] != "A" else "B") + secret[1:]), "没有发出过"),
        ("the key of another hub", changed(text, hub_key=theirs.hub_key), "与上级中心的记录不符"),
        ("the address of another hub", changed(text, address=theirs.address), "与上级中心的记录不符"),
        ("no address", changed(text, address="http://[::1"), "不完整或已损坏"),
        ("for a hub", changed(text, tier=DISTRICT), "这是给下级中心的邀请"),
        ("the root key of another city", changed(text, root_key=theirs.root_key), "与上级中心的记录不符"),
        ("another area", changed(text, area=STATION), "与上级中心的记录不符"),
    ):
        assert word in joiner.refused(forged), what
    assert OTHER_STATION in joiner.joins(text)


def test_a_hub_invites_nobody_outside_its_area_and_a_hub_is_no_station(city: Process, folder: Path) -> None:
    with pytest.raises(Failed, match="不在本中心的区划之内"):
        invite(city, "511702001001", "达州某社区")
    district = str(folder / "district")
    run("tongban-hub", "init", district, "--tier", DISTRICT)
    with pytest.raises(Failed, match="这是给站点的邀请"):
        run("tongban-hub", "join", district, invite(city, OTHER_STATION))


# ---------------------------------------------------------------- a child by hand


class Child:
    """Somebody with a socket and, once admitted, with a key: speaks to a hub one request at a time."""

    def __init__(self, http: httpx2.Client, keys: KeyPair) -> None:
        self.http = http
        self.keys = keys
        self.session = ""

    @property
    def name(self) -> str:
        return name_of_key(self.keys.public)

    def post(self, content: bytes, session: str | None = None) -> tuple[int, list[Message]]:
        """Status, and the messages of the answer."""
        name = self.session if session is None else session
        headers = {"content-type": MEDIA_TYPE} | ({SESSION_HEADER: name} if name else {})
        answer = self.http.post(PATH, content=content, headers=headers)
        self.session = answer.headers.get(SESSION_HEADER, "")
        reader = FrameReader()
        found: list[Message] = []
        if answer.status_code == 200:
            reader.feed(answer.content)
            while (message := reader.next()) is not None:
                found.append(message)
        if found and isinstance(found[-1], Fault):
            self.session = ""
        return answer.status_code, found

    def ask(self, message: Message) -> Message:
        """The first message of the answer to one."""
        status, answers = self.post(pack(message))
        assert status == 200
        return answers[0]

    def open(self) -> None:
        """A session, opened as an honest child does."""
        self.session = ""
        challenge = self.ask(Hello(self.name, "nonce"))
        assert isinstance(challenge, Challenge), challenge
        text = transcript(self.name, challenge.node, "nonce", challenge.nonce, "child")
        assert isinstance(self.ask(Proof(prove(self.keys, text))), Welcome)

    def fault(self, content: bytes) -> str:
        """The code with which a request is refused, within the protocol."""
        status, answers = self.post(content)
        assert status == 200
        fault = answers[-1]
        assert isinstance(fault, Fault), fault
        assert texts.sentence(fault.code, "zh").endswith("。")
        return fault.code


@pytest.fixture(scope="module")
def http(city: Process) -> Iterator[httpx2.Client]:
    """The way to the city for everybody who speaks to it by hand."""
    with httpx2.Client(base_url=city.address, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def writer(city: Process, http: httpx2.Client) -> Writer:
    """A node of the area 511602001002 whose key is in our hands; it has been admitted."""
    keys = pair("by hand")
    invitation: Invitation = invitation_of(invite(city, OTHER_STATION))
    body = msgspec.json.encode(request_to_join(keys, invitation))
    answer = http.post(JOIN_PATH, content=body)
    assert answer.status_code == 200, answer.text
    return Writer(keys, OTHER_STATION)


@pytest.fixture
def child(http: httpx2.Client, writer: Writer) -> Child:
    made = Child(http, writer.keys)
    made.open()
    return made


def memory(hub: Process, what: str = "VmRSS") -> int:
    """Bytes of a process that are resident now; VmHWM = at most, so far."""
    for line in Path(f"/proc/{hub.pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {what} in /proc")


def journal(hub: Process) -> int:
    return int(hub.status()["journal"])


# ---------------------------------------------------------------- frames


@pytest.mark.parametrize(
    ("what", "content", "code"),
    [
        ("cut short", pack(Pull({}))[:-3], "sync.frame_truncated"),
        ("only its length", struct.pack(">I", 40), "sync.frame_truncated"),
        ("of 4 GB, as it says", struct.pack(">IB", 2**32 - 1, 0) + b"{}", "sync.frame_size"),
        ("of nothing", struct.pack(">IB", 0, 0), "sync.frame_size"),
        ("of an unknown form", frame(7, b"{}"), "sync.frame_form"),
        ("no message", frame(0, b'{"type":"sing"}'), "sync.frame_message"),
        ("nested without end", frame(0, b'{"type":"pull","cursors":' + b"[" * 100_000), "sync.frame_message"),
        ("not packed as it says", frame(1, b'{"type":"idle"}'), "sync.frame_damaged"),
        ("of 1 GB, unpacked", frame(1, bomb(8192)), "sync.frame_bomb"),
        ("two proofs", pack(Proof("")), "sync.out_of_order"),
        ("a hello in the middle", pack(Hello("x", "y")), "sync.out_of_order"),
        ("an answer instead of a question", pack(Welcome("x")), "sync.out_of_order"),
        ("more records than one message holds",
         pack(Push(FIRST_SEEN, [WireRecord(msgspec.Raw(b"{}"), "")] * (RECORDS_MAX + 1))), "sync.too_many_records"),
        ("a place that is none", pack(Push((1, "?"), [])), "sync.frame_message"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)  # fmt: skip
def test_a_frame_that_may_not_be_is_answered_with_its_code_and_ends_the_session(
    child: Child, what: str, content: bytes, code: str
) -> None:
    session = child.session
    assert child.fault(content) == code, what
    child.session = session
    assert child.fault(pack(Pull({}))) == "sync.session_unknown"
    child.open()
    assert not isinstance(child.ask(Pull({})), Fault)


def test_nothing_is_said_before_a_session_is_open(http: httpx2.Client, station: Process, writer: Writer) -> None:
    for message in (Pull({}), Push(FIRST_SEEN, []), Proof("")):
        assert Child(http, writer.keys).fault(pack(message)) == "sync.out_of_order"
    stranger = Child(http, pair("nobody knows me"))
    assert stranger.fault(pack(Hello(stranger.name, "nonce"))) == "sync.not_a_child"
    honest = str(station.status()["node"])
    challenge = stranger.ask(Hello(honest, "nonce"))
    assert isinstance(challenge, Challenge)
    text = transcript(honest, challenge.node, "nonce", challenge.nonce, "child")
    assert stranger.fault(pack(Proof(prove(stranger.keys, text)))) == "sync.not_proven"


def test_a_replayed_proof_opens_no_second_session(http: httpx2.Client, writer: Writer) -> None:
    first, second = Child(http, writer.keys), Child(http, writer.keys)
    challenge = first.ask(Hello(first.name, "nonce"))
    assert isinstance(challenge, Challenge)
    proof = pack(Proof(prove(first.keys, transcript(first.name, challenge.node, "nonce", challenge.nonce, "child"))))
    assert isinstance(first.post(proof)[1][0], Welcome)
    second.ask(Hello(second.name, "nonce"))
    assert second.fault(proof) == "sync.not_proven"
    assert second.post(proof, "a session that never was")[1] == [Fault("sync.session_unknown")]


# ---------------------------------------------------------------- records


def push(child: Child, base: tuple[int, str], records: list[Any]) -> list[Message]:
    return child.post(pack(Push(base, [WireRecord.of(record) for record in records])))[1]


def test_records_replayed_out_of_order_or_from_nowhere_change_nothing(
    city: Process, child: Child, writer: Writer
) -> None:
    records = writer.run(4)
    given = push(child, FIRST_SEEN, records)
    assert isinstance(given[0], ReceiptGiven)
    assert len(given) == 1
    held = journal(city)
    again = push(child, FIRST_SEEN, records)
    assert len(again) == 1
    assert isinstance(again[0], ReceiptGiven)
    hole = writer.run(3)[1:]
    base = msgspec.json.decode(bytes(given[0].payload))
    refused = push(child, (base["journal"], base["hash"]), hole)[-1]
    assert isinstance(refused, Refused)
    assert refused.code == "sync.gap"
    assert isinstance(push(child, NOWHERE, records)[0], Rewind)
    assert journal(city) == held
    assert len(push(child, (base["journal"], base["hash"]), writer.written[-3:])) == 1
    assert journal(city) == held + 3


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ("outside", "sync.outside_grant"),
        ("kind", "sync.outside_grant"),
        ("admission", "sync.outside_grant"),
        ("stranger", "sync.unknown_node"),
        ("signature", "sync.bad_signature"),
        ("form", "sync.not_a_record"),
    ],
)
def test_a_node_writes_nothing_outside_its_area_and_nothing_false(
    city: Process, child: Child, writer: Writer, lie: str, code: str
) -> None:
    before = journal(city)
    liar = Writer(writer.keys, OTHER_STATION, incarnation=f"liar {lie}")
    good = liar.write()
    match lie:
        case "outside":
            bad = liar.write(area=OUTSIDE)
        case "kind":
            bad = liar.control("catalogue.published", "catalogue", {"number": 99})
        case "admission":
            bad = liar.admit(_friend())
        case "stranger":
            bad = Writer(pair("nobody knows me"), OTHER_STATION).write()
        case "signature":
            bad = msgspec.structs.replace(liar.write(), signature=bytes(64))
        case _:
            bad = msgspec.structs.replace(liar.write(), header_bytes=b'{"a": 1}')
    answers = push(child, _end(child), [good, bad])
    refused = answers[-1]
    assert isinstance(refused, Refused), answers
    assert refused.code == code
    assert texts.sentence(code, "zh").endswith("。")
    assert journal(city) <= before + 1


def _friend() -> Member:
    return member_of(pair("a friend"), "station", OTHER_STATION)


def _end(child: Child) -> tuple[int, str]:
    """The place up to which the hub holds this child's journal."""
    rewind = push(child, NOWHERE, [])[0]
    assert isinstance(rewind, Rewind), rewind
    return rewind.journal


# ---------------------------------------------------------------- bounded, and still there


def test_a_bombarded_hub_stays_small_and_goes_on_serving(
    city: Process, http: httpx2.Client, station: Process, writer: Writer
) -> None:
    with Clerk(station) as clerk:
        before = memory(city)
        bombs = frame(1, bomb(8192)), frame(1, bomb(64)) * 40, frame(1, bomb(8192)) * 20
        for content in bombs * 4:
            child = Child(http, writer.keys)
            child.open()
            child.post(content)
        sizes = REQUEST_BYTES_MAX + 1, REQUEST_BYTES_MAX + 40 * MEBIBYTE
        assert [Child(http, writer.keys).post(bytes(size))[0] for size in sizes] == [413, 413]
        assert _taken_of_untold(city) < REQUEST_BYTES_MAX
        for _ in range(300):
            Child(http, pair("nobody knows me")).post(pack(Hello("nobody", "nonce")))
        assert memory(city, "VmHWM") < before + GROWTH_MAX
        number = clerk.accept()
        until(lambda: delivered(station), "the honest station delivers")
        assert clerk.has(number)
    assert isinstance(Child(http, writer.keys).ask(Hello(name_of_key(writer.keys.public), "nonce")), Challenge)


def _taken_of_untold(hub: Process) -> int:
    """How many bytes the hub takes of a body of 48 MiB that does not say its size beforehand and holds no frame."""
    piece = b"10000\r\n" + bytes(65536) + b"\r\n"
    with socket.create_connection(("127.0.0.1", hub.port), timeout=20) as connection:
        connection.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for place in range(48 * 16):
            try:
                connection.sendall(piece)
            except OSError:
                return place * len(piece)
    return 48 * MEBIBYTE
