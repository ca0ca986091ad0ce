"""Screening beside what people would use instead of it: processor time per application, and what each of them tells.

    python tests/benchmarks/screening/beside.py [SIZE]     (20,000 applications unless said otherwise)

- `jsonschema` and `jsonschema-rs` in a loop: the validators alone, over our rule files. The facts are counted by
  `plain.py` beforehand, outside the time; they tell which rules fail, in the validators' words.
- SQL by hand, in DuckDB on one thread: reads the same two files, counts and decides. It tells the verdict and which
  rules fail; no reason, no evidence, no day from which an application would pass. Brands are the same where their
  letters are, which is enough for these.
- ours: `onboard screen` in one process reads the same two files and writes reports with all of that.

They take turns; the best of three rounds counts. That all refuse the same applications is asserted first.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from time import process_time
from typing import Any

import duckdb
import jsonschema
import jsonschema_rs
import make
import plain

HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).with_name("onboard")
ROUNDS = 3
Plain = dict[str, Any]
Verdicts = list[bool]


def main(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("applications.jsonl").write_bytes(b"".join(make.lines(make.applications(size))))
        Path("records.jsonl").write_bytes(b"".join(make.lines(make.records(size))))
        instances = list(counted(size))
        rules = [read_rule(rule) for rule in plain.REQUIRED]
        by_python = [jsonschema.Draft202012Validator(rule) for rule in rules]
        by_rust = [jsonschema_rs.Draft202012Validator(rule) for rule in rules]
        ways: dict[str, Callable[[], Verdicts]] = {
            "jsonschema in a loop, facts given": lambda: validated(instances, by_python),
            "jsonschema-rs in a loop, facts given": lambda: validated(instances, by_rust),
            "SQL by hand in DuckDB": queried,
            "onboard screen, one worker": screened,
        }
        best = dict.fromkeys(ways, float("inf"))
        refused: Verdicts | None = None
        for _ in range(ROUNDS):
            for name, way in ways.items():
                begin = processor_time()
                verdicts = way()
                best[name] = min(best[name], processor_time() - begin)
                refused = refused or verdicts
                assert verdicts == refused, name
        print(f"{size:,} applications, {sum(refused or []) / size:.0%} refused by all")
        for name, seconds in best.items():
            print(f"{name:37} {seconds / size * 1e6:7.1f} µs")


def read_rule(rule: str) -> Plain:
    """A rule file without its dialect, which is for editors and the lint."""
    schema: Plain = json.loads((plain.RULES / f"{rule}.json").read_bytes())
    return {keyword: value for keyword, value in schema.items() if keyword != "$schema"}


def counted(size: int) -> Iterator[Plain]:
    """What a rule is held against: each application beside its facts."""
    records = {owner: list(of) for owner, of in groupby(make.records(size), key=lambda record: record["subject_id"])}
    for application in make.applications(size):
        history = records.get(application["business_license"]["uscc"], [])
        yield {"application": application, "facts": plain.judge(application, history, make.DAY)[1]}


def validated(instances: list[Plain], validators: list[Any]) -> Verdicts:
    """Whether any rule finds an error; all rules run to their end, as reports name every one."""
    return [bool([error for validator in validators for error in validator.iter_errors(one)]) for one in instances]


def queried() -> Verdicts:
    with duckdb.connect(config={"threads": 1}) as database:
        rows = database.execute((HERE / "beside.sql").read_text("utf-8"), {"day": make.DAY}).fetchall()
    return [bool(rules) for _, rules in rows]


def screened() -> Verdicts:
    command = [str(PROGRAM), "screen", "applications.jsonl", "--registry", "records.jsonl", "--independent"]
    command += ["--as-of", str(make.DAY), "--workers", "1", "-o", "reports.jsonl"]
    subprocess.run(command, check=False, capture_output=True)
    with open("reports.jsonl", encoding="utf-8") as lines:
        return [json.loads(line)["verdict"] == "fail" for line in lines]


def processor_time() -> float:
    """Of this process and of those that it has waited for."""
    of_others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + of_others.ru_utime + of_others.ru_stime


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
