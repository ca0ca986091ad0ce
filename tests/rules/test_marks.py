"""Marks: their kinds are declared by the ruleset, a waiver is told, and what nobody declared counts nowhere."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, ROOT, application, ban, mark, shop, violation
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import run_here as run

from onboarding import Report, RulesetError, check, load_ruleset
from onboarding.rules.lint.lint import canonical

WAIVERS = ROOT / "examples/rulesets/douyin-with-waivers"
SHOPS = [shop(f"S-{n}", (f"牌{n}",)) for n in (1, 2, 3)]
WAIVER = mark("waiver", value=None, about="max-three-shops", by="陈经理", until="2025-01-01")


def _edit(folder: Path, name: str, **changes: Any) -> None:
    file = folder / name
    file.write_text(canonical(json.loads(file.read_text("utf-8")) | changes), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rules that count points and the mark of an investigation."""
    copied = tmp_path / "rules"
    shutil.copytree(WAIVERS, copied, ignore=shutil.ignore_patterns("cases"))
    words = {"en": "Points against the subject.", "zh": "主体的记分。"}
    points = {"of": "mark", "at": "current", "where": {"kind": {"const": "b_points"}}, "value": "value"}
    facts = json.loads((copied / "facts.json").read_text("utf-8"))
    _edit(copied, "facts.json", **facts, b_points={"meaning": words, "sum": points})
    marks = json.loads((copied / "ruleset.json").read_text("utf-8"))["marks"]
    _edit(copied, "ruleset.json", marks={**marks, "b_points": words})
    rule = json.loads((ROOT / "schemas/douyin/max-three-shops.json").read_text("utf-8"))
    text = json.dumps(rule, ensure_ascii=False).replace("douyin:max-three-shops", "douyin-with-waivers:few-points")
    text = text.replace("shops_if_admitted", "b_points").replace('"maximum": 3', '"maximum": 11')
    (copied / "few-points.json").write_text(canonical(json.loads(text)), "utf-8")
    return copied


def _kinds(report: Report) -> list[str | None]:
    return [note.kind for note in report.notes]


def test_what_two_alternatives_want_and_nobody_knows_is_said_once() -> None:
    report = check(application(without=("/business_license",)), history=[], as_of=DAY, ruleset=load_ruleset(WAIVERS))
    (undecided,) = report.undecided
    assert [reason.pointer for reason in undecided.reasons] == ["/business_license/uscc"]


@pytest.mark.parametrize(
    ("marks", "points", "verdict"),
    [
        ([mark()], 6, "pass"),
        ([mark(), mark(id="M-2", value=5)], 11, "pass"),
        ([mark(), mark(id="M-2")], 12, "fail"),
        ([mark(), mark(value=12)], 12, "fail"),
        ([mark(), mark(id="M-2", until="2024-08-05")], 6, "pass"),
        ([mark(), mark(id="M-2", until="2024-08-06")], 12, "fail"),
        ([mark(), mark(id="M-2", on="2024-08-06")], 6, "pass"),
        ([mark(), mark(id="M-2", subject_id="91999999MATEKT027F")], 6, "pass"),
        ([mark(id=None), mark(id=None)], 12, "fail"),
        ([mark(), mark(id="M-2", value=None)], None, "undecided"),
    ],
    ids=range(10),
)
def test_points_are_added_up(marks: list[dict[str, Any]], points: int | None, verdict: str, folder: Path) -> None:
    report = check(application(), history=marks, as_of=DAY, ruleset=folder)
    assert (report.facts.get("b_points"), report.verdict) == (points, verdict)
    assert report.notes == ()


def test_the_day_on_which_points_lapse_is_the_day_from_which_it_passes(folder: Path) -> None:
    marks = [mark(), mark(id="M-2", until="2024-09-01")]
    report = check(application(), history=marks, as_of=DAY, ruleset=folder)
    assert str(report.eligible_from) == "2024-09-01"
    assert report.failures[0].reasons[0].evidence == (
        {"id": "M-1", "kind": "b_points", "on": "2024-03-01", "value": 6},
        {"id": "M-2", "kind": "b_points", "on": "2024-03-01", "until": "2024-09-01", "value": 6},
    )


