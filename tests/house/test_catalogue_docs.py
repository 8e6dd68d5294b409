"""docs/catalogue.md names every finding of an audit, what `audit --json` prints, and the sheets of a file."""

from __future__ import annotations

import msgspec
import pytest

from central.catalogue_commands import LISTED_MAX, AuditCounts, AuditLine
from central.catalogue_files.columns import BASE, SHEETS
from shared_models.catalogue.findings import ROOMS
from tests.house.pages import page, section

PAGE = "catalogue.md"


@pytest.mark.parametrize("room", ROOMS)
def test_every_finding_is_documented_with_its_severity(room: str) -> None:
    told = [(row[0].strip("`"), row[1]) for row in section(PAGE, room).rows()]
    assert told == list(ROOMS[room].items())


def test_what_an_audit_prints_for_scripts_is_documented() -> None:
    printed = [field.name for lines in (AuditLine, AuditCounts) for field in msgspec.structs.fields(lines)]
    assert section(PAGE, "The audit").named() == printed
    example, counts = section(PAGE, "The audit").blocks("json")[0].splitlines()
    assert msgspec.json.encode(msgspec.json.decode(example, type=AuditLine)).decode() == example
    assert msgspec.json.encode(msgspec.json.decode(counts, type=AuditCounts)).decode() == counts
    assert f"{LISTED_MAX:,}" in page(PAGE)


def test_the_sheets_of_a_catalogue_file_are_documented_with_what_they_must_have() -> None:
    told = [(row[0], tuple(row[2].split(", "))) for row in section(PAGE, "A catalogue file").rows()]
    assert told == [(sheet.name, sheet.required) for sheet in (*SHEETS, BASE)]
