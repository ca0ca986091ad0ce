"""Whatever a ruleset declares is counted as a naive second opinion counts it, and never known by ignorance."""

import copy
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

import naive_declarations as naive
import pytest
from builders import USCC
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tables import VALIDATORS

from onboarding.facts.derivation import context_of, derive_facts
from onboarding.facts.fact import FactSet
from onboarding.facts.verbs import make_facts
from onboarding.models import history_of
from onboarding.reading.documents import read_application
from onboarding.reading.own_fields import read_fields
from onboarding.reading.records import read_record
from onboarding.rules.loading import make_rule
from onboarding.rules.rule import Finding
from onboarding.rules.validator import bare

Plain = dict[str, Any]
COMPARED = settings(max_examples=500, derandomize=True, deadline=None, database=None)
DAY = date(2024, 3, 1)
MEANING = {"en": "What it means.", "zh": "含义。"}
FIELDS = {
    "application": {
        "shop.region": {"enum": ["a", "b"], "meaning": MEANING},
        "shop.level": {"type": "integer", "meaning": MEANING},
        "brands[].applied_on": {"type": "string", "format": "date", "meaning": MEANING},
    },
    "records": {"violation.weight": {"type": "integer", "meaning": MEANING}},
}
OWN = read_fields(FIELDS)
NAMES = ("云上", "CLOUDTEA", "云上/CLOUDTEA", "云上牌", "NІKЕ", "NIKE", "山下")
# Month-ends, and about so many months before the day that it shows.
DAYS = (
    *("2023-02-28", "2023-08-29", "2023-08-30", "2023-08-31", "2023-09-01", "2023-11-30", "2023-12-31", "2024-01-01"),
    *("2024-01-31", "2024-02-01", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02", "2024-08-31", "2024-09-01"),
)


# A strategy that is made anew for each draw is looked at anew, too: most of the time would go into that.
@lru_cache(None, typed=True)
def among(*values: Any) -> st.SearchStrategy[Any]:
    """One of `values`."""
    return st.sampled_from(values)


days = st.sampled_from(DAYS)
some_day = st.sampled_from((*[None] * len(DAYS), *DAYS))
some_names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2)
either = st.booleans()
judged_on = st.sampled_from([DAY + timedelta(days=step) for step in (-1, 0, 1, 30, 31, 183)])
# What may be unknown, and what it may turn out to be; a text that cannot be compared may be any brand.
OPEN: dict[str, tuple[Any, ...]] = {
    "region": ("a", "b"),
    "level": (1, 2, 3),
    "weight": (0, 2, 5),
    "value": (0, 3, 6),
    "name": NAMES,
}


@cache
@st.composite
def _record(draw: st.DrawFn, number: int) -> Plain:
    kind = draw(among("shop", "shop", "ban", "violation", "mark"))
    begin, end = naive.SPANS[kind]
    first, last = draw(days), draw(some_day)
    record: Plain = {"record": kind, "subject_id": USCC, begin: first, end: last if last and last >= first else None}
    if kind == "shop":
        record |= {"shop_id": f"S-{number}", "brands": [{"name": name} for name in draw(some_names)]}
        record |= {"region": draw(among("a", "b")), "level": draw(among(1, 2, 3))}
        record |= {"application_id": draw(among(None, None, "A-1"))}
        if record[end]:
            record["closed_for"] = draw(among("voluntary_exit", "other", "serious_violation"))
        return record
    record["id"] = f"R-{number}"
    if kind == "ban":
        return {**record, "reason": draw(among("application_fraud", "serious_violation"))}
    kinds = ("late_shipment", "other") if kind == "violation" else ("b_points", "linked")
    number_in = "weight" if kind == "violation" else "value"
    return {**record, "kind": draw(among(*kinds)), number_in: draw(among(0, 1, 2, 3, 5, 6))}


@st.composite
def histories(draw: st.DrawFn) -> list[Plain]:
    return [draw(_record(number)) for number in range(draw(among(*range(7))))]


@st.composite
def applications(draw: st.DrawFn) -> Plain:
    brands = []
    for name in draw(some_names):
        brand: Plain = {"name": name, "applied_on": draw(some_day)}
        if kind := draw(among(None, "authorization_letter", "trademark_certificate")):
            brand["evidence"] = {"type": kind, "valid_until": draw(some_day)}
        brands.append(brand)
    return {
        "application_id": "A-1",
        "subject": {"type": "enterprise"},
        "business_license": {"uscc": USCC, "valid_until": draw(some_day)},
        "shop": {"region": draw(among("a", "b")), "level": draw(among(1, 2, 3))},
        "brands": brands,
    }


