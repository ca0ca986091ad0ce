"""What people type where they are asked means what they mean, and nothing where that is not clear."""

from datetime import date
from typing import get_args

import pytest

from onboarding.messages import LANGS, catalogue, value_words
from onboarding.models import BanReason, ClosedFor, EvidenceType, SubjectType, ViolationKind
from onboarding.reading.typed import is_endless, typed_choice, typed_date, typed_flag

CHOICES = [get_args(kind) for kind in (SubjectType, EvidenceType, ClosedFor, BanReason, ViolationKind)]

DAYS = {
    "2021-03-01": date(2021, 3, 1),
    "2021年3月1日": date(2021, 3, 1),
    "2021 年 03 月 01 日": date(2021, 3, 1),
    "2021年3月1号": date(2021, 3, 1),
    "２０２１年３月１日": date(2021, 3, 1),
    "2021/3/1": date(2021, 3, 1),
    "2021.3.1": date(2021, 3, 1),
    "20210301": date(2021, 3, 1),
    " 2021-3-1 ": date(2021, 3, 1),
    "2021-02-30": None,
    "2021111": None,
    "01.03.2021": None,
    "2021年3月": None,
    "2021-03-01T23:00:00Z": None,
    "长期": None,
    "": None,
}


@pytest.mark.parametrize(("given", "day"), DAYS.items(), ids=repr)
def test_a_day_is_understood_however_it_is_written_where_it_can_mean_one_day_alone(
    given: str, day: date | None
) -> None:
    assert typed_date(given) == day


@pytest.mark.parametrize("given", ["长期", " 长期有效", "无固定期限", "Long-Term"])
def test_no_last_day_is_understood(given: str) -> None:
    assert is_endless(given)


MEANT = {True: ("是", "有", "y", "YES", "Ｙ"), False: ("否", "没有", "n", "No"), None: ("", "或许", "1")}


@pytest.mark.parametrize(("given", "meant"), [(given, meant) for meant, all_ in MEANT.items() for given in all_])
def test_yes_and_no_are_understood(given: str, meant: bool | None) -> None:
    assert typed_flag(given) is meant


@pytest.mark.parametrize("values", CHOICES, ids=" ".join)
def test_each_choice_is_understood_by_its_value_and_by_its_words(values: tuple[str, ...]) -> None:
    for value in values:
        assert {typed_choice(given, values) for given in (value, *value_words(value).values())} == {value}
    assert typed_choice("", values) is None
    assert typed_choice("公司", values) is None


def test_what_follows_far_behind_is_not_passed_over() -> None:
    behind = " " * 60 + "作废"
    assert typed_date("2030-01-01" + behind) is typed_flag("是" + behind) is None
    assert typed_choice("企业" + behind, ("enterprise",)) is None
    assert not is_endless("长期" + behind)


def test_every_choice_has_words_in_both_languages_and_no_words_are_left_over() -> None:
    assert set(catalogue("values")) == {value for values in CHOICES for value in values} | {"true", "false"}
    assert all(
        len({value_words(value)[lang] for value in values}) == len(values) for values in CHOICES for lang in LANGS
    )


def test_a_value_of_a_rulesets_own_is_called_as_it_is_written() -> None:
    assert typed_choice("flagship", ("ordinary", "flagship")) == "flagship"
    assert value_words("flagship") == {"en": "flagship", "zh": "flagship"}
