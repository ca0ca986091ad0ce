"""Texts are brought to their normal forms as the standard library does, and in time linear in them."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.identity import normalized

# Starters, accents of several classes, and characters that come apart into more: a row of them is long.
KINDS = "aé한ﷺ㎏\u0301\u0323\u0344\u0345\u0f71\u0f73\u0f74\u3099\u1161\u11a8"
ROWS = st.text(st.sampled_from(KINDS), min_size=1).map(lambda row: row * (4000 // len(row) + 1))


@pytest.mark.parametrize("form", ["NFKC", "NFKD"])
@settings(deadline=None)
@given(text=ROWS)
def test_a_long_text_has_the_normal_form_that_the_standard_library_gives(
    form: Literal["NFKC", "NFKD"], text: str
) -> None:
    assert normalized(form, text) == unicodedata.normalize(form, text)


@pytest.mark.parametrize("accents", ["\u0301\u0323", "\u0f73"], ids=ascii)
def test_a_row_of_two_hundred_thousand_accents_is_brought_into_order(accents: str) -> None:
    # By insertion this would take minutes.
    assert len(normalized("NFKD", "a" + accents * 100_000)) == 200_001
