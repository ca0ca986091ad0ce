"""Is there a record just inside and one just outside of each part of what is counted? What is missing is proposed."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from builders import ROOT, application, mark, shop
from in_process import run_here as run

from onboarding.authoring.fact_coverage import uncovered_facts
from onboarding.rules.lint.lint import canonical
from onboarding.rules.loading import load_ruleset

WORDS = {"en": "What is so.", "zh": "如此。"}
DAY = "2024-08-05"
EXITS = {"of": "shop", "at": "ended", "where": {"closed_for": {"enum": ["voluntary_exit", "other"]}}}
FACTS: dict[str, dict[str, Any]] = {
    "in_region": {"count": [{"of": "shop", "at": "current", "same": ["region"], "with": "applied_for"}]},
    "large_points": {
        "count": [{"of": "mark", "at": "current", "where": {"kind": {"const": "points"}, "value": {"minimum": 3}}}]
    },
    "second_exit": {"months_since": {**EXITS, "nth": 2, "within": {"months": 12}}},
}


def folder_of(path: Path) -> Path:
    """A ruleset that sets each of these facts a limit, without a case."""
    about = json.loads((ROOT / "schemas/douyin/ruleset.json").read_text(encoding="utf-8"))
    files: dict[str, Any] = {"ruleset.json": {**about, "id": "some", "marks": {"points": WORDS}}}
    files["fields.json"] = {"application": {"shop.region": {"enum": ["north", "south"], "meaning": WORDS}}}
    files["facts.json"] = {name: {"meaning": WORDS, **declared} for name, declared in FACTS.items()}
    for name in FACTS:
        since = name == "second_exit"
        limit = {"type": ["integer", "null"], "minimum": 6} if since else {"type": "integer", "maximum": 1}
        facts = {"type": "object", "required": [name], "properties": {name: {"x-reason": WORDS, **limit}}}
        files[f"{name.replace('_', '-')}.json"] = {
            "$schema": "dialects/rule.dialect.json",
            "$id": f"urn:onboarding:some:{name.replace('_', '-')}",
            "x-rule": {"level": "required", "clause": "P1", "title": WORDS, "remedy": WORDS},
            "required": ["facts"],
            "properties": {"facts": facts},
        }
    for name, content in files.items():
        (path / name).write_text(canonical(content), encoding="utf-8")
    (path / "cases").mkdir()
    return path


def case(*records: dict[str, Any], **of_shop: Any) -> tuple[str, dict[str, Any]]:
    wanted = application({"/shop": {"name": "店", "region": "north", **of_shop}})
    return "", {"case": "c", "as_of": DAY, "registry": list(records), "applications": [wanted], "expect": [{}]}


def exits(*days: str) -> list[dict[str, Any]]:
    return [shop(f"S-{n}", closed_on=day, closed_for="voluntary_exit") for n, day in enumerate(days)]


@pytest.mark.parametrize(
    ("pointer", "words", "records"),
    [
        ("/in_region/count/0/at", "a record that is over", [shop(region="north", closed_on=DAY, closed_for="other")]),
        ("/in_region/count/0/same/0", "a record with the same `region`", [shop(region="north")]),
        ("/in_region/count/0/same/0", "a record with another `region`", [shop(region="south")]),
        (
            "/in_region/count/0/with",
            "the shop that this application opened is on record",
            [shop(brands=("云上",), region="north", application_id="A-1")],
        ),
        ("/large_points/count/0/where/value/minimum", "a record whose `value` is 3", [mark("points", value=3)]),
        ("/large_points/count/0/where/value/minimum", "a record whose `value` is 2", [mark("points", value=2)]),
        ("/large_points/count/0/where/kind/const", "a record whose `kind` is something else", [mark("x", value=3)]),
        ("/second_exit/months_since/where/closed_for/enum", "a record whose `closed_for` is other", [
            shop(closed_on=DAY, closed_for="other")
        ]),
        ("/second_exit/months_since/nth", "2 records", exits("2024-01-01", "2024-02-01")),
        ("/second_exit/months_since/nth", "1 record", exits("2024-01-01")),
        ("/second_exit/months_since/within", "so many records within the span", exits("2024-01-01", "2024-02-01")),
        ("/second_exit/months_since/within", "so many records, not within the span", exits("2022-01-01", "2024-02-01")),
        (
            "/second_exit/months_since/within/months",
            "so many records, within one month more",
            exits("2023-01-10", "2024-02-10"),
        ),
    ],
)  # fmt: skip
def test_a_point_is_open_until_a_record_lies_there(
    pointer: str, words: str, records: list[dict[str, Any]], tmp_path: Path
) -> None:
    ruleset = load_ruleset(folder_of(tmp_path))

    def is_open(*cases: tuple[str, dict[str, Any]]) -> bool:
        return (pointer, words) in [(point.pointer, point.words["en"]) for point in uncovered_facts(ruleset, cases)[1]]

    assert is_open(case())
    assert not is_open(case(*records))


def test_what_is_missing_is_named_by_file_and_line_and_proposed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    first = {**case()[1], "expect": [{"verdict": "pass", "fails": [], "undecided": [], "warns": []}]}
    first["expect"][0]["eligible_from"] = None
    (folder / "cases/some.json").write_text(json.dumps([first]), encoding="utf-8")
    told = run("onboard", "rules", "test", folder, "--lang", "en").stdout
    pointer = "/in_region/count/0/same/0"
    assert f"no case  {folder / 'facts.json'}:12:11 {pointer}: a record with another `region`\n" in told
    told = run("onboard", "rules", "test", folder, "--write-cases", "--lang", "en").stdout
    assert [line for line in told.splitlines() if line.startswith("no case  ")] == []


def test_what_is_on_record_is_held_once_for_all_applications_of_a_case() -> None:
    # 500 applications and 3,000 shops of one subject, a mebibyte, took 1.4 GB.
    ruleset = load_ruleset()
    _, many = case(*(shop(f"S-{n}", (f"b{n}",)) for n in range(300)))
    many["applications"] = [application({"/application_id": f"A-{n}"}) for n in range(100)]
    tracemalloc.start()
    try:
        uncovered_facts(ruleset, [("cases.json", many)])
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
