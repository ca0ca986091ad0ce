"""What a page says of a rule is what the rule does: the tree behind the words is evaluated beside the validator."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding import load_ruleset
from onboarding.authoring.explain import page_of, to_markdown
from onboarding.authoring.requirement import Comparison, Node, circumstances, lines, requirement_of
from onboarding.rules.loading import shipped_rulesets
from onboarding.rules.subschemas import subschemas
from onboarding.rules.validator import Validate, compile_schema

FACTS = load_ruleset("douyin").facts
SHIPPED = {f"{name}/{rule.id}": rule.schema for name in shipped_rulesets() for rule in load_ruleset(name).rules}
LIMITS = ("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum")
TEXTS = ["91999999MATEKT019L", "92999999MATEKT019L", "91", "enterprise", "individual_business", "company", "x", ""]


def of(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of one member that must be there."""
    return {"required": [name], "properties": {name: schema}}


INDIVIDUAL = of("subject", of("type", {"const": "individual_business"}))
CAP = {"type": "integer", "maximum": 2}
# Conditions, alternatives, negations, and fields that may be missing, where the shipped rules have none.
WRITTEN: dict[str, dict[str, Any]] = {
    "one cap or the other": of("application", {"if": INDIVIDUAL, "then": of("shop", {}), "else": of("brands", {})}),
    "alternatives over facts": of(
        "facts",
        {"anyOf": [of("shops_if_admitted", CAP), of("unresolved_violations", {"type": "integer", "maximum": 0})]},
    ),
    "alternatives for each brand": of(
        "facts",
        of(
            "brands",
            {
                "items": {
                    "anyOf": [
                        of("shops_if_admitted", CAP),
                        of("evidence_days_left", {"type": ["integer", "null"], "minimum": 6}),
                    ]
                }
            },
        ),
    ),
    "a field that may be missing": {
        "properties": {"application": {"properties": {"subject": of("type", {"enum": ["enterprise", "company"]})}}}
    },
    "never, where it is there": {
        "properties": {"application": {"properties": {"subject": {"not": {"required": ["x"]}}}}}
    },
    "not both": of("application", {"not": {"allOf": [INDIVIDUAL, of("brands", {"minItems": 2})]}}),
    "if what may be missing": {
        "properties": {
            "application": {
                "properties": {
                    "subject": {"if": of("type", {"const": "enterprise"}), "then": of("name", {"pattern": "^9"})}
                }
            }
        }
    },
    "what a condition asks for": of(
        "application",
        {"if": INDIVIDUAL, "then": {"properties": {"subject": {"properties": {"type": {"enum": ["x"]}}}}}},
    ),
    "what is asked for on another condition": of(
        "application",
        {
            "if": of("brands", {"minItems": 2}),
            "then": of("shop", {}),
            "properties": {"shop": of("type", {"const": "x"})},
        },
    ),
    "an alternative within an alternative": of(
        "application", {"anyOf": [of("shop", {}), {"anyOf": [INDIVIDUAL, of("brands", {"maxItems": 1})]}]}
    ),
}

SCHEMAS = SHIPPED | WRITTEN


def holds(node: Node, value: Any) -> bool:
    """Whether `node` is so of `value`, as its docstring says."""
    for part in node.path:
        if not isinstance(value, dict) or part not in value:
            return node.optional
        value = value[part]
    if isinstance(node, Comparison):
        return node.or_null if value is None and node.or_null else compared(node, value)
    match node.kind:
        case "each":
            return all(holds(part, item) for item in value for part in node.parts)
        case "any":
            return any(holds(part, value) for part in node.parts)
        case "not":
            return not all(holds(part, value) for part in node.parts)
        case "if":
            condition, then, otherwise = node.parts
            return holds(then if holds(condition, value) else otherwise, value)
        case _:
            return all(holds(part, value) for part in node.parts)


def compared(node: Comparison, value: Any) -> bool:
    if node.keyword == "required":
        return all(name in value for name in node.value)
    return not compiled(json.dumps({node.keyword: node.value}))(value)


@cache
def compiled(schema: str) -> Validate:
    return compile_schema(json.loads(schema))


