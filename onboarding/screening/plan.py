"""What is to be read, and how it is cut: chunks that workers read each for itself, and slots for what belongs together.

The cut depends on what is read alone, never on the engine or on how many workers there are.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from ..errors import InputError, OnboardingError, Problem, RegistryError
from ..files import os_problem
from ..messages import text
from ..reading.records import lines_of, read_records
from ..registry.addresses import shown_address
from ..registry.connect import open_registry
from ..registry.files import refuse_irregular_file
from ..registry.iteration import count_admitted, count_decided, count_rows, state_digest
from ..registry.jsonl import JsonlRegistry
from ..registry.sql import SqlRegistry
from ..registry.sqlite import SqliteRegistry
from ..registry.timestamps import write_instant
from .entries import Chunk, Entry, File, Files, Lines, Packed, kind_of, open_regular, row_groups
from .rows import Told
from .splitting import AdmittedRows, DecisionRows, RecordChunk, RecordLines, RecordRows, State, state_of

_BLOCK = 1 << 20
_FILES_A_CHUNK = 256
_ROWS_A_CHUNK = 50_000
# A piece of a file of lines has so many bytes: enough to be worth a task, and so few that it is one section of a file.
_FEWEST_BYTES, _MOST_BYTES = 64 << 10, 6 << 20
# A slot has about so many bytes, which one worker sorts in memory; of one that has more, some waits on disk.
_SLOT = 2 << 20
_MOST_SLOTS = 500  # as many files are open while what an audit lists is put in order
_BYTES_A_LINE = 512  # at least: the row and the result of a short line are no shorter
_BYTES_A_ROW = 300  # of a record, about
_BYTES_AN_APPLICATION = 1000  # that was admitted, about
_PACKING = 8  # how much more a compressed file may hold than it has, about


class Given(Struct, frozen=True):
    """The registry: how messages call it, a digest of its state, its chunks, and how many records and decisions these
    hold, if that is known."""

    source: str
    digest: str
    chunks: tuple[RecordChunk, ...]
    records: int | None = None
    decided: int = 0
    path: str | None = None


class Plan(Struct, frozen=True):
    """The chunks of what is read, and the number of slots."""

    applications: tuple[Chunk, ...]
    registry: Given | None
    slots: int
    digest: str
    states: dict[str, State]


def make_plan(
    paths: Iterable[str | Entry], registry: str | None, known_at: datetime | None = None, *, admitted: bool = False
) -> Plan:
    """The plan for the applications at `paths`, in the order given, and the registry at the address `registry`; of what
    was decided there, what has been `admitted`, or else all that is final.

    Raises RegistryError where that cannot be read.
    """
    names = list(paths)
    sizes = {name: _size(name) for name in names if isinstance(name, str)}
    total = sum(sizes.values())
    digest = hashlib.sha256()
    states: dict[str, State] = {}
    chunks = tuple(_cut(names, _piece(total), digest, states))
    lines = {chunk.path: chunk.number for chunk in chunks if isinstance(chunk, Lines)}
    total = max(total, sum(lines.values()) * _BYTES_A_LINE)
    given = _registry(registry, known_at, states, admitted=admitted) if registry else None
    if given:
        total += given.records * _BYTES_A_ROW if given.records is not None else _size(given.path or "")
        total += given.decided * _BYTES_AN_APPLICATION if admitted else 0
    slots = min(max(-(-total // _SLOT), min(-(-total // _FEWEST_BYTES), 32), 1), _MOST_SLOTS)
    return Plan(chunks, given, slots, digest.hexdigest(), states)


def refuse_changed(plan: Plan) -> None:
    """Raise InputError where a file of `plan` is not what it was: parts of two versions would be judged together."""
    for path, state in plan.states.items():
        if _state(path) != state:
            raise InputError(Problem(text("files.changed"), source=path))


def refuse_broken(given: Given, told: Iterable[Told], conflict: bool) -> int:
    """How many records there are; raises RegistryError where the registry could not be read whole.

    `conflict` says that two subjects have a record of one id.
    """
    told = list(told)
    count = sum(one.records for one in told) - given.decided
    if given.path is not None and (conflict or any(one.broken for one in told)):
        # Once more and in order: now every problem gets its number.
        with open_regular(given.path, given.source) as file:
            for _ in read_records(lines_of(file), given.source):
                pass
    elif given.records in (None, count):
        return count
    raise RegistryError(Problem(text("files.changed"), source=given.source))


def _cut(names: list[str | Entry], piece: int, digest: "hashlib._Hash", states: dict[str, State]) -> Iterator[Chunk]:
    single: list[File | Entry] = []
    for name in names:
        digest.update(repr(name).encode(errors="surrogatepass"))
        if isinstance(name, Entry) or kind_of(name) == "single":
            # Reading a folder twice would take longer than judging it: of its files the state tells versions apart.
            digest.update(repr(isinstance(name, str) and _state(name)).encode())
            single.append(name if isinstance(name, Entry) else File(os.path.abspath(name), shown_address(name)))
            if len(single) == _FILES_A_CHUNK:
                yield Files(tuple(single))
                single = []
            continue
        if single:
            yield Files(tuple(single))
            single = []
        source = shown_address(name)
        try:
            # Workers may work in another folder.
            yield from _cut_file(os.path.abspath(name), source, piece, digest, states)
        except OSError as error:
            yield Files((Entry(source, 1, errors=(os_problem(error, source),)),))
        except InputError as error:
            yield Files((Entry(source, 1, errors=error.problems),))
    if single:
        yield Files(tuple(single))


def _cut_file(path: str, source: str, piece: int, digest: "hashlib._Hash", states: dict[str, State]) -> Iterator[Chunk]:
    states[path] = state_of(path)
    match kind_of(path):
        case "lines":
            for start, end, number in _cut_lines(path, source, piece, digest):
                yield Lines(path, source, start, end, number)
        case "packed":
            _digest(path, source, digest)
            yield Packed(path, source)
        case "parquet":
            _digest(path, source, digest)
            yield from row_groups(path, source)


def _cut_lines(path: str, source: str, piece: int, digest: "hashlib._Hash") -> Iterator[tuple[int, int, int]]:
    """From where to where each chunk of the file is, and the number of its first line."""
    start = at = 0
    number = first = 1
    with open_regular(path, source) as file:
        while block := file.read(min(piece, _BLOCK)):
            digest.update(block)
            number += block.count(b"\n")
            end = at + block.rfind(b"\n") + 1
            if end > at and end - start >= piece:
                yield start, end, first
                start, first = end, number
            at += len(block)
    if at > start:
        yield start, at, first


def _digest(path: str, source: str, digest: "hashlib._Hash") -> None:
    with open_regular(path, source) as file:
        for block in iter(partial(file.read, _BLOCK), b""):
            digest.update(block)


def _registry(address: str, known_at: datetime | None, states: dict[str, State], *, admitted: bool) -> Given:
    with open_registry(address, known_at=known_at) as registry:
        if isinstance(registry, JsonlRegistry):
            return _registry_file(registry, states)
        assert isinstance(registry, SqlRegistry)
        count, last = count_rows(registry)
        decided, last_decided = count_admitted(registry) if admitted else count_decided(registry)
        known = write_instant(known_at) if known_at else None
        ends = [0, last]
        if isinstance(registry, SqliteRegistry):
            address = str(registry.path.absolute())
            # PostgreSQL has no index by number alone: each part would be looked for in the whole table.
            ends = [*range(0, last, _ROWS_A_CHUNK), last]
        rows = (RecordRows(address, after, until, known) for after, until in pairwise(ends))
        decisions = AdmittedRows(address, last_decided) if admitted else DecisionRows(address, last_decided, known)
        chunks: tuple[RecordChunk, ...] = (*rows, decisions)
        digest = hashlib.sha256(f"{state_digest(registry)} {decided} {last_decided}".encode()).hexdigest()
        return Given(registry.source, "sha256:" + digest, chunks, count, decided)


def _registry_file(registry: JsonlRegistry, states: dict[str, State]) -> Given:
    path = str(registry.path.absolute())
    refuse_irregular_file(registry.path, registry.source)
    digest = hashlib.sha256()
    try:
        states[path] = state_of(path)
        cut = list(_cut_lines(path, registry.source, _piece(_size(path)), digest))
    except OSError as error:
        raise RegistryError(os_problem(error, registry.source)) from None
    except OnboardingError as error:
        raise RegistryError(*error.problems) from None
    chunks = tuple(RecordLines(path, start, end) for start, end, _ in cut)
    return Given(registry.source, "sha256:" + digest.hexdigest(), chunks, path=path)


def _piece(total: int) -> int:
    """How many bytes a piece has where there are so many in `total`: several pieces for each of many workers."""
    return min(max(total // 64, _FEWEST_BYTES), _MOST_BYTES)


def _size(path: str) -> int:
    try:
        size = Path(path).stat().st_size
    except OSError:
        return 0
    return size * _PACKING if kind_of(path) in ("packed", "parquet") else size


def _state(path: str) -> State | None:
    try:
        return state_of(path)
    except OSError:
        return None
