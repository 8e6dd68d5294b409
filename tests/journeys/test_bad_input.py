"""Bad input from people, over HTTP, at a station and a city hub that run: forms, files, catalogues.

Each is answered with a clear sentence; what was typed is kept, and what was there before stays as it was.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest

from central.catalogue_files import write_csv
from deploy import catalogue
from deploy.processes import Failed, Process, run
from deploy.visitor import FoundForm, Page, Upload, Visitor
from tests.journeys.nodes import (
    ADMIN,
    PASSWORD,
    RESIDENT,
    Clerk,
    delivered,
    found_city,
    jpeg,
    new_station,
    number_on,
    until,
)

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("input")


@pytest.fixture(scope="module")
def city(folder: Path) -> Iterator[Process]:
    running = found_city(folder)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def station(city: Process, folder: Path) -> Iterator[Process]:
    running = new_station(city, folder, "station", "511602001001")
    running.start()
    until(lambda: running.status()["catalogue_version"] == 1, "the catalogue arrives")
    yield running
    running.stop()


@pytest.fixture
def clerk(station: Process) -> Iterator[Clerk]:
    with Clerk(station) as somebody:
        yield somebody


def journal(node: Process) -> int:
    return int(node.status()["journal"])


def summary_of(page: Page) -> str:
    """The error summary at the head of a page, with its links."""
    found = re.search(r'class="error-summary".*?</div>', page.source, re.S)
    assert found, f"{page.status} {page.text[:300]}"
    return unescape(found[0])


# ---------------------------------------------------------------- what is typed


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("id_number", "511602196803152321", "校验位不对"),
        ("id_number", "511602196802302328", "不是可能的出生日期"),
        ("id_number", "511602299901011238", "晚于今天"),
        ("id_number", "5116021968", "应为 18 位"),
        ("id_number", "", "请填写或扫描申请人的身份证号"),
        ("name", "", "请填写申请人姓名"),
        ("phone", " ", "请填写联系电话"),
        ("address", "", "请填写申请人的现住址"),
    ],
)
def test_a_wrong_or_missing_field_is_422_with_a_link_to_it_and_the_rest_is_kept(
    station: Process, clerk: Clerk, field: str, value: str, sentence: str
) -> None:
    before = journal(station)
    page = clerk.send({field: value})
    assert page.status == 422
    assert f'href="#f-{field}"' in summary_of(page)
    assert sentence in summary_of(page)
    kept = {**RESIDENT, field: value.strip()}
    assert {name: text for name, text in _typed_on(page).items() if name in kept} == kept
    assert journal(station) == before


def _typed_on(page: Page) -> dict[str, str]:
    """What the form of the application holds as it came back."""
    return next(form.fields for form in page.forms if "/apply" in form.action)


def test_a_required_field_of_the_item_and_a_required_material_are_asked_for(clerk: Clerk) -> None:
    field = next(each for each in clerk.item.fields if each.required)
    page = clerk.send({f"field.{field.code}": ""})
    assert page.status == 422
    assert f"“{field.label}”" in summary_of(page)
    code = clerk.situation.materials[0]
    page = clerk.send({f"material.{code}": "missing"})
    assert page.status == 422
    assert "一次性告知单" in summary_of(page)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/items/nothing", "没有编码为 nothing 的事项"),
        ("/items/nothing/apply?situation=S1", "没有编码为 nothing 的事项"),
        ("/items/{item}/apply?situation=S99", "情形"),
        ("/cases/nothing", "没有这件办件"),
        ("/nothing", "没有这个页面"),
    ],
)
def test_an_unknown_item_situation_case_or_page_is_404_with_a_sentence(clerk: Clerk, path: str, sentence: str) -> None:
    page = clerk.get(path.format(item=clerk.item.code))
    assert page.status == 404
    assert sentence in page.text
    assert "。" in page.text


# ---------------------------------------------------------------- the form itself


def test_a_form_without_its_token_does_nothing_and_what_was_typed_is_kept(station: Process, clerk: Clerk) -> None:
    before = journal(station)
    page = clerk.form()
    answer = clerk.submit(_without(page, "_form"), "/apply", clerk.typed(address="东街 22 号"))
    assert answer.status == 403
    assert "没有执行，但填写的内容已经保存" in answer.text
    assert journal(station) == before
    again = clerk.form()
    assert _typed_on(again)["address"] == "东街 22 号"
    assert number_on(clerk.submit(again, "/apply", clerk.typed(address="东街 22 号")))


def _without(page: Page, name: str) -> Page:
    """The page as if a field had never been on it."""
    forms = [FoundForm(f.action, f.method, {k: v for k, v in f.fields.items() if k != name}) for f in page.forms]
    return page.with_forms(forms)


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing_typed(station: Process, clerk: Clerk) -> None:
    page = clerk.form()
    before = journal(station)
    clerk.away_for_an_hour()
    login = clerk.submit(page, "/apply", clerk.typed(address="东街 33 号"))
    assert "/login" in login.url
    assert "刚才填写的内容已经保存" in login.text
    assert journal(station) == before
    back = clerk.submit(login, "/login", {"login": "chuangkou", "password": PASSWORD})
    assert back.url.endswith(clerk.path)
    assert "刚才填写的内容已恢复，但尚未提交" in back.text
    typed = clerk.typed(address="东街 33 号")
    assert {name: _typed_on(back).get(name) for name in typed if name != "action"} == {
        name: value for name, value in typed.items() if name != "action"
    }
    number = number_on(clerk.submit(back, "/apply", {"action": "accept"}))
    assert number
    assert "东街 33 号" in clerk.get(f"/cases/{number}").text


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("大.jpg", jpeg(10 * MEBIBYTE + 1), "超过 10 MB，没有保存"),
        ("程序.jpg", b"MZ\x90\x00" + bytes(5000), "不是可接收的类型"),
        ("网页.pdf", b"<script>alert(1)</script>", "不是可接收的类型"),
        ("空.jpg", b"", "是空的"),
    ],
)
def test_a_file_that_cannot_be_taken_is_named_and_nothing_else_is_lost(
    station: Process, clerk: Clerk, name: str, content: bytes, sentence: str
) -> None:
    before = journal(station)
    code, other = clerk.situation.materials[:2]
    files: list[tuple[str, Upload]] = [
        (f"file.{code}", (name, content, "image/jpeg")),
        (f"file.{other}", ("好.jpg", jpeg(3000), "image/jpeg")),
    ]
    page = clerk.send(files=files)
    assert page.status == 422
    assert f"“{name}”" in summary_of(page)
    assert sentence in summary_of(page)
    assert "好.jpg" in page.text
    assert journal(station) == before
    assert number_on(clerk.submit(page, "/apply", {"action": "accept"})), "without the bad file the form is taken"


def test_of_files_that_are_too_large_together_those_that_fit_are_taken_and_nothing_else_is_lost(
    station: Process, clerk: Clerk
) -> None:
    before = journal(station)
    page = clerk.send(files=[clerk.first_file(jpeg(9 * MEBIBYTE, b"%d " % n), f"{n}.jpg") for n in range(8)])
    assert page.status == 422
    assert "文件“7.jpg”没有保存：一次提交的文件合计不能超过 63 MB" in summary_of(page)
    assert f'href="#f-file.{clerk.situation.materials[0]}"' in summary_of(page)
    assert "6.jpg" in page.text
    assert _typed_on(page)["name"] == RESIDENT["name"]
    assert journal(station) == before
    assert number_on(clerk.submit(page, "/apply", {"action": "accept"})), "what fitted is taken with the next press"


def test_a_form_far_above_every_limit_is_413_with_a_sentence(station: Process, clerk: Clerk) -> None:
    before = journal(station)
    page = clerk.send(files=[clerk.first_file(jpeg(150 * MEBIBYTE), "电影.jpg")])
    assert page.status == 413
    assert "提交的内容太大，没有读完，也没有保存。请返回上一页" in page.text
    assert journal(station) == before


@pytest.mark.parametrize("name", ["../../x.jpg", "/etc/x.jpg", "..\\..\\x.jpg", "C:\\x.jpg"])
def test_the_name_of_a_file_leads_nowhere(station: Process, clerk: Clerk, folder: Path, name: str) -> None:
    attachments = station.folder / "attachments"
    before = {path for path in folder.rglob("*") if attachments not in path.parents}
    number = clerk.accept([clerk.first_file(jpeg(3000, name.encode()), name)])
    page = clerk.get(f"/cases/{number}")
    assert "x.jpg" in page.text
    assert name not in page.text
    until(lambda: delivered(station), "the case is delivered")
    fresh = {path for path in folder.rglob("*") if attachments not in path.parents} - before
    assert {path.parent.name for path in fresh if path.suffix != ".new"} <= {"attachments"}


# ---------------------------------------------------------------- catalogue files


class Admin(Visitor):
    """The administrator of the city at the import page."""

    def __init__(self, city: Process) -> None:
        super().__init__(city.address)
        self.login(ADMIN.login, PASSWORD)

    def brings(self, *files: tuple[str, bytes]) -> Page:
        """The page after an import of these files."""
        uploads = [("file", (name, content, "text/csv")) for name, content in files]
        page = self.submit(self.get("/catalogue/import"), "/catalogue/import", {}, uploads)
        while "http-equiv" in page.source:  # a slow machine takes longer than the answer waits
            page = self.get("/catalogue/import")
        return page

    def takes(self, page: Page) -> Page:
        """The page after all that was brought is taken into the drafts, faulty or not."""
        return self.submit(page, "/catalogue/import/decide", {"decision": "every"})

    def drafts(self) -> str:
        """All drafts as they stand, in one text."""
        return self.get("/catalogue/drafts.xlsx").source


@pytest.fixture
def admin(city: Process) -> Iterator[Admin]:
    with Admin(city) as somebody:
        yield somebody


Rows = list[dict[str, str]]


def edited(edit: Callable[[Rows], object]) -> tuple[tuple[str, bytes], ...]:
    """Three items as five CSV files, after `edit` has been at the rows of the items."""
    files = write_csv(catalogue.load()[:3], "edited")
    rows = list(csv.DictReader(io.StringIO(files["edited-items.csv"].decode("utf-8-sig"))))
    edit(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return tuple({**files, "edited-items.csv": text.getvalue().encode("utf-8-sig")}.items())


@pytest.mark.parametrize(
    ("edit", "row", "column", "sentence"),
    [
        (lambda rows: rows.append(dict(rows[0])), 5, "实施编码", "与第 2 行重复，只取了先出现的一行"),
        (lambda rows: rows[1].update({"事项名称": ""}), 3, "事项名称", "缺少名称，请填写"),
        (lambda rows: rows[2].update({"行使层级": "2"}), 4, "行使层级", "填的是 2，实施编码第 19 位却是 4，两者矛盾"),
        (lambda rows: rows[0].update({"实施编码": ""}), 2, "实施编码", "没有实施编码，没有导入"),
    ],
    ids=["a code twice", "no name", "another level than in the code", "no code"],
)
def test_a_catalogue_with_faulty_rows_is_taken_with_a_report_row_by_row_and_the_published_one_stays(
    city: Process, admin: Admin, edit: Callable[[Rows], object], row: int, column: str, sentence: str
) -> None:
    page = admin.brings(*edited(edit))
    assert page.status == 200
    assert "草稿还没有任何改动" in page.text
    assert re.search(rf"\b{row} edited-items\.csv .*?{column} .*?{sentence}", page.text), page.text
    assert city.status()["catalogue_version"] == 1
    assert "已按您的选择写入草稿" in admin.takes(page).text
    whole = admin.brings(*edited(lambda rows: None))
    assert whole.status == 200
    assert sentence not in whole.text


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([("目录.csv", "实施编码,事项名称\n一,二\n".encode("gb18030"))], "不是 UTF-8 编码，没有导入"),
        ([("空.csv", "实施编码,事项名称\n".encode())], "没有任何数据行，没有导入"),
        ([("无.csv", b"")], "是空的"),
        ([("多.csv", ("实施编码,事项名称\n" + "1151160211511602,一\n" * 501_000).encode())], "超过 500000 行的上限"),
        ([("别的.csv", "甲,乙\n1,2\n".encode())], "表头不是目录模板的表头"),
        ([("旧.csv", b"PK\x03\x04" + bytes(50))], "Excel 工作簿"),
        ([("坏.xlsx", b"PK\x03\x04" + bytes(50))], "不是完好的 XLSX"),
        ([("目录.docx", "实施编码,事项名称\n1,2\n".encode())], "不是 .xlsx 或 .csv"),
        ([], "还没有选择文件"),
    ],
    ids=["not UTF-8", "0 rows", "empty", "501,000 rows", "other header", "zip as csv", "broken", "a letter", "none"],
)
def test_a_catalogue_file_that_cannot_be_used_is_refused_in_a_sentence_and_the_drafts_stay(
    city: Process, admin: Admin, files: list[tuple[str, bytes]], sentence: str
) -> None:
    before = admin.drafts()
    page = admin.brings(*files)
    assert page.status == 422 or "没有完成" in page.text, "at once, or where the answer did not wait for it"
    said = summary_of(page) if page.status == 422 else page.text
    assert sentence in said, said
    assert admin.drafts() == before
    assert city.status()["catalogue_version"] == 1


def test_the_command_that_imports_says_the_same(city: Process, tmp_path: Path) -> None:
    file = tmp_path / "目录.csv"
    file.write_bytes("实施编码,事项名称\n一,二\n".encode("gb18030"))
    with pytest.raises(Failed, match="不是 UTF-8 编码，没有导入"):
        run("tongban-hub", "catalogue", "import", str(city.folder), str(file))
