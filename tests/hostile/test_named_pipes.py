"""A named pipe in place of a file that a command reads or adds to: nobody writes to it, and nothing waits for it."""

import os
from pathlib import Path

import pytest
from builders import run

CALLS = [
    *("token list --tokens pipe", "token revoke x --tokens pipe", "token create clerk --role staff --tokens pipe"),
    "rules pages douyin --write pages",
]


@pytest.mark.parametrize("call", CALLS)
def test_no_command_waits_for_a_named_pipe(tmp_path: Path, call: str) -> None:
    (tmp_path / "pages").mkdir()
    for name in ("pipe", "pages/old.md"):
        os.mkfifo(tmp_path / name)
    done = run("onboard", *call.split(), cwd=tmp_path, timeout=60)
    assert done.returncode == 2
    assert "not a regular file" in done.stderr
