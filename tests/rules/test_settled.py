"""Where nothing is on record, what facts come to is settled, and rules that look at nothing else are asked once."""

from datetime import date
from typing import Any

import pytest
from builders import USCC
from hypothesis import given
from hypothesis import strategies as st
from strategies import applications, few_records, judged_on

from onboarding import load_ruleset
from onboarding.evaluation import evaluate
from onboarding.facts.derivation import context_of, derive_facts
from onboarding.models import history_of
from onboarding.reading.documents import read_application
from onboarding.reading.records import read_record
from onboarding.rules.loading import make_rule, shipped_rulesets
from onboarding.rules.rule import Rule

SAID = {"en": "It does not hold.", "zh": "不满足。"}
DOUYIN = load_ruleset()
SETTLED = frozenset(("bans.application_fraud", "bans.serious_violation", "brands[].shops_if_admitted"))
FREE = {"maximum": 0}
EACH_BRAND = {"items": {"properties": {"shops_if_admitted": FREE}}}
LOOKS_AT_NOTHING_ELSE = {
    "a fact": ({"facts": {"properties": {"bans": {"properties": {"application_fraud": FREE}}}}}, True),
    "a fact of each brand": ({"facts": {"properties": {"brands": EACH_BRAND}}}, True),
    "how many brands there are": ({"facts": {"properties": {"brands": {"minItems": 1}}}}, True),
    "that something is there": ({"facts": {"required": ["bans"]}}, True),
    "what it stands in, as a whole": ({"facts": {"properties": {"bans": {"const": {"application_fraud": 0}}}}}, False),
    "another fact": ({"facts": {"properties": {"shops_if_admitted": FREE}}}, False),
    "another fact, under a condition": ({"facts": {"if": {"required": ["license_days_left"]}, "then": {}}}, False),
    "another fact of each brand": (
        {"facts": {"properties": {"brands": {"items": {"required": ["evidence_days_left"]}}}}},
        False,
    ),
    "the application": ({"application": {"required": ["brands"]}}, False),
    "the application, under a condition": ({"facts": {}, "application": {}}, False),
}


def _rule(properties: dict[str, Any]) -> Rule:
    terms = {"level": "required", "clause": "P1", "title": SAID, "remedy": SAID}
    schema = {"x-rule": terms, "x-reason": SAID, "type": "object", "properties": properties}
    return make_rule("one.json", schema, DOUYIN.facts, one_of_several=False)


@pytest.mark.parametrize(("properties", "only"), LOOKS_AT_NOTHING_ELSE.values(), ids=LOOKS_AT_NOTHING_ELSE)
def test_a_rule_looks_at_settled_facts_alone_or_not(properties: dict[str, Any], only: bool) -> None:
    assert _rule(properties).reads_only(SETTLED) == only


@given(applications, st.just([]) | few_records, judged_on, st.sampled_from(shipped_rulesets()))
def test_rules_that_are_not_asked_again_hold(
    application: dict[str, Any], records: list[dict[str, Any]], day: date, name: str
) -> None:
    rules = load_ruleset(name)
    wanted, _ = read_application(application, rules.own_fields)
    history = history_of(USCC, map(read_record, records))
    context = context_of(wanted, history, day, None, rules.own_fields, rules.subject_number, rules.read)
    facts, plan = derive_facts(context, rules.counted), rules.plan(day)
    assert evaluate(facts, plan.left_open(facts)) == evaluate(facts, plan.in_force)
