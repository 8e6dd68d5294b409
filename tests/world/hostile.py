"""Hostile hands at a hub: they hold a station's key and session, and send what no honest station sends.

Each attack gives the messages that reach the hub. Whatever it makes up is noted in the ledger as false.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from random import Random

from shared_models.records import PAYLOAD_TYPE, PERSONAL, Clock, Draft, Position, Record, seal_record
from shared_models.signing import KeyPair, digest, pae, text_of
from sync_protocol.core.frames import UNPACKED_BYTES_MAX, RemoteProtocolError
from sync_protocol.core.messages import RECORDS_MAX, Message, Piece, Push, WireRecord
from sync_protocol.store import receipts
from sync_protocol.store.attachments import PIECE_BYTES
from tests.world.ledger import START, Broken, Ledger
from tests.world.network import arrived, opened
from tests.world.places import Place

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Attack = Callable[[Ledger, Place, Place, Place, Random], list[Message] | None]
"""(ledger, the hub, the station whose session it is, another place, random) -> messages that reach the hub; None where
the attack has nothing to begin with."""


def push(ledger: Ledger, hub: Place, station: Place, records: list[Record]) -> Push:
    """A push behind the last place that the hub knows of the station; the ledger follows its journal."""
    with hub.node.read() as db:
        point = receipts.last_point(db, station.node.name)
    running = text_of(point.hash) if point.position else START
    for record in records:
        running = ledger.link(running, record.id)
    mark = (point.position, text_of(point.hash) if point.position else "")
    return Push(mark, [WireRecord.of(record) for record in records])


def made_up(
    ledger: Ledger, keys: KeyPair, place: Position, prev: str, area: str, kind: str, random: Random,
    subject: str = "case/none",
) -> Record:  # fmt: skip
    draft = Draft(kind, subject, {"reason": f"{random.randrange(10**9)}"}, PERSONAL, area)
    record = seal_record(keys, draft, place, prev, Clock(1_795_000_000_000, 0), 0, random.randbytes(16))
    ledger.false.add(record.id)
    return record


def own_rows(place: Place) -> list[Record]:
    with place.node.read() as db:
        rows = place.node.log.rows(db, 0, 10_000)
    return [row.record for row in rows if row.record.header.node == place.node.name]


def forged(ledger: Ledger, hub: Place, station: Place, other: Place, random: Random) -> list[Message] | None:
    """A record in the name of another, at the next place of its chain, under the wrong key."""
    held = [seen for each in ledger.look(hub).ids if (seen := ledger.records[each]).node == other.node.name]
    if not held:
        return None
    last = max(held, key=lambda seen: (seen.incarnation, seen.seq))
    place = Position(last.node, last.incarnation, last.seq + 1)
    record = made_up(ledger, station.site.keys, place, last.id, other.site.area, "case.withdrawn", random)
    return [push(ledger, hub, station, [record])]


def out_of_area(ledger: Ledger, hub: Place, station: Place, other: Place, random: Random) -> list[Message] | None:
    """A record for an area that is not the station's, or of a kind that it may not write."""
    place = Position(station.node.name, f"outside{random.randrange(10**9)}", 1)
    area, kind = random.choice(((other.site.area, "case.withdrawn"), (station.site.area, "roster.revoked")))
    return [push(ledger, hub, station, [made_up(ledger, station.site.keys, place, "", area, kind, random)])]


def other_body(ledger: Ledger, hub: Place, station: Place, other: Place, random: Random) -> list[Message] | None:
    """A true header with another body."""
    fresh = [record for record in own_rows(station) if record.id not in ledger.look(hub).ids and record.body]
    if not fresh:
        return None
    message = push(ledger, hub, station, fresh[:1])
    wire = WireRecord.of_parts(fresh[0].header_bytes, fresh[0].signature, b'{"reason":"other"}')
    return [Push(message.base, [wire])]


