"""`onboard rules diff`: changes in plain words, and what they do to applications."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import FUJIAN_USCC, OTHER_USCC, ROOT, USCC, application, shop
from in_process import run_here as run

Edit = Callable[[dict[str, Any]], Any]


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """A copy of `douyin` with its files edited, by name."""

    def make(**edits: Edit) -> Path:
        rules = tmp_path / "rules"
        shutil.copytree(ROOT / "schemas/douyin", rules)
        for name, edit in edits.items():
            file = rules / f"{name.replace('_', '-')}.json"
            made = json.loads(file.read_text(encoding="utf-8"))
            edit(made)
            file.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        return rules

    return make


def _cap(number: int) -> Edit:
    return lambda rule: rule["properties"]["facts"]["properties"]["shops_if_admitted"].update(maximum=number)


def _wait(months: int) -> Edit:
    return lambda rule: rule["properties"]["facts"]["properties"]["months_since_voluntary_exit"].update(minimum=months)


def _kinds(rule: dict[str, Any]) -> None:
    subject = rule["properties"]["application"]["properties"]["subject"]
    subject["properties"]["type"]["enum"] = ["enterprise", "individual_business", "individual"]


def _level(rule: dict[str, Any]) -> None:
    rule["x-rule"]["level"] = "required"


def _text(rule: dict[str, Any]) -> None:
    rule["x-rule"]["remedy"]["en"] = "Wait."


def _days(rule: dict[str, Any]) -> None:
    rule["properties"]["facts"]["properties"]["license_days_left"]["minimum"] = 30


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ({"max_three_shops": _cap(4)}, "max-three-shops: at most 3 → at most 4 (P6)"),
        ({"max_three_shops": _cap(2)}, "max-three-shops: at most 3 → at most 2 (P6)"),
        (
            {"no_individual_sellers": _kinds},
            "no-individual-sellers: subject.type one of enterprise, individual_business"
            " → one of enterprise, individual_business, individual (P4)",
        ),
        ({"violation_record": _level}, "violation-record: advisory → required (V1)"),
        ({"six_month_reentry": _text}, "six-month-reentry: worded one way → worded another (P8)"),
        (
            {"business_license_required": _days},
            "business-license-required: license_days_left at least 0 → at least 30 (P1)",
        ),
    ],
)
def test_a_change_is_said_in_plain_words(edits: Any, says: str, changed: Callable[..., Path]) -> None:
    lines = run("onboard", "rules", "diff", "douyin", changed(**edits)).stdout.partition("\n\n")[0].splitlines()
    assert [line for line in lines if not line.startswith("  ")] == [says]


def test_a_looser_and_a_stricter_schema_are_proven_so(changed: Callable[..., Path]) -> None:
    rules = changed(max_three_shops=_cap(4))
    looser = run("onboard", "rules", "diff", "douyin", rules).stdout
    stricter = run("onboard", "rules", "diff", rules, "douyin").stdout
    gained = 'holds now where `facts.shops_if_admitted` is {"const": 4}'
    assert f"proven looser: whatever held before still holds; {gained}" in looser
    assert "proven stricter: whatever holds now held before; fails now where" in stricter


def test_a_new_edition_is_compared_with_the_one_that_it_follows(changed: Callable[..., Path]) -> None:
    rules = changed(max_three_shops=lambda rule: rule["x-rule"].update(effective_until="2026-12-01"))
    made = json.loads((ROOT / "schemas/douyin/max-three-shops.json").read_text(encoding="utf-8"))
    made["$id"] += ":2026-12"
    made["x-rule"]["effective_from"] = "2026-12-01"
    _cap(4)(made)
    (rules / "max-three-shops.2026-12.json").write_text(
        json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    lines = run("onboard", "rules", "diff", "douyin", rules).stdout.splitlines()
    assert lines[0] == "max-three-shops.2026-12: at most 3 → from 2026-12-01 at most 4 (P6)"
    assert len([line for line in lines if not line.startswith("  ")]) == 1
    back = run("onboard", "rules", "diff", rules, "douyin").stdout
    assert "max-three-shops.2026-12: an edition → dropped (P6)" in back


def test_a_rule_that_is_new_or_gone_is_said(changed: Callable[..., Path]) -> None:
    rules = changed()
    (rules / "violation-record.json").unlink()
    shutil.rmtree(rules / "cases")  # they speak of the rule
    gone, new = (run("onboard", "rules", "diff", *sides).stdout for sides in (("douyin", rules), (rules, "douyin")))
    assert gone == "violation-record: one that is advisory → no rule (V1)\n"
    assert new == "violation-record: no rule → one that is advisory (V1)\n"


def test_nothing_changed_is_said(changed: Callable[..., Path]) -> None:
    assert run("onboard", "rules", "diff", "douyin", changed()).stdout == "no rule changed\n"


@pytest.fixture
def corpus(tmp_path: Path) -> list[Any]:
    """Two subjects with three shops, so that the one applied for is the fourth; one brand has no name."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    nameless = application(
        {"/application_id": "A-2", "/business_license/uscc": OTHER_USCC}, without=("/brands/0/name",)
    )
    (folder / "fourth.json").write_text(json.dumps(application()), encoding="utf-8")
    (folder / "nameless.json").write_text(json.dumps(nameless), encoding="utf-8")
    registry = tmp_path / "registry.jsonl"
    records = [
        shop(f"{subject}-{i}", (f"牌{i}",), subject_id=subject) for subject in (USCC, OTHER_USCC) for i in range(3)
    ]
    registry.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return ["--applications", folder, "--registry", registry, "--as-of", "2024-08-05"]


