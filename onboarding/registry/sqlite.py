"""A registry in an SQLite file: for one machine. Writers wait for each other; readers wait for nobody."""

import random
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import Problem, RegistryError
from .sql import Session, SqlRegistry
from .versions import refuse_newer_version, refuse_other_version

# How long a writer waits for the others before it gives up.
BUSY_SECONDS = 60

# What brings the tables from each version to the next, beginning with none.
MIGRATIONS = (
    """
CREATE TABLE records (
  seq INTEGER PRIMARY KEY,
  recorded_at TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  record_id TEXT NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX records_of_subject ON records (subject_id, seq);
CREATE INDEX versions_of_record ON records (record_id, seq)
""",
    """
ALTER TABLE records ADD COLUMN recorded_by TEXT NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN note TEXT;
CREATE TABLE decisions (
  seq INTEGER PRIMARY KEY,
  application_id TEXT NOT NULL,
  subject_id TEXT,
  verdict TEXT NOT NULL,
  shop_id TEXT,
  report TEXT NOT NULL,
  application TEXT NOT NULL,
  digest TEXT NOT NULL,
  ruleset TEXT NOT NULL,
  ruleset_digest TEXT NOT NULL,
  revision INTEGER NOT NULL,
  as_of TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  note TEXT
);
CREATE UNIQUE INDEX one_decision ON decisions (application_id) WHERE verdict <> 'undecided';
CREATE INDEX decisions_of_application ON decisions (application_id, seq);
CREATE INDEX decisions_of_subject ON decisions (subject_id, seq)
""",
)
_UNWRITABLE = "even to read, SQLite writes beside the file: this user needs the folder, or a copy elsewhere"
_INDEXES = {
    "records_of_subject": "CREATE INDEX records_of_subject ON records (subject_id, seq)",
    "versions_of_record": "CREATE INDEX versions_of_record ON records (record_id, seq)",
}


class SqliteRegistry(SqlRegistry):
    """The registry in the file at `path`; its digest is that of the rows looked up."""

    schema_version = len(MIGRATIONS)

    def __init__(self, path: Path, known_at: datetime | None = None) -> None:
        self.path = path
        self.source = str(path)
        self.known_at = known_at
        self._writers = threading.Lock()

    def init(self, *, dry_run: bool = False) -> int:
        if dry_run and not self.path.exists():
            return 0
        with self._open("rw" if dry_run else "rwc") as connection:
            found = self._version_found(connection)
            if dry_run or found == len(MIGRATIONS):
                return found
            # Kept in the file; changing it waits for nobody, so it is done once, here.
            connection.execute("PRAGMA journal_mode = WAL")
            with _transaction(connection, "IMMEDIATE"):
                # Again: another program may have been faster.
                found = self._version_found(connection)
                for migration in MIGRATIONS[found:]:
                    for statement in migration.split(";"):
                        connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            return found

    def _version_found(self, connection: sqlite3.Connection) -> int:
        found = _version(connection)
        if found == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise RegistryError(Problem("a database, but not a registry", source=self.source))
        refuse_newer_version(found, len(MIGRATIONS), self.source)
        return found

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._open("rw") as connection, _transaction(connection, "DEFERRED"):
            self._refuse_other(connection)
            yield _Session(connection)

    @contextmanager
    def writing(
        self,
        *,
        subject: str | None = None,
        application_id: str | None = None,
        alone: bool = False,
        dry_run: bool = False,
    ) -> Iterator[Session]:
        # One writer at a time is all that SQLite has, so every writer is alone. Our own threads wait at a lock that
        # hands over at once; only one of them at a time asks for the file.
        with self._writers, self._open("rw") as connection, _transaction(connection, "IMMEDIATE", keep=not dry_run):
            self._refuse_other(connection)
            yield _Session(connection)

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        if mode == "rw" and not self.path.is_file():
            hint = "`onboard registry init` makes one"
            raise RegistryError(Problem("no such file", source=self.source, hint=hint))
        try:
            address = f"file:{quote(str(self.path))}?mode={mode}"
            with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS)) as connection:
                yield connection
        except sqlite3.Error as error:
            unwritable = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN"))
            raise RegistryError(
                Problem(f"sqlite: {error}", source=self.source, hint=_UNWRITABLE if unwritable else None)
            ) from None

    def _refuse_other(self, connection: sqlite3.Connection) -> None:
        refuse_other_version(_version(connection), len(MIGRATIONS), self.source)


class _Session:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        return self._connection.execute(statement, tuple(values))

    stream = execute

    def load(self, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" for _ in columns.split(","))
        # A tree that is built at the end is built from sorted rows: several times as fast as row by row.
        indexes = _INDEXES if table == "records" else {}
        for name in indexes:
            self._connection.execute(f"DROP INDEX {name}")
        self._connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608
        for statement in indexes.values():
            self._connection.execute(statement)


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _begin(connection: sqlite3.Connection, kind: str) -> None:
    """Begin, when the other writers let us; asks often, where SQLite's own waiting would sleep for long."""
    deadline = time.monotonic() + BUSY_SECONDS
    connection.execute("PRAGMA busy_timeout = 0")
    while not connection.in_transaction:
        try:
            connection.execute(f"BEGIN {kind}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.0005, 0.004))  # noqa: S311
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str, *, keep: bool = True) -> Iterator[None]:
    _begin(connection, kind)
    try:
        yield
    except BaseException:
        # A full disk ends the transaction by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT" if keep else "ROLLBACK")
