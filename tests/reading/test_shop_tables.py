"""Tables of shops as they come from spreadsheets in China: headers, days, choices, encodings."""

import io
from datetime import date

import pytest
from builders import USCC

from onboarding import RegistryError
from onboarding.models import Shop
from onboarding.reading.encoding import table_encoding
from onboarding.reading.shops_csv import read_shops

ENGLISH = "shop_id,subject_id,subject_type,brands,opened_on,closed_on,closed_for"
CHINESE = "店铺编号,统一社会信用代码,主体类型,品牌,开店日期,关闭日期,关闭原因"
OTHER_WORDS = "店铺ID, 社会信用代码 ,商家类型,经营品牌,入驻日期,关店日期,关店原因"


def read(text: str) -> list[Shop]:
    shops = []
    for line in read_shops(io.StringIO(text, newline=""), "shops.csv"):
        assert isinstance(line.record, Shop)
        shops.append(line.record)
    return shops


def refusals(text: str) -> dict[int, str]:
    with pytest.raises(RegistryError) as refused:
        read(text)
    return {problem.line or 0: problem.said("en") for problem in refused.value.problems}


@pytest.mark.parametrize("header", [ENGLISH, CHINESE, OTHER_WORDS])
def test_columns_are_known_by_their_names_in_both_languages(header: str) -> None:
    (shop,) = read(f"{header}\nS-1,{USCC},企业,云上;别的,2022-01-01,2024-02-05,主动退出\n")
    assert (shop.shop_id, shop.subject_type, shop.closed_for) == ("S-1", "enterprise", "voluntary_exit")
    assert [brand.name for brand in shop.brands] == ["云上", "别的"]


def test_one_column_by_two_names_is_there_twice() -> None:
    told = refusals(f"{CHINESE},shop_id\nS-1,{USCC},企业,云上,2022-01-01,,,S-2\n")
    assert "twice" in told[1]


def test_a_missing_column_is_named_in_the_language_of_the_reader() -> None:
    with pytest.raises(RegistryError) as refused:
        read("店铺编号,品牌,开店日期\n")
    (problem,) = refused.value.problems
    assert "`subject_id`" in problem.said("en")
    assert "`统一社会信用代码`" in problem.said("zh")


@pytest.mark.parametrize(
    "written",
    [
        *("2024-08-05", "2024/8/5", "2024/08/05", "2024.8.5", "2024-8-5", "2024年8月5日", " 2024/8/5 "),
        *("2024-08-05 00:00:00", "2024/8/5 0:00", "2024-08-05T00:00:00", "2024-08-05 00:00:00.000", "２０２４/８/５"),
    ],
)
def test_a_day_is_understood_as_spreadsheets_write_it(written: str) -> None:
    (shop,) = read(f"{CHINESE}\nS-1,{USCC},企业,云上,{written},,\n")
    assert shop.opened_on == date(2024, 8, 5)


@pytest.mark.parametrize(
    ("written", "cure"),
    [
        ("8/5/2024", "write the year first"),
        ("5.8.24", "write the year first"),
        ("45509", "the format of a date"),
        ("45509.0", "the format of a date"),
        ("2024/8-5", "2024"),
        ("2024-08-05 13:00:00", "2024-08-05"),
        ("2024-02-30", "2024"),
    ],
)
def test_a_day_that_may_be_another_is_refused_with_a_cure(written: str, cure: str) -> None:
    assert cure in refusals(f"{CHINESE}\nS-1,{USCC},企业,云上,{written},,\n")[2]


def test_every_row_that_is_wrong_is_told_at_once_by_its_number() -> None:
    rows = [
        f"S-1,{USCC},企业,云上,45509,,",
        f"S-2,{USCC},企业,云上,2024/8/5,,",
        "S-3,9.13E+17,企业,云上,2024/8/5,,",
        f"S-4,{USCC},公司,云上,2024/8/5,,",
    ]
    assert list(refusals("\n".join([CHINESE, *rows]))) == [2, 4, 5]


def test_rows_in_which_nothing_stands_are_none() -> None:
    assert len(read(f"{CHINESE}\nS-1,{USCC},企业,云上,2024/8/5,,\n,,,,,,\n,,,,,,\n")) == 1


# Of vertical writing, and a Greek one that looks like a semicolon.
RARE = ["\ufe10", "\ufe11", "\ufe14", "\u037e"]


