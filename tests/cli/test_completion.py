"""Shell completion: what is offered, and that the scripts are sound in the shells themselves."""

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest
from builders import USCC, shop
from in_process import run_here
from needs import needing

BIN = Path(sys.executable).parent
PATH = f"{BIN}{os.pathsep}{os.environ['PATH']}"
SHELLS = ("bash", "zsh", "fish")


def offered(line: str) -> list[str]:
    """What bash is offered where the cursor stands at the end of `line`."""
    command = line.split()[0]
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    variable = f"_{command.replace('-', '_').upper()}_COMPLETE"
    done = run_here(command, env=words | {variable: "bash_complete"})
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
    found = offered(line)
    assert set(expected) <= set(found)
    assert line.endswith(" ") or len(found) == len(expected)


def test_a_broken_settings_file_does_not_disturb(tmp_path: Path) -> None:
    (tmp_path / "onboard-check.toml").write_text("broken", encoding="utf-8")
    words = {"COMP_WORDS": "onboard-check -o js", "COMP_CWORD": "2", "_ONBOARD_CHECK_COMPLETE": "bash_complete"}
    done = run_here("onboard-check", env=words, cwd=tmp_path)
    assert (done.stdout.split(), done.stderr) == (["plain,json", "plain,jsonl"], "")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_speaks_of_both_commands(shell: str) -> None:
    script = run_here("onboard", "completion", shell).stdout
    for variable in (f"_ONBOARD_CHECK_COMPLETE={shell}_complete", f"_ONBOARD_COMPLETE={shell}_complete"):
        assert variable in script


def test_the_shell_is_that_of_the_environment_where_none_is_named() -> None:
    assert (
        run_here("onboard", "completion", env={"SHELL": "/usr/bin/fish"}).stdout
        == run_here("onboard", "completion", "fish").stdout
    )
    unknown = run_here("onboard", "completion", env={"SHELL": "/bin/tcsh"})
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "name the shell, one of `bash`, `zsh`, `fish`" in unknown.stderr


# A line as far as it is typed, and as it is after Tab; where one is offered alone, shells complete it.
COMPLETED = {
    "onboard-check --registry reg": "onboard-check --registry registry.db",
    "onboard-check --registry=reg": "onboard-check --registry=registry.db",
    "onboard-check --registry=deep/dow": "onboard-check --registry=deep/down.db",
    "onboard-check --registry sqlite:///reg": "onboard-check --registry sqlite:///registry.db",
    "onboard-check --registry=sqlite:///reg": "onboard-check --registry=sqlite:///registry.db",
    "onboard-check --registry postgr": "onboard-check --registry postgresql://",
    "onboard-check --ruleset=douyin-w": "onboard-check --ruleset=douyin-whitelist",
    "onboard-check --lang=z": "onboard-check --lang=zh",
    "onboard-check -o json=reg": "onboard-check -o json=registry.db",
    "onboard-check -o juni": "onboard-check -o junit",
    "onboard-check --baseline=reg": "onboard-check --baseline=registry.db",
    "onboard-check --show-c": "onboard-check --show-config",
    "onboard explain six": "onboard explain six-month-reentry",
    "onboard rules show --ruleset=jd compan": "onboard rules show --ruleset=jd companies-only",
    "onboard registry show --registry=registry.db 919": f"onboard registry show --registry=registry.db {USCC}",
    "onboard registry ban --registry registry.db 919": f"onboard registry ban --registry registry.db {USCC}",
    "onboard registry close --registry registry.db S-": "onboard registry close --registry registry.db S-1",
}


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A folder with a registry of one shop, and another one in a folder below."""
    (tmp_path / "shops.jsonl").write_text(json.dumps(shop("S-1")), encoding="utf-8")
    (tmp_path / "deep").mkdir()
    for name in ("registry.db", "deep/down.db"):
        assert run_here("onboard", "registry", "import", "shops.jsonl", name, cwd=tmp_path).returncode == 0
    return tmp_path


# What each shell reads when it begins: a prompt to wait for, our script, and a key that keeps the line as it stands.
PROMPT, KEEP = "ready> ", "\x14"
BEGINNINGS = {
    "bash": (
        f"PS1='{PROMPT}'; HISTFILE=\n{{script}}\n"
        """bind -x '"\\C-t": printf "%s\\n" "$READLINE_LINE" >> "$LINES_KEPT"; READLINE_LINE='\n"""
    ),
    "zsh": (
        f"PS1='{PROMPT}'; autoload -U compinit; compinit -u -D\n{{script}}\n"
        'keep() { print -r -- "$BUFFER" >> "$LINES_KEPT"; BUFFER=; zle accept-line }; zle -N keep; bindkey "^T" keep\n'
    ),
}
CALLS = {"bash": ("bash", "--rcfile", "rc", "-i"), "zsh": ("zsh", "-i")}


@pytest.mark.parametrize("shell", ["bash", needing("zsh")])
def test_a_person_at_the_shell_presses_tab(
    shell: str, registry: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    beginning = BEGINNINGS[shell].replace("{script}", run_here("onboard", "completion", shell).stdout)
    (home / {"bash": "rc", "zsh": ".zshrc"}[shell]).write_text(beginning, encoding="utf-8")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(registry)
        call = [str(home / "rc") if word == "rc" else word for word in CALLS[shell]]
        own = {"HOME": str(home), "ZDOTDIR": str(home), "TERM": "dumb", "LC_ALL": "C.UTF-8"}
        os.execvpe(call[0], call, os.environ | own | {"PATH": PATH, "LINES_KEPT": str(home / "lines")})
    try:
        wait_for(PROMPT, terminal)
        for line in COMPLETED:
            os.write(terminal, f"{line}\t{KEEP}".encode())
            if shell == "zsh":
                wait_for(PROMPT, terminal)
        os.write(terminal, b"echo the'se are 'all\n")
        wait_for("these are all", terminal)
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    lines = [line.rstrip() for line in (home / "lines").read_text("utf-8").splitlines()]
    assert dict(zip(COMPLETED, lines, strict=True)) == COMPLETED


@pytest.mark.needs("fish")
@pytest.mark.parametrize("line", COMPLETED)
def test_fish_is_offered_how_a_line_goes_on(line: str, registry: Path) -> None:
    script = registry / "script.fish"
    script.write_text(run_here("onboard", "completion", "fish").stdout, encoding="utf-8")
    environment = os.environ | {"PATH": PATH, "LC_ALL": "C.UTF-8", "HOME": str(registry)}
    asked = f"source {script}; complete -C '{line}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", asked], cwd=registry, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    before = line.rpartition(" ")[0]
    assert [f"{before} {found.partition(chr(9))[0]}" for found in done.stdout.splitlines()] == [COMPLETED[line]]


def test_a_registry_that_cannot_be_read_offers_nothing_and_says_nothing(tmp_path: Path) -> None:
    words = {"COMP_WORDS": "onboard registry show --registry nowhere.db 9", "COMP_CWORD": "5"}
    done = run_here("onboard", env=words | {"_ONBOARD_COMPLETE": "bash_complete"}, cwd=tmp_path)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def wait_for(said: str, terminal: int) -> None:
    """Read what the shell prints until it says that; fails where nothing comes for half a minute."""
    printed = b""
    while said.encode() not in printed:
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, printed
        printed += os.read(terminal, 4096)


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
    script.write_text(run_here("onboard", "completion", shell).stdout, encoding="utf-8")
    assert ask_shell(shell, "-n", str(script)) == ""


def ask_shell(*command: str) -> str:
    environment = os.environ | {"PATH": PATH, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
