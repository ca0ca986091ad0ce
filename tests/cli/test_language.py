"""The language of errors, notes, usage and help: what is asked for, wherever it is asked for."""

import re
from pathlib import Path

import click
import pytest
from builders import ROOT, run
from in_process import run_here
from wcwidth import wcswidth

from onboarding.cli.language import chinese_help, long_name, resolve_language
from onboarding.cli.main import whole_group
from onboarding.messages import catalogue

CHINESE = re.compile("[\u4e00-\u9fff]")
ZH = {"ONBOARD_LANG": "zh"}
# Names of what people type are the same in every language.
NAMES = re.compile(r"'[^']*'|`[^`]*`|\.gitignore|UTF-8|TOML|[\w./-]*\.(?:toml|json|git)\b:?[\d:]*|--[a-z-]+|YYYY-MM-DD")

# Where the language is asked for: arguments, environment, settings; and which one speaks.
ASKED = {
    "the locale": ((), {"LC_ALL": "zh_CN.UTF-8"}, "", "zh"),
    "the settings file beats the locale": ((), {"LC_ALL": "C.UTF-8"}, 'lang = "zh"', "zh"),
    "the environment beats the settings file": ((), {"ONBOARD_LANG": "en"}, 'lang = "zh"', "en"),
    "the line beats the environment": (("--lang", "zh"), {"ONBOARD_LANG": "en"}, 'lang = "en"', "zh"),
    "with an equals sign": (("--lang=zh",), {}, "", "zh"),
    "the last one counts": (("--lang=zh", "--lang", "en"), {}, "", "en"),
    "after two hyphens there are files": (("--", "--lang=zh"), {}, "", "en"),
    "a language that is none asks for nothing": (("--lang", "de"), {}, 'lang = "zh"', "zh"),
    "settings that nobody reads": (("--isolated",), {}, 'lang = "zh"', "en"),
    "settings named on the line": (("--config", "other.toml"), {}, "", "zh"),
    "settings named in the environment": ((), {"ONBOARD_CONFIG": "other.toml"}, "", "zh"),
    "settings that cannot be read": (("--config", "missing.toml"), {"LC_ALL": "zh_CN"}, "", "zh"),
    "settings of another kind": ((), {}, "lang = 1", "en"),
}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "other.toml").write_text('lang = "zh"\n', encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("args", "env", "settings", "lang"), ASKED.values(), ids=ASKED.keys())
def test_an_error_speaks_the_language_asked_for(
    work: Path, args: tuple[str, ...], env: dict[str, str], settings: str, lang: str
) -> None:
    (work / "onboard-check.toml").write_text(settings, encoding="utf-8")
    done = run_here("onboard-check", "empty", *args, cwd=work, env=env)
    assert done.returncode == 2
    assert bool(CHINESE.search(done.stdout + done.stderr)) == (lang == "zh")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_language_given_to_the_function_needs_no_looking(lang: str) -> None:
    assert resolve_language(lang) == lang


MISUSE = {
    "an unknown option": "--nonsense",
    "an option nearly known": "--exclud x",
    "a value left out": "empty -o",
    "no such choice": "empty --color green",
    "a flag with a value": "empty --quiet=3",
    "no path": "",
    "nothing in it": "empty",
    "no day": "empty --as-of 2024-02-30",
    "no pattern": "empty --exclude !",
    "no registry to ask": "empty --known-at 2024-01-01T00:00:00Z",
    "a missing file": "missing.json",
    "no such format": "empty --allow-empty -o xml",
    "two formats for one output": "empty --allow-empty -o json -o text",
    "a report that cannot be written": "empty --allow-empty -o json=none/report.json",
    "an address": "postgresql://me:secret@host/db",
    "two wishes about settings": "--isolated --config other.toml",
    "settings that are not there": "--config missing.toml",
    "settings that are a folder": "--config ./.git",
    "settings of a wrong kind": "--config wrong.toml",
    "settings that are no TOML": "--config broken.toml",
}


