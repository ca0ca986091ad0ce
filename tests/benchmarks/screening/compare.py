"""Screening in one process beside the same rules written by hand: processor time per application, and their ratio.

    python tests/benchmarks/screening/compare.py [SIZE]     (20,000 applications unless said otherwise)

Both read the same JSON lines, judge them on the same histories, which are in memory, and write the same report lines;
ours says besides where in the line each reason's field stands. They take turns, a hundred applications each; the
best of three rounds counts. The reports are asserted to be the same first.
"""

import gc
import json
import sys
from collections.abc import Iterator
from itertools import groupby, islice, pairwise
from time import process_time
from typing import Any

import make
import plain

from onboarding import kernel, load_ruleset
from onboarding.models import History, history_of
from onboarding.outputs.json import result_to_json
from onboarding.reading.documents import Document
from onboarding.reading.records import read_record

ROUNDS, BATCH = 3, 100
STAGES = ("reading", "judging", "writing")
Records = dict[str, list[dict[str, Any]]]


def main(size: int) -> None:
    lines = list(make.lines(make.applications(size)))
    records = {owner: list(of) for owner, of in groupby(make.records(size), key=lambda record: record["subject_id"])}
    histories = {owner: history_of(owner, map(read_record, of)) for owner, of in records.items()}
    verdicts = refused(lines, records, histories)
    print(f"{size:,} applications, {sum(map(len, records.values())):,} records, {verdicts:.0%} refused, same reports")
    gc.freeze()
    best_plain, best = float("inf"), [float("inf")] * 3
    for _ in range(ROUNDS):
        by_hand, ours = 0.0, [0.0] * 3
        for batch in batches(lines):
            begin = process_time()
            for _line in plain.screen(batch, records, make.DAY):
                pass
            by_hand += process_time() - begin
            ours = [a + b for a, b in zip(ours, screen(batch, histories), strict=True)]
        best_plain, best = min(best_plain, by_hand), min(best, ours, key=sum)
    print(f"plain {best_plain / size * 1e6:6.1f} µs")
    for stage, seconds in zip(STAGES, best, strict=True):
        print(f"  {stage:8} {seconds / size * 1e6:6.1f} µs")
    print(f"ours  {sum(best) / size * 1e6:6.1f} µs, {best_plain / sum(best):.2f} × plain")


def screen(batch: list[bytes], histories: dict[str, History], keep: Any = None) -> list[float]:
    """The processor time of each stage; `keep` is told each line."""
    rules = load_ruleset()
    times = [process_time()]
    documents = [Document(f"line-{number}", line, rules.own_fields) for number, line in enumerate(batch, start=1)]
    times.append(process_time())
    applications = [document.application for document in documents]
    reports = list(kernel.check_apart(applications, histories, make.DAY, rules))
    times.append(process_time())
    for document, report in zip(documents, reports, strict=True):
        line = result_to_json(document.report(report))
        if keep:
            keep(line.decode() + "\n")
    times.append(process_time())
    return [end - begin for begin, end in pairwise(times)]


def batches(lines: list[bytes]) -> Iterator[list[bytes]]:
    rest = iter(lines)
    while batch := list(islice(rest, BATCH)):
        yield batch


def refused(lines: list[bytes], records: Records, histories: dict[str, History]) -> float:
    """The part that is refused; raises AssertionError where the two do not report the same."""
    count = 0
    for batch in batches(lines):
        ours: list[str] = []
        screen(batch, histories, ours.append)
        for one, other in zip(plain.screen(batch, records, make.DAY), ours, strict=True):
            assert one == without_places(other)
            count += '"verdict": "fail"' in one
    return count / len(lines)


def without_places(line: str) -> str:
    report = json.loads(line)
    for outcome in report["outcomes"]:
        for reason in outcome["reasons"]:
            for name in ("line", "column", "end_line", "end_column"):
                reason.pop(name, None)
    return json.dumps(report, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
