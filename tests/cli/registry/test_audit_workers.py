"""An audit says the same to the byte, whoever does the work and whoever dies at it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from builders import ROOT, application, ban, brand, mark, shop, violation
from in_process import run_here
from processes import children
from screening.corpus import subject

from onboarding.cli.registry.by_rule import FORMATS as BY_RULE_FORMATS
from onboarding.outputs import FORMATS

WAIVERS = ROOT / "examples/rulesets/douyin-with-waivers"
LISTINGS: dict[str, tuple[str, ...]] = {
    "refused": (),
    "every": ("--all",),
    "of-a-rule": ("--rule", "max-three-shops", "--all"),
    "by-rule": ("--by-rule",),
}


def records(count: int) -> list[dict[str, Any]]:
    """Shops of subjects that are in order, over a cap, twice of one brand or banned, that have a waiver or a mark which
    nobody declared, a brand that cannot be read, or closed a shop before."""
    found: list[dict[str, Any]] = []
    for number in range(count):
        owner = subject(number)
        for at in range(number % 6):
            day = f"2022-0{1 + at // 2}-01"
            name = "®" if number % 11 == at else f"牌{at % 4}"
            type_ = ("enterprise", "individual", None)[number % 3]
            made = shop(f"S-{number}-{at}", (name,), subject_id=owner, subject_type=type_, opened_on=day)
            found.append(made)
        if number % 7 == 2:
            found.append(
                {**found[-1], "closed_on": "2022-01-20", "closed_for": "voluntary_exit", "opened_on": "2022-01-01"}
            )
        if number % 13 == 5:
            found.append(ban(subject_id=owner, id=f"B-{number}", on="2022-01-01"))
        if number % 17 == 4:
            about = {"about": "max-three-shops", "by": "陈经理", "until": "2023-01-01"}
            found.append(mark("waiver", id=f"M-{number}", subject_id=owner, on="2022-01-01", **about))
        if number % 19 == 3:
            found.append(mark("colour", id=f"M-{number}", subject_id=owner, on="2022-01-01"))
        if number % 23 == 3:
            found.append(violation(subject_id=owner, id=f"V-{number}", shop_id=None, on="2022-01-01"))
    return found


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of records, and a database of them where an application was admitted as well; nobody changes them."""
    folder = tmp_path_factory.mktemp("audit")
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records(400))
    (folder / "registry.jsonl").write_text(lines, encoding="utf-8")
    assert run_here("onboard", "registry", "import", "registry.jsonl", "registry.db", cwd=folder).returncode == 0
    made = application({"/business_license/uscc": subject(12), "/brands": [{**brand("新牌"), "evidence": _LETTER}]})
    (folder / "a.json").write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    done = run_here(
        "onboard", "registry", "admit", "a.json", "--registry", "registry.db", "--note", "sound", cwd=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


_LETTER = {"type": "authorization_letter", "valid_from": "2024-01-01", "sealed_by_subject": True}


def audit(folder: Path, registry: str, workers: int, place: Path, listing: str) -> dict[str, bytes | int | str]:
    """What is written in each format, the exit code, and what is said beside it."""
    place.mkdir()
    formats = BY_RULE_FORMATS if listing == "by-rule" else FORMATS
    files = [part for name in formats for part in ("-o", f"{name}={place / name}")]
    command = ("registry", "audit", "--registry", registry, "--ruleset", WAIVERS, "--workers", str(workers))
    done = run_here("onboard", *command, *LISTINGS[listing], *files, cwd=folder)
    written: dict[str, bytes | int | str] = {name: (place / name).read_bytes() for name in formats}
    return written | {"exit": done.returncode, "said": done.stderr}


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("of", ["registry.db", "registry.jsonl"])
def test_any_number_of_workers_says_the_same_to_the_byte(registry: Path, tmp_path: Path, of: str, listing: str) -> None:
    alone = audit(registry, of, 1, tmp_path / "1", listing)
    assert alone["exit"] == 1
    for workers in (2, 5):
        assert audit(registry, of, workers, tmp_path / str(workers), listing) == alone


def test_a_worker_that_dies_costs_no_result(registry: Path, tmp_path: Path) -> None:
    command = ["registry", "audit", "--registry", "registry.db", "--all", "-o", f"jsonl={tmp_path / 'killed.jsonl'}"]
    program, place = Path(sys.executable).with_name("onboard"), tmp_path / "work"
    place.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONBOARD_")}
    environment |= {"LC_ALL": "C.UTF-8", "TMPDIR": str(place)}
    with subprocess.Popen([program, *command, "--workers", "2"], cwd=registry, env=environment) as process:
        while not list(place.glob("onboard-*/audit-*.told")):
            assert process.poll() is None
            time.sleep(0.002)
        os.kill(children(process.pid)[0], signal.SIGKILL)
        assert not (tmp_path / "killed.jsonl").exists()
    assert process.returncode == 1
    alone = run_here("onboard", *command[:-1], f"jsonl={tmp_path / 'alone.jsonl'}", "--workers", "1", cwd=registry)
    assert alone.returncode == 1
    assert (tmp_path / "killed.jsonl").read_bytes() == (tmp_path / "alone.jsonl").read_bytes()
    assert not list(place.iterdir())


def test_a_file_with_a_broken_line_is_told_by_its_number_whoever_reads_it(registry: Path, tmp_path: Path) -> None:
    lines = (registry / "registry.jsonl").read_bytes().splitlines(keepends=True)
    lines[77] = b'{"record": "shop"}\n'
    (tmp_path / "broken.jsonl").write_bytes(b"".join(lines))
    told = set()
    for workers in ("1", "2"):
        done = run_here(
            "onboard", "registry", "audit", "--registry", "broken.jsonl", "--workers", workers, cwd=tmp_path
        )
        assert (done.returncode, done.stdout) == (2, "")
        told.add(done.stderr)
    (words,) = told
    assert ":78" in words
