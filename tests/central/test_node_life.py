"""Nodes whose time is over: what a hub shows of them, renewing them, and ratifying all that their held records hold."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from central import holding, node_life, operations
from central.cli import main
from central.doctor import CHECKS_OF_HUB
from central.holding import RatifyAll
from central.node_life import Life, SetTerms
from shared_models.refusals import Refusal
from shared_models.trust import SILENT
from sync_protocol.host import doctor
from sync_protocol.host.doctor import Patient
from sync_protocol.lapsing import DAY_MS, HOUR_MS, Lapse, Listener
from sync_protocol.store.holding import RATIFIED
from tests.central.places import Places, Site

DAYS = 8


@pytest.fixture
def late(places: Places) -> list[str]:
    """The numbers of three cases that a station took in after it had lapsed, two of them delivered in one go."""
    places.station.accept()
    places.sync()
    places.district.runtime.node.write(Lapse(places.station.name, SILENT))
    numbers = [places.station.accept(name=name) for name in ("甲", "乙", "丙")]
    places.sync()
    return numbers


def life(places: Places, site: Site) -> Life:
    hub = places.district.hub
    with hub.node.read() as db:
        return next(each.life for each in operations.children_in(hub, db) if each.node == site.name)


def listen(places: Places, days: int) -> None:
    """Days go by at the district in which it hears the city, and nobody else."""
    listener = Listener(places.district.runtime.node, places.city.name)
    for hour in range(days * DAY_MS // HOUR_MS):
        listener.tick(HOUR_MS, hour + 1)


def posted(places: Places, path: str, page: str, login: str = "jiandu", **fields: str) -> tuple[int, str]:
    browser = places.district.browser(login)
    answer = browser.post(path, data={"_form": browser.token_at(page), "_from": page, **fields})
    return answer.status_code, answer.text


def command(places: Places, *arguments: str) -> tuple[int, str]:
    """A command at the district, which does not run meanwhile; gives exit code and what it said."""
    places.district.runtime.close()
    path = str(places.folder / "district")
    done = CliRunner().invoke(main, [*arguments[:2], path, *arguments[2:]])
    return done.exit_code, done.output + (done.stderr if done.stderr_bytes else "")


# ---------------------------------------------------------------- how they stand


def test_the_page_counts_the_days_that_are_left_and_warns_in_the_last_week(places: Places) -> None:
    node_life.set_terms(places.district.hub, SetTerms(places.station.name, offline_days=DAYS, key_days=100))
    listen(places, 4)
    assert not life(places, places.station).soon
    listen(places, 1)
    found = life(places, places.station)
    assert (found.offline_days_left, found.key_days_left, found.due, found.soon) == (4, 96, "", True)
    assert not life(places, places.hall).soon
    text = places.district.browser("jiandu").get("/nodes").text
    assert "还可离线 4 天" in text
    assert "密钥已用 4 天，还可用 96 天" in text
    assert text.count("/renew") == 1, "only where it matters"


def test_a_node_that_is_due_with_too_many_others_is_let_lapse_by_a_person(places: Places) -> None:
    for site in (places.station, places.hall):
        node_life.set_terms(places.district.hub, SetTerms(site.name, offline_days=1))
    listen(places, 3)
    assert "同时到期的节点太多" in places.district.browser("jiandu").get("/nodes").text
    assert posted(places, f"/nodes/{places.hall.name}/lapse", "/nodes")[0] == 303
    assert life(places, places.hall).lapsed
    assert not life(places, places.station).lapsed
    assert posted(places, f"/nodes/{places.hall.name}/lapse", "/nodes")[0] == 409


def test_a_lapsed_node_is_renewed_with_a_reason(places: Places, late: list[str]) -> None:
    assert "已超期暂停" in places.district.browser("jiandu").get("/nodes").text
    path = f"/nodes/{places.station.name}/renew"
    status, text = posted(places, path, "/nodes", reason=" ")
    assert status == 422
    assert f'href="#f-reason-{places.station.name}"' in text
    assert posted(places, path, "/nodes", reason="已到站核实")[0] == 303
    assert not life(places, places.station).lapsed
    places.sync()
    number = places.station.accept()
    places.sync()
    assert places.city.case(number).number == number


def test_officers_neither_renew_nor_let_lapse(places: Places, late: list[str]) -> None:
    for verb in ("renew", "lapse"):
        browser = places.district.browser("shenpi")
        answer = browser.post(
            f"/nodes/{places.station.name}/{verb}", data={"_form": browser.token_at("/"), "reason": "x"}
        )
        assert answer.status_code == 403


# ---------------------------------------------------------------- all that one node's hold


def test_all_of_a_node_are_ratified_at_once_each_by_a_ruling_of_its_own(places: Places, late: list[str]) -> None:
    page = places.district.browser("jiandu").get("/held").text
    assert "全部追认（3 条）" in page
    assert "节点超期暂停时所写" in page
    path = f"/held/nodes/{places.station.name}"
    assert posted(places, path, "/held", seen="3", sure="yes", reason="逐条电话核实")[0] == 303
    places.sync(3)
    for number in late:
        for site in (places.district, places.city):
            assert site.case(number).number == number
    node = places.district.runtime.node
    with node.read() as db:
        rulings = [row.record for row in node.log.rows(db, 0, 1000) if row.record.header.kind == RATIFIED]
        assert holding.held_by_node(node, db) == []
    assert [(each.header.actor, each.value()["reason"]) for each in rulings] == [
        ("actor-supervisor", "逐条电话核实")
    ] * 3


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"seen": "3", "reason": "核实"}, 422),
        ({"seen": "3", "sure": "yes", "reason": " "}, 422),
        ({"seen": "2", "sure": "yes", "reason": "核实"}, 409),
        ({"seen": "三", "sure": "yes", "reason": "核实"}, 409),
    ],
    ids=["not ticked", "no reason", "another number waits", "no number"],
)
def test_nothing_is_ratified_without_reason_tick_and_the_number_that_was_seen(
    places: Places, late: list[str], fields: dict[str, str], status: int
) -> None:
    found, text = posted(places, f"/held/nodes/{places.station.name}", "/held", **fields)
    assert found == status
    assert f'href="#f-all-{places.station.name}"' in text
    assert "全部追认（3 条）" in text


def test_one_request_rules_on_a_few_hundred(places: Places) -> None:
    places.district.runtime.node.write(Lapse(places.station.name, SILENT))
    for _ in range(holding.AT_ONCE_MAX + 1):
        places.station.accept()
    for _ in range(3):
        places.station.sync()
    node, count = places.district.runtime.node, holding.AT_ONCE_MAX + 1
    assert holding.ratify_all(node, RatifyAll(places.station.name, count, "核实", "boss")) == holding.AT_ONCE_MAX
    assert holding.ratify_all(node, RatifyAll(places.station.name, 1, "核实", "boss")) == 1
    with pytest.raises(Refusal) as refused:
        holding.ratify_all(node, RatifyAll(places.station.name, 0, "核实", "boss"))
    assert refused.value.code == "central.held_unknown"


# ---------------------------------------------------------------- the same, typed


def test_the_commands_renew_list_and_ratify(places: Places, late: list[str]) -> None:
    name = places.station.name
    code, said = command(places, "node", "renew", name, "--reason", "已核实")
    assert (code, "3 条仍待核" in said) == (0, True), said
    code, said = command(places, "held", "list", "--json")
    assert [(each["node"], each["count"]) for each in json.loads(said)["nodes"]] == [(name, 3)]
    assert command(places, "held", "ratify", name, "--reason", "核实")[0] == 1, "nobody said yes"
    code, said = command(places, "held", "ratify", name, "--reason", "核实", "--yes", "--json")
    assert json.loads(said) == {"node": name, "ratified": 3, "left": 0}
    code, said = command(places, "held", "list")
    assert "没有待核的记录" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("node", "lapse"), "还没有到期"),
        (("node", "renew", "--reason", " "), "必须写明理由"),
        (("node", "terms", "--key-days", "0"), "天数须在 1 到 3650 之间"),
        (("held", "ratify", "--reason", "核实", "--yes"), "没有这条待核记录"),
    ],
    ids=" ".join,
)
def test_a_command_that_cannot_be_carried_out_says_why(
    places: Places, arguments: tuple[str, ...], sentence: str
) -> None:
    code, said = command(places, *arguments[:2], places.station.name, *arguments[2:])
    assert code == 1
    assert sentence in said


def test_terms_are_an_admission_anew_and_change_nothing_else(places: Places, tmp_path: Path) -> None:
    before = places.district.runtime.node.roster.members[places.station.name]
    code, said = command(places, "node", "terms", places.station.name, "--key-days", "90", "--json")
    assert (code, json.loads(said)["offline_days"], json.loads(said)["key_days"]) == (0, 180, 90)
    assert before.key_days == 365


# ---------------------------------------------------------------- the doctor


def examined(places: Places, check: str) -> list[tuple[str, str]]:
    me = places.district.runtime
    patient = Patient(me.folder, me.keyring, me.settings, me.folder.path / "replica", os.urandom, me.node.now())
    return [(each.state, each.code) for each in doctor.examine(patient, CHECKS_OF_HUB) if each.check == check]


def test_the_doctor_of_a_hub_says_whose_time_is_running_out(places: Places) -> None:
    places.sync()
    assert examined(places, "times") == [(doctor.OK, "keys.children_good")]
    assert examined(places, "contact") == [(doctor.OK, "keys.own_heard")]
    assert examined(places, "key") == [(doctor.OK, "keys.key_good")]
    node_life.set_terms(places.district.hub, SetTerms(places.station.name, offline_days=DAYS))
    node_life.set_terms(places.district.hub, SetTerms(places.hall.name, key_days=1))
    listen(places, 5)
    assert examined(places, "times") == [
        (doctor.WARNING, "keys.child_soon"), (doctor.WARNING, "keys.child_key_over"),
    ]  # fmt: skip
    places.district.runtime.node.write(Lapse(places.station.name, SILENT))
    assert examined(places, "times")[0] == (doctor.WARNING, "keys.child_lapsed")
