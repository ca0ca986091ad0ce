"""On one machine: processes that split what is read into slots, judge a slot each, and put the results in order, a part
each.

What a process has finished stays in the work folder, whole or not at all. So one that dies costs its last task, and an
interrupted run goes on where it was.
"""

import gc
import heapq
import os
import signal
import sys
import threading
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import accumulate, chain, count, groupby, zip_longest
from multiprocessing import active_children, get_context, parent_process
from operator import add, attrgetter, itemgetter
from pathlib import Path
from typing import Any, Protocol
from zlib import crc32

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..errors import OnboardingError, Problem, RegistryError
from ..messages import text
from .audit import AuditTally, Listed, Listing, audit_rows
from .entries import Chunk
from .ids import uses_of_id
from .impact import Change, Survey, survey_rows
from .judging import Terms, judge_rows
from .plan import Plan, refuse_broken, refuse_changed
from .reports import Summary
from .rows import CHUNK_BITS, Kind, Row, Told, encode, place
from .slots import SECTION, Item, SlotReader, SlotWriter
from .sorting import sorted_by
from .splitting import RecordChunk, RecordRows, split_applications, split_records
from .workfolder import WorkFolder

# Of the hash of a subject who applies, so many bits are remembered: that takes 4 MiB, whatever the number of them.
_BITS = 22
# So often in a row a worker may die before anything is finished; then it is no accident.
MOST_DEATHS = 3
_BATCH = 1 << 15  # of what an audit lists, in bytes
_RESULTS = 32 << 20  # so many bytes of results are written at once: nearly always, all of a slot
_BYTES_A_RESULT = 1 << 10  # at least: that of a short application is no shorter
_PIECE = 64 << 10  # of the applications in a chunk, in bytes
_BUFFER = 1 << 18  # a report is longer than half a buffer of the usual size
_BLOCK = 256 << 10  # so much of a file is read at once to see whether it is as it was left
_PART = 16 << 20  # of the applications whose results are put in order at once, in bytes


class Progress(Protocol):
    """Shows how far a step (`reading`, `judging`) has come while it gives on what it is given."""

    def __call__(self, items: Iterator[Any], total: int, step: str) -> Iterable[Any]: ...


class Split(Struct, frozen=True, tag=True):
    """Read a chunk of applications into slots."""

    number: int
    chunk: Chunk


class SplitRecords(Struct, frozen=True, tag=True):
    """Read a chunk of the registry into slots."""

    number: int
    chunk: RecordChunk


class FindUses(Struct, frozen=True, tag=True):
    """Find what of the ids in a slot is used more than once."""

    number: int


class Judge(Struct, frozen=True, tag=True):
    """Judge what is in a slot."""

    number: int


class Gather(Struct, frozen=True, tag=True):
    """Put the results of a part in order, into the file of all from byte `start` on."""

    number: int
    start: int


class Compare(Struct, frozen=True, tag=True):
    """Find whom among the subjects in a slot a change of rules touches."""

    number: int


class Audit(Struct, frozen=True, tag=True):
    """Judge the entries of the shops in a slot."""

    number: int


Task = Split | SplitRecords | FindUses | Judge | Gather | Compare | Audit


class _Id(Struct, frozen=True, array_like=True, gc=False):
    """An id, what has it, and if that is a decision, on what."""

    id: bytes
    order: int
    subject: bytes
    decided: bytes = b""


class _Line(Struct, frozen=True, array_like=True, gc=False):
    """A result: its place among all, the pieces of its line that are its own, and between each two of them the number
    of one that many lines have: of most lines that is nearly all.
    """

    order: int
    own: list[bytes]
    shared: list[int]


class Done(Struct, frozen=True, array_like=True):
    """What a task that is done has told.

    Of a chunk of applications, the place of the first of each of its pieces, and how many bytes that has; of a slot of
    ids, whether there is something to be said of one; of a slot that was judged, what the results come to, and how many
    bytes of them are in each part. `written` is a checksum of its file.
    """

    told: Told = Told(0)
    used: bool = False
    pieces: tuple[tuple[int, int], ...] = ()
    sizes: tuple[int, ...] = ()
    summary: Summary | None = None
    written: int = 0


