"""The verbs in which facts are declared: one small function a verb, with the days on which its outcome can turn.

How much is *allowed* is a rule's business and never said here.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain, groupby, islice, takewhile
from operator import itemgetter
from typing import Any

from msgspec import structs

from ..models import BrandWanted
from ..months import due_day, first_day_after, full_months, nearest_day
from .context import MOST_SHOWN, Context, Shown, Unknown, opened_by
from .context import Counted as Outcome
from .declarations import Counted, Dated, Declaration, Summed, read_declarations
from .fact import Count, Fact, Turns
from .many import Some, by_day, by_value
from .selection import (
    KINDS,
    NOTHING,
    Found,
    Interval,
    chosen_day,
    evidence,
    part_counted_in,
    select,
    shared_fields,
    value_at,
    value_of,
)

_Reached = Callable[[date, int], date | None]
_Show = Callable[[Any], dict[str, Any]]
_OfDay = tuple[date, Collection[Any]]

_NONE: Outcome = (None, ())
_SINCE: dict[str, Any] = {"type": ["integer", "null"], "minimum": 0}
_UNTIL: dict[str, Any] = {"type": ["integer", "null"]}


def make_facts(content: Mapping[str, Any]) -> dict[str, Fact]:
    """The facts that a sound `facts.json` declares, by name."""
    read = read_declarations(content)
    return {name: structs.replace(make_fact(name, read[name]), declared=content[name]) for name in read}


def make_fact(name: str, declared: Declaration) -> Fact:
    """The fact `name`, as it is declared, ready to be counted."""
    schema, count, turns = _verb(declared)
    if declared.advisory:
        schema, count = {**(schema or {}), "type": ["integer", "null"]}, _or_null(count)
    made = Fact(name, schema, declared.meaning, declared.pointer, count, turns, declared.advisory)
    if not declared.selections or any(map(shared_fields, declared.selections)):
        return made
    # Where there is no record, months have not begun, and the shop applied for is all there is to count.
    of_none = None if declared.months_since else _applied_for(declared.count)
    parts = frozenset(map(part_counted_in, declared.selections))
    return structs.replace(made, counted_in=parts, of_none=of_none)


def _verb(declared: Declaration) -> tuple[dict[str, Any] | None, Count, Turns]:
    since = declared.months_since
    if declared.count:
        least = _applied_for(declared.count)
        return {"type": "integer", "minimum": least}, _count(declared.count), _turns_of_count(declared.count)
    if declared.sum is not None:
        return {"type": "integer"}, _sum(declared.sum), _turns_of_sum(declared.sum)
    if isinstance(since, Dated):
        return _SINCE, _months_since(since), _turns_of_months(since)
    if since is not None:
        return _SINCE, _at(since, full_months), _turns_of(since, _months_over)
    if declared.months_until is not None:
        pointer = declared.months_until
        return _UNTIL, _at(pointer, lambda day, as_of: months_until(as_of, day)), _turns_of(pointer, _months_left)
    if declared.days_until is not None:
        pointer = declared.days_until
        return _UNTIL, _at(pointer, lambda day, as_of: (day - as_of).days), _turns_of(pointer, _days_left)
    return None, _at(declared.field or ""), lambda *_: iter(())


def months_until(as_of: date, day: date) -> int:
    """Whole months from `as_of` to `day`, `n` where `day` is after the day that ends the `n`th; negative once past.

    It never grows as days go by: 0 on the day itself, -1 on the day after it.
    """
    return full_months(as_of, day) if as_of <= day else -(full_months(day, as_of) + 1)


def _applied_for(selections: tuple[Counted, ...]) -> int:
    """How much of a count is the shop applied for."""
    return 1 if any(selection.with_ for selection in selections) else 0


def _count(selections: tuple[Counted, ...]) -> Count:
    parts = [(select(s), evidence(s, *s.where, *shared_fields(s))) for s in selections]
    more = _applied_for(selections)
    several = len({s.of for s in selections}) < len(selections)
    none: Outcome = (more, ())

    def count_one(context: Context, brand: BrandWanted | None = None) -> Outcome:
        find, show = parts[0]
        found = find(context, brand)
        if found is NOTHING:
            return none
        counted = len(found.records) + more, Shown(((found.records, show),))
        if found.doubtful:
            raise _together([*_doubt(found, show)], at_least=counted)
        return counted

    def count(context: Context, brand: BrandWanted | None = None) -> Outcome:
        number = more
        shown: list[tuple[Collection[Any], _Show]] = []
        doubts: list[Unknown] = []
        counted: set[int] = set()
        for find, show in parts:
            found = find(context, brand)
            if found is NOTHING:
                continue
            if found.doubtful:
                doubts += _doubt(found, show)
            # A record that two selections find is counted once.
            new = [r for r in found.records if id(r) not in counted] if several else found.records
            counted.update(map(id, new) if several else ())
            number += len(new)
            if new:
                shown.append((new, show))
        evidence = Shown(shown) if shown else ()
        if doubts:
            raise _together(doubts, at_least=(number, evidence))
        return number, evidence

    return count_one if len(parts) == 1 else count


def _sum(selection: Summed) -> Count:
    find, show = select(selection), evidence(selection, *selection.where, *shared_fields(selection), selection.value)

    def add(context: Context, brand: BrandWanted | None = None) -> Outcome:
        found = find(context, brand)
        number = 0
        without: list[Any] = []
        for value, records in by_value(found.records, selection.value, value_of):
            if type(value) is int:
                number += value * len(records)
            else:
                without += islice(records, MOST_SHOWN)
        if doubts := [*_doubt(found, show), *_doubt(Found([], without), show)]:
            raise _together(doubts)
        return number, Shown(((found.records, show),))

    return add


def _months_since(selection: Dated) -> Count:
    find, show, day_field = select(selection), evidence(selection), chosen_day(selection)
    nth, within = selection.nth, selection.within

    def since(context: Context, brand: BrandWanted | None = None) -> Outcome:
        found = find(context, brand)
        if found is NOTHING:
            return _NONE
        if found.doubtful:
            raise _together([*_doubt(found, show)])
        which = _chosen(found.records, day_field, context.as_of, nth, within)
        if which is None:
            return _NONE
        day, groups = which
        return full_months(day, context.as_of), Shown([(group, show) for group in reversed(groups)])

    return since


def _chosen(
    records: Collection[Any], field: str, day: date, nth: int, within: Any
) -> tuple[date, list[Collection[Any]]] | None:
    """Of `records` whose days in `field` are not after `day`: what `chosen` says of them."""
    if not records:
        return None
    if nth > 1 or isinstance(records, Some):
        return chosen(by_day(records, field, day), nth, within)
    days = [getattr(record, field) for record in records]
    latest = max(days)
    return latest, [[record for record, its_day in zip(records, days, strict=True) if its_day == latest]]


def chosen(groups: Iterable[_OfDay], nth: int, within: Any) -> tuple[date, list[Collection[Any]]] | None:
    """Of records by day, the latest first: the day that counts, and those that make it count, in the same order."""
    if within == "calendar_year":
        for _, same_year in groupby(groups, key=lambda group: group[0].year):
            of_year = list(same_year)
            if sum(len(records) for _, records in of_year) >= nth:
                return of_year[0][0], [records for _, records in of_year]
        return None
    counted, number, left = deque[_OfDay](), 0, iter(groups)
    for group in left:
        counted.append(group)
        number += len(group[1])
        while number >= nth:
            (end, latest), (start, _) = counted[0], counted[-1]
            if within is None:
                return start, [records for _, records in counted]
            if _reaches(start, within.months, end):
                within_reach = takewhile(lambda group: _reaches(group[0], within.months, end), left)  # noqa: B023
                return end, [records for _, records in (*counted, *within_reach)]
            number -= len(latest)
            counted.popleft()
    return None


def _reaches(start: date, months: int, day: date) -> bool:
    """Whether `day` lies within the `months` that begin with `start` (Civil Code, arts. 201, 202)."""
    try:
        return day <= due_day(start, months)
    except OverflowError:
        return True


def _at(pointer: str, told: Callable[[Any, date], Any] | None = None) -> Count:
    """The value at `pointer` in the application, or in the brand for a fact of each brand; what is `told` of a day."""
    value_in = value_at(pointer.split("/")[1:])

    def read(context: Context, brand: BrandWanted | None = None) -> Outcome:
        value = value_in(context.application if brand is None else brand)
        if value is None:
            return _NONE
        return (value if told is None else told(_day(value), context.as_of)), ()

    return read


def _day(value: Any) -> date:
    """A field of a ruleset's own keeps a day as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _or_null(count: Count) -> Count:
    def certain(context: Context, brand: BrandWanted | None = None) -> Outcome:
        try:
            return count(context, brand)
        except Unknown as unknown:
            return unknown.at_least if unknown.at_least and unknown.at_least[0] else _NONE

    return certain


