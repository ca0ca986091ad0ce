"""The generated reference: one page a rule, in both languages, from its file and its cases, and never stale."""

import shutil
from pathlib import Path

import pytest
from builders import ROOT
from in_process import run_here as run

from onboarding import load_ruleset
from onboarding.authoring.pages import rule_page, rule_pages
from onboarding.rules.loading import shipped_rulesets

MARKS = {"en": ("**holds**", "**fails**", "**warns**"), "zh": ("**符合**", "**不符合**", "**提醒**")}
PAGES = ROOT / "docs/reference/rules"


@pytest.mark.parametrize("name", shipped_rulesets())
def test_the_pages_in_the_documentation_are_up_to_date(name: str) -> None:
    """Otherwise: onboard rules pages NAME --write docs/reference/rules/NAME."""
    done = run("onboard", "rules", "pages", name, "--write", PAGES / name, "--check")
    assert (done.returncode, done.stdout) == (0, "")


def test_every_shipped_ruleset_has_pages_and_no_other() -> None:
    assert sorted(path.name for path in PAGES.iterdir()) == shipped_rulesets()


@pytest.mark.parametrize("name", shipped_rulesets())
def test_a_page_says_what_why_how_much_by_example_and_the_way_out(name: str) -> None:
    pages = rule_pages(name)
    assert set(pages) == {f"{rule.id}.md" for rule in load_ruleset(name).rules}
    for rule in load_ruleset(name).rules:
        page = pages[f"{rule.id}.md"]
        for lang, colon, holds, fails in (
            ("en", ": ", "**holds**", ("**fails**", "**warns**")),
            ("zh", "：", "**符合**", ("**不符合**", "**提醒**")),
        ):
            said = rule_page(name, rule.id, "en" if lang == "en" else "zh")
            assert rule.title[lang] in said
            assert rule.remedy[lang] in said
            assert all(f"- {clause}{colon}" in said for clause in rule.clause.split(", "))
            assert holds in said
            assert any(word in said for word in fails)
            # The page of the documentation holds both languages, and the file once.
            assert said.partition("\n## The file" if lang == "en" else "\n## 规则文件")[0] in page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_command_line_shows_the_page(lang: str) -> None:
    shown = run("onboard", "rules", "show", "six-month-reentry", "--lang", lang).stdout
    assert shown == rule_page("douyin", "six-month-reentry", "en" if lang == "en" else "zh")


def test_a_page_follows_the_number_and_a_stale_one_is_named(tmp_path: Path) -> None:
    rules, pages = tmp_path / "rules", tmp_path / "pages"
    shutil.copytree(ROOT / "schemas/douyin", rules)
    shutil.rmtree(rules / "cases")
    command = ("onboard", "rules", "pages", rules, "--write", pages)
    assert run(*command).returncode == 0
    assert run(*command, "--check").returncode == 0
    file = rules / "max-three-shops.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"maximum": 3', '"maximum": 4'), encoding="utf-8")
    shutil.copy(pages / "brand-evidence.md", pages / "left-over.md")
    stale = run(*command, "--check")
    assert stale.returncode == 1
    assert [Path(line).name for line in stale.stdout.splitlines()] == ["left-over.md", "max-three-shops.md"]
    assert run(*command).returncode == 0
    assert "at most 4" in (pages / "max-three-shops.md").read_text(encoding="utf-8")
    assert not (pages / "left-over.md").exists()


def test_each_edition_has_its_own_part_of_the_page(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "schemas/douyin", rules)
    first = (rules / "max-three-shops.json").read_text(encoding="utf-8")
    term = '"clause": "P6",\n    "effective_{}": "2026-12-01",'
    (rules / "max-three-shops.json").write_text(first.replace('"clause": "P6",', term.format("until")), "utf-8")
    second = first.replace('"clause": "P6",', term.format("from")).replace('three-shops"', 'three-shops:2026"')
    (rules / "max-three-shops.2026.json").write_text(second.replace('"maximum": 3', '"maximum": 4'), "utf-8")
    page = rule_page(rules, "max-three-shops", "en")
    assert "# max-three-shops: Number" in page
    assert "In force until the day before 2026-12-01." in page
    assert "# max-three-shops.2026: Number" in page
    assert "In force from 2026-12-01." in page
    assert page.index("at most 3") < page.index("at most 4")


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "brand-evidence.md"])
def test_files_that_are_no_pages_are_neither_overwritten_nor_removed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("# Ours\n", encoding="utf-8")
    done = run("onboard", "rules", "pages", "douyin", "--write", tmp_path)
    assert done.returncode == 2
    assert f"{name}: not written by `onboard rules pages` (give the pages a folder of their own)" in done.stderr
    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [(name, "# Ours\n")]


def test_a_case_that_does_not_hold_or_is_only_proposed_is_no_example(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "schemas/douyin", rules)
    rule = rules / "max-three-shops.json"
    rule.write_text(rule.read_text(encoding="utf-8").replace('"maximum": 3', '"maximum": 4'), encoding="utf-8")
    assert "a fourth shop is refused" not in rule_page(rules, "max-three-shops", "en")
    table = rules / "cases/max-three-shops.json"
    cases = table.read_text(encoding="utf-8")
    assert "a third shop passes" in rule_page(rules, "max-three-shops", "en")
    table.write_text(cases.replace('"case": "a third', '"proposed": true,\n  "case": "a third'), encoding="utf-8")
    assert "a third shop passes" not in rule_page(rules, "max-three-shops", "en")
