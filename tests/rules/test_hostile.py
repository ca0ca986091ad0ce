"""Rule folders made to harm: whatever is in them, the answer is a ruleset that judges or an error that says why."""

import json
import os
import re
import shutil
import string
from pathlib import Path
from typing import Any

import pytest
from builders import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import run_here

from onboarding import RulesetError, load_ruleset
from onboarding.rules.lint.lint import canonical
from onboarding.rules.lint.patterns import fault_of

HOSTILE = Path(__file__).parent / "hostile"
PATTERNS: list[tuple[str, str]] = json.loads((HOSTILE / "patterns.json").read_text(encoding="utf-8"))
EDITS: list[dict[str, Any]] = json.loads((HOSTILE / "edits.json").read_text(encoding="utf-8"))


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "schemas/douyin", folder)
    return folder


def _edit(rules: Path, file: str, pointer: str, value: Any) -> None:
    made = parent = json.loads((rules / file).read_text(encoding="utf-8"))
    *path, last = pointer.split("/")[1:]
    for part in path:
        parent = parent[part]
    parent[last] = value
    (rules / file).write_text(canonical(made), encoding="utf-8")


def _refused(rules: Path) -> str:
    with pytest.raises(RulesetError) as refused:
        load_ruleset(rules)
    return str(refused.value)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit["case"])
def test_a_hostile_edit_is_refused_with_its_words(edit: dict[str, Any], rules: Path) -> None:
    _edit(rules, edit["file"], edit["at"], edit["value"])
    assert edit["says"] in _refused(rules)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit["case"])
@pytest.mark.parametrize("command", [("lint",), ("list", "--ruleset"), ("test",)], ids=lambda command: command[0])
def test_nothing_of_it_reaches_the_terminal_raw(command: tuple[str, ...], edit: dict[str, Any], rules: Path) -> None:
    _edit(rules, edit["file"], edit["at"], edit["value"])
    done = run_here("onboard", "rules", *command, str(rules), cwd=ROOT)
    assert done.returncode == 2
    shown = done.stdout + done.stderr
    assert "internal" not in shown
    assert all(c == "\n" or c.isprintable() for c in shown)
    assert "::error" not in shown


@pytest.mark.parametrize(("pattern", "says"), PATTERNS, ids=lambda text: text[:40])
def test_a_pattern_that_some_text_makes_slow_is_refused(pattern: str, says: str) -> None:
    fault = fault_of(pattern)
    assert fault is not None
    assert says in fault.message["en"]
    assert re.search("[一-鿿]", fault.message["zh"])


@pytest.mark.parametrize("depth", [90, 3000])
def test_groups_in_groups_are_refused_and_end_nothing(depth: int, rules: Path) -> None:
    at = "/properties/application/properties/business_license/properties/uscc/then/pattern"
    _edit(rules, "business-license-required.json", at, "^" + "(" * depth + "9" + ")" * depth)
    assert "pattern" in _refused(rules)


_PIECES = [
    "a",
    "b",
    "[ab]",
    "[^a]",
    "a?",
    "[ab]*",
    "a{1,3}",
    "a{2}",
    "(a|b)",
    "(a|aa)",
    "(ab|b)",
    "(a|b|ab)",
    "((a|b)b)",
]


@settings(max_examples=500, deadline=None, derandomize=True)
@given(pieces=st.lists(st.sampled_from(_PIECES), min_size=1, max_size=12), text=st.sampled_from(["a", "b", "ab"]))
def test_a_pattern_that_passes_looks_at_no_character_more_often_than_it_is_long(pieces: list[str], text: str) -> None:
    pattern = "^" + "".join(pieces) + "$"
    if fault_of(pattern) is None:
        assert all(_steps(pattern, text * n + "!") <= len(pattern) * (len(text * n) + 1) for n in (5, 10, 40))


def _steps(pattern: str, text: str) -> int:
    """How many characters a matcher that tries one way after the other looks at."""
    seen = 0

    def look(node: Any, at: int, then: Any) -> bool:
        nonlocal seen
        kind, *rest = node
        if kind == "row":
            parts = rest[0]
            return then(at) if not parts else look(parts[0], at, lambda i: look(("row", parts[1:]), i, then))
        if kind == "any":
            return any(look(branch, at, then) for branch in rest[0])
        if kind == "times":
            inner, least, most = rest
            if most and look(inner, at, lambda i: i > at and look(("times", inner, least - 1, most - 1), i, then)):
                return True
            return least <= 0 and then(at)
        seen += 1
        return at < len(text) and re.fullmatch(rest[0], text[at]) is not None and then(at + 1)

    look(_tree(list(re.findall(r"\[[^\]]*\]|\{[^}]*\}|.", pattern[1:-1]))[::-1]), 0, lambda i: i == len(text))
    return seen


