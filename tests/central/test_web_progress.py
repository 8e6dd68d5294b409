"""The public page tells how a case stands to whoever has number and code, and nothing to anybody else."""

from __future__ import annotations

import time

import pytest

from shared_models import cases
from shared_models.identifiers import case_number, qr_payload
from tests.central.places import RESIDENT_ID, Places, Site
from tests.host.small_app import hidden

UNKNOWN_CODE = "2222-2222"


def ask(site: Site, number: str, code: str) -> tuple[int, str]:
    browser = site.browser()
    data = {"_form": browser.token_at("/progress"), "_from": "/progress", "number": number, "code": code}
    answer = browser.post("/progress", data=data)
    return answer.status_code, answer.text


def code_of(site: Site, number: str) -> str:
    application = site.case(number).application
    assert application is not None
    return application.query_code


def without_what_was_typed(text: str, *typed: str) -> str:
    for part in (*typed, hidden(text, "_form")):
        text = text.replace(part, "…")
    return text


@pytest.fixture
def number(places: Places) -> str:
    """A case that has reached the district."""
    accepted = places.station.accept(due_in=4)
    places.sync()
    return accepted


def test_number_and_code_tell_item_station_status_and_dates(places: Places, number: str) -> None:
    status, text = ask(places.district, number, code_of(places.station, number))
    assert status == 200
    for part in ("最低生活保障金给付", "浓洄街道东街社区服务站", "正在办理", "承诺办结日期", number):
        assert part in text, part


def test_nobodys_name_number_or_address_is_shown(places: Places, number: str) -> None:
    places.district.write(number, cases.Decide("refused", "李秀英家庭收入超标", ""), "actor-officer")
    places.sync()
    places.station.write(number, cases.Deliver("李秀英"))
    places.sync()
    text = ask(places.district, number, code_of(places.station, number))[1]
    assert "不予" in text
    assert "送达" in text
    for part in ("李秀英", "秀英", RESIDENT_ID, "13800001234", "东街 1 号", "王审批", "actor"):
        assert part not in text, part


def test_a_contradiction_is_told_instead_of_an_outcome_that_may_not_stand(places: Places, number: str) -> None:
    places.station.write(number, cases.Withdraw("家里已经解决"))
    places.district.write(number, cases.Decide("granted", "符合条件", "批准书"), "actor-officer")
    places.sync()
    text = ask(places.district, number, code_of(places.station, number))[1]
    assert "正等待裁定" in text
    for part in ("请领取结果", "准予", "家里已经解决"):
        assert part not in text, part


def test_a_code_is_read_as_people_type_it(places: Places, number: str) -> None:
    code = code_of(places.station, number)
    typed = code.lower().replace("-", " ")
    assert ask(places.district, f" {number.lower()} ", typed)[0] == 200


def test_an_unknown_number_and_a_wrong_code_are_answered_alike(places: Places, number: str) -> None:
    other = case_number("511602001001", places.district.hub.today(), "a" * 16, 77)
    wrong, unknown = ask(places.district, number, UNKNOWN_CODE), ask(places.district, other, UNKNOWN_CODE)
    assert wrong[0] == unknown[0] == 422
    same = [
        without_what_was_typed(text, typed, UNKNOWN_CODE) for text, typed in ((wrong[1], number), (unknown[1], other))
    ]
    assert same[0] == same[1]
    assert "不相符" in wrong[1]


def test_a_no_takes_as_long_whatever_the_reason(places: Places, number: str) -> None:
    other = case_number("511602001001", places.district.hub.today(), "a" * 16, 77)
    for asked in (number, other):
        began = time.perf_counter()
        ask(places.district, asked, UNKNOWN_CODE)
        assert time.perf_counter() - began >= places.district.hub.settings.progress_seconds


def test_what_can_be_no_number_is_said_at_its_field(places: Places, number: str) -> None:
    status, text = ask(places.district, number[:-1] + ("A" if number[-1] != "A" else "B"), "12")
    assert status == 422
    assert 'href="#f-number"' in text
    assert 'href="#f-code"' in text


def test_guessing_at_one_number_is_slowed_down_even_for_the_right_code(places: Places, number: str) -> None:
    burst = places.district.hub.settings.guesses_by_number[0]
    answers = [ask(places.district, number, UNKNOWN_CODE)[0] for _ in range(burst)]
    assert answers == [422] * burst
    browser = places.district.browser()
    data = {"_form": browser.token_at("/progress"), "number": number, "code": code_of(places.station, number)}
    answer = browser.post("/progress", data=data)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 30
    assert f"请 {answer.headers['retry-after']} 秒后再试" in answer.text
    assert "最低生活保障" not in answer.text
    assert f'value="{number}"' in answer.text


def test_guessing_from_one_address_is_slowed_down_across_numbers(places: Places) -> None:
    burst = places.district.hub.settings.guesses_by_address[0]
    today = places.district.hub.today()
    numbers = [case_number("511602001001", today, "b" * 16, counter) for counter in range(burst + 1)]
    answers = [ask(places.district, number, UNKNOWN_CODE)[0] for number in numbers]
    assert answers == [*[422] * burst, 429]


def test_a_receipts_qr_fills_the_form_and_answers_nothing_yet(places: Places, number: str) -> None:
    code = code_of(places.station, number)
    text = places.district.browser().get("/progress", params={"c": qr_payload(number, code)}).text
    assert f'value="{number}"' in text
    assert f'value="{code}"' in text
    assert "最低生活保障" not in text
    odd = places.district.browser().get("/progress?c=TB1:<script>")
    assert odd.status_code == 200
    assert "<script>" not in odd.text.split("<main")[1]


def test_a_question_without_its_token_is_not_answered(places: Places, number: str) -> None:
    data = {"number": number, "code": code_of(places.station, number)}
    assert places.district.browser().post("/progress", data=data).status_code == 403
