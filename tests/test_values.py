"""Our values compare, hash and show themselves as dataclasses do for which the standard library writes that."""

from dataclasses import dataclass, fields, make_dataclass
from typing import Any

import pytest

from onboarding.models import Brand, Subject
from onboarding.report import Note

ONES: list[Any] = [Subject("enterprise", "云上"), Subject("other", extra={"a": 1}), Note({"en": "a", "zh": "b"})]


@pytest.mark.parametrize("one", ONES, ids=repr)
def test_a_value_is_shown_as_the_standard_library_shows_it(one: Any) -> None:
    like = make_dataclass(type(one).__name__, [field.name for field in fields(one)])
    assert repr(one) == repr(like(*(getattr(one, field.name) for field in fields(one))))


def test_values_are_equal_by_their_class_and_fields() -> None:
    @dataclass(frozen=True)
    class Other(Subject):
        pass

    one = Subject("enterprise", "云上", extra={"a": 1})
    assert one == Subject("enterprise", "云上", extra={"a": 1})
    assert hash(one) == hash(Subject("enterprise", "云上"))  # own fields are not hashed
    assert one != Subject("enterprise", "云上")
    assert one != Subject("other", "云上", extra={"a": 1})
    assert Subject("enterprise") != Other("enterprise")
    with pytest.raises(TypeError):
        hash(Brand("云上"))  # what is kept of a record unread is no key
