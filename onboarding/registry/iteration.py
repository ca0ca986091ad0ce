"""Going through the whole registry, a subject at a time: for export and for audit."""

import hashlib
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Literal, NamedTuple

from ..models import Application, Record, read_kept_application
from .jsonl import JsonlRegistry
from .protocol import Registry
from .sql import SqlRegistry, read_row

# Of an application that was erased nothing is left to judge: its shop is one of which only the record is there.
_ADMITTED = """
shop_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM erasures WHERE erasures.application_id = decisions.application_id
    AND what = 'application' AND erased_at >= decided_at)
"""
_APPLICATIONS = (
    f"SELECT subject_id, shop_id, application FROM decisions WHERE {_ADMITTED}"  # noqa: S608
    "{of_one} ORDER BY subject_id, seq"
)
_APPLICATIONS_OF = f"SELECT shop_id, application FROM decisions WHERE subject_id = ? AND {_ADMITTED} ORDER BY seq"  # noqa: S608


def state_digest(registry: Registry) -> str:
    """A digest of how much is on record and of the last row: a registry only grows, so this tells its states apart.

    Of a file, it is that of its bytes.
    """
    if isinstance(registry, JsonlRegistry):
        return registry.digest()
    assert isinstance(registry, SqlRegistry)
    where, values = _until(registry)
    with registry.reading() as session:
        count, last = session.execute(f"SELECT count(*), max(seq) FROM records{where}", values).fetchone()  # noqa: S608
        row = session.execute(
            "SELECT recorded_at, record_id, record FROM records WHERE seq = ?", (last or 0,)
        ).fetchone()
    return "sha256:" + hashlib.sha256(repr((count, last, tuple(row or ()))).encode()).hexdigest()


def count_rows(registry: SqlRegistry) -> tuple[int, int]:
    """How many rows are on record, and the number of the last; what is on record stays as it is."""
    where, values = _until(registry)
    with registry.reading() as session:
        found = session.execute(f"SELECT count(*), max(seq) FROM records{where}", values)  # noqa: S608
        count, last = found.fetchone()
    return int(count), int(last or 0)


def rows_between(registry: SqlRegistry, after: int, until: int) -> Iterator[tuple[int, str, str, str]]:
    """The rows numbered after `after` and up to `until`, in any order: number, subject, record id, content."""
    where, values = _until(registry)
    statement = "SELECT seq, subject_id, record_id, record FROM records WHERE seq > ? AND seq <= ?"
    with registry.reading() as session:
        yield from session.stream(statement + where.replace("WHERE", "AND"), (after, until, *values))


def ids_beginning(
    registry: SqlRegistry, column: Literal["subject_id", "record_id"], begun: str, most: int
) -> list[str]:
    """At most `most` of the ids in `column` of the records that begin with `begun`, in order."""
    where, values = _until(registry)
    statement = f"SELECT DISTINCT {column} FROM records WHERE substr({column}, 1, ?) = ?"  # noqa: S608
    statement += where.replace("WHERE", "AND") + f" ORDER BY {column} LIMIT ?"
    with registry.reading() as session:
        return [found for (found,) in session.execute(statement, (len(begun), begun, *values, most)).fetchall()]


def count_decided(registry: SqlRegistry) -> tuple[int, int]:
    """How many final decisions there are, and the number of the last."""
    where, values = _decided_until(registry)
    with registry.reading() as session:
        found = session.execute(f"SELECT count(*), max(seq) FROM decisions{where}", values)  # noqa: S608
        count, last = found.fetchone()
    return int(count), int(last or 0)


def decided_up_to(registry: SqlRegistry, last: int) -> Iterator[tuple[int, str, str]]:
    """The final decisions up to number `last`, in any order: number, application id, digest of what was decided on."""
    where, values = _decided_until(registry)
    statement = f"SELECT seq, application_id, digest FROM decisions{where} AND seq <= ?"  # noqa: S608
    with registry.reading() as session:
        yield from session.stream(statement, (*values, last))


def count_admitted(registry: SqlRegistry) -> tuple[int, int]:
    """How many decisions have opened a shop and keep its application, and the number of the last."""
    with registry.reading() as session:
        count, last = session.execute(f"SELECT count(*), max(seq) FROM decisions WHERE {_ADMITTED}").fetchone()  # noqa: S608
    return int(count), int(last or 0)


