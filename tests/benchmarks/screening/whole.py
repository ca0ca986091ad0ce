"""A screening from files to a file, beside the same rules written by hand: time, growth, peak memory.

    python tests/benchmarks/screening/whole.py [SIZE...]     (100,000 and 1,000,000 unless said otherwise)

Three records an application, three in ten applications refused. `plain.py` reads the same files in one process and
keeps all records in memory; it is run for the first size alone, in turns with ours, the best of three rounds each. The
same reports are asserted there, of every hundredth application. A machine is faster in one minute than in another, and
in a few seconds than for minutes: so how time grows is told beside the mean of as many runs of the first size as take
as long together, one half of them right before and the other right after. Peak memory is that of the largest process.
"""

import os
import sys
import tempfile
from itertools import islice
from pathlib import Path
from statistics import mean
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


def main(first: int, larger: list[int]) -> None:
    print(f"{'applications':>12}  {'':9}  seconds  processor  peak MiB  × plain  × its processor time")
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        write(few, first)
        by_hand: Took | None = None
        found: dict[int, Took] = {}
        for _ in range(ROUNDS):
            by_hand = best(by_hand, run(few, sys.executable, HERE / "plain.py", *FILES, "plain.jsonl"))
            for workers in WORKERS:
                found[workers] = best(found.get(workers), run(few, *screen(workers)))
        assert by_hand is not None
        compare(few)
        show(first, "plain", by_hand)
        plain = Took(by_hand.seconds / first, by_hand.processor / first, 0)
        for workers, took in found.items():
            show_ours(first, workers, took, plain)
        peak = max(took.peak for took in found.values())
        for size in larger:
            write(many, size)
            for workers in WORKERS:
                beside = [few] * max(size // first // 2, 1)
                *before, took = (run(place, *screen(workers)) for place in (*beside, many))
                smaller = before + [run(place, *screen(workers)) for place in beside]
                show_ours(size, workers, took, plain)
                grown = [took.seconds / mean(one.seconds for one in smaller)]
                grown.append(took.processor / mean(one.processor for one in smaller))
                times = size / first * GROWTH / 10
                print(
                    f"{workers}: {grown[0]:.1f} times the time, {grown[1]:.1f} the processor's, wanted at most {times}",
                    flush=True,
                )
                peak = max(peak, took.peak)
        print(f"peak {peak:.0f} MiB, wanted under {PEAK}")


FILES = ("applications.jsonl", "registry.jsonl")


def write(place: str, size: int) -> None:
    for name, values in zip(FILES, (make.applications(size), make.records(size)), strict=True):
        with Path(place, name).open("wb") as file:
            file.writelines(make.lines(values))


def screen(workers: int) -> tuple[str | Path, ...]:
    """The command; one that refuses is no failure."""
    options = ("--registry", FILES[1], "--as-of", str(make.DAY), "--workers", str(workers), "--exit-zero")
    return PROGRAM, "screen", FILES[0], *options, "-o", "reports.jsonl"


def run(place: str, *command: str | Path) -> Took:
    os.chdir(place)
    begin = perf_counter()
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(command[0], list(map(str, command)), os.environ, file_actions=nowhere)
    _, status, used = os.wait4(process, 0)
    assert status == 0, command
    return Took(perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def best(one: Took | None, other: Took) -> Took:
    return min(one, other) if one else other


def compare(place: str) -> None:
    plain, screened = Path(place, "plain.jsonl"), Path(place, "reports.jsonl")
    with plain.open(encoding="utf-8") as by_hand, screened.open(encoding="utf-8") as ours:
        for one, other in islice(zip(by_hand, ours, strict=True), None, None, 100):
            assert without_notes(one) == without_notes(without_places(other))


def without_notes(line: str) -> str:
    """A report line without its end: that its day is over is noted by the command alone."""
    return line.partition(', "notes": ')[0]


def show_ours(size: int, workers: int, took: Took, plain: Took) -> None:
    """`took` beside the `plain` rules, of which it holds what they took for each application."""
    times, used = plain.seconds * size / took.seconds, plain.processor * size / took.processor
    show(size, f"{workers} worker{'s' * (workers > 1)}", took, f"{times:7.2f}  {used:.2f}  wanted: {WORKERS[workers]}")


def show(size: int, name: str, took: Took, ratios: str = "") -> None:
    print(f"{size:>12,}  {name:9}  {took.seconds:7.1f}  {took.processor:9.1f}  {took.peak:8.0f}  {ratios}", flush=True)


if __name__ == "__main__":
    first, *larger = map(int, sys.argv[1:] or ("100000", "1000000"))
    main(first, larger)