def _tree(tokens: list[str]) -> Any:
    branches: list[Any] = [[]]
    while tokens and tokens[-1] != ")":
        token = tokens.pop()
        if token == "|":
            branches.append([])
            continue
        if token == "(":
            node = _tree(tokens)
            tokens.pop()
        else:
            node = ("one", token)
        if tokens and tokens[-1][0] in "?*+{":
            least, most = {"?": (0, 1), "*": (0, 99), "+": (1, 99), "{2}": (2, 2), "{1,3}": (1, 3)}[tokens.pop()]
            node = ("times", node, least, most)
        branches[-1].append(node)
    return ("any", [("row", branch) for branch in branches])


@pytest.mark.parametrize(
    "kind", ["a pipe", "an endless device", "a folder", "a link that leads out", "links in a circle"]
)
def test_only_regular_files_of_the_folder_are_read(kind: str, rules: Path, tmp_path: Path) -> None:
    for file in (rules / "max-three-shops.json", rules / "cases/max-three-shops.json"):
        kept = file.read_bytes()
        file.unlink()
        match kind:
            case "a pipe":
                os.mkfifo(file)
            case "an endless device":
                file.symlink_to("/dev/zero")
            case "a folder":
                file.mkdir()
            case "a link that leads out":
                (tmp_path / "outside.json").write_bytes(kept)
                file.symlink_to(tmp_path / "outside.json")
            case "links in a circle":
                file.symlink_to(file.name)
        done = run_here("onboard", "rules", "test", rules)
        assert (done.returncode, done.stdout) == (2, "")
        assert file.name in done.stderr
        assert "internal" not in done.stderr
        file.rmdir() if kind == "a folder" else file.unlink()
        file.write_bytes(kept)


def test_a_link_within_the_folder_is_as_good_as_a_file(rules: Path) -> None:
    (rules / "max-three-shops.json").rename(rules / "kept")
    (rules / "max-three-shops.json").symlink_to("kept")
    assert load_ruleset(rules).digest == load_ruleset("douyin").digest


@pytest.mark.parametrize("name", ["\x1b[2J", "a\u202eb", "<img src=x>", "[x](javascript:alert(1))"])
def test_the_name_of_a_case_steers_nothing_and_is_no_tag_on_a_page(name: str, rules: Path) -> None:
    (rules / "cases/max-three-shops.json").write_text(json.dumps([{"case": name}], indent=2), encoding="utf-8")
    for command in (["test", rules], ["pages", rules, "--write", rules / "pages"]):
        done = run_here("onboard", "rules", *command)
        assert done.returncode == 2
        assert "max-three-shops.json:3:13 /0/case" in done.stderr
        assert name not in done.stdout + done.stderr


def test_cases_behind_a_link_that_leads_out_are_not_read(rules: Path, tmp_path: Path) -> None:
    (rules / "cases").rename(tmp_path / "cases")
    (rules / "cases").symlink_to(tmp_path / "cases")
    done = run_here("onboard", "rules", "test", rules)
    assert (done.returncode, done.stdout) == (2, "")
    assert "leads out of the ruleset's folder" in done.stderr


def test_a_folder_of_too_many_or_too_large_files_is_refused(rules: Path) -> None:
    (rules / "large.json").write_bytes(b"[" + b" " * (1 << 17) + b"]")
    assert "a rule file is at most 128 KiB" in _refused(rules)
    for number in range(1000):
        (rules / f"r{number}.json").touch()
    assert "more than 1000 JSON files" in _refused(rules)


def test_a_rule_of_too_many_schemas_is_refused(rules: Path) -> None:
    _edit(rules, "max-three-shops.json", "/allOf", [{"type": "object"} for _ in range(501)])
    assert "more than 500 schemas in one rule" in _refused(rules)


