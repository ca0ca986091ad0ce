"""From rows by subject to results. Knows no engine: each worker of any of them does this, and nobody else judges."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from ..joint_run import turn
from ..kernel import check_apart, check_in_turn, check_together
from ..models import Application, History, Record, history_of
from ..outputs import Invalid, Result
from ..outputs.json import result_pieces
from ..reading.documents import Document
from ..reading.own_fields import OwnFields
from ..registry.protocol import other_content
from ..registry.sql import read_row
from ..report import Note
from ..rules.loading import compile_ruleset
from ..rules.ruleset import Ruleset
from .entries import Entry, read_entry
from .results import clash, refused, results_of
from .rows import Kind, Row, Use, by_subject_in_part, key_of
from .sorting import sorted_by

_MUCH = 512 << 10  # of the rows of one subject, in bytes


class Terms(Struct, frozen=True, dict=True):
    """By what is judged: the files of a ruleset and its digest, the day, and what holds for all results.

    `registry` is what it is called in messages; None where there is none.
    """

    rule_files: dict[str, bytes]
    ruleset_digest: str
    version: str
    day: date
    past: bool
    independent: bool
    registry: str | None
    notes: tuple[Note, ...] = ()

    @cached_property
    def ruleset(self) -> Ruleset:
        """The rules, compiled once a process."""
        return _compiled(self.ruleset_digest, tuple(self.rule_files.items()))


class Judged(Struct, frozen=True, array_like=True, gc=False):
    """One result: its place among all, its line of JSON in pieces (see `result_pieces`), its verdict, and the required
    rules by which it is not a pass, each after its status."""

    order: int
    pieces: list[bytes]
    verdict: str
    rules: tuple[tuple[str, str], ...] = ()

    @property
    def line(self) -> bytes:
        """Its line of JSON."""
        return b"".join(self.pieces)


class _InTurn(Struct, frozen=True, array_like=True, gc=False):
    """The text of an application, with its turn in a joint run (see `in_turn`), and what is to be said of its id."""

    day: date
    first: int
    order: int
    data: bytes
    use: Use | None


def judge_rows(rows: Iterable[Row], terms: Terms, folder: Path | None = None) -> Iterator[Judged]:
    """The results of the applications among `rows`, which are sorted by subject, kind and order.

    A subject's applications are judged together, by all its records; those of one that has very many wait in `folder`,
    or else in that for temporary files. Raises RegistryError where a record of theirs cannot be read.
    """
    for some, more in by_subject_in_part(rows, _MUCH):
        if more is not None:
            yield from _judge_at_length(chain(*some, more), terms, folder)
        else:
            # Applications are the last kind of those about a subject.
            yield from _judge_subjects((found for found in some if found[-1].kind == Kind.APPLICATION), terms)


def used(document: Document, use: Use) -> Document | Invalid:
    """What `document` is, for what is to be said of its id."""
    match use.how:
        case "clash":
            return clash(document, use.source)
        case "decided":
            return refused(document, other_content())
    return document


def newest(rows: Iterable[Row], subject: str, source: str) -> list[Record]:
    """The newest record of each id among `rows` of `subject`; raises RegistryError, which names `source`, where one is
    broken.
    """
    found: dict[bytes | int, Record | None] = {}
    for row in rows:
        record = read_row(row.order, subject, row.id, row.data, source, key_of)
        found[row.order if row.id is None else row.id] = record
    return [record for record in found.values() if record is not None]


def _judge_subjects(subjects: Iterable[list[Row]], terms: Terms) -> Iterator[Judged]:
    """The results of several subjects, of each of which these are the rows."""
    histories: dict[str, History] = {}
    alone = _Given([], [], [])
    groups = [alone]
    for rows in subjects:
        applications: list[Row] = []
        records: list[Row] = []
        uses: dict[int, Use] = {}
        for row in rows:
            if row.kind == Kind.APPLICATION:
                applications.append(row)
            elif row.kind == Kind.RECORD:
                records.append(row)
            elif row.kind == Kind.USE:
                uses[row.order] = use_of(row.data)
        given = alone
        if not terms.independent and len(applications) > 1:
            groups.append(given := _Given([], [], []))
        for row in applications:
            given.add(row, uses.get(row.order), terms.ruleset.own_fields)
        # Most who are new are on no record.
        if records and terms.registry is not None:
            name = _name(rows[0])
            histories[name] = history_of(name, newest(records, name, terms.registry))
    known = None if terms.registry is None else histories
    for given in groups:
        applications_of = [document.application for document in given.documents if isinstance(document, Document)]
        judge = check_apart if given is alone else check_together
        reports = list(judge(applications_of, known, terms.day, terms.ruleset))
        found = results_of(given.documents, given.firsts, iter(reports), terms.notes)
        for order, result in zip(given.orders, found, strict=True):
            yield _judged(order, result)


def _judge_at_length(rows: Iterable[Row], terms: Terms, folder: Path | None) -> Iterator[Judged]:
    """The results of one subject, of which these are the rows: more than are to be in memory at once."""
    histories: dict[str, History] = {}
    given = _in_turn(rows, histories, terms)
    if not terms.independent:
        given = sorted_by(attrgetter("day", "first", "order"), given, _InTurn, folder)
    waiting: list[Application] = []
    # The kernel takes one when its report is asked for, which is when it has been put here.
    applications = iter(waiting.pop, None)
    judge = check_apart if terms.independent else check_in_turn
    reports = judge(applications, None if terms.registry is None else histories, terms.day, terms.ruleset)
    for one in given:
        document = _document(one.data, one.use, terms.ruleset.own_fields)
        if isinstance(document, Document):
            waiting.append(document.application)
        (result,) = results_of((document,), (_first(one.use),), reports, terms.notes)
        yield _judged(one.order, result)


def _in_turn(rows: Iterable[Row], histories: dict[str, History], terms: Terms) -> Iterator[_InTurn]:
    """The applications among `rows`, each with its turn; what is on record is in `histories` when the first comes."""
    records: list[Row] = []
    uses: dict[int, Use] = {}
    same: dict[bytes, Use] = {}
    for row in rows:
        if row.kind == Kind.RECORD:
            records.append(row)
        elif row.kind == Kind.USE:
            # One for all that say the same, such as a thousand that are one application.
            uses[row.order] = same.setdefault(row.data, use_of(row.data))
        elif row.kind == Kind.APPLICATION:
            if records and terms.registry is not None:
                name = _name(row)
                histories[name] = history_of(name, newest(records, name, terms.registry))
                records = []
            use = uses.pop(row.order, None)
            first = use.first if use and use.how == "same" else row.order
            day = date.max if terms.independent else _day(row.data, terms.ruleset.own_fields)
            yield _InTurn(day, first, row.order, row.data, use)


def _day(data: bytes, own: OwnFields) -> date:
    document = read_entry(entry_of(data), own)
    return turn(document.application) if isinstance(document, Document) else date.max


def _judged(order: int, result: Result) -> Judged:
    pieces = result_pieces(result)
    pieces[-1] += b"\n"
    return Judged(order, pieces, result.verdict, _rules(result))


class _Given(NamedTuple):
    """Applications that are to be judged: the place of each among all, and what `results` takes of it."""

    orders: list[int]
    documents: list[Document | Invalid]
    firsts: list[str | None]

    def add(self, row: Row, use: Use | None, own: OwnFields) -> None:
        self.orders.append(row.order)
        self.documents.append(_document(row.data, use, own))
        self.firsts.append(_first(use))


def _document(data: bytes, use: Use | None, own: OwnFields) -> Document | Invalid:
    document = read_entry(entry_of(data), own)
    return used(document, use) if use and isinstance(document, Document) else document


def _first(use: Use | None) -> str | None:
    return use.source if use else None


def _name(row: Row) -> str:
    return row.subject.decode(errors="replace")


entry_of = msgspec.msgpack.Decoder(Entry).decode
use_of = msgspec.msgpack.Decoder(Use).decode


def _rules(result: Result) -> tuple[tuple[str, str], ...]:
    if isinstance(result, Invalid) or result.verdict == "pass":
        return ()
    return tuple(
        (outcome.status, outcome.rule)
        for outcome in result.outcomes
        if outcome.level == "required" and outcome.status in ("fail", "undecided")
    )


@lru_cache(maxsize=2)  # a change of rules is from one to another
def _compiled(digest: str, files: tuple[tuple[str, bytes], ...]) -> Ruleset:
    return compile_ruleset(dict(files))
