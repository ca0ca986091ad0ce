"""Plain values that no JSON has: a program that gives them is told, whatever they are."""

from typing import Any

import pytest
from builders import application

from onboarding import InputError, check


@pytest.mark.parametrize("name", [None, True, 1, 1.5, b"x", (1,)], ids=repr)
@pytest.mark.parametrize("place", ["", "/subject", "/business_license", "/brands/0", "/brands/0/evidence", "/unknown"])
def test_a_name_that_is_no_string_is_a_problem_with_its_place(place: str, name: Any) -> None:
    value = application({place: {name: "x"}}) if place else application() | {name: "x"}
    with pytest.raises(InputError) as refused:
        check(value, as_of="2024-08-05")
    assert [problem.pointer for problem in refused.value.problems] == [place]
