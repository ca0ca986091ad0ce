"""Instants on record: in UTC and of one width, so that their texts sort as they follow each other."""

from datetime import UTC, date, datetime, timedelta, timezone

from ..errors import Problem, RegistryError
from ..messages import text

# Asia/Shanghai has had no daylight saving time since 1991; a fixed offset needs no time zone data.
SHANGHAI = timezone(timedelta(hours=8))


def with_zone(at: datetime) -> datetime:
    """`at`; raises RegistryError where it names no time zone, and so may be any of many instants."""
    if at.tzinfo is None:
        raise RegistryError(Problem(text("registry.no-zone"), hint=text("registry.no-zone-hint")))
    return at


def write_instant(at: datetime) -> str:
    """`at` as it stands on record: `2026-11-23T08:00:00.000000+00:00`; raises RegistryError as `with_zone` does."""
    return with_zone(at).astimezone(UTC).isoformat(timespec="microseconds")


def day_of(at: datetime) -> date:
    """The day in Asia/Shanghai on which `at` lies."""
    return at.astimezone(SHANGHAI).date()


def read_instant(given: str) -> datetime:
    """The instant in `given` (ISO 8601), in Asia/Shanghai where it names no zone; a day alone means its end.

    Raises RegistryError for anything else.
    """
    try:
        # A week with an hour (`2026W48T16`) is as long as a day.
        if len(given) < len("2026-11-23") or "W" in given:
            raise ValueError(given)
        at = datetime.fromisoformat(given)
        if len(given) == len("2026-11-23"):
            at += timedelta(days=1, microseconds=-1)
        at = at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
        write_instant(at)
    except (ValueError, OverflowError):
        hint = text("registry.instant-hint")
        raise RegistryError(Problem(text("registry.no-instant", given=given), hint=hint)) from None
    return at


def show_instant(given: str) -> str:
    """An instant on record as staff read it, and as `read_instant` takes it: `2026-11-23T16:00:00+08:00`.

    Raises RegistryError where it is none.
    """
    try:
        return datetime.fromisoformat(given).astimezone(SHANGHAI).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        raise RegistryError(Problem(text("registry.broken-instant", given=given[:40]))) from None
