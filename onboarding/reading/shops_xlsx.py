"""Shops in a workbook (`.xlsx`), as staff keep them: the rows of the one sheet that has any, by openpyxl.

A workbook may come from anybody: nothing in it is run, looked up elsewhere, or unpacked without a limit; and what a
spreadsheet has made of a number is not guessed at.
"""

import re
import warnings
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import IO, Any
from zipfile import ZipFile, ZipInfo

from ..errors import InputError, Problem, RegistryError
from ..messages import listed, text
from ..models import Shop
from .columns import COLUMNS, column_of
from .records import Line, Problems
from .shop_table import DAYS, cells_of, has_other_fields, read_rows

# What a workbook may unpack to: in all, and in the parts that are held in memory, which the rows of its sheets are not.
MAX_UNPACKED = 1 << 28
MAX_TEXTS = 1 << 26
MAX_HELD = 1 << 23
# Of one row, as XML.
MAX_ROW = 1 << 22
# Tags and attributes, each an object or more when read: in the parts that are held, in one row, and for each byte of
# the other parts as it was packed, of which programs have half as many. A row counts as several: one that is empty
# costs more than a cell.
MAX_MARKS = {"rows": 1 << 16, "texts": 1 << 16, "held": 140_000}
MAX_ROW_MARKS = 1 << 17
MAX_MARKS_A_BYTE = {"rows": 8, "texts": 4, "held": 0}
_ROW_MARKS = 4
_CHUNK = 1 << 20
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_CHARTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.chartsheet+xml"
_TEXTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
# Of a sheet, in every program that makes one.
MAX_ROWS = 1 << 20
MAX_CELL = 32_767
MAX_SHOWN = 10  # of what cells are merged
# Beyond, digits of a number are lost before it is kept.
_EXACT = 10**15
_ROW = re.compile(rb"<(?:[A-Za-z0-9]{1,8}:)?row[\s/>]")
_LONGEST_TAG = 16
_TYPES, _SHEETS = "[Content_Types].xml", "xl/worksheets/"
# What is kept there is not counted, and not opened either.
_UNREAD = ("xl/media/", "xl/comments", "xl/threadedComments/", "xl/drawings/")
# `_x000D_` is a character to some programs and six letters to others; openpyxl drops `x005F_`.
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
# In a cell's format, what is seen beside what it holds: `"S-"0` and `[$S-804]0` show 7 as `S-7` and `S7`, `0%` as
# `700%`, `"S-"@` X as `S-X`; `[$-804]0` shows nothing more.
_SHOWN_WITH = re.compile(r'(?:[^"\\%]|\\\W|"[^"\w]*")*(?:"[^"]*\w|\\\w|%|\[\$[^\]-])')
_NO_CELL = re.compile(r"[\x00-\x08\x0b-\x1f]|x005F_|_x[0-9A-Fa-f]{4}_|[\ufffe\uffff]")


def read_workbook(file: IO[bytes], source: str) -> Iterator[Line]:
    """The shops in the workbook `file`, its first row a header, the columns in any order.

    Raises RegistryError at the end, with every problem (the first hundred) and its row, if any is broken.
    """
    problems = Problems(source)
    try:
        _openpyxl()
        _refuse_bombs(file)
        yield from _read(file, problems)
    except InputError as error:
        raise RegistryError(*(Problem(p.message, source=source, hint=p.hint) for p in error.problems)) from None
    problems.refuse()


def write_workbook(shops: Iterable[Shop], file: IO[bytes], source: str) -> int:
    """Write `shops` to `file` as a workbook of one sheet, days as days and all else as text.

    Returns of how many something was left out: fields that we do not know have no column. Raises RegistryError where
    a cell or the sheet cannot hold what there is.
    """
    openpyxl = _openpyxl()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("shops")
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGHI", (20, 22, 14, 30, 20, 12, 12, 18, 20), strict=False):
        sheet.column_dimensions[letter].width = width
    try:
        left_out = _append(openpyxl, sheet, shops, source)
    except BaseException:
        # Its rows are in a file that it keeps open.
        sheet.close()
        raise
    book.save(file)
    return left_out


