"""Shops as CSV, as platforms dump them: one shop a line, brands and trademark numbers in two lists."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, fields
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from ..errors import InputError, Problem
from ..messages import listed, text
from ..models import Brand, Shop
from ..subject_number import normal_subject
from .encoding import likely_encoding
from .records import MAX_PROBLEMS, Line, Problems, read_record, refuse_other_subject
from .validation import did_you_mean

# One column for each field of a brand but its name, which `brands` is: each a list, in the order of the brands.
_LISTS = {f"{known.name}s": known.name for known in fields(Brand) if known.name not in ("name", "extra")}
# Who comes before when; what is new in the models comes last.
_FIRST = ("shop_id", "subject_id", "subject_type", "brands", *_LISTS)
_FIELDS = {known.name: known for known in fields(Shop) if known.name not in ("record", "extra")}
COLUMNS = (*_FIRST, *(name for name in _FIELDS if name not in _FIRST))
_REQUIRED = tuple(name for name in COLUMNS if name in _FIELDS and _FIELDS[name].default is MISSING)
# What spreadsheets run, where a cell begins: in some countries behind a `;`, too. Full-width signs count as the others.
_RUNS = r"[=+\-@\t\r\n＝＋－＠]"
_BEGINS_FORMULA = re.compile(rf"(?:\A|(?<=;))(?={_RUNS})")
# Behind backslashes too, so that those which were there can be told from ours.
_FORMULA = re.compile(rf"(?:\A|(?<=;))(?=\\*{_RUNS})")
_GUARDED = re.compile(rf"(?:\A|(?<=;))\\(?=\\*{_RUNS})")
# What a person would write between brands; within a name it is escaped, as a `;` is.
_SEPARATOR = re.compile(r"(?:[^\\；、]|\\.)*([；、])", re.DOTALL)
# A backslash that ends the cell stands for itself: else nothing would match, and be tried again from each character.
_ITEM = re.compile(r"((?:[^;\\]|\\.|\\\Z)*)(;|\Z)", re.DOTALL)


def write_shops(shops: Iterable[Shop], write: Callable[[str], object]) -> int:
    r"""Write `shops` as CSV text with a header line; lines end with `\n`.

    Returns of how many something was left out: fields that we do not know have no column.
    """
    left_out = 0
    # The lines end with `\r\n` first: else Python before 3.13 leaves a `\r` in a cell bare, which begins a row.
    rows = csv.writer(_Lines(lambda row: write(row.removesuffix("\r\n") + "\n")), lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for shop in shops:
        rows.writerow(_cells(shop))
        left_out += bool(shop.extra or any(brand.extra for brand in shop.brands))
    return left_out


def read_shops(lines: Iterable[str], source: str) -> Iterator[Line]:
    """The shops in CSV text with a header line, its columns in any order.

    Raises RegistryError at the end, with every problem (the first hundred) and its line, if any is broken.
    """
    rows = csv.reader(lines, strict=True)
    problems = Problems(source)
    subjects: dict[int, int] = {}
    try:
        header = [name.strip().removeprefix("\ufeff") for name in next(rows, [])]
        problems.add(1, islice(_wrong_columns(header), MAX_PROBLEMS))
        problems.refuse()
        for cells in rows:
            if not cells:
                continue
            try:
                if len(cells) != len(header):
                    raise InputError(Problem(text("reading.cells", n=len(cells), columns=len(header))))
                shop = read_record(_plain(dict(zip(header, cells, strict=True))))
                subject = normal_subject(shop.subject_id)
                refuse_other_subject(shop, subject, subjects)
            except InputError as error:
                problems.add(rows.line_num, error.problems)
                if problems.too_many:
                    break
            else:
                if not problems:
                    yield Line(rows.line_num, subject, shop)
    except csv.Error as error:
        problems.add(rows.line_num, [Problem(text("reading.not-csv", why=error))])
    except UnicodeDecodeError as error:
        problems.add(rows.line_num + 1, [Problem(text("reading.not-utf8-csv"), hint=likely_encoding(error.object))])
    problems.refuse()


class _Lines(NamedTuple):
    """What csv.writer writes to."""

    write: Callable[[str], object]


def _cells(shop: Shop) -> list[str]:
    """The cells of one shop, in the order of COLUMNS; in a list, a `;` within a name is written `\\;`.

    What a spreadsheet would take for a formula begins with a backslash more, which `read_shops` takes off.
    """
    cells: dict[str, str] = {}
    for column, name in _LISTS.items():
        items = [getattr(brand, name) or "" for brand in shop.brands]
        cells[column] = ";".join(map(_escaped, items)) if any(items) else ""
    cells["brands"] = ";".join(_escaped(brand.name) for brand in shop.brands)
    return [cells[name] if name in cells else _cell(getattr(shop, name)) for name in COLUMNS]


def _cell(value: str | date | None) -> str:
    return value.isoformat() if isinstance(value, date) else _inert(value or "")


def _wrong_columns(header: list[str]) -> Iterator[Problem]:
    columns = text("reading.columns", names=listed(COLUMNS))
    for name in _REQUIRED:
        if name not in header:
            yield Problem(text("reading.column-missing", name=name), hint=columns)
    for name, times in Counter(header).items():
        if name not in COLUMNS:
            yield Problem(text("reading.unknown-column", name=name), hint=did_you_mean(name, COLUMNS) or columns)
        elif times > 1:
            yield Problem(text("reading.column-twice", name=name))


def _plain(cells: dict[str, str]) -> dict[str, Any]:
    brands: list[dict[str, Any]] = [{"name": name} for name in _items(cells.pop("brands"), "/brands")]
    for column, field in _LISTS.items():
        items = _items(cells.pop(column, ""), f"/{column}")
        if len(items) > len(brands):
            message = text("reading.numbers-for-brands", numbers=len(items), n=len(brands))
            raise InputError(Problem(message, f"/{column}"))
        for brand, item in zip(brands, items, strict=False):
            brand[field] = item or None
    shop: dict[str, Any] = {"record": "shop", "brands": brands}
    return shop | {name: _as_meant(cell) for name, cell in cells.items() if cell != ""}


def _inert(cell: str) -> str:
    return _FORMULA.sub(r"\\", cell)


def _as_meant(cell: str) -> str:
    return _GUARDED.sub("", cell)


def _escaped(name: str) -> str:
    return _BEGINS_FORMULA.sub(r"\\", re.sub(r"[\\;；、]", r"\\\g<0>", name))


def _items(cell: str, pointer: str) -> list[str]:
    if cell == "":
        return []
    items = []
    for match in _ITEM.finditer(cell):
        if found := _SEPARATOR.match(match[1]):
            hint = text("reading.separate-by", found=found[1])
            raise InputError(Problem(text("reading.separator", found=found[1]), pointer, hint=hint))
        items.append(re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL))
        if match[2] == "":
            break
    return items
