"""Code Quality reports as GitLab reads them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import builders
import gitlab
import pytest
from in_process import run_here
from jsonschema import Draft202012Validator

# What https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format asks for, in our words. It asks for
# more than GitLab's own schema, which leaves open what a severity is.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    # Relative to the repository, and without `./`.
                    "path": {"type": "string", "pattern": r"^(?!/|\./)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {
                            "begin": {"type": "integer", "minimum": 1},
                            "end": {"type": "integer", "minimum": 1},
                        },
                    },
                },
            },
        },
    },
}


def _findings(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)
    return found


def _severities(findings: list[dict[str, Any]], path: str) -> dict[str, str]:
    return {found["check_name"]: found["severity"] for found in findings if found["location"]["path"] == path}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_report_is_what_gitlab_asks_for(show: Callable[..., str], lang: str) -> None:
    Draft202012Validator(SCHEMA).validate(_findings(show("gitlab", lang=lang)))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_gitlab_keeps_every_finding_of_a_report(show: Callable[..., str], lang: str) -> None:
    text = show("gitlab", lang=lang)
    assert list(gitlab.findings(text).values()) == _findings(text)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_finding_has_a_fingerprint_of_its_own_whatever_the_language(show: Callable[..., str], lang: str) -> None:
    fingerprints = [found["fingerprint"] for found in _findings(show("gitlab", lang=lang))]
    assert len(fingerprints) == len(set(fingerprints)) > 10
    assert fingerprints == [found["fingerprint"] for found in _findings(show("gitlab"))]


def test_severities_follow_level_and_status(show: Callable[..., str]) -> None:
    findings = _findings(show("gitlab"))
    assert _severities(findings, "a/refused.json") == {
        "one-shop-per-brand": "critical",
        "max-three-shops": "critical",
        "violation-record": "minor",
    }
    assert _severities(findings, "b/no-brand-name.json")["one-shop-per-brand"] == "major"
    assert _severities(findings, "b/not-json.json") == {"invalid-file": "blocker"}
    assert _severities(findings, "a/wrong fields.json")["unknown_field"] == "info"
    assert _severities(findings, "a/bare.json")["violation-record"] == "info"
    assert _severities(findings, "b/pass.json") == {}


def test_the_same_trouble_has_the_same_fingerprint_wherever_it_stands(tmp_path: Path) -> None:
    value = builders.application({"/brands/0/evidence/sealed_by_subject": False})
    path, told = tmp_path / "application.json", []
    for indent in (None, 4):
        path.write_text(("\n" * 9 if indent else "") + json.dumps(value, indent=indent), encoding="utf-8")
        done = run_here("onboard-check", path.name, "--as-of", "2024-08-05", "-o", "gitlab", cwd=tmp_path)
        told.append({found["fingerprint"]: found["location"]["lines"] for found in _findings(done.stdout)})
    before, after = told
    assert list(before) == list(after)
    assert before != after


def test_paths_begin_at_the_top_of_the_checkout(show: Callable[..., str], samples: Path) -> None:
    text = show("gitlab", "b/invalid.json", cwd=samples, env={"CI_PROJECT_DIR": str(samples.parent)})
    assert {found["location"]["path"] for found in _findings(text)} == {f"{samples.name}/b/invalid.json"}


def test_nothing_found_is_an_empty_report(show: Callable[..., str]) -> None:
    assert _findings(show("gitlab", "b/pass.json", "--registry", "registry.jsonl", code=0)) == []