@pytest.mark.parametrize("between", ["；", "、", "，", ",", "|", "｜", "､", "\n", "\r\n", "\t", "\u2028", *RARE])
def test_two_brands_in_one_cell_are_not_taken_for_one(between: str) -> None:
    told = refusals(f'{CHINESE}\nS-1,{USCC},企业,"云上{between}别的",2024/8/5,,\n')
    assert "between brands" in next(iter(told.values()))
    sign = between.strip("\r")
    (shop,) = read(f'{CHINESE}\nS-1,{USCC},企业,"云上\\{sign}别的",2024/8/5,,\n')
    assert [brand.name for brand in shop.brands] == [f"云上{sign}别的"]


# What a quote that stands alone does: in the last cell of a row, and in the first of one.
TAKEN_IN = [
    ['S-1,{0},,"A-1', "S-2,{0},申请造假,A-2", 'S-3,{0},,A-3"'],
    ["S-1,{0},,A-1", '"S-2,{0},申请造假,A-2', 'S-3",{0},,A-3'],
]


@pytest.mark.parametrize("rows", TAKEN_IN)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_rows_that_a_quote_takes_into_a_cell_are_not_lost(rows: list[str], newline: str) -> None:
    lines = ["店铺编号,统一社会信用代码,品牌,开店日期,关闭原因,申请编号"]
    lines += [row.format(f"{USCC},云上,2024-08-05") for row in rows]
    (told,) = refusals(newline.join([*lines, ""])).values()
    assert "several lines in one cell (a quote that stands alone" in told


def test_a_line_break_that_belongs_into_a_cell_is_written_with_a_backslash() -> None:
    (shop,) = read(f'{CHINESE}\n"S\\\r\n1\n",{USCC},企业,云上,2024/8/5,,\n')
    assert shop.shop_id.strip() == "S\r\n1"


def test_two_shops_of_a_number_that_lost_its_last_digits_are_not_taken_for_one() -> None:
    rows = [f"{number},{USCC},企业,{number},2024/8/5,," for number in ("7312849123456780000", "7312849123456781000")]
    assert len(read("\n".join([CHINESE, *rows]))) == 2
    assert "last digits" in refusals("\n".join([CHINESE, *rows, rows[0]]))[4]


@pytest.mark.parametrize(
    "other",
    [
        f"S-1,{USCC},企业,别的,2024/8/5,,",
        f"S-1,{USCC},企业,云上,2024/8/5,,",
        f"S-1,{USCC},企业,云上,2024/8/5,2024/8/7,申请造假",
    ],
    ids=["a row for each brand", "no closing", "another day"],
)
def test_of_two_rows_of_a_shop_none_replaces_the_other(other: str) -> None:
    closed = f"S-1,{USCC},企业,云上,2024/8/5,2024/8/6,申请造假"
    for rows in ([closed, other], [other, closed]):
        assert "another row" in refusals("\n".join([CHINESE, *rows]))[3]
    assert len(read("\n".join([CHINESE, closed, closed]))) == 2


def test_a_day_that_exists_is_no_way_of_writing_it() -> None:
    told = refusals(f"{CHINESE}\nS-1,{USCC},企业,云上,2024/8/5,2024/8/1,其他\n")
    assert "year first" not in told[2]


ROW = f"{ENGLISH}\nS-1,{USCC},enterprise,云上茶,2022-01-01,,\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (ROW.encode(), "utf-8-sig"),
        (b"\xef\xbb\xbf" + ROW.encode(), "utf-8-sig"),
        (ROW.encode("gbk"), "gb18030"),
        ((ROW + "S-2,𠮷野家,,,,,\n").encode("gb18030"), "gb18030"),
        (f"{CHINESE}\n".encode("gbk"), "gb18030"),
        (ROW.encode("utf-16"), None),
        (ROW.encode() + b"\xff\xff\n", None),
        # All of these can be read as GB18030, and would name other brands.
        (ROW.replace("云上茶", "老乾媽;旺旺").encode("big5"), None),
        (ROW.replace("云上茶", "無印良品").encode("shift_jis"), None),
        (ROW.replace("云上茶", "Lancôme").encode("cp1252"), None),
    ],
)
def test_an_encoding_is_told_by_the_bytes(raw: bytes, encoding: str | None) -> None:
    assert table_encoding(io.BytesIO(raw)) == encoding


def test_utf8_that_lost_a_byte_is_not_taken_for_gb18030() -> None:
    raw = ROW.encode()
    first = raw.index("云".encode())
    broken = [raw[:lost] + raw[lost + 1 :] for lost in range(first, first + len("云上茶".encode()))]
    # Some of them can be read as GB18030, and would name another brand.
    assert any(_can_be(text, "gb18030") for text in broken)
    assert {table_encoding(io.BytesIO(text)) for text in broken} == {None}


def _can_be(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
