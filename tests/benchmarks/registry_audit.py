"""An audit of many shops: seconds and peak memory, beside a bare reading of the same rows.

    python tests/benchmarks/registry_audit.py [RECORDS...]     (10,000, 100,000 and 1,000,000 unless said otherwise)

The records are those of `registry_import.py`: shops of half as many subjects, a twentieth of them violations. The
audit is the command, its report a file; the bare reading fetches every record with `sqlite3`, in the same order, and
decodes it with `json`. Time should grow with the number of shops, memory should not.
"""

import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from registry_import import imported, write_records

SIZES = (10_000, 100_000, 1_000_000)


def main(sizes: tuple[int, ...]) -> None:
    print(f"{'records':>9} {'audit s':>8} {'ms a shop':>10} {'peak MiB':>9} {'bare s':>7} {'peak MiB':>9}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            write_records(folder / "records.jsonl", size)
            imported(folder / "records.jsonl", folder)
            seconds, peak = measured(lambda registry=folder / "ours.db": audit(registry))
            bare_seconds, bare_peak = measured(lambda registry=folder / "ours.db": read(registry))
        shop = seconds / (size * 0.95) * 1000
        print(f"{size:9,} {seconds:8.1f} {shop:10.2f} {peak:9.0f} {bare_seconds:7.1f} {bare_peak:9.0f}", flush=True)


def audit(registry: Path) -> None:
    program = str(Path(sys.executable).with_name("onboard"))
    os.execv(program, [program, "registry", "audit", "--registry", str(registry), "-o", f"jsonl={registry}.jsonl"])


def read(registry: Path) -> None:
    connection = sqlite3.connect(registry)
    for (text,) in connection.execute("SELECT record FROM records ORDER BY subject_id, seq"):
        json.loads(text)
    os._exit(0)


def measured(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds and peak MiB of `work` in a process of its own."""
    begin = time.perf_counter()
    child = os.fork()
    if child == 0:
        work()
    _, status, usage = os.wait4(child, 0)
    # Imported shops are undecided at best, and some of these are refused.
    assert os.waitstatus_to_exitcode(status) in (0, 1, 3), status
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return time.perf_counter() - begin, usage.ru_maxrss / unit


if __name__ == "__main__":
    main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
