"""Thousands of entries of one subject rest on few sets of records: what was shown once is shown again as it is."""

from datetime import date, timedelta

from onboarding.facts.declarations import Selection
from onboarding.facts.many import Many, Some, number
from onboarding.facts.selection import evidence
from onboarding.models import Shop

MOST = 10
SHOPS = Many([Shop(f"S-{n}", "91999999MATEKT019L", date(2022, 1, 1) + timedelta(n), ()) for n in range(90)])
SHOW = evidence(Selection("shop", "current"), "shop_id")
EARLY, LATE = (Some(SHOPS, number(range(first, 90))) for first in (0, 40))


def test_who_comes_back_to_a_day_is_shown_the_very_same_evidence() -> None:
    before = SHOPS.shown(EARLY, SHOW, MOST)
    assert SHOPS.shown(LATE, SHOW, MOST) != before
    assert SHOPS.shown(EARLY, SHOW, MOST) is before


def test_a_set_that_begins_alike_but_lacks_a_record_is_shown_as_it_is() -> None:
    SHOPS.shown(EARLY, SHOW, MOST)
    fewer = Some(SHOPS, EARLY.bits & ~number((3,)))
    assert [one["shop_id"] for one in SHOPS.shown(fewer, SHOW, MOST)] == [f"S-{n}" for n in range(11) if n != 3]


def test_facts_that_show_the_same_fields_share_what_they_show() -> None:
    assert evidence(Selection("shop", "current"), "shop_id") is SHOW
