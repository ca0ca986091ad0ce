"""`onboard explain`: what a rule wants, from the rule file; which rules speak of a field or a fact."""

import json
import shutil
from pathlib import Path

import pytest
from builders import ROOT
from in_process import run_here

from onboarding import load_ruleset

RULES = load_ruleset("douyin").rules


def explained(*args: str) -> str:
    done = run_here("onboard", "explain", *args, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def joined(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_rule_is_told_whole_in_the_language_of_the_call(lang: str, rule) -> None:  # type: ignore[no-untyped-def]
    told = joined(explained(rule.id, "--lang", lang))
    clauses = json.loads((ROOT / "schemas" / "douyin" / "ruleset.json").read_text(encoding="utf-8"))["clauses"]
    expected = [rule.title[lang], rule.remedy[lang], *(clauses[clause][lang] for clause in rule.clause.split(", "))]
    for text in (*expected, *(words[lang] for words in reasons(rule.schema))):
        for part in text.replace("{actual}", "{limit}").split("{limit}"):
            assert joined(part) in told


def reasons(schema: object) -> list[dict[str, str]]:
    """Every `x-reason` in a schema, found without knowing where one may stand."""
    if isinstance(schema, list):
        return [words for inner in schema for words in reasons(inner)]
    if not isinstance(schema, dict):
        return []
    own = schema.get("x-reason")
    mine = [own, *own.get("when", {}).values()] if own else []
    return mine + [words for key, inner in schema.items() if key != "x-reason" for words in reasons(inner)]


def test_the_numbers_come_from_the_rule_file(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "schemas" / "douyin", tmp_path / "mine")
    rule = tmp_path / "mine" / "max-three-shops.json"
    rule.write_text(rule.read_text(encoding="utf-8").replace('"maximum": 3', '"maximum": 7'), encoding="utf-8")
    assert "at most 3 are allowed" in explained("max-three-shops")
    assert "at most 7 are allowed" in explained("max-three-shops", "--ruleset", str(tmp_path / "mine"))


def test_a_rule_says_from_when_it_applies() -> None:
    assert "In force from 2024-08-05." in explained("no-individual-sellers", "--lang", "en")


SPEAK_OF = {
    "/business_license/uscc": ["business-license-required", "license-number-review"],
    "/business_license": ["business-license-required", "license-number-review"],
    "/business_license/valid_until": ["business-license-required"],
    "/subject/type": ["business-license-required", "no-individual-sellers", "license-number-review"],
    "/brands": ["brand-evidence"],
    "/brands/0/evidence": ["brand-evidence"],
    "/brands/12/evidence/valid_until": ["brand-evidence"],
    "/facts/shops_if_admitted": ["max-three-shops"],
    "/facts/brands/0/shops_if_admitted": ["one-shop-per-brand"],
    "/facts/months_since_voluntary_exit": ["six-month-reentry"],
    "/facts/bans": ["permanent-ban"],
    "/facts/bans/application_fraud": ["permanent-ban"],
    "/facts/unresolved_violations": ["violation-record"],
}


def heads(told: str) -> list[str]:
    return [line.split("  ")[0] for line in told.splitlines() if line and not line.startswith(" ")]


@pytest.mark.parametrize(("pointer", "rules"), SPEAK_OF.items(), ids=SPEAK_OF.keys())
def test_a_pointer_stands_for_the_rules_that_speak_of_it(pointer: str, rules: list[str]) -> None:
    assert heads(explained(pointer)) == rules


GO_BY = {
    "P3": ["brand-evidence"],
    "p1": ["business-license-required", "license-number-review"],
    "P7": ["permanent-ban"],
    "品牌资质": ["brand-evidence"],
    "Brand Evidence": ["brand-evidence"],
    "shops_if_admitted": ["max-three-shops"],
    "brands[].shops_if_admitted": ["one-shop-per-brand"],
    "license_number": ["business-license-required", "license-number-review"],
    "bans.serious_violation": ["permanent-ban"],
}


@pytest.mark.parametrize(("name", "rules"), GO_BY.items(), ids=GO_BY.keys())
def test_a_clause_a_title_and_a_fact_stand_for_the_rules_that_go_by_it(name: str, rules: list[str]) -> None:
    assert heads(explained(name)) == rules


@pytest.mark.parametrize(
    ("subject", "hint"),
    [
        ("max-tree-shops", "did you mean `max-three-shops`?"),
        ("品牌资格", "did you mean `品牌资质`?"),
        ("shops_if_admited", "did you mean `shops_if_admitted`?"),
        ("Brand evidense", "did you mean `Brand evidence`?"),
        ("/business_license/usc", "did you mean `/business_license/uscc`?"),
        ("\x1b[31m", "`onboard rules list` lists the rules"),
    ],
)
def test_what_no_rule_speaks_of_is_an_error(subject: str, hint: str) -> None:
    done = run_here("onboard", "explain", subject, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert hint in done.stderr
    assert "\x1b" not in done.stderr
