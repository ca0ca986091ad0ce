"""The GitHub Action: its shell steps, run as a runner runs them, on a pull request that means harm."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from builders import ROOT, application, ban

REQUIREMENTS = ROOT / "action-requirements.txt"
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

# Modules that the steps, pip, or onboard-check might import, and programs that they might run.
MODULES = (
    *("secrets", "json", "venv", "pip", "ensurepip", "runpy", "tempfile", "sitecustomize", "usercustomize", "tomllib"),
    *("onboarding", "click", "msgspec", "jsonschema", "jsonschema_rs", "stdnum", "pathspec", "wcwidth", "hatchling"),
)
PROGRAMS = ("python", "python3", "pip", "onboard-check", "mktemp", "grep", "git", "lsb_release")

# What a settings file can say to make a refusal green, and the inputs that it would not have to beat.
GREEN = {
    "refusals count for nothing": ("exit-zero = true", {}),
    "nothing to judge is no error": ('exclude = ["*"]\nallow-empty = true', {}),
    "other rules": ('ruleset = "lenient"', {}),
    "another registry": ('registry = "empty.jsonl"', {"registry": ""}),
    "a day before the ban": ('as-of = "2024-02-01"', {"as-of": ""}),
}


class Job:
    """One job of a runner: the files and folders that it gives to a step, and what the steps wrote."""

    def __init__(self, place: Path, workspace: Path) -> None:
        self.workspace, self.temp = workspace, place / "temp"
        self.temp.mkdir(parents=True)
        self.steps: dict[str, dict[str, str]] = {"python": {"python-path": sys.executable}}
        self.env: dict[str, str] = {}  # what the workflow gives to the whole job
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
        environment |= self.env | {key: fill(value) for key, value in step.get("env", {}).items()}
        environment |= {"RUNNER_TEMP": str(self.temp), "GITHUB_OUTPUT": str(written), "GITHUB_ACTIONS": "true"}
        environment |= {"GITHUB_STEP_SUMMARY": str(self.summary), "GITHUB_WORKSPACE": str(self.workspace)}
        environment |= {"LC_ALL": "C.UTF-8"}
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


def set_traps(checkout: Path) -> dict[str, str]:
    """Put hostile modules, programs and settings into a checkout; the environment of a job that points at them."""
    trap = "import pathlib; pathlib.Path(__file__).with_name('pwned').touch()\n"
    for name in MODULES:
        (checkout / f"{name}.py").write_text(trap, encoding="utf-8")
    (checkout / "bin").mkdir()
    for name in PROGRAMS:
        program = checkout / "bin" / name
        program.write_text(f"#!/bin/sh\ntouch '{checkout}/pwned'\n", encoding="utf-8")
        program.chmod(0o755)
    for name in ("pip.conf", "setup.cfg", ".pydistutils.cfg"):
        (checkout / name).write_text(f"[install]\ntarget = {checkout}/pwned\n", encoding="utf-8")
    (checkout / "constraints.txt").write_text("click==0.1\n", encoding="utf-8")
    return {
        "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(checkout),
        "PYTHONHOME": str(checkout),
        "PYTHONSTARTUP": str(checkout / "json.py"),
        "PIP_CONFIG_FILE": str(checkout / "pip.conf"),
        "PIP_CONSTRAINT": str(checkout / "constraints.txt"),
        "PIP_TARGET": str(checkout / "pwned"),
    }


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, from_wheels: dict[str, str]) -> Job:
    """The job after the step `Install` in a checkout full of traps; slow to make, so once for all."""
    place = tmp_path_factory.mktemp("install")
    (place / "checkout").mkdir()
    job = Job(place, place / "checkout")
    job.env = set_traps(job.workspace) | from_wheels
    done = job.run("install", {})
    assert done.returncode == 0, done.stderr
    return job


@pytest.fixture
def bin_folder(installed: Job) -> str:
    """Where the programs lie that the step `Install` installs."""
    return installed.steps["install"]["bin"]


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


@pytest.fixture
def refused(job: Job) -> Job:
    """A job whose checkout holds one sound application, `one/a.json`, of a subject that `banned.jsonl` bans."""
    (job.workspace / "one").mkdir()
    (job.workspace / "one" / "a.json").write_text(json.dumps(application()), encoding="utf-8")
    (job.workspace / "banned.jsonl").write_text(json.dumps(ban(on="2024-03-01")), encoding="utf-8")
    return job


BANNED = {"paths": "one", "registry": "banned.jsonl", "as-of": "2024-08-05"}


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


def test_other_actions_are_pinned_by_commit_and_say_their_version() -> None:
    used = re.findall(r"uses: *(.*)", (ROOT / "action.yml").read_text(encoding="utf-8"))
    assert len(used) == sum("uses" in step for step in STEPS.values())
    assert [line for line in used if not re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_installing_runs_and_reads_nothing_of_the_checkout(installed: Job) -> None:
    assert unharmed(installed)
    assert Path(installed.steps["install"]["bin"]).is_relative_to(installed.temp)


def test_checking_runs_nothing_of_the_checkout(refused: Job) -> None:
    refused.env = set_traps(refused.workspace)
    done = refused.run("check", BANNED)
    assert done.returncode == 0, done.stderr
    assert unharmed(refused)
    assert refused.steps["check"]["exit-code"] == "1"
    assert refused.steps["check"]["fail"] == "1"
    assert refused.run("Verdict", {}).returncode == 1


@pytest.mark.parametrize(("settings", "inputs"), GREEN.values(), ids=GREEN)
@pytest.mark.parametrize("file", ["onboard-check.toml", "pyproject.toml"])
def test_settings_in_the_checkout_turn_no_refusal_green(
    refused: Job, file: str, settings: str, inputs: dict[str, str]
) -> None:
    shutil.copytree(ROOT / "schemas" / "douyin", refused.workspace / "lenient")
    (refused.workspace / "lenient" / "permanent-ban.json").unlink()
    table = "[tool.onboard-check]\n" if file == "pyproject.toml" else ""
    (refused.workspace / file).write_text(table + settings, encoding="utf-8")
    done = refused.run("check", BANNED | inputs)
    assert done.returncode == 0, done.stderr
    assert refused.steps["check"]["pass"] == "0"
    assert refused.steps["check"]["exit-code"] in ("1", "3")


@pytest.mark.parametrize("settings", ["exit-zero = true", 'exclude = ["*"]\nallow-empty = true'])
def test_not_even_a_settings_file_that_the_job_names_is_green_where_it_should_be_red(
    refused: Job, settings: str
) -> None:
    (refused.workspace / "ours.toml").write_text(settings, encoding="utf-8")
    refused.run("check", BANNED | {"config": "ours.toml"})
    assert refused.steps["check"]["exit-code"] in ("1", "2")


@pytest.mark.parametrize(("inputs", "env"), [({"args": "--exit-zero"}, {}), ({}, {"ONBOARD_EXIT_ZERO": "1"})])
def test_that_refusals_stop_nothing_is_for_the_job_to_say(
    refused: Job, inputs: dict[str, str], env: dict[str, str]
) -> None:
    refused.env = env
    refused.run("check", BANNED | inputs)
    assert refused.steps["check"]["fail"] == "1"
    assert refused.steps["check"]["exit-code"] == "0"


@pytest.mark.parametrize("argument", ["--help", "--version", "--show-config"])
def test_where_nothing_was_judged_it_is_not_green(refused: Job, argument: str) -> None:
    refused.run("check", BANNED | {"args": argument})
    assert refused.steps["check"] == {"exit-code": "2"}


def test_what_is_installed_with_hashes_is_what_the_list_pins(tmp_path: Path, from_wheels: dict[str, str]) -> None:
    listed = dict(
        re.findall(r"^([\w-]+)==([\w.]+)(?![^\\]*win32)", REQUIREMENTS.read_text(encoding="utf-8"), re.MULTILINE)
    )
    job = Job(tmp_path, tmp_path)
    job.env = from_wheels
    done = job.run("install", {"require-hashes": "true"})
    assert done.returncode == 0, done.stderr
    installed = Path(job.steps["install"]["bin"]) / "python"
    pip = [sys.executable, "-I", "-m", "pip", "--python", installed, "--disable-pip-version-check"]
    assert subprocess.run([*pip, "check"], capture_output=True).returncode == 0
    # Whoever runs the tests may have asked pip to be quiet.
    loud = {name: value for name, value in os.environ.items() if name != "PIP_QUIET"}
    shown = subprocess.run([*pip, "list", "--format=json"], capture_output=True, text=True, check=True, env=loud)
    found = {package["name"].replace("_", "-").lower(): package["version"] for package in json.loads(shown.stdout)}
    assert listed.items() <= found.items()
    assert found.keys() - listed.keys() <= {"onboard-check"}


def test_a_misspelt_wish_for_hashes_installs_nothing(tmp_path: Path) -> None:
    done = Job(tmp_path, tmp_path).run("install", {"require-hashes": "True"})
    assert done.returncode == 2
    assert "require-hashes" in done.stderr


@pytest.mark.parametrize("wish", ["True", "TRUE", "yes", " true"])
def test_a_misspelt_wish_for_an_upload_is_not_taken_for_none(refused: Job, wish: str) -> None:
    done = refused.run("check", BANNED | {"upload-sarif": wish})
    assert (done.returncode, refused.steps["check"]) == (2, {})
    assert "upload-sarif" in done.stderr


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


def test_a_settings_file_that_the_job_names_counts(job: Job) -> None:
    settings = 'paths = ["apps"]\nexclude = ["*", "!-o.json"]\nas-of = "2024-08-05"\nregistry = "empty.jsonl"\n'
    (job.workspace / "ours.toml").write_text(settings, encoding="utf-8")
    done = job.run("check", {"config": "ours.toml"})
    assert done.returncode == 0, done.stderr
    assert job.steps["check"]["pass"] == "1"
    assert "sarif-file" not in job.steps["check"]


def test_a_path_that_looks_like_an_option_is_a_path(job: Job) -> None:
    (job.workspace / "--exit-zero").mkdir()
    (job.workspace / "--exit-zero" / "a.json").write_text(json.dumps(application()), encoding="utf-8")
    job.run("check", {"paths": "--exit-zero", "as-of": "2024-08-05"})
    assert job.steps["check"]["exit-code"] == "3"


@pytest.mark.parametrize("folder", [".", "one"])
@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("name", ["out/results.sarif", "out/deeper/../results.sarif", "results.sarif"])
def test_a_link_in_the_checkout_leads_no_report_elsewhere(refused: Job, name: str, absolute: bool, folder: str) -> None:
    elsewhere = refused.temp / "elsewhere"
    (elsewhere / "deeper").mkdir(parents=True)
    (elsewhere / "results.sarif").write_text("ours", encoding="utf-8")
    (refused.workspace / "out").symlink_to(elsewhere)
    (refused.workspace / "results.sarif").symlink_to(elsewhere / "results.sarif")
    path = f"{refused.workspace}/{name}" if absolute else f"{os.path.relpath('.', folder)}/{name}"
    asked = {"paths": f"{refused.workspace}/one", "registry": f"{refused.workspace}/banned.jsonl"}
    done = refused.run("check", BANNED | asked | {"sarif-file": path, "working-directory": folder})
    assert [file.name for file in elsewhere.iterdir() if file.is_file()] == ["results.sarif"]
    assert (elsewhere / "results.sarif").read_text(encoding="utf-8") == "ours"
    if name.startswith("out/"):
        assert (done.returncode, refused.steps["check"]) == (2, {})
    else:
        assert refused.steps["check"]["exit-code"] == "1"


# The checkout may itself be reached by a link, as on runners of one's own; `{…}` are its names.
NAMES = [
    "reports",
    "{given}/reports",
    "{real}/reports",
    "/{given}/reports",
    "/{real}/./reports",
    "{real}/one/../reports",
]


@pytest.fixture
def linked(refused: Job) -> tuple[Job, dict[str, Path]]:
    """A job whose workspace is a link to its checkout, and the names of that."""
    real = refused.workspace
    (real / "reports").mkdir()
    refused.workspace = real.with_name("linked")
    refused.workspace.symlink_to(real)
    return refused, {"given": refused.workspace, "real": real}


@pytest.mark.parametrize("name", NAMES)
def test_a_link_to_the_checkout_is_none_of_it(linked: tuple[Job, dict[str, Path]], name: str) -> None:
    job, names = linked
    done = job.run("check", BANNED | {"sarif-file": name.format(**names) + "/results.sarif"})
    assert (done.returncode, done.stderr, job.steps["check"]["exit-code"]) == (0, "", "1")
    assert (job.workspace / "reports/results.sarif").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_a_link_in_the_checkout_is_followed_by_none_of_its_names(
    linked: tuple[Job, dict[str, Path]], name: str
) -> None:
    job, names = linked
    (job.temp / "elsewhere").mkdir()
    (job.workspace / "reports").rmdir()
    (job.workspace / "reports").symlink_to(job.temp / "elsewhere")
    done = job.run("check", BANNED | {"sarif-file": name.format(**names) + "/results.sarif"})
    assert (done.returncode, job.steps["check"]) == (2, {})
    assert list((job.temp / "elsewhere").iterdir()) == []


def test_a_link_of_the_checkout_to_work_in_has_no_report_written_behind_it(refused: Job) -> None:
    (refused.workspace / "inside").symlink_to(refused.temp)
    asked = {"paths": f"{refused.workspace}/one", "registry": f"{refused.workspace}/banned.jsonl"}
    for path in ("results.sarif", f"{refused.workspace}/inside/results.sarif"):
        done = refused.run("check", BANNED | asked | {"sarif-file": path, "working-directory": "inside"})
        assert (done.returncode, refused.steps["check"]) == (2, {})
    assert not (refused.temp / "results.sarif").exists()


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_report_lies_where_the_job_says(refused: Job, elsewhere: bool) -> None:
    (refused.workspace / "reports").mkdir()
    path = f"{refused.temp}/results.sarif" if elsewhere else "reports/results.sarif"
    done = refused.run("check", BANNED | {"sarif-file": path})
    assert done.returncode == 0, done.stderr
    assert (refused.workspace / path).is_file()
