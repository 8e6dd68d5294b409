"""A clerk's key at the counter: opened by the password, at hand while a form is worked on, and ended by whoever may."""

from __future__ import annotations

from pathlib import Path

import pytest

from central.clerks import EndClerk
from edge_node.app import build
from shared_models import signing
from shared_models.mandates import CLERK_ADMITTED, CLERK_ENDED, CLERK_MANDATE
from shared_models.signing import KeyPair
from sync_protocol.host import clerk_keys as opening
from sync_protocol.host.pages import Pages
from sync_protocol.host.web import Brand, Web
from sync_protocol.store import accounts, clerk_keys, doubting, holding
from tests.edge_node.station import PASSWORD, Browser, City, Counter
from tests.edge_node.test_counter import accepted

NEXT = "quite another password"
LOGIN, ACTOR = "chuangkou", "actor-chuangkou"
OF_CLERKS = (CLERK_ADMITTED, CLERK_ENDED, CLERK_MANDATE)


def said(city: City) -> list[str]:
    """What the station's log says of its people, in order."""
    with city.place.node.read() as db:
        rows = city.place.node.log.rows(db, 0, 1000)
    kinds = [row.record.header.kind for row in rows if row.record.header.node == city.place.node.name]
    return [kind for kind in kinds if kind in OF_CLERKS]


def held(city: City) -> int:
    with city.world.district.node.read() as db:
        return holding.waiting(db)


def key_of(counter: Counter) -> clerk_keys.KeyRow:
    with counter.runtime.database.read() as db:
        return clerk_keys.key_of(db, LOGIN)


def restarted(city: City, counter: Counter) -> Counter:
    """The station's process ends and another one begins; accounts and sessions are in the database."""
    city.place.restart()
    counter.runtime.node, counter.runtime.database = city.place.node, city.place.node.database
    counter.app = build(counter.runtime, None)
    counter.station = counter.app.state.station
    return counter


def with_cookies_of(browser: Browser, counter: Counter) -> Browser:
    other = Browser(counter.app)
    other.cookies.update(browser.cookies)
    return other


def test_the_first_form_brings_key_and_mandate_and_the_hub_lets_everything_count(city: City) -> None:
    clerk = Counter(city).browser()
    assert said(city) == []
    for _ in range(2):
        accepted(clerk)
    city.world.sync_all()
    assert said(city) == [CLERK_ADMITTED, CLERK_MANDATE]
    assert held(city) == 0


def test_whoever_is_logged_in_stays_so_over_a_restart_and_signs_the_mandate_of_the_next_process(city: City) -> None:
    counter = Counter(city)
    clerk = counter.browser()
    accepted(clerk)
    clerk = with_cookies_of(clerk, restarted(city, counter))
    accepted(clerk)
    city.world.sync_all()
    assert said(city) == [CLERK_ADMITTED, CLERK_MANDATE, CLERK_MANDATE]
    assert held(city) == 0


def test_an_own_new_password_keeps_the_key(city: City) -> None:
    counter = Counter(city)
    clerk = counter.browser()
    before = key_of(counter)
    data = {"old_password": PASSWORD, "new_password": NEXT, "again_password": NEXT}
    assert clerk.fill(clerk.get("/password").text, "/password", data).status_code == 303
    accepted(clerk)
    after = key_of(counter)
    assert after.public == before.public
    assert after.sealed != before.sealed
    web = web_of(counter)
    assert signing.text_of(opening.unlocked(web, LOGIN, NEXT).public) == before.public
    assert said(city) == [CLERK_ADMITTED, CLERK_MANDATE]


def test_a_password_of_an_administrator_ends_the_key_in_the_log_and_the_next_login_brings_another(city: City) -> None:
    counter = Counter(city)
    accepted(counter.browser())
    before = key_of(counter).public
    admin, path = counter.browser("admin"), f"/accounts/{LOGIN}/password"
    answer = admin.fill(admin.get(path).text, path, {"new_password": PASSWORD, "again_password": PASSWORD})
    assert answer.status_code == 303
    assert said(city)[-1] == CLERK_ENDED
    assert key_of(counter).public == ""
    accepted(counter.browser())
    assert key_of(counter).public not in ("", before)
    city.world.sync_all()
    assert said(city) == [CLERK_ADMITTED, CLERK_MANDATE, CLERK_ENDED, CLERK_ADMITTED, CLERK_MANDATE]
    assert held(city) == 0


def test_a_stopped_account_ends_its_key_though_the_process_was_killed_before_the_log_said_so(city: City) -> None:
    counter = Counter(city)
    accepted(counter.browser())
    counter.runtime.database.write(lambda db: accounts.set_disabled(db, LOGIN, True))  # and the process is gone
    assert CLERK_ENDED not in said(city)
    counter = restarted(city, counter)
    for _ in range(2):
        counter.runtime.end_keys()
    assert said(city).count(CLERK_ENDED) == 1


def web_of(counter: Counter) -> Web:
    return Web(
        counter.runtime.database, counter.runtime.storage_key, lambda: 0, counter.city.world.entropy, Pages([Path()]),
        Brand(("站", "station"), "511602001001"),
    )  # fmt: skip


def test_neither_the_operator_nor_a_thief_of_the_disk_opens_the_key_without_the_password(city: City) -> None:
    counter = Counter(city)
    clerk = counter.browser()
    sealed = key_of(counter).sealed
    assert sealed is not None
    operator, public = web_of(counter), key_of(counter).public
    seed = opening.unlocked(operator, LOGIN, PASSWORD).seed
    content = b"".join(path.read_bytes() for path in city.place.folder.glob("tongban.db*"))
    assert sealed in content
    assert seed not in content
    assert KeyPair.from_seed(seed).public == signing.bytes_of(public)
    assert signing.text_of(opening.unlocked(operator, LOGIN, "a guess at it").public) != public
    assert clerk.get("/cases").status_code == 200


# ---------------------------------------------------------------- revoked by the district


def test_a_person_whom_the_district_revoked_is_sent_to_the_login_with_the_sentence_and_stays_out(city: City) -> None:
    counter = Counter(city)
    clerk = counter.browser()
    accepted(clerk)
    city.world.sync_all()
    city.world.district.node.write(EndClerk(city.place.node.name, ACTOR, "离职"))
    behind = accepted(clerk)
    city.world.sync_all()
    answer = clerk.get("/cases")
    assert answer.status_code == 303
    assert "why=accounts.revoked" in answer.headers["location"]
    assert "上级中心已撤销您的办理资格" in clerk.get(answer.headers["location"]).text
    with pytest.raises(AssertionError, match="上级中心已撤销您的办理资格"):
        clerk.log_in(LOGIN)
    assert held(city) == 1
    colleague = counter.browser("tongshi")
    assert "暂不生效" in colleague.get(f"/cases/{behind}").text
    with city.place.node.read() as db:
        assert doubting.subjects(db) == {f"case/{behind}"}
    accepted(colleague)
    assert "已被上级撤销" in counter.browser("admin").get("/accounts").text


def test_the_page_of_accounts_shows_the_id_and_the_fingerprint(city: City) -> None:
    counter = Counter(city)
    accepted(counter.browser())
    text = counter.browser("admin").get("/accounts").text
    assert ACTOR in text
    assert signing.fingerprint(signing.bytes_of(key_of(counter).public))[:16] in text
