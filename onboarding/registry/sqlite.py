"""A registry in an SQLite file: for one machine. Writers wait for each other; readers wait for nobody."""

import os
import re
import sqlite3
import stat
import struct
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import NoneType
from typing import Any
from urllib.parse import quote

from msgspec import DecodeError, Struct

from ..errors import Problem, RegistryError
from ..files import os_problem, os_words
from ..messages import say, text
from .addresses import shown_address
from .files import refuse_irregular_file
from .migrations import migrations
from .sql import Session, SqlRegistry, broken_row, keepable
from .versions import TABLES, refuse_newer_version, refuse_other_tables, refuse_other_version

# How long a writer waits for the others before it gives up.
BUSY_SECONDS = 60

# The columns of numbers; of what is counted no kind is asked, and all else is text.
_NUMBERS = frozenset(("seq", "revision", "replaces", "before"))
# The columns in which there may be nothing, be it because another table has no row for it.
_MAY_LACK = frozenset(
    (
        *("note", "shop_id", "subject_id", "erased_at", "replaces", "before", "record_before"),
        *("answer", "answered_at", "answered_by"),
    )
)
_LOG_HEAD = 32  # of a `-wal`, in bytes
# As SQLite says it.
_DAMAGED = "database disk image is malformed"

MIGRATIONS = migrations("sqlite")
_INDEXES = {
    "records_of_subject": "CREATE INDEX records_of_subject ON records (subject_id, seq)",
    "versions_of_record": "CREATE INDEX versions_of_record ON records (record_id, seq)",
}

# A name stands as it was written with a trigger, and SQLite takes one for another that differs in case.
_OF_OUR_TABLES = """
SELECT type, lower(tbl_name), name, sql FROM sqlite_master
WHERE type <> 'index' AND lower(tbl_name) IN (?, ?, ?, ?, ?, ?)
"""
# SQLite keeps a trigger as text, from its name on. One that is not read here is taken for one that acts on an insert.
_NOT_ON_INSERT = re.compile(
    r"""CREATE TRIGGER (\w+|"[^"]*"|`[^`]*`|\[[^]]*\])\s+((BEFORE|AFTER)\s+)?(DELETE|UPDATE)\b""",
    re.ASCII | re.IGNORECASE,
)


