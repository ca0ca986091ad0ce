"""Which records a declared fact counts: by kind, time, values, and what they share with the application.

A record that cannot be told to match or not is doubtful, and a fact with a doubtful record is unknown: what is not
known must never make a count smaller.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from functools import cache, lru_cache, reduce
from itertools import dropwhile
from operator import attrgetter, or_
from typing import Any

import msgspec
from msgspec import Struct

from ..identity import brand_keys, brand_names, is_no_id, normal_text, tells_brand
from ..look_alikes import brand_looks
from ..models import Application, Brand, BrandWanted, History, Shop
from ..reading.own_fields import OwnField
from .context import Context, Unknown, Why, keys_of_brands, opened_by
from .declarations import BRAND_KEYS, Counted, Selection
from .many import FEW, Many, Some

Matches = Callable[[Any], bool | None]  # of a record; None where it cannot be told


class Interval(Struct, frozen=True):
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


# The part of a history that shops are counted in which are selected by their end: most subjects have closed none.
ENDED_SHOPS = "ended_shops"


class Found(Struct, frozen=True):
    """The records that match, those that may or may not, and why that is not known."""

    records: Collection[Any]
    doubtful: Collection[Any]
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
        carrying: Callable[[BrandWanted], Found] | None = context.kept.get(by_brand)
        if carrying is None:
            found = standing(context)
            none = found is NOTHING
            carrying = context.kept[by_brand] = _no_record if none else _carrying(found, alike, context.kept)
        if brand is None or not brand_names(brand.name):
            raise Unknown("no_brand_name")
        return carrying(brand)

    return by_brand


def part_counted_in(selection: Selection) -> str:
    """The part of a history that holds every record which `selection` may find on some day."""
    return ENDED_SHOPS if (selection.of, selection.at) == ("shop", "ended") else KINDS[selection.of].kept_in


def chosen_day(selection: Selection) -> str:
    """The field with the day by which a record is selected: its end where it has ended, else its begin."""
    kind = KINDS[selection.of]
    return kind.end if selection.at == "ended" else kind.begin


def evidence(selection: Selection, *read: str) -> Callable[[Any], dict[str, Any]]:
    """How a record of `selection` is shown: what names it, its day, and the fields `read`."""
    if selection.of != "shop":
        return _record_shown(tuple(dict.fromkeys((*KINDS[selection.of].shown, *read))))
    return _shop_shown(tuple(dict.fromkeys((chosen_day(selection), *read))))


# Facts that show the same of their records do it by one and the same function.
@cache
def _record_shown(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    return lambda record: entry(record, names)


@cache
def _shop_shown(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    # A shop that passed earlier in the same run is on no record yet and has no id.
    named, unnamed = ("shop_id", *names), ("application_id", *names)
    return lambda shop: entry(shop, named if shop.shop_id else unnamed)


def entry(record: Any, names: Iterable[str]) -> dict[str, Any]:
    """A record as evidence: those of the fields `names` that it has, days as `YYYY-MM-DD`."""
    shown = {}
    for name in names:
        value = value_of(record, name)
        if value is not None:
            shown[name] = str(value) if isinstance(value, date) else value
    return shown


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


def shared_fields(selection: Selection) -> list[str]:
    """The fields of the shop applied for that a record of `selection` must have alike."""
    return [name for name in selection.same if name not in BRAND_KEYS]


def _standing(selection: Selection, ever: bool) -> Callable[..., Found]:
    """Of the records of one kind and time: those with the values that are asked for, whatever their brand."""
    kind, at = KINDS[selection.of], selection.at
    among, begin, end = kind.kept_in, kind.begin, kind.end
    begin_of, end_of = attrgetter(begin), attrgetter(end)
    without_own = (isinstance(selection, Counted) and selection.with_ is not None) or (
        "look_alike_brand" in selection.same
    )
    told_of = {"kind": _kind_of_mark} if selection.of == "mark" else {}
    tests = [(name, told_of.get(name, _where)(name, test)) for name, test in selection.where.items()]
    tests_of_core = [test for _, test in tests]
    shared, of_shops = shared_fields(selection), selection.of == "shop"
    # Texts, whose hash is known: a tuple is looked up in twice the time.
    day_key = repr((selection.of, at, without_own))
    key = repr((day_key, ever, selection.where, shared))

    def of_day(context: Context, all_records: tuple[Any, ...]) -> Sequence[Any]:
        if ever:
            return all_records
        records: list[Any] | None = context.kept.get(day_key)
        if records is None:
            day = context.as_of
            if at == "ended":
                ended = context.records.ended_shops if of_shops else all_records
                records = [record for record in ended if (over := end_of(record)) is not None and over <= day]
            elif at == "begun":
                records = [record for record in all_records if begin_of(record) <= day]
            else:
                records = [
                    record
                    for record in all_records
                    if begin_of(record) <= day and ((over := end_of(record)) is None or day < over)
                ]
            if context.left_out and selection.of == "mark":
                out = {id(mark) for place, mark in enumerate(all_records) if context.left_out >> place & 1}
                records = [record for record in records if id(record) not in out]
            if context.entry is not None and selection.of == "shop":
                records = _without_later(records, all_records, context.entry)
            if without_own:
                own = opened_by(context.application, records)
                # One application opens one shop: of two that name it, nobody can say which is its own.
                records = [record for record in records if record is not own[0]] if len(own) == 1 else records
            context.kept[day_key] = records
        return records

    def of_day_among_many(context: Context, many: Many) -> int:
        if ever:
            return many.all
        bits: int | None = context.kept.get(day_key)
        if bits is None:
            bits = many.until(end if at == "ended" else begin, context.as_of)
            if at == "current":
                bits &= ~many.until(end, context.as_of)
            if context.entry is not None and of_shops:
                bits &= ~_later_among_many(context, many, context.entry)
            if selection.of == "mark":
                bits &= ~context.left_out
            if without_own:
                bits &= ~_own_among_many(context, many, bits)
            context.kept[day_key] = bits
        return bits

    def told_by(context: Context) -> list[Matches]:
        own = context.own.records.get(selection.of)
        if not own and not shared:
            return tests_of_core
        asked = tests + [(name, _as_applied_for(name, context)) for name in shared] if shared else tests
        own = own or {}
        return [_declared(own[name], name, test) if name in own else test for name, test in asked]

    def find(context: Context) -> Found:
        all_records: tuple[Any, ...] = getattr(context.records, among)
        if not all_records and not shared:
            return NOTHING
        # Few shops may carry as many brands as many shops do.
        if len(all_records) > FEW or (of_shops and context.records.most_brands > FEW):
            many = many_of(context, among)
            # What a record matches depends on no day, but on the ruleset and on what the application shares with it.
            wanted: tuple[Any, ...] = (standing,)
            if shared:
                told_by(context)  # raises where the application lacks what it is to share
                wanted += tuple(_comparable(value_of(context.application.shop, name)) for name in shared)

            def tell(records: Sequence[Any]) -> tuple[Collection[Any], Collection[Any]]:
                found = _sorted(records, told_by(context))
                return found.records, found.doubtful

            sure, doubtful = many.told(wanted, context.own, tell)
            if not (sure or doubtful):
                return NOTHING
            bits = of_day_among_many(context, many)
            return Found(Some(many, bits & sure), Some(many, bits & doubtful) if doubtful else ())
        records = of_day(context, all_records)
        if shared or (records and tests):
            return _sorted(records, told_by(context))
        return Found(records, ()) if records else NOTHING

    def standing(context: Context, brand: BrandWanted | None = None) -> Found:
        # Several facts ask for the same, and whoever shows a fact's evidence asks again.
        found: Found | None = context.kept.get(key)
        if found is None:
            found = context.kept[key] = find(context)
        return found

    return standing


def many_of(context: Context, among: str) -> Many:
    """The records that the history keeps in `among`, whatever their days."""
    kept = context.records.kept
    if among not in kept:
        kept[among] = Many(getattr(context.records, among))
    many: Many = kept[among]
    return many


def with_shop(history: History, shop: Shop, *, ours: bool) -> History:
    """The same history with one more shop, which has no end.

    Where `history` is `ours`, which nobody else asks, what is known of its shops goes over to the new one: who puts
    thousands of shops on record one by one would find it out as often.
    """
    grown = msgspec.structs.replace(history, shops=(*history.shops, shop))
    vars(grown)["ended_shops"] = history.ended_shops
    of_shops: Many | None = history.kept.pop(KINDS["shop"].kept_in, None) if ours else None
    if of_shops is not None:
        of_shops.add(shop)
        grown.kept[KINDS["shop"].kept_in] = of_shops
    return grown


def is_on_record(shop: Shop, application: Application, history: History) -> bool:
    """Whether `shop`, which `application` opens, stands in `history` as one that it opened, with all that `shop` says:
    whoever puts it there once more counts it twice.
    """
    by_id: dict[str, list[Shop]] | None = history.kept.get(is_on_record)
    if by_id is None:
        by_id = history.kept[is_on_record] = {}
        for one in history.shops:
            if one.application_id:
                by_id.setdefault(normal_text(one.application_id), []).append(one)
    day, named = shop.opened_on, by_id.get(normal_text(application.application_id), ())
    current = [one for one in named if one.opened_on <= day and (one.closed_on is None or day < one.closed_on)]
    own = opened_by(application, current)
    return len(own) == 1 and set(_keys(shop)) <= set(_keys(own[0])) and shop.extra.items() <= own[0].extra.items()


def _without_later(records: list[Any], all_shops: Sequence[Shop], entry: Shop) -> list[Any]:
    """`records` without `entry`, one of `all_shops`, and without those that opened on its day and come after it."""
    from_entry_on = dropwhile(lambda shop: shop is not entry, all_shops)
    later = {id(shop) for shop in from_entry_on if shop.opened_on == entry.opened_on}
    return [record for record in records if id(record) not in later]


def _later_among_many(context: Context, many: Many, entry: Shop) -> int:
    """Of the shops `entry`, and those that opened on its day and come after it."""
    later: int | None = context.kept.get(_later_among_many)
    if later is None:
        place = many.place(entry)
        later = context.kept[_later_among_many] = many.on("opened_on", entry.opened_on) >> place << place
    return later


def _own_among_many(context: Context, many: Many, bits: int) -> int:
    """Of the shops in `bits` the one that this very application opened, if there is one and no more."""
    own_id = normal_text(context.application.application_id)
    same_id = many.grouped("application_id", lambda shop: filter(None, (normal_text(shop.application_id or ""),)))
    named = same_id.get(own_id, 0) & bits
    if not named or is_no_id(own_id):
        return 0
    wanted = frozenset[str]().union(*keys_of_brands(context.application.brands or ()))
    carrying = many.grouped(keys_of_brands, lambda shop: set(keys_of_brands(shop.brands)))
    by_rarest = many.grouped(_keys_of_rarest, _keys_of_rarest(many))
    left = named & reduce(or_, (by_rarest.get(key, 0) for key in wanted), 0)
    own = 0
    while left:
        first = left & -left
        brands = keys_of_brands(many.records[first.bit_length() - 1].brands)
        another = next((keys for keys in brands if not keys & wanted), None)
        if another is not None:
            left &= ~carrying[another]
        elif own:
            return 0
        else:
            own, left = first, left ^ first
    return own


def _keys_of_rarest(many: Many) -> Callable[[Any], Iterable[str]]:
    """What gives the keys of that brand of a shop which the fewest of `many` shops have.

    Thousands of shops with one id may have a brand in common: whoever looks for the shop of an application by the brand
    that is rarest meets few of them.
    """
    by_key = many.grouped(_keys, _keys)

    def shops_with(brand: frozenset[str]) -> int:
        return max((by_key[key].bit_count() for key in brand), default=0)

    return lambda shop: min(keys_of_brands(shop.brands), key=shops_with, default=())


def _sorted(records: Iterable[Any], tests: list[Matches]) -> Found:
    sure: list[Any] = []
    doubtful: list[Any] = []
    for record in records:
        told: bool | None = True
        for test in tests:
            matches = test(record)
            if matches is False:
                break
            told = told and matches
        else:
            (sure if told else doubtful).append(record)
    return Found(sure, doubtful) if sure or doubtful else NOTHING


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
    texts = {value for value in listed or () if isinstance(value, str)} if least is most is None else ()

    def matches(record: Any) -> bool | None:
        value = value_of(record, name)
        if type(value) is str and value in texts:
            return True
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


def _kind_of_mark(name: str, keywords: dict[str, Any]) -> Matches:
    """`_where` of a mark's kind, which nothing checks as it comes on record: `B-Points` may be `b_points`."""
    test = _where(name, keywords)
    listed = [keywords["const"]] if "const" in keywords else keywords.get("enum", ())
    wanted = {_letters_of(value) for value in listed if isinstance(value, str)}

    def matches(mark: Any) -> bool | None:
        told = test(mark)
        return None if told is False and _letters_of(mark.kind) in wanted else told

    return matches


