"""Managing accounts: what the verbs do to a real database, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from shared_models.refusals import Refusal
from sync_protocol.host import people, verbs
from sync_protocol.host.people import AskPeople, NewAccount, NewPassword, NewRoles, People, Person, Switch
from sync_protocol.store import accounts, state
from sync_protocol.store.database import Database
from tests.host.small_app import Clock, Entropy

OLD, NEW = "the first password", "another password"


def check(roles: Sequence[str], department: str) -> tuple[str, ...]:
    """Clerks and officers; an officer needs a department."""
    if "officer" in roles and not department:
        raise Refusal("central.department_needed")
    return tuple(sorted(set(roles)))


class Office:
    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.database = Database(
            path / "office.db", litestream=False, migrations=[accounts.migrations, state.migrations]
        )
        self.people = People(self.database, check, self.clock.now_ms, Entropy())

    def enter(self, login: str, password: str) -> None:
        accounts.check_login(self.database, login, password, self.clock.ms)

    def open_session(self, login: str, token: str) -> None:
        self.database.write(lambda db: accounts.open_session(db, login, token, "key", self.clock.ms, 60_000))

    def has_session(self, token: str) -> bool:
        with self.database.read() as db:
            return accounts.session_of(db, token, self.clock.ms) is not None


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    office.people.add(NewAccount("zhang", "张晓红", ("clerk",), OLD))
    yield office
    office.database.close()


def refused(code: str, office: Office, login: str = "zhang", password: str = OLD) -> None:
    with pytest.raises(Refusal) as caught:
        office.enter(login, password)
    assert caught.value.code == code


def test_a_new_account_may_log_in_and_its_actor_says_nothing_about_the_person(office: Office) -> None:
    made = office.people.add(NewAccount(" LiMing ", " 李明 ", ("officer", "clerk"), OLD, "mz"))
    assert made == Person("liming", "李明", ("clerk", "officer"), "mz", people.ACTIVE, actor=made.actor)
    office.enter("liming", OLD)
    with office.database.read() as db:
        account = accounts.account_of(db, "liming")
    assert account is not None
    assert len(account.actor) == 12
    assert "liming" not in account.actor


def test_a_new_password_ends_sessions_and_lifts_the_lock(office: Office) -> None:
    office.open_session("zhang", "token")
    for _ in range(accounts.LOCK_AFTER_FAILURES):
        refused("accounts.wrong", office, password="a guess")
    refused("accounts.locked", office)
    assert office.people.everybody(AskPeople()).people[0].state == people.LOCKED
    assert office.people.set_password(NewPassword("Zhang", NEW)).state == people.ACTIVE
    assert not office.has_session("token")
    office.enter("zhang", NEW)
    refused("accounts.wrong", office, password=OLD)


def test_new_roles_end_sessions_and_keep_the_department_unless_another_is_named(office: Office) -> None:
    office.open_session("zhang", "token")
    assert office.people.set_roles(NewRoles("zhang", ("officer", "clerk"), "mz")).department == "mz"
    assert not office.has_session("token")
    assert office.people.set_roles(NewRoles("zhang", ("officer",))).roles == ("officer",)
    with pytest.raises(Refusal) as caught:
        office.people.set_roles(NewRoles("zhang", ("officer",), ""))
    assert caught.value.code == "central.department_needed"
    (person,) = office.people.everybody(AskPeople()).people
    assert person == Person("zhang", "张晓红", ("officer",), "mz", "active", actor=person.actor)


def test_a_disabled_account_is_out_until_it_is_enabled(office: Office) -> None:
    office.open_session("zhang", "token")
    assert office.people.switch(Switch("zhang", True)).state == people.DISABLED
    assert not office.has_session("token")
    refused("accounts.disabled", office)
    office.people.switch(Switch("zhang", False))
    office.enter("zhang", OLD)


@pytest.mark.parametrize(
    ("verb", "asked", "code"),
    [
        (people.PASSWORD, NewPassword("nobody", NEW), "accounts.unknown"),
        (people.PASSWORD, NewPassword("zhang", "short"), "accounts.password_length"),
        (people.PASSWORD, NewPassword("zhang", "ZHANG"), "accounts.password_length"),
        (people.ROLES, NewRoles("nobody", ("clerk",)), "accounts.unknown"),
        (people.ROLES, NewRoles("zhang", ("officer",)), "central.department_needed"),
        (people.SWITCH, Switch("nobody", True), "accounts.unknown"),
        (people.ADD, NewAccount("zhang", "x", ("clerk",), OLD), "accounts.taken"),
        (people.ADD, NewAccount("li ming", "x", ("clerk",), OLD), "accounts.login_malformed"),
        (people.ADD, NewAccount("liming", " ", ("clerk",), OLD), "accounts.name_missing"),
        (people.ADD, NewAccount("long-enough", "x", ("clerk",), "Long-Enough"), "accounts.password_is_login"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    office: Office, verb: str, asked: msgspec.Struct, code: str
) -> None:
    before = office.people.everybody(AskPeople())
    with pytest.raises(Refusal) as caught:
        verbs.perform(people.VERBS, office.people, verb, msgspec.json.encode(asked))
    assert caught.value.code == code
    assert office.people.everybody(AskPeople()) == before
    office.enter("zhang", OLD)


def test_a_verb_at_a_place_is_the_same_as_at_its_people(office: Office) -> None:
    at_office = people.verbs_at(lambda place: place.people)
    answer = verbs.perform(at_office, office, people.LIST, b"{}")
    assert msgspec.json.decode(answer, type=people.Everybody) == office.people.everybody(AskPeople())
    assert set(at_office) == set(people.VERBS)


def test_no_answer_holds_a_password_or_its_hash(office: Office) -> None:
    answers = [
        verbs.perform(people.VERBS, office.people, people.LIST, b"{}"),
        msgspec.json.encode(office.people.set_password(NewPassword("zhang", NEW))),
    ]
    assert not [each for each in answers if b"argon2" in each or NEW.encode() in each]
    assert NEW not in repr(office.people)