class SqliteRegistry(SqlRegistry):
    """The registry in the file at `path`; its digest is that of the rows looked up."""

    schema_version = len(MIGRATIONS)

    def __init__(self, path: Path, known_at: datetime | None = None) -> None:
        self.path = path
        self.source = shown_address(str(path))
        self.known_at = known_at
        self._writers = threading.Lock()
        # Opening a connection takes twenty times as long as a look-up.
        self._idle: list[tuple[_State, sqlite3.Connection]] = []
        self._finalizer = weakref.finalize(self, _close_all, self._idle)

    def init(self, *, dry_run: bool = False) -> int:
        if dry_run:
            if not self.path.exists():
                return 0
            with self._open() as connection, _transaction(connection, "DEFERRED"):
                return self._version_found(connection)
        with self._making() as connection:
            if _version(connection) == len(MIGRATIONS):
                return len(MIGRATIONS)
            with _transaction(connection, "IMMEDIATE"):
                return self._make_tables(connection)

    @contextmanager
    def _making(self) -> Iterator[sqlite3.Connection]:
        """The file, made where there is none, to have its tables made."""
        self._create_file()
        with self._open() as connection:
            with _transaction(connection, "DEFERRED"):
                found = self._version_found(connection)
            if found < len(MIGRATIONS):
                # Kept in the file; it is done once, here.
                _retry(connection, "PRAGMA journal_mode = WAL")
            yield connection

    def _make_tables(self, connection: sqlite3.Connection) -> int:
        """Make what is missing, as part of the transaction; returns the version that was there before."""
        # Again: another program may have been faster.
        found = self._version_found(connection)
        for migration in MIGRATIONS[found:]:
            for statement in migration.read_text("utf-8").split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        return found

    def _create_file(self) -> None:
        """Make an empty file where there is none, for its owner alone: it is to hold applications.

        SQLite gives the files beside it the same mode.
        """
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return
        except OSError as error:
            # Where the folder is missing, the words say what to do.
            hint = text("registry.unwritable") if os.path.isdir(self.path.parent) else None
            raise RegistryError(Problem(os_words(error, written=self.path), source=self.source, hint=hint)) from None

    def _version_found(self, connection: sqlite3.Connection) -> int:
        """The schema version, as of the transaction: tables and their version come together."""
        found = _version(connection)
        # What is negative was never ours.
        if found < 0 or (found == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]):
            raise RegistryError(Problem(text("registry.other-database"), source=self.source))
        refuse_newer_version(found, len(MIGRATIONS), self.source)
        return found

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._open(keep=True) as connection, _transaction(connection, "DEFERRED"):
            self._refuse_other(connection)
            yield _Session(connection)

    def close(self) -> None:
        _close_all(self._idle)

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
        makes = alone and not dry_run
        with self._writers, self._making() if makes else self._open() as connection:
            with _transaction(connection, "IMMEDIATE", keep=not dry_run):
                if makes:
                    self._make_tables(connection)
                self._refuse_other(connection)
                yield _Session(connection)
            # What was committed goes from the `-wal` into the file at once, as far as readers let it, and nothing is
            # left there: a copy made without the `-wal` would look whole, and lack a ban; another file that takes
            # this one's place would be read with it, and lack one, too. It is on record even where this cannot be done.
            with suppress(sqlite3.Error):
                connection.execute("PRAGMA busy_timeout = 0")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _open(self, *, keep: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection, closed afterwards; with `keep` one that lies idle where there is one, and lies idle again."""
        refuse_irregular_file(self.path, self.source, hint=text("registry.init-makes"))
        try:
            # Before anything is read: whatever changes from now on is noticed by the next who asks.
            state = _state(self.path)
            connection = (_take(self._idle, state) if keep else None) or self._connect()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            if keep:
                self._idle.append((state, connection))
            else:
                connection.close()
        except DecodeError as error:
            raise broken_row(error, self.source) from None
        except OSError as error:
            raise RegistryError(os_problem(error, self.source)) from None
        except UnicodeDecodeError:
            # What SQLite says of a damaged file quotes it.
            raise RegistryError(Problem(text("registry.sqlite-says", said=_DAMAGED), source=self.source)) from None
        except sqlite3.Error as error:
            unwritable = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN"))
            hint = text("registry.unwritable") if unwritable else None
            # Of a text that it cannot decode it tells the text.
            said = _DAMAGED if str(error).startswith("Could not decode") else error
            words = text("registry.sqlite-says", said=said)
            raise RegistryError(Problem(words, source=self.source, hint=hint)) from None

    def _connect(self) -> sqlite3.Connection:
        self._refuse_other_log()
        address = f"file:{quote(os.fsencode(self.path))}?mode=rw"
        # One thread at a time has it.
        made = sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
        # What is erased is overwritten, and not only given free.
        made.execute("PRAGMA secure_delete = ON")
        # What is wrong with a page is an error when it is read, where it can be told; else rows on it may go unseen.
        made.execute("PRAGMA cell_size_check = ON")
        return made

    def _refuse_other_log(self) -> None:
        """Raise RegistryError where the `-wal` is none: SQLite would take it for empty, and then take it away."""
        log = Path(f"{os.path.realpath(self.path)}-wal")
        try:
            found = log.stat()
            if not stat.S_ISREG(found.st_mode) or not found.st_size:
                return
            with log.open("rb") as file:
                head = file.read(_LOG_HEAD)
        except OSError:
            return  # if there is one, SQLite says what is wrong
        # Another program may have ended meanwhile, and with it the content.
        if head and not _begins_log(head):
            hint = text("registry.other-log-hint")
            source = shown_address(str(log)) if self.path.is_symlink() else f"{self.source}-wal"
            raise RegistryError(Problem(text("registry.other-log"), source=source, hint=hint))

    def _refuse_other(self, connection: sqlite3.Connection) -> None:
        refuse_other_version(_version(connection), len(MIGRATIONS), self.source)
        refuse_other_tables(_fault(connection), self.source)


def _begins_log(head: bytes) -> bool:
    """Whether `head` is that of a `-wal`, by https://sqlite.org/fileformat2.html#walformat."""
    if len(head) < _LOG_HEAD or head[:3] != b"\x37\x7f\x06" or head[3] not in (0x82, 0x83):
        return False
    words = struct.unpack(">6I" if head[3] & 1 else "<6I", head[:24])
    one = other = 0
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + other) & 0xFFFFFFFF
        other = (other + second + one) & 0xFFFFFFFF
    return head[24:] == struct.pack(">2I", one, other)


