"""Streams closed, full or of another encoding: the exit code is the verdict's where the report came through."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from builders import application
from in_process import bytes_here

PASSES = "good.json --registry registry.jsonl"
REFUSED = "bad.json --registry registry.jsonl"
LATER = "good.json"
ELSEWHERE = "-o json=report.json"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name, made in (("good", application()), ("bad", application({"/subject/type": "individual"}))):
        (tmp_path / f"{name}.json").write_text(json.dumps(made), encoding="utf-8")
    (tmp_path / "registry.jsonl").write_text("\n", encoding="utf-8")
    return tmp_path


def sh(folder: Path, line: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run `line` in a shell, from `folder`; `check` and `onboard` are our commands."""
    program = Path(sys.executable).with_name("onboard-check")
    line = line.replace("check ", f"{program} --as-of 2024-08-05 ", 1).replace(
        "onboard ", f"{program.parent}/onboard ", 1
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONBOARD_")} | {"LC_ALL": "C.UTF-8", **env}
    return subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, timeout=60)


CLOSED = {
    # Nothing is read from it.
    f"check {PASSES} <&-": 0,
    f"check {REFUSED} <&-": 1,
    f"check {LATER} <&-": 3,
    "check - <&-": 2,
    f"check - {PASSES} <&-": 2,
    "onboard new a.json <&-": 0,
    # The report went elsewhere.
    f"check {PASSES} {ELSEWHERE} >&-": 0,
    f"check {REFUSED} {ELSEWHERE} >&-": 1,
    f"check {LATER} {ELSEWHERE} >&-": 3,
    f"check {PASSES} {ELSEWHERE} 2>&-": 0,
    f"check {REFUSED} {ELSEWHERE} >&- 2>&- <&-": 1,
    # It did not.
    f"check {PASSES} >&-": 2,
    f"check {REFUSED} >&-": 2,
    f"check {PASSES} -o json {ELSEWHERE.replace('json=', 'text=')} >&-": 2,
    "check --show-config >&-": 2,
    "check --help >&-": 2,
    "check --version >&-": 2,
    "onboard schema report >&-": 2,
    "onboard new - >&-": 2,
    "onboard rules list >&-": 2,
    # What would be said is lost, and the exit code is left.
    f"check {PASSES} 2>&-": 0,
    f"check {REFUSED} 2>&-": 1,
    f"check {LATER} 2>&-": 3,
    "check missing.json 2>&-": 2,
    "check --nonsense 2>&-": 2,
    "check --nonsense 2>/dev/full": 2,
    "check --nonsense --traceback 2>/dev/full": 2,
    "check good.json --registry missing.jsonl --traceback 2>/dev/full": 2,
    "onboard 2>/dev/full": 2,
    f"check {REFUSED} 2>/dev/full": 1,
    f"check {PASSES} >/dev/full": 2,
    f"check {PASSES} >/dev/full 2>/dev/full": 2,
    "onboard new a.json 2>/dev/full": 0,
}


@pytest.mark.parametrize(("line", "code"), CLOSED.items(), ids=CLOSED.keys())
def test_a_closed_stream_loses_no_verdict_and_makes_no_pass(here: Path, line: str, code: int) -> None:
    done = sh(here, line)
    assert done.returncode == code
    said = done.stdout + done.stderr
    assert b"internal" not in said
    assert b"Traceback" not in said
    assert b"Exception ignored" not in said


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_closed_output_is_named(here: Path, lang: str) -> None:
    done = sh(here, f"check {PASSES} >&-", ONBOARD_LANG=lang)
    expected = {"en": "error: standard output or input is closed", "zh": "错误：标准输出或标准输入已关闭"}
    assert done.stderr.decode() == expected[lang] + "\n"


def test_a_registry_opened_while_the_output_is_closed_is_not_written_to(here: Path) -> None:
    assert sh(here, "onboard registry import registry.jsonl registry.db").returncode == 0
    before = (here / "registry.db").read_bytes()
    assert sh(here, "check good.json --registry registry.db >&- 2>&-").returncode == 2
    assert (here / "registry.db").read_bytes() == before


@pytest.mark.parametrize("encoding", ["gbk", "latin-1", "ascii", "utf-16"])
@pytest.mark.parametrize("line", ["onboard schema report", "onboard new - --schema 云"])
def test_what_is_for_programs_is_utf_8_whatever_the_console(here: Path, line: str, encoding: str) -> None:
    done = sh(here, line, PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert done.stdout == bytes_here(*line.split(), cwd=here).stdout
    json.loads(done.stdout.decode("utf-8"))


NOT_TEXT = os.fsdecode(b"\xff\xfe")
ODD = {
    "a file": f"onboard-check {NOT_TEXT}.json",
    "a folder": f"onboard-check {NOT_TEXT}",
    "a day": f"onboard-check good.json --as-of {NOT_TEXT}",
    "an instant": f"onboard-check good.json --registry registry.jsonl --known-at {NOT_TEXT}",
    "a ruleset": f"onboard-check good.json --ruleset {NOT_TEXT}",
    "a registry": f"onboard-check good.json --registry {NOT_TEXT}.jsonl",
    "a database": f"onboard-check good.json --registry {NOT_TEXT}.db",
    "a format": f"onboard-check good.json -o {NOT_TEXT}",
    "an option": f"onboard-check good.json --{NOT_TEXT}",
    "a choice": f"onboard-check good.json --color {NOT_TEXT}",
    "a language": f"onboard-check good.json --lang {NOT_TEXT}",
    "settings": f"onboard-check good.json --config {NOT_TEXT}.toml",
    "a command": f"onboard {NOT_TEXT}",
    "the name of a schema": f"onboard schema {NOT_TEXT}",
    "a rule": f"onboard explain {NOT_TEXT}",
}


@pytest.mark.parametrize("line", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_bytes_that_are_no_text_are_an_error_like_others(here: Path, line: str, lang: str) -> None:
    done = bytes_here(*line.split(), cwd=here, env={"ONBOARD_LANG": lang})
    assert done.returncode == 2
    said = (done.stdout + done.stderr).decode()  # which is UTF-8
    assert "internal" not in said
    assert "内部" not in said
    assert "Traceback" not in said


def test_bytes_that_are_no_text_in_names_stop_no_check(here: Path) -> None:
    (here / os.fsdecode(b"caf\xe9")).mkdir()
    (here / os.fsdecode(b"caf\xe9/\xff.json")).write_bytes((here / "good.json").read_bytes())
    line = r"check $(printf 'caf\351') --exclude $(printf '\376*') --stdin-filename $(printf '\377') -o json"
    done = sh(here, line)
    assert done.returncode == 3
    (result,) = json.loads(done.stdout)["results"]
    assert result["verdict"] == "undecided"
