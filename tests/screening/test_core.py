"""What both engines are made of: rows by subject in, results out; ids used twice; the order looked at."""

import gzip
import json
from datetime import date
from operator import attrgetter
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from screening.corpus import application, batches, lines, subject, write

from onboarding import load_ruleset
from onboarding.errors import OnboardingError, Problem
from onboarding.joint_run import clashes, first_uses
from onboarding.models import Application
from onboarding.reading.documents import Document
from onboarding.reading.encoding import MAX_BYTES
from onboarding.reading.own_fields import NO_FIELDS
from onboarding.reading.records import lines_of, read_records
from onboarding.rules.loading import read_files, ruleset_folder
from onboarding.screening import judging, sorting
from onboarding.screening.arrow import CHUNKS, decide, judged_of, split
from onboarding.screening.entries import Entry
from onboarding.screening.ids import uses_of_id
from onboarding.screening.judging import Judged, Terms, judge_rows, newest
from onboarding.screening.plan import make_plan, refuse_broken
from onboarding.screening.rows import Kind, Row, Told, Use, encode, place
from onboarding.screening.spark import spark_problem
from onboarding.screening.splitting import split_applications, split_records

RULES = load_ruleset()
TERMS = Terms(read_files(ruleset_folder("douyin")), RULES.digest, "0", date(2024, 8, 5), True, False, None)
# A violation without an id, which stands alone.
RECORD = b'{"record": "violation", "subject_id": "%s", "on": "2024-03-01", "kind": "other"}' % subject(1).encode()


def rows() -> list[Row]:
    entries = [Entry(f"a:{number}", number, line) for number, line in enumerate(lines(60)) if line.strip()]
    # All by one subject or by two, so that each has several.
    return [Row(b"%d" % (number % 2), Kind.APPLICATION, number, encode(entry)) for number, entry in enumerate(entries)]


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("much", [1, 1 << 20], ids=["much", "little"])
def test_a_subject_may_straddle_batches(monkeypatch: pytest.MonkeyPatch, size: int, much: int) -> None:
    made = sorted(rows(), key=place)
    expected = list(judge_rows(made, TERMS))
    monkeypatch.setattr(judging, "_MUCH", much)
    found = [
        judged_of(order, data)
        for batch in decide(batches(made, size), TERMS)
        for order, data in zip(batch["order"].to_pylist(), batch["judged"].to_pylist(), strict=True)
    ]
    # In which order they come is nobody's business: each knows its place.
    assert sorted(found, key=attrgetter("order")) == sorted(expected, key=attrgetter("order"))


@pytest.mark.parametrize("wrong", ["a subject that comes back", "two in the wrong order", "one twice"])
def test_rows_that_are_not_in_order_are_no_results(wrong: str) -> None:
    made = sorted(rows(), key=place)
    match wrong:
        case "a subject that comes back":
            made.append(msgspec.structs.replace(made[0], order=10_000))
        case "two in the wrong order":
            made[3], made[4] = made[4], made[3]
        case "one twice":
            made.insert(5, made[5])
    with pytest.raises(OnboardingError, match="not sorted"):
        list(judge_rows(made, TERMS))


def test_every_kind_of_chunk_is_split_by_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    applications, registry = write(tmp_path, 20)
    (tmp_path / "one.json").write_text(json.dumps(application(1)))
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(applications.read_bytes()))
    table = pa.table({"application": applications.read_bytes().splitlines()})
    pq.write_table(table, tmp_path / "columns.parquet")
    unread = Entry("folder", 1, errors=(Problem({"en": "unreadable", "zh": "无法读取"}),))
    names = ["applications.jsonl", "one.json", unread, "packed.jsonl.gz", "columns.parquet"]
    plan = make_plan(names, str(registry))
    assert plan.registry is not None
    chunks = [*enumerate(plan.applications), *enumerate(plan.registry.chunks)]
    given = pa.RecordBatch.from_pylist([{"number": n, "chunk": encode(chunk)} for n, chunk in chunks], CHUNKS)
    monkeypatch.chdir("/")  # a worker is elsewhere
    made = [Row(**values) for batch in split([given], TERMS, plan.states) for values in batch.to_pylist()]
    here = [
        row for n, chunk in enumerate(plan.applications) for row in split_applications(chunk, n, RULES, plan.states)
    ]
    here += [row for n, chunk in enumerate(plan.registry.chunks) for row in split_records(chunk, n)]
    assert made == here
    sources = [msgspec.msgpack.decode(row.data, type=Entry).source for row in made if row.kind == Kind.APPLICATION]
    assert {source.partition(":")[0] for source in sources} == {*names[:2], "folder", *names[3:]}