def _append(openpyxl: Any, sheet: Any, shops: Iterable[Shop], source: str) -> int:
    """Append a header and the `shops`; returns of how many something was left out."""
    left_out = 0
    sheet.append([_text_cell(openpyxl, sheet, name) for name in COLUMNS])
    for number, shop in enumerate(shops, start=2):
        if number > MAX_ROWS:
            hint = text("reading.export-otherwise")
            raise RegistryError(Problem(text("reading.workbook-rows", limit=MAX_ROWS), source=source, hint=hint))
        row = []
        for name, cell in zip(COLUMNS, cells_of(shop), strict=True):
            if why := _unfit(cell):
                hint = text("reading.export-otherwise")
                raise RegistryError(Problem(text(f"reading.{why}"), f"/{name}", source=source, line=number, hint=hint))
            # Before 1900, spreadsheets know no days.
            day = date.fromisoformat(cell) if name in DAYS and cell >= "1900-03-01" else None
            row.append(_day_cell(openpyxl, sheet, day) if day else _text_cell(openpyxl, sheet, cell))
        sheet.append(row)
        left_out += has_other_fields(shop)
    return left_out


def _refuse_bombs(file: IO[bytes]) -> None:
    """Raise InputError where too much is in the workbook: by the sizes stated, beyond which no part is unpacked, or
    by the tags and attributes in it, which take far more memory and time than their bytes.
    """
    hint = text("reading.workbook-too-large-hint")
    try:
        with ZipFile(file) as workbook:
            parts = workbook.infolist()
            if sum(part.file_size for part in parts if part.filename == _TYPES) > MAX_HELD:
                raise InputError(Problem(text("reading.workbook-too-large", limit=MAX_HELD), hint=hint))
            types = _types(workbook)
            read: dict[str, list[ZipInfo]] = {"rows": [], "texts": [], "held": []}
            for part in parts:
                if (use := _use(part.filename, types)) is not None:
                    read[use].append(part)
            for use, limit in (("rows", MAX_UNPACKED), ("texts", MAX_TEXTS), ("held", MAX_HELD)):
                if sum(part.file_size for part in read[use]) > limit:
                    raise InputError(Problem(text("reading.workbook-too-large", limit=limit), hint=hint))
            for use, found in read.items():
                limit = MAX_MARKS[use] + MAX_MARKS_A_BYTE[use] * sum(part.compress_size for part in found)
                if sum(_marks(workbook, part) for part in found) > limit:
                    raise InputError(Problem(text("reading.workbook-too-many"), hint=hint))
    except InputError:
        raise
    except Exception:  # whatever an archive that is not as it should be makes of zipfile's code
        raise _no_workbook() from None


def _types(workbook: ZipFile) -> dict[str, set[str]]:
    """What the parts of `workbook` that are named one by one are said to be, by their names."""
    found: dict[str, set[str]] = {}
    if sum(_marks(workbook, part) for part in workbook.infolist() if part.filename == _TYPES) <= MAX_MARKS["held"]:
        from openpyxl.xml.functions import fromstring

        for node in fromstring(workbook.read(_TYPES)):
            found.setdefault(node.get("PartName", "")[1:], set()).add(node.get("ContentType", ""))
    return found


def _use(name: str, types: dict[str, set[str]]) -> str | None:
    """For what openpyxl takes the part `name`: rows, which it reads one by one; texts; what it holds; or nothing."""
    told = types.get(name, set())
    if told == {_TEXTS_TYPE}:
        return "texts"
    if name.startswith(_UNREAD):
        return None
    return "rows" if name.startswith(_SHEETS) and not name.endswith(".rels") and told <= {_SHEET_TYPE} else "held"


def _marks(workbook: ZipFile, part: ZipInfo) -> int:
    """How many tags and attributes are in `part`, or more; what ends a tag is no more of it."""
    found, end = 0, b""
    with workbook.open(part) as unpacked:
        while data := unpacked.read(_CHUNK):
            seen = end + data
            found += data.count(b"<") - data.count(b"</") + data.count(b"=") + _ROW_MARKS * len(_ROW.findall(seen))
            end = seen[-_LONGEST_TAG:]
    return found


