"""The rules of a form say the same while the clerk types, at the station before anything is kept, and at the hub."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.dossier import form_faults
from edge_node.entry import Entry, worth_saying
from shared_models.cases import Application
from shared_models.catalogue import FormField, forms, to_value
from shared_models.catalogue.items import Rule
from tests.edge_node.station import ALLOWANCE, City, Counter, form_on, hidden_of, publish
from tests.sync_protocol.world import sample_application

ITEM = msgspec.structs.replace(
    ALLOWANCE,
    fields=(
        FormField("members", "家庭人数", "number", True, (), 2, Rule(least="1", most="12")),
        FormField("reason", "致困原因", "choice", True, ("疾病", "残疾", "其他"), 20),
        FormField("illness", "病名", "text", True, (), 30, Rule(when="reason", among=("疾病",))),
        FormField("since", "困难起始日期", "date", False, (), 20, Rule(least="today-2y", most="today")),
        FormField("card", "银行卡号", "text", False, (), 30, Rule(format="bank_card")),
        FormField("contact", "联系人电话", "phone", False, (), 20, Rule(when="members")),
    ),
)
APPLY = f"/items/{ITEM.code}/apply?situation=S1"
TYPED: dict[str, list[str]] = {
    "members": ["", "4", "０５", "0", "13", "四", "99999"],
    "reason": ["", "疾病", " 疾病 ", "其他", "没有这一种"],
    "illness": ["", "肺炎", "病" * 40],
    "since": ["", "2026-11-01", "2026年11月1日", "2019-01-01", "2099-01-01", "2026-02-30"],
    "card": ["", "6222 0212 3456 7890 128", "6222021234567890129", "abc"],
    "contact": ["", "138 0000 1234", "12"],
}
ENTERED = st.fixed_dictionaries({code: st.sampled_from(values) for code, values in TYPED.items()})


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    city = City(tmp_path_factory.mktemp("forms"))
    publish(city.world.city, 2, [ITEM])
    city.world.sync_all()
    yield Counter(city)
    city.close()


class Screen:
    """The form in a browser, open at one clerk's."""

    def __init__(self, counter: Counter) -> None:
        self._browser = counter.browser()
        self._hidden = hidden_of(form_on(self._browser.get(APPLY).text, "/apply"))

    def says(self, entered: Mapping[str, str]) -> tuple[set[str], set[str]]:
        """(fields that are asked for, fields with a fault) after this was typed."""
        fields = {f"field.{code}": value for code, value in entered.items()}
        answer = self._browser.post(APPLY.replace("/apply?", "/follow?"), data={**self._hidden, **fields})
        assert answer.status_code == 200, answer.text
        beside = dict(re.findall(r'<hx-partial id="n-field\.(\w+)"[^>]*>(.*?)</hx-partial>', answer.text, re.S))
        assert beside.keys() == entered.keys()
        asked = {code for code, text in beside.items() if "not-asked" not in text}
        return asked, {code for code, text in beside.items() if 'class="error"' in text}


@pytest.fixture(scope="module")
def screen(counter: Counter) -> Screen:
    return Screen(counter)


def applied(fields: Mapping[str, str], day: str) -> Application:
    return msgspec.structs.replace(sample_application("1"), situation="S1", fields=dict(fields), day=day)


@given(ENTERED)
def test_screen_station_and_hub_judge_a_form_alike(counter: Counter, screen: Screen, entered: dict[str, str]) -> None:
    desk = counter.station.desk
    intake = desk.intake(ITEM.code, "S1")
    checked = desk.check(ITEM.code, "S1", Entry(fields=entered), "e1")
    station = {name.removeprefix("field.") for name, _ in checked.faults if name.startswith("field.")}
    worth = {name.removeprefix("field.") for name, _ in worth_saying(checked.faults)}
    judged = forms.judge(ITEM.fields, entered, intake.day)
    asked, faulty = screen.says(entered)
    assert asked == set(judged.asked)
    assert faulty == {code for code in station & worth if entered[code].strip()}
    whole, day = to_value(ITEM), intake.day.isoformat()
    if station:
        assert form_faults(whole, applied({code: text for code, text in entered.items() if text}, day))
    else:
        assert not form_faults(whole, applied(judged.values, day))
