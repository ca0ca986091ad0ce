"""What the lint says is the same by `jsonschema` and by `jsonschema-rs`, wherever in a file the slip is."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from builders import ROOT

from onboarding import RulesetError, load_ruleset
from onboarding.rules.lint import lint
from onboarding.rules.lint.lint import canonical

SLIPS: dict[str, tuple[str, Any]] = {
    "a keyword that is none": ("requierd", ["facts"]),
    "a keyword of another type": ("required", "facts"),
    "a name twice": ("required", ["facts", "facts"]),
    "a type that is none": ("type", "text"),
    "no object where one belongs": ("properties", ["facts"]),
    "an empty list": ("anyOf", []),
    "a reference": ("$ref", "#/properties"),
    "a remote reference": ("$ref", "https://example.org/schema.json"),
    "a list of definitions": ("$defs", {"a": {}}),
    "reasons in one language": ("x-reason", {"en": "Because."}),
}
# By file: where else its schemas stand than at the top.
PLACES = {
    "douyin-2020/multi-brand-shop.json": ("/if", "/then", "/then/properties/facts", "/if/properties/application"),
    "douyin-2020/brand-papers.json": ("/then/properties/application/properties/brands/items",),
    "douyin-2024/shops-of-enterprise.json": ("", "/if/properties/application/properties/subject"),
}
NEW = ("/not", "/else", "/then/not", "/then/else", "/then/properties/facts/anyOf/0")


def _spoilt(folder: Path, file: str, place: str, key: str, value: Any) -> Path:
    ruleset, name = file.split("/")
    shutil.copytree(ROOT / "schemas" / ruleset, folder / ruleset)
    path = folder / ruleset / name
    made = at = json.loads(path.read_bytes())
    for part in place.split("/")[1:]:
        if isinstance(at, list):
            at.append({})
            at = at[-1]
        else:
            at = at.setdefault(part, [] if part == "anyOf" else {})
    at[key] = value
    path.write_text(canonical(made), "utf-8")
    return folder / ruleset


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize(
    ("file", "place"),
    [
        *((file, place) for file, places in PLACES.items() for place in places),
        *(("douyin-2020/multi-brand-shop.json", place) for place in NEW),
    ],
)
def test_both_validators_say_the_same_of_a_slip(
    slip: str, file: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _spoilt(tmp_path, file, place, *SLIPS[slip])
    said = []
    for validator in ("", "jsonschema"):
        monkeypatch.setenv("ONBOARD_VALIDATOR", validator)
        lint._dialect.cache_clear()
        with pytest.raises(RulesetError) as refused:
            load_ruleset(folder)
        said.append(refused.value.problems)
    lint._dialect.cache_clear()
    assert said[0] == said[1]
    assert all(problem.line for problem in said[0])


@pytest.mark.parametrize(("keyword", "number"), [("nth", 2.0), ("nth", 10**30), ("months", 12.0), ("months", 10**9)])
def test_a_number_of_a_declared_fact_is_whole_and_no_larger_than_anybody_counts(
    tmp_path: Path, keyword: str, number: float
) -> None:
    folder = tmp_path / "jd"
    shutil.copytree(ROOT / "schemas/jd", folder)
    facts = json.loads((folder / "facts.json").read_bytes())
    since = facts["months_since_second_voluntary_exit"]["months_since"]
    (since if keyword == "nth" else since["within"])[keyword] = number
    (folder / "facts.json").write_text(canonical(facts), "utf-8")
    with pytest.raises(RulesetError, match=r"whole number|at most"):
        load_ruleset(folder)
