"""A registry in an SQLite file: one append-only table; the newest row of a record id counts."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec

from ..errors import Problem, RegistryError
from ..models import History, Record, history_of, record_id
from .lookup import Found
from .records import Line

SCHEMA_VERSION = 1

# A row whose record is `null` says that the record of this id has moved to another subject.
_CREATE = """
CREATE TABLE records (
  seq INTEGER PRIMARY KEY,
  recorded_at TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  record_id TEXT NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX records_of_subject ON records (subject_id, seq);
CREATE INDEX versions_of_record ON records (record_id, seq);
PRAGMA user_version = 1
"""

# An id whose last arriving version is the one on record has nothing new to say.
_DROP_KNOWN = """
DELETE FROM arriving WHERE record_id IN (
  SELECT last.record_id FROM arriving AS last
  WHERE last.seq = (SELECT max(seq) FROM arriving WHERE record_id = last.record_id)
    AND (last.subject_id, last.record) = (
      SELECT subject_id, record FROM records
      WHERE record_id = last.record_id AND record <> 'null' ORDER BY seq DESC LIMIT 1))
"""
_APPEND = """
INSERT INTO records (recorded_at, subject_id, record_id, record)
SELECT ?, subject_id, record_id, record FROM arriving ORDER BY seq
"""
_LEAVE = """
INSERT INTO records (recorded_at, subject_id, record_id, record)
SELECT DISTINCT ?, old.subject_id, old.record_id, 'null'
FROM records AS old JOIN (SELECT DISTINCT record_id FROM arriving) USING (record_id)
WHERE old.subject_id <> (SELECT subject_id FROM arriving WHERE record_id = old.record_id ORDER BY seq DESC LIMIT 1)
  AND 'null' <> (SELECT record FROM records
                 WHERE record_id = old.record_id AND subject_id = old.subject_id ORDER BY seq DESC LIMIT 1)
"""

_decoder = msgspec.json.Decoder(Record | None)


class SqliteRegistry:
    """The registry in the file at `path`; its digest is that of the rows looked up."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = str(path)

    def look_up(self, subjects: Collection[str]) -> Found:
        digest = hashlib.sha256()
        histories: dict[str, History] = {}
        with self._open("ro") as connection:
            for subject in sorted(set(subjects)):
                newest: dict[str, Record | None] = {}
                query = "SELECT seq, record_id, record FROM records WHERE subject_id = ? ORDER BY seq"
                for seq, key, text in connection.execute(query, (subject,)):
                    digest.update(f"{seq}\t{text}\n".encode())
                    newest[key] = _decoder.decode(text)
                histories[subject] = history_of(subject, (r for r in newest.values() if r is not None))
        return Found(histories, "sha256:" + digest.hexdigest())

    def add(self, lines: Iterable[Line], recorded_at: str) -> int:
        """Append the records that are not on record in that form; returns how many were added.

        All or nothing, and idempotent: the same lines again add nothing. `recorded_at` is an ISO 8601 instant.
        """
        with self._open("rwc") as connection, _transaction(connection):
            _prepare(connection, self.source)
            connection.execute("CREATE TEMP TABLE arriving (seq INTEGER PRIMARY KEY, subject_id, record_id, record)")
            connection.executemany(
                "INSERT INTO arriving (subject_id, record_id, record) VALUES (?, ?, ?)", _rows(lines)
            )
            connection.execute("CREATE INDEX temp.arriving_versions ON arriving (record_id, seq)")
            connection.execute(_DROP_KNOWN)
            added = connection.execute(_APPEND, (recorded_at,)).rowcount
            connection.execute(_LEAVE, (recorded_at,))
            connection.execute("DROP TABLE arriving")
        return added

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        if mode == "ro" and not self.path.is_file():
            raise RegistryError(Problem("no such file", source=self.source))
        try:
            address = f"file:{quote(str(self.path))}?mode={mode}"
            with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)) as connection:
                if mode == "ro":
                    _refuse_other_versions(connection, self.source)
                yield connection
        except sqlite3.Error as error:
            raise RegistryError(Problem(f"sqlite: {error}", source=self.source)) from None
        except msgspec.DecodeError as error:
            raise RegistryError(Problem(f"a record in it is broken: {error}", source=self.source)) from None


def _prepare(connection: sqlite3.Connection, source: str) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables == 0:
        for statement in _CREATE.split(";"):
            connection.execute(statement)
    _refuse_other_versions(connection, source)


def _refuse_other_versions(connection: sqlite3.Connection, source: str) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        raise RegistryError(Problem("not a registry", source=source, hint="`onboard registry import` makes one"))
    if version > SCHEMA_VERSION:
        hint = "this program is older than the one that wrote it; update onboard-check"
        raise RegistryError(Problem(f"schema version {version} is not known", source=source, hint=hint))


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _rows(lines: Iterable[Line]) -> Iterator[tuple[str, str, str]]:
    """A row for each line; a record without an id gets one from its content and how often that came before."""
    seen: Counter[str] = Counter()
    for line in lines:
        text = msgspec.json.encode(line.record).decode()
        key = record_id(line.record)
        if key is None:
            key = f"#{hashlib.sha256(text.encode()).hexdigest()}"
            seen[key] += 1
            key = f"{key}:{seen[key]}"
        yield line.subject, key, text
