"""Catalogue files: what a city admin hands in and takes out, as XLSX or CSV.

One data path in: bytes -> `tables` (rows of cells, limits kept) -> `reading` (items and faults). One out: items ->
`writing` (a workbook, or a CSV file a sheet). `columns` describes the sheets once, for both ways and for the template.
`foreign` reads the export of the provincial platform, which knows names and codes only.
"""

from central.catalogue_files.reading import read_file, read_files
from central.catalogue_files.report import Fault, ImportReport
from central.catalogue_files.writing import write_csv, write_template, write_xlsx

__all__ = ["Fault", "ImportReport", "read_file", "read_files", "write_csv", "write_template", "write_xlsx"]
