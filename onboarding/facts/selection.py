"""Which records a declared fact counts: by kind, time, values, and what they share with the application.

A record that cannot be told to match or not is doubtful, and a fact with a doubtful record is unknown: what is not
known must never make a count smaller.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from ..identity import brand_keys, brand_names, normal_text
from ..look_alikes import brand_looks
from ..models import BrandWanted
from .context import Context, Unknown, Why, entry, opened_by
from .declarations import BRAND_KEYS, Counted, Selection

Matches = Callable[[Any], bool | None]  # of a record; None where it cannot be told


class Interval(NamedTuple):
    """A kind of record: where the history keeps it, its first day, the first day after it, what is shown of it."""

    kept_in: str
    begin: str
    end: str
    shown: tuple[str, ...]


KINDS: dict[str, Interval] = {
    "shop": Interval("shops", "opened_on", "closed_on", ()),
    "ban": Interval("bans", "on", "revoked_on", ("id", "on", "reason")),
    "violation": Interval("violations", "on", "resolved_on", ("id", "shop_id", "on", "kind")),
    "mark": Interval("marks", "on", "until", ("id", "kind", "on", "until")),
}


class Found(NamedTuple):
    """The records that match, those that may or may not, and why that is not known."""

    records: Sequence[Any]
    doubtful: Sequence[Any]
    why: Why = "record_incomplete"


NOTHING = Found((), ())
Select = Callable[[Context, BrandWanted | None], Found]


def select(selection: Selection, *, ever: bool = False) -> Select:
    """How the records of `selection` are found; the function raises Unknown where there is nothing to look by.

    `ever`: whatever the day, those of the application's own shop included.
    """
    standing = _standing(selection, ever)
    if not set(selection.same).intersection(BRAND_KEYS):
        return standing
    alike = "look_alike_brand" in selection.same

    def by_brand(context: Context, brand: BrandWanted | None) -> Found:
        # Many brands of an application and many on record take no more than the sum of both.
        index = context.kept.get(by_brand)
        if index is None:
            found = standing(context, brand)
            index = context.kept[by_brand] = NO_RECORDS if found is NOTHING else _index(found, alike)
        if brand is None or not brand_names(brand.name):
            raise Unknown("no_brand_name")
        return _of_brand(index, brand) if index.records else NOTHING

    return by_brand


def chosen_day(selection: Selection) -> str:
    """The field with the day by which a record is selected: its end where it has ended, else its begin."""
    kind = KINDS[selection.of]
    return kind.end if selection.at == "ended" else kind.begin


def evidence(selection: Selection, *read: str) -> Callable[[Any], dict[str, Any]]:
    """How a record of `selection` is shown: what names it, its day, and the fields `read`."""
    if selection.of == "shop":
        names = dict.fromkeys((chosen_day(selection), *read))
        # A shop that passed earlier in the same run is on no record yet and has no id.
        return lambda shop: entry(
            **({"shop_id": shop.shop_id} if shop.shop_id else {"application_id": shop.application_id}),
            **{name: value_of(shop, name) for name in names},
        )
    names = dict.fromkeys((*KINDS[selection.of].shown, *read))
    return lambda record: entry(**{name: value_of(record, name) for name in names})


def value_of(value: Any, name: str) -> Any:
    """The field `name` of a record or of the shop applied for; None where it is absent."""
    try:
        return getattr(value, name)
    except AttributeError:
        return getattr(value, "extra", {}).get(name)


def value_at(names: Sequence[str]) -> Callable[[Any], Any]:
    """What reads the field below a value that `names` lead to; None where it or one above it is absent."""
    known = attrgetter(".".join(names))

    def read(value: Any) -> Any:
        try:
            return known(value)
        except AttributeError:  # one above it is absent, or it is of a ruleset's own
            for name in names:
                if value is None:
                    return None
                value = value_of(value, name)
            return value

    return read


def day_at(names: Sequence[str]) -> Callable[[Any], date | None]:
    """What reads the day that `names` lead to; a field of a ruleset's own keeps it as text."""
    read = value_at(names)

    def read_day(value: Any) -> date | None:
        day = read(value)
        return date.fromisoformat(day) if isinstance(day, str) else day

    return read_day


def shared_fields(selection: Selection) -> list[str]:
    """The fields of the shop applied for that a record of `selection` must have alike."""
    return [name for name in selection.same if name not in BRAND_KEYS]


def _standing(selection: Selection, ever: bool) -> Select:
    """Of the records of one kind and time: those with the values that are asked for, whatever their brand."""
    among, at, begin, end = KINDS[selection.of].kept_in, selection.at, *KINDS[selection.of][1:3]
    without_own = (isinstance(selection, Counted) and selection.with_ is not None) or (
        "look_alike_brand" in selection.same
    )
    tests = [_declared(selection.of, name, _where(name, test)) for name, test in selection.where.items()]
    shared = shared_fields(selection)
    key = (selection.of, at, without_own)

    def of_day(context: Context, all_records: Sequence[Any]) -> Sequence[Any]:
        if ever:
            return all_records
        records: list[Any] | None = context.kept.get(key)
        if records is None:
            records = [record for record in all_records if in_time(record, at, begin, end, context.as_of)]
            if without_own:
                own = opened_by(context.application, records)
                # One application opens one shop: of two that name it, nobody can say which is its own.
                records = [record for record in records if record is not own[0]] if len(own) == 1 else records
            context.kept[key] = records
        return records

    def standing(context: Context, brand: BrandWanted | None) -> Found:
        all_records: Sequence[Any] = getattr(context.records, among)
        if not all_records and not shared:
            return NOTHING
        records = of_day(context, all_records)
        if not shared and not (records and tests):
            return Found(records, ()) if records else NOTHING
        told = [test(context) for test in tests]
        told += [_declared(selection.of, name, _as_applied_for(name, context))(context) for name in shared]
        return _sorted(records, told)

    return standing


