"""What is cut by subject: one row a record, one an application, one what is to be said of an application's id."""

from collections.abc import Iterable, Iterator
from enum import IntEnum
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


class Kind(IntEnum):
    """What a row holds, in the order in which the rows of one subject, or of one id, are wanted.

    `DECIDED` is about an id alone, `TOLD` about a whole chunk; an audit asks for what was `ADMITTED`.
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

    @property
    def place(self) -> tuple[bytes, int, int]:
        """By which rows are sorted."""
        return self.subject, self.kind, self.order


class Use(Struct, frozen=True, array_like=True, gc=False):
    """What is to be said of an application for its id.

    `same`: it was given before, at `source`. `clash`: another one, at `source`, has its id. `decided`: the registry has
    decided on another one of its id.
    """

    how: Literal["same", "clash", "decided"]
    source: str = ""


class Told(Struct, frozen=True, array_like=True):
    """Of a chunk of the registry: how many records it holds, and whether and by what it cannot be read whole."""

    records: int
    broken: bool = False
    problems: tuple[Problem, ...] = ()


def in_order(rows: Iterable[Row]) -> Iterator[Row]:
    """`rows`, which are sorted by their places; else raises OnboardingError: who mixes subjects up admits wrongly."""
    before: tuple[bytes, int, int] | None = None
    for row in rows:
        place = row.place
        if before is not None and place <= before:
            raise OnboardingError(Problem(text("screening.out-of-order")))
        before = place
        yield row


def by_subject(rows: Iterable[Row]) -> Iterator[list[list[Row]]]:
    """The rows of one subject after another, a few hundred rows at a time; raises OnboardingError as `in_order` does.

    Who takes them step by step is quicker than who takes all steps with each: what a step works with is at hand then.
    """
    some: list[list[Row]] = []
    size = 0
    for _, of_subject in groupby(in_order(rows), key=attrgetter("subject")):
        some.append(list(of_subject))
        size += sum(len(row.data) for row in some[-1])
        if size >= _BATCH:
            yield some
            some, size = [], 0
    if some:
        yield some


encode = msgspec.msgpack.Encoder().encode
