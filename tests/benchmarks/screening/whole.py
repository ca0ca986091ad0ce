"""A screening from files to a file, beside the same rules written by hand: time, growth, peak memory.

    python tests/benchmarks/screening/whole.py [SIZE...]     (100,000 and 1,000,000 unless said otherwise)

Three records an application, three in ten applications refused. `plain.py` reads the same files in one process and
keeps all records in memory; it is run for the first size alone, in turns with ours, the best of three rounds each. The
same reports are asserted there, of every hundredth application. Peak memory is that of the largest process.
"""

import os
import sys
import tempfile
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import make
from compare import without_places

HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).with_name("onboard")
WORKERS = {1: 0.55, 2: 1.0}  # and how many times as fast as plain is wanted
ROUNDS = 3
GROWTH, PEAK = 10.5, 150


class Took(NamedTuple):
    """What a run took: seconds, seconds of processor time of all its processes, MiB of the largest one."""

    seconds: float
    processor: float
    peak: float


def main(sizes: list[int]) -> None:
    print(f"{'applications':>12}  {'':9}  seconds  processor  peak MiB  × plain  × its processor time")
    before: dict[int, Took] = {}
    by_hand: Took | None = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            os.chdir(place)
            write(size)
            found: dict[int, Took] = {}
            for _ in range(1 if by_hand else ROUNDS):
                if not before:
                    by_hand = best(by_hand, run(sys.executable, HERE / "plain.py", *FILES, "plain.jsonl"))
                for workers in WORKERS:
                    found[workers] = best(found.get(workers), run(*screen(workers)))
            assert by_hand is not None
            if not before:
                compare()
                show(size, "plain", by_hand)
            for workers, took in found.items():
                times, used = (
                    plain / sizes[0] / (ours / size) for plain, ours in zip(by_hand[:2], took[:2], strict=True)
                )
                ratios = f"{times:7.2f}  {used:.2f}  wanted: {WORKERS[workers]}"
                show(size, f"{workers} worker{'s' * (workers > 1)}", took, ratios)
        for workers, took in before.items():
            grown, times = found[workers].processor / took.processor, size / sizes[0] * GROWTH / 10
            print(f"{workers}: {grown:.1f} times the processor time, wanted at most {times:.1f}")
        before = before or found
        peak = max(took.peak for took in found.values())
        print(f"peak {peak:.0f} MiB, wanted under {PEAK}", flush=True)


FILES = ("applications.jsonl", "registry.jsonl")


def write(size: int) -> None:
    for name, values in zip(FILES, (make.applications(size), make.records(size)), strict=True):
        with open(name, "wb") as file:
            file.writelines(make.lines(values))


def screen(workers: int) -> tuple[str | Path, ...]:
    """The command; one that refuses is no failure."""
    options = ("--registry", FILES[1], "--as-of", str(make.DAY), "--workers", str(workers), "--exit-zero")
    return PROGRAM, "screen", FILES[0], *options, "-o", "reports.jsonl"


def run(*command: str | Path) -> Took:
    begin = perf_counter()
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(command[0], list(map(str, command)), os.environ, file_actions=nowhere)
    _, status, used = os.wait4(process, 0)
    assert status == 0, command
    return Took(perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def best(one: Took | None, other: Took) -> Took:
    return min(one, other) if one else other


def compare() -> None:
    with open("plain.jsonl", encoding="utf-8") as by_hand, open("reports.jsonl", encoding="utf-8") as ours:
        for one, other in islice(zip(by_hand, ours, strict=True), None, None, 100):
            assert without_notes(one) == without_notes(without_places(other))


def without_notes(line: str) -> str:
    """A report line without its end: that its day is over is noted by the command alone."""
    return line.partition(', "notes": ')[0]


def show(size: int, name: str, took: Took, ratios: str = "") -> None:
    print(f"{size:>12,}  {name:9}  {took.seconds:7.1f}  {took.processor:9.1f}  {took.peak:8.0f}  {ratios}", flush=True)


if __name__ == "__main__":
    main(list(map(int, sys.argv[1:])) or [100_000, 1_000_000])
