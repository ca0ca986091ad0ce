"""Settings: where the file is found, what it may hold, and that a flag beats the environment beats the file."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from builders import application, run, shop
from in_process import run_here

DAY = ("--as-of", "2024-08-05")
AS_OF = 'as-of = "2024-08-05"\n'


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A repository with an application that passes, and a registry in which its brand has a shop already."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "a.json").write_text(json.dumps(application()), encoding="utf-8")
    (tmp_path / "taken.jsonl").write_text(json.dumps(shop(brands=("云上",))) + "\n", encoding="utf-8")
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    return tmp_path


def settings(output: str) -> dict[str, tuple[str, str]]:
    """What `--show-config` printed: value and origin by key."""
    rows = [line.split("  ", 1) for line in output.splitlines()[1:]]
    return {key: tuple(rest.strip().rsplit("  ", 1)) for key, rest in rows}  # type: ignore[misc]


def show(folder: Path, *args: str, **env: str) -> dict[str, tuple[str, str]]:
    done = run_here("onboard-check", "--show-config", *args, cwd=folder, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return {key: (value.strip(), origin) for key, (value, origin) in settings(done.stdout).items()}


@pytest.mark.parametrize(
    ("name", "table"), [("onboard-check.toml", ""), ("pyproject.toml", "[tool.other]\nx = 1\n\n[tool.onboard-check]\n")]
)
@pytest.mark.parametrize("below", [".", "deep", "deep/er"])
def test_a_file_above_the_working_folder_is_found_and_its_paths_are_its_own(
    work: Path, name: str, table: str, below: str
) -> None:
    (work / name).write_text(f'{table}paths = ["apps"]\nregistry = "taken.jsonl"\n{AS_OF}', encoding="utf-8")
    done = run("onboard-check", "-o", "json", cwd=work / below)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["as_of"] == "2024-08-05"
    assert (work / below / report["results"][0]["source"]).resolve() == work / "apps" / "a.json"
    assert (work / below / report["registry"]["source"]).resolve() == work / "taken.jsonl"


def test_a_flag_beats_the_environment_and_the_environment_beats_the_file(work: Path) -> None:
    (work / "onboard-check.toml").write_text(f'paths = ["apps"]\nregistry = "taken.jsonl"\n{AS_OF}', encoding="utf-8")
    env = {"ONBOARD_REGISTRY": "empty.jsonl"}
    assert run_here("onboard-check", cwd=work).returncode == 1
    assert run_here("onboard-check", cwd=work, env=env).returncode == 0
    assert run_here("onboard-check", "--registry", "taken.jsonl", cwd=work, env=env).returncode == 1
    assert run_here("onboard-check", "apps", "--as-of", "2024-08-05", "--isolated", cwd=work).returncode == 3


def test_show_config_says_where_each_value_came_from(work: Path) -> None:
    (work / "onboard-check.toml").write_text('registry = "r.db"\nlang = "zh"\nexclude = ["x y"]\n', encoding="utf-8")
    shown = show(work / "deep", "apps", "--as-of", "2024-08-05", ONBOARD_LANG="en", ONBOARD_QUIET="1")
    assert shown["paths"] == ('["apps"]', "command line")
    assert shown["as-of"] == ('"2024-08-05"', "command line")
    assert shown["lang"] == ('"en"', "environment ONBOARD_LANG")
    assert shown["quiet"] == ("true", "environment ONBOARD_QUIET")
    assert shown["registry"] == ('"../r.db"', "../onboard-check.toml")
    assert shown["exclude"] == ('["x y"]', "../onboard-check.toml")
    assert shown["ruleset"] == ('"douyin"', "default")
    assert run_here("onboard-check", "--show-config", cwd=work).stdout.startswith("设置文件：onboard-check.toml\n")
    assert show(work, "--lang", "en")["lang"] == ('"en"', "command line")
    assert show(work)["lang"] == ('"zh"', "onboard-check.toml")


def test_show_config_names_the_variable_of_every_option(work: Path) -> None:
    values = {"REGISTRY": "r.db", "AS_OF": "2024-08-05", "RULESET": "douyin", "EXCLUDE": "a b", "ALLOW_EMPTY": "1"}
    values |= {"OUTPUT_FORMAT": "text json=r.json", "LANG": "zh", "COLOR": "never", "INDEPENDENT": "1", "QUIET": "1"}
    values |= {"VERBOSE": "1", "EXIT_ZERO": "1"}
    shown = show(work, **{f"ONBOARD_{key}": value for key, value in values.items()})
    named = {key: origin.split()[-1] for key, (_, origin) in shown.items()}
    assert {k: v for k, v in named.items() if k != "paths" and k.upper().replace("-", "_") in values} == {
        key.lower().replace("_", "-"): f"ONBOARD_{key}" for key in values
    }
    assert shown["output-format"][0] == '["text", "json=r.json"]'


@pytest.mark.parametrize("url", ["postgresql://me:secret@host/db", "postgresql://host/db?user=me&password=secret"])
def test_show_config_shows_no_password(work: Path, url: str) -> None:
    done = run_here("onboard-check", "--show-config", cwd=work, env={"ONBOARD_REGISTRY": url})
    assert "secret" not in done.stdout
    assert "***" in done.stdout


def test_every_wrong_key_and_value_is_listed_with_its_line(work: Path) -> None:
    text = '[tool.onboard-check]\nregistri = "x"\nas_of = "x"\nlang = "de"\npaths = "apps"\nquiet = 1\nexclude = [1]\n'
    (work / "pyproject.toml").write_text(text + 'ruleset = ""\n', encoding="utf-8")
    done = run_here("onboard-check", cwd=work)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "error: pyproject.toml:2: unknown key `registri` (did you mean `registry`?)",
        "error: pyproject.toml:3: unknown key `as_of` (did you mean `as-of`?)",
        "error: pyproject.toml:4: `lang` must be one of `en`, `zh`",
        "error: pyproject.toml:5: `paths` must be a list of strings",
        "error: pyproject.toml:6: `quiet` must be true or false",
        "error: pyproject.toml:7: `exclude` must be a list of strings",
        "error: pyproject.toml:8: `ruleset` must be a string that is not empty",
    ]


BROKEN = {
    "not toml": ("a = ", ("onboard-check.toml:1: not TOML: invalid value",)),
    "no value": ("a = 1\nb = \n", ("onboard-check.toml:2:5: not TOML: invalid value",)),
    "not closed": ('a = """', ("onboard-check.toml:1: not TOML",)),
    "not utf-8": (b"\na = '\xff'", ("onboard-check.toml:2: not UTF-8; save it as UTF-8",)),
    "date and time": ("as-of = 2024-08-05T00:00:00", ("onboard-check.toml:1: `as-of` must be a string",)),
    "no such day": ('as-of = "2024-02-30"\npaths = ["apps"]', ("`--as-of 2024-02-30` is no day",)),
    "control characters": ('"\\u001b[31m" = 1', ("unknown key `\\x1b[31m`",)),
    "call only": ("traceback = true\nversion = true", ("unknown key `traceback`", "unknown key `version`")),
}


