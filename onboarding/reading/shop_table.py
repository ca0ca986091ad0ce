"""Shops as a table: one a row, brands and trademark numbers in two lists; what CSV and workbooks have in common."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, replace
from datetime import date
from itertools import islice
from typing import Any

from ..errors import InputError, Problem
from ..identity import normal_text
from ..messages import Text, listed, text
from ..models import Shop
from ..subject_number import normal_subject
from .columns import CALLED, COLUMNS, FIELDS, LISTS, NAMES, column_of
from .records import MAX_PROBLEMS, Line, Problems, read_record, refuse_other_subject
from .validation import did_you_mean

DAYS = frozenset(("opened_on", "closed_on"))
# What Chinese tables write where there are few values to choose from.
_VALUES = {
    "subject_type": {"企业": "enterprise", "个体工商户": "individual_business", "个人": "individual", "其他": "other"},
    "closed_for": {
        "主动退出": "voluntary_exit",
        "申请造假": "application_fraud",
        "严重违规": "serious_violation",
        "其他": "other",
    },
}
_REQUIRED = tuple(name for name in COLUMNS if name in FIELDS and FIELDS[name].default is MISSING)
# As spreadsheets write days in China. Which is the month is told by the year alone, which comes first.
_WRITTEN_DAY = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?"
)
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
# Of a number, by spreadsheets; zeros stand for the rest.
_KEPT_DIGITS = 15
# What spreadsheets run, where a cell begins: in some countries behind a `;`, too. Full-width signs count as the others.
_RUNS = r"[=+\-@\t\r\n＝＋－＠]"
_BEGINS_FORMULA = re.compile(rf"(?:\A|(?<=;))(?={_RUNS})")
# Behind backslashes too, so that those which were there can be told from ours.
_FORMULA = re.compile(rf"(?:\A|(?<=;))(?=\\*{_RUNS})")
_GUARDED = re.compile(rf"(?:\A|(?<=;))\\(?=\\*{_RUNS})")
# In a cell that holds one value; behind backslashes too, so that those which were there can be told from ours.
_BREAKS = r"(?:\r|(?<!\r)\n)"
_BARE_LINE_BREAK = re.compile(rf"(?<!\\){_BREAKS}")
_LINE_BREAK = re.compile(rf"(?<!\\)(?=\\*{_BREAKS})")
_ESCAPED_LINE_BREAK = re.compile(rf"(?<!\\)\\(?=\\*{_BREAKS})")
# What a person would write between brands; within a name it is escaped, as a `;` is.
# Whatever NFKC makes one of them looks like it.
_SEPARATORS = "；、，,|｜،؛﹐﹑﹔､\u037e\ufe10\ufe11\ufe14\t\n\v\f\x85\u2028\u2029"
_SEPARATOR = re.compile(rf"(?:[^\\{_SEPARATORS}]|\\.)*([{_SEPARATORS}])", re.DOTALL)
# A backslash that ends the cell stands for itself: else nothing would match, and be tried again from each character.
_ITEM = re.compile(r"((?:[^;\\]|\\.|\\\Z)*)(;|\Z)", re.DOTALL)


def read_rows(rows: Iterable[tuple[int, Sequence[str]]], problems: Problems) -> Iterator[Line]:
    """The shops in the numbered `rows`, of which the first is a header, its columns in any order.

    Rows in which no cell says anything are none. What is wrong goes to `problems`; where that
    is the header, nothing more is read.
    """
    numbered = iter(rows)
    first, names = next(numbered, (1, ()))
    header = [column_of(name) for name in names]
    problems.add(first, islice(_wrong_columns(header), MAX_PROBLEMS))
    if problems:
        return
    subjects: dict[int, int] = {}
    rounded: set[str] = set()
    rows_by_id: dict[int, int] = {}
    for number, cells in numbered:
        if not any(cells):
            continue
        try:
            if len(cells) != len(header):
                raise InputError(Problem(text("reading.cells", n=len(cells), columns=len(header))))
            shop = _shop(dict(zip(header, cells, strict=True)))
            subject = normal_subject(shop.subject_id)
            refuse_other_subject(shop, subject, subjects)
            _refuse_rounded_twice(shop.shop_id, rounded)
            _refuse_other_row(shop.shop_id, cells, rows_by_id)
        except InputError as error:
            problems.add(number, error.problems)
            if problems.too_many:
                return
        else:
            if not problems:
                yield Line(number, subject, shop)


def has_other_fields(shop: Shop) -> bool:
    """Whether `shop` has fields that no column is for."""
    return bool(shop.extra or any(brand.extra for brand in shop.brands))


def cells_of(shop: Shop) -> list[str]:
    """The cells of one shop, in the order of COLUMNS; in a list, a `;` within a name is written `\\;`.

    What a spreadsheet would take for a formula begins with a backslash more, which `read_shops` takes off.
    """
    cells: dict[str, str] = {}
    for column, name in LISTS.items():
        items = [getattr(brand, name) or "" for brand in shop.brands]
        cells[column] = joined(items) if any(items) else ""
    cells["brands"] = joined(brand.name for brand in shop.brands)
    return [cells[name] if name in cells else _own_cell(getattr(shop, name)) for name in COLUMNS]


def joined(items: Iterable[str]) -> str:
    """The cell that holds a list."""
    return ";".join(map(_escaped, items))


def plain_cell(value: str | date | None) -> str:
    """The cell that holds one value; nothing that a spreadsheet would run."""
    return value.isoformat() if isinstance(value, date) else inert(value or "")


def _own_cell(value: str | date | None) -> str:
    """The cell that holds one value, as `_one_value` reads it."""
    return plain_cell(_LINE_BREAK.sub(r"\\", value) if isinstance(value, str) else value)


def inert(cell: str) -> str:
    r"""`cell` as no spreadsheet takes it for a formula: with a backslash before whatever would begin one."""
    return _FORMULA.sub(r"\\", cell)


def _wrong_columns(header: list[str]) -> Iterator[Problem]:
    columns = {"en": listed(COLUMNS)["en"], "zh": listed(called[0] for called in CALLED.values())["zh"]}
    hint = text("reading.columns", names=columns)
    for name in _REQUIRED:
        if name not in header:
            wanted = {"en": name, "zh": CALLED[name][0]}
            yield Problem(text("reading.column-missing", name=wanted), hint=hint)
    for name, times in Counter(header).items():
        if name not in COLUMNS:
            yield Problem(text("reading.unknown-column", name=name), hint=did_you_mean(name, NAMES) or hint)
        elif times > 1:
            yield Problem(text("reading.column-twice", name=name))


def _refuse_rounded_twice(shop_id: str, rounded: set[str]) -> None:
    """Raise InputError where two rows have one number of which a spreadsheet may have lost the last digits.

    They may be two shops; the later one would replace the other. `rounded` keeps those that were there.
    """
    if len(shop_id) > _KEPT_DIGITS and shop_id.isdigit() and not shop_id[_KEPT_DIGITS:].strip("0"):
        if shop_id in rounded:
            raise InputError(Problem(text("reading.rounded-twice"), "/shop_id", hint=text("reading.no-shop-id-cure")))
        rounded.add(shop_id)


def _refuse_other_row(shop_id: str, cells: Sequence[str], rows_by_id: dict[int, int]) -> None:
    """Raise InputError where a shop has a second row that says something else; `rows_by_id` keeps hashes of the rows.

    Rows are sorted by whatever one likes, so none of the two is the newer; and with a row for each brand of a shop, all
    brands but the last would be on no record.
    """
    if rows_by_id.setdefault(hash(shop_id), row := hash(tuple(cells))) != row:
        raise InputError(Problem(text("reading.shop-twice"), "/shop_id", hint=text("reading.shop-twice-cure")))


def _shop(cells: dict[str, str]) -> Shop:
    for name in DAYS & cells.keys():
        cells[name] = _day(cells[name])
    for name, values in _VALUES.items():
        if name in cells:
            cells[name] = values.get(normal_text(cells[name]), cells[name])
    try:
        shop = read_record(_plain(cells))
    except InputError as error:
        raise InputError(*(_cured(problem, cells) for problem in error.problems)) from None
    assert isinstance(shop, Shop)
    return shop


def _day(cell: str) -> str:
    """The day as records have it; what is no day stays as it is, to be refused."""
    match = _WRITTEN_DAY.fullmatch(normal_text(cell))
    if match is None:
        return cell
    year, _, *parts = match.groups()
    month, day = (int(part) for part in parts if part)
    return f"{year}-{month:02}-{day:02}"


def _cured(problem: Problem, cells: dict[str, str]) -> Problem:
    name = (problem.pointer or "").removeprefix("/")
    cell = normal_text(cells.get(name, ""))
    if name not in DAYS or problem.hint is not None or not cell or _is_day(cell):
        return problem
    return replace(problem, hint=day_hint(cell))


def _is_day(cell: str) -> bool:
    try:
        return bool(date.fromisoformat(cell))
    except ValueError:
        return False


def day_hint(cell: str) -> Text:
    """How what a cell has in place of a day is to be written."""
    return text("reading.serial-day" if _SERIAL.fullmatch(cell) else "reading.year-first")


def _plain(cells: dict[str, str]) -> dict[str, Any]:
    brands: list[dict[str, Any]] = [{"name": name} for name in _items(cells.pop("brands"), "/brands")]
    for column, field in LISTS.items():
        items = _items(cells.pop(column, ""), f"/{column}")
        if len(items) > len(brands):
            message = text("reading.numbers-for-brands", numbers=len(items), n=len(brands))
            raise InputError(Problem(message, f"/{column}"))
        for brand, item in zip(brands, items, strict=False):
            brand[field] = item or None
    shop: dict[str, Any] = {"record": "shop", "brands": brands}
    return shop | {name: _one_value(cell, f"/{name}") for name, cell in cells.items() if cell != ""}


def _one_value(cell: str, pointer: str) -> str:
    """What the cell says; raises InputError where it has several lines: a quote that stands alone takes the
    rows up to the next one into its cell, and they would be on no record.
    """
    value = _GUARDED.sub("", cell)
    if _BARE_LINE_BREAK.search(value.strip()):
        raise InputError(Problem(text("reading.several-lines"), pointer, hint=text("reading.several-lines-hint")))
    return _ESCAPED_LINE_BREAK.sub("", value)


def _escaped(name: str) -> str:
    return _BEGINS_FORMULA.sub(r"\\", re.sub(rf"[\\;{_SEPARATORS}]", r"\\\g<0>", name))


def _items(cell: str, pointer: str) -> list[str]:
    if cell == "":
        return []
    items = []
    for match in _ITEM.finditer(cell):
        if found := _SEPARATOR.match(match[1]):
            words = ("separator", "separate-by") if found[1].isprintable() else ("line-break", "separate-lines-by")
            message, hint = (text(f"reading.{name}", found=found[1]) for name in words)
            raise InputError(Problem(message, pointer, hint=hint))
        items.append(re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL))
        if match[2] == "":
            break
    return items
