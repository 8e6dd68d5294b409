"""Runs of records, good and bad, each with the verdict on every record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from shared_models.records import Record
from shared_models.roster import REVOKED, STATION, admission
from shared_models.signing import text_of
from tests.shared_models.writers import (
    CITY_AREA,
    OTHER_AREA,
    STATION_AREA,
    Writer,
    flipped,
    member_of,
    resigned,
    with_body,
    with_signature,
)
from tests.vectors.pieces import (
    KEYS,
    ONE,
    THREE,
    TWO,
    admissions,
    changed,
    changed_and_signed,
    member,
    run,
    wire,
    with_other_body,
    writer,
)

STATION_KEYS = KEYS["station"][0]
FIRST, SECOND, THIRD = run(3)


class Given(NamedTuple):
    """What arrives, by which route, at a log that keeps `kept`; `roster` are control records beside the common ones."""

    run: Sequence[Record | dict[str, Any]]
    kept: Sequence[Record] = ()
    roster: Sequence[Record] = ()
    route: str = "journal"


class Vector(NamedTuple):
    make: Callable[[], Given]
    expected: tuple[str, ...]

    def value(self) -> dict[str, Any]:
        given = self.make()
        return {
            "name": self.make.__name__.replace("_", " "),
            "says": (self.make.__doc__ or "").strip(),
            "route": given.route,
            "roster": [wire(each) for each in given.roster],
            "kept": [wire(each) for each in given.kept],
            "run": [each if isinstance(each, dict) else wire(each) for each in given.run],
            "expected": list(self.expected),
        }


VECTORS: list[Vector] = []


def gives(*expected: str) -> Callable[[Callable[[], Given]], Callable[[], Given]]:
    """The verdicts on a run: an outcome, or the code of what was not kept."""

    def keep(make: Callable[[], Given]) -> Callable[[], Given]:
        VECTORS.append(Vector(make, expected))
        return make

    return keep


def records(vectors: Sequence[Vector]) -> dict[str, Any]:
    """The file: what is trusted from the start, the common control records, and the vectors."""
    return {
        "root_key": text_of(KEYS["root"][0].public),
        "city": CITY_AREA,
        "roster": [wire(record) for record in admissions()],
        "vectors": [vector.value() for vector in vectors],
    }


# ---------------------------------------------------------------- kept


@gives("accepted", "accepted", "accepted")
def run_of_one_chain() -> Given:
    """Records that follow each other are accepted."""
    return Given([FIRST, SECOND, THIRD])


@gives("accepted")
def next_record() -> Given:
    """The record behind the last one that is kept is accepted."""
    return Given([THIRD], kept=[FIRST, SECOND])


@gives("duplicate", "duplicate", "accepted")
def sent_again() -> Given:
    """A record that is kept already is a duplicate."""
    return Given([FIRST, SECOND, THIRD], kept=[FIRST, SECOND])


@gives("accepted")
def new_incarnation() -> Given:
    """A new incarnation begins at 1 and may continue from any place of an earlier one: nobody is accused."""
    after = writer("station", TWO)
    after.head = SECOND.id
    body = {"id": SECOND.id, "incarnation": ONE, "seq": 2}
    return Given([after.write("node.opened", f"node/{after.node}", body)], kept=[FIRST, SECOND, THIRD])


@gives("accepted", "accepted", "accepted")
def vouched_by_a_later_signature() -> Given:
    """In a journal a good later signature of the same chain vouches for a record before it."""
    return Given([FIRST, with_signature(SECOND, flipped(SECOND.signature, 3)), THIRD])


@gives("accepted")
def erased_body() -> Given:
    """A record whose body was erased is still a record."""
    return Given([with_body(FIRST, None)])


@gives("accepted")
def unknown_field() -> Given:
    """A header field that a reader does not know is kept with the header."""
    return Given([resigned(FIRST, STATION_KEYS, zone="east")])


@gives("accepted")
def unknown_kind() -> Given:
    """A kind that a reader does not know is kept, where its family is granted."""
    return Given([writer("station").write("case.photographed", "case/1", {})])


@gives("accepted")
def hole_in_a_stream() -> Given:
    """In a stream a chain may have holes."""
    return Given([THIRD], kept=[FIRST], route="stream")


@gives("accepted")
def fraction_in_the_body() -> Given:
    """A body is judged by its hash alone; one that cannot be read is kept, and has no effect."""
    return Given([with_other_body(b'{"amount":1.5}')])


@gives("accepted", "accepted", "held")
def held_after_a_revocation() -> Given:
    """The station is revoked and trusted up to record 2: what comes behind that is kept without effect."""
    district = writer("district")
    district.run(2)  # the two admissions stand there
    body = {"node": writer("station").node, "incarnation": ONE, "seq": 2}
    return Given([FIRST, SECOND, THIRD], roster=[district.control(REVOKED, "roster/station", body)])


# ---------------------------------------------------------------- 1: no record


@gives("sync.not_a_record")
def space_in_the_header() -> Given:
    """A header that is not canonical is no record, even where it is signed as it stands."""
    return Given([changed_and_signed(FIRST, '"seq":1', '"seq": 1')])


@gives("sync.not_a_record")
def keys_out_of_order() -> Given:
    """The keys of a header stand in order."""
    area = f'"area":"{STATION_AREA}"'
    return Given([changed_and_signed(FIRST, f'{{"actor":"clerk-1",{area}', f'{{{area},"actor":"clerk-1"')])


@gives("sync.not_a_record")
def fraction_in_the_header() -> Given:
    """A header holds no number with a fraction."""
    return Given([changed_and_signed(FIRST, '"seq":1', '"seq":1.0')])


@gives("sync.not_a_record")
def number_too_large() -> Given:
    """A number is below 2^53."""
    return Given([changed_and_signed(FIRST, '"catalogue":1', '"catalogue":9007199254740992')])


@gives("sync.not_a_record")
def another_version() -> Given:
    """Another format version is not known here."""
    return Given([changed_and_signed(FIRST, '"version":1', '"version":2')])


@gives("sync.not_a_record")
def another_suite() -> Given:
    """Another suite is not known here."""
    return Given([changed_and_signed(FIRST, '"suite":1', '"suite":2')])


@gives("sync.not_a_record")
def signature_in_another_form() -> Given:
    """A signature is written in base64url without padding."""
    return Given([{**wire(FIRST), "signature": "AA=="}])


# ---------------------------------------------------------------- 2, 3: who may write what


@gives("sync.unknown_node")
def unknown_node() -> Given:
    """The author must be in the roster."""
    return Given(writer("stranger").run(1))


@gives("sync.outside_grant")
def outside_the_area() -> Given:
    """A node writes inside its area only."""
    return Given([writer("station").write("case.noted", "case/1", {}, area=OTHER_AREA)])


@gives("sync.outside_grant")
def outside_the_kinds() -> Given:
    """A node writes the families of kinds that it was granted only."""
    return Given([writer("station").write("catalogue.item", "item/1", {})])


# ---------------------------------------------------------------- 4: position


@gives("accepted", "sync.gap")
def hole_in_a_journal() -> Given:
    """In a journal a chain has no hole."""
    return Given([FIRST, THIRD])


def _restored(seq: int) -> tuple[list[Record], Record]:
    """Five records of the district, and the opening of an incarnation that continues from this place among them."""
    before = writer("district", TWO)
    opened = before.write("node.opened", f"node/{before.node}", {"id": "", "incarnation": "", "seq": 0})
    written = [opened, *before.run(4)]
    after = writer("district", THREE)
    after.head = written[seq - 1].id
    body = {"id": after.head, "incarnation": TWO, "seq": seq}
    return written, after.write("node.opened", f"node/{after.node}", body)


@gives("accepted", "accepted")
def left_behind_by_a_hub() -> Given:
    """A hub was restored and goes on from record 2: what it had written behind that may stand behind a hole."""
    written, opened = _restored(2)
    return Given([written[2], written[4]], kept=[*written[:2], opened])


@gives("accepted", "accepted", "accepted")
def left_behind_from_its_opening_on() -> Given:
    """What the hub wrote in between stands in an incarnation of its own, whose opening comes first."""
    written, opened = _restored(2)
    between = writer("district", "dddddddddddddddd")
    between.head = written[4].id
    body = {"id": between.head, "incarnation": TWO, "seq": 5}
    first = between.write("node.opened", f"node/{between.node}", body)
    records = between.run(4)
    return Given([first, records[1], records[3]], kept=[*written[:2], opened])


@gives("sync.gap")
def left_behind_without_its_opening() -> Given:
    """Of an incarnation whose opening is not kept nobody can say whether it goes on."""
    _, opened = _restored(2)
    return Given([writer("district", "dddddddddddddddd").run(4)[3]], kept=[opened])


@gives("accepted", "accepted")
def left_behind_with_the_opening_that_says_so() -> Given:
    """The opening may come in the same push, before what it leaves behind."""
    written, opened = _restored(2)
    return Given([opened, written[4]], kept=written[:2])


@gives("sync.gap")
def hole_below_the_place_that_a_hub_continues_from() -> Given:
    """What the hub still has behind it stands in its chain without a hole."""
    written, opened = _restored(5)
    return Given([written[3]], kept=[*written[:2], opened])


@gives("sync.gap")
def hole_in_the_incarnation_that_goes_on() -> Given:
    """The incarnation that leads to the one which goes on is not left behind by those before it."""
    written, opened = _restored(5)
    after = writer("district", THREE)
    after.seq, after.head = opened.header.seq, opened.id
    return Given([after.run(2)[1]], kept=[*written, opened])


@gives("sync.gap")
def hole_in_what_a_station_left_behind() -> Given:
    """A station has nobody below it that could hold a part of its records: its chains have no holes."""
    after = writer("station", TWO)
    after.head = FIRST.id
    opened = after.write("node.opened", f"node/{after.node}", {"id": FIRST.id, "incarnation": ONE, "seq": 1})
    return Given([THIRD], kept=[FIRST, opened])


@gives("accepted", "sync.bad_signature")
def left_behind_and_not_signed() -> Given:
    """Behind a hole a record stands by its own signature, and vouches for none before it."""
    written, opened = _restored(2)
    unsigned = with_signature(written[4], flipped(written[4].signature, 3))
    return Given([written[2], unsigned], kept=[*written[:2], opened])


@gives("sync.bad_signature", "accepted")
def nothing_vouches_across_a_hole() -> Given:
    """The good signature behind a hole says nothing of the record before it."""
    written, opened = _restored(2)
    unsigned = with_signature(written[2], flipped(written[2].signature, 3))
    return Given([unsigned, written[4]], kept=[*written[:2], opened])


@gives("sync.fork")
def fork() -> Given:
    """Two different records at one position, both signed well."""
    return Given(other_first()[:1], kept=[FIRST, SECOND])


def other_first() -> list[Record]:
    """Two records of the station in the incarnation of FIRST, the first at its place."""
    other = writer("station")
    other.ms += 1
    return [other.write("case.noted", "case/1", {"note": note}) for note in ("另一件", "又一件")]


@gives("sync.fork", "sync.fork", "duplicate")
def branch_of_a_fork() -> Given:
    """What names a record of a branch as the one before it goes on that branch, and comes again as a duplicate."""
    branch = other_first()
    return Given([*branch, branch[0]], kept=[FIRST, SECOND])


@gives("sync.fork", "held")
def frozen_chain() -> Given:
    """Behind a fork the chain is frozen: what goes on it is kept without effect."""
    return Given([other_first()[0], THIRD], kept=[FIRST, SECOND])


@gives("sync.fork")
def wrong_prev() -> Given:
    """The next record names another one before it, and its signature proves that the node said so."""
    return Given([resigned(THIRD, STATION_KEYS, prev=FIRST.id)], kept=[FIRST, SECOND])


@gives("sync.bad_signature")
def fork_that_nobody_signed() -> Given:
    """A header that was changed after signing stands at a position that is taken: that proves no fork."""
    return Given([changed(FIRST, '"actor":"clerk-1"', '"actor":"clerk-2"')], kept=[FIRST, SECOND])


# ---------------------------------------------------------------- 5, 6: signature and body


@gives("sync.bad_signature")
def wrong_signature() -> Given:
    """A signature that is not good, with nothing later to vouch."""
    return Given([with_signature(FIRST, flipped(FIRST.signature, 3))])


@gives("sync.bad_signature")
def key_of_another_node() -> Given:
    """A good signature of somebody else."""
    return Given([resigned(FIRST, KEYS["hall"][0])])


@gives("accepted", "accepted", "sync.bad_signature")
def wrong_signature_at_the_end() -> Given:
    """Of a run whose last signature is not good, what the last good one vouches for is kept."""
    return Given([FIRST, SECOND, with_signature(THIRD, flipped(THIRD.signature, 3))])


@gives("sync.bad_signature", "accepted")
def wrong_signature_in_a_stream() -> Given:
    """In a stream every record stands by its own signature."""
    return Given([with_signature(FIRST, flipped(FIRST.signature, 3)), SECOND], route="stream")


@gives("accepted", "sync.bad_body", "sync.gap")
def changed_body() -> Given:
    """A body that is not the one that was signed; what follows in the chain is a gap."""
    return Given([FIRST, with_body(SECOND, b'{"note":"x"}'), THIRD])


# ---------------------------------------------------------------- 8: the roster


@gives("roster.outside_grant")
def admission_outside_the_area() -> Given:
    """A hub admits nobody outside its own area."""
    admitted = member_of(KEYS["stranger"][0], STATION, OTHER_AREA)
    return Given([writer("district", THREE).admit(admitted)])


@gives("roster.outside_grant")
def take_over() -> Given:
    """A hub cannot admit anew a node that does not stand below it."""
    return Given([writer("district", THREE).admit(member_of(KEYS["city"][0], STATION, STATION_AREA))])


@gives("roster.key_mismatch")
def name_of_another_key() -> Given:
    """A node's name is the name of its key."""
    body = {**admission(member_of(KEYS["stranger"][0], STATION, STATION_AREA)), "node": "aaaaaaaaaaaaaaaa"}
    return Given([writer("district", THREE).control("roster.admitted", "roster/x", body)])


