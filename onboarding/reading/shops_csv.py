"""Shops as CSV, as platforms dump them: one shop a line, brands and trademark numbers in two lists."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ..errors import InputError, Problem
from ..identity import normal_code
from ..models import Shop
from .encoding import likely_encoding
from .records import Line, Problems, read_record
from .validation import nearest

COLUMNS = (
    *("shop_id", "subject_id", "subject_type", "brands", "trademark_nos"),
    *("opened_on", "closed_on", "closed_for", "application_id"),
)
_REQUIRED = ("shop_id", "subject_id", "brands", "opened_on")
# What spreadsheets run, where a cell begins: in some countries behind a `;`, too. Full-width signs count as the others.
_RUNS = r"[=+\-@\t\r\n＝＋－＠]"
_BEGINS_FORMULA = re.compile(rf"(?:\A|(?<=;))(?={_RUNS})")
# Behind backslashes too, so that those which were there can be told from ours.
_FORMULA = re.compile(rf"(?:\A|(?<=;))(?=\\*{_RUNS})")
_GUARDED = re.compile(rf"(?:\A|(?<=;))\\(?=\\*{_RUNS})")
_ITEM = re.compile(r"((?:[^;\\]|\\.)*)(;|\Z)", re.DOTALL)


def write_shops(shops: Iterable[Shop], write: Callable[[str], object]) -> None:
    r"""Write `shops` as CSV text with a header line; lines end with `\n`."""
    # The lines end with `\r\n` first: else Python before 3.13 leaves a `\r` in a cell bare, which begins a row.
    rows = csv.writer(_Lines(lambda row: write(row.removesuffix("\r\n") + "\n")), lineterminator="\r\n")
    rows.writerow(COLUMNS)
    rows.writerows(map(_cells, shops))


def read_shops(lines: Iterable[str], source: str) -> Iterator[Line]:
    """The shops in CSV text with a header line, its columns in any order.

    Raises RegistryError at the end, with every problem (the first hundred) and its line, if any is broken.
    """
    rows = csv.reader(lines, strict=True)
    problems = Problems(source)
    try:
        header = [name.strip().removeprefix("\ufeff") for name in next(rows, [])]
        problems.add(1, _wrong_columns(header))
        problems.refuse()
        for cells in rows:
            if not cells:
                continue
            try:
                if len(cells) != len(header):
                    raise InputError(Problem(f"{len(cells)} cells under {len(header)} columns"))
                shop = read_record(_plain(dict(zip(header, cells, strict=True))))
            except InputError as error:
                problems.add(rows.line_num, error.problems)
            else:
                if not problems:
                    yield Line(rows.line_num, normal_code(shop.subject_id), shop)
    except csv.Error as error:
        problems.add(rows.line_num, [Problem(f"not CSV: {error}")])
    except UnicodeDecodeError as error:
        problems.add(rows.line_num + 1, [Problem("not UTF-8", hint=likely_encoding(error.object))])
    problems.refuse()


class _Lines(NamedTuple):
    """What csv.writer writes to."""

    write: Callable[[str], object]


def _cells(shop: Shop) -> list[str]:
    """The cells of one shop, in the order of COLUMNS; in a list, a `;` within a name is written `\\;`.

    What a spreadsheet would take for a formula begins with a backslash more, which `read_shops` takes off.
    """
    brands = ";".join(_escaped(brand.name) for brand in shop.brands)
    numbers = ";".join(_escaped(brand.trademark_no or "") for brand in shop.brands)
    days = (shop.opened_on.isoformat(), shop.closed_on.isoformat() if shop.closed_on else "")
    head = (_inert(shop.shop_id), _inert(shop.subject_id), shop.subject_type or "")
    lists = (brands, numbers.strip(";") and numbers)
    return [*head, *lists, *days, shop.closed_for or "", _inert(shop.application_id or "")]


def _wrong_columns(header: list[str]) -> Iterator[Problem]:
    for name in _REQUIRED:
        if name not in header:
            yield Problem(f"column `{name}` is missing", hint=f"columns: {', '.join(COLUMNS)}")
    for name in header:
        if name not in COLUMNS:
            near = nearest(name, COLUMNS)
            hint = f"did you mean `{near}`?" if near else f"columns: {', '.join(COLUMNS)}"
            yield Problem(f"unknown column `{name}`", hint=hint)
        elif header.count(name) > 1:
            yield Problem(f"column `{name}` is there twice")


def _plain(cells: dict[str, str]) -> dict[str, Any]:
    names, numbers = _items(cells.pop("brands")), _items(cells.pop("trademark_nos", ""))
    if len(numbers) > len(names):
        raise InputError(Problem(f"{len(numbers)} trademark numbers for {len(names)} brands", "/trademark_nos"))
    numbers += [""] * (len(names) - len(numbers))
    brands = [{"name": n, "trademark_no": number or None} for n, number in zip(names, numbers, strict=True)]
    shop: dict[str, Any] = {"record": "shop", "brands": brands}
    return shop | {name: _as_meant(text) for name, text in cells.items() if text != ""}


def _inert(cell: str) -> str:
    return _FORMULA.sub(r"\\", cell)


def _as_meant(cell: str) -> str:
    return _GUARDED.sub("", cell)


def _escaped(text: str) -> str:
    return _BEGINS_FORMULA.sub(r"\\", text.replace("\\", "\\\\").replace(";", "\\;"))


def _items(text: str) -> list[str]:
    if text == "":
        return []
    items = []
    for match in _ITEM.finditer(text):
        items.append(re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL))
        if match[2] == "":
            break
    return items
