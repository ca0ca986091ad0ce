"""What the commands for rules say, they say in the language asked for; what programs read stays as it is."""

import re
import shutil
from pathlib import Path

import pytest
from builders import ROOT
from in_process import run_here

CHINESE = re.compile("[一-鿿]")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A copy of `douyin` that allows one shop more."""
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "schemas/douyin", folder)
    file = folder / "max-three-shops.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"maximum": 3', '"maximum": 4'), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ("explain", "max-three-shops"),
        ("rules", "show", "max-three-shops"),
        ("rules", "list"),
        ("rules", "lint", "douyin"),
        ("rules", "test", "tmall-2019"),
        ("rules", "diff", "douyin", "RULES"),
        ("rules", "diff", "douyin", "douyin"),
        ("rules", "pages", "RULES", "--write", "RULES/pages", "--check"),
    ],
    ids=" ".join,
)
def test_a_command_speaks_the_language_asked_for(command: tuple[str, ...], rules: Path) -> None:
    given = [part.replace("RULES", str(rules)) for part in command]
    said = {lang: run_here("onboard", *given, "--lang", lang, cwd=ROOT).stdout for lang in ("en", "zh")}
    # What a rule file quotes, names and paths are the same in both.
    lines = [line for line in said["zh"].split("```")[0].splitlines() if re.search("[a-z]{3} [a-z]{3}", line)]
    assert [line for line in lines if not CHINESE.search(line)] == []
    assert said["en"] != said["zh"]
    assert CHINESE.search(said["zh"])


def test_a_problem_of_a_rule_file_is_told_in_chinese(rules: Path) -> None:
    file = rules / "max-three-shops.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"maximum"', '"maxmum"'), encoding="utf-8")
    shown = run_here("onboard", "rules", "lint", str(rules), "--lang", "zh", cwd=ROOT).stdout
    assert "未知的关键字 `maxmum`（是否想写 `maximum`？）" in shown
    assert "文件：11，问题：1" in shown


@pytest.mark.parametrize("command", [("test", "RULES"), ("diff", "douyin", "RULES")], ids=" ".join)
def test_what_programs_read_is_the_same_in_every_language(command: tuple[str, ...], rules: Path) -> None:
    given = [part.replace("RULES", str(rules)) for part in command]
    both = [
        run_here("onboard", "rules", *given, "-o", "json", "--lang", lang, cwd=ROOT).stdout for lang in ("en", "zh")
    ]
    assert both[0] == both[1]
