"""The formats that a catalogue goes out in. Three of them come in again; the others are for other programs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from central.catalogue_files.cpsv import write_cpsv
from central.catalogue_files.exchange import write_exchange
from central.catalogue_files.jsonfile import write_json
from central.catalogue_files.layouts import standard
from central.catalogue_files.writing import write_csv, write_xlsx
from shared_models.catalogue import BaseItem, Item

STEM = "catalogue"
_ZIPPED_AT = (2000, 1, 1, 0, 0, 0)
"""The same items give the same bytes, whenever they are written."""


class Content(NamedTuple):
    """What is exported: items, the base list, and the number of the catalogue version, 0 = drafts."""

    items: Sequence[Item]
    base: Sequence[BaseItem]
    version: int


class Format(NamedTuple):
    """`write` gives file name -> bytes; `returns` says whether an import takes it again."""

    zh: str
    en: str
    write: Callable[[Content], Mapping[str, bytes]]
    returns: bool


FORMATS = {
    "xlsx": Format("XLSX 工作簿", "XLSX workbook",
                   lambda all_: {f"{STEM}.xlsx": write_xlsx(all_.items, all_.base)}, True),
    "csv": Format("CSV", "CSV", lambda all_: write_csv(all_.items, STEM, all_.base), True),
    "json": Format("JSON", "JSON", lambda all_: {f"{STEM}.json": write_json(all_.items, all_.base)}, True),
    "gbt39046": Format("XLSX，GB/T 39046 列名", "XLSX with the names of GB/T 39046",
                       lambda all_: {f"{STEM}-gbt39046.xlsx": write_xlsx(all_.items, all_.base, standard)}, True),
    "exchange": Format("国家交换表（CSV）", "national exchange tables (CSV)",
                       lambda all_: write_exchange(all_.items, all_.version), False),
    "cpsv": Format("CPSV-AP 3.2（JSON-LD）", "CPSV-AP 3.2 (JSON-LD)",
                   lambda all_: {f"{STEM}-cpsv-ap.jsonld": write_cpsv(all_.items)}, False),
}  # fmt: skip


def packed(files: Mapping[str, bytes]) -> bytes:
    """Several files as one ZIP."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIPPED_AT), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()