@pytest.mark.parametrize(("content", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_an_error_with_its_place(work: Path, content: str | bytes, said: tuple[str, ...]) -> None:
    (work / "onboard-check.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    done = run_here("onboard-check", cwd=work)
    assert (done.returncode, done.stdout) == (2, "")
    for words in said:
        assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_day_may_be_written_as_a_toml_date(work: Path) -> None:
    (work / "onboard-check.toml").write_text("as-of = 2024-08-05\n", encoding="utf-8")
    assert show(work)["as-of"] == ('"2024-08-05"', "onboard-check.toml")


def test_settings_in_two_files_of_one_folder_are_an_error(work: Path) -> None:
    (work / "onboard-check.toml").write_text(AS_OF, encoding="utf-8")
    (work / "pyproject.toml").write_text(f"[tool.onboard-check]\n{AS_OF}", encoding="utf-8")
    done = run_here("onboard-check", "apps", cwd=work)
    assert done.returncode == 2
    assert "pyproject.toml: settings in two files" in done.stderr


def test_what_lies_outside_the_repository_is_not_found(work: Path) -> None:
    (work / "onboard-check.toml").write_text("broken", encoding="utf-8")
    inner = work / "deep"
    (inner / ".git").mkdir()
    assert "broken" not in str(show(inner))


def test_other_tools_files_are_left_alone(work: Path) -> None:
    """A `pyproject.toml` that says nothing of us is not even parsed."""
    (work / "pyproject.toml").write_text("not [ toml", encoding="utf-8")
    assert show(work)["registry"] == ("-", "default")
    (work / "pyproject.toml").write_text('[project]\nname = "onboard-check"\n', encoding="utf-8")
    assert show(work)["registry"] == ("-", "default")


def test_config_names_the_file_and_isolated_wants_none(work: Path) -> None:
    (work / "onboard-check.toml").write_text('lang = "zh"\n', encoding="utf-8")
    (work / "deep" / "mine.toml").write_text('registry = "r.db"\n', encoding="utf-8")
    for how in (("--config", "deep/mine.toml"), ("--config=deep/mine.toml",)):
        shown = show(work, *how)
        assert (shown["registry"], shown["lang"]) == (('"deep/r.db"', "deep/mine.toml"), ("-", "default"))
    assert show(work, ONBOARD_CONFIG="deep/mine.toml")["registry"] == ('"deep/r.db"', "deep/mine.toml")
    assert show(work, "--isolated")["lang"] == ("-", "default")
    env = {"ONBOARD_CONFIG": "deep/mine.toml"}
    assert show(work, "--isolated", **env)["registry"] == ("-", "default")
    assert show(work, "--config", "deep/mine.toml", ONBOARD_ISOLATED="1")["registry"][1] == "deep/mine.toml"
    both = run_here("onboard-check", "--isolated", "--config", "deep/mine.toml", cwd=work)
    assert (both.returncode, "give one of them" in both.stderr) == (2, True)
    missing = run_here("onboard-check", "--config", "none.toml", "apps", cwd=work)
    assert (missing.returncode, missing.stderr) == (2, "error: none.toml: no such file or directory\n")
    (work / "pyproject.toml").write_text("[tool.other]\n", encoding="utf-8")
    without = run_here("onboard-check", "--config", "pyproject.toml", "apps", cwd=work)
    assert "no table `[tool.onboard-check]`" in without.stderr


@pytest.mark.parametrize(
    ("key", "value", "seen"),
    [
        ("registry", "r.jsonl", "../r.jsonl"),
        ("registry", "/srv/r.db", "/srv/r.db"),
        ("registry", "sqlite:///r.db", "sqlite:///../r.db"),
        ("registry", "sqlite:////srv/r.db", "sqlite:////srv/r.db"),
        ("registry", "postgresql://host/db", "postgresql://host/db"),
        ("ruleset", "douyin", "douyin"),
        ("ruleset", "rules/mine", "../rules/mine"),
    ],
)
def test_what_names_a_file_is_relative_to_the_settings_file(work: Path, key: str, value: str, seen: str) -> None:
    (work / "onboard-check.toml").write_text(f'{key} = "{value}"\n', encoding="utf-8")
    assert show(work / "deep")[key] == (f'"{seen}"', "../onboard-check.toml")


def test_outputs_are_written_beside_the_settings_file(work: Path) -> None:
    (work / "onboard-check.toml").write_text('paths = ["apps", "-"]\noutput-format = ["text", "json=r.json"]\n')
    shown = show(work / "deep")
    assert shown["output-format"][0] == '["text", "json=../r.json"]'
    assert shown["paths"][0] == '["../apps", "-"]'


def test_both_ways_to_call_the_check_read_the_same_settings(work: Path) -> None:
    (work / "onboard-check.toml").write_text('registry = "r.db"\n', encoding="utf-8")
    long, short = (
        run_here("onboard", "check", "--show-config", cwd=work),
        run_here("onboard-check", "--show-config", cwd=work),
    )
    assert long.stdout == short.stdout


def test_toml_is_not_even_imported_without_a_settings_file(work: Path) -> None:
    program = (
        "import os, sys, onboarding.cli.main as main\n"
        "os._exit = sys.exit\n"
        "try: main.onboard_check()\n"
        "except SystemExit: print('tomllib' in sys.modules)"
    )
    for expected, text in ((False, None), (True, "")):
        if text is not None:
            (work / "onboard-check.toml").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", program, "apps", "-q"], cwd=work, capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == str(expected)


# Settings that somebody else has written.

HOSTILE = {
    "a device without an end": lambda path: path.symlink_to("/dev/zero"),
    "a named pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a link that leads nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "2 MiB": lambda path: path.write_bytes(b"# onboard-check\n" * (1 << 17)),
    "many keys of many parts": lambda path: path.write_text("".join(f"{'a.' * 99}b{n} = 1\n" for n in range(1200))),
    "lists in one another": lambda path: path.write_text("paths = " + "[" * 50_000),
    "tables in one another": lambda path: path.write_text("paths = " + "{a=" * 50_000),
    "a key of many parts": lambda path: path.write_text("tool." + "a." * 50_000 + "b = 1"),
    "a number of 5,000 digits": lambda path: path.write_text("as-of = " + "1" * 5_000),
    "a day of no calendar": lambda path: path.write_text("as-of = 2024-02-30"),
    "100,000 keys": lambda path: path.write_text("".join(f"k{number} = 1\n" for number in range(100_000))),
    "a null character in a path": lambda path: path.write_text('paths = ["a\\u0000b"]'),
    "half a character": lambda path: path.write_text('paths = ["\\ud800"]'),
    "a carriage return": lambda path: path.write_bytes(b'paths = ["a"]\rlang = "zh"'),
}


# Whoever reads these has to be ended.
ENDLESS = {"a device without an end", "a named pipe"}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("how", ["found", "named", "in the environment"])
def test_hostile_settings_are_an_error_that_names_the_file(work: Path, what: str, how: str) -> None:
    path = work / "onboard-check.toml"
    HOSTILE[what](path)
    args = ("--config", path.name) if how == "named" else ()
    env = {"ONBOARD_CONFIG": path.name} if how == "in the environment" else {}
    ask = partial(run, timeout=30) if what in ENDLESS else run_here
    done = ask("onboard-check", "apps", *args, cwd=work, env=env)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: onboard-check.toml")
    assert "internal" not in done.stderr
    assert len(done.stderr) < 2000


def test_a_shared_file_that_cannot_be_read_may_hold_settings(work: Path) -> None:
    os.mkfifo(work / "pyproject.toml")
    done = run("onboard-check", "apps", cwd=work, timeout=30)
    assert (done.returncode, done.stderr) == (2, "error: pyproject.toml: not a regular file\n")
    assert run("onboard-check", "apps", "--isolated", *DAY, cwd=work).returncode == 3


def test_a_working_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    program = f"cd {gone} && rmdir {gone} && {Path(sys.executable).with_name('onboard-check')} a.json"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "internal" not in done.stderr


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            [
                "error: bad.toml:1: unknown key `registri` (did you mean `registry`?)",
                "error: bad.toml:2: `quiet` must be true or false",
                "error: bad.toml:3: `lang` must be one of `en`, `zh`",
            ],
        ),
        (
            "zh",
            [
                "错误：bad.toml:1: 未知设置项 `registri`（是否想写 `registry`？）",
                "错误：bad.toml:2: `quiet` 的值须为 true 或 false",
                "错误：bad.toml:3: `lang` 的值须为以下之一：`en`、`zh`",
            ],
        ),
    ],
)
def test_an_error_in_settings_names_file_line_key_and_cure(work: Path, lang: str, said: list[str]) -> None:
    (work / "bad.toml").write_text('registri = "x"\nquiet = 1\nlang = "de"\n', encoding="utf-8")
    done = run_here("onboard-check", "--config", "bad.toml", cwd=work, env={"ONBOARD_LANG": lang})
    assert done.stderr.splitlines() == said
