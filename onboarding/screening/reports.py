"""What comes out: a report a line, or a row of Parquet, and a summary of all."""

import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import IO, Any, cast

import msgspec
from msgspec import Struct

from ..outputs.files import whole_file
from ..outputs.interface import VERDICTS
from .entries import parquet, zstandard
from .judging import Judged

_ROWS_A_GROUP = 2000
# Of the invalid results, so many are told of at once.
_NAMED = 3


class Summary:
    """How many results there are of each verdict, and by how many each required rule is not a pass, by its status; and
    the first of those that are invalid."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter(dict.fromkeys(VERDICTS, 0))
        self.rules: dict[str, Counter[str]] = {"fail": Counter(), "undecided": Counter()}
        self.first_invalid: list[bytes] = []

    def add(self, judged: Judged) -> None:
        """Count one result."""
        self.verdicts[judged.verdict] += 1
        if judged.verdict == "invalid" and len(self.first_invalid) < _NAMED:
            self.first_invalid.append(judged.line)
        for status, rule in judged.rules:
            self.rules[status][rule] += 1

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, of the rules the most first."""
        by_rule = {status: dict(sorted(found.items(), key=_most)) for status, found in self.rules.items()}
        return {"summary": dict(self.verdicts), "rules": by_rule}


@contextmanager
def report_file(path: str) -> Iterator[Callable[[Judged], object]]:
    """Takes one result after another, for the file at `path`, which is there when all are; its name says how they are
    kept. Raises OSError that names `path`."""
    with whole_file(path) as file:
        # Formats that are no text know their own end of a line.
        binary = cast(IO[bytes], file.buffer)
        match path.lower().rpartition(".")[2]:
            case "parquet":
                with _parquet_rows(binary) as add:
                    yield add
            case "gz":
                with gzip.GzipFile("", "wb", compresslevel=6, fileobj=binary, mtime=0) as packed:
                    yield lambda judged: packed.write(judged.line)
            case "zst":
                with zstandard().ZstdCompressor().stream_writer(binary, closefd=False) as packed:
                    yield lambda judged: packed.write(judged.line)
            case _:
                yield lambda judged: binary.write(judged.line)


class _Columns(Struct):
    """Of a report, what a Parquet file has columns for."""

    source: str
    verdict: str
    application_id: str | None = None
    subject_id: str | None = None
    eligible_from: date | None = None


@contextmanager
def _parquet_rows(file: IO[bytes]) -> Iterator[Callable[[Judged], object]]:
    pq = parquet()
    import pyarrow as pa

    texts = [pa.field(name, pa.string()) for name in ("source", "verdict", "application_id", "subject_id")]
    schema = pa.schema([*texts, pa.field("eligible_from", pa.date32()), pa.field("report", pa.string())])
    rows: list[dict[str, Any]] = []
    columns = msgspec.json.Decoder(_Columns).decode
    with pq.ParquetWriter(file, schema) as writer:

        def write() -> None:
            writer.write_batch(pa.RecordBatch.from_pylist(rows, schema))
            rows.clear()

        def add(judged: Judged) -> None:
            line = judged.line.rstrip(b"\n")
            rows.append({**msgspec.structs.asdict(columns(line)), "report": line.decode()})
            if len(rows) == _ROWS_A_GROUP:
                write()

        yield add
        if rows:
            write()


def _most(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]
