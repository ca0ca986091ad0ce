"""The day from which an application passes, under rules that no shipped ruleset has."""

import sys
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from builders import DAY, USCC, application, ban, shop

from onboarding import kernel, load_ruleset
from onboarding.models import history_of
from onboarding.reading.documents import read_application
from onboarding.reading.records import read_record
from onboarding.rules.loading import make_rule
from onboarding.rules.ruleset import Ruleset

SAID = {"en": "It does not hold.", "zh": "不满足。"}
FACTS = load_ruleset().facts


def _ruleset(facts: dict[str, Any]) -> Ruleset:
    terms = {"level": "required", "clause": "P1", "title": SAID, "remedy": SAID}
    schema = {
        "x-rule": terms,
        "x-reason": SAID,
        "type": "object",
        "required": ["facts"],
        "properties": {"facts": facts},
    }
    return Ruleset("one", {}, SAID, (make_rule("one.json", schema, FACTS, False),), facts=FACTS)


def _number(name: str, **limit: Any) -> dict[str, Any]:
    return {"required": [name], "properties": {name: limit}}


@pytest.mark.parametrize(
    ("facts", "first"),
    [
        # What is asked for is asked for no longer, though it never comes.
        (
            {
                "type": "object",
                **_number("license_days_left"),
                "if": _number("license_days_left", minimum=100),
                "then": _number("shops_if_admitted", maximum=1),
            },
            date(2024, 12, 31) - timedelta(days=99),
        ),
        (
            {
                "type": "object",
                "if": _number("months_since_voluntary_exit", maximum=2),
                "then": _number("months_since_voluntary_exit", minimum=12),
            },
            date(2024, 11, 2),
        ),
        ({"type": "object", **_number("months_since_voluntary_exit", exclusiveMinimum=6)}, date(2025, 3, 2)),
        (
            {"type": "object", **_number("license_days_left", exclusiveMaximum=100)},
            date(2024, 12, 31) - timedelta(days=99),
        ),
        ({"type": "object", **_number("license_days_left", maximum=100)}, date(2024, 12, 31) - timedelta(days=100)),
        ({"type": "object", **_number("open_shops", maximum=0)}, None),
    ],
)
def test_waiting_is_for_what_the_failing_keyword_asks(facts: dict[str, Any], first: date | None) -> None:
    ruleset = _ruleset(facts)
    made, _ = read_application(application({"/business_license/valid_until": "2024-12-31"}))
    records = [shop("S-1"), shop("S-2", ("山下",), closed_on="2024-08-01", closed_for="voluntary_exit")]
    history = history_of(USCC, map(read_record, records))
    report = kernel.check(made, history, DAY, ruleset)
    assert (report.verdict, report.eligible_from) == ("fail", first)
    tried = (DAY + timedelta(days=n) for n in range(1, 300))
    assert first == next((day for day in tried if kernel.check(made, history, day, ruleset).passed), None)


def _calls(of: Callable[[], object]) -> int:
    """How many calls of functions written in Python it takes."""
    counted = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal counted
        counted += event == "call"

    sys.setprofile(count)
    try:
        of()
    finally:
        sys.setprofile(None)
    return counted


def _bans_in_turn(count: int) -> list[dict[str, Any]]:
    """Bans for two reasons, one ending on the day on which the next begins."""
    days = [(DAY + timedelta(days=n)).isoformat() for n in range(count + 1)]
    reasons = ("application_fraud", "serious_violation")
    return [ban(reasons[n % 2], on=days[n], revoked_on=days[n + 1]) for n in range(count)]


def test_four_times_as_many_days_to_wait_through_take_about_four_times_the_work() -> None:
    rules = load_ruleset()
    wanted, _ = read_application(application({"/brands/0/evidence/valid_until": None}))

    def waiting(count: int) -> Callable[[], Any]:
        history = history_of(USCC, map(read_record, _bans_in_turn(count)))
        return lambda: kernel.check(wanted, history, DAY, rules)

    assert waiting(90)().eligible_from == DAY + timedelta(days=90)
    assert _calls(waiting(400)) < 5 * _calls(waiting(100))
