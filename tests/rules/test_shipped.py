"""The rulesets that come with the package: sound, sourced, and their cases leave nothing open."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from builders import DAY, ROOT, USCC, application, shop
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import run_here as run

from onboarding import check, kernel, load_ruleset
from onboarding.evaluation import judge
from onboarding.facts.context import Context
from onboarding.facts.derivation import context_of, derive_facts
from onboarding.models import history_of
from onboarding.reading.documents import read_application
from onboarding.reading.records import read_record
from onboarding.report import verdict_of
from onboarding.rules.lint.lint import lint
from onboarding.rules.loading import read_files, schemas_folder, shipped_rulesets
from onboarding.rules.ruleset import Ruleset

RULESETS = ["douyin", "douyin-2020", "douyin-2024", "douyin-whitelist", "jd", "tiktok-shop-th", "tmall-2019"]


def test_these_are_all_that_are_shipped() -> None:
    assert shipped_rulesets() == RULESETS


@pytest.mark.parametrize("name", RULESETS)
def test_the_lint_finds_nothing(name: str) -> None:
    assert lint(read_files(schemas_folder() / name), schemas_folder(), name) == []


@pytest.mark.parametrize("name", RULESETS)
def test_each_says_where_it_is_from_and_that_it_is_a_reading(name: str) -> None:
    source = json.loads((ROOT / "schemas" / name / "ruleset.json").read_text(encoding="utf-8"))["source"]
    assert "our reading" in source["name"]["en"]
    assert "解读" in source["name"]["zh"]
    assert source["date"]


@pytest.mark.parametrize("name", RULESETS)
def test_the_cases_hold_cover_every_edge_and_notice_every_mutant(name: str) -> None:
    done = run("onboard", "rules", "test", name, "--fail-under", "100", "-o", "json")
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout)
    assert found["failed"] == found["coverage"]["missing"] == found["mutants"]["surviving"] == []
    assert found["coverage"]["percent"] == found["mutants"]["percent"] == 100


def test_every_shared_fact_is_read_by_some_shipped_rule() -> None:
    rulesets = [load_ruleset(name) for name in RULESETS]
    read = {name for ruleset in rulesets for name in ruleset.counted}
    assert set(load_ruleset("douyin").facts) <= read


@pytest.mark.parametrize("name", RULESETS)
def test_only_what_its_rules_read_is_counted(name: str) -> None:
    ruleset = load_ruleset(name)
    wanted = application({"/subject/tax_id": "0994000617721", "/shop/type": "flagship"})
    facts = check(wanted, history=[], as_of=DAY, ruleset=ruleset).facts
    told = {key for key in facts if key not in ("brands", "bans")}
    told |= {f"brands[].{key}" for key in facts["brands"][0]} | {f"bans.{key}" for key in facts.get("bans", ())}
    assert told == ruleset.counted.keys()


def _copied(folder: Path) -> Path:
    rules = folder / "rules"
    shutil.copytree(ROOT / "schemas/douyin", rules)
    return rules


def test_a_case_that_does_not_hold_is_named_with_the_difference(tmp_path: Path) -> None:
    rules = _copied(tmp_path)
    file = rules / "max-three-shops.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"maximum": 3', '"maximum": 4'), encoding="utf-8")
    done = run("onboard", "rules", "test", rules)
    assert done.returncode == 1
    assert (
        "max-three-shops.json:74:2: a fourth shop is refused: `verdict` is stated as `fail` and found to be `pass`"
        in (done.stdout)
    )


def test_what_no_case_tells_is_named_by_file_pointer_and_edit(tmp_path: Path) -> None:
    rules = _copied(tmp_path)
    shutil.rmtree(rules / "cases")
    (rules / "cases").mkdir()
    shutil.copy(ROOT / "schemas/douyin/cases/violation-record.json", rules / "cases/one.json")
    done = run("onboard", "rules", "test", rules)
    assert done.returncode == 0, "without --fail-under only a case that does not hold counts"
    cap = "/properties/facts/properties/shops_if_admitted/maximum"
    assert f"no case  {rules}/max-three-shops.json:33:22 {cap}: `maximum` 3: the value 4\n" in done.stdout
    assert f"survived  {rules}/max-three-shops.json:33:22 {cap}: 3 is 4\n" in done.stdout
    assert run("onboard", "rules", "test", rules, "--fail-under", "100").returncode == 1
    assert run("onboard", "rules", "test", rules, "--fail-under", "1").returncode == 0


def test_a_ruleset_says_where_its_cases_are(tmp_path: Path) -> None:
    rules = _copied(tmp_path)
    (rules / "cases").rename(rules / "elsewhere")
    about = json.loads((rules / "ruleset.json").read_text(encoding="utf-8"))
    about["cases"] = "elsewhere"
    (rules / "ruleset.json").write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    assert run("onboard", "rules", "test", rules, "--fail-under", "100").returncode == 0


def test_without_cases_nothing_is_proven(tmp_path: Path) -> None:
    rules = _copied(tmp_path)
    shutil.rmtree(rules / "cases")
    done = run("onboard", "rules", "test", rules)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no cases" in done.stderr


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ('[{"case": "x"}]', "`as_of` is missing"),
        ("{", "not JSON"),
        ('["x"]', "a table is a list of cases, and a case an object"),
        (
            '[{"case":"x","as_of":"2024-02-30","registry":null,"applications":[],"expect":[],"aplications":1}]',
            "unknown key `aplications`",
        ),
        (
            '[{"case":"x","as_of":"2024-08-05","registry":null,"applications":[{}],"expect":[{}]}]',
            "an expectation states `verdict`, `fails`",
        ),
        (
            '[{"case":"x","as_of":"2024-08-05","registry":[{"record":"shop"}],"applications":[],"expect":[]}]',
            "`shop_id` is missing",
        ),
    ],
)
def test_a_broken_case_table_is_named_with_its_place(broken: str, says: str, tmp_path: Path) -> None:
    rules = _copied(tmp_path)
    (rules / "cases/broken.json").write_text(broken, encoding="utf-8")
    done = run("onboard", "rules", "test", rules)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "broken.json" in done.stderr
    assert "Traceback" not in done.stderr


_LASTING = {"valid_from": "2010-01-01", "sealed_by_subject": True}
_DAYS = st.dates(date(2018, 7, 1), date(2019, 12, 31))
_CLOSED = st.tuples(_DAYS, st.sampled_from(["voluntary_exit", "voluntary_exit", "other"]))


def _verdict(context: Context, ruleset: Ruleset) -> str:
    return verdict_of(judge(derive_facts(context, ruleset.counted), context.as_of, ruleset))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(closed=st.lists(_CLOSED, max_size=5), opened=st.lists(_DAYS, max_size=2), day=_DAYS)
def test_the_day_from_which_it_would_pass_is_the_first_one_under_every_ruleset(
    closed: list[tuple[date, str]], opened: list[date], day: date
) -> None:
    """Every day is tried until the last record is two years old, whichever fact decides."""
    plain = application({"/brands/0/evidence": _LASTING, "/subject/tax_id": "0994000617721"})
    records = [
        shop(f"S-{i}", (f"牌{i}",), opened_on="2015-01-01", closed_on=str(on), closed_for=why)
        for i, (on, why) in enumerate(closed)
    ] + [shop(f"O-{i}", (f"店{i}",), opened_on=str(on)) for i, on in enumerate(opened)]
    history = history_of(USCC, map(read_record, records))
    for name in RULESETS:
        ruleset = load_ruleset(name)
        made, _ = read_application(plain, ruleset.own_fields)
        report = kernel.check(made, history, day, ruleset)
        if report.verdict == "fail":
            today = context_of(made, history, day, own=ruleset.own_fields, number=ruleset.subject_number)
            later = (day + timedelta(days=n) for n in range(1, 700))
            first = next((d for d in later if _verdict(today.on(d), ruleset) == "pass"), None)
            assert report.eligible_from == first


@settings(max_examples=150, deadline=None, derandomize=True)
@given(exits=st.lists(_DAYS, max_size=6), day=_DAYS)
def test_a_repeated_exit_is_the_latest_that_was_not_alone_in_its_calendar_year(exits: list[date], day: date) -> None:
    records = [
        shop(f"S-{i}", opened_on="2015-01-01", closed_on=str(on), closed_for="voluntary_exit")
        for i, on in enumerate(exits)
    ]
    facts = check(application(), history=records, as_of=day, ruleset="tmall-2019").facts
    past = [on for on in exits if on <= day]
    repeated = [on for on in past if sum(other.year == on.year for other in past) >= 2]
    if not repeated:
        assert facts["months_since_repeated_voluntary_exit"] is None
        return
    alone = shop(opened_on="2015-01-01", closed_on=str(max(repeated)), closed_for="voluntary_exit")
    once = check(application(), history=[alone], as_of=day).facts["months_since_voluntary_exit"]
    assert facts["months_since_repeated_voluntary_exit"] == once


def test_the_shop_that_an_application_opened_counts_as_open_but_not_against_it() -> None:
    own = shop(brands=("云上",), application_id="A-1")
    counted = [check(application(), history=[own], as_of=DAY, ruleset=n).facts for n in ("douyin", "douyin-whitelist")]
    assert (counted[0]["shops_if_admitted"], counted[1]["open_shops"]) == (1, 1)
    assert own["subject_id"] == USCC
