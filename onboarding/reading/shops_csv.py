"""Shops as CSV, as platforms dump them: one shop a line, brands and trademark numbers in two lists."""

import csv
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ..errors import Problem
from ..messages import text
from ..models import Shop
from .columns import COLUMNS
from .encoding import likely_encoding
from .records import Line, Problems
from .shop_table import cells_of, has_other_fields, read_rows


def write_shops(shops: Iterable[Shop], write: Callable[[str], object]) -> int:
    r"""Write `shops` as CSV text with a header line; lines end with `\n`.

    Returns of how many something was left out: fields that we do not know have no column.
    """
    left_out = 0
    # The lines end with `\r\n` first: else Python before 3.13 leaves a `\r` in a cell bare, which begins a row.
    rows = csv.writer(_Lines(lambda row: write(row.removesuffix("\r\n") + "\n")), lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for shop in shops:
        rows.writerow(cells_of(shop))
        left_out += has_other_fields(shop)
    return left_out


def read_shops(lines: Iterable[str], source: str) -> Iterator[Line]:
    """The shops in CSV text with a header line, its columns in any order.

    Raises RegistryError at the end, with every problem (the first hundred) and its line, if any is broken.
    """
    rows = csv.reader(lines, strict=True)
    problems = Problems(source)
    try:
        yield from read_rows(((rows.line_num, cells) for cells in rows), problems)
    except csv.Error as error:
        problems.add(rows.line_num, [Problem(text("reading.not-csv", why=error))])
    except UnicodeDecodeError as error:
        problems.add(rows.line_num + 1, [Problem(text("reading.not-utf8-csv"), hint=likely_encoding(error.object))])
    problems.refuse()


class _Lines(NamedTuple):
    """What csv.writer writes to."""

    write: Callable[[str], object]
