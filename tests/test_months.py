"""Months are counted by the Civil Code, articles 201 and 202."""

from datetime import date, timedelta

import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.months import due_day, first_day_after, full_months

SOME = settings(max_examples=300, derandomize=True, deadline=None, database=None)
MANY = settings(max_examples=1000, derandomize=True, deadline=None, database=None)
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("exit_day", "over"),
    [
        ("2023-08-31", "2024-03-01"),
        ("2024-02-29", "2024-08-30"),
        ("2024-02-05", "2024-08-06"),
        ("2023-12-31", "2024-07-01"),
        ("2022-08-31", "2023-03-01"),
        ("2024-08-30", "2025-03-01"),
        ("2024-01-31", "2024-08-01"),
    ],
)
def test_six_months_are_over_on_the_day_after_the_corresponding_day(exit_day: str, over: str) -> None:
    start, first = date.fromisoformat(exit_day), date.fromisoformat(over)
    assert first_day_after(start, 6) == first
    assert (full_months(start, first - timedelta(days=1)), full_months(start, first)) == (5, 6)


@MANY
@given(DAYS, st.integers(0, 40))
def test_months_count_from_the_day_after_the_due_day(start: date, months: int) -> None:
    due = due_day(start, months)
    assert full_months(start, due) == max(months - 1, 0)
    assert full_months(start, due + timedelta(days=1)) == months
    assert due.day == start.day or (due.day < start.day and (due + timedelta(days=1)).day == 1)


@MANY
@given(DAYS, st.integers(-100, 2000))
def test_months_never_shrink_asDAYS_go_by_and_grow_by_one_at_most(start: date, step: int) -> None:
    day = start + timedelta(days=step)
    assert 0 <= full_months(start, day + timedelta(days=1)) - full_months(start, day) <= 1


@SOME
@given(DAYS, st.integers(0, 500))
def test_six_months_are_those_counted_day_by_day(start: date, step: int) -> None:
    day = start + timedelta(days=step)
    assert (full_months(start, day) >= 6) == oracle.six_months_over(start, day)