def _read(file: IO[bytes], problems: Problems) -> Iterator[Line]:
    try:
        book = _book(file)
        # What was counted once is read once.
        if len({sheet._worksheet_path for sheet in book.worksheets}) < len(book.worksheets):
            raise _no_workbook()
        filled = [sheet for sheet in book.worksheets if next(_rows(book, sheet), None)]
        if len(filled) > 1:
            hint = text("reading.sheets-hint")
            raise InputError(Problem(text("reading.sheets", n=len(filled)), hint=hint))
        rows = _rows(book, filled[0]) if filled else iter(())
        yield from read_rows(_texts(rows, problems), problems)
    except (InputError, RegistryError):
        raise
    except Exception:  # whatever a part that is not as it should be makes of openpyxl's code
        raise _no_workbook() from None


def _book(file: IO[bytes]) -> Any:
    from openpyxl.reader.excel import ExcelReader

    reader: Any = ExcelReader(file, read_only=True, keep_links=False)
    types = _types(reader.archive)
    open_part = reader.archive.open

    def open_counted(name: str, *given: Any, **named: Any) -> Any:
        if _use(name, types) is None:
            raise _no_workbook()
        return open_part(name, *given, **named)

    def pass_chartsheet(sheet: Any, rel: Any) -> None:
        # Where rows are called a sheet of charts, they would be left out unseen.
        if types.get(rel.target) != {_CHARTS_TYPE}:
            raise _no_workbook()

    reader.archive.open = open_counted
    reader.read_chartsheet = pass_chartsheet
    reader.read()
    return reader.wb


