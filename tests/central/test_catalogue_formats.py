"""What goes out of a catalogue and comes in again is the same, whatever it is written in; the rest is what it says."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

import pytest
import python_calamine
from hypothesis import given, settings
from msgspec.structs import replace

from central.catalogue_files import read_file, write_template, write_xlsx
from central.catalogue_files.columns import BASE, SHEETS
from central.catalogue_files.cpsv import write_cpsv
from central.catalogue_files.exchange import BASIC, MATERIAL, write_exchange
from central.catalogue_files.exporting import FORMATS, Content, packed
from central.catalogue_files.jsonfile import write_json
from central.catalogue_files.layouts import standard
from central.catalogue_files.reading import CODES, GUIDE, read_files
from central.catalogue_files.standard import NAMES, aliases
from shared_models.catalogue import BaseItem, Item, Situation, codes
from shared_models.refusals import Refusal
from tests.shared_models.catalogue_items import bases, catalogues, complete_item

GOOD = complete_item()
RARE = replace(
    GOOD,
    code="0" + GOOD.code[1:],
    name="𠮷𡈽𫝆氏" + "长" * 480,
    fee="=1+1",
    situations=(Situation("007", "-x", "'引号", ("M1",)), *GOOD.situations),
)
"""Leading zeros, characters beyond the first plane, a long text, and what a spreadsheet takes for a formula."""


@settings(max_examples=25)
@given(catalogues, bases)
def test_what_goes_out_in_a_format_that_returns_comes_in_as_it_was(items: list[Item], base: list[BaseItem]) -> None:
    for name, form in FORMATS.items():
        if form.returns:
            report = read_files(list(form.write(Content(items, base, 0)).items()))
            assert (list(report.items), list(report.base)) == (items, base), name


@pytest.mark.parametrize("name", [name for name, form in FORMATS.items() if form.returns])
def test_leading_zeros_rare_characters_and_long_texts_survive(name: str) -> None:
    report = read_files(list(FORMATS[name].write(Content([RARE], [], 0)).items()))
    assert report.items == (RARE,)


# ---------------------------------------------------------------- JSON


def changed(**values: Any) -> bytes:
    """A JSON file of one item in which these fields are other."""
    whole = json.loads(write_json([GOOD]))
    whole["items"][0].update(values)
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("code", "data", "told"),
    [
        ("file_json_field", changed(nmae="x"), "items/0/nmae"),
        ("file_json_field", changed(materials=[{"code": "M1", "grad": "A"}]), "items/0/materials/0/grad"),
        ("file_json_field", changed(fields=[{"code": "a", "rule": {"wen": "b"}}]), "items/0/fields/0/rule/wen"),
        ("file_json_field", b'{"itmes": []}', "itmes"),
        ("file_json_value", changed(level="4"), "$.items[0].level"),
        ("file_json_value", b"[]", "array"),
        ("file_json_value", b'{"items": [{"name": "x"}]}', "code"),
        ("file_not_json", b"{", "truncated"),
        ("file_not_json", b"[" * 100_000, ""),
        ("file_not_json", "{“a”: 1}".encode(), "malformed"),
        ("file_empty", b" \n", ""),
        ("file_empty", b'{"items": []}', ""),
    ],
)
def test_a_json_file_that_is_no_catalogue_is_refused_with_the_path(code: str, data: bytes, told: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_file("目录.json", data)
    assert caught.value.code == f"catalogue.{code}"
    assert told in str(caught.value)


def test_a_finding_in_a_json_file_stands_at_the_number_of_its_item() -> None:
    faulty = replace(GOOD, code=GOOD.code[:-1] + "7", materials=(replace(GOOD.materials[0], grade=""),))
    report = read_file("目录.json", write_json([GOOD, faulty, GOOD]))
    found = {(fault.row, fault.column, fault.code, fault.field) for fault in report.faults if fault.severity == "error"}
    assert (2, "证据等级", "catalogue.grade_missing", "materials/0/grade") in found
    assert (3, "实施编码", "catalogue.row_code_twice", "code") in found
    assert len(report.items) == 2


# ---------------------------------------------------------------- GB/T 39046


def rows_of(data: bytes, sheet: str) -> list[list[Any]]:
    with python_calamine.load_workbook(io.BytesIO(data)) as book:
        return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def test_an_export_in_the_names_of_the_standard_says_words_and_codes() -> None:
    head, row = rows_of(write_xlsx([GOOD], layout=standard), "事项")
    cells = dict(zip((heading.strip("*") for heading in head), row, strict=True))
    assert (cells["事项类型"], cells["事项类型代码"]) == (codes.ITEM_TYPES[GOOD.item_type][0], GOOD.item_type)
    assert cells["设定依据"] == "\n".join(GOOD.legal_basis)
    assert (cells["实施主体"], cells["实施主体代码"]) == (GOOD.department.name, GOOD.department.code)
    assert not {"法律依据", "实施部门", "法定时限"} & set(cells)


def test_a_finding_is_told_in_the_words_of_the_file() -> None:
    report = read_file("目录.xlsx", write_xlsx([replace(GOOD, legal_basis=())], layout=standard))
    assert [(fault.column, fault.code) for fault in report.faults] == [("设定依据", "catalogue.basis_missing")]


def test_every_name_of_the_standard_belongs_to_a_column_of_ours() -> None:
    ours = {(sheet.name, column.heading) for sheet in (*SHEETS, BASE) for column in sheet.columns}
    assert set(NAMES) <= ours
    for sheet in (*SHEETS, BASE):
        assert not set(aliases(sheet.name)) & {column.heading for column in sheet.columns}


# ---------------------------------------------------------------- the exchange tables


def table_of(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[f"{name}.csv"].decode(), newline="")))


def test_the_exchange_tables_name_items_and_materials_alike_in_every_export() -> None:
    files = write_exchange([GOOD, RARE], 7)
    assert files == write_exchange([GOOD, RARE], 7)
    basic, materials = table_of(files, BASIC), table_of(files, MATERIAL)
    assert [row["task_code"] for row in basic] == [GOOD.code, RARE.code]
    assert basic[0]["catalog_code"] == GOOD.code[-12:]
    assert (basic[0]["task_version"], basic[0]["is_fee"], basic[0]["use_level"]) == ("7", "0", str(GOOD.level))
    assert {row["task_guid"] for row in materials} == {row["row_guid"] for row in basic}
    assert len({row["row_guid"] for row in materials}) == len(GOOD.materials) + len(RARE.materials)
    assert [row["order_num"] for row in materials[: len(GOOD.materials)]] == [
        str(number) for number in range(1, len(GOOD.materials) + 1)
    ]


@pytest.mark.parametrize(
    ("tolerant", "main", "required", "need"),
    [(True, True, True, "1"), (True, False, True, "3"), (False, False, True, "1"), (True, False, False, "2")],
)
def test_how_much_a_material_is_needed_is_one_code(tolerant: bool, main: bool, required: bool, need: str) -> None:
    item = replace(GOOD, tolerant=tolerant, materials=(replace(GOOD.materials[0], main=main, required=required),))
    assert table_of(write_exchange([item], 1), MATERIAL)[0]["is_need"] == need


# ---------------------------------------------------------------- CPSV-AP


def expanded(value: Any, prefixes: dict[str, str]) -> Any:
    """JSON-LD with full IRIs, as far as a document of prefixes alone needs it (JSON-LD 1.1, 5.1)."""
    if isinstance(value, dict):
        return {
            key if key.startswith("@") else full(key, prefixes): full(inner, prefixes)
            if key == "@type"
            else expanded(inner, prefixes)
            for key, inner in value.items()
        }
    return [expanded(each, prefixes) for each in value] if isinstance(value, list) else value


def full(name: str, prefixes: dict[str, str]) -> str:
    prefix, _, rest = name.partition(":")
    return prefixes[prefix] + rest


CV, DCT = "http://data.europa.eu/m8g/", "http://purl.org/dc/terms/"
MANDATORY = {
    "http://purl.org/vocab/cpsv#PublicService": ("identifier", "title", "description"),
    f"{CV}PublicOrganisation": ("identifier", "spatial"),
    f"{CV}Evidence": ("identifier", "title"),
    f"{CV}EvidenceType": ("identifier",),
    f"{CV}Output": ("identifier", "title"),
    f"{CV}Cost": ("identifier",),
    f"{CV}Channel": ("identifier",),
    "http://data.europa.eu/eli/ontology#LegalResource": (),
}
"""Classes of CPSV-AP 3.2.0 and what each must have, of Dublin Core's terms."""


