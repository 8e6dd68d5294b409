"""From tables to an import report: which table is which, rows to items, and the audit of every item put to its cells.

Nothing that can be kept is lost: a row with a code becomes a draft, however little else it says, and everything that
keeps it from being published stands in the report at its cell. Only a file as a whole is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from central.catalogue_files import foreign
from central.catalogue_files.cells import ITEM_TYPE, CellReader, clean, plain, zero_lost
from central.catalogue_files.columns import BASE, BASIC, CODE, ITEMS, OWNER, SHEETS, Column, Sheet
from central.catalogue_files.jsonfile import Document, read_json
from central.catalogue_files.report import FAULTS_MAX, Fault, Faults, ImportReport
from central.catalogue_files.shelf import Fields, ItemsRead, Places, Shape, Shelf
from central.catalogue_files.standard import aliases, is_code
from central.catalogue_files.tables import Row, Table, is_json, plain_name, read_tables
from shared_models.catalogue import (
    ERROR,
    BaseItem,
    BaseList,
    Finding,
    base_of,
    check,
    check_base,
    inherited,
    item_of,
)
from shared_models.catalogue.comparing import Comparison
from shared_models.refusals import Refusal

FILES_MAX = 20
GUIDE, CODES = "说明", "代码"
"""The template's sheets of explanations and of codes; they hold no data."""
TOLD_EVERY = 1000
_SHEET_OF_PART = {sheet.part: sheet for sheet in SHEETS}

_ORDER = (BASE, *SHEETS)
"""The order in which tables are taken: items before what hangs on them, wherever they stand."""

Told = Callable[[int, int], None]
"""Is called now and then while files are read: how many steps are done, of how many."""


def read_file(name: str, data: bytes) -> ImportReport:
    """Items and faults of one XLSX or CSV file. Raises Refusal where the file as a whole cannot be used."""
    return read_files([(name, data)])


def _untold(done: int, total: int) -> None:
    """Nobody watches."""


def read_files(
    files: Sequence[tuple[str, bytes]], told: Told = _untold, *, base: Sequence[BaseItem] | None = None,
    listed_max: int = FAULTS_MAX,
) -> ImportReport:  # fmt: skip
    """The same for several files that belong together, such as the CSV files of a catalogue. `base` is the base list
    that items inherit from and are compared with, None = the one in the files; at most `listed_max` faults are listed,
    and all are counted."""
    if len(files) > FILES_MAX:
        raise Refusal("catalogue.files_too_many", most=FILES_MAX)
    documents = [read_json(plain_name(name), data) for name, data in files if is_json(name, data)]
    tables = [table for name, data in files if not is_json(name, data) for table in read_tables(name, data)]
    return _Import(tables, documents, clean(files[0][0]) if files else "", told, listed_max).report(base)


