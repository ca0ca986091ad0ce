"""SARIF: sound by the official schema, read by another program, and true to the files."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import builders
import pysarif
import pytest
from jsonschema import Draft7Validator
from npm import installed, package_file

from onboarding import load_ruleset

SCHEMA = ("@microsoft/jest-sarif@1.0.0-beta.0", "lib/schemas/sarif-2.1.0-rtm.5.json")
MULTITOOL = "@microsoft/sarif-multitool@5.7.0"
# What Microsoft's validator warns of, and we leave: the tool has no address of its own, and what the registry says
# has no place in a file.
LEFT = {"SARIF2005": "informationUri", "SARIF2017": "region"}


@pytest.fixture
def log(show: Callable[..., str]) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(show("sarif"))["runs"][0]
    return made


@pytest.mark.needs("npm")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_sound_by_the_official_schema(show: Callable[..., str], lang: str) -> None:
    schema = json.loads(package_file(*SCHEMA))
    problems = [error.message for error in Draft7Validator(schema).iter_errors(json.loads(show("sarif", lang=lang)))]
    assert problems == []


@pytest.mark.needs("npm")
def test_microsofts_validator_finds_nothing_by_its_rules_or_by_those_of_github(
    show: Callable[..., str], tmp_path: Path
) -> None:
    for lang in ("en", "zh"):
        (tmp_path / f"{lang}.sarif").write_text(show("sarif", lang=lang), encoding="utf-8")
    place = installed(MULTITOOL)
    program = subprocess.check_output(["node", "-p", "require('@microsoft/sarif-multitool')"], cwd=place, text=True)
    call = [program.strip(), "validate", "en.sarif", "zh.sarif", "--rule-kind", "Sarif;Ghas", "--output", "found.sarif"]
    # It comes without the tables of languages that it otherwise asks the system for.
    environment = os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 files scanned" in done.stdout
    (run,) = json.loads((tmp_path / "found.sarif").read_text("utf-8-sig"))["runs"]
    grave = [(one["ruleId"], one["message"]) for one in run["results"] if one.get("level", "warning") != "note"]
    assert [one for one in grave if one[0] not in LEFT] == []


@pytest.mark.needs("npm")
def test_sound_with_nothing_to_tell_and_from_standard_input(show: Callable[..., str]) -> None:
    passing = show("sarif", "b/pass.json", "--registry", "registry.jsonl", code=0)
    piped = show("sarif", "-", code=1, input='{"application_id": "A", "subject": {"type": "individual"}}')
    validator = Draft7Validator(json.loads(package_file(*SCHEMA)))
    assert [validator.is_valid(json.loads(text)) for text in (passing, piped)] == [True, True]


def test_another_reader_finds_the_same(show: Callable[..., str]) -> None:
    text = show("sarif")
    run = pysarif.load_from_json(text).runs[0]
    read = [(r.rule_id, r.level, r.locations[0].physical_location.artifact_location.uri) for r in run.results]
    plain = json.loads(text)["runs"][0]["results"]
    assert read == [
        (r["ruleId"], r["level"], r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for r in plain
    ]
    assert {level for _, level, _ in read} == {"error", "warning", "note"}


def test_lists_every_rule_with_help_in_both_languages(log: dict[str, Any]) -> None:
    rules = {rule["id"]: rule for rule in log["tool"]["driver"]["rules"]}
    shipped = {rule.id: rule for rule in load_ruleset().rules}
    assert rules.keys() == shipped.keys()
    for name, rule in rules.items():
        for lang in ("en", "zh"):
            assert shipped[name].title[lang] in rule["help"]["markdown"]
            assert shipped[name].remedy[lang] in rule["help"]["markdown"]
        assert (
            rule["defaultConfiguration"]["level"] == {"required": "error", "advisory": "warning"}[shipped[name].level]
        )
    assert all(log["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] == r["ruleId"] for r in log["results"])


def test_regions_are_those_of_the_report(show: Callable[..., str], log: dict[str, Any], samples: Path) -> None:
    report = json.loads(show("json"))
    wanted = [
        (result["source"], outcome["rule"], *(reason.get(k) for k in ("line", "column", "end_line", "end_column")))
        for result in report["results"]
        for outcome in result.get("outcomes", [])
        for reason in outcome["reasons"]
    ]
    found = []
    for result in log["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert (samples / unquote(place["artifactLocation"]["uri"])).is_file()
        region = place.get("region", {})
        keys = ("startLine", "startColumn", "endLine", "endColumn")
        found.append((unquote(place["artifactLocation"]["uri"]), result["ruleId"], *(region.get(k) for k in keys)))
    assert found == wanted


def test_history_has_no_region_but_names_the_record(log: dict[str, Any]) -> None:
    (result,) = (r for r in log["results"] if r["ruleId"] == "six-month-reentry" and r["level"] == "error")
    (location,) = result["locations"]
    assert "region" not in location["physicalLocation"]
    assert location["logicalLocations"][1]["name"] == "S-9"


def test_files_that_cannot_be_judged_are_notifications(log: dict[str, Any]) -> None:
    (invocation,) = log["invocations"]
    assert invocation["executionSuccessful"] is False
    errors = [n for n in invocation["toolExecutionNotifications"] if n["level"] == "error"]
    places = [n["locations"][0]["physicalLocation"] for n in errors]
    assert [p["artifactLocation"]["uri"] for p in places] == ["b/invalid.json", "b/invalid.json", "b/not-json.json"]
    assert all("region" in p for p in places)


def test_a_file_that_is_not_there_is_a_notification_with_its_name(show: Callable[..., str]) -> None:
    (invocation,) = json.loads(show("sarif", "none.json", "b/pass.json"))["runs"][0]["invocations"]
    (missing,) = (n for n in invocation["toolExecutionNotifications"] if n["level"] == "error")
    assert missing["message"]["text"] == "no such file or directory"
    assert missing["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "none.json"


def test_says_from_when_waiting_cures_a_refusal(log: dict[str, Any]) -> None:
    (result,) = (r for r in log["results"] if r["ruleId"] == "six-month-reentry" and r["level"] == "error")
    assert "Would pass from 2024-09-02" in result["message"]["text"]


def test_names_no_folder_of_the_machine(show: Callable[..., str], samples: Path) -> None:
    """Also where the files are given by their whole path, and from a folder below the checkout."""
    text = show("sarif", str(samples / "a"), "../b", "--registry", "../registry.jsonl", cwd=samples / "a",
                env={"GITHUB_WORKSPACE": str(samples)})  # fmt: skip
    assert str(samples) not in text
    uris = {
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in json.loads(text)["runs"][0]["results"]
    }
    assert "a/wrong%20fields.json" in uris
    assert "b/waiting.json" in uris


def _fingerprints(show: Callable[..., str], folder: Path) -> list[str]:
    log = json.loads(show("sarif", "a", "--registry", "registry.jsonl", code=1, cwd=folder))
    return [result["partialFingerprints"]["onboardCheckReason/v1"] for result in log["runs"][0]["results"]]


def test_fingerprints_do_not_depend_on_lines_or_on_the_order_of_brands(
    show: Callable[..., str], own_samples: Path
) -> None:
    before = _fingerprints(show, own_samples)
    path = own_samples / "a" / "wrong fields.json"
    value = json.loads(path.read_text("utf-8"))
    value["brands"].insert(0, builders.brand("另一个"))
    path.write_text("\n\n\n" + json.dumps(value, indent=8), encoding="utf-8")
    after = _fingerprints(show, own_samples)
    assert len(set(before)) == len(before)
    assert set(before) <= set(after)