class _State(Struct, frozen=True):
    """Which file a connection is to and how it stands, and the process that opened it: no other may use it."""

    process: int
    device: int
    inode: int
    size: int
    changed: int


def _state(path: Path) -> _State:
    found = path.stat()
    return _State(os.getpid(), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _take(idle: list[tuple[_State, sqlite3.Connection]], state: _State) -> sqlite3.Connection | None:
    """A connection that lies idle, to the file as it now stands; those to what it was are closed."""
    with suppress(IndexError):  # other threads take some, too
        while True:
            known, connection = idle.pop()
            if known == state:
                return connection
            if known.process == state.process:
                connection.close()
    return None


def _close_all(idle: list[tuple[_State, sqlite3.Connection]]) -> None:
    with suppress(IndexError):
        while True:
            known, connection = idle.pop()
            if known.process == os.getpid():
                connection.close()


class _Session:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        with keepable():
            found = self._connection.execute(statement, tuple(values))
        if found.description:
            found.row_factory = _reader(tuple(name for name, *_ in found.description))
        return found

    stream = execute

    def load(self, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" for _ in columns.split(","))
        # A tree that is built at the end is built from sorted rows: several times as fast as row by row.
        indexes = _INDEXES if table == "records" else {}
        for name in indexes:
            self._connection.execute(f"DROP INDEX {name}")
        with keepable():
            self._connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608
        for statement in indexes.values():
            self._connection.execute(statement)


@lru_cache
def _reader(names: tuple[str, ...]) -> Callable[[sqlite3.Cursor, tuple[Any, ...]], tuple[Any, ...]]:
    """Gives each row with columns of these `names` as it is; raises DecodeError where a value is not of its column's
    kind. On a damaged page SQLite finds any kind in any column.
    """
    wanted = [frozenset(_kinds_of(name)) for name in names]
    sound = set[tuple[type, ...]]()

    def read(_: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
        kinds = tuple(map(type, row))
        if kinds not in sound:
            if not all(kind in own for kind, own in zip(kinds, wanted, strict=True)):
                # As all is said that a decoder says of a row.
                raise DecodeError(say("registry.row-of-other-kind", "en"))
            sound.add(kinds)
        return row

    return read


def _kinds_of(name: str) -> Iterator[type]:
    """The kinds of values in a column of this `name`; in one that is counted or put together, all that we keep."""
    # Of several selects in one, the first names the column, be it by an empty text.
    is_ours = (name.isidentifier() and name.islower()) or name == "''"
    if name in _NUMBERS or not is_ours:
        yield int
    if name not in _NUMBERS:
        yield str
    if name in _MAY_LACK or not is_ours:
        yield NoneType


def _fault(connection: sqlite3.Connection) -> tuple[str, str | None] | None:
    """A view in a table's place, which could hide rows, or a trigger by which an insert could come to nothing."""
    found = connection.execute(_OF_OUR_TABLES, TABLES).fetchall()
    tables = {table for kind, table, *_ in found if kind == "table"}
    if missing := [table for table in TABLES if table not in tables]:
        return missing[0], None
    acting = (row[1:3] for row in found if row[0] == "trigger" and not _NOT_ON_INSERT.match(row[3]))
    return next(acting, None)


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _retry(connection: sqlite3.Connection, statement: str) -> None:
    """Run what others may not let us run yet; asks often, where SQLite would sleep for long, or not wait at all."""
    deadline = time.monotonic() + BUSY_SECONDS
    connection.execute("PRAGMA busy_timeout = 0")
    while True:
        try:
            connection.execute(statement)
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            # Only who waits needs it.
            from random import uniform

            time.sleep(uniform(0.0005, 0.004))  # noqa: S311
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str, *, keep: bool = True) -> Iterator[None]:
    _retry(connection, f"BEGIN {kind}")
    try:
        yield
    except BaseException:
        # A full disk ends the transaction by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT" if keep else "ROLLBACK")
