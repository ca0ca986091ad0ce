"""The GitHub Action: its shell steps, run as a runner runs them, on a pull request that means harm."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from builders import ROOT, application

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step.get("id", step.get("name", "")): step for step in ACTION["runs"]["steps"]}
SCRIPTS = [step for step in ACTION["runs"]["steps"] if "run" in step]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
OUTPUTS = {"pass", "fail", "undecided", "invalid", "exit-code", "sarif-file"}

# Each would leave a file named `pwned` if anything of it were run.
HOSTILE = (
    "a;touch pwned;.json",
    "$(touch pwned).json",
    "`touch pwned`.json",
    "' && touch pwned && '.json",
    "new\nline.json",
    "::error::x.json",
    "\n::error::x.json",
    "\n::set-output name=exit-code::0\n.json",
    "\nexit-code=0\n.json",
    "##[add-mask]x.json",
    "\x1b[31mred\x1b[0m.json",
    "--exit-zero.json",
    "-o.json",
    "${{ github.token }}.json",
    "%0A::error::x.json",
    "\u202egnp.json",
)


class Job:
    """One job of a runner: the files and folders that it gives to a step, and what the steps wrote."""

    def __init__(self, place: Path, workspace: Path) -> None:
        self.workspace, self.temp = workspace, place / "temp"
        self.temp.mkdir(parents=True)
        self.steps: dict[str, dict[str, str]] = {"python": {"python-path": sys.executable}}
        self.summary = place / "summary.md"

    def run(self, name: str, inputs: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a step's script in bash, as runners do, with its environment filled in."""
        step = STEPS[name]
        context = {f"inputs.{key}": str(about.get("default", "")) for key, about in ACTION["inputs"].items()}
        context |= {f"inputs.{key}": value for key, value in inputs.items()}
        context |= {f"steps.{s}.outputs.{k}": v for s, outputs in self.steps.items() for k, v in outputs.items()}
        context |= {"github.action_path": str(ROOT)}
        fill = lambda text: EXPRESSION.sub(lambda match: context.get(match[1], ""), text)  # noqa: E731
        written = self.temp / f"{name}.output"
        written.touch()
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("ONBOARD_", "GITHUB_", "INPUT_"))}
        environment |= {key: fill(value) for key, value in step.get("env", {}).items()}
        environment |= {"RUNNER_TEMP": str(self.temp), "GITHUB_OUTPUT": str(written), "GITHUB_ACTIONS": "true"}
        environment |= {"GITHUB_STEP_SUMMARY": str(self.summary), "LC_ALL": "C.UTF-8"}
        script = self.temp / f"{name}.sh"
        script.write_text(step["run"], encoding="utf-8")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace / fill(step.get("working-directory", ".")),
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.steps[name] = outputs_of(written)
        return done


def outputs_of(written: Path) -> dict[str, str]:
    """The outputs in a GITHUB_OUTPUT file, which must all be of the plain kind and there once."""
    pairs = [line.split("=", 1) for line in written.read_text(encoding="utf-8").splitlines()]
    assert all(len(pair) == 2 for pair in pairs)
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)  # type: ignore[arg-type]