@lru_cache(maxsize=1 << 10)
def _letters_of(kind: str) -> str:
    return "".join(filter(str.isalnum, normal_text(kind).casefold()))


def _declared(own: OwnField, name: str, test: Matches) -> Matches:
    """`test` of the field `name`: what its ruleset declares otherwise on record is none of the values it may be."""
    return lambda record: test(record) if own.fits(value_of(record, name)) else None


def _as_applied_for(name: str, context: Context) -> Matches:
    wanted = value_of(context.application.shop, name)
    if wanted is None or _comparable(wanted)[1] == "":
        raise Unknown("field_missing" if context.known is None else "no_papers", field=f"/shop/{name}")
    return _where(name, {"const": wanted})


def _comparable(value: Any) -> tuple[type, Any]:
    """`value` so that only what is equal and of one type compares equal: `true` is not 1."""
    return type(value), normal_text(value) if isinstance(value, str) else value


def _no_record(brand: BrandWanted) -> Found:
    return NOTHING


def _carrying(found: Found, alike: bool, kept: dict[Any, Any]) -> Callable[[BrandWanted], Found]:
    """Of the records `found`, those that carry the brand that is asked for, or one that looks like it.

    What the brands of each are compared by is `kept`, where `found` is too, for who asks for both.
    """
    if isinstance(found.records, Some):
        unsure = found.doubtful.bits if isinstance(found.doubtful, Some) else 0
        return _carrying_among_many(found.records, unsure, alike)
    told: list[tuple[Any, bool, Collection[str]]] | None = kept.get(id(found))
    if told is None:
        told = [(record, True, _keys(record)) for record in found.records]
        told += [(record, False, _keys(record)) for record in found.doubtful]
        kept[id(found)] = told
    looks_of = {id(record): _looks(record) for record, _, _ in told} if alike else {}

    def of_brand(brand: BrandWanted) -> Found:
        keys = brand_keys(brand.name, brand.trademark_no)
        looks = brand_looks(brand.name) if alike else frozenset()
        told_which = tells_brand(brand.name)
        matching: list[Any] = []
        doubtful: list[Any] = []
        why: Why = "brand_on_record_unreadable" if told_which else "no_brand_name"
        for record, sure, its_keys in told:
            compared, matches = its_keys, not keys.isdisjoint(its_keys)
            if alike:
                compared = looks_of[id(record)]
                matches = not matches and not looks.isdisjoint(compared)
            if matches and sure:
                matching.append(record)
            elif matches:
                doubtful.append(record)
                why = "record_incomplete"
            elif not told_which or UNREADABLE in compared:
                doubtful.append(record)
        return Found(matching, doubtful, why) if matching or doubtful else NOTHING

    return of_brand


