"""Every case of the tables in `cases/` comes out as stated, by every way in."""

import json
from pathlib import Path
from typing import Any

import pytest
from builders import ROOT, application, ban, brand, run, shop
from tables import CASES, VALIDATORS, Case, agrees, all_cases, by_command_line, by_library, command_line, on_validator

from onboarding import load_ruleset
from onboarding.rules.validator import fast


@pytest.mark.parametrize("case", all_cases())
def test_a_case_comes_out_as_stated_by_command_line_and_library_on_both_validators(case: Case, tmp_path: Path) -> None:
    printed, values = [], []
    for validator in VALIDATORS:
        with on_validator(validator):
            assert fast() == (validator != "jsonschema")
            shown = by_command_line(case, tmp_path)
            reports = [report.to_dict() for report in by_library(case)]
        assert shown.exception is None, shown.output
        results = json.loads(shown.stdout)["results"]
        agrees(case, results)
        agrees(case, reports)
        printed.append(shown.stdout)
        values.append(reports)
    assert printed[0] == printed[1]
    assert values[0] == values[1]


SAMPLE = [cases[len(cases) // 2] for cases in CASES.values()]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in SAMPLE])
def test_a_case_comes_out_as_stated_as_a_process_of_its_own(case: Case, tmp_path: Path) -> None:
    shown = run("onboard-check", *command_line(case, tmp_path), "-o", "json")
    results = json.loads(shown.stdout)["results"]
    agrees(case, results)
    verdicts = {result["verdict"] for result in results}
    assert shown.returncode == (1 if "fail" in verdicts else 3 if "undecided" in verdicts else 0)
    assert shown.stderr == ""


def test_each_rule_has_a_table_and_each_table_a_rule() -> None:
    assert set(CASES) == {rule.id for rule in load_ruleset().rules} | {"joint", "general"}


@pytest.mark.parametrize("rule", [rule.id for rule in load_ruleset().rules])
def test_each_rule_is_seen_to_hold_and_to_fail(rule: str) -> None:
    verdicts = {
        rule in (*expected["fails"], *expected["warns"])
        for cases in CASES.values()
        for case in cases
        for expected in case["expect"]
    }
    assert verdicts == {True, False}


def test_the_case_names_are_distinct() -> None:
    names = [case["case"] for cases in CASES.values() for case in cases]
    assert len(names) == len(set(names))


def test_the_tables_are_written_in_one_way() -> None:
    for table, cases in CASES.items():
        text = (ROOT / "schemas/douyin/cases" / f"{table}.json").read_text(encoding="utf-8")
        assert text == json.dumps(cases, ensure_ascii=False, indent=1) + "\n"


def _messages(
    *records: dict[str, Any], changes: dict[str, Any] | None = None, without: str = ""
) -> set[tuple[str, str]]:
    case = {"as_of": "2024-08-05", "registry": list(records)}
    made = application(changes, without=(without,) if without else ())
    (report,) = by_library({**case, "applications": [made]})
    return {(r.message["en"], r.message["zh"]) for outcome in report.failures for r in outcome.reasons}


_NUMBER = "/business_license/uscc"
_EVIDENCE = "/brands/0/evidence"
WAYS_TO_FAIL: dict[str, set[tuple[str, str]]] = {
    "no licence": _messages(without="/business_license"),
    "no number": _messages(without=_NUMBER),
    "wrong check character": _messages(changes={_NUMBER: "91999999MATEKT019M"}),
    "mistyped letter": _messages(changes={_NUMBER: "91999999MATEKTO19L"}),
    "fifteen digits": _messages(changes={_NUMBER: "999999000000019"}),
    "wrong length": _messages(changes={_NUMBER: "91999999"}),
    "wrong class": _messages(changes={_NUMBER: "51999999MATEKT019Q"}),
    "class and type contradict": _messages(changes={"/subject/type": "individual_business"}),
    "expired": _messages(changes={"/business_license/valid_until": "2024-08-04"}),
    "not valid yet": _messages(changes={"/business_license/valid_from": "2024-08-06"}),
    "another name": _messages(changes={"/business_license/name": "别家"}),
    "another dot in the name": _messages(changes={"/business_license/name": "云上·茶业有限公司"}),
    "individual": _messages(changes={"/subject/type": "individual"}),
    "other subject": _messages(changes={"/subject/type": "other"}),
    "no brand": _messages(without="/brands"),
    "no evidence": _messages(without=_EVIDENCE),
    "neither sealed nor signed": _messages(changes={f"{_EVIDENCE}/sealed_by_subject": False}),
    "evidence expired": _messages(changes={f"{_EVIDENCE}/valid_until": "2024-08-04"}),
    "evidence not valid yet": _messages(changes={f"{_EVIDENCE}/valid_from": "2024-08-06"}),
    "same brand": _messages(shop(brands=("云上",))),
    "too many shops": _messages(*(shop(f"S-{i}") for i in range(3))),
    "too early": _messages(shop(closed_on="2024-08-01", closed_for="voluntary_exit")),
    "fraud": _messages(ban("application_fraud")),
    "serious violation": _messages(ban("serious_violation")),
}


def test_each_way_to_fail_has_one_reason_of_its_own_in_both_languages() -> None:
    assert {way: len(messages) for way, messages in WAYS_TO_FAIL.items()} == dict.fromkeys(WAYS_TO_FAIL, 1)
    for lang in (0, 1):
        said = [message[lang] for messages in WAYS_TO_FAIL.values() for message in messages]
        assert len(said) == len(set(said))


def test_a_licence_number_shows_which_characters_are_likely_mistyped() -> None:
    case = {"as_of": "2024-08-05", "registry": []}
    (report,) = by_library({**case, "applications": [application({_NUMBER: "9I999999MATEKTO19L"})]})
    (reason,) = next(o for o in report.failures if o.rule == "business-license-required").reasons
    assert reason.evidence == (
        {"position": 2, "typed": "I", "likely": "1"},
        {"position": 15, "typed": "O", "likely": "0"},
    )


def test_a_reason_for_a_brand_names_the_brand_by_its_place() -> None:
    brands = [brand("云上"), brand("山下", evidence=None)]
    case = {"as_of": "2024-08-05", "registry": [], "applications": [application({"/brands": brands})]}
    (report,) = by_library(case)
    assert list(report.errors_by_field("zh")) == ["/brands/1/evidence"]
