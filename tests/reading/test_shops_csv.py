"""Shops as CSV: nothing that a spreadsheet would run, and what is written is what is read again."""

import csv
import io
from datetime import date

import pytest
from builders import USCC
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding import RegistryError
from onboarding.identity import is_no_id
from onboarding.models import Brand, Shop
from onboarding.reading.shops_csv import read_shops, write_shops

RUN = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)")
names = st.text(st.sampled_from("a云=+-@＝＋－＠;\\\t\r\n,\" '"), min_size=1).filter(str.strip)
ids = names.filter(lambda text: not is_no_id(text))


def _shop(brand: str, shop_id: str = "S-1", application_id: str | None = None) -> Shop:
    brands = (Brand(name=brand),)
    return Shop(
        shop_id=shop_id, subject_id=USCC, brands=brands, opened_on=date(2022, 1, 1), application_id=application_id
    )


def _written(shop: Shop) -> str:
    text = io.StringIO()
    write_shops([shop], text.write)
    return text.getvalue()


@pytest.mark.parametrize("text", RUN)
@pytest.mark.parametrize("before", ["", "S;"])
def test_no_cell_begins_as_a_formula_does(text: str, before: str) -> None:
    _, row = csv.reader(io.StringIO(_written(_shop(before + text, before + text, before + text)), newline=""))
    starts = [part for cell in row for part in cell.split(";")]
    assert not [part for part in starts if part.startswith(tuple("=+-@\t\r\n＝＋－＠"))]


def test_a_carriage_return_in_a_name_begins_no_row() -> None:
    written = _written(_shop("云上\r=cmd"))
    assert len(list(csv.reader(io.StringIO(written, newline="")))) == 2
    assert '"云上\r=cmd"' in written


@given(names, ids, names)
@example("\\=1", "S;\\=1", ";=1")
def test_what_is_written_is_what_is_read_again(brand: str, shop_id: str, application_id: str) -> None:
    shop = _shop(brand, shop_id, application_id)
    (line,) = read_shops(io.StringIO(_written(shop), newline=""), "shops.csv")
    # Other text than this may be trimmed as it is read; the same again, then.
    (again,) = read_shops(io.StringIO(_written(line.record), newline=""), "shops.csv")
    assert again.record == line.record
    assert line.record.brands[0].name == brand


def test_a_backslash_that_ends_a_cell_stands_for_itself() -> None:
    name = "云" * 1_999 + "\\"
    rows = f"shop_id,subject_id,brands,opened_on\nS-1,{USCC},{name},2022-01-01\n"
    (line,) = read_shops(io.StringIO(rows, newline=""), "shops.csv")
    assert line.record.brands == (Brand(name=name),)
    # Where nothing matched, it was tried again from each character: this took minutes.
    with pytest.raises(RegistryError, match="2000"):
        list(read_shops(io.StringIO(rows.replace("云", "云" * 65), newline=""), "shops.csv"))