@pytest.mark.parametrize(("kind", "named"), [("b_point", True), ("张三 13800138000", False)])
def test_a_mark_of_a_kind_that_nobody_declared_counts_nowhere_and_is_noted(
    kind: str, named: bool, folder: Path
) -> None:
    marks = [mark(kind, value=99), mark(kind, id="M-2"), mark("to_come", id="M-3", on="2024-08-06")]
    report = check(application(), history=marks, as_of=DAY, ruleset=folder)
    assert (report.verdict, report.facts["b_points"]) == ("pass", 0)
    (note,) = report.notes
    assert note.kind == "undeclared_mark"
    assert (kind in note.message["en"], kind in note.message["zh"]) == (named, named)
    assert "ruleset `douyin-with-waivers` does not declare" in note.message["en"]
    assert "规则集 `douyin-with-waivers` 未声明" in note.message["zh"]


@pytest.mark.parametrize("kind", ["B_points", "b-points", "B POINTS", "bPoints", "b__points", "b＿points."])
def test_a_mark_whose_kind_is_only_written_otherwise_may_be_of_that_kind(kind: str, folder: Path) -> None:
    report = check(application(), history=[mark(kind, value=99)], as_of=DAY, ruleset=folder)
    assert report.verdict == "undecided"
    (undecided,) = [outcome for outcome in report.outcomes if outcome.status == "undecided"]
    assert undecided.reasons[0].evidence[0]["kind"] == kind
    over = check(application(), history=[mark(kind, value=99, until="2024-08-05")], as_of=DAY, ruleset=folder)
    assert over.verdict == "pass"


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(
    kinds=st.lists(st.sampled_from(["waiver", "b_points", "serious_violation", "x"]), min_size=1, max_size=4),
    about=st.sampled_from([None, "max-three-shops", "permanent-ban"]),
    records=st.lists(st.sampled_from([*SHOPS, ban(), violation()]), max_size=5),
)
def test_no_mark_changes_what_the_ruleset_douyin_says(
    kinds: list[str], about: str | None, records: list[dict[str, Any]]
) -> None:
    marks = [mark(kind, id=None, about=about or "six-month-reentry") for kind in kinds]
    with_marks = check(application(), history=[*records, *marks], as_of=DAY)
    without = check(application(), history=records, as_of=DAY)
    assert (with_marks.outcomes, with_marks.eligible_from) == (without.outcomes, without.eligible_from)
    assert set(_kinds(with_marks)) == {"undeclared_mark"}


def test_a_waiver_that_makes_the_difference_is_told_with_who_gave_it_and_until_when() -> None:
    report = check(application(), history=[*SHOPS, WAIVER], as_of=DAY, ruleset=WAIVERS)
    assert report.passed
    (note,) = report.notes
    assert (note.kind, note.message) == (
        "waiver",
        {
            "en": 'The rule "Number of shops per subject" (max-three-shops) holds by a waiver that 陈经理 gave,'
            " from 2024-03-01 on; on 2025-01-01 it is no longer in force.",
            "zh": "规则“每个主体的店铺数量”（max-three-shops）因豁免而符合：由陈经理给予，"
            "自 2024-03-01 起有效，2025-01-01 起失效。",
        },
    )


@pytest.mark.parametrize(
    ("shops", "waiver", "kinds"),
    [
        (3, {"until": None}, ["waiver"]),
        (2, {}, []),
        (3, {"until": "2024-08-05"}, []),
        (3, {"on": "2024-08-06"}, []),
        (3, {"about": "one-shop-per-brand"}, []),
        (3, {"about": " max-three-shops\u200b"}, ["waiver"]),
    ],
    ids=["no end", "not needed", "ended", "to come", "another rule", "typed with blanks"],
)
def test_only_a_waiver_that_makes_the_difference_is_told(shops: int, waiver: dict[str, Any], kinds: list[str]) -> None:
    report = check(application(), history=[*SHOPS[:shops], WAIVER | waiver], as_of=DAY, ruleset=WAIVERS)
    assert _kinds(report) == kinds
    assert report.passed == (shops == 2 or bool(kinds))


def test_each_of_several_waivers_is_told() -> None:
    other = WAIVER | {"id": "M-2", "by": "林经理"}
    report = check(application(), history=[*SHOPS, WAIVER, other], as_of=DAY, ruleset=WAIVERS)
    assert ["陈经理" in note.message["zh"] for note in report.notes] == [True, False]
    assert _kinds(report) == ["waiver", "waiver"]


def test_the_example_is_sound_and_its_cases_leave_nothing_open() -> None:
    done = run("onboard", "rules", "test", WAIVERS, "--fail-under", "100", "-o", "json")
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout)
    assert found["failed"] == found["coverage"]["missing"] == found["mutants"]["surviving"] == []


