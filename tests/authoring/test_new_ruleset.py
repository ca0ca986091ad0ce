"""`onboard rules new`: a ruleset of one's own that is sound, tested, and completed by editors from the start."""

import json
import resource
from pathlib import Path

import builders
import pytest
from in_process import run_here as run

from onboarding.rules.loading import shipped_rulesets


@pytest.mark.parametrize("source", shipped_rulesets())
def test_a_copy_is_sound_and_its_cases_hold(tmp_path: Path, source: str) -> None:
    made = run("onboard", "rules", "new", tmp_path / "mine", "--from", source)
    assert (made.returncode, made.stderr) == (0, "")
    assert f"onboard rules lint {tmp_path / 'mine'}" in made.stdout
    assert run("onboard", "rules", "lint", tmp_path / "mine").returncode == 0
    assert run("onboard", "rules", "test", tmp_path / "mine").returncode == 0


def test_a_copy_says_the_same_under_its_own_id(tmp_path: Path) -> None:
    run("onboard", "rules", "new", tmp_path / "mine", "--from", "douyin")
    assert json.loads((tmp_path / "mine/ruleset.json").read_bytes())["id"] == "mine"
    assert json.loads((tmp_path / "mine/max-three-shops.json").read_bytes())["$id"] == (
        "urn:onboarding:mine:max-three-shops"
    )
    assert run("onboard", "rules", "diff", "douyin", tmp_path / "mine", "--lang", "en").stdout == "no rule changed\n"


@pytest.mark.parametrize("source", [["--from", "douyin"], []], ids=["copy", "from nothing"])
def test_each_schema_address_leads_to_a_file(tmp_path: Path, source: list[str]) -> None:
    run("onboard", "rules", "new", tmp_path / "mine", *source)
    files = list((tmp_path / "mine").glob("*.json"))
    assert files
    for path in files:
        assert (path.parent / json.loads(path.read_bytes())["$schema"]).is_file()


def test_one_from_nothing_lacks_only_a_rule(tmp_path: Path) -> None:
    assert run("onboard", "rules", "new", tmp_path / "mine").returncode == 0
    linted = run("onboard", "rules", "lint", tmp_path / "mine", "--lang", "en")
    assert linted.stdout.splitlines()[0].endswith("no rule file beside it: such a ruleset would admit everybody")
    assert linted.stdout.splitlines()[1:] == ["files: 1, problems: 1"]


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    done = run("onboard", "rules", "new", tmp_path, "--from", "douyin", "--lang", "en")
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_cannot_be_written_whole_is_not_there(tmp_path: Path) -> None:
    """One that lacks a rule would be sound, and let in whom that rule refuses."""

    def on_a_small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))

    done = builders.run("onboard", "rules", "new", "mine", "--from", "douyin", cwd=tmp_path, preexec_fn=on_a_small_disk)
    assert (done.returncode, done.stderr) == (2, "error: mine: file too large\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["My rules", "规则", "a_b"])
def test_a_name_that_cannot_be_an_id_is_told(tmp_path: Path, name: str) -> None:
    done = run("onboard", "rules", "new", tmp_path / name, "--lang", "en")
    assert done.returncode == 2
    assert "cannot be the id of a ruleset (small letters, digits and hyphens, such as `my-rules`)" in done.stderr
    assert not (tmp_path / name).exists()


def test_what_is_no_sound_ruleset_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("onboard", "rules", "new", "my-rules", "--from", "empty", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "`ruleset.json` is missing" in done.stderr
    assert not (tmp_path / "my-rules").exists()