class Bench(Struct, frozen=True):
    """What all workers work on; a change of rules, where that is looked at, by whose terms all is read; which shops are
    shown, where they are audited; where nobody's records matter but those of applicants, who these are: see `_applied`;
    the slots of ids of which there is something to be said; of the parts in which results are put in order, the first
    places.
    """

    plan: Plan
    terms: Terms
    folder: Path
    change: Change | None = None
    listing: Listing | None = None
    applied: bytearray | None = None
    used: tuple[int, ...] = ()
    parts: tuple[int, ...] = ()


def screen(
    plan: Plan,
    terms: Terms,
    note_empty: Callable[[Terms], Terms],
    folder: WorkFolder,
    workers: int,
    progress: Progress,
) -> tuple[Path, Summary]:
    """A file with the results, a line each in the order of the applications, and what they come to; `note_empty` tells
    the terms that nobody is on record.

    Raises RegistryError where the registry cannot be read whole, OnboardingError where workers keep dying.
    """
    bench, records = _read(Bench(plan, terms, folder.path), workers, progress)
    if records == 0:
        bench = replace(bench, terms=note_empty(terms))
    judges: list[Task] = [Judge(slot) for slot in range(plan.slots)]
    summary, sizes = Summary(), [0] * len(bench.parts)
    for _, done in _work_through(judges, bench, workers, progress, "judging"):
        assert done.summary is not None
        summary.merge(done.summary)
        sizes = list(map(add, sizes, done.sizes))
    reports = _reports(folder.path)
    # Made anew, also where a run before has begun it: to copy is quicker than to know what is there.
    reports.write_bytes(b"")
    gathers: dict[str, Task] = {_name(task): task for task in map(Gather, count(), accumulate(sizes[:-1], initial=0))}
    for _ in progress(_in_processes(gathers, bench, workers), len(gathers), "writing"):
        pass
    return reports, summary


def survey(plan: Plan, change: Change, folder: WorkFolder, workers: int, progress: Progress) -> Survey:
    """Whom `change` touches of the subjects on record and of the applications; raises as `screen` does."""
    bench, _ = _read(Bench(plan, change.before, folder.path, change), workers, progress)
    compares: list[Task] = [Compare(slot) for slot in range(plan.slots)]
    found = Survey()
    for name, _ in _work_through(compares, bench, workers, progress, "judging"):
        for part in SlotReader(Survey, 1).read([folder.path / name], 0):
            found.add(part, change.examples)
    return found


def audit(
    plan: Plan, terms: Terms, listing: Listing, folder: WorkFolder, workers: int, progress: Progress
) -> tuple[AuditTally, Iterator[Listed]]:
    """What the shops on record come to, and those that are shown, by subject; raises as `screen` does."""
    bench, _ = _read(Bench(plan, terms, folder.path, listing=listing), workers, progress)
    audits: list[Task] = [Audit(slot) for slot in range(plan.slots)]
    tally = AuditTally()
    for name, _ in _work_through(audits, bench, workers, progress, "judging"):
        for part in SlotReader(AuditTally, 2).read([folder.path / name], 1):
            tally.add(part)
    reader = SlotReader(Listed, 2)
    files = [folder.path / _name(task) for task in audits]
    return tally, heapq.merge(*(reader.read([file], 0) for file in files), key=attrgetter("subject"))


