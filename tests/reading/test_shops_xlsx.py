"""Workbooks of shops: read as a CSV file is, nothing guessed, nothing run, nothing unpacked without a limit.

They are made with openpyxl, and by hand where it would not make them. No spreadsheet program was there to open what is
written; that it is what such programs read is openpyxl's word.
"""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from builders import USCC
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from onboarding import RegistryError
from onboarding.models import Brand, Shop
from onboarding.reading import shops_xlsx
from onboarding.reading.shops_xlsx import read_workbook, write_workbook

HEADER = ["店铺编号", "统一社会信用代码", "主体类型", "品牌", "商标注册号", "开店日期"]
SOUND = ["S-1", USCC, "企业", "云上;别的", 12345678, date(2024, 8, 5)]


STRINGS = "xl/sharedStrings.xml"
SHARED = (
    f'<Override PartName="/{STRINGS}" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
).encode()
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(*rows: list[Any], change: Callable[[openpyxl.Workbook, Worksheet], object] | None = None) -> io.BytesIO:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (HEADER, *rows):
        sheet.append(row)
    if change:
        change(book, sheet)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def by_hand(sheet: str, *, parts: dict[str, bytes] | None = None) -> io.BytesIO:
    """A sound workbook with its sheet's rows, and other parts, replaced by what no program writes."""
    made = io.BytesIO()
    with zipfile.ZipFile(workbook(SOUND)) as sound, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sound.namelist():
            content = sound.read(name)
            if name == "xl/worksheets/sheet1.xml" and sheet:
                content = re.sub(rb"<sheetData>.*</sheetData>", lambda _: sheet.encode(), content, flags=re.DOTALL)
            if name == "[Content_Types].xml" and STRINGS in (parts or {}):
                # Where programs other than openpyxl keep the texts of cells.
                content = content.replace(b"</Types>", SHARED + b"</Types>")
            file.writestr(name, (parts or {}).get(name, content))
        for name in (parts or {}).keys() - set(sound.namelist()):
            file.writestr(name, (parts or {})[name])
    made.seek(0)
    return made


def cells(number: int, *texts: str, at: int | None = None) -> str:
    """A row of texts as XML, its cells at the row `at`."""
    of_row = "".join(
        f'<c r="{letter}{at or number}" t="inlineStr"><is><t>{words}</t></is></c>'
        for letter, words in zip("ABCDEF", texts, strict=False)
    )
    return f'<row r="{number}">{of_row}</row>'


def read(file: io.BytesIO) -> list[Shop]:
    return [line.record for line in read_workbook(file, "shops.xlsx") if isinstance(line.record, Shop)]


def refusals(file: io.BytesIO) -> list[str]:
    with pytest.raises(RegistryError) as refused:
        read(file)
    return [problem.said("en") for problem in refused.value.problems]


def test_a_workbook_is_read_as_a_csv_file_is() -> None:
    (shop,) = read(workbook(SOUND))
    assert shop.brands == (Brand("云上", "12345678"), Brand("别的"))
    assert (shop.subject_type, shop.opened_on) == ("enterprise", date(2024, 8, 5))


def test_rows_keep_their_numbers_and_empty_ones_are_none() -> None:
    (told,) = refusals(workbook(SOUND, [], ["S-2", "9.13E+17", "企业", "二", None, date(2024, 8, 5)]))
    assert told.startswith("shops.xlsx:4 /subject_id")


@pytest.mark.parametrize(
    ("column", "value", "cure"),
    [
        (1, date(2024, 3, 4), "the format of text"),
        (1, True, "the format of text"),
        (1, 12.5, "the format of text"),
        (1, "a_x000D_b", "the format of text"),
        (2, 913000000000000000, "the format of text"),
        (2, 9.13e17, "the format of text"),
        (4, "=HYPERLINK(A1)", "paste them as values"),
        (4, "=[1]Sheet1!A1", "paste them as values"),
        (4, "#N/A", "the format of text"),
        (6, 45509, "the format of a date"),
        (6, "8/5/2024", "write the year first"),
        (6, datetime(2024, 8, 5, 13, 0), "write the day alone"),
    ],
)
def test_a_cell_that_is_not_certain_is_refused_with_a_cure(column: int, value: object, cure: str) -> None:
    row = [*SOUND]
    row[column - 1] = value
    (told,) = refusals(workbook(row))
    assert told.startswith("shops.xlsx:2 /")
    assert cure in told


