"""From rows by subject to results. Knows no engine: each worker of any of them does this, and nobody else judges."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property, lru_cache
from itertools import groupby
from operator import attrgetter

import msgspec
from msgspec import Struct

from ..errors import Problem, RegistryError
from ..kernel import Histories
from ..messages import text
from ..models import Record, history_of, read_kept
from ..outputs import Invalid, Result
from ..outputs.json import result_to_json
from ..reading.documents import Document
from ..registry.protocol import other_content
from ..report import Note
from ..rules.loading import compile_ruleset
from ..rules.ruleset import Ruleset
from .entries import Entry, read_entry
from .results import clash, refused, results
from .rows import Kept, Kind, Row, Use, in_order


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
    """One result: its place among all, its line of JSON, its verdict, and the required rules by which it is not a
    pass, each after its status."""

    order: int
    line: bytes
    verdict: str
    rules: tuple[tuple[str, str], ...] = ()


def judge_rows(rows: Iterable[Row], terms: Terms) -> Iterator[Judged]:
    """The results of the applications among `rows`, which are sorted by subject, kind and order.

    A subject's applications are judged together, by all its records. Raises RegistryError where a record of theirs
    cannot be read.
    """
    for subject, of_subject in groupby(in_order(rows), key=attrgetter("subject")):
        yield from _judge_subject(subject, of_subject, terms)


def used(document: Document, use: Use) -> Document | Invalid:
    """What `document` is, for what is to be said of its id."""
    match use.how:
        case "clash":
            return clash(document, use.source)
        case "decided":
            return refused(document, other_content())
    return document


def newest(rows: Iterable[Row], source: str) -> list[Record]:
    """The newest record of each key among `rows`; raises RegistryError, which names `source`, where one is broken."""
    found: dict[str | int, Record | None] = {}
    for row in rows:
        kept = _kept(row.data)
        try:
            found[row.order if kept.key is None else kept.key] = read_kept(kept.content)
        except msgspec.DecodeError as error:
            message = text("registry.broken-record", seq=row.order, error=error)
            raise RegistryError(Problem(message, source=source)) from None
    return [record for record in found.values() if record is not None]


def _judge_subject(subject: bytes, rows: Iterable[Row], terms: Terms) -> Iterator[Judged]:
    kept: list[Row] = []
    uses: dict[int, Use] = {}
    orders: list[int] = []
    documents: list[Document | Invalid] = []
    firsts: list[str | None] = []
    for row in rows:
        match row.kind:
            case Kind.RECORD:
                kept.append(row)
            case Kind.USE:
                uses[row.order] = use_of(row.data)
            case Kind.APPLICATION:
                document = read_entry(entry_of(row.data), terms.ruleset.own_fields)
                use = uses.get(row.order)
                if use and isinstance(document, Document):
                    document = used(document, use)
                orders.append(row.order)
                documents.append(document)
                firsts.append(use.source if use else None)
    if not documents:
        return
    histories: Histories = None
    if terms.registry is not None:
        name = subject.decode(errors="replace")
        # Most who are new are on no record.
        histories = {name: history_of(name, newest(kept, terms.registry))} if kept else {}
    found = results(documents, firsts, histories, terms.day, terms.ruleset, terms.notes, independent=terms.independent)
    for order, result in zip(orders, found, strict=True):
        yield Judged(order, result_to_json(result) + b"\n", result.verdict, _rules(result))


entry_of = msgspec.msgpack.Decoder(Entry).decode
use_of = msgspec.msgpack.Decoder(Use).decode
_kept = msgspec.msgpack.Decoder(Kept).decode


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