def _doubt(found: Found, show: _Show) -> Iterator[Unknown]:
    if found.doubtful:
        yield Unknown(found.why, Shown(((found.doubtful, show),)))


def _together(doubts: list[Unknown], at_least: Outcome | None = None) -> Unknown:
    records = Shown([part for doubt in doubts for part in doubt.records.parts])
    return Unknown(doubts[0].why, records, at_least=at_least)


def _turns_of_count(selections: tuple[Counted, ...]) -> Turns:
    """The days on which the count passes a number; where a record may be found twice, all on which one comes or goes.

    Where the application's own shop may be left out of the count, it is one more or one less.
    """
    parts = [(select(s, ever=True), KINDS[s.of], s.at) for s in selections]
    more = _applied_for(selections)
    several = len({s.of for s in selections}) < len(selections)

    def days(context: Context, brand: BrandWanted | None, numbers: Sequence[int]) -> Iterator[date]:
        steps: Counter[date] = Counter()
        own = 0
        for find, kind, at in parts:
            found = _found(find, context, brand)
            yield from _ends(found.doubtful, kind)
            for record in found.records:
                begin, end = getattr(record, kind.begin), getattr(record, kind.end)
                if at == "begun" or (at == "current" and (end is None or begin < end)):
                    steps[begin] += 1
                if end is not None and (at == "ended" or (at == "current" and begin < end)):
                    steps[end] += 1 if at == "ended" else -1
            if kind.kept_in == "shops" and opened_by(context.application, found.records):
                own = 1
        count = more
        for day in sorted(steps):
            before, count = count, count + steps[day]
            least, most = min(before, count) - own, max(before, count) + own
            if several or (least < most and any(least <= number <= most for number in numbers)):
                yield day

    def turns(context: Context, brand: BrandWanted | None, numbers: Sequence[int], rising: bool) -> Iterator[date]:
        numbers = tuple(numbers)
        return _next_of((days, id(brand), numbers), lambda: days(context, brand, numbers), context)

    return turns