def graph_of(items: list[Item]) -> dict[str, dict[str, Any]]:
    document = json.loads(write_cpsv(items))
    nodes = [expanded(node, document["@context"]) for node in document["@graph"]]
    found = {node["@id"]: node for node in nodes}
    assert len(found) == len(nodes), "every node stands once"
    return found


def references(value: Any) -> set[str]:
    """The nodes that a node points to."""
    if isinstance(value, dict):
        return {value["@id"]} if set(value) == {"@id"} else set().union(*map(references, value.values()), set())
    return set().union(*map(references, value), set()) if isinstance(value, list) else set()


@settings(max_examples=25)
@given(catalogues)
def test_a_catalogue_is_a_graph_of_public_services_in_which_nothing_hangs_in_the_air(items: list[Item]) -> None:
    graph = graph_of(items)
    elsewhere = ("http://publications.europa.eu/", "urn:tongban:division:")
    for node in graph.values():
        assert node["@type"] in MANDATORY
        pointed = set().union(*(references(value) for value in node.values()))
        assert all(each in graph or each.startswith(elsewhere) for each in pointed)
    assert sum(node["@type"].endswith("PublicService") for node in graph.values()) == len(items)


def test_a_whole_item_says_everything_that_the_profile_asks_for() -> None:
    paid = replace(GOOD, fee="每证 12.5 元", fee_cents=1250)
    graph = graph_of([paid])
    for node in graph.values():
        missing = [term for term in MANDATORY[node["@type"]] if DCT + term not in node]
        assert not missing, (node["@id"], missing)
    service = next(node for node in graph.values() if node["@type"].endswith("PublicService"))
    inputs = service["http://purl.org/vocab/cpsv#hasInput"]
    assert [graph[each["@id"]][f"{DCT}title"]["@value"] for each in inputs] == [each.name for each in GOOD.materials]
    assert service[f"{CV}processingTime"]["@value"] == f"P{GOOD.promised_days}D"
    cost = graph[service[f"{CV}hasCost"][0]["@id"]]
    assert cost[f"{CV}hasValue"]["@value"] == "12.50"


# ---------------------------------------------------------------- the template


def test_the_template_helps_at_every_column_and_lists_every_code() -> None:
    data = write_template()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for number, sheet in enumerate((*SHEETS, BASE), start=1):
            part = archive.read(f"xl/worksheets/sheet{number}.xml").decode()
            assert part.count("<dataValidation ") == len(sheet.columns)
            assert part.count('type="list"') == sum(bool(column.kind.choices) for column in sheet.columns)
            assert part.count("prompt=") == len(sheet.columns)
    listed = {(row[0], row[2]) for row in rows_of(data, CODES)[1:]}
    assert {("事项类型", code) for code in codes.ITEM_TYPES} <= listed
    assert {row[1] for row in rows_of(data, GUIDE)[1:]} >= {column.heading for column in SHEETS[0].columns}


def test_several_files_go_out_as_one_archive() -> None:
    files = write_exchange([GOOD], 1)
    with zipfile.ZipFile(io.BytesIO(packed(files))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
    assert packed(files) == packed(files)
