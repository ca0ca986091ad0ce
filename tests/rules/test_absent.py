"""What nobody gives is null as a fact, and null keeps to every limit: some rule must ask for it."""

import json
from typing import Any

import pytest
from builders import ROOT

from onboarding.rules.lint.lint import canonical, lint

Plain = dict[str, Any]
WORDS = {"en": "What is so.", "zh": "如此。"}
FIELDS = {
    "application": {
        "shop.deposit": {"type": "integer", "meaning": WORDS},
        "brands[].applied_on": {"type": "string", "format": "date", "meaning": WORDS},
    }
}
FACTS = {
    "brands[].letter_months_left": {"meaning": WORDS, "months_until": "/evidence/valid_until"},
    "brands[].evidence_type": {"meaning": WORDS, "field": "/evidence/type"},
    "brands[].months_since_applied": {"meaning": WORDS, "months_since": "/applied_on"},
    "deposit": {"meaning": WORDS, "field": "/shop/deposit"},
}


def of(name: str, schema: Plain) -> Plain:
    return {"type": "object", "required": [name], "properties": {name: schema}}


def least(limit: int) -> Plain:
    return {"x-reason": WORDS, "type": ["integer", "null"], "minimum": limit}


def each_brand(schema: Plain) -> Plain:
    return of("facts", of("brands", {"type": "array", "items": schema}))


def in_brands(name: str) -> Plain:
    """That each brand has what is called `name`."""
    asked = {"x-reason": WORDS, "type": "object", "required": [name]}
    listed = {"type": "array", "items": asked}
    return {"required": ["application"], "properties": {"application": {"x-reason": WORDS, **of("brands", listed)}}}


LETTER = each_brand(of("letter_months_left", least(6)))
CERTIFICATE = of("evidence_type", {"x-reason": WORDS, "const": "trademark_certificate"})
LETTER_OF_SOME = of("letter_months_left", least(6))
LETTER_SHOWN = {"allOf": [of("evidence_type", {"const": "authorization_letter"}), LETTER_OF_SOME]}
APPLIED = each_brand(of("months_since_applied", least(6)))
DEPOSIT = of("facts", of("deposit", least(1000)))


def told(*rules: Plain, level: str = "required") -> list[str]:
    """What the lint says of a ruleset of these rules."""
    about = json.loads((ROOT / "schemas/douyin/ruleset.json").read_text(encoding="utf-8")) | {"id": "some"}
    files = {"ruleset.json": about, "fields.json": FIELDS}
    for number, rule in enumerate(rules):
        terms = {"level": level, "clause": "P1", "title": WORDS, "remedy": WORDS}
        files[f"rule-{number}.json"] = {
            "$schema": "../rule.dialect.json",
            "$id": f"urn:onboarding:some:rule-{number}",
            "x-rule": terms,
            **rule,
        }
    read = json.dumps(rules)
    files["facts.json"] = {name: fact for name, fact in FACTS.items() if f'"{name.split(".")[-1]}"' in read}
    problems = lint({name: canonical(file).encode() for name, file in files.items()}, ROOT / "schemas")
    return [problem.said("en") for problem in problems]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (LETTER, "brands[].evidence"),
        (each_brand({"x-reason": WORDS, "anyOf": [CERTIFICATE, LETTER_OF_SOME]}), "brands[].evidence"),
        (APPLIED, "brands[].applied_on"),
        (DEPOSIT, "shop.deposit"),
    ],
    ids=["no letter", "no letter beside a certificate", "no day", "no deposit"],
)
def test_a_limit_that_whoever_gives_nothing_keeps_to_is_an_error(rule: Plain, field: str) -> None:
    (words,) = told(rule)
    assert f"is null where `{field}` is missing, and null keeps to `minimum` (no rule asks for `{field}`" in words
    assert words.startswith("rule-0.json:")


@pytest.mark.parametrize(
    "rules",
    [
        (LETTER, in_brands("evidence")),
        ({"allOf": [LETTER, in_brands("evidence")]},),
        (each_brand({"x-reason": WORDS, "anyOf": [CERTIFICATE, LETTER_SHOWN]}),),
        (APPLIED, in_brands("applied_on")),
    ],
    ids=["another rule asks", "the rule itself asks", "the alternative asks", "for the day itself"],
)
def test_it_is_none_where_that_is_asked_for(rules: tuple[Plain, ...]) -> None:
    assert told(*rules) == []


def test_what_another_alternative_asks_for_is_not_asked_for() -> None:
    others = {"x-reason": WORDS, "anyOf": [in_brands("evidence"), LETTER]}
    assert len(told(others)) == 1
    # An evidence without an end has no fixed term; a day of a ruleset's own that is missing is not known.
    assert len(told(APPLIED, in_brands("evidence"))) == 1


def asked_where(status: str) -> Plain:
    """That a brand whose evidence is of this kind has a day of application."""
    kind = {"type": "object", **of("evidence", of("type", {"const": status}))}
    each = {"x-reason": WORDS, "type": "object", "if": kind, "then": {"required": ["applied_on"]}}
    listed = {"type": "array", "items": each}
    return {"required": ["application"], "properties": {"application": {"x-reason": WORDS, **of("brands", listed)}}}


@pytest.mark.parametrize(("kind", "problems"), [("other", 0), ("trademark_certificate", 1)])
def test_what_a_then_asks_of_others_is_not_asked_for(kind: str, problems: int) -> None:
    applied = {"allOf": [of("evidence_type", {"const": "other"}), of("months_since_applied", least(6))]}
    rule = each_brand({"x-reason": WORDS, "anyOf": [CERTIFICATE, applied]})
    assert len(told(rule, asked_where(kind))) == problems


def test_a_warning_may_go_without() -> None:
    assert told(LETTER, level="advisory") == []