FILES_OF_RECORDS = {
    "plain": (b"", b"\n"),
    "a byte order mark": (b"\xef\xbb\xbf", b"\n"),
    "a byte order mark on a line of its own": (b"\xef\xbb\xbf\n", b"\n"),
    "a byte order mark within, where two files were put together": (b"", b"\n\xef\xbb\xbf" + RECORD),
    "no end of the last line": (b"", b""),
    "a last line as long as a line may be": (b"", b"\n" + RECORD.ljust(MAX_BYTES)),
    "blanks at the end, as long as a line may be": (b"", b"\n" + b" " * MAX_BYTES),
}


@pytest.mark.parametrize(("begin", "end"), FILES_OF_RECORDS.values(), ids=FILES_OF_RECORDS)
def test_each_record_of_a_file_is_in_one_chunk_and_in_no_other(tmp_path: Path, begin: bytes, end: bytes) -> None:
    """Those without an id count each: one that came twice would be one more than there are."""
    path = tmp_path / "records.jsonl"
    path.write_bytes(begin + b"\n".join([RECORD] * 2000) + end)
    with path.open("rb") as file:
        there = sum(1 for _ in read_records(lines_of(file), path.name))
    given = make_plan([], str(path)).registry
    assert given is not None
    assert len(given.chunks) > 1
    found = [row for number, chunk in enumerate(given.chunks) for row in split_records(chunk, number)]
    told = [msgspec.msgpack.decode(row.data, type=Told) for row in found if row.kind == Kind.TOLD]
    assert len(found) - len(told) == there >= 2000
    assert refuse_broken(given, told, conflict=False) == there
    assert len(newest([row for row in found if row.kind == Kind.RECORD], subject(1), path.name)) == there


def test_a_worker_that_finds_another_file_says_so(tmp_path: Path) -> None:
    applications, _ = write(tmp_path, 20)
    plan = make_plan([str(applications)], None)
    applications.write_bytes(applications.read_bytes() + b"\n")
    rows = [
        row for n, chunk in enumerate(plan.applications) for row in split_applications(chunk, n, RULES, plan.states)
    ]
    assert {row.kind for row in rows} == {Kind.TOLD}
    assert all(msgspec.msgpack.decode(row.data, type=Told).problems for row in rows)


WORKER = """An exception was thrown from the Python worker:
Traceback (most recent call last):
  File "pyspark/serializers.py", line 483, in loads
    return cloudpickle.loads(obj, encoding=encoding)
{}
"""
JOB = """An error occurred while calling o73.collectToPython.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, \
most recent failure: Lost task 0.0 in stage 0.0 (TID 0) (host executor 1): java.io.IOException: Cannot run program "/py"
\tat java.base/java.lang.ProcessBuilder.start(ProcessBuilder.java:1143)
"""
MISMATCH = "pyspark.errors.PySparkRuntimeError: [PYTHON_VERSION_MISMATCH] Python in worker: 3.12"
# What Spark says, what is told of it, and of its cure.
SAID = {
    "workers without us": (
        WORKER.format("ModuleNotFoundError: No module named 'onboarding'"),
        "'onboarding'",
        "archive",
    ),
    "workers without pyarrow": (
        WORKER.format("ModuleNotFoundError: No module named 'pyarrow'"),
        "'pyarrow'",
        "archive",
    ),
    "workers with another Python": (WORKER.format(MISMATCH), MISMATCH, ""),
    "workers without that Python": (JOB, "Lost task 0.0 in stage 0.0 (TID 0) (host", "PYSPARK_PYTHON"),
    "a fault that quotes what was judged": (WORKER.format("KeyError: '云上'"), "KeyError", ""),
    "something else": ("[JAVA_GATEWAY_EXITED] Java is gone\n  at somewhere", "[JAVA_GATEWAY_EXITED] Java is gone", ""),
}


