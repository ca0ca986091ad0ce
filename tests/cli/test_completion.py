"""Shell completion: what is offered, and that the scripts are sound in the shells themselves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from builders import run
from needs import needing

BIN = Path(sys.executable).parent
SHELLS = ("bash", "zsh", "fish")


def offered(line: str) -> list[str]:
    """What bash is offered where the cursor stands at the end of `line`."""
    command = line.split()[0]
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    variable = f"_{command.replace('-', '_').upper()}_COMPLETE"
    done = run(command, env=words | {variable: "bash_complete"})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


OFFERED = {
    "onboard-check -o ": ["plain,text", "plain,json", "plain,jsonl"],
    "onboard-check -o jso": ["plain,json", "plain,jsonl"],
    "onboard-check --ruleset douyin-w": ["plain,douyin-whitelist"],
    "onboard-check --ruleset my-r": ["dir,my-r"],
    "onboard-check --registry reg": ["file,reg"],
    "onboard-check app": ["file,app"],
    "onboard-check --lang ": ["plain,en", "plain,zh"],
    "onboard-check --show": ["plain,--show-config"],
    "onboard expl": ["plain,explain"],
    "onboard explain max": ["plain,max-three-shops"],
    "onboard rules show perm": ["plain,permanent-ban"],
    "onboard completion ": ["plain,bash", "plain,zsh", "plain,fish"],
    "onboard check --ruleset douyin-w": ["plain,douyin-whitelist"],
}


@pytest.mark.parametrize(("line", "expected"), OFFERED.items(), ids=OFFERED.keys())
def test_a_line_is_completed(line: str, expected: list[str]) -> None:
    assert set(expected) <= set(offered(line))
    assert line.endswith(" ") or len(offered(line)) == len(expected)


def test_a_broken_settings_file_does_not_disturb(tmp_path: Path) -> None:
    (tmp_path / "onboard-check.toml").write_text("broken", encoding="utf-8")
    words = {"COMP_WORDS": "onboard-check -o js", "COMP_CWORD": "2", "_ONBOARD_CHECK_COMPLETE": "bash_complete"}
    done = run("onboard-check", env=words, cwd=tmp_path)
    assert (done.stdout.split(), done.stderr) == (["plain,json", "plain,jsonl"], "")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_speaks_of_both_commands(shell: str) -> None:
    script = run("onboard", "completion", shell).stdout
    for variable in (f"_ONBOARD_CHECK_COMPLETE={shell}_complete", f"_ONBOARD_COMPLETE={shell}_complete"):
        assert variable in script


def test_bash_completes_with_the_script() -> None:
    asked = (
        'eval "$(onboard completion bash)"; COMP_WORDS=(onboard explain six); COMP_CWORD=2;'
        '_onboard_completion onboard; echo "${COMPREPLY[@]}";'
        "COMPREPLY=(); COMP_WORDS=(onboard-check -o jsonl);"
        '_onboard_check_completion onboard-check; echo "${COMPREPLY[@]}"'
    )
    assert ask_shell("bash", "--norc", "-c", asked) == "six-month-reentry\njsonl\n"


@pytest.mark.parametrize("shell", ["bash", needing("zsh"), needing("fish")])
def test_the_script_is_sound_in_its_shell(shell: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(run("onboard", "completion", shell).stdout, encoding="utf-8")
    assert ask_shell(shell, "-n", str(script)) == ""


def ask_shell(*command: str) -> str:
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
