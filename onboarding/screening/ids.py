"""Ids that several applications carry: one application given twice, or two of which nobody can say which is meant."""

from collections.abc import Iterable, Iterator

import msgspec

from ..models import Application
from ..reading.documents import Document
from ..reading.own_fields import OwnFields
from .entries import Entry, read_entry
from .rows import Kind, Row, Use, encode


def uses_of_id(rows: Iterable[Row], own: OwnFields) -> Iterator[Row]:
    """What is to be said of the applications in `rows`, which carry one id, in the order given.

    See `joint_run.clashes`, which says the same of applications in memory. What is no application carries no id.
    """
    first: Application | None = None
    source = other = ""
    members: list[tuple[int, bytes, bool]] = []
    for row in rows:
        document = read_entry(msgspec.msgpack.decode(row.data, type=Entry), own)
        if not isinstance(document, Document):
            continue
        if first is None:
            first, source = document.application, document.source
        same = document.application == first
        if not same and not other:
            other = document.source
        members.append((row.order, row.subject, same))
    for position, (order, subject, same) in enumerate(members):
        if other:
            yield Row(subject, Kind.USE, order, encode(Use(True, other if same else source)))
        elif position:
            yield Row(subject, Kind.USE, order, encode(Use(False, source)))
