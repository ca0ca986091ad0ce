"""`--baseline`: what is known makes no exit code, what is new does, what is cured is told."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builders import OTHER_USCC, application, ban, brand, shop
from in_process import run_here

UNSEALED = {"/brands/0/evidence/sealed_by_subject": False}
ASKED = ("onboard-check", "apps", "--registry", "registry.jsonl", "--as-of", "2024-08-05", "--lang", "en")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Three applications: one that passes, one refused for its brand, one undecided for want of the brand's name."""
    write(tmp_path, "good", application({"/application_id": "A-1"}))
    write(
        tmp_path, "refused", application({"/application_id": "A-2", "/business_license/uscc": OTHER_USCC, **UNSEALED})
    )
    unnamed = application({"/application_id": "A-3"}, without=("/brands/0/name",))
    write(tmp_path, "undecided", unnamed)
    records(tmp_path)
    assert check(tmp_path, "--write-baseline", "baseline.json").returncode == 1
    return tmp_path


def write(folder: Path, name: str, value: Any) -> None:
    path = folder / "apps" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")


def records(folder: Path, *found: Any) -> None:
    (folder / "registry.jsonl").write_text("".join(json.dumps(record) + "\n" for record in found), encoding="utf-8")


def check(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return run_here(*ASKED, *args, cwd=folder)


def compared(folder: Path, *args: str) -> tuple[int, str]:
    """The exit code, and what is said at the end."""
    done = check(folder, "--baseline", "baseline.json", *args)
    return done.returncode, done.stderr.replace("note: ", "")


def counts(known: int, new: int, cured: int = 0, gone: int = 0) -> str:
    listed = f"of those listed, {cured} cured in part or whole, {gone} not judged"
    return f"against the baseline: {known} known, {new} new; {listed}\n"


def test_what_is_listed_makes_no_exit_code_and_does_not_pass(here: Path) -> None:
    assert compared(here) == (0, counts(known=2, new=0))
    report = json.loads(check(here, "--baseline", "baseline.json", "-o", "json").stdout)
    assert report["summary"] == {"pass": 1, "fail": 1, "undecided": 1, "invalid": 0}


def test_writing_a_baseline_turns_nothing_green(here: Path) -> None:
    assert check(here, "--write-baseline", "again.json").returncode == 1
    assert (here / "again.json").read_bytes() == (here / "baseline.json").read_bytes()


def test_another_application_that_is_refused_is_new(here: Path) -> None:
    write(here, "third", application({"/application_id": "A-4", **UNSEALED}))
    assert compared(here) == (1, counts(known=2, new=1))


EDITS = {
    "another brand without a seal": {"/brands/0/name": "别样"},
    "another subject": {"/subject/name": "别家茶业", "/business_license/name": "别家茶业"},
    "another shop": {"/shop/name": "别家旗舰店"},
    "another licence": {"/business_license/valid_until": "2030-01-01"},
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_a_listed_application_that_was_edited_is_new_whatever_was_edited(here: Path, edit: dict[str, Any]) -> None:
    changes = {"/application_id": "A-2", "/business_license/uscc": OTHER_USCC, **UNSEALED, **edit}
    write(here, "refused", application(changes))
    assert compared(here) == (1, counts(known=1, new=1))


def test_the_same_content_written_otherwise_or_elsewhere_is_known(here: Path) -> None:
    value = json.loads((here / "apps/refused.json").read_text("utf-8"))
    (here / "apps/refused.json").unlink()
    write(here, "moved", json.dumps(dict(reversed(value.items())), indent=4))
    assert compared(here) == (0, counts(known=2, new=0))


def test_another_rule_that_refuses_a_listed_application_is_new(here: Path) -> None:
    records(here, ban(subject_id=OTHER_USCC))
    assert compared(here) == (1, counts(known=1, new=1))


def test_the_same_rule_at_another_brand_is_new(here: Path) -> None:
    two = [brand("甲", evidence=None), brand("乙", trademark_no="7654321")]
    two[1]["evidence"]["valid_until"] = "2024-08-05"
    write(
        here, "refused", application({"/application_id": "A-2", "/business_license/uscc": OTHER_USCC, "/brands": two})
    )
    check(here, "--write-baseline", "baseline.json")
    assert compared(here) == (0, counts(known=2, new=0))
    # A day later the second brand's evidence is over, too.
    assert compared(here, "--as-of", "2024-08-06") == (1, counts(known=1, new=1))


def test_what_was_undecided_and_is_refused_is_new(here: Path) -> None:
    records(here, *(shop(f"S-{n}", (f"甲{n}",)) for n in range(3)))
    assert compared(here)[0] == 1


def test_what_cannot_be_decided_for_want_of_a_registry_is_new(here: Path) -> None:
    done = run_here("onboard-check", "apps", "--as-of", "2024-08-05", "--baseline", "baseline.json", cwd=here)
    assert done.returncode == 1


def test_an_invalid_file_is_never_known(here: Path) -> None:
    write(here, "refused", '{"application_id": "A-2"}')
    check(here, "--write-baseline", "baseline.json")
    assert "A-2" not in (here / "baseline.json").read_text("utf-8")
    assert compared(here)[0] == 2


def test_what_is_cured_is_told_and_what_is_gone_is_counted(here: Path) -> None:
    write(here, "refused", application({"/application_id": "A-2", "/business_license/uscc": OTHER_USCC}))
    (here / "apps/undecided.json").unlink()
    cured = "cured since the baseline was written: apps/refused.json, by `brand-evidence`\n"
    assert compared(here) == (0, cured + counts(known=0, new=0, cured=1, gone=1))


NO_BASELINES = {
    "a report": ('{"schema_version": 1, "results": []}', "not a baseline (`--write-baseline` writes one)"),
    "no JSON": ("{", "not a baseline (`--write-baseline` writes one)"),
    "nested deeply": ('{"x": ' + "[" * 100_000, "not a baseline (`--write-baseline` writes one)"),
    "of a later version": (
        '{"schema_version": 2, "ruleset": "douyin", "as_of": "2024-08-05", "known": []}',
        "written by a later version of this program",
    ),
    "of another ruleset": (
        '{"schema_version": 1, "ruleset": "jd", "as_of": "2024-08-05", "known": []}',
        "lists what the ruleset `jd` refuses, not `douyin`",
    ),
}


@pytest.mark.parametrize(("content", "said"), NO_BASELINES.values(), ids=NO_BASELINES.keys())
def test_what_is_no_baseline_of_these_rules_stops_the_call(here: Path, content: str, said: str) -> None:
    (here / "baseline.json").write_text(content, encoding="utf-8")
    done = check(here, "--baseline", "baseline.json")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: baseline.json: {said}\n")


def test_a_baseline_that_is_not_there_stops_the_call(here: Path) -> None:
    assert check(here, "--baseline", "nowhere.json").returncode == 2


def test_a_baseline_overwrites_nothing_that_is_read_but_itself(here: Path) -> None:
    assert check(here, "--write-baseline", "apps/good.json").returncode == 2
    assert check(here, "--write-baseline", "b.json", "-o", "json=b.json").returncode == 2
    renewed = check(here, "--baseline", "baseline.json", "--write-baseline", "baseline.json")
    assert renewed.returncode == 0


def test_each_format_tells_what_is_known_from_what_is_new(here: Path) -> None:
    write(here, "third", application({"/application_id": "A-4", "/brands/0/name": "别样", **UNSEALED}))
    shown = {
        name: check(here, "--baseline", "baseline.json", "-o", name).stdout
        for name in ("text", "junit", "github", "sarif")
    }
    assert shown["text"].count("x brand-evidence") == 1
    assert shown["text"].count("Known from the baseline") == 2
    assert (shown["junit"].count("<skipped"), shown["junit"].count("<failure")) == (2, 1)
    assert shown["github"].count("::error") == 1
    results = json.loads(shown["sarif"])["runs"][0]["results"]
    suppressed = [result["properties"]["application_id"] for result in results if result.get("suppressions")]
    assert set(suppressed) == {"A-2", "A-3"}


def test_quiet_leaves_out_what_is_known_and_keeps_the_totals(here: Path) -> None:
    shown = check(here, "--baseline", "baseline.json", "-q").stdout
    assert "apps/" not in shown
    assert "3 checked: 1 pass, 1 refused, 1 undecided" in shown