@cache
def instances(name: str) -> st.SearchStrategy[Any]:
    """Instances about what a schema reads: each value there or not, on an edge, or another."""
    schema = SCHEMAS[name]
    tree: dict[str, Any] = {}
    for subschema in subschemas(schema):
        place = tree
        for part in subschema.instance_path:
            place = place.setdefault(part, {})
        for name in subschema.schema.get("required", ()):
            place.setdefault(name, {})
        for keyword, value in subschema.schema.items():
            if keyword in (*LIMITS, "const", "enum", "pattern"):
                place.setdefault("", []).extend(near(keyword, value))
                place[""] += [None] * ("null" in subschema.schema.get("type", ()))
            elif keyword in ("minItems", "maxItems"):
                place.setdefault("[]", {})
    return strategy(tree)


def near(keyword: str, value: Any) -> list[Any]:
    if keyword in LIMITS:
        return [value - 1, value, value + 1]
    if keyword == "pattern":
        return TEXTS
    return [*(value if keyword == "enum" else [value]), "other", *([True, False] if isinstance(value, bool) else [])]


def strategy(tree: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "" in tree:
        return st.sampled_from(tree[""])
    if "[]" in tree:
        return st.lists(strategy(tree["[]"]), max_size=3)
    members = {name: strategy(inner) for name, inner in tree.items()}
    return st.fixed_dictionaries({}, optional=members)


@cache
def told(name: str) -> Node:
    """What a page says of a schema."""
    return requirement_of(SCHEMAS[name], FACTS)


@cache
def failures(name: str) -> Validate:
    return compile_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", SCHEMAS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_page_holds_where_the_rule_holds(name: str, data: st.DataObject) -> None:
    instance = data.draw(instances(name))
    assert holds(told(name), instance) == (not failures(name)(instance)), json.dumps(instance)


def page(rule_id: str, lang: Any) -> str:
    ruleset = load_ruleset("douyin")
    rule = next(rule for rule in ruleset.rules if rule.id == rule_id)
    return to_markdown(page_of(rule, ruleset), lang)


@pytest.mark.parametrize(
    ("rule", "lang", "words"),
    [
        (
            "brand-evidence",
            "en",
            "- `brands[].evidence`: one of these holds\n  - `brands[].evidence.sealed_by_subject` ex",
        ),
        (
            "brand-evidence",
            "zh",
            "- `brands[].evidence`：下列至少一项成立\n  - `brands[].evidence.sealed_by_subject` 为 tr",
        ),
        (
            "license-number-review",
            "en",
            "fitting ^92[^ ]{16}$, then\n  - `subject.type`: exactly",
        ),
        ("license-number-review", "zh", "符合 ^92[^ ]{16}$，则须\n  - `subject.type`：为"),
        ("business-license-required", "en", "  - `business_license.uscc`: not (fitting ^9[13][^ ]{16}$)\n"),
        ("six-month-reentry", "en", "): at least 6, or null\n"),
        (
            "max-three-shops",
            "en",
            "- `shops_if_admitted`: the number of the subject's shops that have begun and are not over on the day, "
            "and one more for the shop applied for\n",
        ),
        (
            "max-three-shops",
            "zh",
            "- `shops_if_admitted`：计数：该主体当日已开始且尚未结束的店铺，另加本次申请的店铺\n",
        ),
        ("six-month-reentry", "en", "shops that are over by the day, where `closed_for` is exactly voluntary_exit\n"),
    ],
)
def test_conditions_alternatives_and_counts_are_said_as_such(rule: str, lang: str, words: str) -> None:
    assert words in page(rule, lang)


def test_what_is_there_anyway_is_not_said_to_be_missing() -> None:
    told = {
        name: [line for _, line in lines(requirement_of(WRITTEN[name], FACTS), "en")]
        for name in ("what a condition asks for", "what is asked for on another condition")
    }
    assert told["what a condition asks for"][-1] == "`subject.type`: one of x"
    assert "`shop.type`: exactly x, or missing" in told["what is asked for on another condition"]


def test_a_limit_under_a_condition_names_the_condition() -> None:
    found = {s.path[-1]: circumstances(s, FACTS) for s in subschemas(WRITTEN["one cap or the other"]) if s.path}
    assert found["shop"] == {
        "en": "if `subject.type` exactly individual_business",
        "zh": "若 `subject.type` 为 individual_business",
    }
    assert found["brands"] == {
        "en": "unless `subject.type` exactly individual_business",
        "zh": "除非 `subject.type` 为 individual_business",
    }