def _carrying_among_many(sure: Some, unsure: int, alike: bool) -> Callable[[BrandWanted], Found]:
    many = sure.many
    by_key = many.grouped(_keys, _keys)
    by_look = many.grouped(_looks, _looks) if alike else {}
    unreadable = (by_look if alike else by_key).get(UNREADABLE, 0)
    # On each day it is asked anew for the same brands.
    carriers = many.found(("carriers", alike))

    def carriers_of(brand: BrandWanted) -> int:
        matching = reduce(or_, (by_key.get(key, 0) for key in brand_keys(brand.name, brand.trademark_no)), 0)
        if alike:
            matching = reduce(or_, (by_look.get(look, 0) for look in brand_looks(brand.name)), 0) & ~matching
        return matching

    def of_brand(brand: BrandWanted) -> Found:
        named = brand.name, brand.trademark_no
        matching = carriers.get(named)
        if matching is None:
            matching = carriers[named] = carriers_of(brand)
        told_which = tells_brand(brand.name)
        incomplete = matching & unsure
        doubtful = (unreadable if told_which else many.all) & ~matching
        if not (matching or doubtful):
            return NOTHING
        return Found(
            Some(many, matching & sure.bits),
            Some(many, doubtful & sure.bits, doubtful & unsure | incomplete) if doubtful or incomplete else (),
            "record_incomplete" if incomplete else "brand_on_record_unreadable" if told_which else "no_brand_name",
        )

    return of_brand


