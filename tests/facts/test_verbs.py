"""What each verb of a declared fact gives, what makes it unknown, and on which days it turns."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from onboarding.facts.context import Context, Unknown
from onboarding.facts.declarations import read_declarations
from onboarding.facts.fact import Fact
from onboarding.facts.verbs import make_fact, months_until
from onboarding.models import (
    Application,
    Ban,
    Brand,
    BrandWanted,
    BusinessLicense,
    Evidence,
    History,
    Shop,
    ShopWanted,
    Subject,
    Violation,
)
from onboarding.months import due_day

DAY = date(2024, 8, 5)
ONE = timedelta(days=1)


@dataclass(frozen=True)
class OwnShopWanted(ShopWanted):
    """A shop applied for with fields of a ruleset's own."""

    extra: dict[str, Any] = field(default_factory=dict)


class Mark(Struct, frozen=True):
    """What a platform knows of a subject from a day until a day."""

    kind: str
    on: date
    until: date | None = None
    value: int | None = None
    id: str | None = None


class Marked(History, frozen=True):
    """A history with marks."""

    marks: tuple[Mark, ...] = ()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _shop(name: str, opened: str = "2020-01-01", closed: str | None = None, **more: Any) -> Shop:
    brands = tuple(Brand(brand) for brand in more.pop("brands", ("别的",)))
    application_id = more.pop("application_id", None)
    reason = more.pop("closed_for", "voluntary_exit" if closed else None)
    return Shop(
        name,
        "S",
        date.fromisoformat(opened),
        brands,
        closed_on=_day(closed),
        closed_for=reason,
        application_id=application_id,
        extra=more,
    )


def _fact(name: str = "counted", **declared: Any) -> Fact:
    content = {name: {"meaning": {"en": "What it means.", "zh": "含义。"}, **declared}}
    return make_fact(name, read_declarations(content)[name])


def _told(fact: Fact, records: Any = (), day: date = DAY, application: Application | None = None) -> Any:
    """The fact's value, or why it is unknown and what is named with it."""
    history = records if isinstance(records, History) else History(tuple(records))
    application = application or Application("A-1", Subject("enterprise"))
    context = Context(application, "S", history, day, None, {})
    try:
        return fact.count(context, *((application.brands or ())[:1] if fact.name.startswith("brands[]") else ()))[0]
    except Unknown as unknown:
        return unknown.why, [*unknown.records] or unknown.field


def _evidence(fact: Fact, records: Any, day: date = DAY) -> list[str]:
    history = History(tuple(records))
    context = Context(Application("A-1", Subject("enterprise")), "S", history, day, None, {})
    return [shown["shop_id"] for shown in fact.count(context, None)[1]]


# Which records.

_ENDED = {
    "shop": History((_shop("S-1", "2024-08-03", "2024-08-06"),)),
    "ban": History(bans=(Ban("S", date(2024, 8, 3), "application_fraud", date(2024, 8, 6)),)),
    "violation": History(violations=(Violation("S", date(2024, 8, 3), "other", resolved_on=date(2024, 8, 6)),)),
    "mark": Marked(marks=(Mark("b_points", date(2024, 8, 3), date(2024, 8, 6)),)),
}


@pytest.mark.parametrize("kind", _ENDED)
@pytest.mark.parametrize(
    ("at", "days"),
    [("current", {3, 4, 5}), ("ended", {6, 7}), ("begun", {3, 4, 5, 6, 7})],
)
def test_a_record_is_selected_by_its_days_the_last_of_which_is_not_its_own(kind: str, at: str, days: set[int]) -> None:
    fact = _fact(count=[{"of": kind, "at": at}])
    assert {day for day in range(2, 8) if _told(fact, _ENDED[kind], date(2024, 8, day))} == days


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ({"closed_for": {"const": "voluntary_exit"}}, 1),
        ({"closed_for": {"enum": ["voluntary_exit", "other"]}}, 2),
        ({"closed_for": {"const": None}}, 1),
        ({"application_id": {"const": None}}, 3),
        ({"application_id": {"const": "A-9"}}, 0),
        ({"level": {"const": 2}, "flagship": {"const": True}}, 1),
        ({"level": {"minimum": 2}}, 2),
        ({"level": {"minimum": 2, "maximum": 2}}, 1),
        ({"level": {"maximum": 1}}, 1),
        ({"flagship": {"enum": [True, False]}}, 3),
        ({"kind": {"const": "A 店"}}, 2),
    ],
)
def test_where_tests_fields_and_an_absent_one_of_the_core_is_null(where: dict[str, Any], count: int) -> None:
    shops = (
        _shop("S-1", closed="2024-01-01", level=1, flagship=False, kind="A 店"),
        _shop("S-2", closed="2024-01-01", closed_for="other", level=2, flagship=True, kind="Ａ 店 "),
        _shop("S-3", level=3, flagship=False, kind="B 店"),
    )
    assert _told(_fact(count=[{"of": "shop", "at": "begun", "where": where}]), shops) == count