@gives("accepted", "roster.revoked")
def admission_of_a_revoked_node() -> Given:
    """A node that was revoked is not admitted again under the same key."""
    district = writer("district", THREE)
    return Given([_revoking(district, writer("station").node), district.admit(member("station"))])


@gives("roster.unknown_node")
def revocation_of_nobody() -> Given:
    """Only a node that was admitted can be revoked."""
    return Given([_revoking(writer("district", THREE), writer("stranger").node)])


@gives("roster.malformed")
def admission_without_a_key() -> Given:
    """An admission has all its fields."""
    body = {**admission(member("station")), "key": "AAAA"}
    return Given([writer("district", THREE).control("roster.admitted", "roster/x", body)])


@gives("accepted", "roster.not_the_grantor")
def issuer_of_another_hub() -> Given:
    """An issuer is admitted again only by the hub that admitted it, or by one above."""
    return Given([_issuer(writer("city", THREE), "民政局"), _issuer(writer("district", THREE), "区民政局")])


@gives("accepted", "accepted", "roster.issuer_revoked")
def issuer_that_was_revoked() -> Given:
    """An issuer that was revoked is not admitted again."""
    city = writer("city", THREE)
    run = [_issuer(city, "民政局"), city.control("roster.issuer_revoked", "roster/issuer", {"did": DID})]
    return Given([*run, _issuer(city, "民政局")])


DID = "did:key:z6MkexampleOfADepartment"


def _issuer(author: Writer, name: str) -> Record:
    body = {"did": DID, "department": "civil", "name": name, "facts": ["residence"]}
    return author.control("roster.issuer_admitted", "roster/issuer", body)


def _revoking(author: Writer, node: str) -> Record:
    return author.control(REVOKED, f"roster/{node}", {"node": node, "incarnation": ONE, "seq": 0})
