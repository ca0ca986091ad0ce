"""How many different brands an application names: one that is written in two ways is one."""

from typing import Any

import pytest
from builders import DAY, application

from onboarding.facts.builtin import built_in
from onboarding.facts.derivation import context_of
from onboarding.reading.documents import read_application

_BRANDS: list[tuple[str, list[dict[str, Any]], int]] = [
    ("none", [], 0),
    ("one", [{"name": "云上"}], 1),
    ("two", [{"name": "云上"}, {"name": "山下"}], 2),
    ("one twice, in other writing", [{"name": "云上®"}, {"name": " 云 上"}], 1),
    ("one by its number", [{"name": "云上", "trademark_no": "7"}, {"name": "山下", "trademark_no": "第7号"}], 1),
    ("halves of a bilingual one", [{"name": "CLOUDTEA"}, {"name": "云上"}, {"name": "云上/CLOUDTEA"}], 1),
    ("halves that nothing links", [{"name": "CLOUDTEA"}, {"name": "云上"}], 2),
    ("signs alone", [{"name": "云上"}, {"name": "★"}], 1),
    ("no name", [{"name": "云上"}, {}], 1),
    ("no name, and a number", [{"name": "云上"}, {"trademark_no": "7"}], 2),
]


@pytest.mark.parametrize(("brands", "distinct"), [row[1:] for row in _BRANDS], ids=[row[0] for row in _BRANDS])
def test_the_same_brand_is_counted_once_and_one_that_cannot_be_compared_not_at_all(
    brands: list[dict[str, Any]], distinct: int
) -> None:
    for listed in (brands, brands[::-1]):
        made, _ = read_application(application({"/brands": listed}))
        assert built_in()["distinct_brands"].count(context_of(made, None, DAY), None) == (distinct, [])