class _Import:
    """One import. What was read of each item rests on a shelf; a base list is small, and stays as it is."""

    def __init__(self, tables: list[Table], documents: list[Document], file: str, told: Told, listed_max: int) -> None:
        self._faults = Faults(listed_max)
        self._base: dict[str, tuple[BaseItem, Table, int]] = {}
        self._shelf = Shelf()
        self._rows = 0
        self._file = file
        self._tables = tables
        self._documents = documents
        self._exports: set[str] = set()
        self._incomplete: set[str] = set()
        self._headings: dict[tuple[bool, str, str], str] = {}
        self._renamed: dict[tuple[str, str], str] = {}
        self._told = told
        self._steps = 0
        self._steps_in_all = 2 * (sum(each.size for each in tables) + sum(len(each.items) for each in documents))

    def report(self, base: Sequence[BaseItem] | None) -> ImportReport:
        known = [(table, _sheet_of(table)) for table in self._tables]
        ours = [(table, sheet) for table, sheet in known if sheet is not None]
        exports = [table for table in self._tables if foreign.is_export(table)]
        if not ours and not exports and not self._documents:
            filled = any(table.filled for table in self._tables)
            raise Refusal("catalogue.file_unknown_header" if filled else "catalogue.file_empty", file=self._file)
        self._note_ignored([table for table, sheet in known if sheet is None and table not in exports])
        for table in exports:
            self._take_export(table)
        for table, sheet in sorted(ours, key=lambda pair: _ORDER.index(pair[1])):
            self._take(table, sheet)
        for document in self._documents:
            self._take_document(document)
        if not exports and not self._documents and not any(sheet in (ITEMS, BASE) for _, sheet in ours):
            raise Refusal("catalogue.file_no_items", file=self._file)
        if not self._rows and not self._base:
            raise Refusal("catalogue.file_empty", file=self._file)
        return self._audited(base)

    def _audited(self, base: Sequence[BaseItem] | None) -> ImportReport:
        own = tuple(each for each, _, _ in self._base.values())
        for each, table, row in self._base.values():
            for finding in check_base(each):
                self._put(finding, table.name, row, BASE.heading_over(finding.field), "")
        entries = {each.code: each for each in (own if base is None else base)}
        self._audit(entries)
        names = list(dict.fromkeys((*(table.name for table in self._tables), *(each.file for each in self._documents))))
        faults = self._faults.ordered(names)
        faulty = frozenset(code for code in self._incomplete | self._faults.items if code in self._shelf)
        items, counts = ItemsRead(self._shelf), self._faults.counts
        return ImportReport(items, faults, self._rows, counts, frozenset(self._incomplete), own, faulty)

    def _audit(self, entries: BaseList) -> None:
        """Looks at each item by itself, and then, when all are known, beside the others."""
        self._steps = self._steps_in_all // 2
        beside = Comparison(tuple(entries.values()))
        for code in self._shelf.codes():
            self._step()
            value, places = self._shelf.value(code)
            item = inherited(item_of(value), entries)
            beside.add(item)
            for finding in check(item):
                self._put_at_item(item.code, places, finding)
        for code in self._shelf.codes():
            value, places = self._shelf.value(code)
            for finding in beside.findings(inherited(item_of(value), entries)):
                self._put_at_item(code, places, finding)

    def _step(self) -> None:
        self._steps += 1
        if self._steps % TOLD_EVERY == 0:
            self._told(min(self._steps, self._steps_in_all), self._steps_in_all)

    def _note_ignored(self, tables: Iterable[Table]) -> None:
        for table in tables:
            if table.name not in (GUIDE, CODES):
                self._fault(table, 1, "", "catalogue.sheet_ignored", values={"sheet": table.name})

    # ------------------------------------------------------------ rows

    def _take_export(self, table: Table) -> None:
        self._exports.add(table.name)
        shape = self._shelf.shape(Shape(table.name))
        for draft in foreign.drafts(table):
            self._step()
            self._rows += 1
            code = str(draft.value["code"])
            for fault in draft.faults:
                self._faults.add(fault)
            if self._new_code(table, draft.row, code):
                self._shelf.put(code, shape, draft.row, draft.value)

    def _take(self, table: Table, sheet: Sheet) -> None:
        columns = self._columns(table, sheet)
        read = tuple(column for _, column in columns)
        fields = Fields(read)
        shape = self._shelf.shape(Shape(table.name, sheet, fields))
        paths = [column.path for column in read]
        code = paths.index("code")
        owner = paths.index(OWNER) if sheet.part else code
        cells = [(number, column, CellReader(column.kind)) for number, column in columns]
        width = len(table.header)
        for row in table.rows:
            self._step()
            values = self._row(table, row, sheet, cells, owner)
            if len(row.cells) > width and any(cell not in (None, "") for cell in row.cells[width:]):
                self._fault(table, row.number, "", "catalogue.row_too_wide", values[owner])
            if sheet is BASE:
                self._take_base(table, row.number, fields.value(values))
            elif sheet is ITEMS:
                self._rows += 1
                if self._new_code(table, row.number, values[code]):
                    self._shelf.put(values[code], shape, row.number, values)
            elif self._belongs(table, sheet, row.number, values[owner], values[code]):
                self._shelf.put(values[owner], shape, row.number, values)

    def _take_document(self, document: Document) -> None:
        """Rows are counted as the entries of the file's lists, from 1; parts stand in the row of their item."""
        table = Table(document.file, document.file, (CODE, BASIC))
        shape = self._shelf.shape(Shape(document.file))
        for row, value in enumerate(document.base, start=1):
            self._take_base(table, row, value)
        for row, value in enumerate(document.items, start=1):
            self._rows += 1
            self._step()
            if self._new_code(table, row, value["code"]):
                self._shelf.put(value["code"], shape, row, value)

    def _take_base(self, table: Table, row: int, value: dict[str, Any]) -> None:
        code = value["code"]
        if code in self._base:
            twice: dict[str, str | int] = {"value": code[:60], "first": self._base[code][2]}
            self._fault(table, row, BASIC, "catalogue.row_code_twice", values=twice, field="code")
        elif code:
            self._base[code] = (base_of(value), table, row)
        elif not self._faults.has_cell(table.name, row, BASIC):
            self._fault(table, row, BASIC, "catalogue.row_without_code", field="code")

    def _new_code(self, table: Table, row: int, code: str) -> bool:
        heading = CODE if CODE in table.header else foreign.CODE
        if not code:
            if not self._faults.has_cell(table.name, row, heading):
                self._fault(table, row, heading, "catalogue.row_without_code", field="code")
            return False
        if code in self._shelf:
            first = self._shelf.value(code)[1]["", 0][1]
            values: dict[str, str | int] = {"value": code[:60], "first": first}
            self._fault(table, row, heading, "catalogue.row_code_twice", code, values, "code")
            return False
        return True

    def _belongs(self, table: Table, sheet: Sheet, row: int, owner: str, code: str) -> bool:
        """Whether a row of a part has a code of its own and belongs to an item; it is reported where not."""
        if owner not in self._shelf:
            unknown = "catalogue.row_unknown_item" if owner else "catalogue.row_without_code"
            self._fault(table, row, CODE, unknown, owner, {"value": owner[:60]})
            return False
        if not code:
            heading = sheet.required[1]
            self._fault(table, row, heading, "catalogue.row_without_part_code", owner, {"column": heading})
            return False
        return True

    def _columns(self, table: Table, sheet: Sheet) -> list[tuple[int, Column]]:
        known, other = {column.heading: column for column in sheet.columns}, aliases(sheet.name)
        headings = list(map(_heading, table.header))
        surer = {other[heading] for heading in headings if is_code(heading) and heading in other}
        found: list[tuple[int, Column]] = []
        for number, heading in enumerate(headings):
            own = other.get(heading, heading)
            if own in surer and not is_code(heading):
                continue
            if own in known:
                if any(column.heading == own for _, column in found):
                    raise Refusal("catalogue.file_column_twice", sheet=table.name, name=heading)
                found.append((number, known[own]))
                self._renamed[table.name, own] = heading
            elif heading:
                self._fault(table, 1, heading, "catalogue.column_ignored", values={"name": heading[:40]})
        missing = [heading for heading in sheet.required if heading not in {column.heading for _, column in found}]
        if missing:
            raise Refusal("catalogue.file_columns_missing", sheet=table.name, names="、".join(missing))
        return found

    def _row(
        self, table: Table, row: Row, sheet: Sheet, columns: Sequence[tuple[int, Column, CellReader]], owner: int
    ) -> list[Any]:
        """The values of a row, column by column. A cell that cannot be taken is reported and counts as empty."""
        cells, marks, width = row.cells, row.marks, len(row.cells)
        if not marks:
            try:
                return [reader.read(cells[number] if number < width else None) for number, _, reader in columns]
            except Refusal:  # it is looked for, cell by cell
                pass
        values: list[Any] = []
        wrong: list[tuple[Column, str, Mapping[str, str | int]]] = []
        for number, column, _ in columns:
            cell = cells[number] if number < width and number not in marks else None
            if number in marks:
                wrong.append((column, marks[number], {}))
            elif column.kind is ITEM_TYPE and (taken := zero_lost(cell)):
                wrong.append((column, "catalogue.cell_zero_lost", {"value": plain(cell), "taken": taken}))
            try:
                values.append(column.kind.read(cell))
            except Refusal as refusal:
                wrong.append((column, refusal.code, refusal.values))
                values.append(column.kind.read(None))
        item = "" if sheet is BASE else str(values[owner])
        inside = f"{sheet.part}/{self._shelf.parts(item, sheet.part)}/" if sheet.part else ""
        for column, code, told in wrong:
            heading = self._renamed.get((table.name, column.heading), column.heading)
            self._fault(table, row.number, heading, code, item, dict(told), inside + column.path)
        return values

    # ------------------------------------------------------------ findings

    def _put_at_item(self, item: str, places: Places, finding: Finding) -> None:
        """Reports a finding at the row of the part that it names, or else at that of the item."""
        if finding.severity == ERROR:
            self._incomplete.add(item)
        part, _, rest = finding.field.partition("/")
        index, _, path = rest.partition("/")
        sheet = _SHEET_OF_PART.get(part, ITEMS)
        name, row = places.get((part, int(index) if index.isdigit() else 0), ("", 0))
        if not name or sheet is ITEMS:
            sheet, path = ITEMS, finding.field
            name, row = places["", 0]
        self._put(finding, name, row, self._heading_at(name, sheet, path), item)

    def _put(self, finding: Finding, table: str, row: int, heading: str, item: str) -> None:
        if not self._faults.has_cell(table, row, heading):
            self._faults.add(Fault(table, row, heading, finding.code, finding.values, item, finding.field))

    def _heading_at(self, table: str, sheet: Sheet, path: str) -> str:
        """The heading over a value's path, over its list for an entry, or the name of the sheet for a missing part."""
        known = table in self._exports, sheet.part, path
        if known not in self._headings:
            part = next((each.name for each in SHEETS if each.part and each.part == path), "")
            own = sheet.heading_over(path) or part
            self._headings[known] = foreign.HEADINGS.get(path, own) if known[0] else own
        return self._renamed.get((table, self._headings[known]), self._headings[known])

    def _fault(
        self, table: Table, row: int, column: str, code: str, item: str = "",
        values: dict[str, str | int] | None = None, field: str = "",
    ) -> None:  # fmt: skip
        self._faults.add(Fault(table.name, row, column, code, values or {}, item, field))


def _sheet_of(table: Table) -> Sheet | None:
    """Which of the sheets a header belongs to. The items' own headings alone name no code of a part."""
    headings = set(map(_heading, table.header))
    if BASIC in headings and CODE not in headings:
        return BASE
    for sheet in SHEETS:
        if sheet.part and sheet.required[1] in headings:
            return sheet
    wanted = {column.heading for column in ITEMS.columns} | set(aliases(ITEMS.name))
    return ITEMS if len(headings & wanted) >= 2 else None


def _heading(text: str) -> str:
    """A heading as typed: without line breaks, spaces, and the star that marks a required column."""
    return "".join(text.split()).strip("*＊")
