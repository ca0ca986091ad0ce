"""No rule file can be spoilt in any one place without a case noticing.

A mutant is noticed when a case of the tables comes out otherwise than stated, or when the spoilt rule, taken
alone as the plain JSON Schema that it is, holds where a part that it must read is missing or of another kind.
"""

import copy
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import pytest
from builders import SOLE_TRADER_USCC, application
from tables import CASES

from onboarding import RulesetError, load_ruleset
from onboarding.authoring.mutation import mutants, noticeable
from onboarding.evaluation import judge
from onboarding.facts.derivation import Facts, context_of, derive_facts
from onboarding.models import History, history_of
from onboarding.reading.documents import read_application
from onboarding.reading.records import read_record
from onboarding.rules.loading import make_rule
from onboarding.rules.rule import Rule
from onboarding.rules.ruleset import Ruleset

DOUYIN = load_ruleset()
RULES = {rule.id: rule for rule in DOUYIN.rules}

# What a rule reads on its way: without it, or with something of another kind in its place, no rule holds.
READS = {
    "business-license-required": (
        *("/application", "/application/business_license", "/facts", "/facts/license_number"),
        *("/facts/license_name_difference", "/facts/license_days_left", "/facts/license_days_until_start"),
    ),
    "no-individual-sellers": ("/application", "/application/subject", "/application/subject/type"),
    "brand-evidence": (
        *("/application", "/application/brands", "/application/brands/0/evidence", "/facts", "/facts/brands"),
        *("/facts/brands/0/evidence_days_left", "/facts/brands/0/evidence_days_until_start"),
    ),
    "one-shop-per-brand": ("/facts", "/facts/brands", "/facts/brands/0/shops_if_admitted"),
    "max-three-shops": ("/facts", "/facts/shops_if_admitted"),
    "six-month-reentry": ("/facts", "/facts/months_since_voluntary_exit"),
    "permanent-ban": ("/facts", "/facts/bans", "/facts/bans/application_fraud", "/facts/bans/serious_violation"),
    "license-number-review": (
        *("/application", "/application/subject", "/application/subject/type", "/facts", "/facts/license_number"),
    ),
    "violation-record": ("/facts", "/facts/unresolved_violations"),
    "brand-review": ("/facts", "/facts/brands", "/facts/brands/0/look_alike_shops"),
}
# An item of a list cannot be missing, only be of another kind.
ITEMS = {
    "brand-evidence": ("/application/brands/0", "/facts/brands/0"),
    "one-shop-per-brand": ("/facts/brands/0",),
    "brand-review": ("/facts/brands/0",),
}


class Known(NamedTuple):
    """The facts of one application of a case, ready to be judged, and what the case states."""

    facts: Facts
    day: date
    expected: dict[str, Any]
    loose: list[str]


@cache
def _known() -> list[Known]:
    known = []
    for case in (case for cases in CASES.values() for case in cases):
        if len(case["applications"]) > 1 and not case.get("independent"):
            continue
        for plain, expected in zip(case["applications"], case["expect"], strict=True):
            made, _ = read_application(plain)
            day, subject = date.fromisoformat(case["as_of"]), DOUYIN.subject_id(made)
            history: History | None = None
            if case["registry"] is not None and subject is not None:
                history = history_of(subject, [read_record(record) for record in case["registry"]])
            known.append(
                Known(
                    derive_facts(context_of(made, history, day), DOUYIN.counted), day, expected, case.get("loose", [])
                )
            )
    return known


def _noticed_by_a_case(rule: Rule) -> bool:
    return any(not _as_stated(rule, known) for known in _known())


