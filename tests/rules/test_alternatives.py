"""Alternatives over facts: true beats unknown, unknown beats false, and nobody passes by what is not known."""

import json
from itertools import product
from typing import Any

import pytest
from builders import ROOT
from tables import VALIDATORS

from onboarding import load_ruleset
from onboarding.rules.lint.reads import lint_reads
from onboarding.rules.loading import make_rule
from onboarding.rules.rule import Rule

REASON = {"en": "Too many.", "zh": "过多。"}
FACTS = load_ruleset().facts
# What each of two alternatives comes to, by the value of its fact; None is unknown.
VALUES = {"true": 1, "false": 9, "unknown": None}
COMES_TO = {
    ("true", "true"): "true",
    ("true", "unknown"): "true",
    ("true", "false"): "true",
    ("unknown", "unknown"): "unknown",
    ("unknown", "false"): "unknown",
    ("false", "false"): "false",
}


def _at_most(fact: str, limit: int = 3) -> dict[str, Any]:
    return {"required": [fact], "properties": {fact: {"type": "integer", "maximum": limit}}}


def _rule(facts: dict[str, Any]) -> Rule:
    schema = json.loads((ROOT / "schemas/douyin/max-three-shops.json").read_text("utf-8"))
    schema["properties"]["facts"] = {"x-reason": REASON, "type": "object", **facts}
    return make_rule("max-three-shops.json", schema, FACTS, one_of_several=False)


@pytest.fixture(params=VALIDATORS)
def validator(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONBOARD_VALIDATOR", request.param)


def _comes_to(rule: Rule, facts: dict[str, Any]) -> str:
    findings = rule.findings({"application": {}, "facts": facts})
    if not findings:
        return "true"
    return "unknown" if all(finding.reason is None for finding in findings) else "false"


@pytest.mark.usefixtures("validator")
@pytest.mark.parametrize("pair", list(product(VALUES, VALUES)), ids=" or ".join)
def test_two_alternatives(pair: tuple[str, str]) -> None:
    rule = _rule({"anyOf": [_at_most("shops_if_admitted"), _at_most("unresolved_violations")]})
    facts = dict(zip(("shops_if_admitted", "unresolved_violations"), (VALUES[one] for one in pair), strict=True))
    known = {name: value for name, value in facts.items() if value is not None}
    expected = COMES_TO.get(pair) or COMES_TO[pair[1], pair[0]]
    assert _comes_to(rule, known) == expected
    unknown = {finding.pointer for finding in rule.findings({"application": {}, "facts": known})}
    if expected == "unknown":
        assert unknown == {f"/facts/{name}" for name, value in facts.items() if value is None}
    if expected == "false":
        assert unknown == {"/facts"}


@pytest.mark.usefixtures("validator")
@pytest.mark.parametrize("pair", list(product(VALUES, VALUES)), ids=" and ".join)
def test_within_one_alternative_false_beats_unknown(pair: tuple[str, str]) -> None:
    both = {"allOf": [_at_most("open_shops"), _at_most("unresolved_violations")]}
    rule = _rule({"anyOf": [_at_most("shops_if_admitted"), both]})
    values = {"open_shops": VALUES[pair[0]], "unresolved_violations": VALUES[pair[1]], "shops_if_admitted": 9}
    known = {name: value for name, value in values.items() if value is not None}
    expected = "false" if "false" in pair else "unknown" if "unknown" in pair else "true"
    assert _comes_to(rule, known) == expected


@pytest.mark.usefixtures("validator")
@pytest.mark.parametrize("values", list(product(VALUES, VALUES, VALUES)), ids=" or ".join)
def test_alternatives_within_alternatives(values: tuple[str, str, str]) -> None:
    inner = {"anyOf": [_at_most("open_shops"), _at_most("unresolved_violations")]}
    rule = _rule({"anyOf": [_at_most("shops_if_admitted"), inner]})
    names = ("shops_if_admitted", "open_shops", "unresolved_violations")
    known = {name: VALUES[value] for name, value in zip(names, values, strict=True) if VALUES[value] is not None}
    assert _comes_to(rule, known) == next(come for come in ("true", "unknown", "false") if come in values)


@pytest.mark.usefixtures("validator")
def test_each_brand_chooses_for_itself() -> None:
    either = {"anyOf": [_at_most("shops_if_admitted", 1), _at_most("evidence_days_left", 30)]}
    rule = _rule({"required": ["brands"], "properties": {"brands": {"type": "array", "items": either}}})
    fine = {"shops_if_admitted": 1}
    assert _comes_to(rule, {"brands": [fine, {"evidence_days_left": 3}]}) == "true"
    assert _comes_to(rule, {"brands": [fine, {"evidence_days_left": 99}]}) == "unknown"
    assert _comes_to(rule, {"brands": [fine, {"evidence_days_left": 99, "shops_if_admitted": 2}]}) == "false"


def test_an_alternative_requires_the_facts_that_it_reads() -> None:
    sound = _rule({"anyOf": [_at_most("shops_if_admitted"), _at_most("unresolved_violations")]}).schema
    assert list(lint_reads(sound, FACTS)) == []
    del sound["properties"]["facts"]["anyOf"][1]["required"]
    problems = [problem.message["en"] for problem in lint_reads(sound, FACTS)]
    assert "`unresolved_violations` must be in `required` beside its `properties`" in problems


@pytest.mark.parametrize("keyword", ["not", "if"])
def test_facts_stay_out_of_conditions(keyword: str) -> None:
    schema = _rule({keyword: _at_most("shops_if_admitted"), **({"then": {}} if keyword == "if" else {})}).schema
    assert any(f"facts do not go under `{keyword}`" == p.message["en"] for p in lint_reads(schema, FACTS))
