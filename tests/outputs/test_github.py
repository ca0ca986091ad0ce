"""GitHub Actions: what the runner reads, within what GitHub shows."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from in_process import run_here
from npm import installed
from workflow_commands import read

TOOLKIT = "@actions/core@1.11.1"
# Each command that it reads, as GitHub's own toolkit writes it.
WRITE = """
const { issueCommand } = require("@actions/core/lib/command");
for (const [name, properties, message] of JSON.parse(require("fs").readFileSync(0, "utf-8")))
  issueCommand(name, properties, message);
"""


@pytest.mark.needs("npm")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_githubs_own_toolkit_writes_the_same_lines(show: Callable[..., str], lang: str) -> None:
    text = show("github", lang=lang)
    written = subprocess.check_output(
        ["node", "-e", WRITE], cwd=installed(TOOLKIT), input=json.dumps(read(text)), encoding="utf-8"
    )
    assert written.splitlines() == [line for line in text.splitlines() if line.startswith("::")]


def test_is_chosen_on_github_actions_alone(samples: Path) -> None:
    def first(*args: str, **env: str) -> str:
        done = run_here("onboard-check", "a/bare.json", "--as-of", "2024-08-05", *args, cwd=samples, env=env)
        return done.stdout[:8]

    assert first(GITHUB_ACTIONS="true") == "::error "
    assert first("-o", "text", GITHUB_ACTIONS="true") == "FAIL  a/"
    assert first() == "FAIL  a/"


def test_errors_come_before_warnings_before_notices(show: Callable[..., str]) -> None:
    names = [name for name, _, _ in read(show("github"))]
    assert names == sorted(names, key=["error", "warning", "notice"].index)


def test_each_file_is_among_the_first_ten_before_any_file_comes_twice(show: Callable[..., str]) -> None:
    files = [properties["file"] for name, properties, _ in read(show("github")) if name == "error"]
    assert set(files[:6]) == set(files)
    assert files[:4] == ["a/bare.json", "a/refused.json", "a/wrong fields.json", "b/waiting.json"]


def test_places_are_those_of_the_report(show: Callable[..., str]) -> None:
    (found,) = (p for _, p, text in read(show("github")) if text.startswith("9:13 ") and "impossible" not in text
                and p["title"] == "Refused: business-license-required")  # fmt: skip
    assert found == {
        "file": "a/wrong fields.json", "line": "9", "endLine": "9", "col": "13", "endColumn": "33",
        "title": "Refused: business-license-required",
    }  # fmt: skip


def test_columns_are_left_out_where_a_region_has_several_lines(show: Callable[..., str]) -> None:
    for _, properties, _ in read(show("github")):
        if properties.get("line") != properties.get("endLine", properties.get("line")):
            assert "col" not in properties


def test_says_how_many_annotations_github_hides(show: Callable[..., str]) -> None:
    text = show("github")
    errors = sum(name == "error" for name, _, _ in read(text))
    assert f"the rest ({errors - 10} error) is in this log and the summary" in text


def test_files_are_named_from_the_checkout(show: Callable[..., str], samples: Path) -> None:
    text = show("github", "refused.json", "--registry", "../registry.jsonl", code=1, cwd=samples / "a",
                env={"GITHUB_WORKSPACE": str(samples)})  # fmt: skip
    assert {properties["file"] for _, properties, _ in read(text)} == {"a/refused.json"}


def _judge(samples: Path, summary: Path) -> None:
    done = run_here("onboard-check", "a", "b", "--registry", "registry.jsonl", "--as-of", "2024-08-05", "-o",
                        "github", cwd=samples, env={"GITHUB_STEP_SUMMARY": str(summary)})  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "")


def test_summary_is_added_to_what_the_step_wrote(show: Callable[..., str], samples: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    _judge(samples, summary)
    assert summary.read_text("utf-8") == "before\n" + show("markdown")


def test_summary_stays_below_what_github_takes(samples: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("x" * (2**20 - 3000), encoding="utf-8")
    _judge(samples, summary)
    assert 2**20 - 3000 < summary.stat().st_size <= 2**20
    assert "No room for the rest" in summary.read_text("utf-8")
    full = "x" * (2**20 - 100)
    summary.write_text(full, encoding="utf-8")
    _judge(samples, summary)
    assert summary.read_text("utf-8") == full


def test_a_summary_that_cannot_be_written_is_an_error(samples: Path) -> None:
    done = run_here("onboard-check", "b/pass.json", "--registry", "registry.jsonl", "-o", "github",
                        cwd=samples, env={"GITHUB_STEP_SUMMARY": str(samples / "none" / "summary.md")})  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == f"error: {samples}/none/summary.md: no such file or directory\n"


def test_json_has_the_same_refusals(show: Callable[..., str]) -> None:
    results = json.loads(show("json"))["results"]
    wanted = {r["message"]["en"] for x in results for o in x.get("outcomes", []) for r in o["reasons"]}
    text = show("github")
    assert all(message in text for message in wanted)
