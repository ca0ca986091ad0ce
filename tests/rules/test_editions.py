"""Several editions of one rule: the day of the check picks one, the report says which, and a change is announced."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import ROOT, application, shop
from in_process import run_here as run

from onboarding import Report, Ruleset, check, load_ruleset

CHANGE = date(2025, 3, 1)
SHOPS = [shop(f"S-{i}", (f"牌{i}",)) for i in range(4)]
LONG = application({"/brands/0/evidence/valid_until": None})


def _edition(rules: Path, rule: str, edition: str, change: dict[str, Any], **terms: str) -> None:
    """Write another edition of `rule`, with terms added and keywords of its only fact changed."""
    made = json.loads((rules / f"{rule}.json").read_text(encoding="utf-8"))
    made["$id"] += f":{edition}" if edition else ""
    made["x-rule"].update(terms)
    (fact,) = made["properties"]["facts"]["properties"].values()
    fact.update(change)
    name = f"{rule}.{edition}.json" if edition else f"{rule}.json"
    (rules / name).write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "schemas/douyin", folder)
    return folder


@pytest.fixture
def tightened(rules: Path) -> Ruleset:
    """At most three shops until the change, at most two from it on."""
    _edition(rules, "max-three-shops", "2025", {"maximum": 2}, effective_from="2025-03-01")
    _edition(rules, "max-three-shops", "", {}, effective_until="2025-03-01")
    return load_ruleset(rules)


def _judge(ruleset: Ruleset, day: date, shops: int) -> Report:
    return check(LONG, history=SHOPS[:shops], as_of=day, ruleset=ruleset)


def _cap(report: Report) -> Any:
    return next(outcome for outcome in report.outcomes if outcome.rule == "max-three-shops")


def test_the_day_of_the_check_picks_the_edition_and_the_report_says_which(tightened: Ruleset) -> None:
    before, on = (_judge(tightened, day, shops=2) for day in (CHANGE - timedelta(1), CHANGE))
    assert (before.verdict, on.verdict) == ("pass", "fail")
    assert (_cap(before).edition, _cap(on).edition) == ("max-three-shops", "max-three-shops.2025")
    assert _cap(on).reasons[0].limit == 2


def test_a_rule_of_one_edition_names_none(tightened: Ruleset) -> None:
    outcomes = _judge(tightened, CHANGE, shops=0).to_dict()["outcomes"]
    assert {o["rule"] for o in outcomes if "edition" in o} == {"max-three-shops"}
    assert not any("edition" in o for o in check(LONG, history=[], as_of=CHANGE).to_dict()["outcomes"])


def test_a_pass_that_a_later_edition_will_refuse_says_so_in_both_languages(tightened: Ruleset) -> None:
    (note,) = _judge(tightened, CHANGE - timedelta(1), shops=2).notes
    assert note.message["en"].startswith("Passes today, fails from 2025-03-01, when edition `max-three-shops.2025`")
    assert "2025-03-01" in note.message["zh"]
    assert "max-three-shops.2025" in note.message["zh"]


def test_no_note_where_the_later_edition_admits_too_or_the_change_is_past_or_the_verdict_is_no_pass(
    tightened: Ruleset,
) -> None:
    assert _judge(tightened, CHANGE - timedelta(1), shops=1).notes == ()
    assert _judge(tightened, CHANGE, shops=1).notes == ()
    assert _judge(tightened, CHANGE - timedelta(1), shops=3).notes == ()
    assert check(LONG, as_of=CHANGE - timedelta(1), ruleset=tightened).notes == ()


def test_no_note_where_the_application_would_fail_by_then_without_the_change(rules: Path) -> None:
    _edition(rules, "max-three-shops", "2025", {}, effective_from="2025-03-01")
    _edition(rules, "max-three-shops", "", {}, effective_until="2025-03-01")
    # The brand's evidence ends before the change.
    ends = application({"/brands/0/evidence/valid_until": "2025-02-01"})
    assert check(ends, history=[], as_of=date(2025, 1, 1), ruleset=load_ruleset(rules)).notes == ()


def test_a_later_edition_that_allows_more_gives_the_day_from_which_it_passes(rules: Path) -> None:
    _edition(rules, "max-three-shops", "2025", {"maximum": 4}, effective_from="2025-03-01")
    _edition(rules, "max-three-shops", "", {}, effective_until="2025-03-01")
    report = _judge(load_ruleset(rules), date(2025, 1, 1), shops=3)
    assert (report.verdict, report.eligible_from) == ("fail", CHANGE)


def test_a_rule_that_only_begins_later_is_announced(rules: Path) -> None:
    _edition(rules, "max-three-shops", "", {"maximum": 1}, effective_from="2025-03-01")
    report = _judge(load_ruleset(rules), date(2025, 1, 1), shops=1)
    assert report.passed
    assert "fails from 2025-03-01, when edition `max-three-shops`" in report.notes[0].message["en"]


def test_with_three_editions_a_day_before_the_first_shows_the_next_one(rules: Path) -> None:
    _edition(rules, "max-three-shops", "b", {"maximum": 5}, effective_from="2025-03-01", effective_until="2026-01-01")
    _edition(rules, "max-three-shops", "c", {"maximum": 6}, effective_from="2026-01-01")
    _edition(rules, "max-three-shops", "", {}, effective_from="2024-09-01", effective_until="2025-03-01")
    ruleset = load_ruleset(rules)
    days = ("2024-08-31", "2024-09-01", "2025-02-28", "2025-03-01", "2025-12-31", "2026-01-01", "2030-01-01")
    shown = [(o := _cap(_judge(ruleset, date.fromisoformat(day), 0))).edition + " " + o.status for day in days]
    a, b, c = ("max-three-shops", "max-three-shops.b", "max-three-shops.c")
    assert shown == [f"{a} not_in_force", *(f"{name} pass" for name in (a, a, b, b, c, c))]


def test_the_command_line_shows_the_edition(tightened: Ruleset, rules: Path, tmp_path: Path) -> None:
    file, registry = tmp_path / "application.json", tmp_path / "registry.jsonl"
    file.write_text(json.dumps(LONG), encoding="utf-8")
    registry.write_text("".join(json.dumps(record) + "\n" for record in SHOPS[:2]), encoding="utf-8")
    given = ["onboard-check", file, "--ruleset", rules, "--registry", registry, "--as-of"]
    assert "x max-three-shops.2025 (P6)" in run(*given, "2025-03-01").stdout
    assert "fails from 2025-03-01" in run(*given, "2025-02-28").stdout


@pytest.mark.parametrize(
    ("ruleset", "day", "told"),
    [
        ("jd", date(2020, 12, 31), True),
        ("jd", date(2021, 1, 1), False),
        ("douyin-2020", date(2020, 8, 31), True),
        ("douyin-2024", date(2023, 12, 31), True),
        ("douyin-2024", date(2024, 1, 1), False),
        ("douyin", date(2000, 1, 1), False),
    ],
)
def test_a_pass_by_a_ruleset_of_which_nothing_is_in_force_says_so(ruleset: str, day: date, told: bool) -> None:
    report = check(application(), history=[], as_of=day, ruleset=ruleset)
    assert ("nothing_in_force" in [note.kind for note in report.notes]) is told
    assert not told or report.passed


def test_where_what_is_in_force_only_warns_that_is_said_too(rules: Path) -> None:
    for file in rules.glob("*.json"):
        level = json.loads(file.read_text("utf-8")).get("x-rule", {}).get("level")
        if level == "required":
            file.unlink()
    report = check(application(), history=[], as_of=CHANGE, ruleset=rules)
    assert "whoever applies passes" in report.notes[0].message["en"]
