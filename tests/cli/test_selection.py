"""Which files are judged: files, folders, patterns to leave out, and nothing at all."""

import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

import pytest
from builders import OTHER_USCC, application, run, shop
from in_process import run_here
from pathspec import GitIgnoreSpec

from onboarding.cli.excludes import excluding
from onboarding.cli.globs import to_glob

FILES = ("a.json", "b.json", "drafts/c.json", "drafts/deep/d.json", "old/drafts/e.json", "x y.json", "notes.txt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (*FILES, ".hidden.json", ".git/f.json"):
        path = tmp_path / "apps" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(application({"/application_id": name})), encoding="utf-8")
    return tmp_path


def judged(folder: Path, *args: str) -> list[str]:
    done = run_here("onboard-check", "-o", "json", "--as-of", "2024-08-05", *args, cwd=folder)
    assert done.returncode == 3, done.stderr
    return [result["application_id"] for result in json.loads(done.stdout)["results"]]


ALL = ["a.json", "b.json", "x y.json", "drafts/c.json", "drafts/deep/d.json", "old/drafts/e.json"]
EXCLUDES = {
    "nothing": ((), ALL),
    "a folder anywhere": (("drafts/",), ["a.json", "b.json", "x y.json"]),
    "a folder at the top": (("/drafts/",), ["a.json", "b.json", "x y.json", "old/drafts/e.json"]),
    "a name anywhere": (("[cde].json",), ["a.json", "b.json", "x y.json"]),
    "a path": (("drafts/deep/*",), [name for name in ALL if "deep" not in name]),
    "a path at any depth": (("**/deep/**",), [name for name in ALL if "deep" not in name]),
    "several": (("a.json", "drafts/", "x y.json"), ["b.json"]),
    "all but one": (("*.json", "!b.json"), ["b.json"]),
    "with a space": (("x y.json",), [name for name in ALL if " " not in name]),
    "the folder given is no part of the path": (("apps/",), ALL),
}


@pytest.mark.parametrize(("patterns", "left"), EXCLUDES.values(), ids=EXCLUDES.keys())
def test_a_folder_stands_for_its_json_files_but_those_excluded(
    folder: Path, patterns: tuple[str, ...], left: list[str]
) -> None:
    excludes = [f"--exclude={pattern}" for pattern in patterns]
    assert judged(folder, "apps", *excludes) == left
    assert judged(folder, "apps/", *excludes) == left
    assert judged(folder / "apps", ".", *excludes) == left
    assert judged(Path("/"), str(folder / "apps"), *excludes) == left


def test_a_file_named_directly_is_excluded_by_its_path_from_the_working_folder(folder: Path) -> None:
    named = ("apps/a.json", "apps/drafts/c.json")
    assert judged(folder, *named, "--exclude", "drafts/") == ["a.json"]
    assert judged(folder, *named, "--exclude", "a.json") == ["drafts/c.json"]
    assert judged(folder, *named, "--exclude", "/a.json") == ["a.json", "drafts/c.json"]
    assert judged(folder, *named, "--exclude", "/apps/a.json") == ["drafts/c.json"]
    # Where somebody keeps the working folder is no ground to leave files out.
    assert judged(folder / "apps" / "drafts", "c.json", str(folder / "apps" / "a.json"), "--exclude", "apps/") == [
        *("drafts/c.json", "a.json")
    ]


def test_each_file_is_judged_once_however_it_is_named(folder: Path) -> None:
    assert judged(folder, "apps/b.json", "apps", "./apps/a.json") == ["b.json", *(n for n in ALL if n != "b.json")]


GLOBS = {
    "all in a folder": ("apps/*.json", ["a.json", "b.json", "x y.json"]),
    "at any depth": ("apps/**/*.json", ALL),
    "at any depth below here": ("**/*.json", ALL),
    "a folder at any depth": ("**/drafts", ["drafts/c.json", "drafts/deep/d.json", "old/drafts/e.json"]),
    "in a folder at any depth": ("apps/**/drafts/*.json", ["drafts/c.json", "old/drafts/e.json"]),
    "one character": ("apps/?.json", ["a.json", "b.json"]),
    "one of some": ("apps/[bc].json", ["b.json"]),
    "none of some": ("apps/[!b].json", ["a.json"]),
    "part of a folder's name": ("ap*/dr*/*.json", ["drafts/c.json"]),
    "folders": ("apps/*s", ["drafts/c.json", "drafts/deep/d.json"]),
    "no folder for two stars": ("apps/**/**/a.json", ["a.json"]),
}


