"""A line that never ends is refused as soon as it is too long, whatever follows it, and takes no memory for it."""

import json
import resource
from pathlib import Path

import pytest
from builders import application, ban, run

LIMITED = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))}


@pytest.mark.parametrize("name", ["endless.jsonl", "endless.csv"])
def test_a_device_without_an_end_is_no_file_of_records(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/dev/zero")
    done = run("onboard", "registry", "import", name, "registry.db", cwd=tmp_path, **LIMITED)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {name}:1")


def test_nor_is_it_records_on_standard_input(tmp_path: Path) -> None:
    with Path("/dev/zero").open("rb") as endless:
        done = run("onboard", "registry", "import", "-", "registry.db", cwd=tmp_path, stdin=endless, **LIMITED)
    assert (done.returncode, done.stderr) == (2, "error: -:1:1: larger than 1048576 bytes\n")


@pytest.mark.parametrize("blank", [" ", "\t", "\r"])
def test_no_ban_hides_behind_a_long_blank_line(tmp_path: Path, blank: str) -> None:
    (tmp_path / "one.json").write_text(json.dumps(application()), "utf-8")
    (tmp_path / "records.jsonl").write_bytes((blank * (1 << 21) + "\n" + json.dumps(ban()) + "\n").encode())
    check = ("onboard-check", "one.json", "--registry", "records.jsonl", "--as-of", "2024-08-05")
    assert run(*check, cwd=tmp_path).returncode == 2
    assert run("onboard", "registry", "import", "records.jsonl", "registry.db", cwd=tmp_path).returncode == 2
