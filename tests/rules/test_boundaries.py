"""For every limit in the rule files: below it, at it, above it; for every list of values: those in it, those not.

The limits are read from the rule files, and each is brought about by an application and records, so that a
limit that is moved moves these tests with it and a limit that nobody can reach shows.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from builders import DAY, OTHER_USCC, SOLE_TRADER_USCC, application, ban, shop, violation

from onboarding import check, load_ruleset
from onboarding.models import ClosedFor, EvidenceType, SubjectType, ViolationKind
from onboarding.months import first_day_after

RULES = {rule.id: rule for rule in load_ruleset().rules}
Situation = tuple[dict[str, Any], list[dict[str, Any]], date]


def _in_days(field: str) -> Callable[[int], Situation]:
    return lambda days: (application({field: (DAY + timedelta(days)).isoformat()}), [], DAY)


def _shops(count: int, name: str) -> list[dict[str, Any]]:
    # One fewer than the fact counts: it counts the shop applied for, too.
    return [shop(f"S-{i}", (name or f"牌{i}",)) for i in range(count - 1)]


# How a fact is brought to a number.
BROUGHT: dict[str, Callable[[int], Situation]] = {
    "license_days_left": _in_days("/business_license/valid_until"),
    "license_days_until_start": _in_days("/business_license/valid_from"),
    "brands[].evidence_days_left": _in_days("/brands/0/evidence/valid_until"),
    "brands[].evidence_days_until_start": _in_days("/brands/0/evidence/valid_from"),
    "brands[].shops_if_admitted": lambda count: (application(), _shops(count, "云上"), DAY),
    "brands[].look_alike_shops": lambda count: (
        application(),
        [shop(f"S-{i}", ("雲上",)) for i in range(count)],
        DAY,
    ),
    "shops_if_admitted": lambda count: (application(), _shops(count, ""), DAY),
    "months_since_voluntary_exit": lambda months: (
        application(),
        [shop(closed_on="2024-02-20", closed_for="voluntary_exit")],
        first_day_after(date(2024, 2, 20), months) if months else date(2024, 2, 20),
    ),
    "bans.application_fraud": lambda count: (application(), [ban()] * count, DAY),
    "bans.serious_violation": lambda count: (application(), [ban("serious_violation")] * count, DAY),
    "unresolved_violations": lambda count: (application(), [violation()] * count, DAY),
}


def _limits() -> Iterator[Any]:
    for rule in RULES.values():
        for fact, keyword, limit in _numbers(rule.schema, ()):
            for value in (limit - 1, limit, limit + 1):
                least = (rule.facts[fact].schema or {}).get("minimum", value)
                if value >= least:
                    holds = value >= limit if keyword == "minimum" else value <= limit
                    yield pytest.param(rule.id, fact, value, holds, id=f"{rule.id}: {fact} {value} {keyword} {limit}")


def _numbers(schema: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, str, int]]:
    for keyword in ("minimum", "maximum"):
        if keyword in schema:
            yield ".".join(path[1:]).replace(".[]", "[]"), keyword, schema[keyword]
    for name, inner in schema.get("properties", {}).items():
        yield from _numbers(inner, (*path, name))
    if "items" in schema:
        yield from _numbers(schema["items"], (*path, "[]"))


@pytest.mark.parametrize(("rule", "fact", "value", "holds"), list(_limits()))
def test_a_limit_holds_up_to_itself_and_no_further(rule: str, fact: str, value: int, holds: bool) -> None:
    made, records, day = BROUGHT[fact](value)
    report = check(made, history=records, as_of=day)
    place, _, name = fact.rpartition(".")
    counted = report.facts["brands"][0] if place == "brands[]" else report.facts[place] if place else report.facts
    assert counted[name] == value
    assert _status(report, rule) == ("pass" if holds else "fail")


def test_each_number_in_the_rule_files_is_tried() -> None:
    facts = {fact for rule in RULES.values() for fact, _, _ in _numbers(rule.schema, ())}
    assert facts == set(BROUGHT)


@pytest.mark.parametrize("kind", get_args(SubjectType))
def test_a_subject_is_admitted_by_its_type(kind: str) -> None:
    allowed = RULES["no-individual-sellers"].schema["properties"]["application"]["properties"]["subject"]
    number = {"/business_license/uscc": SOLE_TRADER_USCC} if kind == "individual_business" else {}
    report = check(application({"/subject/type": kind, **number}), history=[], as_of=DAY)
    assert report.passed == (kind in allowed["properties"]["type"]["enum"])
    assert report.passed == (kind in ("enterprise", "individual_business"))


@pytest.mark.parametrize("kind", get_args(EvidenceType))
def test_evidence_of_any_type_will_do(kind: str) -> None:
    assert check(application({"/brands/0/evidence/type": kind}), history=[], as_of=DAY).passed


@pytest.mark.parametrize("why", get_args(ClosedFor))
def test_why_a_shop_was_closed_decides(why: str) -> None:
    report = check(application(), history=[shop(closed_on="2024-08-01", closed_for=why)], as_of=DAY)
    refused = {
        "voluntary_exit": ["six-month-reentry"],
        "application_fraud": ["permanent-ban"],
        "serious_violation": ["permanent-ban"],
        "other": [],
    }
    assert [outcome.rule for outcome in report.failures] == refused[why]


@pytest.mark.parametrize("kind", get_args(ViolationKind))
def test_a_violation_of_any_kind_is_a_warning(kind: str) -> None:
    report = check(application(), history=[violation(kind)], as_of=DAY)
    assert [outcome.rule for outcome in report.warnings] == ["violation-record"]
    assert report.passed


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.effective_from], ids=lambda rule: rule.id)
def test_a_rule_is_in_force_from_its_day_on(rule: Any) -> None:
    for step, in_force in ((-1, False), (0, True), (1, True)):
        report = check(application(), history=[], as_of=rule.effective_from + timedelta(step))
        assert (_status(report, rule.id) != "not_in_force") == in_force


@pytest.mark.parametrize(
    ("record", "rule", "edge"),
    [
        (shop(brands=("云上",), opened_on="2024-08-05"), "one-shop-per-brand", "begins"),
        (shop(brands=("云上",), closed_on="2024-08-05", closed_for="other"), "one-shop-per-brand", "ends"),
        (shop(closed_on="2024-08-05", closed_for="voluntary_exit"), "six-month-reentry", "begins"),
        (shop(closed_on="2024-08-05", closed_for="application_fraud"), "permanent-ban", "begins"),
        (shop(closed_on="2024-08-05", closed_for="serious_violation"), "permanent-ban", "begins"),
        (ban(on="2024-08-05"), "permanent-ban", "begins"),
        (ban(revoked_on="2024-08-05"), "permanent-ban", "ends"),
        (violation(on="2024-08-05"), "violation-record", "begins"),
        (violation(resolved_on="2024-08-05"), "violation-record", "ends"),
    ],
)
def test_a_record_counts_from_its_day_on_and_until_the_day_before_its_end(
    record: dict[str, Any], rule: str, edge: str
) -> None:
    before, on = (_status(check(application(), history=[record], as_of=day), rule) for day in (DAY - timedelta(1), DAY))
    assert (before, on) == (("pass", "fail") if edge == "begins" else ("fail", "pass"))


def test_a_day_at_either_end_of_the_calendar_is_judged() -> None:
    for day in (date.min, date.max):
        dates = {"/business_license/valid_from": None, "/brands/0/evidence/valid_from": None}
        made = application({**dates, "/brands/0/evidence/valid_until": None})
        assert check(made, history=[], as_of=day).passed
        late = application({"/business_license/valid_from": "9999-12-31", "/brands/0/evidence/valid_until": None})
        assert check(late, history=[], as_of=day).verdict in ("pass", "fail")
    exit_ = shop(opened_on="9999-01-01", closed_on="9999-12-31", closed_for="voluntary_exit")
    never = application({"/brands/0/evidence/valid_until": None})
    assert check(never, history=[exit_], as_of=date.max).eligible_from is None


def test_another_subjects_records_move_no_limit() -> None:
    records = [{**record, "subject_id": OTHER_USCC} for record in (*_shops(5, "云上"), ban(), violation())]
    assert (
        check(application(), history=records, as_of=DAY).outcomes
        == check(application(), history=[], as_of=DAY).outcomes
    )


def _status(report: Any, rule: str) -> str:
    return next(outcome.status for outcome in report.outcomes if outcome.rule == rule)
