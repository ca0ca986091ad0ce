"""From a chunk of what is read to rows by subject. Knows no engine: each worker of any of them does this."""

import os
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from io import BytesIO

import msgspec
from msgspec import Struct

from ..errors import InputError, OnboardingError, Problem
from ..files import os_problem
from ..identity import normal_text
from ..messages import text
from ..models import record_id
from ..reading.documents import Document
from ..reading.encoding import MAX_BYTES
from ..reading.records import index_lines, is_blank, read_line, without_mark
from ..registry.connect import open_database
from ..registry.iteration import admitted_up_to, decided_up_to, rows_between
from ..registry.timestamps import read_instant
from ..rules.ruleset import Ruleset
from ..subject_number import BY_USCC
from .entries import Chunk, Entry, Files, Lines, Packed, RowGroups, entries_of, open_regular, read_entry
from .rows import CHUNK_BITS, Kind, Row, Told, encode, key_of

# A record without a subject of its own would be anybody's; an application without one is nobody else's.
_NOBODY = b"\0"
_BLOCK = 16 << 10


class RecordLines(Struct, frozen=True, tag=True):
    """Whole lines of a registry in a file, from `start` to `end`."""

    path: str
    start: int
    end: int


class RecordRows(Struct, frozen=True, tag=True):
    """The rows of a database after the row number `after` and up to `until`."""

    address: str
    after: int
    until: int
    known_at: str | None = None


class DecisionRows(Struct, frozen=True, tag=True):
    """The final decisions of a database, up to number `until`."""

    address: str
    until: int
    known_at: str | None = None


class AdmittedRows(Struct, frozen=True, tag=True):
    """The applications of a database that opened a shop, up to decision number `until`."""

    address: str
    until: int


RecordChunk = RecordLines | RecordRows | DecisionRows | AdmittedRows


class _License(Struct):
    uscc: str | None = None


class _Glimpse(Struct):
    """The little of an application that says where it belongs."""

    application_id: str
    business_license: _License | None = None


_glimpse = msgspec.json.Decoder(_Glimpse)


State = tuple[int, int]


def state_of(path: str) -> State:
    """What tells versions of the file at `path` apart, on whichever machine; raises OSError."""
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns


def split_applications(chunk: Chunk, number: int, ruleset: Ruleset, states: Mapping[str, State]) -> Iterator[Row]:
    """A row for each entry of `chunk`, the chunk `number` of all; whether an entry is sound, others will see.

    Where its file is not here, or not as in `states`, a row tells of that and nothing else counts.
    """
    if not isinstance(chunk, Files) and (problem := _other(chunk, states)):
        yield Row(_NOBODY, Kind.TOLD, number, encode(Told(0, problems=(problem,))))
        return
    for position, entry in enumerate(entries_of(chunk), start=number << CHUNK_BITS):
        subject, id_ = _belongs(entry, ruleset)
        key = None if id_ is None else key_of(normal_text(id_))
        place = subject.encode() if subject is not None else _NOBODY + position.to_bytes(8)
        yield Row(place, Kind.APPLICATION, position, encode(entry), key)


def split_records(chunk: RecordChunk, number: int) -> Iterator[Row]:
    """A row for each record of `chunk`, and last what is to be told of it."""
    records, broken = 0, False
    problems: tuple[Problem, ...] = ()
    try:
        for row in _of_lines(chunk, number) if isinstance(chunk, RecordLines) else _of_database(chunk):
            if row is None:
                broken = True
            else:
                records += 1
                yield row
    except OSError as error:
        problems = (os_problem(error),)
    except OnboardingError as error:
        problems = error.problems
    told = Told(records, broken or bool(problems), problems)
    yield Row(_NOBODY, Kind.TOLD, number, encode(told))


def _other(chunk: Lines | Packed | RowGroups, states: Mapping[str, State]) -> Problem | None:
    try:
        changed = state_of(chunk.path) != states.get(chunk.path)
    except OSError as error:
        return os_problem(error, chunk.source)
    return Problem(text("files.changed"), source=chunk.source) if changed else None


def _belongs(entry: Entry, ruleset: Ruleset) -> tuple[str | None, str | None]:
    """The subject and the id of the application in `entry`, if it turns out to be one; None where there is none."""
    if ruleset.subject_number == BY_USCC:
        try:
            seen = _glimpse.decode(entry.data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        else:
            uscc = seen.business_license.uscc if seen.business_license else None
            return ruleset.subject_number.on_record(uscc), seen.application_id
    document = read_entry(entry, ruleset.own_fields)
    if not isinstance(document, Document):
        return None, None
    return ruleset.subject_id(document.application), document.application.application_id


def _of_lines(chunk: RecordLines, number: int) -> Iterator[Row | None]:
    """The rows of `chunk`; None, and nothing after it, where a line is broken."""
    order, left = number << CHUNK_BITS, chunk.end - chunk.start
    with open_regular(chunk.path, chunk.path) as file:
        file.seek(chunk.start)
        # A line that wants a closer look has all of its block looked at so.
        while left > 0 and (block := file.read(min(left, _BLOCK))):
            if not block.endswith(b"\n"):
                block += file.readline(MAX_BYTES + 1)
            first, left = left == chunk.end, left - len(block)
            if first:
                block = without_mark(block)
            lines = BytesIO(block).readlines()
            try:
                for line, found in zip(lines, index_lines(block) or map(_index_line, lines), strict=True):
                    order += 1
                    if found is not None:
                        subject, id_ = found
                        key = None if id_ is None else key_of(id_)
                        yield Row(subject.encode(), Kind.RECORD, order, line.removeprefix(BOM_UTF8), key)
            except InputError:
                yield None
                return


def _index_line(line: bytes) -> tuple[str, str | None] | None:
    """What `index_lines` says of one line, None of one that is blank; raises InputError with all that is wrong."""
    if is_blank(line):
        return None
    subject, record = read_line(line)
    return subject, record_id(record)


def _of_database(chunk: RecordRows | DecisionRows | AdmittedRows) -> Iterator[Row]:
    if isinstance(chunk, AdmittedRows):
        with open_database(chunk.address) as registry:
            for seq, subject, shop, content in admitted_up_to(registry, chunk.until):
                yield Row(subject.encode(), Kind.ADMITTED, seq, encode((shop, content)))
        return
    known_at = read_instant(chunk.known_at) if chunk.known_at else None
    with open_database(chunk.address, known_at=known_at) as registry:
        if isinstance(chunk, DecisionRows):
            for seq, id_, digest in decided_up_to(registry, chunk.until):
                yield Row(_NOBODY, Kind.DECIDED, seq, digest.encode(), key_of(id_))
            return
        for seq, subject, id_, content in rows_between(registry, chunk.after, chunk.until):
            yield Row(subject.encode(), Kind.RECORD, seq, content.encode(), key_of(id_))
