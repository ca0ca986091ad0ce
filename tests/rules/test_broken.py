"""Broken rule files, one kind of slip each: all are refused with file, place and a hint, and none ever judges."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, ROOT, application
from in_process import run_here

from onboarding import RulesetError, check, load_ruleset
from onboarding.rules.lint.patterns import fault_of

BROKEN = Path(__file__).parent / "broken"
# By the broken file: which file of `douyin` it stands in for, and what the lint says, place by place.
EXPECTED: dict[str, dict[str, Any]] = json.loads((BROKEN / "expected.json").read_text(encoding="utf-8"))


def _spoilt(folder: Path, name: str) -> Path:
    rules = folder / "rules"
    shutil.copytree(ROOT / "schemas/douyin", rules)
    shutil.copy(BROKEN / name, rules / EXPECTED[name]["in_place_of"])
    return rules


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_rule_file_is_refused_with_file_place_and_hint(name: str, tmp_path: Path) -> None:
    rules = _spoilt(tmp_path, name)
    with pytest.raises(RulesetError) as refused:
        load_ruleset(rules)
    found = [
        {
            "at": f"{p.line}:{p.column} {p.pointer or ''}".strip(),
            "says": p.message["en"],
            "hint": p.hint and p.hint["en"],
        }
        for p in refused.value.problems
    ]
    assert found == [{**problem, "at": problem["at"].removesuffix(" None")} for problem in EXPECTED[name]["problems"]]
    assert all(problem["hint"] for problem in found)
    assert {p.source for p in refused.value.problems} == {str(rules / EXPECTED[name]["in_place_of"])}


def test_there_are_at_least_twenty_kinds_and_each_is_on_file() -> None:
    assert len(EXPECTED) >= 20
    assert {path.name for path in BROKEN.glob("*.json")} == {*EXPECTED, "expected.json"}


@pytest.mark.parametrize("name", ["misspelt-keyword.json", "fact-not-required.json", "gap-between-editions.json"])
def test_a_ruleset_that_fails_the_lint_judges_nobody(name: str, tmp_path: Path) -> None:
    rules = _spoilt(tmp_path, name)
    file = tmp_path / "application.json"
    file.write_text(json.dumps(application()), encoding="utf-8")
    done = run_here("onboard-check", file, "--ruleset", rules)
    assert (done.returncode, done.stdout) == (2, "")
    assert EXPECTED[name]["problems"][0]["says"] in done.stderr
    with pytest.raises(RulesetError):
        check(application(), history=[], as_of=DAY, ruleset=rules)


@pytest.mark.parametrize(
    "pattern",
    [
        "^9[123]",
        "^[0-9A-HJ-NPQRTUWXY]{18}$",
        "^9[13][^ ]{16}$",
        "^(甲|乙)$",
        r"^a\.b$",
        "^[a-z]+$",
        "^x?[0-9]{2}$",
        "^$",
    ],
)
def test_a_pattern_of_the_common_subset_is_allowed(pattern: str) -> None:
    assert fault_of(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"^\d$", r"\bA", r"^\w+$", r"\s", r"^\p{L}$", r"\u4e00", r"(a)\1", r"^\A", r"\Z", "\\"),
        *("(?=a)", "(?!a)", "(?<=a)b", "(?<n>a)", "(?P<n>a)", "(?i)a", "(?:a)", "(?>a)", "(?#x)a"),
        *("^a*+", "^a++", "^a?+", "^a+?", "^a{2}?", "^a{2}+", "^a{,3}"),
        *("^(a+)+$", "^(a|b)*$", "^(a|ab){9}$", "^((a))+b*$", "^([a-z]{2,3}){4}$", "^a*b*$", "a+b", "^a{200}$"),
        *("a.b", "[a&&b]", "[[a]", "[a--b]", "a{x", "a}", "a]", "^*a", "(a", "a)", "[z-a]"),
    ],
)
def test_a_pattern_that_is_not_read_alike_or_takes_for_ever_is_refused(pattern: str) -> None:
    fault = fault_of(pattern)
    assert fault is not None
    assert fault.message
    assert fault.hint
