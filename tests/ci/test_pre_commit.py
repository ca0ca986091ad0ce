"""The hooks, run by the real pre-commit in a repository of their own, installed from a clone of this tree."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from builders import ROOT, application, ban
from docs_blocks import blocks

from onboarding import __version__

pytestmark = pytest.mark.needs("git")

HOW_TO = ROOT / "docs/how-to/pre-commit.md"
PRE_COMMIT = Path(sys.executable).with_name("pre-commit")
NOT_OURS = (".git", ".venv", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", "node_modules", "build", "dist")


@pytest.fixture(scope="module")
def run_in(tmp_path_factory: pytest.TempPathFactory, from_wheels: dict[str, str]):  # type: ignore[no-untyped-def]
    """A function that runs a command in the test repository, without this machine's git settings."""
    place = tmp_path_factory.mktemp("hooks")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "ONBOARD_"))} | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
        "PRE_COMMIT_HOME": str(place / "cache"),
        "PRE_COMMIT_COLOR": "never",
        **from_wheels,
        **{f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }

    def run_in(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)

    run_in.place = place  # type: ignore[attr-defined]
    return run_in


@pytest.fixture(scope="module")
def repository(run_in) -> Path:  # type: ignore[no-untyped-def]
    """A repository that uses both hooks as the how-to says, of a clone in which this tree has its version's tag."""
    hooks, work = run_in.place / "onboard-check", run_in.place / "work"
    shutil.copytree(ROOT, hooks, ignore=shutil.ignore_patterns(*NOT_OURS))
    (work / "apps").mkdir(parents=True)
    for folder in (hooks, work):
        run_in(folder, "git", "init", "-q")
        run_in(folder, "git", "add", "-A")
        run_in(folder, "git", "commit", "-q", "--allow-empty", "-m", "start")
    run_in(hooks, "git", "tag", f"v{__version__}")
    shutil.copytree(ROOT / "schemas" / "douyin", work / "rules")
    (work / "registry.jsonl").touch()
    (shown,) = (block.text for block in blocks(HOW_TO.read_text(encoding="utf-8")) if block.kind == "yaml")
    config: dict[str, Any] = yaml.safe_load(shown)
    (source,) = config["repos"]
    source["repo"] = str(hooks)
    arguments = [["apps", "--registry=registry.jsonl", "--as-of=2024-08-05"], ["rules"]]
    for hook, args in zip(source["hooks"], arguments, strict=True):
        hook["args"] = args
    (work / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return work


def test_the_hooks_judge_a_folder_jointly_and_lint_rules(run_in, repository: Path) -> None:  # type: ignore[no-untyped-def]
    """One after the other in one repository: installing the hooks is what takes the time."""

    def commit(**changes: dict[str, object]) -> subprocess.CompletedProcess[str]:
        for name, content in changes.items():
            write(f"apps/{name}.json", content)
        run_in(repository, "git", "add", "-A")
        # Like `git commit`: only the files that changed are offered to the hooks.
        done = run_in(repository, PRE_COMMIT, "run")
        run_in(repository, "git", "commit", "-q", "--no-verify", "-m", "next")
        return done

    def write(name: str, content: dict[str, object]) -> Path:
        path = repository / name
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return path

    old = {"/application_id": "old", "/submitted_on": "2024-08-01"}
    sound = commit(old=application(old))
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert sound.stdout.count("Passed") == 2

    clash = commit(new=application({"/application_id": "new", "/submitted_on": "2024-08-02"}))
    assert clash.returncode == 1
    assert "FAIL  apps/new.json" in clash.stdout
    assert "one-shop-per-brand" in clash.stdout

    # A name in capitals is an application's name like any other.
    (repository / "apps" / "new.json").rename(repository / "apps" / "NEW.JSON")
    assert "FAIL  apps/NEW.JSON" in commit().stdout
    (repository / "apps" / "NEW.JSON").unlink()
    assert commit().stdout.count("Passed") == 2

    # A commit of nothing but a registry.
    registry = write("registry.jsonl", ban())
    banned = commit()
    assert banned.returncode == 1
    assert "permanent-ban" in banned.stdout
    # A commit that only deletes: what is judged by is gone.
    registry.unlink()
    gone = commit()
    assert gone.returncode == 1
    assert "registry.jsonl" in gone.stdout
    registry.touch()

    # A commit of something else while an application waits that may not pass.
    (repository / "notes.txt").touch()
    assert commit().stdout.count("Passed") == 2
    individual = commit(individual=application({"/subject/type": "individual"}))
    assert individual.returncode == 1
    (repository / "notes.txt").write_text("later", encoding="utf-8")
    assert commit().returncode == 1
    (repository / "apps" / "individual.json").unlink()

    rule = repository / "rules" / "max-three-shops.json"
    kept = rule.read_text(encoding="utf-8")
    rule.write_text(kept.replace('"maximum"', '"maxmum"'), encoding="utf-8")
    broken = commit()
    assert broken.returncode == 1
    assert "max-three-shops.json" in broken.stdout
    assert "maxmum" in broken.stdout
    rule.write_text(kept, encoding="utf-8")
    assert commit().stdout.count("Passed") == 2
    (repository / "rules" / "ruleset.json").unlink()
    assert commit().stdout.count("Passed") == 1

    # A message and a checkout are nothing to judge.
    asked = run_in(repository, PRE_COMMIT, "run", "--hook-stage", "commit-msg", "--commit-msg-filename", "notes.txt")
    assert (asked.returncode, asked.stdout) == (0, "")
