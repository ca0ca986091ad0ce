"""How many different brands an application names: one written in two ways is one, one that may be any is not known."""

from typing import Any

import pytest
from builders import DAY, application, brand

from onboarding import check
from onboarding.facts.builtin import built_in
from onboarding.facts.context import Unknown
from onboarding.facts.derivation import context_of
from onboarding.identity import tells_brand
from onboarding.reading.documents import read_application

_BRANDS: list[tuple[str, list[dict[str, Any]], int]] = [
    ("none", [], 0),
    ("one", [{"name": "云上"}], 1),
    ("two", [{"name": "云上"}, {"name": "山下"}], 2),
    ("one twice, in other writing", [{"name": "云上®"}, {"name": " 云 上"}], 1),
    ("one by its number", [{"name": "云上", "trademark_no": "7"}, {"name": "山下", "trademark_no": "第7号"}], 1),
    ("halves of a bilingual one", [{"name": "CLOUDTEA"}, {"name": "云上"}, {"name": "云上/CLOUDTEA"}], 1),
    ("halves that nothing links", [{"name": "CLOUDTEA"}, {"name": "云上"}], 2),
    ("signs with the number of one", [{"name": "云上", "trademark_no": "7"}, {"name": "★", "trademark_no": "7"}], 1),
]
# Each with how many there are for certain: there may be one more.
_NOT_TOLD: list[tuple[str, list[dict[str, Any]], int]] = [
    ("signs alone", [{"name": "云上"}, {"name": "★"}], 1),
    ("signs alone, and no other", [{"name": "★"}], 0),
    ("no name", [{"name": "云上"}, {}], 1),
    ("no name, and a number, which proves nothing", [{"name": "云上"}, {"trademark_no": "7"}], 1),
    ("a word for nothing", [{"name": "云上"}, {"name": "无"}], 1),
    ("a word for nothing in another language", [{"name": "N/A"}, {"name": "云上"}, {"name": "山下"}], 2),
    ("what a spreadsheet makes of a formula that fails", [{"name": "云上"}, {"name": "#REF!"}], 1),
    ("what a spreadsheet makes of a long number", [{"name": "云上"}, {"name": "1.23E+07"}], 1),
]


@pytest.mark.parametrize(("brands", "distinct"), [row[1:] for row in _BRANDS], ids=[row[0] for row in _BRANDS])
def test_the_same_brand_is_counted_once(brands: list[dict[str, Any]], distinct: int) -> None:
    for listed in (brands, brands[::-1]):
        made, _ = read_application(application({"/brands": listed}))
        assert built_in()["distinct_brands"].count(context_of(made, None, DAY), None) == (distinct, [])


@pytest.mark.parametrize(("brands", "certain"), [row[1:] for row in _NOT_TOLD], ids=[row[0] for row in _NOT_TOLD])
def test_with_a_brand_that_may_be_any_the_number_is_unknown(brands: list[dict[str, Any]], certain: int) -> None:
    for listed in (brands, brands[::-1]):
        made, _ = read_application(application({"/brands": listed}))
        with pytest.raises(Unknown) as raised:
            built_in()["distinct_brands"].count(context_of(made, None, DAY), None)
        told = [index for index, brand in enumerate(listed) if not tells_brand(brand.get("name"))]
        assert (raised.value.at_least, raised.value.field) == ((certain, ()), f"/brands/{told[0]}/name")


@pytest.mark.parametrize("brands", [row[1] for row in _NOT_TOLD], ids=[row[0] for row in _NOT_TOLD])
def test_a_shop_of_several_brands_is_undecided_where_it_is_not_known_how_many(brands: list[dict[str, Any]]) -> None:
    papers = {"trademark_status": "registered", "evidence": brand("云上")["evidence"]}
    wanted = {"name": "茶", "type": "multi_brand", "category": "茶"}
    report = check(
        application({"/shop": wanted, "/brands": [papers | one for one in brands]}), as_of=DAY, ruleset="douyin-2020"
    )
    (said,) = (outcome for outcome in report.outcomes if outcome.rule == "multi-brand-shop")
    assert said.status == "undecided"