def admitted_up_to(registry: SqlRegistry, last: int) -> Iterator[tuple[int, str, str, str]]:
    """The decisions up to number `last` that opened a shop and keep its application, in any order: number, subject,
    shop, application.
    """
    statement = f"SELECT seq, subject_id, shop_id, application FROM decisions WHERE {_ADMITTED} AND seq <= ?"  # noqa: S608
    with registry.reading() as session:
        yield from session.stream(statement, (last,))


def count_subjects(registry: Registry) -> int:
    """How many subjects are on record; 0 of a file, which would have to be read for that."""
    if not isinstance(registry, SqlRegistry):
        return 0
    where, values = _until(registry)
    with registry.reading() as session:
        found = session.execute(f"SELECT count(DISTINCT subject_id) FROM records{where}", values)  # noqa: S608
        return int(found.fetchone()[0])


class Subject(NamedTuple):
    """What is on record of one subject.

    `records` holds the newest version of each record, in the order in which they first came; `applications`
    the applications that were admitted here and not erased, by the id of the shop that each opened.
    """

    id: str
    records: list[Record]
    applications: dict[str, Application]


def subjects(registry: Registry, only: str | None = None) -> Iterator[Subject]:
    """Every subject on record, by its id, as of one state of the registry; or `only` the one with this normal id.

    Few are in memory at a time; of a file, all.
    """
    if isinstance(registry, JsonlRegistry):
        for subject, records in sorted(registry.newest().items()):
            if only in (None, subject):
                yield Subject(subject, list(records.values()), {})
        return
    assert isinstance(registry, SqlRegistry)
    where, values = _until(registry)
    of_one: tuple[str, ...] = (only,) if only is not None else ()
    if of_one:
        where = where + " AND subject_id = ?" if where else " WHERE subject_id = ?"
    with registry.reading() as session:
        statement = f"SELECT seq, subject_id, record_id, record FROM records{where} ORDER BY subject_id, seq"  # noqa: S608
        opened = _APPLICATIONS.format(of_one=" AND subject_id = ?" if of_one else "")
        admitted = groupby(session.stream(opened, of_one), key=itemgetter(0))
        pending = next(admitted, None)
        for subject, rows in groupby(session.stream(statement, (*values, *of_one)), key=itemgetter(1)):
            newest = {key: read_row(seq, subject, key, content, registry.source) for seq, _, key, content in rows}
            applications: dict[str, Application] = {}
            while pending is not None and pending[0] <= subject:
                if pending[0] == subject:
                    applications = {shop: read_kept_application(content) for _, shop, content in pending[1]}
                pending = next(admitted, None)
            yield Subject(subject, [record for record in newest.values() if record is not None], applications)


def subjects_from(registry: SqlRegistry, after: str, limit: int, *, only: str | None = None) -> list[Subject]:
    """At most `limit` subjects on record, by their ids, from the one after `after` on; or `only` this one."""
    where, value = ("subject_id = ?", only) if only is not None else ("subject_id > ?", after)
    ids = f"SELECT DISTINCT subject_id FROM records WHERE {where} ORDER BY subject_id LIMIT ?"  # noqa: S608
    found = []
    with registry.reading() as session:
        for (subject,) in session.execute(ids, (value, limit)).fetchall():
            newest = {row.key: row.record for row in registry.rows(session, subject)}
            opened = session.execute(_APPLICATIONS_OF, (subject,)).fetchall()
            applications = {shop: read_kept_application(content) for shop, content in opened}
            records = [record for record in newest.values() if record is not None]
            found.append(Subject(subject, records, applications))
    return found


def _until(registry: SqlRegistry) -> tuple[str, tuple[str, ...]]:
    """What keeps a query to what was known at `registry.known_at`, and its value."""
    until = registry.known_until
    return (" WHERE recorded_at <= ?", (until,)) if until else ("", ())


def _decided_until(registry: SqlRegistry) -> tuple[str, tuple[str, ...]]:
    """What keeps a query to final decisions that were made by `registry.known_at`, and its value."""
    until = registry.known_until
    where = " WHERE verdict <> 'undecided'"
    return (where + " AND decided_at <= ?", (until,)) if until else (where, ())
