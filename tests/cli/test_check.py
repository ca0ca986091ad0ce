"""The command line end to end: what is printed, where, and with which exit code."""

import json
import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from builders import OTHER_USCC, ROOT, USCC, application, ban, brand, run, shop
from in_process import run_here

DAY = ("--as-of", "2024-08-05")
HOSTILE = "\x1b[2J\x1b]0;owned\x07\r\n\u202e\u200b::error::云\x9b31m"
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with one application of each kind, and a clean registry."""
    _write(tmp_path / "good.json", application())
    _write(tmp_path / "bad.json", application({"/application_id": "A-2", "/subject/type": "individual"}))
    (tmp_path / "broken.json").write_text("{", "utf-8")
    (tmp_path / "registry.jsonl").write_text("", "utf-8")
    return tmp_path


def _write(path: Path, *values: Any) -> Path:
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), "utf-8")
    return path


def _check(folder: Path, *args: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return run_here("onboard-check", *args, *DAY, cwd=folder, **options)


def _refused(shown: subprocess.CompletedProcess[str], *words: str) -> None:
    """Assert that a call ended with 2 and one plain message, and judged nothing."""
    assert shown.returncode == 2
    assert shown.stdout == ""
    assert shown.stderr.startswith("error: ")
    assert "Traceback" not in shown.stderr
    assert "internal" not in shown.stderr
    for word in words:
        assert word in shown.stderr


# Exit codes.


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("good.json", "--registry", "registry.jsonl"), 0),
        (("bad.json", "--registry", "registry.jsonl"), 1),
        (("broken.json", "--registry", "registry.jsonl"), 2),
        (("good.json",), 3),
        (("good.json", "bad.json"), 1),
        (("bad.json", "broken.json"), 2),
        (("good.json", "broken.json", "--registry", "registry.jsonl"), 2),
        (("good.json", "bad.json", "broken.json"), 2),
        (("good.json", "bad.json", "--registry", "registry.jsonl"), 1),
        (("bad.json", "--exit-zero"), 0),
        (("good.json", "--exit-zero"), 0),
        (("broken.json", "--exit-zero"), 2),
        (("bad.json", "broken.json", "--exit-zero"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_exit_codes_and_which_beats_which(here: Path, args: tuple[str, ...], code: int) -> None:
    assert run("onboard-check", *args, *DAY, cwd=here).returncode == code


def test_a_folder_is_judged_whole_though_one_file_is_bad(here: Path) -> None:
    (here / "inner").mkdir()
    _write(here / "inner/other.json", application({"/application_id": "A-3", "/business_license/uscc": OTHER_USCC}))
    (here / "inner/notes.txt").write_text("{", "utf-8")
    (here / ".hidden").mkdir()
    (here / ".hidden/x.json").write_text("{", "utf-8")
    (here / ".x.json").write_text("{", "utf-8")
    shown = _check(here, ".", "--registry", "registry.jsonl", "-o", "json")
    report = json.loads(shown.stdout)
    assert shown.returncode == 2
    assert report["summary"] == {"pass": 2, "fail": 1, "undecided": 0, "invalid": 1}
    assert [Path(result["source"]).name for result in report["results"]] == [
        *("bad.json", "broken.json", "good.json", "other.json"),
    ]


def test_a_file_named_twice_is_judged_once(here: Path) -> None:
    shown = _check(here, "good.json", ".", "./good.json", "-o", "json")
    sources = [result["source"] for result in json.loads(shown.stdout)["results"]]
    assert len(sources) == 3
    assert sources[0] == "good.json"


def test_standard_input_is_a_file_like_others(here: Path) -> None:
    shown = _check(here, "-", "bad.json", "-o", "json", input=(here / "good.json").read_text("utf-8"))
    results = json.loads(shown.stdout)["results"]
    assert [(result["source"], result["verdict"]) for result in results] == [("-", "undecided"), ("bad.json", "fail")]


def test_empty_standard_input_is_invalid_input(here: Path) -> None:
    shown = _check(here, "-", input="")
    assert shown.returncode == 2
    assert "1:1: this is an empty file" in shown.stdout
    closed = subprocess.run(
        ["sh", "-c", '"$0" - <&-', Path(sys.executable).with_name("onboard-check")], capture_output=True, text=True
    )
    assert closed.returncode == 2
    assert "Traceback" not in closed.stderr + closed.stdout
    assert "internal" not in closed.stderr


@pytest.mark.parametrize("kind", ["missing", "fifo", "empty", "device", "no permission", "a name with a null byte"])
def test_a_file_that_cannot_be_read_does_not_stop_the_others(here: Path, kind: str) -> None:
    path = here / "odd.json"
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "empty":
            path.touch()
        case "device":
            path = Path("/dev/zero")
        case "no permission":
            # Root reads everything, so the file is one that is a folder by name: a dangling link to itself.
            path.symlink_to(path)
    shown = run("onboard-check", path, "good.json", "-o", "json", *DAY, timeout=20, cwd=here)
    report = json.loads(shown.stdout)
    assert shown.returncode == 2
    assert report["summary"] == {"pass": 0, "fail": 0, "undecided": 1, "invalid": 1}
    assert report["results"][0]["errors"][0]["message"]
    assert "Traceback" not in shown.stderr


def test_a_folder_without_applications_is_an_error(here: Path) -> None:
    (here / "empty").mkdir()
    (here / "empty/readme.md").touch()
    _refused(_check(here, "empty"), "no file to judge", "`empty`")


# Output.


def test_several_formats_at_once_say_the_same(here: Path) -> None:
    shown = _check(here, "good.json", "bad.json", "-o", "text", "-o", "json=report.json", "-o", "jsonl=report.jsonl")
    report = json.loads((here / "report.json").read_text("utf-8"))
    lines = [json.loads(line) for line in (here / "report.jsonl").read_text("utf-8").splitlines()]
    assert lines == report["results"]
    assert report["summary"] == {"pass": 0, "fail": 1, "undecided": 1, "invalid": 0}
    assert "UNDECIDED  good.json" in shown.stdout
    assert "FAIL  bad.json" in shown.stdout


def test_an_output_file_takes_all_and_nothing_is_printed(here: Path) -> None:
    shown = _check(here, "bad.json", "-o", "text=report.txt", "--color", "always")
    assert (shown.stdout, shown.stderr, shown.returncode) == ("", "", 1)
    assert "\x1b" not in (here / "report.txt").read_text("utf-8")


@pytest.mark.parametrize("path", ["no/such/folder/report.json", ".", "/dev/full"])
@pytest.mark.parametrize("name", ["json", "jsonl", "text"])
def test_a_report_that_cannot_be_written_is_said_so(here: Path, name: str, path: str) -> None:
    shown = _check(here, "good.json", "-o", f"{name}={path}")
    _refused(shown, "no space left on device" if path == "/dev/full" else path)


def test_a_full_standard_output_is_no_pass(here: Path) -> None:
    program = Path(sys.executable).with_name("onboard-check")
    for name in ("text", "json"):
        with Path("/dev/full").open("w") as full:
            command = [program, here / "good.json", *DAY, "--registry", here / "registry.jsonl", "-o", name]
            shown = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
        assert shown.returncode == 2
        assert "Traceback" not in shown.stderr
        assert "internal" not in shown.stderr
        assert "error: " in shown.stderr


def test_a_reader_that_goes_away_leaves_no_traceback(tmp_path: Path) -> None:
    # More than a pipe holds, so that the program is still writing when its reader has gone.
    for number in range(300):
        _write(tmp_path / f"{number}.json", application({"/application_id": f"A-{number}"}))
    program = Path(sys.executable).with_name("onboard-check")
    script = '"$0" "$1" -v --as-of 2024-08-05 | head -n 1 ; echo "${PIPESTATUS[0]}"'
    shown = subprocess.run(["bash", "-c", script, program, tmp_path], capture_output=True, text=True)
    assert shown.stderr == ""
    assert shown.stdout.splitlines()[-1] == "2"


def test_quiet_and_verbose_show_less_and_more(here: Path) -> None:
    _write(here / "registry.jsonl", {**shop(), "subject_id": OTHER_USCC})
    args = ("good.json", "bad.json", "--independent", "--registry", "registry.jsonl")
    quiet, usual, verbose = (_check(here, *args, *more).stdout for more in (("-q",), (), ("-v",)))
    assert "good.json" not in quiet
    assert "FAIL  bad.json" in quiet
    assert "2 checked: 1 pass, 1 refused" in quiet
    assert "PASS  good.json" in usual
    assert "max-three-shops" not in usual
    assert "+ max-three-shops (P6)" in verbose
    alone = _check(here, "good.json", "-q", "--registry", "registry.jsonl").stdout
    assert alone.startswith("1 checked: 1 pass (")


def test_independent_judges_each_as_if_it_were_the_only_one(here: Path) -> None:
    _write(here / "again.json", application({"/application_id": "A-2"}))
    args = ("good.json", "again.json", "--registry", "registry.jsonl")
    together, alone = _check(here, *args), _check(here, *args, "--independent")
    assert (together.returncode, alone.returncode) == (1, 0)
    assert "application A-1" in together.stdout


@pytest.mark.parametrize(
    ("env", "args", "word"),
    [
        ({"LC_ALL": "zh_CN.UTF-8"}, (), "不通过"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, (), "不通过"),
        ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, (), "FAIL"),
        ({"LC_ALL": "zh_CN.UTF-8"}, ("--lang", "en"), "FAIL"),
        ({"LC_ALL": "en_US.UTF-8"}, ("--lang", "zh"), "不通过"),
        ({"LC_ALL": "C.UTF-8"}, (), "FAIL"),
    ],
)
def test_the_language_is_asked_for_or_that_of_the_locale(
    here: Path, env: dict[str, str], args: tuple[str, ...], word: str
) -> None:
    assert _check(here, "bad.json", *args, env=env).stdout.startswith(word)


def test_json_does_not_depend_on_the_language(here: Path) -> None:
    one, other = (_check(here, "bad.json", "-o", "json", "--lang", lang).stdout for lang in ("en", "zh"))
    assert one == other
    assert "个人" in one


def test_chinese_is_printed_even_where_the_locale_knows_only_ascii(here: Path) -> None:
    shown = run(
        "onboard-check",
        "bad.json",
        "--lang",
        "zh",
        *DAY,
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        cwd=here,
    )
    assert shown.returncode == 1
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize(
    ("args", "env", "colored"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        ((), {"NO_COLOR": ""}, False),
    ],
)
def test_colour_only_where_it_is_wanted(here: Path, args: tuple[str, ...], env: dict[str, str], colored: bool) -> None:
    assert ("\x1b[" in _check(here, "bad.json", *args, env=env).stdout) == colored


def test_a_past_day_is_said_and_today_is_that_of_shanghai(here: Path) -> None:
    shown = run("onboard-check", "good.json", "-o", "json", *DAY, cwd=here)
    assert "a day that is over" in json.loads(shown.stdout)["results"][0]["notes"][0]["message"]["en"]
    before = datetime.now(UTC).astimezone(timezone(timedelta(hours=8))).date()
    now = json.loads(
        run("onboard-check", "good.json", "-o", "json", cwd=here, env={"TZ": "America/Los_Angeles"}).stdout
    )
    after = datetime.now(UTC).astimezone(timezone(timedelta(hours=8))).date()
    assert before.isoformat() <= now["as_of"] <= after.isoformat()
    assert now["results"][0]["notes"] == []


# What comes from outside never reaches a terminal as it is.


@pytest.mark.parametrize("name", ["text", "json", "jsonl"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_control_characters_in_names_reach_no_output(tmp_path: Path, name: str, lang: str) -> None:
    made = application(
        {
            "/application_id": HOSTILE,
            "/subject/name": HOSTILE,
            "/shop/name": HOSTILE,
            "/brands": [brand(HOSTILE, evidence=None), brand("云" + HOSTILE)],
            f"/{HOSTILE.replace('/', '')}": 1,
        }
    )
    file = _write(tmp_path / f"a{HOSTILE.replace('/', '')}.json", made)
    bad = tmp_path / f"b{HOSTILE.replace('/', '')}.json"
    bad.write_text(json.dumps({HOSTILE: 1, "subject": {"type": HOSTILE}}) + "}", "utf-8")
    records = [shop(HOSTILE, ("云" + HOSTILE,)), ban(id=HOSTILE)]
    registry = _write(tmp_path / "registry.jsonl", *records)
    shown = run_here("onboard-check", file, bad, "--registry", registry, "-o", name, "--lang", lang, "-v", *DAY)
    assert shown.returncode == 2
    assert not RAW.search(shown.stdout)
    assert not RAW.search(shown.stderr)
    if name == "jsonl":
        assert len(shown.stdout.splitlines()) == 2


def test_control_characters_in_errors_reach_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / f"x{HOSTILE.replace('/', '')}.jsonl"
    path.write_text('{"record": "shop"}\n', "utf-8")
    file = _write(tmp_path / "good.json", application())
    for args in (
        ("--registry", path),
        ("--registry", tmp_path / f"{HOSTILE.replace('/', '')}.db"),
        ("--ruleset", HOSTILE),
        ("-o", HOSTILE),
        ("--as-of", HOSTILE),
        ("-o", f"json={tmp_path}/{HOSTILE}/x"),
    ):
        shown = run_here("onboard-check", file, *args)
        assert shown.returncode == 2
        assert not RAW.search(shown.stderr), args
        assert shown.stdout == ""


@pytest.mark.parametrize("name", ["text", "json", "jsonl"])
def test_a_file_name_that_is_no_text_is_shown_spelt_out(tmp_path: Path, name: str) -> None:
    for bad, value in ((b"caf\xe9.json", application()), (b"\xff\xfe.json", {"x": 1})):
        (tmp_path / os.fsdecode(bad)).write_text(json.dumps(value), "utf-8")
    shown = run("onboard-check", tmp_path, "-o", name, *DAY)
    assert shown.returncode == 2
    assert shown.stderr == ""
    assert "udce9" in shown.stdout or "xe9" in shown.stdout
    if name == "json":
        assert json.loads(shown.stdout)["summary"]["invalid"] == 1


def test_reports_repeat_no_text_of_the_application_but_names(tmp_path: Path) -> None:
    secret = "秘密SECRET"
    made = application(
        {
            "/business_license/name": secret,
            "/brands/0/trademark_no": secret,
            "/brands/0/evidence/note": secret,
            "/phone": secret,
        }
    )
    wrong = {"application_id": 1, "subject": {"type": secret, "name": [secret]}, "submitted_on": secret}
    files = [_write(tmp_path / "a.json", made), _write(tmp_path / "b.json", wrong)]
    (tmp_path / "c.json").write_text(f'{{"{secret}', "utf-8")
    for name in ("text", "json", "jsonl"):
        shown = run_here("onboard-check", *files, tmp_path / "c.json", "-o", name, "-v", *DAY)
        assert shown.returncode == 2
        assert "SECRET" not in shown.stdout + shown.stderr


# The registry.


def test_every_broken_line_of_a_registry_is_listed_and_nothing_is_judged(here: Path) -> None:
    lines = [
        json.dumps(shop()),
        "{",
        json.dumps({**shop(), "record": "shopp"}),
        "",
        json.dumps({**ban(), "reason": "rudeness"}),
        json.dumps({**shop("S-2"), "closed_on": "2024-01-01"}),
        json.dumps({**shop("S-3"), "closed_for": "other"}),
        '{"record": "ban", "record": "shop"}',
        json.dumps({**shop("S-4"), "opened_on": "2024-02-30"}),
        "null",
        "\x00",
        '{"record":"shop","shop_id":NaN}',
        json.dumps({**shop("S-5", opend_on=1)}),
    ]
    (here / "registry.jsonl").write_text("\n".join(lines), "utf-8")
    shown = _check(here, "good.json", "--registry", "registry.jsonl")
    _refused(shown)
    named = {int(found) for found in re.findall(r"registry\.jsonl:(\d+)", shown.stderr)}
    assert named == {2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13}
    assert "did you mean `shop`?" in shown.stderr


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("missing.jsonl", ("missing.jsonl", "no such file")),
        ("missing.db", ("missing.db", "no such file")),
        ("sqlite:///missing.db", ("no such file",)),
        ("good.json", ("good.json", "this is an application, not a registry")),
        ("registry.csv", ("no registry address",)),
        ("text.db", ("text.db",)),
        ("empty.db", ("not a registry",)),
        ("folder.jsonl", ("folder.jsonl",)),
        ("folder.db", ("folder.db",)),
    ],
)
def test_a_registry_that_is_none_decides_nothing(here: Path, address: str, words: tuple[str, ...]) -> None:
    (here / "text.db").write_text("no database at all, but long enough to be looked at" * 20, "utf-8")
    (here / "empty.db").touch()
    (here / "folder.jsonl").mkdir()
    (here / "folder.db").mkdir()
    _refused(_check(here, "good.json", "--registry", address), *words)


def test_the_registry_is_taken_from_the_environment_and_the_flag_beats_it(here: Path) -> None:
    _write(here / "full.jsonl", *(shop(f"S-{n}") for n in range(3)))
    by_env = _check(here, "good.json", env={"ONBOARD_REGISTRY": "full.jsonl"})
    by_flag = _check(here, "good.json", "--registry", "registry.jsonl", env={"ONBOARD_REGISTRY": "full.jsonl"})
    assert (by_env.returncode, by_flag.returncode) == (1, 0)


@pytest.mark.parametrize(
    "words",
    [
        ("check", "good.json", *DAY),
        ("screen", "good.json", "-o", "out.jsonl"),
        ("rules", "impact", "douyin", "jd"),
        ("rules", "diff", "douyin", "jd", "--applications", "."),
        ("registry", "list"),
        ("registry", "ban", USCC, "--reason", "application_fraud", "--on", "2024-08-01", "--note", "x"),
    ],
    ids=" ".join,
)
def test_of_two_registries_none_is_left_unread(here: Path, words: tuple[str, ...]) -> None:
    _write(here / "bans.jsonl", ban())
    run_here("onboard", "registry", "import", "bans.jsonl", "bans.db", cwd=here)
    before = (here / "bans.db").read_bytes()
    _refused(
        run_here("onboard", *words, "--registry", "bans.db", "--registry", "other.db", cwd=here), "`--registry`", "once"
    )
    assert (here / "bans.db").read_bytes() == before
    assert not (here / "other.db").exists()


@pytest.mark.parametrize("words", ["import bans.jsonl one.db", "export one.db out.jsonl", "init one.db"])
def test_of_two_registries_one_may_not_be_among_the_arguments(here: Path, words: str) -> None:
    _write(here / "bans.jsonl", ban())
    run_here("onboard", "registry", "init", "one.db", cwd=here)
    before = (here / "one.db").read_bytes()
    _refused(
        run_here("onboard", "registry", *words.split(), "--registry", "other.db", cwd=here), "`--registry`", "once"
    )
    assert (here / "one.db").read_bytes() == before
    assert run_here("onboard", "registry", *words.split(), "--registry", "one.db", cwd=here).returncode == 0


def test_a_registry_that_is_named_twice_is_one(here: Path) -> None:
    _write(here / "bans.jsonl", ban())
    twice = ("--registry", "bans.jsonl") * 2
    assert _check(here, "good.json", *twice).returncode == 1
    assert _check(here, "good.json", *twice[:2]).returncode == 1


def test_import_is_idempotent_and_judges_like_the_file_it_came_from(here: Path) -> None:
    records = [*(shop(f"S-{n}", (f"牌{n}",)) for n in range(3)), ban(on="2030-01-01"), ban(on="2030-01-01")]
    _write(here / "records.jsonl", *records, shop("S-2", ("云上",)))
    first = run_here("onboard", "registry", "import", "records.jsonl", "registry.db", cwd=here)
    again = run_here("onboard", "registry", "import", "records.jsonl", "registry.db", cwd=here)
    assert (first.returncode, again.returncode) == (0, 0)
    assert re.search(r"\b[1-9]\d* ", first.stdout)
    assert re.search(r"\b0 ", again.stdout)
    results = []
    for address in ("records.jsonl", "registry.db", f"sqlite:///{here}/registry.db"):
        (result,) = json.loads(_check(here, "good.json", "--registry", address, "-o", "json").stdout)["results"]
        results.append(result)
    assert results[0] == results[1] == results[2]
    assert results[0]["facts"]["shops_if_admitted"] == 4


def test_import_is_all_or_nothing(here: Path) -> None:
    _write(here / "good.jsonl", shop("S-1"))
    run_here("onboard", "registry", "import", "good.jsonl", "registry.db", cwd=here)
    _write(here / "broken.jsonl", shop("S-2"), {"record": "x"}, shop("S-3"), {"record": "ban"})
    shown = run_here("onboard", "registry", "import", "broken.jsonl", "registry.db", cwd=here)
    assert shown.returncode == 2
    assert {"broken.jsonl:2", "broken.jsonl:4"} <= set(re.findall(r"broken\.jsonl:\d+", shown.stderr))
    (result,) = json.loads(_check(here, "good.json", "--registry", "registry.db", "-o", "json").stdout)["results"]
    assert result["facts"]["shops_if_admitted"] == 2


# Misuse.


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), ("nothing to judge",)),
        (("good.json", "--no-such-flag"), ("--no-such-flag",)),
        (("good.json", "-o", "xml"), ("no format `xml`", "json")),
        (("good.json", "-o", "text", "-o", "json"), ("standard output",)),
        (("good.json", "--lang", "de"), ("de",)),
        (("good.json", "--color", "green"), ("green",)),
        (("good.json", "--ruleset", "douyn"), ("did you mean `douyin`",)),
        (("good.json", "--ruleset", "no/such/folder"), ("no/such/folder",)),
        (("good.json", "--ruleset", "."), ("ruleset.json",)),
        *(
            (("good.json", f"--as-of={day}"), ("YYYY-MM-DD",))
            for day in ("2024-02-30", "20240805", "2024-8-5", "yesterday", "2024-W32-1", "")
        ),
    ],
    ids=str,
)
def test_misuse_is_explained_and_judges_nothing(here: Path, args: tuple[str, ...], words: tuple[str, ...]) -> None:
    # The flag under test comes last, where it beats the day given before.
    _refused(run_here("onboard-check", *DAY, *args, cwd=here), *words)


def test_a_traceback_only_where_it_is_asked_for_and_the_exit_code_stays(here: Path) -> None:
    args = ("good.json", "--registry", "missing.jsonl")
    plain, traced = _check(here, *args), _check(here, *args, "--traceback")
    assert (plain.returncode, traced.returncode) == (2, 2)
    assert "Traceback" not in plain.stderr
    assert "Traceback (most recent call last)" in traced.stderr
    assert "missing.jsonl" in traced.stderr


@pytest.mark.parametrize("command", ["onboard-check", "onboard"])
@pytest.mark.parametrize("flag", ["--help", "-h", "--version"])
def test_help_and_version(command: str, flag: str) -> None:
    if (command, flag) == ("onboard", "-h"):
        assert run(command, flag).stdout == run(command, "--help").stdout
    shown = run(command, flag)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert command in shown.stdout
    if flag != "--version":
        assert "--version" in shown.stdout


def test_onboard_check_is_the_same_command(here: Path) -> None:
    one = _check(here, "good.json", "bad.json", "-o", "json")
    other = run_here("onboard", "check", "good.json", "bad.json", "-o", "json", *DAY, cwd=here)
    assert (one.stdout, one.returncode) == (other.stdout, other.returncode)


# The rules.


def test_the_rules_are_listed_and_shown_in_both_languages() -> None:
    names = sorted(path.stem for path in (ROOT / "schemas/douyin").glob("*.json") if path.stem != "ruleset")
    listed = run_here("onboard", "rules", "list")
    assert listed.returncode == 0
    assert all(name in listed.stdout for name in names)
    assert "from 2024-08-05" in listed.stdout
    assert "店铺" in run_here("onboard", "rules", "list", "--lang", "zh").stdout
    for lang, word in (("en", "P6: One subject"), ("zh", "P6：一个主体")):
        shown = run_here("onboard", "rules", "show", "max-three-shops", "--lang", lang)
        assert shown.returncode == 0
        assert word in shown.stdout
        assert '"maximum": 3' in shown.stdout


def test_a_rule_that_is_none_is_answered_with_the_nearest() -> None:
    _refused(run_here("onboard", "rules", "show", "max-tree-shops"), "did you mean `max-three-shops`")
    _refused(run_here("onboard", "rules", "show", "xyz"), "rules list")


def test_the_facts_are_listed_with_their_types() -> None:
    shown = run_here("onboard", "rules", "facts")
    assert shown.returncode == 0
    for line in (
        "shops_if_admitted *",
        "months_since_voluntary_exit *",
        "license_days_left  ",
        "bans.application_fraud *",
    ):
        assert line in shown.stdout


def test_the_shipped_rules_pass_their_lint() -> None:
    shown = run_here("onboard", "rules", "lint")
    assert shown.returncode == 0
    assert "problems: 0" in shown.stdout


def test_the_lint_can_write_files_in_canonical_form(tmp_path: Path) -> None:
    for file in (ROOT / "schemas/douyin").glob("*.json"):
        (tmp_path / file.name).write_text(json.dumps(json.loads(file.read_text("utf-8"))), "utf-8")
    before = run_here("onboard", "rules", "lint", tmp_path)
    assert before.returncode == 2
    assert "not in canonical form" in before.stdout
    assert run_here("onboard", "rules", "lint", tmp_path, "--fix").returncode == 0
    for file in (ROOT / "schemas/douyin").glob("*.json"):
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def test_a_report_file_is_an_ordinary_file(here: Path) -> None:
    _check(here, "good.json", "-o", "json=report.json")
    assert stat.S_ISREG((here / "report.json").stat().st_mode)
    assert (here / "report.json").read_text("utf-8").endswith("}\n")
