"""A case that holds a record of a critical kind is read-only where that kind is not known, until it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from shared_models import cases
from shared_models.records import PERSONAL, Draft
from shared_models.refusals import Refusal
from sync_protocol.commands import CaseCommand, View
from sync_protocol.store import case_files, critical
from sync_protocol.store.case_files import Filter
from tests.sync_protocol.world import Place, World

SEALED, PLAIN = "case.sealed!", "case.remarked"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The city and the hall run a later program, which knows `case.sealed!`; district and station do not."""
    made = World(tmp_path)
    made.sync_all()
    for place in (made.city, made.hall):
        install(place, frozenset({SEALED}))
    made.sync_all()
    yield made
    made.close()


def install(place: Place, known: frozenset[str]) -> None:
    """Another program, which knows these critical kinds."""
    place.known = known
    place.restart()


class Says(NamedTuple):
    """A record about a case, of a kind for which there is no command yet."""

    number: str
    kind: str

    def decide(self, view: View) -> list[Draft]:
        case = view.case(self.number)
        heads = case.heads if case else ()
        body = {"salt": "vFGu07A7ReyyC7gpPdvMNg", "until": "2027-01-01"}
        return [Draft(self.kind, cases.subject_of(self.number), body, PERSONAL, view.me.area, heads, "judge")]


def files(world: World, number: str) -> list[cases.CaseFile | None]:
    return [place.case(number) for place in (world.station, world.district, world.city)]


def newer(place: Place, number: str) -> tuple[str, ...]:
    case = place.case(number)
    assert case is not None
    return case.newer


def refused(place: Place, number: str, command: cases.Command) -> str:
    with pytest.raises(Refusal) as caught:
        place.node.write(CaseCommand(number, command, "clerk-1"))
    return caught.value.code


def sealed(world: World, number: str) -> None:
    world.city.node.write(Says(number, SEALED))
    world.sync_all()


def test_a_critical_kind_that_is_not_known_makes_that_case_read_only_and_no_other(world: World) -> None:
    number, other = world.station.accept(), world.station.accept()
    world.sync_all()
    sealed(world, number)
    for place in (world.station, world.district):
        assert newer(place, number) == (SEALED,)
        assert refused(place, number, cases.Withdraw("不办了")) == "cases.needs_newer"
        assert newer(place, other) == ()
    assert refused(world.district, number, cases.Decide("granted", "", "证")) == "cases.needs_newer"
    assert newer(world.city, number) == ()
    world.station.node.write(CaseCommand(other, cases.Withdraw("不办了"), "clerk-1"))


def test_a_plain_kind_that_is_not_known_stands_in_the_way_of_nothing(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    world.city.node.write(Says(number, PLAIN))
    world.sync_all()
    assert newer(world.station, number) == ()
    world.station.node.write(CaseCommand(number, cases.Withdraw("不办了"), "clerk-1"))


def test_a_read_only_case_is_listed_still_and_the_records_of_others_are_folded(world: World) -> None:
    number = world.station.accept(home="city")
    world.sync_all()
    sealed(world, number)
    with world.station.node.read() as db:
        assert [row.number for row in case_files.rows(db, world.station.node.vault, Filter())] == [number]
    world.city.node.write(CaseCommand(number, cases.Decide("granted", "", "证"), "officer"))
    world.sync_all()
    case = world.station.case(number)
    assert case is not None
    assert (case.status, case.newer) == ("decided", (SEALED,))


def test_after_an_update_the_case_is_folded_again_by_itself_and_all_agree(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    sealed(world, number)
    for place in (world.district, world.station):
        install(place, frozenset({SEALED}))
        assert newer(place, number) == ()
    one, two, three = files(world, number)
    assert one == two == three
    world.district.node.write(CaseCommand(number, cases.Decide("granted", "", "证"), "officer"))
    world.sync_all()
    one, two, three = files(world, number)
    assert one == two == three
    assert one is not None
    assert one.status == "decided"


def test_an_older_program_makes_it_read_only_again(world: World) -> None:
    number = world.hall.accept()
    world.sync_all()
    sealed(world, number)
    assert newer(world.hall, number) == ()
    install(world.hall, frozenset())
    assert newer(world.hall, number) == (SEALED,)
    install(world.hall, frozenset({SEALED, "case.other!"}))
    assert newer(world.hall, number) == ()


def test_what_is_folded_anew_is_what_was_folded_step_by_step(world: World) -> None:
    numbers = [world.station.accept() for _ in range(3)]
    world.sync_all()
    sealed(world, numbers[1])
    for place in (world.station, world.city):
        before = [place.case(number) for number in numbers]
        with place.node.read() as db:
            frozen = critical.frozen(db), critical.cases(db)
        place.node.rebuild()
        assert [place.case(number) for number in numbers] == before
        with place.node.read() as db:
            assert (critical.frozen(db), critical.cases(db)) == frozen
    assert frozen == (0, [numbers[1]])


def test_one_that_came_before_what_it_follows_makes_the_case_read_only_at_once(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    world.city.node.write(Says(number, PLAIN))
    world.city.node.write(Says(number, SEALED))
    with world.city.node.read() as db:
        rows = world.city.node.log.rows(db, world.city.node.log.last_position(db) - 2, 2)
    station = world.station
    station.node.take_in([rows[1].record], "^")
    station.settle()
    assert newer(station, number) == (SEALED,)
    station.node.take_in([rows[0].record], "^")
    station.settle()
    assert newer(station, number) == (SEALED,)
    with station.node.read() as db:
        assert critical.cases(db) == [number]


def test_a_start_where_nothing_changed_folds_nothing_again(world: World) -> None:
    number = world.station.accept()
    world.sync_all()
    sealed(world, number)
    with world.station.node.read() as db:
        before = db.execute("SELECT card FROM case_file WHERE number = ?", (number,)).fetchone()[0]
    world.station.restart()
    with world.station.node.read() as db:
        assert db.execute("SELECT card FROM case_file WHERE number = ?", (number,)).fetchone()[0] == before
