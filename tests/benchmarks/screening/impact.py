"""Whom a changed number touches, over everybody on record: processor time per subject, and peak memory of a process.

    python tests/benchmarks/screening/impact.py [SUBJECTS [WORKERS]]     (1,000,000 and 2 unless said otherwise)

Subjects have one to five shops, open or left long ago; the change is from three shops to two. The registry is in a file
and in a database of SQLite. What the time is beside is a bare reading: each record fetched, or its line read, and
decoded with `json`, in one process. The same number of newly refused is asserted of both registries.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from resource import struct_rusage
from time import perf_counter, process_time
from typing import Any

import make

PROGRAM = Path(sys.executable).with_name("onboard")
RULES = Path(__file__).parents[3] / "schemas/douyin"


def main(size: int, workers: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with (folder / "registry.jsonl").open("wb") as file:
            file.writelines(make.lines(records(size)))
        run(folder, "registry", "import", "registry.jsonl", "--registry", "registry.db")
        change(folder / "rules")
        print(f"{size:,} subjects, {workers} workers")
        refused = [measured(folder, name, size, workers) for name in ("registry.jsonl", "registry.db")]
        assert refused[0] == refused[1] > 0
        for name, read in (("registry.jsonl", read_file), ("registry.db", read_database)):
            begin = process_time()
            read(folder / name)
            print(f"{name:15} bare reading {(process_time() - begin) / size * 1e6:6.1f} µs a subject")


def records(size: int) -> Iterator[dict[str, Any]]:
    for number in range(size):
        random = Random(number)
        for at, brand in enumerate(random.sample(make.NAMES, random.randrange(1, 6))):
            yield make._shop(random, make.subject(number), f"S-{number}-{at}", brand, open_=random.random() < 0.6)


def change(folder: Path) -> None:
    shutil.copytree(RULES, folder)
    file = folder / "max-three-shops.json"
    file.write_text(file.read_text("utf-8").replace('"maximum": 3', '"maximum": 2'), "utf-8")


def measured(folder: Path, name: str, size: int, workers: int) -> int:
    """How many are newly refused; prints what it took to say so."""
    begin = perf_counter()
    options = ("--registry", name, "--workers", str(workers), "--as-of", str(make.DAY), "-o", "json")
    told, used = run(folder, "rules", "impact", "douyin", "rules", *options)
    found = json.loads(told)["subjects"]
    seconds, took, peak = used.ru_utime + used.ru_stime, perf_counter() - begin, used.ru_maxrss / 1024
    assert found["judged"] == size
    print(f"{name:15} {seconds / size * 1e6:6.1f} µs a subject, {took:.1f} s, peak {peak:.0f} MiB", flush=True)
    return int(found["counts"]["newly-refused"])


def run(folder: Path, *command: str) -> tuple[bytes, struct_rusage]:
    """What the command prints, and what it and its workers used."""
    process = subprocess.Popen([PROGRAM, *command], cwd=folder, stdout=subprocess.PIPE)
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return told, used


def read_file(path: Path) -> None:
    with path.open("rb") as file:
        for line in file:
            json.loads(line)


def read_database(path: Path) -> None:
    for (text,) in sqlite3.connect(path).execute("SELECT record FROM records ORDER BY subject_id, seq"):
        json.loads(text)


if __name__ == "__main__":
    main(*(int(given) for given in (sys.argv[1:] + ["1000000", "2"][len(sys.argv) - 1 :])))
