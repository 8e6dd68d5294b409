"""What catalogue files promise: nothing lost through a file, every fault at its cell, no file too hostile."""

from __future__ import annotations

import csv
import io
import random
import re
import struct
import zipfile
from collections import Counter
from contextlib import suppress
from datetime import date
from itertools import chain, repeat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from central.catalogue_files import ImportReport, read_file, read_files, write_csv, write_template, write_xlsx
from central.catalogue_files.columns import BASE, ITEMS, MATERIALS, SHEETS
from central.catalogue_files.report import FAULTS_MAX, Fault, Faults
from central.catalogue_files.survey import MARKS_MAX, ROWS_MAX
from central.catalogue_files.tables import FILE_BYTES_MAX
from shared_models.catalogue import WARNING, BaseItem, Item
from shared_models.refusals import Refusal
from tests.central.workbooks import packed, sheet_of, text_cell, workbook
from tests.shared_models.catalogue_items import CREDIT, bases, catalogues, complete_item

GOOD = complete_item()
CODE = GOOD.code
HEAD = ["实施编码", "事项名称", "事项类型", "行使层级"]
ROW = [CODE, "困难残疾人生活补贴申领", "05", "4"]


def csv_of(*rows: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def at(report: ImportReport, code: str) -> list[tuple[str, int, str]]:
    """Where a fault stands: sheet, row, column."""
    return [(fault.sheet, fault.row, fault.column) for fault in report.faults if fault.code == f"catalogue.{code}"]


def refused(name: str, data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_file(name, data)
    assert caught.value.code.startswith("catalogue.file")
    assert "{" not in str(caught.value)
    return caught.value


# ---------------------------------------------------------------- there and back


@settings(max_examples=40)
@given(catalogues, bases)
def test_what_is_written_to_a_workbook_is_read_back(items: list[Item], base: list[BaseItem]) -> None:
    report = read_file("目录.xlsx", write_xlsx(items, base))
    assert (list(report.items), list(report.base)) == (items, base)


@given(catalogues, bases)
def test_what_is_written_to_csv_files_is_read_back(items: list[Item], base: list[BaseItem]) -> None:
    report = read_files(list(write_csv(items, base=base).items()))
    assert (list(report.items), list(report.base)) == (items, base)


def test_the_order_of_the_files_does_not_matter() -> None:
    files = list(write_csv([GOOD]).items())
    assert read_files(files[::-1]).items == read_files(files).items == (GOOD,)


@settings(max_examples=25)
@given(catalogues, st.randoms(use_true_random=False))
def test_rows_of_several_items_may_stand_in_any_order(items: list[Item], source: random.Random) -> None:
    files = write_csv(items)
    for name, data in files.items():
        head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        if "items" not in name:
            waiting = {code: [row for row in rows if row[0] == code] for code in dict.fromkeys(row[0] for row in rows)}
            turns = [row[0] for row in rows]
            source.shuffle(turns)
            files[name] = csv_of(head, *(waiting[code].pop(0) for code in turns))
    report = read_files(list(files.items()))
    assert list(report.items) == items
    grouped = read_files(list(write_csv(items).items()))
    assert report.counts == grouped.counts


def test_a_row_that_stands_apart_from_its_item_keeps_its_place_in_a_report() -> None:
    other = replace(GOOD, code=CODE[:-1] + "1")
    files = write_csv([GOOD, other])
    head, *rows = csv.reader(io.StringIO(files["catalogue-materials.csv"].decode("utf-8-sig"), newline=""))
    number = head.index("份数")
    mixed = [row for pair in zip(rows[: len(rows) // 2], rows[len(rows) // 2 :], strict=True) for row in pair]
    mixed[3][number] = "许多"
    files["catalogue-materials.csv"] = csv_of(head, *mixed)
    report = read_files(list(files.items()))
    (fault,) = [each for each in report.faults if each.code == "catalogue.cell_not_a_number"]
    assert (fault.row, fault.item, fault.field) == (5, other.code, "materials/1/copies")


def test_a_fault_at_the_end_of_a_large_file_refuses_it_whole() -> None:
    rows = b"".join(csv_of([f"{CODE[:19]}{number:012}", "名称", "05", "4"]) for number in range(20_000))
    assert refused("目录.csv", csv_of(HEAD) + rows + b'"' + CODE.encode() + b",x\n").code == "catalogue.file_csv_broken"
    late = refused("目录.csv", csv_of(HEAD) + rows + "二".encode("gb18030"))
    assert (late.code, late.values["row"]) == ("catalogue.file_not_utf8", 20_002)


def test_a_complete_item_comes_without_faults() -> None:
    report = read_file("目录.xlsx", write_xlsx([GOOD]))
    assert report.faults == ()
    assert report.complete == report.items == (GOOD,)
    assert (report.rows, report.errors, report.warnings) == (1, 0, 0)


def test_the_same_items_give_the_same_bytes() -> None:
    assert write_xlsx([GOOD]) == write_xlsx([GOOD])


def test_a_text_that_looks_like_a_formula_stays_text() -> None:
    item = replace(GOOD, name="=1+1", fee="'半价", keywords=("+86", "@站点", "-"))
    assert read_file("a.xlsx", write_xlsx([item])).items == (item,)
    files = write_csv([item])
    assert read_files(list(files.items())).items == (item,)
    assert b",'=1+1," in files["catalogue-items.csv"]


def test_the_template_has_every_column_explained_and_no_item() -> None:
    template = write_template()
    assert refused("模板.xlsx", template).code == "catalogue.file_empty"
    with zipfile.ZipFile(io.BytesIO(template)) as archive:
        words = archive.read("xl/sharedStrings.xml").decode()
        assert archive.read("xl/worksheets/sheet1.xml").count(b"<dataValidation ") >= 5
    for sheet in (*SHEETS, BASE):
        for column in sheet.columns:
            assert column.heading in words
            assert column.note in words


def test_every_path_of_a_column_exists_in_an_item() -> None:
    for sheet in SHEETS:
        assert len({column.heading for column in sheet.columns}) == len(sheet.columns)
        assert set(sheet.required) <= {column.heading for column in sheet.columns}
    assert ITEMS.heading_of("department/code") == "实施部门代码"
    assert MATERIALS.heading_of("waived_by") == "免交依据"


# ---------------------------------------------------------------- rows and cells


def test_a_single_items_file_gives_drafts_and_says_what_they_lack() -> None:
    report = read_file("事项.csv", csv_of(HEAD, ROW))
    assert [item.name for item in report.items] == [ROW[1]]
    assert report.complete == ()
    assert at(report, "materials_missing") == [("事项.csv", 2, "材料")]
    assert at(report, "basis_missing") == [("事项.csv", 2, "法律依据")]
    assert at(report, "promised_days_missing") == [("事项.csv", 2, "承诺时限")]


def test_bom_line_ends_and_stars_of_the_template_do_not_matter() -> None:
    data = b"\xef\xbb\xbf" + csv_of(["*实施编码", "事项\n名称*", "事项类型", "行使层级"], ROW)
    assert read_file("事项.CSV", data).items == read_file("事项.csv", csv_of(HEAD, ROW)).items


@pytest.mark.parametrize(
    ("code", "column", "row"),
    [
        ("level_contradicts_code", "行使层级", [CODE, "名称", "05", "3"]),
        ("name_missing", "事项名称", [CODE, "", "05", "4"]),
        ("code_malformed", "实施编码", ["ABC", "名称", "05", "4"]),
        ("code_basic_only", "实施编码", ["510599001000", "名称", "05", "4"]),
        ("row_without_code", "实施编码", ["", "名称", "05", "4"]),
        ("choice_unknown", "事项类型", [CODE, "名称", "99", "4"]),
        ("choice_unknown", "行使层级", [CODE, "名称", "05", "9"]),
        ("cell_zero_lost", "事项类型", [CODE, "名称", "5", "4"]),
        ("cell_code_as_number", "实施编码", ["1.15116E+30", "名称", "05", "4"]),
        ("cell_formula", "事项名称", [CODE, "=A1", "05", "4"]),
        ("row_too_wide", "", [CODE, "名称", "05", "4", "错位"]),
    ],
)
def test_a_faulty_row_is_reported_at_its_cell(code: str, column: str, row: list[str]) -> None:
    report = read_file("事项.csv", csv_of(HEAD, [""] * 4, row, ["1" * 18 + ROW[0][18:], "另一事项"]))
    assert ("事项.csv", 3, column) in at(report, code)
    assert any(item.name == "另一事项" for item in report.items)


def test_a_cell_that_was_reported_is_not_reported_again_as_missing() -> None:
    report = read_file("事项.csv", csv_of(HEAD, [CODE, "名称", "99", "4"]))
    assert [fault.code for fault in report.faults if fault.column == "事项类型"] == ["catalogue.choice_unknown"]


def test_of_two_rows_with_one_code_the_first_is_taken_and_the_second_reported() -> None:
    report = read_file("事项.csv", csv_of(HEAD, ROW, [CODE, "另一名称", "05", "4"]))
    assert [item.name for item in report.items] == [ROW[1]]
    assert at(report, "row_code_twice") == [("事项.csv", 3, "实施编码")]


def test_rows_of_other_sheets_are_reported_where_they_hang_in_the_air() -> None:
    materials = [
        ["实施编码", "材料编码", "材料名称"],
        ["别的编码", "M1", "身份证"],
        [CODE, "", "户口簿"],
        ["", "M3", "照片"],
    ]
    report = read_file("目录.xlsx", workbook({"材料": materials, "事项": [HEAD, ROW]}))
    assert at(report, "row_unknown_item") == [("材料", 2, "实施编码")]
    assert at(report, "row_without_part_code") == [("材料", 3, "材料编码")]
    assert at(report, "row_without_code") == [("材料", 4, "实施编码")]
    assert report.items[0].materials == ()


def test_a_finding_in_a_part_is_reported_in_the_row_of_the_part() -> None:
    item = replace(GOOD, materials=(GOOD.materials[0], replace(GOOD.materials[1], grade=""), *GOOD.materials[2:]))
    report = read_file("目录.xlsx", write_xlsx([GOOD, replace(item, code=CODE[:-1] + "1")]))
    assert at(report, "grade_missing") == [("材料", 6, "证据等级")]
    files = list(write_csv([replace(GOOD, steps=())], "x").items())
    assert at(read_files(files), "steps_missing") == [("x-items.csv", 2, "环节")]


def test_numbers_dates_and_truth_values_of_a_workbook_are_understood() -> None:
    head = [*HEAD, "法定时限", "承诺时限", "容缺受理"]
    report = read_file("目录.xlsx", workbook({"事项": [head, [CODE, "名称", 5, 4, 20, 10.0, True]]}))
    item = report.items[0]
    assert (item.item_type, item.level, item.statutory_days, item.promised_days, item.tolerant) == (
        "05",
        4,
        20,
        10,
        True,
    )
    assert at(report, "cell_zero_lost") == [("事项", 2, "事项类型")]


@pytest.mark.parametrize(
    ("code", "column", "cell"),
    [
        ("cell_not_a_number", "法定时限", "二十"),
        ("cell_not_a_number", "法定时限", 20.5),
        ("cell_not_a_number", "法定时限", "-1"),
        ("cell_not_a_number", "法定时限", "1" * 40),
        ("cell_not_a_flag", "容缺受理", "也许"),
        ("cell_code_as_number", "实施部门代码", 115116020000000142),
        ("cell_formula", "收费说明", "=1+1"),
        ("cell_error", "收费说明", "=#REF!"),
        ("choice_unknown", "服务对象", "自然人、外星人"),
    ],
)
def test_a_cell_that_cannot_be_taken_is_reported_and_counts_as_empty(code: str, column: str, cell: object) -> None:
    if code == "cell_error":
        cells = text_cell("A1", "实施编码") + text_cell("B1", "事项名称") + text_cell("C1", column)
        row = text_cell("A2", CODE) + text_cell("B2", "名称") + '<c r="C2" t="e"><f>#REF!</f><v>#REF!</v></c>'
        data = packed(sheet_of([f'<row r="1">{cells}</row>', f'<row r="2">{row}</row>']))
    else:
        data = workbook({"事项": [["实施编码", "事项名称", column], [CODE, "名称", cell]]})
    report = read_file("目录.xlsx", data)
    assert at(report, code) == [("事项", 2, column)]
    assert report.items[0].code == CODE
    assert all("{" not in fault.sentence() and "{" not in fault.sentence("en") for fault in report.faults)


def test_a_date_is_no_limit() -> None:
    data = workbook({"事项": [["实施编码", "事项名称", "法定时限"], [CODE, "名称", date(2024, 1, 20)]]})
    assert at(read_file("目录.xlsx", data), "cell_date") == [("事项", 2, "法定时限")]


def test_columns_and_sheets_that_do_not_belong_are_skipped_aloud() -> None:
    sheets = {"事项": [[*HEAD, "备注"], [*ROW, "x"]], "随手记": [["姓名", "电话"], ["甲", "1"]]}
    report = read_file("目录.xlsx", workbook(sheets))
    assert at(report, "column_ignored") == [("事项", 1, "备注")]
    assert at(report, "sheet_ignored") == [("随手记", 1, "")]
    assert {fault.severity for fault in report.faults if fault.row == 1} == {WARNING}


def test_a_flood_of_faults_is_counted_not_kept() -> None:
    faults = Faults()
    for number in range(FAULTS_MAX + 5):
        faults.add(Fault("事项", number, "", "catalogue.name_missing"))
    assert faults.counts["catalogue.name_missing"] == FAULTS_MAX + 5
    assert len(faults.ordered(["事项"])) == FAULTS_MAX


# ---------------------------------------------------------------- files as a whole


@pytest.mark.parametrize(
    ("code", "name", "data"),
    [
        ("file_extension", "目录.pdf", b"%PDF"),
        ("file_extension", "目录.xls", b"\xd0\xcf\x11\xe0"),
        ("file_extension", "目录", b"x"),
        ("file_empty", "目录.csv", b""),
        ("file_empty", "目录.csv", b"\r\n \r\n"),
        ("file_empty", "目录.csv", csv_of(HEAD)),
        ("file_empty", "目录.xlsx", workbook({"事项": [HEAD]})),
        ("file_empty", "目录.xlsx", workbook({"事项": []})),
        ("file_unknown_header", "目录.csv", csv_of(["姓名", "电话"], ["甲", "1"])),
        ("file_unknown_header", "目录.xlsx", workbook({"一": [["姓名"], ["甲"]]})),
        ("file_columns_missing", "目录.csv", csv_of(["事项名称", "事项类型"], ["名称", "05"])),
        ("file_column_twice", "目录.csv", csv_of([*HEAD, "事项名称"], [*ROW, "x"])),
        ("file_no_items", "材料.csv", csv_of(["实施编码", "材料编码"], [CODE, "M1"])),
        ("file_not_utf8", "目录.csv", csv_of(HEAD, ROW).decode().encode("gb18030")),
        ("file_not_utf8", "目录.csv", csv_of(HEAD, ROW).decode().encode("utf-16")),
        ("file_is_a_workbook", "目录.csv", workbook({"事项": [HEAD, ROW]})),
        ("file_csv_broken", "目录.csv", csv_of(HEAD) + b'"' + CODE.encode() + b",x\n"),
        ("file_csv_broken", "目录.csv", csv_of(HEAD, [CODE, "长" * 70_000])),
        ("file_old_or_locked", "目录.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600)),
        ("file_not_xlsx", "目录.xlsx", b"hello"),
        ("file_not_xlsx", "目录.xlsx", csv_of(HEAD, ROW)),
        ("file_not_xlsx", "目录.xlsx", workbook({"事项": [HEAD, ROW]})[:-400]),
        ("file_not_xlsx", "目录.xlsx", b"PK\x03\x04" + bytes(100)),
        ("file_not_xlsx", "目录.xlsx", packed(b"<worksheet><sheetData>")),
        ("file_not_xlsx", "目录.xlsx", packed(b'<!DOCTYPE w [<!ENTITY a "b">]><worksheet>&a;</worksheet>')),
        ("file_too_large", "目录.csv", bytes(FILE_BYTES_MAX + 1)),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(code: str, name: str, data: bytes) -> None:
    assert refused(name, data).code == f"catalogue.{code}"


def test_the_sentence_names_the_line_that_is_not_utf8_and_no_folder() -> None:
    data = csv_of(HEAD, ROW) + "二".encode("gb18030")
    values = refused("../../C:\\目录\\事项.csv", data).values
    assert values == {"file": "事项.csv", "row": 3}


def test_too_many_rows_are_refused_naming_the_limit() -> None:
    rows = ROWS_MAX + 1
    line = csv_of(ROW)
    assert refused("目录.csv", csv_of(HEAD) + line * rows).values["most"] == ROWS_MAX
    sheet = sheet_of(f'<row r="{n}">{text_cell(f"A{n}", "x")}</row>' for n in range(1, rows + 2))
    refusal = refused("目录.xlsx", packed(sheet))
    assert (refusal.code, refusal.values["most"]) == ("catalogue.file_too_many_rows", ROWS_MAX)


def test_more_rows_than_a_report_lists_are_read() -> None:
    line, rows = csv_of([CODE, "同一编码", "05", "4"]), FAULTS_MAX + 10_000
    report = read_file("目录.csv", csv_of(HEAD) + line * rows)
    assert (len(report.items), report.rows) == (1, rows)
    assert report.left_off > 0


@pytest.mark.parametrize(("place", "code"), [("A1048576", "file_too_many_rows"), ("XFD1", "file_too_many_columns")])
def test_two_far_corners_do_not_lay_out_the_sheet_between_them(place: str, code: str) -> None:
    cell = f'<row r="1">{text_cell("A1", "实施编码")}</row><row>{text_cell(place, "x")}</row>'
    assert refused("目录.xlsx", packed(sheet_of([cell]))).code == f"catalogue.{code}"


def test_cells_without_places_are_counted() -> None:
    cell = '<c t="inlineStr"><is><t>x</t></is></c>'
    assert refused("目录.xlsx", packed(sheet_of([f"<row>{cell * 50}</row>"]))).code == "catalogue.file_too_many_columns"
    rows = sheet_of(repeat(f"<row>{cell}</row>", ROWS_MAX + 2))
    assert refused("目录.xlsx", packed(rows)).code == "catalogue.file_too_many_rows"


def test_a_bomb_is_refused_by_its_directory() -> None:
    data = packed(chain([b"<worksheet>"], repeat(b" " * 2**20, 140), [b"</worksheet>"]))
    assert len(data) < 2**18
    assert refused("目录.xlsx", data).code == "catalogue.file_unpacks_too_large"


def test_a_directory_that_lies_about_a_size_is_refused() -> None:
    data = packed(chain([b"<worksheet>"], repeat(b" " * 2**20, 140), [b"</worksheet>"]))
    place = data.rindex(b"PK\x01\x02")
    lying = data[: place + 24] + struct.pack("<I", 1000) + data[place + 28 :]
    assert refused("目录.xlsx", lying).code == "catalogue.file_not_xlsx"


def test_one_long_text_named_by_many_cells_is_refused() -> None:
    strings = f'<sst xmlns="x"><si><t>{"长" * 30_000}</t></si></sst>'.encode()
    cells = (f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 2_400))
    refusal = refused("目录.xlsx", packed(sheet_of(cells), {"xl/sharedStrings.xml": strings}))
    assert refusal.code == "catalogue.file_unpacks_too_large"


def test_too_many_formulas_are_refused_as_a_whole() -> None:
    rows = (f'<row r="{n}"><c r="A{n}"><f>1</f><v>1</v></c></row>' for n in range(1, MARKS_MAX + 3))
    assert refused("目录.xlsx", packed(sheet_of(rows))).code == "catalogue.file_too_many_formulas"


def test_too_many_files_are_refused() -> None:
    with pytest.raises(Refusal) as caught:
        read_files([("a.csv", csv_of(HEAD, ROW))] * 21)
    assert caught.value.code == "catalogue.files_too_many"


@settings(max_examples=150)
@given(st.binary(max_size=300), st.sampled_from(["目录.csv", "目录.xlsx"]), st.booleans())
def test_no_bytes_do_more_than_be_refused(data: bytes, name: str, headed: bool) -> None:
    head = (csv_of(HEAD) if name.endswith("csv") else b"PK\x03\x04") if headed else b""
    with suppress(Refusal):
        read_file(name, head + data)


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused(place: int, byte: int) -> None:
    data = bytearray(WHOLE)
    data[place % len(data)] = byte
    with suppress(Refusal):
        read_file("目录.xlsx", bytes(data))


WHOLE = write_xlsx([GOOD])


@pytest.mark.parametrize("number", ["4000000000", "+9999999999999", "-1"])
@pytest.mark.parametrize(
    ("part", "announced"),
    [
        ("xl/sharedStrings.xml", b"uniqueCount"),
        ("xl/sharedStrings.xml", b"<sst [^>]*count"),
        ("xl/styles.xml", b"<cellXfs count"),
    ],
    ids=["strings", "cells", "styles"],
)
def test_a_workbook_that_announces_more_than_it_holds_ends_no_process(part: str, announced: bytes, number: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as whole, zipfile.ZipFile(made, "w") as book:
        for name in whole.namelist():
            content = whole.read(name)
            if name == part:
                content, changed = re.subn(
                    rb"(%s=)\"[0-9]+\"" % announced, rb'\1"%s"' % number.encode(), content, count=1
                )
                assert changed == 1
            book.writestr(name, content)
    with pytest.raises(Refusal) as caught:
        read_file("目录.xlsx", made.getvalue())
    assert caught.value.code == "catalogue.file_not_xlsx"


# ---------------------------------------------------------------- the provincial platform's export

EXPORT_HEAD = ["department", "group", "name", "area_code", "item_code", "task_type", "dept_code"]


def export_row(
    code: str, name: str = "失业登记", kind: str = "20", department: str = CREDIT, area: str = "511602000000"
) -> list[str]:
    return ["区人社局", "未分类", name, area, code, kind, department]


def local(credit: str, number: int = 1, area: str = "511602000000") -> str:
    return f"512B006640{number:04}-{area}-000-{credit}-1-00"


def test_the_export_gives_a_draft_a_row_and_says_what_it_lacks() -> None:
    report = read_file("service_items.csv", csv_of(EXPORT_HEAD, export_row(local(CREDIT))))
    item = report.items[0]
    assert (item.code, item.name, item.item_type, item.level) == (local(CREDIT), "失业登记", "20", 4)
    assert (item.department.code, item.department.name, item.keywords) == (CREDIT, "区人社局", ())
    for code in ("materials_missing", "promised_days_missing", "basis_missing"):
        assert len(at(report, code)) == 1
    assert at(report, "code_malformed") == [("service_items.csv", 2, "item_code")]


@pytest.mark.parametrize(
    ("code", "column", "row"),
    [
        ("foreign_code_malformed", "item_code", export_row("E-000021-001-1111111111111111")),
        ("foreign_credit_length", "item_code", export_row(local("083372204"))),
        ("foreign_credit_length", "item_code", export_row(local("00877868-5"))),
        ("foreign_credit_wrong", "item_code", export_row(local("11511602DEM000015R"))),
        ("foreign_department_replaced", "dept_code", export_row(local(CREDIT), department="68236467-9")),
        ("foreign_department_code", "dept_code", export_row(local("083372204"), department="4148481895459659776")),
        ("foreign_department_differs", "dept_code", export_row(local(CREDIT), department="11511602DEM000022L")),
        ("foreign_area_differs", "area_code", export_row(local(CREDIT, area="510000000000"))),
        ("name_several_codes", "name", export_row(local(CREDIT, 2), name="重名事项")),
        ("choice_unknown", "task_type", export_row(local(CREDIT), kind="77")),
        ("row_code_twice", "item_code", export_row(local(CREDIT, 9))),
        ("row_without_code", "item_code", export_row("")),
        ("name_missing", "name", export_row(local(CREDIT), name="")),
        ("cell_formula", "name", export_row(local(CREDIT), name="=A1")),
    ],
)
def test_a_malformed_row_of_the_export_is_reported(code: str, column: str, row: list[str]) -> None:
    first = export_row(local(CREDIT, 9), name="重名事项")
    report = read_file("export.csv", csv_of(EXPORT_HEAD, first, row))
    assert ("export.csv", 3, column) in at(report, code)
    assert all("{" not in fault.sentence() and "{" not in fault.sentence("en") for fault in report.faults)


def test_a_department_code_is_taken_from_where_it_is_sound() -> None:
    rows = [
        export_row(local(CREDIT, 1), department="68236467-9"),
        export_row(local("083372204", 2), department=CREDIT.lower()),
        export_row(local("083372204", 3), department="11736"),
    ]
    report = read_file("export.csv", csv_of(EXPORT_HEAD, *rows))
    assert [item.department.code for item in report.items] == [CREDIT, CREDIT, "11736"]


def test_the_real_export_of_a_district_imports_whole(shared_data: Path) -> None:
    data = (shared_data / "service_items_511602.csv").read_bytes()
    report = read_file("service_items_511602.csv", data)
    assert (report.rows, len(report.items), len(report.complete), report.left_off) == (1135, 1135, 0, 0)
    found = Counter(fault.code.partition(".")[2] for fault in report.faults)
    for code in ("materials_missing", "statutory_days_missing", "promised_days_missing", "basis_missing"):
        assert found[code] == 1135
    assert found["foreign_credit_length"] == 143
    assert found["foreign_credit_wrong"] == 7
    assert found["foreign_code_malformed"] == 3
    assert found["foreign_department_replaced"] + found["foreign_department_code"] > 800
    assert found["name_several_codes"] == 2
    assert {item.level for item in report.items} == {4}
    assert Counter(item.item_type for item in report.items)["01"] == 536