def withheld(ledger: Ledger, hub: Place, station: Place, other: Place, random: Random) -> list[Message] | None:
    """True records, one of them left out."""
    fresh = [record for record in own_rows(station) if record.id not in ledger.look(hub).ids]
    fresh = [record for record in fresh if record.header.incarnation == fresh[0].header.incarnation]
    if len(fresh) < 2:
        return None
    return [push(ledger, hub, station, fresh[1:])]


def garbage(ledger: Ledger, hub: Place, station: Place, other: Place, random: Random) -> list[Message] | None:
    """Bytes that are no frame, half a frame, and a frame with a byte changed."""
    message = push(ledger, hub, station, own_rows(station)[-1:])
    data = bytearray(opened().send(message))
    match random.randrange(3):
        case 0:
            data = bytearray(random.randbytes(random.randint(1, 300)))
        case 1:
            data = data[: random.randrange(1, len(data))]
        case _:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    try:
        return arrived(bytes(data), opened(), random)
    except RemoteProtocolError:
        return []


def giant(ledger: Ledger, hub: Place, station: Place, other: Place, random: Random) -> list[Message] | None:
    """More than anybody may send: a frame that claims to be huge, records without end, a record too large to be one."""
    match random.randrange(3):
        case 0:
            refused((2 ** random.randint(21, 32) - 1).to_bytes(4) + b"\0" + random.randbytes(400), "sync.frame_size")
            return []
        case 1:
            message = push(ledger, hub, station, own_rows(station)[-1:])
            return [Push(message.base, message.records * (RECORDS_MAX + 1))]
    place = Position(station.node.name, f"giant{random.randrange(10**9)}", 1)
    record = made_up(ledger, station.site.keys, place, "", station.site.area, "case.withdrawn", random)
    header = record.header_bytes[:-1] + b',"zzz":"%s"}' % (b"x" * 9000)
    ledger.false.add(text_of(digest(header)))
    signature = station.site.keys.sign(pae(PAYLOAD_TYPE, header))
    return [Push((0, ""), [WireRecord.of_parts(header, signature, record.body)])]


def bomb(ledger: Ledger, hub: Place, station: Place, other: Place, random: Random) -> list[Message] | None:
    """A small frame that unpacks to far more than a message may have."""
    zeros = zstd.compress(bytes(UNPACKED_BYTES_MAX + random.choice((1, 10**7))))
    refused((len(zeros) + 1).to_bytes(4) + b"\1" + zeros, "sync.frame_bomb")
    return []


def other_file(ledger: Ledger, hub: Place, station: Place, other: Place, random: Random) -> list[Message] | None:
    """Other bytes than a file has that the hub waits for."""
    with hub.node.read() as db:
        rows = db.execute("SELECT hash, size, media_type, held FROM attachment WHERE held < size").fetchall()
    if not rows:
        return None
    name, size, media_type, held = random.choice(rows)
    end = min(size, (held // PIECE_BYTES + 1) * PIECE_BYTES)
    return [Piece(name, size, media_type, held, text_of(random.randbytes(end - held)))]


def journal_of(hub: Place, station: Place) -> list[Record]:
    """What the station has to deliver, honestly, behind the last place that the hub knows."""
    with hub.node.read() as db:
        known = receipts.last_point(db, station.node.name).position
    with station.node.read() as db:
        return station.node.log.journal_after(db, known, RECORDS_MAX)[0]


def refused(data: bytes, code: str) -> None:
    """Bytes that a reader must refuse by that name, with no more of them in its memory than a frame may have."""
    try:
        arrived(data, opened(), Random(0))
    except RemoteProtocolError as error:
        if error.code != code:
            raise Broken("unbounded", f"{error.code} where {code} was due") from error
        return
    raise Broken("unbounded", f"nobody says {code}")


OTHER_FILE = "another file"
ATTACKS: dict[str, Attack] = {
    "forged record": forged,
    "record out of its area": out_of_area,
    "another body": other_body,
    "withheld record": withheld,
    "garbage": garbage,
    "giant": giant,
    "bomb": bomb,
    OTHER_FILE: other_file,
}
