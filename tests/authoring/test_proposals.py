"""`onboard rules test --write-cases`: the missing boundary cases, proposed from the rule, for a person to confirm."""

import json
from pathlib import Path
from typing import Any

import pytest
from in_process import run_here as run

Plain = dict[str, Any]


def edited(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def examined(folder: Path, *options: str) -> Any:
    done = run("onboard", "rules", "test", folder, "-o", "json", *options)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def confirm(folder: Path) -> None:
    for path in (folder / "cases").glob("*.json"):
        cases = json.loads(path.read_text(encoding="utf-8"))
        plain = [{key: value for key, value in case.items() if key != "proposed"} for case in cases]
        path.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    run("onboard", "rules", "new", tmp_path / "mine", "--from", "douyin")
    return tmp_path / "mine"


def test_nothing_is_proposed_where_every_point_has_its_case(mine: Path) -> None:
    before = {path: path.read_bytes() for path in (mine / "cases").iterdir()}
    assert examined(mine, "--write-cases")["proposed"] == []
    assert {path: path.read_bytes() for path in (mine / "cases").iterdir()} == before


CHANGES = [
    ("max-three-shops.json", '"maximum": 3', '"maximum": 5', ["`maximum` 5: the value 6"]),
    (
        "six-month-reentry.json",
        '"minimum": 6',
        '"minimum": 9',
        ["`minimum` 9: the value 9", "`minimum` 9: the value 8"],
    ),
    ("violation-record.json", '"maximum": 0', '"maximum": 2', ["`maximum` 2: the value 3"]),
]


@pytest.mark.parametrize(("file", "old", "new", "points"), CHANGES, ids=[change[0] for change in CHANGES])
def test_a_changed_number_gets_the_cases_on_its_two_sides(
    mine: Path, file: str, old: str, new: str, points: list[str]
) -> None:
    edited(mine, file, old, new)
    proposed = examined(mine, "--write-cases")["proposed"]
    table = str(mine / "cases" / file)
    rule = file.removesuffix(".json")
    assert proposed == [{"source": table, "case": f"{rule}: {point}"} for point in points]


def test_a_proposed_case_shows_nothing_until_it_is_confirmed(mine: Path) -> None:
    (mine / "cases/max-three-shops.json").unlink()
    edited(mine, "max-three-shops.json", '"maximum": 3', '"maximum": 7')
    written = examined(mine, "--write-cases")
    assert written["proposed"]
    assert [point["case"] for point in written["coverage"]["missing"]] != []
    assert run("onboard", "rules", "test", mine, "--fail-under", "0").returncode == 1
    confirm(mine)
    confirmed = examined(mine)
    assert confirmed["proposed"] == []
    assert confirmed["coverage"]["missing"] == []


def test_proposing_twice_adds_nothing(mine: Path) -> None:
    edited(mine, "max-three-shops.json", '"maximum": 3', '"maximum": 5')
    once = examined(mine, "--write-cases")["proposed"]
    assert examined(mine, "--write-cases")["proposed"] == once


@pytest.mark.parametrize("source", ["douyin", "tmall-2019", "douyin-whitelist", "jd", "tiktok-shop-th"])
def test_from_no_case_at_all_most_points_get_one(tmp_path: Path, source: str) -> None:
    run("onboard", "rules", "new", tmp_path / "mine", "--from", source)
    for path in (tmp_path / "mine/cases").iterdir():
        path.unlink()
    assert examined(tmp_path / "mine", "--write-cases")["coverage"]["percent"] == 0
    confirm(tmp_path / "mine")
    confirmed = examined(tmp_path / "mine")
    assert confirmed["failed"] == []
    assert confirmed["coverage"]["percent"] >= 75


def test_the_cases_that_come_with_the_package_are_left_alone() -> None:
    done = run("onboard", "rules", "test", "douyin", "--write-cases", "--lang", "en")
    assert done.returncode == 2
    assert "`onboard rules new my-rules --from douyin` makes a copy" in done.stderr


WORDS = {"en": "What is so.", "zh": "如此。"}


def of(name: str, schema: Plain) -> Plain:
    return {"type": "object", "required": [name], "properties": {name: schema}}


def at_most(limit: int) -> Plain:
    return {"type": "integer", "maximum": limit, "x-reason": WORDS}


def marks(kind: str, **about: str) -> Plain:
    return {"of": "mark", "at": "current", "where": {name: {"const": v} for name, v in {"kind": kind, **about}.items()}}


def only_for(kind: str, then: Plain) -> Plain:
    return {"if": of("application", of("subject", of("type", {"const": kind}))), "then": then}


POLICIES: dict[str, dict[str, Plain]] = {
    "a limit for each kind of subject": {
        "enterprise.json": only_for("enterprise", of("facts", of("shops_if_admitted", at_most(3)))),
        "household.json": only_for("individual_business", of("facts", of("shops_if_admitted", at_most(1)))),
    },
    "points, or a waiver": {
        "ruleset.json": {"marks": {"points": WORDS, "waiver": WORDS}},
        "facts.json": {
            "points": {"meaning": WORDS, "sum": {**marks("points"), "value": "value"}},
            "waivers": {"meaning": WORDS, "count": [marks("waiver", about="few-points")]},
        },
        "few-points.json": of(
            "facts",
            {
                "x-reason": WORDS,
                "anyOf": [
                    of("points", {"type": "integer", "exclusiveMaximum": 12}),
                    of("waivers", {"type": "integer", "minimum": 1}),
                ],
            },
        ),
    },
    "a letter, or a trademark applied for long enough ago, for each brand": {
        "fields.json": {
            "application": {
                "brands[].status": {"enum": ["applied_for", "registered"], "meaning": WORDS},
                "brands[].applied_on": {"type": "string", "format": "date", "meaning": WORDS},
                "brands[].evidence.level": {"type": "integer", "meaning": WORDS},
            }
        },
        "facts.json": {
            "brands[].of_what_status": {"meaning": WORDS, "field": "/status"},
            "brands[].levels": {"meaning": WORDS, "field": "/evidence/level"},
            "brands[].months_since_applied": {"meaning": WORDS, "months_since": "/applied_on"},
        },
        "papers.json": {
            "required": ["application", "facts"],
            "properties": {
                "application": {
                    "x-reason": WORDS,
                    **of(
                        "brands",
                        {
                            "type": "array",
                            "minItems": 1,
                            "items": {
                                "if": of("status", {"const": "applied_for"}),
                                "then": {"required": ["applied_on"]},
                            },
                        },
                    ),
                },
                "facts": of(
                    "brands",
                    {
                        "type": "array",
                        "items": {
                            "x-reason": WORDS,
                            "anyOf": [
                                of("levels", {"enum": [1, 2]}),
                                {
                                    "type": "object",
                                    "required": ["of_what_status", "months_since_applied"],
                                    "properties": {
                                        "of_what_status": {"const": "applied_for"},
                                        "months_since_applied": {"type": ["integer", "null"], "minimum": 6},
                                    },
                                },
                            ],
                        },
                    },
                ),
            },
        },
    },
    "a number that ends with a letter, and a wait since the last shop opened": {
        "ruleset.json": {"subject_number": {"field": "/subject/uen", "scheme": "sg.uen"}},
        "fields.json": {"application": {"subject.uen": {"type": "string", "meaning": WORDS}}},
        "facts.json": {"months_open": {"meaning": WORDS, "months_since": {"of": "shop", "at": "current"}}},
        "second-shop.json": of(
            "facts", of("months_open", {"type": ["integer", "null"], "minimum": 3, "x-reason": WORDS})
        ),
    },
}


def written(folder: Path, policy: dict[str, Plain]) -> Path:
    """A ruleset `mine` in `folder`, of the rules and declarations of `policy`."""
    run("onboard", "rules", "new", folder / "mine")
    terms = {"level": "required", "clause": "C1", "title": WORDS, "remedy": WORDS}
    for name, content in policy.items():
        path = folder / "mine" / name
        if name == "ruleset.json":
            content = json.loads(path.read_text(encoding="utf-8")) | content
        elif name not in ("facts.json", "fields.json"):
            content = {"$id": f"urn:onboarding:mine:{path.stem}", "x-rule": terms, "type": "object", **content}
        kind = path.stem if name in ("ruleset.json", "facts.json", "fields.json") else "rule"
        content = {"$schema": f"dialects/{kind}.dialect.json", **content}
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    linted = run("onboard", "rules", "lint", folder / "mine", "--fix")
    assert linted.returncode == 0, linted.stdout
    return folder / "mine"


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_what_is_proposed_for_a_policy_leaves_nothing_open(tmp_path: Path, policy: dict[str, Plain]) -> None:
    mine = written(tmp_path, policy)
    examined(mine, "--write-cases")
    confirm(mine)
    confirmed = examined(mine)
    assert confirmed["failed"] == []
    assert confirmed["coverage"]["missing"] == []
    assert confirmed["mutants"]["surviving"] == []