def test_who_turns_is_listed_and_counted(changed: Callable[..., Path], corpus: list[Any]) -> None:
    rules = changed(max_three_shops=_cap(4))
    shown = run("onboard", "rules", "diff", "douyin", rules, *corpus).stdout
    assert "2 applications judged as of 2024-08-05 under both\npass: 0 → 1\nrefused: 2 → 0\nundecided: 0 → 1\n" in shown
    assert "newly-refused: 0, newly-admitted: 1, newly-undecided: 1\n" in shown
    assert "newly-admitted" in next(line for line in shown.splitlines() if "fourth.json (A-1): max-three-shops" in line)
    found = json.loads(run("onboard", "rules", "diff", rules, "douyin", *corpus, "-o", "json").stdout)
    assert found["impact"]["counts"] == {"newly-refused": 2, "newly-admitted": 0, "newly-undecided": 0}
    assert found["changes"][0]["difference"]["relation"] == "stricter"
    assert found["changes"][0]["words"] == "max-three-shops: at most 4 → at most 3 (P6)"
    table = run("onboard", "rules", "diff", "douyin", rules, *corpus, "-o", "markdown").stdout
    assert "| turn | file | application | rules |\n|---|---|---|---|\n| newly-admitted |" in table


@pytest.mark.parametrize(("choices", "relation"), [(6, "stricter"), (20, "unknown")])
def test_rules_of_many_choices_are_not_compared_by_proof(
    choices: int, relation: str, changed: Callable[..., Path]
) -> None:
    name = {"type": "string", "minLength": 1}

    def choose(rule: dict[str, Any]) -> None:
        reads = {"required": ["subject"], "properties": {"subject": {"type": "object", "required": ["name"]}}}
        asked = [{**name, "pattern": f"^[a-{chr(98 + n)}]{{1,{80 + n}}}$"} for n in range(choices)]
        reads["properties"]["subject"]["properties"] = {"name": {"anyOf": [name], "allOf": asked}}
        application = {"type": "object", "x-reason": {"en": "No.", "zh": "不行。"}, **reads}
        rule["required"].append("application")
        rule["properties"]["application"] = application

    done = run("onboard", "rules", "diff", "douyin", changed(max_three_shops=choose), "-o", "json")
    assert done.stderr == ""
    assert {change["difference"]["relation"] for change in json.loads(done.stdout)["changes"]} == {relation}


