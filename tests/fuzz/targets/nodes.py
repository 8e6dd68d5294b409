"""Messages to a hub and to a child, whose records are signed well: what stands behind must bear any content."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from central import enrolment
from shared_models.refusals import Refusal
from shared_models.signing import Damaged, KeyPair, text_of
from sync_protocol.core.frames import LocalProtocolError, RemoteProtocolError, Run
from sync_protocol.core.joining import request_to_join
from sync_protocol.parent_side import ParentSide
from sync_protocol.store.log import DamagedRecord
from sync_protocol.wire import stick
from tests.fuzz.targets import Target, Try
from tests.fuzz.town import Town, lines, rows_of
from tests.world import people
from tests.world.line import brief

BORNE = (RemoteProtocolError, LocalProtocolError, Refusal, DamagedRecord, Damaged, OSError)
"""What the agent of a child bears, and tries again later."""


def to_hub(folder: Path) -> Try:
    """A child that is proven sends anything; then the hub folds what it kept."""
    town = Town(folder)

    def work(data: bytes) -> str:
        random = town.next()
        said = []
        try:
            for message in town.messages(data, random):
                said += [brief(each) for each in town.district.answer(town.station.node.name, message)]
        except RemoteProtocolError as error:
            return error.code
        town.district.settle()
        return ",".join(said)

    return work


def to_child(folder: Path) -> Try:
    """A parent that is proven answers anything to any of a child's questions."""
    town = Town(folder)

    def work(data: bytes) -> str:
        random = town.next()
        flow = town.station.flow(random.choice(("deliver", "follow")))
        try:
            answers = town.messages(data, random)
            asked = next(flow, None)
            for _ in range(4):
                if asked is None:
                    break
                if isinstance(asked, Run):
                    list(islice(asked.begin(), 3))
                asked = flow.send(answers)
        except StopIteration:
            pass
        except BORNE as error:
            return str(getattr(error, "code", type(error).__name__))
        town.station.settle()
        return "taken"

    return work


def on_a_stick_to_hub(folder: Path) -> Try:
    town = Town(folder)

    def work(data: bytes) -> str:
        random = town.next()
        hub, child = town.district, town.district.node.roster.member(town.station.node.name)
        if child is None:
            raise ValueError("the station was admitted")
        try:
            asked = [each for each in town.messages(data, random) if isinstance(each, stick.ASKED)]
            reply = stick.reply(hub.node, ParentSide(hub.node, child, hub.attachments), child.node, asked)
        except RemoteProtocolError as error:
            return error.code
        return ",".join(map(brief, reply.answers))

    return work


def on_a_stick_to_child(folder: Path) -> Try:
    town = Town(folder)

    def work(data: bytes) -> str:
        random = town.next()
        station = town.station
        if station.side is None:
            raise ValueError("a station has a parent")
        taker = stick.Taker(station.node, station.side, station.attachments, stick.Asked(1, ""))
        try:
            taken = taker.take(town.messages(data, random))
        except RemoteProtocolError as error:
            return error.code
        return f"{bool(taken.entries)} {taken.code}"

    return work


def join(folder: Path) -> Try:
    """A request to join, as it comes from anywhere. A `secret` "SECRET" becomes one that is good, and a `signature`
    "SIGN" one of a new node."""
    town = Town(folder)

    def work(data: bytes) -> str:
        random = town.next()
        data = _invited(town, data, random)
        try:
            enrolment.accept(town.district.node, enrolment.request_of(data), bytes(32), random.randbytes)
        except Refusal as refusal:
            return refusal.code
        return "admitted"

    return work


# ---------------------------------------------------------------- true inputs


def _mark(place: int, text: str = "") -> list[Any]:
    return [place, text]