@pytest.mark.parametrize(("said", "cause", "cure"), SAID.values(), ids=SAID)
def test_what_spark_says_is_told_by_its_cause(said: str, cause: str, cure: str) -> None:
    told = spark_problem(said)
    assert cause in told.message["en"]
    assert "云上" not in told.message["en"]
    assert cure in (told.hint or {"en": ""})["en"]
    assert bool(told.hint) == bool(cure)


@given(st.lists(st.tuples(st.integers(0, 9), st.binary(max_size=40))), st.integers(1, 2000), st.integers(1, 2000))
def test_what_waits_in_files_comes_in_order(made: list[tuple[int, bytes]], run: int, piece: int) -> None:
    given_ = [Row(b"", Kind.USE, order, data) for order, data in made]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "_RUN", run)
        patch.setattr(sorting, "_AT_ONCE", piece)
        assert list(sorting.sorted_by(place, given_, Row)) == sorted(given_, key=place)


SHAPES = st.lists(st.tuples(st.sampled_from(["A-1", " A-1", "Ａ-1", "A-2"]), st.sampled_from("xyz!")), max_size=8)


@given(SHAPES)
def test_ids_used_twice_are_found_as_in_memory(shapes: list[tuple[str, str]]) -> None:
    """By id, as an engine brings them together, and all at once, as a check does; `!` is no application."""
    made = [application(ord(content), application_id=id_) for id_, content in shapes]
    texts = [json.dumps(one) if content != "!" else "{}" for one, (_, content) in zip(made, shapes, strict=True)]
    sound = [number for number, (_, content) in enumerate(shapes) if content != "!"]
    applications: list[Application] = [Document("a", texts[number]).application for number in sound]
    clashing, first = clashes(applications), first_uses(applications)
    expected = {
        sound[position]: Use("clash", str(sound[clashing[position]]))
        if position in clashing
        else Use("same", str(sound[first[position]]), sound[first[position]])
        for position in range(len(sound))
        if position in clashing or first[position] != position
    }
    found = {}
    for id_ in ("1", "2"):
        members = [number for number, (name, _) in enumerate(shapes) if name.endswith(id_)]
        of_id = (Row(b"", Kind.APPLICATION, n, encode(Entry(str(n), 1, texts[n].encode()))) for n in members)
        found |= {
            row.order: msgspec.msgpack.decode(row.data, type=Use)
            for row in uses_of_id(of_id, NO_FIELDS, independent=False)
        }
    assert found == expected


def test_results_count_the_required_rules_that_are_no_pass() -> None:
    judged: list[Judged] = list(judge_rows(sorted(rows(), key=place), TERMS))
    assert {verdict for one in judged for verdict in [one.verdict]} >= {"undecided", "invalid", "fail"}
    for one in judged:
        told = json.loads(one.line)
        statuses = [
            (outcome["status"], outcome["rule"])
            for outcome in told.get("outcomes", ())
            if outcome["level"] == "required" and outcome["status"] in ("fail", "undecided")
        ]
        assert [tuple(rule) for rule in one.rules] == statuses


def test_short_lines_make_as_many_slots_as_what_is_said_of_them_needs(tmp_path: Path) -> None:
    """What is said of a line that is no application is a hundred times as long as `{}`."""
    (tmp_path / "short.jsonl").write_text("{}\n" * 100_000, "utf-8")
    assert make_plan([str(tmp_path / "short.jsonl")], None).slots > 20
