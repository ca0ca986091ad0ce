"""The check character of GB 32100-2015, against `python-stdnum`."""

import string

from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidFormat

from onboarding.identity import license_number

DIGITS, CAPITALS = string.digits, string.digits + string.ascii_uppercase
CODES = st.builds(str.__add__, st.text(DIGITS, min_size=8, max_size=8), st.text(CAPITALS, min_size=10, max_size=10))
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@given(CODES | st.text(CAPITALS + "-_/", min_size=18, max_size=18))
@example("91999999MATEKT019L")
@example("91350299M0001QK7T0")
@example("A1999999MATEKT019L")
def test_a_code_is_what_the_other_computation_says_it_is(code: str) -> None:
    code = code.replace("-", "_")  # which the other one would drop
    expected = {"uscc"}
    try:
        uscc.validate(code)
    except InvalidChecksum:
        expected = {"wrong_check_character", "early_fujian"}
    except InvalidFormat:
        expected = {"impossible_characters"}
    assert license_number(code) in expected


@given(CODES.filter(lambda code: set(code) <= set(ALPHABET)))
def test_one_last_character_alone_fits(code: str) -> None:
    fitting = [last for last in ALPHABET if license_number(code[:17] + last) == "uscc"]
    assert fitting == [uscc.calc_check_digit(code[:17])]
