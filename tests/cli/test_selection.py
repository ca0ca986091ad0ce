"""Which files are judged: files, folders, patterns to leave out, and nothing at all."""

import json
from pathlib import Path

import pytest
from builders import application
from in_process import run_here

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
