"""The catalogue at the city hub: files come in with a report for each row, versions go out."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from central import importing
from central.catalogue_files import write_csv, write_xlsx
from central.catalogue_files.exporting import FORMATS, Content, packed
from deploy import catalogue
from sync_protocol.store import knowledge
from sync_protocol.store.drafts import Drafts
from tests.central.places import Places, approve_all, put_drafts, renamed
from tests.host.small_app import hidden

ITEMS = catalogue.load()[:3]
HEADINGS = ("实施编码", "事项名称", "行使层级")


def table(*rows: tuple[str, ...], headings: tuple[str, ...] = HEADINGS) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode()


def imported(places: Places, *files: tuple[str, bytes], decision: str = "every") -> tuple[int, str]:
    """Status and text of what an administrator sees who chose these files, and then to take them, faulty or not."""
    status, text = looked_at(places, *files)
    return decided(places, text, decision) if status == 303 else (status, text)


def decided(places: Places, page: str, decision: str) -> tuple[int, str]:
    """The same after the decision about the import that this page shows."""
    browser = places.city.browser("admin")
    number = re.findall(r'name="number" value="(\d+)"', page)
    token = browser.token_at("/catalogue/import")
    data = {"_form": token, "_from": "/catalogue/import", "decision": decision, "number": number[0] if number else ""}
    answer = browser.post("/catalogue/import/decide", data=data)
    return answer.status_code, browser.get("/catalogue/import").text if answer.status_code == 303 else answer.text


def looked_at(places: Places, *files: tuple[str, bytes]) -> tuple[int, str]:
    """Status and text of what an administrator sees who chose these files."""
    browser = places.city.browser("admin")
    token = browser.token_at("/catalogue/import")
    chosen = [("file", (name, data, "application/octet-stream")) for name, data in files]
    answer = browser.post("/catalogue/import", data={"_form": token, "_from": "/catalogue/import"}, files=chosen)
    if answer.status_code == 303:
        page = browser.get(answer.headers["location"]).text
        while "http-equiv" in page:  # a slow machine takes longer than the answer waits
            page = browser.get("/catalogue/import").text
        return 303, page
    return answer.status_code, answer.text


def drafts(places: Places) -> int:
    with places.city.runtime.node.read() as db:
        return Drafts(db).counts().total


def approve(places: Places) -> None:
    node = places.city.runtime.node
    node.database.write(lambda db: approve_all(db, node.now()))


def test_a_workbook_becomes_drafts_and_a_version(places: Places) -> None:
    status, text = imported(places, ("目录.xlsx", write_xlsx(ITEMS)))
    assert status == 303
    assert "目录.xlsx" in text
    assert drafts(places) == 3
    browser = places.city.browser("admin")
    page = browser.get("/catalogue").text
    assert ITEMS[0].name in page
    assert browser.post("/catalogue/publish", data={"_form": hidden(page, "_form")}).status_code == 422
    approve(places)
    published = browser.post("/catalogue/publish", data={"_form": hidden(page, "_form"), "_from": "/catalogue"})
    assert published.status_code == 303
    assert "第 1 版" in browser.get("/catalogue").text
    with places.city.runtime.node.read() as db:
        assert knowledge.latest_number(db) == 1


def test_the_tables_of_one_catalogue_come_in_together(places: Places) -> None:
    status, _ = imported(places, *write_csv(ITEMS).items())
    assert status == 303
    with places.city.runtime.node.read() as db:
        assert Drafts(db).counts().complete == 3


def test_a_file_is_read_and_changes_nothing_before_somebody_decides(places: Places) -> None:
    put_drafts(places.city, ITEMS[:2])
    other = replace(ITEMS[0], name="改了名称", materials=(replace(ITEMS[0].materials[0], source="另一机关"),
                    *ITEMS[0].materials[1:]))  # fmt: skip
    status, text = looked_at(places, ("目录.xlsx", write_xlsx([other, *ITEMS[1:]])))
    assert status == 303
    assert drafts(places) == 2
    assert "草稿还没有改动" in text
    for shown, count in (("new", 1), ("changed", 1), ("same", 1), ("faulty", 0)):
        assert re.search(rf'shown={shown}">\w+ {count}</a>', text), shown
    changes = places.city.browser("admin").get("/catalogue/import/changes?shown=changed").text
    assert "<del>" + ITEMS[0].name + "</del> → <ins>改了名称</ins>" in changes
    assert f"材料 {other.materials[0].code} <strong>来源</strong>" in changes
    assert ITEMS[1].code not in changes
    status, text = decided(places, text, "all")
    assert (status, drafts(places)) == (303, 3)
    assert "新增 1，更新 1，未变 1" in text
    assert decided(places, text, "all")[0] == 422, "nothing waits any more"


def test_a_file_with_an_error_is_taken_only_without_it(places: Places) -> None:
    faulty = replace(ITEMS[1], materials=(replace(ITEMS[1].materials[0], grade=""), *ITEMS[1].materials[1:]))
    _, text = looked_at(places, ("目录.xlsx", write_xlsx([ITEMS[0], faulty])))
    assert 'value="all"' not in text
    assert "改法：从列表中选一项填入“证据等级”：A 系统核验、B 原件核对" in text
    status, refused = decided(places, text, "all")
    assert (status, drafts(places)) == (422, 0)
    assert "不能全部采用，草稿没有改动" in refused
    assert decided(places, text, "sound")[0] == 303
    with places.city.runtime.node.read() as db:
        assert [item.code for item in Drafts(db).all()] == [ITEMS[0].code]


def test_an_import_that_was_thrown_away_or_overtaken_changes_nothing(places: Places) -> None:
    _, first = looked_at(places, ("甲.xlsx", write_xlsx(ITEMS)))
    _, second = looked_at(places, ("乙.xlsx", write_xlsx(ITEMS[:1])))
    assert decided(places, first, "all")[0] == 422, "somebody else chose another file meanwhile"
    assert decided(places, second, "drop")[0] == 303
    assert drafts(places) == 0
    page = places.city.browser("admin").get("/catalogue/import").text
    assert "这次导入没有采用" in page
    assert places.city.browser("admin").get("/catalogue/import/changes").status_code == 303


def test_publishing_twice_says_that_nothing_has_changed(places: Places) -> None:
    put_drafts(places.city, ITEMS)
    browser = places.city.browser("admin")
    data = {"_form": browser.token_at("/catalogue"), "_from": "/catalogue"}
    assert browser.post("/catalogue/publish", data=data).status_code == 303
    again = browser.post("/catalogue/publish", data=data)
    assert again.status_code == 422
    assert "没有发布新版本" in again.text


def test_an_item_is_withdrawn_by_its_code(places: Places) -> None:
    put_drafts(places.city, ITEMS)
    browser = places.city.browser("admin")
    data = {"_form": browser.token_at("/catalogue"), "_from": "/catalogue"}
    browser.post("/catalogue/publish", data=data)
    wrong = browser.post("/catalogue/publish", data={**data, "withdrawn": "nonsense"})
    assert wrong.status_code == 422
    assert 'value="nonsense"' in wrong.text
    assert browser.post("/catalogue/publish", data={**data, "withdrawn": ITEMS[0].code}).status_code == 303
    with places.city.runtime.node.read() as db:
        held = knowledge.latest_version(db)
    assert held is not None
    assert ITEMS[0].code not in held.items


def test_each_fault_stands_at_its_row_and_the_rest_is_taken(places: Places) -> None:
    code = ITEMS[0].code
    status, text = imported(
        places,
        (
            "坏.csv",
            table((code, "高龄津贴", "4"), (code, "又一次", "4"), (code[:-1] + "9", "", "4"), ("", "没有编码", "4"),
                  (code[:-1] + "8", "层级不符", "3")),
        ),
    )  # fmt: skip
    assert status == 303
    assert drafts(places) == 3
    for sentence in ("与第 2 行重复", "缺少名称", "没有实施编码", "两者矛盾"):
        assert sentence in text, sentence
    rows = re.findall(r'<td class="num nowrap">(\d+)<span class="sub">坏.csv', text)
    assert rows == ["2", "3", "4", "5", "6"]


def test_a_fault_that_most_rows_have_is_shown_once_with_its_number(places: Places) -> None:
    rows = [(f"{ITEMS[0].code[:19]}{number:012}", f"事项{number}", "4") for number in range(60)]
    rows[7] = (rows[7][0], "", "4")
    status, text = imported(places, ("多.csv", table(*rows)))
    assert status == 303
    assert "60 处" in text
    assert "几乎每行都有" in text
    assert re.findall(r'<td class="num nowrap">(\d+)<span class="sub">', text) == ["9"]
    link = re.search(r'href="(/catalogue/import\?[^"]*basis_missing[^"]*)#rows"', text)
    assert link is not None
    page = places.city.browser("admin").get(link[1].replace("&amp;", "&")).text
    assert "共 3 页" in page


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("空.csv", table(), "没有"),
        ("空.xlsx", b"", "是空的"),
        ("gbk.csv", "实施编码,事项名称\n1,名称".encode("gb18030"), "UTF-8"),
        ("目录.doc", b"anything", "XLSX"),
        ("假.xlsx", b"PK\x03\x04 no zip at all", "XLSX"),
        ("无关.csv", b"a,b\n1,2\n", "表头"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(
    places: Places, name: str, data: bytes, sentence: str
) -> None:
    status, text = imported(places, (name, data))
    assert status == 422
    summary = text.split('class="error-summary"')[1].split("</ul>")[0]
    assert sentence in summary, summary
    assert 'href="#f-file"' in text
    assert drafts(places) == 0


def test_choosing_no_file_is_answered_422(places: Places) -> None:
    assert imported(places)[0] == 422


def test_a_bad_file_leaves_the_report_of_the_last_good_one(places: Places) -> None:
    imported(places, ("好.xlsx", write_xlsx(ITEMS)))
    status, text = imported(places, ("坏.csv", b"\xff\xfe"))
    assert status == 422
    assert "好.xlsx" in text


def test_a_worse_file_does_not_overwrite_a_better_draft(places: Places) -> None:
    put_drafts(places.city, [renamed(ITEMS[0], "完整的")])
    status, text = imported(places, ("差.csv", table((ITEMS[0].code, "不完整的", "4"))))
    assert status == 303
    assert "1 项已有更完整的草稿" in text
    with places.city.runtime.node.read() as db:
        kept = Drafts(db).get(ITEMS[0].code)
    assert kept is not None
    assert kept.name == "完整的"


def test_the_real_export_comes_in_as_drafts(places: Places, shared_data: Path) -> None:
    data = (shared_data / "service_items_511602.csv").read_bytes()
    status, text = imported(places, ("service_items_511602.csv", data))
    assert status == 303
    with places.city.runtime.node.read() as db:
        report = importing.last_report(db)
        total = Drafts(db).counts().total
    assert report is not None
    assert (report.rows, report.complete) == (1135, 0)
    assert total == report.added == report.incomplete > 1000
    assert "逐行问题" in text


def test_drafts_are_paged_and_told_apart(places: Places) -> None:
    rows = [(f"{ITEMS[0].code[:19]}{number:012}", f"事项{number}", "4") for number in range(30)]
    imported(places, ("多.csv", table(*rows)))
    put_drafts(places.city, ITEMS)
    browser = places.city.browser("admin")
    assert "共 2 页" in browser.get("/catalogue").text
    complete = browser.get("/catalogue?shown=complete").text
    assert ITEMS[0].name in complete
    assert "事项7<" not in complete
    assert ITEMS[0].name not in browser.get("/catalogue?shown=incomplete").text
    assert browser.get("/catalogue?page=nonsense").status_code == 200


def test_drafts_and_template_are_handed_out_as_workbooks(places: Places) -> None:
    put_drafts(places.city, ITEMS)
    browser = places.city.browser("admin")
    for which in ("drafts", "template"):
        answer = browser.get(f"/catalogue/{which}.xlsx")
        assert answer.status_code == 200
        assert answer.content.startswith(b"PK")


def test_the_catalogue_is_handed_out_in_every_format(places: Places) -> None:
    put_drafts(places.city, ITEMS)
    browser = places.city.browser("admin")
    assert browser.get("/catalogue/export/json").status_code == 422, "nothing is published yet"
    assert browser.get("/catalogue/export/odt?drafts=1").status_code == 422
    page = browser.get("/catalogue").text
    for name, form in FORMATS.items():
        assert f'href="/catalogue/export/{name}?drafts=1"' in page
        answer = browser.get(f"/catalogue/export/{name}?drafts=1")
        files = form.write(Content(sorted(ITEMS, key=lambda item: item.code), [], 0))
        assert answer.content == (packed(files) if len(files) > 1 else next(iter(files.values())))


def test_the_district_looks_and_changes_nothing(places: Places) -> None:
    put_drafts(places.city, ITEMS)
    browser = places.city.browser("admin")
    browser.post("/catalogue/publish", data={"_form": browser.token_at("/catalogue"), "_from": "/catalogue"})
    places.sync()
    below = places.district.browser("admin")
    page = below.get("/catalogue").text
    assert "第 1 版" in page
    assert 'action="/catalogue/publish"' not in page
    token = below.token_at("/nodes")
    assert below.post("/catalogue/publish", data={"_form": token}).status_code == 403
    chosen = {"file": ("a.xlsx", write_xlsx(ITEMS), "application/octet-stream")}
    assert below.post("/catalogue/import", data={"_form": token}, files=chosen).status_code == 403
