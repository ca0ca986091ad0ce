"""Adding many records at once: all or nothing, and nothing that is on record already."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec

from ..errors import Problem, RegistryError
from ..messages import text
from ..models import Record, read_kept, record_id, write_kept
from ..reading.records import MAX_PROBLEMS, Line
from .sql import Entry, Session, SqlRegistry
from .timestamps import write_instant

_COLUMNS = "recorded_at, subject_id, record_id, record, recorded_by, note"
_ARRIVING = f"CREATE TEMP TABLE arriving AS SELECT seq, {_COLUMNS} FROM records WHERE seq < 0"  # noqa: S608

# An id whose last arriving version is the newest on record has nothing new to say.
_DROP_KNOWN = """
WITH last AS (
  SELECT record_id, subject_id, record, row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) AS back
  FROM arriving
), known AS (
  SELECT record_id, subject_id, record, row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) AS back
  FROM records WHERE record <> 'null' AND record_id IN (SELECT record_id FROM arriving)
)
DELETE FROM arriving WHERE record_id IN (
  SELECT last.record_id FROM last
  JOIN known ON known.record_id = last.record_id AND known.subject_id = last.subject_id AND known.record = last.record
  WHERE last.back = 1 AND known.back = 1)
"""
# What is on record already, but not as the newest version, takes the newest one's place again.
_PUT_BACK = """
WITH last AS (
  SELECT record_id, subject_id, record, row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) AS back
  FROM arriving
)
SELECT DISTINCT last.record_id FROM last
JOIN records ON records.record_id = last.record_id
  AND records.subject_id = last.subject_id AND records.record = last.record
WHERE last.back = 1 ORDER BY last.record_id
"""
_APPEND = f"INSERT INTO records ({_COLUMNS}) SELECT {_COLUMNS} FROM arriving ORDER BY seq"  # noqa: S608

# A record keeps its subject: of two subjects with one id, one would be found by nobody. Rows that were left where a
# record moved away, when it could, have no say.
_OF_ANOTHER = """
SELECT DISTINCT arriving.record_id FROM arriving
JOIN records ON records.record_id = arriving.record_id AND records.subject_id <> arriving.subject_id
WHERE NOT EXISTS (
  SELECT 1 FROM records AS later
  WHERE later.record_id = records.record_id AND later.subject_id = records.subject_id AND later.record = 'null'
    AND later.seq >= records.seq)
ORDER BY arriving.record_id
"""


# What was withdrawn as entered in error; not a record without an id that was given one, by which it still stands: both
# are written in one transaction, at one instant.
_WITHDRAWN = """
SELECT DISTINCT arriving.record_id FROM arriving
JOIN records AS gone ON gone.record_id = arriving.record_id AND gone.subject_id = arriving.subject_id
WHERE gone.record = 'null' AND NOT EXISTS (
  SELECT 1 FROM records AS later
  WHERE later.record_id = gone.record_id AND later.subject_id = gone.subject_id AND later.seq > gone.seq)
AND NOT (substr(arriving.record_id, 1, 1) = '#' AND EXISTS (
  SELECT 1 FROM records AS became
  WHERE became.subject_id = gone.subject_id AND became.recorded_at = gone.recorded_at AND became.seq > gone.seq
    AND became.record <> 'null' AND 'null' <> (
      SELECT newest.record FROM records AS newest
      WHERE newest.record_id = became.record_id AND newest.subject_id = became.subject_id
      ORDER BY newest.seq DESC LIMIT 1)))
ORDER BY arriving.record_id
"""


# What would come on record, beside what stands there under the same id.
_CHANGES = """
SELECT arriving.record_id, arriving.subject_id, arriving.record, (
  SELECT newest.record FROM records AS newest
  WHERE newest.record_id = arriving.record_id AND newest.subject_id = arriving.subject_id
  ORDER BY newest.seq DESC LIMIT 1)
FROM arriving ORDER BY arriving.seq
"""
# The same of a registry that was empty.
_FIRST = "SELECT record_id, subject_id, record, NULL FROM records ORDER BY seq"
# Told of a session and of each change in it: the record id, what stands there (None: nothing does), what would.
Refuse = Callable[[Session, Iterable[tuple[str, Record | None, Record | None]]], None]


class Added(NamedTuple):
    """How many records were new, and the record ids of those that put a version back which had been replaced or
    withdrawn, and of those that were withdrawn and stay so.
    """

    new: int
    put_back: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


def add(
    registry: SqlRegistry,
    lines: Iterable[Line],
    entry: Entry,
    *,
    dry_run: bool = False,
    refuse: Refuse = lambda session, changes: None,
) -> Added:
    """Append the records of `lines` that are not on record in that form; returns how many were added.

    All or nothing, and idempotent: the same lines again add nothing. Raises RegistryError with every broken line, and
    where an id is on record as another subject's, and whatever `refuse` raises of what would change.
    """
    if dry_run and registry.init(dry_run=True) == 0:
        return Added(sum(1 for _ in lines))
    with registry.writing(alone=True, dry_run=dry_run) as session:
        if session.execute("SELECT 1 FROM records LIMIT 1").fetchone() is None:
            session.load("records", _COLUMNS, _rows(lines, entry))
            refuse(session, _changes(session, _FIRST))
            added = Added(session.execute("SELECT count(*) FROM records").fetchone()[0])
        else:
            added = _add_new(session, _rows(lines, entry), refuse)
    return added


def _add_new(session: Session, rows: Iterable[tuple[str | None, ...]], refuse: Refuse) -> Added:
    session.execute(_ARRIVING)
    numbered = ((seq, *row) for seq, row in enumerate(rows, start=1))
    session.load("arriving", f"seq, {_COLUMNS}", numbered)
    if others := [row[0] for row in islice(session.execute(_OF_ANOTHER), MAX_PROBLEMS)]:
        hint = text("registry.own-id")
        raise RegistryError(*(Problem(text("registry.of-another", record=key), hint=hint) for key in others))
    withdrawn = {row[0] for row in session.execute(_WITHDRAWN)}
    session.execute(_DROP_KNOWN)
    refuse(session, _changes(session))
    counting = {row[0] for row in session.execute(_WITHDRAWN)}
    put_back = tuple(sorted({row[0] for row in session.execute(_PUT_BACK)} | counting))
    added: int = session.execute(_APPEND).rowcount
    session.execute("DROP TABLE arriving")
    return Added(added, put_back, tuple(sorted(withdrawn - counting)))


def _changes(session: Session, statement: str = _CHANGES) -> Iterator[tuple[str, Record | None, Record | None]]:
    for key, subject, new, old in session.stream(statement, ()):
        try:
            yield key, None if old is None else read_kept(old), read_kept(new)
        except msgspec.DecodeError as error:
            raise RegistryError(Problem(text("registry.broken-record-of", subject=subject, error=error))) from None


def _rows(lines: Iterable[Line], entry: Entry) -> Iterator[tuple[str | None, ...]]:
    """A row for each line; a record without an id gets one from its content and how often that came before."""
    seen: Counter[str] = Counter()
    at, by, note = _columns(entry)
    for _, subject, record in lines:
        content = write_kept(record)
        key = record_id(record)
        if key is None:
            key = f"#{hashlib.sha256(content.encode()).hexdigest()}"
            seen[key] += 1
            key = f"{key}:{seen[key]}"
        yield at, subject, key, content, by, note


def _columns(entry: Entry) -> tuple[str, str, str | None]:
    return write_instant(entry.at), entry.by, entry.note
