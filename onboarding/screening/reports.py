"""What comes out: a report a line, or a row of Parquet, and a summary of all."""

import gzip
from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, cast

import msgspec
from msgspec import Struct, field

from ..messages import Text
from ..outputs.files import move_whole, whole_file
from ..outputs.interface import VERDICTS
from .counts import count_in
from .entries import parquet, zstandard
from .judging import Judged

_ROWS_A_GROUP = 2000
# Of the invalid results, so many are told of at once.
_NAMED = 3
_PACKED = (".gz", ".zst", ".parquet")


class Summary(Struct):
    """How many results there are of each verdict, and by how many each required rule is not a pass, by its status; of
    the first that are invalid the place among all, the source, and what is wrong first."""

    verdicts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VERDICTS, 0))
    rules: dict[str, dict[str, int]] = field(default_factory=lambda: {"fail": {}, "undecided": {}})
    first_invalid: list[tuple[int, str, Text]] = []

    @property
    def total(self) -> int:
        """How many results there are."""
        return sum(self.verdicts.values())

    def add(self, judged: Judged) -> None:
        """Count one result."""
        self.verdicts[judged.verdict] += 1
        if judged.verdict == "invalid" and (
            len(self.first_invalid) < _NAMED or judged.order < self.first_invalid[-1][0]
        ):
            result = msgspec.json.decode(judged.line)
            self._name((judged.order, result["source"], result["errors"][0]["message"]))
        for status, rule in judged.rules:
            self.rules[status][rule] = self.rules[status].get(rule, 0) + 1

    def merge(self, other: "Summary") -> None:
        """Count in what another worker has judged."""
        count_in(self.verdicts, other.verdicts)
        for status, found in other.rules.items():
            count_in(self.rules[status], found)
        for one in other.first_invalid:
            self._name(one)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, of the rules the most first."""
        by_rule = {status: dict(sorted(found.items(), key=_most)) for status, found in self.rules.items()}
        return {"summary": self.verdicts, "rules": by_rule}

    def _name(self, one: tuple[int, str, Text]) -> None:
        insort(self.first_invalid, one, key=itemgetter(0))
        del self.first_invalid[_NAMED:]


def write_reports(made: Path, path: str) -> None:
    """Have the reports in the file `made`, a line each, stand at `path`, kept as `report_file` does; `made` may be gone
    then. Raises OSError that names `path`."""
    if path.lower().endswith(_PACKED):
        with made.open("rb") as lines, report_file(path) as add:
            for line in lines:
                add(line)
    else:
        move_whole(made, path)


@contextmanager
def report_file(path: str) -> Iterator[Callable[[bytes], object]]:
    """Takes one report after another, each a line, for the file at `path`, which is there when all are; its name says
    how they are kept. Raises OSError that names `path`."""
    with whole_file(path) as file:
        # Formats that are no text know their own end of a line.
        binary = cast(IO[bytes], file.buffer)
        match path.lower().rpartition(".")[2]:
            case "parquet":
                with _parquet_rows(binary) as add:
                    yield add
            case "gz":
                with gzip.GzipFile("", "wb", compresslevel=6, fileobj=binary, mtime=0) as packed:
                    yield packed.write
            case "zst":
                with zstandard().ZstdCompressor().stream_writer(binary, closefd=False) as packed:
                    yield packed.write
            case _:
                yield binary.write


class _Columns(Struct):
    """Of a report, what a Parquet file has columns for."""

    source: str
    verdict: str
    application_id: str | None = None
    subject_id: str | None = None
    eligible_from: date | None = None


@contextmanager
def _parquet_rows(file: IO[bytes]) -> Iterator[Callable[[bytes], object]]:
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

        def add(line: bytes) -> None:
            line = line.rstrip(b"\n")
            rows.append({**msgspec.structs.asdict(columns(line)), "report": line.decode()})
            if len(rows) == _ROWS_A_GROUP:
                write()

        yield add
        if rows:
            write()


def _most(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]
