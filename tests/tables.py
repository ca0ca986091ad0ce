"""The case tables, and how a case is judged: by the command line, and by the library."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from builders import ROOT
from click.testing import CliRunner, Result

from onboarding import InputError, Report, check, load_ruleset
from onboarding.cli.check import check_command
from onboarding.kernel import check_together
from onboarding.models import History, history_of
from onboarding.reading.documents import read_application
from onboarding.reading.records import read_record
from onboarding.rules import loading
from onboarding.rules.ruleset import Ruleset

VALIDATORS = ("jsonschema", "jsonschema-rs")
Case = dict[str, Any]

CASES: dict[str, list[Case]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "schemas/douyin/cases").glob("*.json"))
}


def all_cases() -> list[Any]:
    """Every case of every table, as pytest parameters."""
    return [pytest.param(case, id=f"{table}: {case['case']}") for table, cases in CASES.items() for case in cases]


@contextmanager
def on_validator(name: str) -> Iterator[None]:
    """Whatever is compiled inside is compiled by the validator `name`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONBOARD_VALIDATOR", name)
        loading._shipped.cache_clear()
        yield
    loading._shipped.cache_clear()


def by_command_line(case: Case, folder: Path, *options: str) -> Result:
    """Judge `case` by `onboard-check -o json` in this process; its files are written to `folder`."""
    arguments = command_line(case, folder)
    return CliRunner().invoke(check_command, [*arguments, "-o", "json", *options], standalone_mode=False)


def command_line(case: Case, folder: Path) -> list[str]:
    """The arguments that judge `case`, whose files are written to `folder`."""
    arguments = ["--as-of", case["as_of"]]
    if case["registry"] is not None:
        registry = folder / "registry.jsonl"
        registry.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in case["registry"]), "utf-8")
        arguments += ["--registry", str(registry)]
    if case.get("independent"):
        arguments.append("--independent")
    for index, application in enumerate(case["applications"]):
        file = folder / f"{index}.json"
        file.write_text(json.dumps(application, ensure_ascii=False), "utf-8")
        arguments.append(str(file))
    return arguments


def by_library(case: Case, ruleset: Ruleset | None = None) -> list[Report]:
    """Judge `case` by `onboarding.check`, or by the kernel's joint run where it has several applications."""
    rules, day = ruleset or load_ruleset(), date.fromisoformat(case["as_of"])
    if len(case["applications"]) > 1 and not case.get("independent"):
        applications = [read_application(wanted, rules.own_fields)[0] for wanted in case["applications"]]
        histories: dict[str, History] | None = None
        if case["registry"] is not None:
            records = [read_record(record) for record in case["registry"]]
            subjects = {rules.subject_id(wanted) for wanted in applications}
            histories = {subject: history_of(subject, records) for subject in subjects if subject}
        return list(check_together(applications, histories, day, rules))
    return [check(a, history=case["registry"], as_of=day, ruleset=rules) for a in case["applications"]]


def told(report: dict[str, Any]) -> dict[str, Any]:
    """What a case states of one result, in the case tables' words."""

    def rules(level: tuple[str, ...], status: str) -> list[str]:
        found = [o["rule"] for o in report["outcomes"] if o["level"] in level and o["status"] == status]
        return sorted(found)

    return {
        "verdict": report["verdict"],
        "fails": rules(("required",), "fail"),
        "undecided": rules(("required", "advisory"), "undecided"),
        "warns": rules(("advisory",), "fail"),
        "eligible_from": report["eligible_from"],
    }


def agrees(case: Case, results: list[dict[str, Any]]) -> None:
    """Assert that `results` are what `case` states; what it calls loose it states as a part only."""
    assert len(results) == len(case["expect"])
    for expected, result in zip(case["expect"], results, strict=True):
        wanted, found = {k: v for k, v in expected.items() if k != "reasons"}, told(result)
        for name in case.get("loose", []):
            assert set(wanted.pop(name)) <= set(found.pop(name))
        assert found == wanted
        for rule, pointers in expected.get("reasons", {}).items():
            outcome = next(o for o in result["outcomes"] if o["rule"] == rule)
            assert sorted(reason["pointer"] for reason in outcome["reasons"]) == sorted(pointers)


def refused(value: Any) -> bool:
    """Whether `value` is refused as an application."""
    try:
        read_application(value)
    except InputError:
        return True
    return False
