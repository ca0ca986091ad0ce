"""Of what is longer than it may be, only the beginning is read: it never counts as if it were all."""

import gzip
import json
from pathlib import Path

import pytest
from builders import application, ban, shop
from in_process import run_here

from onboarding import RegistryError, open_registry
from onboarding.reading.encoding import MAX_BYTES


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


SOUND, REFUSED = (
    _line(application({"/application_id": name, "/subject/type": kind}))
    for name, kind in (("A-1", "enterprise"), ("A-2", "individual"))
)
MARK = b"\xef\xbb\xbf"
BANNED, OTHER = _line(ban(on="2024-01-01")), _line(shop("S-7", opened_on="2020-01-01"))
ASKED = ("--registry", "registry.jsonl", "--as-of", "2024-08-05")

# Each has something behind more than a mebibyte of what looks like nothing, or like the end of a line.
APPLICATIONS = {
    "blanks": b" " * (MAX_BYTES + 2) + REFUSED,
    "blanks behind a mark": MARK + b" " * (MAX_BYTES - 1) + REFUSED,
    "blanks behind an application": SOUND + b" " * MAX_BYTES + b"no JSON",
    "blanks behind a mark and an application": (MARK + SOUND).ljust(MAX_BYTES + 2) + b"no JSON",
    "carriage returns": SOUND + b"\r" * MAX_BYTES + b"no JSON",
    "nothing but blanks": b" " * (MAX_BYTES + 2),
}
REGISTRIES = {
    "blanks": b" " * (MAX_BYTES + 1) + b"\n",
    "blanks behind a mark": MARK + b" " * (MAX_BYTES - 2) + b"\n",
    "a mark and a record": (MARK + OTHER).ljust(MAX_BYTES) + b"\n",
    "a record that is as long as it may be": OTHER[:-1].ljust(MAX_BYTES - 1) + b"}\n",
    "carriage returns": OTHER + b"\r" * MAX_BYTES + b"\n",
    "carriage returns behind a record of its own": OTHER + b"\n" + OTHER + b"\r" * MAX_BYTES + b"\n",
}


@pytest.mark.parametrize("kind", [".json", ".jsonl", ".jsonl.gz"])
@pytest.mark.parametrize("content", APPLICATIONS.values(), ids=APPLICATIONS)
def test_the_beginning_of_an_application_is_none(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "registry.jsonl").touch()
    (tmp_path / f"a{kind}").write_bytes(gzip.compress(content) if kind.endswith("gz") else content)
    done = run_here("onboard-check", f"a{kind}", *ASKED, "-o", "jsonl", cwd=tmp_path)
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["invalid"]
    assert (done.returncode, f"larger than {MAX_BYTES} bytes" in done.stdout) == (2, True)
    run_here("onboard", "screen", f"a{kind}", *ASKED, "-o", "reports.jsonl", cwd=tmp_path)
    assert (tmp_path / "reports.jsonl").read_text("utf-8") == done.stdout


@pytest.mark.parametrize("content", REGISTRIES.values(), ids=REGISTRIES)
def test_a_line_that_is_too_long_hides_none_behind_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "registry.jsonl").write_bytes(content + BANNED + b"\n")
    (tmp_path / "a.json").write_bytes(SOUND)
    checked = run_here("onboard-check", "a.json", *ASKED, cwd=tmp_path)
    assert (checked.returncode, checked.stdout) == (2, "")
    screened = run_here("onboard", "screen", "a.json", *ASKED, "-o", "reports.jsonl", cwd=tmp_path)
    assert (screened.returncode, screened.stderr) == (2, checked.stderr)
    imported = run_here("onboard", "registry", "import", "registry.jsonl", "registry.db", cwd=tmp_path)
    assert imported.returncode == 2
    with pytest.raises(RegistryError, match="larger than"), open_registry(tmp_path / "registry.jsonl") as registry:
        registry.look_up(["91999999MATEKT019L"])


def test_a_file_of_a_mark_alone_is_a_registry_without_a_record(tmp_path: Path) -> None:
    (tmp_path / "registry.jsonl").write_bytes(MARK)
    (tmp_path / "a.json").write_bytes(SOUND)
    done = run_here("onboard-check", "a.json", *ASKED, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
