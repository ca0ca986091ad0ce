"""What is cut by subject: one row a record, one an application, one what is to be said of an application's id."""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Literal

import msgspec
from msgspec import Struct

from ..errors import OnboardingError, Problem
from ..messages import text

# Rows are many, and none is part of a circle: `gc=False` spares the collector the walk through all of them.

# So many rows of one chunk there may be; a row's place in the whole is that of its chunk and that in the chunk.
CHUNK_BITS = 40
_BATCH = 128 << 10  # of rows, in bytes
_SHORT = 32


class Kind:
    """What a row holds, in the order in which the rows of one subject, or of one id, are wanted.

    `DECIDED` is about an id alone, `TOLD` about a whole chunk; an audit asks for what was `ADMITTED`. These are plain
    numbers: rows are many, and a member is looked up in an enumeration more slowly.
    """

    RECORD = 0
    DECIDED = 1
    USE = 2
    APPLICATION = 3
    TOLD = 4
    ADMITTED = 5


class Row(Struct, frozen=True, array_like=True, gc=False):
    """One thing to be brought together with all else of its subject.

    `order` is its place among all rows of its kind; `id` stands for the id that nothing else may have: of the records
    that have one, the newest counts.
    """

    subject: bytes
    kind: int
    order: int
    data: bytes
    id: bytes | None = None


# By which rows are sorted.
place = attrgetter("subject", "kind", "order")


class Use(Struct, frozen=True, array_like=True, gc=False):
    """What is to be said of an application for its id.

    `same`: it was given before, at `source`, with the place `first`. `clash`: another one, at `source`, has its id.
    `decided`: the registry has decided on another one of its id.
    """

    how: Literal["same", "clash", "decided"]
    source: str = ""
    first: int = 0


class Told(Struct, frozen=True, array_like=True):
    """Of a chunk of the registry: how many records it holds, and whether and by what it cannot be read whole."""

    records: int
    broken: bool = False
    problems: tuple[Problem, ...] = ()


def key_of(id_: str) -> bytes:
    """What stands for an id: itself where it is short, and of a long one a digest, which is longer than any such."""
    key = id_.encode(errors="surrogatepass")
    return key if len(key) <= _SHORT else hashlib.blake2b(key, digest_size=_SHORT + 1).digest()


def in_order(rows: Iterable[Row]) -> Iterator[Row]:
    """`rows`, which are sorted by their places; else raises OnboardingError: who mixes subjects up admits wrongly."""
    before: tuple[bytes, int, int] = b"", -1, -1
    for row in rows:
        this = place(row)
        if this <= before:
            raise OnboardingError(Problem(text("screening.out-of-order")))
        before = this
        yield row


def by_subject(rows: Iterable[Row]) -> Iterator[list[list[Row]]]:
    """The rows of one subject after another, a few hundred rows at a time; raises OnboardingError as `in_order` does.

    Who takes them step by step is quicker than who takes all steps with each: what a step works with is at hand then.
    """
    return (some for some, _ in by_subject_in_part(rows, sys.maxsize))


def by_subject_in_part(rows: Iterable[Row], most: int) -> Iterator[tuple[list[list[Row]], Iterator[Row] | None]]:
    """The same, but a subject that has more than `most` bytes comes alone, with the rows of it that are still to come:
    they are to be used up before the next is asked for.
    """
    some: list[list[Row]] = []
    size = 0
    for _, found in groupby(in_order(rows), key=attrgetter("subject")):
        if size >= _BATCH:
            yield some, None
            some, size = [], 0
        of_subject, left = list[Row](), iter(found)
        before = size
        for row in left:
            of_subject.append(row)
            size += len(row.data)
            if size - before > most:
                if some:
                    yield some, None
                yield [of_subject], left
                some, size = [], 0
                break
        else:
            some.append(of_subject)
    if some:
        yield some, None


encode = msgspec.msgpack.Encoder().encode
