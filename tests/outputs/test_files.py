"""Reports as files: none overwrites what is read or another report, each is whole or not there at all."""

import json
import os
import resource
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import builders
import pytest
from in_process import run_here

from onboarding.outputs.files import whole_file

# By what would be lost: the arguments, in a folder as `folder` makes it.
DESTRUCTIVE = {
    "an application": ("application.json", "-o", "json=application.json"),
    "an application, spelt otherwise": ("application.json", "-o", "json=./applications/../application.json"),
    "an application, by a link": ("application.json", "-o", "json=link.json"),
    "an application, by a hard link": ("application.json", "-o", "json=hard-link.json"),
    "an application in a folder": ("applications", "-o", "json=applications/a.json"),
    "the registry": ("application.json", "--registry", "registry.jsonl", "-o", "json=registry.jsonl"),
    "a database": ("application.json", "--registry", "sqlite:///registry.db", "-o", "json=registry.db"),
    "the journal of a database": ("application.json", "--registry", "registry.db", "-o", "json=registry.db-wal"),
    "the journal beside what a link leads to": (
        *("application.json", "--registry", "link.db", "-o", "json=registry.db-wal"),
    ),
    "what standard input is said to be": ("-", "--stdin-filename", "application.json", "-o", "json=application.json"),
    "the settings file": ("application.json", "-o", "json=onboard-check.toml"),
    "a rule file": ("application.json", "--ruleset", "rules", "-o", "json=rules/max-three-shops.json"),
    "another report": ("application.json", "-o", "json=report", "-o", "junit=report"),
    "another report, spelt otherwise": ("application.json", "-o", "json=report", "-o", "junit=./report"),
    "another report, on a disk that knows no capitals": (
        *("application.json", "-o", "json=report", "-o", "junit=Report"),
    ),
}