def _turns_of_sum(selection: Summed) -> Turns:
    """The days on which a record begins or ends."""
    find, kind = select(selection, ever=True), KINDS[selection.of]

    def turns(context: Context, brand: BrandWanted | None, numbers: Sequence[int], rising: bool) -> Iterator[date]:
        return _next_of((turns, id(brand)), lambda: _ends(_all(_found(find, context, brand)), kind), context)

    return turns


def _turns_of_months(selection: Dated) -> Turns:
    """The days on which so many months have passed, and the next on which they are counted from another day."""
    find, find_ever = select(selection), select(selection, ever=True)
    kind, day_field = KINDS[selection.of], chosen_day(selection)
    # What has begun or ended once has done so for good: one record more makes it a later day, and so fewer months.
    only_later = selection.at != "current"

    def steps(context: Context, brand: BrandWanted | None) -> list[tuple[date, date]] | None:
        """None where it may be counted from another day on every day on which a record begins or ends."""
        found = _found(find_ever, context, brand)
        return _steps(found.records, day_field, selection) if only_later and not found.doubtful else None

    def turns(context: Context, brand: BrandWanted | None, numbers: Sequence[int], rising: bool) -> Iterator[date]:
        as_of = context.as_of
        which = _chosen(_found(find, context, brand).records, day_field, as_of, selection.nth, selection.within)
        start = which[0] if which else None
        known = [] if context.stays else _lasting(context, (steps, id(brand)), lambda: steps(context, brand))
        if known is None:
            yield from _next_of(
                (turns, id(brand)), lambda: _ends(_all(_found(find_ever, context, brand)), kind), context
            )
        else:
            ahead = iter(islice(known, bisect_right(known, as_of, key=itemgetter(0)), None))
            # What follows before so many months have passed (within one, where the fact may fall as well) begins the
            # wait anew: on no day before it have they.
            least = max(1, min(numbers)) if rising and numbers else 1
            step = next(ahead, None)
            while start is not None and step and step[0] <= (_months_over(start, least) or date.max):
                start, step = step[1], next(ahead, None)
            if step:
                yield step[0]
        if start is not None:
            yield from filter(None, (_months_over(start, number) for number in numbers))

    return turns


