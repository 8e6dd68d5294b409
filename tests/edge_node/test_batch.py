"""A village day: many residents, one item, a line each."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_node.batch import LINES_MAX, columns_of, lines_of
from shared_models import texts
from shared_models.refusals import Refusal
from tests.edge_node.station import (
    ALLOWANCE,
    OTHER_ID,
    OTHER_NAME,
    RESIDENT_ID,
    RESIDENT_NAME,
    SENIOR_CARD,
    Browser,
    City,
    Counter,
)

PAGE = f"/items/{SENIOR_CARD.code}/batch?situation=S1"
GOOD = f"{RESIDENT_ID},{RESIDENT_NAME},13800001234,东街 1 号\n{OTHER_ID}，{OTHER_NAME}，13800005678，西街 2 号"
FIELDS = ALLOWANCE.fields


def press(clerk: Browser, action: str, lines: str, page: str = PAGE, **more: str) -> str:
    source = clerk.get(page).text
    return clerk.fill(source, "/batch", {"lines": lines, "action": action, **more}).text


def taken(text: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'name="number" value="([^"]+)"', text)]


def test_every_line_is_a_case_with_its_own_receipt(city: City) -> None:
    clerk = Counter(city).browser()
    page = press(clerk, "accept", GOOD, sure="yes")
    numbers = taken(page)
    assert len(set(numbers)) == 2
    applications = [city.desk().case(number).case.application for number in numbers]
    names = {application.resident.name for application in applications if application}
    assert names == {RESIDENT_NAME, OTHER_NAME}
    printed = clerk.fill(page, "/receipts", {}).text
    assert printed.count('<article class="receipt">') == 2
    assert all(each in printed for each in names)


def test_nothing_is_taken_in_by_a_check_or_before_the_clerk_is_sure(city: City) -> None:
    clerk = Counter(city).browser()
    assert press(clerk, "check", GOOD, sure="yes").count("可以受理") == 2
    unsure = press(clerk, "accept", GOOD)
    assert "请确认每位居民的必交材料都已当面收齐" in unsure
    assert taken(unsure) == []
    assert city.desk().cases_of(city.desk().check_resident(RESIDENT_ID)) == []


def test_a_wrong_line_stops_no_other_and_each_fault_stands_beside_it(city: City) -> None:
    clerk = Counter(city).browser()
    lines = f"{GOOD}\n511602196803152327,赵三,13800001111,东街\n\n{RESIDENT_ID},{RESIDENT_NAME},13800001234,东街 1 号\n"
    page = press(clerk, "accept", lines, sure="yes")
    assert len(taken(page)) == 2
    assert texts.sentence("identifiers.resident_id_check") in page
    assert "同一位居民已经在第 1 行" in page
    again = clerk.fill(page, "/batch", {"lines": lines, "action": "accept", "sure": "yes"}).text
    assert sorted(taken(again)) == sorted(taken(page))  # sent twice, each resident's case is one


def test_what_is_the_same_for_all_is_entered_once(city: City) -> None:
    clerk = Counter(city).browser()
    page = f"/items/{ALLOWANCE.code}/batch?situation=S2"
    heads = "姓名\t身份证号\t联系电话\t家庭人数\n"
    lines = f"{heads}{RESIDENT_NAME}\t{RESIDENT_ID}\t13800001234\t2\n{OTHER_NAME}\t{OTHER_ID}\t13800005678\t"
    common = {"address": "三组", "field.reason": "疾病", "field.members": "4"}
    numbers = taken(press(clerk, "accept", lines, page, sure="yes", **common))
    found = [city.desk().case(number).case.application for number in numbers]
    told = {(a.resident.name, a.resident.address, a.fields["members"], a.fields["reason"]) for a in found if a}
    assert told == {(RESIDENT_NAME, "三组", "2", "疾病"), (OTHER_NAME, "三组", "4", "疾病")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_is_read_in_the_encodings_that_spreadsheets_write(city: City, encoding: str) -> None:
    clerk = Counter(city).browser()
    file = {"file": ("名单.csv", GOOD.replace("，", ",").encode(encoding), "text/csv")}
    page = clerk.fill(clerk.get(PAGE).text, "/batch", {"lines": "", "action": "check"}, files=file).text
    assert page.count("可以受理") == 2
    assert RESIDENT_ID in page  # the lines stand in the field now, to be corrected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "batch.empty"),
        (" \n , ,\n", "batch.empty"),
        ("身份证号,年龄\n1,2", "batch.unknown_column"),
        ("\n".join(["1,甲"] * (LINES_MAX + 1)), "batch.too_many_lines"),
        ("1," + "长" * 2000, "batch.line_too_long"),
        ('1,"没有合上\n2,甲', "batch.quotes"),
    ],
)
def test_lines_that_cannot_be_read_are_refused_in_a_sentence(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        lines_of(text, FIELDS)
    assert refused.value.code == code


CELLS = st.text(st.sampled_from("甲乙丙1234567890X街号"), min_size=1, max_size=8)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=5), st.sampled_from([",", "\t", "，"]))
def test_what_a_spreadsheet_writes_is_what_is_read(rows: list[list[str]], sign: str) -> None:
    text = "\n".join(sign.join(row) for row in rows)
    names = list(columns_of(FIELDS).values())
    read = lines_of(text if "\t" in text or sign != "\t" else f"{text}\t", FIELDS)
    assert [line.number for line in read] == list(range(1, len(rows) + 1))
    for line, row in zip(read, rows, strict=True):
        assert [line.values[name] for name in names[: len(row)]] == row


def test_a_line_with_more_cells_than_columns_is_told(city: City) -> None:
    clerk = Counter(city).browser()
    page = press(clerk, "check", f"{RESIDENT_ID},{RESIDENT_NAME},13800001234,东街 1 号,二楼")
    assert "比列多" in page
