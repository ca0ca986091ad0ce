"""A named pipe in place of a file that a command reads, adds to or writes: nobody is at its other end, and nothing
waits for it.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from builders import application, run

CALLS = [
    *("token list --tokens pipe", "token revoke x --tokens pipe", "token create clerk --role staff --tokens pipe"),
    *("rules pages douyin --write pages", "registry import pipe --registry registry.db"),
]


@pytest.mark.parametrize("call", CALLS)
def test_no_command_waits_for_a_named_pipe(tmp_path: Path, call: str) -> None:
    (tmp_path / "pages").mkdir()
    for name in ("pipe", "pages/old.md"):
        os.mkfifo(tmp_path / name)
    done = run("onboard", *call.split(), cwd=tmp_path, timeout=60)
    assert done.returncode == 2
    assert "not a regular file" in done.stderr


WRITING = [
    "check one.json --write-baseline pipe",
    "check one.json -o json=pipe",
    "screen one.json -o r.jsonl --summary pipe",
    "check one.json -o github",
    "new pipe --template --force",
]


@pytest.mark.parametrize("call", WRITING)
def test_no_command_waits_until_somebody_reads_what_it_writes(tmp_path: Path, call: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "one.json").write_text(json.dumps(application()))
    done = run("onboard", *call.split(), cwd=tmp_path, env={"GITHUB_STEP_SUMMARY": "pipe"}, timeout=60)
    assert done.returncode == 2
    assert "nobody reads from it" in done.stderr


def test_whoever_reads_a_pipe_gets_all_that_is_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    many = [json.dumps({"application_id": f"A-{n}", "subject": {"type": "other"}}) + "\n" for n in range(100)]
    (tmp_path / "many.jsonl").write_text("".join(many))
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    # While it is open the pipe has no end.
    writer = os.open(tmp_path / "pipe", os.O_WRONLY)
    os.set_blocking(reader, True)
    with open(reader, "rb") as file, ThreadPoolExecutor(1) as pool:
        read = pool.submit(file.read)
        # A pipe holds less than these reports.
        done = run("onboard", "check", "many.jsonl", "-o", "jsonl=pipe", cwd=tmp_path, timeout=60)
        os.close(writer)
        assert (done.returncode, read.result().count(b"\n")) == (1, 100)