OTHERS = {
    "an audit, a rule file": "registry audit --registry registry.db --ruleset rules -o csv=rules/max-three-shops.json",
    "an audit, a registry whose name looks like a password": "registry audit --registry u:x@y.db -o json=u:x@y.db",
    "an audit, the settings file": "registry audit --registry registry.db -o json=onboard-check.toml",
    "an impact, the settings file": "rules impact rules rules --registry registry.db -o json=onboard-check.toml",
    "a screening, the settings file": "screen application.json -o out.jsonl --summary onboard-check.toml --workers 1",
    "a log, the registry": "serve --port 0 --registry registry.db --evaluation-log registry.db",
    "a log, the tokens": "serve --port 0 --registry registry.db --tokens t.json --evaluation-log ./t.json",
    "a log, a proposed rule file": "serve --port 0 --registry registry.db --proposed-rules ."
    " --evaluation-log rules/max-three-shops.json",
    "a log, a rule file": "serve --port 0 --registry registry.db --ruleset rules"
    " --evaluation-log rules/max-three-shops.json",
}
# What replaces a file of somebody's, by what stands there before.
REPLACING = {
    "new --force": ("onboard new --template --force application.json", "application.json"),
    "lint --fix": ("onboard rules lint --fix rules", "rules/max-three-shops.json"),
    "a report": ("onboard-check application.json -o json=report.json", "report.json"),
    "a token": ("onboard token create li --role staff --tokens tokens.json", "tokens.json"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with something of each kind to lose."""
    (tmp_path / "applications").mkdir()
    for name in ("application.json", "applications/a.json"):
        (tmp_path / name).write_text(json.dumps(builders.application()), "utf-8")
    (tmp_path / "link.json").symlink_to("application.json")
    (tmp_path / "hard-link.json").hardlink_to(tmp_path / "application.json")
    (tmp_path / "link.db").symlink_to("registry.db")
    (tmp_path / "registry.jsonl").write_text(json.dumps(builders.shop()) + "\n", "utf-8")
    (tmp_path / "onboard-check.toml").write_text('as-of = "2024-08-05"\n', "utf-8")
    rules = tmp_path / "rules"
    rules.mkdir()
    for file in (builders.ROOT / "schemas/douyin").glob("*.json"):
        (rules / file.name).write_bytes(file.read_bytes())
    assert run_here("onboard", "registry", "import", "registry.jsonl", "registry.db", cwd=tmp_path).returncode == 0
    (tmp_path / "u:x@y.db").write_bytes((tmp_path / "registry.db").read_bytes())
    return tmp_path


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("args", DESTRUCTIVE.values(), ids=DESTRUCTIVE.keys())
def test_a_report_overwrites_nothing_that_counts(folder: Path, args: tuple[str, ...]) -> None:
    before = _content(folder)
    done = run_here("onboard-check", *args, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "would overwrite `" in done.stderr or "the same file as `" in done.stderr
    assert _content(folder) == before


@pytest.mark.parametrize("call", OTHERS.values(), ids=OTHERS.keys())
def test_nor_does_what_another_command_writes(folder: Path, call: str) -> None:
    before = _content(folder)
    done = run_here("onboard", *call.split(), cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "would overwrite `" in done.stderr
    assert _content(folder) == before


def test_what_comes_from_standard_input_is_not_overwritten(folder: Path) -> None:
    with (folder / "application.json").open("rb") as file:
        done = builders.run("onboard-check", "-", "-o", "json=application.json", cwd=folder, stdin=file)
    assert done.returncode == 2
    assert "would overwrite standard input, which is read" in done.stderr
    assert json.loads((folder / "application.json").read_text("utf-8")) == builders.application()


def test_an_export_does_not_overwrite_its_registry(folder: Path) -> None:
    before = (folder / "registry.db").read_bytes()
    done = run_here("onboard", "registry", "export", "registry.db", "./registry.db", cwd=folder)
    assert done.returncode == 2
    assert (folder / "registry.db").read_bytes() == before


@pytest.mark.parametrize("name", ["report.jsonl", "shops.csv"])
def test_nothing_is_written_through_a_link(folder: Path, name: str) -> None:
    victim = folder / "victim"
    victim.write_text("untouched", "utf-8")
    (folder / f"{name}.part").symlink_to(victim)
    (folder / name).symlink_to(victim)
    assert run_here("onboard", "registry", "export", "registry.db", name, cwd=folder).returncode == 0
    assert victim.read_text("utf-8") == "untouched"
    assert not (folder / name).is_symlink()
    assert "S-1" in (folder / name).read_text("utf-8")


def test_a_report_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("before", "utf-8")

    def write_half() -> None:
        with whole_file(path) as file:
            file.write("half of it")
            file.flush()
            assert path.read_text("utf-8") == "before"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert _content(tmp_path) == {str(path): b"before"}


@pytest.mark.parametrize(("call", "name"), REPLACING.values(), ids=REPLACING)
def test_what_cannot_be_written_whole_leaves_what_was_there(folder: Path, call: str, name: str) -> None:
    file = folder / name
    file.touch()
    file.write_bytes(file.read_bytes() and json.dumps(json.loads(file.read_bytes())).encode())
    before = _content(folder)
    command, *others = call.split()
    done = builders.run(command, *others, cwd=folder, preexec_fn=_on_a_full_disk)
    assert (done.returncode, done.stderr) == (2, f"error: {name}: file too large\n")
    assert _content(folder) == before


def test_an_application_begun_anew_replaces_a_link_and_not_what_it_leads_to(folder: Path) -> None:
    assert run_here("onboard", "new", "--template", "--force", "link.json", cwd=folder).returncode == 0
    assert json.loads((folder / "application.json").read_text("utf-8")) == builders.application()
    assert not (folder / "link.json").is_symlink()


def _on_a_full_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def test_of_two_runs_that_write_one_file_the_later_one_stands_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with whole_file(path) as first:
        first.write("first, and longer\n")
        with whole_file(path) as second:
            second.write("second\n")
        assert path.read_text("utf-8") == "second\n"
    assert _content(tmp_path) == {str(path): b"first, and longer\n"}


def test_a_report_keeps_the_permissions_of_the_file_that_it_replaces(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.touch()
    path.chmod(0o600)
    with whole_file(path):
        # While it is written, too.
        assert {entry.stat().st_mode & 0o777 for entry in tmp_path.iterdir()} == {0o600}
    path.chmod(0o640)
    with whole_file(path):
        pass
    assert path.stat().st_mode & 0o777 == 0o640


Check = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def check(folder: Path) -> Check:
    """Starts a check of one application, with its standard output where it is told."""

    def start(*args: str, stdout: Any = subprocess.PIPE) -> subprocess.Popen[bytes]:
        program = Path(sys.executable).with_name("onboard-check")
        return subprocess.Popen([program, "application.json", *args], cwd=folder, stdout=stdout)

    return start


def test_devices_and_pipes_are_written_as_they_come(folder: Path, check: Check) -> None:
    assert json.loads(check("-o", "json=/dev/stdout").communicate()[0])["summary"]["undecided"] == 1
    assert b"undecided" in check("-o", "text", "-o", "json=/dev/null", "-o", "junit=/dev/null").communicate()[0]
    os.mkfifo(folder / "pipe")
    running = check("-o", "json=pipe")
    assert json.loads((folder / "pipe").read_text("utf-8"))["summary"]["undecided"] == 1
    assert running.communicate()[0] == b""
    assert (folder / "pipe").is_fifo()


def test_standard_output_may_be_a_file(folder: Path, check: Check) -> None:
    with (folder / "out.json").open("wb") as out:
        check("-o", "json=/dev/stdout", stdout=out).communicate()
    assert json.loads((folder / "out.json").read_text("utf-8"))["summary"]["undecided"] == 1
    with (folder / "out.txt").open("wb") as out:
        assert check("-o", "text", "-o", "json=out.txt", stdout=out).wait() == 2
    assert (folder / "out.txt").read_bytes() == b""


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("onboard-check application.json -o json=/dev/full", "/dev/full: no space left on device"),
        ("onboard-check application.json --write-baseline /dev/full -q", "/dev/full: no space left on device"),
        ("onboard screen application.json -o out.jsonl --summary /dev/full", "/dev/full: no space left on device"),
        ("onboard screen application.json -o applications", "applications: is a directory"),
        ("onboard screen application.json -o ''", "'': is a directory"),
        ("onboard rules pages rules --write /dev/full", "/dev/full: file exists"),
    ],
)
def test_a_report_that_cannot_be_written_is_an_error_that_names_it(folder: Path, arguments: str, named: str) -> None:
    command, *others = shlex.split(arguments)
    done = run_here(command, *others, cwd=folder)
    assert (done.returncode, done.stderr) == (2, f"error: {named}\n")
    assert "written" not in done.stdout