def commands(log: str) -> list[str]:
    """The lines of a log that a runner takes for commands: what stands between a stop and its word is none."""
    found, word = [], None
    for line in log.splitlines():
        text = line.lstrip()
        if word is not None:
            word = None if text == f"::{word}::" else word
        elif text.startswith("::stop-commands::"):
            word = text.removeprefix("::stop-commands::")
        elif text.startswith("::") or "##[" in line:
            found.append(text)
    assert word is None
    return found


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The programs that the step `Install` installs; its own environment is the slow part, so once for all."""
    job = Job(tmp_path_factory.mktemp("install"), ROOT)
    done = job.run("install", {})
    assert done.returncode == 0, done.stderr
    return job.steps["install"]["bin"]


@pytest.fixture
def job(tmp_path: Path, bin_folder: str) -> Job:
    """A job whose checkout holds files with hostile names: every second one is refused, one is no JSON."""
    workspace = tmp_path / "work space"
    (workspace / "apps").mkdir(parents=True)
    for number, name in enumerate(HOSTILE):
        made = application({"/application_id": f"A-{number}", "/shop/name": name, "/brands/0/name": f"{name} {number}"})
        if number % 2:
            made["subject"] = {"type": "individual", "name": name}
        (workspace / "apps" / name).write_text(json.dumps(made), encoding="utf-8")
    (workspace / "apps" / "z\n::error::no json.json").write_text("\x1b[31m::error::", encoding="utf-8")
    (workspace / "empty.jsonl").touch()
    made = Job(tmp_path, workspace)
    made.steps["install"] = {"bin": bin_folder}
    return made


def unharmed(job: Job) -> bool:
    return not [path for path in job.workspace.parent.rglob("*") if path.name == "pwned"]


def test_scripts_get_what_others_choose_through_the_environment_alone() -> None:
    for step in SCRIPTS:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_every_input_is_described_and_used_and_every_output_comes_from_a_step() -> None:
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text(encoding="utf-8")))
    assert used == set(ACTION["inputs"])
    assert all(about["description"] for about in (*ACTION["inputs"].values(), *ACTION["outputs"].values()))
    assert {name: about["value"] for name, about in ACTION["outputs"].items()} == {
        name: f"${{{{ steps.check.outputs.{name} }}}}" for name in OUTPUTS
    }


def test_other_actions_are_pinned() -> None:
    for step in STEPS.values():
        assert "uses" not in step or re.fullmatch(r"[\w-]+/[\w/-]+@(v\d+|[0-9a-f]{40})", step["uses"])


def test_a_hostile_pull_request_is_judged_and_nothing_of_it_is_run(job: Job) -> None:
    inputs = {"paths": "apps\n", "registry": "empty.jsonl", "as-of": "2024-08-05", "sarif-file": "out dir.sarif"}
    done = job.run("check", inputs | {"args": "--independent"})
    assert done.returncode == 0, done.stderr
    refused = len(HOSTILE) // 2
    assert job.steps["check"] == {
        "exit-code": "2",
        "pass": str(len(HOSTILE) - refused),
        "fail": str(refused),
        "undecided": "0",
        "invalid": "1",
        "sarif-file": "out dir.sarif",
    }
    assert unharmed(job)
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
    annotations = commands(done.stdout)
    assert len(annotations) >= refused + 1
    assert all(re.match(r"::(error|warning|notice) [^:]*::", line) for line in annotations)
    assert "\x1b" not in job.summary.read_text(encoding="utf-8")
    sarif = json.loads((job.workspace / "out dir.sarif").read_text(encoding="utf-8"))
    assert sarif["version"] == "2.1.0"
    verdict = job.run("Verdict", inputs)
    assert verdict.returncode == 2


@pytest.mark.parametrize("key", ["paths", "registry", "ruleset", "as-of", "lang", "exclude", "config", "args"])
@pytest.mark.parametrize("text", ["'$(touch pwned)`touch pwned`'; touch pwned", "a\n$(touch pwned)\n-x\n::error::x"])
def test_a_hostile_input_is_data(job: Job, key: str, text: str) -> None:
    done = job.run("check", {"paths": "apps", key: text})
    assert unharmed(job)
    assert done.returncode == 0, done.stderr
    assert set(job.steps["check"]) <= OUTPUTS
    # Nothing here passes as a whole: whatever the input does, the verdict stays a failure.
    assert job.run("Verdict", {}).returncode == 2
    assert not [c for c in commands(done.stdout) if not re.match(r"::(error|warning|notice) ", c)]


def test_a_file_name_of_several_lines_cannot_forge_an_output(job: Job) -> None:
    done = job.run("check", {"paths": "apps", "sarif-file": "x\nexit-code=0"})
    assert done.returncode == 2
    assert job.steps["check"] == {}
    assert job.run("Verdict", {}).returncode != 0


def test_what_all_pass_is_green_and_what_is_excluded_is_not_judged(job: Job) -> None:
    (job.workspace / "good ones").mkdir()
    (job.workspace / "good ones" / "a b.json").write_text(json.dumps(application()), encoding="utf-8")
    inputs = {"paths": "good ones\r\napps\r\n", "exclude": "*\n!a b.json", "registry": "empty.jsonl"}
    done = job.run("check", inputs | {"as-of": "2024-08-05", "upload-sarif": "true", "args": "--independent\n--quiet"})
    assert done.returncode == 0, done.stderr
    outputs = job.steps["check"]
    assert (outputs["pass"], outputs["fail"], outputs["invalid"], outputs["exit-code"]) == ("1", "0", "0", "0")
    assert Path(outputs["sarif-file"]).is_relative_to(job.temp)
    assert job.run("Verdict", {}).returncode == 0


def test_empty_inputs_leave_the_settings_file_in_force(job: Job) -> None:
    settings = 'paths = ["apps"]\nexclude = ["*", "!-o.json"]\nas-of = "2024-08-05"\nregistry = "empty.jsonl"\n'
    (job.workspace / "onboard-check.toml").write_text(settings, encoding="utf-8")
    done = job.run("check", {})
    assert done.returncode == 0, done.stderr
    assert job.steps["check"]["pass"] == "1"
    assert "sarif-file" not in job.steps["check"]


def test_a_path_that_looks_like_an_option_is_a_path(job: Job) -> None:
    (job.workspace / "--exit-zero").mkdir()
    (job.workspace / "--exit-zero" / "a.json").write_text(json.dumps(application()), encoding="utf-8")
    job.run("check", {"paths": "--exit-zero", "as-of": "2024-08-05"})
    assert job.steps["check"]["exit-code"] == "3"