def _rows(book: Any, sheet: Any) -> Iterator[tuple[int, dict[int, Any]]]:
    """The rows of `sheet` in which something stands, each with its number: its cells by their columns, from 1.

    openpyxl's own way to the rows leaves out those that come twice or out of order, and makes up as many as a row far
    down or a sheet's stated size demands; so its parser is asked.
    """
    from openpyxl.cell.read_only import ReadOnlyCell
    from openpyxl.worksheet._reader import WorkSheetParser

    with sheet._get_source() as part:
        parser = WorkSheetParser(
            _Bounded(part),
            sheet._shared_strings,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        last = 0
        for number, cells in parser.parse():
            columns = [cell["column"] for cell in cells]
            if number <= last or columns != sorted(set(columns)) or any(cell["row"] != number for cell in cells):
                raise InputError(Problem(text("reading.row-order"), hint=text("reading.row-order-hint")))
            last = number
            told = {c["column"]: ReadOnlyCell(sheet, **c) for c in cells if c["value"] not in (None, "")}
            if told:
                yield number, told
        # Shown over several cells, kept in the first alone: a closing or its reason would be lost.
        if parser.merged_cells is not None and parser.merged_cells.mergeCell:
            ranges = listed(merged.ref for merged in islice(parser.merged_cells.mergeCell, MAX_SHOWN))
            raise InputError(
                Problem(text("reading.merged-cells", ranges=ranges), hint=text("reading.merged-cells-hint"))
            )


class _Bounded:
    """A sheet's part as it is unpacked, of which no row is longer than is borne: a row is held in memory as a whole."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part = part
        self._row = 0
        self._marks = 0
        self._end = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes; raises InputError where a row goes on for too long."""
        data = self._part.read(size)
        # The end of what came before, since a tag may begin in it.
        seen = self._end + data
        # In what else there is of XML, the beginning of a row could be made up.
        if b"\0" in seen or b"<!" in seen:
            raise _no_workbook()
        begun = [match.start() for match in _ROW.finditer(seen)]
        self._row, row = (len(seen) - begun[-1], seen[begun[-1] :]) if begun else (self._row + len(data), data)
        self._marks = (0 if begun else self._marks) + row.count(b"<") + row.count(b"=")
        self._end = seen[-_LONGEST_TAG:]
        if self._row > MAX_ROW or self._marks > MAX_ROW_MARKS:
            large = self._row > MAX_ROW
            message = text("reading.workbook-too-large", limit=MAX_ROW) if large else text("reading.workbook-too-many")
            raise InputError(Problem(message, hint=text("reading.row-order-hint")))
        return data


def _texts(rows: Iterator[tuple[int, dict[int, Any]]], problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """The rows as a CSV file would have them; one with a cell that is not to be understood goes to `problems`."""
    names: list[str] = []
    for number, cells in rows:
        texts = [""] * max(len(names), *cells)
        found: list[Problem] = []
        for place, cell in cells.items():
            name = names[place - 1] if place <= len(names) else ""
            try:
                texts[place - 1] = _text(cell, name)
            except InputError as error:
                found += error.problems
        if not found:
            names = names or [column_of(name) for name in texts]
            yield number, texts
            continue
        problems.add(number, found)
        if problems.too_many or not names:
            return


def _text(cell: Any, column: str) -> str:
    """What `cell` says; raises InputError where that is not certain."""
    value, kind = cell.value, cell.data_type
    name = column or cell.column_letter
    if kind == "f":
        raise _refusal("cell-formula", name, "cell-formula-hint")
    if isinstance(value, datetime | date) and column not in DAYS:
        raise _refusal("cell-day", name, "cell-as-text")
    match value:
        case str() if kind != "e":
            if _is_too_long(value):
                raise _refusal("cell-too-long", name, "cell-too-long-hint")
            if _ESCAPED.search(value):
                raise _refusal("cell-escape", name, "cell-as-text")
            # How texts are shown is the last of up to four formats.
            shown_as = str(cell.number_format).rpartition(";")[2]
            if "@" in shown_as and _SHOWN_WITH.match(shown_as):
                raise _refusal("cell-shown", name, "cell-as-text")
            return value
        case datetime():
            if value.time() != time():
                raise _refusal("cell-time", name, "cell-time-hint")
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case int() | float() if not isinstance(value, bool) and value == int(value):
            # Zeros that are only shown, and digits beyond those that are kept.
            if abs(value) >= _EXACT or "00" in str(cell.number_format).partition(".")[0]:
                raise _refusal("cell-number", name, "cell-as-text")
            if _SHOWN_WITH.match(str(cell.number_format)):
                raise _refusal("cell-shown", name, "cell-as-text")
            return str(int(value))
    raise _refusal("cell-kind", name, "cell-as-text")


def _is_too_long(value: str) -> bool:
    """Whether no cell holds `value`: spreadsheets count in UTF-16."""
    return len(value) > MAX_CELL // 2 and len(value.encode("utf-16-le")) > 2 * MAX_CELL


def _unfit(cell: str) -> str | None:
    """Why a workbook cannot keep the text `cell` as it is."""
    if _is_too_long(cell):
        return "cell-too-long"
    return "cell-escape" if _NO_CELL.search(cell) else None


def _text_cell(openpyxl: Any, sheet: Any, value: str) -> Any:
    cell = openpyxl.cell.WriteOnlyCell(sheet, value or None)
    cell.number_format = "@"
    if value:
        cell.data_type = "s"
    return cell


def _day_cell(openpyxl: Any, sheet: Any, value: date) -> Any:
    cell = openpyxl.cell.WriteOnlyCell(sheet, value)
    cell.number_format = "yyyy-mm-dd"
    return cell


def _openpyxl() -> Any:
    try:
        import openpyxl
        import openpyxl.cell
    except ImportError:
        raise InputError(Problem(text("reading.no-openpyxl"), hint=text("reading.no-openpyxl-hint"))) from None
    # It warns of what it does not show: of colours, and lists to choose from.
    warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
    return openpyxl


def _no_workbook() -> InputError:
    return InputError(Problem(text("reading.no-workbook"), hint=text("reading.no-workbook-hint")))


def _refusal(key: str, column: str, hint: str) -> InputError:
    return InputError(Problem(text(f"reading.{key}"), f"/{column}", hint=text(f"reading.{hint}")))