@pytest.mark.parametrize(
    "incomplete",
    [{}, {"level": None}, {"level": "2"}, {"level": 2, "kind": None}, {"level": True}],
)
def test_an_absent_field_of_a_rulesets_own_may_match_or_not_and_so_the_fact_is_unknown(
    incomplete: dict[str, Any],
) -> None:
    where = {"level": {"minimum": 2}, "kind": {"const": "A"}}
    fact = _fact(count=[{"of": "shop", "at": "current", "where": where}])
    assert _told(fact, [_shop("S-1", level=2, kind="A"), _shop("S-2", kind="A", level=1)]) == 1
    why, records = _told(fact, [_shop("S-1", level=2, kind="A"), _shop("S-3", **{"kind": "A"} | incomplete)])
    assert (why, [record["shop_id"] for record in records]) == ("record_incomplete", ["S-3"])


def test_a_record_that_fails_another_test_is_not_doubtful() -> None:
    where = {"level": {"minimum": 2}, "kind": {"const": "A"}}
    fact = _fact(count=[{"of": "shop", "at": "current", "where": where}])
    assert _told(fact, [_shop("S-1", level=1), _shop("S-2", kind="B"), _shop("S-3", closed="2024-01-01")]) == 0


def _applied_for(**more: Any) -> Application:
    return Application("A-1", Subject("enterprise"), shop=OwnShopWanted(extra=more), brands=(BrandWanted("云上"),))


def test_same_compares_a_field_of_the_record_with_that_of_the_shop_applied_for() -> None:
    fact = _fact(count=[{"of": "shop", "at": "current", "with": "applied_for", "same": ["type"]}])
    shops = [_shop("S-1", type="flagship"), _shop("S-2", type="ordinary"), _shop("S-3", type=" flagship")]
    assert _told(fact, shops, application=_applied_for(type="flagship")) == 3
    assert _told(fact, shops, application=_applied_for(type="single_brand")) == 1
    incomplete = {"shop_id": "S-4", "opened_on": "2020-01-01"}
    assert _told(fact, [*shops, _shop("S-4")], application=_applied_for(type="ordinary")) == (
        "record_incomplete",
        [incomplete],
    )


@pytest.mark.parametrize("more", [{}, {"type": None}, {"type": " "}])
def test_what_the_application_lacks_makes_same_unknown_with_a_pointer_at_it(more: dict[str, Any]) -> None:
    fact = _fact(count=[{"of": "shop", "at": "current", "same": ["type"]}])
    assert _told(fact, application=_applied_for(**more)) == ("field_missing", "/shop/type")
    assert _told(fact) == ("field_missing", "/shop/type")


def test_brand_and_field_are_both_the_same_or_the_record_does_not_count() -> None:
    fact = _fact("brands[].alike", count=[{"of": "shop", "at": "current", "same": ["type", "brand"]}])
    wanted = _applied_for(type="flagship")
    yes = _shop("S-1", type="flagship", brands=("云 上",))
    assert _told(fact, [yes, _shop("S-2", type="flagship"), _shop("S-3", brands=("云上",), type="a")], DAY, wanted) == 1
    # Neither what has another brand nor what has another type is in doubt for want of the other.
    assert _told(fact, [yes, _shop("S-4"), _shop("S-5", type="ordinary", brands=("®",))], DAY, wanted) == 1
    why, records = _told(fact, [yes, _shop("S-6", brands=("云上",))], DAY, wanted)
    assert (why, records[0]["shop_id"]) == ("record_incomplete", "S-6")
    why, records = _told(fact, [yes, _shop("S-7", type="flagship", brands=("®",))], DAY, wanted)
    assert (why, records[0]["shop_id"]) == ("brand_on_record_unreadable", "S-7")


def test_with_adds_the_shop_applied_for_and_leaves_out_the_one_that_this_application_opened() -> None:
    own = _shop("S-1", brands=("云上",), application_id="A-1")
    wanted = Application("A-1", Subject("enterprise"), brands=(BrandWanted("云上"),))
    assert _told(_fact(count=[{"of": "shop", "at": "current"}]), [own], DAY, wanted) == 1
    assert _told(_fact(count=[{"of": "shop", "at": "current", "with": "applied_for"}]), [own], DAY, wanted) == 1
    other = Application("A-2", Subject("enterprise"), brands=(BrandWanted("云上"),))
    assert _told(_fact(count=[{"of": "shop", "at": "current", "with": "applied_for"}]), [own], DAY, other) == 2


