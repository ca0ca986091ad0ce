"""A registry in a database: one append-only table of records, of which the newest of an id counts.

What SQLite and PostgreSQL have in common; `sqlite` and `postgres` know how to connect, to lock and to load.
The statements are written with `?` for a value and run on both.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from typing import Any, Protocol, Self

import msgspec
from msgspec import Struct

from ..errors import Problem, RegistryError
from ..messages import text
from ..models import History, Record, history_of, is_of, read_kept, record_id, write_kept
from .protocol import Found
from .timestamps import write_instant

_APPEND = """
INSERT INTO records (recorded_at, subject_id, record_id, record, recorded_by, note) VALUES (?, ?, ?, ?, ?, ?)
"""
_DECIDED = "SELECT digest, decided_at FROM decisions WHERE application_id = ? AND verdict <> 'undecided'"
_OF_SUBJECT = "SELECT seq, record_id, record FROM records WHERE subject_id = ?"


class Session(Protocol):
    """A connection inside a transaction."""

    def execute(self, statement: str, values: Iterable[Any] = ()) -> Any:
        """Run one statement; what comes back is a cursor (`fetchone`, `rowcount`, iteration)."""
        ...

    def stream(self, statement: str, values: Iterable[Any] = ()) -> Iterator[Any]:
        """The rows of one query, few of them in memory at a time."""
        ...

    def load(self, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Append many rows."""
        ...


@contextmanager
def keepable() -> Iterator[None]:
    """Raises RegistryError where a value that is sent to a database has bytes that are not UTF-8."""
    try:
        yield
    except UnicodeEncodeError:
        raise RegistryError(Problem(text("registry.not-utf8"))) from None


def broken_row(error: msgspec.DecodeError, source: str) -> RegistryError:
    """What to raise where something in the registry `source` cannot be read as what was kept there."""
    return RegistryError(Problem(text("registry.broken-row", error=str(error)[:200]), source=source))


class Entry(Struct, frozen=True):
    """Who changes the record, when, and why."""

    at: datetime
    by: str
    note: str | None = None


class Row(Struct, frozen=True):
    """One record on record: its place in the order of recording, its id, what it says (None: it has another id now)."""

    seq: int
    key: str
    record: Record | None


class SqlRegistry(ABC):
    """A registry in a database. Threads may share one; close it, or use it in a `with` statement.

    `known_at` lets `look_up` see only what was on record at that instant.
    """

    source: str
    schema_version: int
    known_at: datetime | None = None

    @property
    def known_until(self) -> str | None:
        """`known_at` as instants stand on record; None for now."""
        return write_instant(self.known_at) if self.known_at else None

    @abstractmethod
    def init(self, *, dry_run: bool = False) -> int:
        """Make what is missing of the tables, and bring older ones to `schema_version`.

        Returns the schema version that was there before; 0 where there was no registry.
        """

    @abstractmethod
    def reading(self) -> AbstractContextManager[Session]:
        """A transaction that sees one state of the registry and changes nothing."""

    @abstractmethod
    def writing(
        self,
        *,
        subject: str | None = None,
        application_id: str | None = None,
        alone: bool = False,
        dry_run: bool = False,
    ) -> AbstractContextManager[Session]:
        """A transaction that nobody shares who writes of the same subject or application.

        `alone`: who writes at all; that is an import, which makes the tables where they are missing.
        """

    def close(self) -> None:  # noqa: B027
        """Let go of the connections, where any are kept."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *what: object) -> None:
        self.close()

    def look_up(self, subjects: Collection[str], application_ids: Collection[str] = ()) -> Found:
        read: list[str] = []
        histories: dict[str, History] = {}
        decided: dict[str, str] = {}
        until = self.known_until
        with self.reading() as session:
            # Asked for with the first rows, and read after them.
            where, values = (" WHERE recorded_at <= ?", (until,)) if until else ("", ())
            any_record = session.execute(f"SELECT 1 FROM records{where} LIMIT 1", values)  # noqa: S608
            for subject in sorted(set(subjects)):
                rows = []
                for row, content in self._rows(session, subject, known_at=until):
                    read.append(f"{row.seq}\t{content}\n")
                    rows.append(row)
                histories[subject] = history_from(subject, rows)
            # A text with NUL is in no database.
            for key in sorted({key for key in application_ids if "\0" not in key}):
                row = session.execute(_DECIDED, (key,)).fetchone()
                if row is not None and (until is None or row[1] <= until):
                    read.append(f"{key}\t{row[0]}\n")
                    decided[key] = row[0]
            empty = any_record.fetchone() is None
        return Found(histories, partial(_digest, read), empty, decided)

    def rows(
        self, session: Session, subject: str, *, known_at: str | None = None, revision: int | None = None
    ) -> list[Row]:
        """The rows of `subject` in the order of recording, up to an instant or a revision where one is given."""
        return [row for row, _ in self._rows(session, subject, known_at=known_at, revision=revision)]

    def append(self, session: Session, entry: Entry, subject: str, key: str, record: Record | None) -> None:
        """Add one record; None says that what had this key has another."""
        content = write_kept(record)
        session.execute(_APPEND, (write_instant(entry.at), subject, key, content, entry.by, entry.note))

    def _rows(
        self, session: Session, subject: str, *, known_at: str | None = None, revision: int | None = None
    ) -> Iterator[tuple[Row, str]]:
        statement, values = _OF_SUBJECT, [subject, known_at, revision]
        statement += " AND recorded_at <= ?" if known_at is not None else ""
        statement += " AND seq <= ?" if revision is not None else ""
        found = session.execute(statement + " ORDER BY seq", [value for value in values if value is not None])
        for seq, key, content in found:
            yield Row(seq, key, read_row(seq, subject, key, content, self.source)), content


def read_row(
    seq: int,
    subject: str,
    key: str | bytes | None,
    content: str | bytes,
    source: str,
    key_of: Callable[[str], str | bytes] = str,
) -> Record | None:
    """The record in a row that `subject` is found by, and of which the newest with the same `key` counts.

    `key_of` says what the key of a record with an id of its own is. Raises RegistryError, which names `source`, where
    the row is broken: a record of another subject would count for neither, and one with another's id in its place.
    """
    try:
        record = read_kept(content)
    except msgspec.DecodeError as error:
        raise RegistryError(Problem(text("registry.broken-record", seq=seq, error=error), source=source)) from None
    if record is None:
        return None
    own = record_id(record)
    if not is_of(record, subject) or (own is not None and key_of(own) != key):
        raise RegistryError(Problem(text("registry.record-of-other", seq=seq), source=source))
    return record


def _digest(read: Iterable[str]) -> str:
    # A check that tells no digest starts sooner without it.
    from hashlib import sha256

    digest = sha256()
    for line in read:
        digest.update(line.encode())
    return "sha256:" + digest.hexdigest()


def history_from(subject: str, rows: Iterable[Row]) -> History:
    """What `rows` say of `subject`: the newest of each record id."""
    newest = {row.key: row.record for row in rows}
    return history_of(subject, (record for record in newest.values() if record is not None))
