"""Every rule file says the same yes or no in three validators: jsonschema (Python), jsonschema-rs (Rust), Ajv (Node).

The cases are made from the rule files and the rulesets' own case tables: each value that a rule reads is taken
away and replaced by values on, beside and far from its edges, and of other types. Texts have no line feed at
their end: `rule_instance` trims them, and there alone Python's `$` differs.
"""

import copy
import json
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import npm
import pytest
from builders import ROOT
from in_process import run_here as run

from onboarding import load_ruleset
from onboarding.authoring.cases import read_cases, run_cases
from onboarding.rules.loading import cases_folder, schemas_folder, shipped_rulesets
from onboarding.rules.rule import Rule
from onboarding.rules.subschemas import subschemas
from onboarding.rules.validator import bare

AJV = "ajv@8.20.0"
JUDGE = Path(__file__).with_name("judge.js")
OTHERS: list[Any] = [
    *(None, True, False, -1, 0, 1, 2, 7, 400, [], {}, [1], {"a": 1}, ""),
    *("enterprise", "individual", "uscc", "91999999MATEKT019L", "92999999MATEKT019H", "51999999MATEKT019Q"),
    *(
        "9１999999MATEKT019L",
        "91 999999MATEKT019",
        "𝟗1999999MATEKT019L",
        "9139",
        "X91999999MATEKT019",
        "a\nb",
        "\u2028",
    ),
    *("9" * 17, "9" * 18, "9" * 19, "云" * 18, "😀" * 18, "9\u2028" * 9),
]


def by_ajv(schemas: list[Any], cases: list[tuple[int, Any]]) -> list[bool]:
    """What Ajv says of each case, in one process of Node."""
    text = json.dumps({"schemas": schemas, "cases": cases})
    done = subprocess.run(
        ["node", JUDGE, npm.installed(AJV)], input=text, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return [answer == "1" for answer in done.stdout]


@cache
def _instances(ruleset: str) -> list[tuple[str, date, Any, bool]]:
    """What the rules are applied to in the ruleset's own cases, each once, and whether it passed."""
    steps = run_cases(
        read_cases(cases_folder(schemas_folder() / ruleset), load_ruleset(ruleset)), load_ruleset(ruleset)
    )
    found = {json.dumps([str(s.as_of), s.applied_to]): s for s in steps}
    return [(s.case, s.as_of, s.applied_to, s.found.passed) for s in found.values()]


def _spoilt(rule: Rule, instance: Any, dice: random.Random) -> Iterator[Any]:
    """`instance` with one value that the rule reads taken away or replaced, on both sides of every number."""
    numbers = [n + step for n in rule.numbers for step in (-1, 0, 1)]
    for reads in sorted(
        {subschema.instance_path for subschema in subschemas(rule.schema) if subschema.instance_path}, key=str
    ):
        for value in [..., *dice.sample(OTHERS, 12), *numbers]:
            made = copy.deepcopy(instance)
            if _put(made, reads, value):
                yield made


def _put(value: Any, path: tuple[Any, ...], new: Any) -> bool:
    for part in path[:-1]:
        if part == "[]":
            if not isinstance(value, list) or not value:
                return False
            value = value[-1]
        elif not isinstance(value, dict) or part not in value:
            return False
        else:
            value = value[part]
    last = path[-1]
    if last == "[]":
        if not isinstance(value, list) or not value or new is ...:
            return False
        value[-1] = new
    elif not isinstance(value, dict):
        return False
    elif new is ...:
        value.pop(last, None)
    else:
        value[last] = new
    return True


@cache
def generated() -> tuple[list[Rule], list[tuple[int, Any]]]:
    """Every shipped rule, and at least 200 cases for each of them."""
    dice = random.Random(20260101)
    rules: list[Rule] = []
    cases: list[tuple[int, Any]] = []
    for name in shipped_rulesets():
        instances = [instance for _, _, instance, _ in _instances(name)]
        for rule in load_ruleset(name).rules:
            own = [(len(rules), instance) for instance in instances]
            for instance in dice.sample(instances, 8):
                own += [(len(rules), made) for made in _spoilt(rule, instance, dice)]
            rules.append(rule)
            cases += own
    return rules, cases


def test_there_are_at_least_five_thousand_cases_on_both_sides_of_every_rule() -> None:
    rules, cases = generated()
    assert len(cases) >= 5000
    answers: dict[int, set[bool]] = {}
    for number, instance in cases:
        answers.setdefault(number, set()).add(not rules[number].validate(instance))
    assert answers == {number: {True, False} for number in range(len(rules))}


@pytest.mark.needs("npm")
def test_three_validators_say_the_same_of_every_case() -> None:
    rules, cases = generated()
    schemas = [bare(rule.schema) for rule in rules]
    python = [jsonschema.Draft202012Validator(schema) for schema in schemas]
    rust = [jsonschema_rs.Draft202012Validator(schema) for schema in schemas]
    ajv = by_ajv(schemas, cases)
    assert len(ajv) == len(cases)
    differing = [
        (rules[number].id, instance)
        for (number, instance), third in zip(cases, ajv, strict=True)
        if len({python[number].is_valid(instance), rust[number].is_valid(instance), third}) > 1
    ]
    assert differing == []


@pytest.mark.needs("npm")
@pytest.mark.parametrize("name", shipped_rulesets())
def test_the_exported_schema_holds_exactly_where_the_verdict_is_a_pass(name: str) -> None:
    day, _ = Counter(as_of for _, as_of, _, _ in _instances(name)).most_common(1)[0]
    schema = json.loads(run("onboard", "rules", "export", name, "--as-of", str(day)).stdout)
    text = json.dumps(schema)
    assert "$ref" not in text
    assert '"x-' not in text
    jsonschema.Draft202012Validator.check_schema(schema)
    instances = [(instance, passed) for _, _, instance, passed in _instances(name)]
    python, rust = jsonschema.Draft202012Validator(schema), jsonschema_rs.Draft202012Validator(schema)
    ajv = by_ajv([schema], [(0, instance) for instance, _ in instances])
    for (instance, _), third in zip(instances, ajv, strict=True):
        assert {python.is_valid(instance), rust.is_valid(instance)} == {third}
    on_the_day = [(i, p) for _, as_of, i, p in _instances(name) if as_of == day]
    assert {passed for _, passed in on_the_day} == {True, False}
    assert all(rust.is_valid(instance) == passed for instance, passed in on_the_day)


def test_the_exported_schema_is_of_the_editions_of_the_day(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "schemas/douyin", rules)
    before = json.loads(run("onboard", "rules", "export", rules, "--as-of", "2024-08-04").stdout)
    on = json.loads(run("onboard", "rules", "export", rules, "--as-of", "2024-08-05").stdout)
    titles = [{rule["title"] for rule in schema["allOf"]} for schema in (before, on)]
    assert titles[1] - titles[0] == {"no-individual-sellers"}