def test_a_record_that_two_selections_find_is_counted_once() -> None:
    exits = {"of": "shop", "at": "ended", "where": {"closed_for": {"const": "voluntary_exit"}}}
    fact = _fact(count=[{"of": "shop", "at": "ended"}, exits, {"of": "ban", "at": "current"}])
    history = History((_shop("S-1", closed="2024-01-01"),), (Ban("S", DAY, "application_fraud"),))
    assert _told(fact, history) == 2


def test_what_is_certain_of_a_count_is_told_beside_what_is_not() -> None:
    fact = _fact(count=[{"of": "shop", "at": "current", "with": "applied_for", "where": {"type": {"const": "a"}}}])
    history = History((_shop("S-1", type="a"), _shop("S-2")))
    context = Context(Application("A-1", Subject("enterprise")), "S", history, DAY, None, {})
    with pytest.raises(Unknown) as raised:
        fact.count(context, None)
    assert raised.value.at_least is not None
    count, shown = raised.value.at_least
    assert (count, list(shown)) == (2, [{"shop_id": "S-1", "opened_on": "2020-01-01", "type": "a"}])


def test_an_advisory_fact_says_what_is_certain_and_null_where_that_is_nothing() -> None:
    fact = _fact(count=[{"of": "shop", "at": "current", "where": {"type": {"const": "a"}}}], advisory=True)
    assert _told(fact, [_shop("S-1", type="a"), _shop("S-2")]) == 1
    assert _told(fact, [_shop("S-2")]) is None
    assert _told(fact) == 0
    nothing_known = Context(Application("A-1", Subject("enterprise")), "S", None, DAY, None, {})
    assert fact.count(nothing_known, None) == (None, ())


# Sums.

_POINTS = {"of": "mark", "at": "current", "where": {"kind": {"const": "b_points"}}, "value": "value"}


def test_a_sum_adds_up_the_records_that_are_current() -> None:
    marks = (
        Mark("b_points", date(2024, 1, 1), value=6),
        Mark("b_points", date(2024, 2, 1), date(2024, 8, 5), 4),
        Mark("b_points", date(2024, 2, 1), date(2024, 8, 6), 5),
        Mark("waiver", date(2024, 1, 1)),
        Mark("b_points", date(2024, 8, 6), value=9),
    )
    assert _told(_fact(sum=_POINTS), Marked(marks=marks)) == 11
    assert _told(_fact(sum=_POINTS), Marked()) == 0


def test_a_sum_over_a_record_without_a_value_is_unknown() -> None:
    marks = (Mark("b_points", date(2024, 1, 1), value=6), Mark("b_points", date(2024, 1, 2), id="M-2"))
    assert _told(_fact(sum=_POINTS), Marked(marks=marks)) == (
        "record_incomplete",
        [{"id": "M-2", "kind": "b_points", "on": "2024-01-02"}],
    )


# Months since.

_EXIT = {"of": "shop", "at": "ended"}
_TWO_IN_A_YEAR = _EXIT | {"nth": 2, "within": "calendar_year"}
_TWO_IN_12 = _EXIT | {"nth": 2, "within": {"months": 12}}
_TWO_IN_6 = _EXIT | {"nth": 2, "within": {"months": 6}}
_THREE_IN_12 = _EXIT | {"nth": 3, "within": {"months": 12}}