@pytest.mark.parametrize(
    ("way", "fail_on", "code"),
    [
        ("looser", ["newly-admitted"], 1),
        ("looser", ["newly-undecided"], 1),
        ("looser", ["newly-refused"], 0),
        ("looser", ["any"], 1),
        ("stricter", ["newly-refused"], 1),
        ("stricter", ["newly-admitted", "newly-undecided"], 0),
        ("same", ["any"], 0),
    ],
)
def test_a_turn_that_is_not_wanted_fails(
    way: str, fail_on: list[str], code: int, changed: Callable[..., Path], corpus: list[Any]
) -> None:
    rules = changed(max_three_shops=_cap(4))
    sides = {"looser": ("douyin", rules), "stricter": (rules, "douyin"), "same": (rules, rules)}[way]
    wanted = [f"--fail-on={turn}" for turn in fail_on]
    assert run("onboard", "rules", "diff", *sides, *corpus, *wanted).returncode == code


def test_a_corpus_that_cannot_be_judged_whole_proves_nothing(changed: Callable[..., Path], corpus: list[Any]) -> None:
    (corpus[1] / "broken.json").write_text("{", encoding="utf-8")
    done = run("onboard", "rules", "diff", "douyin", changed(), *corpus, "--fail-on", "any")
    assert (done.returncode, done.stdout) == (2, "")
    assert "broken.json" in done.stderr


def _waiver(rule: dict[str, Any]) -> None:
    """Four shops for whoever has an unresolved violation; the fact that is newly read is required for all."""
    facts = rule["properties"]["facts"]
    few, many = ({"type": "integer", "maximum": most} for most in (3, 4))
    some = {
        "required": ["unresolved_violations"],
        "properties": {"unresolved_violations": {"type": "integer", "minimum": 1}},
    }
    facts["required"].append("unresolved_violations")
    facts["properties"]["shops_if_admitted"].update(many)
    facts["properties"]["unresolved_violations"] = {"type": "integer"}
    facts["x-reason"] = {"en": "Too many shops.", "zh": "店铺过多。"}
    facts["anyOf"] = [{"required": ["shops_if_admitted"], "properties": {"shops_if_admitted": few}}, some]


def test_a_waiver_is_looser_and_nothing_else_and_that_is_said_once(changed: Callable[..., Path]) -> None:
    told = run("onboard", "rules", "diff", "douyin", changed(max_three_shops=_waiver), "--lang", "en").stdout
    assert told.count("proven looser") == 1
    assert "stricter" not in told
    assert "max-three-shops: unresolved_violations without → at least 1, alternative 2 (P6)\n" in told


def test_the_cases_that_a_change_moves_are_told_by_rule(changed: Callable[..., Path]) -> None:
    told = run("onboard", "rules", "diff", "douyin", changed(max_three_shops=_cap(4)), "--lang", "en").stdout
    lines = told.partition("\n\n")[2].splitlines()
    assert re.fullmatch(r"\d+ outcomes of cases are others now:", lines[0])
    assert re.fullmatch(r"  max-three-shops: \d+", lines[1])
    assert "    max-three-shops.json: a fourth shop is refused: fails → holds" in lines
    assert re.fullmatch(r"    and \d+ more \(`--all` lists them\)", lines[-1])


def test_of_many_that_turn_the_totals_come_first_and_three_are_shown(
    changed: Callable[..., Path], corpus: list[Any]
) -> None:
    for number in range(40):
        edits = {"/application_id": f"B-{number}", "/brands/0/name": f"牌子{number}"}
        made = application({**edits, "/business_license/uscc": FUJIAN_USCC})
        (corpus[1] / f"more-{number}.json").write_text(json.dumps(made), encoding="utf-8")
    rules = changed(max_three_shops=_cap(100))
    shown = run("onboard", "rules", "diff", rules, "douyin", *corpus, "--lang", "en").stdout.splitlines()
    total, example = (
        next(i for i, line in enumerate(shown) if line.startswith(word))
        for word in ("  newly-refused by", "newly-refused  ")
    )
    assert total < example
    assert sum(line.startswith("newly-refused  ") for line in shown) == 3
    assert shown[-1].endswith(" more (`--all` lists them)")
    every = run("onboard", "rules", "diff", rules, "douyin", *corpus, "--all", "--lang", "en").stdout.splitlines()
    assert shown[total].endswith(f": {sum(line.startswith('newly-refused  ') for line in every)}")


def _from_2027(rule: dict[str, Any]) -> None:
    rule["x-rule"]["effective_from"] = "2027-01-01"


