"""What SECURITY.md says and no other test shows."""

import json
from pathlib import Path

import pytest
from builders import ROOT, application, ban, run

HOSTILE_MODULES = ("json", "secrets", "click", "msgspec", "onboarding", "stdnum", "sitecustomize", "tomllib")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A working folder with an application of a banned subject."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "a.json").write_text(json.dumps(application()), encoding="utf-8")
    (work / "registry.jsonl").write_text(json.dumps(ban()), encoding="utf-8")
    return work


def test_it_is_linked_from_where_people_begin() -> None:
    for page in ("README.md", "README.zh-CN.md", "docs/README.md"):
        assert "SECURITY.md)" in (ROOT / page).read_text(encoding="utf-8")


def test_a_check_writes_the_reports_that_were_asked_for_and_nothing_else(work: Path, tmp_path: Path) -> None:
    places = {name: str(tmp_path / name) for name in ("HOME", "TMPDIR")}
    for place in places.values():
        Path(place).mkdir()
    args = ("a.json", "--registry", "registry.jsonl", "--as-of", "2024-08-05", "-o", "text", "-o", "html=report.html")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    shown = run("onboard-check", *args, cwd=work, env=places)
    assert shown.returncode == 1, shown.stderr
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after.pop(work / "report.html")
    assert after == before


@pytest.mark.parametrize("command", [("onboard-check",), ("onboard", "check")])
def test_the_commands_import_nothing_from_the_folder_that_they_work_in(work: Path, command: tuple[str, ...]) -> None:
    for name in HOSTILE_MODULES:
        (work / f"{name}.py").write_text("import os; os._exit(0)", encoding="utf-8")
    args = ("a.json", "--registry", "registry.jsonl", "--as-of", "2024-08-05")
    shown = run(command[0], *command[1:], *args, cwd=work)
    assert shown.returncode == 1
    assert "permanent-ban" in shown.stdout