@pytest.mark.parametrize(
    ("selection", "exits", "chosen", "shown"),
    [
        (_EXIT, [], None, ""),
        (_EXIT, ["2024-02-05"], "2024-02-05", "0"),
        (_EXIT, ["2024-02-05", "2023-01-01", "2024-02-05"], "2024-02-05", "02"),
        (_EXIT, ["2024-02-05", "2024-08-05", "2024-08-06"], "2024-08-05", "1"),
        (_EXIT | {"nth": 2}, ["2024-02-05"], None, ""),
        (_EXIT | {"nth": 2}, ["2024-02-05", "2021-01-01", "2022-06-06"], "2022-06-06", "20"),
        (_EXIT | {"nth": 2}, ["2024-02-05", "2024-02-05"], "2024-02-05", "01"),
        (_EXIT | {"nth": 3}, ["2024-02-05", "2021-01-01", "2022-06-06"], "2021-01-01", "120"),
        (_TWO_IN_A_YEAR, ["2023-12-31", "2024-01-01"], None, ""),
        (_TWO_IN_A_YEAR, ["2023-01-01", "2023-12-31", "2024-01-01"], "2023-12-31", "01"),
        (_TWO_IN_A_YEAR, ["2024-03-01", "2024-02-29"], "2024-03-01", "10"),
        (_TWO_IN_A_YEAR, ["2024-03-01", "2024-03-01"], "2024-03-01", "01"),
        # Twelve months from the day of an exit end with that day of the next year, inclusive.
        (_TWO_IN_12, ["2023-05-01", "2024-05-01"], "2024-05-01", "01"),
        (_TWO_IN_12, ["2023-05-01", "2024-05-02"], None, ""),
        (_TWO_IN_12, ["2023-12-31", "2024-01-01"], "2024-01-01", "01"),
        (_TWO_IN_12, ["2022-01-01", "2022-12-01", "2024-05-02"], "2022-12-01", "01"),
        # From a leap day, and to one: a month without the day ends with its last.
        (_TWO_IN_12, ["2020-02-29", "2021-02-28"], "2021-02-28", "01"),
        (_TWO_IN_12, ["2020-02-29", "2021-03-01"], None, ""),
        (_TWO_IN_12, ["2023-02-28", "2024-02-28"], "2024-02-28", "01"),
        (_TWO_IN_12, ["2023-02-28", "2024-02-29"], None, ""),
        (_TWO_IN_6, ["2023-08-31", "2024-02-29"], "2024-02-29", "01"),
        (_TWO_IN_6, ["2022-08-31", "2023-02-28"], "2023-02-28", "01"),
        (_TWO_IN_6, ["2022-08-31", "2023-03-01"], None, ""),
        (_TWO_IN_6, ["2024-01-31", "2024-07-31"], "2024-07-31", "01"),
        # The window is that of the latest day that has one, and shows all that lies in it.
        (_TWO_IN_6, ["2023-01-10", "2023-02-10", "2023-08-10", "2024-07-01"], "2023-08-10", "12"),
        (_THREE_IN_12, ["2023-05-01", "2023-09-01", "2024-05-02"], None, ""),
        (_THREE_IN_12, ["2023-05-01", "2023-09-01", "2024-05-01"], "2024-05-01", "012"),
        (_THREE_IN_12, ["2023-05-01", "2023-05-01", "2023-05-01", "2024-07-01"], "2023-05-01", "012"),
    ],
)
def test_the_day_that_counts_is_the_latest_or_the_nth_within_a_year_or_months(
    selection: dict[str, Any], exits: list[str], chosen: str | None, shown: str
) -> None:
    shops = [_shop(str(number), "2019-01-01", closed) for number, closed in enumerate(exits)]
    fact = _fact(months_since=selection)
    assert sorted(_evidence(fact, shops)) == sorted(shown)
    alone = [_shop("alone", "2019-01-01", chosen)] if chosen else []
    assert _told(fact, shops) == _told(_fact(months_since=_EXIT), alone)


@pytest.mark.parametrize(
    ("at", "months"), [("ended", 0), ("begun", 7), ("current", None)], ids=["end", "begin", "none is open"]
)
def test_months_are_counted_from_the_end_of_what_has_ended_and_from_the_begin_of_what_has_begun(
    at: str, months: int | None
) -> None:
    assert _told(_fact(months_since={"of": "shop", "at": at}), [_shop("S-1", "2024-01-01", "2024-08-05")]) == months


def test_months_since_a_record_are_unknown_where_one_may_be_later() -> None:
    fact = _fact(months_since=_EXIT | {"where": {"type": {"const": "a"}}})
    shops = [_shop("S-1", closed="2024-01-01", type="a"), _shop("S-2", closed="2024-03-01")]
    assert _told(fact, shops) == ("record_incomplete", [{"shop_id": "S-2", "closed_on": "2024-03-01"}])


# From the application.


