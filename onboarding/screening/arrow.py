"""What there is to do, as engines for columns want it: record batches in, record batches out. Knows no engine.

Each function takes and gives an iterator of batches. Between them an engine brings rows of one subject, or of one id,
together and in order; a subject may straddle two batches, never two partitions.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa
from pyarrow import RecordBatch

from ..errors import OnboardingError, Problem
from .entries import Chunk, Files, Lines, Packed, RowGroups
from .ids import uses_of_id
from .impact import Change, Survey, survey_rows
from .judging import Judged, Terms, judge_rows
from .rows import Row, encode
from .splitting import RecordChunk, State, split_applications, split_records

CHUNKS = pa.schema([pa.field("number", pa.int64()), pa.field("chunk", pa.binary())])
ROWS = pa.schema(
    [
        pa.field("subject", pa.binary()),
        pa.field("kind", pa.int32()),
        pa.field("order", pa.int64()),
        pa.field("data", pa.binary()),
        pa.field("id", pa.binary()),
    ]
)
JUDGED = pa.schema([pa.field("order", pa.int64()), pa.field("judged", pa.binary())])
FOUND = pa.schema([pa.field("found", pa.binary())])

# So many rows a batch: reports are long.
_APPLICATIONS_A_BATCH = 1000
_REPORTS_A_BATCH = 200
found_of = msgspec.msgpack.Decoder(Survey).decode
_chunk = msgspec.msgpack.Decoder(Lines | Packed | RowGroups | Files | RecordChunk).decode


def split(batches: Iterable[RecordBatch], terms: Terms, states: dict[str, State]) -> Iterator[RecordBatch]:
    """From chunks (CHUNKS) to their rows (ROWS)."""

    def rows() -> Iterator[Row]:
        for batch in batches:
            for number, data in zip(batch["number"].to_pylist(), batch["chunk"].to_pylist(), strict=True):
                chunk: Chunk | RecordChunk = _chunk(data)
                if isinstance(chunk, RecordChunk):
                    yield from split_records(chunk, number)
                else:
                    yield from split_applications(chunk, number, terms.ruleset, states)

    return _batched(map(msgspec.structs.astuple, rows()), ROWS, _APPLICATIONS_A_BATCH)


def find_uses(batches: Iterable[RecordBatch], terms: Terms) -> Iterator[RecordBatch]:
    """From the rows of ids that are used more than once, sorted by id, kind and order, to what is to be said of it."""
    own = terms.ruleset.own_fields
    groups = groupby(_rows(batches), key=attrgetter("id"))
    uses = (use for _, rows in groups for use in uses_of_id(rows, own, independent=terms.independent))
    return _batched(map(msgspec.structs.astuple, uses), ROWS, _APPLICATIONS_A_BATCH)


def decide(batches: Iterable[RecordBatch], terms: Terms) -> Iterator[RecordBatch]:
    """From rows (ROWS), sorted by subject, kind and order, to results (JUDGED).

    Where a record cannot be read, a result without a place says so: nothing else counts then; see `judged_of`.
    """

    def judged() -> Iterator[tuple[int, bytes]]:
        try:
            for one in judge_rows(_rows(batches), terms):
                yield one.order, encode(one)
        except OnboardingError as error:
            yield -1, encode(error.problems)

    return _batched(judged(), JUDGED, _REPORTS_A_BATCH)


def judged_of(order: int, data: bytes) -> Judged:
    """A result as `decide` gives it; raises OnboardingError where it is none."""
    if order < 0:
        raise OnboardingError(*msgspec.msgpack.decode(data, type=tuple[Problem, ...]))
    return msgspec.msgpack.decode(data, type=Judged)


def survey(batches: Iterable[RecordBatch], change: Change) -> Iterator[RecordBatch]:
    """From rows (ROWS), sorted by subject, kind and order, to what is found among them, in one row (FOUND)."""
    try:
        found = survey_rows(_rows(batches), change)
    except OnboardingError as error:
        found = Survey(unread=[(-1, error.problems)])
    yield _batch([(encode(found),)], FOUND)


def add_up(batches: Iterable[RecordBatch], change: Change) -> Iterator[RecordBatch]:
    """From what each worker has found to what that comes to, in one row (FOUND)."""
    whole = Survey()
    for batch in batches:
        for data in batch["found"].to_pylist():
            whole.add(found_of(data), change.examples)
    yield _batch([(encode(whole),)], FOUND)


def _rows(batches: Iterable[RecordBatch]) -> Iterator[Row]:
    for batch in batches:
        columns = (batch[name].to_pylist() for name in ROWS.names)
        yield from (Row(*values) for values in zip(*columns, strict=True))


def _batched(rows: Iterable[tuple[Any, ...]], schema: pa.Schema, size: int) -> Iterator[RecordBatch]:
    waiting: list[tuple[Any, ...]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == size:
            yield _batch(waiting, schema)
            waiting = []
    if waiting:
        yield _batch(waiting, schema)


def _batch(rows: list[tuple[Any, ...]], schema: pa.Schema) -> RecordBatch:
    columns = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
