"""One call of `onboard-check` on a folder of many applications: seconds and peak memory.

    python tests/benchmarks/corpus.py [FILES...]

By default 1,000, 2,500, 5,000 and 10,000 files, of which one in ten is refused, against a registry in SQLite with two
shops for each subject. Time and memory should grow no faster than the number of files.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from stdnum.cn import uscc

from onboarding.models import Brand, Shop
from onboarding.reading.records import Line
from onboarding.registry.bulk_import import add
from onboarding.registry.sql import Entry
from onboarding.registry.sqlite import SqliteRegistry

SIZES = (1_000, 2_500, 5_000, 10_000)
APPLICATION = json.loads((Path(__file__).parents[2] / "examples/passes/new-company.json").read_bytes())


def main(sizes: tuple[int, ...]) -> None:
    print(f"{'files':>7} {'seconds':>8} {'ms a file':>10} {'peak MiB':>9}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            registry = Path(place) / "registry.db"
            add(SqliteRegistry(registry), lines(size), Entry(datetime(2024, 8, 5, tzinfo=UTC), "benchmark"))
            folder = Path(place) / "applications"
            folder.mkdir()
            for number in range(size):
                text = json.dumps(application(number), ensure_ascii=False, indent=2)
                (folder / f"{number:05}.json").write_text(text, encoding="utf-8")
            seconds, peak = run(folder, registry)
        print(f"{size:7,} {seconds:8.1f} {seconds / size * 1000:10.2f} {peak:9.0f}")


def run(folder: Path, registry: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one call, its JSON lines written to a file."""
    command = [str(Path(sys.executable).with_name("onboard-check")), str(folder), "--registry", str(registry)]
    command += ["--as-of", "2024-08-05", "-o", f"jsonl={folder.parent}/report.jsonl"]
    begin = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.execv(command[0], command)
    _, status, usage = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) == 1, status
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return time.perf_counter() - begin, usage.ru_maxrss / unit


def subject(number: int) -> str:
    code = f"91999999{number:09d}"
    return code + uscc.calc_check_digit(code)


def application(number: int) -> dict[str, object]:
    """An application that passes; every tenth is for a brand that has a shop."""
    made = json.loads(json.dumps(APPLICATION))
    made["application_id"] = f"A-{number}"
    made["business_license"]["uscc"] = subject(number)
    made["brands"][0]["name"] = "别的" if number % 10 == 0 else "云上"
    return made


def lines(size: int) -> Iterator[Line]:
    for number in range(size):
        for shop, brand in enumerate(("别的", "其他")):
            record = Shop(f"S-{number}-{shop}", subject(number), date(2022, 1, 1), (Brand(brand),))
            yield Line(2 * number + shop + 1, subject(number), record)


if __name__ == "__main__":
    main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