def test_of_many_problems_the_first_are_told_and_the_rest_counted(rules: Path) -> None:
    names = ["".join((a, b)) for a in string.ascii_lowercase for b in string.ascii_lowercase]
    _edit(rules, "max-three-shops.json", "/properties/facts", {f"x{name}": 1 for name in names})
    assert "and 576 more problems in this file" in _refused(rules)


def test_each_badly_named_mark_is_told_once(rules: Path) -> None:
    marks = {f"Mark {number}": {"en": "A mark.", "zh": "标记。"} for number in range(150)}
    _edit(rules, "ruleset.json", "/marks", marks)
    assert "and 50 more problems in this file" in _refused(rules)


def test_a_table_of_another_form_is_refused(rules: Path) -> None:
    table = rules / "cases/max-three-shops.json"
    cases = json.loads(table.read_text(encoding="utf-8"))
    cases[0]["expect"][0]["fails"] = "max-three-shops"
    table.write_text(json.dumps(cases), encoding="utf-8")
    done = run_here("onboard", "rules", "test", rules)
    assert (done.returncode, done.stdout) == (2, "")
    assert '`fails` is not of its type (write a list: `["max-three-shops"]`)' in done.stderr


_CASE: dict[str, Any] = {"case": "one", "as_of": "2024-08-05", "registry": None, "applications": [], "expect": []}
_NOTHING_FAILS = {"verdict": "pass", "fails": [], "undecided": [], "warns": [], "eligible_from": None}


@pytest.mark.parametrize(
    "table",
    [
        [{}] * 20_000,
        [1] * 20_000,
        {f"k{number}": 1 for number in range(5_000)},
        [_CASE] * 5_000,
        [{**_CASE, "registry": [1] * 20_000}],
        [{**_CASE, "loose": ["x"] * 20_000}],
        [{**_CASE, "applications": [{}] * 2_000, "expect": [_NOTHING_FAILS] * 2_000}],
        [{**_CASE, "applications": [{}], "expect": [{**_NOTHING_FAILS, "fails": ["x"] * 20_000}]}],
    ],
    ids=["no keys", "no cases", "other keys", "one name", "records", "loose", "applications", "rules"],
)
@pytest.mark.parametrize("command", [("test",), ("pages", "--write", "pages")], ids=lambda command: command[0])
def test_of_a_table_full_of_problems_the_first_are_told(
    command: tuple[str, ...], table: Any, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (rules / "cases/max-three-shops.json").write_text(json.dumps(table), encoding="utf-8")
    monkeypatch.chdir(rules)
    done = run_here("onboard", "rules", *command, rules)
    assert (done.returncode, done.stdout) == (2, "")
    *told, more = done.stderr.splitlines()
    assert len(told) == 100
    assert more.endswith("max-three-shops.json:1:1: more problems follow; the rest of the table was not read")


def test_of_many_unknown_fields_in_a_table_the_first_are_noted(rules: Path) -> None:
    table = rules / "cases/max-three-shops.json"
    cases = json.loads(table.read_text(encoding="utf-8"))
    cases[0]["applications"][0].update((f"field{number}", 1) for number in range(150))
    table.write_text(json.dumps(cases), encoding="utf-8")
    noted = [line for line in run_here("onboard", "rules", "test", rules).stdout.splitlines() if "note  " in line]
    assert len(noted) == 101
    assert noted[-1] == "note  and 50 more unknown fields"


@pytest.mark.parametrize("place", ["max-three-shops.json", "cases/max-three-shops.json", "facts.json"])
@pytest.mark.parametrize("ending", [".JSON", ".Json", ".json ", "．json", ".ｊｓｏｎ", ".js\u200bon"])
def test_a_file_whose_ending_is_spelt_otherwise_is_not_left_out_unsaid(rules: Path, place: str, ending: str) -> None:
    # A rule that is not read refuses nobody.
    whole = rules / place
    misnamed = whole.with_name(f"{whole.stem}{ending}")
    misnamed.write_bytes(whole.read_bytes() if whole.exists() else b"{}\n")
    whole.unlink(missing_ok=True)
    for command in ("test",) if "/" in place else ("lint", "test"):
        done = run_here("onboard", "rules", command, rules, "--lang", "en", cwd=ROOT)
        assert done.returncode == 2
        assert "a file whose ending is spelt otherwise would not be read (let its name end in `.json`)" in done.stderr
    if "/" not in place:
        assert misnamed.stem in _refused(rules)
