"""The starter catalogue: real services of communities and townships, for the demonstration and as a first stock.

`items/*.json` holds one item a file, as its plain JSON value, but for three shorthands: a department is named by its
key in `departments.json`; `basic` (the 12-character basic code) stands in place of the implementation code, which
follows from department, level and basic code; a sample picture is named by its file in `deploy/samples`. See README.md
for what is real in it and what is made up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from central.catalogue_files import write_csv, write_xlsx
from shared_models import identifiers
from shared_models.catalogue import Item, item_of
from shared_models.catalogue.samples import sample

FOLDER = Path(__file__).parent
SAMPLES = FOLDER.parent / "samples"
"""Pictures that materials name; a city publishes them beside the catalogue."""
IN_WORKBOOK = 20
"""So many items go into the workbook, the others into CSV files, so that an import of both is shown."""


def load() -> list[Item]:
    """The items in the order of their files. Raises Refusal or KeyError for a file that is not as it should be."""
    departments = msgspec.json.decode((FOLDER / "departments.json").read_bytes())
    files = sorted((FOLDER / "items").glob("*.json"))
    return [_item(msgspec.json.decode(file.read_bytes()), departments) for file in files]


def write_files(folder: Path) -> list[Path]:
    """Writes `starter.xlsx` and `starter-*.csv` into `folder`; gives their paths. Together they hold all items."""
    items = load()
    files = {"starter.xlsx": write_xlsx(items[:IN_WORKBOOK]), **write_csv(items[IN_WORKBOOK:], "starter")}
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def _item(value: dict[str, Any], departments: dict[str, dict[str, str]]) -> Item:
    department = departments[value["department"]]
    code = identifiers.implementation_code(department["code"], value["level"], value.pop("basic"))
    for material in value["materials"]:
        if "sample" in material:
            material["sample"] = sample((SAMPLES / material["sample"]).read_bytes(), material["sample"]).name
    for step in value["steps"]:
        if "department" in step:
            step["department"] = departments[step["department"]]
    return item_of({**value, "code": code, "department": department})