def _asked(town: Town) -> Iterator[Any]:
    """Pushes of each kind of record that a station writes, alone and two by two; pulls; pieces."""
    station = town.station
    people.contradict(station, station, people.numbers(station)[0])
    own = [each for each in rows_of(station) if each.header.node == station.node.name]
    records = town.undressed(own)
    for record in records:
        yield [{"type": "push", "base": _mark(0), "records": [record]}]
    yield [{"type": "push", "base": _mark(0), "records": records}]
    yield [{"type": "push", "base": _mark(0), "records": [msgspec.to_builtins(_wire(each)) for each in own]}]
    cursors = {name: _mark(0) for name in ("control", "node", "area", "catalogue")}
    yield [{"type": "pull", "cursors": cursors, "journal": _mark(0), "upstream": 0, "room": 1000}]
    piece = {"type": "piece", "hash": "A" * 43, "size": 5000, "media_type": "image/jpeg", "offset": 0}
    yield [piece, {**piece, "data": text_of(bytes(4096))}]
    attachment = {"hash": "A" * 43, "size": 5000, "media_type": "image/jpeg", "name": "a.jpg"}
    for record in records:
        for material in record["body"].get("application", record["body"]).get("materials", [])[:1]:
            material["attachments"] = [attachment]
            yield [{"type": "push", "base": _mark(0), "records": [record]}, piece]


def _wire(record: Any) -> dict[str, Any]:
    body = None if record.body is None else msgspec.json.decode(record.body)
    return {"header": msgspec.json.decode(record.header_bytes), "signature": text_of(record.signature), "body": body}


def _answered(town: Town) -> Iterator[Any]:
    """Everything that comes down, and every answer to a push."""
    random = town.next()
    city = town.places[0]
    city.node.write(people.Publish(7))
    city.node.write(people.Attest("a1", town.station.site.area))
    city.node.write(people.Attest("a1", town.station.site.area, True))
    del random
    records = town.undressed(each for each in rows_of(city) if each.header.kind != "node.opened")
    for record in records:
        entry = {"reason": "x", "record": record}
        yield [{"type": "entries", "stream": "control", "entries": [entry], "end": _mark(1, "A" * 11)}]
    payload = {"child": town.station.node.name, "hub": town.district.node.name, "journal": 0, "upstream": 0, "time": 1,
               "hash": text_of(bytes(32)), "suite": 1, "version": 1}  # fmt: skip
    receipt = {"type": "receipt", "payload": payload, "signature": "SIGN"}
    yield [receipt]
    yield [receipt, {"type": "refused", "journal": 1, "id": "A" * 43, "code": "sync.bad_signature"}]
    yield [receipt, {"type": "refused", "journal": 2, "id": "A" * 43, "code": "sync.fork"}]
    yield [{"type": "rewind", "journal": _mark(1, "A" * 43)}]
    yield [{"type": "reset", "stream": "control"}, {"type": "idle"}]
    yield [{"type": "have", "hash": "A" * 43, "offset": 0, "wanted": False, "final": False}]
    yield [{"type": "fault", "code": "sync.session_unknown", "after_ms": 5}]


def _on_a_stick(town: Town) -> Iterator[Any]:
    question = {"type": "pull", "cursors": {name: _mark(0) for name in ("control", "node")}, "journal": _mark(0)}
    for answers in _answered(town):
        yield [question, *answers]


def _invited(town: Town, data: bytes, random: Random) -> bytes:
    if b'"SECRET"' not in data:
        return data
    hub, pair = town.district.node, KeyPair.from_seed(random.randbytes(32))
    joining = enrolment.invite(hub, "511602001009", "station", "x", "http://h", bytes(32), random.randbytes)
    request = request_to_join(pair, joining)
    for asked, given in (("SECRET", request.secret), ("SIGN", request.signature), ("KEY", request.key)):
        data = data.replace(f'"{asked}"'.encode(), f'"{given}"'.encode())
    return data


def _requests(town: Town) -> Iterator[Any]:
    yield {"key": "KEY", "secret": "SECRET", "signature": "SIGN"}
    yield {"key": text_of(town.station.site.keys.public), "secret": "SECRET", "signature": "A" * 86}


TARGETS = (
    Target("to_hub", to_hub, lines(_asked)),
    Target("to_child", to_child, lines(_answered)),
    Target("stick_to_hub", on_a_stick_to_hub, lines(_asked)),
    Target("stick_to_child", on_a_stick_to_child, lines(_on_a_stick)),
    Target("join", join, lines(_requests)),
)
