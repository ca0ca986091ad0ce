"""How fast records are imported into an SQLite registry, beside a bare `executemany` of the same rows.

    python tests/benchmarks/registry_import.py [RECORDS]     (1,000,000 unless said otherwise)

The bare figure inserts rows that are made beforehand into the same table with the same indexes, as they come. Both
run in turn, three times; the best of each counts.
"""

import json
import random
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from screening import make

from onboarding.reading.records import read_records
from onboarding.registry.bulk_import import add
from onboarding.registry.sql import Entry
from onboarding.registry.sqlite import SqliteRegistry

ROUNDS = 3


def write_records(path: Path, count: int) -> None:
    """Shops of half as many subjects, with a ban or a violation here and there, in no order."""
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            subject = make.subject(chance.randrange(count // 2))
            if number % 20 == 7:
                record = {"record": "violation", "subject_id": subject, "on": "2024-03-01", "kind": "other"}
                record |= {"id": f"V-{number}", "resolved_on": None}
            else:
                brand = {"name": f"品牌{number % 1000}", "trademark_no": f"{number:08d}"}
                record = {"record": "shop", "shop_id": f"S-{number}", "subject_id": subject, "brands": [brand]}
                record |= {"subject_type": "enterprise", "opened_on": "2022-01-01", "closed_on": None}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def imported(records: Path, folder: Path) -> float:
    begun = time.perf_counter()
    with records.open("rb") as lines:
        database, entry = SqliteRegistry(folder / "ours.db"), Entry(datetime.now(UTC), "benchmark")
        add(database, read_records(lines, str(records)), entry)
    return time.perf_counter() - begun


def bare(rows: list[tuple[str, ...]], folder: Path) -> float:
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    SqliteRegistry(folder / "bare.db").init()
    begun = time.perf_counter()
    connection.execute("BEGIN")
    columns = "recorded_at, subject_id, record_id, record, recorded_by, note"
    connection.executemany(f"INSERT INTO records ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.execute("COMMIT")
    spent = time.perf_counter() - begun
    connection.close()
    return spent


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = folder / "records.jsonl"
        write_records(records, count)
        imported(records, folder)
        with sqlite3.connect(folder / "ours.db") as connection:
            rows = connection.execute(
                "SELECT recorded_at, subject_id, record_id, record, recorded_by, note FROM records ORDER BY seq"
            ).fetchall()
        connection.close()
        best: dict[str, float] = {}
        for _ in range(ROUNDS):
            for file in folder.glob("*.db*"):
                file.unlink()
            for what, spent in (("ours", imported(records, folder)), ("bare", bare(rows, folder))):
                best[what] = min(best.get(what, spent), spent)
        print(f"{count:,} records: import {best['ours']:.2f} s, bare executemany {best['bare']:.2f} s")
        print(f"import does {best['bare'] / best['ours']:.2f} times the bare figure")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
