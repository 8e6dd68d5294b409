"""Accounts, sessions, saved forms, access log and brakes, on a real SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils.utils import sqlite3

from shared_models import signing
from shared_models.refusals import Refusal
from sync_protocol.store import accounts
from sync_protocol.store.accounts import DAY_MS, LOCK_MS, MINUTE_MS, Access, Account
from sync_protocol.store.database import Database

NOW = 1_780_000_000_000
PASSWORD = "a long enough one"
HASH = signing.hash_password(PASSWORD, bytes(16))
ZHANG = Account("zhang", "actor-1", "张晓红", ("clerk", "lead"), "民政", "zh")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "accounts.db", litestream=False, migrations=[accounts.migrations]) as opened:
        opened.write(lambda db: accounts.create_account(db, ZHANG, HASH, NOW))
        yield opened


def refused(database: Database, login: str, password: str, now_ms: int = NOW) -> Refusal:
    with pytest.raises(Refusal) as caught:
        accounts.check_login(database, login, password, now_ms)
    return caught.value


def open_session(database: Database, token: str = "token", now_ms: int = NOW, idle_ms: int = 60 * MINUTE_MS) -> None:
    database.write(lambda db: accounts.open_session(db, "zhang", token, f"form key of {token}", now_ms, idle_ms))


def everything_in(database: Database) -> str:
    with database.read() as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return repr([db.execute(f"SELECT * FROM {table}").fetchall() for table in tables])


# Accounts


def test_an_account_comes_back_as_it_was_made(database: Database) -> None:
    with database.read() as db:
        assert accounts.account_of(db, "zhang") == ZHANG
        assert accounts.account_of_actor(db, "actor-1") == ZHANG
        assert accounts.account_of(db, "nobody") is None
        assert accounts.all_accounts(db) == [ZHANG]


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (Account("zhang", "actor-9", "另一人"), "accounts.taken"),
        (Account("other", "actor-1", "另一人"), "accounts.taken"),
        (Account("张晓红", "actor-9", "另一人"), "accounts.login_malformed"),
        (Account("Zhang2", "actor-9", "另一人"), "accounts.login_malformed"),
        (Account("x" * 33, "actor-9", "另一人"), "accounts.login_malformed"),
        (Account("other", "actor-9", "  "), "accounts.name_missing"),
    ],
)
def test_an_account_that_cannot_be_is_refused(database: Database, account: Account, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        database.write(lambda db: accounts.create_account(db, account, HASH, NOW))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("password", "code"),
    [("short", "accounts.password_length"), ("x" * 129, "accounts.password_length"), ("Zhangxiaohong", None)],
)
def test_a_new_password_has_a_length(password: str, code: str | None) -> None:
    if code is None:
        accounts.check_new_password("zhang", password)
        return
    with pytest.raises(Refusal) as caught:
        accounts.check_new_password("zhang", password)
    assert caught.value.code == code


def test_a_new_password_is_not_the_login() -> None:
    with pytest.raises(Refusal) as caught:
        accounts.check_new_password("zhangxiaohong", "ZhangXiaohong")
    assert caught.value.code == "accounts.password_is_login"


def test_a_new_password_ends_sessions_and_locks(database: Database) -> None:
    open_session(database)
    for _ in range(5):
        refused(database, "zhang", "wrong")
    assert refused(database, "zhang", PASSWORD).code == "accounts.locked"
    new = signing.hash_password("quite another one", bytes(16))
    database.write(lambda db: accounts.set_password(db, "zhang", new))
    with database.read() as db:
        assert accounts.session_of(db, "token", NOW) is None
    assert accounts.check_login(database, "zhang", "quite another one", NOW) == ZHANG


def test_new_roles_and_a_disabled_account_end_the_sessions(database: Database) -> None:
    open_session(database)
    database.write(lambda db: accounts.set_roles(db, "zhang", ("officer",)))
    with database.read() as db:
        assert accounts.session_of(db, "token", NOW) is None
    open_session(database, "second")
    database.write(lambda db: accounts.set_disabled(db, "zhang", True))
    with database.read() as db:
        assert accounts.session_of(db, "second", NOW) is None
    assert refused(database, "zhang", PASSWORD).code == "accounts.disabled"


def test_changing_an_account_that_is_not_there_is_refused(database: Database) -> None:
    with pytest.raises(Refusal) as caught:
        database.write(lambda db: accounts.set_password(db, "nobody", HASH))
    assert caught.value == Refusal("accounts.unknown", login="nobody")


# Logging in


def test_the_right_password_gives_the_account_whatever_the_case_of_the_login(database: Database) -> None:
    assert accounts.check_login(database, " Zhang ", PASSWORD, NOW) == ZHANG


def test_a_wrong_password_and_an_unknown_login_are_refused_alike(database: Database) -> None:
    assert refused(database, "zhang", "wrong") == refused(database, "nobody", PASSWORD) == Refusal("accounts.wrong")


@pytest.mark.parametrize("login", ["zhang", "nobody"])
def test_five_failures_lock_and_every_further_one_locks_for_longer(database: Database, login: str) -> None:
    for _ in range(5):
        assert refused(database, login, "wrong").code == "accounts.wrong"
    assert refused(database, login, PASSWORD) == Refusal("accounts.locked", minutes=5)
    assert refused(database, login, PASSWORD, NOW + 3 * MINUTE_MS) == Refusal("accounts.locked", minutes=2)
    later = NOW + LOCK_MS
    assert refused(database, login, "wrong", later).code == "accounts.wrong"
    assert refused(database, login, "wrong", later) == Refusal("accounts.locked", minutes=10)


def test_no_lock_lasts_longer_than_four_hours(database: Database) -> None:
    now_ms = NOW
    for _ in range(30):
        if (refusal := refused(database, "zhang", "wrong", now_ms)).code == "accounts.locked":
            assert int(refusal.values["minutes"]) <= 240
            now_ms += int(refusal.values["minutes"]) * MINUTE_MS


def test_the_right_password_after_the_lock_forgives_everything(database: Database) -> None:
    for _ in range(5):
        refused(database, "zhang", "wrong")
    accounts.check_login(database, "zhang", PASSWORD, NOW + LOCK_MS)
    for _ in range(4):
        assert refused(database, "zhang", "wrong", NOW + LOCK_MS).code == "accounts.wrong"
    assert accounts.check_login(database, "zhang", PASSWORD, NOW + LOCK_MS) == ZHANG


def test_failures_of_the_day_before_do_not_count(database: Database) -> None:
    for _ in range(4):
        refused(database, "zhang", "wrong")
    refused(database, "zhang", "wrong", NOW + DAY_MS + 1)
    assert accounts.check_login(database, "zhang", PASSWORD, NOW + DAY_MS + 1) == ZHANG


def test_a_clock_that_was_set_back_locks_nobody_out(database: Database) -> None:
    for _ in range(5):
        refused(database, "zhang", "wrong", NOW + 10 * 365 * DAY_MS)
    assert accounts.check_login(database, "zhang", PASSWORD, NOW) == ZHANG


def test_many_guesses_at_once_get_no_more_tries_than_one_after_the_other(database: Database) -> None:
    with ThreadPoolExecutor(20) as pool:
        codes = [refusal.code for refusal in pool.map(lambda _: refused(database, "zhang", "wrong"), range(20))]
    assert codes.count("accounts.wrong") == 5
    assert codes.count("accounts.locked") == 15


def test_what_was_typed_as_a_login_is_not_kept_where_nobody_has_it(database: Database) -> None:
    refused(database, "my-secret-password", "zhang")
    assert "my-secret-password" not in everything_in(database)


# Sessions


def test_a_session_is_found_by_its_token_and_the_token_is_not_kept(database: Database) -> None:
    open_session(database)
    with database.read() as db:
        session = accounts.session_of(db, "token", NOW + 1)
        assert session is not None
        assert (session.account, session.form_key) == (ZHANG, "form key of token")
        assert accounts.session_of(db, "another", NOW + 1) is None
    assert "'token'" not in everything_in(database)


def test_a_session_runs_out_and_lasts_longer_when_touched(database: Database) -> None:
    open_session(database)
    later = NOW + 59 * MINUTE_MS
    database.write(lambda db: accounts.touch_session(db, "token", later, later + 60 * MINUTE_MS))
    with database.read() as db:
        assert accounts.session_of(db, "token", NOW + 61 * MINUTE_MS) is not None
        assert accounts.session_of(db, "token", later + 60 * MINUTE_MS) is None
        assert accounts.owner_of(db, "token") == "zhang"


def test_a_session_from_a_wrong_future_is_not_alive(database: Database) -> None:
    open_session(database, now_ms=NOW + 70 * 365 * DAY_MS)
    with database.read() as db:
        assert accounts.session_of(db, "token", NOW) is None


def test_an_account_has_ten_sessions_at_most(database: Database) -> None:
    for number in range(12):
        open_session(database, f"token {number}", NOW + number)
    with database.read() as db:
        alive = [number for number in range(12) if accounts.session_of(db, f"token {number}", NOW + 20)]
    assert alive == list(range(2, 12))


def test_a_closed_session_is_gone_with_its_owner(database: Database) -> None:
    open_session(database)
    database.write(lambda db: accounts.close_session(db, "token"))
    database.write(lambda db: accounts.close_session(db, "token"))
    with database.read() as db:
        assert accounts.session_of(db, "token", NOW) is None
        assert accounts.owner_of(db, "token") is None


def test_a_session_belongs_to_an_account(database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        database.write(lambda db: accounts.open_session(db, "nobody", "token", "key", NOW, MINUTE_MS))


# Saved forms


def keep(database: Database, ticket: str, login: str | None, now_ms: int = NOW) -> None:
    database.write(lambda db: accounts.keep_form(db, ticket, login, b"sealed", now_ms, now_ms + 1000))


def test_a_kept_form_is_for_its_owner_until_it_runs_out(database: Database) -> None:
    keep(database, "ticket", "zhang")
    keep(database, "free", None)
    with database.read() as db:
        assert accounts.kept_form(db, "ticket", "zhang", NOW + 999) == b"sealed"
        assert accounts.kept_form(db, "ticket", "li", NOW) is None
        assert accounts.kept_form(db, "ticket", "zhang", NOW + 1000) is None
        assert accounts.kept_form(db, "free", "li", NOW) == b"sealed"
    database.write(lambda db: accounts.drop_form(db, "ticket"))
    with database.read() as db:
        assert accounts.kept_form(db, "ticket", "zhang", NOW) is None


def test_only_the_newest_300_forms_are_kept(database: Database) -> None:
    def act(db: sqlite3.Connection) -> None:
        for number in range(310):
            accounts.keep_form(db, f"ticket {number}", None, b"sealed", NOW + number, NOW + DAY_MS)

    database.write(act)
    with database.read() as db:
        kept = [number for number in range(310) if accounts.kept_form(db, f"ticket {number}", "zhang", NOW)]
    assert kept == list(range(10, 310))


# Who looked at whose data


def test_every_look_is_noted_and_the_latest_comes_first(database: Database) -> None:
    looks = [Access(NOW + n, f"actor-{n}", "case.open", "case-1") for n in range(3)]
    for look in [*looks, Access(NOW, "actor-9", "case.open", "case-2")]:
        database.write(partial(accounts.note_access, access=look))
    with database.read() as db:
        assert accounts.accesses_to(db, "case-1") == looks[::-1]
        assert len(accounts.accesses_to(db, "case-1", limit=2)) == 2


# Brakes


def test_a_bucket_gives_its_tokens_then_one_after_each_refill(database: Database) -> None:
    def take(at_ms: int, name: str = "address") -> int:
        return database.write(lambda db: accounts.throttle(db, name, NOW + at_ms, burst=3, refill_ms=1000))

    assert [take(0), take(0), take(0)] == [0, 0, 0]
    assert take(0) == 1000
    assert take(400) == 600
    assert take(0, "another address") == 0
    assert [take(1000), take(1000)] == [0, 1000]
    assert [take(60_000) for _ in range(4)] == [0, 0, 0, 1000]


def test_a_clock_that_was_set_back_empties_no_bucket_for_longer_than_it_takes_to_fill(database: Database) -> None:
    database.write(lambda db: accounts.throttle(db, "address", NOW + 365 * DAY_MS, burst=3, refill_ms=1000))
    assert database.write(lambda db: accounts.throttle(db, "address", NOW, burst=3, refill_ms=1000)) <= 1000


def test_a_bucket_keeps_no_name_and_is_gone_when_full(database: Database) -> None:
    database.write(lambda db: accounts.throttle(db, "10.1.2.3/511602", NOW, burst=3, refill_ms=1000))
    assert "511602" not in everything_in(database)
    database.write(lambda db: accounts.throttle(db, "other", NOW + 2000, burst=3, refill_ms=1000))
    with database.read() as db:
        assert db.execute("SELECT COUNT(*) FROM throttles").fetchone() == (1,)


@given(
    burst=st.integers(1, 5),
    refill_ms=st.integers(1, 1000),
    pauses=st.lists(st.integers(0, 3000), min_size=1, max_size=30),
)
def test_nobody_gets_more_than_the_bucket_and_what_flowed_in(burst: int, refill_ms: int, pauses: list[int]) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE throttles (name TEXT PRIMARY KEY, full_ms BIGINT NOT NULL)")
    now_ms, granted = NOW, 0
    for pause in pauses:
        now_ms += pause
        wait_ms = accounts.throttle(db, "one", now_ms, burst, refill_ms)
        granted += wait_ms == 0
        assert 0 <= wait_ms <= refill_ms
        assert granted <= burst + (now_ms - NOW) // refill_ms
    db.close()


# Sweeping


def test_a_sweep_takes_what_ran_out_and_nothing_else(database: Database) -> None:
    open_session(database, "old")
    open_session(database, "new", NOW + 8 * DAY_MS)
    keep(database, "old", None)
    keep(database, "new", None, NOW + 8 * DAY_MS)
    refused(database, "zhang", "wrong")
    database.write(lambda db: accounts.sweep(db, NOW + 8 * DAY_MS))
    with database.read() as db:
        assert accounts.owner_of(db, "old") is None
        assert accounts.owner_of(db, "new") == "zhang"
        assert db.execute("SELECT COUNT(*) FROM saved_forms").fetchone() == (1,)
        assert db.execute("SELECT COUNT(*) FROM login_attempts").fetchone() == (0,)