@pytest.mark.parametrize(
    ("as_of", "day", "months"),
    [
        ("2024-08-05", "2025-02-05", 5),
        ("2024-08-05", "2025-02-06", 6),
        ("2024-08-31", "2025-02-28", 5),
        ("2024-08-31", "2025-03-01", 6),
        ("2023-08-31", "2024-02-29", 5),
        ("2024-02-29", "2024-03-29", 0),
        ("2024-02-29", "2024-03-30", 1),
        ("2024-01-31", "2024-02-29", 0),
        ("2024-01-31", "2024-03-01", 1),
        ("2024-08-05", "2024-08-05", 0),
        ("2024-08-05", "2024-08-04", -1),
        ("2024-08-05", "2024-07-05", -1),
        ("2024-08-05", "2024-07-04", -2),
        ("2024-03-01", "2024-01-31", -2),
        ("2024-02-29", "2024-01-31", -1),
    ],
)
def test_months_until_a_day_are_over_from_the_day_after_the_corresponding_one(
    as_of: str, day: str, months: int
) -> None:
    until = date.fromisoformat(day)
    brand = BrandWanted("云上", evidence=Evidence(valid_until=until))
    wanted = Application(
        "A-1", Subject("enterprise"), business_license=BusinessLicense(valid_until=until), brands=(brand,)
    )
    whole = _fact(months_until="/business_license/valid_until")
    of_brand = _fact("brands[].left", months_until="/evidence/valid_until")
    assert [_told(fact, (), date.fromisoformat(as_of), wanted) for fact in (whole, of_brand)] == [months, months]


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"days_until": "/business_license/valid_until"}, -4),
        ({"days_until": "/business_license/valid_from"}, None),
        ({"months_since": "/business_license/valid_until"}, 0),
        ({"months_until": "/business_license/valid_from"}, None),
        ({"field": "/subject/type"}, "enterprise"),
        ({"field": "/subject/name"}, None),
        ({"field": "/shop/type"}, "flagship"),
        ({"field": "/shop/flagship"}, None),
    ],
)
def test_what_is_read_from_the_application_is_never_unknown(declared: dict[str, Any], told: Any) -> None:
    wanted = Application(
        "A-1",
        Subject("enterprise"),
        business_license=BusinessLicense(valid_until=date(2024, 8, 1)),
        shop=OwnShopWanted(extra={"type": "flagship"}),
    )
    fact = _fact(**declared)
    context = Context(wanted, None, None, DAY, None, {})
    assert fact.count(context, None) == (told, ())
    assert not fact.from_registry


@settings(max_examples=500, derandomize=True, deadline=None, database=None)
@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(-900, 900))
def test_months_until_a_day_never_grow_as_days_go_by(day: date, step: int) -> None:
    as_of = day + timedelta(days=step)
    assert months_until(as_of + ONE, day) - months_until(as_of, day) in (0, -1)
    assert (months_until(as_of, day) < 0) == (as_of > day)
    if months_until(as_of, day) >= 0:
        assert due_day(as_of, months_until(as_of, day) + 1) >= day


# Turning days.

_DAYS = st.dates(date(2022, 1, 1), date(2024, 12, 31))
_NUMBERS = (-2, 0, 1, 3, 6)
_TURNING = [
    _fact(count=[{"of": "shop", "at": "current", "with": "applied_for"}, {"of": "ban", "at": "ended"}]),
    _fact(sum={"of": "mark", "at": "current", "value": "value"}),
    _fact(months_since=_EXIT),
    _fact(months_since=_TWO_IN_6),
    _fact(months_since={"of": "shop", "at": "begun"}),
    _fact(months_since="/business_license/valid_until"),
    _fact(months_until="/business_license/valid_until"),
    _fact(days_until="/business_license/valid_until"),
    _fact("brands[].left", months_until="/evidence/valid_until"),
]


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(st.lists(st.tuples(_DAYS, st.none() | _DAYS), max_size=4), _DAYS, _DAYS)
def test_a_fact_passes_a_number_on_its_turning_days_only(
    spans: list[tuple[date, date | None]], until: date, first: date
) -> None:
    ordered = [(min(begin, end or begin), end and max(begin, end)) for begin, end in spans]
    history = Marked(
        tuple(_shop(str(i), str(b), str(e) if e else None) for i, (b, e) in enumerate(ordered)),
        tuple(Ban("S", begin, "application_fraud", end) for begin, end in ordered),
        marks=tuple(Mark("b_points", begin, end, 3) for begin, end in ordered),
    )
    wanted = Application(
        "A-1",
        Subject("enterprise"),
        business_license=BusinessLicense(valid_until=until),
        brands=(BrandWanted("云上", evidence=Evidence(valid_until=until)),),
    )
    numbers = sorted({number + step for number in _NUMBERS for step in (-1, 0, 1)})
    for fact in _TURNING:
        brand = (wanted.brands or ())[0] if fact.name.startswith("brands[]") else None
        turn: date | None = None
        before: Any = None
        for day in (first + timedelta(days=step) for step in range(500)):
            value = _told(fact, history, day, wanted)
            told = value if value is None else [(value < n, value == n) for n in _NUMBERS]
            assert day in (first, turn) or told == before, (fact.field, day, value)
            before = told
            if turn is None or day >= turn:
                context = Context(wanted, "S", history, day, None, {})
                turn = min((d for d in fact.turns(context, brand, numbers, False) if d > day), default=date.max)
