"""Many records of one subject, of which one day or entry after another asks for some: a set of them is a number.

Its bits are the places of the records among all of their kind. What holds of a record whatever the day is told once;
what is asked for on a day is then a few operations on numbers, which take sixty-four records at a time.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, groupby, islice
from typing import Any

from msgspec import Struct

# So few are quicker looked at one by one.
FEW = 64

Show = Callable[[Any], dict[str, Any]]
Values = Callable[[Any], Iterable[Any]]
Tell = Callable[[Sequence[Any]], Sequence[Collection[Any]]]


class _Seen(Struct, frozen=True):
    """What was shown: of the places in `upto` those in `bits`, and those in `more`."""

    bits: int
    upto: int
    more: int
    evidence: tuple[dict[str, Any], ...]


class Many:
    """All `records` of one kind that are on record of one subject, and what has been found out about them."""

    def __init__(self, records: Iterable[Any]) -> None:
        self.records = list(records)
        self.all = (1 << len(self.records)) - 1
        self._until: dict[str, tuple[list[date], list[int]]] = {}
        self._by_day: dict[str, dict[date, int]] = {}
        self._groups: dict[Hashable, tuple[Values, dict[Any, int]]] = {}
        self._found: dict[Hashable, dict[Any, int]] = {}
        self._told: dict[Hashable, tuple[object, Tell, list[int]]] = {}
        self._seen: dict[tuple[Show, int, int], _Seen] = {}
        self._made: dict[Show, dict[int, dict[str, Any]]] = {}
        self._places = {id(record): place for place, record in enumerate(self.records)}

    def add(self, record: Any) -> None:
        """Put `record` behind all others. What is known of these stays; sets of the records before are sets of them
        still, but nobody may ask for one of that time any more.
        """
        place = len(self.records)
        bit = 1 << place
        self.records.append(record)
        self._places[id(record)] = place
        self.all |= bit
        # In the order in which they were made: what parts a later group may ask an earlier one.
        for values, groups in self._groups.values():
            for value in values(record):
                groups[value] = groups.get(value, 0) | bit
        for _, tell, sets in self._told.values():
            sets[:] = [bits | bit if found else bits for bits, found in zip(sets, tell((record,)), strict=True)]
        for known in (self._until, self._by_day, self._found):
            known.clear()

    def until(self, field: str, day: date) -> int:
        """Those of which the day in `field` is not after `day`."""
        if field not in self._until:
            reached, found = [], 0
            days = self._days(field)
            for of_day in days.values():
                found |= of_day
                reached.append(found)
            self._until[field] = list(days), reached
        days_, reached = self._until[field]
        at = bisect_right(days_, day)
        return reached[at - 1] if at else 0

    def latest(self, field: str, day: date) -> Iterator[tuple[date, int]]:
        """By the days in `field` that are not after `day`, the latest first: those of that day."""
        groups = self._days(field)
        self.until(field, day)
        days, _ = self._until[field]
        for at in range(bisect_right(days, day) - 1, -1, -1):
            yield days[at], groups[days[at]]

    def grouped(self, by: Hashable, values: Values) -> dict[Any, int]:
        """Those that have each of the `values` that a record may have several of; found out once for each `by`."""
        if by not in self._groups:
            places: dict[Any, list[int]] = {}
            for place, record in enumerate(self.records):
                for value in values(record):
                    places.setdefault(value, []).append(place)
            self._groups[by] = values, {value: number(at) for value, at in places.items()}
        return self._groups[by][1]

    def on(self, field: str, day: date) -> int:
        """Those of which the day in `field` is `day`."""
        return self._days(field).get(day, 0)

    def told(self, by: Hashable, given: object, tell: Tell) -> Sequence[int]:
        """Each of the sets that `tell` parts the records into; found out once for each `by`, where it depends on
        `given` as well."""
        told = self._told.get(by)
        if told is None or told[0] is not given:
            sets = [number(map(self.place, records)) for records in tell(self.records)]
            told = self._told[by] = given, tell, sets
        return told[2]

    def found(self, by: Hashable) -> dict[Any, int]:
        """What has been found so far by whoever looks `by` that, to be added to."""
        return self._found.setdefault(by, {})

    def place(self, record: Any) -> int:
        """The place of `record`, which is one of them."""
        return self._places[id(record)]

    def shown(self, wanted: "Some", show: Show, most: int) -> tuple[dict[str, Any], ...]:
        """The first of those `wanted` as evidence, at the most so many: many findings rest on the same ones."""
        # One after the other may ask for other days, and come back to what was shown before.
        key = show, most, (wanted.bits & -wanted.bits).bit_length()
        seen = self._seen.get(key)
        if seen is None or wanted.more != seen.more or wanted.bits & seen.upto != seen.bits:
            made = self._made.setdefault(show, {})
            places = list(islice(wanted.places(), most))
            for place in places:
                if place not in made:
                    made[place] = show(self.records[place])
            upto = (2 << places[-1]) - 1 if len(places) == most and not wanted.more else -1
            evidence = tuple([made[place] for place in places])
            seen = self._seen[key] = _Seen(wanted.bits & upto, upto, wanted.more, evidence)
        return seen.evidence

    def _days(self, field: str) -> dict[date, int]:
        """Those of each day in `field`, the first day first."""
        days = self._by_day.get(field)
        if days is None:
            found = self.grouped((field,), lambda record: filter(None, (getattr(record, field),)))
            days = self._by_day[field] = {day: found[day] for day in sorted(found)}
        return days


class Some:
    """Of `many`, those in the number `bits`, and behind them those in `more`: a Collection of records."""

    # No subclass of Collection: whether a value is one of these is asked of each list of records, and abstract classes
    # take long to answer.

    __slots__ = ("bits", "many", "more")

    def __init__(self, many: Many, bits: int, more: int = 0) -> None:
        self.many, self.bits, self.more = many, bits, more

    def __len__(self) -> int:
        return self.bits.bit_count() + self.more.bit_count()

    def __bool__(self) -> bool:
        return bool(self.bits or self.more)

    def __iter__(self) -> Iterator[Any]:
        return (self.many.records[place] for place in self.places())

    def __contains__(self, record: object) -> bool:
        return any(one is record for one in self)

    def places(self) -> Iterator[int]:
        """Where they stand, in order."""
        return chain(_places(self.bits), _places(self.more))


def by_day(records: Collection[Any], field: str, day: date) -> Iterator[tuple[date, Collection[Any]]]:
    """`records` by their days in `field`, none of which is after `day`, the latest first."""
    if isinstance(records, Some):
        for one, bits in records.many.latest(field, day):
            if bits & records.bits:
                yield one, Some(records.many, bits & records.bits)
        return
    in_order = sorted(records, key=lambda record: getattr(record, field))
    groups = [(one, list(of_day)) for one, of_day in groupby(in_order, key=lambda record: getattr(record, field))]
    yield from reversed(groups)


def by_value(
    records: Collection[Any], name: str, value_of: Callable[[Any, str], Any]
) -> Iterator[tuple[Any, Collection[Any]]]:
    """`records` by what they have in the field `name`: by each number, and by None those that have none there."""
    if not isinstance(records, Some):
        yield from ((value_of(record, name), (record,)) for record in records)
        return

    def number_in(record: Any) -> tuple[int | None]:
        value = value_of(record, name)
        return (value if type(value) is int else None,)

    for value, bits in records.many.grouped((name, int), number_in).items():
        if bits & records.bits:
            yield value, Some(records.many, bits & records.bits)


def shown(records: Collection[Any], show: Show, most: int) -> Iterable[dict[str, Any]]:
    """The first of `records` as evidence, at the most so many."""
    if isinstance(records, Some):
        return records.many.shown(records, show, most)
    return map(show, islice(records, most))


def number(places: Iterable[int]) -> int:
    """The number whose bits are at `places`."""
    found = bytearray()
    for place in places:
        byte = place >> 3
        if byte >= len(found):
            found.extend(bytes(byte + 1 - len(found)))
        found[byte] |= 1 << (place & 7)
    return int.from_bytes(found, "little")


def _places(bits: int) -> Iterator[int]:
    start = 0
    while bits:
        written = bin(bits & _PART)[:1:-1]
        at = written.find("1")
        while at >= 0:
            yield start + at
            at = written.find("1", at + 1)
        bits >>= _PART.bit_length()
        start += _PART.bit_length()


# So many bits are written out at a time: most who ask want the first.
_PART = (1 << 512) - 1
