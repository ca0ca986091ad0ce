"""Full months between two days, by the Civil Code of the PRC, and nothing else.

Art. 201: the day on which a period begins does not count. Art. 202: a period of months ends with the
corresponding day of the last month, or with that month's last day where it has none. So a period is
over on the day *after* that day. Holidays do not move it (art. 203 is about acts, not about waiting).
"""

from datetime import date, timedelta


def due_day(start: date, months: int) -> date:
    """The last day of a period of `months` (>= 0) that began on `start`.

    Raises OverflowError past the year 9999.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > date.max.year:
        raise OverflowError
    return nearest_day(year, month + 1, start.day)


def nearest_day(year: int, month: int, day: int) -> date:
    """The `day` of that month, or its last one where it has none of that number."""
    try:
        return date(year, month, day)
    except ValueError:  # in a short month, which is not the last of a year
        return date(year, month + 1, 1) - timedelta(days=1)


def first_day_after(start: date, months: int) -> date:
    """The first day on which `months` full months have passed since `start`; raises OverflowError as above."""
    return due_day(start, months) + timedelta(days=1)


def full_months(start: date, day: date) -> int:
    """How many full months have passed on `day` since `start`; 0 on `start` and before it."""
    months = (day.year - start.year) * 12 + day.month - start.month
    # The due day is in the month of `day`.
    return max(0, months - 1 if months > 0 and day <= due_day(start, months) else months)
