"""Files that a hub or a station lost, or never had, come from whoever still holds them; nothing else is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from shared_models import cases
from shared_models.cases import Attachment, Deadline, Material
from shared_models.roster import CITY
from shared_models.signing import digest, text_of
from sync_protocol.core.messages import Have, Lacking, Message, Piece, Pull
from sync_protocol.store import filing
from sync_protocol.store.attachments import PIECE_BYTES
from sync_protocol.store.database import Connection
from tests.sync_protocol.continued import Continued, does, pull, release
from tests.sync_protocol.restoring import copied, restore
from tests.sync_protocol.world import Place, run

PHOTO = (digest(b"photo") * (PIECE_BYTES // 16))[: PIECE_BYTES + 5000]
OTHER = digest(b"another") * 300


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Continued]:
    made = Continued(tmp_path)
    made.settle()
    yield made
    made.close()


def name_of(photo: bytes) -> str:
    return text_of(digest(photo))


def lose_files(place: Place) -> None:
    """The folder of the attachments is empty, and the process that starts notices."""
    for path in place.attachments.folder.iterdir():
        path.unlink()
    place.node.database.write(lambda db: filing.note_lost(db, place.attachments))


def supplement(place: Place, number: str, photo: bytes) -> None:
    row = place.attachments.put(photo, "image/jpeg")
    place.node.database.write(lambda db: place.attachments.note(db, [row]))
    picture = Attachment(row.hash, row.size, row.media_type, "补充.jpg")
    material = Material("income", "收入证明", True, True, cases.RECEIVED, "B", attachments=(picture,))
    assert does(place, number, cases.Supplement((material,), "2026-11-24", Deadline("2026-12-22"))) == ""


class Wire:
    """One child at its parent; `sent` and `heard` are what was said about files."""

    def __init__(self, child: Place) -> None:
        self.child = child
        self.parent = child.parent_side()
        self.side = child.child_side()
        self.sent: list[Message] = []
        self.heard: list[Message] = []

    def answer(self, message: Message) -> list[Message]:
        self.sent.append(message)
        answers = self.parent.answer(message)
        self.heard += answers
        return answers

    def exchange(self) -> None:
        run(self.side.exchange_files(), self.answer)

    @property
    def bytes_sent(self) -> int:
        return sum(len(message.data) for message in self.sent if isinstance(message, Piece))

    @property
    def bytes_fetched(self) -> int:
        return sum(len(message.data) for message in self.heard if isinstance(message, Have))


@pytest.mark.parametrize("folded", [False, True])
def test_a_hub_that_came_back_without_a_file_gets_it_from_the_child_that_sent_it(
    world: Continued, folded: bool
) -> None:
    copy = copied(world.district)
    if folded:
        number = world.station.accept(photo=PHOTO)
        run(world.station.child_side().deliver(), world.station.parent_side().answer)
        world.district.settle()
        copy = copied(world.district)
    else:
        number = world.station.accept(photo=PHOTO)
    world.settle()
    assert world.district.photo(name_of(PHOTO)) == PHOTO
    restore(world.district, copy)
    lose_files(world.district)
    world.settle()
    assert world.district.case(number) is not None
    assert world.district.photo(name_of(PHOTO)) == PHOTO


def test_a_file_that_the_disk_lost_comes_back_and_nothing_else_is_sent(world: Continued) -> None:
    world.station.accept(photo=PHOTO)
    world.station.accept(photo=OTHER)
    world.settle()
    (world.district.attachments.folder / name_of(OTHER)).unlink()
    world.district.node.database.write(lambda db: filing.lost(db, name_of(OTHER)))
    wire = Wire(world.station)
    wire.exchange()
    assert world.district.photo(name_of(OTHER)) == OTHER
    assert {message.hash for message in wire.sent if isinstance(message, Piece)} == {name_of(OTHER)}


def test_a_file_that_lies_on_the_disk_is_not_sent_again_though_the_database_is_older(world: Continued) -> None:
    copy = copied(world.district)
    world.station.accept(photo=PHOTO)
    world.settle()
    restore(world.district, copy)
    wire = Wire(world.station)
    for flow in (wire.side.follow(), wire.side.deliver()):
        run(flow, wire.answer)
    world.district.settle()
    wire.exchange()
    assert world.district.photo(name_of(PHOTO)) == PHOTO
    assert wire.bytes_sent == 0


def test_a_file_that_only_the_hub_above_holds_comes_from_there(world: Continued) -> None:
    number = world.station.accept(photo=PHOTO, home=CITY)
    world.settle()
    assert does(world.city, number, cases.Decide("granted", "", "低保证")) == ""
    world.settle()
    lose_files(world.station)
    lose_files(world.district)
    world.settle()
    assert world.district.photo(name_of(PHOTO)) == world.station.photo(name_of(PHOTO)) == PHOTO


def test_a_station_that_was_restored_gets_its_own_photo_back(world: Continued) -> None:
    copy = copied(world.station)
    world.station.accept(photo=PHOTO)
    world.settle()
    restore(world.station, copy)
    lose_files(world.station)
    world.settle()
    assert world.station.photo(name_of(PHOTO)) == PHOTO
    wire = Wire(world.station)
    wire.exchange()
    assert wire.bytes_sent == 0


def test_photos_of_a_case_that_is_continued_elsewhere_reach_everybody_whom_it_concerns(world: Continued) -> None:
    number = world.station.accept(missing=True, photo=PHOTO)
    world.settle()
    assert world.city.photo(name_of(PHOTO)) is None, "the city does not conclude it"
    assert pull(world.other, number) == ""
    for _ in range(3):
        world.settle()
    supplement(world.other, number, OTHER)
    for _ in range(3):
        world.settle()
    concerned = (world.station, world.district, world.city, world.second, world.other)
    assert [place.photo(name_of(PHOTO)) == PHOTO for place in concerned] == [True] * 5
    assert [place.photo(name_of(OTHER)) == OTHER for place in concerned] == [True] * 5
    assert world.hall.photo(name_of(OTHER)) is None


def test_nobody_is_given_a_file_of_a_case_that_does_not_concern_him(world: Continued) -> None:
    world.station.accept(photo=PHOTO)
    world.settle()
    question = Piece(name_of(PHOTO), len(PHOTO), "image/jpeg", 0, give=1000)
    assert world.hall.parent_side().answer(question) == [Have(name_of(PHOTO), 0, wanted=False)]
    (given,) = world.station.parent_side().answer(question)
    assert given == Have(name_of(PHOTO), len(PHOTO), data=text_of(PHOTO[:1000]))


def test_what_a_case_brought_goes_with_it_and_what_another_case_names_stays(world: Continued) -> None:
    number = world.station.accept(photo=PHOTO)
    world.other.accept(photo=OTHER)
    second = world.station.accept(photo=OTHER)
    world.settle()
    pull(world.other, number)
    pull(world.other, second)
    for _ in range(3):
        world.settle()
    assert world.other.photo(name_of(PHOTO)) == PHOTO
    release(world.other, number)
    release(world.other, second)
    world.settle()
    with world.other.node.read() as db:
        assert set(filing.going(db)) == {name_of(PHOTO), name_of(OTHER)}
        assert [filing.is_named(db, name_of(photo)) for photo in (PHOTO, OTHER)] == [False, True]


def test_a_parent_of_an_earlier_version_is_asked_and_nothing_breaks(world: Continued) -> None:
    """It passes over the fields that it does not know."""
    world.station.accept(photo=PHOTO)
    parent = world.station.parent_side()

    def earlier(message: Message) -> list[Message]:
        if isinstance(message, Pull):
            message = msgspec.structs.replace(message, lacks=None)
        if isinstance(message, Piece):
            message = msgspec.structs.replace(message, give=0)
        return parent.answer(message)

    side = world.station.child_side()
    run(side.deliver(), earlier)
    world.district.settle()
    run(side.exchange_files(), earlier)
    assert world.district.photo(name_of(PHOTO)) == PHOTO
    world.district.settle()
    lose_files(world.station)
    run(side.exchange_files(), earlier)
    assert world.station.photo(name_of(PHOTO)) is None


def test_while_nothing_tells_of_files_the_parent_is_not_asked_again(world: Continued) -> None:
    wire = Wire(world.station)
    wire.exchange()
    wire.exchange()
    assert len([message for message in wire.sent if isinstance(message, Pull)]) == 1
    assert [message for message in wire.heard if isinstance(message, Lacking)] == [Lacking([])]


def test_a_database_of_an_earlier_program_learns_which_cases_name_its_files(world: Continued) -> None:
    number = world.station.accept(photo=PHOTO)
    world.settle()

    def forget(db: Connection) -> None:
        db.execute("DELETE FROM case_attachment")
        db.execute("DELETE FROM state WHERE name = ?", (filing.SORTED,))

    world.district.node.database.write(forget)
    world.district.restart()
    with world.district.node.read() as db:
        assert db.execute("SELECT hash, number FROM case_attachment").fetchall() == [(name_of(PHOTO), number)]