def test_zeros_that_are_only_shown_are_not_dropped() -> None:
    def shown_with_zeros(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet["A2"] = 7
        sheet["A2"].number_format = "00000"

    (told,) = refusals(workbook(SOUND, change=shown_with_zeros))
    assert "digits may be lost" in told


@pytest.mark.parametrize(
    ("shown_as", "refused"),
    [
        ('"S-"0', True),
        ("\\S0", True),
        ("0%", True),
        ("[$S-]0", True),
        ("[$S-804]0", True),
        ("[$S]0", True),
        ('_ [$¥-804]* #,##0_ ;_ [$¥-804]* "-"_ ', True),
        ("[$-804]0", False),
        ("[Red][$-409]0", False),
        ("#,##0_ ", False),
        ('_-* #,##0_-;_-* "-"_-', False),
    ],
)
def test_a_number_is_read_only_where_it_is_shown_as_it_is_kept(shown_as: str, refused: bool) -> None:
    def formatted(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet["A2"] = 7
        sheet["A2"].number_format = shown_as

    told = refusals(workbook(SOUND, change=formatted)) if refused else []
    assert ["other characters" in one for one in told] == [True] * refused
    if not refused:
        assert read(workbook(SOUND, change=formatted))[0].shop_id == "7"


@pytest.mark.parametrize(
    ("shown_as", "refused"),
    [
        ('"云上"@', True),
        ('@"店"', True),
        ('0;0;0;"S-"@', True),
        ("\\S@", True),
        ("[$S-]@", True),
        ("0;0;0;[$店-804]@", True),
        ("[$-804]@", False),
        ("@", False),
        ('"S-"0;;;@', False),
    ],
)
def test_a_text_is_read_only_where_it_is_shown_as_it_is_kept(shown_as: str, refused: bool) -> None:
    def formatted(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet["A2"].number_format = shown_as

    told = refusals(workbook(SOUND, change=formatted)) if refused else []
    assert ["other characters" in one for one in told] == [True] * refused
    if not refused:
        assert read(workbook(SOUND, change=formatted))[0].shop_id == "S-1"


def test_every_problem_is_told_at_once() -> None:
    rows = [["S-1", 9.13e17, "企业", "=A1", None, 45509], SOUND, ["S-3", USCC, "企业", "三", None, "8/5/2024"]]
    places = [told.partition(": ")[0] for told in refusals(workbook(*rows))]
    assert places == ["shops.xlsx:2 /subject_id", "shops.xlsx:2 /brands", "shops.xlsx:4 /opened_on"]


def test_of_several_sheets_one_may_hold_something() -> None:
    (shop,) = read(workbook(SOUND, change=lambda book, _: book.create_sheet("Sheet2")))
    assert shop.shop_id == "S-1"

    def hidden(book: openpyxl.Workbook, _: Worksheet) -> None:
        sheet = book.create_sheet("more")
        sheet.append(["S-2"])
        sheet.sheet_state = "hidden"

    (told,) = refusals(workbook(SOUND, change=hidden))
    assert "2 sheets" in told


def test_merged_cells_are_refused_for_all_but_one_of_them_are_empty() -> None:
    closed = [[*SOUND, date(2024, 8, 6), "严重违规"], ["S-2", *SOUND[1:]]]

    def merged_reason(_: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet["G1"], sheet["H1"] = "关店日期", "关店原因"
        sheet.merge_cells("G2:G3")
        sheet.merge_cells("H2:H3")

    (told,) = refusals(workbook(*closed, change=merged_reason))
    assert "`G2:G3`, `H2:H3`" in told


def test_rows_that_come_twice_or_out_of_order_are_refused_and_not_dropped() -> None:
    first, second = cells(1, *HEADER), cells(2, "S-1", USCC, "企业", "云上", "", "2024-08-05")
    other = ("S-2", USCC, "企业", "别的", "", "2024-08-05")
    assert len(read(by_hand(f"<sheetData>{first}{second}</sheetData>"))) == 1
    for more in (cells(2, *other), cells(1, *other), cells(3, *other, at=2)):
        (told,) = refusals(by_hand(f"<sheetData>{first}{second}{more}</sheetData>"))
        assert "out of order" in told


def test_what_a_sheet_says_of_its_size_makes_no_rows() -> None:
    far = cells(10**12, "S-2", "x")
    told = refusals(by_hand(f"<sheetData>{cells(1, *HEADER)}{far}</sheetData>"))
    assert told[0].startswith(f"shops.xlsx:{10**12}")
    with zipfile.ZipFile(workbook(SOUND)) as sound:
        sheet = sound.read("xl/worksheets/sheet1.xml")
    huge = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', sheet)
    assert len(read(by_hand("", parts={"xl/worksheets/sheet1.xml": huge}))) == 1


def test_texts_may_be_kept_in_a_part_of_their_own() -> None:
    texts = [*HEADER, "S-1", USCC, "企业", "云上", "12345678", "2024/8/5"]
    strings = f'<sst xmlns="{MAIN}">' + "".join(f"<si><t>{words}</t></si>" for words in texts) + "</sst>"
    rows = [
        "".join(f'<c r="{letter}{row}" t="s"><v>{number}</v></c>' for number, letter in enumerate("ABCDEF", first))
        for row, first in ((1, 0), (2, 6))
    ]
    sheet = f'<sheetData><row r="1">{rows[0]}</row><row r="2">{rows[1]}</row></sheetData>'
    (shop,) = read(by_hand(sheet, parts={STRINGS: strings.encode()}))
    assert (shop.brands, shop.opened_on) == ((Brand("云上", "12345678"),), date(2024, 8, 5))


def test_entities_are_not_expanded() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'
    assert openpyxl.DEFUSEDXML
    for part in (STRINGS, "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"):
        (told,) = refusals(by_hand("", parts={part: bomb}))
        assert "not a workbook that can be read" in told


@pytest.mark.parametrize(
    ("limit", "part"),
    [("MAX_UNPACKED", "xl/worksheets/sheet1.xml"), ("MAX_TEXTS", STRINGS), ("MAX_HELD", "xl/styles.xml")],
)
def test_what_would_unpack_to_too_much_is_not_unpacked(limit: str, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shops_xlsx, limit, 1 << 20)
    file = by_hand("", parts={part: b" " * (2 << 20)})
    assert len(file.getvalue()) < 20_000
    (told,) = refusals(file)
    assert "save it as CSV" in told


STYLES, WORKBOOK, RELATIONS = "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_SST = f'<sst xmlns="{MAIN}">'.encode()


def _sheet(rows: str) -> bytes:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()


ATTRIBUTES = " ".join(f"a{n}=''" for n in range(140_000))
# Most are of some 20 KB; the first took 28 s and 1 GB.
DEAR: dict[str, tuple[str, bytes]] = {
    "styles": (STYLES, f'<styleSheet xmlns="{MAIN}"><cellXfs>{"<xf/>" * 200_000}</cellXfs></styleSheet>'.encode()),
    "sheets": (WORKBOOK, b"<workbook><sheets>" + b'<sheet name="a" sheetId="1"/>' * 50_000 + b"</sheets></workbook>"),
    "relations": (RELATIONS, b"<Relationships>" + b"<Relationship/>" * 200_000 + b"</Relationships>"),
    "types": ("[Content_Types].xml", b"<Types>" + b'<Override PartName="/a"/>' * 100_000 + b"</Types>"),
    "rows": ("xl/worksheets/sheet1.xml", _sheet("<row/>" * 200_000)),
    "cells": ("xl/worksheets/sheet1.xml", _sheet(("<row>" + "<c/>" * 50_000 + "</row>") * 20)),
    "cells in a row": ("xl/worksheets/sheet1.xml", _sheet("<row>" + "<c/>" * 130_000 + "</row>")),
    "attributes": ("xl/worksheets/sheet1.xml", _sheet(f"<row><c {ATTRIBUTES}/></row>")),
    "texts": (STRINGS, _SST + b"<si/>" * 200_000 + b"</sst>"),
    "pieces of a text": (STRINGS, _SST + b"<si>" + b"<r><t>a</t></r>" * 100_000 + b"</si></sst>"),
}  # fmt: skip


@pytest.mark.parametrize("name", DEAR)
def test_what_is_small_and_dear_to_read_is_refused_unread(name: str) -> None:
    part, content = DEAR[name]
    (told,) = refusals(by_hand("", parts={part: content}))
    assert "too many tags and attributes in it" in told


def _commented(_: openpyxl.Workbook, sheet: Worksheet) -> None:
    for number in range(1, 2001):
        sheet.cell(number, 9).comment = Comment(f"seen {number}", "staff")


def _filled(_: openpyxl.Workbook, sheet: Worksheet) -> None:
    for number in range(2, 9002):
        sheet.cell(number, 9).fill = PatternFill("solid", fgColor=f"{number:06X}", bgColor="FFFFFF")


@pytest.mark.parametrize("change", [_commented, _filled])
def test_what_staff_do_to_a_sheet_of_few_shops_is_read(change: Callable[[openpyxl.Workbook, Worksheet], None]) -> None:
    assert len(read(workbook(SOUND, change=change))) == 1


@pytest.mark.parametrize(
    ("rows", "shaped"),
    [(200_000, 'ht="20" customHeight="1"'), (100_000, 's="1" customFormat="1" ht="20" customHeight="1"')],
)
def test_empty_rows_that_have_a_shape_are_read(rows: int, shaped: str) -> None:
    shop = cells(1, *HEADER) + cells(2, "S-1", USCC, "企业", "云上", "", "2024-08-05")
    empty = "".join(f'<row r="{number}" {shaped}/>' for number in range(3, rows))
    assert len(read(by_hand(f"<sheetData>{shop}{empty}</sheetData>"))) == 1


def test_rows_belong_to_one_sheet_alone() -> None:
    # 10 KB of empty rows, counted once and read for each of 30,000 sheets, would take hours.
    with zipfile.ZipFile(workbook(SOUND)) as sound:
        book = sound.read(WORKBOOK)
    again = re.sub(rb"<sheet .*?/>", lambda sheet: sheet[0] + sheet[0].replace(b'"Sheet"', b'"More"') * 50, book)
    (told,) = refusals(by_hand(f"<sheetData>{'<row/>' * 1000}</sheetData>", parts={WORKBOOK: again}))
    assert "not a workbook that can be read" in told


def test_sheets_of_charts_are_left_aside() -> None:
    def charted(book: openpyxl.Workbook, sheet: Worksheet) -> None:
        chart = BarChart()
        chart.add_data(Reference(sheet, min_col=5, min_row=1, max_row=2))
        book.create_chartsheet("chart").add_chart(chart)

    assert len(read(workbook(SOUND, change=charted))) == 1


@pytest.mark.parametrize("unread", ["xl/media/image1.png", "xl/comments1.xml", "xl/drawings/drawing1.xml"])
def test_rows_are_not_read_from_where_none_were_counted(unread: str) -> None:
    part, content = DEAR["rows"]
    moved = io.BytesIO()
    with zipfile.ZipFile(by_hand("", parts={part: content})) as old, zipfile.ZipFile(moved, "w") as new:
        for name in old.namelist():
            new.writestr(unread if name == part else name, old.read(name).replace(part.encode(), unread.encode()))
    (told,) = refusals(moved)
    assert "not a workbook that can be read" in told


@pytest.mark.parametrize("place", ["xl/media/image1.png", "xl/worksheets/sheet9.xml"])
def test_what_is_held_is_bounded_wherever_it_is_kept(place: str) -> None:
    part, content = DEAR["texts"]
    file = by_hand("", parts={part: content[:-6] + b"<si/>" * 1_000_000 + b"</sst>"})
    moved = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(moved, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            types = old.read(name).replace(STRINGS.encode(), place.encode())
            new.writestr(place if name == part else name, types)
    (told,) = refusals(moved)
    assert "too many tags and attributes in it" in told


def test_rows_are_not_read_as_a_sheet_of_charts() -> None:
    with zipfile.ZipFile(workbook(SOUND)) as sound:
        relations = sound.read(RELATIONS).replace(b"relationships/worksheet", b"relationships/chartsheet")
    (told,) = refusals(by_hand("", parts={RELATIONS: relations}))
    assert "not a workbook that can be read" in told


# Spreadsheets count in UTF-16, by which a rare character is two.
@pytest.mark.parametrize("words", ["a" * 40_000, "𠮷" * 17_000])
def test_a_text_longer_than_a_cell_may_be_is_refused_wherever_it_is_shown(words: str) -> None:
    # 9,000 cells that show one text of 900 kB, 50 KB in all, took 10 s.
    shared = _SST + b"<si><t>" + words.encode() + b"</t></si></sst>"
    row = '<row r="2"><c r="A2" t="s"><v>0</v></c></row>'
    (told,) = refusals(by_hand(f"<sheetData>{cells(1, *HEADER)}{row}</sheetData>", parts={STRINGS: shared}))
    assert told.startswith("shops.xlsx:2 /shop_id: longer than a cell may be (write it shorter)")


def test_shops_that_differ_in_little_are_read_again() -> None:
    # Such rows pack best of all that are sound.
    shops = [_shop("x", shop_id=str(n)) for n in range(5000)]
    file = io.BytesIO()
    write_workbook(shops, file, "shops.xlsx")
    file.seek(0)
    assert read(file) == shops


@pytest.mark.parametrize("between", ["", "<!-- <row> -->", "<![CDATA[<row>]]>"])
def test_a_row_without_an_end_is_not_held(between: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shops_xlsx, "MAX_ROW", 1 << 20)
    endless = f'<row r="2">{between.join(["<c/>" * 1000] * 600)}</row>'
    (told,) = refusals(by_hand(f"<sheetData>{cells(1, *HEADER)}{endless}</sheetData>"))
    assert told.startswith("shops.xlsx: ")


def test_rows_of_any_number_are_read_within_the_limit_of_one() -> None:
    rows = "".join(cells(n, f"S-{n}", USCC, "企业", "云上", "", "2024-08-05") for n in range(2, 3000))
    assert len(read(by_hand(f"<sheetData>{cells(1, *HEADER)}{rows}</sheetData>"))) == 2998


@pytest.mark.parametrize("raw", [b"", b"shop_id,subject_id\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64])
def test_what_is_no_workbook_is_told_so(raw: bytes) -> None:
    (told,) = refusals(io.BytesIO(raw))
    assert "not a workbook that can be read" in told


def _shop(brand: str, **changes: Any) -> Shop:
    given = {"shop_id": "S-1", "subject_id": USCC, "opened_on": date(2022, 1, 1), **changes}
    return Shop(brands=(Brand(brand),), **given)


@pytest.mark.parametrize("brand", ["云上/CLOUDTEA", "=1+1", "\\=1", "a;b", "+86", "007", "1E5", "2024-08-05", "a\nb"])
def test_what_is_written_is_what_is_read_again(brand: str) -> None:
    shops = [
        _shop(brand),
        _shop("二", shop_id="S-2", closed_on=date(2024, 2, 5), closed_for="other"),
        _shop("古", shop_id="S-3", opened_on=date(1899, 1, 1)),
        _shop("四", shop_id="S\n4", application_id="A\\\n1"),
    ]
    file = io.BytesIO()
    assert write_workbook(shops, file, "shops.xlsx") == 0
    file.seek(0)
    assert read(file) == shops


def test_no_cell_that_is_written_is_a_formula_and_days_are_days() -> None:
    file = io.BytesIO()
    write_workbook([_shop("=1+1")], file, "shops.xlsx")
    header, row = openpyxl.load_workbook(file).active.iter_rows()
    kinds = {head.value: cell.data_type for head, cell in zip(header, row, strict=True) if cell.value is not None}
    assert kinds == {"shop_id": "s", "subject_id": "s", "brands": "s", "opened_on": "d"}


@pytest.mark.parametrize("brand", ["a\x01b", "_x0041_", "x005F_", "云" * 40_000])
def test_what_a_workbook_cannot_keep_is_refused_and_not_changed(brand: str) -> None:
    with pytest.raises(RegistryError, match=r"shops\.xlsx:2 /brands"):
        write_workbook([_shop(brand)], io.BytesIO(), "shops.xlsx")
