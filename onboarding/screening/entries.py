"""From files to the applications in them: one in a `.json` file, one a line of JSON Lines, one a row of Parquet."""

import io
import os
import stat
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import IO, Any, BinaryIO, Literal, cast

from msgspec import Struct

from ..errors import InputError, OnboardingError, Problem
from ..files import os_problem, read_file
from ..messages import text
from ..outputs import Invalid
from ..reading.documents import Document
from ..reading.encoding import MAX_BYTES
from ..reading.own_fields import NO_FIELDS, OwnFields
from ..registry.addresses import shown_address

# A line that fills this is too long for an application: it is not read further, whatever a compressed file unpacks to.
_LONGEST = MAX_BYTES + 2
# A piece of a `.zst` file that is unpacked at once: it can unpack to tens of thousands of times its size.
_PIECE = 1 << 10
# So many rows of Parquet are unpacked at once: each may be as long as an application can be, written once for all.
_ROWS = 16
# In memory, in bytes: that of an application has room in it several times.
_LARGEST_ROW = 16 * MAX_BYTES
# A page of Parquet is unpacked whole, and a group may be one page: so many bytes may come of it in any case, or so many
# times the size of the file. Texts of JSON come to thirty times theirs.
_LARGEST_GROUP = 48 << 20
_MOST_TIMES = 50
# A chunk of a Parquet file has so many bytes of it, about, or is a single row group.
_LEAST_CHUNK = 1 << 20
# What an application cannot do without.
_MADE_OF = ("application_id", "subject")
# The column that holds whole applications as JSON text, where a Parquet file has it.
COLUMN = "application"


class Entry(Struct, frozen=True, array_like=True, tag=True):
    """The text of one application, what reports call it, and the line on which it begins; or why there is no text."""

    source: str
    line: int
    data: bytes = b""
    errors: tuple[Problem, ...] = ()


class Lines(Struct, frozen=True, tag=True):
    """Whole lines of a JSON Lines file: the bytes from `start` to `end`, of which the first is line `number`.

    Of this and of all other chunks, `path` is where it is read, and `source` what reports call it.
    """

    path: str
    source: str
    start: int = 0
    end: int = -1
    number: int = 1


class Packed(Struct, frozen=True, tag=True):
    """All lines of a compressed file of JSON Lines."""

    path: str
    source: str


class RowGroups(Struct, frozen=True, tag=True):
    """Row groups of a Parquet file, from `first` and before `end`, of which the first row is number `number`."""

    path: str
    source: str
    first: int
    end: int
    number: int = 1


class File(Struct, frozen=True, array_like=True, tag=True):
    """A file with one application."""

    path: str
    source: str


class Files(Struct, frozen=True, tag=True):
    """Files with an application each, and what could not be looked into."""

    entries: tuple[File | Entry, ...]


Chunk = Lines | Packed | RowGroups | Files


def kind_of(path: str) -> Literal["lines", "packed", "parquet", "single"]:
    """How the applications of a file are kept, by its name."""
    match os.path.splitext(path)[1].lower():
        case ".jsonl":
            return "lines"
        case ".gz" | ".zst":
            return "packed"
        case ".parquet":
            return "parquet"
    return "single"


def read_entries(path: str) -> Iterator[Entry]:
    """The entries of the file at `path`, in order; what cannot be read is an entry that says why."""
    source = shown_address(path)
    match kind_of(path):
        case "single":
            yield _of_file(File(path, source))
        case "lines":
            yield from entries_of(Lines(path, source))
        case "packed":
            yield from entries_of(Packed(path, source))
        case "parquet":
            try:
                groups = row_groups(path, source)
            except InputError as error:
                yield Entry(source, 1, errors=error.problems)
            else:
                for group in groups:
                    yield from entries_of(group)


def entries_of(chunk: Chunk) -> Iterator[Entry]:
    """The entries of `chunk`, in order."""
    match chunk:
        case Files():
            for entry in chunk.entries:
                yield _of_file(entry) if isinstance(entry, File) else entry
        case Lines():
            yield from _of_lines(chunk)
        case Packed():
            yield from _of_packed(chunk)
        case RowGroups():
            yield from _of_rows(chunk)


def read_entry(entry: Entry, own: OwnFields = NO_FIELDS) -> Document | Invalid:
    """The document in `entry`, read with the fields of a ruleset's `own`, or what is wrong with it."""
    if entry.errors:
        return Invalid(entry.source, entry.errors)
    try:
        return Document(entry.source, entry.data, own, entry.line)
    except InputError as error:
        return Invalid(entry.source, _none_of_ours(entry, error.problems) or error.problems)
    except (MemoryError, RecursionError):
        return Invalid(entry.source, (Problem(text("reading.too-much"), source=entry.source),))


