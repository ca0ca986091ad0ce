"""A ruleset that counts more than the shared facts says so in its `facts.json`; a slip there is named with place."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, ROOT, application, shop, violation
from in_process import run_here

from onboarding import RulesetError, check, load_ruleset
from onboarding.rules.lint.lint import canonical

MEANING = {"en": "Shops closed, whatever for.", "zh": "已关闭的店铺数，不论原因。"}
CLOSED = {"meaning": MEANING, "count": [{"of": "shop", "at": "ended"}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped rules without their cases, and a rule that reads a fact of their own, not yet declared."""
    copied = tmp_path / "rules"
    copied.mkdir()
    for file in (ROOT / "schemas/douyin").glob("*.json"):
        shutil.copy(file, copied)
    rule = (copied / "max-three-shops.json").read_text("utf-8")
    rule = rule.replace("max-three-shops", "few-closed").replace("shops_if_admitted", "closed_shops")
    (copied / "few-closed.json").write_text(rule.replace('"maximum": 3', '"maximum": 1'), "utf-8")
    return copied


def _declare(folder: Path, **facts: Any) -> Path:
    (folder / "facts.json").write_text(canonical({"$schema": "../facts.dialect.json", **facts}), "utf-8")
    return folder


def test_a_rule_reads_what_its_ruleset_declares(folder: Path) -> None:
    ruleset = load_ruleset(_declare(folder, closed_shops=CLOSED))
    records = [shop(f"S-{n}", closed_on="2023-01-01", closed_for="other") for n in range(2)]
    report = check(application(), history=records, as_of=DAY, ruleset=ruleset)
    assert [(outcome.rule, outcome.reasons[0].actual) for outcome in report.failures] == [("few-closed", 2)]
    assert report.failures[0].reasons[0].evidence == tuple(
        {"shop_id": f"S-{n}", "closed_on": "2023-01-01"} for n in range(2)
    )
    assert check(application(), history=records[:1], as_of=DAY, ruleset=ruleset).passed
    assert check(application(), as_of=DAY, ruleset=ruleset).verdict == "undecided"


def test_how_something_is_counted_is_in_the_digest(folder: Path) -> None:
    before = load_ruleset(_declare(folder, closed_shops=CLOSED)).digest
    begun = {"meaning": MEANING, "count": [{"of": "shop", "at": "begun"}]}
    assert load_ruleset(_declare(folder, closed_shops=begun)).digest != before


