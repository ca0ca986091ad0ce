"""What the registry tests start from: subjects, and the instant at which they act."""

import json
from datetime import UTC, date, datetime, time
from typing import Any

from builders import DAY
from stdnum.cn import uscc

from onboarding.reading.records import Line, read_records
from onboarding.registry.bulk_import import add
from onboarding.registry.sql import Entry, SqlRegistry

# Noon of the day of `application()` in Asia/Shanghai.
AT = datetime(2024, 8, 5, 4, tzinfo=UTC)
WHO: dict[str, Any] = {"as_of": DAY, "at": AT, "by": "tester"}


def entry(day: date = DAY, note: str | None = None) -> Entry:
    """A change made at noon of `day`."""
    return Entry(noon(day), "tester", note)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(4), tzinfo=UTC)


def subject(number: int) -> str:
    """A sound licence number for each number up to a billion."""
    body = f"91999999M{number:08d}"[:17]
    return body + uscc.calc_check_digit(body)


def lines(*records: dict[str, Any]) -> list[Line]:
    """`records` as an import reads them."""
    return list(read_records((json.dumps(record).encode() for record in records), "test"))


def load(registry: SqlRegistry, *records: dict[str, Any], at: datetime = AT) -> int:
    """Import `records`."""
    return add(registry, lines(*records), Entry(at, "tester")).new
