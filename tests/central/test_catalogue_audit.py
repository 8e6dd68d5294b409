"""What `tongban-hub catalogue audit` promises: every defect of a file at its row, told to people and to scripts."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import central.cli
from central.catalogue_files import read_file, read_files, write_csv, write_xlsx
from central.catalogue_files.columns import SHEETS
from central.catalogue_files.hints import hint
from shared_models.catalogue import ERROR, SEVERITY, BaseItem, Item
from tests.shared_models.seeded_catalogues import SEEDS, Expected, clean, seeded


def audit(*files: Path, as_json: bool = True) -> Result:
    words = ["catalogue", "audit", *map(str, files), *(["--json"] if as_json else [])]
    return CliRunner().invoke(central.cli.main, words, env={"TONGBAN_LANG": "zh"})


def told(result: Result) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The findings and the counts of an audit for scripts."""
    *findings, counts = map(json.loads, result.stdout.splitlines())
    return findings, counts


def written(folder: Path, files: dict[str, bytes]) -> list[Path]:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def with_rows(data: bytes, *more: dict[str, str]) -> bytes:
    """A CSV file with more rows, each a copy of the first one with other cells."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    for cells in more:
        rows.append([cells.get(heading, cell) for heading, cell in zip(rows[0], rows[1], strict=True)])
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


# ---------------------------------------------------------------- what is found in files

AT_ITS_CELL = {"catalogue.format_unknown": "catalogue.choice_unknown"}
"""What is told of a cell already, because it is in no code table, instead of being taken."""


@settings(max_examples=40)
@given(seeded(), st.booleans(), st.booleans(), st.booleans())
def test_a_file_tells_every_seeded_defect_and_no_other(
    made: tuple[list[Item], list[BaseItem], list[Expected]], twice: bool, nameless: bool, packed: bool
) -> None:
    items, base, expected = made
    expected = [each._replace(code=AT_ITS_CELL.get(each.code, each.code)) for each in expected]
    files = {"目录.xlsx": write_xlsx(items, base)} if packed else write_csv(items, base=base)
    if not packed:
        more = [{"实施编码": ""}] * nameless + [{"事项名称": "另一事项"}] * twice
        files["catalogue-items.csv"] = with_rows(files["catalogue-items.csv"], *more)
        expected += [Expected("", "catalogue.row_without_code", "code")] * nameless
        expected += [Expected(items[0].code, "catalogue.row_code_twice", "code")] * twice
    report = read_files(list(files.items()))
    assert sorted(Expected(fault.item, fault.code, fault.field) for fault in report.faults) == sorted(expected)
    assert report.counts == Counter(each.code for each in expected)
    assert list(report.base) == base


def test_a_finding_stands_at_the_row_and_the_column_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    items, base = clean(2)
    data = write_xlsx(items, base)
    broken = {
        "catalogue.grade_missing": ("材料", 7, "证据等级", "materials/2/grade"),
        "catalogue.limit_without_unit": ("事项", 3, "承诺时限单位", "promised_unit"),
        "catalogue.step_cycle": ("环节", 6, "前置环节", "steps/1/after"),
    }
    for code, place in broken.items():
        seed = next(each for each in SEEDS if (f"catalogue.{each.code}", each.field) == (code, place[3]))
        data = write_xlsx([items[0], seed.change(items[1]), *items[2:]], base)
        fault = read_file("目录.xlsx", data).faults[0]
        assert (fault.code, fault.sheet, fault.row, fault.column, fault.field) == (code, *place)
        assert fault.item == items[1].code


def test_a_cell_that_cannot_be_taken_names_its_item_and_its_field() -> None:
    files = write_csv(clean(1)[0])
    files["catalogue-materials.csv"] = with_rows(files["catalogue-materials.csv"], {"材料编码": "M8", "份数": "两份"})
    fault = next(each for each in read_files(list(files.items())).faults if each.code == "catalogue.cell_not_a_number")
    assert fault.item == clean(1)[0][0].code
    assert fault.field == "materials/3/copies"


def test_a_base_list_may_come_alone_and_its_rows_are_audited() -> None:
    _, base = clean(2)
    files = write_csv([], base=base)
    assert list(files) == ["catalogue-base.csv"]
    data = with_rows(files["catalogue-base.csv"], {"事项名称": "重复"}, {"基本编码": "51"}, {"基本编码": ""})
    report = read_file("catalogue-base.csv", data)
    assert report.rows == 0
    assert [(fault.row, fault.code) for fault in report.faults] == [
        (5, "catalogue.row_code_twice"), (6, "catalogue.base_code_malformed"), (7, "catalogue.row_without_code"),
    ]  # fmt: skip


def test_an_older_workbook_without_units_and_channels_means_working_days_at_a_counter() -> None:
    items, _ = clean(1)
    rows = list(csv.DictReader(io.StringIO(write_csv(items)["catalogue-items.csv"].decode("utf-8-sig"), newline="")))
    text = io.StringIO(newline="")
    kept = [name for name in rows[0] if name not in ("法定时限单位", "承诺时限单位", "办理形式")]
    writer = csv.DictWriter(text, kept, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    files = {**write_csv(items), "catalogue-items.csv": text.getvalue().encode()}
    report = read_files(list(files.items()))
    assert (list(report.items), report.faults) == (items, ())


# ---------------------------------------------------------------- the command


def test_a_script_reads_one_object_a_finding_and_then_the_counts(tmp_path: Path) -> None:
    items, base = clean(2)
    files = write_csv([*items[:-1], Item(items[-1].code, items[-1].name)], base=base)
    result = audit(*written(tmp_path, files))
    findings, counts = told(result)
    assert result.exit_code == 1
    for line in findings:
        assert {"finding", "severity", "row", "item_code", "field", "sentence"} <= set(line)
        assert SEVERITY[line["finding"]] == line["severity"]
        assert line["item_code"] == items[-1].code
        assert line["row"] == 6
        assert "{" not in line["sentence"]
    assert counts["counts"] == dict(Counter(line["finding"] for line in findings))
    assert counts["errors"] == sum(line["severity"] == ERROR for line in findings)
    assert (counts["rows"], counts["items"], counts["base"], counts["left_off"]) == (5, 5, 3, 0)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_clean_file_is_told_as_clean_and_nothing_is_needed_beside_it(tmp_path: Path, as_json: bool) -> None:
    items, base = clean(1)
    path = tmp_path / "目录.xlsx"
    path.write_bytes(write_xlsx(items, base))
    result = audit(path, as_json=as_json)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["目录.xlsx"]


def test_warnings_alone_do_not_fail_a_script(tmp_path: Path) -> None:
    items, base = clean(1)
    result = audit(*written(tmp_path, write_csv(items, base=base[1:])))
    assert told(result)[1]["counts"] == {"catalogue.not_in_base": 2}
    assert result.exit_code == 0


def test_people_read_each_kind_once_errors_first(tmp_path: Path) -> None:
    items, base = clean(2)
    bare = [Item(item.code, item.name) for item in items]
    result = audit(*written(tmp_path, write_csv(bare, base=base[1:])), as_json=False)
    *marks, last = [line[0] for line in result.stdout.splitlines()]
    assert marks == sorted(marks, key=("✗", "!").index)
    assert last == "检"
    assert "✗ 5 处（第一处：catalogue-items.csv 第 2 行，行使层级）：这一项必须" in result.stdout
    assert "✗ 2 处（第一处：catalogue-items.csv 第 2 行，法律依据）：没有法律依据" in result.stdout
    assert "! 2 处" in result.stdout
    assert "什么也没有导入" in result.stdout


def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "目录.xlsx"
    path.write_bytes(b"hello")
    result = audit(path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "不是完好的 XLSX 工作簿" in result.stderr


def test_the_real_items_of_a_district_are_audited_whole(shared_data: Path) -> None:
    findings, counts = told(audit(shared_data / "service_items_511602.csv"))
    assert (counts["rows"], counts["items"], counts["left_off"]) == (1135, 1135, 0)
    assert len(findings) == counts["errors"] + counts["warnings"]
    found = counts["counts"]
    assert found["catalogue.basis_missing"] == found["catalogue.materials_missing"] == 1135
    wrong = ("code_malformed", "foreign_credit_length", "foreign_credit_wrong", "foreign_code_malformed")
    assert [found[f"catalogue.{code}"] for code in wrong] == [982, 143, 7, 3]
    assert found["catalogue.name_several_codes"] == 2
    assert "catalogue.name_differs" not in found


def test_every_sheet_of_the_template_is_read_again() -> None:
    assert {sheet.part for sheet in SHEETS} == {"", "situations", "materials", "steps", "fields", "questions"}


# ---------------------------------------------------------------- hints


VALUES: dict[str, str | int] = dict.fromkeys(
    ("value", "most", "inside", "other", "where", "first", "fact", "holder", "material", "home", "last", "step",
     "promised", "statutory", "asked", "taken"), "1",
)  # fmt: skip


def test_every_finding_has_a_hint_in_both_languages() -> None:
    for code in SEVERITY:
        for language in ("zh", "en"):
            words = hint(code, VALUES, "11511602DEM000014R4510590000000", "证据等级", language)
            assert words, code
            assert not words.startswith("hints."), words
            assert "{" not in words, words


def test_the_hint_for_a_wrong_check_digit_is_the_right_code() -> None:
    wrong, right = "11511602DEM000014X", "11511602DEM000014R"
    words = hint("catalogue.code_credit_wrong", {"value": wrong}, wrong + "4510590000000", "实施编码")
    assert f"这一格填“{right}4510590000000”" in words
    missing = hint("catalogue.department_code_missing", {}, right + "4510590000000", "实施部门代码")
    assert f"填“{right}”" in missing
    unknown = hint("catalogue.department_code_wrong", {"value": "11511602IOS000014X"}, "", "实施部门代码")
    assert "没有字母 I、O、S、V、Z" in unknown