def test_a_change_of_how_something_is_counted_is_told(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(_declare(folder, closed_shops=CLOSED), tmp_path / "old")
    begun = {"meaning": MEANING, "count": [{"of": "shop", "at": "begun"}]}
    changed = run_here("onboard", "rules", "diff", tmp_path / "old", _declare(folder, closed_shops=begun)).stdout
    assert changed == (
        "few-closed: `closed_shops` the number of the subject's shops that are over by the day → the number of the"
        " subject's shops that have begun by the day, whether over or not (P6)\n"
    )


def test_the_day_from_which_it_passes_follows_from_the_declaration(folder: Path) -> None:
    file = folder / "few-closed.json"
    file.write_text(
        file.read_text("utf-8").replace("few-closed", "few-open").replace("closed_shops", "open_violations")
    )
    file.rename(folder / "few-open.json")
    declared = {"meaning": MEANING, "count": [{"of": "violation", "at": "current"}]}
    ruleset = load_ruleset(_declare(folder, open_violations=declared))
    records = [violation(id=f"V-{n}", resolved_on=f"2024-09-{n}0") for n in (1, 2, 3)]
    report = check(application(), history=records, as_of=DAY, ruleset=ruleset)
    assert str(report.eligible_from) == "2024-09-20"


def test_the_facts_are_listed_with_those_of_the_ruleset(folder: Path) -> None:
    _declare(folder, closed_shops=CLOSED)
    listed = run_here("onboard", "rules", "facts", "--ruleset", folder, "--lang", "zh").stdout
    assert 'closed_shops *  "integer"\n    已关闭的店铺数，不论原因。\n' in listed
    assert "shops_if_admitted *" in listed


def _fact(**verb: Any) -> dict[str, Any]:
    return {"closed_shops": {"meaning": MEANING, **verb}}


def _count(**selection: Any) -> dict[str, Any]:
    return _fact(count=[{"of": "shop", "at": "ended", **selection}])


_WHERE = "/closed_shops/count/0/where"
_MISTAKES: list[tuple[str, dict[str, Any], str, str]] = [
    ("no verb", _fact(), "/closed_shops", "a fact is counted by exactly one verb"),
    ("two verbs", _fact(count=CLOSED["count"], field="/subject/type"), "/closed_shops", "by exactly one verb"),
    ("misspelt verb", _fact(counts=CLOSED["count"]), "/closed_shops/counts", "did you mean `count`?"),
    ("misspelt kind", _count(of="shops"), "/closed_shops/count/0/of", "did you mean `shop`?"),
    ("misspelt time", _count(at="closed"), "/closed_shops/count/0/at", "`current`, `ended`, `begun`"),
    ("no time", _fact(count=[{"of": "shop"}]), "/closed_shops/count/0/at", "`at` is missing"),
    ("misspelt field", _count(where={"close_for": {"const": "other"}}), f"{_WHERE}/close_for", "mean `closed_for`?"),
    ("other value", _count(where={"closed_for": {"const": "fraud"}}), f"{_WHERE}/closed_for/const", "application_f"),
    ("near value", _count(where={"closed_for": {"enum": ["others"]}}), f"{_WHERE}/closed_for/enum/0", "mean `other`?"),
    ("number for text", _count(where={"application_id": {"const": 1}}), f"{_WHERE}/application_id/const", "string"),
    ("null of a field that is there", _count(where={"shop_id": {"const": None}}), f"{_WHERE}/shop_id/const", "null"),
    ("limit of a text", _count(where={"closed_for": {"minimum": 1}}), f"{_WHERE}/closed_for", "`closed_for` is no num"),
    ("a day", _count(where={"opened_on": {"const": "2024-01-01"}}), f"{_WHERE}/opened_on", "which `where` does not"),
    ("empty where", _count(where={}), _WHERE, "nothing stands here"),
    (
        "unknown test",
        _count(where={"closed_for": {"not": "other"}}),
        f"{_WHERE}/closed_for/not",
        "unknown keyword `not`",
    ),
    ("brand of all", _count(same=["brand"]), "/closed_shops/count/0/same/0", "begins with `brands[].`"),
    ("brands", _count(same=["brands"]), "/closed_shops/count/0/same/0", "did you mean `brand`?"),
    ("type, undeclared", _count(same=["type"]), "/closed_shops/count/0/same/0", "do not share a field `type`"),
    (
        "with for violations",
        _fact(count=[{"of": "violation", "at": "current", "with": "applied_for"}]),
        "/closed_shops/count/0/with",
        "counts no shops",
    ),
    (
        "sum of texts",
        _fact(sum={"of": "shop", "at": "ended", "value": "shop_id"}),
        "/closed_shops/sum/value",
        "no numb",
    ),
    (
        "sum of nothing",
        _fact(sum={"of": "ban", "at": "ended", "value": "x"}),
        "/closed_shops/sum/value",
        "no field `x`",
    ),
    (
        "within alone",
        _fact(months_since={"of": "ban", "at": "begun", "within": "calendar_year"}),
        "/closed_shops",
        "needs `nth`",
    ),
    (
        "advisory days",
        _fact(days_until="/business_license/valid_until", advisory=True),
        "/closed_shops",
        "`count` only",
    ),
    (
        "misspelt year",
        _fact(months_since={"of": "ban", "at": "begun", "nth": 2, "within": "year"}),
        "/closed_shops/months_since/within",
        "`year` is not known here",
    ),
    (
        "months of a text",
        _fact(months_since={"of": "ban", "at": "begun", "nth": 2, "within": {"months": "12"}}),
        "/closed_shops/months_since/within/months",
        "a number stands without quotes",
    ),
    (
        "misspelt in months",
        _fact(months_since={"of": "ban", "at": "begun", "withn": "calendar_year"}),
        "/closed_shops/months_since/withn",
        "did you mean `within`?",
    ),
    ("no day", _fact(days_until="/business_license/name"), "/closed_shops/days_until", "is no day"),
    ("misspelt pointer", _fact(days_until="/business_license/valid_til"), "/closed_shops/days_until", "/valid_until`?"),
    ("no pointer", _fact(days_until="valid_until"), "/closed_shops/days_until", "is no pointer to a field"),
    ("pointer of a brand", _fact(days_until="/evidence/valid_until"), "/closed_shops/days_until", "there is no field"),
    ("free text", _fact(field="/business_license/uscc"), "/closed_shops/field", "which no report may repeat"),
    (
        "no Chinese",
        {"closed_shops": CLOSED | {"meaning": {"en": "x", "zh": "x"}}},
        "/closed_shops/meaning/zh",
        "no Chi",
    ),
    (
        "one language",
        {"closed_shops": CLOSED | {"meaning": {"en": "x"}}},
        "/closed_shops/meaning/zh",
        "`zh` is missing",
    ),
    ("capital name", {"Closed": CLOSED, "closed_shops": CLOSED}, "/Closed", "`Closed` is no name for a fact"),
    (
        "a shared name",
        {"open_shops": CLOSED, "closed_shops": CLOSED},
        "/open_shops",
        "declared for all rulesets already",
    ),
    ("within another", {"bans": CLOSED, "closed_shops": CLOSED}, "/bans", "one stands within the other"),
    ("unread", {"closed_shops": CLOSED, "other": CLOSED}, "/other", "no rule reads fact `other`"),
    ("misspelt in the rule", {"closed_shop": CLOSED}, "", "did you mean `closed_shop`?"),
]


@pytest.mark.parametrize(("facts", "pointer", "says"), [m[1:] for m in _MISTAKES], ids=[m[0] for m in _MISTAKES])
def test_a_slip_is_named_with_file_line_pointer_and_cure(
    facts: dict[str, Any], pointer: str, says: str, folder: Path
) -> None:
    with pytest.raises(RulesetError) as raised:
        load_ruleset(_declare(folder, **facts))
    file = "few-closed.json" if not pointer else "facts.json"
    named = [p for p in raised.value.problems if Path(p.source or "").name == file and says in p.words("en")]
    assert named, str(raised.value)
    assert all(problem.line and (problem.pointer or "").startswith(pointer) for problem in named)
    assert all("^" not in problem.words(lang) for problem in raised.value.problems for lang in ("en", "zh"))
    assert all(problem.message["zh"] != problem.message["en"] for problem in named)


def test_a_required_rule_reads_no_advisory_fact(folder: Path) -> None:
    file = folder / "few-closed.json"
    file.write_text(file.read_text("utf-8").replace('"type": "integer"', '"type": ["integer", "null"]'), "utf-8")
    with pytest.raises(RulesetError, match="fact `closed_shops` is for advisory rules only"):
        load_ruleset(_declare(folder, closed_shops=CLOSED | {"advisory": True}))


def test_the_shared_facts_keep_to_the_dialect_and_to_the_lint() -> None:
    from onboarding.facts.builtin import built_in
    from onboarding.rules.lint.facts import lint_facts
    from onboarding.rules.validator import compile_schema

    content = json.loads((ROOT / "schemas/facts.json").read_text("utf-8"))
    dialect = json.loads((ROOT / "schemas/facts.dialect.json").read_text("utf-8"))
    assert compile_schema(dialect)(content) == []
    assert lint_facts(content, built_in()) == []
    assert (ROOT / "schemas/facts.json").read_text("utf-8") == canonical(content)
