"""`--changed-since`: all is judged, and what git knows to be as it was is not shown."""

import json
import os
import shutil
import subprocess
import tracemalloc
from pathlib import Path

import pytest
from builders import OTHER_USCC, ROOT, application, run, shop
from in_process import run_here

from onboarding.cli.changes import changed

pytestmark = pytest.mark.needs("git")

ASKED = ("onboard-check", "apps", "--registry", "registry.jsonl", "--as-of", "2024-08-05", "-o", "json")
ISOLATED = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def git(folder: Path, *words: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", *words], cwd=folder, env=kept | ISOLATED, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def write(folder: Path, name: str, **changes: object) -> None:
    path = folder / "apps" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    value = {"/application_id": name, "/brands/0/name": name, **{f"/{key}": v for key, v in changes.items()}}
    path.write_text(json.dumps(application(value)), encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two applications of two subjects and an empty registry."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "registry.jsonl").touch()
    write(folder, "old", submitted_on="2024-08-02")
    write(folder, "other", **{"business_license/uscc": OTHER_USCC})
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "next")


def shown(folder: Path, *args: str, code: int = 0, revision: str = "HEAD") -> dict[str, str]:
    done = run_here(*ASKED, "--changed-since", revision, *args, cwd=folder)
    assert done.returncode == code, done.stderr
    return {result["source"]: result["verdict"] for result in json.loads(done.stdout)["results"]}


def test_nothing_changed_shows_nothing_and_says_what_was_judged(repository: Path) -> None:
    done = run_here(*ASKED, "--changed-since", "HEAD", cwd=repository)
    assert (done.returncode, json.loads(done.stdout)["results"]) == (0, [])
    assert done.stderr == "note: as at `HEAD` and not shown: 2 checked: 2 pass\n"


def test_what_is_new_edited_or_renamed_is_shown_tracked_or_not(repository: Path) -> None:
    write(repository, "new", **{"business_license/uscc": OTHER_USCC})
    assert list(shown(repository)) == ["apps/new.json"]
    (repository / ".gitignore").write_text("new.json\n", encoding="utf-8")
    assert list(shown(repository)) == ["apps/new.json"]
    (repository / "apps/other.json").rename(repository / "apps/renamed.json")
    commit(repository)
    assert list(shown(repository, revision="HEAD~1")) == ["apps/new.json", "apps/renamed.json"]
    write(repository, "old", **{"shop/name": "x"})
    assert list(shown(repository)) == ["apps/new.json", "apps/old.json"]


@pytest.mark.parametrize("told", ["--assume-unchanged", "--skip-worktree"])
def test_what_git_was_told_to_take_for_unchanged_has_changed(repository: Path, told: str) -> None:
    git(repository, "update-index", told, "apps/other.json")
    write(repository, "other", **{"business_license/uscc": OTHER_USCC, "subject/type": "individual"})
    assert shown(repository, code=1) == {"apps/other.json": "fail"}


def test_what_changed_is_judged_jointly_with_what_did_not(repository: Path) -> None:
    write(repository, "new", **{"brands/0/name": "old", "submitted_on": "2024-08-03"})
    assert shown(repository, code=1) == {"apps/new.json": "fail"}


def test_what_did_not_change_and_is_refused_for_what_did_is_shown(repository: Path) -> None:
    write(repository, "new", **{"brands/0/name": "old", "submitted_on": "2024-08-01"})
    assert shown(repository, code=1) == {"apps/new.json": "pass", "apps/old.json": "fail"}


def test_it_is_shown_too_where_more_shops_are_on_record_than_a_reason_shows(repository: Path, tmp_path: Path) -> None:
    shops = [json.dumps(shop(f"S-{n}", (f"b{n}",))) + "\n" for n in range(120)]
    (repository / "registry.jsonl").write_text("".join(shops), encoding="utf-8")
    rules = Path(shutil.copytree(ROOT / "schemas/douyin", tmp_path / "rules"))
    limit = (rules / "max-three-shops.json").read_text("utf-8").replace('"maximum": 3', '"maximum": 121')
    (rules / "max-three-shops.json").write_text(limit, encoding="utf-8")
    commit(repository)
    assert shown(repository, "--ruleset", str(rules)) == {}
    write(repository, "new", submitted_on="2024-08-01")
    assert shown(repository, "--ruleset", str(rules), code=1) == {"apps/new.json": "pass", "apps/old.json": "fail"}


def test_a_refusal_that_was_there_before_is_counted_and_makes_no_exit_code(repository: Path) -> None:
    write(repository, "old", **{"subject/type": "individual"})
    commit(repository)
    write(repository, "new", **{"business_license/uscc": OTHER_USCC})
    done = run_here(*ASKED, "--changed-since", "HEAD", cwd=repository)
    assert done.returncode == 0
    assert done.stderr == "note: as at `HEAD` and not shown: 2 checked: 1 pass, 1 refused\n"


def test_a_file_that_nobody_can_judge_is_shown_whenever_it_came(repository: Path) -> None:
    (repository / "apps/broken.json").write_text("{", encoding="utf-8")
    commit(repository)
    assert shown(repository, code=2) == {"apps/broken.json": "invalid"}


def test_a_link_is_as_old_as_what_it_leads_to(repository: Path) -> None:
    (repository / "apps/old.json").rename(repository / "kept.json")
    (repository / "apps/old.json").symlink_to("../kept.json")
    commit(repository)
    assert shown(repository) == {}
    (repository / "kept.json").write_text((repository / "kept.json").read_text("utf-8") + "\n", encoding="utf-8")
    assert list(shown(repository)) == ["apps/old.json"]


def test_what_a_new_link_leads_to_has_changed_though_it_lay_there_before(repository: Path) -> None:
    (repository / "drafts").mkdir()
    draft = application({"/application_id": "draft", "/subject/type": "individual"})
    (repository / "drafts/draft.json").write_text(json.dumps(draft), encoding="utf-8")
    (repository / "apps/later").symlink_to("../drafts/none")
    commit(repository)
    (repository / "apps/later").unlink()
    (repository / "apps/later").symlink_to("../drafts")
    (repository / "apps/new").symlink_to("../drafts")
    assert shown(repository, code=1) == {"apps/later/draft.json": "fail"}
    commit(repository)
    assert shown(repository) == {}
    assert shown(repository, revision="HEAD~1", code=1) == {"apps/later/draft.json": "fail"}


def test_attributes_of_the_checkout_make_no_other_content_unchanged(repository: Path) -> None:
    write(repository, "old", **{"brands/0/name": "$Id$"})
    commit(repository)
    (repository / ".gitattributes").write_text("*.json ident\n", encoding="utf-8")
    (repository / "apps/old.json").unlink()
    git(repository, "checkout", "apps/old.json")
    assert "$Id: " in (repository / "apps/old.json").read_text("utf-8")
    assert git(repository, "diff", "--name-only", "HEAD") == ""
    assert list(shown(repository)) == ["apps/old.json"]


@pytest.mark.parametrize("what", ["", "^{tree}"], ids=["commit", "tree"])
def test_nothing_stands_in_for_the_commit_that_is_named(repository: Path, what: str) -> None:
    """A reference of a repository can have git take any commit or tree for another."""
    write(repository, "old", submitted_on="2024-08-03")
    commit(repository)
    git(repository, "replace", f"HEAD~1{what}", f"HEAD{what}")
    assert list(shown(repository, revision="HEAD~1")) == ["apps/old.json"]


def test_texts_that_git_checks_out_with_other_ends_of_lines_are_unchanged(repository: Path) -> None:
    write(repository, "old")
    (repository / "apps/old.json").write_text(json.dumps(application(), indent=2), encoding="utf-8")
    commit(repository)
    git(repository, "config", "core.autocrlf", "true")
    (repository / "apps/old.json").unlink()
    git(repository, "checkout", "apps/old.json")
    assert b"\r\n" in (repository / "apps/old.json").read_bytes()
    assert shown(repository) == {}


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_the_lines_of_a_large_file_are_unchanged_and_it_is_never_whole_in_memory(
    repository: Path, monkeypatch: pytest.MonkeyPatch, ends: bytes
) -> None:
    block = b" " * ((1 << 20) - 1)
    path = repository / "apps" / "many.jsonl"
    path.write_bytes((block + b"\n") * 8 + b"x\ry")
    commit(repository)
    path.write_bytes((block + ends) * 8 + b"x\ry")
    monkeypatch.chdir(repository)
    is_changed = changed("HEAD")
    tracemalloc.start()
    try:
        assert not is_changed("apps/many.jsonl")
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()
    path.write_bytes((block + ends) * 8 + b"x\r\ry")
    assert changed("HEAD")("apps/many.jsonl")


def test_each_file_is_looked_at_once_however_many_applications_it_holds(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    is_changed = changed("HEAD")
    assert not is_changed("apps/old.json")
    (repository / "apps/old.json").unlink()
    assert not is_changed("apps/old.json")


def test_a_repository_of_the_other_object_format_is_one(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    (tmp_path / "registry.jsonl").touch()
    write(tmp_path, "old")
    commit(tmp_path)
    write(tmp_path, "new", **{"business_license/uscc": OTHER_USCC})
    assert list(shown(tmp_path)) == ["apps/new.json"]


@pytest.mark.parametrize("worktree", [".", ".."])
def test_a_folder_that_looks_like_a_repository_says_nothing_and_runs_nothing(repository: Path, worktree: str) -> None:
    folder = repository / "apps"
    write(repository, "new", **{"subject/type": "individual", "business_license/uscc": OTHER_USCC})
    git(folder, "init", "-q", "--bare", "bare")
    for item in (folder / "bare").iterdir():
        item.rename(folder / item.name)
    git(folder, "--git-dir=.", "--work-tree=..", "add", "-f", "--all", "..")
    git(folder, "--git-dir=.", "--work-tree=..", "commit", "-q", "-m", "ours")
    for key, value in {"bare": "false", "worktree": worktree, "fsmonitor": "touch owned; false"}.items():
        git(folder, "config", "--file=config", f"core.{key}", value)
    asked = ("new.json", "--registry", "../registry.jsonl", "--as-of", "2024-08-05", "-o", "json")
    done = run_here("onboard-check", *asked, "--changed-since", "HEAD", cwd=folder)
    assert [result["verdict"] for result in json.loads(done.stdout)["results"]] == ["fail"]
    assert list(repository.rglob("owned")) == []


def test_a_deleted_file_is_neither_judged_nor_shown(repository: Path) -> None:
    (repository / "apps/old.json").unlink()
    assert shown(repository) == {}


def test_files_outside_of_the_repository_have_changed(repository: Path, tmp_path: Path) -> None:
    write(tmp_path, "far")
    assert [Path(source).name for source in shown(repository, str(tmp_path / "apps"))] == ["far.json"]


def test_from_a_folder_below_the_top_it_is_the_same(repository: Path) -> None:
    write(repository, "new", **{"business_license/uscc": OTHER_USCC})
    done = run_here("onboard-check", ".", "--registry", "../registry.jsonl", "--as-of", "2024-08-05", "-o", "json",
                    "--changed-since", "HEAD", cwd=repository / "apps")  # fmt: skip
    assert [result["application_id"] for result in json.loads(done.stdout)["results"]] == ["new"]


NO_COMMITS = ["nowhere", "HEAD:apps", "--all", "-h", "", "HEAD; ls", "main..main"]


@pytest.mark.parametrize("revision", NO_COMMITS)
def test_a_revision_that_is_no_commit_is_an_error(repository: Path, revision: str) -> None:
    done = run_here(*ASKED, f"--changed-since={revision}", cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: `{revision}` is no commit of this repository\n")


def test_a_shallow_clone_that_lacks_the_commit_says_how_to_fetch_it(repository: Path, tmp_path: Path) -> None:
    write(repository, "new")
    first = git(repository, "rev-parse", "HEAD")
    commit(repository)
    git(tmp_path, "clone", "-q", "--depth=1", repository.as_uri(), "clone")
    done = run_here(*ASKED, "--changed-since", first, cwd=tmp_path / "clone")
    assert done.returncode == 2
    assert f"no commit `{first}` in this shallow clone; fetch it first" in done.stderr
    git(tmp_path / "clone", "fetch", "-q", "--depth=1", "origin", first)
    assert list(shown(tmp_path / "clone", revision=first)) == ["apps/new.json"]


def test_outside_of_a_repository_and_without_git_are_errors(repository: Path, tmp_path: Path) -> None:
    (repository / ".git").rename(tmp_path / "away")
    outside = run(*ASKED, "--changed-since", "HEAD", cwd=repository, env={"GIT_CEILING_DIRECTORIES": str(tmp_path)})
    assert outside.returncode == 2
    assert "error: git cannot say what has changed: not a git repository" in outside.stderr
    without = run(*ASKED, "--changed-since", "HEAD", cwd=repository, env={"PATH": str(tmp_path)})
    assert without.returncode == 2
    assert "asks git, which is not installed" in without.stderr


def test_no_git_that_lies_in_the_checkout_is_run(repository: Path) -> None:
    (repository / "git").write_text("#!/bin/sh\ntouch owned\n", encoding="utf-8")
    (repository / "git").chmod(0o755)
    path = os.pathsep.join((".", "", os.environ["PATH"]))
    done = run_here(*ASKED, "--changed-since", "HEAD", cwd=repository, env={"PATH": path})
    assert (done.returncode, (repository / "owned").exists()) == (0, False)