@pytest.mark.parametrize(("pattern", "found"), GLOBS.values(), ids=GLOBS.keys())
def test_a_quoted_pattern_stands_for_what_a_shell_would_make_of_it(
    folder: Path, pattern: str, found: list[str]
) -> None:
    assert judged(folder, pattern) == found
    assert judged(Path("/"), str(folder / pattern)) == found


def test_what_a_pattern_finds_is_excluded_by_its_path_from_the_working_folder(folder: Path) -> None:
    assert judged(folder, "apps/**/*.json", "--exclude", "drafts/") == ["a.json", "b.json", "x y.json"]
    assert judged(folder, "apps/*.json", "--exclude", "/apps/a.json") == ["b.json", "x y.json"]


def test_a_pattern_that_matches_nothing_is_an_error_even_beside_one_that_does(folder: Path) -> None:
    for allowed in ((), ("--allow-empty",)):
        done = run_here("onboard-check", "apps/*.json", "apps/*.jsn", *allowed, cwd=folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: no file matches `apps/*.jsn`\n")


BEARERS = {
    "apps/*.json": ["a.json", "b.json"],
    "apps/[ab].json": ["a.json", "b.json"],
    "apps/dra*s/*": ["drafts/c.json"],
}


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
@pytest.mark.parametrize(("pattern", "others"), BEARERS.items(), ids=BEARERS)
def test_what_bears_the_very_name_of_a_pattern_hides_nothing(
    folder: Path, pattern: str, others: list[str], kind: str
) -> None:
    bearer, moved = folder / pattern, folder / "apps" / "x y.json"
    bearer.parent.mkdir(exist_ok=True)
    match kind:
        case "file":
            moved.rename(bearer)
        case "link":
            bearer.symlink_to(moved)
        case "folder":
            bearer.mkdir()
            moved.rename(bearer / "x.json")
    found = judged(folder, pattern)
    assert found[0] == "x y.json"
    assert {*others} <= {*found}


def test_a_file_that_only_looks_like_a_pattern_is_judged(folder: Path) -> None:
    (folder / "apps" / "a.json").rename(folder / "apps" / "[a].json")
    assert judged(folder, "apps/[a].json") == ["a.json"]


def test_what_a_hook_passes_by_its_name_is_judged_though_it_looks_like_a_pattern_and_walks_no_folder(
    folder: Path,
) -> None:
    (folder / "apps" / "old" / "[x]").mkdir()
    passed = [f"apps/old/{name}[{n}].json" for name in ("a", "[x]/b") for n in range(1, 4)] + ["apps/old/[b.].json"]
    for name in (*passed, "apps/old/a2.json", "apps/old/.json"):
        (folder / name).write_text("{", encoding="utf-8")
    for closed in ("apps/old", "apps/old/[x]"):
        (folder / closed).chmod(0o311)  # who knows a name may go on
    found = invalid(folder, *passed, preexec_fn=with_no_more_rights_than_others)
    assert list(found) == ["apps/old/a[1].json", "apps/old/a[2].json", "apps/old/a2.json", *passed[2:]]


def test_a_name_that_looks_like_a_pattern_tells_no_less_than_a_walk_does(folder: Path) -> None:
    for name in ("old", "[do]ld"):
        (folder / "apps" / name).mkdir(exist_ok=True)
        (folder / "apps" / name / "a.json").write_text("{", encoding="utf-8")
    (folder / "apps" / "old").chmod(0)
    found = invalid(folder, "apps/[do]ld/a.json", preexec_fn=with_no_more_rights_than_others)
    assert found["apps/old"] == "permission denied"
    (folder / "apps" / "old").chmod(0o755)
    (folder / "apps" / "dld").symlink_to("drafts")
    assert {"drafts/c.json", "drafts/deep/d.json"} < {*judged(folder, "apps/[do]ld", "--exclude", "a.json")}


def test_a_pattern_says_which_names_it_stands_for() -> None:
    texts = ["".join(signs) for size in range(1, 6) for signs in product("[]-!a", repeat=size)]
    given = 0
    for pattern in filter(lambda text: "[" in text, texts):
        glob = to_glob(pattern)
        if (names := glob.names()) is not None:
            given += 1
            meant = {name for name in (*texts[:155], pattern) if glob.matches(name)}
            assert meant == {*names} & {*texts[:155], pattern}, pattern
    assert given > 1000
    assert to_glob("[a-c]/x[1-3].json").names() == [f"{folder}/x{n}.json" for folder in "abc" for n in "123"]
    assert [to_glob(walk).names() for walk in ("[a]*", "[a]?", "[!a]", "**/[a]", "[a-\uffff]", "[0-9][0-9][0-9]")] == [
        None
    ] * 6


def test_a_pattern_looks_only_where_it_may_find_something(folder: Path) -> None:
    for name in ("drafts", "old"):
        (folder / "apps" / name).chmod(0)
    assert invalid(folder, "apps/*.json", preexec_fn=with_no_more_rights_than_others) == {}
    found = invalid(folder, "apps/d*/*.json", "apps/*.json", preexec_fn=with_no_more_rights_than_others)
    assert found == {"apps/drafts": "permission denied"}


def test_a_file_of_another_program_is_told_as_that(folder: Path) -> None:
    (folder / "apps" / "package.json").write_text('{"name": "x", "version": "1"}', encoding="utf-8")
    (folder / "apps" / "slips.json").write_text('{"aplication_id": "x", "subjekt": {}}', encoding="utf-8")
    done = run_here("onboard-check", "apps", "-o", "json", cwd=folder)
    results = json.loads(done.stdout)["results"]
    first = {result["source"]: result["errors"][0] for result in results if result["verdict"] == "invalid"}
    assert first["apps/package.json"]["hint"]["en"] == "`--exclude package.json` leaves such files out"
    assert "nearly that name" in first["apps/slips.json"]["hint"]["en"]
    assert "package.json" not in run_here("onboard-check", "apps", "--exclude", "package.json", cwd=folder).stdout


def test_a_line_of_many_applications_is_no_file_to_be_left_out(folder: Path) -> None:
    (folder / "many.jsonl").write_text('{"name": "x"}\n')
    done = run_here("onboard-check", "many.jsonl", "-o", "json", cwd=folder)
    [result] = json.loads(done.stdout)["results"]
    assert [error["pointer"] for error in result["errors"]] == ["/application_id", "/subject"]
    assert not any("hint" in error for error in result["errors"])


NOTHING = {
    "an empty folder": ("empty",),
    "a folder without json": ("text",),
    "all of a folder excluded": ("apps", "--exclude", "*"),
    "a file excluded": ("apps/a.json", "--exclude", "a.json"),
}


@pytest.mark.parametrize("args", NOTHING.values(), ids=NOTHING.keys())
def test_having_nothing_to_judge_is_an_error_unless_it_is_allowed(folder: Path, args: tuple[str, ...]) -> None:
    (folder / "empty").mkdir()
    (folder / "text").mkdir()
    (folder / "text" / "a.txt").touch()
    refused = run_here("onboard-check", *args, cwd=folder)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"no file to judge in `{args[0]}`" in refused.stderr
    allowed = run_here("onboard-check", *args, "--allow-empty", "--as-of", "2024-08-05", cwd=folder)
    assert (allowed.returncode, allowed.stderr) == (0, "")
    assert allowed.stdout.startswith("Nothing to check (")
    report = run_here("onboard-check", *args, "--allow-empty", "-o", "json", cwd=folder)
    assert json.loads(report.stdout)["results"] == []


def test_allow_empty_does_not_excuse_a_missing_file(folder: Path) -> None:
    assert run_here("onboard-check", "missing.json", "--allow-empty", cwd=folder).returncode == 2


def test_no_path_at_all_is_an_error_that_says_what_to_do(folder: Path) -> None:
    done = run_here("onboard-check", cwd=folder)
    assert done.returncode == 2
    assert "name files or folders, or set `paths`" in done.stderr


def test_a_pattern_that_is_none_is_an_error(folder: Path) -> None:
    done = run_here("onboard-check", "apps", "--exclude", "!", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: `--exclude` takes patterns as in a `.gitignore` file")


def test_a_folder_is_judged_whole_and_jointly(tmp_path: Path) -> None:
    """Two new shops for one brand: whichever file changed last, the later application is refused."""
    (tmp_path / "registry.jsonl").touch()
    for name, day in (("new", "2024-08-02"), ("old", "2024-08-01")):
        made = application({"/application_id": name, "/submitted_on": day})
        (tmp_path / f"{name}.json").write_text(json.dumps(made), encoding="utf-8")
    done = run_here(
        *("onboard-check", ".", "--registry", "registry.jsonl", "--as-of", "2024-08-05", "-o", "json"), cwd=tmp_path
    )
    verdicts = {result["application_id"]: result["verdict"] for result in json.loads(done.stdout)["results"]}
    assert verdicts == {"new": "fail", "old": "pass"}


# What was not looked at is never green.


def invalid(folder: Path, *args: str, **options: Any) -> dict[str, str]:
    """What a check of a registry without records calls invalid: the message by source."""
    (folder / "registry.jsonl").touch()
    line = ("onboard-check", "-o", "json", "--as-of", "2024-08-05", "--registry", "registry.jsonl", "--independent")
    done = run(*line, *args, cwd=folder, **options)
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    wrong = [result for result in report["results"] if result["verdict"] == "invalid"]
    assert done.returncode == (2 if wrong else 0), done.stderr
    return {result["source"]: result["errors"][0]["message"]["en"] for result in wrong}


def with_no_more_rights_than_others() -> None:
    """In a process to be: even root may not enter what is closed to it."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_a_folder_that_may_not_be_looked_into_is_invalid_and_stops_no_other(folder: Path) -> None:
    for name in ("closed", "drafts"):
        (folder / "apps" / name).mkdir(exist_ok=True)
        (folder / "apps" / name).chmod(0)
    (folder / "apps" / "link").symlink_to("closed/inner")
    found = invalid(folder, "apps", preexec_fn=with_no_more_rights_than_others)
    denied = invalid(folder, "apps/drafts", preexec_fn=with_no_more_rights_than_others)
    assert found == dict.fromkeys(("apps/closed", "apps/drafts", "apps/link"), "permission denied")
    assert denied == {"apps/drafts": "permission denied"}


@pytest.fixture
def nest(folder: Path) -> Iterator[Callable[[str, int], None]]:
    """Makes folders in one another, of one name, and a file that is not JSON in the innermost."""

    def make(name: str, depth: int) -> None:
        inside = os.open(folder / "apps", os.O_RDONLY)
        for _ in range(depth):
            os.mkdir(name, dir_fd=inside)
            inside, before = os.open(name, os.O_RDONLY, dir_fd=inside), inside
            os.close(before)
        os.close(os.open("z.json", os.O_CREAT, dir_fd=inside))
        os.close(inside)

    yield make
    # The standard library cannot remove what is so deep.
    subprocess.run(["rm", "-rf", folder / "apps"], check=True)


def test_a_folder_too_deep_to_be_named_is_invalid(folder: Path, nest: Callable[[str, int], None]) -> None:
    nest("d" * 200, 25)
    assert list(invalid(folder, "apps").values()) == ["file name too long"]


def test_folders_deep_in_one_another_are_looked_into(folder: Path, nest: Callable[[str, int], None]) -> None:
    nest("d", 1500)
    (source,) = invalid(folder, "apps")
    assert source.endswith("/d/d/d/z.json")


BY_A_LINK = {
    "its files are excluded by its own path": ("apps", "--exclude", "old/*", "--exclude", "old/drafts/*.json"),
    "its files match by the link's path alone": ("apps/**/new/*/*.json",),
}


@pytest.mark.parametrize("args", BY_A_LINK.values(), ids=BY_A_LINK)
def test_what_is_meant_by_the_path_of_a_link_alone_is_judged(folder: Path, args: tuple[str, ...]) -> None:
    for link, target in (("new", "old"), ("old/drafts/round", "../.."), ("again", "old")):
        (folder / "apps" / link).symlink_to(target)
    assert "old/drafts/e.json" in judged(folder, *args)


def test_a_linked_folder_is_looked_into_once(folder: Path) -> None:
    (folder / "far").mkdir()
    (folder / "far" / "z.json").write_text("{", encoding="utf-8")
    (folder / "apps" / "a_link").symlink_to(folder / "far")
    (folder / "apps" / "b_link").symlink_to(folder / "far")
    (folder / "apps" / "c_link").symlink_to(folder / "apps" / "drafts")
    assert list(invalid(folder, "apps")) == ["apps/a_link/z.json"]
    assert list(invalid(folder, "apps", "far", "apps/b_link")) == ["apps/a_link/z.json"]
    assert list(invalid(folder, "apps", "--exclude", "a_link/")) == ["apps/b_link/z.json"]
    assert invalid(folder, "apps", "--exclude", "*_link/") == {}
    assert len(judged(folder, "apps", "--exclude", "z.json")) == len(ALL)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "note: `apps/drafts/loop` leads to `apps`, which is looked into already; its files are judged once\n"),
        ("zh", "提示：`apps/drafts/loop` 与已读取的 `apps` 是同一文件夹，其中的文件只审核一次\n"),
    ],
)
def test_links_in_a_circle_are_told(folder: Path, lang: str, said: str) -> None:
    (folder / "apps" / "drafts" / "loop").symlink_to(folder / "apps")
    done = run_here("onboard-check", "apps", "--as-of", "2024-08-05", "--lang", lang, cwd=folder)
    assert (done.returncode, done.stderr) == (3, said)


ODD = {
    "a link that leads nowhere": ("gone", "no such file or directory"),
    "a link to a file that is gone": ("gone.json", "no such file or directory"),
    "a link to itself": ("itself", "too many levels of symbolic links"),
    "a named pipe": ("pipe.json", "not a regular file"),
    "a socket": ("socket.json", "not a regular file"),
    "a device": ("zero.json", "not a regular file"),
}


@pytest.mark.parametrize(("name", "said"), ODD.values(), ids=ODD.keys())
def test_what_is_no_file_is_invalid(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    odd = folder / "apps" / name
    match odd.stem:
        case "gone":
            odd.symlink_to("nowhere")
        case "itself":
            odd.symlink_to(odd)
        case "zero":
            odd.symlink_to("/dev/zero")
        case "pipe":
            os.mkfifo(odd)
        case "socket":
            monkeypatch.chdir(odd.parent)  # its address must be short
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(name)
    assert invalid(folder, "apps", timeout=30) == {f"apps/{name}": said}
    assert invalid(folder, "apps", "--exclude", name) == {}


def test_a_file_that_changes_while_it_is_read_is_invalid(folder: Path) -> None:
    """The file grows whenever somebody opens it."""
    program = (
        "import sys, os\n"
        "def grow(event, args):\n"
        "    if event == 'open' and args[0] == 'apps/a.json' and not args[2] & os.O_APPEND:\n"
        "        os.write(os.open('apps/a.json', os.O_WRONLY | os.O_APPEND), b' ')\n"
        "sys.addaudithook(grow)\n"
        "from onboarding.cli.main import onboard_check\n"
        "onboard_check()"
    )
    args = ("apps", "--as-of", "2024-08-05", "-o", "json")
    done = subprocess.run([sys.executable, "-c", program, *args], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    first, *others = json.loads(done.stdout)["results"]
    assert (first["source"], first["verdict"]) == ("apps/a.json", "invalid")
    assert first["errors"][0]["message"]["en"] == "changed while it was read; try again"
    assert {other["verdict"] for other in others} == {"undecided"}


def test_standard_input_can_be_given_a_name(folder: Path) -> None:
    text = (folder / "apps" / "a.json").read_text(encoding="utf-8")
    line = ("onboard-check", "-", "--stdin-filename", "forms/a.json", "-o", "json", "--as-of", "2024-08-05")
    (sound,) = json.loads(run(*line, cwd=folder, input=text).stdout)["results"]
    (broken,) = json.loads(run(*line, cwd=folder, input="{").stdout)["results"]
    assert (sound["source"], broken["source"]) == ("forms/a.json", "forms/a.json")
    # It names no file to look for, and no setting.
    assert "apps/a.json" in run(*line, "apps/a.json", cwd=folder, input=text).stdout
    assert "stdin-filename" not in run(*line, "--show-config", cwd=folder, env={"ONBOARD_STDIN_FILENAME": "x"}).stdout


@pytest.mark.parametrize(
    "path",
    [
        "postgresql://me:secret@host/db",
        "jdbc:postgresql://host/db?user=me&password=secret",
        "host=h password=secret",
        "https://me:secret@host/a.json",
    ],
)
def test_an_address_in_place_of_a_file_is_shown_without_its_password(folder: Path, path: str) -> None:
    done = run_here("onboard-check", "apps", path, cwd=folder)
    assert done.returncode == 2
    assert "no such file or directory" in done.stdout
    assert "secret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("records", "noted"), [("", True), ("\n", True), (json.dumps(shop(subject_id=OTHER_USCC)), False)]
)
def test_a_registry_without_a_record_is_noted(folder: Path, records: str, noted: bool) -> None:
    (folder / "registry.jsonl").write_text(records, encoding="utf-8")
    done = run_here("onboard-check", "apps/a.json", "--registry", "registry.jsonl", "-o", "json", cwd=folder)
    (result,) = json.loads(done.stdout)["results"]
    assert any("registry holds no record" in note["message"]["en"] for note in result["notes"]) == noted


def test_an_empty_path_is_no_file(tmp_path: Path) -> None:
    done = run("onboard-check", "", cwd=tmp_path)
    assert (done.returncode, "internal" in done.stderr) == (2, False)
    assert "no such file" in done.stdout


@pytest.mark.parametrize("pattern", ["*a" * 6 + "*b", "[a-z]*" * 7 + "b", "**/a*a*a*a*a*a*a*b", "*a?" * 5 + "*b"])
def test_a_pattern_and_a_name_made_to_match_slowly_take_no_time(pattern: str) -> None:
    began = process_time()
    assert not excluding([pattern])("a" * 120 + ".json")
    assert process_time() - began < 0.5


@pytest.mark.parametrize(
    ("pattern", "left_out", "kept"),
    [
        ("*a*b", ("xayb", "d/ab", "aab/c"), ("xa/b", "ba")),
        ("a*b*c*d", ("abcd", "abbccd", "x/aXbXcXd"), ("abdc", "ab/cd")),
        ("a/*b*/c?*d", ("a/xbx/cxd",), ("a/b/cd", "a/x/cxd", "x/a/b/cxd")),
        ("a**b", ("ab", "axxb"), ("a/b",)),
        ("/*.old.*", ("a.old.json",), ("d/a.old.json",)),
        # git's way: no set holds what stands between two names.
        ("a[!b]c.json", ("axc.json",), ("a/c.json", "abc.json")),
        ("*[!b]*c", ("xyc",), ("b/c",)),
        ("[[^]a", ("[a", "^a"), ("xa",)),
    ],
)
def test_a_pattern_leaves_out_what_git_would_ignore(
    pattern: str, left_out: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    leaves_out = excluding([pattern])
    assert [name for name in (*left_out, *kept) if leaves_out(name)] == list(left_out)


@pytest.mark.parametrize("pattern", ["**/a/**/a/**/a/**/a/**/b", "a/**/a/**/*a/**/a*/**/b", "**/a/a/**/a/b/**/c"])
def test_a_pattern_and_folders_made_to_match_slowly_take_no_time(pattern: str) -> None:
    began = process_time()
    assert not excluding([pattern])("a/" * 400 + "x.json")
    assert process_time() - began < 0.5


def test_patterns_of_folders_leave_out_what_they_would_without_haste() -> None:
    random = Random(0)
    parts, names = ["**", "a", "b", "*", "a*", "?b", "**/a"], ["a", "b", "ab", "ba", "aab"]
    for _ in range(1000):
        pattern = "/".join(random.choices(parts, k=random.randint(1, 6))) + random.choice(["", "/", "/**"])
        slow, quick = GitIgnoreSpec.from_lines([pattern]), excluding([pattern])
        for _ in range(10):
            path = "/".join(random.choices(names, k=random.randint(1, 7)))
            assert quick(path) == slow.match_file(path), (pattern, path)


def test_a_pattern_longer_than_a_path_is_none(folder: Path) -> None:
    done = run_here("onboard-check", "apps", "--exclude", "?*" * 3000, cwd=folder)
    assert done.returncode == 2
    assert "`--exclude` takes patterns" in done.stderr
    assert len(done.stderr) < 10_000