def _as_stated(rule: Rule, known: Known) -> bool:
    try:
        (outcome,) = judge(known.facts, known.day, Ruleset("one", {}, {}, (rule,)))
    except RulesetError:
        return False
    told = {
        "fails": outcome.level == "required" and outcome.status == "fail",
        "warns": outcome.level == "advisory" and outcome.status == "fail",
        "undecided": outcome.status == "undecided",
    }
    stated = {name: rule.id in known.expected[name] for name in told}
    pointers = known.expected.get("reasons", {}).get(rule.id)
    if pointers is not None and sorted(pointers) != sorted(reason.pointer for reason in outcome.reasons):
        return False
    return all(told[name] == stated[name] for name in told if name not in known.loose)


def _spoilt_cases(rule_id: str) -> list[Any]:
    """A sound case with one part that the rule reads left out, or of another kind."""
    changes = {"/business_license/uscc": SOLE_TRADER_USCC, "/subject/type": "individual_business"}
    made, _ = read_application(application(changes))
    sound = derive_facts(context_of(made, History(), date(2024, 8, 5)), DOUYIN.counted).rule_instance
    assert not RULES[rule_id].validate(sound)
    spoilt: list[Any] = ["a text"]
    for pointer in (*READS[rule_id], *ITEMS.get(rule_id, ())):
        *path, last = (int(part) if part.isdigit() else part for part in pointer.split("/")[1:])
        for missing in (True, False):
            case = parent = copy.deepcopy(sound)
            for part in path:
                parent = parent[part]  # type: ignore[index]
            if not missing:
                parent[last] = "a text"  # type: ignore[index]
                spoilt.append(case)
            elif pointer in READS[rule_id]:
                del parent[last]  # type: ignore[arg-type]
                spoilt.append(case)
    return spoilt


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_does_not_hold_where_a_part_that_it_reads_is_missing_or_of_another_kind(rule_id: str) -> None:
    assert all(RULES[rule_id].validate(case) for case in _spoilt_cases(rule_id))


@pytest.mark.parametrize("rule_id", RULES)
def test_the_cases_hold_by_the_rule_as_it_is(rule_id: str) -> None:
    assert not _noticed_by_a_case(RULES[rule_id])


@pytest.mark.parametrize("rule_id", RULES)
def test_each_mutant_of_a_rule_file_is_noticed(rule_id: str) -> None:
    spoilt, survivors, count = _spoilt_cases(rule_id), [], 0
    for path, edit, schema in mutants(RULES[rule_id].schema):
        count += 1
        mutant = make_rule(f"{rule_id}.json", schema, DOUYIN.facts, one_of_several=False)
        if not _noticed_by_a_case(mutant) and all(mutant.validate(case) for case in spoilt):
            survivors.append((path, edit["en"]))
    assert survivors == []
    assert count >= 10


def test_a_mutant_differs_in_one_place_and_leaves_the_rule_alone() -> None:
    for rule in RULES.values():
        before = copy.deepcopy(rule.schema)
        made = list(mutants(rule.schema))
        assert rule.schema == before
        assert all(mutant.schema != before for mutant in made)
        assert len({(mutant.path, mutant.edit["en"]) for mutant in made}) == len(made)


def test_a_condition_without_what_the_lint_asks_for_in_it_needs_no_case() -> None:
    """Without `required` the rule below holds of the same applications: no case could tell the two apart."""
    schema = copy.deepcopy(RULES["no-individual-sellers"].schema)
    reason = {"en": "No name.", "zh": "未填名称。"}
    named = {"type": "array", "items": {"x-reason": reason, "type": "object", "required": ["name"]}}
    schema["properties"]["application"]["allOf"] = [
        {"if": {"required": ["brands"]}, "then": {"properties": {"brands": named}}}
    ]
    rule = make_rule("no-individual-sellers.json", schema, DOUYIN.facts, one_of_several=False)
    left_out = {mutant.path for mutant in mutants(schema)} - {mutant.path for mutant in noticeable(rule)}
    condition = ("properties", "application", "allOf", 0, "if")
    assert {path for path in left_out if path[:5] == condition} == {(*condition, "required")}
    assert (*condition[:-1], "then", "properties", "brands", "items", "required") not in left_out