def _read(bench: Bench, workers: int, progress: Progress) -> tuple[Bench, int | None]:
    """Bring all that is read into slots; what is known of it then, and how many records there are, None without a
    registry."""
    plan = bench.plan
    given = plan.registry
    splits: list[Task] = [Split(number, chunk) for number, chunk in enumerate(plan.applications)]
    split = dict(_work_through(splits, bench, workers, progress, "reading"))
    bench = replace(bench, parts=_parts(piece for task in splits for piece in split[_name(task)].pieces))
    if bench.change is None and bench.listing is None:
        bench = replace(bench, applied=_applied(bench))
    records: list[Task] = [SplitRecords(number, chunk) for number, chunk in enumerate(given.chunks if given else ())]
    recorded = dict(_work_through(records, bench, workers, progress, "reading"))
    refuse_changed(plan)
    uses: list[Task] = [FindUses(slot) for slot in range(_id_slots(plan.slots))]
    found = dict(_work_through(uses, bench, workers, progress, "reading"))
    bench = replace(bench, used=tuple(task.number for task in uses if found[_name(task)].used))
    if given is None:
        return bench, None
    conflict = any(done.told.broken for done in found.values())
    return bench, refuse_broken(given, [done.told for done in recorded.values()], conflict)


def _parts(pieces: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """The first places of the parts that `pieces`, of as many bytes each, make together."""
    firsts, size = [0], 0
    for order, more in pieces:
        if size + more > _PART:
            firsts.append(order)
            size = 0
        size += more
    return tuple(firsts)


def _work_through(
    tasks: Sequence[Task], bench: Bench, workers: int, progress: Progress, step: str
) -> Iterator[tuple[str, Done]]:
    """What each of `tasks` told, by the name of its file; those that are finished already are not done again."""
    left: dict[str, Task] = {}
    for task in tasks:
        done = _finished(bench.folder / _name(task))
        if done is None:
            left[_name(task)] = task
        else:
            yield _name(task), done
    yield from progress(_in_processes(left, bench, workers), len(left), step)


def _in_processes(left: dict[str, Task], bench: Bench, workers: int) -> Iterator[tuple[str, Done]]:
    """What each of the tasks that are `left` told, as they end; tasks of a process that dies are done again.

    Raises OnboardingError where that does not help, or where a task does.
    """
    deaths = 0
    while left:
        before = len(left)
        # Where it can be had, a copy of this process, which has everything imported.
        context = get_context("fork" if sys.platform == "linux" else None)
        # Else `python -c` starts them, which would import what lies in the working folder.
        os.environ.setdefault("PYTHONSAFEPATH", "1")
        pool = ProcessPoolExecutor(min(workers, len(left)), context, _begin, (bench,))
        try:
            futures = {pool.submit(_do, task): name for name, task in left.items()}
            for future in as_completed(futures):
                name = futures.pop(future)
                problems, done = future.result()
                if problems:
                    raise RegistryError(*problems)
                del left[name]
                yield name, done
        except BrokenProcessPool:
            deaths = 0 if len(left) < before else deaths + 1
            if deaths == MOST_DEATHS:
                raise OnboardingError(Problem(text("screening.workers-die"), hint=text("screening.fewer"))) from None
        finally:
            if left:
                for child in active_children():
                    child.terminate()
            pool.shutdown(cancel_futures=True)


_bench: Bench


def _begin(bench: Bench) -> None:
    global _bench
    _bench = bench
    # What is there by now stays: the collector need not walk through it again and again.
    gc.freeze()
    # Of what a batch makes nearly nothing is part of a circle.
    gc.set_threshold(100_000)
    # Whoever interrupts is heard by the process that has started us; when that is gone, so are we.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _do(task: Task) -> tuple[tuple[Problem, ...], Done]:
    file = _bench.folder / _name(task)
    try:
        done = _DO[type(task)](_bench, task, file)
    except OnboardingError as error:
        return error.problems, Done()
    if not done.told.problems:
        part = file.with_suffix(".part")
        told = encode(replace(done, written=_checksum(file)))
        part.write_bytes(crc32(told).to_bytes(4) + told)
        os.replace(part, file.with_suffix(".told"))
    return done.told.problems, done


def _finished(file: Path) -> Done | None:
    """What the task of `file` has told; None where it is not done, or a file of it is not as it was left.

    A machine that stops loses what is not on its disk yet, also from the midst of a file that keeps its size. Records
    that are lost would be taken for none.
    """
    try:
        told = file.with_suffix(".told").read_bytes()
    except FileNotFoundError:
        return None
    # Four zeros, as a machine that stops may leave, are the sum of nothing.
    if len(told) <= 4 or crc32(told[4:]).to_bytes(4) != told[:4]:
        return None
    done = msgspec.msgpack.decode(told[4:], type=Done)
    return done if done.written == _checksum(file) else None


def _checksum(file: Path) -> int:
    found = 0
    try:
        with file.open("rb", buffering=0) as opened:
            while block := opened.read(_BLOCK):
                found = crc32(block, found)
    except FileNotFoundError:  # not every task has something to write
        pass
    return found


def _reports(folder: Path) -> Path:
    return folder / "reports"


def _name(task: Task) -> str:
    return _file_name(type(task), task.number)


def _file_name(kind: type, number: int) -> str:
    return f"{kind.__name__.lower()}-{number:06}"


def _slot(key: bytes, slots: int) -> int:
    return crc32(key) % slots


def _split(bench: Bench, task: Split, file: Path) -> Done:
    return _cut(bench, split_applications(task.chunk, task.number, bench.terms.ruleset, bench.plan.states), file)


def _split_records(bench: Bench, task: SplitRecords, file: Path) -> Done:
    # In a database no two subjects have a record of one id.
    return _cut(bench, split_records(task.chunk, task.number), file, ids=not isinstance(task.chunk, RecordRows))


def _cut(bench: Bench, rows: Iterator[Row], file: Path, *, ids: bool = True) -> Done:
    """Put `rows` into the slots of their subjects, and their `ids` into those of the ids, which come after them; in a
    last one are the hashes of the subjects that apply.

    Records of subjects of whom nobody asks have been read by now, and are not kept.
    """
    slots, told = bench.plan.slots, Told(0)
    writer = SlotWriter(file, _cut_slots(slots))
    of_subjects, of_ids, hashes = writer.slots[:slots], writer.slots[slots:-1], writer.slots[-1]
    id_slots = len(of_ids)
    applied = bench.applied
    pieces: list[tuple[int, int]] = []
    size = of_piece = first = 0
    for row in rows:
        kind, id_ = row.kind, row.id
        if kind == Kind.TOLD:
            told = msgspec.msgpack.decode(row.data, type=Told)
            continue
        hash_ = crc32(row.subject)
        decided = kind == Kind.DECIDED
        if kind == Kind.APPLICATION:
            hashes.append(hash_)
            if not of_piece:
                first = row.order
            of_piece += max(len(row.data), _BYTES_A_RESULT)
            if of_piece >= _PIECE:
                pieces.append((first, of_piece))
                of_piece = 0
        if not decided and (applied is None or applied[hash_ >> 32 - _BITS]):
            of_subjects[hash_ % slots].append(row)
            size += len(row.data)
        if ids and id_ is not None:
            of_ids[crc32(id_) % id_slots].append(_Id(id_, row.order, row.subject, row.data if decided else b""))
            size += len(id_)
        if size >= SECTION:
            writer.flush()
            size = 0
    writer.close()
    if of_piece:
        pieces.append((first, of_piece))
    return Done(told, pieces=tuple(pieces))


def _cut_slots(slots: int) -> int:
    return slots + _id_slots(slots) + 1


def _id_slots(slots: int) -> int:
    # Ids are short, and who reads a slot looks into every file.
    return -(-slots // 4)


def _cut_reader(item: type[Item], slots: int) -> SlotReader[Item]:
    """Reads what `_cut` has written."""
    return SlotReader(item, _cut_slots(slots))


def _applied(bench: Bench) -> bytearray:
    """By the first bits of the hash of a subject, 1 where one with that hash applies."""
    slots = bench.plan.slots
    found = bytearray(1 << _BITS)
    for hash_ in _cut_reader(int, slots).read(_files(bench, Split), _cut_slots(slots) - 1):
        found[hash_ >> 32 - _BITS] = 1
    return found


def _find_uses(bench: Bench, task: FindUses, file: Path) -> Done:
    slots, own, independent = bench.plan.slots, bench.terms.ruleset.own_fields, bench.terms.independent
    decided, conflict = _ids_on_record(bench, task.number)
    again = _used_again(bench, task.number, decided)
    if not again:
        return Done(Told(0, conflict))
    writer = SlotWriter(file, slots)
    rows = chain((decided[id_] for id_ in again & decided.keys()), _rows_of_ids(bench, task.number, again))
    by_id = sorted_by(attrgetter("id", "kind", "order"), rows, Row, bench.folder)
    for _, of_id in groupby(by_id, key=attrgetter("id")):
        for row in uses_of_id(of_id, own, independent=independent):
            writer.add(_slot(row.subject, slots), row, len(row.data))
    writer.close()
    return Done(Told(0, conflict), used=True)


def _ids_on_record(bench: Bench, slot: int) -> tuple[dict[bytes, Row], bool]:
    """What was decided on the ids in a slot, and whether two subjects have a record of one id."""
    owners: dict[bytes, bytes] = {}
    decided: dict[bytes, Row] = {}
    conflict = False
    for one in _ids(bench, SplitRecords, slot):
        if one.decided:
            decided[one.id] = Row(b"", Kind.DECIDED, one.order, one.decided, one.id)
        elif owners.setdefault(one.id, one.subject) != one.subject:
            conflict = True
    return decided, conflict


def _used_again(bench: Bench, slot: int, decided: Container[bytes]) -> set[bytes]:
    """The ids in a slot that several applications carry, or one whose id was `decided` on."""
    counts = Counter(one.id for one in _ids(bench, Split, slot))
    return {id_ for id_, count in counts.items() if id_ in decided or (count > 1 and not bench.terms.independent)}


def _rows_of_ids(bench: Bench, slot: int, ids: Container[bytes]) -> Iterator[Row]:
    """The applications that carry one of these `ids` of a slot, in no order."""
    slots, files = bench.plan.slots, _files(bench, Split)
    wanted: dict[tuple[int, int], set[int]] = {}
    for one in _ids(bench, Split, slot):
        if one.id in ids:
            wanted.setdefault((one.order >> CHUNK_BITS, _slot(one.subject, slots)), set()).add(one.order)
    reader = _cut_reader(Row, slots)
    for (chunk, of_subjects), orders in wanted.items():
        yield from (row for row in reader.read([files[chunk]], of_subjects) if row.order in orders)


def _ids(bench: Bench, kind: type[Split | SplitRecords], slot: int) -> Iterator[_Id]:
    return _cut_reader(_Id, bench.plan.slots).read(_files(bench, kind), bench.plan.slots + slot)


def _judge(bench: Bench, task: Judge, file: Path) -> Done:
    parts = len(bench.parts)
    writer = SlotWriter(file, parts + 1, _RESULTS)
    summary, sizes = Summary(), [0] * parts
    # What many lines have is written once, after all parts, and told by its number.
    numbers: dict[bytes, int] = {}
    rows = sorted_by(place, _rows_of_applicants(bench, task.number), Row, bench.folder)
    for judged in judge_rows(rows, bench.terms, bench.folder):
        part = bisect(bench.parts, judged.order) - 1
        pieces = judged.pieces
        shared = [numbers.setdefault(piece, len(numbers)) for piece in pieces[1::2]]
        size = sum(map(len, pieces))
        writer.add(part, (judged.order, pieces[::2], shared), size)
        sizes[part] += size
        summary.add(judged)
    writer.slots[parts] += numbers
    writer.close()
    return Done(sizes=tuple(sizes), summary=summary)


def _gather(bench: Bench, task: Gather, file: Path) -> Done:
    files, parts = _files(bench, Judge), len(bench.parts)
    reader = SlotReader(_Line, parts + 1)
    found = zip(files, _shared_pieces(files, parts), strict=True)
    lines = [(line.order, line, pieces) for judged, pieces in found for line in reader.read([judged], task.number)]
    lines.sort(key=itemgetter(0))
    with _reports(bench.folder).open("r+b", _BUFFER) as reports:
        reports.seek(task.start)
        reports.writelines(_whole(line, pieces) for _, line, pieces in lines)
    return Done()


@lru_cache(maxsize=1)
def _shared_pieces(files: tuple[Path, ...], parts: int) -> list[list[bytes]]:
    """Of each of the files that `_judge` has written, the pieces that many of its lines have."""
    reader, known = SlotReader(bytes, parts + 1), dict[bytes, bytes]()
    return [[known.setdefault(piece, piece) for piece in reader.read([file], parts)] for file in files]


def _whole(line: _Line, pieces: list[bytes]) -> bytes:
    between = map(pieces.__getitem__, line.shared)
    return b"".join(chain.from_iterable(zip_longest(line.own, between, fillvalue=b"")))


def _compare(bench: Bench, task: Compare, file: Path) -> Done:
    assert bench.change is not None
    rows = chain(_rows_in_slot(bench, task.number), _records_in_slot(bench, task.number))
    writer = SlotWriter(file, 1)
    writer.add(0, survey_rows(sorted_by(place, rows, Row, bench.folder), bench.change), 0)
    writer.close()
    return Done()


def _audit(bench: Bench, task: Audit, file: Path) -> Done:
    assert bench.listing is not None
    terms, tally = bench.terms, AuditTally()
    rows = sorted_by(place, _records_in_slot(bench, task.number), Row, bench.folder)
    writer = SlotWriter(file, 2, _BATCH)
    for listed in audit_rows(rows, terms.registry or "", terms.ruleset, bench.listing, tally):
        writer.add(0, listed, len(listed.report))
    writer.add(1, tally, 0)
    writer.close()
    return Done()


def _rows_in_slot(bench: Bench, slot: int) -> Iterator[Row]:
    """The applications in a slot, and what is to be said of their ids."""
    slots = bench.plan.slots
    yield from _cut_reader(Row, slots).read(_files(bench, Split), slot)
    yield from SlotReader(Row, slots).read(_files(bench, FindUses), slot)


def _rows_of_applicants(bench: Bench, slot: int) -> Iterator[Row]:
    """The same, and the records of those who apply."""
    wanted = set[bytes]()
    for row in _rows_in_slot(bench, slot):
        wanted.add(row.subject)
        yield row
    yield from (row for row in _records_in_slot(bench, slot) if row.subject in wanted)


def _records_in_slot(bench: Bench, slot: int) -> Iterator[Row]:
    return _cut_reader(Row, bench.plan.slots).read(_files(bench, SplitRecords), slot)


def _files(bench: Bench, kind: type[Split | SplitRecords | FindUses | Judge]) -> tuple[Path, ...]:
    given = bench.plan.registry
    numbers = {
        Split: range(len(bench.plan.applications)),
        SplitRecords: range(len(given.chunks) if given else 0),
        FindUses: bench.used,
        Judge: range(bench.plan.slots),
    }
    return _named(bench.folder, kind, numbers[kind])


# The same for each slot.
@lru_cache(maxsize=8)
def _named(folder: Path, kind: type, numbers: Sequence[int]) -> tuple[Path, ...]:
    return tuple(folder / _file_name(kind, number) for number in numbers)


_DO: dict[type, Callable[[Bench, Any, Path], Done]] = {
    Split: _split,
    SplitRecords: _split_records,
    FindUses: _find_uses,
    Judge: _judge,
    Gather: _gather,
    Compare: _compare,
    Audit: _audit,
}
