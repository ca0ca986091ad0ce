"""Days as people write them: what means one day is read, and nothing else."""

from datetime import date

import pytest

from onboarding.reading.days import is_endless, read_day

READ = [
    "2021-03-01",
    "2021/3/1",
    "2021.3.1",
    "2021 3 1",
    "20210301",
    "2021年3月1日",
    "2021年3月1号",
    "2021 年 3 月 1 日",
    "２０２１－３－１",
    " 2021-03-01T08:00:00+08:00",
]
UNREAD = [
    "",
    "2021111",
    "2021 31",
    "202131",
    "3/1/2021",
    "21-3-1",
    "2021-02-30",
    "2021-13-01",
    "0000-01-01",
    "2021-3",
    "长期",
    "2021-03-01x",
    "9" * 1000,
    "٢٠٢١-٣-١",
]


@pytest.mark.parametrize("written", READ)
def test_a_day_is_read_however_it_is_written(written: str) -> None:
    assert read_day(written) == date(2021, 3, 1)


@pytest.mark.parametrize("written", UNREAD)
def test_what_is_no_day_or_could_be_several_is_not_read(written: str) -> None:
    assert read_day(written) is None


@pytest.mark.parametrize(
    ("written", "endless"), [("长期", True), (" No fixed term ", True), ("", False), ("2021", False)]
)
def test_no_last_day_is_said_in_words(written: str, endless: bool) -> None:
    assert is_endless(written) is endless
