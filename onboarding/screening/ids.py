"""Ids that several applications carry: one application given twice, or two of which nobody can say which is meant."""

from collections.abc import Iterable, Iterator

import msgspec

from ..models import Application, content_digest
from ..reading.documents import Document
from ..reading.own_fields import OwnFields
from .entries import Entry, read_entry
from .rows import Kind, Row, Use, encode


def uses_of_id(rows: Iterable[Row], own: OwnFields, *, independent: bool) -> Iterator[Row]:
    """What is to be said of the applications in `rows`, which carry one id, in the order given, after what the registry
    has decided on it.

    See `joint_run.clashes` and `Found.refuse_other_content`, which say the same of applications in memory; the former
    of those that are not `independent`. What is no application carries no id.
    """
    first: Application | None = None
    source = other = ""
    decided: str | None = None
    members: list[tuple[int, bytes, bool, bool]] = []
    for row in rows:
        if row.kind == Kind.DECIDED:
            decided = row.data.decode()
            continue
        document = read_entry(msgspec.msgpack.decode(row.data, type=Entry), own)
        if not isinstance(document, Document):
            continue
        if first is None:
            first, source = document.application, document.source
        same = document.application == first
        if not same and not other:
            other = document.source
        refused = decided is not None and decided != content_digest(document.application)
        members.append((row.order, row.subject, same, refused))
    for position, (order, subject, same, refused) in enumerate(members):
        use = None
        if other and not independent:
            use = Use("clash", other if same else source)
        elif refused:
            use = Use("decided")
        elif position and not independent:
            use = Use("same", source, members[0][0])
        if use:
            yield Row(subject, Kind.USE, order, encode(use))