# Among the keys or looks of a shop with a brand whose name does not tell which it is; no brand has it.
UNREADABLE = ""
_NOT_READ = frozenset((UNREADABLE,))


def _keys(shop: Shop) -> Collection[str]:
    """What the brands of `shop` are compared by."""
    if len(shop.brands) == 1:
        return _known_by(shop.brands[0])
    return _of_all([_known_by(brand) for brand in shop.brands])


def _known_by(brand: Brand) -> frozenset[str]:
    keys = brand_keys(brand.name, brand.trademark_no)
    return keys if tells_brand(brand.name) else keys | _NOT_READ


def _looks(shop: Shop) -> Collection[str]:
    """What the brands of `shop` look like."""
    return _of_all([_looks_of(brand) for brand in shop.brands])


def _looks_of(brand: Brand) -> frozenset[str]:
    looks = brand_looks(brand.name)
    # As `tells_brand` has it: what has nothing to compare has no looks either.
    return looks if looks and not is_no_id(brand.name) else looks | _NOT_READ


def _of_all(brands: Sequence[frozenset[str]]) -> Collection[str]:
    """What is told of any of the `brands` of a shop.

    A shop carries something: where no brand of it is on record, what it carries is not known.
    """
    if not brands:
        return _NOT_READ
    return brands[0] if len(brands) == 1 else set().union(*brands)
