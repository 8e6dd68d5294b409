"""What people do in the simulated world: applications, decisions, rulings, attestations, catalogue versions."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import partial
from random import Random
from typing import NamedTuple

import msgspec

from shared_models import cases
from shared_models.cases import CaseFile, Command, Deadline, Material
from shared_models.catalogue import content_hash
from shared_models.identifiers import case_number
from shared_models.records import PERSONAL, PUBLIC, Draft
from shared_models.refusals import Refusal
from shared_models.roster import CITY, DISTRICT, STATION
from sync_protocol.commands import CaseCommand, View
from sync_protocol.store import case_files
from tests.sync_protocol.world import sample_application
from tests.world.places import Place

DAY = datetime.date(2026, 11, 23)


class Publish(NamedTuple):
    """The city's next catalogue version, with one changed item."""

    content: int

    def decide(self, view: View) -> Sequence[Draft]:
        number = view.catalogue_number + 1
        item = {"code": f"item-{self.content % 3}", "content": self.content}
        version = {"number": number, "effective_ms": 0, "set": {item["code"]: content_hash(item)}, "removed": []}
        return [
            Draft("catalogue.item", f"item/{item['code']}", {"item": item}, PUBLIC, view.me.area),
            Draft("catalogue.published", "catalogue", version, PUBLIC, view.me.area),
        ]


class Attest(NamedTuple):
    """An attestation on a resident of an area, or its revocation."""

    identity: str
    area: str
    revoked: bool = False

    def decide(self, view: View) -> Sequence[Draft]:
        subject = f"attestation/{self.identity}"
        if self.revoked:
            return [Draft("attestation.revoked", subject, {"reason": "更正"}, PUBLIC, self.area)]
        body = {"credential": {"credentialSubject": {"id": "urn:resident", "fact": "residence"}}}
        return [Draft("attestation.issued", subject, body, PERSONAL, self.area)]


def accept(place: Place, random: Random, photo: bytes = b"") -> str:
    """A clerk takes in an application, or gives notice of what is missing; gives what was done. `photo` goes along."""
    place.counter += 1
    number = case_number(place.site.area, DAY, place.node.incarnation, place.counter)
    missing = random.random() < 0.3
    application = sample_application(number, home=random.choice((STATION, DISTRICT, DISTRICT, CITY)), missing=missing)
    rows = [place.attachments.put(photo, "image/jpeg")] if photo else []
    if rows:
        pictures = tuple(cases.Attachment(row.hash, row.size, row.media_type, "照片.jpg") for row in rows)
        first, *others = application.materials
        first = msgspec.structs.replace(first, attachments=pictures)
        application = msgspec.structs.replace(application, materials=(first, *others))
    command = cases.GiveNotice(application) if missing else cases.Accept(application)
    also = partial(place.attachments.note, rows=rows)
    place.node.write(CaseCommand(number, command, f"clerk-{place.name}"), also)
    return f"{'gives notice on' if missing else 'accepts'} {number} for the {application.item.home}"


def numbers(place: Place) -> list[str]:
    with place.node.read() as db:
        return [row[0] for row in db.execute("SELECT number FROM case_file ORDER BY number")]


def numbers_of_own(place: Place) -> list[str]:
    """The cases that were taken in here, the latest last."""
    with place.node.read() as db:
        return [row[0] for row in db.execute("SELECT number FROM case_file WHERE origin = '' ORDER BY first")]


def act(place: Place, number: str, random: Random) -> str:
    """Somebody does what may be done with a case; gives what, "" where nothing may be."""
    case = case_of(place, number)
    wanted = commands(case, random)
    random.shuffle(wanted)
    for command in wanted:
        if does(place, number, command):
            return f"{type(command).__name__} on {number}"
    return ""


def case_of(place: Place, number: str) -> CaseFile | None:
    with place.node.read() as db:
        card = case_files.load(db, place.node.vault, number)
    return card.case if card else None


def does(place: Place, number: str, command: Command) -> bool:
    """Whether the command was allowed, and is done."""
    try:
        place.node.write(CaseCommand(number, command, f"person-{place.name}"))
    except Refusal:
        return False
    return True


def commands(case: CaseFile | None, random: Random) -> list[Command]:
    """One of each kind."""
    word = f"{random.randrange(1000)}"
    material = Material(
        "income", "收入证明", True, True, cases.RECEIVED, "B",
        attachments=(cases.Attachment(word.zfill(43), 10, "image/jpeg", f"{word}.jpg"),),
    )  # fmt: skip
    asked: list[Command] = [
        cases.Supplement((material,), DAY.isoformat(), Deadline("2026-12-22")),
        cases.Withdraw(f"不办了 {word}"),
        cases.Decide(random.choice((cases.GRANTED, cases.DENIED)), f"理由 {word}", word),
        cases.Deliver(f"本人 {word}"),
        cases.Rate(random.randrange(1, 6)),
    ]
    rulings = [
        cases.Settle(conflict.contradicting, random.choice((cases.STANDS, cases.YIELDS)), f"裁定 {word}")
        for conflict in (case.open_conflicts if case else ())
    ]
    return [*asked, *rulings]


def contradict(place: Place, home: Place, number: str) -> bool:
    """At the counter an applicant withdraws while the home tier decides."""
    withdrawn = does(place, number, cases.Withdraw("不想办了"))
    decided = does(home, number, cases.Decide(cases.GRANTED, "", "低保证"))
    return withdrawn and decided
