"""The examples come out as their folders say, and between them they show every required rule."""

import json
from pathlib import Path

import pytest
from builders import ROOT, run

from onboarding import load_ruleset

EXAMPLES = ROOT / "examples"
GIVEN = ("--registry", EXAMPLES / "registry.jsonl", "--as-of", "2024-08-05", "--independent", "-o", "json")


def results(folder: str) -> list[dict]:
    found: list[dict] = json.loads(run("onboard-check", EXAMPLES / folder, *GIVEN).stdout)["results"]
    return found


@pytest.mark.parametrize(
    ("folder", "verdict"),
    [
        ("passes", "pass"),
        ("refused", "fail"),
        ("undecided", "undecided"),
        ("invalid", "invalid"),
        ("together", "pass"),
    ],
)
def test_each_folder_holds_what_it_is_named_for(folder: str, verdict: str) -> None:
    assert {result["source"]: result["verdict"] for result in results(folder)} == {
        str(path): verdict for path in sorted((EXAMPLES / folder).glob("*.json"))
    }


def test_every_required_rule_refuses_an_example() -> None:
    failed = {o["rule"] for result in results("refused") for o in result["outcomes"] if o["status"] == "fail"}
    assert failed >= {rule.id for rule in load_ruleset().rules if rule.level == "required"}


def test_every_advisory_rule_warns_of_an_example() -> None:
    failed = {o["rule"] for result in results("passes") for o in result["outcomes"] if o["status"] == "fail"}
    assert failed == {rule.id for rule in load_ruleset().rules if rule.level == "advisory"}


def test_every_reason_a_licence_can_be_refused_for_is_there() -> None:
    messages = {
        reason["message"]["en"]
        for result in results("refused")
        for outcome in result["outcomes"]
        for reason in outcome["reasons"]
        if outcome["rule"] == "business-license-required"
    }
    named = list(Path(EXAMPLES / "refused").glob("licence-*.json"))
    assert len(messages) == len(named) + 1  # and none at all
