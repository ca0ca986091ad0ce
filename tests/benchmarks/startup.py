"""How long one `onboard-check` takes, from the shell's point of view: start, read, look up, judge, print, end.

    pip install '.[fast,bench]' && python tests/benchmarks/startup.py [RUNS]

One application against SQLite registries of 300, 30,000 and 300,000 records, with jsonschema-rs and without, in turns
with `check-jsonschema` on the same file and with `python -c pass`. Timings on a busy machine are noisy, so all are
taken in turns and compared within one run: the least and the median of RUNS (21) in milliseconds, and the least and
the median as a multiple of check-jsonschema's. Exits with 1 where these are above what is wanted.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from onboarding.models import Application, Brand, Shop
from onboarding.reading.records import Line
from onboarding.registry.bulk_import import add
from onboarding.registry.sql import Entry
from onboarding.registry.sqlite import SqliteRegistry

ROOT = Path(__file__).parent.parent.parent
APPLICATION = ROOT / "examples/refused/six-months.json"
SIZES = (300, 30_000, 300_000)
WANTED = {"onboard-check [fast], 300,000": 0.36, "onboard-check, 300,000": 0.55}
REFERENCE = "check-jsonschema"


def main(runs: int) -> int:
    with tempfile.TemporaryDirectory() as place:
        commands = prepare(Path(place))
        for command, environment, code in commands.values():
            subprocess.run(command, env=environment, capture_output=True, check=False)  # files are cached from here on
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == code, (command, done)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, (command, environment, _) in commands.items():
                begin = time.perf_counter()
                subprocess.run(command, env=environment, capture_output=True, check=False)
                times[name].append((time.perf_counter() - begin) * 1000)
    return table(times)


def prepare(place: Path) -> dict[str, tuple[list[str], dict[str, str], int]]:
    """The commands by name, each with its environment and the exit code it must have."""
    programs = Path(sys.executable).parent
    # With that variable set, each start would compile our modules anew, which no installed program does.
    left_out = {"PYTHONDONTWRITEBYTECODE"} | {name for name in os.environ if name.startswith("ONBOARD_")}
    environment = {k: v for k, v in os.environ.items() if k not in left_out} | {"LC_ALL": "C.UTF-8"}
    schema = place / "application.schema.json"
    schema.write_bytes(msgspec.json.encode(msgspec.json.schema(Application)))
    commands: dict[str, tuple[list[str], dict[str, str], int]] = {
        "python -c pass": ([sys.executable, "-c", "pass"], environment, 0),
        REFERENCE: (
            [str(programs / "check-jsonschema"), "--schemafile", str(schema), str(APPLICATION)],
            environment,
            0,
        ),
    }
    for size in SIZES:
        path = place / f"{size}.db"
        add(SqliteRegistry(path), lines(size), Entry(datetime(2024, 8, 5, tzinfo=UTC), "benchmark"))
        command = [str(programs / "onboard-check"), str(APPLICATION), "--registry", str(path), "--as-of", "2024-08-05"]
        commands[f"onboard-check [fast], {size:,}"] = (command, environment, 1)
        plain = environment | {"ONBOARD_VALIDATOR": "jsonschema"}
        commands[f"onboard-check, {size:,}"] = (command, plain, 1)
    return commands


def lines(size: int) -> Iterator[Line]:
    """`size` records: the applicant's exit, and shops of other subjects, three each."""
    own = json.loads(APPLICATION.read_bytes())["business_license"]["uscc"]
    day, brand = date(2022, 1, 1), (Brand("竹溪"),)
    yield Line(1, own, Shop("S-0", own, day, brand, closed_on=date(2024, 2, 5), closed_for="voluntary_exit"))
    for number in range(1, size):
        subject = f"91999999{number // 3:010d}"
        yield Line(number + 1, subject, Shop(f"S-{number}", subject, day, brand))


def table(times: dict[str, list[float]]) -> int:
    """Print the figures; 1 where one is above what is wanted."""
    least = {name: min(values) for name, values in times.items()}
    median = {name: statistics.median(values) for name, values in times.items()}
    missed = 0
    print(f"{'':32} {'least':>7} {'median':>7}   times {REFERENCE}")
    for name in times:
        by_least, by_median = least[name] / least[REFERENCE], median[name] / median[REFERENCE]
        verdict = ""
        if name in WANTED:
            fits = max(by_least, by_median) <= WANTED[name]
            missed += not fits
            verdict = f"  wanted: at most {WANTED[name]}" + ("" if fits else "  MISSED")
        print(f"{name:32} {least[name]:7.0f} {median[name]:7.0f}   {by_least:.2f} {by_median:.2f}{verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 21))