@pytest.mark.parametrize("line", MISUSE.values(), ids=MISUSE.keys())
def test_what_is_wrong_is_said_in_chinese_alone(work: Path, line: str) -> None:
    (work / "wrong.toml").write_text(
        'lang = 1\nquiet = "x"\nexclude = 1\nas-of = ""\nregistri = ""\nzzzz = 1\n', "utf-8"
    )
    (work / "broken.toml").write_bytes(b"a = '\xff'")
    done = run_here("onboard-check", *line.split(), cwd=work, env=ZH)
    assert done.returncode == 2
    said = done.stderr or done.stdout.partition("\n")[2]
    assert CHINESE.search(said)
    assert re.findall("[A-Za-z]{3,}", NAMES.sub("", said.partition("\n")[0])) in ([], ["true", "false"])
    assert "secret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("newx",),
        ("schema",),
        ("schema", "x"),
        ("schema", "report", "x"),
        ("new", "there.json"),
        ("rules", "diff", "douyin", "douyin", "--fail-on", "any"),
        ("rules", "diff", "douyin", "douyin", "--applications", "empty"),
    ],
    ids=" ".join,
)
def test_the_other_commands_say_it_in_chinese_too(work: Path, args: tuple[str, ...]) -> None:
    (work / "there.json").touch()
    done = run_here("onboard", *args, cwd=work, env=ZH)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("错误：")
    assert "请运行 `onboard" in done.stderr or "new" in args


def test_click_speaks_english_again_after_a_call_in_chinese(work: Path) -> None:
    english = run_here("onboard-check", "--help", cwd=work)
    run_here("onboard-check", "--help", cwd=work, env=ZH)
    assert run_here("onboard-check", "--help", cwd=work).stdout == english.stdout


def test_a_command_that_has_spoken_english_speaks_chinese_throughout(work: Path) -> None:
    assert "Show this message and exit." in run_here("onboard", "registry", "correct", "--help", cwd=work).stdout
    chinese = run_here("onboard", "registry", "correct", "--help", cwd=work, env=ZH).stdout
    assert "显示本帮助并退出。" in chinese
    assert "Show this" not in chinese


def test_english_needs_no_catalogue_of_click_or_help(work: Path) -> None:
    run_here("onboard-check", "--help", cwd=work)
    program = "import os, sys\nos._exit = sys.exit\nfrom onboarding.cli import main\nfrom onboarding import messages\n"
    program += "try: main.onboard_check()\nexcept SystemExit: print(messages.catalogue.cache_info().currsize)"
    (work / "run.py").write_text(program, "utf-8")
    shown = run("python", "run.py", "--version", cwd=work)
    assert shown.stdout.splitlines()[-1] == "0"


# Help. English stands in the commands, Chinese in `messages/help.json`.


def commands(command: click.Command, path: str = "onboard") -> dict[str, click.Command]:
    under = command.commands if isinstance(command, click.Group) else {}
    below = [commands(one, f"{path} {name}") for name, one in under.items()]
    return {path: command} | {name: one for found in below for name, one in found.items()}


COMMANDS = commands(whole_group())
OPTIONS = [
    (path, long_name(param))
    for path, command in COMMANDS.items()
    for param in command.params
    if isinstance(param, click.Option) and param.help
]


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_its_help_in_chinese(path: str) -> None:
    help_ = chinese_help(path)
    assert help_ is not None
    assert CHINESE.search(help_)


@pytest.mark.parametrize(("path", "option"), OPTIONS, ids=" ".join)
def test_every_option_has_its_help_in_chinese(path: str, option: str) -> None:
    help_ = chinese_help(path, option)
    assert help_ is not None
    assert CHINESE.search(help_)


def test_the_catalogue_of_help_holds_nothing_else() -> None:
    known = {*COMMANDS, *(f"{path} {option}" for path, option in OPTIONS), *(option for _, option in OPTIONS)}
    assert set(catalogue("help")) <= known


@pytest.mark.parametrize("path", COMMANDS)
def test_both_languages_give_the_same_examples(path: str) -> None:
    """A command that can be typed is the same in both, but for the words of a note."""

    def examples(text: str | None) -> list[str]:
        text = re.sub('(--note) "[^"]*"', r"\1", text or "")
        return re.findall(r"^ +((?:onboard|eval)\b.*?)(?:  .*)?$|[:：] ?(onboard .*)$", text or "", re.MULTILINE)

    assert examples(chinese_help(path)) == examples(COMMANDS[path].help)


@pytest.mark.parametrize(("terminal", "width"), [(80, 80), (120, 100)])
@pytest.mark.parametrize("path", COMMANDS)
def test_chinese_help_is_wrapped_by_the_columns_that_it_takes(path: str, terminal: int, width: int) -> None:
    shown = run_here("onboard", *path.split()[1:], "--help", cwd=ROOT, env=ZH | {"COLUMNS": str(terminal)}).stdout
    # A command that can be typed is not broken.
    lines = [line for line in shown.splitlines() if "onboard " not in line]
    assert [line for line in lines if wcswidth(line) > width] == []
    assert shown.startswith("用法：onboard")