_TESTS: dict[str, dict[str, list[Plain]]] = {
    "shop": {
        "closed_for": [{"const": "voluntary_exit"}, {"enum": ["other", "serious_violation"]}, {"const": None}],
        "region": [{"const": "a"}, {"enum": ["a", "b"]}],
        "level": [{"minimum": 2}, {"maximum": 2}, {"minimum": 2, "maximum": 2}, {"const": 1}, {"enum": [1, 3]}],
    },
    "ban": {"reason": [{"const": "serious_violation"}]},
    "violation": {"kind": [{"const": "other"}], "weight": [{"minimum": 2}, {"maximum": 2}, {"const": 5}]},
    "mark": {
        "kind": [{"const": "b_points"}, {"enum": ["b_points", "linked"]}],
        "value": [{"minimum": 3}, {"const": 6}],
    },
}


_DRAWN = {kind: {name: st.sampled_from(tests) for name, tests in of.items()} for kind, of in _TESTS.items()}


@cache
@st.composite
def _selection(draw: st.DrawFn, each: bool, kinds: tuple[str, ...] = ("shop", "ban", "violation", "mark")) -> Plain:
    kind = draw(among(*["shop"] * 3, *kinds) if "shop" in kinds else among(*kinds))
    selection: Plain = {"of": kind, "at": draw(among("current", "ended", "begun"))}
    where = {name: draw(tests) for name, tests in _DRAWN[kind].items() if draw(either)}
    if where:
        selection["where"] = where
    if kind == "shop":
        same = draw(_some_keys(each))
        if same and not {"brand", "look_alike_brand"} <= set(same):
            selection["same"] = same
    return selection


@cache
def _some_keys(each: bool) -> st.SearchStrategy[list[str]]:
    keys = ["region", "level", *(["brand", "look_alike_brand"] if each else [])]
    return st.lists(st.sampled_from(keys), unique=True, max_size=2)


@cache
def _some_selections(each: bool) -> st.SearchStrategy[list[Plain]]:
    return st.lists(_selection(each), min_size=1, max_size=2)


_PLAIN = {"days_until": "/business_license/valid_until", "months_until": "/business_license/valid_until"}
_WITHIN = st.sampled_from([None, "calendar_year", {"months": 1}, {"months": 6}, {"months": 12}])
_OF_BRAND = {"months_until": "/evidence/valid_until", "months_since": "/applied_on", "field": "/evidence/type"}


@cache
@st.composite
def declarations(draw: st.DrawFn, for_each: bool | None = None) -> tuple[str, Plain]:
    """A fact's name and how it is declared; counted for each brand, or not, or either."""
    each = draw(either) if for_each is None else for_each
    verb = draw(among("count", "count", "sum", "months_since", "months_since", "pointer"))
    declared: Plain = {"meaning": MEANING}
    if verb == "pointer":
        declared |= [draw(among(*(_OF_BRAND if each else _PLAIN).items()))]
    elif verb == "count":
        selections = draw(_some_selections(each))
        for selection in selections:
            if selection["of"] == "shop" and draw(either):
                selection["with"] = "applied_for"
        declared["count"] = selections
    elif verb == "sum":
        selection = draw(_selection(each, ("violation", "mark")))
        declared["sum"] = {**selection, "value": "weight" if selection["of"] == "violation" else "value"}
    else:
        selection = draw(_selection(each))
        if draw(either):
            selection["nth"] = draw(among(2, 3))
            within = draw(_WITHIN)
            selection |= {} if within is None else {"within": within}
        declared["months_since"] = selection
    return ("brands[].counted" if each else "counted"), declared


def _counted(name: str, declared: Plain, application: Plain, records: list[Plain], day: date) -> list[Any]:
    """The fact, of each brand where it is counted for each; `...` where it is unknown."""
    wanted, _ = read_application(application, OWN)
    context = context_of(wanted, history_of(USCC, map(read_record, records)), day, own=OWN)
    values = derive_facts(context, FactSet(make_facts({name: declared}).values())).values
    if name == "counted":
        return [values.get("counted", ...)]
    return [brand.get("counted", ...) for brand in values.get("brands", [{}] * len(application["brands"]))]


def _opinion(name: str, declared: Plain, application: Plain, records: list[Plain], day: date) -> list[Any]:
    brands = application["brands"] if name != "counted" else [None]
    return [naive.value(declared, application, records, day, brand) for brand in brands]


@COMPARED
@given(declarations(), applications(), histories(), judged_on)
def test_it_is_counted_as_the_second_opinion_counts_it(
    fact: tuple[str, Plain], application: Plain, records: list[Plain], day: date
) -> None:
    assert _counted(*fact, application, records, day) == _opinion(*fact, application, records, day)


@st.composite
def incomplete(draw: st.DrawFn) -> tuple[list[Plain], list[list[Plain]]]:
    """Records some of which lack something, and a few histories that they may stand for."""
    whole = draw(histories())
    holes = []
    for number, record in enumerate(whole):
        places = [(record, name) for name in OPEN if name in record]
        # Whose brand cannot be read was not opened by this application: that is settled, and no ignorance.
        places += [(brand, "name") for brand in record.get("brands", ()) if not record["application_id"]]
        holes += [(number, place, name) for place, name in places if draw(among(*range(4))) == 0]
    completions = []
    for _ in range(4):
        for _, place, name in holes:
            place[name] = draw(among(*OPEN[name]))
        completions.append(copy.deepcopy(whole))
    for _, place, name in holes:
        if name == "name":
            place[name] = "®"
        elif draw(either):
            place[name] = None
        else:
            del place[name]
    return whole, completions