def in_time(record: Any, at: str, begin: str, end: str, day: date) -> bool:
    """Whether on `day` a record that is selected `at` that point of its time is one of them."""
    ended: date | None = getattr(record, end)
    if at == "ended":
        return ended is not None and ended <= day
    return bool(getattr(record, begin) <= day) and (at == "begun" or ended is None or day < ended)


def _sorted(records: Iterable[Any], tests: list[Matches]) -> Found:
    sure: list[Any] = []
    doubtful: list[Any] = []
    for record in records:
        told = [test(record) for test in tests]
        if False not in told:
            (doubtful if None in told else sure).append(record)
    return Found(sure, doubtful)


def _where(name: str, keywords: dict[str, Any]) -> Matches:
    """A test of the field `name`, three-valued.

    A field of the core that is absent is null and known to be; one that a ruleset declares may have been left out, and
    so may a number: points that nobody wrote down are not none, in a sum or here.
    """
    listed = [keywords["const"]] if "const" in keywords else keywords.get("enum")
    wanted = None if listed is None else {_comparable(value) for value in listed}
    kinds = None if listed is None else {type(value) for value in listed}
    least, most = keywords.get("minimum"), keywords.get("maximum")
    of_number = least is not None or most is not None or kinds == {int}

    def matches(record: Any) -> bool | None:
        value = value_of(record, name)
        if value is None:
            known = hasattr(record, name) and not of_number
            return (wanted is not None and _comparable(None) in wanted) if known else None
        if wanted is not None and kinds is not None and _comparable(value) not in wanted:
            # A number that was written as a text is no other number: what it is cannot be told.
            return False if type(value) in kinds or kinds == {type(None)} else None
        if least is None and most is None:
            return True
        if type(value) is not int:
            return None
        return (least is None or value >= least) and (most is None or value <= most)

    return matches


def _declared(kind: str, name: str, test: Matches) -> Callable[[Context], Matches]:
    """`test` of the field `name`: what its ruleset declares otherwise on record is none of the values it may be."""

    def of_ruleset(context: Context) -> Matches:
        own = context.own.records.get(kind, {}).get(name)
        if own is None:
            return test
        return lambda record: test(record) if own.fits(value_of(record, name)) else None

    return of_ruleset


def _as_applied_for(name: str, context: Context) -> Matches:
    wanted = value_of(context.application.shop, name)
    if wanted is None or _comparable(wanted)[1] == "":
        raise Unknown("field_missing" if context.known is None else "no_papers", field=f"/shop/{name}")
    return _where(name, {"const": wanted})


def _comparable(value: Any) -> tuple[type, Any]:
    """`value` so that only what is equal and of one type compares equal: `true` is not 1."""
    return type(value), normal_text(value) if isinstance(value, str) else value


class _Index(NamedTuple):
    """Records by what their brands are compared by; the first `certain` of them match in all else."""

    records: list[Any]
    certain: int
    by_key: dict[str, list[int]]
    by_look: dict[str, list[int]] | None
    unreadable: dict[int, None]


NO_RECORDS = _Index([], 0, {}, None, {})


def _index(found: Found, alike: bool) -> _Index:
    records = [*found.records, *found.doubtful]
    by_key: dict[str, list[int]] = {}
    by_look: dict[str, list[int]] | None = {} if alike else None
    unreadable: dict[int, None] = {}
    for position, record in enumerate(records):
        for brand in record.brands:
            keys = brand_keys(brand.name, brand.trademark_no)
            for key in keys:
                by_key.setdefault(key, []).append(position)
            compared_by = keys if brand.trademark_no is None else brand_names(brand.name)
            if by_look is not None:
                compared_by = brand_looks(brand.name)
                for look in compared_by:
                    by_look.setdefault(look, []).append(position)
            if not compared_by:
                unreadable[position] = None
        # A shop carries something: where no brand of it is on record, what it carries is not known.
        if not record.brands:
            unreadable[position] = None
    return _Index(records, len(found.records), by_key, by_look, unreadable)


def _of_brand(index: _Index, brand: BrandWanted) -> Found:
    matching = {p for key in brand_keys(brand.name, brand.trademark_no) for p in index.by_key.get(key, ())}
    if index.by_look is not None:
        matching = {p for look in brand_looks(brand.name) for p in index.by_look.get(look, ())} - matching
    incomplete = {position for position in matching if position >= index.certain}
    # In the order of the records, as they were put there.
    doubtful = [position for position in index.unreadable if position not in matching]
    if incomplete:
        doubtful = sorted({*doubtful, *incomplete})
    return Found(
        [index.records[position] for position in sorted(matching - incomplete)],
        [index.records[position] for position in doubtful],
        "record_incomplete" if incomplete else "brand_on_record_unreadable",
    )
