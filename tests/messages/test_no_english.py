"""Under a Chinese locale nothing that people read has an English word, but names that people type or find in files.

`latin_words.json` lists the names that are no command, option, field, value, format or file, and why they stay.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
import pytest
from builders import ROOT, application, shop
from chinese import COMMANDS, Words, catalogue_words, english, model_words, rule_words
from in_process import run_here

HERE = ROOT / "tests/messages"
CONSOLES = {"utf-8": {"LC_ALL": "zh_CN.UTF-8"}, "gbk": {"LC_ALL": "zh_CN.GBK"}}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "文件夹").mkdir()
    (tmp_path / "application.json").write_text(json.dumps(application()), "utf-8")
    (tmp_path / "records.jsonl").write_text(json.dumps(shop()) + "\n", "utf-8")
    run_here("onboard", "registry", "import", "records.jsonl", "registry.db", cwd=tmp_path)
    for name, content in json.loads((HERE / "broken_files.json").read_text("utf-8")).items():
        data = bytes.fromhex(content["hex"]) if "hex" in content else content["text"].encode()
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize("texts", [catalogue_words, rule_words, model_words])
def test_no_text_of_ours_has_an_english_word(texts: Callable[[], Iterable[Words]]) -> None:
    found = [(text.place, words) for text in texts() if (words := english(text.zh))]
    assert found == []


@pytest.mark.parametrize("console", CONSOLES)
@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(("onboard", *path)))
def test_no_help_has_an_english_word(path: tuple[str, ...], console: str) -> None:
    done = run_here("onboard", *path, "--help", cwd=ROOT, env=CONSOLES[console], console=console)
    assert done.returncode == 0
    assert english(done.stdout) == []
    assert "\\u" not in done.stdout


def wrong_usage() -> Iterator[str]:
    """For every command: an option that is none, an argument too many, none at all where some are needed, and for each
    option that takes one of few, a number or a day, one that it does not take."""
    for path, command in COMMANDS.items():
        line = " ".join(("onboard", *path))
        yield f"{line} --nonsens"
        yield f"{line} --lng zh"
        if isinstance(command, click.Group):
            yield f"{line} chek"
            continue
        yield f"{line} 一 二 三 四 --nonsense"
        arguments = [param for param in command.params if isinstance(param, click.Argument)]
        if any(param.required for param in arguments):
            yield line
        for param in command.params:
            if isinstance(param, click.Option) and not param.is_flag:
                name = max(param.opts, key=len)
                yield f"{line} {'一 ' * sum(argument.required for argument in arguments)}{name}"
                if type(param.type) not in (click.types.StringParamType, click.Path):
                    yield f"{line} {'一 ' * sum(argument.required for argument in arguments)}{name} 一"


def test_no_wrong_usage_is_answered_with_an_english_word(work: Path) -> None:
    found = {}
    for line in dict.fromkeys(wrong_usage()):
        program, *args = line.split()
        done = run_here(program, *args, cwd=work, env=CONSOLES["gbk"], console="gbk")
        assert done.returncode == 2, line
        said = done.stdout + done.stderr
        if english(said) or "\\u" in said:
            found[line] = said
    assert found == {}


# What stands for ADDRESS in the calls of `tests/hostile/addresses.json`: nothing, a folder, files of each kind that are
# not what they should be.
GIVEN = [
    "没有的",
    "没有的.db",
    "文件夹",
    "application.json",
    "registry.db",
    *json.loads((HERE / "broken_files.json").read_text("utf-8")),
]
CALLS = json.loads((ROOT / "tests/hostile/addresses.json").read_text("utf-8"))["commands"]
# Pages of rules are written in both languages.
FOR_PEOPLE = [call for call in CALLS if not re.search(r"-o (?:json|sarif)|--traceback|rules pages", call)]


@pytest.mark.parametrize("given", GIVEN)
def test_no_error_has_an_english_word(work: Path, given: str) -> None:
    found = {}
    for call in FOR_PEOPLE:
        program, *args = (word.replace("ADDRESS", given) for word in call.split())
        done = run_here(program, *args, cwd=work, env=CONSOLES["gbk"], console="gbk")
        said = done.stdout + done.stderr
        if english(said) or "\\u" in said:
            found[call] = said
    assert found == {}


def test_the_programs_themselves_speak_chinese_on_such_consoles(work: Path) -> None:
    env = os.environ | {"LANG": "zh_CN.GBK", "LC_ALL": "", "PYTHONIOENCODING": "gbk"}
    program = Path(sys.executable).with_name("onboard-check")
    args = ("application.json", "没有的.json", "--as-of", "2024-08-05")
    done = subprocess.run([program, *args], cwd=work, env=env, capture_output=True, encoding="gbk")
    assert english(done.stdout + done.stderr) == []
    assert "没有这个文件或文件夹" in done.stdout
