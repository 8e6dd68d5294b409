"""The form: what is taken over from earlier cases stands there by choice, and for its own resident alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.edge_node.station import OTHER_ID, OTHER_NAME, RESIDENT_ID, RESIDENT_NAME, Browser, City, Counter, publish
from tests.edge_node.test_counter import accesses, text_of
from tests.edge_node.test_known import MEAL, PENSION, SON, accept, known

APPLY = f"/items/{MEAL.code}/apply?situation=S1"
OTHER_SON = "周代办"
TEXTS = ("name", "phone", "address", "field.account", "agent_name", "agent_id_number", "agent_phone")
FIELDS = (*TEXTS, "agent_relation")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Two residents were here before; each has an agent, an account and a household register."""
    made = City(tmp_path_factory.mktemp("city"))
    publish(made.world.city, 2, [PENSION, MEAL])
    made.world.sync_all()
    desk = made.desk()
    accept(desk, agent=SON)
    accept(
        desk, name=OTHER_NAME, id_number=OTHER_ID, phone="13755556666", address="西街 9 号",
        fields={"account": "6217000000000000"}, agent=replace(SON, name=OTHER_SON, phone="13566667777"),
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture(scope="module")
def window(town: City) -> Counter:
    return Counter(town)


@pytest.fixture(scope="module")
def desk_page(window: Counter) -> Browser:
    return window.browser()


def values(page: str) -> dict[str, str]:
    """What the fields of the form hold, as a browser would send it."""
    found = dict.fromkeys(FIELDS, "")
    for name, value in re.findall(r'<input id="f-([^"]+)" name="\1" type="(?:text|date)" value="([^"]*)"', page):
        found[unescape(name)] = unescape(value)
    chosen = re.search(r'id="f-agent_relation".*?</select>', page, re.S)
    option = re.search(r'value="([^"]*)" selected', chosen[0]) if chosen else None
    found["agent_relation"] = option[1] if option else ""
    for name, value in re.findall(r'type="radio" name="(material\.[A-C])" value="([^"]*)" checked', page):
        found[name] = unescape(value)
    return found


def press(clerk: Browser, page: str, action: str, **typed: str) -> str:
    return clerk.fill(page, "/apply", {**values(page), **typed, "action": action}).text


def begun(clerk: Browser, id_number: str = RESIDENT_ID) -> str:
    return press(clerk, clerk.get(APPLY).text, "check", id_number=id_number)


def test_each_empty_field_shows_what_was_said_and_when_and_is_filled_alone_or_with_all(desk_page: Browser) -> None:
    page = begun(desk_page)
    assert values(page)["phone"] == ""
    assert f"办“{PENSION.name}” ： 13800001234" in text_of(page)
    page = press(desk_page, page, "adopt:phone")
    assert (values(page)["phone"], values(page)["address"]) == ("13800001234", "")
    assert "沿用自" in text_of(page)
    page = press(desk_page, page, "adopt", name="李秀")
    assert values(page)["name"] == "李秀", "what was typed stays"
    assert (values(page)["address"], values(page)["field.account"]) == ("东街 1 号", "6222021234567890")
    assert f"登记的是： {RESIDENT_NAME}" in text_of(page)


def test_what_was_taken_over_goes_with_its_resident_and_what_was_typed_stays(desk_page: Browser) -> None:
    page = press(desk_page, begun(desk_page), "adopt")
    page = press(desk_page, page, "check", phone="13300000000", id_number=OTHER_ID)
    held = {name: text for name, text in values(page).items() if text}
    assert held == {"id_number": OTHER_ID, "phone": "13300000000"}
    assert "从前一位居民的办件沿用来、没有改过的内容已清掉" in text_of(page)


def test_a_number_that_is_nobodys_takes_nothing_away_and_lets_nothing_in(desk_page: Browser) -> None:
    page = press(desk_page, begun(desk_page), "adopt")
    page = press(desk_page, page, "accept", id_number=RESIDENT_ID[:-1])
    assert values(page)["phone"] == "13800001234"
    assert "已清掉" not in text_of(page)


def test_a_relative_is_taken_over_whole_and_never_mixed_with_what_was_typed(desk_page: Browser, town: City) -> None:
    (relative,) = known(town.desk()).relatives
    page = begun(desk_page)
    assert SON.id_number not in page, "masked until it is taken over"
    page = press(desk_page, page, f"agent:{relative.source.number}")
    assert [values(page)[f"agent_{each}"] for each in ("name", "id_number", "phone", "relation")] == [
        SON.name, SON.id_number, SON.phone, SON.relation,
    ]  # fmt: skip
    page = press(desk_page, begun(desk_page), f"agent:{relative.source.number}", agent_name="赵某")
    assert values(page)["agent_name"] == "赵某"
    assert values(page)["agent_id_number"] == ""


def test_a_case_with_an_agent_and_a_material_from_before_says_so_on_receipt_case_and_in_the_ledger(
    desk_page: Browser, town: City
) -> None:
    offered = known(town.desk())
    page = begun(desk_page)
    reuse = {f"material.{code}": f"reused:{paper.reused.number}" for code, paper in offered.papers.items()}
    assert "有效至" in text_of(page)
    page = press(desk_page, page, "adopt")
    page = press(desk_page, page, f"agent:{offered.relatives[0].source.number}", **reuse)
    assert {name: values(page)[name] for name in reuse} == reuse
    answer = desk_page.fill(page, "/apply", {**values(page), **reuse, "material.C": "received", "action": "accept"})
    assert answer.status_code == 303, text_of(answer.text)
    number = answer.headers["location"].split("/")[2]
    receipt = text_of(desk_page.get(f"/cases/{number}/receipt").text)
    assert f"代办人 {SON.name}" in receipt
    assert "户口簿（沿用 " in receipt
    case = text_of(desk_page.get(f"/cases/{number}").text)
    assert f"{SON.name}（子女）" in case
    source = offered.papers["A"].reused.number
    assert f"办件 {source} 所收" in case


def test_looking_at_what_was_said_before_is_in_the_ledger(window: Counter, desk_page: Browser, town: City) -> None:
    begun(desk_page)
    for source in known(town.desk()).sources:
        assert "case.prefill" in accesses(window, f"case/{source}")


def test_a_begun_application_that_is_opened_again_keeps_the_marks(desk_page: Browser) -> None:
    page = press(desk_page, begun(desk_page), "adopt")
    id = re.findall(r'name="entry" value="([^"]*)"', page)[-1]
    page = desk_page.get(f"{APPLY}&draft={id}").text
    page = press(desk_page, page, "check", id_number=OTHER_ID)
    assert values(page)["phone"] == ""


WHOSE = {
    RESIDENT_ID: {RESIDENT_NAME, "13800001234", "东街 1 号", "6222021234567890", SON.name, SON.id_number, SON.phone},
    OTHER_ID: {OTHER_NAME, "13755556666", "西街 9 号", "6217000000000000", OTHER_SON, SON.id_number, "13566667777"},
}
STEPS = st.one_of(
    st.tuples(st.just("id"), st.sampled_from([RESIDENT_ID, OTHER_ID, "", RESIDENT_ID[:-1], OTHER_ID.lower()])),
    st.tuples(st.just("adopt"), st.sampled_from(["", *TEXTS])),
    st.tuples(st.just("agent"), st.sampled_from([RESIDENT_ID, OTHER_ID])),
    st.tuples(st.just("reuse"), st.sampled_from([RESIDENT_ID, OTHER_ID])),
    st.tuples(st.just("type"), st.sampled_from(["phone", "address", "agent_name"])),
)


@given(st.lists(STEPS, min_size=3, max_size=9))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_is_pressed_nothing_of_one_resident_stands_on_the_form_of_another(
    desk_page: Browser, town: City, steps: list[tuple[str, str]]
) -> None:
    desk = town.desk()
    sources = {id: known(desk, id_number=id) for id in WHOSE}
    page = begun(desk_page)
    for number, (what, of) in enumerate(steps):
        said: dict[str, Any] = {}
        action = "check"
        if what == "id":
            said["id_number"] = of
        elif what == "adopt":
            action = f"adopt:{of}" if of else "adopt"
        elif what == "agent":
            action = f"agent:{sources[of].relatives[0].source.number}"
        elif what == "reuse":
            said = {f"material.{c}": f"reused:{p.reused.number}" for c, p in sources[of].papers.items()}
        else:
            said[of] = f"手打{'甲乙丙丁戊己庚辛壬'[number]}"
        page = press(desk_page, page, action, **said)
        held = values(page)
        now = held["id_number"].upper()
        if now in WHOSE:
            others = set().union(*(words for id, words in WHOSE.items() if id != now)) - WHOSE[now]
            assert not others & set(held.values()), (what, of, held)
            papers = {p.reused.number for p in sources[now].papers.values()}
            reused = {text.removeprefix("reused:") for text in held.values() if text.startswith("reused:")}
            assert reused <= papers