def test_the_kinds_of_marks_are_in_the_digest(folder: Path) -> None:
    before = load_ruleset(folder)
    marks = dict(before.marks)
    _edit(folder, "ruleset.json", marks={**marks, "b_points": {"en": "Other points.", "zh": "其他记分。"}})
    after = load_ruleset(folder)
    assert list(after.marks) == ["waiver", "b_points"]
    assert after.digest != before.digest


def _points(**selection: Any) -> dict[str, Any]:
    made = {"of": "mark", "at": "current", "where": {"kind": {"const": "b_points"}}, "value": "value", **selection}
    return {"meaning": {"en": "Points.", "zh": "记分。"}, "sum": made}


def _waivers(**where: Any) -> dict[str, Any]:
    made = {"of": "mark", "at": "current", "where": {"kind": {"const": "waiver"}, **where}, "value": "value"}
    return {"meaning": {"en": "Points.", "zh": "记分。"}, "sum": made}


_MISTAKES: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "misspelt kind",
        _points(where={"kind": {"const": "b_point"}}),
        "/where/kind/const",
        "declares no kind `b_point` (did you mean `b_points`?)",
    ),
    (
        "undeclared kind among others",
        _points(where={"kind": {"enum": ["b_points", "c_points_x"]}}),
        "/where/kind/enum/1",
        "declares no kind `c_points_x`",
    ),
    ("no kind", _points(where={"value": {"minimum": 3}}), "", "which kinds of marks are counted is not said"),
    ("kind by number", _points(where={"kind": {"const": 3}}), "/where/kind/const", "never `3`"),
    ("misspelt field", _points(where={"kinds": {"const": "b_points"}}), "/where/kinds", "did you mean `kind`?"),
    ("sum of a text", _points(value="note"), "/value", "no numb"),
    ("sum of nothing", _points(value="points"), "/value", "a mark record has no field `points`"),
    ("a day", _points(where={"kind": {"const": "b_points"}, "until": {"const": "x"}}), "/where/until", "is a day"),
    ("waiver of what", _waivers(), "", "a waiver is of one rule, and no rule is named"),
    (
        "waiver of no rule",
        _waivers(about={"const": "max-three-shop"}),
        "/where/about/const",
        "has no rule `max-three-shop` (did you mean `max-three-shops`?)",
    ),
    ("brand of a mark", _points(same=["brand"]), "/same/0", "shop"),
]


@pytest.mark.parametrize(("fact", "pointer", "says"), [m[1:] for m in _MISTAKES], ids=[m[0] for m in _MISTAKES])
def test_a_slip_is_named_with_file_line_pointer_and_cure(
    fact: dict[str, Any], pointer: str, says: str, folder: Path
) -> None:
    _edit(folder, "facts.json", b_points=fact)
    with pytest.raises(RulesetError) as raised:
        load_ruleset(folder)
    named = [p for p in raised.value.problems if says in p.words("en")]
    assert named, str(raised.value)
    assert all(Path(p.source or "").name == "facts.json" and p.line for p in named)
    assert all((p.pointer or "").startswith(f"/b_points/sum{pointer}") for p in named)
    assert all(p.message["zh"] != p.message["en"] for p in named)


@pytest.mark.parametrize(
    ("marks", "pointer"),
    [
        ({"B points": {"en": "x", "zh": "记分"}}, "/marks"),
        ({"b_points": {"en": "x"}}, "/marks/b_points/zh"),
        ({"b_points": {"en": "x", "zh": "x"}}, "/marks/b_points/zh"),
        ({}, "/marks"),
        (["b_points"], "/marks"),
    ],
    ids=str,
)
def test_a_kind_is_declared_by_a_name_and_what_it_means(marks: Any, pointer: str, folder: Path) -> None:
    _edit(folder, "ruleset.json", marks=marks)
    with pytest.raises(RulesetError) as raised:
        load_ruleset(folder)
    assert any((p.pointer or "").startswith(pointer) and p.line for p in raised.value.problems), str(raised.value)


def test_marks_are_listed_and_told_on_the_page_of_the_rule_that_counts_them() -> None:
    meaning = "A named person lets one subject off one rule until a day."
    listed = run("onboard", "rules", "facts", "--ruleset", WAIVERS, "--lang", "en").stdout
    assert listed.endswith(f"\nKinds of marks that it counts:\nwaiver\n    {meaning}\n")
    page = run("onboard", "rules", "show", "max-three-shops", "--ruleset", WAIVERS, "--lang", "zh").stdout
    assert "- 标记 `waiver`：由具名人员准予" in page
