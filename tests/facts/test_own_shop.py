"""The shop that an application itself opened is found alike among few shops and among many of one application id."""

from datetime import date
from typing import Any

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


@given(st.lists(SHOPS, min_size=1, max_size=8), brands(BrandWanted), st.integers(0, 255))
def test_of_many_shops_the_same_one_is_the_applications_own(
    shops: list[Shop], wanted: tuple[BrandWanted, ...], asked: int
) -> None:
    application = Application("A-1", Subject("other"), brands=wanted)
    bits = asked & ((1 << len(shops)) - 1)
    own = opened_by(application, [shop for place, shop in enumerate(shops) if bits >> place & 1])
    many = Many(shops)
    found = _own_among_many(Context(application, None, None, DAY, None, {}), many, bits)
    assert found == (1 << many.place(own[0]) if len(own) == 1 else 0)
