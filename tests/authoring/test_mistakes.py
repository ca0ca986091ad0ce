"""The slips of whoever writes rules, each with what it is told: place and cure, else a case or a mutant that fails."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from builders import ROOT
from in_process import run_here as run

MISTAKES = json.loads((ROOT / "tests/authoring/mistakes/mistakes.json").read_text(encoding="utf-8"))


def make(mistake: dict[str, Any], rules: Path) -> None:
    run("onboard", "rules", "new", rules, "--from", "douyin")
    path = rules / mistake["file"]
    if "removed" in mistake:
        path.unlink()
    elif "written" in mistake:
        content = {"$schema": "dialects/facts.dialect.json", **mistake["written"]}
        path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    else:
        text = path.read_text(encoding="utf-8")
        assert mistake["old"] in text
        path.write_text(text.replace(mistake["old"], mistake["new"], 1), encoding="utf-8")


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake["mistake"] for mistake in MISTAKES])
def test_a_mistake_is_told(mistake: dict[str, Any], tmp_path: Path) -> None:
    make(mistake, tmp_path / "m")
    command = ["lint"] if mistake["told_by"] == "lint" else ["test", "--fail-under", "100"]
    done = run("onboard", "rules", command[0], tmp_path / "m", *command[1:], "--lang", "en")
    told = (done.stdout + done.stderr).replace(f"{tmp_path / 'm'}/", "")
    assert mistake["says"] in told
    # A field that is none decides nothing, and a case may be about just that.
    assert done.returncode != 0 or "Unknown field" in mistake["says"]


def test_what_the_lint_says_has_a_file_and_a_line() -> None:
    said = [
        mistake["says"]
        for mistake in MISTAKES
        if mistake["told_by"] == "lint" and "unknown fact" not in mistake["says"]
    ]
    assert len(MISTAKES) >= 30
    assert [words for words in said if not re.match(r"[a-z-]+\.json:\d+:\d+", words)] == []
