"""From which day an application may pass: the days on which an outcome can turn at all.

Between them nothing turns: every fact is constant but on a record's day, moves by one a day, or grows on the
due day of a month; and the rules compare facts with numbers that stand in the rule files.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from .models import Application, History
from .months import first_day_after
from .rules.ruleset import Ruleset


def turning_days(application: Application, history: History | None, as_of: date, ruleset: Ruleset) -> list[date]:
    """The days after `as_of` on which some rule's outcome may differ from the day before, in order."""
    numbers = {0}.union(*(rule.numbers for rule in ruleset.rules))
    around = sorted({number + step for number in numbers for step in (-1, 0, 1)})
    days = {day for rule in ruleset.rules for day in (rule.effective_from, rule.effective_until) if day}
    for day in _terms(application):
        # A count of days to `day` equals `number` on the day that lies `number` days before it.
        days.update(_moved(day, -number) for number in around)
    for shop in (history or History()).shops:
        days.update(_period(shop.closed_on, around) if shop.closed_on else ())
        days.add(shop.opened_on)
    for ban in (history or History()).bans:
        days.update(day for day in (ban.on, ban.revoked_on) if day)
    for violation in (history or History()).violations:
        days.update(day for day in (violation.on, violation.resolved_on) if day)
    return sorted(day for day in days if day > as_of)


def _terms(application: Application) -> Iterator[date]:
    for term in (application.business_license, *(brand.evidence for brand in application.brands or ())):
        if term is not None:
            yield from (day for day in (term.valid_from, term.valid_until) if day)


def _period(start: date, months: list[int]) -> Iterator[date]:
    yield start
    for count in months:
        try:
            if count >= 0:
                yield first_day_after(start, count)
        except OverflowError:
            return


def _moved(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min