def _next_of(key: tuple[Any, ...], days: Callable[[], Iterable[date]], context: Context) -> Iterator[date]:
    """The first of `days` that is after that of the context: they stay the same, whatever the day that is."""
    if not context.stays:
        known: list[date] = _lasting(context, key, lambda: sorted(set(days())))
        yield from known[(at := bisect_right(known, context.as_of)) : at + 1]


def _lasting(context: Context, key: tuple[Any, ...], find: Callable[[], Any]) -> Any:
    """What `find` finds whatever the day, found out once."""
    if key not in context.lasting:
        context.lasting[key] = find()
    return context.lasting[key]


def _all(found: Found) -> Iterable[Any]:
    return chain(found.records, found.doubtful)


def _steps(records: Iterable[Any], day_field: str, selection: Dated) -> list[tuple[date, date]]:
    """The days from which the months are counted from another day, and from which; both rise."""
    days = sorted(day for record in records if (day := getattr(record, day_field)))
    steps: list[tuple[date, date]] = []
    within = selection.within
    # Each day with that of the record which, so many before it, is the first of `nth`.
    for first, day in zip(days, days[selection.nth - 1 :], strict=False):
        if within == "calendar_year":
            counts = first.year == day.year
        else:
            counts = within is None or _reaches(first, within.months, day)
        start = first if within is None else day
        if counts and (not steps or start > steps[-1][1]):
            steps[len(steps) - (bool(steps) and steps[-1][0] == day) :] = [(day, start)]
    return steps


def _found(find: Callable[[Context, BrandWanted | None], Found], context: Context, brand: BrandWanted | None) -> Found:
    """The records, whatever their days; none where nothing can be looked up, which no day changes."""
    try:
        return find(context, brand)
    except Unknown:
        return NOTHING


def _ends(records: Iterable[Any], kind: Interval) -> Iterator[date]:
    """The days on which `records` begin or end."""
    for record in records:
        yield from (day for day in (getattr(record, kind.begin), getattr(record, kind.end)) if day)


def _turns_of(pointer: str, reached: _Reached) -> Turns:
    """The days on which the day at `pointer`, of the application or of the brand, is so far away or so long ago."""
    value_in = value_at(pointer.split("/")[1:])

    def turns(context: Context, brand: BrandWanted | None, numbers: Sequence[int], rising: bool) -> Iterator[date]:
        value = value_in(context.application if brand is None else brand)
        if value is not None:
            yield from filter(None, (reached(_day(value), number) for number in numbers))

    return turns


def _days_left(day: date, number: int) -> date | None:
    try:
        return day - timedelta(days=number)
    except OverflowError:
        return None


def _months_over(day: date, number: int) -> date | None:
    try:
        return first_day_after(day, number) if number >= 0 else None
    except OverflowError:
        return None


def _months_left(day: date, number: int) -> date | None:
    """The first day on which no more than `number` months are left until `day`."""
    number += 1
    if number <= 0:
        return _months_over(day, -number)
    year, month = divmod(day.year * 12 + day.month - 1 - number, 12)
    if year < date.min.year:
        return None
    first = nearest_day(year, month + 1, day.day)
    return first if due_day(first, number) >= day else first + timedelta(days=1)
