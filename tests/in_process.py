"""The commands as `builders.run` runs them, in this process: for the many runs that a table of settings takes."""

import io
import os
import signal
import subprocess
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from onboarding.cli import main


def run_here(
    command: str, *args: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `onboard-check` or `onboard` from `cwd`; colour off, English, nothing of this machine's settings."""
    program = {"onboard-check": main.onboard_check, "onboard": main.onboard}[command]
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, chdir(cwd), redirect_stdout(out), redirect_stderr(err):
        for name in [name for name in os.environ if name.startswith("ONBOARD_") or name == "GITHUB_ACTIONS"]:
            patch.delenv(name)
        for name, value in {"LC_ALL": "C.UTF-8", **(env or {})}.items():
            patch.setenv(name, value)
        patch.setattr("sys.argv", [command, *map(str, args)])
        handler = signal.getsignal(signal.SIGINT)
        with pytest.raises(SystemExit) as ended:
            program()
        signal.signal(signal.SIGINT, handler)
    code = ended.value.code
    return subprocess.CompletedProcess(
        [command, *args], code if isinstance(code, int) else 0, out.getvalue(), err.getvalue()
    )
