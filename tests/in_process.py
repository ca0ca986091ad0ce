"""The commands as `builders.run` runs them, in this process: where it is not the process that a test is about."""

import io
import os
import signal
import subprocess
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


def bytes_here(
    command: str,
    *args: str | Path,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    input: str | bytes = "",
    console: str = "utf-8",
) -> subprocess.CompletedProcess[bytes]:
    """As `run_here`, with the bytes that it wrote."""
    program = {"onboard-check": main.onboard_check, "onboard": main.onboard}[command]
    written = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(stream, console, newline="", write_through=True) for stream in written)
    with pytest.MonkeyPatch.context() as patch, chdir(cwd or "."), redirect_stdout(out), redirect_stderr(err):
        for name in [name for name in os.environ if name.startswith("ONBOARD_") or name == "GITHUB_ACTIONS"]:
            patch.delenv(name)
        for name, value in {"LC_ALL": "C.UTF-8", **(env or {})}.items():
            patch.setenv(name, value)
        patch.setattr("sys.argv", [command, *map(str, args)])
        patch.setattr(
            "sys.stdin", io.TextIOWrapper(io.BytesIO(input.encode() if isinstance(input, str) else input), "utf-8")
        )
        handler = signal.getsignal(signal.SIGINT)
        with pytest.raises(SystemExit) as ended:
            program()
        signal.signal(signal.SIGINT, handler)
    code = ended.value.code
    told = (stream.getvalue() for stream in written)
    return subprocess.CompletedProcess([command, *args], code if isinstance(code, int) else 0, *told)
