from __future__ import annotations

import contextlib
import csv
import string
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from shared_models import identifiers, texts
from shared_models.refusals import Refusal

TODAY = date(2026, 11, 22)
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
INCARNATION = "a2b3c4d5e6f7g2h3"
LETTERS = string.digits + string.ascii_uppercase


def refused(call: Callable[..., object], *arguments: object) -> str:
    """The code of the refusal that `call` raises; its sentence must stand in both languages, all filled in."""
    with pytest.raises(Refusal) as caught:
        call(*arguments)
    refusal = caught.value
    assert refusal.code in texts.sentences()
    for language in texts.LANGUAGES:
        assert "{" not in texts.sentence(refusal.code, language, **refusal.values)
    return refusal.code.removeprefix("identifiers.")


def swapped(text: str, place: int) -> str:
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in text)


# Resident id


def gb_check(seventeen: str) -> str:
    """The check character by the table of weights in GB 11643, a second way to the same result."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(seventeen, weights, strict=True)) % 11]


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    region = draw(st.integers(100_000, 999_999))
    birth = draw(st.dates(identifiers.BORN_FIRST, TODAY))
    seventeen = f"{region}{birth:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return seventeen + gb_check(seventeen)


def test_the_examples_of_the_standard_are_read() -> None:
    woman = identifiers.resident_id("11010519491231002X", TODAY)
    assert (woman.birth, woman.sex, woman.region, woman.region_known) == (date(1949, 12, 31), "female", "110105", True)
    man = identifiers.resident_id("440524188001010014", TODAY)
    assert (man.birth, man.sex) == (date(1880, 1, 1), "male")


@given(resident_ids())
def test_every_rightly_built_id_is_read_whole(number: str) -> None:
    read = identifiers.resident_id(number, TODAY)
    assert read.number == number
    assert f"{read.birth:%Y%m%d}" == number[6:14]
    assert read.sex == ("male" if number[16] in "13579" else "female")


@pytest.mark.parametrize(
    "typed",
    [" 110105 19491231 002x ", full_width("11010519491231002x"), "11010519491231002Ⅹ\r\n", "\ufeff11010519491231002X"],
)
def test_what_a_scanner_or_input_method_gives_is_normalised(typed: str) -> None:
    assert identifiers.resident_id(typed, TODAY).number == "11010519491231002X"


@given(resident_ids(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_wrong_single_character_of_an_id_is_caught(number: str, place: int, other: str) -> None:
    assume(number[place] != other)
    refused(identifiers.resident_id, number[:place] + other + number[place + 1 :], TODAY)


@given(resident_ids(), st.integers(0, 16))
def test_every_swap_of_neighbours_in_an_id_is_caught(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    refused(identifiers.resident_id, swapped(number, place), TODAY)


def with_check(seventeen: str) -> str:
    return seventeen + gb_check(seventeen)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "resident_id_length"),
        ("1101051949123100", "resident_id_length"),
        ("11010519491231002X1", "resident_id_length"),
        ("9" * 100_000, "resident_id_length"),
        ("110105491231002", "resident_id_old"),
        ("1101051949123100XX", "resident_id_characters"),
        ("11010519491231OO2X", "resident_id_characters"),
        ("1101051949123100²½", "resident_id_length"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "resident_id_characters"),
        (with_check("11010519490230002"), "resident_id_date"),
        (with_check("11010518791231002"), "resident_id_date"),
        (with_check("11010500000101002"), "resident_id_date"),
        (with_check("11010520261123002"), "resident_id_future"),
        ("110105194912310021", "resident_id_check"),
    ],
)
def test_a_wrong_id_is_refused_with_its_reason(typed: str, reason: str) -> None:
    assert refused(identifiers.resident_id, typed, TODAY) == reason


def test_someone_born_today_has_an_id() -> None:
    assert identifiers.resident_id(with_check("51160220261122002"), TODAY).birth == TODAY


def test_an_unknown_region_warns_only() -> None:
    read = identifiers.resident_id(with_check("99999919900101002"), TODAY)
    assert not read.region_known
    assert texts.sentence("identifiers.resident_id_region") != "identifiers.resident_id_region"


def test_neither_refusal_nor_repr_tells_the_number() -> None:
    with pytest.raises(Refusal) as caught:
        identifiers.resident_id("110105194912310021", TODAY)
    assert caught.value.values == {}
    assert "1949" not in repr(identifiers.resident_id("11010519491231002X", TODAY))


# Credit code


def gb_credit_check(seventeen: str) -> str:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return alphabet[-sum(alphabet.index(c) * 3**i for i, c in enumerate(seventeen)) % 31]


@pytest.mark.parametrize(
    "code", ["91110000600037341L", "11511301008778183N", "11511301MB1550442U", "1251130145225903XN"]
)
def test_real_credit_codes_are_read(code: str) -> None:
    assert identifiers.credit_code(f" {code.lower()}\n") == code


def test_a_credit_code_may_begin_with_a_letter() -> None:
    code = "N2511602MF1234567"
    assert identifiers.credit_code(code + gb_credit_check(code))


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_every_wrong_single_character_of_a_credit_code_is_caught(place: int, other: str) -> None:
    code = "11511301MB1550442U"
    assume(code[place] != other)
    refused(identifiers.credit_code, code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("11511301MB1550442", "credit_code_length"),
        ("11511301MB155O442U", "credit_code_characters"),
        ("1151130AMB1550442U", "credit_code_characters"),
        ("11511301MB1550442Y", "credit_code_check"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_its_reason(typed: str, reason: str) -> None:
    assert refused(identifiers.credit_code, typed) == reason


# Divisions


@pytest.mark.parametrize(
    ("typed", "code", "tier"),
    [
        ("51", "51", "province"),
        ("5116", "5116", "city"),
        ("511600000000", "5116", "city"),
        ("５１１６０２", "511602", "district"),
        ("511602000000", "511602", "district"),
        ("511602101000", "511602101", "street"),
        ("511602001001", "511602001001", "community"),
        ("441900003", "441900003", "street"),
    ],
)
def test_a_division_has_one_short_form_and_its_tier(typed: str, code: str, tier: str) -> None:
    assert identifiers.division(typed) == code
    assert identifiers.tier_of(code) == tier


@pytest.mark.parametrize("typed", ["", "5", "511", "51160", "51160A", "05", "000000", "511602001001001", "٥١"])
def test_a_malformed_division_is_refused(typed: str) -> None:
    assert refused(identifiers.division, typed) == "division"
    assert refused(identifiers.contains, "5116", typed) == "division"
    assert refused(identifiers.contains, typed, "5116") == "division"
    assert refused(identifiers.ancestors, typed) == "division"


lengths = st.sampled_from(sorted(identifiers.TIERS))
communities = st.from_regex(r"[1-9][0-9]{11}", fullmatch=True)


@given(communities, communities, lengths, lengths)
def test_a_division_contains_itself_and_exactly_what_names_it_as_an_ancestor(
    one: str, other: str, outer_length: int, inner_length: int
) -> None:
    for end in (one, other):
        outer, inner = one[:outer_length], end[:inner_length]
        inside = inner == outer or outer in identifiers.ancestors(inner)
        assert identifiers.contains(outer, inner) == inside


def test_ancestors_go_from_near_to_far() -> None:
    assert identifiers.ancestors("511602001001") == ("511602001", "511602", "5116", "51")
    assert not identifiers.contains("511602101", "511602001001")


# Case number

areas = st.sampled_from(["5116", "511602", "511602101", "511602001001", "441900003"])
incarnations = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16)
days = st.dates(date(1970, 1, 1), date(2999, 12, 31))
case_numbers = st.builds(
    identifiers.case_number, areas, days, incarnations, st.integers(0, 9_999) | st.integers(0, identifiers.COUNTER_MAX)
)


def test_a_case_number_reads_as_documented() -> None:
    number = identifiers.case_number("511602001001", TODAY, INCARNATION, 7)
    assert number[:-1] == "511602001001-20261122-A2B3C4D5-0007-"
    read = identifiers.parse_case_number(number)
    assert read == identifiers.CaseNumber(number, "511602001001", TODAY, "A2B3C4D5", 7)


@given(areas, days, incarnations, st.integers(0, identifiers.COUNTER_MAX))
def test_a_case_number_is_short_and_gives_back_what_it_was_made_of(
    area: str, day: date, incarnation: str, counter: int
) -> None:
    number = identifiers.case_number(area, day, incarnation, counter)
    read = identifiers.parse_case_number(f" {full_width(number.lower())}\r\n")
    assert len(number) <= 50
    assert read == identifiers.CaseNumber(number, area, day, incarnation[:8].upper(), counter)


def read_or_refused(typed: str) -> str:
    """The case number that is read, or the code of the refusal."""
    try:
        return identifiers.parse_case_number(typed).text
    except Refusal as refusal:
        return refusal.code


@given(areas, days, incarnations, st.integers(0, 99_999))
@example("511602", date(2001, 1, 22), "2222222222222222", 0)
def test_hyphens_may_be_missing_or_long_where_that_leaves_one_reading(
    area: str, day: date, incarnation: str, counter: int
) -> None:
    number = identifiers.case_number(area, day, incarnation, counter)
    for typed in (
        number.replace("-", ""),
        number.replace("-", " "),
        number.replace("-", "—"),
        number.replace("-", "", 2),
    ):
        assert read_or_refused(typed) in (number, "identifiers.case_number_ambiguous")


def test_a_number_that_reads_two_ways_without_hyphens_is_refused_without_them() -> None:
    number = identifiers.case_number("5116", date(2026, 11, 5), "22abcdefghijklmn", 220_001)
    assert identifiers.parse_case_number(number).counter == 220_001
    assert refused(identifiers.parse_case_number, number.replace("-", "")) == "case_number_ambiguous"


@given(case_numbers, st.data())
def test_every_wrong_single_character_of_a_case_number_is_caught(number: str, data: st.DataObject) -> None:
    joined = number.replace("-", "")
    place = data.draw(st.integers(0, len(joined) - 1))
    other = data.draw(st.sampled_from(LETTERS.replace(joined[place], "")))
    refused(identifiers.parse_case_number, joined[:place] + other + joined[place + 1 :])


@given(case_numbers, st.data())
def test_every_wrong_single_character_between_the_hyphens_is_caught(number: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([i for i, c in enumerate(number) if c != "-"]))
    other = data.draw(st.sampled_from(LETTERS.replace(number[place], "")))
    refused(identifiers.parse_case_number, number[:place] + other + number[place + 1 :])


@given(case_numbers, st.data())
def test_swapped_neighbours_in_a_case_number_are_caught_unless_next_to_each_other_in_the_alphabet(
    number: str, data: st.DataObject
) -> None:
    joined = number.replace("-", "")
    place = data.draw(st.integers(0, len(joined) - 2))
    assume((LETTERS.index(joined[place]) - LETTERS.index(joined[place + 1])) % 36 not in (0, 1, 35))
    refused(identifiers.parse_case_number, swapped(joined, place))


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "case_number_form"),
        ("办件", "case_number_form"),
        ("511602001001-20261122-A2B3C4D5-0007", "case_number_form"),
        ("51160-20261122-A2B3C4D5-0007-K", "case_number_form"),
        ("511602-20261322-A2B3C4D5-0007-K", "case_number_form"),
        ("511602-20261122-A2B3C4D5-00007-K", "case_number_form"),
        ("1" * 10_000, "case_number_form"),
    ],
)
def test_what_is_no_case_number_is_refused(typed: str, reason: str) -> None:
    assert refused(identifiers.parse_case_number, typed) == reason


def test_a_wrong_check_character_is_told_as_such() -> None:
    number = identifiers.case_number("511602", TODAY, INCARNATION, 1)
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    assert refused(identifiers.parse_case_number, wrong) == "case_number_check"


@pytest.mark.parametrize(
    ("area", "incarnation", "counter"),
    [("51", INCARNATION, 1), ("5116", "A2B3C4D5E6F7G2H3", 1), ("5116", "a2b3", 1), ("5116", INCARNATION, -1)],
)
def test_a_case_number_is_not_made_of_wrong_parts(area: str, incarnation: str, counter: int) -> None:
    with pytest.raises(ValueError, match="case number"):
        identifiers.case_number(area, TODAY, incarnation, counter)


# Query code and QR


@given(st.binary(min_size=8, max_size=8))
def test_a_query_code_is_its_own_normal_form(random_bytes: bytes) -> None:
    code = identifiers.query_code(random_bytes)
    assert len(code) == 9
    assert code[4] == "-"
    assert not set(code) & set("OILZSBU")
    assert identifiers.normal_query_code(code) == code
    assert identifiers.normal_query_code(f" {code.lower().replace('-', '')} ") == code


@given(
    st.binary(min_size=8, max_size=8),
    st.sampled_from([("0", "O"), ("1", "l"), ("1", "I"), ("2", "Z"), ("5", "s"), ("8", "B")]),
)
def test_a_look_alike_is_taken_for_what_was_meant(random_bytes: bytes, pair: tuple[str, str]) -> None:
    code = identifiers.query_code(random_bytes)
    assert identifiers.normal_query_code(code.replace(*pair)) == code


@pytest.mark.parametrize("typed", ["", "1234", "123456789", "1234567!", "查询码一二三四五"])
def test_what_is_no_query_code_is_refused(typed: str) -> None:
    assert refused(identifiers.normal_query_code, typed) == "query_code"


def test_a_query_code_needs_enough_randomness() -> None:
    with pytest.raises(ValueError, match="8 random bytes"):
        identifiers.query_code(b"1234")


@given(case_numbers, st.binary(min_size=8, max_size=8))
def test_a_qr_payload_is_read_back_bare_or_at_the_end_of_an_address(number: str, random_bytes: bytes) -> None:
    code = identifiers.query_code(random_bytes)
    payload = identifiers.qr_payload(number, code)
    escaped = payload.replace(":", "%3A")
    for scanned in (payload, full_width(payload), f"https://hub.example/q#{payload}", f"http://hub/q?p={escaped}"):
        case, query = identifiers.parse_qr(scanned)
        assert (case.text, query) == (number, code)


@pytest.mark.parametrize("scanned", ["", "https://example.com/", "TB2:1:2", "TB1:1", "XTB1:5116:1234-5678"])
def test_a_foreign_qr_code_is_refused(scanned: str) -> None:
    assert refused(identifiers.parse_qr, scanned) == "qr"


# Item code


def test_an_implementation_code_is_taken_apart() -> None:
    text = identifiers.implementation_code("11511301mb1550442u", 4, "511z64045001")
    assert text == "11511301MB1550442U4511Z64045001"
    assert identifiers.item_code(text.lower()) == identifiers.ItemCode(text, "11511301MB1550442U", 4, "511Z64045001")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("11511301MB1550442U4511Z6404500", "item_code_length"),
        ("11511301MB1550442Y4511Z64045001", "item_code_credit"),
        ("11511301MB1550442U7511Z64045001", "item_code_level"),
        ("11511301MB1550442U4G-000007-001", "item_code_basic"),
    ],
)
def test_a_wrong_implementation_code_is_refused_with_its_reason(typed: str, reason: str) -> None:
    assert refused(identifiers.item_code, typed) == reason


def test_an_implementation_code_is_not_built_of_wrong_parts() -> None:
    assert refused(identifiers.implementation_code, "11511301MB1550442Y", 4, "511Z64045001") == "credit_code_check"
    assert refused(identifiers.implementation_code, "11511301MB1550442U", 12, "511Z64045001") == "item_code_length"
    assert refused(identifiers.implementation_code, "11511301MB1550442U", 0, "511Z64045001") == "item_code_level"


# The one field


@pytest.mark.parametrize(
    ("scanned", "kind"),
    [
        ("11010519491231002x", "resident_id"),
        ("110105194912310021", "resident_id"),
        ("110105491231002", "resident_id"),
        ("91110000600037341L", "credit_code"),
        ("91110000600037341M", "credit_code"),
        ("115113010833722043", "credit_code"),
        ("511602-20261122-A2B3C4D5-0007-K", "case_number"),
        ("51160220261122a2b3c4d50007k", "case_number"),
        ("TB1:511602-20261122-A2B3C4D5-0007-K:1234-5678", "qr"),
        ("https://hub.example/q#tb1:511602-20261122-A2B3C4D5-0007-K:1234-5678", "qr"),
        ("1234-ACDF", "query_code"),
        (" １２３４－acdf\r\n", "query_code"),
        ("1234acdf", "query_code"),
        ("O1ZS-BU9V", "query_code"),
        ("12345678", "text"),
        ("dibaoren", "text"),
        ("11511301MB1550442U4511Z64045001", "item_code"),
        ("１１０１０５１９４９１２３１００２x\n", "resident_id"),
        ("低保", "text"),
        ("ylbx", "text"),
        ("511602", "text"),
        ("", "text"),
        ("1" * 100_000, "text"),
    ],
)
def test_one_field_knows_what_was_scanned(scanned: str, kind: str) -> None:
    assert identifiers.what_is(scanned) == kind


@given(st.text(max_size=60) | st.text(LETTERS + "-:", max_size=60))
def test_whatever_is_typed_is_read_or_refused_and_nothing_else(typed: str) -> None:
    readers: tuple[Callable[[str], object], ...] = (
        lambda text: identifiers.resident_id(text, TODAY),
        identifiers.credit_code,
        identifiers.division,
        identifiers.parse_case_number,
        identifiers.normal_query_code,
        identifiers.parse_qr,
        identifiers.item_code,
    )
    assert identifiers.what_is(typed) in get_args(identifiers.Kind)
    for reader in readers:
        with contextlib.suppress(Refusal):
            reader(typed)


# Real data


def test_the_streets_of_guangan_lie_in_their_district_and_city() -> None:
    file = SHARED / "divisions_5116_streets.csv"
    if not file.exists():
        pytest.skip("the shared list of streets is not here")
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 124
    for row in rows:
        assert identifiers.ancestors(row["code"]) == (row["areaCode"], row["cityCode"], row["provinceCode"])
