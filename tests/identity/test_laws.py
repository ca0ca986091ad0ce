"""What must always be so of numbers and names: each code has one check character, sameness is symmetric."""

import oracle
from builders import DAY, USCC, application, brand, shop
from hypothesis import example, given, settings
from hypothesis import strategies as st

from onboarding import check
from onboarding.identity import brand_keys, brand_names, license_number, normal_code, normal_text
from onboarding.subject_number import BY_USCC

SOME = settings(max_examples=300, derandomize=True, deadline=None, database=None)
MANY = settings(max_examples=1000, derandomize=True, deadline=None, database=None)
TEXTS = st.text(max_size=12) | st.text(
    "云上CTea nike耐克®™Ⓡⓡ★×⻓+&1\ufe0f\u20e3🍎СТ嶼牌 -·/()\u200b\ufeffＡ１ﬁßẞ\u0301\u3000Ⅳ㈱ǅ", max_size=12
)


@SOME
@given(st.text(oracle.ALPHABET, min_size=17, max_size=17).map(lambda t: "91" + "350203" + t[8:]))
def test_each_code_has_one_check_character_and_it_is_the_right_one(body: str) -> None:
    fitting = [char for char in oracle.ALPHABET if license_number(body + char) == "uscc"]
    assert fitting == [char for char in oracle.ALPHABET if oracle.check_character_fits(body + char)]
    assert len(fitting) == 1


@MANY
@given(st.integers(0, 17), st.sampled_from(oracle.ALPHABET))
def test_no_single_mistyped_character_goes_unnoticed(place: int, typed: str) -> None:
    if typed != USCC[place]:
        assert license_number(USCC[:place] + typed + USCC[place + 1 :]) != "uscc"
        assert BY_USCC.on_record(USCC[:place] + typed + USCC[place + 1 :]) is None


@MANY
@given(TEXTS)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normal_text(normal_text(text)) == normal_text(text)
    assert normal_code(normal_code(text)) == normal_code(text)


@MANY
@given(TEXTS)
@example("⺁\u0300Aß一")
@example("一丁\u0300a丁\u0300b")
def test_a_name_compared_by_its_forms_has_them_again(text: str) -> None:
    for form in brand_names(text):
        assert form in brand_names(form)


@SOME
@given(TEXTS, TEXTS, st.sampled_from(["", "1", "1 2"]), st.sampled_from(["", "1", "12"]))
def test_sameness_of_brands_is_symmetric_and_a_brand_is_itself(one: str, other: str, n: str, m: str) -> None:
    def same(a: str, x: str, b: str, y: str) -> bool:
        first = application({"/brands": [brand(a, trademark_no=x)]})
        on_record = {**shop(), "brands": [{"name": b, "trademark_no": y}]}
        found = check(first, history=[on_record], as_of=DAY).facts["brands"][0]
        return bool(found.get("shops_if_admitted", 1) == 2)

    assert bool(brand_keys(one, n) & brand_keys(other, m)) == bool(brand_keys(other, m) & brand_keys(one, n))
    if brand_names(one) and brand_names(other):
        assert same(one, n, other, m) == same(other, m, one, n)
    if brand_names(one):
        assert same(one, n, one, m)
