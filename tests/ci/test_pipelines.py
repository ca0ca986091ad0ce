"""The repositories in `examples/ci/`: sound to the system that each is for, and their own commands run in a copy.

Installing is left out: what is tested is what is installed. What a runner does with the reports is not run either; that
its pipeline keeps the files that are written, and that these are what it reads, is.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from builders import ROOT, application
from docs_blocks import blocks
from junitparser import JUnitXml

BIN = Path(sys.executable).parent
EXAMPLES = ROOT / "examples" / "ci"
KEPT_BY_JENKINS = re.compile(r"(?:junit|archiveArtifacts) '([^']+)'")


class Pipeline(NamedTuple):
    """Where one system's pipeline stands, which document shows it, and what it says."""

    file: str
    document: str
    schema: tuple[str, ...]
    commands: Callable[[str], list[str]]
    kept: Callable[[str], set[str]]


def _github(text: str) -> list[str]:
    return [step["run"] for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"] if "run" in step]


def _gitlab(text: str) -> list[str]:
    script: list[str] = yaml.safe_load(text)["applications"]["script"]
    return script


def _kept_by_gitlab(text: str) -> set[str]:
    artifacts: dict[str, Any] = yaml.safe_load(text)["applications"]["artifacts"]
    assert artifacts["when"] == "always"
    return {*artifacts["paths"], *artifacts["reports"].values()}


def _azure(text: str) -> list[str]:
    return [step["script"] for step in yaml.safe_load(text)["steps"] if "script" in step]


def _kept_by_azure(text: str) -> set[str]:
    steps = [step for step in yaml.safe_load(text)["steps"] if "publish" in step or "Publish" in step.get("task", "")]
    assert {step["condition"] for step in steps} == {"succeededOrFailed()"}
    return {step.get("publish") or step["inputs"]["testResultsFiles"] for step in steps}


def _jenkins(text: str) -> list[str]:
    return re.findall(r"\bsh '([^']+)'", text)


def _kept_by_jenkins(text: str) -> set[str]:
    return set(KEPT_BY_JENKINS.findall(text.partition("always {")[2]))


PIPELINES = {
    "github": Pipeline(
        ".github/workflows/applications.yml",
        "",
        ("vendor.github-workflows",),
        _github,
        lambda text: set(),
    ),
    "gitlab": Pipeline(".gitlab-ci.yml", "gitlab.md", ("vendor.gitlab-ci",), _gitlab, _kept_by_gitlab),
    "azure": Pipeline(
        "azure-pipelines.yml",
        "azure-pipelines.md",
        # As the hook of check-jsonschema itself asks.
        ("vendor.azure-pipelines", "--data-transform", "azure-pipelines", "--regex-variant", "nonunicode"),
        _azure,
        _kept_by_azure,
    ),
    "jenkins": Pipeline("Jenkinsfile", "jenkins.md", (), _jenkins, _kept_by_jenkins),
}

systems = pytest.mark.parametrize("system", PIPELINES)


def _text(system: str) -> str:
    return (EXAMPLES / system / PIPELINES[system].file).read_text(encoding="utf-8")


@pytest.fixture
def repository(system: str, tmp_path: Path) -> Path:
    """A copy of the system's example."""
    return Path(shutil.copytree(EXAMPLES / system, tmp_path / "repository"))


def run_pipeline(system: str, folder: Path) -> int:
    """Run the pipeline's commands but those that install, as a runner does: until one fails; its exit code."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ONBOARD_", "GITHUB_", "CI_"))}
    environment |= {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    environment |= {"GITHUB_ACTIONS": "true"} if system == "github" else {}
    commands = [command for command in PIPELINES[system].commands(_text(system)) if "pip install" not in command]
    assert commands
    for command in commands:
        done = subprocess.run(["sh", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True)
        assert done.stderr == ""
        if done.returncode:
            return done.returncode
    return 0


@pytest.mark.parametrize("system", [name for name, pipeline in PIPELINES.items() if pipeline.schema])
def test_a_pipeline_is_sound_by_the_schema_of_its_system(system: str) -> None:
    call = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *PIPELINES[system].schema]
    done = subprocess.run([*call, EXAMPLES / system / PIPELINES[system].file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("document", ["github.md", "github.zh-CN.md", "ci.md", "ci.zh-CN.md"])
def test_what_a_how_to_shows_of_github_is_sound_and_gives_the_action_what_it_takes(
    document: str, tmp_path: Path
) -> None:
    shown = [block.text for block in blocks((ROOT / "docs/how-to" / document).read_text("utf-8"))]
    whole, steps = [text for text in shown if "jobs:" in text], [text for text in shown if "  - uses:" in text]
    (tmp_path / "shown.yml").write_text(whole[0], encoding="utf-8")
    workflow = yaml.safe_load(whole[0])
    (job,) = workflow["jobs"].values()
    job["steps"] += [step for text in steps if text != whole[0] for step in yaml.safe_load(text)]
    (tmp_path / "with-its-steps.json").write_text(
        json.dumps({"on" if k is True else k: v for k, v in workflow.items()})
    )
    call = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*call, *tmp_path.iterdir()], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    taken = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"].keys()
    given = [step.get("with", {}) for step in job["steps"] if "/onboard-check@" in step.get("uses", "")]
    assert {name for inputs in given for name in inputs} <= taken


@systems
def test_a_pipeline_installs_what_it_runs(system: str) -> None:
    commands = PIPELINES[system].commands(_text(system))
    assert "pip install ./onboard-check" in commands[0]


@systems
def test_an_application_that_passes_is_green_and_one_that_is_refused_red(system: str, repository: Path) -> None:
    assert run_pipeline(system, repository) == 0
    refused = application({"/application_id": "A-2", "/subject/type": "individual"})
    (repository / "applications" / "refused.json").write_text(json.dumps(refused), encoding="utf-8")
    assert run_pipeline(system, repository) == 1
    (repository / "applications" / "refused.json").write_text("{", encoding="utf-8")
    assert run_pipeline(system, repository) == 2


@systems
def test_what_is_kept_is_what_was_written_also_of_a_red_run(system: str, repository: Path) -> None:
    before = {path.name for path in repository.iterdir()}
    refused = application({"/application_id": "A-2", "/subject/type": "individual"})
    (repository / "applications" / "refused.json").write_text(json.dumps(refused), encoding="utf-8")
    assert run_pipeline(system, repository) == 1
    written = {path.name for path in repository.iterdir()} - before
    assert written == PIPELINES[system].kept(_text(system))
    if "junit.xml" in written:
        suites = JUnitXml.fromfile(str(repository / "junit.xml"))
        assert {suite.name for suite in suites} == {"applications/new-company.json", "applications/refused.json"}
        assert sum(suite.failures for suite in suites) > 0
    if "gl-code-quality-report.json" in written:
        findings = json.loads((repository / "gl-code-quality-report.json").read_text("utf-8"))
        assert {found["location"]["path"] for found in findings} == {"applications/refused.json"}


@pytest.mark.parametrize("suffix", [".md", ".zh-CN.md"])
@pytest.mark.parametrize("system", [name for name, pipeline in PIPELINES.items() if pipeline.document])
def test_the_how_to_shows_the_example_and_its_settings(system: str, suffix: str) -> None:
    document = PIPELINES[system].document.replace(".md", suffix)
    shown = {block.text for block in blocks((ROOT / "docs/how-to" / document).read_text("utf-8"))}
    settings = (EXAMPLES / system / "onboard-check.toml").read_text("utf-8").partition("\n")[2]
    assert {_text(system), settings} <= shown