@COMPARED
@given(declarations(), applications(), incomplete(), judged_on)
def test_what_it_is_known_to_be_it_is_however_the_records_are_completed(
    fact: tuple[str, Plain], application: Plain, records: tuple[list[Plain], list[list[Plain]]], day: date
) -> None:
    whole, completions = records
    known = _counted(*fact, application, whole, day)
    for completed in completions:
        opinion = _opinion(*fact, application, completed, day)
        assert [one for one, other in zip(known, opinion, strict=True) if one not in (..., other)] == []


@st.composite
def policies(draw: st.DrawFn) -> tuple[dict[str, Plain], list[list[Plain]]]:
    """Two facts, and alternatives one of which must hold, each of one or two limits that must."""
    names = draw(among(("one", "two"), ("brands[].one", "brands[].two")))
    facts: dict[str, Plain] = {}
    for name in names:
        facts[name] = draw(_numbers(name.startswith("brands")))[1]
    return facts, draw(_alternatives(names))


@cache
def _numbers(each: bool) -> st.SearchStrategy[tuple[str, Plain]]:
    return declarations(each).filter(lambda made: "field" not in made[1])


@cache
def _alternatives(names: tuple[str, str]) -> st.SearchStrategy[list[list[Plain]]]:
    keyword = st.sampled_from(["minimum", "maximum"])
    limit = st.fixed_dictionaries({"fact": st.sampled_from(names), "keyword": keyword, "limit": st.integers(0, 4)})
    return st.lists(st.lists(limit, min_size=1, max_size=2), min_size=1, max_size=3)


def _rule(facts: dict[str, Plain], alternatives: list[list[Plain]]) -> Plain:
    made = make_facts(facts)

    def held(limit: Plain) -> Plain:
        name = limit["fact"].removeprefix("brands[].")
        types = (made[limit["fact"]].schema or {})["type"]
        return {"required": [name], "properties": {name: {"type": types, limit["keyword"]: limit["limit"]}}}

    inner: Plain = {"x-reason": MEANING, "anyOf": [{"allOf": list(map(held, limits))} for limits in alternatives]}
    if next(iter(facts)).startswith("brands"):
        inner = {"required": ["brands"], "properties": {"brands": {"type": "array", "items": inner}}}
    terms = {"level": "required", "clause": "C1", "title": MEANING, "remedy": MEANING}
    return {"$id": "urn:x", "x-rule": terms, "required": ["facts"], "properties": {"facts": inner}}


def _holds(policy: tuple[dict[str, Plain], list[list[Plain]]], *situation: Any) -> bool:
    facts, alternatives = policy
    values = {name: _opinion("counted" if "[]" not in name else name, facts[name], *situation) for name in facts}

    def held(limit: Plain, number: int) -> bool:
        value = values[limit["fact"]][number]
        least = limit["keyword"] == "minimum"
        return value is None or (value >= limit["limit"] if least else value <= limit["limit"])

    of_each = range(len(next(iter(values.values()))))
    return all(any(all(held(limit, number) for limit in limits) for limits in alternatives) for number in of_each)


@COMPARED
@given(policies(), applications(), incomplete(), judged_on)
def test_a_rule_says_of_what_is_incomplete_only_what_is_so_however_it_is_completed(
    policy: tuple[dict[str, Plain], list[list[Plain]]],
    application: Plain,
    records: tuple[list[Plain], list[list[Plain]]],
    day: date,
) -> None:
    whole, completions = records
    made = make_facts(policy[0])
    held = [_holds(policy, application, one, day) for one in completions]
    wanted, _ = read_application(application, OWN)
    instances = [
        derive_facts(
            context_of(wanted, history_of(USCC, map(read_record, records_of_it)), day, own=OWN), FactSet(made.values())
        ).rule_instance
        for records_of_it in (whole, *completions)
    ]
    schema = _rule(*policy)
    other = Draft202012Validator(bare(schema))
    admitted = [other.is_valid(instance) for instance in instances]
    for validator in VALIDATORS:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("ONBOARD_VALIDATOR", validator)
            rule = make_rule("limits.json", schema, made, one_of_several=False)
            said = [_said(rule.findings(instance)) for instance in instances]
        for verdict, told in zip(said, (set(held), *({one} for one in held)), strict=True):
            assert verdict == "undecided" or told == {verdict == "holds"}
        assert "undecided" not in said[1:]
        # Any other validator may refuse what we leave undecided, and admits nothing that we do not.
        assert admitted == [one == "holds" for one in said]


def _said(findings: list[Finding]) -> str:
    return "holds" if not findings else "fails" if any(f.reason for f in findings) else "undecided"