def _none_of_ours(entry: Entry, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """What is to be said of a file that is known for something else, or that lacks all that makes an application, with
    no slip of the pen in sight; in place of what it lacks."""
    # Only where something is wrong already.
    from ..reading.wrong_file import wrong_file

    if other := wrong_file(entry.data, "application", entry.source):
        return (replace(other, line=entry.line, column=1),)
    # One of many has its number behind the file's name, and is no file to leave out.
    if entry.source.endswith(f":{entry.line}"):
        return ()
    lacks = {name: Problem(text("reading.missing", name=name), f"/{name}").words("en") for name in _MADE_OF}
    told = {problem.pointer: problem.words("en") for problem in problems}
    if all(told.get(f"/{name}") == words for name, words in lacks.items()):
        hint = text("screening.exclude-hint", name=os.path.basename(entry.source))
        return (Problem(text("screening.none-of-ours"), "", 1, 1, source=entry.source, hint=hint),)
    return ()


def bounded_lines(file: BinaryIO | IO[bytes], number: int = 1, size: int = -1) -> Iterator[tuple[int, bytes]]:
    """The lines that begin in the next `size` bytes of `file` (-1: all), with their numbers from `number` on; of one
    that is longer than a line may be only the beginning."""
    read = 0
    while (size < 0 or read < size) and (line := file.readline(_LONGEST)):
        read += len(line)
        part = line
        while len(part) == _LONGEST and not part.endswith(b"\n"):
            part = file.readline(_LONGEST)
            read += len(part)
        yield number, line
        number += 1


def open_regular(path: str, source: str) -> BinaryIO:
    """The regular file at `path`, to be read; raises OSError, or InputError, which calls it `source`, for others."""
    # Asked before opening: a named pipe would keep us waiting for ever.
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise InputError(Problem(text("files.not-regular"), source=source))
    return open(path, "rb")


def row_groups(path: str, source: str) -> list[RowGroups]:
    """The row groups of the Parquet file at `path`, together where they are small: each chunk has the file's list of
    all groups read once more. Raises InputError where it is none, or cannot be read.
    """
    pq = parquet()
    try:
        with open_regular(path, source) as file:
            table = pq.ParquetFile(file)
            about = table.metadata
            groups = about.num_row_groups
            counts = (about.row_group(group).num_rows for group in range(groups))
            numbers = [*accumulate(counts, initial=1)]
            together = max(-(-groups * _LEAST_CHUNK // os.path.getsize(path)), 1)
            largest = max((about.row_group(group).total_byte_size for group in range(groups)), default=0)
            if largest > max(_LARGEST_GROUP, _MOST_TIMES * os.path.getsize(path)):
                words = text("screening.unpacks-too-far", times=_MOST_TIMES)
                raise InputError(Problem(words, source=source, hint=text("screening.smaller-groups")))
            if _has_twice(table.schema_arrow):
                raise InputError(Problem(text("screening.parquet-twice"), source=source))
    except OSError as error:
        raise InputError(_cannot_read(error, source)) from None
    except (ValueError, KeyError):  # as pyarrow's errors are
        raise InputError(Problem(text("screening.no-parquet"), source=source)) from None
    starts = range(0, groups, together)
    return [RowGroups(path, source, at, min(at + together, groups), numbers[at]) for at in starts]


def _has_twice(fields: Any) -> bool:
    """Whether two of the `fields` of a schema or of a struct, or of those inside one of them, have the same name."""
    names = [field.name for field in fields]
    types = [field.type for field in fields]
    inside = ([kind.field(place) for place in range(kind.num_fields)] for kind in types)
    return len(set(names)) < len(names) or any(map(_has_twice, inside))


def _of_file(file: File) -> Entry:
    try:
        return Entry(file.source, 1, read_file(file.path, MAX_BYTES))
    except InputError as error:
        return Entry(file.source, 1, errors=error.problems)
    except OSError as error:
        return Entry(file.source, 1, errors=(os_problem(error, file.source),))


def _of_lines(chunk: Lines) -> Iterator[Entry]:
    source = chunk.source
    try:
        with open_regular(chunk.path, source) as file:
            file.seek(chunk.start)
            size = chunk.end - chunk.start if chunk.end >= 0 else -1
            for number, line in bounded_lines(file, chunk.number, size):
                if entry := _entry_of(number, line, source):
                    yield entry
    except InputError as error:
        yield Entry(source, 1, errors=error.problems)
    except OSError as error:
        yield Entry(source, 1, errors=(os_problem(error, source),))


def _of_packed(chunk: Packed) -> Iterator[Entry]:
    path, source, number = chunk.path, chunk.source, 0
    failures = _failures(path)
    try:
        with open_regular(path, source) as file, _unpacked(path, file) as lines:
            for number, line in bounded_lines(lines):
                if entry := _entry_of(number, line, source):
                    yield entry
    except InputError as error:
        yield Entry(source, 1, errors=error.problems)
    except failures as error:
        if isinstance(error, OSError) and error.errno is not None:
            yield Entry(source, 1, errors=(os_problem(error, source),))
        else:
            after = Problem(text("screening.damaged"), line=number + 1, source=source)
            yield Entry(f"{source}:{number + 1}", number + 1, errors=(after,))


def _entry_of(number: int, line: bytes, source: str) -> Entry | None:
    """The entry on `line`; None where that is blank."""
    # Of one that is cut short nobody knows what else is on it: it stays as long as it is, too long.
    cut = len(line) == _LONGEST and not line.endswith(b"\n")
    if not cut and not (line.removeprefix(BOM_UTF8) if number == 1 else line).strip():
        return None
    return Entry(f"{source}:{number}", number, line if cut else line.rstrip(b"\r\n"))


def _unpacked(path: str, file: BinaryIO) -> IO[bytes]:
    # Most files are not compressed, and each check would import this.
    import gzip

    if path.lower().endswith(".gz"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=file, mode="rb"))
    return io.BufferedReader(_Pieces(unpacked(file)), 1 << 16)


class _Pieces(io.RawIOBase):
    """The bytes that `pieces` come to, to be read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            if (piece := next(self._pieces, None)) is None:
                return 0
            self._left = memoryview(piece)
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


def unpacked(file: BinaryIO) -> Iterator[bytes]:
    """What a `.zst` file holds, a little at a time; raises EOFError where its last frame ends early.

    The library's own reader takes that for the end.
    """
    library = zstandard().ZstdDecompressor(max_window_size=1 << 27)
    frame = None
    while piece := file.read(_PIECE):
        while piece:
            frame = frame or library.decompressobj()
            yield frame.decompress(piece)
            if not frame.eof:
                break
            piece, frame = frame.unused_data, None
    if frame:
        raise EOFError


def _failures(path: str) -> tuple[type[Exception], ...]:
    """What may be raised while a compressed file is read."""
    import zlib

    if path.lower().endswith(".gz"):
        return OSError, EOFError, zlib.error
    return OSError, EOFError, zstandard().ZstdError


def zstandard() -> Any:
    """The library for `.zst`; raises OnboardingError where it is not installed."""
    try:
        import zstandard
    except ImportError:
        raise OnboardingError(Problem(text("screening.needs-extra", what=".zst", extra="zst"))) from None
    return zstandard


def parquet() -> Any:
    """The library for Parquet; raises OnboardingError where it is not installed."""
    try:
        import pyarrow.parquet
    except ImportError:
        raise OnboardingError(Problem(text("screening.needs-extra", what="Parquet", extra="parquet"))) from None
    return pyarrow.parquet


def _of_rows(chunk: RowGroups) -> Iterator[Entry]:
    source, number = chunk.source, chunk.number
    try:
        with open_regular(chunk.path, source) as file:
            table = parquet().ParquetFile(file)
            for batch in table.iter_batches(batch_size=_ROWS, row_groups=[*range(chunk.first, chunk.end)]):
                rows = batch.column(COLUMN) if COLUMN in batch.schema.names else batch
                for row in rows.to_pylist() if rows.nbytes <= _LARGEST_ROW else _one_by_one(rows):
                    yield Entry(f"{source}:{number}", number, _text_of(row))
                    number += 1
    except InputError as error:
        yield Entry(source, 1, errors=error.problems)
    except OSError as error:
        yield Entry(f"{source}:{number}", number, errors=(_cannot_read(error, source),))
    except (ValueError, KeyError):
        yield Entry(
            f"{source}:{number}", number, errors=(Problem(text("screening.damaged"), line=number, source=source),)
        )


def _one_by_one(rows: Any) -> Iterator[Any]:
    """Each of many `rows`, but of one that is too large to be an application a text that is, too."""
    for place in range(len(rows)):
        row = rows.slice(place, 1)
        yield row.to_pylist()[0] if row.nbytes <= _LARGEST_ROW else b"x" * _LONGEST


def _cannot_read(error: OSError, source: str) -> Problem:
    # What pyarrow finds wrong with the content comes as an OSError, too.
    return Problem(text("screening.no-parquet"), source=source) if error.errno is None else os_problem(error, source)


def _text_of(row: Any) -> bytes:
    """The JSON text of a row: one that holds it, or one with a column for each field, where null is left out."""
    if isinstance(row, bytes):
        return row
    if isinstance(row, str):
        return row.encode(errors="surrogatepass")
    import json

    return json.dumps(_without_nulls(row), ensure_ascii=False, default=_plain).encode(errors="surrogatepass")


def _plain(value: Any) -> str | int | float:
    """What JSON has in place of a value that it does not know: of a number a number, so that no text is made of it."""
    # As text is kept by who does not mark it as text; of bytes that are none, what cannot be encoded stays.
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    from decimal import Decimal

    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return str(value)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
