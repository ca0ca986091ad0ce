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
from zipfile import BadZipFile, ZipFile

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
# Of a sheet, in every program that makes one.
MAX_ROWS = 1 << 20
MAX_CELL = 32_767
MAX_SHOWN = 10  # of what cells are merged
# Beyond, digits of a number are lost before it is kept.
_EXACT = 10**15
_ROW = re.compile(rb"<(?:[A-Za-z0-9]{1,8}:)?row[\s/>]")
_LONGEST_TAG = 16
# `_x000D_` is a character to some programs and six letters to others; openpyxl drops `x005F_`.
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
# In the format of a number, what is seen beside its digits: `"S-"0` shows 7 as `S-7`, `0%` as `700%`.
_SHOWN_WITH = re.compile(r'(?:[^"\\%]|\\\W|"[^"\w]*")*(?:"[^"]*\w|\\\w|%)')
_NO_CELL = re.compile(r"[\x00-\x08\x0b-\x1f]|x005F_|_x[0-9A-Fa-f]{4}_|[\ufffe\uffff]")


def read_workbook(file: IO[bytes], source: str) -> Iterator[Line]:
    """The shops in the workbook `file`, its first row a header, the columns in any order.

    Raises RegistryError at the end, with every problem (the first hundred) and its row, if any is broken.
    """
    problems = Problems(source)
    try:
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
    """Raise InputError where too much is in the workbook, by the sizes stated, beyond which no part is unpacked."""
    try:
        with ZipFile(file) as parts:
            sizes = {part.filename: part.file_size for part in parts.infolist()}
    except (BadZipFile, NotImplementedError, ValueError, OSError):
        raise _no_workbook() from None
    texts = sum(size for name, size in sizes.items() if name.lower().endswith("sharedstrings.xml"))
    rows = sum(size for name, size in sizes.items() if name.startswith("xl/worksheets/"))
    pictures = sum(size for name, size in sizes.items() if name.startswith("xl/media/"))
    held = sum(sizes.values()) - texts - rows - pictures
    for size, limit in ((rows, MAX_UNPACKED), (texts, MAX_TEXTS), (held, MAX_HELD)):
        if size > limit:
            hint = text("reading.workbook-too-large-hint")
            raise InputError(Problem(text("reading.workbook-too-large", limit=limit), hint=hint))


def _read(file: IO[bytes], problems: Problems) -> Iterator[Line]:
    openpyxl = _openpyxl()
    try:
        book = openpyxl.load_workbook(file, read_only=True, keep_links=False)
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
        self._row = len(seen) - begun[-1] if begun else self._row + len(data)
        self._end = seen[-_LONGEST_TAG:]
        if self._row > MAX_ROW:
            raise InputError(
                Problem(text("reading.workbook-too-large", limit=MAX_ROW), hint=text("reading.row-order-hint"))
            )
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
            if _ESCAPED.search(value):
                raise _refusal("cell-escape", name, "cell-as-text")
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


def _unfit(cell: str) -> str | None:
    """Why a workbook cannot keep the text `cell` as it is."""
    if len(cell.encode("utf-16-le")) > 2 * MAX_CELL:
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
