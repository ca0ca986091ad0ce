"""The commands as `builders.run` runs them, in this process: where it is not the process that a test is about."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from onboarding.cli import main


def run_here(
    command: str,
    *args: str | Path,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    input: str | bytes = "",
    console: str = "utf-8",
) -> subprocess.CompletedProcess[str]:
    """Run `onboard-check` or `onboard` from `cwd`; colour off, English, nothing of this machine's settings.

    `console` is the encoding of its output, and by which that is read.
    """
    done = bytes_here(command, *args, cwd=cwd, env=env, input=input, console=console)
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(console), done.stderr.decode(console)
    )


IN_TURN = """
import json, sys
from in_process import run_here
for call in json.loads(sys.argv[1]):
    done = run_here(*call)
    print(json.dumps([done.returncode, done.stdout, done.stderr]))
"""


def run_in_turn(
    calls: Iterable[Sequence[str | Path]],
    *,
    cwd: Path,
    importing: Path | None = None,
    timeout: float | None = None,
    meanwhile: Callable[[subprocess.Popen[str]], object] | None = None,
    noisy: bool = False,
) -> list[subprocess.CompletedProcess[str]]:
    """Run several commands from `cwd` in one process of their own, one after the other, as `run_here` does.

    `importing` is a folder whose modules come before all others; whoever takes longer than `timeout` seconds is ended.
    `meanwhile` is called with the process while it works. One that is `noisy` starts others, which write to its error
    output.
    """
    given = [[str(part) for part in call] for call in calls]
    folders = [str(folder) for folder in (importing, Path(__file__).parent) if folder]
    with subprocess.Popen(
        [sys.executable, "-P", "-c", IN_TURN, json.dumps(given)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folders)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            if meanwhile:
                meanwhile(process)
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    assert process.returncode == 0, err
    assert noisy or not err
    told = [json.loads(line) for line in out.splitlines()]
    return [subprocess.CompletedProcess(call, *one) for call, one in zip(given, told, strict=True)]


def bytes_here(
    command: str,
    *args: str | Path,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    input: str | bytes = "",
    console: str = "utf-8",
    together: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """As `run_here`, with the bytes that it wrote; `together`, both streams are one, as on a terminal."""
    program = {"onboard-check": main.onboard_check, "onboard": main.onboard}[command]
    written = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(stream, console, newline="", write_through=True) for stream in written)
    said = out if together else err
    with pytest.MonkeyPatch.context() as patch, chdir(cwd or "."), redirect_stdout(out), redirect_stderr(said):
        for name in [name for name in os.environ if name.startswith("ONBOARD_") or name == "GITHUB_ACTIONS"]:
            patch.delenv(name)
        for name, value in {"LC_ALL": "C.UTF-8", **(env or {})}.items():
            patch.setenv(name, value)
        patch.setattr("sys.argv", [command, *map(str, args)])
        patch.setattr(
            "sys.stdin", io.TextIOWrapper(io.BytesIO(input.encode() if isinstance(input, str) else input), "utf-8")
        )
        # Processes that it starts end as ever: they would go on with the tests.
        end, here = os._exit, os.getpid()
        patch.setattr("os._exit", lambda code: sys.exit(code) if os.getpid() == here else end(code))
        handler = signal.getsignal(signal.SIGINT)
        with pytest.raises(SystemExit) as ended:
            program()
        signal.signal(signal.SIGINT, handler)
    code = ended.value.code
    told = (stream.getvalue() for stream in written)
    return subprocess.CompletedProcess([command, *args], code if isinstance(code, int) else 0, *told)
