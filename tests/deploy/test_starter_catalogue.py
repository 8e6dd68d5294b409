"""What the starter catalogue promises: real services, publishable as they are, through an XLSX and CSV files."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from central.catalogue_files import read_files
from deploy.catalogue import IN_WORKBOOK, load, write_files
from shared_models import identifiers
from shared_models.catalogue import Item, check, needed
from shared_models.catalogue.paths import days_in_all
from shared_models.catalogue.search import Index

ITEMS = load()
README = Path(__file__).parents[2] / "deploy" / "catalogue" / "README.md"
GB_11714_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def test_there_are_enough_services_at_every_level() -> None:
    homes = Counter(item.home for item in ITEMS)
    assert len(ITEMS) >= 26
    assert homes["station"] >= 4
    assert homes["city"] >= 3
    assert homes["district"] > len(ITEMS) / 2
    assert f"{len(ITEMS)} services" in README.read_text(encoding="utf-8")
    assert len({item.code for item in ITEMS}) == len({item.name for item in ITEMS}) == len(ITEMS)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_every_item_is_without_findings(item: Item) -> None:
    assert [finding.sentence("en") for finding in check(item)] == []
    assert item.keywords
    for situation in item.situations:
        assert situation.question.endswith("？")
        assert any(material.main for material in needed(item, situation.code))


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_every_item_names_a_law_and_its_limit_is_the_longest_way_through_its_steps(item: Item) -> None:
    assert all(re.match(r"《[^《》]+》", basis) for basis in item.legal_basis)
    assert days_in_all(item.steps) == item.promised_days
    assert item.steps[0].tier == "station"


def test_a_low_income_attestation_waives_a_required_main_material_even_at_a_station() -> None:
    waiving = [
        item
        for item in ITEMS
        if any(m.main and m.required and m.waived_by == "mz.low-income-household" for m in item.materials)
    ]
    assert len(waiving) >= 5
    assert {"station", "district"} <= {item.home for item in waiving}


def test_the_facts_that_waive_materials_are_those_of_the_readme() -> None:
    facts = {material.waived_by for item in ITEMS for material in item.materials} - {None}
    assert facts == {
        "mz.low-income-household", "mz.destitute-support", "mz.marriage", "cl.disability", "ga.household",
        "ga.residence-permit",
    }  # fmt: skip
    assert all(f"`{fact}`" in README.read_text(encoding="utf-8") for fact in facts)


def test_questions_and_parallel_steps_are_shown_by_some_services() -> None:
    asking = [item for item in ITEMS if item.questions]
    assert len(asking) >= 3
    assert {item.item_type for item in asking} >= {"05", "10", "20"}  # allowance, filing, insurance
    assert any(
        material.given and material.where and material.valid_days for item in asking for material in item.materials
    )
    assert any(days_in_all(item.steps) < sum(step.limit_days or 0 for step in item.steps) for item in asking)


def test_no_department_code_pretends_to_be_real() -> None:
    departments = {item.department for item in ITEMS}
    departments |= {step.department for item in ITEMS for step in item.steps if step.department}
    for department in departments:
        assert identifiers.credit_code(department.code) == department.code
        organisation = department.code[8:17]
        assert organisation.startswith("DEM0")
        weighed = sum(weight * int(c, 36) for weight, c in zip(GB_11714_WEIGHTS, organisation, strict=False))
        assert organisation[8] == "0123456789X0"[11 - weighed % 11]


def test_the_files_hold_all_items_and_import_without_faults(tmp_path: Path) -> None:
    paths = write_files(tmp_path / "new")
    assert [path.name for path in paths][:2] == ["starter.xlsx", "starter-items.csv"]
    report = read_files([(path.name, path.read_bytes()) for path in paths])
    assert report.faults == ()
    assert list(report.items) == list(report.complete) == ITEMS
    book = read_files([(paths[0].name, paths[0].read_bytes())])
    assert len(book.items) == IN_WORKBOOK < len(ITEMS)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("低保", "最低生活保障审核确认"),
        ("zdsh", "最低生活保障审核确认"),
        ("廉租房", "公共租赁住房保障资格申请"),
        ("上户口", "新生儿出生户口登记"),
        ("juzhuzheng", "居住证申领"),
        ("开店", "个体工商户设立登记"),
    ],
)
def test_an_everyday_word_finds_its_service(typed: str, name: str) -> None:
    assert Index(ITEMS).find(typed)[0].name == name
