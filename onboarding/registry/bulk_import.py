"""Adding many records at once: all or nothing, and nothing that is on record already."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from ..errors import Problem, RegistryError
from ..messages import text
from ..models import record_id, write_kept
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


# What was withdrawn as entered in error; a record without an id may have been given one.
_WITHDRAWN = """
SELECT DISTINCT arriving.record_id FROM arriving
WHERE substr(arriving.record_id, 1, 1) <> '#' AND 'null' = (
  SELECT records.record FROM records
  WHERE records.record_id = arriving.record_id AND records.subject_id = arriving.subject_id
  ORDER BY records.seq DESC LIMIT 1)
ORDER BY arriving.record_id
"""


class Added(NamedTuple):
    """How many records were new, and the record ids of those that put a version back which had been replaced or
    withdrawn, and of those that were withdrawn and stay so.
    """

    new: int
    put_back: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


def add(registry: SqlRegistry, lines: Iterable[Line], entry: Entry, *, dry_run: bool = False) -> Added:
    """Append the records of `lines` that are not on record in that form; returns how many were added.

    All or nothing, and idempotent: the same lines again add nothing. Raises RegistryError with every broken line, and
    where an id is on record as another subject's.
    """
    if dry_run and registry.init(dry_run=True) == 0:
        return Added(sum(1 for _ in lines))
    with registry.writing(alone=True, dry_run=dry_run) as session:
        if session.execute("SELECT 1 FROM records LIMIT 1").fetchone() is None:
            session.load("records", _COLUMNS, _rows(lines, entry))
            added = Added(session.execute("SELECT count(*) FROM records").fetchone()[0])
        else:
            added = _add_new(session, _rows(lines, entry))
    return added


def _add_new(session: Session, rows: Iterable[tuple[str | None, ...]]) -> Added:
    session.execute(_ARRIVING)
    numbered = ((seq, *row) for seq, row in enumerate(rows, start=1))
    session.load("arriving", f"seq, {_COLUMNS}", numbered)
    if others := [row[0] for row in islice(session.execute(_OF_ANOTHER), MAX_PROBLEMS)]:
        hint = text("registry.own-id")
        raise RegistryError(*(Problem(text("registry.of-another", record=key), hint=hint) for key in others))
    withdrawn = {row[0] for row in session.execute(_WITHDRAWN)}
    session.execute(_DROP_KNOWN)
    counting = {row[0] for row in session.execute(_WITHDRAWN)}
    put_back = tuple(sorted({row[0] for row in session.execute(_PUT_BACK)} | counting))
    added: int = session.execute(_APPEND).rowcount
    session.execute("DROP TABLE arriving")
    return Added(added, put_back, tuple(sorted(withdrawn - counting)))


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
