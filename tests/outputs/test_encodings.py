"""Formats for programs are UTF-8 with `\n` whatever the console; text for people is shown, as far as it can be."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import builders
import pytest
from in_process import bytes_here, run_here

CONSOLES = ("gbk", "latin-1", "ascii", "cp936", "cp1252")
# By name: the command. Each prints Chinese, in a format for programs.
PROGRAMS = {
    **{name: ("onboard-check", "a.json", "-o", name, "--lang", "zh") for name in
       ("json", "jsonl", "junit", "sarif", "github", "markdown", "html")},
    "schema": ("onboard", "schema", "application"),
    "new": ("onboard", "new", "--template", "-"),
    "rules export": ("onboard", "rules", "export"),
    "rules test": ("onboard", "rules", "test", "-o", "json"),
    "rules diff": ("onboard", "rules", "diff", "douyin", "tmall-2019", "-o", "markdown"),
    "rules impact": ("onboard", "rules", "impact", "douyin", "tmall-2019", "--registry", "registry.db", "-o", "html",
                     "--lang", "zh"),
    "registry export": ("onboard", "registry", "export", "registry.db", "-"),
    "registry show": ("onboard", "registry", "show", builders.USCC, "--registry", "registry.db", "-o", "json"),
    "registry admit": ("onboard", "registry", "admit", "a.json", "--registry", "registry.db", "--dry-run", "--by", "x",
                       "--note", "", "-o", "json"),
    "registry import": ("onboard", "registry", "import", "registry.jsonl", "registry.db", "--note", "备注", "--dry-run",
                        "-o", "json"),
}  # fmt: skip
LINES = {"jsonl", "registry export"}
JSON = {"json", "sarif", "schema", "new", "rules export", "rules test", "registry show", "registry admit",
        "registry import"}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("encodings")
    (made / "a.json").write_text(json.dumps(builders.application({"/brands/0/name": "É云上"})), "utf-8")
    (made / "registry.jsonl").write_text(json.dumps(builders.shop(brands=("É云上",))) + "\n", "utf-8")
    assert run_here("onboard", "registry", "import", "registry.jsonl", "registry.db", cwd=made).returncode == 0
    return made


@pytest.mark.parametrize("console", CONSOLES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_format_for_programs_is_utf_8_on_every_console(folder: Path, name: str, console: str) -> None:
    done = bytes_here(*PROGRAMS[name], cwd=folder, console=console)
    text = done.stdout.decode("utf-8")
    assert text
    assert b"internal" not in done.stderr
    assert "\r" not in text
    assert "\\u" not in text
    if name in LINES or name in JSON:
        for part in text.splitlines() if name in LINES else [text]:
            json.loads(part)
    if name == "junit":
        ElementTree.fromstring(text)


@pytest.mark.parametrize("console", CONSOLES)
def test_text_for_people_never_fails_for_want_of_a_character(folder: Path, console: str) -> None:
    program = Path(sys.executable).with_name("onboard-check")
    command = [program, "a.json", "--registry", "registry.jsonl", "--lang", "zh"]
    done = subprocess.run(command, cwd=folder, capture_output=True, env={"PYTHONIOENCODING": console})
    assert b"internal" not in done.stderr
    text = done.stdout.decode(console)
    assert ("云上" if console in ("gbk", "cp936") else "\\u4e91\\u4e0a") in text
    assert ("É" if console in ("latin-1", "cp1252") else "\\xc9") in text