def _until_2027(rule: dict[str, Any]) -> None:
    rule["x-rule"]["effective_until"] = "2027-01-01"


BLIND = {
    "no registry": (_cap(4), "without `--registry`, what changed is not known of anybody: `shops_if_admitted`"),
    "not in force": (_from_2027, "is not in force yet on 2024-08-05; judge with `--as-of 2027-01-01`"),
    "to end one day": (_until_2027, "is not in force yet on 2024-08-05; judge with `--as-of 2027-01-01`"),
}


@pytest.mark.parametrize("why", BLIND)
def test_a_comparison_that_could_not_show_the_change_says_so_and_is_red(
    why: str, changed: Callable[..., Path], corpus: list[Any]
) -> None:
    edit, words = BLIND[why]
    folder, registry, day = corpus[:2], corpus[2:4], corpus[4:]
    command = ("onboard", "rules", "diff", "douyin", changed(max_three_shops=edit), *folder, *day, "--lang", "en")
    given = () if why == "no registry" else registry
    noted = run(*command, *given)
    assert (noted.returncode, words in noted.stdout) == (0, True)
    assert run(*command, *given, "--fail-on", "newly-refused").returncode == 1


def test_what_a_ruleset_declares_is_told_by_file(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        shutil.copytree(ROOT / "tests/rules/own_fields", folder)
    fields = (new / "fields.json").read_text(encoding="utf-8")
    (new / "fields.json").write_text(
        fields.replace('"flagship"\n', '"flagship",\n        "outlet"\n'), encoding="utf-8"
    )
    about = json.loads((new / "ruleset.json").read_text(encoding="utf-8"))
    about["marks"] = {"b_points": {"en": "Points.", "zh": "记分。"}}
    (new / "ruleset.json").write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def diff(*args: Any) -> str:
        return run("onboard", "rules", "diff", *args).stdout

    assert diff(old, new).splitlines() == [
        "fields.json: `shop.type` one of ordinary, flagship → one of ordinary, flagship, outlet",
        "ruleset.json: `b_points` no kind of mark that counts → a kind of mark that counts",
    ]
    assert "facts.json: `points` the sum of `points` of the subject's violations" in diff(old, "douyin")
    assert "fields.json：`channel` 无此字段 → 文本\n" in diff("douyin", old, "--lang", "zh")


def test_cases_of_a_rule_that_is_gone_do_not_stop_it(changed: Callable[..., Path]) -> None:
    rules = changed(six_month_reentry=_wait(7))
    (rules / "max-three-shops.json").unlink()
    done = run("onboard", "rules", "diff", rules, "douyin", "--lang", "en")
    assert done.returncode == 0
    assert "max-three-shops: no rule → one that is required (P6)\n" in done.stdout
    assert "outcomes of cases are others now" in done.stdout
    assert done.stderr == "note: cases of the old ruleset name rules that it has not: `max-three-shops`\n"


def test_cases_that_one_of_both_cannot_read_do_not_stop_it(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        shutil.copytree(ROOT / "tests/rules/own_fields", folder)
    (old / "cases").mkdir()
    application = {"application_id": "A-1", "subject": {"type": "other"}, "channel": "fair"}
    expected = {"verdict": "fail", "fails": [], "undecided": [], "warns": [], "eligible_from": None}
    case = {"case": "c", "as_of": "2025-01-01", "registry": [], "applications": [application], "expect": [expected]}
    (old / "cases/some.json").write_text(json.dumps([case]), encoding="utf-8")
    fields = json.loads((new / "fields.json").read_text(encoding="utf-8"))
    fields["application"]["channel"]["type"] = "integer"
    (new / "fields.json").write_text(json.dumps(fields, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    done = run("onboard", "rules", "diff", old, new, "--lang", "en")
    assert (done.returncode, done.stdout) == (0, "fields.json: `channel` a text → a whole number\n")
    assert done.stderr.startswith("note: a case cannot be judged under both: ")
    (old / "cases/some.json").write_text("[{]", encoding="utf-8")
    done = run("onboard", "rules", "diff", old, new, "--lang", "en")
    assert (done.returncode, "so none was judged: " in done.stderr) == (0, True)
