"""Which names and numbers are one brand, which only look so, and which are neither."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.identity import (
    brand_keys,
    brand_names,
    is_no_id,
    name_difference,
    tells_brand,
    trademark_number,
)
from onboarding.look_alikes import brand_looks
from onboarding.unicode_data.confusables import LATIN_AND_OTHERS, SIMPLIFIED
from onboarding.unicode_data.radicals import RADICALS

HERE = Path(__file__).parent
BRANDS: dict[str, list[Any]] = json.loads((HERE / "brands.json").read_text("utf-8"))
NUMBERS = json.loads((HERE / "trademark_numbers.json").read_text("utf-8"))
TABLES = {"radicals": RADICALS, "simplified": SIMPLIFIED, "latin and others": LATIN_AND_OTHERS}

MANY = settings(max_examples=1000, derandomize=True, deadline=None, database=None)
_texts = st.text(max_size=12) | st.text("云上雲牌嶼NIKEnikeСІо耐克®™Ⓡⓡ★×°⻓+&1l0é\u0301\ufe0f🍎(R) ", max_size=12)


def _pairs(kind: str) -> list[Any]:
    return [pytest.param(one, other, id=why) for why, one, other in BRANDS[kind]]


def _equal(one: str, other: str) -> bool:
    return bool(brand_names(one) & brand_names(other))


def _alike(one: str, other: str) -> bool:
    return bool(brand_looks(one) & brand_looks(other))


@pytest.mark.parametrize(("one", "other"), _pairs("equal"))
def test_these_are_one_brand(one: str, other: str) -> None:
    assert _equal(one, other)


@pytest.mark.parametrize(("one", "other"), _pairs("alike"))
def test_these_are_not_one_brand_yet_look_so(one: str, other: str) -> None:
    assert (_equal(one, other), _alike(one, other)) == (False, True)


@pytest.mark.parametrize(("one", "other"), _pairs("different"))
def test_these_neither_are_one_brand_nor_look_so(one: str, other: str) -> None:
    assert (_equal(one, other), _alike(one, other)) == (False, False)


@pytest.mark.parametrize("name", BRANDS["nothing_left"])
def test_of_these_nothing_is_left_to_compare(name: str) -> None:
    assert brand_names(name) == brand_looks(name) == frozenset()


@MANY
@given(_texts, _texts)
def test_names_that_are_equal_look_alike(one: str, other: str) -> None:
    assert _alike(one, other) or not _equal(one, other)
    assert bool(brand_names(one)) <= bool(brand_looks(one))


@MANY
@given(_texts)
def test_signs_around_a_name_change_nothing(text: str) -> None:
    if brand_names(text):
        assert _equal(f"★ {text} (R)", text)


@pytest.mark.parametrize(("written", "number"), NUMBERS)
def test_a_trademark_number_is_told_from_its_frame(written: str, number: str | None) -> None:
    assert trademark_number(written) == number
    assert brand_keys(None, written) == ({f"#{number}"} if number else set())


@MANY
@given(st.text("第号號No.0１1A无 -", max_size=10))
def test_a_trademark_number_told_twice_is_the_same(text: str) -> None:
    number = trademark_number(text)
    assert number is None or trademark_number(number) == number


@pytest.mark.parametrize("text", BRANDS["no_ids"])
def test_these_are_no_ids_and_name_no_brand(text: str) -> None:
    assert is_no_id(text)
    assert is_no_id(f" {text.lower()}\u200b")
    assert not tells_brand(text)


@pytest.mark.parametrize("text", BRANDS["ids"])
def test_these_may_be_ids(text: str) -> None:
    assert not is_no_id(text)


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ("云上茶业", "云上茶业 ", "none"),
        ("云上(杭州)茶业", "云上（杭州）茶业", "none"),
        ("云上茶业", "云上·茶业", "dots_dashes_spaces"),
        ("云上・茶业", "云上•茶业", "dots_dashes_spaces"),
        ("云上茶业", "云上 茶业", "dots_dashes_spaces"),
        ("云上-茶业", "云上—茶业", "dots_dashes_spaces"),
        ("云上(杭州)茶业", "云上杭州茶业", "letters"),
        ("云上茶业", "云上茶叶", "letters"),
        ("Cloud", "CLOUD", "letters"),
    ],
)
def test_how_two_names_differ(one: str, other: str, difference: str) -> None:
    assert name_difference(one, other) == name_difference(other, one) == difference


@pytest.mark.parametrize("table", TABLES)
def test_a_table_maps_each_character_once_and_to_what_is_mapped_no_further(table: str) -> None:
    groups = [group.split(":") for group in TABLES[table].split(" ")]
    sources = "".join(chars for _, chars in groups)
    assert len(sources) == len(set(sources))
    assert [target for target, _ in groups if table == "simplified" and target in sources] == []
    assert len({target for target, _ in groups}) == len(groups)


def test_a_radical_is_a_symbol_that_nfkc_leaves_and_stands_for_a_character() -> None:
    for group in RADICALS.split(" "):
        target, _, radicals = group.partition(":")
        assert target >= "\u3400"
        for radical in radicals:
            assert unicodedata.name(radical).startswith(("CJK RADICAL", "CJK STROKE"))
            assert unicodedata.normalize("NFKC", radical) == radical


def test_a_name_is_compared_by_its_looks_only_where_a_shop_is_open() -> None:
    script = """
import sys
sys.path.insert(0, sys.argv[1])
from builders import DAY, application, shop
from onboarding import check
for records in ([], [shop(closed_on="2024-01-01", closed_for="other")], [shop()]):
    check(application(), history=records, as_of=DAY)
    print("onboarding.unicode_data.confusables" in sys.modules)
"""
    shown = subprocess.run(
        [sys.executable, "-c", script, HERE.parent], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert shown.stdout.split() == ["False", "False", "True"]
