"""The shop that an application itself opened is found alike among few shops and among many of one application id."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.facts.context import Context, opened_by
from onboarding.facts.many import Many
from onboarding.facts.selection import _own_among_many
from onboarding.models import Application, Brand, BrandWanted, Shop, Subject

NAMES = st.sampled_from(("云上", "云上abc", "x"))
NUMBERS = st.sampled_from((None, None, "1"))
DAY = date(2022, 1, 1)


def brands(cls: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.builds(cls, NAMES, NUMBERS), max_size=3).map(tuple)


SHOPS = st.builds(
    Shop,
    shop_id=st.just("S-1"),
    subject_id=st.just("91999999MATEKT019L"),
    brands=brands(Brand),
    opened_on=st.just(DAY),
    application_id=st.sampled_from(("A-1", " A-1 ", None)),
)


def application_for(wanted: tuple[BrandWanted, ...]) -> Application:
    return Application("A-1", Subject("other"), brands=wanted)


def own_among(shops: list[Shop], wanted: tuple[BrandWanted, ...], bits: int) -> int | None:
    """The place of the application's own shop among those of `shops` whose places are `bits`."""
    found = _own_among_many(Context(application_for(wanted), None, None, DAY, None, {}), Many(shops), bits)
    assert found.bit_count() <= 1
    return found.bit_length() - 1 if found else None


@given(st.lists(SHOPS, min_size=1, max_size=8), brands(BrandWanted), st.integers(0, 255))
def test_of_many_shops_the_same_one_is_the_applications_own(
    shops: list[Shop], wanted: tuple[BrandWanted, ...], asked: int
) -> None:
    bits = asked & ((1 << len(shops)) - 1)
    own = opened_by(application_for(wanted), [shop for place, shop in enumerate(shops) if bits >> place & 1])
    places = [place for place, shop in enumerate(shops) if any(shop is one for one in own)]
    assert own_among(shops, wanted, bits) == (places[0] if len(places) == 1 else None)


@pytest.mark.parametrize(
    ("on_record", "own"),
    [
        # The first shop is looked at for its 云上, and goes with the third for the x that was not applied for.
        ((("云上", "x"), ("云上",), ("x",)), 1),
        ((("云上", "x"), ("x",)), None),
        ((("云上", "x"), ("云上",), ("x",), ("云上",)), None),
    ],
)
def test_a_shop_with_another_brand_takes_out_those_that_carry_it_and_no_other(
    on_record: tuple[tuple[str, ...], ...], own: int | None
) -> None:
    shops = [
        Shop(f"S-{n}", "q", DAY, tuple(map(Brand, names)), application_id="A-1") for n, names in enumerate(on_record)
    ]
    assert own_among(shops, (BrandWanted("云上"),), (1 << len(shops)) - 1) == own
